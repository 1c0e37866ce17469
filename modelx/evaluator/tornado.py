"""What moves the answer: each assumption changed alone, the mean loss of every option before and after (spec 6.5)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from modelx.evaluator.capital_markets import CapitalMarkets
from modelx.evaluator.columns import FloatArray, IntArray, as_floats
from modelx.evaluator.detail_map import DetailMap
from modelx.evaluator.engine import Ideal
from modelx.evaluator.evaluation import Settings, evaluate_block
from modelx.evaluator.option import Option
from modelx.evaluator.participants import Participants, Reason
from modelx.evaluator.vintage_map import VintageRule

PREMIUM_STEP = 0.01
RETIREMENT_STEP = 2.0
CAP_BP = 100.0
STYLE_NOISE = 0.02
STYLE_SEED = 7


@dataclass(frozen=True, slots=True)
class Swing:
    """One change: mean total loss (K,) and mean relative gain (K,) with it, and the option that is then best."""

    factor: str
    change: str
    total_bp: FloatArray
    gain_bp: FloatArray
    best: int


@dataclass(frozen=True, slots=True)
class Case:
    """Everything an evaluation needs, so that one part can be replaced."""

    people: Participants
    ideal: Ideal
    options: Sequence[Option]
    markets: CapitalMarkets
    settings: Settings
    detail: DetailMap


def tornado(case: Case, other_markets: Sequence[CapitalMarkets] = ()) -> list[Swing]:
    """The base case first, then every change in a fixed order. Large plans pass a sample."""
    settings = case.settings
    swings = [_swing(case, "base", "as evaluated")]
    swings += [_swing(replace(case, markets=one), "covariance", one.name) for one in other_markets]
    for step in (-PREMIUM_STEP, PREMIUM_STEP):
        if settings.premium + step > 0:
            other = replace(settings, premium=settings.premium + step)
            swings.append(_swing(replace(case, settings=other), "premium", f"{other.premium:.2%}"))
    for step in (-RETIREMENT_STEP, RETIREMENT_STEP):
        later = replace(case.people, retirement_age=case.people.retirement_age + step)
        swings.append(_swing(replace(case, people=later), "retirement age", f"{step:+g} years"))
    for rule in VintageRule:
        if rule is not settings.vintage_rule:
            swings.append(_swing(replace(case, settings=replace(settings, vintage_rule=rule)), "vintage", rule.value))
    bonds = replace(
        case.markets, equity=case.markets.equity & ~case.markets.kept, kept=np.zeros_like(case.markets.kept)
    )
    swings.append(_swing(replace(case, markets=bonds), "real estate and commodities", "counted as bonds"))
    swings.append(_swing(_noisy(case), "style weights", f"noise of {STYLE_NOISE:.0%}"))
    if settings.cap_bp != CAP_BP:
        swings.append(_swing(replace(case, settings=replace(settings, cap_bp=CAP_BP)), "cap", f"{CAP_BP:g} bp"))
    swings += _without_heaviest(case)
    return swings


def _swing(case: Case, factor: str, change: str) -> Swing:
    result = evaluate_block(case.people, case.ideal, case.options, case.markets, case.settings, case.detail)
    part = result.weight / result.weight.sum()
    gain = result.stack.relative_gain @ part
    return Swing(factor, change, as_floats(result.total @ part), as_floats(gain), int(gain.argmax()))


def _noisy(case: Case) -> Case:
    """Every option's weights with normal noise, cut at zero and rescaled: what style analysis leaves open."""
    source = np.random.default_rng(STYLE_SEED)
    noisy: list[Option] = []
    for one in case.options:
        if one.weights is None:
            noisy.append(one)
            continue
        moved = np.maximum(one.weights + STYLE_NOISE * source.standard_normal(one.weights.shape), 0.0)
        noisy.append(replace(one, weights=as_floats(moved / moved.sum(axis=1, keepdims=True))))
    return replace(case, options=noisy)


def _without_heaviest(case: Case) -> list[Swing]:
    """Leave out the participant who loses most over all options together; nothing where that leaves nobody."""
    result = evaluate_block(case.people, case.ideal, case.options, case.markets, case.settings, case.detail)
    if len(result.rows) < 2:
        return []
    heaviest = int(result.rows[int((result.total.sum(axis=0) * result.weight).argmax())])
    rows: IntArray = np.flatnonzero(np.arange(len(case.people)) != heaviest)
    left = Ideal(case.ideal.equity[rows], case.ideal.weights[rows], case.ideal.reason[rows], case.ideal.origin[rows])
    if not (left.reason == Reason.EVALUATED).any():
        return []
    return [_swing(replace(case, people=case.people.take(rows), ideal=left), "heaviest participant", "left out")]
