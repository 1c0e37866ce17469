"""How losses are spread: exact quantiles and tails of any number of participants in bounded memory.

A first pass counts values on a logarithmic grid (a mergeable histogram); a second pass collects only the values of the
one grid cell in which a quantile lies, and picks it. The quantile q is the smallest value at or below which at least
the share q of the weight lies ("inverted cdf"): the loss of an actual participant, never a mean of two.
"""

from dataclasses import dataclass

import numpy as np

from modelx.evaluator.columns import FloatArray, IntArray, as_floats
from modelx.evaluator.errors import BadParticipants, BadSetting

CELLS = 4_000
LEAST_EXPONENT, MOST_EXPONENT = -6.0, 6.0
QUANTILES = (0.05, 0.25, 0.50, 0.75, 0.95)
TOP_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class Histogram:
    """Weight and weighted sum (K, cells) of the values in each grid cell; cell 0 holds zero and below 1e-6."""

    weight: FloatArray
    weighted: FloatArray

    def plus(self, other: "Histogram") -> "Histogram":
        """Both together; add blocks in their order and the result is the same every time."""
        return Histogram(self.weight + other.weight, self.weighted + other.weighted)

    def approximate(self, share: float) -> FloatArray:
        """(K,) quantile to the width of a cell (0.35 % of the value); NaN where there is no weight."""
        cell = self.cell_of(share)
        exponent = LEAST_EXPONENT + (cell - 0.5) * (MOST_EXPONENT - LEAST_EXPONENT) / (CELLS - 1)
        value = np.where(cell == 0, 0.0, 10.0**exponent)
        return np.where(self.weight.sum(axis=1) > 0, value, np.nan)

    def cell_of(self, share: float) -> IntArray:
        """(K,) the grid cell in which the quantile lies."""
        running = np.cumsum(self.weight, axis=1)
        wanted = _wanted(share) * running[:, -1:]
        return np.asarray((running < wanted).sum(axis=1), dtype=np.int64)

    def below(self, cell: IntArray) -> FloatArray:
        """(K,) weight in the cells before the given one."""
        running = np.concatenate([np.zeros((len(self.weight), 1)), np.cumsum(self.weight, axis=1)], axis=1)
        return as_floats(running[np.arange(len(cell)), cell])


def cell_numbers(values: FloatArray) -> IntArray:
    """Grid cell of each value, 0 to ``CELLS - 1``; outermost cells take what lies beyond the grid."""
    with np.errstate(divide="ignore"):
        exponent = np.log10(np.maximum(values, 0.0))
    place = np.ceil((exponent - LEAST_EXPONENT) / (MOST_EXPONENT - LEAST_EXPONENT) * (CELLS - 1))
    return np.clip(place, 0, CELLS - 1).astype(np.int64)


def histogram(values: FloatArray, weight: FloatArray) -> Histogram:
    """Histogram of values (K, n) with one weight (n,) a participant."""
    rows = len(values)
    counts, sums = np.zeros((rows, CELLS)), np.zeros((rows, CELLS))
    for row in range(rows):
        cells = cell_numbers(values[row])
        counts[row] = np.bincount(cells, weights=weight, minlength=CELLS)
        sums[row] = np.bincount(cells, weights=weight * values[row], minlength=CELLS)
    return Histogram(counts, sums)


def quantile_in_cell(values: FloatArray, weight: FloatArray, below: float, wanted: float) -> float:
    """The quantile among the values of its cell: the first, in order, at which the running weight reaches ``wanted``.

    ``below`` is the weight of all smaller cells. Sums are taken in the order of the values, so the order in which
    blocks delivered them does not matter.
    """
    order = np.argsort(values, kind="stable")
    running = below + np.cumsum(weight[order])
    place = int(np.searchsorted(running, wanted * (1 - 1e-12)))
    return float(values[order][min(place, len(order) - 1)])


def quantile(values: FloatArray, weight: FloatArray, share: float) -> float:
    """The quantile of values (n,) that fit in memory."""
    if len(values) == 0:
        raise BadParticipants("A quantile needs at least one participant.")
    return quantile_in_cell(values, weight, 0.0, _wanted(share) * float(weight.sum()))


def top_share(values: FloatArray, weight: FloatArray, share: float = TOP_SHARE) -> float:
    """What part of the summed loss falls on the worst ``share`` of the participants, at least one of them."""
    loss = values * weight
    total = float(loss.sum())
    count = max(int(np.ceil(share * len(values))), 1)
    worst = np.argsort(-values, kind="stable")[:count]
    return float(loss[worst].sum()) / total if total > 0 else 0.0


def _wanted(share: float) -> float:
    if not 0 < share <= 1:
        raise BadSetting(f"A quantile lies above 0 and up to 1, not at {share!r}.")
    return share
