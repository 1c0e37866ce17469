"""The books of a what-if: cash, positions, accruals and units of every sleeve, and the steps of a night on them.

Each step calls the pure rule of the night; only the postings are missing. Order and rounding are those of
``spec/unitization.md`` 3 and 5.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from modelx.domain.accrual import accrue, fee_base, payable_to_pay
from modelx.domain.allocation import execute_in_full, paper_price
from modelx.domain.block import blocks_of, restate_for_splits
from modelx.domain.book_codes import OrderSide, QuantityType, TradeSide
from modelx.domain.calendar import Calendar
from modelx.domain.corporate_action import Splits, distribute, split_positions
from modelx.domain.fee_schedule import FeeRows, PaidFrom, SleeveScope
from modelx.domain.joins import find_rows
from modelx.domain.money import Column, group_sum
from modelx.domain.order_pricing import DueOrders, Published, price_orders
from modelx.domain.position import Positions, position_key, rows_of
from modelx.domain.proposal import ProposedTrades
from modelx.domain.strike import FIRST_UNIT_VALUE, UnitValues, strike
from modelx.domain.trade import Trades, book_trades
from modelx.domain.valuation import value_positions
from modelx.services.market_history import MarketHistory

_NO_LIMIT = 2**40  # an order of any share of its sleeve


@dataclass(frozen=True, slots=True)
class Executed:
    """Trades as they were executed, in the order of their days; shares and amounts in millionths."""

    day: Column
    settle_day: Column
    sleeve: Column
    security_id: Column
    side: Column
    shares: Column
    amount: Column


@dataclass(slots=True)
class Books:
    """State by sleeve, money and units in millionths. ``due`` holds what settles by day, in and out of cash.

    ``accrued`` has a column per payee of ``payee_id``. ``purchases``, ``sales``, ``fees`` and ``flows`` add up over
    the run; ``capital`` is what tonight's orders brought in, net.
    """

    history: MarketHistory
    calendar: Calendar
    fees_in_force: FeeRows
    scope: SleeveScope
    slippage: int
    positions: Positions = field(init=False)
    cash: Column = field(init=False)
    receivable: Column = field(init=False)
    payable: Column = field(init=False)
    due: dict[int, tuple[Column, Column]] = field(init=False, default_factory=dict)
    payee_id: Column = field(init=False)
    accrued: Column = field(init=False)
    accrued_through: int = field(init=False)
    units: Column = field(init=False)
    unit_value: Column = field(init=False)
    net_assets: Column = field(init=False)
    market_value: Column = field(init=False)
    capital: Column = field(init=False)
    purchases: Column = field(init=False)
    sales: Column = field(init=False)
    fees: Column = field(init=False)
    flows: Column = field(init=False)
    executed: list[Executed] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        n = len(self.scope)
        self.positions = Positions(*(np.empty(0, np.int64) for _ in range(4)))
        columns = np.zeros((11, n), np.int64)
        self.cash, self.receivable, self.payable, self.units, self.net_assets, self.capital = columns[:6]
        self.purchases, self.sales, self.fees, self.flows, self.market_value = columns[6:]
        self.unit_value = np.full(n, FIRST_UNIT_VALUE)
        rows = self.fees_in_force
        self.payee_id = np.unique(np.concatenate([rows.payee_id, rows.waives[rows.waives > 0]]))
        self.accrued = np.zeros((n, self.payee_id.size), np.int64)
        self.accrued_through = self.calendar.accrual_days_end(int(self.history.sessions[0]))

    @property
    def n(self) -> int:
        """How many sleeves there are."""
        return len(self.scope)

    def settle(self, day: int) -> None:
        """Move what is due on or before ``day`` through cash."""
        for when in sorted(self.due):
            if when <= day:
                incoming, outgoing = self.due.pop(when)
                self.cash += incoming - outgoing
                self.receivable -= incoming
                self.payable -= outgoing

    def owe(self, day: int, incoming: Column, outgoing: Column) -> None:
        """Book what settles on ``day``: a column per sleeve into cash, and one out of it."""
        before = self.due.get(day)
        self.due[day] = (incoming, outgoing) if before is None else (before[0] + incoming, before[1] + outgoing)
        self.receivable += incoming
        self.payable += outgoing

    def pay_fees(self) -> None:
        """Pay the whole cents of every payable."""
        paid = payable_to_pay(self.accrued.reshape(-1)).reshape(self.accrued.shape)
        self.accrued -= paid
        self.cash -= paid.sum(axis=1)

    def take_corporate_actions(self, session: int) -> Splits:
        """Apply the session's splits and distributions; return the splits."""
        day = int(self.history.sessions[session])
        terms, prices = self.history.security_terms(), self.history.prices(session)
        nothing = np.zeros(self.n, np.int64)
        splits, paid = self.history.splits_on(day), self.history.distributions_on(day)
        if splits.security_id.size:
            self.positions, split = split_positions(self.positions, splits, terms, prices)
            in_lieu = group_sum(split.cash_in_lieu, split.sleeve, self.n)
            self.owe(self.calendar.settle(day), in_lieu, nothing)
        if paid.security_id.size:
            self.positions, effects = distribute(self.positions, paid, terms, prices)
            pay_day = paid.pay_day[effects.distribution]
            for when in np.unique(pay_day).tolist():
                mine = pay_day == when
                amount = group_sum(effects.receivable[mine], effects.sleeve[mine], self.n)
                self.owe(max(when, day), amount, nothing)
            self.settle(day)
        return splits

    def execute(self, trades: ProposedTrades, session: int, splits: Splits) -> None:
        """Execute proposed trades at the session's prices through blocks, and book them."""
        day, terms = int(self.history.sessions[session]), self.history.security_terms()
        if splits.security_id.size:
            step = terms.share_step(splits.security_id)
            trades = restate_for_splits(trades, splits.security_id, splits.new_shares, splits.old_shares, step)
        if len(trades) == 0:
            return
        blocks = blocks_of(trades, day)
        row = rows_of(terms.security_id, blocks.security_id, "price of security")
        price = paper_price(self.history.price[session, row], blocks.side, self.slippage)
        security_id = blocks.security_id[blocks.requests.block]
        done = execute_in_full(
            blocks, price, terms.share_step(blocks.security_id), self._held(blocks.requests.sleeve, security_id)
        )
        some = done.shares > 0
        block = done.block[some]
        on = np.full(block.size, day)
        trades_of_day = Executed(
            day=on,
            settle_day=self.calendar.settle_columns(on, self.history.terms.settle_lag[row][block]),
            sleeve=done.sleeve[some],
            security_id=blocks.security_id[block],
            side=blocks.side[block],
            shares=done.shares[some],
            amount=done.amount[some],
        )
        self.executed.append(trades_of_day)
        self._book(trades_of_day)
        self.settle(day)

    def strike(self, session: int) -> UnitValues:
        """Accrue the cycle's fees, value the positions and strike every unit value."""
        day = int(self.history.sessions[session])
        base = fee_base(self.net_assets, self.capital)
        through = self.calendar.accrual_days_end(day)
        if through > self.accrued_through and self.payee_id.size:
            self._accrue(base, through)
        self.accrued_through = through
        valuation = value_positions(self.positions, self.history.prices(session), self.n)
        struck = strike(
            market_value=valuation.by_sleeve,
            cash=self.cash,
            receivables=self.receivable,
            payables=self.payable,
            accrued_fees=self.accrued.sum(axis=1),
            units=self.units,
            prior_unit_value=self.unit_value,
            opening_net_assets=base,
        )
        self.unit_value, self.net_assets = struck.unit_value, struck.net_assets
        self.market_value = valuation.by_sleeve
        return struck

    def take_orders(self, session: int, sleeve: Column, amount: Column) -> None:
        """Price subscriptions (amounts above zero) and redemptions (below) in dollars at tonight's unit value."""
        self.capital = np.zeros(self.n, np.int64)
        if sleeve.size == 0:
            return
        orders = DueOrders(
            sleeve=sleeve,
            side=np.where(amount > 0, int(OrderSide.SUB), int(OrderSide.RED)),
            quantity_type=np.full(sleeve.size, int(QuantityType.AMT)),
            quantity=np.abs(amount),
            closed=np.zeros(sleeve.size, np.bool_),
        )
        nobody = np.zeros(self.n, np.int64)
        published = Published(self.unit_value, self.net_assets, self.units, nobody, nobody)
        priced = price_orders(orders, published, _NO_LIMIT)
        taken = np.where(amount > 0, priced.amount, 0)
        incoming = group_sum(taken, sleeve, self.n)
        outgoing = group_sum(priced.amount - taken, sleeve, self.n)
        self.owe(self.calendar.settle(int(self.history.sessions[session])), incoming, outgoing)
        self.units, self.capital = priced.units_after, priced.capital
        self.flows += priced.capital

    def spendable(self) -> Column:
        """Cash that tonight's proposals may count on: settled, with what comes in less what goes out."""
        return self.cash + self.receivable - self.payable

    def _book(self, done: Executed) -> None:
        trades = Trades(done.sleeve, done.security_id, done.side, done.shares, done.amount)
        self.positions, _ = book_trades(self.positions, trades)
        for when in np.unique(done.settle_day).tolist():
            buys, sells = ((done.side == one) & (done.settle_day == when) for one in (TradeSide.BUY, TradeSide.SELL))
            bought = group_sum(done.amount[buys], done.sleeve[buys], self.n)
            sold = group_sum(done.amount[sells], done.sleeve[sells], self.n)
            self.owe(when, sold, bought)
            self.purchases += bought
            self.sales += sold

    def _accrue(self, base: Column, through: int) -> None:
        accruals = accrue(self.fees_in_force, self.scope, base, self.accrued_through + 1, through)
        inside = np.flatnonzero(accruals.paid_from == PaidFrom.UNIT_VALUE)
        waived = accruals.waives[inside] > 0
        owed_to = np.where(waived, accruals.waives[inside], accruals.payee_id[inside])
        amount = np.where(waived, -accruals.amount[inside], accruals.amount[inside])
        place = accruals.sleeve[inside] * self.payee_id.size + np.searchsorted(self.payee_id, owed_to)
        accrued = group_sum(amount, place, self.accrued.size).reshape(self.accrued.shape)
        self.accrued += accrued
        self.fees += accrued.sum(axis=1)

    def _held(self, sleeve: Column, security_id: Column) -> Column:
        keys = position_key(self.positions.sleeve, self.positions.security_id)
        at = find_rows(keys, position_key(sleeve, security_id))
        return np.where(at >= 0, np.append(self.positions.shares, 0)[at], 0)
