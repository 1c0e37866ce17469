"""`modelx db`: create, check and back up the database."""

from pathlib import Path

from cyclopts import App

from modelx.cli.output import DEFAULT_DATABASE, Database, Output, say, show_rows

app = App(name="db")


@app.command
def migrate(*, database: Database = DEFAULT_DATABASE) -> None:
    """Create the schema, or bring an older one to this version; store the market's sessions.

    On PostgreSQL the owner migrates (MODELX_MIGRATION_URL, or --database when it is not set), and the role of
    --database is granted what the application may do: insert and read, never change a record.
    """
    from modelx.bootstrap import migrate_database

    revision, n_sessions = migrate_database(database)
    say(f"schema {revision}; {n_sessions} market sessions added")


@app.command
def check(*, database: Database = DEFAULT_DATABASE, output: Output = Output()) -> int:  # noqa: B008
    """Prove the database: every invariant by name, with the first row that breaks it.

    Exit code 9 when one is broken.
    """
    from modelx.bootstrap import open_book
    from modelx.services.database_check import check_database

    results = check_database(open_book(database))
    rows = [[result.name, "ok" if result.holds else "BROKEN", result.detail] for result in results]
    show_rows(output, "db-check", ["check", "result", "detail"], rows)
    return 0 if all(result.holds for result in results) else 9


@app.command
def backup(file: Path, *, database: Database = DEFAULT_DATABASE) -> None:
    """Write a consistent copy of a SQLite database to FILE while it may be in use; the copy is verified.

    For PostgreSQL use its own tools (pg_dump or a base backup); this command says so.
    """
    from modelx.bootstrap import open_book
    from modelx.services.database_backup import back_up

    size = back_up(open_book(database), file)
    say(f"{file}: {size:,} bytes, integrity checked")
