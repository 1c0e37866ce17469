"""Draft, review, publish: the life of a notice in the database, bound to the hash of what was read.

A publication draws the notice again from the database as it is now: when a figure moved since the draft, the hash
differs and nothing is published. Published editions keep their files; nothing is ever changed. Source: ``design.md``
(preview binds approval), ``spec/disclosure.md`` 11 (DIA-053).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256

from modelx.disclosure.document import Document, canonical_json, content_hash
from modelx.disclosure.lifecycle import EditionEvent, Standing, Step, drafted, published, reviewed, standing
from modelx.domain.days import date_of, day_of
from modelx.domain.errors import InvalidInput, NotFound, StalePreview
from modelx.domain.finding import Finding
from modelx.services.disclosure_default import default_of
from modelx.services.disclosure_default_notice import draw_default
from modelx.services.disclosure_draw import NoticeSource, PlanNotice, draw_plan
from modelx.services.disclosure_drawing import NoticeDates
from modelx.services.known_names import require_known
from modelx.store import disclosure_records as records
from modelx.store.disclosure_records import StoredDocument, StoredEvent
from modelx.store.engine import Connection, Engine
from modelx.store.unit_of_work import reading, writing

ANNUAL, DEFAULT = "annual", "default"
PAPERS = (ANNUAL, DEFAULT)
Render = Callable[[Document, str], Sequence[tuple[str, bytes]]]
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Bundle:
    """A plan's documents that go through review and publication together, and the one hash that names them all."""

    plan: str
    sha256: str
    documents: tuple[StoredDocument, ...]
    findings: tuple[Finding, ...] = ()


def draft_plans(
    engine: Engine,
    plans: Sequence[str] | None,
    on: date,
    base: str,
    by: str,
    at: int,
    as_of: date | None = None,
    progress: Progress | None = None,
    paper: str = ANNUAL,
) -> list[Bundle]:
    """Draw and store the chart and pages of each plan (None = all) dated ``on``; a draft that is the same stays.

    All plans are drawn from one state of the book, each stored as soon as it is drawn.

    ``paper`` ``default`` draws the default notice instead, of all plans that name a default option. ``as_of`` is the
    last year end unless another is asked for (which the checks refuse, DIA-002). Raises :class:`InvalidInput` for a
    draft without a name, another paper, or a base address that is not https, and :class:`NotFound` for a default notice
    of a plan that names no default.
    """
    _named(by)
    if paper not in PAPERS:
        raise InvalidInput(f"{paper!r} is no paper: write {' or '.join(PAPERS)}")
    with reading(engine) as connection:
        source = NoticeSource.read(connection, plans)
        dates = source.dates(on, as_of)
        every = {plan for plan, _ in source.book.sleeves} | set(source.book.line_up)
        names = sorted(every if plans is None else plans)
        bundles = []
        for done, plan in enumerate(names):
            if progress is not None:
                progress(done, len(names), plan)
            if plans is None and not _owes(source, plan, on, paper):
                continue
            try:
                notice = _draw(connection, source, plan, dates, base, paper)
            except InvalidInput as error:
                raise InvalidInput(f"{plan}: {error}") from error
            with writing(engine) as writer:  # plan by plan: a notice drawn is stored and let go
                records.lock_for_notices(writer)
                bundles.append(_store(writer, notice, base, by, at))
    if progress is not None:
        progress(len(names), len(names), "drafted")
    return bundles


def review_plan(engine: Engine, plan: str, bundle_sha256: str, by: str, at: int) -> Bundle:
    """A second person's approval of a plan's latest drafts, by their common hash.

    Raises :class:`StalePreview` for another hash, :class:`NotPermitted` for one's own draft, :class:`NotFound` when
    nothing waits.
    """
    _named(by)
    with writing(engine) as connection:
        records.lock_for_notices(connection)
        bundle = _asked_for(connection, plan, bundle_sha256)
        events = edition_events(records.events(connection, plan))
        for document in bundle.documents:
            event = reviewed(events, document.place, document.version, by, _instant(at), document.content_hash)
            _record(connection, document, event, at)
    return bundle


