from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelx.disclosure.figures import percent
from modelx.disclosure.performance import annualized_bps, calendar_years, growth_of, performance
from modelx.domain.errors import InvalidInput
from tests.disclosure.worked import d, series

FULL = series(
    ("2015-12-31", "10.000000"), ("2020-12-31", "14.482103"), ("2024-12-31", "17.315420"), ("2025-12-31", "19.624871")
)


def printed(bps: int | None) -> str:
    return percent(bps).text


def by_decimal(growth: Fraction, years: Fraction) -> int:
    """The same figure by 120-digit decimals: slow, obvious."""
    with localcontext() as context:
        context.prec = 120
        ratio = Decimal(growth.numerator) / Decimal(growth.denominator)
        power = Decimal(years.denominator) / Decimal(years.numerator)
        return int(((ratio**power - 1) * 10_000).quantize(Decimal(1), ROUND_HALF_UP))


def test_t1_a_full_history_prints_three_columns() -> None:
    found = performance(FULL, d("2015-12-31"), d("2025-12-31"))
    assert [printed(c.return_bps) for c in found.columns if c] == ["13.34%", "6.27%", "6.97%", "6.97%"]
    assert growth_of(1_000, FULL, d("2024-12-31"), (d("2025-12-31"),)) == (113_338,)
    assert growth_of(1_000, FULL, d("2020-12-31"), (d("2025-12-31"),)) == (135_511,)
    assert growth_of(1_000, FULL, d("2015-12-31"), (d("2025-12-31"),)) == (196_249,)


def test_t2_a_life_of_two_years_stands_in_for_five_and_ten() -> None:
    values = series(("2023-03-15", "10.000000"), ("2024-12-31", "11.204500"), ("2025-12-31", "12.118300"))
    found = performance(values, d("2023-03-15"), d("2025-12-31"))
    assert found.one is not None
    assert found.since_inception is not None
    assert printed(found.one.return_bps) == "8.16%"
    assert found.five is None
    assert found.ten is None
    assert found.since_inception.annualized
    assert printed(found.since_inception.return_bps) == "7.11%"
    assert f"{float(found.since_inception.years):.6f}" == "2.797260"
    assert growth_of(100, values, d("2023-03-15"), (d("2025-12-31"),)) == (12_118,)  # cumulative 21.18%


def test_t3_a_life_under_one_year_is_cumulative_and_marked() -> None:
    values = series(("2025-05-01", "10.000000"), ("2025-12-31", "10.437500"))
    found = performance(values, d("2025-05-01"), d("2025-12-31"))
    assert (found.one, found.five, found.ten) == (None, None, None)
    assert found.since_inception is not None
    assert not found.since_inception.annualized
    assert printed(found.since_inception.return_bps) == "4.38%"


def test_t3_an_inception_after_the_as_of_date_has_no_number() -> None:
    values = series(("2026-02-02", "10.000000"), ("2026-06-30", "10.200000"))
    assert performance(values, d("2026-02-02"), d("2025-12-31")).columns == (None, None, None, None)


def test_t13_a_year_end_on_a_weekend_takes_the_last_value_before_it() -> None:
    values = series(("2022-12-30", "12.345678"), ("2023-12-29", "14.001234"))
    found = performance(values, d("2022-12-30"), d("2023-12-31"))
    assert found.one is not None
    assert (found.one.start, found.one.end) == (d("2022-12-30"), d("2023-12-29"))
    assert printed(found.one.return_bps) == "13.41%"


def test_t14_flows_do_not_move_the_return() -> None:
    """1,000 units; +3%; buy $5,150; -2%; sell $2,000; +5%. The unit value carries the return, the units the flows."""
    unit_value, units = Decimal("10.000000"), Decimal("1000.000000")
    for growth, flow in (("1.03", "5150"), ("0.98", "-2000"), ("1.05", "0")):
        unit_value = (unit_value * Decimal(growth)).quantize(Decimal("0.000001"), ROUND_HALF_UP)
        units += (Decimal(flow) / unit_value).quantize(Decimal("0.000001"), ROUND_HALF_UP)
    assert (unit_value, units) == (Decimal("10.598700"), Decimal("1301.862493"))
    assert (unit_value * units).quantize(Decimal("0.01"), ROUND_HALF_UP) == Decimal("13798.05")
    values = series(("2024-12-31", "10.000000"), ("2025-12-31", str(unit_value)))
    found = performance(values, d("2024-12-31"), d("2025-12-31"))
    assert found.one is not None
    assert printed(found.one.return_bps) == "5.99%"


