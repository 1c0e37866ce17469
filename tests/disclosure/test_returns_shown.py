import numpy as np

from modelx.disclosure.performance import performance
from modelx.disclosure.performance_columns import UnitValueGrid, performance_columns
from modelx.disclosure.returns_shown import index_shown, shown_of, shown_of_columns
from modelx.domain.days import date_of, day_of
from tests.disclosure.test_performance_columns import INCEPTIONS, one_by_one, sessions, walk
from tests.disclosure.worked import d, series


def test_columns_and_single_options_print_the_same_returns_and_dates() -> None:
    days = sessions("2014-12-31", "2026-09-30")
    inception = np.array([day_of(d(on)) for on in INCEPTIONS])
    grid = UnitValueGrid(days, walk(days, inception, 11), inception)
    for as_of in (d("2025-12-31"), d("2022-12-31")):
        found = performance_columns(grid, as_of)
        for option in range(inception.size):
            exact = performance(one_by_one(grid, option), date_of(int(inception[option])), as_of)
            assert shown_of_columns(found, grid, option) == shown_of(exact)


def test_an_index_is_shown_over_the_options_own_spans() -> None:
    own = shown_of(performance(
        series(("2023-03-15", "10"), ("2024-12-31", "11.2045"), ("2025-12-31", "12.1183")),
        d("2023-03-15"), d("2025-12-31"),
    ))  # fmt: skip
    index = index_shown(own, series(("2023-03-15", "100"), ("2024-12-31", "110"), ("2025-12-31", "121")))
    assert index.bps == (1_000, None, None, 705)  # 21% over 2 + 291/365 years
    assert index.spans == own.spans
    assert index.life_annualized
    young = index_shown(own, series(("2024-01-02", "100"), ("2024-12-31", "110"), ("2025-12-31", "121")))
    assert young.bps == (1_000, None, None, None)
