"""The writer turns events into transfers above zero; what does not balance is refused before it is written."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelx.domain.errors import UnbalancedEntry
from modelx.ledger.account import Chart
from modelx.ledger.journal import JournalKind, Journals, JournalWriter
from tests.ledger.books import DAY, account, column, journals

CASH, COST = account(1, Chart.CASH), account(1, Chart.COST, 4)
SHARES, STREET = account(1, Chart.SHARES, 4), account(0, Chart.STREET_SHARES, 4)
OTHER_SHARES = account(1, Chart.SHARES, 5)


def moves(written: Journals) -> list[tuple[int, int, int]]:
    return list(zip(written.debit.tolist(), written.credit.tolist(), written.amount.tolist(), strict=True))


def test_a_negative_amount_is_a_move_the_other_way() -> None:
    assert moves(journals((CASH, COST, -7))) == [(COST, CASH, 7)]


def test_a_zero_amount_leaves_no_transfer_and_nothing_but_zeros_no_journal() -> None:
    written = journals((CASH, COST, 0), (COST, CASH, 3))
    assert moves(written) == [(COST, CASH, 3)]
    assert written.n_transfer.tolist() == [1]
    assert len(journals((CASH, COST, 0)).kind) == 0


def test_an_event_keeps_its_date_its_settlement_and_its_source() -> None:
    writer = JournalWriter(DAY)
    writer.one(JournalKind.SPLIT, column(SHARES), column(STREET), column(5), source_id=77, settles_on=DAY + 2)
    writer.one(JournalKind.DUST, column(CASH), column(COST), column(1))
    written = writer.journals()
    assert written.kind.tolist() == [JournalKind.SPLIT, JournalKind.DUST]
    assert written.business_date.tolist() == [DAY, DAY]
    assert written.settles_on.tolist() == [DAY + 2, DAY]
    assert written.source_id.tolist() == [77, 0]


def test_each_row_is_an_event_with_a_transfer_for_every_leg_that_moves() -> None:
    writer = JournalWriter(DAY)
    writer.each(
        JournalKind.BUY,
        [
            (column(COST, COST, COST), column(CASH, CASH, CASH), column(100, 0, 0)),
            (column(SHARES, SHARES, SHARES), column(STREET, STREET, STREET), column(3, -4, 0)),
        ],
        source_id=column(11, 12, 13),
        settles_on=column(DAY, DAY + 1, DAY + 2),
    )
    written = writer.journals()
    assert moves(written) == [(COST, CASH, 100), (SHARES, STREET, 3), (STREET, SHARES, 4)]
    assert written.n_transfer.tolist() == [2, 1]
    assert written.source_id.tolist() == [11, 12]
    assert written.settles_on.tolist() == [DAY, DAY + 1]
    assert written.journal_index().tolist() == [0, 0, 1]


def test_no_events_write_nothing() -> None:
    writer = JournalWriter(DAY)
    writer.each(JournalKind.BUY, [(column(), column(), column())], source_id=column(), settles_on=column())
    assert len(writer.journals().kind) == 0


@given(st.lists(st.lists(st.integers(-5, 5), min_size=2, max_size=2), max_size=12))
def test_events_written_one_by_one_or_together_are_the_same(rows: list[list[int]]) -> None:
    amounts = np.array(rows, np.int64).reshape(-1, 2)
    n = len(amounts)
    legs = [
        (np.full(n, COST), np.full(n, CASH), amounts[:, 0]),
        (np.full(n, SHARES), np.full(n, STREET), amounts[:, 1]),
    ]
    together, apart = JournalWriter(DAY), JournalWriter(DAY)
    together.each(JournalKind.BUY, legs, source_id=np.arange(n), settles_on=np.full(n, DAY))
    for row in range(n):
        one = [np.concatenate([leg[i][row : row + 1] for leg in legs]) for i in range(3)]
        apart.one(JournalKind.BUY, *one, source_id=row)
    left, right = together.journals(), apart.journals()
    assert moves(left) == moves(right)
    assert left.n_transfer.tolist() == right.n_transfer.tolist()
    assert left.source_id.tolist() == right.source_id.tolist()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"amount": column(0)}, "above zero"),
        ({"amount": column(-5)}, "above zero"),
        ({"credit": column(CASH)}, "between two accounts"),
        ({"credit": column(SHARES)}, "one commodity into another"),
        ({"debit": column(SHARES), "credit": column(OTHER_SHARES)}, "one commodity into another"),
        ({"n_transfer": column(2)}, "every transfer"),
        ({"n_transfer": column(0)}, "every transfer"),
    ],
    ids=[
        "nothing",
        "less than nothing",
        "to itself",
        "dollars for shares",
        "two securities",
        "one lost",
        "no transfer",
    ],
)
def test_what_does_not_balance_is_refused(change: dict[str, np.ndarray], message: str) -> None:
    sound = journals((CASH, COST, 5))
    sound.check()
    with pytest.raises(UnbalancedEntry, match=message):
        replace(sound, **change).check()


def test_the_writer_refuses_a_journal_across_commodities() -> None:
    writer = JournalWriter(DAY)
    writer.one(JournalKind.BUY, column(CASH), column(SHARES), column(5))
    with pytest.raises(UnbalancedEntry):
        writer.journals()
