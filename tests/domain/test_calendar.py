"""Sessions, settlement, accrual days and cut-offs of the exchange and the bank together."""

import json
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelx.domain.book_codes import ClosureCalendar
from modelx.domain.calendar import Calendar, Closure, make_calendar
from modelx.domain.days import date_of, day_of
from modelx.domain.errors import InvalidInput
from modelx.domain.finding import Level
from modelx.files.market_sessions import nyse_sessions

VECTORS = json.loads(Path("fixtures/vectors/unitization.json").read_text(encoding="utf-8"))
MARKET, BANK = ClosureCalendar.MARKET, ClosureCalendar.BANK


def day(text: str) -> int:
    return day_of(date.fromisoformat(text))


def dates(days: np.ndarray) -> list[str]:
    return [str(date_of(each)) for each in days]


@pytest.fixture(scope="module")
def sessions() -> tuple[np.ndarray, np.ndarray]:
    return nyse_sessions()


@pytest.fixture(scope="module")
def calendar(sessions: tuple[np.ndarray, np.ndarray]) -> Calendar:
    return make_calendar(*sessions)


def with_closures(sessions: tuple[np.ndarray, np.ndarray], *closures: Closure) -> Calendar:
    return make_calendar(*sessions, closures)


# Settlement


@pytest.mark.parametrize(("traded", "settled"), VECTORS["V15_settlement"].items())
def test_a_trade_settles_on_the_next_day_that_market_and_bank_are_open(
    calendar: Calendar, traded: str, settled: str
) -> None:
    assert date_of(calendar.settle(day(traded))) == date.fromisoformat(settled)


def test_the_settlement_column_gives_the_same_days(calendar: Calendar) -> None:
    traded, settled = zip(*VECTORS["V15_settlement"].items(), strict=True)
    assert dates(calendar.settle_columns(np.array([day(text) for text in traded]))) == list(settled)


@pytest.mark.parametrize(
    ("traded", "lag", "settled"),
    [
        ("2026-10-08", 2, "2026-10-13"),
        ("2026-10-12", 2, "2026-10-14"),  # Columbus Day trades, and counts for nothing
        ("2026-11-24", 3, "2026-11-30"),
        ("2026-10-09", 0, "2026-10-09"),
        ("2026-10-12", 0, "2026-10-13"),
        ("2026-10-11", 0, "2026-10-13"),
    ],
)
def test_a_longer_lag_counts_settlement_days(calendar: Calendar, traded: str, lag: int, settled: str) -> None:
    assert date_of(calendar.settle(day(traded), lag)) == date.fromisoformat(settled)


def test_each_row_of_the_column_may_have_its_own_lag(calendar: Calendar) -> None:
    days = np.full(4, day("2026-10-08"))
    assert dates(calendar.settle_columns(days, np.arange(4))) == [
        "2026-10-08",
        "2026-10-09",
        "2026-10-13",
        "2026-10-14",
    ]
    assert calendar.settle_columns(np.empty(0, np.int64)).shape == (0,)


def test_a_negative_lag_is_refused(calendar: Calendar) -> None:
    with pytest.raises(InvalidInput, match="lag"):
        calendar.settle(day("2026-10-08"), -1)


CLOSURES = st.lists(
    st.builds(
        Closure,
        st.integers(day("2026-01-02"), day("2027-12-31")),
        st.sampled_from(ClosureCalendar),
        st.sampled_from([None, 780, 960]),
    ),
    max_size=12,
)
TRADE_DAYS = st.lists(st.integers(day("2026-01-05"), day("2027-12-01")), min_size=1, max_size=30)


@settings(max_examples=60, deadline=None)
@given(CLOSURES, TRADE_DAYS, st.integers(1, 3))
def test_settlement_comes_later_never_overtakes_and_counts_every_open_day(closures, trade_days, lag) -> None:
    weekdays = np.array([d for d in range(day("2026-01-02"), day("2028-03-01")) if date_of(d).weekday() < 5])
    calendar = make_calendar(weekdays, np.full(weekdays.size, 960), closures)
    traded = np.sort(np.array(trade_days))
    settled = calendar.settle_columns(traded, lag)
    assert (settled > traded).all()
    assert (np.diff(settled) >= 0).all()
    for first, last in zip(traded.tolist(), settled.tolist(), strict=True):
        assert sum(calendar.is_settlement_day(d) for d in range(first + 1, last + 1)) == lag
        assert calendar.is_settlement_day(last)


