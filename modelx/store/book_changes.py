"""Which rows of a file say something new.

A row identical to the version in force is not stored again, so that loading a folder that has grown costs what has
changed, and brings no version that corrects nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, Table, bindparam, select

from modelx.domain.joins import find_rows
from modelx.domain.money import Column
from modelx.store.book_layout import BY_FILE, Layout
from modelx.store.versions import StoredColumns, in_force, last_of_each, table_named, taken, text_columns

_COMPARED_AT_ONCE = 300_000
_TEXTS_AT_ONCE = 500

Mask = npt.NDArray[np.bool_]


def changed_rows(connection: Connection, file: str, stored: StoredColumns, horizon: int) -> Mask:
    """Which rows differ from the version in force at ``horizon``, or are of a key it does not know."""
    layout = BY_FILE[file]
    table = table_named(layout.table)
    n_rows = len(stored["line"])
    if n_rows == 0 or connection.execute(select(table.c.load_id).limit(1)).first() is None:
        return np.ones(n_rows, np.bool_)
    content = [c.name for c in table.columns if c.name not in (*layout.key, "load_id", "line")]
    if layout.day and text_columns(table).isdisjoint((*layout.key, *content)):
        return _changed_columns(connection, layout, stored, content, horizon)
    current = _current_rows(connection, layout, table, stored, horizon)
    if layout.group:
        return _changed_groups(layout, stored, current, content)
    before = dict(zip(_tuples(current, layout.key), _tuples(current, content), strict=True))
    now = zip(_tuples(stored, layout.key), _tuples(stored, content), strict=True)
    return np.array([before.get(key) != values for key, values in now], np.bool_)


def _current_rows(
    connection: Connection, layout: Layout, table: Table, stored: StoredColumns, horizon: int
) -> StoredColumns:
    if layout.day:
        days = stored[layout.day]
        where = f"{layout.day} BETWEEN {int(days.min())} AND {int(days.max())}"
        return in_force(connection, table, layout.key, horizon, where)
    if layout.table != "trade":
        return in_force(connection, table, layout.key, horizon, group=layout.group)
    query = table.select().where(table.c.trade_ref.in_(bindparam("refs", expanding=True)), table.c.load_id <= horizon)
    query = query.order_by(table.c.trade_ref, table.c.load_id)
    refs = stored["trade_ref"]
    found = [
        tuple(row)
        for start in range(0, len(refs), _TEXTS_AT_ONCE)
        for row in connection.execute(query, {"refs": refs[start : start + _TEXTS_AT_ONCE]})
    ]
    by_column = list(zip(*found, strict=True)) if found else [()] * len(table.columns)
    rows = {column.name: list(values) for column, values in zip(table.columns, by_column, strict=True)}
    return taken(rows, last_of_each(rows, layout.key))


def _changed_columns(
    connection: Connection, layout: Layout, stored: StoredColumns, content: Sequence[str], horizon: int
) -> Mask:
    """Whole-number tables with a day: compared by columns, a span of days at a time."""
    table = table_named(layout.table)
    changed = np.ones(len(stored["line"]), np.bool_)
    order = np.argsort(stored[layout.day], kind="stable")
    days = stored[layout.day][order]
    start = 0
    while start < len(order):
        stop = int(np.searchsorted(days, days[min(start + _COMPARED_AT_ONCE, len(order)) - 1], side="right"))
        rows = order[start:stop]
        where = f"{layout.day} BETWEEN {days[start]} AND {days[stop - 1]}"
        current = in_force(connection, table, layout.key, horizon, where)
        at = find_rows(*_packed([current[k] for k in layout.key], [stored[k][rows] for k in layout.key]))
        same = at >= 0
        for name in content:
            same[same] = current[name][at[same]] == stored[name][rows][same]
        changed[rows] = ~same
        start = stop
    return changed


def _packed(left: Sequence[Column], right: Sequence[Column]) -> tuple[Column, Column]:
    """Keys of several columns as one whole number each, the same for equal keys of both sides."""
    packed = np.zeros(len(left[0]) + len(right[0]), np.int64)
    for a, b in zip(left, right, strict=True):
        both = np.concatenate([a, b])
        distinct, index = np.unique(both, return_inverse=True)
        packed = np.unique(packed, return_inverse=True)[1].astype(np.int64) * len(distinct) + index
    return packed[: len(left[0])], packed[len(left[0]) :]


def _changed_groups(layout: Layout, stored: StoredColumns, current: StoredColumns, content: Sequence[str]) -> Mask:
    member = [*(name for name in layout.key if name not in layout.group), *content]

    def groups(rows: StoredColumns) -> dict[tuple[Any, ...], set[tuple[Any, ...]]]:
        found: dict[tuple[Any, ...], set[tuple[Any, ...]]] = {}
        for group, values in zip(_tuples(rows, layout.group), _tuples(rows, member), strict=True):
            found.setdefault(group, set()).add(values)
        return found

    before, now = groups(current), groups(stored)
    differs = {group for group, values in now.items() if before.get(group) != values}
    return np.array([group in differs for group in _tuples(stored, layout.group)], np.bool_)


def _tuples(rows: StoredColumns, key: Sequence[str]) -> list[tuple[Any, ...]]:
    if not key:  # a file that is all key, such as notices_sent.csv, has no content to differ in
        return [()] * len(rows["line"])
    columns = [rows[name] if isinstance(rows[name], list) else rows[name].tolist() for name in key]
    return list(zip(*columns, strict=True))
