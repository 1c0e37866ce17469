"""Record keepers' orders, priced at the unit value just published, and the cash they will take (spec 5, 12 and 13)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from modelx.domain.book_codes import OrderSide
from modelx.domain.cash_ladder import PendingItems
from modelx.domain.cash_ladder import project_cash as project
from modelx.domain.days import date_of
from modelx.domain.money import Column, format_decimal
from modelx.domain.order import OrderReason, OrderStatus, cancel_orders, in_sequence
from modelx.domain.order_pricing import DueOrders, PricedOrders, Published, largest_payables
from modelx.domain.order_pricing import price_orders as price_in_sequence
from modelx.ledger.account import Chart, account_ids, charts_of, owners_of, subjects_of
from modelx.ledger.journal import JournalKind, JournalWriter
from modelx.services.night import Feeds, Findings, Night
from modelx.services.night_effects import Columns, Effects
from modelx.store import night_records, order_records


@dataclass(frozen=True, slots=True)
class _Docket:
    """Tonight's orders: what the book holds of them, and what becomes of each before pricing."""

    orders: order_records.Orders
    status: Column
    reason: Column

    def waiting(self) -> Column:
        """Rows still to be priced."""
        return np.flatnonzero(self.status == OrderStatus.ACCEPTED)


def price_orders(night: Night, feeds: Feeds) -> Effects:
    """Decide every order due tonight: cancel, reject with a reason, keep as as-of, or price and book it.

    Orders of a held sleeve wait for its catch-up. An order that came late for a night already closed is kept as
    AS_OF_PENDING when it was in time for it, and priced tonight when it was not.
    """
    docket = _docket(night, feeds)
    orders, findings = docket.orders, Findings(night.policy)
    place, _ = night.places(orders.sleeve_id)
    rows = docket.waiting()
    rows = rows[in_sequence(place[rows], orders.received_at[rows], np.array(orders.order_ref, np.str_)[rows])]
    closed = (orders.priced_on_earliest[rows] < night.of_tonight("starts_on")[place[rows]]) | (
        night.on > night.of_tonight("ends_on")[place[rows]]
    )
    due = DueOrders(place[rows], orders.side[rows], orders.qty_type[rows], orders.qty[rows], closed)
    published = published_tonight(night)
    priced = price_in_sequence(due, published, night.policy.order_share)
    writer = JournalWriter(night.on)
    settles_on = night.calendar.settle(night.on)
    _book(writer, night, due, priced, orders.order_id[rows], settles_on)
    book_dust(writer, night, due.sleeve, priced.dust, published)
    for at in np.flatnonzero(priced.large):
        detail = f"order {orders.order_ref[rows[at]]} is more than the usual share of the sleeve"
        findings.add("C-ORDER", detail, sleeve_id=int(orders.sleeve_id[rows[at]]))
    outcomes = _outcomes(night, docket, rows, priced, settles_on)
    capital = priced.capital
    return Effects(
        journals=writer.journals(),
        outcomes=outcomes,
        findings=findings.columns(),
        sleeves=night.sleeves_with(net_assets=night.of_tonight("net_assets") + capital),
    )


def project_cash(night: Night, feeds: Feeds) -> Effects:
    """Project each sleeve's cash over everything that will settle, tonight's proposals included; cash below zero, or on
    a later day below the sleeve's own buffer_min of net assets, is a C-LADDER finding (vector V17).
    """
    pending = night.state.pending
    place, tonight = night.places(pending.sleeve_ids())
    rows = np.flatnonzero(tonight)
    inflow = charts_of(pending.debit[rows]) == int(Chart.CASH)
    amount = np.where(inflow, pending.amount[rows], -pending.amount[rows])
    cash = night.state.balances.by_owner(night.sleeve, Chart.CASH)
    proposed = night.work.proposed_cash
    items = PendingItems(
        np.concatenate([place[rows], proposed.sleeve]),
        np.concatenate([pending.due[rows], proposed.day]),
        np.concatenate([amount, proposed.amount]),
    )
    ladder = project(night.on, cash, items, night.work.cash_floor)
    findings, seen = Findings(night.policy), set[int]()
    for at in ladder.shortfalls().tolist():
        sleeve, short = int(ladder.sleeve[at]), int(ladder.cash[at]) < 0
        if sleeve not in seen and (short or ladder.day[at] > night.on):  # later days follow from the first
            seen.add(sleeve)
            detail = f"cash would be {format_decimal(int(ladder.cash[at]), 6, at_least=2)} on {date_of(ladder.day[at])}"
            least = format_decimal(int(ladder.floor[at]), 6, at_least=2)
            detail += "" if short else f", below the {least} that the sleeve is to keep"
            findings.add("C-LADDER", detail, sleeve_id=int(night.sleeve[sleeve]))
    return Effects(findings=findings.columns())


