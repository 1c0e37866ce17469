"""Due nights run once, in order, with one line of log each; what stops one stops those after it."""

from datetime import timedelta
from io import StringIO

import pytest

from modelx.domain.days import date_of
from modelx.domain.errors import AlreadyRunning, Blocked, Conflict, InvariantBroken, Transient
from modelx.schedule.due_nights import Desk, NightResult, StopRequested, run_due_nights
from modelx.schedule.night_log import open_log
from modelx.schedule.plan import night_times
from tests.schedule.fake_desk import START, FakeBook, FakeClock, lines, utc

TIMES = night_times("18:30", "15:30")
MISSED = ["2026-11-23", "2026-11-24", "2026-11-25", "2026-11-27", "2026-11-30", "2026-12-01"]


def refuse(on: str, error: Exception):  # type: ignore[no-untyped-def]  # a closure for a test
    def before(day: int) -> None:
        if str(date_of(day)) == on:
            raise error

    return before


def test_missed_nights_run_once_each_in_order() -> None:
    book, stream, clock = FakeBook(), StringIO(), FakeClock(utc("2026-12-02 03:00"))
    after = run_due_nights(book.desk(), TIMES, clock, open_log(stream, clock))
    assert list(book.runs.items()) == [(on, 1) for on in MISSED]
    assert (after.due, str(date_of(after.ahead[0].day))) == ((), "2026-12-02")


def test_looking_again_runs_nothing() -> None:
    book, stream, clock = FakeBook(), StringIO(), FakeClock(utc("2026-12-02 03:00"))
    for _ in range(3):
        run_due_nights(book.desk(), TIMES, clock, open_log(stream, clock))
    assert set(book.runs.values()) == {1}
    assert len(lines(stream)) == len(MISSED)


def test_each_night_is_one_line_with_its_date_outcome_seconds_and_holds() -> None:
    book, stream = FakeBook(), StringIO()
    clock = FakeClock(utc("2026-11-24 03:00"), tick=timedelta(seconds=2))
    run_due_nights(book.desk(), TIMES, clock, open_log(stream, clock))
    (line,) = lines(stream)
    assert list(line) == ["timestamp", "level", "event", "date", "outcome", "seconds", "sleeves_held"]
    assert line | {"timestamp": ""} == {
        "timestamp": "",
        "level": "info",
        "event": "night",
        "date": "2026-11-23",
        "outcome": "closed",
        "seconds": 2.0,
        "sleeves_held": 2,
    }
    assert line["timestamp"].startswith("2026-11-24T03:00:0")


def test_a_night_closed_by_another_runner_in_the_meantime_is_left_alone() -> None:
    book, stream, clock = FakeBook(), StringIO(), FakeClock(utc("2026-11-24 03:00"))

    def other_runner(day: int) -> None:
        book.last_closed = day

    book.before = other_runner
    run_due_nights(book.desk(), TIMES, clock, open_log(stream, clock))
    assert book.runs == {}
    assert [line["outcome"] for line in lines(stream)] == ["closed before"]


@pytest.mark.parametrize(
    ("error", "level", "outcome"),
    [
        (AlreadyRunning("the night is being run by desk-2:77"), "warning", "running elsewhere"),
        (Transient("the connection was lost"), "warning", "to be tried again"),
        (Conflict("another runner took over"), "warning", "to be tried again"),
        (Blocked("a difference of 3 units"), "error", "failed"),
        (StopRequested(), "info", "stopped"),
    ],
)
def test_what_stops_a_night_is_told_and_the_later_nights_wait(error: Exception, level: str, outcome: str) -> None:
    book, stream, clock = FakeBook(before=refuse("2026-11-25", error)), StringIO(), FakeClock(utc("2026-12-02 03:00"))
    with pytest.raises(type(error)):
        run_due_nights(book.desk(), TIMES, clock, open_log(stream, clock))
    assert list(book.runs) == ["2026-11-23", "2026-11-24"]
    last = lines(stream)[-1]
    assert (last["date"], last["level"], last["outcome"]) == ("2026-11-25", level, outcome)
    assert last.get("reason", "") == str(error)


def test_after_a_failure_the_nights_go_on_where_they_stopped() -> None:
    book, stream, clock = FakeBook(), StringIO(), FakeClock(utc("2026-12-02 03:00"))
    book.before = refuse("2026-11-27", Transient("busy"))
    with pytest.raises(Transient):
        run_due_nights(book.desk(), TIMES, clock, open_log(stream, clock))
    book.before = lambda day: None
    run_due_nights(book.desk(), TIMES, clock, open_log(stream, clock))
    assert list(book.runs.items()) == [(on, 1) for on in MISSED]


def test_a_book_that_cannot_be_read_is_told() -> None:
    def gone() -> None:
        raise Transient("the connection was lost")

    stream, clock = StringIO(), FakeClock(utc("2026-12-02 03:00"))
    with pytest.raises(Transient):
        run_due_nights(FakeBook(before_look=gone).desk(), TIMES, clock, open_log(stream, clock))
    assert lines(stream)[0]["reason"] == "the connection was lost"


def test_a_night_that_runs_without_closing_is_a_broken_invariant_not_an_endless_loop() -> None:
    book, stream, clock = FakeBook(last_closed=START), StringIO(), FakeClock(utc("2026-11-25 03:00"))
    desk = Desk(book.standing, lambda day: NightResult(already_closed=False, sleeves_held=0))
    with pytest.raises(InvariantBroken, match="2026-11-24"):
        run_due_nights(desk, TIMES, clock, open_log(stream, clock))


def test_at_a_terminal_the_log_is_words() -> None:
    class Terminal(StringIO):
        def isatty(self) -> bool:
            return True

    stream, clock = Terminal(), FakeClock(utc("2026-11-24 03:00"))
    run_due_nights(FakeBook().desk(), TIMES, clock, open_log(stream, clock))
    assert "{" not in stream.getvalue()
    assert "2026-11-23" in stream.getvalue()
