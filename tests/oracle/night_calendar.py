"""Sessions, bank days and settlement days of the oracle.

Readings:
* Sessions and early closes come from `exchange_calendars` (XNYS); rows of closures.csv change them from the
  moment they are loaded.
* Bank holidays are coded here by hand from the Federal Reserve's list: a holiday on a Sunday moves to Monday,
  one on a Saturday is not moved. Juneteenth counts from 2021 on (that year it was a Saturday).
* A settlement day is a session that is also a bank day. settle(d) is the next one after d.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import exchange_calendars

NEW_YORK = ZoneInfo("America/New_York")
REGULAR_CLOSE = time(16, 0)
DAY = timedelta(days=1)


def nth_weekday(year: int, month: int, weekday: int, n: int) -> date:
    """The n-th Monday (0) ... Sunday (6) of a month; n = -1 is the last one."""
    days = [day for day in month_days(year, month) if day.weekday() == weekday]
    return days[n - 1] if n > 0 else days[n]


def month_days(year: int, month: int) -> list[date]:
    days = [date(year, month, 1)]
    while (days[-1] + DAY).month == month:
        days.append(days[-1] + DAY)
    return days


@cache
def bank_holidays(year: int) -> frozenset[date]:
    """Days of the year on which the Federal Reserve Banks are closed, weekends aside."""
    fixed = [date(year, 1, 1), date(year, 7, 4), date(year, 11, 11), date(year, 12, 25)]
    if year >= 2021:
        fixed.append(date(year, 6, 19))
    moved = [day + DAY if day.weekday() == 6 else day for day in fixed]
    floating = [
        nth_weekday(year, 1, 0, 3),
        nth_weekday(year, 2, 0, 3),
        nth_weekday(year, 5, 0, -1),
        nth_weekday(year, 9, 0, 1),
        nth_weekday(year, 10, 0, 2),
        nth_weekday(year, 11, 3, 4),
    ]
    return frozenset(moved + floating)


@cache
def exchange_hours(first_year: int, last_year: int) -> dict[date, time]:
    """New York closing time of every session of the years."""
    calendar = exchange_calendars.get_calendar(
        "XNYS", start=date(first_year, 1, 1).isoformat(), end=date(last_year, 12, 31).isoformat()
    )
    closes = calendar.schedule["close"]
    return {
        session.date(): close.to_pydatetime().astimezone(NEW_YORK).time()
        for session, close in zip(closes.index, closes, strict=True)
    }


class NightCalendar:
    """Sessions from 1 January of `first_year` to 31 December of `last_year`."""

    def __init__(self, first_year: int = 2008, last_year: int = 2029) -> None:
        self._closes = dict(exchange_hours(first_year, last_year))
        self._closed_banks: set[date] = set()
        self._order: list[date] = []
        self._place: dict[date, int] = {}
        self._index()

    def _index(self) -> None:
        self._order = sorted(self._closes)
        self._place = {day: place for place, day in enumerate(self._order)}

    def close_all_day(self, day: date, calendar: str) -> None:
        """An unscheduled closure: MARKET or BANK."""
        if calendar == "BANK":
            self._closed_banks.add(day)
        elif self._closes.pop(day, None) is not None:
            self._index()

    def close_early(self, day: date, at: time) -> None:
        if day in self._closes:
            self._closes[day] = at

    def is_session(self, day: date) -> bool:
        return day in self._closes

    def is_bank_day(self, day: date) -> bool:
        return day.weekday() < 5 and day not in bank_holidays(day.year) and day not in self._closed_banks

    def is_settlement_day(self, day: date) -> bool:
        return self.is_session(day) and self.is_bank_day(day)

    def settle(self, day: date) -> date:
        """The next settlement day strictly after `day`."""
        day += DAY
        while not self.is_settlement_day(day):
            day += DAY
        return day

    def next_session(self, day: date) -> date:
        return self._order[self._place[day] + 1]

    def previous_session(self, day: date, back: int = 1) -> date:
        return self._order[self._place[day] - back]

    def first_session_from(self, day: date) -> date:
        while day not in self._closes:
            day += DAY
        return day

    def sessions(self, first: date, last: date) -> list[date]:
        return [day for day in self._order if first <= day <= last]

    def close_instant(self, session: date) -> datetime:
        """The end of trading of the session, an aware New York instant."""
        return datetime.combine(session, self._closes[session], tzinfo=NEW_YORK)

    def last_accrual_day(self, session: date) -> date:
        """The session itself, or the last day of its month when the next session lies in another month."""
        following = self.next_session(session)
        if (following.year, following.month) == (session.year, session.month):
            return session
        return month_days(session.year, session.month)[-1]
