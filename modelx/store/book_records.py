"""Rows of any file of the book: into the database under a new load, and back out as known at a load.

Names become ids on the way in and names again on the way out; what comes out does not depend on the ids.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection, Table

from modelx.domain.book import MISSING, Field, FileColumns, Texts
from modelx.domain.money import Column
from modelx.store.book_layout import BY_FILE, Layout
from modelx.store.bulk import insert_columns
from modelx.store.name_records import NAME_KINDS, ids, names, sleeve_keys
from modelx.store.versions import StoredColumns, in_force, read_rows, table_named

ROWS_AT_ONCE = 1 << 17


@dataclass(frozen=True, slots=True)
class BookNames:
    """The ids of every name, by kind, and of every sleeve, by plan and model."""

    ids: Mapping[str, Mapping[str, int]]
    sleeves: Mapping[tuple[str, str], int]


def known_names(connection: Connection) -> BookNames:
    """Every name the database knows."""
    by_kind: dict[str, dict[str, int]] = {kind: ids(connection, kind) for kind in NAME_KINDS}
    plans, models = names(connection, "plan"), names(connection, "model")
    keys = sleeve_keys(connection)
    columns = (keys.sleeve_id.tolist(), keys.plan_id.tolist(), keys.model_id.tolist())
    sleeves = {(plans[plan], models[model]): sleeve for sleeve, plan, model in zip(*columns, strict=True)}
    return BookNames(by_kind, sleeves)


def table_of(file: str) -> str:
    """The table that holds a file's rows."""
    return BY_FILE[file].table


def stored_columns(rows: FileColumns, known: BookNames) -> StoredColumns:
    """A file's columns as its table holds them, without load id. Every name must be known."""
    layout = BY_FILE[rows.file]
    stored: StoredColumns = {}
    by_name = {named.column: named for named in layout.named}
    for name, values in rows.columns.items():
        if name in by_name:
            named = by_name[name]
            stored[named.stored] = _ids_of(rows.texts(name), known.ids[named.kind], named.zero)
        elif layout.sleeve is None or name not in layout.sleeve:
            stored[layout.stored_name(name)] = values.to_list() if isinstance(values, Texts) else values
    if layout.sleeve is not None:
        stored["sleeve_id"] = sleeve_ids(rows.texts(layout.sleeve[0]), rows.texts(layout.sleeve[1]), known.sleeves)
    if layout.table == "fee":
        stored["rate"] = np.where(stored["rate"] == MISSING, 0, stored["rate"])
    stored["line"] = rows.line
    return stored


