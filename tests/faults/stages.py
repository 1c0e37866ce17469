"""A database on which the fault book stands ready, its moments kept, and its nights known as they run undisturbed.

A moment is kept as a copy (the file on SQLite, a schema of copied tables on PostgreSQL) and put back in milliseconds,
so that a night can be begun from the same state hundreds of times.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url

from modelx.domain.days import day_of
from modelx.domain.night_policy import NightPolicy
from modelx.files.book_folder import open_book
from modelx.services.book import LoadReport, load
from modelx.services.daily_cycle import NightReport, Runner, run_through
from modelx.services.holds import Release, release_holds
from modelx.services.night_steps import NIGHT
from modelx.store import night_records, session_records
from modelx.store.engine import open_engine
from modelx.store.schema import migrate
from modelx.store.tables import metadata
from modelx.store.unit_of_work import reading, writing
from modelx.store.unit_value_records import Selection
from tests.faults.dump import Dump, dump
from tests.faults.fault_book import HELD, LAST_NIGHT, QUIET_NIGHT, RICH_NIGHT, FaultBook
from tests.product import sessions

INSTANT = 1_795_000_000_000_000
POLICY = NightPolicy()
NIGHT_SCENE, CATCH_UP_SCENE = "night", "catch-up"
SCENES = (NIGHT_SCENE, CATCH_UP_SCENE)
ONE_LOAD, NO_NIGHT, END = "one load", "no night", "end"  # other moments that are kept
STEPS = tuple(step.__name__ for step in NIGHT)


class Database(Protocol):
    """A migrated database with sessions, and its kept moments."""

    kind: str
    url: str

    def keep(self, moment: str) -> None:
        """Keep what the database holds now under a name."""

    def put_back(self, moment: str) -> None:
        """Make the database what it was at a moment, whatever a run or a load has made of it since."""


@cache
def quick_engine(url: str) -> Engine:
    """The engine of a database, one that does not wait for the disk: a kill loses nothing by that, a power cut does."""
    engine = open_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    return engine


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    """The engine of a database with connections of its own: a new process, as far as the database can tell.

    The engine object is made once for each database, its connections each time.
    """
    engine = quick_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


@dataclass
class SqliteDatabase:
    """A file of the smallest pages there are, so that it can be full at almost every write."""

    folder: Path
    kind: str = "sqlite"

    def __post_init__(self) -> None:
        with closing(sqlite3.connect(self.file)) as connection:
            connection.execute("PRAGMA page_size = 512")
            connection.execute("VACUUM")
        with opened(self.url) as engine:
            migrate(engine)
            store_few_sessions(engine)

    @property
    def file(self) -> Path:
        return self.folder / "modelx.db"

    @property
    def url(self) -> str:
        return f"sqlite:///{self.file}"

    def keep(self, moment: str) -> None:
        shutil.copyfile(self.file, self.folder / f"{moment}.kept")

    def put_back(self, moment: str) -> None:
        for suffix in ("-wal", "-shm"):
            self.file.with_name(self.file.name + suffix).unlink(missing_ok=True)
        shutil.copyfile(self.folder / f"{moment}.kept", self.file)


@dataclass
class PostgresqlDatabase:
    owner_url: str
    url: str
    kind: str = "postgresql"
    _owner: Engine = field(init=False)

    def __post_init__(self) -> None:
        self._owner = create_engine(make_url(self.owner_url).set(drivername="postgresql+psycopg"))
        with self._owner.begin() as connection:
            name = make_url(self.owner_url).database
            connection.exec_driver_sql(f"ALTER DATABASE {name} SET synchronous_commit = off")
            connection.exec_driver_sql("CREATE SCHEMA kept")
        with opened(self.owner_url) as engine:
            store_few_sessions(engine)

    def keep(self, moment: str) -> None:
        with self._owner.begin() as connection:
            for table in metadata.sorted_tables:
                connection.exec_driver_sql(f'DROP TABLE IF EXISTS kept."{moment} {table.name}"')
                connection.exec_driver_sql(f'CREATE TABLE kept."{moment} {table.name}" AS TABLE "{table.name}"')

    def put_back(self, moment: str) -> None:
        """Only the owner can, with triggers and foreign keys asleep."""
        with self._owner.begin() as connection:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            for table in metadata.sorted_tables:
                if table.name != "market_session":
                    connection.exec_driver_sql(
                        f'DELETE FROM "{table.name}"; INSERT INTO "{table.name}" TABLE kept."{moment} {table.name}"'
                    )

    def command(self, sql: str) -> Any:
        """Run one statement as the owner, outside of everything."""
        with self._owner.begin() as connection:
            result = connection.exec_driver_sql(sql)
            return result.all() if result.returns_rows else None

    def dispose(self) -> None:
        self._owner.dispose()


@cache
def few_sessions() -> tuple[Any, Any]:
    """The sessions of 2026 and 2027: a calendar that is read hundreds of times."""
    days, closes = sessions()
    few = (days >= day_of(date(2026, 1, 1))) & (days <= day_of(date(2027, 12, 31)))
    return days[few], closes[few]


def store_few_sessions(engine: Engine) -> None:
    with writing(engine) as connection:
        session_records.store_sessions(connection, *few_sessions())


def load_folder(engine: Engine, folder: Path, instant: int = INSTANT) -> LoadReport:
    """Load a folder at an instant that does not move."""
    with reading(engine) as connection:
        loads, _ = night_records.horizons(connection)
        calendar = session_records.calendar(connection, loads)
        last = night_records.last_night_begun(connection)
    return load(engine, open_book(folder), calendar=calendar, last_closed_night=last, recorded_at=instant)


def release_held(engine: Engine) -> None:
    signed = Release("the price came", "Ana Maker", "Carl Checker")
    release_holds(engine, Selection(*HELD), None, signed, INSTANT)


def runner(holder: str = "undisturbed", **other: Any) -> Runner:
    """A runner whose clock stands still and who takes everybody else for dead."""
    return Runner(**({"now": lambda: INSTANT, "holder": holder, "is_dead": lambda _: True} | other))


def run_to(engine: Engine, night: date, by: Runner | None = None) -> list[NightReport]:
    return run_through(engine, day_of(night), POLICY, by or runner())


@dataclass(frozen=True)
class Scene:
    """A run to disturb: the night to ask for, and what the database holds before it and after each of its steps."""

    name: str
    night: date
    states: tuple[Dump, ...]

    @property
    def end(self) -> Dump:
        return self.states[-1]


@dataclass
class Stage:
    """A database with the fault book on it, put back to the beginning of a scene as often as wanted."""

    database: Database
    book: FaultBook
    scenes: dict[str, Scene] = field(default_factory=dict)
    end: Dump = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.database.url

    def prepare(self) -> None:
        """Play the whole book once, undisturbed, and keep the moments at which the scenes begin, and the end."""
        with opened(self.url) as engine:
            load_folder(engine, self.book.opening[0])
        self.database.keep(ONE_LOAD)
        with opened(self.url) as engine:
            load_folder(engine, self.book.opening[1])
        self.database.keep(NO_NIGHT)
        with opened(self.url) as engine:
            run_to(engine, QUIET_NIGHT)
            load_folder(engine, self.book.evening)
        self._watch(NIGHT_SCENE, RICH_NIGHT)
        with opened(self.url) as engine:
            load_folder(engine, self.book.cure)
            release_held(engine)
        self._watch(CATCH_UP_SCENE, RICH_NIGHT)
        with opened(self.url) as engine:
            run_to(engine, LAST_NIGHT)
        with opened(self.url) as engine:
            self.end = dump(engine)
        self.database.keep(END)

    def begin(self, name: str) -> Scene:
        """Put the database back to the beginning of a scene."""
        self.database.put_back(name)
        return self.scenes[name]

    def dump(self) -> Dump:
        with opened(self.url) as engine:
            return dump(engine)

    def _watch(self, name: str, night: date) -> None:
        self.database.keep(name)
        states = [self.dump()]

        def observe(when: str, _day: int, _step: str) -> None:
            if when == "done":
                states.append(self.dump())

        with opened(self.url) as engine:
            reports = run_to(engine, night, runner(observe=observe))
        assert len(reports) == 1
        assert len(states) == 1 + len(STEPS)
        self.scenes[name] = Scene(name, night, tuple(states))
