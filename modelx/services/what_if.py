"""What-if: the rules of the night over years of history, in memory and without a database.

The same functions value, accrue, strike, propose, block and book as in a real night; only the ledger is missing, so
many models, overrides, rebalancing policies and fees can be tried side by side, one sleeve each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from modelx.domain.book_codes import RebalancePolicy
from modelx.domain.calendar import Calendar
from modelx.domain.effective_target import EffectiveTargets, changed_sleeves
from modelx.domain.errors import InvalidInput
from modelx.domain.fee_schedule import FeeRows, SleeveScope
from modelx.domain.money import Column
from modelx.domain.override import Overrides, calls_for_trades, in_force
from modelx.domain.override_resolution import ModelTargets, resolve
from modelx.domain.proposal import Proposal
from modelx.domain.rebalance import propose
from modelx.domain.rebalance_line import NEVER, SleeveFunds, lines_of
from modelx.domain.rebalance_trigger import (
    Mode,
    RebalanceTerms,
    Trigger,
    allowed,
    calendar_due,
    cash_triggers,
    modes,
    out_of_band,
)
from modelx.services.market_history import MarketHistory, no_splits
from modelx.services.what_if_books import Books, Executed

Progress = Callable[[int, int], None]


class Execution(Enum):
    """When proposed trades are executed."""

    NEXT_SESSION = "NEXT_SESSION"  # at the next session's price, as in the night
    SAME_CLOSE = "SAME_CLOSE"  # at the price they were sized on, as back-testers do


@dataclass(frozen=True, slots=True)
class Flows:
    """Orders in dollars: money in above zero, money out below (millionths, whole cents), priced on ``day``."""

    day: Column
    sleeve: Column
    amount: Column


@dataclass(frozen=True, slots=True)
class Scenario:
    """The sleeves to try. Columns have one row per sleeve; ``versions`` are (first day, targets of all models), rising.

    ``min_trade`` is in millionths, ``buffer`` and ``slippage`` are rates of 10^-12.
    """

    versions: Sequence[tuple[int, ModelTargets]]
    scope: SleeveScope
    model: Column
    buffer: Column
    min_trade: Column
    rebalance: RebalanceTerms
    overrides: Overrides
    fees: FeeRows
    flows: Flows
    execution: Execution = Execution.NEXT_SESSION
    slippage: int = 0


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What came of it. ``unit_value`` and ``net_assets`` (millionths) have a row per night, a column per sleeve.

    By sleeve, over the run, in millionths: ``purchases``, ``sales``, ``fees`` accrued and net ``flows``; and
    ``rebalances``, the nights on which it proposed trades. ``notes`` joins the ``SleeveNote``s of all nights;
    ``executed`` lists the trades, an entry for each day that had any.
    """

    days: Column
    unit_value: Column
    net_assets: Column
    purchases: Column
    sales: Column
    fees: Column
    flows: Column
    rebalances: Column
    notes: Column
    executed: tuple[Executed, ...]


def run_what_if(
    history: MarketHistory, calendar: Calendar, scenario: Scenario, progress: Progress | None = None
) -> WhatIf:
    """Run every session of ``history`` over the sleeves of ``scenario``; ``progress`` hears (nights done, nights).

    Sleeves open on the first session at a unit value of 10.000000. Raises ``InvalidInput`` when a version is missing
    on the first day, a security held has no price, or the calendar ends before the last trades settle.
    """
    books = Books(history, calendar, scenario.fees, scenario.scope, scenario.slippage)
    run = _Run(history, scenario, books)
    nights = history.sessions.size
    unit_value, net_assets = np.empty((2, nights, books.n), np.int64)
    for session in range(nights):
        run.night(session)
        unit_value[session], net_assets[session] = books.unit_value, books.net_assets
        if progress is not None:
            progress(session + 1, nights)
    totals = (books.purchases, books.sales, books.fees, books.flows)
    outcome = (run.rebalances, run.notes, tuple(books.executed))
    return WhatIf(history.sessions, unit_value, net_assets, *totals, *outcome)


