"""Does an approval name what its night proposed? One that came in a file and does not is told when it is loaded."""

from __future__ import annotations

import numpy as np

from modelx.domain.book import FileColumns, FindingLog
from modelx.domain.book_codes import TradeDecisionKind
from modelx.domain.days import date_of
from modelx.domain.finding import Level, SourceRow
from modelx.ledger.chain import digest_of_columns
from modelx.store import rebalance_records
from modelx.store.engine import Connection
from modelx.store.rebalance_records import ProposedRows


def proposals_hash(business_date: int, rows: ProposedRows) -> str:
    """What an approval names: SHA-256 (hex) of all trades that the night's first run proposed."""
    first = rows.take(np.flatnonzero(rows.run == 0))
    columns = {name: getattr(first, name) for name in first.__dataclass_fields__}
    return digest_of_columns({"business_date": np.full(1, business_date, np.int64), **columns}).hex()


def list_strange_approvals(connection: Connection, rows: FileColumns, log: FindingLog) -> None:
    """List approvals whose hash is not that of their night's proposals, a warning (UNKNOWN_PROPOSALS)."""
    day = rows.ints("date")
    approves = (rows.ints("decision") == TradeDecisionKind.APPROVE) & ~rows.refused
    known = {
        night: proposals_hash(night, rebalance_records.proposed_trades(connection, night))
        for night in np.unique(day[approves]).tolist()
    }
    given = zip(day.tolist(), rows.texts("sha256").to_list(), strict=True)
    strange = np.array([night in known and known[night] != text for night, text in given], np.bool_)

    def describe(row: int) -> tuple[str, SourceRow]:
        message = (
            f"the hash is not that of what {date_of(int(day[row]))} proposed: nothing is approved by it. "
            "`modelx rebalance preview` prints proposals_sha256"
        )
        return message, rows.source(row, "sha256")

    log.add_rows("UNKNOWN_PROPOSALS", Level.WARN, np.flatnonzero(approves & strange), describe)
