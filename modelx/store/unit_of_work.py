"""One transaction, opened and closed in one place, with the driver's errors told in the product's words."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from modelx.domain.errors import Conflict, InvalidInput, InvariantBroken, ModelxError, Transient


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that commits when the block ends and rolls back whole on any error.

    Raises :class:`Transient` when the database is busy, full or gone (the outcome of a COMMIT whose reply was lost is
    unknown: callers read back what they wrote, by key, before trying again), :class:`Conflict` when a key exists.
    """
    with _told(engine), engine.begin() as connection:
        yield connection


@contextmanager
def trying(engine: Engine) -> Iterator[Connection]:
    """A transaction that is always rolled back: what it writes is seen within the block and nowhere else, ever."""
    with _told(engine), engine.connect() as connection:
        transaction = connection.begin()
        try:
            yield connection
        finally:
            transaction.rollback()


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A read-only snapshot: every query in the block sees the same committed state."""
    options: dict[str, Any] = {"modelx_read_only": True}
    if engine.dialect.name == "postgresql":
        options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with _told(engine), engine.connect().execution_options(**options) as connection, connection.begin():
        yield connection


@contextmanager
def _told(engine: Engine) -> Iterator[None]:
    """Raise the driver's errors in the product's words, whichever way they come."""
    driver_error = engine.dialect.loaded_dbapi.Error
    try:
        yield
    except DBAPIError as error:
        raise translated(error) from error
    except driver_error as error:  # COPY, and a cursor read row by row, go past SQLAlchemy, straight to the driver
        wrapped = DBAPIError.instance(None, None, error, driver_error, dialect=engine.dialect)
        raise (translated(wrapped) if isinstance(wrapped, DBAPIError) else wrapped) from error


def translated(error: DBAPIError) -> Exception:
    """The product's error for a driver's: what happened and what to do."""
    cause = str(error.orig).strip().splitlines()[0] if error.orig else str(error)
    for words, kind, message in _IN_OUR_WORDS:
        if any(word in cause for word in words):
            return kind(message.format(cause))
    if isinstance(error, IntegrityError):
        return Conflict(f"the database refused a row: {cause}")
    if error.connection_invalidated or isinstance(error, OperationalError):
        return Transient(f"the database could not finish ({cause}): nothing of this step was kept; run it again")
    return error


_IN_OUR_WORDS: tuple[tuple[tuple[str, ...], type[ModelxError], str], ...] = (  # the first line that fits is taken
    (("holds this key already",), Conflict, "the database refused a row: {}"),  # SQLite's guard speaks before its key
    (("append-only", "permission denied"), InvariantBroken, "the database refused to change a stored row: {}"),
    (
        ("malformed", "not a database", "invalid page", "could not read block"),
        InvariantBroken,
        "the database is damaged ({}): restore a backup",
    ),
    (
        ("unable to open", "readonly", "read-only", "during recovery"),
        InvalidInput,
        "the database cannot be opened for writing ({}): check the permissions of its folder, or that it is no replica",
    ),
    (
        ("disk is full", "No space left"),
        Transient,
        "the disk is full ({}): nothing of this step was kept; make room, then run it again",
    ),
    (
        ("database is locked", "lock timeout"),
        Transient,
        "the database is busy, another writer holds it ({}): nothing of this step was kept; run it again",
    ),
    (
        ("no such table", "does not exist"),
        InvalidInput,
        "the database has no modelx schema ({}): run `modelx db migrate` first",
    ),
)
