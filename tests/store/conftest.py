"""Copies of the audited book on both databases, for tests that attack them."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import URL, make_url

from modelx.store.engine import open_engine
from tests.product import fresh_sqlite, with_sessions
from tests.store.attacks import Target
from tests.store.audited_book import run_audited_book

MakeTarget = Callable[[str], Target]


@pytest.fixture(scope="session")
def audited_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The audited book in a SQLite file, with nothing left in its write-ahead log."""
    folder = tmp_path_factory.mktemp("audited")
    engine = fresh_sqlite(folder)
    run_audited_book(engine, folder)
    with engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return folder / "modelx.db"


@pytest.fixture(scope="session")
def audited_template(postgresql_server: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a PostgreSQL database with the audited book, made by the application role."""
    name = f"audited_{os.getpid()}"
    _on_server(postgresql_server, f"CREATE DATABASE {name} TEMPLATE modelx_template")
    engine = open_engine(_url(postgresql_server, name, "modelx_app"))
    run_audited_book(with_sessions(engine), tmp_path_factory.mktemp("audited"))
    engine.dispose()
    return name


@pytest.fixture
def make_target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MakeTarget]:
    """Makes a copy of the audited book in the database named, for one test to do with as it likes."""
    name = f"a{abs(hash(request.node.nodeid)) % 10**12}_{os.getpid()}"
    server, engines = "", []

    def make(dialect: str) -> Target:
        nonlocal server
        if dialect == "sqlite":
            file = tmp_path / "copy.db"
            shutil.copyfile(request.getfixturevalue("audited_file"), file)
            target = Target(dialect, f"sqlite:///{file}", f"sqlite:///{file}")
        else:
            template = request.getfixturevalue("audited_template")
            server = request.getfixturevalue("postgresql_server")
            _on_server(server, f"CREATE DATABASE {name} TEMPLATE {template}")
            target = Target(dialect, _url(server, name, "modelx_app"), _url(server, name))
        engines.append(target.engine)
        return target

    yield make
    for engine in engines:
        engine.dispose()
    if server:
        _on_server(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def target(request: pytest.FixtureRequest, make_target: MakeTarget) -> Target:
    """A copy of the audited book on each database."""
    return make_target(request.param)


def _url(server: str, database: str, user: str | None = None) -> str:
    url: URL = make_url(server).set(database=database, drivername="postgresql+psycopg")
    return (url if user is None else url.set(username=user)).render_as_string(hide_password=False)


def _on_server(server: str, statement: str) -> None:
    engine: Engine = create_engine(_url(server, "postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()
