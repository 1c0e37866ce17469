"""Months, quarter ends, year ends and anniversaries, as the notice counts them (``spec/disclosure.md`` C3, C5, T12)."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import count, takewhile

from modelx.domain.errors import InvalidInput


def add_months(on: date, months: int) -> date:
    """The same day ``months`` later (or earlier), clipped to the end of a shorter month: 31 Dec + 14 is 28 Feb."""
    index = on.year * 12 + on.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(on.day, monthrange(year, month + 1)[1]))


def last_year_end(on: date) -> date:
    """31 December of the last calendar year completed before ``on``: the as-of date of a notice dated ``on``."""
    return date(on.year - 1, 12, 31)


def last_quarter_end(on: date, lag_days: int = 0) -> date:
    """The latest quarter end that is at least ``lag_days`` before ``on`` (a quarter end counts on its own day)."""
    limit = on - timedelta(days=lag_days)
    ends = (date(limit.year, 3, 31), date(limit.year, 6, 30), date(limit.year, 9, 30), date(limit.year, 12, 31))
    reached = [end for end in ends if end <= limit]
    return reached[-1] if reached else date(limit.year - 1, 12, 31)


def next_quarter_end(on: date) -> date:
    """The first quarter end after ``on``; a quarter end is followed by the next one."""
    return last_quarter_end(add_months(on + timedelta(days=1), 3) - timedelta(days=1))


def month_ends(start: date, end: date) -> tuple[date, ...]:
    """``start``, every month end between, and ``end``, which lies after it: the dates of a growth chart."""
    opens = date(start.year, start.month, 1)
    ends = (add_months(opens, months) - timedelta(days=1) for months in count(1))
    return (start, *(on for on in takewhile(lambda on: on < end, ends) if on > start), end)


def years_between(start: date, end: date) -> Fraction:
    """Whole anniversaries plus days since the last one over days to the next (C5), exactly.

    29 February keeps its anniversary on 28 February in a common year. A period of exactly one common year is 1, which
    days / 365.25 would call 0.9993. Raises :class:`InvalidInput` when ``end`` is before ``start``.
    """
    if end < start:
        raise InvalidInput(f"a period cannot end on {end}, before it starts on {start}")
    whole = end.year - start.year
    if add_months(start, 12 * whole) > end:
        whole -= 1
    last, following = add_months(start, 12 * whole), add_months(start, 12 * (whole + 1))
    return whole + Fraction((end - last).days, (following - last).days)


@dataclass(frozen=True, slots=True)
class FiscalYear:
    """A fiscal year by its first and last day, both included."""

    start: date
    end: date

    @property
    def days(self) -> int:
        """Days in the year: 365 or 366, fewer for a short first year."""
        return (self.end - self.start).days + 1


def last_fiscal_year(on: date, year_end: str) -> FiscalYear:
    """The most recent fiscal year completed before ``on``. ``year_end`` is ``MM-DD``; 02-29 means the end of February.

    Raises :class:`InvalidInput` when ``year_end`` is not a day of the year.
    """
    try:
        month, day = (int(part) for part in year_end.split("-"))
        date(2000, month, day)
    except ValueError:
        raise InvalidInput(f"fiscal year end {year_end!r} is not MM-DD") from None

    def end_in(year: int) -> date:
        return date(year, month, min(day, monthrange(year, month)[1]))

    last = on.year if end_in(on.year) < on else on.year - 1
    return FiscalYear(end_in(last - 1) + timedelta(days=1), end_in(last))
