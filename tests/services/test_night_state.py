"""The state between nights: what waits for settlement, and that a closing gives back exactly what was kept."""

from dataclasses import fields

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from modelx.ledger.account import Chart
from modelx.ledger.balance import Balances
from modelx.ledger.journal import JournalKind, Journals, JournalWriter
from modelx.services.night_state import BookState, Pending, Sleeves
from modelx.services.night_steps import NIGHT
from modelx.store import night_records
from tests.ledger.books import DAY, account, column

CASH = {owner: account(owner, Chart.CASH) for owner in (1, 2)}
BOUGHT = {owner: account(owner, Chart.SECURITIES_BOUGHT_PAYABLE) for owner in (1, 2)}
SOLD = {owner: account(owner, Chart.SECURITIES_SOLD_RECEIVABLE) for owner in (1, 2)}
COST = {owner: account(owner, Chart.COST, 4) for owner in (1, 2)}
DIVIDEND, INCOME = account(1, Chart.DIVIDENDS_RECEIVABLE), account(1, Chart.DIVIDEND_INCOME)


def event(kind: JournalKind, debit: int, credit: int, amount: int, *, day: int = DAY, due: int = DAY + 1) -> Journals:
    writer = JournalWriter(day)
    writer.one(kind, column(debit), column(credit), column(amount), settles_on=due)
    return writer.journals()


def items(pending: Pending) -> list[tuple[int, ...]]:
    return list(zip(*(getattr(pending, f.name).tolist() for f in fields(Pending)), strict=True))


def test_a_purchase_waits_to_be_paid_and_a_sale_to_be_received() -> None:
    pending = Pending.none().after(event(JournalKind.BUY, COST[1], BOUGHT[1], 70))
    pending = pending.after(event(JournalKind.SELL, SOLD[2], COST[2], 50, due=DAY + 2))
    assert items(pending) == [(DAY + 1, BOUGHT[1], CASH[1], 70), (DAY + 2, CASH[2], SOLD[2], 50)]
    assert pending.sleeve_ids().tolist() == [1, 2]


def test_a_reinvested_dividend_never_waits() -> None:
    assert items(Pending.none().after(event(JournalKind.REINVESTMENT, DIVIDEND, INCOME, 9))) == []
    assert items(Pending.none().after(event(JournalKind.DISTRIBUTION, DIVIDEND, INCOME, 9))) == [
        (DAY + 1, CASH[1], DIVIDEND, 9)
    ]


def test_a_settlement_takes_what_is_due_of_the_sleeves_it_touches() -> None:
    pending = Pending.none()
    for owner in (1, 2):
        pending = pending.after(event(JournalKind.BUY, COST[owner], BOUGHT[owner], 70))
        pending = pending.after(event(JournalKind.BUY, COST[owner], BOUGHT[owner], 30, due=DAY + 3))
    settled = pending.after(event(JournalKind.SETTLEMENT, BOUGHT[1], CASH[1], 70, day=DAY + 1, due=DAY + 1))
    assert items(settled) == [
        (DAY + 3, BOUGHT[1], CASH[1], 30),
        (DAY + 1, BOUGHT[2], CASH[2], 70),
        (DAY + 3, BOUGHT[2], CASH[2], 30),
    ]


TRADE = st.tuples(st.sampled_from([1, 2]), st.booleans(), st.integers(1, 10**12), st.integers(0, 4))


@given(st.lists(TRADE, max_size=20), st.lists(st.integers(0, 4), max_size=3))
def test_what_waits_is_always_what_the_ledger_owes(trades: list[tuple[int, bool, int, int]], days: list[int]) -> None:
    pending, balances = Pending.none(), Balances.none()

    def book(journals: Journals) -> None:
        nonlocal pending, balances
        pending, balances = pending.after(journals), balances.after(journals)
        for owner in (1, 2):
            owed = sum(amount for _, debit, _, amount in items(pending) if debit == BOUGHT[owner])
            due = sum(amount for _, _, credit, amount in items(pending) if credit == SOLD[owner])
            assert balances.of(column(BOUGHT[owner], SOLD[owner])).tolist() == [-owed, due]

    for owner, buys, amount, lag in trades:
        kind = JournalKind.BUY if buys else JournalKind.SELL
        debit, credit = (COST[owner], BOUGHT[owner]) if buys else (SOLD[owner], COST[owner])
        book(event(kind, debit, credit, amount, due=DAY + lag))
    for day in sorted(days):
        due_now = pending.where(pending.due <= DAY + day)
        writer = JournalWriter(DAY + day)
        writer.one(JournalKind.SETTLEMENT, due_now.debit, due_now.credit, due_now.amount)
        book(writer.journals())


@given(st.integers(0, 5), st.binary(min_size=32, max_size=32), st.lists(st.integers(-(2**62), 2**62), max_size=5))
def test_a_closing_gives_back_what_was_kept(n: int, head: bytes, figures: list[int]) -> None:
    sleeves = Sleeves(*(np.arange(n) * place for place, _ in enumerate(fields(Sleeves))))
    waiting = Pending(*(np.array(figures, np.int64) + 0 * place for place, _ in enumerate(fields(Pending))))
    balances = Balances(np.arange(len(figures)), np.array(figures, np.int64))
    state = BookState(balances, sleeves, waiting, column(1, 2), 9, 8, 7, 6, 5, 4, head, bytes(reversed(head)))
    again = BookState.from_bytes(state.to_bytes())
    for part in ("balances", "sleeves", "pending"):
        for f in fields(getattr(state, part)):
            kept = getattr(getattr(again, part), f.name)
            assert kept.tolist() == getattr(getattr(state, part), f.name).tolist()
            assert kept.dtype == np.int64
    assert again.commodity.tolist() == [1, 2]
    scalars = [f.name for f in fields(BookState) if f.name.startswith("last_") or f.name.endswith("_hash")]
    assert [getattr(again, name) for name in scalars] == [getattr(state, name) for name in scalars]


def test_the_same_state_is_kept_as_the_same_bytes() -> None:
    assert BookState.empty().to_bytes() == BookState.empty().to_bytes()


def test_the_last_step_of_a_night_is_the_one_that_closes_it() -> None:
    assert [step.__name__ for step in NIGHT].index(night_records.CLOSING_STEP) == len(NIGHT) - 1
