"""What the ledger says of every sleeve over all its nights: unit values, and what was bought, sold and charged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection

from modelx.domain.money import Column
from modelx.ledger.account import Chart
from modelx.ledger.journal import JournalKind
from modelx.store.bulk import fetch_columns

_SPENT = (  # kind of journal, and the account of the sleeve that it debits
    (JournalKind.BUY, Chart.COST),
    (JournalKind.SELL, Chart.SECURITIES_SOLD_RECEIVABLE),
    (JournalKind.FEE_ACCRUAL, Chart.FEE_EXPENSE),
)


@dataclass(frozen=True, slots=True)
class Strikes:
    """The newest version of every strike, by date and sleeve; millionths."""

    business_date: Column
    sleeve_id: Column
    unit_value: Column
    net_assets: Column


@dataclass(frozen=True, slots=True)
class Turnover:
    """By sleeve id, over all nights, in millionths: bought at cost, sold for, and fees accrued."""

    sleeve_id: Column
    purchases: Column
    sales: Column
    fees: Column


def strikes(connection: Connection) -> Strikes:
    """Every strike of every sleeve."""
    names = ["business_date", "sleeve_id", "unit_value", "net_assets", "version"]
    rows = fetch_columns(
        connection, f"SELECT {', '.join(names)} FROM unit_value ORDER BY business_date, sleeve_id, version", {}, names
    )
    day, sleeve = rows["business_date"], rows["sleeve_id"]
    newest = np.append((day[1:] != day[:-1]) | (sleeve[1:] != sleeve[:-1]), True)[: day.size]
    return Strikes(*(rows[name][newest] for name in names[:4]))


def turnover(connection: Connection, sleeve_id: Column) -> Turnover:
    """The turnover of the sleeves named, ascending."""
    found = [_debited(connection, kind, chart, sleeve_id) for kind, chart in _SPENT]
    return Turnover(sleeve_id, *found)


def _debited(connection: Connection, kind: JournalKind, chart: Chart, sleeve_id: Column) -> Column:
    """What journals of a kind debited to an account of each sleeve, less what they credited to it."""
    names = ["sleeve", "amount"]
    total = np.zeros(sleeve_id.size, np.int64)
    for side, sign in (("debit_id", 1), ("credit_id", -1)):
        rows = fetch_columns(
            connection,
            f"SELECT t.{side} / :owner AS sleeve, CAST(SUM(t.amount) AS BIGINT) AS amount "
            "FROM transfer t JOIN journal j ON j.id = t.journal_id "
            f"WHERE j.kind = :kind AND (t.{side} / :subject) % :charts = :chart GROUP BY 1",
            {"owner": 2**34, "subject": 2**20, "charts": 2**14, "kind": int(kind), "chart": int(chart)},
            names,
        )
        at = np.searchsorted(sleeve_id, rows["sleeve"])
        known = np.append(sleeve_id, -1)[at] == rows["sleeve"]
        total[at[known]] += sign * rows["amount"][known]
    return total
