"""Load a book: read a folder's columns, judge them against each other and the database, and append them, or nothing.

A load is one transaction. Its id is the known-at of every row it brings. The same bytes twice do nothing and say so;
a row that repeats the version in force is not stored again. Source: ``design.md`` 3a.3, 3a.8, 3a.10 and 4.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from modelx.domain.book import FileColumns, FindingLog
from modelx.domain.book_checks import list_late
from modelx.domain.book_rules import LATE_COLUMNS
from modelx.domain.calendar import Calendar
from modelx.domain.finding import Finding
from modelx.services import approval_judgement, book_judgement, order_intake
from modelx.services.book_judgement import Standing
from modelx.store import book_changes, book_records, load_records, name_records, night_records
from modelx.store.book_records import BookNames
from modelx.store.engine import Connection, Engine
from modelx.store.load_records import Load, LoadedFile
from modelx.store.unit_of_work import reading, writing
from modelx.store.versions import StoredColumns, table_named, taken

Progress = Callable[[int, int, str], None]


class BookSource(Protocol):
    """A folder of files that can be read as columns; :mod:`modelx.files.book_folder` is one."""

    folder_name: str
    content_hash: bytes
    log: FindingLog

    @property
    def files(self) -> tuple[str, ...]:
        """The files of the book it holds."""

    def file_hash(self, name: str) -> bytes:
        """SHA-256 of one file."""

    def read(self, name: str, progress: Progress | None = None) -> FileColumns | None:
        """The rows of one file, None when it cannot be read; findings go to ``log``."""


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a load did. ``already_loaded``: the same bytes came before, as load ``load_id``, and nothing was done.

    ``findings`` are the first of the warnings, ``n_findings`` all of them by code.
    """

    load_id: int
    already_loaded: bool
    files: tuple[LoadedFile, ...]
    findings: tuple[Finding, ...] = ()
    n_findings: Mapping[str, int] = field(default_factory=dict)
    n_late: int = 0

    @property
    def n_stored(self) -> int:
        """Rows stored."""
        return sum(file.n_stored for file in self.files)


@dataclass(slots=True)
class _Parts:
    """What a load will append: identities and rows by table, each in the order in which they are hashed."""

    tables: dict[str, StoredColumns] = field(default_factory=dict)
    files: list[LoadedFile] = field(default_factory=list)
    n_late: int = 0


def load(
    engine: Engine,
    source: BookSource,
    *,
    calendar: Calendar,
    last_closed_night: int | None,
    recorded_at: int,
    progress: Progress | None = None,
) -> LoadReport:
    """Load a folder, whole or not at all.

    ``last_closed_night`` is the last night that has begun (None before the first): rows dated on or before it are
    stored and listed LATE_INPUT, and a sleeve may not start by then. ``recorded_at`` is in microseconds UTC.
    ``progress`` is told (done, total, what): bytes read, then rows stored.
    Raises :class:`RefusedBook` with every bad row; :class:`Conflict` when a file changed while it was read.
    """
    with reading(engine) as connection:
        before = load_records.load_of_content(connection, source.content_hash)
        if before is not None:
            return _already(connection, before)
    files = _read(source, progress)
    with writing(engine) as connection:
        before = begin_load(connection, source.content_hash)
        if before is not None:
            return _already(connection, before)
        return append_load(connection, source, files, calendar, last_closed_night, recorded_at, progress)


def begin_load(connection: Connection, content_hash: bytes) -> Load | None:
    """Keep other loaders out until the transaction ends; returns the load that brought the same content, if any."""
    load_records.lock_for_loading(connection)
    return load_records.load_of_content(connection, content_hash)


def append_load(
    connection: Connection,
    source: BookSource,
    files: Mapping[str, FileColumns],
    calendar: Calendar,
    last_closed_night: int | None,
    recorded_at: int,
    progress: Progress | None = None,
) -> LoadReport:
    """Judge the rows and append them as a load of the caller's transaction, begun by :func:`begin_load`.

    Raises :class:`RefusedBook` with every bad row.
    """
    begun = night_records.last_night_begun(connection)  # under the lock: no night begins while this is judged
    latest = max((day for day in (last_closed_night, begun) if day is not None), default=None)
    standing = book_judgement.standing(connection, calendar, latest)
    book_judgement.judge(files, standing, source.log)
    source.log.raise_if_refused()
    if "closures.csv" in files:
        book_judgement.list_left_behind(connection, files["closures.csv"], source.log)
    if "trade_decisions.csv" in files:
        approval_judgement.list_strange_approvals(connection, files["trade_decisions.csv"], source.log)
    parts = _prepare(connection, source, files, standing)
    source.log.raise_if_refused()
    load_id = standing.horizon + 1
    _append(connection, source, parts, load_id, recorded_at, progress)
    kept = tuple(source.log.kept)
    return LoadReport(load_id, False, tuple(parts.files), kept, dict(source.log.by_code), parts.n_late)