def test_an_inception_one_day_after_the_window_opens_has_not_reached_the_column() -> None:
    values = series(("2020-12-31", "10"), ("2021-01-04", "10"), ("2024-12-31", "11"), ("2025-12-31", "12"))
    assert performance(values, d("2020-12-31"), d("2025-12-31")).five is not None
    assert performance(values, d("2021-01-01"), d("2025-12-31")).five is None


def test_an_inception_on_the_last_friday_before_the_year_end_shows_nothing_yet() -> None:
    values = series(("2022-12-30", "10.000000"))
    assert performance(values, d("2022-12-30"), d("2022-12-31")).columns == (None, None, None, None)


def test_calendar_years_mark_the_year_of_inception_as_a_part() -> None:
    values = series(("2023-03-15", "10"), ("2023-12-29", "10.50"), ("2024-12-31", "11.2045"), ("2025-12-31", "12.1183"))
    years = calendar_years(values, d("2023-03-15"), d("2025-12-31"))
    assert [(y.label, printed(y.return_bps), y.years == 1) for y in years] == [
        ("2023", "5.00%", False),
        ("2024", "6.71%", True),
        ("2025", "8.16%", True),
    ]


def test_ten_calendar_years_at_most_and_the_running_year_to_date() -> None:
    rows = [("2012-12-31", "10")] + [(f"{year}-12-31", f"{10 + year - 2012}") for year in range(2013, 2026)]
    years = calendar_years(series(*rows, ("2026-09-30", "25")), d("2012-12-31"), d("2026-09-30"))
    assert [y.label for y in years] == [str(year) for year in range(2017, 2027)]
    assert years[-1].years < 1


@pytest.mark.parametrize(
    ("growth", "expected"),
    [
        (Fraction(100_005, 100_000), 1),  # a tie of 0.005% goes up
        (Fraction(99_995, 100_000), -1),  # and away from zero below it
        (Fraction(99_996, 100_000), 0),
        (Fraction(1, 10**6), -10_000),
    ],
)
def test_a_tie_goes_away_from_zero(growth: Fraction, expected: int) -> None:
    assert annualized_bps(growth, Fraction(1)) == expected


def test_a_tie_over_many_years_is_decided_exactly() -> None:
    tie = Fraction(20_001, 20_000)
    for years in (2, 5, 10):
        assert annualized_bps(tie**years, Fraction(years)) == 1
        assert annualized_bps(tie**years - Fraction(1, 10**80), Fraction(years)) == 0
        assert annualized_bps((2 - tie) ** years, Fraction(years)) == -1
        assert annualized_bps((2 - tie) ** years + Fraction(1, 10**80), Fraction(years)) == 0


def test_almost_everything_lost_is_never_more_than_everything() -> None:
    assert annualized_bps(Fraction(1, 10**30), Fraction(2)) == -10_000


def test_a_return_of_nothing_is_refused() -> None:
    with pytest.raises(InvalidInput):
        annualized_bps(Fraction(0), Fraction(1))
    with pytest.raises(InvalidInput):
        annualized_bps(Fraction(1), Fraction(0))


@settings(deadline=None, max_examples=200)
@given(
    st.integers(1, 10**12), st.integers(1, 10**12), st.integers(1, 30), st.integers(0, 364), st.sampled_from([365, 366])
)
def test_every_return_equals_a_hundred_digit_decimal(start: int, end: int, whole: int, part: int, of: int) -> None:
    growth, years = Fraction(end, start), whole + Fraction(part, of)
    assert annualized_bps(growth, years) == by_decimal(growth, years)
