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


@dataclass(frozen=True, slots=True)
class DetailMap:
    """Cubic coefficients (4, 19), constant first: of the portfolio for real assets, of the side for other classes."""

    name: str
    coefficients: FloatArray

    def weights(self, age: ArrayLike, equity: ArrayLike) -> FloatArray:
        """(N, 19) weights of ages (N,) in years and equity levels (N,) in [0, 1]; each row sums to one."""
        level = as_floats(equity)
        if not ((level >= 0) & (level <= 1)).all():
            raise BadSetting("An equity level lies outside 0 and 1. Give it as a fraction, not in percent.")
        each_real, stocks, bonds = self._shares(as_floats(age))
        each_real = np.minimum(each_real, level / 2)
        rows = stocks * (level - 2 * each_real)[..., None] + bonds * (1 - level)[..., None]
        rows[..., real_asset_mask()] = each_real[..., None]
        return rows

    def bond_mix(self, age: ArrayLike) -> FloatArray:
        """(N, 19) the bond side alone, summing to one: the sub-mix of a participant whose ideal holds no bonds."""
        return self._shares(as_floats(age))[2]

    def stock_mix(self, age: ArrayLike, equity: ArrayLike) -> FloatArray:
        """(N, 19) the equity side at an equity level above zero, summing to one."""
        level = np.maximum(as_floats(equity), 1e-6)
        return as_floats(self.weights(age, level) * equity_mask() / level[..., None])

    def _shares(self, age: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        if not np.isfinite(age).all():
            raise BadSetting("The detail map needs an age for every participant.")
        x = (np.clip(age, YOUNGEST, OLDEST) - MIDDLE) / HALF_RANGE
        powers = np.stack([np.ones_like(x), x, x**2, x**3], axis=-1)
        cubic = np.clip(powers @ self.coefficients, 0.0, None)
        real = real_asset_mask()
        stocks = np.where(equity_mask() & ~real, cubic, 0.0)
        bonds = np.where(equity_mask(), 0.0, cubic)
        return (
            as_floats(cubic[..., real].mean(axis=-1)),
            as_floats(stocks / stocks.sum(axis=-1, keepdims=True)),
            as_floats(bonds / bonds.sum(axis=-1, keepdims=True)),
        )


def detail_map(name: str, coefficients: dict[str, tuple[float, float, float, float]]) -> DetailMap:
    """A map from cubics by class code; a class without one takes nothing. Shares are fractions."""
    unknown = sorted(set(coefficients) - set(CODES))
    if unknown:
        raise BadSetting(f"The detail map names unknown asset classes: {unknown}.")
    table = np.array([coefficients.get(code, (0.0, 0.0, 0.0, 0.0)) for code in CODES])
    return DetailMap(name, as_floats(table.T))
