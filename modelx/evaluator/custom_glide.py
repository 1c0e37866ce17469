"""The glide path that fits these participants best, in closed form (spec section 6.2).

Within a vintage, the sum over its participants of b_i (x-w_i)'S(x-w_i)/v_i is least at

    x* = sum c_i w_i / sum c_i,   c_i = b_i / v_i

a mix of ideals, so long-only and fully invested by itself. Equity levels are then made to fall with age (weighted
isotonic regression, weights sum c_i), and a vintage whose level moved is restated to it pro rata. The loss that is
left is what no glide path can save: the value of individual advice.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import isotonic_regression

from modelx.evaluator.capital_markets import CapitalMarkets
from modelx.evaluator.columns import FloatArray, IntArray, as_floats
from modelx.evaluator.errors import BadParticipants
from modelx.evaluator.utility import loss_bp, variances


@dataclass(frozen=True, slots=True)
class CustomGlide:
    """Portfolios (G, M) by ascending vintage; equity levels before and after the monotone fit (G,); people (G,).

    ``loss_bp`` (N,) is what each participant still loses; ``mean_loss_bp`` its weighted mean. ``filled`` marks vintages
    nobody is in, which take the portfolio between their neighbours.
    """

    weights: FloatArray
    equity: FloatArray
    free_equity: FloatArray
    people: IntArray
    filled: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
    loss_bp: FloatArray
    mean_loss_bp: float


def custom_glide(
    ideal: FloatArray,
    vintage: IntArray,
    vintages: int,
    markets: CapitalMarkets,
    premium: float,
    weight: FloatArray | None = None,
    monotone: bool = True,
) -> CustomGlide:
    """Best portfolios for ideals (N, M) whose vintage (N,) is a position 0 to ``vintages`` - 1, later is younger."""
    count = len(ideal)
    share = np.ones(count) if weight is None else weight
    if count == 0 or not share.sum() > 0:
        raise BadParticipants("A custom glide path needs at least one participant with weight.")
    pull = share / variances(ideal, markets)
    sums = np.zeros((vintages, markets.classes))
    np.add.at(sums, vintage, ideal * pull[:, None])
    strength = np.bincount(vintage, weights=pull, minlength=vintages)
    people = np.bincount(vintage, minlength=vintages).astype(np.int64)
    there = strength > 0
    best = np.zeros_like(sums)
    best[there] = sums[there] / strength[there, None]
    free = best @ markets.equity
    level = free.copy()
    if monotone:
        level[there] = isotonic_regression(free[there], weights=strength[there]).x
    fitted = best.copy()
    fitted[there] = _restated(best[there], level[there], markets)
    where = np.arange(vintages, dtype=np.float64)
    for column in range(markets.classes):
        fitted[:, column] = np.interp(where, where[there], fitted[there, column])
    losses = loss_bp(ideal, fitted[vintage], markets, premium)
    equity = as_floats(fitted @ markets.equity)
    return CustomGlide(
        as_floats(fitted),
        equity,
        as_floats(np.where(there, free, equity)),
        people,
        np.asarray(~there, dtype=np.bool_),
        losses,
        float((losses * share).sum() / share.sum()),
    )


def _restated(weights: FloatArray, level: FloatArray, markets: CapitalMarkets) -> FloatArray:
    now = weights @ markets.equity
    stocks = level / np.where(now > 0, now, 1.0)
    bonds = (1 - level) / np.where(now < 1, 1 - now, 1.0)
    return as_floats(weights * np.where(markets.equity, stocks[:, None], bonds[:, None]))
