"""The sixty sessions of the book: market days, bank days, half days, settlement.

Facts of the window (NYSE and Federal Reserve Banks): on Columbus Day and Veterans Day the market trades and the
banks are closed; Thanksgiving, Christmas and New Year close both; 27 November and 24 December end at 13:00.
"""

from datetime import date, datetime, time, timedelta

FIRST = date(2026, 10, 8)
COUNT = 60
MARKET_CLOSED = frozenset({date(2026, 11, 26), date(2026, 12, 25), date(2027, 1, 1)})
BANK_ONLY_CLOSED = frozenset({date(2026, 10, 12), date(2026, 11, 11)})
HALF_DAYS = frozenset({date(2026, 11, 27), date(2026, 12, 24)})
DAYLIGHT_SAVING_ENDS = date(2026, 11, 1)


def is_session(day: date) -> bool:
    """Whether the market trades on this day (valid inside the window and the week after it)."""
    return day.weekday() < 5 and day not in MARKET_CLOSED


def is_settlement_day(day: date) -> bool:
    """Cash and securities move only when the market and the banks are both open."""
    return is_session(day) and day not in BANK_ONLY_CLOSED


def next_session(day: date) -> date:
    """The session after this day."""
    day += timedelta(days=1)
    while not is_session(day):
        day += timedelta(days=1)
    return day


def settle(day: date) -> date:
    """The next day that is both a session and a bank day (T+1)."""
    day = next_session(day)
    while not is_settlement_day(day):
        day = next_session(day)
    return day


def closing_time(day: date) -> time:
    """The end of trading in New York."""
    return time(13) if day in HALF_DAYS else time(16)


def new_york(day: date, at: time) -> str:
    """A New York instant as text with its offset, e.g. 2026-10-08T15:30:00-04:00."""
    offset = "-04:00" if day < DAYLIGHT_SAVING_ENDS else "-05:00"
    return datetime.combine(day, at).isoformat() + offset


def _sessions() -> tuple[date, ...]:
    days = [FIRST]
    while len(days) < COUNT:
        days.append(next_session(days[-1]))
    return tuple(days)


SESSIONS = _sessions()
