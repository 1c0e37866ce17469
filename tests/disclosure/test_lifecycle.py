from datetime import UTC, datetime

import pytest

from modelx.disclosure.codes import finding
from modelx.disclosure.lifecycle import EditionEvent, Standing, drafted, published, reviewed, standing
from modelx.domain.errors import Blocked, Conflict, NotPermitted, StalePreview
from modelx.domain.finding import Level

AT = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
HASH, OTHER = "a" * 64, "b" * 64


def draft(by: str = "ana", sha: str = HASH, events: tuple[EditionEvent, ...] = ()) -> EditionEvent:
    return drafted(events, "acme", by, AT, sha)


def full() -> tuple[EditionEvent, ...]:
    first = draft()
    second = reviewed([first], "acme", 1, "ben", AT, HASH)
    return first, second, published([first, second], "acme", 1, "cy", AT, HASH, [])


def test_three_people_bring_an_edition_out_and_the_next_one_supersedes_it() -> None:
    events = full()
    assert [standing(events[:n], "acme", 1) for n in range(4)] == [
        None, Standing.DRAFT, Standing.REVIEW, Standing.PUBLISHED,
    ]  # fmt: skip
    second = draft(sha=OTHER, events=events)
    assert second.version == 2
    assert standing((*events, second), "acme", 1) is Standing.PUBLISHED
    review = reviewed((*events, second), "acme", 2, "ben", AT, OTHER)
    out = published((*events, second, review), "acme", 2, "cy", AT, OTHER, [])
    later = (*events, second, review, out)
    assert (standing(later, "acme", 1), standing(later, "acme", 2)) == (Standing.SUPERSEDED, Standing.PUBLISHED)


def test_nobody_reviews_or_publishes_their_own_work() -> None:
    first, second, _ = full()
    with pytest.raises(NotPermitted, match="drafted by  Ana "):
        reviewed([first], "acme", 1, " Ana ", AT, HASH)
    for own in ("ana", "ben", " BEN"):
        with pytest.raises(NotPermitted, match="drafted by ana and reviewed by ben"):
            published([first, second], "acme", 1, own, AT, HASH, [])


def test_a_hash_that_is_not_the_drafts_is_stale() -> None:
    first, second, _ = full()
    with pytest.raises(StalePreview, match="Read it again"):
        reviewed([first], "acme", 1, "ben", AT, OTHER)
    with pytest.raises(StalePreview):
        reviewed([], "acme", 1, "ben", AT, HASH)
    again = draft("ana", OTHER)
    assert standing([first, second, again], "acme", 1) is Standing.DRAFT
    with pytest.raises(StalePreview, match="changed after its review"):
        published([first, second, again], "acme", 1, "cy", AT, OTHER, [])


def test_an_open_error_or_a_missing_review_blocks_and_a_warning_does_not() -> None:
    first, second, _ = full()
    with pytest.raises(Blocked, match="not been reviewed"):
        published([first], "acme", 1, "cy", AT, HASH, [])
    error = finding("DIA-010", "ACME/GROW/A", "none is named")
    with pytest.raises(Blocked, match=r"DIA-010: .*Name a broad total-return index"):
        published([first, second], "acme", 1, "cy", AT, HASH, [error])
    warning = finding("DIA-024", "ACME/GROW/A", "x")
    assert warning.level is Level.WARN
    assert published([first, second], "acme", 1, "cy", AT, HASH, [warning]).by == "cy"


def test_what_is_published_stays_as_it_is() -> None:
    events = full()
    with pytest.raises(Conflict, match="stays as it is"):
        reviewed(events, "acme", 1, "ben", AT, HASH)
    with pytest.raises(Conflict, match="Draft the next edition"):
        published(events, "acme", 1, "dee", AT, HASH, [])
    assert standing(events, "other", 1) is None


@pytest.mark.parametrize("name", ["ana", "Ana", " ANA ", "ana\u00a0", "\uff21na"])
def test_a_person_is_one_person_however_spelled(name: str) -> None:
    first, second, _ = full()
    with pytest.raises(NotPermitted):
        reviewed([first], "acme", 1, name, AT, HASH)
    with pytest.raises(NotPermitted):
        published([first, second], "acme", 1, name, AT, HASH, [])
