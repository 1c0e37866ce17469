"""Approval: another person names the hash of a preview that still stands, and the change enters the book as a load.

The preview is made again inside the approving transaction. When anything moved, nothing is written and the inputs that
moved are named.
"""

from __future__ import annotations

from dataclasses import dataclass

from modelx.domain.approval import SealedPreview, check_approval
from modelx.domain.errors import AwaitingApproval, InvalidInput
from modelx.services.change_load import signed_reference
from modelx.services.change_preview import PreviewedChange, make_preview, open_change
from modelx.services.night_replay import load_state
from modelx.store import change_records, load_records
from modelx.store.change_records import ChangeRecord
from modelx.store.engine import Engine
from modelx.store.unit_of_work import reading, writing

HASH_LEAST = 12


@dataclass(frozen=True, slots=True)
class Approved:
    """An approved change: the load that brought it, and the preview that was approved."""

    load_id: int
    checker: str
    shown: PreviewedChange


def approve_change(engine: Engine, change_id: int, sha256: str, checker: str, note: str, recorded_at: int) -> Approved:
    """Approve a change by its preview's hash (at least its first 12 characters).

    Raises :class:`AwaitingApproval` when it was not previewed, :class:`NotPermitted` when the maker approves,
    :class:`StalePreview` for another hash or when inputs moved (named), and what :func:`preview_stored` raises.
    """
    state = load_state(engine)
    with writing(engine) as connection:
        change_records.lock_for_changes(connection)
        load_records.lock_for_loading(connection)
        record = open_change(connection, change_id)
        sealed = record.preview
        if sealed is None:
            raise AwaitingApproval(f"change {change_id} has no preview yet: `modelx model preview {change_id}` first")
        proposed = SealedPreview(sealed.sha256, record.draft.maker, sealed.inputs)
        named = _whole_hash(sha256, sealed.sha256)
        check_approval(named, checker, proposed, proposed)  # who and which, before anything is computed
        draft = record.draft
        signed = signed_reference(draft.id, draft.content_hash, sealed.sha256, draft.maker, checker.strip())
        shown = make_preview(connection, state, record, signed, recorded_at)
        check_approval(named, checker, proposed, shown.sealed)
        load_id = load_records.latest_load(connection)
        change_records.insert_approval(
            connection,
            {
                "change_id": change_id,
                "preview_id": sealed.id,
                "sha256": sealed.sha256,
                "maker": record.draft.maker,
                "checker": checker.strip(),
                "note": note,
                "load_id": load_id,
                "recorded_at": recorded_at,
            },
        )
    return Approved(load_id, checker.strip(), shown)


def list_changes(engine: Engine) -> list[ChangeRecord]:
    """Every change that was ever drafted, in order."""
    with reading(engine) as connection:
        return change_records.changes(connection)


def _whole_hash(given: str, stored: str) -> str:
    """The stored hash when the one given is its beginning; else what was given, to be refused."""
    text = given.strip().lower()
    if len(text) < HASH_LEAST:
        raise InvalidInput(f"give at least the first {HASH_LEAST} characters of the preview's hash")
    return stored if stored.startswith(text) else text
