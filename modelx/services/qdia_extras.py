"""What the committee asks next: how sure, what if, which pivot age, which glide path, what fee, what company stock.

Computed on the sample of :mod:`qdia_sample`, which is everyone in plans of up to 20,000.
"""

from dataclasses import dataclass, replace

import numpy as np

from modelx.evaluator.capital_markets import CapitalMarkets
from modelx.evaluator.columns import FloatArray, IntArray, as_floats
from modelx.evaluator.company_stock import CompanyStock, StockLoss, stock_loss
from modelx.evaluator.custom_glide import CustomGlide, custom_glide
from modelx.evaluator.distribution import quantile
from modelx.evaluator.engine import Ideal
from modelx.evaluator.evaluation import BlockResult, evaluate_block
from modelx.evaluator.option import Option, OptionKind
from modelx.evaluator.participants import Participants, Reason
from modelx.evaluator.pivot import BreakEven, OwnChoice, PivotCurve, break_even, own_choice, pivot_curve
from modelx.evaluator.resampling import RankBands, rank_bands, wishart_roots
from modelx.evaluator.tornado import Case, Swing, tornado
from modelx.evaluator.vintage_map import VintageRule, target_year, vintage_position
from modelx.services.qdia_evaluate import Inputs
from modelx.services.qdia_second_view import by_returns

RANK_MONTHS, RANK_SEED, RANK_MOST = 230, 20_180_131, 2_000
STOCK_SHARES = (0.05, 0.10, 0.15, 0.20, 0.25, 0.30, 0.40, 0.50)
STOCK_CORRELATIONS = (0.5, 1.0)
STOCK_CLASS = "US_LV"


@dataclass(frozen=True, slots=True)
class Pivot:
    """A hybrid of the best series for the young and a managed account for the old, and what goes with it."""

    younger: str
    older: str
    curve: PivotCurve
    each: OwnChoice
    fee: BreakEven


@dataclass(frozen=True, slots=True)
class StockFindings:
    """Loss at shares of company stock for the plan's mean ideal, by correlation; and of those who hold some."""

    shares: tuple[float, ...]
    by_correlation: dict[float, StockLoss]
    holders: int
    mean_share: float
    mean_loss_bp: float
    median_loss_bp: float
    worst_tenth_bp: float


@dataclass(frozen=True, slots=True)
class TwoViews:
    """An option's mean loss by what it holds, and by what its returns show; basis points a year."""

    option: str
    held_bp: float
    by_returns_bp: float


@dataclass(frozen=True, slots=True)
class Extras:
    """All of them. ``glide_vintages`` are the vintages of ``glide``, the best path for these participants."""

    people: int
    is_everyone: bool
    swings: list[Swing]
    ranks: RankBands
    rank_options: tuple[str, ...]
    draws: int
    glide: CustomGlide
    glide_vintages: IntArray
    pivot: Pivot | None
    stock: StockFindings
    two_views: tuple[TwoViews, ...] = ()
    other_markets: tuple[CapitalMarkets, ...] = ()


def extras(
    inputs: Inputs,
    people: Participants,
    *,
    is_everyone: bool,
    draws: int = 500,
    other_markets: tuple[CapitalMarkets, ...] = (),
    stock_class: str = STOCK_CLASS,
) -> Extras:
    """Every further analysis of a sample. ``draws`` resamples the covariance as if estimated from 230 months."""
    ideal = inputs.engine.ideal(people)
    usable = np.flatnonzero(ideal.reason == Reason.EVALUATED)
    people, ideal = people.take(usable), _rows(ideal, usable)
    result = evaluate_block(people, ideal, inputs.options, inputs.markets, inputs.settings, inputs.detail)
    keep = result.rows
    people, ideal = people.take(keep), _rows(ideal, keep)
    case = Case(people, ideal, inputs.options, inputs.markets, inputs.settings, inputs.detail)
    vintages = glide_vintages(inputs.options)
    place = _vintage(inputs, people, vintages)
    return Extras(
        len(people),
        is_everyone,
        tornado(case, other_markets),
        _ranks(inputs, people, ideal, result, draws),
        tuple(one.id for one in inputs.options if one.kind is not OptionKind.HYBRID),
        draws,
        custom_glide(ideal.weights, place, len(vintages), inputs.markets, inputs.settings.premium, result.weight),
        vintages,
        pivot_of(inputs.options, result),
        _stock(inputs, people, ideal, stock_class),
        _two_views(inputs, people, ideal),
        other_markets,
    )


