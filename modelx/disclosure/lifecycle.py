"""Draft, review, publish, superseded: by different people, bound to the content's hash, never undone.

Pure decisions: a service reads the events of an edition, asks here, and appends the next event. Nothing published is
changed or deleted; a later edition supersedes it. Source: ``design.md`` (preview binds approval), issue section 5.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from modelx.domain.approval import plain_name
from modelx.domain.errors import Blocked, Conflict, NotPermitted, StalePreview
from modelx.domain.finding import Finding, Level


class Step(Enum):
    """What happened to an edition."""

    DRAFTED = "drafted"
    REVIEWED = "reviewed"
    PUBLISHED = "published"


class Standing(Enum):
    """Where an edition stands."""

    DRAFT = "draft"
    REVIEW = "in review"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class EditionEvent:
    """One step of one edition of a place: who, when, and over which content hash."""

    place: str
    version: int
    step: Step
    by: str
    at: datetime
    content_sha256: str


def drafted(events: Sequence[EditionEvent], place: str, by: str, at: datetime, content_sha256: str) -> EditionEvent:
    """The draft of the next edition of ``place``; a draft that was not published yet is replaced under its number."""
    published = [one.version for one in events if one.place == place and one.step is Step.PUBLISHED]
    return EditionEvent(place, max(published, default=0) + 1, Step.DRAFTED, by, at, content_sha256)


def reviewed(
    events: Sequence[EditionEvent], place: str, version: int, by: str, at: datetime, content_sha256: str
) -> EditionEvent:
    """A second person's approval of the latest draft, by its hash.

    Raises :class:`StalePreview` when the hash is not the latest draft's, :class:`NotPermitted` for one's own draft,
    :class:`Conflict` for a published edition.
    """
    draft = _latest(events, place, version, Step.DRAFTED)
    _not_published(events, place, version)
    if draft is None or draft.content_sha256 != content_sha256:
        known = draft.content_sha256[:12] if draft else "none"
        raise StalePreview(f"{place} {version}: the draft is {known}, not {content_sha256[:12]}. Read it again.")
    if plain_name(draft.by) == plain_name(by):
        raise NotPermitted(f"{place} {version} was drafted by {by}. Somebody else reviews it.")
    return EditionEvent(place, version, Step.REVIEWED, by, at, content_sha256)


def published(
    events: Sequence[EditionEvent],
    place: str,
    version: int,
    by: str,
    at: datetime,
    content_sha256: str,
    findings: Iterable[Finding],
) -> EditionEvent:
    """The publication of a reviewed draft by somebody who neither drafted nor reviewed it.

    ``findings`` are those of the draft checked now. Raises :class:`Blocked` with their codes when one blocks or there
    is no review, :class:`StalePreview` when the draft moved since its review, :class:`NotPermitted` for one's own work,
    :class:`Conflict` when the edition is out.
    """
    _not_published(events, place, version)
    draft, review = _latest(events, place, version, Step.DRAFTED), _latest(events, place, version, Step.REVIEWED)
    if draft is None or review is None:
        raise Blocked(f"{place} {version} has not been reviewed. A second person reviews it first.")
    if not draft.content_sha256 == review.content_sha256 == content_sha256:
        raise StalePreview(f"{place} {version}: the draft changed after its review. Review it again.")
    if plain_name(by) in (plain_name(draft.by), plain_name(review.by)):
        raise NotPermitted(
            f"{place} {version} was drafted by {draft.by} and reviewed by {review.by}: not {by} as well."
        )
    blocks = [one for one in findings if one.level is Level.BLOCK]
    if blocks:
        raise Blocked(f"{place} {version} has open errors: " + " ".join(f"{one.code}: {one.message}" for one in blocks))
    return EditionEvent(place, version, Step.PUBLISHED, by, at, content_sha256)


def standing(events: Sequence[EditionEvent], place: str, version: int) -> Standing | None:
    """Where an edition stands after ``events``; ``None`` when it was never drafted."""
    steps = {one.step for one in events if one.place == place and one.version == version}
    if Step.PUBLISHED in steps:
        later = any(
            one.place == place and one.version > version and one.step is Step.PUBLISHED for one in events
        )  # fmt: skip
        return Standing.SUPERSEDED if later else Standing.PUBLISHED
    if Step.REVIEWED in steps:
        draft, review = _latest(events, place, version, Step.DRAFTED), _latest(events, place, version, Step.REVIEWED)
        same = draft is not None and review is not None and draft.content_sha256 == review.content_sha256
        return Standing.REVIEW if same else Standing.DRAFT
    return Standing.DRAFT if Step.DRAFTED in steps else None


def _latest(events: Sequence[EditionEvent], place: str, version: int, step: Step) -> EditionEvent | None:
    found = [one for one in events if (one.place, one.version, one.step) == (place, version, step)]
    return found[-1] if found else None


def _not_published(events: Sequence[EditionEvent], place: str, version: int) -> None:
    if _latest(events, place, version, Step.PUBLISHED) is not None:
        raise Conflict(f"{place} {version} is published and stays as it is. Draft the next edition.")
