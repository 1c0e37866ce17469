"""Average annual total returns of one option, exactly: 1, 5 and 10 calendar years and since inception.

A daily unit value holds every flow and fee, so its ratio *is* the time-weighted return (C4). Ends are the last value on
or before 31 December (C3). A period the option has not lived is not shown; a life under one year is cumulative and
marked (C5). Percent is rounded once, half-up away from zero, by comparing whole numbers: a float proposes a hundredth
of a percent and integers decide it. :mod:`modelx.disclosure.performance_columns` does the same for many options.
"""

import math
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from modelx.disclosure.figures import BPS, to_bps, to_cents
from modelx.disclosure.periods import add_months, years_between
from modelx.domain.days import date_of, day_of
from modelx.domain.errors import InvalidInput

COLUMN_YEARS = (1, 5, 10)


@dataclass(frozen=True, slots=True)
class ValueSeries:
    """Dated positive values of one option or index: ``days`` since 1970-01-01, strictly ascending, and int64 values.

    Unit values are millionths; index levels any fixed scale, since only ratios are used.
    """

    days: npt.NDArray[np.int64]
    values: npt.NDArray[np.int64]

    def on_or_before(self, on: date) -> tuple[date, int] | None:
        """The last dated value on or before ``on``, or ``None`` when the series starts later."""
        at = int(np.searchsorted(self.days, day_of(on), side="right")) - 1
        return (date_of(int(self.days[at])), int(self.values[at])) if at >= 0 else None


@dataclass(frozen=True, slots=True)
class PeriodReturn:
    """A return with the dates and values it came from. ``return_bps`` is hundredths of a percent, signed.

    ``label`` is ``1 year``, ``5 years``, ``10 years``, ``Since inception``, ``2025`` and the like. ``start`` and
    ``end`` are the dates of the values used; ``years`` is the exact length by C5, or the column's whole years.
    """

    label: str
    start: date
    end: date
    start_value: int
    end_value: int
    years: Fraction
    annualized: bool
    return_bps: int


@dataclass(frozen=True, slots=True)
class Performance:
    """The required set for one as-of date; a column the option has not reached is ``None``."""

    as_of: date
    inception: date
    one: PeriodReturn | None
    five: PeriodReturn | None
    ten: PeriodReturn | None
    since_inception: PeriodReturn | None

    @property
    def columns(self) -> tuple[PeriodReturn | None, ...]:
        """One, five, ten years and since inception, in printing order."""
        return (self.one, self.five, self.ten, self.since_inception)


def annualized_bps(growth: Fraction, years: Fraction) -> int:
    """``growth ** (1/years) - 1`` in hundredths of a percent, half-up away from zero, decided in whole numbers.

    ``growth`` is end over start, above zero; ``years`` above zero. Raises :class:`InvalidInput` outside that.
    """
    if growth <= 0 or years <= 0:
        raise InvalidInput(f"a return needs a positive growth and time, not {growth} over {years} years")
    if years == 1:
        return to_bps(growth - 1)
    root, power = years.numerator, years.denominator
    left, right = growth.numerator**power, growth.denominator**power
    scale = (2 * BPS) ** root

    def against(half_bps: int) -> int:
        """Sign of (exact return - half_bps / 20000). A loss is never more than everything."""
        if half_bps <= -2 * BPS:
            return 1
        difference: int = left * scale - right * (2 * BPS + half_bps) ** root
        return (difference > 0) - (difference < 0)

    found = round((math.exp(_log(growth) / float(years)) - 1) * BPS)
    while True:
        below, above = against(2 * found - 1), against(2 * found + 1)
        if below < 0 or (below == 0 and found <= 0):
            found -= 1
        elif above > 0 or (above == 0 and found >= 0):
            found += 1
        else:
            return found


def _log(growth: Fraction) -> float:
    return math.log(growth.numerator) - math.log(growth.denominator)


def period_return(label: str, series: ValueSeries, start: date, end: date, years: Fraction) -> PeriodReturn | None:
    """The return between the last values on or before ``start`` and ``end``. Under one year it is cumulative.

    ``None`` when the series starts later, or when one value serves both ends: an inception on the Friday before a year
    end on Saturday. A series that *stopped* is refused by the checks (DIA-003), not here.
    """
    first, last = series.on_or_before(start), series.on_or_before(end)
    if first is None or last is None or first[0] == last[0]:
        return None
    growth, annualized = Fraction(last[1], first[1]), years >= 1
    bps = annualized_bps(growth, years) if annualized else to_bps(growth - 1)
    return PeriodReturn(label, first[0], last[0], first[1], last[1], years, annualized, bps)


def performance(series: ValueSeries, inception: date, as_of: date) -> Performance:
    """The required returns as of ``as_of`` of an option whose first unit value is that of ``inception``.

    An N-year column exists when inception is on or before the same day N years earlier. An option that began on or
    after ``as_of`` has none. Source: ``spec/disclosure.md`` rows 3-4, C3-C5, T1-T3, T13.
    """
    columns: list[PeriodReturn | None] = []
    for years in COLUMN_YEARS:
        start = add_months(as_of, -12 * years)
        label = "1 year" if years == 1 else f"{years} years"
        columns.append(period_return(label, series, start, as_of, Fraction(years)) if inception <= start else None)
    life = None
    if inception < as_of:
        life = period_return("Since inception", series, inception, as_of, years_between(inception, as_of))
    return Performance(as_of, inception, columns[0], columns[1], columns[2], life)


def calendar_years(series: ValueSeries, inception: date, as_of: date, count: int = 10) -> tuple[PeriodReturn, ...]:
    """The last ``count`` calendar years up to ``as_of``'s, oldest first; the inception year from inception, cumulative.

    A part year is not annualized: its ``years`` is below one. ``as_of`` within a year gives that year to date.
    """
    years: list[PeriodReturn] = []
    for year in range(as_of.year - count + 1, as_of.year + 1):
        start, end = max(date(year - 1, 12, 31), inception), min(date(year, 12, 31), as_of)
        if start >= end:
            continue
        found = period_return(f"{year}", series, start, end, years_between(start, end))
        if found is not None:
            years.append(found)
    return tuple(years)


def growth_of(amount_dollars: int, series: ValueSeries, start: date, ends: tuple[date, ...]) -> tuple[int, ...]:
    """What ``amount_dollars`` on ``start`` became at each of ``ends``, in cents, half-up (growth of $10,000).

    No end may lie before ``start``. Raises :class:`InvalidInput` when the series holds no value on or before ``start``.
    """
    first = series.on_or_before(start)
    if first is None:
        raise InvalidInput(f"no value on or before {start}, where the growth would begin")
    values = series.values[np.searchsorted(series.days, [day_of(end) for end in ends], side="right") - 1]
    return tuple(to_cents(Fraction(amount_dollars * int(value), first[1])) for value in values)
