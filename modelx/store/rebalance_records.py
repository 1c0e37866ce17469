"""Proposals of past nights, and what people and custodians said about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection

from modelx.domain.book_codes import TradeDecisionKind, TradeSide
from modelx.domain.joins import find_rows
from modelx.domain.money import Column, group_sum
from modelx.ledger.account import Chart, charts_of, owners_of, subjects_of
from modelx.ledger.journal import JournalKind
from modelx.store.bulk import Columns, fetch_columns, insert_columns
from modelx.store.tables import trading as tables
from modelx.store.versions import StoredColumns, in_force, read_rows, row_ids, taken

SHARES_OWNED = (Chart.SHARES,)
CASH_SIDES = (Chart.SECURITIES_BOUGHT_PAYABLE, Chart.SECURITIES_SOLD_RECEIVABLE)
OWNER_BITS = 29
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
class ProposalRows:
    """One row for each sleeve that a night had something to say of: the columns of ``proposal``."""

    run: Column
    sleeve_id: Column
    triggers: Column
    mode: Column
    cash_before: Column
    cash_after: Column
    notes: Column

    def take(self, rows: Column) -> ProposalRows:
        """Some of the rows."""
        return ProposalRows(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


@dataclass(frozen=True, slots=True)
class UntradedRows:
    """What was wanted and not proposed: the columns of ``untraded``."""

    run: Column
    sleeve_id: Column
    security_id: Column
    side: Column
    amount: Column
    reason: Column

    def take(self, rows: Column) -> UntradedRows:
        """Some of the rows."""
        return UntradedRows(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


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


def last_nights_with_trades(connection: Connection, count: int) -> list[int]:
    """The last nights that proposed a trade, ascending: at most ``count``."""
    found: list[int] = []
    while len(found) < count:
        before = f"WHERE business_date < {found[0]}" if found else ""
        night = connection.exec_driver_sql(f"SELECT max(business_date) FROM proposed_trade {before}").scalar_one()
        if night is None:
            break
        found.insert(0, int(night))
    return found


def proposals_on(connection: Connection, business_date: int) -> ProposalRows:
    """What every run of a night said of its sleeves, by run and sleeve."""
    names = list(ProposalRows.__dataclass_fields__)
    where = f"business_date = {int(business_date)}"
    rows = read_rows(connection, tables.proposal, names, where, ("run", "sleeve_id"))
    return ProposalRows(*(rows[name] for name in names))


def untraded_on(connection: Connection, business_date: int) -> UntradedRows:
    """What every run of a night left undone, by run, sleeve and security."""
    names = list(UntradedRows.__dataclass_fields__)
    where = f"business_date = {int(business_date)}"
    rows = read_rows(connection, tables.untraded, names, where, ("run", "sleeve_id", "security_id"))
    return UntradedRows(*(rows[name] for name in names))


def held_back_on(connection: Connection, business_date: int, reason: int) -> Column:
    """The sleeves with something left undone on a night for a reason, ascending."""
    rows = fetch_columns(
        connection,
        "SELECT DISTINCT sleeve_id FROM untraded WHERE business_date = :day AND reason = :reason ORDER BY sleeve_id",
        {"day": business_date, "reason": reason},
        ["sleeve_id"],
    )
    return rows["sleeve_id"]


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


@dataclass(frozen=True, slots=True)
class Dealt:
    """What a night booked of trades: one row for each sleeve and trade, shares and cash in millionths.

    ``source_id`` is below zero for a block of proposed trades, and a row of ``trades.csv`` otherwise. The platform's
    error account is sleeve 0.
    """

    sleeve_id: Column
    security_id: Column
    side: Column
    shares: Column
    amount: Column
    settles_on: Column
    source_id: Column


def dealt_on(connection: Connection, business_date: int) -> Dealt:
    """The purchases and sales that every run of a night booked, by sleeve and security, from the ledger."""
    rows = fetch_columns(
        connection,
        "SELECT j.id, j.kind, j.source_id, j.settles_on, t.debit_id, t.credit_id, t.amount "
        "FROM step_run s JOIN batch b ON b.id = s.batch_id "
        "JOIN journal j ON j.id >= b.first_journal AND j.id < b.first_journal + b.n_journal "
        "JOIN transfer t ON t.id >= j.first_transfer AND t.id < j.first_transfer + j.n_transfer "
        "WHERE s.business_date = :day AND s.name = 'book_trades' AND j.kind IN (:buy, :sell)",
        {"day": business_date, "buy": int(JournalKind.BUY), "sell": int(JournalKind.SELL)},
        ["id", "kind", "source_id", "settles_on", "debit_id", "credit_id", "amount"],
    )
    buying = rows["kind"] == JournalKind.BUY
    account = np.where(buying, rows["debit_id"], rows["credit_id"])
    shares = np.isin(charts_of(account), SHARES_OWNED)
    paid = np.where(buying, rows["credit_id"], rows["debit_id"])
    cash = np.isin(charts_of(paid), CASH_SIDES)
    lines = np.flatnonzero(shares)
    owner, security, journal = owners_of(account), subjects_of(account), rows["id"]
    order = lines[np.lexsort((journal[lines], security[lines], owner[lines]))]
    key = (journal[order], owner[order])
    amount = _summed(key, (journal[cash], owners_of(paid)[cash]), rows["amount"][cash])
    side = np.where(buying[order], int(TradeSide.BUY), int(TradeSide.SELL))
    return Dealt(
        owner[order],
        security[order],
        side,
        rows["amount"][order],
        amount,
        rows["settles_on"][order],
        rows["source_id"][order],
    )


def struck_on(connection: Connection, business_date: int) -> Column:
    """The sleeves with a unit value of the day, ascending."""
    rows = fetch_columns(
        connection,
        "SELECT DISTINCT sleeve_id FROM unit_value WHERE business_date = :day ORDER BY sleeve_id",
        {"day": business_date},
        ["sleeve_id"],
    )
    return rows["sleeve_id"]


def _summed(key: tuple[Column, Column], of: tuple[Column, Column], amount: Column) -> Column:
    """For each (journal, owner) of ``key``, the sum of the amounts of that journal and owner."""
    first = int(min(key[0].min(initial=0), of[0].min(initial=0)))
    wanted, given = (((journal - first) << OWNER_BITS) | owner for journal, owner in (key, of))
    known, at = np.unique(given, return_inverse=True)
    place = find_rows(known, wanted)
    return np.where(place >= 0, np.append(group_sum(amount, at, known.size), 0)[place], 0)


def last_purchases(
    connection: Connection, first_day: int, last_day: int, last_journal: int, security_id: Column
) -> tuple[Column, Column, Column]:
    """The last day on which each (sleeve, security) was bought, from ``first_day`` to ``last_day``, by journals up to
    ``last_journal``: columns sleeve, security, day.

    Reads the journals of those days once, for the few securities with a holding period.
    """
    listed = ", ".join(str(one) for one in security_id.tolist())
    rows = fetch_columns(
        connection,
        "SELECT t.debit_id, MAX(j.business_date) AS day FROM journal j JOIN transfer t "
        "ON t.id >= j.first_transfer AND t.id < j.first_transfer + j.n_transfer "
        "WHERE j.id >= (SELECT coalesce(min(b.first_journal), 0) FROM batch b JOIN step_run s ON s.batch_id = b.id "
        "WHERE s.business_date >= :first) AND j.id <= :upto AND j.business_date BETWEEN :first AND :last "
        "AND j.kind = :buy "
        "AND (t.debit_id >> 20) & 16383 = :chart "
        f"AND t.debit_id & 1048575 IN ({listed}) GROUP BY t.debit_id",
        {
            "first": first_day,
            "last": last_day,
            "upto": last_journal,
            "buy": int(JournalKind.BUY),
            "chart": int(Chart.SHARES),
        },
        ["debit_id", "day"],
    )
    order = np.argsort(rows["debit_id"])
    account = rows["debit_id"][order]
    return owners_of(account), subjects_of(account), rows["day"][order]
