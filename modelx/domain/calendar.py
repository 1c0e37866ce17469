"""Which days are nights, when money settles, which days a night accrues, and when the orders close.

Two calendars. The *market*: sessions of the New York Stock Exchange, each with its closing time; a session is a
business day of the platform. The *bank*: the Federal Reserve's own. Money and securities settle on days that are
both. An operator's closures lie over either. Source: ``spec/unitization.md`` 4 and 5, vectors V02-V04 and V15.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import numpy as np

from modelx.domain.bank_holiday import FIRST_YEAR, bank_holidays, is_weekend
from modelx.domain.book_codes import ClosureCalendar
from modelx.domain.days import date_of, day_of
from modelx.domain.errors import InvalidInput
from modelx.domain.finding import Finding, Level
from modelx.domain.money import Column

NEW_YORK = ZoneInfo("America/New_York")
OPENING_MINUTE, CLOSING_MINUTE = 9 * 60 + 30, 16 * 60
HORIZON_WARNING_DAYS = 90


@dataclass(frozen=True, slots=True)
class Closure:
    """An operator's word on one day: closed all day, or (``close_minute``, New York minutes after midnight) early.

    Raises ``InvalidInput`` for a closing time that is not after 09:30, or after 16:00.
    """

    day: int
    calendar: ClosureCalendar
    close_minute: int | None = None

    def __post_init__(self) -> None:
        if self.close_minute is not None and not OPENING_MINUTE < self.close_minute <= CLOSING_MINUTE:
            raise InvalidInput(f"a closing time lies after 09:30, at 16:00 at the latest: {date_of(self.day)}")


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """Both calendars over the span of the known sessions; a day outside it is refused with ``InvalidInput``.

    Every day, given or returned, is a number of days since 1970-01-01. Columns are sorted int64; ``close_minutes``
    goes with ``sessions``. Make one with ``make_calendar``.
    """

    sessions: Column
    close_minutes: Column
    bank_closures: frozenset[int]
    settlement_days: Column

    def is_session(self, day: int) -> bool:
        """Whether the exchange holds a session, a short one included."""
        return bool(self.sessions[self._place(day)] == day)

    def next_session(self, day: int) -> int:
        """The first session after ``day``, whether or not ``day`` is one."""
        return int(self.sessions[self._place(day + 1)])

    def previous_session(self, day: int) -> int:
        """The last session before ``day``, whether or not ``day`` is one."""
        at = self._place(day)
        if at == 0:
            raise InvalidInput(f"no session is known before {date_of(day)}")
        return int(self.sessions[at - 1])

    def sessions_between(self, first: int, last: int) -> Column:
        """The sessions from ``first`` to ``last``, both included; none when ``last`` is earlier."""
        begin, end = self._place(first), self._place(last)
        return self.sessions[begin : end + 1 if self.sessions[end] == last else end]

    def is_bank_day(self, day: int) -> bool:
        """Whether the Federal Reserve Banks are open."""
        self._place(day)
        return _is_bank_day(day, self.bank_closures)

    def is_settlement_day(self, day: int) -> bool:
        """Whether money and securities settle: a session and a bank day."""
        return self.is_session(day) and self.is_bank_day(day)

    def settle(self, day: int, lag: int = 1) -> int:
        """The day on which a trade of ``day`` settles, ``lag`` settlement days later; V15.

        A lag of 0 is the day itself, or the next settlement day when it is none.
        """
        return int(self.settle_columns(np.array([day]), lag)[0])

    def settle_columns(self, days: Column, lags: Column | int = 1) -> Column:
        """The settlement day of each trade day, as ``settle``; one lag for each row, or one for all.

        Raises ``InvalidInput`` when a day, or the day on which it would settle, is outside the known sessions, and
        for a negative lag.
        """
        if days.size == 0:
            return np.empty(0, np.int64)
        self._place(int(days.min()))
        self._place(int(days.max()))
        lag = np.asarray(lags, np.int64)
        if int(lag.min()) < 0:
            raise InvalidInput("a settlement lag is negative")
        same_day = np.searchsorted(self.settlement_days, days, side="left")
        later = np.searchsorted(self.settlement_days, days, side="right") - 1 + lag
        at = np.where(lag == 0, same_day, later)
        if int(at.max()) >= self.settlement_days.size:
            raise InvalidInput(f"a trade would settle after {date_of(self.last_session)}, the last session known")
        return self.settlement_days[at]

    def accrual_days_end(self, night: int) -> int:
        """The last day whose fees the night of a session accrues (earn-through).

        The night itself; but the last session of a month earns through the month's last day, so that a month's fees
        can be collected on the first session of the next. A night accrues every day, weekends and holidays included,
        after the last one that the night before accrued: days(T) of ``spec/unitization.md`` 5, vectors V02-V04.
        """
        self._require_session(night)
        month = _months(night)
        return night if _months(self.next_session(night)) == month else _first_day(month + 1) - 1

    def first_session_of_month(self, night: int, previous: int) -> bool:
        """Whether a night is its month's first after the session ``previous``: the night that collects fees."""
        self._require_session(night)
        return _months(previous) < _months(night)

    def cut_off(self, day: int) -> datetime:
        """The instant, in UTC, at which a session's orders close: the exchange's close, early or not."""
        self._require_session(day)
        hour, minute = divmod(int(self.close_minutes[self._place(day)]), 60)
        return datetime.combine(date_of(day), time(hour, minute), NEW_YORK).astimezone(UTC)

    @property
    def first_session(self) -> int:
        """The first session known."""
        return int(self.sessions[0])

    @property
    def last_session(self) -> int:
        """The last session known: the horizon."""
        return int(self.sessions[-1])

    def horizon_finding(self, day: int) -> Finding | None:
        """A warning when fewer than 90 days are left to the last known session; past it, ``InvalidInput``."""
        self._place(day)
        left = self.last_session - day
        if left >= HORIZON_WARNING_DAYS:
            return None
        end = date_of(self.last_session)
        message = f"the market calendar ends on {end}, {left} days after {date_of(day)}: it needs to be extended"
        return Finding("CALENDAR_HORIZON", Level.WARN, message)

    def _place(self, day: int) -> int:
        """Where the first session on or after a day stands in ``sessions``; refuses a day outside their span."""
        if not self.first_session <= day <= self.last_session:
            known = f"{date_of(self.first_session)} to {date_of(self.last_session)}"
            raise InvalidInput(f"{date_of(day)} is outside the market calendar, which is known from {known}")
        return int(np.searchsorted(self.sessions, day))

    def _require_session(self, day: int) -> None:
        if not self.is_session(day):
            raise InvalidInput(f"{date_of(day)} is no session of the exchange")


