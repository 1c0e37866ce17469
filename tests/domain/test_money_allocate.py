"""Largest remainder: exact sums, within one step of the quota, and ties in the order that the rule names."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelx.domain.errors import InvalidInput, OutOfRange
from modelx.domain.money import allocate, group_sum, mul_div, parse_decimal, round_to
from tests.oracle.decimal_money import shared_out

BLOCK = json.loads(Path("fixtures/vectors/unitization.json").read_text(encoding="utf-8"))["V11_block"]
SHARE, CENT = 10**6, 10_000


def column(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


def test_a_partly_filled_block_is_shared_as_in_v11() -> None:
    requested = column(*(parse_decimal(shares, 6) for shares in BLOCK["requested"].values()))
    filled = column(*(parse_decimal(shares, 6) for shares, _ in BLOCK["fills"]))
    prices = column(*(parse_decimal(price, 8) for _, price in BLOCK["fills"]))
    cash = int(round_to(mul_div(filled, prices, 10**8), CENT).sum())
    assert cash == parse_decimal(BLOCK["total_cash"], 6)
    shares = allocate(parse_decimal(BLOCK["filled"], 6), requested, step=SHARE)
    assert shares.tolist() == [parse_decimal(x, 6) for x in BLOCK["shares"].values()]
    paid = allocate(cash, shares, step=CENT)
    assert paid.tolist() == [parse_decimal(x, 6) for x in BLOCK["cash"].values()]


def test_three_equal_weights_make_exactly_one() -> None:
    weights = allocate(10**12, column(1, 1, 1), step=10**6)
    assert weights.tolist() == [333_334 * 10**6, 333_333 * 10**6, 333_333 * 10**6]


def test_equal_remainders_go_to_the_larger_weight_first() -> None:
    assert allocate(3, column(1, 3, 2)).tolist() == [0, 2, 1]  # quotas 0.5, 1.5, 1
    assert allocate(1, column(1, 3)).tolist() == [0, 1]
    assert allocate(2, column(1, 3)).tolist() == [0, 2]  # quotas 0.5, 1.5: the larger weight takes the odd one


def test_equal_weights_go_to_the_lower_key_first() -> None:
    assert allocate(2, column(5, 5, 5)).tolist() == [1, 1, 0]
    assert allocate(2, column(5, 5, 5), key=column(30, 20, 10)).tolist() == [0, 1, 1]


def test_groups_are_shared_apart_whatever_the_order_of_rows() -> None:
    group = column(1, 0, 1, 0, 1)
    shares = allocate(column(7, 10), column(1, 1, 1, 2, 1), group)
    assert shares.tolist() == [4, 2, 3, 5, 3]


def test_a_negative_total_mirrors_the_positive_one() -> None:
    assert allocate(-10, column(1, 1, 1)).tolist() == [-4, -3, -3]


def test_a_zero_weight_gets_nothing() -> None:
    assert allocate(5, column(0, 1, 1)).tolist() == [0, 3, 2]


def test_nothing_shared_among_nobody_is_nothing() -> None:
    empty = np.empty(0, np.int64)
    assert allocate(0, empty).shape == (0,)
    assert allocate(column(0, 6), column(0, 1, 1), column(0, 1, 1)).tolist() == [0, 3, 3]


@pytest.mark.parametrize(
    ("total", "weights", "group"),
    [
        (column(5), column(0, 0), column(0, 0)),
        (column(5, 5), column(1, 1), column(0, 0)),
        (column(5), np.empty(0, np.int64), np.empty(0, np.int64)),
    ],
)
def test_an_amount_with_nothing_to_be_shared_by_is_refused(
    total: np.ndarray, weights: np.ndarray, group: np.ndarray
) -> None:
    with pytest.raises(InvalidInput, match="shared"):
        allocate(total, weights, group)


@pytest.mark.parametrize(("total", "step"), [(10_001, 10_000), (-10_001, 10_000), (5, 0), (5, -1)])
def test_a_total_that_is_no_whole_number_of_steps_is_refused(total: int, step: int) -> None:
    with pytest.raises(InvalidInput, match="steps"):
        allocate(total, column(1, 1), step=step)


@pytest.mark.parametrize(
    ("total", "weights"),
    [
        (5, column(-1, 2)),
        (2**62, column(1, 1)),
        (-(2**63), column(1, 1)),
        (5, column(2**61, 1)),
        (5, column(2**62, 2**62)),
        (2**61, column(2**55, 2**60)),
    ],
)
def test_numbers_outside_the_proven_range_are_refused(total: int, weights: np.ndarray) -> None:
    with pytest.raises(OutOfRange):
        allocate(total, weights)


def test_columns_that_do_not_belong_together_are_refused() -> None:
    with pytest.raises(ValueError, match="group"):
        allocate(column(1, 1), column(1, 1), column(0, 2))
    with pytest.raises(ValueError, match="group"):
        allocate(column(1, 1), column(1, 1), column(0))
    with pytest.raises(ValueError, match="keys"):
        allocate(1, column(1, 1), key=column(1))


WEIGHTS = st.lists(st.one_of(st.integers(0, 6), st.integers(0, 10**6), st.integers(0, 2**50)), min_size=1, max_size=9)
GROUPS = st.lists(st.tuples(st.integers(-(2**61), 2**61), WEIGHTS), min_size=1, max_size=4)


@settings(max_examples=300, deadline=None)
@given(GROUPS, st.sampled_from([1, 7, CENT, SHARE]), st.randoms(use_true_random=False))
def test_shares_add_up_stay_near_their_quota_and_ignore_the_order_of_rows(groups, step, rng) -> None:
    groups = [(total // 2**10 // step * step, weights) for total, weights in groups if sum(weights)]
    totals = column(*(total for total, _ in groups))
    rows = [(number, weight) for number, (_, weights) in enumerate(groups) for weight in weights]
    group, weight = column(*(g for g, _ in rows)), column(*(w for _, w in rows))
    key = np.arange(len(rows))
    shares = allocate(totals, weight, group, step=step, key=key)
    expected = [
        share for total, weights in groups for share in shared_out(total, weights, list(range(len(weights))), step)
    ]
    assert shares.tolist() == expected
    assert group_sum(shares, group, len(groups)).tolist() == totals.tolist()
    for (g, w), share in zip(rows, shares.tolist(), strict=True):
        total, weights = groups[g]
        assert share % step == 0
        assert abs(share * sum(weights) - total * w) < step * sum(weights)
    shuffled = np.array(rng.sample(range(len(rows)), len(rows)), np.int64)
    again = allocate(totals, weight[shuffled], group[shuffled], step=step, key=key[shuffled])
    assert again.tolist() == shares[shuffled].tolist()
