"""The scheduler: missed nights first, then each at its alarm; restarts; two at once; and how it stops."""

import os
import signal
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest

from modelx.domain.days import date_of
from modelx.domain.errors import AlreadyRunning, Blocked, Transient
from modelx.schedule.due_nights import StopRequested
from modelx.schedule.night_log import open_log
from modelx.schedule.plan import night_times
from modelx.schedule.scheduler import TRIES, Bell, run_schedule, stop_signals
from tests.schedule.fake_desk import FakeBook, FakeClock, lines, set_library_clock, utc

TIMES = night_times("18:30", "15:30")


def run(
    book: FakeBook,
    store: Path,
    clock: Callable[[], datetime],
    *,
    until: str | None = None,
    try_again_seconds: float = 0.001,
) -> StringIO:
    """Run the schedule until the night of a date has been closed."""
    bell, stream, inner = Bell(), StringIO(), book.before_look

    def look() -> None:
        inner()
        if until is not None and book.last_closed is not None and str(date_of(book.last_closed)) >= until:
            bell.stop(signal.SIGTERM)

    book.before_look = look
    log = open_log(stream, clock)
    try:
        run_schedule(book.desk(), TIMES, store, bell, clock, log, try_again_seconds=try_again_seconds)
    finally:
        book.before_look = inner
    return stream


