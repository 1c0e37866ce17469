"""What the ledger and the nights say of fees: their journals, and what each night's accrual stood on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from modelx.domain.book_codes import OrderSide
from modelx.domain.money import Column
from modelx.ledger.account import OWNER_SHIFT, Chart
from modelx.ledger.journal import JournalKind
from modelx.store.bulk import fetch_columns

FEE_KINDS = (JournalKind.FEE_PAYMENT, JournalKind.FEE_ACCRUAL, JournalKind.ACCOUNT_FEE_ACCRUAL, JournalKind.DUST)

PAYABLE_CHARTS = (Chart.FEES_PAYABLE, Chart.ACCOUNT_FEES_RECEIVABLE)
EARNED_CHARTS = (Chart.FEE_EXPENSE, Chart.ACCOUNT_FEES_EARNED)


@dataclass(frozen=True, slots=True)
class FeeJournals:
    """The journals that move what payees are owed, by business date, then in ledger order."""

    journal_id: Column
    kind: Column
    business_date: Column
    first_transfer: Column
    n_transfer: Column


def fee_journals(
    connection: Connection, kinds: Sequence[JournalKind], first_day: int, last_day: int, after_journal: int
) -> FeeJournals:
    """The journals of these kinds dated in a range, those up to ``after_journal`` left out: a few for each night."""
    names = ["id", "kind", "business_date", "first_transfer", "n_transfer"]
    rows = fetch_columns(
        connection,
        f"SELECT {', '.join(names)} FROM journal WHERE kind IN ({', '.join(str(int(kind)) for kind in kinds)}) "
        "AND business_date BETWEEN :first AND :last AND id > :after ORDER BY business_date, id",
        {"first": first_day, "last": last_day, "after": after_journal},
        names,
    )
    return FeeJournals(*rows.values())


def journal_transfers(connection: Connection, first_transfer: int, count: int, owner: int | None) -> dict[str, Column]:
    """The transfers of one journal, in order: debit, credit, amount; ``owner`` keeps those of one sleeve.

    Ids are contiguous, so that a journal is a range of the primary key.
    """
    where = ""
    parameters = {"first": first_transfer, "last": first_transfer + count - 1}
    if owner is not None:
        where = "AND (debit_id BETWEEN :low AND :high OR credit_id BETWEEN :low AND :high) "
        parameters |= {"low": owner << OWNER_SHIFT, "high": ((owner + 1) << OWNER_SHIFT) - 1}
    return fetch_columns(
        connection,
        f"SELECT debit_id, credit_id, amount FROM transfer WHERE id BETWEEN :first AND :last {where}ORDER BY id",
        parameters,
        ["debit", "credit", "amount"],
    )


@dataclass(frozen=True, slots=True)
class PostedStrikes:
    """The first strike of each sleeve on a date, the one that booked its night: by run, then sleeve. Millionths."""

    run: Column
    sleeve_id: Column
    plan_id: Column
    model_id: Column
    opening_net_assets: Column


def posted_strikes(connection: Connection, day: int) -> PostedStrikes:
    """The strikes that accrued fees on a date; later versions of them accrued nothing."""
    names = ["run", "sleeve_id", "plan_id", "model_id", "opening_net_assets"]
    rows = fetch_columns(
        connection,
        "SELECT u.run, u.sleeve_id, s.plan_id, s.model_id, u.opening_net_assets "
        "FROM unit_value u JOIN sleeve s ON s.id = u.sleeve_id "
        "WHERE u.business_date = :day AND u.version = 1 ORDER BY u.run, u.sleeve_id",
        {"day": day},
        names,
    )
    return PostedStrikes(*rows.values())


def final_net_assets(connection: Connection, day: int) -> tuple[Column, Column]:
    """(sleeve id, net assets of the strike in force) of a date, by sleeve id."""
    rows = fetch_columns(
        connection,
        "SELECT u.sleeve_id, u.net_assets FROM unit_value u WHERE u.business_date = :day AND u.version = (SELECT "
        "max(x.version) FROM unit_value x WHERE x.business_date = u.business_date AND x.sleeve_id = u.sleeve_id) "
        "ORDER BY u.sleeve_id",
        {"day": day},
        ["sleeve_id", "net_assets"],
    )
    return rows["sleeve_id"], rows["net_assets"]


def priced_capital(connection: Connection, first_day: int, last_day: int) -> tuple[Column, Column, Column]:
    """(date, sleeve id, money in less out) of the orders and in-kind transfers priced on each date, by date."""
    charts = f"({int(Chart.UNITS_SUBSCRIBED)}, {int(Chart.UNITS_REDEEMED)})"
    in_kind = f"({int(JournalKind.TRANSFER_IN)}, {int(JournalKind.TRANSFER_OUT)})"
    rows = fetch_columns(
        connection,
        "SELECT x.day, x.sleeve_id, CAST(SUM(x.amount) AS BIGINT) FROM ("
        "SELECT z.business_date AS day, o.sleeve_id AS sleeve_id, "
        f"CASE WHEN o.side = {int(OrderSide.SUB)} THEN z.amount ELSE -z.amount END AS amount "
        "FROM order_outcome z JOIN rk_order o ON o.id = z.order_id "
        "WHERE z.status = 'PRICED' AND z.business_date BETWEEN :first AND :last UNION ALL "
        "SELECT j.business_date, a.owner_id, CASE WHEN a.id = t.credit_id THEN t.amount ELSE -t.amount END "
        "FROM journal j JOIN transfer t ON t.journal_id = j.id "
        "AND t.id >= j.first_transfer AND t.id < j.first_transfer + j.n_transfer "
        f"JOIN account a ON (a.id = t.credit_id OR a.id = t.debit_id) AND a.chart IN {charts} "
        f"WHERE j.kind IN {in_kind} AND j.business_date BETWEEN :first AND :last"
        ") x GROUP BY x.day, x.sleeve_id ORDER BY x.day, x.sleeve_id",
        {"first": first_day, "last": last_day},
        ["day", "sleeve_id", "capital"],
    )
    return rows["day"], rows["sleeve_id"], rows["capital"]


def night_before(connection: Connection, day: int) -> int | None:
    """The last night run before a date; None when there is none."""
    found = connection.exec_driver_sql(
        f"SELECT max(business_date) FROM cycle_run WHERE business_date < {int(day)}"
    ).scalar_one()
    return None if found is None else int(found)
