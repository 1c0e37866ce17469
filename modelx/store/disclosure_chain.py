"""The chain of what happened to notices: each step's hash covers the one before it, the draft, and what came with it.

A draft comes with its findings and inputs, a publication with its files. So an edited, lost, added or swapped row
shows, whoever made it. Source: ``spec/ledger.md`` 3.4, ``spec/disclosure.md`` 11 (DIA-053).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from modelx.ledger.chain import GENESIS, chained, digest_of_columns
from modelx.store.tables import disclosure as tables
from modelx.store.versions import read_rows

DRAFTED, PUBLISHED = "drafted", "published"


@dataclass(frozen=True, slots=True)
class ChainedEvent:
    """One stored step and the hashes stored with it, in hexadecimal."""

    id: int
    document_id: int
    step: str
    by: str
    at: int
    content_hash: str
    attached_hash: str
    prev_hash: str
    hash: str


def last_hash(connection: Connection) -> str:
    """The hash of the newest step, the genesis before the first."""
    table = tables.disclosure_event
    found = connection.execute(select(table.c.hash).order_by(table.c.id.desc()).limit(1)).scalar_one_or_none()
    return GENESIS.hex() if found is None else str(found)


def attached_hash(connection: Connection, document_id: int, step: str) -> str:
    """The hash of what is stored with a step: a draft's inputs and findings, a publication's files; else nothing."""
    where = f"document_id = {int(document_id)}"
    if step == DRAFTED:
        found = read_rows(
            connection, tables.disclosure_finding, ("number", "code", "level", "message"), where, ("number",)
        )
        used = read_rows(connection, tables.disclosure_source, ("kind", "key", "sha256"), where)
        rows = sorted(zip(used["kind"], used["key"], used["sha256"], strict=True))
        columns = {name: [row[at] for row in rows] for at, name in enumerate(used)}
        return digest_of_columns({**found, **columns}).hex()
    if step == PUBLISHED:
        files = read_rows(connection, tables.disclosure_file, ("name", "sha256"), where)
        pairs = sorted(zip(files["name"], files["sha256"], strict=True))
        return digest_of_columns({"name": [name for name, _ in pairs], "sha256": [digest for _, digest in pairs]}).hex()
    return ""


def event_hash(document: Sequence[object], event: ChainedEvent) -> str:
    """The hash a step must have: over ``prev_hash``, its draft's columns in order, its own, and what is attached."""
    own = (event.id, event.step, event.by, event.at, event.content_hash, event.attached_hash)
    return chained(bytes.fromhex(event.prev_hash), [str(value).encode() for value in (*document, *own)]).hex()


def chained_events(connection: Connection) -> Iterator[ChainedEvent]:
    """Every stored step in order."""
    table = tables.disclosure_event
    columns = (table.c[name] for name in ChainedEvent.__dataclass_fields__)
    for row in connection.execute(select(*columns).order_by(table.c.id)):
        yield ChainedEvent(*row)