def test_missed_nights_run_at_the_start_and_later_ones_at_their_alarms(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a second before the night of the 27th, a short session: it runs at 15:30 in New York."""
    clock = set_library_clock(monkeypatch, utc("2026-11-27 20:29:59"))
    book, ran_at = FakeBook(), {}

    def note(day: int) -> None:
        ran_at[str(date_of(day))] = clock()

    book.before = note
    stream = run(book, tmp_path / "s.db", clock, until="2026-11-27")
    assert list(book.runs.items()) == [("2026-11-23", 1), ("2026-11-24", 1), ("2026-11-25", 1), ("2026-11-27", 1)]
    assert timedelta(0) <= ran_at["2026-11-27"] - utc("2026-11-27 20:30") < timedelta(seconds=30)
    waiting = [line for line in lines(stream) if line["outcome"] == "waiting"]
    assert (waiting[0]["date"], waiting[0]["runs_at"]) == ("2026-11-27", "2026-11-27T20:30:00+00:00")


def test_a_restart_after_every_night_runs_each_once(tmp_path: Path) -> None:
    book = FakeBook()
    for until in ("2026-11-23", "2026-11-24", "2026-11-25", "2026-11-27", "2026-11-30", "2026-12-01"):
        run(book, tmp_path / "s.db", FakeClock(utc(f"{until} 23:45")), until=until)
    assert list(book.runs.values()) == [1] * 6


def test_a_night_held_by_another_runner_is_waited_for_and_not_doubled(tmp_path: Path) -> None:
    book, refusals = FakeBook(), []

    def held_twice(day: int) -> None:
        if str(date_of(day)) == "2026-11-24" and len(refusals) < 2:
            refusals.append(day)
            raise AlreadyRunning("the night is being run by desk-2:77: wait for it")

    book.before = held_twice
    stream = run(book, tmp_path / "s.db", FakeClock(utc("2026-11-25 12:00")), until="2026-11-24")
    assert list(book.runs.items()) == [("2026-11-23", 1), ("2026-11-24", 1)]
    told = [line for line in lines(stream) if line["outcome"] == "running elsewhere"]
    assert [line["reason"] for line in told] == ["the night is being run by desk-2:77: wait for it"] * 2


def test_another_runner_is_waited_for_however_long_it_takes(tmp_path: Path) -> None:
    book, refusals = FakeBook(), []

    def held_for_hours(day: int) -> None:
        if len(refusals) < 2 * TRIES:
            refusals.append(day)
            raise AlreadyRunning("the night is being run by desk-2:77: wait for it")

    book.before = held_for_hours
    run(book, tmp_path / "s.db", FakeClock(utc("2026-11-24 12:00")), until="2026-11-23")
    assert list(book.runs.items()) == [("2026-11-23", 1)]


def test_a_lost_connection_is_tried_again_from_the_same_night(tmp_path: Path) -> None:
    book, looks = FakeBook(), []

    def flaky() -> None:
        looks.append(1)
        if len(looks) in {1, 3}:
            raise Transient("the connection was lost")

    book.before_look = flaky
    run(book, tmp_path / "s.db", FakeClock(utc("2026-11-25 12:00")), until="2026-11-24")
    assert list(book.runs.items()) == [("2026-11-23", 1), ("2026-11-24", 1)]


def test_a_failure_that_does_not_pass_ends_the_schedule(tmp_path: Path) -> None:
    book, tries = FakeBook(), []

    def gone() -> None:
        tries.append(1)
        raise Transient("the connection was lost")

    book.before_look = gone
    with pytest.raises(Transient):
        run(book, tmp_path / "s.db", FakeClock(utc("2026-11-25 12:00")))
    assert len(tries) == TRIES


def test_any_other_error_ends_the_schedule_at_once(tmp_path: Path) -> None:
    def blocked(day: int) -> None:
        raise Blocked("a difference of 3 units")

    book = FakeBook(before=blocked)
    with pytest.raises(Blocked):
        run(book, tmp_path / "s.db", FakeClock(utc("2026-11-25 12:00")))
    assert book.runs == {}


def test_a_look_that_finds_nothing_new_writes_nothing(tmp_path: Path) -> None:
    bell, stream, clock, book = Bell(), StringIO(), FakeClock(utc("2026-11-24 12:00")), FakeBook()
    looks = []

    def look() -> None:
        looks.append(1)
        bell.ring() if len(looks) < 5 else bell.stop(signal.SIGTERM)

    book.before_look = look
    run_schedule(book.desk(), TIMES, tmp_path / "s.db", bell, clock, open_log(stream, clock))
    assert [line["outcome"] for line in lines(stream)] == ["started", "closed", "waiting", "stopped"]


def test_the_end_of_the_calendar_is_warned_of_once_a_day(tmp_path: Path) -> None:
    """The fake calendar's last session is 2027-06-01: from the 4th of March fewer than 90 days are left."""
    bell, stream, book = Bell(), StringIO(), FakeBook()
    clock = FakeClock(utc("2027-03-05 12:00"))
    book.last_closed = book.calendar.previous_session(book.calendar.last_session)
    looks = []

    def look() -> None:
        looks.append(1)
        clock.at += timedelta(hours=6)
        bell.ring() if len(looks) < 8 else bell.stop(signal.SIGTERM)

    book.before_look = look
    run_schedule(book.desk(), TIMES, tmp_path / "s.db", bell, clock, open_log(stream, clock))
    warnings = [line for line in lines(stream) if line["event"] == "calendar"]
    assert {line["code"] for line in warnings} == {"CALENDAR_HORIZON"}
    assert len(warnings) == 3  # the 5th (from 18:00 UTC), 6th and 7th, each by the date in New York


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_after_the_current_step(tmp_path: Path, number: signal.Signals) -> None:
    """The third night has two steps left when the signal comes: the first is finished, the other not begun."""
    bell, stream, clock, book = Bell(), StringIO(), FakeClock(utc("2026-12-02 03:00")), FakeBook()
    steps = []

    def two_steps(day: int) -> None:
        for step in ("price", "strike"):
            bell.raise_if_stopped()
            if str(date_of(day)) == "2026-11-25" and step == "price":
                os.kill(os.getpid(), number)
            steps.append((str(date_of(day)), step))

    book.before = two_steps
    before = signal.getsignal(number)
    with stop_signals(bell):
        run_schedule(book.desk(), TIMES, tmp_path / "s.db", bell, clock, open_log(stream, clock))
    assert signal.getsignal(number) == before
    assert steps[-2:] == [("2026-11-24", "strike"), ("2026-11-25", "price")]
    assert list(book.runs) == ["2026-11-23", "2026-11-24"]
    assert [line["outcome"] for line in lines(stream)[-2:]] == ["stopped", "stopped"]
    assert (lines(stream)[-2]["date"], lines(stream)[-1]["signal"]) == ("2026-11-25", number.name)
    assert bell.stopped_by == number


def test_a_signal_wakes_a_sleeping_scheduler(tmp_path: Path) -> None:
    bell, stream, clock, book = Bell(), StringIO(), FakeClock(utc("2026-11-24 12:00")), FakeBook()
    main = threading.main_thread()
    timer = threading.Timer(0.3, lambda: signal.pthread_kill(main.ident or 0, signal.SIGTERM))
    timer.start()
    with stop_signals(bell):
        run_schedule(book.desk(), TIMES, tmp_path / "s.db", bell, clock, open_log(stream, clock))
    timer.join()
    assert list(book.runs) == ["2026-11-23"]


def test_a_second_signal_has_its_ordinary_effect() -> None:
    bell = Bell()
    with stop_signals(bell):
        os.kill(os.getpid(), signal.SIGTERM)
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    with pytest.raises(StopRequested):
        bell.raise_if_stopped()