def make_calendar(session_days: Column, close_minutes: Column, closures: Iterable[Closure] = ()) -> Calendar:
    """Lay an operator's closures over the exchange's sessions and the bank rule.

    ``session_days`` are days since 1970-01-01, strictly rising, from 1986 on; ``close_minutes`` (960, or 780 on a
    short day) goes with them. The last closure given for a day and calendar stands. All day: no session, or no bank
    day. With a closing time: the session closes then, and a day that is none stays none; a bank that closes early
    is open for settlement. Raises ``InvalidInput`` for columns that are empty, unsorted or of different lengths.
    """
    days, minutes = np.asarray(session_days, np.int64), np.array(close_minutes, np.int64)
    if days.size == 0 or days.shape != minutes.shape or (np.diff(days) <= 0).any():
        raise InvalidInput("a market calendar needs sessions in rising order, each with its closing time")
    if date_of(days[0]).year < FIRST_YEAR:
        raise InvalidInput(f"the bank holidays are not known before {FIRST_YEAR}")
    standing = {(closure.calendar, closure.day): closure.close_minute for closure in closures}
    market = {day: minute for (calendar, day), minute in standing.items() if calendar == ClosureCalendar.MARKET}
    for day, minute in market.items():
        if minute is not None:
            minutes[days == day] = minute
    is_open = ~np.isin(days, [day for day, minute in market.items() if minute is None])
    days, minutes = days[is_open], minutes[is_open]
    if days.size == 0:
        raise InvalidInput("the closures leave the market calendar without a session")
    bank_closures = frozenset(
        day for (calendar, day), minute in standing.items() if calendar == ClosureCalendar.BANK and minute is None
    )
    settles = np.array([_is_bank_day(day, bank_closures) for day in days.tolist()], np.bool_)
    return Calendar(days, minutes, bank_closures, days[settles])


def _is_bank_day(day: int, closures: frozenset[int]) -> bool:
    on = date_of(day)
    return not (is_weekend(on) or on in bank_holidays(on.year) or day in closures)


def _months(day: int) -> int:
    """The months from January of the year 0 to the day's own."""
    on = date_of(day)
    return on.year * 12 + on.month - 1


def _first_day(months: int) -> int:
    return day_of(date(months // 12, months % 12 + 1, 1))
