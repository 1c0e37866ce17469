"""Unscheduled closures of the market and of the banks, as an operator loaded them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from modelx.domain.book import MISSING
from modelx.store.tables import dated_inputs as tables
from modelx.store.versions import in_force

_ONLY_ON_THEIR_DAY = (  # file, table, and the day whose night takes a row up; orders wait for the next
    ("distributions.csv", tables.distribution, "ex_date"),
    ("splits.csv", tables.split, "ex_date"),
    ("corporate_events.csv", tables.corporate_event, "ex_date"),
    ("trades.csv", tables.trade, "trade_date"),
    ("in_kind_transfers.csv", tables.in_kind_transfer, "transfer_date"),
)


@dataclass(frozen=True, slots=True)
class ClosureRow:
    """A day on which a calendar is closed, all day or from ``close_minute`` (New York) on."""

    day: int
    calendar: int
    close_minute: int | None
    reason: str


def closures(connection: Connection, horizon: int) -> list[ClosureRow]:
    """The closures in force at ``horizon``, by day and calendar (0 market, 1 bank)."""
    rows = in_force(connection, tables.closure, ("closed_on", "calendar"), horizon)
    columns = (rows["closed_on"].tolist(), rows["calendar"].tolist(), rows["close_minute"].tolist(), rows["reason"])
    return [
        ClosureRow(day, calendar, None if minute == MISSING else minute, reason)
        for day, calendar, minute, reason in zip(*columns, strict=True)
    ]


def rows_of_days(connection: Connection, days: Iterable[int]) -> dict[int, dict[str, int]]:
    """For each of some days, how many rows of which file only the night of that day takes up; days without are absent.

    Every version of a row counts, those that were moved or withdrawn since too.
    """
    wanted = sorted(set(days))
    found: dict[int, dict[str, int]] = {}
    for file, table, column in _ONLY_ON_THEIR_DAY:
        day = table.c[column]
        query = select(day, func.count()).where(day.in_(wanted)).group_by(day)
        for on, count in connection.execute(query):
            found.setdefault(on, {})[file] = count
    return found
