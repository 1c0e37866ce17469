"""Reading unit values, findings and order outcomes back, with the names people use."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rows are wanted: a plan and a model by code (None = any), and a range of days, both ends included."""

    plan: str | None = None
    model: str | None = None
    first_day: int = -(2**31)
    last_day: int = 2**31 - 1

    def parameters(self) -> dict[str, Any]:
        """The selection as parameters of a query."""
        return {f.name: getattr(self, f.name) for f in fields(self)}


_SLEEVE_NAMES = (
    "JOIN sleeve s ON s.id = x.sleeve_id JOIN plan p ON p.id = s.plan_id JOIN model m ON m.id = s.model_id "
    "WHERE x.business_date BETWEEN :first_day AND :last_day "
    "AND (CAST(:plan AS TEXT) IS NULL OR p.code = :plan) AND (CAST(:model AS TEXT) IS NULL OR m.ticker = :model) "
)


@dataclass(frozen=True, slots=True)
class StoredUnitValue:
    """One strike, as stored. Millionths; ``opening_net_assets`` includes the orders priced the night before."""

    business_date: int
    sleeve_id: int
    plan: str
    model: str
    version: int
    run: int
    unit_value: int
    net_assets: int
    units: int
    market_value: int
    cash: int
    receivables: int
    payables: int
    accrued_fees: int
    opening_net_assets: int


def unit_values(connection: Connection, selection: Selection) -> list[StoredUnitValue]:
    """Every version of the strikes selected, by date, plan, model and version."""
    columns = ", ".join(
        {"plan": "p.code", "model": "m.ticker"}.get(f.name, f"x.{f.name}") for f in fields(StoredUnitValue)
    )
    rows = connection.execute(
        text(f"SELECT {columns} FROM unit_value x {_SLEEVE_NAMES} ORDER BY 1, 3, 4, 5"), selection.parameters()
    )
    return [StoredUnitValue(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class StoredFinding:
    """One finding, as stored; ``released_by`` names maker and checker of its release, when there is one."""

    id: int
    business_date: int
    run: int
    step: int
    sleeve_id: int
    security_id: int
    plan: str
    model: str
    ticker: str
    code: str
    level: str
    detail: str
    reason: str
    maker: str
    checker: str


def open_findings(connection: Connection, selection: Selection) -> list[StoredFinding]:
    """The findings selected that still stop a sleeve; found without those that never stopped one."""
    stopping = "AND x.id IN (SELECT f.id FROM finding f WHERE f.level IN ('HOLD', 'BLOCK')) AND r.id IS NULL "
    return _findings(connection, selection, stopping, "x.business_date + 0")  # by the index of those, not by date


def findings(connection: Connection, selection: Selection) -> list[StoredFinding]:
    """The findings selected, by date, run and id, with their releases."""
    return _findings(connection, selection, "", "x.business_date")


def _findings(connection: Connection, selection: Selection, condition: str, day: str) -> list[StoredFinding]:
    rows = connection.execute(
        text(
            "SELECT x.id, x.business_date, x.run, x.step, x.sleeve_id, x.security_id, "
            "coalesce(p.code, ''), coalesce(m.ticker, ''), coalesce(c.ticker, ''), x.code, x.level, x.detail, "
            "coalesce(r.reason, ''), coalesce(r.maker, ''), coalesce(r.checker, '') "
            "FROM finding x LEFT JOIN sleeve s ON s.id = x.sleeve_id LEFT JOIN plan p ON p.id = s.plan_id "
            "LEFT JOIN model m ON m.id = s.model_id LEFT JOIN security c ON c.id = x.security_id "
            "LEFT JOIN release r ON r.finding_id = x.id "
            f"WHERE {day} BETWEEN :first_day AND :last_day "
            "AND (CAST(:plan AS TEXT) IS NULL OR p.code = :plan) "
            f"AND (CAST(:model AS TEXT) IS NULL OR m.ticker = :model) {condition}ORDER BY x.id"
        ),
        selection.parameters(),
    )
    return [StoredFinding(*row) for row in rows]


def published_runs(connection: Connection, publish_step: str) -> set[tuple[int, int]]:
    """(business date, run) of the runs whose publication has committed."""
    rows = connection.execute(
        text("SELECT business_date, run FROM step_run WHERE name = :name"), {"name": publish_step}
    )
    return {(day, run) for day, run in rows}


@dataclass(frozen=True, slots=True)
class StoredOutcome:
    """What became of one order: status, reason, and the units, dollars and unit value it was priced at (millionths)."""

    business_date: int
    plan: str
    model: str
    recordkeeper: str
    order_ref: str
    side: int
    qty_type: int
    qty: int
    status: str
    reason_code: str
    units: int
    amount: int
    unit_value: int
    settles_on: int
    run: int


def outcomes(connection: Connection, selection: Selection) -> list[StoredOutcome]:
    """The order outcomes selected, by date, record keeper and reference."""
    rows = connection.execute(
        text(
            "SELECT x.business_date, p.code, m.ticker, k.code, o.order_ref, o.side, o.qty_type, o.qty, x.status, "
            "x.reason_code, x.units, x.amount, x.unit_value, x.settles_on, x.run "
            "FROM (SELECT q.sleeve_id, z.* FROM order_outcome z JOIN rk_order q ON q.id = z.order_id) x "
            "JOIN rk_order o ON o.id = x.order_id JOIN recordkeeper k ON k.id = o.rk_id "
            f"{_SLEEVE_NAMES} ORDER BY x.business_date, k.code, o.order_ref"
        ),
        selection.parameters(),
    )
    return [StoredOutcome(*row) for row in rows]
