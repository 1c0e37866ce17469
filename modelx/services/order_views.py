"""Orders as people read them: every line that was sent, what became of it, and why (spec 12.2 and 13, design 3a.8)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from modelx.domain.book_codes import OrderResend, OrderSide, QuantityType
from modelx.domain.days import date_of
from modelx.domain.order import OrderReason, OrderStatus
from modelx.services.known_names import require_known
from modelx.store import order_list_records
from modelx.store.engine import Engine
from modelx.store.order_list_records import StoredOrder, StoredResend
from modelx.store.unit_of_work import reading
from modelx.store.unit_value_records import Selection


class LineStatus(Enum):
    """How an order line stands."""

    ACCEPTED = "waits for its night"
    PRICED = "priced and booked"
    REJECTED = "not priced, with a reason"
    CANCELLED = "cancelled, or a cancellation that took effect"
    AS_OF_PENDING = "in time for a night that was closed when it came: stored, not priced"
    DUPLICATE = "sent again with the same content"


_SENT_AGAIN = {
    OrderResend.DUPLICATE: (LineStatus.DUPLICATE, "", "the same line was sent before: its answer stands"),
    OrderResend.ORRF: (LineStatus.REJECTED, OrderReason.ORRF.code, OrderReason.ORRF.text),
}


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line of an order file. Millionths; figures are None where the line has none.

    ``quantity`` is None for ALL, and for a line sent again with other content, which is not kept. ``night`` is the date
    whose unit value it takes or was dealt with on.
    """

    trade_date: int
    plan: str
    model: str
    recordkeeper: str
    order_ref: str
    side: str
    quantity_type: str
    quantity: int | None
    status: LineStatus
    reason_code: str
    reason: str
    night: int | None
    units: int | None
    unit_value: int | None
    amount: int | None
    settles_on: int | None
    file: str
    load: int
    line: int
    folder: str


def list_orders(engine: Engine, selection: Selection, status: LineStatus | None = None) -> list[OrderLine]:
    """The order lines whose trade date is selected, by trade date, record keeper and reference.

    An order that came in time for a night already closed is AS_OF_PENDING from the moment it is loaded. Raises
    :class:`NotFound` for a plan or model the book does not have.
    """
    with reading(engine) as connection:
        require_known(connection, plan=selection.plan, model=selection.model)
        orders = order_list_records.stored_orders(connection, selection)
        resends = order_list_records.stored_resends(connection, selection)
    first = {order.order_id: order for order in orders}
    lines = [_line(order) for order in orders] + [_resent(again, first[again.order_id]) for again in resends]
    chosen = [line for line in lines if status in {None, line.status}]
    return sorted(chosen, key=lambda one: (one.trade_date, one.recordkeeper, one.order_ref, one.load, one.line))


def _line(order: StoredOrder) -> OrderLine:
    status = LineStatus[order.status] if order.status else _waiting(order)
    priced = status is LineStatus.PRICED
    return OrderLine(
        trade_date=order.trade_date,
        plan=order.plan,
        model=order.model,
        recordkeeper=order.recordkeeper,
        order_ref=order.order_ref,
        side=OrderSide(order.side).name,
        quantity_type=QuantityType(order.qty_type).name,
        quantity=None if order.qty_type == QuantityType.ALL else order.qty,
        status=status,
        reason_code=order.reason_code,
        reason=_reason(order, status),
        night=order.business_date if order.status else order.priced_on_earliest,
        units=order.units if priced else None,
        unit_value=order.unit_value if priced else None,
        amount=order.amount if priced else None,
        settles_on=order.settles_on if priced else None,
        file=order.file_id,
        load=order.load_id,
        line=order.line,
        folder=order.folder_name,
    )


def _waiting(order: StoredOrder) -> LineStatus:
    """How an order stands that no night has dealt with: its night may have closed before it was loaded."""
    in_time = order.priced_on_earliest == order.trade_date
    missed = order.closed_horizon is not None and order.load_id > order.closed_horizon
    return LineStatus[OrderStatus.AS_OF_PENDING.name] if in_time and missed else LineStatus.ACCEPTED


def _reason(order: StoredOrder, status: LineStatus) -> str:
    if order.reason_code:
        return OrderReason[order.reason_code].text
    if status is LineStatus.AS_OF_PENDING:
        return f"in time for {date_of(order.trade_date)}, but loaded after that night closed"
    if status is LineStatus.CANCELLED:
        return f"cancels {order.cancel_of}" if order.cancel_of else "cancelled by its record keeper"
    return f"waits for the night of {date_of(order.priced_on_earliest)}" if status is LineStatus.ACCEPTED else ""


def _resent(again: StoredResend, first: StoredOrder) -> OrderLine:
    status, code, reason = _SENT_AGAIN[OrderResend(again.kind)]
    same = status is LineStatus.DUPLICATE
    return OrderLine(
        trade_date=again.trade_date,
        plan=again.plan,
        model=again.model,
        recordkeeper=again.recordkeeper,
        order_ref=again.order_ref,
        side=OrderSide(first.side).name if same else "",
        quantity_type=QuantityType(first.qty_type).name if same else "",
        quantity=first.qty if same and first.qty_type != QuantityType.ALL else None,
        status=status,
        reason_code=code,
        reason=reason,
        night=None,
        units=None,
        unit_value=None,
        amount=None,
        settles_on=None,
        file=again.file_id,
        load=again.load_id,
        line=again.line,
        folder=again.folder_name,
    )
