"""How much of a loss is the equity level, how much the detail below it (the paper's Appendix 1; spec 2.5).

For an ideal w of equity level E and a held portfolio x of equity level Eq:

    p    the ideal restated pro rata to Eq: stocks by Eq/E, bonds by (1-Eq)/(1-E)
    L1   = premium/2 * (p-w)'S(p-w) / v                     the equity level alone
    m    the ideal the same engine would give at Eq ("matched")
    L2   = premium/2 * (x-m)'S(x-m) / (m'Sm)                the detail alone, reverse-optimised at m
    equity part = T * L1/(L1+L2)    detail part = T * L2/(L1+L2)

This module is the definition, row by row and safe against cancellation; :mod:`bulk_losses` computes the same for a
million participants.
"""

from dataclasses import dataclass
from enum import Enum

import numpy as np

from modelx.evaluator.capital_markets import CapitalMarkets
from modelx.evaluator.columns import BASIS_POINTS, BoolArray, FloatArray, as_floats
from modelx.evaluator.detail_map import DetailMap
from modelx.evaluator.errors import BadSetting, BadWeights
from modelx.evaluator.utility import capped, loss_bp, variances

LEVEL_TOLERANCE = 1e-9


class SubMixSource(Enum):
    """Whose stocks and whose bonds the two-asset loss L1 uses."""

    OWN = "own"
    PLAN_AVERAGE = "plan_average"
    EXPLICIT = "explicit"


class MatchedRule(Enum):
    """How the matched ideal m is built."""

    KEEP_REAL_ASSETS = "keep_real_assets"
    DETAIL_MAP = "detail_map"
    PRO_RATA = "pro_rata"


class DetailAversion(Enum):
    """Whose risk aversion prices L2: an investor whose ideal is m, or the participant."""

    MATCHED = "matched"
    PARTICIPANT = "participant"


@dataclass(frozen=True, slots=True)
class SplitRules:
    """The options of Appendix 1. ``two_assets`` is read for EXPLICIT, ``plan_mix`` (2, M) for PLAN_AVERAGE."""

    sub_mix: SubMixSource = SubMixSource.OWN
    matched: MatchedRule = MatchedRule.KEEP_REAL_ASSETS
    detail_aversion: DetailAversion = DetailAversion.MATCHED
    two_assets: CapitalMarkets | None = None
    plan_mix: FloatArray | None = None

    def __post_init__(self) -> None:
        if self.sub_mix is SubMixSource.EXPLICIT and self.two_assets is None:
            raise BadSetting("sub_mix=explicit needs the standard deviations and correlation of stocks and bonds.")
        if self.sub_mix is SubMixSource.PLAN_AVERAGE and self.plan_mix is None:
            raise BadSetting("sub_mix=plan_average needs the plan's aggregate mix; see plan_average_mix.")


@dataclass(frozen=True, slots=True)
class Split:
    """Annual basis points per participant. ``equity + detail == total``; L1 and L2 are the two estimates behind it."""

    total: FloatArray
    equity: FloatArray
    detail: FloatArray
    equity_estimate: FloatArray
    detail_estimate: FloatArray


def split_loss(
    ideal: FloatArray,
    held: FloatArray,
    markets: CapitalMarkets,
    premium: float,
    rules: SplitRules,
    *,
    age: FloatArray | None = None,
    detail: DetailMap | None = None,
    cap_bp: float | None = None,
) -> Split:
    """Total loss and its two parts for rows ``ideal`` and ``held`` (N, M), each summing to one.

    ``age`` (N,) and ``detail`` are needed where a row's ideal has no stocks or no bonds (its missing sub-mix comes
    from the detail map) and for ``MatchedRule.DETAIL_MAP``. The cap limits the total before it is split.
    """
    total = capped(loss_bp(ideal, held, markets, premium), cap_bp)
    held_level = held @ markets.equity
    stocks, bonds = sub_mixes(ideal, held_level, markets, age, detail)
    first = _equity_estimate(ideal, held_level, stocks, bonds, markets, premium, rules)
    matched = _matched(ideal, held_level, stocks, bonds, markets, rules.matched, age, detail)
    against = matched if rules.detail_aversion is DetailAversion.MATCHED else ideal
    second = _ratio_bp(premium, variances(held - matched, markets), variances(against, markets))
    equity, rest = share_out(total, first, second)
    return Split(total, equity, rest, first, second)