def publish_plan(engine: Engine, plan: str, bundle_sha256: str, by: str, at: int, render: Render) -> Bundle:
    """The publication of a plan's reviewed drafts by a third person, with their files in every format.

    ``render`` turns a document and its place into (name, bytes). The notice is drawn again first: what is published is
    what the database says now. Raises :class:`StalePreview` when that is no longer what was reviewed,
    :class:`Blocked` with the codes of open errors or without a review, :class:`NotPermitted` for one's own work.
    """
    _named(by)
    with reading(engine) as connection:
        bundle = _asked_for(connection, plan, bundle_sha256)
        notice = _drawn_again(connection, bundle)
    moved = {place: content_hash(document) for place, document in notice.documents.items()}
    found = tuple(item for items in notice.findings.values() for item in items)
    with writing(engine) as connection:
        records.lock_for_notices(connection)
        events = edition_events(records.events(connection, plan))
        decided = []
        for one in bundle.documents:
            digest, said = moved.get(one.place, ""), notice.findings.get(one.place, found)
            decided.append(published(events, one.place, one.version, by, _instant(at), digest, said))
        for document, event in zip(bundle.documents, decided, strict=True):
            rendered = render(notice.documents[document.place], document.place)
            stored = [(name, data, sha256(data).hexdigest()) for name, data in rendered]
            records.insert_files(connection, document.id, stored)
            _record(connection, document, event, at)
    return bundle


def _owes(source: NoticeSource, plan: str, on: date, paper: str) -> bool:
    if paper == DEFAULT and not default_of(source.book, plan):
        return False
    begun = any(row["start_date"] <= day_of(on) for (owner, _), row in source.book.sleeves.items() if owner == plan)
    return begun or any(row["start"] <= day_of(on) for row in source.book.line_up.get(plan, ()))


def _draw(
    connection: Connection, source: NoticeSource, plan: str, dates: NoticeDates, base: str, paper: str
) -> PlanNotice:
    events = records.events(connection, plan)
    out = {event.place: event for event in events if event.step == Step.PUBLISHED.value}
    versions = {place: event.version + 1 for place, event in out.items()}
    if paper == DEFAULT:
        return draw_default(source, plan, dates, base, versions)
    return draw_plan(source, plan, dates, base, versions, _previous_benchmarks(connection, plan, out))


def _previous_benchmarks(connection: Connection, plan: str, out: dict[str, StoredEvent]) -> dict[str, str]:
    """The benchmark of each option's last published page."""
    documents = {one.id: one for one in records.documents(connection, plan)}
    found: dict[str, str] = {}
    for event in out.values():
        document = documents[event.document_id]
        named = [key for kind, key, _ in records.sources(connection, document.id) if kind == "benchmark"]
        if document.kind == "page" and named:
            found[document.subject] = named[0]
    return found


def _drawn_again(connection: Connection, bundle: Bundle) -> PlanNotice:
    first = bundle.documents[0]
    source = NoticeSource.read(connection, [bundle.plan])
    dates = NoticeDates(date_of(first.document_date), date_of(first.as_of), date_of(first.quarter_end))
    return _draw(connection, source, bundle.plan, dates, first.base, paper_of(first))