def sleeve_ids(plans: Texts, models: Texts, known: Mapping[tuple[str, str], int]) -> Column:
    """The sleeve of each row, 0 where the plan has none in the model."""
    pair = plans.codes.astype(np.int64) * max(len(models.values), 1) + models.codes
    distinct, index = np.unique(pair, return_inverse=True)
    found = [
        known.get((plans.values[i // len(models.values)], models.values[i % len(models.values)]), 0)
        for i in distinct.tolist()
    ]
    return np.array(found, np.int64)[index]


def insert_rows(
    connection: Connection, table_name: str, stored: StoredColumns, load_id: int, progress: Callable[[int], None]
) -> None:
    """Append rows under a load, in the order of their key where the table is kept in that order."""
    table = table_named(table_name)
    n_rows = len(next(iter(stored.values()))) if stored else 0
    key = [c.name for c in table.primary_key.columns if c.name != "load_id"]
    whole_keys = key and not any(isinstance(stored[name], list) for name in key)
    order = _order_of([stored[name] for name in key]) if whole_keys else None
    nullable = {c.name for c in table.columns if c.nullable}
    for start in range(0, n_rows, ROWS_AT_ONCE):
        at = slice(start, min(start + ROWS_AT_ONCE, n_rows)) if order is None else order[start : start + ROWS_AT_ONCE]
        chunk = {name: _chunk(values, at, name in nullable) for name, values in stored.items()}
        n = min(ROWS_AT_ONCE, n_rows - start)
        insert_columns(connection, table, chunk | {"load_id": np.full(n, load_id, np.int64)})
        progress(n)


def book_rows(connection: Connection, file: str, horizon: int) -> FileColumns:
    """Every row of a file in force at ``horizon``, by the file's own column names, in the order of its names.

    The order depends on the content alone, not on ids: two databases with the same content answer the same.
    """
    layout = BY_FILE[file]
    rows = _rows_in_force(connection, layout, horizon)
    columns = _file_columns(connection, layout, rows)
    ranks = [_rank(columns[name]) for name in layout.file_key]
    order = np.lexsort(ranks[::-1]) if len(rows["line"]) else np.empty(0, np.int64)
    refused = np.zeros(len(rows["line"]), np.bool_)
    return FileColumns(file, rows["line"], columns, refused).take(order)


def _rows_in_force(connection: Connection, layout: Layout, horizon: int) -> StoredColumns:
    table = table_named(layout.table)
    if layout.table == "rk_order":  # an order has no versions: the first content stands
        return read_rows(connection, table, [c.name for c in table.columns], f"load_id <= {int(horizon)}")
    if not layout.day:
        return in_force(connection, table, layout.key, horizon, group=layout.group)
    parts = [
        in_force(connection, table, layout.key, horizon, f"{layout.day} BETWEEN {first} AND {last}")
        for first, last in _day_spans(connection, table, layout.day)
    ]
    parts = parts or [in_force(connection, table, layout.key, horizon)]
    return {
        name: [value for part in parts for value in part[name]]
        if isinstance(values, list)
        else np.concatenate([part[name] for part in parts])
        for name, values in parts[0].items()
    }


def _day_spans(connection: Connection, table: Table, day: str) -> Iterator[tuple[int, int]]:
    """Spans of a month or so: what is read at once stays small however long the history."""
    first, last = connection.exec_driver_sql(f'SELECT MIN("{day}"), MAX("{day}") FROM "{table.name}"').one()
    if first is not None:
        for start in range(first, last + 1, 32):
            yield start, start + 31


def _file_columns(connection: Connection, layout: Layout, rows: StoredColumns) -> dict[str, Field]:
    columns: dict[str, Field] = {}
    for named in layout.named:
        texts = {0: named.zero or ""} | names(connection, named.kind)
        columns[named.column] = _texts_of(rows[named.stored], texts)
    if layout.sleeve is not None:
        keys = sleeve_keys(connection)
        at = np.searchsorted(keys.sleeve_id, rows["sleeve_id"])
        columns[layout.sleeve[0]] = _texts_of(keys.plan_id[at], names(connection, "plan"))
        columns[layout.sleeve[1]] = _texts_of(keys.model_id[at], names(connection, "model"))
    taken_up = {named.stored for named in layout.named} | {"load_id", "line", "sleeve_id", "priced_on_earliest"}
    for name, values in rows.items():
        if name not in taken_up and not (layout.table == "rk_order" and name == "id"):
            columns[layout.file_name(name)] = Texts.of(values) if isinstance(values, list) else values
    if layout.table == "fee":
        tiered = np.array([bool(text) for text in rows["tiers"]], np.bool_)
        columns["rate"] = np.where(tiered, MISSING, rows["rate"])
    return columns


def _ids_of(texts: Texts, known: Mapping[str, int], zero: str | None) -> Column:
    lookup = [0 if text == zero else known[text] for text in texts.values]
    return np.array(lookup or [0], np.int64)[texts.codes]


def _texts_of(values: Column, texts: Mapping[int, str]) -> Texts:
    distinct, index = np.unique(values, return_inverse=True)
    return Texts(index.astype(np.int32), tuple(texts[i] for i in distinct.tolist()))


def _rank(values: Field) -> Column:
    if not isinstance(values, Texts):
        return values
    return np.argsort(np.argsort(np.array(values.values or ("",), np.str_)))[values.codes]


def _order_of(keys: Sequence[Column]) -> Column | None:
    """The rows in the order of their keys; None when they are in order already."""
    if len(keys) == 1:
        in_order = bool((keys[0][1:] >= keys[0][:-1]).all())
        return None if in_order else np.argsort(keys[0], kind="stable")
    return np.lexsort(keys[::-1])


def _chunk(values: Any, at: Any, nullable: bool) -> Any:
    if isinstance(values, list):
        return values[at] if isinstance(at, slice) else [values[i] for i in at.tolist()]
    chunk = values[at]
    if nullable and (chunk == MISSING).any():
        return [None if value == MISSING else value for value in chunk.tolist()]
    return chunk
