"""Where each line of an explained unit value is written: its journal in the ledger, its row in a file of the book."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from modelx.domain.explain import ExplainLine, LineKind
from modelx.domain.money import format_decimal
from modelx.ledger.journal import JournalKind
from modelx.services.ledger_views import Names
from modelx.services.night import Night
from modelx.store import ledger_records, order_list_records, price_records
from modelx.store.engine import Connection
from modelx.store.order_list_records import BookedOrder
from modelx.store.unit_value_records import StoredUnitValue

_LINE_BITS = 32
_RATE_PLACES = 12


@dataclass(frozen=True, slots=True)
class Source:
    """A row of a file of the book: the file, its line (the header is line 1), and the load that brought it."""

    file: str
    line: int
    load: int

    @classmethod
    def of_row(cls, file: str, row_id: int) -> Source:
        """The row that a row id (load and line, packed) stands for."""
        return cls(file, row_id & ((1 << _LINE_BITS) - 1), row_id >> _LINE_BITS)


@dataclass(frozen=True, slots=True)
class ExplainedLine:
    """One line with its words: what it is about, what happened, the exact effects, and where it is written."""

    line: ExplainLine
    subject: str
    detail: str
    journal: int | None
    source: Source | None


class Sources:
    """The journals and file rows behind one sleeve's night.

    ``last`` is the run that struck the value in force, ``fee_rows`` leads from a payee to its row of fees.csv.
    """

    def __init__(
        self,
        connection: Connection,
        owner: int,
        night: Night,
        last: Night,
        prior: StoredUnitValue | None,
        fee_rows: dict[int, int],
    ) -> None:
        self._night, self._names, self._fee_rows = night, Names.read(connection), fee_rows
        self._place = int(np.searchsorted(night.work.sleeve_at_open, owner))
        self._journals = _journals(connection, owner, night.on)
        self._before = _journals(connection, owner, prior.business_date) if prior else {}
        self._orders: Iterator[BookedOrder] = iter(())
        if prior:
            self._orders = iter(
                order_list_records.priced_orders(connection, prior.plan, prior.model, prior.business_date)
            )
        priced = price_records.prices_on(connection, last.on, last.cycle.load_horizon)
        self._prices = dict(zip(priced.security_id.tolist(), priced.row_id.tolist(), strict=True))
        splits = night.plan
        self._splits = dict(zip(splits.splits.security_id.tolist(), splits.split_row_id.tolist(), strict=True))
        exits = night.plan.exits
        given = np.flatnonzero((exits.ratio > 0) | (exits.cash_rate > 0))
        rows = night.plan.exit_row_id[given].tolist()
        self._given = dict(zip(exits.security_id[given].tolist(), rows, strict=True))

    def told(self, lines: tuple[ExplainLine, ...]) -> tuple[ExplainedLine, ...]:
        """The lines, in their order, with tickers, payees and order references, journals and file rows."""
        return tuple(self._told(line) for line in lines)

    def _told(self, line: ExplainLine) -> ExplainedLine:
        about, detail = self._names.securities.get(line.subject, ""), line.detail
        journal: int | None = None
        source: Source | None = None
        match line.kind:
            case LineKind.PRICE:
                journal = self._journals.get((JournalKind.SPLIT, self._splits.get(line.subject, 0)))
                source = self._priced(line.subject)
            case LineKind.CASH_IN_LIEU:
                detail, row = "cash in lieu of a fraction of a share", self._splits[line.subject]
                journal, source = self._journals.get((JournalKind.SPLIT, row)), Source.of_row("splits.csv", row)
            case LineKind.INCOME:
                row = int(line.reference)
                detail, source = self._distribution(row), Source.of_row("distributions.csv", row)
                journal = _first(self._journals, row, JournalKind.DISTRIBUTION, JournalKind.REINVESTMENT)
            case LineKind.EXIT:
                row = int(line.reference)
                journal = _first(self._journals, row, JournalKind.EXCHANGE, JournalKind.LIQUIDATION)
                source = Source.of_row("corporate_events.csv", row)
            case LineKind.REINVESTMENT:
                row, detail = int(line.reference), f"reinvested: {line.detail}"
                journal, source = (
                    self._journals.get((JournalKind.REINVESTMENT, row)),
                    Source.of_row("distributions.csv", row),
                )
            case LineKind.TRADE:
                row = int(line.reference)
                journal = _first(self._journals, row, JournalKind.BUY, JournalKind.SELL)
                if row > 0:
                    source = Source.of_row("trades.csv", row)
                else:
                    detail = f"{detail}, proposed on the session before"
            case LineKind.FEE | LineKind.WAIVER:
                about, journal = self._names.payees[line.subject], self._journals.get((JournalKind.FEE_ACCRUAL, 0))
                source = Source.of_row("fees.csv", self._fee_rows[line.subject])
            case LineKind.ORDER_ROUNDING:
                about, order = line.reference, next(self._orders)
                journal = _first(self._before, order.order_id, JournalKind.SUBSCRIPTION, JournalKind.REDEMPTION)
                source = Source("orders.csv", order.line, order.load_id)
            case LineKind.TRANSFER_ROUNDING:
                row, detail = int(line.reference), f"in kind: {line.detail}"
                journal = _first(self._before, row, JournalKind.TRANSFER_IN, JournalKind.TRANSFER_OUT)
                source = Source.of_row("in_kind_transfers.csv", row)
            case LineKind.DUST:
                journal = self._before.get((JournalKind.DUST, 0))
        return ExplainedLine(line, about, detail, journal, source)

    def _priced(self, security_id: int) -> Source:
        """Where tonight's price stands: of what goes on given terms, they stand for it."""
        row = self._given.get(security_id)
        if row is not None:
            return Source.of_row("corporate_events.csv", row)
        return Source.of_row("prices.csv", self._prices[security_id])

    def _distribution(self, row_id: int) -> str:
        """A distribution in words: the rate, and the shares that earned it."""
        plan = self._night.plan
        at = int(np.flatnonzero(plan.distribution_row_id == row_id)[0])
        effects = plan.distribution_effects
        mine = np.flatnonzero((effects.distribution == at) & (effects.sleeve == self._place))
        shares = format_decimal(int(effects.shares[mine[0]]), 6, at_least=0)
        return f"{format_decimal(int(plan.distributions.rate[at]), _RATE_PLACES, at_least=2)} a share on {shares}"


def _journals(connection: Connection, owner: int, day: int) -> dict[tuple[int, int], int]:
    """The journals of a sleeve dated on a day, by kind and source."""
    booked = ledger_records.transfers_of_owner(connection, owner, first_day=day, through_day=day)
    columns = (booked["kind"].tolist(), booked["source_id"].tolist(), booked["journal"].tolist())
    return {(kind, source): journal for kind, source, journal in zip(*columns, strict=True)}


def _first(journals: dict[tuple[int, int], int], source_id: int, *kinds: JournalKind) -> int | None:
    """The journal of a source, of the first kind that has one."""
    return next((journals[kind, source_id] for kind in kinds if (kind, source_id) in journals), None)
