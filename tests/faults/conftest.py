"""The stages: the fault book on each database, played once undisturbed and kept for every test of faults."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from tests.faults.databases import PostgresqlDatabase, SqliteDatabase
from tests.faults.fault_book import FaultBook, write_fault_book
from tests.faults.stages import (
    Stage,
)


@pytest.fixture(scope="session")
def fault_book(tmp_path_factory: pytest.TempPathFactory) -> FaultBook:
    return write_fault_book(tmp_path_factory.mktemp("fault_book"))


@pytest.fixture(scope="session")
def sqlite_stage(fault_book: FaultBook, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    stage = Stage(SqliteDatabase(tmp_path_factory.mktemp("fault_stage")), fault_book)
    stage.prepare()
    return stage


@pytest.fixture(scope="session")
def postgresql_stage(fault_book: FaultBook, postgresql_server: str) -> Iterator[Stage]:
    name = f"faults_{os.getpid()}"
    server = create_engine(
        make_url(postgresql_server).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
    )
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE modelx_template")
    server.dispose()
    owner = make_url(postgresql_server).set(database=name)
    application = owner.set(username="modelx_app")
    database = PostgresqlDatabase(*(url.render_as_string(hide_password=False) for url in (owner, application)))
    stage = Stage(database, fault_book)
    stage.prepare()
    yield stage
    database.dispose()


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def stage(request: pytest.FixtureRequest) -> Stage:
    """Every test that takes it runs on both databases."""
    found: Stage = request.getfixturevalue(f"{request.param}_stage")
    return found
