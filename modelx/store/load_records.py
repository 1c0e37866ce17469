"""Loads: one for each folder that was accepted, chained by hash over every row it brought.

The hash of a load covers the content hash of its files and, table by table, all rows stored under it in the order of
their lines: an edited, lost, added or swapped row shows, whoever made it. The wall clock is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection, Table, select, text

from modelx.domain.finding import Finding, Level
from modelx.ledger.chain import GENESIS, chained, digest_of_columns
from modelx.store.book_layout import LAYOUTS
from modelx.store.bulk import insert_columns
from modelx.store.name_records import NAME_KINDS
from modelx.store.tables import inputs as tables
from modelx.store.versions import StoredColumns, read_rows, table_named, taken

_WRITER_LOCK = 0x6D6F64656C78  # "modelx": one loader at a time
_ROWS_AT_ONCE = 4_000_000

HASHED_TABLES: tuple[str, ...] = (
    *NAME_KINDS,
    "sleeve",
    *(layout.table for layout in LAYOUTS),
    "order_resend",
    "load_file",
)


@dataclass(frozen=True, slots=True)
class Load:
    """A folder that was accepted: its id is its place in time, for every row it brought."""

    id: int
    content_hash: bytes
    folder_name: str
    n_rows: int
    recorded_at: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """One file of a load: rows read, and rows stored because they said something new."""

    file: str
    n_rows: int
    n_stored: int
    content_hash: bytes


def lock_for_loading(connection: Connection) -> None:
    """Let one loader in at a time; SQLite's write lock does it already."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITER_LOCK})")


def latest_load(connection: Connection) -> int:
    """The id of the last load, 0 before the first."""
    return int(connection.exec_driver_sql('SELECT COALESCE(MAX(id), 0) FROM "load"').scalar_one())


def load_of_content(connection: Connection, content_hash: bytes) -> Load | None:
    """The load that brought these very bytes, if any did."""
    row = connection.execute(select(tables.load).where(tables.load.c.content_hash == content_hash)).first()
    return None if row is None else _load(row)


def loads(connection: Connection, first: int = 1) -> list[Load]:
    """The loads from ``first`` on, in order."""
    query = select(tables.load).where(tables.load.c.id >= first).order_by(tables.load.c.id)
    return [_load(row) for row in connection.execute(query)]


def loaded_files(connection: Connection, load_id: int) -> list[LoadedFile]:
    """The files of a load, by name."""
    table = tables.load_file
    rows = connection.execute(select(table).where(table.c.load_id == load_id).order_by(table.c.file))
    return [LoadedFile(row.file, row.n_rows, row.n_stored, bytes(row.content_hash)) for row in rows]


def source_of(connection: Connection, file: str, row_id: int) -> str:
    """Where a row came from, for a person: folder, load, file and line."""
    load_id, line = int(row_id) >> 32, int(row_id) & 0xFFFFFFFF
    query = text('SELECT folder_name FROM "load" WHERE id = :id')
    folder = connection.execute(query, {"id": load_id}).scalar_one()
    return f"{folder}/{file}:{line} (load {load_id})"


def digest_of_rows(table: Table, rows: StoredColumns) -> bytes:
    """What the rows of one table, in their order, add to the hash of their load."""
    return digest_of_columns({column.name: rows[column.name] for column in table.columns if column.name != "load_id"})


def load_hash(previous: bytes | None, content_hash: bytes, digests: Mapping[str, bytes]) -> bytes:
    """The hash of a load: the one before, the files, and the digest of each table it brought rows to."""
    parts = [content_hash]
    for name in HASHED_TABLES:
        if name in digests:
            parts += [name.encode(), digests[name]]
    return chained(previous or GENESIS, parts)


def head(connection: Connection) -> bytes | None:
    """The hash of the last load, None before the first."""
    found = connection.exec_driver_sql('SELECT hash FROM "load" ORDER BY id DESC LIMIT 1').scalar()
    return None if found is None else bytes(found)


def insert_load(connection: Connection, load: Load, previous: bytes | None) -> None:
    """Write the row of a load; its rows follow in the same transaction."""
    insert_columns(
        connection,
        tables.load,
        {
            "id": [load.id],
            "content_hash": [load.content_hash],
            "folder_name": [load.folder_name],
            "n_rows": [load.n_rows],
            "recorded_at": [load.recorded_at],
            "prev_hash": [previous],
            "hash": [load.hash],
        },
    )


def file_rows(files: Iterable[LoadedFile]) -> StoredColumns:
    """The rows of ``load_file`` for the files of a load, by name."""
    ordered = sorted(files, key=lambda one: one.file)
    return {
        "file": [one.file for one in ordered],
        "n_rows": np.array([one.n_rows for one in ordered], np.int64),
        "n_stored": np.array([one.n_stored for one in ordered], np.int64),
        "content_hash": [one.content_hash for one in ordered],
    }


def verify_loads(connection: Connection) -> list[Finding]:
    """Recompute the chain from the stored rows; one finding for each load that does not agree, and for strays.

    ``LOAD_CHAIN``: the rows of a load, or its links, are not what was hashed. ``LOAD_STRAY``: rows under a load that
    does not exist. Cost: one pass over every table for each four million rows it holds.
    """
    digests: dict[int, dict[str, bytes]] = {}
    findings = []
    known = loads(connection)
    for name in HASHED_TABLES:
        for load_id, digest in _stored_digests(connection, table_named(name)):
            digests.setdefault(load_id, {})[name] = digest
    strays = sorted(set(digests) - {load.id for load in known})
    findings += [Finding("LOAD_STRAY", Level.BLOCK, f"rows stand under load {i}, which does not exist") for i in strays]
    previous: bytes | None = None
    for at, load in enumerate(known, start=1):
        if load.id != at or load_hash(previous, load.content_hash, digests.get(load.id, {})) != load.hash:
            message = (
                f"load {load.id} ({load.folder_name}) is not what was recorded: its rows or its place have changed"
            )
            findings.append(Finding("LOAD_CHAIN", Level.BLOCK, message))
        previous = load.hash
    return findings


def _stored_digests(connection: Connection, table: Table) -> Iterator[tuple[int, bytes]]:
    counts = connection.exec_driver_sql(
        f'SELECT load_id, COUNT(*) FROM "{table.name}" GROUP BY load_id ORDER BY load_id'
    ).all()
    within = "line" if "line" in table.columns else "id" if "id" in table.columns else "file"
    names = [column.name for column in table.columns]
    start = 0
    while start < len(counts):
        stop, total = start, 0
        while stop < len(counts) and (stop == start or total + counts[stop][1] <= _ROWS_AT_ONCE):
            total += counts[stop][1]
            stop += 1
        where = f"load_id BETWEEN {counts[start][0]} AND {counts[stop - 1][0]}"
        rows = read_rows(connection, table, names, where)
        place = rows[within] if within != "file" else np.argsort(np.argsort(np.array(rows[within], np.str_)))
        rows = taken(rows, np.lexsort((place, rows["load_id"])))
        ends = np.cumsum([count for _, count in counts[start:stop]])
        for (load_id, count), end in zip(counts[start:stop], ends.tolist(), strict=True):
            part = {name: values[end - count : end] for name, values in rows.items()}
            yield load_id, digest_of_rows(table, part)
        start = stop


def _load(row: Any) -> Load:
    return Load(row.id, bytes(row.content_hash), row.folder_name, row.n_rows, row.recorded_at, bytes(row.hash))
