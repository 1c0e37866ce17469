"""The schema's version, its migration, and the grants of the application role."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from modelx.domain.errors import InvalidInput
from modelx.store.tables import metadata
from modelx.store.unit_of_work import writing

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


def migrate(engine: Engine, application_role: str | None = None) -> str:
    """Bring the schema to this version; returns the revision. Running it again changes nothing.

    ``application_role`` (PostgreSQL) is granted SELECT and INSERT on every table, and UPDATE and DELETE only on the
    disposable ones, so that the night cannot change a record even by mistake. Raises :class:`InvalidInput` when the
    database is from a newer version, or the role does not exist.
    """
    with writing(engine) as connection:
        require_known_version(connection)
        command.upgrade(_config(connection), "head")
        if application_role is not None and connection.dialect.name == "postgresql":
            _grant(connection, application_role)
        return current_revision(connection) or ""


def current_revision(connection: Connection) -> str | None:
    """The revision stored in the database, or None when it holds no schema."""
    return MigrationContext.configure(connection).get_current_revision()


def require_known_version(connection: Connection) -> None:
    """Raise :class:`InvalidInput` when the database was migrated by a newer version than this one."""
    revision = current_revision(connection)
    known = {script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}
    if revision is not None and revision not in known:
        raise InvalidInput(
            f"the database is at schema {revision}, which this version of modelx does not know: "
            "use the newer version that migrated it"
        )


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def _grant(connection: Connection, role: str) -> None:
    exists = connection.exec_driver_sql("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).first()
    if exists is None:
        raise InvalidInput(f"the role {role} of MODELX_DATABASE_URL does not exist: CREATE ROLE it first, with LOGIN")
    quoted = connection.dialect.identifier_preparer.quote(role)
    connection.exec_driver_sql(f"GRANT SELECT ON posting, alembic_version TO {quoted}")
    for table in metadata.sorted_tables:
        verbs = "SELECT, INSERT" if table.info["append_only"] else "SELECT, INSERT, UPDATE, DELETE"
        connection.exec_driver_sql(f'GRANT {verbs} ON "{table.name}" TO {quoted}')
