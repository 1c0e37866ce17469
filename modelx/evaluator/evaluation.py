"""Evaluate a block of participants against every option: losses, fees, alpha, gains, a column each (spec 2).

A block is any number of participants; results of blocks laid end to end are the results of the whole plan, bit for bit
when the blocks are the same. :mod:`summary` adds blocks up.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from modelx.evaluator.bulk_losses import bulk_split
from modelx.evaluator.capital_markets import CapitalMarkets
from modelx.evaluator.columns import FloatArray, IntArray, as_floats
from modelx.evaluator.cost_stack import CostStack, Mode, alpha_to_subtract, cost_stack
from modelx.evaluator.decomposition import SplitRules, split_loss
from modelx.evaluator.detail_map import DetailMap
from modelx.evaluator.engine import Ideal
from modelx.evaluator.errors import BadSetting
from modelx.evaluator.information import INFORMATION_CAP_BP, information_loss_bp
from modelx.evaluator.option import Option, OptionKind
from modelx.evaluator.participants import Participants, Reason
from modelx.evaluator.planning_value import PlanningSchedule, planning_gain_bp
from modelx.evaluator.vintage_map import VintagePlace, VintageRule, target_year, vintage_edges, vintage_position


@dataclass(frozen=True, slots=True)
class Settings:
    """The assumptions of an evaluation. ``as_of`` is a year and may carry a fraction; there is no default for it.

    ``planning`` is off unless a schedule is given. ``threads`` changes the time, never a digit.
    """

    as_of: float
    rf: float = 0.025
    premium: float = 0.055
    vintage_rule: VintageRule = VintageRule.NEAREST
    cap_bp: float | None = None
    information_cap_bp: float | None = INFORMATION_CAP_BP
    mode: Mode = Mode.STRICT
    split: SplitRules = field(default_factory=SplitRules)
    planning: PlanningSchedule | None = None
    by_balance: bool = False
    threads: int = 1

    def __post_init__(self) -> None:
        if not 1900 <= self.as_of <= 2200:
            raise BadSetting(f"as_of={self.as_of!r} is not a year.")
        if not 0 < self.premium < 0.5 or not -0.1 < self.rf < 0.5:
            raise BadSetting("The premium and the riskless rate are fractions a year: 0.055 is 5.5 %.")


@dataclass(frozen=True, slots=True)
class BlockResult:
    """Results of the rows that could be evaluated, by option (K, n); ``rows`` (n,) are their places in the block.

    Everything but ``vintage`` (a year; 0 for managed accounts) is annual basis points. ``weight`` (n,) is 1 or the
    balance. ``reason`` (N,) covers the whole block.
    """

    options: tuple[str, ...]
    rows: IntArray
    id: NDArray[np.object_]
    age: FloatArray
    balance: FloatArray
    weight: FloatArray
    ideal_equity: FloatArray
    ideal_sd: FloatArray
    vintage: IntArray
    held_equity: FloatArray
    total: FloatArray
    stack: CostStack
    reason: NDArray[np.uint8]


def evaluate_block(
    people: Participants,
    ideal: Ideal,
    options: Sequence[Option],
    markets: CapitalMarkets,
    settings: Settings,
    detail: DetailMap,
    default_ideal: FloatArray | None = None,
) -> BlockResult:
    """Evaluate one block. ``default_ideal`` (N, 19), where given, prices what managed accounts do not know.

    A row the engine could not serve, or whose ideal has no variance, is not evaluated and says why in ``reason``.
    """
    rows = np.flatnonzero(ideal.reason == Reason.EVALUATED)
    some, wanted = people.take(rows), ideal.weights[rows]
    target = target_year(settings.as_of, some.retirement_age, some.age)
    holding = [one for one in options if one.weights is not None]
    losses = _losses(wanted, target, some.age, holding, markets, settings, detail)
    reason = ideal.reason.copy()
    reason[rows[~losses.usable]] = Reason.IDEAL_HAS_NO_VARIANCE
    keep = np.flatnonzero(losses.usable)
    rows, some, wanted, target = rows[keep], some.take(keep), wanted[keep], target[keep]
    columns = {one.id: _Column.of(losses, number, keep) for number, one in enumerate(holding)}
    level = as_floats(wanted @ markets.equity)
    missing = np.zeros(len(rows))
    if default_ideal is not None:
        given = default_ideal[rows]
        missing = information_loss_bp(wanted, given, markets, settings.premium, settings.information_cap_bp)
    gain = np.zeros(len(rows))
    if settings.planning is not None:
        gain = planning_gain_bp(settings.planning, some.retirement_age - some.age)
    for one in options:
        if one.kind is OptionKind.MANAGED_ACCOUNT:
            columns[one.id] = _Column.managed(level, gain, missing)
    for one in options:
        if one.kind is not OptionKind.HYBRID:
            columns[one.id].charge(one, _place(one, target, settings.vintage_rule), settings.mode)
    for one in options:
        if one.kind is OptionKind.HYBRID:
            columns[one.id] = _Column.joined(columns[one.younger], columns[one.older], some.age < one.pivot_age)
    return _result(people, rows, some, level, losses.variance[keep], options, columns, settings, reason)


@dataclass(slots=True)
class _Column:
    """One option's columns (n,) while they are being filled."""

    total: FloatArray
    equity: FloatArray
    detail: FloatArray
    vintage: IntArray
    held_equity: FloatArray
    gain: FloatArray
    missing: FloatArray
    fees: FloatArray
    alpha: FloatArray

    @staticmethod
    def of(losses: "_Losses", number: int, keep: IntArray) -> "_Column":
        nothing = np.zeros(len(keep))
        total, equity = losses.total[number, keep], losses.equity[number, keep]
        vintage, held = losses.vintage[number, keep], losses.held_equity[number, keep]
        return _Column(total, equity, total - equity, vintage, held, nothing, nothing, nothing, nothing)

    @staticmethod
    def managed(level: FloatArray, gain: FloatArray, missing: FloatArray) -> "_Column":
        nothing = np.zeros(len(level))
        no_year = np.zeros(len(level), dtype=np.int64)
        return _Column(nothing, nothing, nothing, no_year, level, gain, missing, nothing, nothing)

    @staticmethod
    def joined(younger: "_Column", older: "_Column", below: NDArray[np.bool_]) -> "_Column":
        names = ("total", "equity", "detail", "vintage", "held_equity", "gain", "missing", "fees", "alpha")
        return _Column(*(np.where(below, getattr(younger, name), getattr(older, name)) for name in names))

    def charge(self, option: Option, place: VintagePlace, mode: Mode) -> None:
        alpha = alpha_to_subtract(option.alpha_bp, option.alpha_basis, option.fees, mode)
        self.fees, self.alpha = _at(option.fees.total, place), _at(alpha, place)


