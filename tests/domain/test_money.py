"""What the exact arithmetic accepts, what it refuses, and the sums."""

import json
from pathlib import Path

import numpy as np
import pytest

from modelx.domain.errors import InvalidInput, OutOfRange
from modelx.domain.money import (
    Rounding,
    big_mul_div,
    format_decimal,
    group_sum,
    mul_div,
    parse_decimal,
    round_to,
    sum_exact,
)

VECTORS = json.loads(Path("fixtures/vectors/unitization.json").read_text(encoding="utf-8"))


def column(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


@pytest.mark.parametrize(
    ("rounding", "expected"),
    [
        (Rounding.HALF_UP, [-3, -2, -1, 0, 1, 2, 3]),
        (Rounding.HALF_EVEN, [-2, -2, 0, 0, 0, 2, 2]),
        (Rounding.FLOOR, [-3, -2, -1, 0, 0, 1, 2]),
    ],
)
def test_ties_of_either_sign_go_where_the_rounding_says(rounding: Rounding, expected: list[int]) -> None:
    halves = column(-5, -3, -1, 0, 1, 3, 5)
    assert mul_div(halves, 1, 2, rounding).tolist() == expected
    assert big_mul_div(halves, 1, 2, rounding).tolist() == expected


def test_shares_times_price_gives_the_cents_of_the_first_trade_of_g1() -> None:
    shares = parse_decimal("3028.835", 6)
    price = parse_decimal("41.27", 8)
    millionths = mul_div(column(shares), price, 10**8)
    assert [format_decimal(int(value), 6, 2) for value in round_to(millionths, 10_000)] == ["125000.02"]


def test_a_day_of_fees_on_the_small_sleeve_is_not_lost() -> None:
    """V05: 1,000.00 at 3.5 bp is 0.000959 a day, which a naive rounding to cents loses."""
    daily = mul_div(column(parse_decimal("1000.00", 6)), parse_decimal("0.00035", 12), 365 * 10**12)
    assert format_decimal(int(daily[0]), 6) == "0.000959"
    assert format_decimal(int(daily[0]) * 365, 6) == "0.350035"


def test_scalars_and_columns_broadcast() -> None:
    assert mul_div(7, column(1, 2, 3), 2).tolist() == [4, 7, 11]
    assert mul_div(column(1, 2, 3), 7, 2).tolist() == [4, 7, 11]
    assert mul_div(7, 3, column(2, 4)).tolist() == [11, 5]
    assert mul_div(7, 3, 2).tolist() == 11
    assert mul_div(column(1, 2).reshape(2, 1), column(10, 20), 3).tolist() == [[3, 7], [7, 13]]
    assert mul_div(column(2, 4, 6, 8)[::2], 1, column(2, 2)).tolist() == [1, 3]


def test_an_empty_column_stays_empty() -> None:
    empty = np.empty(0, np.int64)
    assert mul_div(empty, empty, 5).shape == (0,)
    assert mul_div(empty, 1, empty).shape == (0,)
    assert round_to(empty, 10).shape == (0,)
    assert sum_exact(empty) == 0
    assert group_sum(empty, empty, 2).tolist() == [0, 0]


@pytest.mark.parametrize("length", [2**15 - 1, 2**15, 2**15 + 1, 2**16 + 7])
def test_every_row_of_a_long_column_is_worked_on_once(length: int) -> None:
    a = np.arange(length, dtype=np.int64)
    assert np.array_equal(mul_div(a, 3, 2, Rounding.FLOOR), a * 3 // 2)
    assert np.array_equal(mul_div(a, 3, np.full(length, 2), Rounding.FLOOR), a * 3 // 2)


def test_the_inputs_are_left_as_they_were() -> None:
    a, b, d = column(5, 6), column(7, 8), column(9, 10)
    mul_div(a, b, d)
    assert (a.tolist(), b.tolist(), d.tolist()) == ([5, 6], [7, 8], [9, 10])


@pytest.mark.parametrize(
    ("a", "b", "d"),
    [
        (2**56, 2**56, 2**61),
        (-(2**56), 2**56, 2**61),
        (2**62, 2**50, 2**60),
        (-(2**63), 2**49, 2**61),
        (-(2**63), -(2**63), 2**61),
        (2**62, 1, 1),
        (-(2**62), 1, 1),
        (2**61, 2, 1),
        (2**62 - 1, 3, 3),
        (1, 1, 0),
        (1, 1, -1),
        (1, 1, 2**61 + 1),
        (2**63, 1, 2),
        (1, -(2**63) - 1, 2),
    ],
)
def test_just_outside_the_range_is_refused(a: int, b: int, d: int) -> None:
    with pytest.raises(OutOfRange):
        mul_div(a, b, d)
    if max(abs(a), abs(b) + 1, abs(d)) < 2**63:
        with pytest.raises(OutOfRange):
            mul_div(np.full(3, a), np.full(3, b), np.full(3, d))


@pytest.mark.parametrize(
    ("a", "b", "d"),
    [
        (2**56 - 2**7, 2**56 - 2**7, 2**61),
        (-(2**56) + 2**7, 2**56 - 2**7, 2**61 - 1),
        (2**62 - 2**14, 1, 1),
        (-(2**62) + 2**14, 3, 3),
        (-(2**63), 1, 4),
        (-(2**63), 2**48, 2**61),
    ],
)
def test_just_inside_the_range_is_exact(a: int, b: int, d: int) -> None:
    assert mul_div(column(a), b, d, Rounding.FLOOR).tolist() == [a * b // d]
    assert mul_div(column(a), b, column(d), Rounding.FLOOR).tolist() == [a * b // d]


def test_one_row_outside_the_range_refuses_the_whole_column() -> None:
    a = np.ones(100_000, np.int64)
    a[-1] = 2**62
    with pytest.raises(OutOfRange):
        mul_div(a, 1, 1)


@pytest.mark.parametrize(
    "wrong",
    [1.0, np.float64(1.0), float("nan"), True, np.array([1.0]), np.array([True]), np.array([1], np.uint64), "1", None],
)
def test_anything_but_whole_numbers_is_refused(wrong: object) -> None:
    for arguments in ((wrong, 1, 1), (1, wrong, 1), (1, 1, wrong)):
        with pytest.raises(TypeError):
            mul_div(*arguments)  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            big_mul_div(*arguments)
    with pytest.raises(TypeError):
        sum_exact(wrong)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        round_to(1, wrong)  # type: ignore[arg-type]


def test_a_narrower_integer_column_is_taken_as_it_is() -> None:
    assert mul_div(np.array([2**31 - 1], np.int32), 2**31, 2**30).tolist() == [2**32 - 2]


@pytest.mark.parametrize("value", [2**62, -(2**62), -(2**63), 2**63 - 1])
def test_an_amount_too_large_to_round_is_refused(value: int) -> None:
    with pytest.raises(OutOfRange):
        round_to(value, 10_000)


def test_big_integers_have_no_limit() -> None:
    assert big_mul_div(10**40, 10**40 + 1, 10**50, Rounding.FLOOR).tolist() == 10**30
    mixed = np.array([10**30, -(10**30) - 1], object)
    assert big_mul_div(mixed, column(1, 1), np.array([2, 2], object)).tolist() == [5 * 10**29, -5 * 10**29 - 1]


@pytest.mark.parametrize("d", [0, -1])
def test_big_integers_refuse_a_divisor_that_is_not_positive(d: int) -> None:
    with pytest.raises(OutOfRange):
        big_mul_div(1, 1, d)


@pytest.mark.parametrize("wrong", [np.array([1.5], object), np.array([True], object), np.array([None], object)])
def test_big_integers_refuse_an_object_column_of_other_things(wrong: np.ndarray) -> None:
    with pytest.raises(TypeError):
        big_mul_div(wrong, 1, 1)


def test_a_sum_past_64_bits_is_still_exact() -> None:
    values = np.full(1_000_000, 2**63 - 1, np.int64)
    assert sum_exact(values) == 1_000_000 * (2**63 - 1)
    assert sum_exact(-values - 1) == -1_000_000 * 2**63


def test_groups_sum_in_any_order_of_rows() -> None:
    rng = np.random.default_rng(7)
    group = rng.integers(0, 50, 5_000)
    values = rng.integers(-(10**17), 10**17, 5_000)  # past the limit where one pass is proven
    expected = [sum(int(v) for v in values[group == g]) for g in range(50)]
    assert group_sum(values, group, 50).tolist() == expected
    assert group_sum(values // 10**9, group, 51).tolist()[50] == 0


def test_a_group_sum_may_fill_64_bits_and_not_one_more() -> None:
    group = column(0, 1, 0, 1)
    assert group_sum(column(2**62, -(2**62), 2**62 - 1, -(2**62)), group, 2).tolist() == [2**63 - 1, -(2**63)]
    with pytest.raises(OutOfRange):
        group_sum(column(2**62, 0, 2**62, 0), group, 2)
    with pytest.raises(OutOfRange):
        group_sum(column(0, -(2**62), 0, -(2**62) - 1), group, 2)


@pytest.mark.parametrize("group", [column(0, 2), column(-1, 0), column(0)])
def test_a_group_number_that_does_not_belong_is_refused(group: np.ndarray) -> None:
    with pytest.raises(ValueError, match="group"):
        group_sum(column(1, 2), group, 2)


@pytest.mark.parametrize(
    ("text", "places", "count"),
    [
        ("0", 6, 0),
        ("-0", 6, 0),
        ("-0.000000", 6, 0),
        ("1", 6, 1_000_000),
        ("-1.5", 6, -1_500_000),
        ("0.000001", 6, 1),
        ("007.10", 2, 710),
        ("12", 0, 12),
        ("4611686018427.387903", 6, 2**62 - 1),
        ("-4611686018427.387903", 6, 1 - 2**62),
        ("0.123456789012", 12, 123_456_789_012),
    ],
)
def test_plain_decimals_are_read_exactly(text: str, places: int, count: int) -> None:
    assert parse_decimal(text, places) == count


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "-",
            ".",
            ".5",
            "5.",
            "+1",
            " 1",
            "1 ",
            "1\n",
            "1.2.3",
            "1,000",
            "1_000",
            "1e5",
            "1E-5",
            "0x10",
            "--1",
            "1-",
        ),
        *("NaN", "nan", "sNaN", "Infinity", "-inf", "١٢", "１", "1.²", "½", "−1", "1\x00", "0" * 65, "9" * 5_000),
    ],
)
def test_text_that_is_no_plain_decimal_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="not a plain decimal"):
        parse_decimal(text, 6)


@pytest.mark.parametrize(("text", "places"), [("1.0000001", 6), ("1.0000000", 6), ("0.0000000000001", 12), ("1.0", 0)])
def test_too_many_decimals_are_refused(text: str, places: int) -> None:
    with pytest.raises(InvalidInput, match="decimals"):
        parse_decimal(text, places)


@pytest.mark.parametrize("text", ["4611686018427.387904", "-4611686018427.387904", "9" * 60])
def test_a_number_too_large_for_a_column_is_refused(text: str) -> None:
    with pytest.raises(OutOfRange):
        parse_decimal(text, 6)


@pytest.mark.parametrize(
    ("count", "places", "at_least", "text"),
    [
        (0, 6, None, "0.000000"),
        (0, 6, 0, "0"),
        (-1, 6, None, "-0.000001"),
        (-1, 6, 2, "-0.000001"),
        (1_500_000, 6, 2, "1.50"),
        (1_000_000, 6, 2, "1.00"),
        (1_000_000, 6, 0, "1"),
        (1_234_567, 6, 2, "1.234567"),
        (12, 0, None, "12"),
        (10, 0, 0, "10"),
        (np.int64(-(2**63)), 6, None, "-9223372036854.775808"),
    ],
)
def test_a_count_is_written_without_rounding(count: int, places: int, at_least: int | None, text: str) -> None:
    assert format_decimal(count, places, at_least) == text


def test_what_is_written_reads_back() -> None:
    rng = np.random.default_rng(5)
    for count in rng.integers(-(2**62) + 1, 2**62, 500).tolist():
        for places in (0, 2, 6, 8, 12):
            assert parse_decimal(format_decimal(count, places), places) == count
            assert parse_decimal(format_decimal(count, places, 0), places) == count


@pytest.mark.parametrize("value", [1.5, "1", None])
def test_only_whole_numbers_are_written(value: object) -> None:
    with pytest.raises(TypeError):
        format_decimal(value, 6)  # type: ignore[arg-type]


def test_the_three_for_two_split_of_v09() -> None:
    v = VECTORS["V09_3for2_split"]
    old, cost = parse_decimal(v["old"], 6), parse_decimal(v["cost_before"], 6)
    new = mul_div(column(old), 3, 2)
    whole = round_to(new, 10**6, Rounding.FLOOR)
    fraction = new - whole
    cash = round_to(mul_div(fraction, parse_decimal("47.10", 8), 10**8), 10_000)
    relieved = round_to(mul_div(column(cost), fraction, new), 10_000)
    assert [format_decimal(int(x[0]), 6, 0) for x in (new, whole, fraction)] == [
        v["new_exact"],
        v["whole"],
        v["fraction"],
    ]
    assert [format_decimal(int(x[0]), 6, 2) for x in (cash, relieved)] == [v["cash_in_lieu"], v["cost_of_fraction"]]
    assert format_decimal(cost - int(relieved[0]), 6, 2) == v["cost_after"]
