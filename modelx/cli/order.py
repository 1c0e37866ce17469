"""`modelx order`: what became of the record keepers' orders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, Parameter

from modelx.cli.output import DEFAULT_DATABASE, Database, Output, print_remark, show_rows
from modelx.cli.selection import First, Last, Model, Plan, selection

if TYPE_CHECKING:
    from modelx.services.order_views import OrderLine

app = App(name="order")

Status = Literal["ACCEPTED", "PRICED", "REJECTED", "CANCELLED", "AS_OF_PENDING", "DUPLICATE"]
COLUMNS = (
    *("trade_date", "plan", "model", "recordkeeper", "order_ref", "side", "type", "qty", "status", "reason_code"),
    *("reason", "night", "units", "unit_value", "amount", "settles_on", "file", "source", "load"),
)
TABLE = (
    *("trade_date", "plan", "model", "order_ref", "order", "qty", "status"),
    *("units", "unit_value", "amount", "settles_on", "source"),
)
NUMERIC = frozenset({"qty", "units", "unit_value", "amount"})


@app.command(name="list")
def list_(
    *,
    plan: Plan = None,
    model: Model = None,
    first: First = None,
    last: Last = None,
    status: Annotated[Status | None, Parameter(name="--status", help="Only lines that stand like this.")] = None,
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> None:
    """List every order line by trade date: how it stands, its reason, and what it was priced at.

    ACCEPTED waits for its night. PRICED with CUTO came late and took the next unit value. REJECTED has an ISO reason
    code. AS_OF_PENDING came in time for a night that was already closed. A line that was sent again is DUPLICATE, or
    REJECTED with ORRF when its content had changed. --json and --csv have every column; the table leaves some out.
    """
    from modelx.bootstrap import open_book
    from modelx.services.order_views import LineStatus, list_orders

    chosen = None if status is None else LineStatus[status]
    rows = [_row(line) for line in list_orders(open_book(database), selection(plan, model, first, last), chosen)]
    if output.json or output.csv:
        show_rows(output, "orders", COLUMNS, rows)
        return
    table = [_told(row) for row in rows]
    show_rows(output, "orders", TABLE, table, numeric=NUMERIC)
    for reason in sorted({f"{row['reason_code'] or row['status']}: {row['reason']}" for row in map(_named, rows)}):
        if not reason.endswith(": "):
            print_remark(reason)


def _named(row: list[Any]) -> dict[str, Any]:
    return dict(zip(COLUMNS, row, strict=True))


def _told(row: list[Any]) -> list[str]:
    """A row for the table: what belongs together in one cell."""
    named = _named(row)
    return [
        *(named[name] for name in ("trade_date", "plan", "model", "order_ref")),
        f"{named['side']} {named['type']}".strip(),
        named["qty"],
        f"{named['status']} {named['reason_code']}".strip(),
        *(named[name] for name in ("units", "unit_value", "amount", "settles_on", "source")),
    ]


def _row(line: OrderLine) -> list[Any]:
    from modelx.domain.days import date_of
    from modelx.domain.money import format_decimal

    def day(of: int | None) -> str:
        return "" if of is None else date_of(of).isoformat()

    def figure(amount: int | None, at_least: int) -> str:
        return "" if amount is None else format_decimal(amount, 6, at_least=at_least)

    return [
        day(line.trade_date),
        *(line.plan, line.model, line.recordkeeper, line.order_ref, line.side, line.quantity_type),
        figure(line.quantity, 4 if line.quantity_type == "UNITS" else 2),
        *(line.status.name, line.reason_code, line.reason),
        day(line.night),
        figure(line.units, 4),
        figure(line.unit_value, 6),
        figure(line.amount, 2),
        day(line.settles_on),
        *(line.file, f"{line.folder}/orders.csv:{line.line}", line.load),
    ]
