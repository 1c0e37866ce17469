"""The ledger as people read it: a sleeve's trial balance on a date, its journals, and what it holds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from modelx.domain.errors import NotFound, UnknownSleeve
from modelx.domain.money import Column
from modelx.ledger.account import (
    SHARE_CHARTS,
    TITLES,
    UNIT_CHARTS,
    Chart,
    account_ids,
    charts_of,
    owners_of,
    subjects_of,
)
from modelx.ledger.balance import Balances
from modelx.ledger.journal import JournalKind
from modelx.services.night_replay import state_before
from modelx.store import ledger_records, name_records, night_records, price_records, status_records
from modelx.store.engine import Connection, Engine
from modelx.store.unit_of_work import reading

PAYEE_CHARTS = (
    Chart.FEES_PAYABLE,
    Chart.FEE_EXPENSE,
    Chart.ACCOUNT_FEES_RECEIVABLE,
    Chart.ACCOUNT_FEES_BILLED,
    Chart.ACCOUNT_FEES_EARNED,
)
SECURITY_CHARTS = (Chart.COST, Chart.ERROR_ACCOUNT_COST, *SHARE_CHARTS)


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One account of a trial balance: its code (chart, and subject after a colon), commodity, and balance.

    Debits are positive; millionths of the commodity.
    """

    account: str
    title: str
    commodity: str
    amount: int


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One transfer of a journal. ``source`` is the row id of the input it came from (0 = none)."""

    journal: int
    business_date: int
    settles_on: int
    kind: str
    source: int
    debit: str
    credit: str
    commodity: str
    amount: int


@dataclass(frozen=True, slots=True)
class PositionLine:
    """One position: shares, average cost, and the day's price and value (None when it has no price)."""

    ticker: str
    shares: int
    cost: int
    price: int | None


def sleeve_id(connection: Connection, plan: str, model: str) -> int:
    """The sleeve of a plan and a model. Raises :class:`UnknownSleeve`."""
    plan_id = name_records.ids(connection, "plan").get(plan)
    model_id = name_records.ids(connection, "model").get(model)
    keys = name_records.sleeve_keys(connection)
    found = keys.sleeve_id[(keys.plan_id == (plan_id or 0)) & (keys.model_id == (model_id or 0))]
    if len(found) == 0:
        raise UnknownSleeve(f"no sleeve: plan {plan} does not offer model {model}, see `modelx unit-value list`")
    return int(found[0])


def trial_balance(engine: Engine, plan: str, model: str, day: int) -> list[AccountLine]:
    """A sleeve's accounts at the end of a day, its orders of that night included; zero balances left out."""
    with reading(engine) as connection:
        owner = sleeve_id(connection, plan, model)
        balances = balances_at(connection, owner, day)
        names = Names.read(connection)
    return [
        AccountLine(
            names.account(int(account)),
            TITLES[_parts(int(account))[0]],
            names.commodity(int(account)),
            int(amount),
        )
        for account, amount in zip(balances.account, balances.amount, strict=True)
        if amount
    ]


def journal_lines(engine: Engine, plan: str, model: str, first_day: int, last_day: int) -> list[JournalLine]:
    """A sleeve's transfers dated in a range, in the order in which they were booked."""
    with reading(engine) as connection:
        owner = sleeve_id(connection, plan, model)
        rows = ledger_records.transfers_of_owner(connection, owner, first_day=first_day, through_day=last_day)
        names = Names.read(connection)
    return [
        JournalLine(
            journal=int(rows["journal"][at]),
            business_date=int(rows["business_date"][at]),
            settles_on=int(rows["settles_on"][at]),
            kind=JournalKind(int(rows["kind"][at])).name,
            source=int(rows["source_id"][at]),
            debit=names.account(int(rows["debit"][at])),
            credit=names.account(int(rows["credit"][at])),
            commodity=names.commodity(int(rows["debit"][at])),
            amount=int(rows["amount"][at]),
        )
        for at in range(len(rows["journal"]))
    ]


def positions_at(engine: Engine, plan: str, model: str, day: int) -> tuple[int, list[PositionLine]]:
    """A sleeve's cash and positions at the end of a day, with that day's prices as known now."""
    with reading(engine) as connection:
        owner = sleeve_id(connection, plan, model)
        balances = balances_at(connection, owner, day)
        loads, _ = night_records.horizons(connection)
        priced = price_records.prices_on(connection, day, loads)
        names = Names.read(connection)
    price = dict(zip(priced.security_id.tolist(), priced.price.tolist(), strict=True))
    rows = balances.rows_of_chart(Chart.SHARES)
    security = subjects_of(balances.account[rows])
    cost = balances.of(account_ids(owner, int(Chart.COST), security))
    lines = [
        PositionLine(names.securities[int(s)], int(n), int(c), price.get(int(s)))
        for s, n, c in zip(security, balances.amount[rows], cost, strict=True)
        if n
    ]
    cash = int(balances.by_owner(np.array([owner]), Chart.CASH)[0])
    return cash, sorted(lines, key=lambda line: line.ticker)


def balances_at(connection: Connection, owner: int, day: int) -> Balances:
    """An owner's balances from everything dated on or before a day: the best closing kept, and the ledger since.

    Raises :class:`NotFound` when no night on or before the day has run.
    """
    if status_records.night_before(connection, day + 1) is None:
        raise NotFound("no night on or before that date has run: see `modelx cycle status`")
    base = state_before(connection, day + 1)
    since = ledger_records.transfers_of_owner(connection, owner, after_journal=base.last_journal, through_day=day)
    own = base.balances.of_owner(owner)
    accounts = np.concatenate([own.account, since["debit"], since["credit"]])
    amounts = np.concatenate([own.amount, since["amount"], -since["amount"]])
    mine = owners_of(accounts) == owner
    every, at = np.unique(accounts[mine], return_inverse=True)
    total = np.zeros(len(every), np.int64)
    np.add.at(total, at, amounts[mine])
    return Balances(every, total)


@dataclass(frozen=True, slots=True)
class Names:
    """The words for ids: tickers and payees."""

    securities: dict[int, str]
    payees: dict[int, str]

    @classmethod
    def read(cls, connection: Connection) -> Names:
        """Every name."""
        return cls(name_records.names(connection, "security"), name_records.names(connection, "payee"))

    def account(self, account: int) -> str:
        """The code of an account: its chart number, and its subject after a colon."""
        chart, subject = _parts(account)
        if chart in SECURITY_CHARTS:
            return f"{int(chart)}:{self.securities[subject]}"
        if chart in PAYEE_CHARTS:
            return f"{int(chart)}:{self.payees[subject]}"
        return str(int(chart))

    def commodity(self, account: int) -> str:
        """What an account counts: USD, a ticker's shares, or units."""
        chart, subject = _parts(account)
        if chart in SHARE_CHARTS:
            return self.securities[subject]
        return "UNITS" if chart in UNIT_CHARTS else "USD"


def _parts(account: int) -> tuple[Chart, int]:
    column: Column = np.array([account], np.int64)
    return Chart(int(charts_of(column)[0])), int(subjects_of(column)[0])
