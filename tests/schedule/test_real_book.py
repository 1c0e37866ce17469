"""The schedule on the example book: missed nights in order and right to the digit, restarts, and two schedulers."""

import csv
import signal
from collections.abc import Callable, Iterator
from datetime import date, datetime
from io import StringIO
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import Engine

from modelx.domain.days import date_of, day_of
from modelx.domain.errors import AlreadyRunning, InvalidInput, NotFound
from modelx.domain.money import format_decimal, parse_decimal
from modelx.domain.night_policy import NightPolicy
from modelx.schedule.book_desk import book_desk, standing, stopping_between_steps, store_of
from modelx.schedule.due_nights import Desk, StopRequested, run_due_nights
from modelx.schedule.night_log import open_log
from modelx.schedule.plan import night_times
from modelx.schedule.scheduler import Bell, run_schedule
from modelx.services.daily_cycle import Runner
from modelx.services.night_steps import NIGHT
from modelx.services.unit_values import list_unit_values
from modelx.store.engine import open_engine
from modelx.store.schema import migrate
from modelx.store.session_records import store_sessions
from modelx.store.unit_of_work import reading, writing
from modelx.store.unit_value_records import Selection
from tests.conftest import FIXTURES
from tests.schedule.example import prepared
from tests.schedule.fake_desk import FakeClock, lines, utc
from tests.services.books import example_calendar, load_folder

TIMES = night_times("18:30", "15:30")
NIGHTS = ["2026-11-23", "2026-11-24", "2026-11-25", "2026-11-27", "2026-11-30", "2026-12-01"]
AFTER_ALL = utc("2026-12-01 23:45")
Observer = Callable[[str, int, str], None]


@pytest.fixture
def book(sqlite_url: str) -> Iterator[Engine]:
    engine = open_engine(sqlite_url)
    yield engine
    engine.dispose()


def desk_of(
    engine: Engine, holder: str, observe: Callable[[str, int, str], None] = lambda when, day, step: None
) -> Desk:
    ticks = iter(range(1_764_000_000_000_000, 1_765_000_000_000_000, 1_000_000))
    return book_desk(engine, NightPolicy(), Runner(now=lambda: next(ticks), holder=holder, observe=observe))


def run_due(desk: Desk, now: datetime = AFTER_ALL) -> StringIO:
    stream, clock = StringIO(), FakeClock(now)
    run_due_nights(desk, TIMES, clock, open_log(stream, clock))
    return stream


def outcomes(stream: StringIO) -> list[tuple[str, str]]:
    return [(line["date"], line["outcome"]) for line in lines(stream) if line["event"] == "night"]


def unit_values(engine: Engine) -> list[tuple[str, str, str]]:
    listed = list_unit_values(engine, Selection(), all_versions=True)
    return [
        (
            str(date_of(line.business_date)),
            format_decimal(line.strike.unit_value, 6),
            format_decimal(line.strike.net_assets, 6),
        )
        for line in listed
        if line.strike is not None
    ]


def expected_unit_values() -> list[tuple[str, str, str]]:
    with (FIXTURES / "g1_book" / "expected_unit_values.csv").open(encoding="utf-8", newline="") as file:
        return [
            (row["date"], row["unit_value"], format_decimal(parse_decimal(row["net_assets"], 6), 6))
            for row in csv.DictReader(file)
        ]


def step_rows(engine: Engine) -> list[tuple[str, int]]:
    """(date, how many step rows of run 0) of every night, and proof that there is no other run."""
    with reading(engine) as connection:
        rows = connection.exec_driver_sql(
            "SELECT business_date, run, count(*) FROM step_run GROUP BY business_date, run ORDER BY business_date"
        ).all()
    assert all(run == 0 for _, run, _ in rows)
    return [(str(date_of(day)), count) for day, _, count in rows]


WHOLE = [(night, len(NIGHT)) for night in NIGHTS]


def test_missed_nights_run_in_order_and_give_the_expected_unit_values(engine: Engine, tmp_path: Path) -> None:
    """On both databases; on PostgreSQL as the application's role."""
    desk = desk_of(prepared(engine, tmp_path / "book"), "desk-1:1")
    stream = run_due(desk)
    assert outcomes(stream) == [(night, "closed") for night in NIGHTS]
    assert [line["sleeves_held"] for line in lines(stream)] == [0] * 6
    assert unit_values(engine) == expected_unit_values()
    assert step_rows(engine) == WHOLE
    assert outcomes(run_due(desk)) == []


def test_nights_run_evening_by_evening_give_the_same_values(book: Engine) -> None:
    for night in NIGHTS:
        assert outcomes(run_due(desk_of(book, "desk-1:1"), utc(f"{night} 23:45"))) == [(night, "closed")]
    assert unit_values(book) == expected_unit_values()
    assert step_rows(book) == WHOLE