def _store(connection: Connection, notice: PlanNotice, base: str, by: str, at: int) -> Bundle:
    known = {(one.place, one.version, one.content_hash): one for one in records.documents(connection, notice.plan)}
    events = edition_events(records.events(connection, notice.plan))
    dates = notice.dates
    for place, document in notice.documents.items():
        digest = content_hash(document)
        event = drafted(events, place, by, _instant(at), digest)
        stored = known.get((place, event.version, digest))
        before = [one for one in events if (one.place, one.step) == (place, Step.DRAFTED)]
        if stored is not None:
            if before[-1].content_sha256 != digest:
                records.insert_event(connection, stored.id, Step.DRAFTED.value, by, at, digest)
            continue
        row = {
            "place": place, "version": event.version, "kind": document.kind, "plan": notice.plan,
            "subject": document.subject, "title": document.title, "document_date": day_of(dates.document),
            "as_of": day_of(dates.as_of), "quarter_end": day_of(dates.quarter_end), "load_horizon": notice.horizon,
            "base": base, "content": canonical_json(document), "content_hash": digest, "recorded_at": at,
        }  # fmt: skip
        lineage = [(item.kind, item.key, item.sha256) for item in document.lineage]
        said = [(item.code, item.level.value, item.message) for item in notice.findings[place]]
        number = records.insert_document(connection, row, lineage, said)
        records.insert_event(connection, number, Step.DRAFTED.value, by, at, digest)
    paper = paper_of(next(iter(notice.documents.values())))
    bundle = next(one for one in waiting_bundles(connection, notice.plan) if paper_of(one.documents[0]) == paper)
    found = {(item.code, item.message): item for items in notice.findings.values() for item in items}
    return Bundle(bundle.plan, bundle.sha256, bundle.documents, tuple(found.values()))


def waiting_bundles(connection: Connection, plan: str) -> list[Bundle]:
    """The drafts that are not published yet, for each paper those of its latest document date: one a place.

    Raises :class:`NotFound` when nothing waits.
    """
    require_known(connection, plan=plan)
    stored = records.events(connection, plan)
    events, documents = edition_events(stored), {one.id: one for one in records.documents(connection, plan)}
    last = {event.place: documents[event.document_id] for event in stored if event.step == Step.DRAFTED.value}
    open_ones = (Standing.DRAFT, Standing.REVIEW)
    waits = [one for one in last.values() if standing(events, one.place, one.version) in open_ones]
    if not waits:
        raise NotFound(f"{plan} has no draft that waits: `modelx disclosure draft --plan {plan}` makes one")
    bundles = []
    for paper in PAPERS:
        mine = [one for one in waits if paper_of(one) == paper]
        if mine:
            newest = max(mine, key=lambda one: one.id).document_date
            together = tuple(one for one in mine if one.document_date == newest)
            bundles.append(Bundle(plan, _bundle_hash(together), together))
    return bundles


def _asked_for(connection: Connection, plan: str, asked: str) -> Bundle:
    """The waiting bundle whose hash begins with what was asked for, at least twelve characters of it."""
    bundles = waiting_bundles(connection, plan)
    for bundle in bundles:
        if len(asked) >= 12 and bundle.sha256.startswith(asked.lower()):
            return bundle
    waiting = " and ".join(f"{bundle.sha256[:12]} ({paper_of(bundle.documents[0])})" for bundle in bundles)
    raise StalePreview(
        f"{plan}: the drafts that wait are {waiting}, not {asked[:12]}. Read them again: "
        f"`modelx disclosure list --plan {plan}`"
    )


def paper_of(document: Document | StoredDocument) -> str:
    """The paper a document belongs to: what is drafted, reviewed and published together."""
    return DEFAULT if document.kind == "default" else ANNUAL


def _bundle_hash(documents: Iterable[StoredDocument]) -> str:
    digest = sha256()
    for one in sorted(documents, key=lambda document: document.place):
        digest.update(f"{one.place} {one.version} {one.content_hash}\n".encode())
    return digest.hexdigest()


def edition_events(events: Iterable[StoredEvent]) -> list[EditionEvent]:
    """Stored events as the lifecycle's rules take them."""
    return [
        EditionEvent(one.place, one.version, Step(one.step), one.by, _instant(one.at), one.content_hash)
        for one in events
    ]


def _record(connection: Connection, document: StoredDocument, event: EditionEvent, at: int) -> None:
    records.insert_event(connection, document.id, event.step.value, event.by, at, event.content_sha256)


def _instant(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1_000_000, UTC)


def _named(by: str) -> None:
    if not by.strip():
        raise InvalidInput("say who you are: --by NAME")
