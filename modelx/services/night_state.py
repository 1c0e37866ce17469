"""The book at a moment: what the night carries from step to step and from one night to the next.

Everything in it is columns, and all of it follows from the ledger and the nights' own rows: a stored closing is a
convenience that can be rebuilt by replay, never a record.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from modelx.domain.money import Column
from modelx.ledger.account import PAYABLES, RECEIVABLES, Chart, account_ids, charts_of, owners_of
from modelx.ledger.balance import Balances
from modelx.ledger.chain import GENESIS
from modelx.ledger.journal import JournalKind, Journals

NEVER = -(1 << 40)
OPEN_END = 1 << 40


@dataclass(frozen=True, slots=True)
class Sleeves:
    """One row per sleeve that has started, ascending by ``sleeve_id``. Days, millionths.

    ``posted_through`` is the last night whose postings the sleeve has (events of loads up to ``posted_horizon``),
    ``closed_through`` the last night it finished (struck at prices of loads up to ``struck_horizon``, and its orders of
    loads up to ``closed_horizon`` decided): they differ while a strike is blocked, and both lag while it is held.
    ``accrued_through`` is the last day whose fees are booked. ``opening_net_assets`` are those of the last strike,
    ``net_assets`` the closing ones: the strike's, plus the orders priced at it. ``version`` is that of the last
    strike, 0 before the first. ``rebalance_due`` are the ``Trigger``s that no trade has answered yet.
    """

    sleeve_id: Column
    plan_id: Column
    model_id: Column
    starts_on: Column
    ends_on: Column
    posted_through: Column
    closed_through: Column
    posted_horizon: Column
    struck_horizon: Column
    closed_horizon: Column
    accrued_through: Column
    unit_value: Column
    opening_net_assets: Column
    net_assets: Column
    version: Column
    rebalance_due: Column

    @classmethod
    def none(cls) -> Sleeves:
        """No sleeve."""
        return cls(*(np.empty(0, np.int64) for _ in fields(cls)))

    def with_rows(self, more: Sleeves) -> Sleeves:
        """These sleeves and the new ones, in order of id."""
        order = np.argsort(np.concatenate([self.sleeve_id, more.sleeve_id]), kind="stable")
        return Sleeves(*(np.concatenate([getattr(self, f.name), getattr(more, f.name)])[order] for f in fields(self)))

    def rows_of(self, sleeve_ids: Column) -> Column:
        """The row of each sleeve id. Every id must have started."""
        return np.searchsorted(self.sleeve_id, sleeve_ids)

    def started(self, sleeve_ids: Column) -> npt.NDArray[np.bool_]:
        """Which of the sleeves named have started."""
        if len(self.sleeve_id) == 0:
            return np.zeros(len(sleeve_ids), np.bool_)
        at = np.minimum(np.searchsorted(self.sleeve_id, sleeve_ids), len(self.sleeve_id) - 1)
        return np.asarray(self.sleeve_id[at] == sleeve_ids)


@dataclass(frozen=True, slots=True)
class Pending:
    """Receivables and payables waiting for their day, in the order in which they arose: on ``due``, ``amount`` moves
    from ``credit`` to ``debit``, one of which is the sleeve's cash.
    """

    due: Column
    debit: Column
    credit: Column
    amount: Column

    @classmethod
    def none(cls) -> Pending:
        """Nothing is waiting."""
        return cls(*(np.empty(0, np.int64) for _ in fields(cls)))

    def where(self, rows: npt.NDArray[np.bool_]) -> Pending:
        """The items at the rows given."""
        return Pending(self.due[rows], self.debit[rows], self.credit[rows], self.amount[rows])

    def sleeve_ids(self) -> Column:
        """The sleeve each item belongs to."""
        return owners_of(self.debit)

    def after(self, journals: Journals) -> Pending:
        """These items with what the journals left to settle, and without what they settled.

        A settlement takes every item due by its date of each sleeve it touches.
        """
        added = self._with_unsettled(journals)
        settled = journals.kind[journals.journal_index()] == JournalKind.SETTLEMENT
        if not settled.any():
            return added
        sleeves = np.unique(owners_of(journals.debit[settled]))
        gone = (added.due <= int(journals.business_date[0])) & np.isin(added.sleeve_ids(), sleeves)
        return added.where(~gone)

    def _with_unsettled(self, journals: Journals) -> Pending:
        kind = journals.kind[journals.journal_index()]
        due = journals.settles_on[journals.journal_index()]
        waits = (kind != JournalKind.SETTLEMENT) & (kind != JournalKind.REINVESTMENT)
        receivable = waits & np.isin(charts_of(journals.debit), [int(chart) for chart in RECEIVABLES])
        payable = waits & np.isin(charts_of(journals.credit), [int(chart) for chart in PAYABLES])
        rows = np.flatnonzero(receivable | payable)
        if len(rows) == 0:
            return self
        cash = account_ids(owners_of(journals.debit[rows]), int(Chart.CASH))
        inflow = receivable[rows]
        return Pending(
            np.concatenate([self.due, due[rows]]),
            np.concatenate([self.debit, np.where(inflow, cash, journals.credit[rows])]),
            np.concatenate([self.credit, np.where(inflow, journals.debit[rows], cash)]),
            np.concatenate([self.amount, journals.amount[rows]]),
        )


@dataclass(frozen=True, slots=True)
class BookState:
    """The whole book after a step: balances, sleeves, pending items, and the counters and chain heads to go on from."""

    balances: Balances
    sleeves: Sleeves
    pending: Pending
    commodity: Column
    last_night: int = NEVER
    last_batch: int = 0
    last_journal: int = 0
    last_transfer: int = 0
    last_finding: int = 0
    last_step: int = 0
    batch_hash: bytes = GENESIS
    step_hash: bytes = GENESIS

    @classmethod
    def empty(cls) -> BookState:
        """A book before its first night."""
        return cls(Balances.none(), Sleeves.none(), Pending.none(), np.empty(0, np.int64))

    def to_bytes(self) -> bytes:
        """The state as an Arrow stream of three tables (zstd), for the ``closing`` table."""
        scalars = {f.name: getattr(self, f.name) for f in fields(self) if f.name.startswith("last_")}
        metadata = {name: str(value) for name, value in scalars.items()}
        metadata |= {"batch_hash": self.batch_hash.hex(), "step_hash": self.step_hash.hex()}
        sink = pa.BufferOutputStream()
        for part in (self.balances, self.sleeves, self.pending):
            _write_table(sink, {f.name: getattr(part, f.name) for f in fields(part)}, metadata)
        _write_table(sink, {"commodity": self.commodity}, metadata)
        return bytes(sink.getvalue())

    @classmethod
    def from_bytes(cls, data: bytes) -> BookState:
        """The state a closing holds."""
        source = pa.BufferReader(data)
        tables = [pa.ipc.open_stream(source).read_all() for _ in range(4)]
        text = {key.decode(): value.decode() for key, value in tables[0].schema.metadata.items()}
        scalars: dict[str, Any] = {name: int(value) for name, value in text.items() if name.startswith("last_")}
        balances, sleeves, pending, commodity = (
            {name: _column(table[name].chunks) for name in table.column_names} for table in tables
        )
        return cls(
            Balances(**balances),
            Sleeves(**sleeves),
            Pending(**pending),
            commodity["commodity"],
            batch_hash=bytes.fromhex(text["batch_hash"]),
            step_hash=bytes.fromhex(text["step_hash"]),
            **scalars,
        )


def _column(chunks: list[pa.Array]) -> Column:
    """The chunks of an int64 column as one array, without the conversion of Arrow's that would import pandas."""
    return np.concatenate([np.empty(0, np.int64), *(np.from_dlpack(chunk) for chunk in chunks)])


def _write_table(sink: Any, columns: dict[str, Column], metadata: dict[str, str]) -> None:
    """Write int64 columns from their own memory, for the same reason."""
    arrays = [
        pa.Array.from_buffers(pa.int64(), len(column), [None, pa.py_buffer(np.ascontiguousarray(column, np.int64))])
        for column in columns.values()
    ]
    table = pa.Table.from_arrays(arrays, names=list(columns))
    options = pa.ipc.IpcWriteOptions(compression=pa.Codec("zstd", compression_level=1))
    with pa.ipc.new_stream(sink, table.schema.with_metadata(metadata), options=options) as writer:
        writer.write_table(table.replace_schema_metadata(metadata))
