"""The detail map: from a participant's age and equity level to nineteen weights (spec 2.2, built-in 1).

Real estate and commodities take r(age) each; the other eight equity classes share the rest of the equity level by
s(age), eight bond classes share the bonds by b(age); emerging sovereign bonds take nothing. r, s and b are cubics in
(age - 45) / 22, clipped to ages 23 to 67, fitted to the paper's Exhibit 5 within 0.15 points of a percent. The young
hold small companies, other countries and long bonds; the old hold large companies, short bonds, TIPS and cash.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from modelx.evaluator.asset_classes import CODES, equity_mask, real_asset_mask
from modelx.evaluator.columns import FloatArray, as_floats
from modelx.evaluator.errors import BadSetting

YOUNGEST, OLDEST = 23.0, 67.0
MIDDLE, HALF_RANGE = 45.0, 22.0
ROWS_AT_ONCE = 4096


@dataclass(frozen=True, slots=True)
class DetailMap:
    """Cubic coefficients (4, 19), constant first: of the portfolio for real assets, of the side for other classes."""

    name: str
    coefficients: FloatArray

    def weights(self, age: ArrayLike, equity: ArrayLike) -> FloatArray:
        """(N, 19) weights of ages (N,) in years and equity levels (N,) in [0, 1]; each row sums to one."""
        level = as_floats(equity)
        years = np.broadcast_to(as_floats(age), level.shape)
        if not ((level >= 0) & (level <= 1)).all():
            raise BadSetting("An equity level lies outside 0 and 1. Give it as a fraction, not in percent.")
        if not np.isfinite(years).all():
            raise BadSetting("The detail map needs an age for every participant.")
        rows = np.empty((len(level), len(CODES)))
        for first in range(0, len(level), ROWS_AT_ONCE):
            part = slice(first, first + ROWS_AT_ONCE)
            self._fill(rows[part], years[part], level[part])
        return rows

    def bond_mix(self, age: ArrayLike) -> FloatArray:
        """(N, 19) the bond side alone, summing to one: the sub-mix of a participant whose ideal holds no bonds."""
        return self.weights(age, np.zeros(len(as_floats(age))))

    def stock_mix(self, age: ArrayLike, equity: ArrayLike) -> FloatArray:
        """(N, 19) the equity side at an equity level above zero, summing to one."""
        level = np.maximum(as_floats(equity), 1e-6)
        return as_floats(self.weights(age, level) * equity_mask() / level[:, None])

    def _fill(self, rows: FloatArray, age: FloatArray, level: FloatArray) -> None:
        """Cubics of age, clipped at zero, then scaled side by side so that each side has its level."""
        x = (np.clip(age, YOUNGEST, OLDEST) - MIDDLE) / HALF_RANGE
        np.matmul(np.stack([np.ones_like(x), x, x**2, x**3], axis=-1), self.coefficients, out=rows)
        np.maximum(rows, 0.0, out=rows)
        real, equities = real_asset_mask(), equity_mask()
        sides = np.stack([real, equities & ~real, ~equities]).astype(np.float64)
        wanted, others, bonds = (rows @ sides.T).T
        taken = np.minimum(wanted, level)
        scale = np.stack([taken / np.where(wanted > 0, wanted, 1.0), (level - taken) / others, (1 - level) / bonds])
        rows *= scale.T @ sides


def detail_map(name: str, coefficients: dict[str, tuple[float, float, float, float]]) -> DetailMap:
    """A map from cubics by class code; a class without one takes nothing. Shares are fractions."""
    unknown = sorted(set(coefficients) - set(CODES))
    if unknown:
        raise BadSetting(f"The detail map names unknown asset classes: {unknown}.")
    table = np.array([coefficients.get(code, (0.0, 0.0, 0.0, 0.0)) for code in CODES])
    return DetailMap(name, as_floats(table.T))
