"""Changes as stored: drafts, their previews, approvals and cancellations. Rows are only ever added."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, func, select

from modelx.domain.change import ChangeState
from modelx.store.bulk import insert_columns
from modelx.store.tables import change as tables

_WRITER_LOCK = 0x6368616E6765  # one writer of changes at a time


@dataclass(frozen=True, slots=True)
class Draft:
    """A change as it was drafted: ``content`` is its canonical text, ``content_hash`` the SHA-256 of it."""

    id: int
    kind: str
    title: str
    content: str
    content_hash: str
    memo: str
    maker: str
    recorded_at: int


@dataclass(frozen=True, slots=True)
class Preview:
    """A preview as it was shown: its hash, the inputs it rests on by name, and what it could see."""

    id: int
    change_id: int
    sha256: str
    inputs: Mapping[str, str]
    load_horizon: int
    last_night: int
    recorded_at: int


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approved which preview of a change, and the load that brought it to the book."""

    change_id: int
    preview_id: int
    sha256: str
    maker: str
    checker: str
    note: str
    load_id: int
    recorded_at: int


@dataclass(frozen=True, slots=True)
class Cancellation:
    """Who took a draft back, and why."""

    change_id: int
    cancelled_by: str
    reason: str
    recorded_at: int


@dataclass(frozen=True, slots=True)
class ChangeRecord:
    """A draft with the newest preview of it and how it ended, as far as it has come."""

    draft: Draft
    preview: Preview | None
    approval: Approval | None
    cancellation: Cancellation | None

    @property
    def state(self) -> ChangeState:
        """How far the change has come."""
        if self.cancellation is not None:
            return ChangeState.CANCELLED
        if self.approval is not None:
            return ChangeState.APPROVED
        return ChangeState.DRAFT if self.preview is None else ChangeState.PREVIEWED


def lock_for_changes(connection: Connection) -> None:
    """Let one writer of changes in at a time; SQLite's write lock does it already."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITER_LOCK})")


def changes(connection: Connection, change_id: int | None = None) -> list[ChangeRecord]:
    """Every change in the order in which they were drafted, or the one with an id."""
    only = {} if change_id is None else {"change_id": change_id}
    drafts = _rows(connection, tables.change_draft, {} if change_id is None else {"id": change_id})
    previews = {row.change_id: row for row in _rows(connection, tables.change_preview, only)}  # the newest stays
    approvals = {row.change_id: row for row in _rows(connection, tables.change_approval, only)}
    cancelled = {row.change_id: row for row in _rows(connection, tables.change_cancellation, only)}
    return [
        ChangeRecord(
            Draft(*row),
            _preview(previews[row.id]) if row.id in previews else None,
            Approval(*approvals[row.id]) if row.id in approvals else None,
            Cancellation(*cancelled[row.id]) if row.id in cancelled else None,
        )
        for row in drafts
    ]


def insert_draft(connection: Connection, row: Mapping[str, Any]) -> int:
    """Append a draft; returns its id. Call it with the writer's lock held."""
    return _insert(connection, tables.change_draft, row)


def insert_preview(connection: Connection, row: Mapping[str, Any]) -> int:
    """Append a preview of a draft; ``inputs`` is a mapping of names to texts."""
    stored = json.dumps(row["inputs"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return _insert(connection, tables.change_preview, {**row, "inputs": stored})


def insert_approval(connection: Connection, row: Mapping[str, Any]) -> None:
    """Append the approval of a draft, in the transaction of its load."""
    insert_columns(connection, tables.change_approval, {name: [value] for name, value in row.items()})


def insert_cancellation(connection: Connection, row: Mapping[str, Any]) -> None:
    """Append the cancellation of a draft."""
    insert_columns(connection, tables.change_cancellation, {name: [value] for name, value in row.items()})


def _rows(connection: Connection, table: Table, wanted: Mapping[str, int]) -> list[Any]:
    query = select(table).order_by(*table.primary_key.columns)
    for name, value in wanted.items():
        query = query.where(table.columns[name] == value)
    return list(connection.execute(query))


def _preview(row: Any) -> Preview:
    inputs = json.loads(row.inputs)
    return Preview(row.id, row.change_id, row.sha256, inputs, row.load_horizon, row.last_night, row.recorded_at)


def _insert(connection: Connection, table: Table, row: Mapping[str, Any]) -> int:
    new = int(connection.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one()) + 1
    insert_columns(connection, table, {"id": [new], **{name: [value] for name, value in row.items()}})
    return new
