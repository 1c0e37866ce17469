"""Unscheduled closures of the market and of the banks, as an operator loaded them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from modelx.domain.book import MISSING
from modelx.store.tables import dated_inputs as tables
from modelx.store.versions import in_force


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