def share_out(total: FloatArray, first: FloatArray, second: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The total divided in the ratio L1 : L2; where both are zero the total is zero too, and so are the parts."""
    both = first + second
    equity = np.where(both > 0, total * first / np.where(both > 0, both, 1.0), 0.0)
    return as_floats(equity), as_floats(total - equity)


def sub_mixes(
    ideal: FloatArray,
    held_level: FloatArray,
    markets: CapitalMarkets,
    age: FloatArray | None,
    detail: DetailMap | None,
) -> tuple[FloatArray, FloatArray]:
    """(N, M) the stock side and the bond side of each ideal, each summing to one.

    A side the ideal does not hold comes from the detail map at the participant's age, the stock side at the equity
    level of the held portfolio; where the set has one class on that side, it is that class.
    """
    level = ideal @ markets.equity
    no_stocks, no_bonds = level < LEVEL_TOLERANCE, level > 1 - LEVEL_TOLERANCE
    stocks = ideal * markets.equity / np.where(no_stocks, 1.0, level)[:, None]
    bonds = ideal * ~markets.equity / np.where(no_bonds, 1.0, 1 - level)[:, None]
    if no_stocks.any():
        stocks[no_stocks] = _borrowed(markets, markets.equity, no_stocks, age, detail, held_level)
    if no_bonds.any():
        bonds[no_bonds] = _borrowed(markets, ~markets.equity, no_bonds, age, detail, None)
    return as_floats(stocks), as_floats(bonds)


def plan_average_mix(ideal: FloatArray, markets: CapitalMarkets, weight: FloatArray | None = None) -> FloatArray:
    """(2, M) the plan's aggregate stock and bond sub-mix: money held in each class over money on its side."""
    held = ideal.sum(axis=0) if weight is None else weight @ ideal
    stocks, bonds = held * markets.equity, held * ~markets.equity
    if not (stocks.sum() > 0 and bonds.sum() > 0):
        raise BadWeights("The plan holds no stocks or no bonds at all; use sub_mix=own.")
    return np.stack([stocks / stocks.sum(), bonds / bonds.sum()])


def _equity_estimate(
    ideal: FloatArray,
    held_level: FloatArray,
    stocks: FloatArray,
    bonds: FloatArray,
    markets: CapitalMarkets,
    premium: float,
    rules: SplitRules,
) -> FloatArray:
    """L1: (Eq - E)^2 times the variance of stocks less bonds, over the variance of the ideal."""
    level = ideal @ markets.equity
    if rules.sub_mix is SubMixSource.EXPLICIT and rules.two_assets is not None:
        pair = np.stack([level, 1 - level], axis=-1)
        spread = variances(np.array([1.0, -1.0]), rules.two_assets)
        variance = variances(pair, rules.two_assets)
    elif rules.sub_mix is SubMixSource.PLAN_AVERAGE and rules.plan_mix is not None:
        spread = variances(rules.plan_mix[0] - rules.plan_mix[1], markets)
        variance = variances(np.stack([level, 1 - level], axis=-1) @ rules.plan_mix, markets)
    else:
        spread, variance = variances(stocks - bonds, markets), variances(ideal, markets)
    return _ratio_bp(premium, np.square(held_level - level) * spread, variance)


def _matched(
    ideal: FloatArray,
    held_level: FloatArray,
    stocks: FloatArray,
    bonds: FloatArray,
    markets: CapitalMarkets,
    rule: MatchedRule,
    age: FloatArray | None,
    detail: DetailMap | None,
) -> FloatArray:
    """m. Real assets are kept unless either level is too low to hold them; then the restatement is pro rata."""
    if rule is MatchedRule.DETAIL_MAP:
        if detail is None or age is None:
            raise BadSetting("matched=detail_map needs the detail map and every participant's age.")
        return detail.weights(age, np.clip(held_level, 0.0, 1.0))
    bond_side = bonds * (1 - held_level)[:, None]
    pro_rata = stocks * held_level[:, None] + bond_side
    if rule is MatchedRule.PRO_RATA:
        return as_floats(pro_rata)
    kept = ideal * markets.kept
    real = kept.sum(axis=1)
    others = ideal * (markets.equity & ~markets.kept)
    other = others.sum(axis=1)
    possible = (other > LEVEL_TOLERANCE) & (held_level > real)
    scale = np.where(possible, held_level - real, 0.0) / np.where(possible, other, 1.0)
    keeping = kept + others * scale[:, None] + bond_side
    return as_floats(np.where(possible[:, None], keeping, pro_rata))


def _borrowed(
    markets: CapitalMarkets,
    side: BoolArray,
    rows: BoolArray,
    age: FloatArray | None,
    detail: DetailMap | None,
    held_level: FloatArray | None,
) -> FloatArray:
    if np.count_nonzero(side) == 1:
        return as_floats(np.broadcast_to(side, (int(rows.sum()), markets.classes)))
    if detail is None or age is None:
        raise BadSetting("An ideal holds no stocks or no bonds; its missing side needs the detail map and an age.")
    if held_level is None:
        return detail.bond_mix(age[rows])
    return detail.stock_mix(age[rows], np.clip(held_level[rows], 0.0, 1.0))


def _ratio_bp(premium: float, numerator: FloatArray, variance: FloatArray) -> FloatArray:
    """Half the premium times a ratio of variances; zero over zero is zero (two riskless portfolios)."""
    safe = np.where(variance > 0, variance, 1.0)
    return as_floats(BASIS_POINTS * premium / 2 * np.where(variance > 0, numerator / safe, 0.0))