def test_a_scheduler_stopped_at_any_step_is_resumed_by_the_next(book: Engine) -> None:
    """Stopped once in each step of the night of the 24th, started again each time."""
    stopped_at = []
    for step in NIGHT[1:]:
        bell = Bell()
        stopping = stopping_between_steps(bell)

        def observe(when: str, day: int, name: str, upto=step.__name__, bell=bell, stopping=stopping) -> None:  # type: ignore[no-untyped-def]  # bound early
            if date_of(day).isoformat() == "2026-11-24" and when == "start" and name == upto:
                bell.stop(signal.SIGTERM)
            stopping(when, day, name)

        with pytest.raises(StopRequested):
            run_due(desk_of(book, "desk-1:1", observe))
        stopped_at.append(step_rows(book)[-1])
    assert stopped_at == [("2026-11-24", at) for at in range(1, len(NIGHT))]
    assert outcomes(run_due(desk_of(book, "desk-1:1")))[0] == ("2026-11-24", "closed")
    assert unit_values(book) == expected_unit_values()
    assert step_rows(book) == WHOLE


def test_a_second_scheduler_in_the_middle_of_a_night_is_told_who_has_it(book: Engine, sqlite_url: str) -> None:
    other_engine = open_engine(sqlite_url)
    other, told = desk_of(other_engine, "desk-2:2"), []

    def meanwhile(when: str, day: int, step: str) -> None:
        if when == "start" and step == NIGHT[len(NIGHT) // 2].__name__:
            with pytest.raises(AlreadyRunning, match="the night is being run by desk-1:1") as refusal:
                run_due(other)
            told.append(str(refusal.value))

    run_due(desk_of(book, "desk-1:1", meanwhile))
    assert len(told) == len(NIGHTS)
    assert outcomes(run_due(other)) == []
    assert unit_values(book) == expected_unit_values()
    assert step_rows(book) == WHOLE
    other_engine.dispose()


def test_two_schedulers_at_once_run_every_night_once(sqlite_url: str, tmp_path: Path) -> None:
    streams: dict[str, StringIO] = {}

    def schedule(holder: str) -> None:
        engine, bell, clock = open_engine(sqlite_url), Bell(), FakeClock(AFTER_ALL)
        streams[holder] = StringIO()
        desk = desk_of(engine, holder)

        def look():  # type: ignore[no-untyped-def]  # as the desk's own
            book = desk.standing()
            if book.last_closed == day_of(date.fromisoformat(NIGHTS[-1])):
                bell.stop(signal.SIGTERM)
            return book

        log = open_log(streams[holder], clock)
        store = tmp_path / f"{holder}.schedule.db"
        run_schedule(Desk(look, desk.run_night), TIMES, store, bell, clock, log, try_again_seconds=0.05)
        engine.dispose()

    threads = [Thread(target=schedule, args=[holder]) for holder in ("desk-1", "desk-2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    closed = [outcome for stream in streams.values() for outcome in outcomes(stream) if outcome[1] == "closed"]
    assert sorted(closed) == [(night, "closed") for night in NIGHTS]
    engine = open_engine(sqlite_url)
    assert unit_values(engine) == expected_unit_values()
    assert step_rows(engine) == WHOLE
    engine.dispose()


def test_a_book_without_a_sleeve_has_no_schedule(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'empty.db'}")
    migrate(engine)
    calendar = example_calendar()
    with writing(engine) as connection:
        store_sessions(connection, calendar.sessions, calendar.close_minutes)
    with pytest.raises(NotFound, match="modelx book load"):
        standing(engine)
    engine.dispose()


def test_an_operators_closure_loaded_later_is_seen_at_the_next_look(book: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "closure"
    folder.mkdir()
    (folder / "closures.csv").write_text("date,calendar,close_time,reason\n2026-12-02,MARKET,,Day of mourning\n")
    desk = desk_of(book, "desk-1:1")
    run_due(desk)
    load_folder(book, folder, closed=NIGHTS[-1])
    assert outcomes(run_due(desk, utc("2026-12-02 23:45"))) == []


def test_alarms_are_kept_beside_a_sqlite_book_and_never_in_it(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'modelx.db'}")
    assert store_of(engine, None) == tmp_path / "modelx.schedule.db"
    assert store_of(engine, tmp_path / "alarms.db") == tmp_path / "alarms.db"
    with pytest.raises(InvalidInput, match="is the book itself"):
        store_of(engine, tmp_path / "x" / ".." / "modelx.db")
    assert store_of(open_engine("postgresql://app@db/modelx"), None) == Path("modelx.schedule.db")
