"""Holidays of the Federal Reserve Banks: the days on which no money settles.

Holidays: 5 U.S.C. 6103(a), each from the year in which it stood as below. When they are kept: the Reserve Banks'
holiday schedule. One that falls on a Sunday is kept on Monday; one that falls on a Saturday is not kept at all, so
that the Friday before is a banking day. (The offices of the government do keep that Friday; lists of *federal
holidays* are therefore wrong for settlement.)
"""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache

FIRST_YEAR = 1986  # since Martin Luther King's birthday was first kept the list has changed once: Juneteenth
_JUNETEENTH_FROM = 2022  # law of 17 June 2021; 19 June 2021 was a Saturday, and the Reserve Banks were open that Friday
_MONDAY, _THURSDAY, _SATURDAY, _SUNDAY = 0, 3, 5, 6


@cache
def bank_holidays(year: int) -> frozenset[date]:
    """The weekdays of a year, from 1986 on, on which the Federal Reserve Banks are closed."""
    return frozenset(_kept(year))


def is_weekend(on: date) -> bool:
    """Saturday or Sunday."""
    return on.weekday() >= _SATURDAY


def _kept(year: int) -> Iterator[date]:
    for holiday in _by_law(year):
        if holiday.weekday() == _SUNDAY:
            yield holiday + timedelta(days=1)
        elif holiday.weekday() != _SATURDAY:
            yield holiday


def _by_law(year: int) -> Iterator[date]:
    yield date(year, 1, 1)  # New Year's Day
    yield _nth(year, 1, _MONDAY, 3)  # Birthday of Martin Luther King, Jr.
    yield _nth(year, 2, _MONDAY, 3)  # Washington's Birthday (Presidents' Day)
    yield _nth(year, 6, _MONDAY, 1) - timedelta(weeks=1)  # Memorial Day, the last Monday in May
    if year >= _JUNETEENTH_FROM:
        yield date(year, 6, 19)  # Juneteenth National Independence Day
    yield date(year, 7, 4)  # Independence Day
    yield _nth(year, 9, _MONDAY, 1)  # Labor Day
    yield _nth(year, 10, _MONDAY, 2)  # Columbus Day
    yield date(year, 11, 11)  # Veterans Day
    yield _nth(year, 11, _THURSDAY, 4)  # Thanksgiving Day
    yield date(year, 12, 25)  # Christmas Day


def _nth(year: int, month: int, weekday: int, n: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7, weeks=n - 1)
