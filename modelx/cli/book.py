"""`modelx book`: load a folder of CSV files, list what was loaded, and export the book as such a folder."""

from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from modelx.cli.output import DEFAULT_DATABASE, Database, Output, print_table, say, show_object, show_rows

app = App(name="book")

REFUSED = 3
FILE_COLUMNS = ("file", "rows", "stored", "unchanged")
FINDING_COLUMNS = ("level", "code", "file", "line", "column", "reason")


@app.command
def load(
    folder: Annotated[Path, Parameter(help="The folder that holds the CSV files of the book.")],
    /,
    *,
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> int:
    """Load FOLDER, whole or not at all: every CSV file of the book it holds, in one transaction.

    A folder with a bad row is refused (exit code 3) and every bad row is listed with file, line, column and reason.
    The same bytes twice do nothing. A row that repeats what is known is not stored again; a changed one becomes a
    new version, and what was known before stays readable.
    """
    from modelx.bootstrap import load_book, open_book
    from modelx.cli.progress import counting_progress
    from modelx.domain.book import RefusedBook

    engine = open_book(database)
    try:
        with counting_progress(f"reading {folder.name}") as progress:
            report = load_book(engine, folder, progress)
    except RefusedBook as refusal:
        _show_refusal(refusal, output)
        return REFUSED
    rows = [[file.file, file.n_rows, file.n_stored, file.n_rows - file.n_stored] for file in report.files]
    extra = {
        "load": report.load_id,
        "already_loaded": report.already_loaded,
        "findings": _findings(report.findings),
        "findings_by_code": dict(report.n_findings),
    }
    numeric = frozenset(FILE_COLUMNS[1:])
    show_rows(output, "book-load", FILE_COLUMNS, rows, title=f"load {report.load_id}", numeric=numeric, extra=extra)
    if report.already_loaded:
        say(f"nothing to do: these very files were loaded before, as load {report.load_id}")
    elif report.findings:
        _show_findings(report.findings, sum(report.n_findings.values()), output)
    return 0


@app.command
def export(
    folder: Annotated[Path, Parameter(help="A new or empty folder.")],
    /,
    *,
    as_known_at: Annotated[int | None, Parameter(name="--as-known-at", help="The state at this load.")] = None,
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> None:
    """Write the book to FOLDER, a new or empty one: the rows in force, or as they were known at a load.

    What is written can be loaded into another database. The same content always gives the same bytes.
    """
    from modelx.bootstrap import open_book
    from modelx.files.book_folder import write_book
    from modelx.services.book_export import exported

    names = write_book(folder, exported(open_book(database), as_known_at))
    show_rows(output, "book-export", ["file"], [[str(folder / name)] for name in names])


@app.command(name="list")
def list_(*, database: Database = DEFAULT_DATABASE, output: Output = Output()) -> None:  # noqa: B008
    """List the loads: their number is the known-at of every row they brought."""
    from datetime import UTC, datetime

    from modelx.bootstrap import open_book
    from modelx.services.book_export import loads

    rows = [
        [
            load.id,
            datetime.fromtimestamp(load.recorded_at / 1_000_000, UTC).isoformat(timespec="seconds"),
            load.folder_name,
            load.n_rows,
            load.hash.hex()[:16],
        ]
        for load in loads(open_book(database))
    ]
    columns = ["load", "recorded_at", "folder", "rows", "hash"]
    show_rows(output, "book-list", columns, rows, numeric=frozenset({"load", "rows"}))


@app.command(name="format")
def format_(
    file: Annotated[str | None, Parameter(help="One file, such as prices.csv; all of them when left out.")] = None,
    /,
    *,
    output: Output = Output(),  # noqa: B008
) -> None:
    """Show the columns of the book's files: what each holds, and what a blank means."""
    from modelx.domain.errors import NotFound
    from modelx.files.book_files import BOOK, BY_NAME
    from modelx.files.book_format import described

    if file is not None and file not in BY_NAME:
        raise NotFound(f"{file} is not a file of the book: it has {', '.join(BY_NAME)}")
    files = BOOK if file is None else (BY_NAME[file],)
    rows = [[one.name, column.name, *described(column)] for one in files for column in one.columns]
    show_rows(output, "book-format", ["file", "column", "holds", "blank"], rows)


def _findings(findings: Any) -> list[dict[str, Any]]:
    return [dict(zip(FINDING_COLUMNS, row, strict=True)) for row in _rows(findings)]


def _rows(findings: Any) -> list[list[Any]]:
    return [
        [
            finding.level.value,
            finding.code,
            finding.source.file if finding.source else "",
            finding.source.line if finding.source and finding.source.line else "",
            finding.source.column if finding.source else "",
            finding.message,
        ]
        for finding in findings
    ]


def _show_refusal(refusal: Any, output: Output) -> None:
    if output.json:
        content = {"refused": True, "total": refusal.total, "findings": _findings(refusal.findings)}
        show_object("book-load", content)
    else:
        show_rows(output, "book-load", FINDING_COLUMNS, _rows(refusal.findings), numeric=frozenset({"line"}))
    shown = len(refusal.findings)
    more = f"; the first {shown} are listed" if refusal.total > shown else ""
    rows = "1 bad row" if refusal.total == 1 else f"{refusal.total} bad rows"
    say(f"modelx: the book was refused and nothing was applied: {rows}{more}")


def _show_findings(findings: Any, total: int, output: Output) -> None:
    if not (output.json or output.csv):
        print_table(FINDING_COLUMNS, _rows(findings), title="to look at", numeric=frozenset({"line"}))
    say(f"{total} findings to look at" if total != 1 else "1 finding to look at")
