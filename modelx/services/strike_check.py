"""Checks of unit values and orders against the ledger, night by night, while its batches stream by.

A stored strike is computed again from the balances at its moment and the prices its run could see; a priced order is
compared with the journal that booked it. So a figure that was edited to foot still disagrees with the ledger.
"""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from modelx.domain.days import date_of
from modelx.domain.joins import find_rows
from modelx.domain.money import Column, group_sum
from modelx.domain.position import Positions, Prices
from modelx.domain.strike import FIRST_UNIT_VALUE, UnitValues, strike
from modelx.domain.valuation import value_positions
from modelx.ledger.account import PAYABLES, RECEIVABLES, USD, Chart, account_ids, commodities_of, owners_of
from modelx.ledger.checks import FirstProblems
from modelx.ledger.journal import JournalKind, Journals
from modelx.ledger.tally import Tally
from modelx.services.night_state import NEVER
from modelx.services.night_strike import strike_unit_values
from modelx.store import check_records, price_records
from modelx.store.check_records import StoredStep
from modelx.store.engine import Connection
from modelx.store.night_records import CycleRun
from modelx.store.versions import StoredColumns, taken

ORDER_KINDS = (JournalKind.SUBSCRIPTION, JournalKind.REDEMPTION)
_CAPITAL = (Chart.UNITS_SUBSCRIBED, Chart.UNITS_REDEEMED, Chart.ROUNDING)
_FIGURES = tuple(f.name for f in fields(UnitValues))


