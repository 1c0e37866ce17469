"""`modelx db`: create, check and back up the database."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from modelx.cli.output import DEFAULT_DATABASE, Database, Output, say, show_rows
from modelx.domain.errors import InvalidInput

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
def check(*, head: str | None = None, database: Database = DEFAULT_DATABASE, output: Output = Output()) -> int:  # noqa: B008
    """Prove the database: every invariant by name, with the first row that breaks it.

    Rows are hashed, summed and computed again, so an edit shows whoever made it. Only a cut end does not, unless the
    head printed by an earlier check was kept outside the database: pass it as --head. Exit code 9 when a check is
    broken.

    Parameters
    ----------
    head
        A head that this ledger once had (64 hexadecimal digits): it must still be in its chain.
    """
    from modelx.bootstrap import open_book
    from modelx.cli.check_table import show_checks
    from modelx.cli.progress import counting_progress
    from modelx.services.database_check import check_database, newest_head

    engine = open_book(database)
    with counting_progress("checking") as progress:
        results = check_database(engine, _head(head), progress)
    broken = [result for result in results if not result.holds]
    newest = newest_head(engine)
    shown = newest.hex() if newest else None
    if output.json or output.csv:
        rows = [[result.name, "ok" if result.holds else "BROKEN", result.detail] for result in results]
        show_rows(output, "db-check", ["check", "result", "detail"], rows, extra={"holds": not broken, "head": shown})
    else:
        show_checks(results, shown)
    return 9 if broken else 0


def _head(text: str | None) -> bytes | None:
    """The bytes of a published head. Raises :class:`InvalidInput` unless it is 64 hexadecimal digits."""
    if text is None:
        return None
    if len(text) != 64 or not set(text.lower()) <= set("0123456789abcdef"):
        raise InvalidInput("--head takes the 64 hexadecimal digits that an earlier `modelx db check` printed")
    return bytes.fromhex(text)


@app.command
def backup(
    file: Annotated[Path, Parameter(help="The copy to write; it must not exist.")],
    /,
    *,
    database: Database = DEFAULT_DATABASE,
) -> None:
    """Write a consistent copy of a SQLite database to FILE while it may be in use; the copy is verified.

    For PostgreSQL use its own tools (pg_dump or a base backup); this command says so.
    """
    from modelx.bootstrap import open_book
    from modelx.services.database_backup import back_up

    size = back_up(open_book(database), file)
    say(f"{file}: {size:,} bytes, integrity checked")
