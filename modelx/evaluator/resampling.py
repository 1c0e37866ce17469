"""How sure the ranking is of itself: losses under resampled covariances (spec section 6.1).

A covariance estimated from n months is one draw; others as likely are drawn from the Wishart law around it, or from
blocks of the return history itself. Each draw prices every option again; the report shows bands and how often each
option ranks first, not one number.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from modelx.evaluator.capital_markets import CapitalMarkets, covariance_root
from modelx.evaluator.columns import BASIS_POINTS, FloatArray, as_floats
from modelx.evaluator.errors import BadSetting

MONTHS_A_YEAR = 12
BANDS = (0.05, 0.50, 0.95)


@dataclass(frozen=True, slots=True)
class RankBands:
    """Losses (draws, K) in basis points, their bands (3, K) at 5, 50 and 95 %, and chances.

    ``least_loss`` (K,) is how often an option has the smallest loss, ``least_cost`` the smallest cost and loss
    together; ``beats`` (K, K) how often the row's cost and loss are below the column's.
    """

    losses: FloatArray
    bands: FloatArray
    least_loss: FloatArray
    least_cost: FloatArray
    beats: FloatArray


def wishart_roots(markets: CapitalMarkets, months: int, draws: int, seed: int) -> Iterator[FloatArray]:
    """Roots (M, M) of covariances estimated from ``months`` normal returns, by Bartlett's decomposition."""
    classes, freedom = markets.classes, months - 1
    if freedom < classes or draws < 1:
        raise BadSetting(f"Resampling {classes} classes needs more than {classes} months and at least one draw.")
    source = np.random.default_rng(seed)
    for _ in range(draws):
        lower = np.tril(source.standard_normal((classes, classes)), -1)
        lower[np.diag_indices(classes)] = np.sqrt(source.chisquare(freedom - np.arange(classes)))
        yield as_floats(markets.root @ lower / np.sqrt(freedom))


def bootstrap_roots(returns: FloatArray, draws: int, seed: int, block_months: int = 12) -> Iterator[FloatArray]:
    """Roots (M, M) of annual covariances of monthly returns (T, M), resampled in circular blocks of a year."""
    months = len(returns)
    if months <= returns.shape[1] or not 1 <= block_months <= months or draws < 1:
        raise BadSetting("A bootstrap needs more months than classes, a block within them, and at least one draw.")
    source = np.random.default_rng(seed)
    blocks = -(-months // block_months)
    for _ in range(draws):
        starts = source.integers(0, months, blocks)
        rows = (starts[:, None] + np.arange(block_months)).ravel()[:months] % months
        yield covariance_root(as_floats(np.cov(returns[rows], rowvar=False) * MONTHS_A_YEAR))


def rank_bands(
    ideal: FloatArray,
    held: FloatArray,
    weight: FloatArray,
    fixed_cost_bp: FloatArray,
    premium: float,
    roots: Iterator[FloatArray],
) -> RankBands:
    """Mean losses of ideals (n, M) against portfolios (K, n, M) under each root, with weights (n,).

    ``fixed_cost_bp`` (K,) is everything of an option's cost that does not hang on the covariance.
    """
    share = weight / weight.sum()
    options, people, classes = held.shape
    away = (held - ideal).reshape(options * people, classes)
    losses = []
    for root in roots:
        own, other = ideal @ root, away @ root
        variance = np.einsum("ij,ij->i", own, own)
        distance = np.einsum("ij,ij->i", other, other).reshape(options, people)
        losses.append((distance / variance) @ share)
    priced = BASIS_POINTS * premium / 2 * np.array(losses)
    cost = priced + fixed_cost_bp
    numbers = np.arange(options)
    return RankBands(
        as_floats(priced),
        as_floats(np.quantile(priced, BANDS, axis=0)),
        as_floats((priced.argmin(axis=1)[:, None] == numbers).mean(axis=0)),
        as_floats((cost.argmin(axis=1)[:, None] == numbers).mean(axis=0)),
        as_floats((cost[:, :, None] < cost[:, None, :]).mean(axis=0)),
    )
