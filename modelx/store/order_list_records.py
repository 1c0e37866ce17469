"""Order lines as they stand: what was sent, what became of it, and what came again."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text

from modelx.store.night_records import CLOSING_STEP
from modelx.store.unit_value_records import Selection


@dataclass(frozen=True, slots=True)
class StoredOrder:
    """An order and its newest outcome; ``status`` is empty while no night has dealt with it.

    Days; ``qty``, ``units``, ``amount`` and ``unit_value`` in millionths. ``closed_horizon`` is the highest load that
    the night could see on which the order fell due, where that night is closed for its sleeve and left no outcome.
    """

    order_id: int
    trade_date: int
    plan: str
    model: str
    recordkeeper: str
    order_ref: str
    file_id: str
    side: int
    qty_type: int
    qty: int
    cancel_of: str
    priced_on_earliest: int
    load_id: int
    line: int
    folder_name: str
    business_date: int
    status: str
    reason_code: str
    units: int
    amount: int
    unit_value: int
    settles_on: int
    closed_horizon: int | None


_ORDER = (
    "o.id, o.trade_date, p.code, m.ticker, k.code, o.order_ref, o.file_id, o.side, o.qty_type, o.qty, o.cancel_of, "
    "o.priced_on_earliest"
)
_NAMED = (
    "JOIN sleeve s ON s.id = o.sleeve_id JOIN plan p ON p.id = s.plan_id JOIN model m ON m.id = s.model_id "
    "JOIN recordkeeper k ON k.id = o.rk_id "
)
_CHOSEN = (
    "WHERE o.trade_date BETWEEN :first_day AND :last_day "
    "AND (CAST(:plan AS TEXT) IS NULL OR p.code = :plan) AND (CAST(:model AS TEXT) IS NULL OR m.ticker = :model) "
)
_CLOSED_HORIZON = (
    "(SELECT max(c.load_horizon) FROM unit_value u "
    "JOIN cycle_run c ON c.business_date = u.business_date AND c.run = u.run "
    "JOIN step_run e ON e.business_date = u.business_date AND e.run = u.run AND e.name = :close "
    "WHERE u.business_date = o.priced_on_earliest AND u.sleeve_id = o.sleeve_id AND NOT EXISTS (SELECT 1 FROM finding "
    "f WHERE f.business_date = u.business_date AND f.run = u.run AND f.sleeve_id = u.sleeve_id "
    "AND f.level IN ('HOLD', 'BLOCK')))"
)


def stored_orders(connection: Connection, selection: Selection) -> list[StoredOrder]:
    """The orders whose trade date is selected, by date, record keeper and reference, each with its newest outcome."""
    rows = connection.execute(
        text(
            f"SELECT {_ORDER}, o.load_id, o.line, l.folder_name, coalesce(z.business_date, 0), coalesce(z.status, ''), "
            "coalesce(z.reason_code, ''), coalesce(z.units, 0), coalesce(z.amount, 0), coalesce(z.unit_value, 0), "
            f"coalesce(z.settles_on, 0), CASE WHEN z.order_id IS NULL THEN {_CLOSED_HORIZON} END "
            f'FROM rk_order o {_NAMED} JOIN "load" l ON l.id = o.load_id '
            "LEFT JOIN order_outcome z ON z.order_id = o.id "
            "LEFT JOIN step_run r ON r.business_date = z.business_date AND r.run = z.run AND r.step = 0 "
            f"{_CHOSEN} ORDER BY o.trade_date, k.code, o.order_ref, r.id"
        ),
        selection.parameters() | {"close": CLOSING_STEP},
    )
    newest = {row[0]: StoredOrder(*row) for row in rows}  # a later outcome follows an earlier one of the same order
    return list(newest.values())


@dataclass(frozen=True, slots=True)
class StoredResend:
    """A line that repeated the reference of an order sent before, with the order it repeats."""

    order_id: int
    trade_date: int
    plan: str
    model: str
    recordkeeper: str
    order_ref: str
    file_id: str
    kind: int
    load_id: int
    line: int
    folder_name: str


def stored_resends(connection: Connection, selection: Selection) -> list[StoredResend]:
    """The lines sent again of orders whose trade date is selected, in the order in which they were loaded."""
    rows = connection.execute(
        text(
            "SELECT o.id, o.trade_date, p.code, m.ticker, k.code, o.order_ref, a.file_id, a.kind, a.load_id, a.line, "
            f'l.folder_name FROM order_resend a JOIN rk_order o ON o.id = a.order_id {_NAMED} JOIN "load" l '
            f"ON l.id = a.load_id {_CHOSEN} ORDER BY a.load_id, a.line"
        ),
        selection.parameters(),
    )
    return [StoredResend(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class BookedOrder:
    """An order that was priced, and the row of orders.csv it stood on."""

    order_id: int
    order_ref: str
    load_id: int
    line: int


def priced_orders(connection: Connection, plan: str, model: str, day: int) -> list[BookedOrder]:
    """The orders of a sleeve priced on a day, by record keeper and reference."""
    rows = connection.execute(
        text(
            "SELECT o.id, o.order_ref, o.load_id, o.line FROM order_outcome z JOIN rk_order o ON o.id = z.order_id "
            f"{_NAMED} WHERE z.business_date = :day AND z.status = 'PRICED' AND p.code = :plan AND m.ticker = :model "
            "ORDER BY k.code, o.order_ref"
        ),
        {"plan": plan, "model": model, "day": day},
    )
    return [BookedOrder(*row) for row in rows]