class StrikeCheck:
    """Strikes and priced orders, compared with a tally of the ledger as it stood."""

    def __init__(self, connection: Connection, tally: Tally, problems: FirstProblems, runs: list[CycleRun]) -> None:
        self._connection, self._tally, self._problems = connection, tally, problems
        self._horizon = {(run.business_date, run.run): run.load_horizon for run in runs}
        self._sleeves = check_records.sleeve_ids(connection)
        n, chart = len(self._sleeves), tally.accounts.chart
        self._place = find_rows(self._sleeves, tally.accounts.owner_id)
        self._fees = np.flatnonzero((chart == Chart.FEES_PAYABLE) & (self._place >= 0))
        self._shares = np.flatnonzero((chart == Chart.SHARES) & (self._place >= 0))
        self._unit_value = np.full(n, FIRST_UNIT_VALUE, np.int64)
        self._net_assets, self._capital, self._opening = (np.zeros(n, np.int64) for _ in range(3))
        self._version, self._struck_on = np.zeros(n, np.int64), np.full(n, NEVER, np.int64)
        self._struck: set[tuple[int, int]] = set()
        self._orders = 0

    def at_step(self, step: StoredStep) -> None:
        """Compare the strikes of a step with the ledger as it stands."""
        if step.name != strike_unit_values.__name__:
            return
        run = (step.business_date, step.run)
        self._struck.add(run)
        stored = check_records.unit_values_of_run(self._connection, *run)
        rows = find_rows(self._sleeves, stored["sleeve_id"])
        if (rows < 0).any() or len(np.unique(rows)) < len(rows):
            self._problems.note("unit-values", f"{_on(run)}: a sleeve is unknown, or struck twice in one run")
            return
        if len(rows) == 0:
            return
        again, anew = self._struck_again(run, rows), self._struck_on[rows] == run[0]
        expected = {name: getattr(again, name) for name in _FIGURES}
        expected["opening_net_assets"] = np.where(anew, self._opening[rows], again.opening_net_assets)
        expected["version"] = np.where(anew, self._version[rows] + 1, 1)
        self._compare(stored, expected, run)
        self._unit_value[rows], self._net_assets[rows] = stored["unit_value"], stored["net_assets"]
        self._version[rows], self._capital[rows] = stored["version"], self._sum_of(_CAPITAL)[rows]
        self._struck_on[rows], self._opening[rows] = run[0], stored["opening_net_assets"]

    def at_batch(self, step: StoredStep, journals: Journals) -> None:
        """Compare the orders that a batch books with their outcomes."""
        rows = np.flatnonzero(np.isin(journals.kind, ORDER_KINDS))
        if len(rows) == 0:
            return
        order = journals.source_id[rows]
        run = (step.business_date, step.run)
        stored = check_records.outcomes_of_run(self._connection, *run, int(order.min()), int(order.max()))
        stored = taken(stored, np.flatnonzero(np.array(stored["status"], np.str_) == "PRICED"))
        at = find_rows(stored["order_id"], order)
        if (at < 0).any() or len(at) < len(stored["order_id"]):
            missing = order[at < 0] if (at < 0).any() else np.setdiff1d(stored["order_id"], order)
            problem = f"order {int(missing[0])}, {_on(run)}: priced and booked do not go together"
            self._problems.note("outcomes", problem)
            return
        self._orders += len(rows)
        index, amounts, units = journals.journal_index(), *_amounts_and_units(journals)
        sleeve = find_rows(self._sleeves, owners_of(journals.debit[np.searchsorted(index, rows)]))
        for name, booked in (
            ("amount", amounts[rows]),
            ("units", units[rows]),
            ("settles_on", journals.settles_on[rows]),
            ("unit_value", self._unit_value[sleeve]),
        ):
            wrong = stored[name][at] != booked
            if wrong.any():
                problem = f"order {int(order[wrong][0])}, {_on(run)}: its {name} is not what was booked"
                self._problems.note("outcomes", problem)

    def finish(self) -> tuple[int, int]:
        """Look for strikes and priced orders that no step and no batch led to; returns (runs struck, orders priced)."""
        strays = check_records.struck_runs(self._connection) - self._struck
        if strays:
            self._problems.note("unit-values", f"{_on(min(strays))}: unit values stand without their step")
        self._problems.note("outcomes", check_records.first_outcome_out_of_place(self._connection, ORDER_KINDS))
        if check_records.priced_outcomes(self._connection) != self._orders:
            self._problems.note("outcomes", "an order is PRICED more often than it is booked")
        return len(self._struck), self._orders

    def last_strikes(self, sleeves: Column) -> tuple[Column, Column]:
        """(unit value, version) of each sleeve's last strike so far; the first unit value and 0 before it."""
        rows = find_rows(self._sleeves, sleeves)
        return self._unit_value[rows], self._version[rows]

    def _compare(self, stored: StoredColumns, expected: dict[str, Column], run: tuple[int, int]) -> None:
        for name, column in expected.items():
            wrong = np.flatnonzero(stored[name] != column)
            if len(wrong):
                at = int(wrong[0])
                found = f"{name} {int(stored[name][at])} is stored, {int(column[at])} is what the ledger gives"
                self._problems.note("unit-values", f"sleeve {int(stored['sleeve_id'][at])}, {_on(run)}: {found}")

    def _struck_again(self, run: tuple[int, int], rows: Column) -> UnitValues:
        """The strike of the sleeves at ``rows``, from the tally and the prices that the run could see."""
        n, amount = len(self._sleeves), self._tally.amount
        held = self._shares[amount[self._shares] != 0]
        held = held[np.isin(self._place[held], rows)]
        positions = Positions(
            self._place[held], self._tally.accounts.subject_id[held], amount[held], np.zeros(len(held), np.int64)
        )
        prices = price_records.prices_on(self._connection, run[0], self._horizon[run])
        value = value_positions(positions, Prices(prices.security_id, prices.price), n).by_sleeve
        owed = group_sum(amount[self._fees], self._place[self._fees], n)
        capital = self._sum_of(_CAPITAL)
        return strike(
            market_value=value[rows],
            cash=self._sum_of((Chart.CASH,))[rows],
            receivables=self._sum_of(RECEIVABLES)[rows],
            payables=-self._sum_of(PAYABLES)[rows],
            accrued_fees=-owed[rows],
            units=self._sum_of((Chart.UNITS_HELD,))[rows],
            prior_unit_value=self._unit_value[rows],
            opening_net_assets=(self._net_assets - (capital - self._capital))[rows],
        )

    def _sum_of(self, charts: tuple[Chart, ...]) -> Column:
        """For each sleeve, what its accounts of these chart numbers (without a subject) hold together."""
        total = np.zeros(len(self._sleeves), np.int64)
        for chart in charts:
            total += self._tally.balances(account_ids(self._sleeves, int(chart)))
        return total


def _amounts_and_units(journals: Journals) -> tuple[Column, Column]:
    """The dollars and the units that each journal moves."""
    index, n = journals.journal_index(), len(journals.kind)
    money = commodities_of(journals.debit) == USD
    return (
        group_sum(journals.amount[money], index[money], n),
        group_sum(journals.amount[~money], index[~money], n),
    )


def _on(run: tuple[int, int]) -> str:
    return f"{date_of(run[0])} run {run[1]}"
