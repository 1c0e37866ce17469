from fractions import Fraction

import pytest

from modelx.disclosure.figures import (
    NOT_APPLICABLE,
    dollars,
    long_date,
    per_thousand_cents,
    percent,
    round_half_up,
    to_bps,
    whole_dollars,
)
from tests.disclosure.worked import d


@pytest.mark.parametrize(
    ("bps", "text", "number"),
    [(1334, "13.34%", "13.34"), (-5, "−0.05%", "-0.05"), (0, "0.00%", "0.00"), (123456, "1234.56%", "1234.56")],
)
def test_a_percent_prints_two_decimals_and_a_real_minus(bps: int, text: str, number: str) -> None:
    figure = percent(bps)
    assert (figure.text, figure.number, figure.unit) == (text, number, "percent")


def test_a_negative_nothing_prints_zero() -> None:
    assert percent(to_bps(Fraction(-1, 10**9))).text == "0.00%"


@pytest.mark.parametrize(
    ("cents", "text", "number"),
    [(750, "$7.50", "7.50"), (-123456789, "−$1,234,567.89", "-1234567.89"), (0, "$0.00", "0.00")],
)
def test_dollars_are_grouped(cents: int, text: str, number: str) -> None:
    assert (dollars(cents).text, dollars(cents).number) == (text, number)


def test_what_does_not_exist_prints_na_with_its_reason() -> None:
    assert percent(None, "began on June 1, 2025").text == NOT_APPLICABLE.text == dollars(None).text == "N/A"
    assert percent(None, "began on June 1, 2025").note == "began on June 1, 2025"
    assert percent(None).number == ""


def test_whole_dollars_and_long_dates() -> None:
    assert whole_dollars(-19_625).text == "−$19,625"
    assert long_date(d("2025-12-31")) == "December 31, 2025"


def test_halves_go_away_from_zero() -> None:
    assert [round_half_up(Fraction(n, 2)) for n in (-3, -1, 1, 3)] == [-2, -1, 1, 2]
    assert per_thousand_cents(78) == 780
