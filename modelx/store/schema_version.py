"""Which schema this version of the code reads and writes, checked without importing the migration tool."""

from pathlib import Path

from sqlalchemy import Engine, inspect

from modelx.domain.errors import InvalidInput, NotFound
from modelx.store.unit_of_work import reading

SCHEMA_REVISION = "0001"


def require_current(engine: Engine) -> None:
    """Raise :class:`InvalidInput` unless the database is at exactly this version's schema.

    Raises :class:`NotFound` when a SQLite file is not there: connecting would create it.
    """
    file = (engine.url.database or ":memory:") if engine.dialect.name == "sqlite" else ":memory:"
    if not file.startswith(("file:", ":memory:")) and not Path(file).exists():
        raise NotFound(
            f"there is no database at {file}: name another with --database, or run `modelx db migrate` first"
        )
    with reading(engine) as connection:
        if not inspect(connection).has_table("alembic_version"):
            raise InvalidInput("the database has no modelx schema: run `modelx db migrate` first")
        revision = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one_or_none()
    if revision is None or revision < SCHEMA_REVISION:
        raise InvalidInput(
            f"the database is at schema {revision}, older than {SCHEMA_REVISION}: run `modelx db migrate`"
        )
    if revision > SCHEMA_REVISION:
        raise InvalidInput(
            f"the database is at schema {revision}, from a newer version of modelx (this one knows {SCHEMA_REVISION}): "
            "use the version that migrated it"
        )
