"""The file row behind each journal: what its source id stands for depends on what happened."""

from __future__ import annotations

from collections.abc import Sequence

from modelx.ledger.journal import JournalKind
from modelx.services.ledger_views import JournalLine
from modelx.services.unit_value_sources import Source
from modelx.store import order_records
from modelx.store.engine import Engine
from modelx.store.unit_of_work import reading

_FILES = {
    JournalKind.SPLIT: "splits.csv",
    JournalKind.DISTRIBUTION: "distributions.csv",
    JournalKind.REINVESTMENT: "distributions.csv",
    JournalKind.BUY: "trades.csv",
    JournalKind.SELL: "trades.csv",
    JournalKind.EXCHANGE: "corporate_events.csv",
    JournalKind.LIQUIDATION: "corporate_events.csv",
    JournalKind.TRANSFER_IN: "in_kind_transfers.csv",
    JournalKind.TRANSFER_OUT: "in_kind_transfers.csv",
    JournalKind.LATE_INCOME: "in_kind_transfers.csv",
}
_OF_AN_ORDER = {JournalKind.SUBSCRIPTION.name, JournalKind.REDEMPTION.name}


def journal_sources(engine: Engine, lines: Sequence[JournalLine]) -> list[Source | None]:
    """For each transfer of a journal, the row of the book it came from; None for what the night did by itself, as it
    does with the trades it proposed.
    """
    ids = {line.source for line in lines if line.kind in _OF_AN_ORDER}
    with reading(engine) as connection:
        orders = order_records.orders_of_ids(connection, ids)
    columns = (orders.order_id.tolist(), orders.line.tolist(), orders.load_id.tolist())
    sent = {order: Source("orders.csv", line, load) for order, line, load in zip(*columns, strict=True)}
    return [_source(line, sent) for line in lines]


def _source(line: JournalLine, sent: dict[int, Source]) -> Source | None:
    if line.kind in _OF_AN_ORDER:
        return sent[line.source]
    file = _FILES.get(JournalKind[line.kind])
    return Source.of_row(file, line.source) if file and line.source > 0 else None
