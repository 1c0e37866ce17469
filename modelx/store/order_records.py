"""Record keepers' orders: what a night may price, and what was sent before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection, bindparam, text

from modelx.domain.book import MISSING
from modelx.domain.money import Column
from modelx.store.tables import dated_inputs as tables
from modelx.store.versions import StoredColumns, read_rows, taken

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Orders:
    """Orders in the sequence in which they take their turn: sleeve, time of receipt (blank first), reference.

    ``received_at`` is in microseconds UTC, 0 when blank; ``qty`` in millionths, 0 for ALL. An order was in time when
    ``priced_on_earliest`` is its ``trade_date``.
    """

    order_id: Column
    rk_id: Column
    order_ref: list[str]
    file_id: list[str]
    sleeve_id: Column
    side: Column
    qty_type: Column
    qty: Column
    trade_date: Column
    received_at: Column
    cutoff_attested: Column
    cancel_of: list[str]
    as_of_reason: list[str]
    priced_on_earliest: Column
    load_id: Column
    line: Column


@dataclass(frozen=True, slots=True)
class Resend:
    """An order reference that came again: the order it repeats, and whether the content was the same."""

    load_id: int
    line: int
    file_id: str
    order_id: int
    order_ref: str
    rk_id: int
    kind: int


def orders_for_night(connection: Connection, span: tuple[int, int], horizon: int, previous_horizon: int) -> Orders:
    """The orders due in a span of days, both included, and those due before it loaded after ``previous_horizon``."""
    first, last = (int(day) for day in span)
    due = f"priced_on_earliest BETWEEN {first} AND {last} AND load_id <= {int(horizon)}"
    late = (  # "+ 0" keeps the planner off that index: it would read the whole history
        f"load_id > {int(previous_horizon)} AND load_id <= {int(horizon)} AND priced_on_earliest + 0 < {first}"
    )
    names = [column.name for column in tables.rk_order.columns]
    parts = [read_rows(connection, tables.rk_order, names, where) for where in (due, late)]
    return _sequenced(_joined(parts))


def orders_of_ids(connection: Connection, order_ids: Iterable[int]) -> Orders:
    """The orders with these ids."""
    names = [column.name for column in tables.rk_order.columns]
    listed = sorted(int(i) for i in order_ids)
    parts = [read_rows(connection, tables.rk_order, names, "id < 0")]
    for start in range(0, len(listed), _AT_ONCE):
        chosen = ", ".join(str(i) for i in listed[start : start + _AT_ONCE])
        parts.append(read_rows(connection, tables.rk_order, names, f"id IN ({chosen})"))
    return _sequenced(_joined(parts))


def orders_sent_before(connection: Connection, rk_ids: Column, order_refs: Sequence[str]) -> dict[tuple[int, str], Any]:
    """The stored orders, whole rows, by record keeper and reference, of those that exist."""
    found: dict[tuple[int, str], Any] = {}
    table = tables.rk_order
    query = table.select().where(
        table.c.rk_id == bindparam("rk_id"), table.c.order_ref.in_(bindparam("refs", expanding=True))
    )
    refs_of: dict[int, list[str]] = {}
    for rk_id, ref in zip(rk_ids.tolist(), order_refs, strict=True):
        refs_of.setdefault(rk_id, []).append(ref)
    for rk_id, refs in refs_of.items():
        for start in range(0, len(refs), _AT_ONCE):
            parameters = {"rk_id": rk_id, "refs": refs[start : start + _AT_ONCE]}
            found |= {(row.rk_id, row.order_ref): row for row in connection.execute(query, parameters)}
    return found


def order_files_seen(connection: Connection, file_ids: Iterable[str]) -> set[tuple[int, str]]:
    """Which (record keeper, file id) some stored order came in."""
    table = tables.rk_order
    query = table.select().with_only_columns(table.c.rk_id, table.c.file_id).distinct()
    query = query.where(table.c.file_id.in_(bindparam("ids", expanding=True)))
    seen: set[tuple[int, str]] = set()
    ids = sorted(set(file_ids))
    for start in range(0, len(ids), _AT_ONCE):
        seen |= {(row[0], row[1]) for row in connection.execute(query, {"ids": ids[start : start + _AT_ONCE]})}
    return seen


def resends_recorded(connection: Connection, order_ids: Iterable[int]) -> set[tuple[int, str, int]]:
    """Which (order id, file id, kind) were recorded as sent again."""
    recorded: set[tuple[int, str, int]] = set()
    listed = sorted(int(i) for i in order_ids)
    for start in range(0, len(listed), _AT_ONCE):
        chosen = ", ".join(str(i) for i in listed[start : start + _AT_ONCE])
        sql = f"SELECT order_id, file_id, kind FROM order_resend WHERE order_id IN ({chosen})"
        recorded |= {(row[0], row[1], row[2]) for row in connection.exec_driver_sql(sql)}
    return recorded


def resends(connection: Connection, first_load: int, last_load: int) -> list[Resend]:
    """The order lines of these loads that repeated an order: acknowledged DUPLICATE, or refused with ORRF."""
    sql = """
        SELECT r.load_id, r.line, r.file_id, r.order_id, o.order_ref, o.rk_id, r.kind
          FROM order_resend r JOIN rk_order o ON o.id = r.order_id
         WHERE r.load_id BETWEEN :first AND :last ORDER BY r.load_id, r.line
    """
    return [Resend(*row) for row in connection.execute(text(sql), {"first": first_load, "last": last_load})]


def next_order_id(connection: Connection) -> int:
    """The id of the next order: ids are dense, from 1."""
    return int(connection.exec_driver_sql("SELECT COALESCE(MAX(id), 0) + 1 FROM rk_order").scalar_one())


def _joined(parts: Sequence[StoredColumns]) -> StoredColumns:
    first = parts[0]
    return {
        name: [value for part in parts for value in part[name]]
        if isinstance(first[name], list)
        else np.concatenate([part[name] for part in parts])
        for name in first
    }


def _sequenced(rows: StoredColumns) -> Orders:
    received = np.where(rows["received_at"] == MISSING, 0, rows["received_at"])
    order = np.lexsort((np.array(rows["order_ref"], np.str_), received, rows["sleeve_id"]))
    rows = taken(rows | {"received_at": received}, order)
    return Orders(
        order_id=rows["id"],
        **{name: rows[name] for name in Orders.__dataclass_fields__ if name != "order_id"},
    )