# Sessions and bank days


@pytest.mark.parametrize(
    ("on", "session", "bank_day"),
    [
        ("2026-07-02", True, True),
        ("2026-07-03", False, True),  # the exchange keeps Independence Day on Friday, the bank does not
        ("2026-10-12", True, False),  # Columbus Day
        ("2026-11-11", True, False),  # Veterans Day
        ("2026-11-26", False, False),
        ("2026-11-27", True, True),
        ("2026-12-24", True, True),
        ("2026-12-25", False, False),
        ("2027-03-26", False, True),  # Good Friday
        ("2027-12-31", True, True),
        ("2028-11-10", True, True),
        ("2026-11-21", False, False),  # a Saturday
        ("2025-01-09", False, True),  # a national day of mourning: the exchange closed, the bank did not
        ("2012-10-29", False, True),  # a hurricane
    ],
)
def test_market_and_bank_keep_their_own_holidays(calendar: Calendar, on: str, session: bool, bank_day: bool) -> None:
    assert calendar.is_session(day(on)) is session
    assert calendar.is_bank_day(day(on)) is bank_day
    assert calendar.is_settlement_day(day(on)) is (session and bank_day)


def test_the_next_and_previous_sessions_pass_over_a_holiday_and_a_weekend(calendar: Calendar) -> None:
    assert date_of(calendar.next_session(day("2026-11-25"))) == date(2026, 11, 27)
    assert date_of(calendar.next_session(day("2026-11-26"))) == date(2026, 11, 27)
    assert date_of(calendar.next_session(day("2026-11-27"))) == date(2026, 11, 30)
    assert date_of(calendar.previous_session(day("2026-11-30"))) == date(2026, 11, 27)
    assert date_of(calendar.previous_session(day("2026-11-29"))) == date(2026, 11, 27)
    assert date_of(calendar.previous_session(day("2026-11-27"))) == date(2026, 11, 25)


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("2026-11-24", "2026-11-30", ["2026-11-24", "2026-11-25", "2026-11-27", "2026-11-30"]),
        ("2026-11-26", "2026-11-29", ["2026-11-27"]),
        ("2026-11-27", "2026-11-27", ["2026-11-27"]),
        ("2026-11-28", "2026-11-29", []),
        ("2026-11-30", "2026-11-24", []),
    ],
)
def test_sessions_between_two_days_include_both(calendar: Calendar, first: str, last: str, expected: list[str]) -> None:
    assert dates(calendar.sessions_between(day(first), day(last))) == expected


# The days a night accrues


def accrued(calendar: Calendar, night: str) -> list[str]:
    previous = calendar.previous_session(day(night))
    last, end = calendar.accrual_days_end(previous), calendar.accrual_days_end(day(night))
    return dates(np.arange(last + 1, end + 1))


def test_the_last_session_of_a_month_earns_through_its_weekend(calendar: Calendar) -> None:
    vector = VECTORS["V03_month_end_split"]
    for cycle in (vector["friday"], vector["monday"]):
        assert accrued(calendar, cycle["cycle"]) == cycle["days"]


def test_a_year_is_split_at_its_end(calendar: Calendar) -> None:
    vector = VECTORS["V04_leap_boundary"]
    assert accrued(calendar, "2027-12-31") == vector["friday_2027_12_31"]["days"]
    assert accrued(calendar, vector["cycle"]) == vector["days"]


def test_fees_accrue_over_a_holiday_and_over_a_weekend(calendar: Calendar) -> None:
    vector = VECTORS["V02_after_holiday"]
    assert accrued(calendar, vector["cycle"]) == vector["days"]
    assert accrued(calendar, "2026-11-24") == ["2026-11-24"]
    assert accrued(calendar, "2026-11-23") == ["2026-11-21", "2026-11-22", "2026-11-23"]


