"""Returns-based style analysis (Sharpe 1992): which mix of asset classes moved like the fund (spec 2.4).

    minimise |(y - mean y) - (X - mean X) w|^2   over w >= 0, sum w = 1

solved exactly for many funds over the same months at once. An active-set solver finds which weights are zero; the
others then follow from one linear system, and the residual of the optimality conditions is reported with the result.
The fitted mix is rescaled to the fund's observed split between stocks and bonds, since the window looks back and the
split is known today.
"""

from dataclasses import dataclass

import daqp
import numpy as np
from scipy.optimize import nnls

from modelx.evaluator.asset_classes import equity_mask
from modelx.evaluator.columns import BoolArray, FloatArray, as_floats
from modelx.evaluator.errors import BadSetting

WINDOW_MONTHS = 60
LEAST_MONTHS = 36
OPTIMAL = 1e-9
POLISHED = 1e-13
SUM_WEIGHT = 1e4


@dataclass(frozen=True, slots=True)
class StyleFit:
    """Mixes (N, M) of N funds; R2, objective (mean squared monthly residual) and KKT residual (N,); months used.

    ``kkt`` is the largest violation of the optimality conditions, relative to the scale of the factors' variance.
    """

    weights: FloatArray
    r2: FloatArray
    objective: FloatArray
    kkt: FloatArray
    months: int


def style_fit(returns: FloatArray, factors: FloatArray) -> StyleFit:
    """Fit monthly returns (N, T) by factor returns (T, M), decimals per month, none missing.

    Raises :class:`BadSetting` for missing months, unequal lengths, or fewer months than 36.
    """
    y, x = np.atleast_2d(as_floats(returns)), as_floats(factors)
    months = len(x)
    if y.shape[1] != months:
        raise BadSetting(f"The funds have {y.shape[1]} months and the factors {months}.")
    if months < LEAST_MONTHS:
        raise BadSetting(f"Style analysis needs {LEAST_MONTHS} months at least, not {months}.")
    if not (np.isfinite(y).all() and np.isfinite(x).all()):
        raise BadSetting("A monthly return is missing. Cut the window to the months that all have.")
    centred, target = x - x.mean(axis=0), y - y.mean(axis=1, keepdims=True)
    scale = float(np.mean(np.square(centred))) * months
    gram, cross = centred.T @ centred / scale, target @ centred / scale
    weights = _active_sets(gram, cross)
    residual = kkt_residual(gram, cross, weights)
    loose = np.flatnonzero(residual > POLISHED)
    weights[loose] = _polished(gram, cross[loose], weights[loose])
    residual[loose] = kkt_residual(gram, cross[loose], weights[loose])
    for row in np.flatnonzero(residual > OPTIMAL):
        other = _by_nnls(centred / np.sqrt(scale), target[row] / np.sqrt(scale))
        better = kkt_residual(gram, cross[row : row + 1], other[None])[0]
        if better < residual[row]:
            weights[row], residual[row] = other, better
    left = np.square(target - weights @ centred.T).mean(axis=1)
    variance = np.square(target).mean(axis=1)
    r2 = np.where(variance > 0, 1 - left / np.where(variance > 0, variance, 1.0), 0.0)
    return StyleFit(weights, as_floats(r2), as_floats(left), residual, months)


def kkt_residual(gram: FloatArray, cross: FloatArray, weights: FloatArray) -> FloatArray:
    """(N,) largest violation of: weights sum to one, none negative, gradient least and equal where weight is held."""
    slope = weights @ gram - cross
    held = weights > 0
    level = np.where(held, weights * slope, 0.0).sum(axis=1, keepdims=True)
    above = slope - level
    return as_floats(
        np.maximum.reduce(
            [
                np.abs(weights.sum(axis=1) - 1),
                np.maximum(-weights, 0.0).max(axis=1),
                np.maximum(-above, 0.0).max(axis=1),
                np.abs(weights * above).max(axis=1),
            ]
        )
    )