def _already(connection: Connection, before: Load) -> LoadReport:
    return LoadReport(before.id, True, tuple(load_records.loaded_files(connection, before.id)))


def _read(source: BookSource, progress: Progress | None) -> dict[str, FileColumns]:
    """Every file's columns. Raises :class:`RefusedBook` when one of them cannot be read at all."""
    read = {name: source.read(name, progress) for name in source.files}
    files = {name: columns for name, columns in read.items() if columns is not None}
    if len(files) < len(read):
        source.log.raise_if_refused()
    return files


def _prepare(
    connection: Connection, source: BookSource, files: Mapping[str, FileColumns], standing: Standing
) -> _Parts:
    """Everything the load will append, with the ids of new names given."""
    parts = _Parts()
    known = _name_everything(parts, files, standing.names)
    for name, columns in files.items():
        stored = book_records.stored_columns(columns, known)
        table = book_records.table_of(name)
        if name == "orders.csv":
            calendar = book_judgement.calendar_with(standing.calendar, files.get("closures.csv"))
            intake = order_intake.take_in(connection, columns, stored, calendar, source.log)
            parts.tables["order_resend"] = intake.resends
            stored = intake.orders
            order_intake.list_as_of(columns, intake, standing.last_closed_night, source.log)
        else:
            changed = book_changes.changed_rows(connection, name, stored, standing.horizon)
            if name in LATE_COLUMNS:
                fresh = columns.take(np.flatnonzero(changed))
                parts.n_late += list_late(fresh, LATE_COLUMNS[name], standing.last_closed_night, source.log)
            if not changed.all():
                stored = taken(stored, np.flatnonzero(changed))
        parts.tables[table] = stored
        parts.files.append(LoadedFile(name, len(columns), len(stored["line"]), source.file_hash(name)))
    parts.tables["load_file"] = load_records.file_rows(parts.files)
    return parts


def _name_everything(parts: _Parts, files: Mapping[str, FileColumns], known: BookNames) -> BookNames:
    """Give ids to the names this folder introduces, and put their rows among the parts."""
    introduced = book_judgement.introduced_names(files)
    ids = {kind: dict(names) for kind, names in known.ids.items()}
    for kind in name_records.NAME_KINDS:
        fresh = name_records.numbered(kind, ids[kind], introduced.names[kind])
        if fresh:
            ids[kind] |= fresh
            parts.tables[kind] = {
                "id": np.array(list(fresh.values()), np.int64),
                name_records.CODE_COLUMNS[kind]: list(fresh),
            }
    sleeves = name_records.numbered("sleeve", known.sleeves, introduced.sleeves)
    if sleeves:
        parts.tables["sleeve"] = {
            "id": np.array(list(sleeves.values()), np.int64),
            "plan_id": np.array([ids["plan"][plan] for plan, _ in sleeves], np.int64),
            "model_id": np.array([ids["model"][model] for _, model in sleeves], np.int64),
        }
    return BookNames(ids, {**known.sleeves, **sleeves})


def _append(
    connection: Connection,
    source: BookSource,
    parts: _Parts,
    load_id: int,
    recorded_at: int,
    progress: Progress | None,
) -> None:
    filled = {name: rows for name, rows in parts.tables.items() if len(next(iter(rows.values())))}
    digests = {name: load_records.digest_of_rows(table_named(name), rows) for name, rows in filled.items()}
    previous = load_records.head(connection)
    digest = load_records.load_hash(previous, source.content_hash, digests)
    n_rows = sum(file.n_rows for file in parts.files)
    total = sum(file.n_stored for file in parts.files)
    row = Load(load_id, source.content_hash, source.folder_name, n_rows, recorded_at, digest)
    load_records.insert_load(connection, row, previous)
    done = 0

    def stored(n: int) -> None:
        nonlocal done
        done += n
        if progress is not None:
            progress(min(done, total), total, "storing rows")

    for name in load_records.HASHED_TABLES:
        if name in filled:
            book_records.insert_rows(connection, name, filled.pop(name), load_id, stored)
