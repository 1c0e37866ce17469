from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelx.disclosure.periods import (
    add_months,
    last_fiscal_year,
    last_quarter_end,
    last_year_end,
    month_ends,
    next_quarter_end,
    years_between,
)
from modelx.domain.errors import InvalidInput
from tests.disclosure.worked import d


@pytest.mark.parametrize(
    ("on", "months", "expected"),
    [
        ("2025-11-20", 14, "2027-01-20"),  # T12
        ("2025-12-31", 14, "2027-02-28"),
        ("2026-12-30", 14, "2028-02-29"),
        ("2026-11-30", 3, "2027-02-28"),
        ("2024-02-29", -12, "2023-02-28"),
        ("2025-01-31", -2, "2024-11-30"),
    ],
)
def test_months_are_added_and_clipped_to_the_end_of_a_short_month(on: str, months: int, expected: str) -> None:
    assert add_months(d(on), months) == d(expected)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2023-03-15", "2025-12-31", 2 + Fraction(291, 365)),  # T2
        ("2024-02-29", "2025-12-31", 1 + Fraction(306, 365)),  # T2, leap inception
        ("2024-12-31", "2025-12-31", Fraction(1)),  # T2: days / 365.25 says 0.9993
        ("2025-05-01", "2025-12-31", Fraction(244, 365)),
        ("2023-12-31", "2024-12-30", Fraction(365, 366)),
        ("2024-02-29", "2028-02-29", Fraction(4)),
        ("2025-12-31", "2025-12-31", Fraction(0)),
    ],
)
def test_a_life_is_counted_in_anniversaries_and_days(start: str, end: str, expected: Fraction) -> None:
    assert years_between(d(start), d(end)) == expected


def test_a_period_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(InvalidInput, match="before it starts"):
        years_between(d("2025-12-31"), d("2025-12-30"))


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(0, 20_000))
def test_a_later_end_is_a_longer_life(start: date, days: int) -> None:
    end = date.fromordinal(start.toordinal() + days)
    after = years_between(start, date.fromordinal(end.toordinal() + 1))
    assert years_between(start, end) < after
    assert after - years_between(start, end) <= Fraction(1, 365)


@pytest.mark.parametrize(
    ("on", "lag", "expected"),
    [
        ("2026-11-20", 30, "2026-09-30"),  # T12
        ("2026-10-15", 30, "2026-06-30"),
        ("2026-10-30", 30, "2026-09-30"),
        ("2026-03-31", 0, "2026-03-31"),
        ("2026-03-30", 0, "2025-12-31"),
        ("2026-01-15", 30, "2025-09-30"),
    ],
)
def test_the_web_page_owes_the_latest_quarter_end_after_the_lag(on: str, lag: int, expected: str) -> None:
    assert last_quarter_end(d(on), lag) == d(expected)


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("2026-09-30", "2026-12-31"),
        ("2026-08-31", "2026-09-30"),
        ("2026-12-31", "2027-03-31"),
        ("2026-01-31", "2026-03-31"),
    ],
)
def test_the_next_quarter_end_lies_after_the_day(on: str, expected: str) -> None:
    assert next_quarter_end(d(on)) == d(expected)


def test_a_notice_is_as_of_the_last_completed_year() -> None:
    assert last_year_end(d("2026-11-20")) == d("2025-12-31")
    assert last_year_end(d("2026-12-31")) == d("2025-12-31")
    assert last_year_end(d("2027-01-01")) == d("2026-12-31")


@pytest.mark.parametrize(
    ("on", "year_end", "start", "end", "days"),
    [
        ("2026-11-20", "12-31", "2025-01-01", "2025-12-31", 365),
        ("2026-11-20", "06-30", "2025-07-01", "2026-06-30", 365),
        ("2026-06-30", "06-30", "2024-07-01", "2025-06-30", 365),
        ("2024-03-01", "02-29", "2023-03-01", "2024-02-29", 366),
        ("2025-03-01", "02-29", "2024-03-01", "2025-02-28", 365),
    ],
)
def test_the_fiscal_year_is_the_last_one_completed(on: str, year_end: str, start: str, end: str, days: int) -> None:
    year = last_fiscal_year(d(on), year_end)
    assert (year.start, year.end, year.days) == (d(start), d(end), days)


@pytest.mark.parametrize("year_end", ["13-01", "0228", "", "02-30"])
def test_a_fiscal_year_end_that_is_no_day_is_refused(year_end: str) -> None:
    with pytest.raises(InvalidInput, match="MM-DD"):
        last_fiscal_year(d("2026-11-20"), year_end)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2025-11-30", "2026-02-10", ["2025-11-30", "2025-12-31", "2026-01-31", "2026-02-10"]),
        ("2025-12-31", "2026-01-31", ["2025-12-31", "2026-01-31"]),
        ("2025-12-30", "2025-12-31", ["2025-12-30", "2025-12-31"]),
        ("2024-01-31", "2024-03-31", ["2024-01-31", "2024-02-29", "2024-03-31"]),
    ],
)
def test_a_growth_chart_has_a_point_at_every_month_end(start: str, end: str, expected: list[str]) -> None:
    assert [str(on) for on in month_ends(d(start), d(end))] == expected
