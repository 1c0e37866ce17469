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

    json: Annotated[bool, Parameter(negative=(), show_default=False)] = False
    csv: Annotated[bool, Parameter(negative=(), show_default=False)] = False


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
    totals: Sequence[Sequence[Any]] = (),
) -> None:
    """Print a list: as a table with aligned numbers, as CSV with a header, or as JSON ``{schema, what, rows}``.

    ``totals`` are set below the table; JSON has them apart from the rows, CSV leaves them out.
    """
    if output.json:
        listed = [dict(zip(columns, row, strict=True)) for row in rows]
        content = {**(extra or {}), "rows": listed}
        if totals:
            content["totals"] = [dict(zip(columns, row, strict=True)) for row in totals]
        show_object(what, content)
        return
    if output.csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
        return
    print_table(columns, rows, title=title, numeric=numeric, totals=totals)


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
    totals: Sequence[Sequence[Any]] = (),
) -> None:
    """Print an aligned table for people; columns named in ``numeric`` are set flush right and never broken.

    Long words are folded to fit the terminal. Where that is not enough, a row takes several lines, each with columns
    of its own under a header of as many lines.
    """
    from rich.console import Console

    from modelx.cli.tables import Grid

    console = Console(highlight=False)
    grid = Grid(columns, [[_shown(cell) for cell in row] for row in rows], numeric)
    grid.totals = [[_shown(cell) for cell in row] for row in totals]
    grid.print(console, title)
    if not rows:
        console.print("(none)")


def print_remark(text: str) -> None:
    """Print a line below a table that belongs to the result."""
    sys.stdout.write(text + "\n")


def grouped(number: str) -> str:
    """A plain decimal with thousands separators, for people."""
    sign = "-" if number.startswith("-") else ""
    whole, point, decimals = number.removeprefix("-").partition(".")
    return f"{sign}{int(whole):,}{point}{decimals}" if whole.isdecimal() else number


def _shown(cell: Any) -> str:
    return "" if cell is None else str(cell)


def say(message: str) -> None:
    """A remark on stderr: progress, hints, what to do next."""
    sys.stderr.write(message + "\n")
