from datetime import date
from fractions import Fraction

import numpy as np
import pytest

from modelx.disclosure.benchmark import (
    BlendWeights,
    blend_growth,
    blend_periods,
    blend_return_bps,
    matching_return,
    reset_dates,
)
from modelx.disclosure.figures import RATE, percent
from modelx.disclosure.performance import ValueSeries, annualized_bps, performance, period_return
from modelx.domain.days import day_of
from modelx.domain.errors import InvalidInput
from tests.disclosure.worked import d, series

YEAR_ENDS = [date(year, 12, 31) for year in range(2020, 2026)]
EQUITY = ("18.40", "26.71", "-19.21", "25.96", "23.81")
BOND = ("7.51", "-1.54", "-13.01", "5.53", "1.25")
EQUITY_WEIGHTS = (70, 68, 66, 64, 62)


def levels(yearly: tuple[str, ...]) -> ValueSeries:
    level, rows = 10**17, [10**17]
    for percent_text in yearly:
        level = level * (10_000 + int(Fraction(percent_text) * 100)) // 10_000
        rows.append(level)
    return ValueSeries(np.array([day_of(on) for on in YEAR_ENDS]), np.array(rows, np.int64))


def mix(since: date, equity: int) -> BlendWeights:
    return BlendWeights(since, (("EQ", equity * RATE // 100), ("BD", (100 - equity) * RATE // 100)))


COMPONENTS = {"EQ": levels(EQUITY), "BD": levels(BOND)}
SCHEDULE = [mix(on, weight) for on, weight in zip(YEAR_ENDS[:5], EQUITY_WEIGHTS, strict=True)]


def test_t9_a_glide_path_blend_uses_the_weights_of_each_year() -> None:
    periods = blend_periods(COMPONENTS, SCHEDULE, YEAR_ENDS[0], YEAR_ENDS[-1])
    assert [percent(p.return_bps).number for p in periods] == ["15.13", "17.67", "-17.10", "18.61", "15.24"]
    assert percent(annualized_bps(blend_growth(periods), Fraction(5))).text == "8.95%"


def test_t9_the_primary_indexes_and_the_two_wrong_blends() -> None:
    def five_years(series_: ValueSeries) -> int:
        found = period_return("5 years", series_, YEAR_ENDS[0], YEAR_ENDS[-1], Fraction(5))
        assert found is not None
        return found.return_bps

    assert percent(five_years(COMPONENTS["EQ"])).number == "13.58"
    assert percent(five_years(COMPONENTS["BD"])).number == "-0.32"
    static = blend_periods(COMPONENTS, [mix(YEAR_ENDS[0], 62)], YEAR_ENDS[0], YEAR_ENDS[-1])
    assert percent(annualized_bps(blend_growth(static), Fraction(5))).number == "8.46"  # today's weights on history
    assert round(0.66 * 13.58 + 0.34 * -0.32, 2) == 8.85  # the averages mixed by the mean weight: wrong as well


def test_todays_weights_are_never_applied_to_history() -> None:
    with pytest.raises(InvalidInput, match=r"DIA-014.*2020-12-31"):
        blend_periods(COMPONENTS, [mix(YEAR_ENDS[4], 62)], YEAR_ENDS[0], YEAR_ENDS[-1])


def test_a_component_without_levels_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"component 'BD'.*Load its levels"):
        blend_periods({"EQ": COMPONENTS["EQ"]}, SCHEDULE, YEAR_ENDS[0], YEAR_ENDS[-1])


def test_an_index_is_measured_over_the_options_own_dates() -> None:
    own = series(("2022-12-30", "12.345678"), ("2023-12-29", "14.001234"))
    index = series(("2022-12-30", "100"), ("2022-12-31", "101"), ("2023-12-29", "110"), ("2023-12-31", "111"))
    found = performance(own, d("2022-12-30"), d("2023-12-31"))
    assert found.one is not None
    matched = matching_return(found.one, index)
    assert matched is not None
    assert (matched.start, matched.end, matched.return_bps) == (found.one.start, found.one.end, 1_000)


def test_an_index_younger_than_the_option_has_no_number() -> None:
    own = series(("2015-12-31", "10"), ("2025-12-31", "20"))
    found = performance(own, d("2015-12-31"), d("2025-12-31"))
    assert found.ten is not None
    assert matching_return(found.ten, series(("2016-01-04", "100"), ("2025-12-31", "200"))) is None


def test_under_one_year_the_index_is_cumulative_too() -> None:
    own = series(("2025-05-01", "10"), ("2025-12-31", "10.4375"))
    life = performance(own, d("2025-05-01"), d("2025-12-31")).since_inception
    assert life is not None
    matched = matching_return(life, series(("2025-05-01", "100"), ("2025-12-31", "105")))
    assert matched is not None
    assert (matched.annualized, matched.return_bps) == (False, 500)


def test_a_blend_over_a_part_year_is_cumulative() -> None:
    index = {key: series(("2025-04-30", "100"), ("2025-12-31", level)) for key, level in (("EQ", "110"), ("BD", "102"))}
    own = period_return("Since inception", index["EQ"], d("2025-04-30"), d("2025-12-31"), Fraction(245, 365))
    assert own is not None
    assert blend_return_bps(own, index, [mix(d("2025-04-30"), 60)]) == 680


@pytest.mark.parametrize(
    ("start", "end", "months", "expected"),
    [
        ("2023-03-15", "2025-06-30", 12, ["2023-03-15", "2023-12-31", "2024-12-31", "2025-06-30"]),
        ("2023-12-31", "2025-12-31", 12, ["2023-12-31", "2024-12-31", "2025-12-31"]),
        ("2024-01-31", "2024-04-15", 1, ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-15"]),
        ("2024-02-10", "2024-09-30", 3, ["2024-02-10", "2024-03-31", "2024-06-30", "2024-09-30"]),
    ],
)
def test_a_blend_resets_at_period_ends(start: str, end: str, months: int, expected: list[str]) -> None:
    assert [str(on) for on in reset_dates(d(start), d(end), months)] == expected


def test_a_blend_that_resets_less_than_yearly_is_refused() -> None:
    with pytest.raises(InvalidInput, match="not 24"):
        reset_dates(d("2020-12-31"), d("2025-12-31"), 24)
