"""Expected alpha of funds and of the portfolios built from them (the paper's Exhibits 1 and 2; spec 2.6)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from modelx.evaluator.columns import FloatArray, as_floats, normalised_weights
from modelx.evaluator.errors import BadSetting

RATING_ALPHA_BP = {"Gold": 50.0, "Silver": 25.0, "Bronze": 5.0, "Neutral": 0.0, "Negative": -50.0}


@dataclass(frozen=True, slots=True)
class PortfolioAlpha:
    """Weighted by fund, a value a vintage (G,), annual basis points; ``after_all_fees`` is net of funds and overlay."""

    pre_fee: FloatArray
    fund_fee: FloatArray
    after_all_fees: FloatArray


def rating_alpha_bp(ratings: list[str]) -> FloatArray:
    """Pre-fee alpha assumed for analyst ratings. Refuses a rating that is not one of the five."""
    unknown = sorted(set(ratings) - set(RATING_ALPHA_BP))
    if unknown:
        raise BadSetting(f"Unknown ratings {unknown}; known are {list(RATING_ALPHA_BP)}.")
    return np.array([RATING_ALPHA_BP[rating] for rating in ratings])


def after_fee_alpha_bp(pre_fee_bp: ArrayLike, fee_bp: ArrayLike) -> FloatArray:
    """Alpha left after a fund's own fee."""
    return as_floats(as_floats(pre_fee_bp) - as_floats(fee_bp))


def portfolio_alpha(
    fund_weights: ArrayLike, pre_fee_bp: ArrayLike, fee_bp: ArrayLike, overlay_bp: float
) -> PortfolioAlpha:
    """Alpha of G portfolios of F funds; ``fund_weights`` (G, F) sum to one, alphas and fees (F,) in basis points."""
    fees = as_floats(fee_bp)
    weights = normalised_weights(fund_weights, "fund weights", len(fees))
    pre, fee = weights @ as_floats(pre_fee_bp), weights @ fees
    return PortfolioAlpha(as_floats(pre), as_floats(fee), as_floats(pre - fee - overlay_bp))
