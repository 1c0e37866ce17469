"""Orders at the door: new ones get an id and the night they fall due; what was sent before is told apart.

The same reference with the same content in another file is a DUPLICATE and keeps its first answer; with other content
it is refused with ORRF and the first stands. A file id that comes again with other lines refuses the folder. Source:
``spec/unitization.md`` 13 (1-3, 5), ``design.md`` 3a.8.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from modelx.domain.book import MISSING, FileColumns, FindingLog
from modelx.domain.book_checks import refuse
from modelx.domain.book_codes import OrderResend
from modelx.domain.calendar import Calendar
from modelx.domain.days import date_of
from modelx.domain.finding import Level, SourceRow
from modelx.domain.money import Column
from modelx.domain.order import OrderTimes, Sessions, find_due
from modelx.store import order_records
from modelx.store.engine import Connection
from modelx.store.versions import StoredColumns, taken

_CONTENT = (
    *("sleeve_id", "side", "qty_type", "qty", "trade_date", "received_at", "cutoff_attested"),
    *("cancel_of", "as_of_reason", "source_code", "client_ref"),
)
_NO_NIGHT = -(2**31)
_MICROS_A_DAY = 86_400_000_000
_DAYS_BEYOND = 14  # a session follows within so many days of any other


@dataclass(frozen=True, slots=True)
class Intake:
    """New orders and resends as rows to store; ``rows`` are the file's rows of the new orders."""

    orders: StoredColumns
    resends: StoredColumns
    rows: Column


def take_in(
    connection: Connection, columns: FileColumns, stored: StoredColumns, calendar: Calendar, log: FindingLog
) -> Intake:
    """Tell new orders from old, and give the new ones their ids and nights. ``stored`` are all the file's rows."""
    stored = stored | {"qty": np.where(stored["qty"] == MISSING, 0, stored["qty"])}
    before = order_records.orders_sent_before(connection, stored["rk_id"], stored["order_ref"])
    earlier = [before.get(key) for key in zip(stored["rk_id"].tolist(), stored["order_ref"], strict=True)]
    is_new = np.array([order is None for order in earlier], np.bool_)
    differs = np.array([order is not None for order in earlier], np.bool_)
    differs[differs] = _differs(stored, np.flatnonzero(differs), earlier)
    resends = _resends(connection, columns, stored, earlier, differs, log)
    _refuse_reused_files(connection, columns, stored, is_new | (differs & resends.fresh), log)
    rows = np.flatnonzero(is_new)
    orders = taken(stored, rows)
    orders["id"] = order_records.next_order_id(connection) + np.arange(rows.size)
    orders["priced_on_earliest"] = due_nights(orders, calendar)
    return Intake(orders, resends.stored, rows)


def due_nights(orders: StoredColumns, calendar: Calendar) -> Column:
    """The night at whose unit value each order falls due, whichever nights are closed."""
    trade_day = orders["trade_date"]
    if trade_day.size == 0:
        return np.empty(0, np.int64)
    received = orders["received_at"]
    last = int(max(trade_day.max(), received.max() // _MICROS_A_DAY)) + _DAYS_BEYOND
    days = calendar.sessions_between(int(trade_day.min()), min(last, calendar.last_session))
    close = np.array([int(calendar.cut_off(day).timestamp()) * 10**6 for day in days.tolist()], np.int64)
    times = OrderTimes(trade_day, received, orders["cutoff_attested"] != 0)
    return find_due(times, Sessions(days, close), np.full(trade_day.size, _NO_NIGHT)).night


def list_as_of(columns: FileColumns, intake: Intake, last_closed_night: int | None, log: FindingLog) -> None:
    """List new orders that were in time for a night that is closed (AS_OF_PENDING, a warning)."""
    if last_closed_night is None:
        return
    orders = intake.orders
    late = (orders["priced_on_earliest"] <= last_closed_night) & (orders["priced_on_earliest"] == orders["trade_date"])

    def describe(row: int) -> tuple[str, SourceRow]:
        night, closed = date_of(int(columns.ints("trade_date")[row])), date_of(last_closed_night)
        message = f"in time for {night}, but the nights through {closed} are closed: stored and listed, not priced"
        return message, columns.source(row, "trade_date")

    log.add_rows("AS_OF_PENDING", Level.WARN, intake.rows[late], describe)


@dataclass(frozen=True, slots=True)
class _Resends:
    stored: StoredColumns
    fresh: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]  # rows not recorded as sent again before


def _differs(stored: StoredColumns, rows: Column, earlier: list[Any]) -> list[bool]:
    content = {name: stored[name] if isinstance(stored[name], list) else stored[name].tolist() for name in _CONTENT}
    return [any(_null(content[name][row]) != getattr(earlier[row], name) for name in _CONTENT) for row in rows.tolist()]


def _null(value: Any) -> Any:
    return None if value == MISSING else value


def _resends(
    connection: Connection,
    columns: FileColumns,
    stored: StoredColumns,
    earlier: list[Any],
    differs: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
    log: FindingLog,
) -> _Resends:
    """The lines to record as sent again: in another file than the first time, or with other content; each once."""
    recorded = order_records.resends_recorded(connection, {order.id for order in earlier if order is not None})
    fresh = np.zeros(len(earlier), np.bool_)
    for row, order in enumerate(earlier):
        if order is not None and (differs[row] or stored["file_id"][row] != order.file_id):
            fresh[row] = (order.id, stored["file_id"][row], int(differs[row])) not in recorded
    rows = np.flatnonzero(fresh)

    def describe(row: int) -> tuple[str, SourceRow]:
        order = earlier[row]
        first = f"order {order.order_ref} came before (load {order.load_id}, line {order.line})"
        what = "with other content: refused with ORRF, the first stands" if differs[row] else "with the same content"
        return f"{first} {what}", columns.source(row, "order_ref")

    log.add_rows("ORRF", Level.WARN, rows[differs[rows]], describe)
    log.add_rows("DUPLICATE", Level.INFO, rows[~differs[rows]], describe)
    kinds = np.where(differs[rows], int(OrderResend.ORRF), int(OrderResend.DUPLICATE)).astype(np.int64)
    repeated = {
        "line": stored["line"][rows],
        "order_id": np.array([earlier[row].id for row in rows.tolist()], np.int64),
        "file_id": [stored["file_id"][row] for row in rows.tolist()],
        "kind": kinds,
    }
    return _Resends(repeated, fresh)


def _refuse_reused_files(
    connection: Connection,
    columns: FileColumns,
    stored: StoredColumns,
    says_something_new: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
    log: FindingLog,
) -> None:
    seen = order_records.order_files_seen(connection, stored["file_id"])
    files = zip(stored["rk_id"].tolist(), stored["file_id"], strict=True)
    reused = np.array([file in seen for file in files], np.bool_) & says_something_new
    message = "this file id was loaded before with other lines: send new and changed orders under a new file id"
    refuse(columns, reused, "FILE_ID_REUSED", "file_id", message, log)
