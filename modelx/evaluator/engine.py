"""The advice engine: from participants to their ideal portfolios (spec 2.2).

The evaluator asks an engine nothing but this: ``ideal(participants)`` gives an equity level and nineteen weights a
row. Engines here take weights that an outside engine supplied, equity levels that it supplied (the detail map adds the
weights), or estimate the level from total wealth. :class:`BestAvailable` uses the first of the three that a row has.
"""

from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from modelx.evaluator.asset_classes import CODES, equity_mask
from modelx.evaluator.columns import BoolArray, FloatArray
from modelx.evaluator.detail_map import DetailMap
from modelx.evaluator.participants import Participants, Reason, age_reasons, valid_weight_rows
from modelx.evaluator.total_wealth import TotalWealthSettings, equity_level, wealth


class Origin(IntEnum):
    """Where a row's ideal came from. Stored as a byte a row."""

    NONE = 0
    SUPPLIED_WEIGHTS = 1
    SUPPLIED_EQUITY = 2
    TOTAL_WEALTH = 3


@dataclass(frozen=True, slots=True)
class Ideal:
    """Equity levels (N,) and weights (N, 19), NaN where ``reason`` is not zero; counts of the fields imputed."""

    equity: FloatArray
    weights: FloatArray
    reason: NDArray[np.uint8]
    origin: NDArray[np.uint8]
    imputed: dict[str, int] = field(default_factory=dict)


class Engine(Protocol):
    """Anything that can say what each participant should hold."""

    @property
    def name(self) -> str:
        """The engine's name, as reports print it."""

    def ideal(self, people: Participants) -> Ideal:
        """Ideal portfolios, one a row, in the order of the participants."""


@dataclass(frozen=True, slots=True)
class SuppliedEngine:
    """Uses what an outside engine supplied: weights where a row has them, else its equity level and the detail map.

    A weight row that is present in part, negative, or does not sum to one is refused for that row; it is not repaired
    and not replaced by the equity level.
    """

    detail: DetailMap
    name: str = "supplied"

    def ideal(self, people: Participants) -> Ideal:
        """See :class:`Engine`; a row with neither weights nor level is ``IDEAL_EQUITY_MISSING``."""
        level = people.ideal_equity
        reason = age_reasons(people)
        usable = reason == Reason.EVALUATED
        weights = np.full((len(people), len(CODES)), np.nan)
        given: BoolArray = np.zeros(len(people), dtype=np.bool_)
        if people.ideal_weights is not None:
            given = np.asarray(~np.isnan(people.ideal_weights).all(axis=1), dtype=np.bool_)
            valid = valid_weight_rows(people.ideal_weights)
            reason[usable & given & ~valid] = Reason.IDEAL_WEIGHTS_INVALID
            take = usable & given & valid
            rows = people.ideal_weights[take]
            weights[take] = rows / rows.sum(axis=1, keepdims=True)
        reason[usable & ~given & np.isnan(level)] = Reason.IDEAL_EQUITY_MISSING
        reason[usable & ~given & ((level < 0) | (level > 1))] = Reason.IDEAL_EQUITY_OUT_OF_RANGE
        mapped = (reason == Reason.EVALUATED) & ~given
        weights[mapped] = self.detail.weights(people.age[mapped], level[mapped])
        origin = np.where(given, Origin.SUPPLIED_WEIGHTS, Origin.SUPPLIED_EQUITY)
        origin = np.where(reason == Reason.EVALUATED, origin, Origin.NONE).astype(np.uint8)
        return Ideal(weights @ equity_mask(), weights, reason, origin)


@dataclass(frozen=True, slots=True)
class TotalWealthEngine:
    """Estimates the equity level from total wealth; the detail map adds the weights."""

    detail: DetailMap
    settings: TotalWealthSettings = field(default_factory=TotalWealthSettings)
    name: str = "total_wealth"

    def ideal(self, people: Participants) -> Ideal:
        """See :class:`Engine`; every field that had to be imputed is counted."""
        reason = age_reasons(people)
        usable = np.flatnonzero(reason == Reason.EVALUATED)
        some = people.take(usable)
        capital = wealth(some, self.settings)
        level = np.full(len(people), np.nan)
        weights = np.full((len(people), len(CODES)), np.nan)
        level[usable] = equity_level(some, capital, self.settings)
        weights[usable] = self.detail.weights(some.age, level[usable])
        origin = np.where(reason == Reason.EVALUATED, Origin.TOTAL_WEALTH, Origin.NONE).astype(np.uint8)
        return Ideal(level, weights, reason, origin, capital.imputed)


RECORD_KEEPER_LACKS = ("pension_annual", "social_security_annual", "outside_balance", "outside_equity")


@dataclass(frozen=True, slots=True)
class RecordKeeperEngine:
    """The proxy on what a record keeper knows by itself: no pensions, no Social Security, nothing held elsewhere.

    What a managed account would hold by default, against which full data are compared (spec 2.9).
    """

    proxy: TotalWealthEngine
    name: str = "record_keeper_data"

    def ideal(self, people: Participants) -> Ideal:
        """See :class:`Engine`; supplied ideals are set aside too."""
        missing = np.full(len(people), np.nan)
        known = replace(people, ideal_equity=missing, ideal_weights=None, **dict.fromkeys(RECORD_KEEPER_LACKS, missing))
        return self.proxy.ideal(known)


@dataclass(frozen=True, slots=True)
class BestAvailable:
    """What was supplied where something was, and the total-wealth proxy for the rest."""

    supplied: SuppliedEngine
    proxy: TotalWealthEngine
    name: str = "best_available"

    def ideal(self, people: Participants) -> Ideal:
        """See :class:`Engine`."""
        first = self.supplied.ideal(people)
        rows = np.flatnonzero(first.reason == Reason.IDEAL_EQUITY_MISSING)
        if len(rows) == 0:
            return first
        second = self.proxy.ideal(people.take(rows))
        for column, other in (
            (first.equity, second.equity),
            (first.weights, second.weights),
            (first.reason, second.reason),
            (first.origin, second.origin),
        ):
            column[rows] = other
        return Ideal(first.equity, first.weights, first.reason, first.origin, second.imputed)


def best_available(detail: DetailMap, settings: TotalWealthSettings | None = None) -> BestAvailable:
    """The default engine over one detail map."""
    return BestAvailable(SuppliedEngine(detail), TotalWealthEngine(detail, settings or TotalWealthSettings()))


def proxy_settings(engine: Engine) -> TotalWealthSettings | None:
    """The proxy's settings of an engine that uses it; None for one that does not."""
    proxy = engine.proxy if isinstance(engine, BestAvailable) else engine
    return proxy.settings if isinstance(proxy, TotalWealthEngine) else None
