"""From positions to asset classes: what a portfolio holds, class by class, and what nobody has mapped (candidates 3a).

Arrays only: a service takes positions and exposures from the ledger and the book and hands them over as columns.
"""

from dataclasses import dataclass

import numpy as np

from modelx.evaluator.columns import WEIGHT_SUM_TOLERANCE, FloatArray, IntArray, as_floats
from modelx.evaluator.errors import BadWeights


@dataclass(frozen=True, slots=True)
class LookThrough:
    """Weights (P, M) of P portfolios by class, the share (P,) that no class was given for, and values (P,).

    ``weights`` are of the mapped part and sum to one; a portfolio with nothing mapped has NaN weights.
    """

    weights: FloatArray
    unmapped: FloatArray
    value: FloatArray


def look_through(
    portfolio: IntArray, security: IntArray, value: FloatArray, exposures: FloatArray, portfolios: int
) -> LookThrough:
    """Positions (n,) as columns: whose, of what, worth what; ``exposures`` (S, M) of each security by class.

    Cash is a security with its own exposure. An exposure row that is zero throughout is not mapped; any other must
    have no negative part and sum to one within 5e-3. Negative positions are refused: only long portfolios are
    evaluated. Raises :class:`BadWeights`.
    """
    sums = exposures.sum(axis=1)
    mapped = (exposures != 0).any(axis=1)
    if not np.isfinite(exposures).all() or (exposures < 0).any():
        raise BadWeights("An exposure is missing or negative.")
    if (np.abs(sums[mapped] - 1) > WEIGHT_SUM_TOLERANCE).any():
        worst = int(np.argmax(np.where(mapped, np.abs(sums - 1), 0.0)))
        raise BadWeights(f"The exposures of security {worst} sum to {sums[worst]:.6g}, not to one.")
    if not (value >= 0).all():
        raise BadWeights("A position is missing or negative; only long portfolios can be evaluated.")
    shares = np.where(mapped[:, None], exposures / np.where(mapped, sums, 1.0)[:, None], 0.0)
    held = np.zeros((portfolios, exposures.shape[1]))
    np.add.at(held, portfolio, value[:, None] * shares[security])
    total = np.bincount(portfolio, weights=value, minlength=portfolios)
    known = held.sum(axis=1)
    weights = np.where(known[:, None] > 0, held, np.nan) / np.where(known > 0, known, 1.0)[:, None]
    unmapped = np.where(total > 0, 1 - known / np.where(total > 0, total, 1.0), 0.0)
    return LookThrough(as_floats(weights), as_floats(np.maximum(unmapped, 0.0)), as_floats(total))


def value_weighted(weights: FloatArray, value: FloatArray, group: IntArray, groups: int) -> FloatArray:
    """(G, M) weights of groups of portfolios, by value: one vintage over all plans that hold it."""
    part = np.zeros((groups, weights.shape[1]))
    np.add.at(part, group, weights * value[:, None])
    total = np.bincount(group, weights=value, minlength=groups)
    return as_floats(np.where(total[:, None] > 0, part, np.nan) / np.where(total > 0, total, 1.0)[:, None])