def test_february_earns_through_its_own_last_day(calendar: Calendar) -> None:
    assert accrued(calendar, "2027-02-26") == ["2027-02-26", "2027-02-27", "2027-02-28"]
    assert accrued(calendar, "2028-02-29") == ["2028-02-29"]


def test_every_night_of_ten_years_accrues_a_day_or_more(calendar: Calendar) -> None:
    nights = calendar.sessions_between(day("2019-01-02"), day("2029-01-02"))
    ends = [calendar.accrual_days_end(night) for night in nights]
    assert all(later > earlier for earlier, later in pairwise(ends))


@pytest.mark.parametrize(
    ("previous", "night", "first"),
    [
        ("2026-11-30", "2026-12-01", True),
        ("2026-10-30", "2026-11-02", True),
        ("2026-12-31", "2027-01-04", True),
        ("2026-12-01", "2026-12-02", False),
        ("2026-11-25", "2026-11-27", False),
    ],
)
def test_fees_are_collected_on_the_first_session_of_the_month(
    calendar: Calendar, previous: str, night: str, first: bool
) -> None:
    assert calendar.first_session_of_month(day(night), day(previous)) is first


# Cut-off


@pytest.mark.parametrize(
    ("on", "instant"),
    [
        ("2026-03-06", datetime(2026, 3, 6, 21, 0, tzinfo=UTC)),  # winter time
        ("2026-03-09", datetime(2026, 3, 9, 20, 0, tzinfo=UTC)),  # summer time began on Sunday
        ("2026-10-30", datetime(2026, 10, 30, 20, 0, tzinfo=UTC)),
        ("2026-11-02", datetime(2026, 11, 2, 21, 0, tzinfo=UTC)),
        ("2026-11-27", datetime(2026, 11, 27, 18, 0, tzinfo=UTC)),  # 13:00 in New York
        ("2026-12-24", datetime(2026, 12, 24, 18, 0, tzinfo=UTC)),
    ],
)
def test_orders_close_when_the_exchange_does(calendar: Calendar, on: str, instant: datetime) -> None:
    assert calendar.cut_off(day(on)) == instant
    assert calendar.cut_off(day(on)).utcoffset() == timedelta(0)


# Operator closures


def test_an_unscheduled_closure_moves_sessions_settlement_accrual_and_leaves_no_cut_off(sessions) -> None:
    calendar = with_closures(sessions, Closure(day("2026-10-30"), MARKET))
    assert not calendar.is_session(day("2026-10-30"))
    assert calendar.is_bank_day(day("2026-10-30"))
    assert date_of(calendar.next_session(day("2026-10-29"))) == date(2026, 11, 2)
    assert date_of(calendar.settle(day("2026-10-29"))) == date(2026, 11, 2)
    assert accrued(calendar, "2026-10-29") == ["2026-10-29", "2026-10-30", "2026-10-31"]
    with pytest.raises(InvalidInput, match="no session"):
        calendar.cut_off(day("2026-10-30"))


def test_an_early_close_moves_the_cut_off_only(sessions) -> None:
    calendar = with_closures(sessions, Closure(day("2026-10-30"), MARKET, 14 * 60 + 5))
    assert calendar.cut_off(day("2026-10-30")) == datetime(2026, 10, 30, 18, 5, tzinfo=UTC)
    assert calendar.is_settlement_day(day("2026-10-30"))
    assert calendar.cut_off(day("2026-10-29")) == datetime(2026, 10, 29, 20, 0, tzinfo=UTC)


def test_a_closed_bank_moves_settlement_and_not_the_session(sessions) -> None:
    calendar = with_closures(sessions, Closure(day("2026-10-30"), BANK))
    assert calendar.is_session(day("2026-10-30"))
    assert not calendar.is_settlement_day(day("2026-10-30"))
    assert date_of(calendar.settle(day("2026-10-29"))) == date(2026, 11, 2)


