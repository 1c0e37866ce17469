from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelx.domain.errors import InvalidInput
from modelx.domain.fee_schedule import NO_UPPER, FeeAggregate, FeesInForce, Tier, describe_terms, parse_tiers, resolve
from tests.domain.fee_book import Fee, day, fee_rows, row_in_force, scope

ON = date(2026, 11, 24)


def winners(in_force: FeesInForce) -> list[tuple[int, int]]:
    return list(zip(in_force.sleeve.tolist(), in_force.row.tolist(), strict=True))


def test_the_most_specific_row_wins_for_each_payee() -> None:
    fees = [
        Fee(payee=1, rate="0.001"),
        Fee(payee=1, rate="0.002", model=7),
        Fee(payee=1, rate="0.003", plan=4),
        Fee(payee=1, rate="0.004", plan=4, model=7),
        Fee(payee=2, rate="0.005"),
    ]
    sleeves = scope((3, 6), (3, 7), (4, 6), (4, 7))
    assert winners(resolve(fee_rows(fees), sleeves, day(ON))) == [
        (0, 0), (0, 4), (1, 1), (1, 4), (2, 2), (2, 4), (3, 3), (3, 4),
    ]  # fmt: skip


def test_a_row_is_in_force_from_its_first_day_to_its_last_and_the_general_row_before_and_after() -> None:
    special = Fee(payee=1, plan=4, start=date(2026, 11, 10), end=date(2026, 11, 20))
    rows = fee_rows([Fee(payee=1), special])
    expected = {
        date(2026, 11, 9): 0,
        date(2026, 11, 10): 1,
        date(2026, 11, 15): 1,
        date(2026, 11, 20): 1,
        date(2026, 11, 21): 0,
    }
    for on, row in expected.items():
        assert winners(resolve(rows, scope((4, 7)), day(on))) == [(0, row)], on


def test_no_row_is_in_force_before_the_first_start_and_after_the_last_end() -> None:
    rows = fee_rows([Fee(payee=1, start=ON, end=ON)])
    for on, expected in ((ON - timedelta(days=1), []), (ON, [(0, 0)]), (ON + timedelta(days=1), [])):
        assert winners(resolve(rows, scope((4, 7)), day(on))) == expected


def test_among_equals_the_latest_start_wins_then_the_latest_load() -> None:
    fees = [
        Fee(payee=1, start=date(2026, 3, 1)),
        Fee(payee=1, start=date(2026, 2, 1)),
        Fee(payee=2, start=date(2026, 3, 1)),
        Fee(payee=2, start=date(2026, 3, 1)),
    ]
    assert winners(resolve(fee_rows(fees), scope((1, 1)), day(ON))) == [(0, 0), (0, 3)]


def test_no_rows_or_no_sleeves_give_no_fees() -> None:
    assert winners(resolve(fee_rows([]), scope((1, 1)), day(ON))) == []
    assert winners(resolve(fee_rows([Fee(payee=1)]), scope(), day(ON))) == []


ids = st.integers(0, 3)
fees = st.builds(
    Fee,
    payee=st.integers(1, 3),
    plan=ids,
    model=ids,
    start=st.integers(-3, 3).map(lambda n: ON + timedelta(days=n)),
    end=st.none() | st.integers(0, 4).map(lambda n: ON + timedelta(days=n)),
)


@given(st.lists(fees, max_size=12), st.lists(st.tuples(st.integers(1, 3), st.integers(1, 3)), min_size=1, max_size=6))
def test_the_join_agrees_with_a_search_row_by_row(book: list[Fee], sleeves: list[tuple[int, int]]) -> None:
    expected = []
    for index, (plan, model) in enumerate(sleeves):
        for payee in (1, 2, 3):
            winner = row_in_force(book, plan, model, payee, ON)
            if winner is not None:
                expected.append((index, winner))
    assert winners(resolve(fee_rows(book), scope(*sleeves), day(ON))) == expected


def test_tiers_are_read_with_their_bounds() -> None:
    assert parse_tiers("0.0050@1000000;0.0035@5000000;0.0025") == (
        Tier(10**12, 5 * 10**9),
        Tier(5 * 10**12, 35 * 10**8),
        Tier(NO_UPPER, 25 * 10**8),
    )
    assert parse_tiers("") == ()


@pytest.mark.parametrize(
    "text",
    ["0.0050;0.0035", "0.005@1000000", "0.005@5;0.004@5;0.003", "0.005@0;0.004", "0.005@x;0.004", "NaN", "1e-3"],
)
def test_tiers_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_tiers(text)


def test_a_thousand_plan_rows_leave_the_other_plans_alone() -> None:
    book = [Fee(payee=1, rate="0.001"), *(Fee(payee=1, rate="0.002", plan=plan) for plan in range(1, 1001))]
    sleeves = scope(*((plan, 1) for plan in range(1, 2001)))
    expected = np.where(np.arange(1, 2001) <= 1000, np.arange(1, 2001), 0)
    assert resolve(fee_rows(book), sleeves, day(ON)).row.tolist() == expected.tolist()


def test_terms_are_told_in_percent_with_their_bounds() -> None:
    tiers = "0.0050@1000000;0.0025"
    rows = fee_rows(
        [Fee(1, "0.00035"), Fee(1, tiers=tiers, cliff=True), Fee(1, tiers=tiers, aggregate=FeeAggregate.PLAN)]
    )
    assert [describe_terms(rows, row) for row in range(3)] == [
        "0.035 %",
        "0.50 % to 1000000.00, 0.25 % above (cliff, by sleeve)",
        "0.50 % to 1000000.00, 0.25 % above (graduated, by plan)",
    ]