def _docket(night: Night, feeds: Feeds) -> _Docket:
    sleeves, decided = night.state.sleeves, _decided(night, feeds)
    _, tonight = night.places(sleeves.sleeve_id)
    earliest = int(decided[tonight].min()) if tonight.any() else 0
    span = (night.previous + 1, night.on)  # a day between them lost its session to a closure that came later
    found = order_records.orders_for_night(feeds.connection, span, night.cycle.load_horizon, earliest)
    dealt_with = night_records.orders_dealt_with(feeds.connection, night.cycle, span, earliest)
    _, tonight = night.places(found.sleeve_id)
    started = sleeves.started(found.sleeve_id)
    row = sleeves.rows_of(found.sleeve_id[started])
    seen = np.zeros(len(started), np.int64)
    seen[started] = decided[row]
    through = np.full(len(started), night.previous, np.int64)
    through[started] = sleeves.closed_through[row]
    due_tonight = (span[0] <= found.priced_on_earliest) & (found.priced_on_earliest <= night.on)
    arrived_late = ~due_tonight & (found.priced_on_earliest <= through) & (found.load_id > seen)
    known = np.array([order in dealt_with for order in found.order_id.tolist()], np.bool_)
    ours = ~known & (due_tonight | arrived_late) & (tonight | (~started & (night.cycle.run == 0)))
    orders = _rows(found, np.flatnonzero(ours))
    feeds.seen("orders", {"order_id": orders.order_id})
    started, arrived_late = started[ours], arrived_late[ours]
    in_time = orders.priced_on_earliest == orders.trade_date
    early = orders.priced_on_earliest < np.where(started, _starts_on(night, orders.sleeve_id, started), night.on + 1)
    status = np.full(len(orders.order_id), int(OrderStatus.ACCEPTED), np.int64)
    reason = np.zeros(len(orders.order_id), np.int64)
    cancels = np.array([bool(ref) for ref in orders.cancel_of], np.bool_)  # one that comes late stops what still waits
    status[arrived_late & in_time & ~cancels] = OrderStatus.AS_OF_PENDING
    status[~started | (arrived_late & early)] = OrderStatus.REJECTED
    reason[~started | (arrived_late & early)] = OrderReason.CLOS
    return _cancel(night, feeds, orders, status, reason, dealt_with)


def _decided(night: Night, feeds: Feeds) -> Column:
    """For each sleeve of the state, the last load of which its orders have been decided.

    On its first night that is the last load the night before saw: until then its orders were refused without it.
    """
    sleeves = night.state.sleeves
    before = night_records.load_horizon_before(feeds.connection, night.on)
    return np.where(sleeves.starts_on > night.previous, before, sleeves.closed_horizon)


def _starts_on(night: Night, sleeve_ids: Column, started: npt.NDArray[np.bool_]) -> Column:
    starts = np.zeros(len(sleeve_ids), np.int64)
    sleeves = night.state.sleeves
    starts[started] = sleeves.starts_on[sleeves.rows_of(sleeve_ids[started])]
    return starts


def _cancel(
    night: Night,
    feeds: Feeds,
    orders: order_records.Orders,
    status: Column,
    reason: Column,
    dealt_with: dict[int, str],
) -> _Docket:
    """Let tonight's cancellations take effect; orders they name that wait for another night join the docket."""
    cancels = np.flatnonzero(
        np.array([bool(ref) for ref in orders.cancel_of], np.bool_) & (status == OrderStatus.ACCEPTED)
    )
    if len(cancels) == 0:
        return _Docket(orders, status, reason)
    wanted = [orders.cancel_of[row] for row in cancels]
    named = order_records.orders_sent_before(feeds.connection, orders.rk_id[cancels], wanted)
    here = set(orders.order_id.tolist())
    elsewhere = [row.id for row in named.values() if row.id not in here and row.load_id <= night.cycle.load_horizon]
    others = order_records.orders_of_ids(feeds.connection, elsewhere)
    stored = night_records.last_outcomes(feeds.connection, others.order_id, night.cycle)
    feeds.seen("cancelled", {"order_id": others.order_id})
    waiting = [OrderStatus[stored.get(order, "ACCEPTED")] for order in others.order_id.tolist()]
    every = _together(orders, others)
    joined = np.concatenate([status, np.array(waiting, np.int64)])
    place = every.sleeve_id[cancels]
    turn = cancels[in_sequence(place, every.received_at[cancels], np.array(every.order_ref, np.str_)[cancels])]
    turn = turn[np.argsort(every.priced_on_earliest[turn] > night.previous, kind="stable")]  # late ones go first
    after, why = cancel_orders(
        every.rk_id, np.array(every.order_ref, np.str_), np.array(every.cancel_of, np.str_), joined, turn
    )
    own = np.arange(len(every.order_id)) < len(orders.order_id)
    kept = np.flatnonzero(own | (after == OrderStatus.CANCELLED) & (joined != OrderStatus.CANCELLED))
    reasons = np.concatenate([reason, np.zeros(len(waiting), np.int64)])
    return _Docket(_rows(every, kept), after[kept], np.where(why[kept] > 0, why[kept], reasons[kept]))


