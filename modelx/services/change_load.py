"""An approved change as rows of the book: what a folder with the same targets.csv and overrides.csv would bring."""

from __future__ import annotations

from modelx.domain.book import MISSING, FileColumns
from modelx.domain.book_codes import OverrideKind
from modelx.domain.change import Change
from modelx.domain.days import day_of
from modelx.domain.model_portfolio import CASH_TICKER, TargetVersion
from modelx.domain.override_check import OverrideRule
from modelx.services import book, model_book
from modelx.services.book import LoadReport
from modelx.services.book_entry import BookEntry, file_columns
from modelx.store import load_records, session_records
from modelx.store.engine import Connection

CHANGE, MODEL, SERIES = "platform/change ", "platform/model ", "platform/series "  # no folder's name has a slash

_WEIGHTED = {OverrideKind.SET_WEIGHT, OverrideKind.CASH_BUFFER}


def append_change(connection: Connection, change: Change, name: str, reference: str, recorded_at: int) -> LoadReport:
    """Append a change as the next load of the caller's transaction; a night sees it from then on.

    ``reference`` becomes part of the load's content hash, and so of the chain of loads. Raises
    :class:`RefusedBook` when the book's own checks refuse a row.
    """
    files = change_files(change)
    entry = BookEntry(name, reference, files)
    book.begin_load(connection, entry.content_hash)
    calendar = session_records.calendar(connection, load_records.latest_load(connection))
    return book.append_load(connection, entry, files, calendar, None, recorded_at)


def change_name(change_id: int) -> str:
    """What the load of an approved change is called."""
    return f"{CHANGE}{change_id}"


def signed_reference(change_id: int, content_hash: str, sha256: str, maker: str, checker: str) -> str:
    """What ties a load to its approval: the change, the preview's hash, and the two people."""
    return f"change {change_id} {content_hash} {sha256} by {maker}, {checker}"


def change_files(change: Change) -> dict[str, FileColumns]:
    """The files of the book that say what a change says."""
    files = {}
    targets = [row for version in change.versions for row in _target_rows(version)]
    if targets:
        files["targets.csv"] = file_columns("targets.csv", targets)
    if change.rules:
        files["overrides.csv"] = file_columns("overrides.csv", [_override_row(rule) for rule in change.rules])
    return files


def _target_rows(version: TargetVersion) -> list[dict[str, int | str]]:
    day = day_of(version.effective)
    return [
        {"model": version.model, "effective_date": day, "ticker": ticker, "weight": weight}
        for ticker, weight in version.weights or ((CASH_TICKER, 0),)
    ]


def _override_row(rule: OverrideRule) -> dict[str, int | str]:
    return {
        "plan": rule.plan,
        "model": rule.model,
        "kind": int(rule.kind),
        "ticker": rule.ticker,
        "to_ticker": rule.to_ticker,
        "weight": rule.weight if rule.kind in _WEIGHTED else MISSING,
        "exclude_to": int(rule.exclude_to) if rule.kind is OverrideKind.EXCLUDE else MISSING,
        "start": model_book.start_day(rule),
        "end": model_book.end_day(rule),
        "on_expiry": rule.on_expiry.name,
        "reason": rule.reason,
    }
