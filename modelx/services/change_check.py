"""``modelx db check`` on changes: what was drafted, previewed and approved is what the loads they became say.

The hash of an approved change, of its preview, and both names are part of the content hash of its load, which the
chain of loads covers: none of them can be altered afterwards without being found here.
"""

from __future__ import annotations

from modelx.domain.approval import are_two_people
from modelx.domain.change import Change, content_hash
from modelx.ledger.checks import CheckResult
from modelx.services.book_entry import BookEntry
from modelx.services.change_load import CHANGE, SERIES, change_files, change_name, signed_reference
from modelx.services.series_views import audit_known
from modelx.store import change_records, family_records, load_records
from modelx.store.change_records import ChangeRecord
from modelx.store.engine import Connection
from modelx.store.load_records import Load


def check_changes(connection: Connection) -> list[CheckResult]:
    """The results ``changes`` (drafts, previews, approvals and their loads) and ``series`` (rule-made versions)."""
    records = change_records.changes(connection)
    loads = {load.id: load for load in load_records.loads(connection)}
    problem = next((found for one in records if (found := _problem(one, loads))), None)
    problem = problem or _unsigned(records, loads)
    approved = sum(one.approval is not None for one in records)
    summary = f"{len(records):,} changes, {approved:,} approved as previewed, by two people"
    return [CheckResult("changes", problem is None, problem or summary), _series(connection, loads)]


def _problem(record: ChangeRecord, loads: dict[int, Load]) -> str | None:
    draft, approval = record.draft, record.approval
    if content_hash(draft.content) != draft.content_hash:
        return f"change {draft.id}: its content is not what was hashed"
    if approval is None:
        return None
    preview = record.preview
    if preview is None or (preview.id, preview.sha256) != (approval.preview_id, approval.sha256):
        return f"change {draft.id}: the preview that was approved is not there"
    if approval.maker != draft.maker or not are_two_people(approval.maker, approval.checker):
        return f"change {draft.id}: maker and checker are not the two people who signed"
    load = loads.get(approval.load_id)
    reference = signed_reference(draft.id, draft.content_hash, approval.sha256, approval.maker, approval.checker)
    entry = BookEntry(change_name(draft.id), reference, change_files(Change.from_text(draft.content)))
    if load is None or (load.folder_name, load.content_hash) != (entry.folder_name, entry.content_hash):
        return f"change {draft.id}: load {approval.load_id} is not what was approved"
    return None


def _unsigned(records: list[ChangeRecord], loads: dict[int, Load]) -> str | None:
    """A load that says it is a change, with no approval beside it."""
    signed = {one.approval.load_id for one in records if one.approval is not None}
    lost = next(
        (load for load in loads.values() if load.folder_name.startswith(CHANGE) and load.id not in signed), None
    )
    return None if lost is None else f"load {lost.id} ({lost.folder_name}) has no approval beside it"


def _series(connection: Connection, loads: dict[int, Load]) -> CheckResult:
    decided = {one.load_id for one in family_records.decisions(connection)}
    lost = next((one for one in loads.values() if one.folder_name.startswith(SERIES) and one.id not in decided), None)
    if lost is not None:
        return CheckResult("series", False, f"load {lost.id} ({lost.folder_name}) has no decision beside it")
    findings = audit_known(connection)
    summary = "every version that a series made follows from what was known on its night"
    return CheckResult("series", not findings, findings[0].message if findings else summary)
