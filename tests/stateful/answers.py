"""What the product answers, as rows of plain values: the same shape as :mod:`tests.stateful.expected`."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import Engine

from modelx.domain.days import date_of, day_of
from modelx.services import holds, ledger_views
from modelx.services.unit_values import list_unit_values
from modelx.store.unit_of_work import reading
from modelx.store.unit_value_records import Selection, StoredOutcome, outcomes
from tests.oracle.book import SleeveKey
from tests.product import COMPONENTS
from tests.stateful.expected import Accounts, UnitValueRow

STREET, BILLED, ACCRUED = "9210", "8110", "8100"


def money(value: int) -> Decimal:
    return Decimal(value).scaleb(-6)


def unit_value_rows(engine: Engine, selection: Selection) -> list[UnitValueRow]:
    rows = []
    for line in list_unit_values(engine, selection):
        strike = line.strike
        struck = None if strike is None else tuple(money(getattr(strike, name)) for name in COMPONENTS)
        rows.append((date_of(line.business_date), line.plan, line.model, line.status, struck))
    return rows


def open_holds(engine: Engine, selection: Selection) -> set[tuple[date, SleeveKey, str, str]]:
    found = holds.open_holds(engine, selection)
    return {(date_of(hold.business_date), (hold.plan, hold.model), hold.code, hold.ticker) for hold in found}


def order_outcomes(engine: Engine, selection: Selection) -> list[StoredOutcome]:
    with reading(engine) as connection:
        return outcomes(connection, selection)


def accounts_at(engine: Engine, key: SleeveKey, day: date) -> Accounts:
    """A trial balance. Account fees are taken before they are billed, as the oracle keeps them."""
    accounts: Accounts = {}
    for line in ledger_views.trial_balance(engine, *key, day_of(day)):
        assert line.amount != 0
        account = line.account.replace(BILLED, ACCRUED)
        accounts[account] = accounts.get(account, Decimal(0)) + money(line.amount)
    return {account: amount for account, amount in accounts.items() if amount != 0}


def journal(engine: Engine, key: SleeveKey, first: date, last: date) -> list[ledger_views.JournalLine]:
    return ledger_views.journal_lines(engine, *key, day_of(first), day_of(last))


def movements(engine: Engine, key: SleeveKey, first: date, last: date) -> dict[tuple[date, str], Decimal]:
    """The journal of a range, added up by night and account."""
    moved: dict[tuple[date, str], Decimal] = {}
    for line in journal(engine, key, first, last):
        for account, sign in ((line.debit, 1), (line.credit, -1)):
            at = (date_of(line.business_date), account.replace(BILLED, ACCRUED))
            moved[at] = moved.get(at, Decimal(0)) + sign * money(line.amount)
    return {at: change for at, change in moved.items() if change != 0 and not at[1].startswith(STREET)}


def position_rows(engine: Engine, key: SleeveKey, day: date) -> tuple[Decimal, list[tuple[object, ...]]]:
    cash, lines = ledger_views.positions_at(engine, *key, day_of(day))
    rows: list[tuple[object, ...]] = [
        (
            line.ticker,
            money(line.shares),
            money(line.cost),
            None if line.price is None else Decimal(line.price).scaleb(-8),
        )
        for line in lines
    ]
    return money(cash), rows
