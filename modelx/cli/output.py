"""How results are shown: tables for people, JSON and CSV for scripts. Numbers arrive as text, already exact."""

import csv
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from cyclopts import Parameter

SCHEMA_VERSION = 1
PIPED_WIDTH = 160  # of a table that goes to a file or a pipe
NARROWEST_WORDS = 12  # a column of words is not broken narrower than this


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

    Words are broken to fit the terminal. Where the figures alone need more, the table is wider than the terminal.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(
        box=box.SIMPLE_HEAD,
        title=title,
        title_justify="left",
        title_style="bold",
        pad_edge=False,
        collapse_padding=True,
    )
    needed = 2
    for at, column in enumerate(columns):
        is_number = column in numeric
        longest = max((len(_shown(row[at])) for row in (*rows, *totals)), default=0)
        least = max(longest, len(column)) if is_number else min(max(longest, len(column)), NARROWEST_WORDS)
        needed += least + 2
        table.add_column(
            column, justify="right" if is_number else "left", overflow="fold", no_wrap=is_number, min_width=least
        )
    for at, row in enumerate(rows):
        table.add_row(*(Text(_shown(cell)) for cell in row), end_section=bool(totals) and at == len(rows) - 1)
    for row in totals:
        table.add_row(*(Text(_shown(cell)) for cell in row), style="bold")
    console = Console(soft_wrap=False)
    width = console.width if console.is_terminal else max(console.width, PIPED_WIDTH)
    Console(width=max(width, needed), soft_wrap=False).print(table)
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
