from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelx.domain.amount import add_amounts, check_whole_cents, to_cents, to_cents_of_any_size
from modelx.domain.errors import InvalidInput, OutOfRange
from tests.domain.fee_book import money


@given(st.integers(-(10**15), 10**15), st.integers(0, 10**12), st.integers(1, 10**15))
def test_both_ways_to_whole_cents_agree_with_decimal(a: int, b: int, d: int) -> None:
    cents = (Decimal(a) * b / d).quantize(Decimal(1), "ROUND_HALF_UP")
    expected = int(cents) * 10_000
    if abs(expected) < 2**60:
        assert to_cents_of_any_size(a, b, d).tolist() == expected
        assert to_cents(np.array([a]), b, d).tolist() == [expected]


def test_a_cent_amount_past_sixty_two_bits_is_refused_not_wrapped() -> None:
    with pytest.raises(OutOfRange):
        to_cents(np.array([2**50]), 1, 1)
    with pytest.raises(OutOfRange):
        to_cents_of_any_size(np.array([2**50]), 1, 1)
    with pytest.raises(OutOfRange):
        to_cents_of_any_size(np.array([2**62]), 4, 1)


def test_columns_add_up_and_a_sum_past_sixty_two_bits_is_refused() -> None:
    assert add_amounts(money("1.5", "2"), money("-0.5", "1")).tolist() == money("1", "3").tolist()
    with pytest.raises(OutOfRange):
        add_amounts(np.array([2**61]), np.array([2**61]))


def test_an_amount_with_a_part_of_a_cent_is_refused_where_cents_are_due() -> None:
    check_whole_cents(money("0.01", "-3.10"), "costs")
    with pytest.raises(InvalidInput, match="costs must be whole cents"):
        check_whole_cents(money("0.011"), "costs")