def _rows(orders: order_records.Orders, rows: Column) -> order_records.Orders:
    """Some of the orders."""
    chosen: dict[str, Any] = {}
    for f in fields(orders):
        column = getattr(orders, f.name)
        chosen[f.name] = [column[row] for row in rows.tolist()] if isinstance(column, list) else column[rows]
    return order_records.Orders(**chosen)


def _together(first: order_records.Orders, second: order_records.Orders) -> order_records.Orders:
    """The orders of both, in that order."""
    joined: dict[str, Any] = {}
    for f in fields(first):
        a, b = getattr(first, f.name), getattr(second, f.name)
        joined[f.name] = a + b if isinstance(a, list) else np.concatenate([a, b])
    return order_records.Orders(**joined)


def published_tonight(night: Night) -> Published:
    """What tonight's orders and transfers are priced from."""
    balances = night.state.balances
    rows = balances.rows_of_chart(Chart.FEES_PAYABLE)
    accounts = balances.account[rows]
    place, tonight = night.places(owners_of(accounts))
    owed = -balances.amount[rows][tonight]
    payee, payable = largest_payables(place[tonight], subjects_of(accounts[tonight]), owed, len(night.sleeve))
    return Published(
        unit_value=night.of_tonight("unit_value"),
        net_assets=night.of_tonight("net_assets"),
        units=balances.by_owner(night.sleeve, Chart.UNITS_HELD),
        payee_id=payee,
        payable=payable,
    )


def _book(
    writer: JournalWriter, night: Night, due: DueOrders, priced: PricedOrders, order_id: Column, settles_on: int
) -> None:
    """One journal per priced order: capital at cash, units at rounded units (spec 7)."""
    owner = night.sleeve[due.sleeve]
    held, issued = account_ids(owner, int(Chart.UNITS_HELD)), account_ids(owner, int(Chart.UNITS_ISSUED))
    for kind, side, money, unit_accounts in (
        (
            JournalKind.SUBSCRIPTION,
            OrderSide.SUB,
            (Chart.UNITS_SOLD_RECEIVABLE, Chart.UNITS_SUBSCRIBED),
            (held, issued),
        ),
        (JournalKind.REDEMPTION, OrderSide.RED, (Chart.UNITS_REDEEMED, Chart.UNITS_REDEEMED_PAYABLE), (issued, held)),
    ):
        rows = np.flatnonzero((priced.reason == OrderReason.NONE) & (due.side == side))
        debit, credit = (account_ids(owner[rows], int(chart)) for chart in money)
        writer.each(
            kind,
            [
                (debit, credit, priced.amount[rows]),
                (unit_accounts[0][rows], unit_accounts[1][rows], priced.units[rows]),
            ],
            source_id=order_id[rows],
            settles_on=np.full(len(rows), settles_on, np.int64),
        )


def book_dust(writer: JournalWriter, night: Night, sleeve: Column, dust: Column, published: Published) -> None:
    """What is left of net assets when the last units go is cleared against a fee payable (vector V08)."""
    rows = np.flatnonzero(dust)
    sleeve = sleeve[rows]
    rounding = account_ids(night.sleeve[sleeve], int(Chart.ROUNDING))
    payable = account_ids(night.sleeve[sleeve], int(Chart.FEES_PAYABLE), published.payee_id[sleeve])
    writer.one(JournalKind.DUST, rounding, payable, dust[rows])


def _outcomes(night: Night, docket: _Docket, rows: Column, priced: PricedOrders, settles_on: int) -> Columns:
    orders, n = docket.orders, len(docket.orders.order_id)
    if n == 0:
        return {}
    status, reason = docket.status.copy(), docket.reason.copy()
    units, amount = np.zeros(n, np.int64), np.zeros(n, np.int64)
    units[rows], amount[rows] = priced.units, priced.amount
    accepted = priced.reason == OrderReason.NONE
    status[rows] = np.where(accepted, int(OrderStatus.PRICED), int(OrderStatus.REJECTED))
    late = orders.priced_on_earliest[rows] != orders.trade_date[rows]
    reason[rows] = np.where(accepted & late, int(OrderReason.CUTO), priced.reason)
    place, tonight = night.places(orders.sleeve_id)
    is_priced = status == OrderStatus.PRICED
    value = np.where(is_priced & tonight, night.of_tonight("unit_value")[place] if len(night.sleeve) else 0, 0)
    by_id = np.argsort(orders.order_id)
    return {
        "order_id": orders.order_id[by_id],
        "status": [OrderStatus(code).name for code in status[by_id].tolist()],
        "reason_code": [OrderReason(code).code for code in reason[by_id].tolist()],
        "units": units[by_id],
        "amount": amount[by_id],
        "unit_value": value[by_id],
        "settles_on": np.where(is_priced, settles_on, 0)[by_id],
    }
