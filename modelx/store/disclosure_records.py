"""Notices as stored: drafts, their events, lineage, findings and published files. Rows are only ever added."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from modelx.store.bulk import insert_columns
from modelx.store.disclosure_chain import ChainedEvent, attached_hash, event_hash, last_hash
from modelx.store.tables import disclosure as tables
from modelx.store.tables import inputs

_WRITER_LOCK = 0x646973636C  # one writer of notices at a time


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """One draft: where it stands, which edition it would be, its dates (days), its canonical JSON and the hash of it.

    ``load_horizon`` is the latest load it could see; ``base`` the address of the site it was drafted for.
    """

    id: int
    place: str
    version: int
    kind: str
    plan: str
    subject: str
    title: str
    document_date: int
    as_of: int
    quarter_end: int
    load_horizon: int
    base: str
    content_hash: str
    recorded_at: int


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """A step of a draft: who, when (microseconds), over which hash."""

    id: int
    document_id: int
    place: str
    version: int
    step: str
    by: str
    at: int
    content_hash: str


def lock_for_notices(connection: Connection) -> None:
    """Let one writer of notices in at a time; SQLite's write lock does it already."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITER_LOCK})")


def documents(connection: Connection, plan: str | None = None, document_id: int | None = None) -> list[StoredDocument]:
    """Every draft of a plan (None = all plans), or one draft, oldest first, without its content."""
    table = tables.disclosure_document
    columns: tuple[Any, ...] = (
        table.c.id, table.c.place, table.c.version, table.c.kind, inputs.plan.c.code, table.c.subject, table.c.title,
        table.c.document_date, table.c.as_of, table.c.quarter_end, table.c.load_horizon, table.c.base,
        table.c.content_hash, table.c.recorded_at,
    )  # fmt: skip
    query = select(*columns).join(inputs.plan, inputs.plan.c.id == table.c.plan_id).order_by(table.c.id)
    if plan is not None:
        query = query.where(inputs.plan.c.code == plan)
    if document_id is not None:
        query = query.where(table.c.id == document_id)
    return [StoredDocument(*row) for row in connection.execute(query)]


def content_of(connection: Connection, document_id: int) -> str:
    """The canonical JSON of a draft."""
    table = tables.disclosure_document
    return str(connection.execute(select(table.c.content).where(table.c.id == document_id)).scalar_one())


def events(connection: Connection, plan: str | None = None) -> list[StoredEvent]:
    """What happened to the drafts of a plan (None = all), in order."""
    event, document = tables.disclosure_event, tables.disclosure_document
    query = (
        select(
            event.c.id, event.c.document_id, document.c.place, document.c.version, event.c.step, event.c.by, event.c.at,
            event.c.content_hash,
        )
        .join(document, document.c.id == event.c.document_id)
        .order_by(event.c.id)
    )  # fmt: skip
    if plan is not None:
        query = query.join(inputs.plan, inputs.plan.c.id == document.c.plan_id).where(inputs.plan.c.code == plan)
    return [StoredEvent(*row) for row in connection.execute(query)]


def sources(connection: Connection, document_id: int) -> list[tuple[str, str, str]]:
    """(kind, key, sha256) of everything a draft was drawn from, by kind and key."""
    table = tables.disclosure_source
    query = select(table.c.kind, table.c.key, table.c.sha256).where(table.c.document_id == document_id)
    return [(kind, key, digest) for kind, key, digest in connection.execute(query.order_by(table.c.kind, table.c.key))]


def findings(connection: Connection, document_id: int) -> list[tuple[str, str, str]]:
    """(code, level, message) of what the checks said of a draft, in order."""
    table = tables.disclosure_finding
    query = select(table.c.code, table.c.level, table.c.message).where(table.c.document_id == document_id)
    return [(code, level, message) for code, level, message in connection.execute(query.order_by(table.c.number))]


def stored_files(connection: Connection, document_id: int) -> Iterator[tuple[str, bytes, str]]:
    """(name, content, sha256 stored beside it) of the files of an edition, one at a time, by name."""
    table = tables.disclosure_file
    query = select(table.c.name, table.c.content, table.c.sha256).where(table.c.document_id == document_id)
    for name, content, digest in connection.execute(query.order_by(table.c.name)):
        yield name, bytes(content), digest


def files(connection: Connection, document_id: int) -> list[tuple[str, bytes]]:
    """(name, content) of the published files of an edition, by name."""
    table = tables.disclosure_file
    query = select(table.c.name, table.c.content).where(table.c.document_id == document_id).order_by(table.c.name)
    return [(name, bytes(content)) for name, content in connection.execute(query)]


def insert_document(
    connection: Connection,
    row: Mapping[str, Any],
    lineage: Iterable[tuple[str, str, str]],
    found: Iterable[tuple[str, str, str]],
) -> int:
    """Append a draft with its lineage and findings; returns its id. Call it with the writer's lock held."""
    table = tables.disclosure_document
    plan_id = connection.execute(select(inputs.plan.c.id).where(inputs.plan.c.code == row["plan"])).scalar_one()
    document_id = _next_id(connection, table)
    stored = {**row, "id": document_id, "plan_id": plan_id}
    del stored["plan"]
    _insert(connection, table, [stored])
    _insert(
        connection,
        tables.disclosure_source,
        [{"document_id": document_id, "kind": kind, "key": key, "sha256": digest} for kind, key, digest in lineage],
    )
    _insert(
        connection,
        tables.disclosure_finding,
        [
            {"document_id": document_id, "number": at, "code": code, "level": level, "message": message}
            for at, (code, level, message) in enumerate(found, 1)
        ],
    )
    return document_id


def insert_event(connection: Connection, document_id: int, step: str, by: str, at: int, content_hash: str) -> None:
    """Append what happened to a draft, chained to what happened before. Call it with the writer's lock held.

    What comes with the step must be stored already: a draft's inputs and findings, a publication's files.
    """
    table = tables.disclosure_event
    attached, previous = attached_hash(connection, document_id, step), last_hash(connection)
    event = ChainedEvent(
        _next_id(connection, table), document_id, step, by, at, content_hash, attached, previous, hash=""
    )
    (document,) = documents(connection, document_id=document_id)
    _insert(connection, table, [{**asdict(event), "hash": event_hash(astuple(document), event)}])


def insert_files(connection: Connection, document_id: int, content: Sequence[tuple[str, bytes, str]]) -> None:
    """Append the published files of an edition: (name, bytes, sha256)."""
    _insert(
        connection,
        tables.disclosure_file,
        [
            {"document_id": document_id, "name": name, "content": data, "sha256": digest}
            for name, data, digest in content
        ],
    )


def _next_id(connection: Connection, table: Any) -> int:
    return int(connection.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one()) + 1


def _insert(connection: Connection, table: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        return
    if any(isinstance(value, bytes) for value in rows[0].values()):
        connection.execute(table.insert(), [dict(row) for row in rows])  # bytes do not go through a text COPY
        return
    insert_columns(connection, table, {name: [row[name] for row in rows] for name in rows[0]})
