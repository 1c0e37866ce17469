"""A consistent copy of a SQLite database while nights may run on it."""

from pathlib import Path

from modelx.domain.errors import InvalidInput
from modelx.store.engine import Engine
from modelx.store.sqlite_backup import copy_database


def back_up(engine: Engine, file: Path) -> int:
    """Copy the database to ``file`` and check the copy; returns its size in bytes.

    Raises :class:`InvalidInput` for PostgreSQL, for a file that exists, and for a folder that cannot be written.
    """
    if engine.dialect.name != "sqlite":
        raise InvalidInput("modelx backs up SQLite databases: for PostgreSQL use pg_dump or a base backup")
    if file.exists():
        raise InvalidInput(f"{file} exists: a backup never overwrites a file; name another")
    if not file.parent.is_dir():
        raise InvalidInput(f"{file.parent} is not a folder: make it first")
    copy_database(engine, file)
    return file.stat().st_size
