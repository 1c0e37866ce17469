"""In-kind transfers as known at a load: those dated a night, and whether a reference has been booked before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection

from modelx.domain.book import MISSING
from modelx.domain.book_codes import InKindKind
from modelx.domain.money import Column
from modelx.ledger.account import Chart
from modelx.ledger.journal import JournalKind
from modelx.store.bulk import fetch_columns
from modelx.store.tables import dated_inputs as tables
from modelx.store.versions import StoredColumns, read_rows, row_ids, taken

IN_KIND_JOURNALS = (JournalKind.TRANSFER_IN, JournalKind.TRANSFER_OUT, JournalKind.LATE_INCOME)
_REFERENCES_OF_THE_NIGHT = """
transfer_ref IN (SELECT transfer_ref FROM in_kind_transfer WHERE transfer_date = {day} AND load_id <= {horizon})
AND load_id <= {horizon}
"""


@dataclass(frozen=True, slots=True)
class Transfers:
    """Transfers by reference, one row each, and their lines. Shares and amounts in millionths, zero where blank.

    ``row_id`` is the first row of the version in force; ``line_transfer`` the row here that a line belongs to.
    """

    transfer_ref: list[str]
    sleeve_id: Column
    kind: Column
    row_id: Column
    line_transfer: Column
    line_security_id: Column
    line_shares: Column
    line_amount: Column

    def take(self, kept: Column) -> Transfers:
        """Some of the transfers, by ascending row."""
        line = np.flatnonzero(np.isin(self.line_transfer, kept))
        return Transfers(
            [self.transfer_ref[row] for row in kept.tolist()],
            self.sleeve_id[kept],
            self.kind[kept],
            self.row_id[kept],
            np.searchsorted(kept, self.line_transfer[line]),
            self.line_security_id[line],
            self.line_shares[line],
            self.line_amount[line],
        )


@dataclass(frozen=True, slots=True)
class CashMove:
    """Cash that in-kind transfers move for the plans of one record keeper (millionths), in or out, when it settles."""

    recordkeeper: str
    run: int
    settles_on: int
    comes: bool
    amount: int


def transfers_for_night(connection: Connection, day: int, horizon: int) -> Transfers:
    """The transfers in force that are dated ``day`` and were not booked on an earlier night by any version.

    A version is a whole reference; its rows of zero are taken back, and with the last of them the transfer.
    """
    where = _REFERENCES_OF_THE_NIGHT.format(day=int(day), horizon=int(horizon))
    names = [column.name for column in tables.in_kind_transfer.columns]
    rows = read_rows(connection, tables.in_kind_transfer, names, where, ("transfer_ref", "load_id", "line"))
    refs, of_ref = np.unique(np.array(rows["transfer_ref"], np.str_), return_inverse=True)
    newest = np.zeros(len(refs), np.int64)
    np.maximum.at(newest, of_ref, rows["load_id"])
    stands = rows["load_id"] == newest[of_ref]
    everything = (rows["kind"] == InKindKind.OUT_ALL) & (rows["amount"] == MISSING)
    moves = (np.maximum(rows["shares"], 0) + np.maximum(rows["amount"], 0) > 0) | everything
    live = stands & moves & (rows["transfer_date"] == day)
    booked = _booked(connection, rows, np.isin(of_ref, of_ref[~stands]), day)
    live &= ~np.isin(of_ref, of_ref[np.isin(row_ids(rows), booked)])
    at = np.flatnonzero(live)
    at = at[np.lexsort((rows["security_id"][at], of_ref[at]))]
    return _laid_out(taken(rows, at), of_ref[at])


def cash_moves(connection: Connection, day: int) -> list[CashMove]:
    """The cash of in-kind transfers booked on a date, by record keeper, run and settlement day."""
    coming, going = int(Chart.UNITS_SOLD_RECEIVABLE), (int(Chart.UNITS_REDEEMED_PAYABLE), int(Chart.OWED_TO_LEAVERS))
    kinds = ", ".join(str(int(kind)) for kind in IN_KIND_JOURNALS)
    query = (
        f"SELECT k.code, e.run, j.settles_on, CASE WHEN a.chart = {coming} THEN 1 ELSE 0 END, "
        "CAST(SUM(t.amount) AS BIGINT) FROM journal j JOIN transfer t ON t.journal_id = j.id "
        "AND t.id >= j.first_transfer AND t.id < j.first_transfer + j.n_transfer "
        f"JOIN account a ON (a.id = t.debit_id AND a.chart = {coming}) "
        f"OR (a.id = t.credit_id AND a.chart IN {going}) "
        "JOIN step_run e ON e.batch_id = j.batch_id JOIN sleeve s ON s.id = a.owner_id "
        "JOIN plan_terms p ON p.plan_id = s.plan_id "
        "AND p.load_id = (SELECT max(x.load_id) FROM plan_terms x WHERE x.plan_id = s.plan_id) "
        "JOIN recordkeeper k ON k.id = p.recordkeeper_id "
        f"WHERE j.kind IN ({kinds}) AND j.business_date = {int(day)} GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"
    )
    return [
        CashMove(code, run, due, bool(comes), amount)
        for code, run, due, comes, amount in connection.exec_driver_sql(query)
    ]


def kind_of_row(connection: Connection, row_id: int) -> int:
    """The ``InKindKind`` of the transfer that a row belongs to."""
    load_id, line = row_id >> 32, row_id & 0xFFFFFFFF
    where = f"load_id = {load_id} AND line = {line}"
    return int(read_rows(connection, tables.in_kind_transfer, ("kind",), where)["kind"][0])


def _laid_out(rows: StoredColumns, of_ref: Column) -> Transfers:
    _, first, transfer = np.unique(of_ref, return_index=True, return_inverse=True)
    ids = row_ids(rows)
    lowest = np.full(len(first), 2**62)
    np.minimum.at(lowest, transfer, ids)
    named = np.flatnonzero(rows["kind"] != InKindKind.OUT_ALL)
    return Transfers(
        [rows["transfer_ref"][row] for row in first.tolist()],
        rows["sleeve_id"][first],
        rows["kind"][first],
        lowest,
        transfer[named],
        rows["security_id"][named],
        np.maximum(rows["shares"][named], 0),
        np.maximum(rows["amount"][named], 0),
    )


def _booked(
    connection: Connection, rows: StoredColumns, revised: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], before: int
) -> Column:
    """Of the rows of references with several versions, those that a journal before a date names."""
    doubtful = row_ids(rows)[revised]
    if len(doubtful) == 0:
        return doubtful
    listed, kinds = ", ".join(map(str, doubtful.tolist())), ", ".join(str(int(kind)) for kind in IN_KIND_JOURNALS)
    sql = (
        f"SELECT DISTINCT source_id FROM journal WHERE kind IN ({kinds}) "
        f"AND business_date < {int(before)} AND source_id IN ({listed})"
    )
    return fetch_columns(connection, sql, {}, ["source_id"])["source_id"]
