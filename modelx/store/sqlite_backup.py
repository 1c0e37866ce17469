"""SQLite's own online backup: a consistent copy under concurrent writers."""

import sqlite3
from pathlib import Path

from modelx.domain.errors import InvalidInput, InvariantBroken
from modelx.store.engine import Engine


def copy_database(engine: Engine, file: Path) -> None:
    """Copy to ``file`` and run SQLite's integrity check on the copy; a copy that fails is removed.

    Raises :class:`InvalidInput` when the file cannot be written, :class:`InvariantBroken` when the copy is not sound.
    """
    try:
        with engine.connect() as connection:
            source = connection.connection.driver_connection
            assert isinstance(source, sqlite3.Connection)
            with sqlite3.connect(file) as target:
                source.backup(target)
                result = target.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.OperationalError as error:
        file.unlink(missing_ok=True)
        raise InvalidInput(f"{file} cannot be written ({error}): check the folder and the space left") from error
    if result != "ok":
        file.unlink()
        raise InvariantBroken(f"the copy is not sound: {result}")
