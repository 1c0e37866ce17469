"""Proposals of past nights, and what people and custodians said about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection

from modelx.domain.book_codes import TradeDecisionKind
from modelx.domain.money import Column
from modelx.ledger.account import Chart, owners_of, subjects_of
from modelx.ledger.journal import JournalKind
from modelx.store.bulk import Columns, fetch_columns, insert_columns
from modelx.store.tables import trading as tables
from modelx.store.versions import StoredColumns, in_force, read_rows, row_ids, taken

TABLES = (tables.proposal, tables.proposed_trade, tables.untraded)  # in the order in which a step's hash takes them


@dataclass(frozen=True, slots=True)
class ProposedRows:
    """The proposed trades of a night, by run, sleeve and security: the columns of ``proposed_trade``."""

    run: Column
    sleeve_id: Column
    security_id: Column
    side: Column
    shares: Column
    amount: Column
    in_shares: Column
    entire: Column
    fee: Column
    reason: Column

    def take(self, rows: Column) -> ProposedRows:
        """Some of the rows."""
        return ProposedRows(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


@dataclass(frozen=True, slots=True)
class Decisions:
    """Decisions in force about the proposals of one night; 0 stands for every plan, model or security."""

    decision: Column
    plan_id: Column
    model_id: Column
    security_id: Column
    shares: Column
    sha256: list[str]
    reason: list[str]
    maker: list[str]
    checker: list[str]
    row_id: Column

    def of(self, kind: TradeDecisionKind) -> Column:
        """The rows of one kind."""
        return np.flatnonzero(self.decision == kind)


@dataclass(frozen=True, slots=True)
class StoredFills:
    """The fills in force of one day, by reference; a fill of no shares says that nothing was done."""

    security_id: Column
    side: Column
    shares: Column
    price: Column
    row_id: Column


def insert_proposals(connection: Connection, business_date: int, run: int, written: Mapping[str, Columns]) -> None:
    """Write what a step proposed: by table, the columns without date and run."""
    for table in TABLES:
        columns = written.get(table.name, {})
        if columns:
            n = len(columns["sleeve_id"])
            key = {"business_date": np.full(n, business_date, np.int64), "run": np.full(n, run, np.int64)}
            insert_columns(connection, table, key | dict(columns))


def proposals_of(connection: Connection, business_date: int, run: int) -> dict[str, StoredColumns]:
    """What the night of a run proposed, as :func:`insert_proposals` took it; a table without rows is left out."""
    where = f"business_date = {int(business_date)} AND run = {int(run)}"
    found = {}
    for table in TABLES:
        names = [column.name for column in table.columns if column.name not in {"business_date", "run"}]
        order = [column.name for column in table.primary_key.columns if column.name in names]
        rows = read_rows(connection, table, names, where, order)
        if len(rows["sleeve_id"]):
            found[table.name] = rows
    return found


def proposed_trades(connection: Connection, business_date: int) -> ProposedRows:
    """The trades proposed by every run of a night, by run, sleeve and security."""
    names = list(ProposedRows.__dataclass_fields__)
    where = f"business_date = {int(business_date)}"
    rows = read_rows(connection, tables.proposed_trade, names, where, ("run", "sleeve_id", "security_id"))
    return ProposedRows(*(rows[name] for name in names))


def decisions_on(connection: Connection, business_date: int, horizon: int) -> Decisions:
    """The decisions about the proposals of a night, as known at a load."""
    key = ("decision", "plan_id", "model_id", "security_id")
    where = f"business_date = {int(business_date)}"
    rows = in_force(connection, tables.trade_decision, key, horizon, where)
    names = list(Decisions.__dataclass_fields__)[:-1]
    return Decisions(**{name: rows[name] for name in names}, row_id=row_ids(rows))


def fills_on(connection: Connection, business_date: int, horizon: int) -> StoredFills:
    """The fills of a day, as known at a load."""
    rows = in_force(connection, tables.fill, ("fill_ref",), horizon, f"business_date = {int(business_date)}")
    order = np.lexsort((rows["price"], rows["shares"], rows["side"], rows["security_id"]))
    rows = taken(rows, order)
    return StoredFills(rows["security_id"], rows["side"], rows["shares"], rows["price"], row_ids(rows))


def last_purchases(
    connection: Connection, first_day: int, before_day: int, security_id: Column
) -> tuple[Column, Column, Column]:
    """The last day on which each (sleeve, security) was bought from ``first_day`` on: columns sleeve, security, day.

    Reads the journals of those days once, for the few securities with a holding period.
    """
    listed = ", ".join(str(one) for one in security_id.tolist())
    rows = fetch_columns(
        connection,
        "SELECT t.debit_id, MAX(j.business_date) AS day FROM journal j JOIN transfer t "
        "ON t.id >= j.first_transfer AND t.id < j.first_transfer + j.n_transfer "
        "WHERE j.id >= (SELECT coalesce(min(b.first_journal), 0) FROM batch b JOIN step_run s ON s.batch_id = b.id "
        "WHERE s.business_date >= :first) AND j.business_date < :before AND j.kind = :buy "
        "AND (t.debit_id >> 20) & 16383 = :chart "
        f"AND t.debit_id & 1048575 IN ({listed}) GROUP BY t.debit_id",
        {"first": first_day, "before": before_day, "buy": int(JournalKind.BUY), "chart": int(Chart.SHARES)},
        ["debit_id", "day"],
    )
    order = np.argsort(rows["debit_id"])
    account = rows["debit_id"][order]
    return owners_of(account), subjects_of(account), rows["day"][order]
