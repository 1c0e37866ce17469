"""How an attack reaches a database, past everything the product does to keep it honest."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from modelx.services.database_check import check_database
from modelx.store.engine import open_engine

REFUSED = "refused"
FINE = "fine"
SQLITE, POSTGRESQL = ("sqlite",), ("postgresql",)
DriverError = (sqlite3.Error, psycopg.Error)


@dataclass
class Target:
    """A database, as the application reaches it and as its owner does (on SQLite, anyone with the file)."""

    dialect: str
    application_url: str
    owner_url: str
    engine: Engine = field(init=False)

    def __post_init__(self) -> None:
        self.engine = open_engine(self.application_url)

    @property
    def file(self) -> Path:
        """The SQLite file."""
        return Path(str(make_url(self.owner_url).database))

    def as_application(self, statements: Sequence[str]) -> None:
        """Run statements as the product's own connection could: its pragmas, or its role."""
        connection = self.engine.raw_connection()
        try:
            self._run(connection.driver_connection, statements)
        finally:
            connection.close()

    def as_stranger(self, statements: Sequence[str]) -> None:
        """Run statements as somebody who does not care: a bare connection to the file, or the owner of the tables."""
        connection = self._bare()
        try:
            self._run(connection, statements)
        finally:
            connection.close()

    def quietly(self, statements: Sequence[str]) -> None:
        """Run statements past triggers and foreign keys, and leave every guard in place afterwards."""
        if self.dialect == "postgresql":
            self.as_stranger(["SET session_replication_role = replica", *statements])
            return
        with self._bare() as connection:
            triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        connection.close()
        drop = [f"DROP TRIGGER {name}" for name, _ in triggers]
        self.as_stranger([*drop, *statements, *(sql for _, sql in triggers)])

    def broken(self, expected_head: bytes | None = None) -> list[str]:
        """The names of the checks that `modelx db check` finds broken."""
        return [result.name for result in check_database(self.engine, expected_head) if not result.holds]

    def value(self, query: str) -> Any:
        """One value of the database."""
        with self.engine.connect() as connection:
            return connection.exec_driver_sql(query).scalar_one()

    def _bare(self) -> Any:
        if self.dialect == "sqlite":
            return sqlite3.connect(self.file, isolation_level=None)
        return psycopg.connect(make_url(self.owner_url).set(drivername="postgresql").render_as_string(False))

    def _run(self, connection: Any, statements: Sequence[str]) -> None:
        literal = "x'{}'" if self.dialect == "sqlite" else "'\\x{}'::bytea"
        if self.dialect == "sqlite":
            connection.execute("BEGIN")
        for statement in statements:
            written = statement.replace("{hash}", literal.format("ab" * 32))
            connection.execute(written.replace("{other hash}", literal.format("cd" * 32)))
        connection.execute("COMMIT")


@dataclass(frozen=True)
class Attack:
    """One line of the matrix: what is tried, by whom, and what must come of it.

    ``outcome`` is REFUSED, FINE (for what may be done), or the name of the check that must find it.
    """

    name: str
    by: str
    statements: tuple[str, ...]
    outcome: str
    dialects: tuple[str, ...] = SQLITE + POSTGRESQL

    def run(self, target: Target) -> str:
        """Do it; returns REFUSED, FINE, or the names of the checks that found it, joined."""
        try:
            getattr(target, self.by)(self.statements)
        except DriverError:
            return REFUSED
        return " ".join(target.broken()) or FINE