class _Run:
    """One run under way: the books, the targets in force and the trades that wait for the next session."""

    def __init__(self, history: MarketHistory, scenario: Scenario, books: Books) -> None:
        self.history, self.scenario, self.books = history, scenario, books
        self.waiting: Proposal | None = None
        self.rebalances, self.notes = np.zeros((2, books.n), np.int64)
        self._by_day = np.argsort(scenario.flows.day, kind="stable")
        self._order_day = scenario.flows.day[self._by_day]
        self._key: tuple[int, bytes] | None = None
        self._targets: EffectiveTargets | None = None

    def night(self, session: int) -> None:
        """Carry every sleeve from last night's unit value to tonight's, then price orders and propose trades."""
        books, day = self.books, int(self.history.sessions[session])
        last = int(self.history.sessions[session - 1]) if session else NEVER
        books.settle(day)
        if session and books.calendar.first_session_of_month(day, last):
            books.pay_fees()
        splits = books.take_corporate_actions(session)
        if self.waiting is not None:
            books.execute(self.waiting.trades, session, splits)
        books.strike(session)
        books.take_orders(session, *self._orders_of(day))
        self.waiting = self._propose(session, day, last)
        if self.waiting is not None and self.scenario.execution is Execution.SAME_CLOSE:
            books.execute(self.waiting.trades, session, no_splits())
            self.waiting = None

    def _orders_of(self, day: int) -> tuple[Column, Column]:
        """The day's orders, in the order given: sleeves and amounts."""
        first, last = np.searchsorted(self._order_day, [day, day + 1]).tolist()
        mine = self._by_day[first:last]
        return self.scenario.flows.sleeve[mine], self.scenario.flows.amount[mine]

    def _propose(self, session: int, day: int, last: int) -> Proposal | None:
        """Tonight's proposals; None when nothing calls for any, as on most nights."""
        scenario, books = self.scenario, self.books
        before = self._targets
        targets = self._targets_on(day)
        spendable, accrued = books.spendable(), books.accrued.sum(axis=1)
        nothing = np.zeros(books.n, np.int64)
        funds = SleeveFunds(spendable, accrued, scenario.min_trade, nothing, nothing > 0)
        terms, policy = self.history.trading_terms(session), scenario.rebalance.policy
        found = np.zeros(books.n, np.int64)
        if last != NEVER and books.calendar.first_session_of_month(day, last):  # every period begins with a month
            found |= np.where(calendar_due(policy, np.full(books.n, last), day), int(Trigger.CALENDAR), 0)
        banded = policy == RebalancePolicy.BAND
        if banded.any():  # the other policies do not heed bands, so their lines are not needed for them
            lines = lines_of(books.positions, targets, terms, funds, banded)
            outside = np.bincount(lines.sleeve[out_of_band(lines, scenario.rebalance.band)], minlength=books.n) > 0
            found |= np.where(outside, int(Trigger.BAND), 0)
        cash_weight = targets.cash_weight[targets.profile_of_sleeve]
        free = spendable - accrued
        found |= cash_triggers(free, books.market_value + free, cash_weight, scenario.rebalance)
        found |= self._changes(day, last, before)
        how = modes(allowed(policy, found))
        if not how.any():  # every sleeve is on HOLD, which is zero
            return None
        lines = lines_of(books.positions, targets, terms, funds, how != Mode.HOLD)
        proposal = propose(lines, targets, terms, funds, how, day)
        self.rebalances += np.bincount(proposal.trades.sleeve, minlength=books.n) > 0
        self.notes |= np.where(how != Mode.HOLD, proposal.notes, 0)
        return proposal

    def _targets_on(self, day: int) -> EffectiveTargets:
        """The targets in force, worked out again only when a version or an override begins or ends."""
        version = self._version(day)
        key = (version, in_force(self.scenario.overrides, day).tobytes())
        if self._targets is None or key != self._key:
            scenario = self.scenario
            models = scenario.versions[version][1]
            self._targets = resolve(models, scenario.model, scenario.buffer, scenario.overrides, day)
            self._key = key
        return self._targets

    def _version(self, day: int) -> int:
        known = [at for at, (first, _) in enumerate(self.scenario.versions) if first <= day]
        if not known:
            raise InvalidInput("no version of the models is in force on the first day; give one from that day on")
        return known[-1]

    def _changes(self, day: int, last: int, before: EffectiveTargets | None) -> Column:
        """The MODEL and OVERRIDE triggers of tonight, where targets differ from the last night's, ``before``.

        The first night is none, its cash speaks for itself.
        """
        found = np.zeros(self.books.n, np.int64)
        if before is None or self._targets is None or self._targets is before:
            return found
        overrides = self.scenario.overrides
        found[overrides.sleeve[calls_for_trades(overrides, last, day)]] |= int(Trigger.OVERRIDE)
        old, new = (self.scenario.versions[self._version(on)][1] for on in (last, day))
        changed = np.array([_weights(old, m) != _weights(new, m) for m in range(new.n_models)], np.bool_)
        found |= np.where(changed[self.scenario.model], int(Trigger.MODEL), 0)
        return np.where(changed_sleeves(before, self._targets), found, 0)


def _weights(models: ModelTargets, model: int) -> dict[int, int]:
    rows = models.model == model
    return dict(zip(models.security[rows].tolist(), models.weight[rows].tolist(), strict=True))
