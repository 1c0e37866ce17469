"""Editions as people ask for them: where each stands, what moved since, what a draft changes, and their files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from modelx.disclosure.checks_document import check_lineage
from modelx.disclosure.document_read import document_of
from modelx.disclosure.document_rows import Change, changes, flat_rows
from modelx.disclosure.lifecycle import EditionEvent, Standing, Step, standing
from modelx.disclosure.option import Lineage
from modelx.domain.days import date_of
from modelx.domain.errors import NotFound
from modelx.domain.finding import Finding
from modelx.services.disclosure_default_notice import draw_default
from modelx.services.disclosure_draw import NoticeSource, draw_plan
from modelx.services.disclosure_drawing import NoticeDates
from modelx.services.disclosure_index import BENCHMARK, index_lineage
from modelx.services.disclosure_notices import DEFAULT, edition_events, paper_of, waiting_bundles
from modelx.store import disclosure_records as records
from modelx.store.disclosure_records import StoredDocument
from modelx.store.engine import Connection, Engine
from modelx.store.unit_of_work import reading

OUT = (Standing.PUBLISHED, Standing.SUPERSEDED)


@dataclass(frozen=True, slots=True)
class ListedEdition:
    """One draft or edition: where it stands, its hash, who did what, and what the checks said when it was drafted."""

    document: StoredDocument
    standing: Standing
    by: tuple[tuple[str, str], ...]
    findings: tuple[tuple[str, str, str], ...]
    flags: tuple[Finding, ...] = ()


def list_editions(engine: Engine, plan: str | None = None, *, flags: bool = False) -> list[ListedEdition]:
    """Every edition of a plan (None = all): the latest draft of each number, and where it stands.

    ``flags`` draws every edition that went out again, superseded or not, and says which of its inputs have a later
    version (DIA-053).
    """
    with reading(engine) as connection:
        documents = records.documents(connection, plan)
        stored = records.events(connection, plan)
        events = edition_events(stored)
        by_id = {one.id: one for one in documents}
        latest = {(event.place, event.version): by_id[event.document_id] for event in stored}
        found = []
        flagged = _flags(connection, list(latest.values()), events) if flags else {}
        for one in latest.values():
            state = standing(events, one.place, one.version)
            if state is None:
                continue
            who = tuple((event.step, event.by) for event in stored if event.document_id == one.id)
            said = tuple(records.findings(connection, one.id))
            found.append(ListedEdition(one, state, who, said, flagged.get(one.id, ())))
    return sorted(found, key=lambda one: (one.document.place, one.document.version))


def changes_waiting(engine: Engine, plan: str) -> list[tuple[str, Change]]:
    """What a plan's waiting drafts say otherwise than the last published edition of their place, by place.

    Raises :class:`NotFound` when nothing waits. A place that was never published has no changes to tell.
    """
    with reading(engine) as connection:
        waiting = [one for bundle in waiting_bundles(connection, plan) for one in bundle.documents]
        out = {
            event.place: event.document_id
            for event in records.events(connection, plan)
            if event.step == Step.PUBLISHED.value
        }
        found: list[tuple[str, Change]] = []
        for one in waiting:
            if one.place not in out:
                continue
            before, after = (
                flat_rows(document_of(records.content_of(connection, number))) for number in (out[one.place], one.id)
            )
            found += [(one.place, change) for change in changes(before, after)]
    return found


def published_editions(engine: Engine) -> list[tuple[StoredDocument, tuple[tuple[str, bytes], ...]]]:
    """Every published edition, superseded ones included, with its files as they were published."""
    with reading(engine) as connection:
        documents = {one.id: one for one in records.documents(connection)}
        out = [event.document_id for event in records.events(connection) if event.step == Step.PUBLISHED.value]
        return [(documents[one], tuple(records.files(connection, one))) for one in out]


def restated_editions(connection: Connection, plan: str | None = None) -> tuple[Finding, ...]:
    """DIA-053 for every edition of a plan (None = all) that stands, with inputs no longer those it was drawn from."""
    events = edition_events(records.events(connection, plan))
    documents = {(one.place, one.version, one.content_hash): one for one in records.documents(connection, plan)}
    stands = [
        documents[event.place, event.version, event.content_sha256]
        for event in events
        if event.step is Step.PUBLISHED and standing(events, event.place, event.version) is Standing.PUBLISHED
    ]
    return tuple(item for found in _flags(connection, stands, events).values() for item in found)


def _flags(
    connection: Connection, latest: Sequence[StoredDocument], events: Sequence[EditionEvent]
) -> dict[int, tuple[Finding, ...]]:
    """DIA-053 of what went out, superseded editions too: which inputs are no longer those it was drawn from.

    Each plan is drawn once for each set of dates among its editions, from one reading of the book. An index that an
    option is no longer measured against is compared by itself: another benchmark is no restatement.
    """
    out = [one for one in latest if standing(events, one.place, one.version) in OUT]
    if not out:
        return {}
    source = NoticeSource.read(connection, sorted({one.plan for one in out}))
    drawn: dict[tuple[str, str, NoticeDates, str], dict[tuple[str, str], str]] = {}
    flagged: dict[int, tuple[Finding, ...]] = {}
    for one in out:
        dates = NoticeDates(date_of(one.document_date), date_of(one.as_of), date_of(one.quarter_end))
        at = (paper_of(one), one.plan, dates, one.base)
        if at not in drawn:
            drawn[at] = _inputs_now(source, *at)
        used = [Lineage(kind, key, digest) for kind, key, digest in records.sources(connection, one.id)]
        versions = dict(drawn[at])
        for item in used:
            if item.kind == BENCHMARK and (item.kind, item.key) not in versions:
                versions[item.kind, item.key] = index_lineage(source.book, item.key, dates).sha256
        flagged[one.id] = check_lineage(f"{one.place} edition {one.version}", used, versions)
    return flagged


def _inputs_now(
    source: NoticeSource, paper: str, plan: str, dates: NoticeDates, base: str
) -> dict[tuple[str, str], str]:
    """The version of every input of a plan's notices as they would be drawn now; none of a default it names no more."""
    try:
        now = (
            draw_default(source, plan, dates, base, {})
            if paper == DEFAULT
            else draw_plan(source, plan, dates, base, {}, {})
        )
    except NotFound:
        return {}
    return {(item.kind, item.key): item.sha256 for document in now.documents.values() for item in document.lineage}
