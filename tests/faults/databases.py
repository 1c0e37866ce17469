"""The two databases faults are tried on: each keeps moments of itself, and can be put back to them in milliseconds.

A moment is a copy: of the file on SQLite, of the tables in a schema beside on PostgreSQL. So a night can be begun from
the same state hundreds of times.
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
from modelx.store import session_records
from modelx.store.engine import open_engine
from modelx.store.schema import migrate
from modelx.store.tables import metadata
from modelx.store.unit_of_work import writing
from tests.product import sessions


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


@contextmanager
def another_engine(url: str, *pragmas: str) -> Iterator[Engine]:
    """An engine beside the first one, as the product makes it, and what its SQLite connections are told besides."""
    engine = open_engine(url)
    for pragma in pragmas:
        event.listen(engine, "connect", lambda connection, _, told=pragma: connection.execute(f"PRAGMA {told}"))
    try:
        yield engine
    finally:
        engine.dispose()
