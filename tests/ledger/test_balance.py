"""Balances against a dictionary: what a ledger of plain Python would say."""

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelx.domain.errors import OutOfRange
from modelx.domain.money import AMOUNT_LIMIT
from modelx.ledger.account import Chart, owners_of
from modelx.ledger.balance import Balances
from tests.ledger.books import account, column, journals

CHARTS = (Chart.CASH, Chart.COST, Chart.FEES_PAYABLE, Chart.FEE_EXPENSE)
ACCOUNTS = st.builds(account, st.integers(0, 3), st.sampled_from(CHARTS), st.integers(0, 2))
MOVES = st.lists(
    st.tuples(ACCOUNTS, ACCOUNTS, st.integers(-(10**15), 10**15)).filter(lambda move: move[0] != move[1]), max_size=12
)


@given(st.lists(MOVES, max_size=6))
def test_balances_are_the_sums_of_a_dictionary(batches: list[list[tuple[int, int, int]]]) -> None:
    balances, book = Balances.none(), defaultdict[int, int](int)
    for moves in batches:
        balances = balances.after(journals(*moves))
        for debit, credit, amount in moves:
            if amount:
                book[debit] += amount
                book[credit] -= amount
    assert dict(zip(balances.account.tolist(), balances.amount.tolist(), strict=True)) == dict(book)
    assert balances.account.tolist() == sorted(book)
    assert int(balances.amount.sum()) == 0


@given(MOVES, st.lists(ACCOUNTS, max_size=8))
def test_any_account_can_be_asked_for(moves: list[tuple[int, int, int]], asked: list[int]) -> None:
    balances = Balances.none().after(journals(*moves))
    book = dict(zip(balances.account.tolist(), balances.amount.tolist(), strict=True))
    assert balances.of(column(*asked)).tolist() == [book.get(one, 0) for one in asked]
    assert balances.opened(column(*asked)).tolist() == [one in book for one in asked]


@given(MOVES)
def test_by_owner_and_by_chart_are_slices_of_the_same_book(moves: list[tuple[int, int, int]]) -> None:
    balances = Balances.none().after(journals(*moves))
    owners = column(0, 1, 2, 3)
    pieces = [balances.of_owner(owner) for owner in owners.tolist()]
    assert np.concatenate([piece.account for piece in pieces]).tolist() == balances.account.tolist()
    for owner, piece in zip(owners.tolist(), pieces, strict=True):
        assert set(owners_of(piece.account).tolist()) <= {owner}
        for chart in CHARTS:
            rows = piece.rows_of_chart(chart)
            assert balances.total_by_owner(owners, chart)[owner] == piece.amount[rows].sum()
            assert balances.by_owner(owners, chart)[owner] == piece.of(column(account(owner, chart)))[0]


@given(MOVES, MOVES)
def test_what_would_be_opened_is_what_is_opened(
    first: list[tuple[int, int, int]], second: list[tuple[int, int, int]]
) -> None:
    before = Balances.none().after(journals(*first))
    after = before.after(journals(*second))
    assert before.opened_by(journals(*second)).tolist() == np.setdiff1d(after.account, before.account).tolist()


def test_the_balances_before_are_left_as_they_were() -> None:
    before = Balances.none().after(journals((account(1, Chart.CASH), account(1, Chart.COST), 5)))
    before.after(journals((account(1, Chart.CASH), account(1, Chart.COST), 7)))
    assert before.amount.tolist() == [5, -5]


def test_no_journal_changes_nothing() -> None:
    balances = Balances.none()
    assert balances.after(journals()) is balances
    assert Balances.none().of(column(account(1, Chart.CASH))).tolist() == [0]
    assert Balances.none().total_by_owner(column(), Chart.CASH).tolist() == []


@pytest.mark.parametrize("times", [1, 2])
def test_a_balance_beyond_the_exact_range_is_refused(times: int) -> None:
    move = (account(1, Chart.CASH), account(1, Chart.COST), AMOUNT_LIMIT // 2)
    balances = Balances.none()
    with pytest.raises(OutOfRange):
        for _ in range(times + 1):
            balances = balances.after(journals(*[move] * (2 // times)))
