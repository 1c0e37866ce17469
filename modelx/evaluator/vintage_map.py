"""From a participant's age to the vintage of a target-date series (spec 2.3).

    target year = as_of + retirement age - age
    vintage     = 5 * floor(target / 5 + 1/2), clipped to the vintages on offer

``as_of`` may carry a fraction of a year. For other spacings the same rule reads: the nearest vintage, and the later one
when two are equally near.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from modelx.evaluator.columns import FloatArray, IntArray, as_floats
from modelx.evaluator.errors import BadSetting


class VintageRule(Enum):
    """Which vintage a target year between two vintages gets."""

    NEAREST = "nearest"
    FLOOR = "floor"
    CEIL = "ceil"
    INTERPOLATE = "interpolate"


@dataclass(frozen=True, slots=True)
class VintagePlace:
    """Positions (N,) in the list of vintages, and the share of the upper one (zero unless interpolated)."""

    lower: IntArray
    upper: IntArray
    upper_share: FloatArray


def target_year(as_of: ArrayLike, retirement_age: ArrayLike, age: ArrayLike) -> FloatArray:
    """(N,) the year each participant reaches retirement age; NaN where the age is missing."""
    return as_floats(as_of) + as_floats(retirement_age) - as_floats(age)


def vintage_edges(vintages: IntArray, rule: VintageRule) -> FloatArray:
    """(G-1,) target years at which the next vintage begins (nearest, floor) or the last one ends (ceil)."""
    years = as_floats(checked_vintages(vintages))
    return as_floats(
        {
            VintageRule.NEAREST: (years[1:] + years[:-1]) / 2,
            VintageRule.FLOOR: years[1:],
            VintageRule.CEIL: years[:-1],
        }[rule]
    )


def vintage_position(target: FloatArray, vintages: IntArray, rule: VintageRule) -> VintagePlace:
    """Place of each target year (N,) among ascending ``vintages`` (G,); outside the range, the first or last."""
    if not np.isfinite(target).all():
        raise BadSetting("A target year is missing: give every participant an age and a retirement age.")
    if rule is VintageRule.INTERPOLATE:
        years = as_floats(checked_vintages(vintages))
        place = np.interp(target, years, np.arange(len(years), dtype=np.float64))
        lower = np.minimum(np.floor(place).astype(np.int64), max(len(years) - 2, 0))
        return VintagePlace(lower, np.minimum(lower + 1, len(years) - 1), as_floats(place - lower))
    side: Literal["left", "right"] = "left" if rule is VintageRule.CEIL else "right"
    index = np.searchsorted(vintage_edges(vintages, rule), target, side=side).astype(np.int64)
    return VintagePlace(index, index, np.zeros(len(target)))


def checked_vintages(vintages: IntArray) -> IntArray:
    """The vintages, which must be one or more years in ascending order without a repeat."""
    years = np.asarray(vintages, dtype=np.int64)
    if years.ndim != 1 or len(years) == 0 or (np.diff(years) <= 0).any():
        raise BadSetting("Vintages must be ascending years without repeats; a balanced option has exactly one.")
    return years
