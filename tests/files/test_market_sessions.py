"""The library's sessions against another library, and against dates that everyone remembers."""

import subprocess
import sys
from datetime import date

import numpy as np
import pandas_market_calendars
import pytest

from modelx.domain.days import day_of
from modelx.files.market_sessions import nyse_sessions


@pytest.fixture(scope="module")
def closes() -> dict[int, int]:
    days, minutes = nyse_sessions()
    return dict(zip(days.tolist(), minutes.tolist(), strict=True))


@pytest.mark.filterwarnings("ignore:Series.dt.weekday is deprecated:DeprecationWarning")  # inside the other library
def test_sessions_and_closes_agree_with_an_independent_library(closes: dict[int, int]) -> None:
    other = pandas_market_calendars.get_calendar("NYSE").schedule("2009-01-01", "2030-12-31")
    local = other["market_close"].dt.tz_convert("America/New_York").dt
    days = other.index.to_numpy().astype("datetime64[D]").astype(np.int64)
    expected = dict(zip(days.tolist(), (local.hour * 60 + local.minute).tolist(), strict=True))
    first, last = day_of(date(2009, 1, 1)), day_of(date(2030, 12, 31))
    assert {day: minute for day, minute in closes.items() if first <= day <= last} == expected
    assert len(expected) > 5_500


@pytest.mark.parametrize(
    ("on", "minute"),
    [
        (date(2026, 11, 25), 960),
        (date(2026, 11, 26), None),
        (date(2026, 11, 27), 780),
        (date(2026, 12, 24), 780),
        (date(2026, 7, 3), None),
        (date(2026, 10, 12), 960),
        (date(2027, 12, 31), 960),
        (date(2025, 1, 9), None),
        (date(2001, 9, 11), None),
        (date(1990, 1, 2), 960),
        (date(2035, 12, 31), 960),
    ],
)
def test_well_known_days(closes: dict[int, int], on: date, minute: int | None) -> None:
    assert closes.get(day_of(on)) == minute


def test_the_columns_are_int64_in_rising_order_and_end_where_asked() -> None:
    days, minutes = nyse_sessions(date(2026, 1, 2), date(2026, 12, 31))
    assert (days.dtype, minutes.dtype) == (np.int64, np.int64)
    assert (np.diff(days) > 0).all()
    assert (days[0], days[-1], days.size) == (day_of(date(2026, 1, 2)), day_of(date(2026, 12, 31)), 251)


def test_no_warning_is_shown_and_the_library_is_imported_only_when_asked() -> None:
    script = (
        "import sys; from modelx.files.market_sessions import nyse_sessions; "
        "assert 'exchange_calendars' not in sys.modules; from datetime import date; "
        "nyse_sessions(date(2026, 1, 2), date(2026, 2, 2))"
    )
    run = subprocess.run([sys.executable, "-W", "always", "-c", script], capture_output=True, text=True, check=True)
    assert "modelx" not in run.stderr
    assert "Series.values" not in run.stderr
