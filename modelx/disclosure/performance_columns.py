"""The returns of many options at once, equal to the exact ones digit for digit.

Unit values stand as a grid, one row a valuation day and one column an option, so a period end is one contiguous row.
Floats propose each figure; where a figure lies too near a tie for a float to tell, the whole-number rule of
:mod:`modelx.disclosure.performance` decides it. Tests prove both equal on random and adversarial grids.
"""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from modelx.disclosure.figures import BPS
from modelx.disclosure.performance import COLUMN_YEARS, annualized_bps
from modelx.disclosure.periods import add_months, years_between
from modelx.domain.days import date_of, day_of
from modelx.domain.errors import InvalidInput
from modelx.domain.money import Column, mul_div

Flags = npt.NDArray[np.bool_]
_BLOCK = 64  # rows of the grid looked at together: the comparison stays in the cache, and its count in a byte
_TIE_GUARD = 1e-10  # a float estimate errs by about 1e-15 of (1 + return); anything this near a tie is decided exactly


@dataclass(frozen=True, slots=True)
class UnitValueGrid:
    """Unit values of many options: ``values[day, option]`` in millionths, 0 where the option has none that day.

    ``days`` ascending since 1970-01-01; ``inception`` is the day of each option's first value.
    """

    days: Column
    values: Column
    inception: Column

    def __post_init__(self) -> None:
        if self.values.shape != (self.days.size, self.inception.size) or not self.days.size:
            raise InvalidInput(
                f"a grid of {self.days.size} days and {self.inception.size} options is not {self.values.shape}"
            )
        if not (np.diff(self.days) > 0).all():
            raise InvalidInput("the days of a grid must ascend without a repeat")

    def row_on_or_before(self, on: date) -> int:
        """The last row dated on or before ``on``; -1 when there is none."""
        return int(np.searchsorted(self.days, day_of(on), side="right")) - 1


@dataclass(frozen=True, slots=True)
class PerformanceColumns:
    """Figures of n options. Where a ``reached`` flag is false the figure is 0 and must print N/A.

    ``return_bps``, ``reached``, ``start_row``: (4, n), 1, 5, 10 years and since inception; ``start_row`` is the row
    that opens each, ``end_row``: (n,) the one that closes them. ``life_annualized``: (n,), of the last of the four.
    ``year_bps``, ``year_reached``, ``year_whole``: (10, n), the last ten calendar years, oldest first; a year that is
    not whole is cumulative. ``year_end_cents``: (11, n), growth of $10,000 from the later of inception and ten years
    before the as-of date, at each year end (0 before inception).
    """

    as_of: date
    return_bps: Column
    reached: Flags
    start_row: Column
    end_row: Column
    life_annualized: Flags
    year_bps: Column
    year_reached: Flags
    year_whole: Flags
    year_end_cents: Column


def missing_values(grid: UnitValueGrid) -> Column:
    """For each option, how many days differ from *none before inception, above zero ever after*: one pass.

    Anything but 0 is a gap, a value that is not positive, or one before inception; look closer with
    :func:`modelx.disclosure.checks_performance.check_series`.
    """
    empty = np.zeros(grid.inception.size, np.int64)
    for start in range(0, grid.days.size, _BLOCK):
        empty += np.add.reduce(grid.values[start : start + _BLOCK] <= 0, axis=0, dtype=np.uint8)
    return np.asarray(empty - np.searchsorted(grid.days, grid.inception))


def performance_columns(grid: UnitValueGrid, as_of: date) -> PerformanceColumns:
    """Every option's required returns, calendar years and growth of $10,000 as of ``as_of``.

    The same rules as :func:`modelx.disclosure.performance.performance` and
    :func:`~modelx.disclosure.performance.calendar_years`, for all options together.
    """
    n = grid.inception.size
    end_value, end_row = _values_on_or_before(grid, as_of)
    return_bps, reached, start_row = np.zeros((4, n), np.int64), np.zeros((4, n), np.bool_), np.zeros((4, n), np.int64)
    for place, years in enumerate(COLUMN_YEARS):
        start = add_months(as_of, -12 * years)
        value, row = _values_on_or_before(grid, start)
        reached[place] = (grid.inception <= day_of(start)) & (row >= 0) & (row < end_row)
        return_bps[place], start_row[place] = _returns(value, end_value, reached[place], [Fraction(years)]), row
    birth_row = np.searchsorted(grid.days, grid.inception)
    first = grid.values[np.minimum(birth_row, grid.days.size - 1), np.arange(n)]
    reached[3] = (grid.inception < day_of(as_of)) & (birth_row < end_row) & (first > 0)
    start_row[3] = birth_row
    births, birth = np.unique(grid.inception, return_inverse=True)
    lives = [years_between(min(date_of(int(day)), as_of), as_of) for day in births]
    return_bps[3] = _returns(first, end_value, reached[3], lives, birth)
    annualized = reached[3] & np.array([life >= 1 for life in lives])[birth]
    years_found = _calendar_years(grid, as_of, first, birth_row)
    return PerformanceColumns(as_of, return_bps, reached, start_row, end_row, annualized, *years_found)