def test_a_bank_that_closes_early_still_settles(sessions) -> None:
    calendar = with_closures(sessions, Closure(day("2026-10-30"), BANK, 780))
    assert calendar.is_settlement_day(day("2026-10-30"))


def test_the_last_word_on_a_day_stands(sessions) -> None:
    shut, open_again = Closure(day("2026-10-30"), MARKET), Closure(day("2026-10-30"), MARKET, 960)
    assert with_closures(sessions, shut, open_again).is_session(day("2026-10-30"))
    assert not with_closures(sessions, open_again, shut).is_session(day("2026-10-30"))


def test_a_closing_time_does_not_open_a_holiday(sessions) -> None:
    calendar = with_closures(sessions, Closure(day("2026-12-25"), MARKET, 780), Closure(day("2026-12-25"), BANK, 780))
    assert not calendar.is_session(day("2026-12-25"))
    assert not calendar.is_bank_day(day("2026-12-25"))


@pytest.mark.parametrize("minute", [0, 570, 961, 1440])
def test_a_closing_time_outside_trading_hours_is_refused(minute: int) -> None:
    with pytest.raises(InvalidInput, match="closing time"):
        Closure(day("2026-10-30"), MARKET, minute)


def test_closures_leave_the_given_columns_as_they_were(sessions) -> None:
    before = [column.copy() for column in sessions]
    with_closures(sessions, Closure(day("2026-10-30"), MARKET), Closure(day("2026-10-29"), MARKET, 780))
    assert all(np.array_equal(now, then) for now, then in zip(sessions, before, strict=True))


# The horizon


def test_a_question_outside_the_known_sessions_is_refused(calendar: Calendar) -> None:
    outside = day("2036-01-01")
    for question in (
        calendar.is_session,
        calendar.is_bank_day,
        calendar.is_settlement_day,
        calendar.settle,
        calendar.cut_off,
        calendar.previous_session,
        calendar.next_session,
        calendar.horizon_finding,
    ):
        for beyond in (outside, day("1990-01-01")):
            if question == calendar.next_session and beyond < outside:
                continue  # the first session known follows the day before it
            with pytest.raises(InvalidInput, match="known from 1990-01-02 to 2035-12-31"):
                question(beyond)
    with pytest.raises(InvalidInput, match="known from"):
        calendar.sessions_between(day("2035-12-01"), outside)


def test_a_session_or_settlement_past_the_last_one_known_is_refused(calendar: Calendar) -> None:
    with pytest.raises(InvalidInput, match="known"):
        calendar.next_session(calendar.last_session)
    with pytest.raises(InvalidInput, match="known"):
        calendar.previous_session(calendar.first_session)
    with pytest.raises(InvalidInput, match="settle after 2035-12-31"):
        calendar.settle(calendar.last_session)
    with pytest.raises(InvalidInput, match="known"):
        calendar.accrual_days_end(calendar.last_session)


@pytest.mark.parametrize(("left", "warned"), [(91, False), (90, False), (89, True), (0, True)])
def test_the_horizon_is_warned_of_in_its_last_90_days(calendar: Calendar, left: int, warned: bool) -> None:
    finding = calendar.horizon_finding(calendar.last_session - left)
    assert (finding is not None) is warned
    if finding:
        assert (finding.code, finding.level) == ("CALENDAR_HORIZON", Level.WARN)
        assert f"2035-12-31, {left} days after" in finding.message


@pytest.mark.parametrize(
    ("days", "minutes"),
    [([], []), ([2, 1], [960, 960]), ([1, 1], [960, 960]), ([7_000, 7_001], [960]), ([0, 1], [960, 960])],
)
def test_columns_that_make_no_calendar_are_refused(days: list[int], minutes: list[int]) -> None:
    with pytest.raises(InvalidInput):
        make_calendar(np.array(days, np.int64), np.array(minutes, np.int64))


def test_closures_that_leave_no_session_are_refused() -> None:
    with pytest.raises(InvalidInput, match="without a session"):
        make_calendar(np.array([20_000]), np.array([960]), [Closure(20_000, MARKET)])
