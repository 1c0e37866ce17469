"""The plan of the nights: New York instants, early closes, daylight saving, holidays, missed nights, the horizon."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelx.domain.book_codes import ClosureCalendar
from modelx.domain.calendar import NEW_YORK, Calendar, Closure, make_calendar
from modelx.domain.days import date_of, day_of
from modelx.domain.errors import InvalidInput
from modelx.domain.finding import Level
from modelx.schedule.plan import NightPlan, NightTimes, PlannedNight, instant, night_times, plan_nights

EVENING = night_times("18:30", "15:30")
SHORT_DAYS = {"2025-11-28", "2025-12-24", "2026-11-27", "2026-12-24"}
HOLIDAYS = {"2025-11-27", "2025-12-25", "2026-01-01", "2026-01-19", "2026-02-16", "2026-04-03", "2026-05-25",
            "2026-06-19", "2026-07-03", "2026-09-07", "2026-11-26", "2026-12-25"}  # fmt: skip


def day(text: str) -> int:
    return day_of(date.fromisoformat(text))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def sessions_of(first: str, last: str) -> tuple[np.ndarray, np.ndarray]:
    """Weekdays without the exchange's holidays of late 2025 and 2026, as it published them."""
    days = [
        each
        for each in range(day(first), day(last) + 1)
        if date_of(each).weekday() < 5 and str(date_of(each)) not in HOLIDAYS
    ]
    closes = [780 if str(date_of(each)) in SHORT_DAYS else 960 for each in days]
    return np.array(days, np.int64), np.array(closes, np.int64)


def calendar_of(first: str, last: str, *closures: Closure) -> Calendar:
    return make_calendar(*sessions_of(first, last), closures)


CALENDAR = calendar_of("2025-11-03", "2026-12-31")


def plan(now: str, last_closed: str | None = None, *, calendar: Calendar = CALENDAR, n_ahead: int = 3) -> NightPlan:
    closed = None if last_closed is None else day(last_closed)
    return plan_nights(
        calendar, EVENING, first_start=day("2025-11-03"), last_closed=closed, now=utc(now), n_ahead=n_ahead
    )


def dates(nights: tuple[PlannedNight, ...]) -> list[str]:
    return [str(date_of(night.day)) for night in nights]


def instants(nights: tuple[PlannedNight, ...]) -> list[str]:
    return [night.at.strftime("%Y-%m-%d %H:%M") for night in nights]


# What is due


def test_a_night_is_ahead_until_its_instant_and_due_from_it() -> None:
    before = plan("2026-11-23 23:29:59", "2026-11-20")
    assert (dates(before.due), dates(before.ahead)[0]) == ([], "2026-11-23")
    at = plan("2026-11-23 23:30:00", "2026-11-20")
    assert (dates(at.due), dates(at.ahead)[0]) == (["2026-11-23"], "2026-11-24")


def test_a_closed_night_is_not_planned_again() -> None:
    after = plan("2026-11-23 23:45:00", "2026-11-23")
    assert (dates(after.due), dates(after.ahead)[0]) == ([], "2026-11-24")


def test_missed_nights_are_due_in_order_over_a_holiday_and_a_weekend() -> None:
    missed = plan("2026-12-02 01:00", "2026-11-20")
    assert dates(missed.due) == [
        "2026-11-23",
        "2026-11-24",
        "2026-11-25",
        "2026-11-27",
        "2026-11-30",
        "2026-12-01",
    ]
    assert dates(missed.ahead) == ["2026-12-02", "2026-12-03", "2026-12-04"]


def test_a_restart_in_the_middle_of_the_missed_nights_goes_on_where_they_stopped() -> None:
    missed = plan("2026-12-02 01:00", "2026-11-25")
    assert dates(missed.due) == ["2026-11-27", "2026-11-30", "2026-12-01"]


def test_a_night_that_was_begun_and_not_closed_is_still_due() -> None:
    begun = plan("2026-11-25 08:00", "2026-11-23")
    assert dates(begun.due) == ["2026-11-24"]


def test_after_midnight_utc_the_night_is_still_the_one_of_the_session() -> None:
    """At 01:00 UTC on the 24th it is 20:00 on the 23rd in New York: the session of the 23rd, and only it, is due."""
    late = plan("2026-11-24 01:00", "2026-11-20")
    assert dates(late.due) == ["2026-11-23"]


def test_nothing_is_due_on_a_holiday_or_at_the_weekend() -> None:
    assert dates(plan("2026-11-26 23:59", "2026-11-25").due) == []
    assert dates(plan("2026-11-28 23:59", "2026-11-27").due) == []


def test_a_new_book_begins_with_the_night_of_its_first_start() -> None:
    fresh = plan("2025-11-05 02:00")
    assert dates(fresh.due) == ["2025-11-03", "2025-11-04"]