def _values_on_or_before(grid: UnitValueGrid, on: date) -> tuple[Column, Column]:
    """Each option's last value on or before ``on`` and its row; value 0 and row -1 where there is none."""
    at = grid.row_on_or_before(on)
    if at < 0:
        return np.zeros(grid.inception.size, np.int64), np.full(grid.inception.size, -1)
    value, row = grid.values[at].copy(), np.full(grid.inception.size, at)
    absent = np.flatnonzero((value <= 0) & (grid.inception <= grid.days[at]))
    while absent.size and at > 0:
        at -= 1
        value[absent], row[absent] = grid.values[at, absent], at
        absent = absent[value[absent] <= 0]
    row[value <= 0] = -1
    return np.maximum(value, 0), row


def _returns(start: Column, end: Column, where: Flags, years: list[Fraction], which: Column | None = None) -> Column:
    """Hundredths of a percent for the options marked; annualized from one year on, cumulative below; 0 elsewhere.

    Option i has lived ``years[which[i]]``, or ``years[0]`` when ``which`` is not given.
    """
    out = np.zeros(start.size, np.int64)
    rows = np.flatnonzero(where)
    powers = [max(life, Fraction(1)) for life in years]
    growth = end[rows].astype(np.float64) / start[rows]
    if powers != [1]:
        growth **= np.array([1 / float(power) for power in powers])[0 if which is None else which[rows]]
    proposed = (growth - 1) * BPS
    nearest = np.rint(proposed)
    out[rows] = nearest.astype(np.int64)
    unsure = np.abs(np.abs(proposed - nearest) - 0.5) < _TIE_GUARD * BPS * np.maximum(growth, 1)
    for row in rows[unsure]:
        power = powers[0 if which is None else int(which[row])]
        out[row] = annualized_bps(Fraction(int(end[row]), int(start[row])), power)
    return out


def _calendar_years(
    grid: UnitValueGrid, as_of: date, first: Column, birth_row: Column
) -> tuple[Column, Flags, Flags, Column]:
    """``year_bps``, ``year_reached``, ``year_whole`` and ``year_end_cents`` of the ten years up to ``as_of``'s."""
    n, count = grid.inception.size, 10
    bps = np.zeros((count, n), np.int64)
    reached, whole = np.zeros((count, n), np.bool_), np.zeros((count, n), np.bool_)
    cents = np.zeros((count + 1, n), np.int64)
    opening = date(as_of.year - count, 12, 31)
    value, row = _values_on_or_before(grid, opening)
    base = np.where(grid.inception <= day_of(opening), value, first)
    cents[0] = np.where((value > 0) & (base > 0), 1_000_000, 0)
    for place in range(count):
        start, end = date(as_of.year - count + place, 12, 31), min(date(as_of.year - count + place + 1, 12, 31), as_of)
        next_value, next_row = _values_on_or_before(grid, end)
        born = (grid.inception > day_of(start)) & (grid.inception < day_of(end))
        from_value, from_row = np.where(born, first, value), np.where(born, birth_row, row)
        reached[place] = (from_value > 0) & (from_row >= 0) & (from_row < next_row) & (grid.inception < day_of(end))
        whole[place] = reached[place] & ~born & (end == date(end.year, 12, 31))
        bps[place] = _returns(from_value, next_value, reached[place], [Fraction(1)])
        lived = (next_value > 0) & (base > 0)
        cents[place + 1] = np.where(lived, mul_div(np.where(lived, next_value, 0), 1_000_000, np.maximum(base, 1)), 0)
        value, row = next_value, next_row
    return bps, reached, whole, cents
