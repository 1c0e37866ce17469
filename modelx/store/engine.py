"""Engines for both databases, opened the one way in which the ledger's promises hold.

SQLite: WAL, ``synchronous=FULL``, foreign keys and recursive triggers on for every connection, and writers begin
IMMEDIATE (a plain BEGIN lets two writers race into BUSY_SNAPSHOT). PostgreSQL: psycopg 3, UTC. Both wait for another
writer's lock for a while and then say so.
"""

from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from modelx.domain.errors import InvalidInput, InvariantBroken

__all__ = ["Connection", "Engine", "open_engine"]

BUSY_TIMEOUT_MS = 5_000


def open_engine(url: str) -> Engine:
    """An engine for ``sqlite:///file`` or ``postgresql://...``. Nothing is connected yet.

    Raises :class:`InvalidInput` for any other kind of database or a URL that cannot be read.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise InvalidInput(
            f"the database URL cannot be read: use sqlite:///FILE or postgresql://USER@HOST/NAME ({error})"
        ) from error
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(parsed, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if parsed.get_backend_name() == "postgresql":
        options = f"-c timezone=UTC -c lock_timeout={BUSY_TIMEOUT_MS}"
        return create_engine(parsed.set(drivername="postgresql+psycopg"), connect_args={"options": options})
    raise InvalidInput(f"{parsed.get_backend_name()} is not supported: use sqlite:///FILE or postgresql://...")


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy's begin event, not the driver, opens transactions
    try:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON"):
            connection.execute(f"PRAGMA {pragma}")
    except UnicodeDecodeError as error:  # the driver cannot even read the message about its schema
        raise InvariantBroken(f"the database is damaged ({error}): restore a backup") from error


def _begin_sqlite(connection: Connection) -> None:
    reading = connection.get_execution_options().get("modelx_read_only", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