def _two_views(inputs: Inputs, people: Participants, ideal: Ideal) -> tuple[TwoViews, ...]:
    """Both losses of every option whose returns were analysed at each of its vintages."""
    pairs = [(one, other) for one in inputs.options if (other := by_returns(one, inputs.second_views)) is not None]
    if not pairs:
        return ()
    held, moved = (
        evaluate_block(people, ideal, options, inputs.markets, inputs.settings, inputs.detail)
        for options in zip(*pairs, strict=True)
    )
    part = held.weight / held.weight.sum()
    both = zip(held.options, (held.total @ part).tolist(), (moved.total @ part).tolist(), strict=True)
    return tuple(TwoViews(*one) for one in both)


def glide_vintages(options: tuple[Option, ...]) -> IntArray:
    """All vintages that some series on offer has; every fifth year from 2010 to 2070 where none has any."""
    series = [one.vintages for one in options if one.weights is not None and len(one.vintages) > 1]
    return np.unique(np.concatenate(series)) if series else np.arange(2010, 2075, 5)


def pivot_of(options: tuple[Option, ...], result: BlockResult) -> Pivot | None:
    """The hybrid of the cheapest series and the cheapest managed account; None where one of them is missing."""
    cost = -result.stack.relative_gain
    mean = cost @ (result.weight / result.weight.sum())
    series = [number for number, one in enumerate(options) if one.weights is not None]
    managed = [number for number, one in enumerate(options) if one.kind is OptionKind.MANAGED_ACCOUNT]
    if not series or not managed:
        return None
    young = min(series, key=lambda number: float(mean[number]))
    old = min(managed, key=lambda number: float(mean[number]))
    fee = result.stack.fees[old]
    return Pivot(
        options[young].id,
        options[old].id,
        pivot_curve(result.age, cost[young], cost[old], result.weight),
        own_choice(cost[young], cost[old], result.weight),
        break_even(cost[young], cost[old], fee, result.weight),
    )


def _vintage(inputs: Inputs, people: Participants, vintages: IntArray) -> IntArray:
    target = target_year(inputs.settings.as_of, people.retirement_age, people.age)
    rule = inputs.settings.vintage_rule
    return vintage_position(target, vintages, VintageRule.NEAREST if rule is VintageRule.INTERPOLATE else rule).lower


def _ranks(inputs: Inputs, people: Participants, ideal: Ideal, result: BlockResult, draws: int) -> RankBands:
    """Bands over resampled covariances, for at most 2,000 of the participants; hybrids are left out."""
    step = -(-len(people) // RANK_MOST)
    some = np.arange(0, len(people), step)
    held, fixed = [], []
    part = result.weight / result.weight.sum()
    for number, one in enumerate(inputs.options):
        if one.kind is OptionKind.HYBRID:
            continue
        gain = float(result.stack.relative_gain[number] @ part)
        fixed.append(-gain - float(result.total[number] @ part))
        if one.weights is None:
            held.append(ideal.weights[some])
            continue
        years = result.vintage[number, some]
        held.append(one.weights[np.searchsorted(one.vintages, years)])
    roots = wishart_roots(inputs.markets, RANK_MONTHS, draws, RANK_SEED)
    premium = inputs.settings.premium
    return rank_bands(ideal.weights[some], np.stack(held), result.weight[some], np.array(fixed), premium, roots)


def _stock(inputs: Inputs, people: Participants, ideal: Ideal, stock_class: str) -> StockFindings:
    shares = as_floats(STOCK_SHARES)
    mean = ideal.weights.mean(axis=0)
    premium, markets = inputs.settings.premium, inputs.markets
    curves = {
        rho: stock_loss(mean, shares, markets, CompanyStock(stock_class, correlation=rho), premium)
        for rho in STOCK_CORRELATIONS
    }
    holders = np.flatnonzero(np.nan_to_num(people.company_stock) > 0)
    losses: FloatArray = np.zeros(0)
    if len(holders):
        losses = stock_loss(
            ideal.weights[holders], people.company_stock[holders], markets, CompanyStock(stock_class), premium
        ).beside_bp
    even = np.ones(len(losses))
    return StockFindings(
        STOCK_SHARES,
        curves,
        len(holders),
        float(people.company_stock[holders].mean()) if len(holders) else 0.0,
        float(losses.mean()) if len(holders) else 0.0,
        quantile(losses, even, 0.5) if len(holders) else 0.0,
        quantile(losses, even, 0.9) if len(holders) else 0.0,
    )


def _rows(ideal: Ideal, rows: IntArray) -> Ideal:
    return replace(
        ideal,
        equity=ideal.equity[rows],
        weights=ideal.weights[rows],
        reason=ideal.reason[rows],
        origin=ideal.origin[rows],
    )
