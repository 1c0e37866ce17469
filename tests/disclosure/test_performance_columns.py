import time
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelx.disclosure.performance import ValueSeries, annualized_bps, calendar_years, growth_of, performance
from modelx.disclosure.performance_columns import UnitValueGrid, missing_values, performance_columns
from modelx.domain.days import date_of, day_of
from modelx.domain.errors import InvalidInput
from tests.disclosure.worked import d


def sessions(first: str, last: str) -> np.ndarray:
    days = np.arange(day_of(d(first)), day_of(d(last)) + 1)
    return days[(days + 3) % 7 < 5]  # 1970-01-01 was a Thursday


def walk(days: np.ndarray, inception: np.ndarray, seed: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    steps = generator.normal(0.0003, 0.009, (days.size, inception.size)).cumsum(axis=0)
    values = np.rint(10e6 * np.exp(steps)).astype(np.int64)
    values[days[:, None] < inception] = 0
    return values


def one_by_one(grid: UnitValueGrid, option: int) -> ValueSeries:
    held = grid.values[:, option] > 0
    return ValueSeries(grid.days[held], grid.values[held, option])


def assert_equal_to_the_exact_figures(grid: UnitValueGrid, as_of: date) -> None:
    found = performance_columns(grid, as_of)
    for option in range(grid.inception.size):
        inception, series = date_of(int(grid.inception[option])), one_by_one(grid, option)
        exact = performance(series, inception, as_of)
        for place, column in enumerate(exact.columns):
            assert found.reached[place, option] == (column is not None), (option, place)
            assert found.return_bps[place, option] == (column.return_bps if column else 0), (option, place)
        assert found.life_annualized[option] == bool(exact.since_inception and exact.since_inception.annualized)
        years = {int(year.label): year for year in calendar_years(series, inception, as_of)}
        for place, label in enumerate(range(as_of.year - 9, as_of.year + 1)):
            year = years.get(label)
            assert found.year_reached[place, option] == (year is not None), (option, label)
            assert found.year_bps[place, option] == (year.return_bps if year else 0), (option, label)
            assert found.year_whole[place, option] == (year is not None and year.years == 1), (option, label)
        start = max(date(as_of.year - 10, 12, 31), inception)
        for place in range(11):
            end = min(date(as_of.year - 10 + place, 12, 31), as_of)
            expected = growth_of(10_000, series, start, (end,))[0] if inception <= end else 0
            assert found.year_end_cents[place, option] == expected, (option, place)


INCEPTIONS = [
    "2014-12-31", "2015-12-31", "2016-01-04", "2016-02-29", "2020-12-31", "2021-01-01", "2022-12-30", "2024-02-29",
    "2024-12-31", "2025-01-02", "2025-12-30", "2025-12-31", "2026-02-02",
]  # fmt: skip


@pytest.mark.parametrize("as_of", ["2025-12-31", "2022-12-31", "2026-09-30", "2024-02-29"])
def test_a_grid_of_short_long_and_unborn_options_equals_the_exact_figures(as_of: str) -> None:
    days = sessions("2014-12-31", "2026-09-30")
    inception = np.array([day_of(d(on)) for on in INCEPTIONS])
    grid = UnitValueGrid(days, walk(days, inception, 7), inception)
    assert not missing_values(grid).any()
    assert_equal_to_the_exact_figures(grid, d(as_of))


def test_a_night_without_a_value_takes_the_night_before() -> None:
    days = sessions("2014-12-31", "2025-12-31")
    inception = np.array([days[0], days[0], day_of(d("2022-12-29"))])
    values = walk(days, inception, 3)
    at = {on: int(np.searchsorted(days, day_of(d(on)))) for on in ("2020-12-31", "2022-12-30", "2025-12-31")}
    values[at["2025-12-31"], 0] = 0
    values[at["2020-12-31"] - 2 : at["2020-12-31"] + 1, 1] = 0
    values[at["2022-12-30"], 2] = 0
    grid = UnitValueGrid(days, values, inception)
    assert missing_values(grid).tolist() == [1, 3, 1]
    for as_of in ("2025-12-31", "2022-12-31", "2020-12-31"):
        assert_equal_to_the_exact_figures(grid, d(as_of))


def test_every_figure_on_a_tie_is_decided_exactly() -> None:
    """One year of growth (20000 + odd)/20000 is a tie to the last digit; its neighbours are not."""
    days = np.array([day_of(d("2024-12-31")), day_of(d("2025-12-31"))])
    odd = np.arange(-19_999, 20_001, 2)
    start = np.full(odd.size * 3, 20_000 * 10**6)
    end = np.concatenate([(20_000 + odd) * 10**6 + shift for shift in (-1, 0, 1)])
    end = np.maximum(end, 1)
    grid = UnitValueGrid(days, np.stack([start, end]), np.full(start.size, days[0]))
    found = performance_columns(grid, d("2025-12-31")).return_bps[0]
    exact = [int(-((-(2 * (e - s) * 10_000) + s) // (2 * s))) if e < s else (2 * (e - s) * 10_000 + s) // (2 * s)
             for s, e in zip(start.tolist(), end.tolist(), strict=True)]  # fmt: skip
    assert found.tolist() == exact


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32), st.sampled_from(["2025-12-31", "2025-06-30", "2023-12-31"]))
def test_random_grids_equal_the_exact_figures(seed: int, as_of: str) -> None:
    generator = np.random.default_rng(seed)
    days = np.unique(generator.integers(day_of(d("2013-01-01")), day_of(d("2026-06-30")), 300))
    inception = days[generator.integers(0, days.size, 6)]
    values = generator.integers(1, 10 ** generator.integers(1, 12), (days.size, 6))
    values[generator.random((days.size, 6)) < 0.2] = 0
    values[np.searchsorted(days, inception), np.arange(6)] = 10_000_000
    values[days[:, None] < inception] = 0
    assert_equal_to_the_exact_figures(UnitValueGrid(days, values, inception), d(as_of))


def test_a_value_of_nothing_or_before_inception_is_counted() -> None:
    days = np.arange(200)
    values = np.full((200, 4), 10_000_000)
    values[150, 1], values[3, 2] = -5, 0
    values[:9, 3] = 0
    assert missing_values(UnitValueGrid(days, values, np.array([0, 0, 0, 10]))).tolist() == [0, 1, 1, -1]


def test_a_grid_that_does_not_fit_is_refused() -> None:
    with pytest.raises(InvalidInput, match="not \\(2, 3\\)"):
        UnitValueGrid(np.array([1, 2]), np.ones((2, 3), np.int64), np.array([1]))
    with pytest.raises(InvalidInput, match="ascend"):
        UnitValueGrid(np.array([2, 2]), np.ones((2, 1), np.int64), np.array([1]))


def test_eight_thousand_options_take_at_most_three_passes_over_the_grid() -> None:
    days = sessions("2015-12-31", "2025-12-31")
    n = 8_000
    inception = np.full(n, days[0])
    values = np.full((days.size, n), 10_000_000) + np.arange(n) * 17 + (np.arange(days.size) * 4_003)[:, None]
    grid = UnitValueGrid(days, values, inception)

    def best(action) -> float:
        times = []
        for _ in range(3):
            begin = time.perf_counter()
            action()
            times.append(time.perf_counter() - begin)
        return min(times)

    facts = best(lambda: (missing_values(grid), performance_columns(grid, d("2025-12-31"))))
    one_pass = best(lambda: values.sum(axis=0))
    print(f"facts {facts:.3f} s, one pass {one_pass:.3f} s")
    assert facts < 3 * one_pass
    found = performance_columns(grid, d("2025-12-31"))
    from fractions import Fraction

    assert found.return_bps[2, 5] == annualized_bps(Fraction(int(values[-1, 5]), int(values[0, 5])), Fraction(10))
