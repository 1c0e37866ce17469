"""How results are shown: tables for people, JSON and CSV for scripts. Numbers arrive as text, already exact."""

import csv
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from cyclopts import Parameter

SCHEMA_VERSION = 1


@Parameter(name="*")
@dataclass(frozen=True)
class Output:
    """How the result is written.

    Parameters
    ----------
    json
        One JSON object instead of a table.
    csv
        Comma-separated values instead of a table.
    """

    json: bool = False
    csv: bool = False


Database = Annotated[
    str,
    Parameter(
        name=["--database"],
        env_var="MODELX_DATABASE_URL",
        help="Database URL: sqlite:///FILE or postgresql://USER@HOST/NAME.",
    ),
]
DEFAULT_DATABASE = "sqlite:///modelx.db"


def show_rows(
    output: Output,
    what: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    title: str | None = None,
    numeric: frozenset[str] = frozenset(),
    extra: Mapping[str, Any] | None = None,
) -> None:
    """Print a list: as a table with aligned numbers, as CSV with a header, or as JSON ``{schema, what, rows}``."""
    if output.json:
        listed = [dict(zip(columns, row, strict=True)) for row in rows]
        show_object(what, {**(extra or {}), "rows": listed})
        return
    if output.csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
        return
    print_table(columns, rows, title=title, numeric=numeric)


def show_object(what: str, content: Mapping[str, Any]) -> None:
    """Print one JSON object with its schema's version and name."""
    json.dump({"schema": SCHEMA_VERSION, "what": what, **content}, sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")


def print_table(
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    title: str | None = None,
    numeric: frozenset[str] = frozenset(),
) -> None:
    """Print an aligned table for people; columns named in ``numeric`` are set flush right."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", title_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(
            column, justify="right" if column in numeric else "left", overflow="fold", no_wrap=column in numeric
        )
    for row in rows:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    console = Console(soft_wrap=False)
    if not console.is_terminal:
        console = Console(width=max(console.width, 160), soft_wrap=False)
    console.print(table)
    if not rows:
        console.print("(none)")


def say(message: str) -> None:
    """A remark on stderr: progress, hints, what to do next."""
    sys.stderr.write(message + "\n")