@dataclass(frozen=True, slots=True)
class _Losses:
    """(K, n) for the options that hold portfolios, and which ideals (n,) have a variance."""

    total: FloatArray
    equity: FloatArray
    vintage: IntArray
    held_equity: FloatArray
    variance: FloatArray
    usable: NDArray[np.bool_]


def _losses(
    wanted: FloatArray,
    target: FloatArray,
    age: FloatArray,
    options: Sequence[Option],
    markets: CapitalMarkets,
    settings: Settings,
    detail: DetailMap,
) -> _Losses:
    if settings.vintage_rule is VintageRule.INTERPOLATE:
        return _interpolated(wanted, target, age, options, markets, settings, detail)
    bins, years, held = _bins(target, options, settings.vintage_rule, markets.classes)
    split = bulk_split(
        wanted,
        bins,
        held,
        markets,
        settings.premium,
        settings.split,
        age=age,
        detail=detail,
        cap_bp=settings.cap_bp,
        threads=settings.threads,
    )
    levels = held @ markets.equity
    return _Losses(
        split.total, split.equity, years[bins].T, as_floats(levels[bins].T), split.variance, split.variance > 0
    )


def _bins(
    target: FloatArray, options: Sequence[Option], rule: VintageRule, classes: int
) -> tuple[IntArray, IntArray, FloatArray]:
    """Bin (n,) of each participant, and each bin's vintage years (B, K) and portfolios (B, K, M).

    A bin is an interval of target years within which every option's vintage is the same.
    """
    edges = np.unique(np.concatenate([np.zeros(0), *(vintage_edges(one.vintages, rule) for one in options)]))
    within = (
        np.concatenate([edges[:1] - 1, (edges[1:] + edges[:-1]) / 2, edges[-1:] + 1]) if len(edges) else np.zeros(1)
    )
    bins = np.searchsorted(edges, target, side="left" if rule is VintageRule.CEIL else "right")
    years = np.zeros((len(within), len(options)), dtype=np.int64)
    held = np.zeros((len(within), len(options), classes))
    for number, one in enumerate(options):
        place = vintage_position(within, one.vintages, rule).lower
        years[:, number] = one.vintages[place]
        held[:, number] = 0.0 if one.weights is None else one.weights[place]
    return bins.astype(np.int64), years, held


