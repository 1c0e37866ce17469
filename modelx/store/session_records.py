"""The market's sessions as stored facts, and the calendar made of them with the operator's closures."""

from functools import lru_cache

import numpy as np

from modelx.domain.book_codes import ClosureCalendar
from modelx.domain.calendar import Calendar, Closure, make_calendar
from modelx.domain.errors import InvalidInput
from modelx.domain.money import Column
from modelx.store.bulk import fetch_columns, insert_columns
from modelx.store.closure_records import closures
from modelx.store.engine import Connection
from modelx.store.tables.night import market_session


def store_sessions(connection: Connection, days: Column, close_minutes: Column) -> int:
    """Store the sessions that are not stored yet; returns how many. A stored session never changes."""
    known = fetch_columns(connection, "SELECT business_date FROM market_session", {}, ["day"])["day"]
    new = ~np.isin(days, known)
    return insert_columns(connection, market_session, {"business_date": days[new], "close_minute": close_minutes[new]})


def calendar(connection: Connection, horizon: int) -> Calendar:
    """The calendar as known at a load: stored sessions, and the closures loaded up to ``horizon``.

    Raises :class:`InvalidInput` when no sessions are stored.
    """
    rows = fetch_columns(
        connection,
        "SELECT business_date, close_minute FROM market_session ORDER BY business_date",
        {},
        ["day", "close"],
    )
    if len(rows["day"]) == 0:
        raise InvalidInput("the database has no market sessions: run `modelx db migrate` first")
    added = tuple(
        Closure(row.day, ClosureCalendar(row.calendar), row.close_minute) for row in closures(connection, horizon)
    )
    return _made(rows["day"].tobytes(), rows["close"].tobytes(), added)


@lru_cache(maxsize=8)
def _made(days: bytes, close_minutes: bytes, added: tuple[Closure, ...]) -> Calendar:
    """The calendar of these columns: 45 years of bank days take longer to work out than a small book's night."""
    return make_calendar(np.frombuffer(days, np.int64), np.frombuffer(close_minutes, np.int64), added)