def test_a_new_book_that_starts_at_a_weekend_begins_with_the_next_session() -> None:
    fresh = plan_nights(
        CALENDAR, EVENING, first_start=day("2026-11-28"), last_closed=None, now=utc("2026-11-27 12:00"), n_ahead=1
    )
    assert (dates(fresh.due), dates(fresh.ahead)) == ([], ["2026-11-30"])


def test_a_book_that_starts_later_waits_for_its_start() -> None:
    fresh = plan_nights(
        CALENDAR, EVENING, first_start=day("2026-12-01"), last_closed=None, now=utc("2026-11-03 12:00"), n_ahead=1
    )
    assert (dates(fresh.due), dates(fresh.ahead)) == ([], ["2026-12-01"])


def test_a_clock_that_was_set_back_plans_no_closed_night() -> None:
    back = plan("2026-11-19 12:00", "2026-11-24")
    assert (dates(back.due), dates(back.ahead)[0]) == ([], "2026-11-25")


# Instants


def test_a_short_session_runs_at_the_early_time() -> None:
    ahead = plan("2026-11-25 12:00", "2026-11-24").ahead
    assert dates(ahead) == ["2026-11-25", "2026-11-27", "2026-11-30"]
    assert instants(ahead) == ["2026-11-25 23:30", "2026-11-27 20:30", "2026-11-30 23:30"]
    assert [night.closes_early for night in ahead] == [False, True, False]


def test_an_operators_early_close_runs_early_too() -> None:
    closure = Closure(day("2026-11-30"), ClosureCalendar.MARKET, 14 * 60)
    calendar = calendar_of("2026-11-02", "2026-12-31", closure)
    assert instants(plan("2026-11-30 12:00", "2026-11-27", calendar=calendar, n_ahead=1).ahead) == ["2026-11-30 20:30"]


def test_no_night_runs_before_its_own_session_has_closed() -> None:
    closure = Closure(day("2026-11-30"), ClosureCalendar.MARKET, 15 * 60 + 45)
    calendar = calendar_of("2026-11-02", "2026-12-31", closure)
    assert instants(plan("2026-11-30 12:00", "2026-11-27", calendar=calendar, n_ahead=1).ahead) == ["2026-11-30 23:30"]


def test_an_unscheduled_closure_takes_the_night_out_of_the_plan() -> None:
    closure = Closure(day("2026-11-30"), ClosureCalendar.MARKET)
    calendar = calendar_of("2026-11-02", "2026-12-31", closure)
    assert dates(plan("2026-12-01 23:59", "2026-11-27", calendar=calendar).due) == ["2026-12-01"]


def test_a_bank_holiday_alone_is_still_a_night() -> None:
    """Columbus Day 2026: the banks are closed and the exchange is open."""
    assert dates(plan("2026-10-12 23:00", "2026-10-09").due) == ["2026-10-12"]


@pytest.mark.parametrize(
    ("session", "at"),
    [
        ("2026-03-06", "2026-03-06 23:30"),  # the Friday before the clocks spring forward: UTC-5
        ("2026-03-09", "2026-03-09 22:30"),  # the Monday after: UTC-4
        ("2026-10-30", "2026-10-30 22:30"),  # the Friday before they fall back
        ("2026-11-02", "2026-11-02 23:30"),  # the Monday after
    ],
)
def test_the_wall_clock_in_new_york_stays_through_daylight_saving(session: str, at: str) -> None:
    (night,) = plan(f"{session} 12:00", str(date_of(CALENDAR.previous_session(day(session)))), n_ahead=1).ahead
    assert night.at == utc(at)


@pytest.mark.parametrize(
    ("sunday", "clock_time", "at"),
    [
        ("2026-03-07", "02:30", "2026-03-08 07:30"),  # 02:30 on the 8th does not exist: 03:30 EDT
        ("2026-03-07", "01:59", "2026-03-08 06:59"),
        ("2026-03-07", "03:00", "2026-03-08 07:00"),
        ("2026-10-31", "01:30", "2026-11-01 05:30"),  # 01:30 on the 1st comes twice: the first, EDT
        ("2026-10-31", "02:00", "2026-11-01 07:00"),
    ],
)
def test_on_the_two_sundays_a_wall_clock_time_is_one_instant(sunday: str, clock_time: str, at: str) -> None:
    assert instant(day(sunday), night_times(clock_time, "15:30").night_minute) == utc(at)


@pytest.mark.parametrize(("saturday", "clock_time"), [("2026-03-07", "02:30"), ("2026-10-31", "01:30")])
def test_a_night_on_a_changing_sunday_runs_exactly_once(saturday: str, clock_time: str) -> None:
    """A calendar with a Saturday session, minute by minute through both hours of the change."""
    saturday_day = day(saturday)
    calendar = make_calendar(np.arange(saturday_day - 1, saturday_day + 120), np.full(121, 960))
    times = night_times(clock_time, "15:30")
    closed, runs = saturday_day - 1, []
    start = instant(saturday_day + 1, 0)
    for minutes in range(9 * 60):
        now = start + timedelta(minutes=minutes)
        due = plan_nights(calendar, times, first_start=saturday_day, last_closed=closed, now=now).due
        runs += [now.astimezone(NEW_YORK).strftime("%H:%M") for night in due]
        closed = max([closed, *(night.day for night in due)])
    assert (len(runs), closed) == (1, saturday_day)


