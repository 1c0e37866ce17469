"""The database is full, busy, or cannot be written to: a clear error, nothing half applied, and the night resumes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import psycopg
import pytest
from sqlalchemy import create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import NotSupportedError

from modelx.domain.errors import InvalidInput, Transient
from modelx.store import engine as engine_module
from modelx.store.engine import Engine
from modelx.store.unit_of_work import translated
from tests.faults.databases import PostgresqlDatabase, SqliteDatabase, another_engine, opened
from tests.faults.dump import first_difference
from tests.faults.stages import (
    CATCH_UP_SCENE,
    NIGHT_SCENE,
    ONE_LOAD,
    STEPS,
    Stage,
    load_folder,
    run_to,
    runner,
)

BUSY = "the database is busy, another writer holds it"


def pages(stage: Stage) -> int:
    with opened(stage.url) as engine, engine.connect() as connection:
        return int(connection.exec_driver_sql("PRAGMA page_count").scalar_one())


@pytest.mark.parametrize("name", [NIGHT_SCENE, CATCH_UP_SCENE])
def test_a_disk_that_fills_at_any_page_leaves_whole_steps_and_the_night_resumes_the_same(
    sqlite_stage: Stage, name: str
) -> None:
    stage, scene = sqlite_stage, sqlite_stage.begin(name)
    first = pages(stage)
    with opened(stage.url) as engine:
        run_to(engine, scene.night)
    last = pages(stage)
    stopped_after = set()
    for most in range(first, last):
        stage.begin(name)
        with another_engine(stage.url, "synchronous=OFF", f"max_page_count={most}") as engine:
            with pytest.raises(Transient, match=r"the disk is full .* make room, then run it again"):
                run_to(engine, scene.night)
            stopped_after.add(scene.steps_in(stage.dump()))
        with opened(stage.url) as engine:
            run_to(engine, scene.night)
        assert first_difference(stage.dump(), scene.end) == "", f"{most} pages"
    assert last - first > 4
    assert len(stopped_after) > 2


def test_a_disk_that_fills_while_a_book_is_loaded_leaves_nothing_of_it(sqlite_stage: Stage) -> None:
    """The evening's folder brings rows to tables that are empty before: each of them takes a new page."""
    stage = sqlite_stage
    stage.database.put_back(ONE_LOAD)
    first, before = pages(stage), stage.dump()
    folder = stage.book.opening[1]
    with opened(stage.url) as engine:
        load_folder(engine, folder)
    last, loaded = pages(stage), stage.dump()
    assert last > first
    for most in range(first, last):
        stage.database.put_back(ONE_LOAD)
        with (
            another_engine(stage.url, f"max_page_count={most}") as engine,
            pytest.raises(Transient, match="the disk is full"),
        ):
            load_folder(engine, folder)
        assert first_difference(stage.dump(), before) == ""
    with opened(stage.url) as engine:
        load_folder(engine, folder)
    assert first_difference(stage.dump(), loaded) == ""


@contextmanager
def read_only(stage: Stage) -> Iterator[Engine]:
    if isinstance(stage.database, SqliteDatabase):
        with another_engine(f"sqlite:///file:{stage.database.file}?mode=ro&uri=true") as engine:
            yield engine
        return
    with another_engine(stage.url) as engine:
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("SET TRANSACTION READ ONLY"))
        yield engine


def test_a_database_that_cannot_be_written_to_is_told_before_anything_is_done(stage: Stage) -> None:
    scene = stage.begin(NIGHT_SCENE)
    with read_only(stage) as engine:
        with pytest.raises(InvalidInput, match="the database cannot be opened for writing"):
            run_to(engine, scene.night)
        with pytest.raises(InvalidInput, match="the database cannot be opened for writing"):
            load_folder(engine, stage.book.cure)
    assert first_difference(stage.dump(), scene.states[0]) == ""


def test_a_postgresql_replica_is_told_apart_from_a_fault() -> None:
    """The words of a standby server, of which the tests have none."""
    refusal = psycopg.errors.FeatureNotSupported("cannot set transaction read-write mode during recovery")
    told = translated(NotSupportedError("BEGIN READ WRITE", None, refusal))
    assert isinstance(told, InvalidInput)
    assert "it is no replica" in str(told)


@contextmanager
def held_by_another_writer(stage: Stage) -> Iterator[None]:
    """Somebody else's open transaction: over the whole file on SQLite, over the steps' table on PostgreSQL."""
    if isinstance(stage.database, SqliteDatabase):
        other = sqlite3.connect(stage.database.file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
        other.close()
        return
    assert isinstance(stage.database, PostgresqlDatabase)
    owner = create_engine(make_url(stage.database.owner_url).set(drivername="postgresql+psycopg"))
    with owner.begin() as connection:
        connection.exec_driver_sql("LOCK TABLE lease, step_run, unit_value IN SHARE ROW EXCLUSIVE MODE")
        yield
    owner.dispose()


def test_a_busy_database_is_told_at_once_and_between_two_steps(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wait is cut short here; it is the same for both databases, and it ends."""
    monkeypatch.setattr(engine_module, "BUSY_TIMEOUT_MS", 20)
    for at in range(0, len(STEPS), 4):
        step, scene = STEPS[at], stage.begin(NIGHT_SCENE)
        with another_engine(stage.url) as engine:
            with ExitStack() as others:

                def observe(when: str, _day: int, name: str, at_step: str = step, others: ExitStack = others) -> None:
                    if (when, name) == ("start", at_step):
                        others.enter_context(held_by_another_writer(stage))

                with pytest.raises(Transient, match=BUSY):
                    run_to(engine, scene.night, runner(observe=observe))
                assert first_difference(stage.dump(), scene.states[at]) == "", step
                with pytest.raises(Transient, match=BUSY):
                    run_to(engine, scene.night)
            run_to(engine, scene.night)
        assert first_difference(stage.dump(), scene.end) == "", step