def _interpolated(
    wanted: FloatArray,
    target: FloatArray,
    age: FloatArray,
    options: Sequence[Option],
    markets: CapitalMarkets,
    settings: Settings,
    detail: DetailMap,
) -> _Losses:
    """Every participant holds a mix of two vintages of their own: row by row, by the definition."""
    variance = as_floats(np.square(wanted @ markets.root).sum(axis=1))
    usable = variance > 0
    shape = (len(options), len(wanted))
    total, equity, held_equity = np.full(shape, np.nan), np.full(shape, np.nan), np.full(shape, np.nan)
    vintage = np.zeros(shape, dtype=np.int64)
    for number, one in enumerate(options):
        if one.weights is None:
            continue
        place = vintage_position(target, one.vintages, settings.vintage_rule)
        share = place.upper_share[:, None]
        held = one.weights[place.lower] * (1 - share) + one.weights[place.upper] * share
        split = split_loss(
            wanted[usable],
            held[usable],
            markets,
            settings.premium,
            settings.split,
            age=age[usable],
            detail=detail,
            cap_bp=settings.cap_bp,
        )
        total[number, usable], equity[number, usable] = split.total, split.equity
        held_equity[number] = held @ markets.equity
        vintage[number] = np.where(place.upper_share > 0.5, one.vintages[place.upper], one.vintages[place.lower])
    return _Losses(total, equity, vintage, held_equity, variance, np.asarray(usable, dtype=np.bool_))


def _place(option: Option, target: FloatArray, rule: VintageRule) -> VintagePlace:
    if len(option.vintages) == 1:
        nothing = np.zeros(len(target), dtype=np.int64)
        return VintagePlace(nothing, nothing, np.zeros(len(target)))
    return vintage_position(target, option.vintages, rule)


def _at(by_vintage: FloatArray, place: VintagePlace) -> FloatArray:
    return as_floats(by_vintage[place.lower] * (1 - place.upper_share) + by_vintage[place.upper] * place.upper_share)


def _result(
    people: Participants,
    rows: IntArray,
    some: Participants,
    level: FloatArray,
    variance: FloatArray,
    options: Sequence[Option],
    columns: dict[str, _Column],
    settings: Settings,
    reason: NDArray[np.uint8],
) -> BlockResult:
    def stacked(name: str) -> FloatArray:
        return np.stack([getattr(columns[one.id], name) for one in options])

    balance = np.where(np.isnan(some.balance), 0.0, some.balance)
    return BlockResult(
        options=tuple(one.id for one in options),
        rows=rows,
        id=people.id[rows],
        age=some.age,
        balance=balance,
        weight=balance if settings.by_balance else np.ones(len(rows)),
        ideal_equity=level,
        ideal_sd=as_floats(np.sqrt(variance)),
        vintage=np.stack([columns[one.id].vintage for one in options]),
        held_equity=stacked("held_equity"),
        total=stacked("total"),
        stack=cost_stack(
            stacked("fees"), stacked("equity"), stacked("alpha"), stacked("detail"), stacked("gain"), stacked("missing")
        ),
        reason=reason,
    )
