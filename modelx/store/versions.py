"""Rows that are never changed, only followed by later versions: reading the one in force at a load.

The version in force of a key is the one with the highest load id up to the horizon. Every reader here is one query,
ordered by key and load, of which the last row of each key is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, LargeBinary, Table, Text

from modelx.domain.money import Column
from modelx.store.tables import metadata

StoredColumns = dict[str, Any]  # by table column: an int64 array (NULL is MISSING), or a list of strings

_NULL = "(-9223372036854775807 - 1)"  # MISSING, written so that both databases take it for a 64-bit integer


def table_named(name: str) -> Table:
    """A table of the book by name."""
    return metadata.tables[name]


def text_columns(table: Table) -> frozenset[str]:
    """The names of a table's columns that are not whole numbers: text, and hashes."""
    return frozenset(column.name for column in table.columns if isinstance(column.type, (Text, LargeBinary)))


def read_rows(
    connection: Connection, table: Table, names: Sequence[str], where: str = "", order: Sequence[str] = ()
) -> StoredColumns:
    """Some columns of a table: int64 arrays, or lists of strings. ``where`` is SQL with numbers only, never text."""
    texts = text_columns(table)
    shown = [
        f'COALESCE("{name}", {_NULL})' if table.columns[name].nullable and name not in texts else f'"{name}"'
        for name in names
    ]
    sql = f'SELECT {", ".join(shown)} FROM "{table.name}"'
    if where:
        sql += f" WHERE {where}"
    if order:
        sql += " ORDER BY " + ", ".join(f'"{name}"' for name in order)
    result = connection.exec_driver_sql(sql)
    cursor: Any = result.cursor
    if texts.isdisjoint(names):
        flat = np.fromiter(chain.from_iterable(cursor), np.int64)
        result.close()
        block = flat.reshape(-1, len(names))
        return {name: np.ascontiguousarray(block[:, i]) for i, name in enumerate(names)}
    rows = cursor.fetchall()
    result.close()
    by_column = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    return {
        name: list(values) if name in texts else np.array(values, np.int64)
        for name, values in zip(names, by_column, strict=True)
    }


def in_force(
    connection: Connection,
    table: Table,
    key: Sequence[str],
    horizon: int,
    where: str = "",
    *,
    group: Sequence[str] = (),
) -> StoredColumns:
    """Every column of the rows in force at ``horizon``, in the order of their keys.

    Where a version is a whole group of rows (all targets of a model on a date), ``group`` names the part of the key
    that identifies it: the rows of the group's last load are in force together.
    """
    visible = f"load_id <= {int(horizon)}" + (f" AND {where}" if where else "")
    names = [column.name for column in table.columns]
    if group:
        rows = read_rows(connection, table, names, visible, [*group, "load_id", *_rest(key, group)])
        last = last_of_each(rows, group)
        standing = np.repeat(rows["load_id"][last], np.diff(np.append(-1, last)))
        return taken(rows, np.flatnonzero(rows["load_id"] == standing))
    rows = read_rows(connection, table, names, visible, [*key, "load_id"])
    return taken(rows, last_of_each(rows, key))


def last_of_each(rows: Mapping[str, Any], key: Sequence[str]) -> Column:
    """The last row of each key, in rows ordered by that key."""
    n = len(rows[key[0]])
    if n == 0:
        return np.empty(0, np.int64)
    changes = np.zeros(n, np.bool_)
    changes[-1] = True
    for name in key:
        values = np.asarray(rows[name], object) if isinstance(rows[name], list) else rows[name]
        changes[:-1] |= values[1:] != values[:-1]
    return np.flatnonzero(changes)


def taken(rows: Mapping[str, Any], at: npt.NDArray[np.int64]) -> StoredColumns:
    """Some of the rows."""
    return {
        name: [values[i] for i in at.tolist()] if isinstance(values, list) else values[at]
        for name, values in rows.items()
    }


def row_ids(rows: Mapping[str, Any]) -> Column:
    """The row id of each row, for lineage: load id and line."""
    ids: Column = (rows["load_id"] << 32) | rows["line"]
    return ids


def _rest(key: Sequence[str], group: Sequence[str]) -> list[str]:
    return [name for name in key if name not in group]
