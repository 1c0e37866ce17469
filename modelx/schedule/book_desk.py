"""The scheduler on a real book: what it reads of it, how it runs a night of it, and where it keeps its alarms."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from modelx import bootstrap
from modelx.domain.errors import InvalidInput
from modelx.domain.night_policy import NightPolicy
from modelx.schedule.due_nights import Desk, NightResult, Standing
from modelx.schedule.night_log import open_log
from modelx.schedule.plan import NightPlan, night_times, plan_nights
from modelx.schedule.scheduler import Bell, run_schedule, stop_signals
from modelx.services.daily_cycle import Runner, run_through
from modelx.store import night_records, session_records, sleeve_records
from modelx.store.engine import Engine
from modelx.store.unit_of_work import reading

DEFAULT_STORE = Path("modelx.schedule.db")


def run_book_schedule(url: str) -> signal.Signals | None:
    """Run the nights of the book at ``url`` as they come due, until a signal stops it; returns that signal.

    For the main thread. Raises what ``run_schedule`` raises, and :class:`NotFound` when the book has no sleeve.
    """
    settings, engine, bell = bootstrap.settings(), bootstrap.open_book(url), Bell()
    times = night_times(settings.night_time, settings.early_close_time)
    store = store_of(engine, settings.schedule_store)
    desk = book_desk(engine, settings.policy(), bootstrap.runner(stopping_between_steps(bell)))
    with stop_signals(bell):
        run_schedule(desk, times, store, bell, utc_now, open_log(sys.stderr, utc_now))
    return bell.stopped_by


def book_plan(url: str, n_ahead: int) -> NightPlan:
    """The nights of the book at ``url`` that are due, and the next ones ahead."""
    settings, book = bootstrap.settings(), standing(bootstrap.open_book(url))
    return plan_nights(
        book.calendar,
        night_times(settings.night_time, settings.early_close_time),
        first_start=book.first_start,
        last_closed=book.last_closed,
        now=utc_now(),
        n_ahead=n_ahead,
    )


def book_desk(engine: Engine, policy: NightPolicy, runner: Runner) -> Desk:
    """The desk of a real book. Its nights are those of ``run_through``, which the database guards."""

    def run_night(day: int) -> NightResult:
        reports = run_through(engine, day, policy, runner)
        with reading(engine) as connection:
            _, releases = night_records.horizons(connection)
            held = night_records.unreleased_sleeves(connection, releases)
        return NightResult(all(report.already_done for report in reports), len(held))

    return Desk(lambda: standing(engine), run_night)


def standing(engine: Engine) -> Standing:
    """Where a book stands, every closure loaded by now included. Raises :class:`NotFound` when it has no sleeve."""
    with reading(engine) as connection:
        loads, _ = night_records.horizons(connection)
        calendar = session_records.calendar(connection, loads)
        first_start = sleeve_records.first_start(connection, loads)
        return Standing(calendar, first_start, night_records.last_night_closed(connection))


def stopping_between_steps(bell: Bell) -> Callable[[str, int, str], None]:
    """An observer of a night's steps that raises ``StopRequested`` before one begins, once the bell is stopped."""

    def observe(when: str, _day: int, _step: str) -> None:
        if when == "start":
            bell.raise_if_stopped()

    return observe


def store_of(engine: Engine, named: Path | None) -> Path:
    """The file of the alarms: the one named, else beside a SQLite book, else in the working folder.

    Raises :class:`InvalidInput` when it is the book itself.
    """
    book = engine.url.database if engine.dialect.name == "sqlite" else None
    if named is None:
        return Path(book).with_suffix(".schedule.db") if book else DEFAULT_STORE
    if book and named.resolve() == Path(book).resolve():
        raise InvalidInput(f"MODELX_SCHEDULE_STORE={named} is the book itself: name a file of its own")
    return named


def utc_now() -> datetime:
    """The instant, from the one place where the clock is read."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=bootstrap.now())
