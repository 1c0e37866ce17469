import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from modelx.domain.cash_ladder import CashLadder, PendingItems, project_cash
from tests.domain.fee_book import day, money

VECTORS = json.loads((Path(__file__).parents[2] / "fixtures/vectors/unitization.json").read_text())
ON = date(2026, 11, 24)
NEXT = date(2026, 11, 25)


def items(*rows: tuple[int, date, str]) -> PendingItems:
    return PendingItems(
        np.array([row[0] for row in rows], np.int64),
        np.array([day(row[1]) for row in rows], np.int64),
        money(*(row[2] for row in rows)),
    )


def rungs(ladder: CashLadder) -> list[tuple[int, date, Decimal]]:
    return [
        (sleeve, date(1970, 1, 1) + timedelta(days=on), Decimal(cash).scaleb(-6))
        for sleeve, on, cash in zip(ladder.sleeve.tolist(), ladder.day.tolist(), ladder.cash.tolist(), strict=True)
    ]


def test_a_large_redemption_overdraws_the_day_its_cash_is_due_v17() -> None:
    vector = VECTORS["V17_cash_ladder"]
    pending = items(
        (0, NEXT, "-125000.00"),
        (0, NEXT, "-50000.00"),
        (0, NEXT, "-70046.54"),
        (0, NEXT, "12345.67"),
        (0, NEXT, f"-{vector['redemption']}"),
    )
    ladder = project_cash(day(ON), money("250000.00"), pending, money("0"))
    assert rungs(ladder) == [
        (0, date.fromisoformat(on), Decimal(cash)) for on, cash in vector["projected_cash"].items()
    ]
    assert ladder.shortfalls().tolist() == [1]


def test_g1_as_it_was_ordered_is_never_short() -> None:
    pending = items((0, NEXT, "-245046.54"), (0, NEXT, "12345.67"), (0, NEXT, "-4001.65"))
    ladder = project_cash(day(ON), money("250000.00"), pending, money("0"))
    assert rungs(ladder)[1] == (0, NEXT, Decimal("13297.48"))
    assert ladder.shortfalls().size == 0


def test_cash_exactly_at_its_floor_is_enough_and_a_millionth_less_is_short() -> None:
    pending = items((0, NEXT, "-90.000000"), (1, NEXT, "-90.000001"))
    ladder = project_cash(day(ON), money("100", "100"), pending, money("10", "10"))
    assert [rungs(ladder)[at][0] for at in ladder.shortfalls()] == [1]


def test_what_is_overdue_counts_today_and_other_sleeves_do_not_count() -> None:
    pending = items((1, ON - timedelta(days=3), "-5"), (0, NEXT, "7"), (1, NEXT + timedelta(days=9), "2"))
    assert rungs(project_cash(day(ON), money("1", "2", "3"), pending, money("0", "0", "0"))) == [
        (0, ON, Decimal(1)),
        (0, NEXT, Decimal(8)),
        (1, ON, Decimal(-3)),
        (1, NEXT + timedelta(days=9), Decimal(-1)),
        (2, ON, Decimal(3)),
    ]


def test_no_sleeves_have_no_ladder() -> None:
    assert rungs(project_cash(day(ON), money(), items(), money())) == []


def test_sleeves_too_large_to_add_to_each_other_keep_their_own_cash() -> None:
    huge = np.full(8, 2**61, np.int64)
    ladder = project_cash(day(ON), huge, items((5, NEXT, "1")), np.zeros(8, np.int64))
    assert ladder.cash.tolist() == [2**61] * 6 + [2**61 + 10**6] + [2**61] * 2


amounts = st.integers(-(10**12), 10**12)


@given(
    st.lists(amounts, min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(0, 3), st.integers(-2, 5), amounts), max_size=15),
)
def test_each_rung_is_the_cash_and_everything_due_by_then(cash: list[int], pending: list[tuple[int, int, int]]) -> None:
    pending = [item for item in pending if item[0] < len(cash)]
    columns = np.array(pending, np.int64).reshape(-1, 3)
    ladder = project_cash(0, np.array(cash), PendingItems(*columns.T), np.zeros(len(cash), np.int64))
    expected = []
    for sleeve, own in enumerate(cash):
        days = sorted({0, *(max(on, 0) for at, on, _ in pending if at == sleeve)})
        expected += [
            (sleeve, on, own + sum(amount for at, due, amount in pending if at == sleeve and due <= on)) for on in days
        ]
    found = zip(ladder.sleeve.tolist(), ladder.day.tolist(), ladder.cash.tolist(), strict=True)
    assert list(found) == expected