@dataclass(frozen=True, slots=True)
class Rescaled:
    """Weights (N, M) at the observed equity level; ``impossible`` (N,) where a side is observed but was not fitted."""

    weights: FloatArray
    impossible: BoolArray


def rescaled_to_observed(weights: FloatArray, observed_equity: FloatArray, equity: BoolArray | None = None) -> Rescaled:
    """Stocks times E_obs over their fitted sum, bonds likewise. A row that cannot be rescaled stays as fitted."""
    side = equity_mask() if equity is None else equity
    if not ((observed_equity >= 0) & (observed_equity <= 1)).all():
        raise BadSetting("An observed equity level is missing or outside 0 and 1.")
    stocks, bonds = weights @ side, weights @ ~side
    wanted = as_floats(observed_equity)
    impossible = ((stocks <= 0) & (wanted > 0)) | ((bonds <= 0) & (wanted < 1))
    up = np.where(stocks > 0, wanted / np.where(stocks > 0, stocks, 1.0), 0.0)
    down = np.where(bonds > 0, (1 - wanted) / np.where(bonds > 0, bonds, 1.0), 0.0)
    moved = weights * np.where(side, up[:, None], down[:, None])
    return Rescaled(as_floats(np.where(impossible[:, None], weights, moved)), np.asarray(impossible, dtype=np.bool_))


def _active_sets(gram: FloatArray, cross: FloatArray) -> FloatArray:
    """A solution of each fund's programme to solver accuracy; one workspace, a new linear term a fund."""
    classes = len(gram)
    model = daqp.Model()
    ones = np.ones((1, classes))
    upper, lower = np.append(np.full(classes, 1e30), 1.0), np.append(np.zeros(classes), 1.0)
    kinds = np.append(np.zeros(classes, dtype=np.int32), np.int32(5))
    model.setup(gram, -cross[0], ones, upper, lower, kinds)
    found = np.zeros((len(cross), classes))
    for row, linear in enumerate(-cross):
        model.update(f=linear)
        found[row] = model.solve()[0]
    found = np.maximum(found, 0.0)
    return as_floats(found / found.sum(axis=1, keepdims=True))


def _polished(gram: FloatArray, cross: FloatArray, clipped: FloatArray) -> FloatArray:
    """Solve for the weights held, exactly; keep the solver's own where that is no better."""
    count, classes = clipped.shape
    held = clipped > OPTIMAL
    system = np.zeros((count, classes + 1, classes + 1))
    system[:, :classes, :classes] = np.where(held[:, :, None] & held[:, None, :], gram, 0.0)
    diagonal = np.arange(classes)
    system[:, diagonal, diagonal] += ~held
    system[:, :classes, classes] = system[:, classes, :classes] = held
    right = np.zeros((count, classes + 1, 1))
    right[:, :classes, 0] = np.where(held, cross, 0.0)
    right[:, classes, 0] = 1.0
    try:
        exact = np.linalg.solve(system, right)[:, :classes, 0]
    except np.linalg.LinAlgError:
        return as_floats(clipped)
    exact = np.maximum(exact, 0.0)
    sums = exact.sum(axis=1, keepdims=True)
    exact = np.where((sums > 0.5) & (sums < 1.5), exact / np.where(sums > 0, sums, 1.0), clipped)
    worse = kkt_residual(gram, cross, exact) > kkt_residual(gram, cross, clipped)
    return as_floats(np.where(worse[:, None], clipped, exact))


def _by_nnls(centred: FloatArray, target: FloatArray) -> FloatArray:
    """The slow road: non-negative least squares with a heavy row for the sum."""
    rows = np.vstack([centred, np.full(centred.shape[1], SUM_WEIGHT)])
    found = nnls(rows, np.append(target, SUM_WEIGHT), maxiter=50 * centred.shape[1])[0]
    return as_floats(found / found.sum())