def test_a_time_before_noon_is_the_morning_after() -> None:
    morning = night_times("05:45", "15:30")
    (night,) = plan_nights(
        CALENDAR, morning, first_start=0, last_closed=day("2026-11-19"), now=utc("2026-11-20 12:00"), n_ahead=1
    ).ahead
    assert (date_of(night.day), night.at) == (date(2026, 11, 20), utc("2026-11-21 10:45"))  # a Saturday morning


@given(
    start=st.integers(day("2025-11-04"), day("2026-09-30")),
    hours=st.lists(st.integers(1, 200), min_size=1, max_size=40),
    clock_time=st.sampled_from(["16:00", "18:30", "23:59", "00:30", "02:30", "05:45", "09:29"]),
)
def test_looks_at_any_instants_run_every_session_once_in_order(start: int, hours: list[int], clock_time: str) -> None:
    times = night_times(clock_time, "15:30")
    now, closed, ran = instant(start, 0), None, []
    for step in hours:
        now += timedelta(hours=step)
        if now > utc("2026-12-30 00:00"):
            break
        planned = plan_nights(CALENDAR, times, first_start=start, last_closed=closed, now=now)
        assert all(night.at > now for night in planned.ahead)
        ran += [night.day for night in planned.due]
        closed = ran[-1] if ran else None
    expected = [
        each for each in CALENDAR.sessions_between(start, CALENDAR.last_session).tolist() if ran and each <= ran[-1]
    ]
    assert ran == expected


def test_every_night_runs_after_its_close_and_before_the_next_opening() -> None:
    first, last = CALENDAR.first_session, day("2026-12-30")
    for clock_time, early in [("16:00", "13:00"), ("18:30", "15:30"), ("09:29", "09:29")]:
        planned = plan_nights(
            CALENDAR, night_times(clock_time, early), first_start=first, last_closed=None, now=utc("2026-12-31 00:00")
        ).due
        for night in planned:
            opening = instant(CALENDAR.next_session(night.day), 9 * 60 + 30)
            assert CALENDAR.cut_off(night.day) <= night.at < opening
        assert planned[-1].day >= last - 1


# The horizon


def test_ninety_days_before_the_calendar_ends_the_plan_says_nothing() -> None:
    assert plan("2026-10-02 12:00", "2026-10-01").warning is None


def test_eighty_nine_days_before_it_ends_the_plan_warns() -> None:
    warning = plan("2026-10-03 12:00", "2026-10-02").warning
    assert warning is not None
    assert (warning.code, warning.level) == ("CALENDAR_HORIZON", Level.WARN)


def test_near_the_end_fewer_nights_are_ahead() -> None:
    assert dates(plan("2026-12-30 12:00", "2026-12-29").ahead) == ["2026-12-30", "2026-12-31"]


def test_past_the_end_the_plan_is_refused() -> None:
    with pytest.raises(InvalidInput, match="2027-01-01 is outside the market calendar"):
        plan("2027-01-01 12:00", "2026-12-30")
    with pytest.raises(InvalidInput, match="outside the market calendar"):
        plan("2026-12-31 23:45", "2026-12-31")


# The settings


def test_the_two_times_are_minutes_of_the_sessions_own_day() -> None:
    assert night_times("18:30", "15:30") == NightTimes(1110, 930)
    assert night_times("05:45", "23:00") == NightTimes(1785, 1380)


@pytest.mark.parametrize(
    "text", ["", "6:30", "24:00", "18:60", "18:30:00", "18.30", " 18:30", "18:30 ", "١٨:٣٠", "late"]
)
def test_a_time_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="MODELX_NIGHT_TIME"):
        night_times(text, "15:30")
    with pytest.raises(InvalidInput, match="MODELX_EARLY_CLOSE_TIME"):
        night_times("18:30", text)


@pytest.mark.parametrize("night", ["12:00", "15:59", "09:30", "11:59"])
def test_a_night_during_trading_hours_is_refused(night: str) -> None:
    with pytest.raises(InvalidInput, match="MODELX_NIGHT_TIME"):
        night_times(night, "15:30")


@pytest.mark.parametrize("early", ["12:00", "12:59", "18:31", "05:00"])
def test_an_early_night_before_the_short_close_or_after_the_usual_night_is_refused(early: str) -> None:
    with pytest.raises(InvalidInput, match="MODELX_EARLY_CLOSE_TIME"):
        night_times("18:30", early)
