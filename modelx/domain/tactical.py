"""A tactical rule on a target-date series: equity moved between a floor and a ceiling by trend, as data on the model.

The glide path gives the strategic weights. On a night, each equity security whose total-return index stands above
its average over the rule's window votes up, below it down; one without enough known history does not vote. The votes,
weighted by strategic weight, give a tilt from -1 to 1: at -1 equity stands at its floor, at 0 at its strategic weight,
at 1 at its ceiling. The weight that leaves equity goes to a defensive mix that follows its own path by the same
months to the target date; weight that comes to equity is taken from the other names in proportion.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from modelx.domain.days import date_of
from modelx.domain.errors import InvalidInput
from modelx.domain.finding import Finding, Level
from modelx.domain.glide_path import GlidePath, months_to_target
from modelx.domain.model_portfolio import WEIGHT_ONE, WEIGHT_STEP, TargetVersion, weights_from
from modelx.domain.money import allocate, format_decimal, mul_div, round_to, sum_exact
from modelx.domain.price_history import KnownHistory

_ONE = WEIGHT_ONE // WEIGHT_STEP


@dataclass(frozen=True, slots=True)
class TacticalRule:
    """Equity tickers, the window in sessions, how far equity may fall and rise (10^-12), the least move worth trading.

    ``move_min`` keeps a version as it is when equity would move by less.
    """

    equity: frozenset[str]
    window_sessions: int
    fall_max: int
    rise_max: int
    defensive: GlidePath
    move_min: int = 0

    def __post_init__(self) -> None:
        if self.window_sessions < 2:
            raise InvalidInput("a trend needs a window of at least two sessions")
        if min(self.fall_max, self.rise_max, self.move_min) < 0:
            raise InvalidInput(
                "the floor lies below and the ceiling above the strategic weight: give positive distances"
            )
        if any(self.equity & point.weights.keys() for point in self.defensive.points):
            raise InvalidInput("the defensive mix may not hold equity")


@dataclass(frozen=True, slots=True)
class Signal:
    """One security's vote: its index and the average of the index over the window (10^-12), up +1, down -1, none 0."""

    ticker: str
    index: int
    average: int
    vote: int


@dataclass(frozen=True, slots=True)
class TacticalDecision:
    """What a night decided for one vintage, and everything that caused it; weights in 10^-12, ``tilt`` in 10^-12."""

    model: str
    on: int
    horizon: int
    months: int
    signals: tuple[Signal, ...]
    tilt: int
    strategic_equity: int
    equity: int
    weights: tuple[tuple[str, int], ...]

    def cause(self) -> str:
        """The decision in one line, as it is stored with the version it produces."""
        votes = " ".join(f"{one.ticker}:{one.index}/{one.average}:{one.vote:+d}" for one in self.signals)
        return (
            f"tactical {date_of(self.on)} load {self.horizon}: tilt {format_decimal(self.tilt, 12, at_least=2)}, "
            f"equity {format_decimal(self.strategic_equity, 12, at_least=2)} -> "
            f"{format_decimal(self.equity, 12, at_least=2)}; {votes}"
        )


def decide(
    rule: TacticalRule, path: GlidePath, model: str, vintage: int, history: KnownHistory, security_id: Mapping[str, int]
) -> TacticalDecision:
    """Return the weights of one vintage on the night of ``history``, from what was known that night and nothing else.

    ``security_id`` gives the number of each equity ticker. Equity and the final weights have six decimals, half-up
    and by largest remainder.
    """
    months = months_to_target(vintage, date_of(history.on))
    strategic = path.weights_at(months)
    signals = tuple(
        _signal(ticker, history.index(security_id[ticker], rule.window_sessions))
        for ticker in sorted(rule.equity & strategic.keys())
    )
    equity = sum(strategic[one.ticker] for one in signals)
    votes = sum(strategic[one.ticker] * one.vote for one in signals)
    tilt = int(mul_div(votes, WEIGHT_ONE, equity)) if equity else 0
    distance = rule.rise_max if tilt > 0 else rule.fall_max
    moved = equity + int(round_to(mul_div(tilt, distance, WEIGHT_ONE), WEIGHT_STEP))
    target = min(max(moved, 0), WEIGHT_ONE) if equity else 0
    weights = _weights(rule, strategic, equity, target, rule.defensive.weights_at(months))
    return TacticalDecision(
        model, history.on, history.horizon, months, signals, tilt, equity, target, weights_from(weights)
    )


def version_from(
    decision: TacticalDecision, rule: TacticalRule, latest: TargetVersion | None, effective: date
) -> TargetVersion | None:
    """Return the draft that a decision makes, its cause as its memo; None when nothing moves enough to trade."""
    if latest is not None:
        before = sum(weight for ticker, weight in latest.weights if ticker in rule.equity)
        if latest.weights == decision.weights or abs(decision.equity - before) < rule.move_min:
            return None
    number = latest.number + 1 if latest else 1
    return TargetVersion(decision.model, number, effective, decision.weights, memo=decision.cause())


def audit(stored: TacticalDecision, recomputed: TacticalDecision) -> list[Finding]:
    """Return ``LOOK_AHEAD`` when a stored decision is not what the prices known on its night give.

    ``recomputed`` comes from ``decide`` over ``known_on`` the night and horizon that the stored decision names.
    """
    if stored == recomputed:
        return []
    message = (
        f"model {stored.model}: the decision of {date_of(stored.on)} does not follow from what was known that night"
    )
    return [Finding("LOOK_AHEAD", Level.BLOCK, f"{message}: {stored.cause()} against {recomputed.cause()}")]


def _signal(ticker: str, index: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> Signal:
    if index.size == 0:
        return Signal(ticker, 0, 0, 0)
    total, last = sum_exact(index), int(index[-1])
    vote = (last * index.size > total) - (last * index.size < total)
    return Signal(ticker, last, int(mul_div(total, 1, index.size)), vote)


def _weights(
    rule: TacticalRule, strategic: Mapping[str, int], equity: int, target: int, defensive: Mapping[str, int]
) -> dict[str, int]:
    """Strategic weights with equity moved to ``target``."""
    if equity == target:
        return dict(strategic)
    stocks = [ticker for ticker in sorted(strategic) if ticker in rule.equity]
    shares = {ticker: strategic[ticker] // WEIGHT_STEP * _ONE for ticker in strategic if ticker not in rule.equity}
    freed = max(equity - target, 0) // WEIGHT_STEP
    for ticker, weight in defensive.items():
        shares[ticker] = shares.get(ticker, 0) + freed * (weight // WEIGHT_STEP)
    others = sorted(ticker for ticker, share in shares.items() if share)
    found = {}
    for names, total, parts in (
        (stocks, target, [strategic[ticker] // WEIGHT_STEP for ticker in stocks]),
        (others, WEIGHT_ONE - target, [shares[ticker] for ticker in others]),
    ):
        if total:
            given = allocate(total, np.array(parts, np.int64), step=WEIGHT_STEP).tolist()
            found.update({ticker: weight for ticker, weight in zip(names, given, strict=True) if weight})
    return found
