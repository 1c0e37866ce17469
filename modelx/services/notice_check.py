"""``db check`` of notices: each draft, its inputs, who did what, and every published file, hashed again.

What a participant was shown years ago is proved by this: a byte changed in a stored notice or file is named by its
place, edition and file. Source: ``spec/disclosure.md`` 11 (DIA-053), issue section 5.
"""

from __future__ import annotations

from dataclasses import astuple
from hashlib import sha256

from modelx.ledger.chain import GENESIS
from modelx.ledger.checks import CheckResult, FirstProblems, Problem
from modelx.store import disclosure_chain as chain
from modelx.store import disclosure_records as records
from modelx.store.disclosure_records import StoredDocument
from modelx.store.engine import Connection

NAME = "notices"


def check_notices(connection: Connection) -> list[CheckResult]:
    """The named invariant: its first problem, or how much was hashed again. A file is read at a time."""
    problems, files = FirstProblems(), 0
    documents = records.documents(connection)
    with problems.watching(NAME):
        for one in documents:
            problems.note(NAME, _content_problem(connection, one))
            for name, content, digest in records.stored_files(connection, one.id):
                files += 1
                if sha256(content).hexdigest() != digest:
                    problems.note(NAME, f"{_named(one)}: {name} is not what was published")
        problems.note(NAME, _chain_problem(connection, {one.id: one for one in documents}))
    return [problems.result(NAME, f"{len(documents):,} drafts and editions with {files:,} files, hashed again")]


def _content_problem(connection: Connection, one: StoredDocument) -> Problem:
    if sha256(records.content_of(connection, one.id).encode()).hexdigest() == one.content_hash:
        return None
    return f"{_named(one)}: the stored notice is not what was hashed"


def _chain_problem(connection: Connection, documents: dict[int, StoredDocument]) -> Problem:
    previous, steps = GENESIS.hex(), set()
    for at, event in enumerate(chain.chained_events(connection), 1):
        one = documents.get(event.document_id)
        if one is None:
            return f"step {event.id} is about a notice that is not there"
        steps.add((event.document_id, event.step))
        if event.id != at or event.prev_hash != previous:
            return f"{_named(one)}: the step {event.step} does not follow the one before it"
        if event.content_hash != one.content_hash:
            return f"{_named(one)}: it was {event.step} under another hash"
        if event.attached_hash != chain.attached_hash(connection, event.document_id, event.step):
            with_it = "inputs or findings" if event.step == chain.DRAFTED else "files"
            return f"{_named(one)}: the {with_it} are not those it was {event.step} with"
        if event.hash != chain.event_hash(astuple(one), event):
            return f"{_named(one)}: the step {event.step} is not what was hashed"
        previous = event.hash
    undrafted = [one for number, one in documents.items() if (number, chain.DRAFTED) not in steps]
    return f"{_named(undrafted[0])}: nobody drafted it" if undrafted else None


def _named(one: StoredDocument) -> str:
    return f"{one.place} edition {one.version}"
