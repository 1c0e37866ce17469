"""What a column is in the evaluator, and the checks every column passes before arithmetic.

Columns are ``float64`` numpy arrays in decimals per year (0.055 is 5.5 %); a missing number is NaN. Results that a
person reads are annual basis points and say so in their names (``..._bp``).
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from modelx.evaluator.errors import BadWeights

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
ObjectArray = NDArray[Any]

BASIS_POINTS = 1e4
WEIGHT_SUM_TOLERANCE = 5e-3


def as_floats(values: ArrayLike) -> FloatArray:
    """Values as a float64 array, without a copy where they already are one."""
    return np.asarray(values, dtype=np.float64)


def normalised_weights(weights: ArrayLike, what: str, classes: int) -> FloatArray:
    """Weights (..., M) checked and rescaled so that each row sums to one exactly in float64.

    Refuses with :class:`BadWeights`: another number of classes, a missing or negative weight, a sum more than 5e-3
    from one (spec 2.5). Weights given in percent are refused by the same rule; nothing is guessed.
    """
    rows = as_floats(weights)
    if rows.ndim == 0 or rows.shape[-1] != classes:
        raise BadWeights(f"{what}: expected {classes} asset classes, found {rows.shape[-1] if rows.ndim else 0}.")
    if not np.isfinite(rows).all():
        raise BadWeights(f"{what}: a weight is missing or not a number. Give every class a weight; zero is a weight.")
    if (rows < 0).any():
        raise BadWeights(f"{what}: the weight {rows.min():.6g} is negative. Long-only portfolios are evaluated.")
    sums = rows.sum(axis=-1, keepdims=True)
    worst = float(np.abs(sums - 1).max(initial=0.0))
    if worst > WEIGHT_SUM_TOLERANCE:
        off = float(sums.ravel()[np.abs(sums - 1).argmax()])
        raise BadWeights(f"{what}: weights sum to {off:.6g}, not to one (tolerance {WEIGHT_SUM_TOLERANCE}).")
    return as_floats(rows / sums)
