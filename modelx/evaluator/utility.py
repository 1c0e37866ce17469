"""Reverse optimisation and utility loss, per participant (spec 2.1).

With S the covariance, w the ideal portfolio, ``rf`` the riskless rate and ``premium`` the reward of the ideal over it:

    v = w'Sw    lambda = premium / v    mu = rf + premium * Sw / v    U(x) = mu'x - lambda/2 * x'Sx
    loss of x   = U(w) - U(x) = premium/2 * (x-w)'S(x-w) / v

(Sharpe 1974 for mu, Markowitz for U.) The loss is always computed by the quadratic form, through a root of S: the
difference of two utilities of 5 % would lose every digit of a loss below a basis point.
"""

import numpy as np
from numpy.typing import ArrayLike

from modelx.evaluator.capital_markets import CapitalMarkets
from modelx.evaluator.columns import BASIS_POINTS, FloatArray, as_floats
from modelx.evaluator.errors import BadSetting, BadWeights


def variances(weights: FloatArray, markets: CapitalMarkets) -> FloatArray:
    """(...,) annual variance of each row of weights (..., M); never negative."""
    projected = weights @ markets.root
    return as_floats(np.square(projected).sum(axis=-1))


def risk_aversion(variance: FloatArray, premium: float) -> FloatArray:
    """Lambda of an investor who holds a portfolio of this variance for this premium. Refuses a variance of zero."""
    _refuse_riskless(variance)
    return as_floats(premium / variance)


def implied_returns(ideal: FloatArray, markets: CapitalMarkets, rf: float, premium: float) -> FloatArray:
    """(N, M) expected returns that make each ideal row (N, M) efficient; ``ideal @ mu`` is rf + premium always."""
    variance = variances(ideal, markets)
    _refuse_riskless(variance)
    return as_floats(rf + premium * (ideal @ markets.covariance) / variance[..., None])


def utility(expected: FloatArray, weights: FloatArray, aversion: FloatArray, markets: CapitalMarkets) -> FloatArray:
    """U = mu'x - lambda/2 x'Sx of each row, decimals per year. For display; losses come from :func:`loss_bp`."""
    return as_floats((expected * weights).sum(axis=-1) - aversion / 2 * variances(weights, markets))


def ideal_utility(rf: float, premium: float) -> float:
    """Utility of the ideal itself: rf + premium/2, the same for every participant."""
    return rf + premium / 2


def loss_bp(ideal: FloatArray, held: FloatArray, markets: CapitalMarkets, premium: float) -> FloatArray:
    """Annual basis points lost by holding ``held`` (..., M) instead of ``ideal`` (..., M); at least zero.

    Exactly zero where the two are the same. Refuses an ideal of zero variance with :class:`BadWeights`.
    """
    variance = variances(ideal, markets)
    _refuse_riskless(variance)
    return as_floats(BASIS_POINTS * premium / 2 * variances(held - ideal, markets) / variance)


def tracking_error(ideal: FloatArray, held: FloatArray, markets: CapitalMarkets) -> FloatArray:
    """Standard deviation of the difference of returns, decimals per year."""
    return as_floats(np.sqrt(variances(held - ideal, markets)))


def loss_from_moments_bp(
    expected_return: ArrayLike, sd: ArrayLike, ideal_sd: float, rf: float, premium: float
) -> FloatArray:
    """Loss from a portfolio's expected return and standard deviation under the participant's implied returns.

    The way a reader checks a printed table: U* - (mu - lambda/2 sd^2). Subject to cancellation; not for bulk use.
    """
    used = as_floats(expected_return) - premium / ideal_sd**2 / 2 * np.square(as_floats(sd))
    return as_floats(BASIS_POINTS * (ideal_utility(rf, premium) - used))


def capped(values_bp: FloatArray, cap_bp: float | None) -> FloatArray:
    """Values limited to the cap, before any averaging (spec section 7); None leaves them alone."""
    if cap_bp is None:
        return values_bp
    if not cap_bp > 0:
        raise BadSetting(f"A cap must be above zero basis points, not {cap_bp!r}; leave it out for no cap.")
    return np.minimum(values_bp, cap_bp)


def _refuse_riskless(variance: FloatArray) -> None:
    if not (variance > 0).all():
        rows = int(np.count_nonzero(~(variance > 0)))
        raise BadWeights(
            f"{rows} ideal portfolio(s) have no variance under this covariance; risk aversion cannot be inferred."
        )
