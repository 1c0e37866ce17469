"""Rows of the evaluator's small CSV files, each knowing where it stands, so that a refusal can say what to mend.

Every refusal names file, line, column and reason, in this order, and how the value should be written.
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from modelx.domain.errors import InvalidInput

YEAR = re.compile(r"[0-9]{4}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Row:
    """A row and where it stands, ``file:line``."""

    where: str
    cells: Mapping[str, str]

    def text(self, name: str) -> str:
        """The cell's text; empty where the column is absent."""
        return self.cells.get(name) or ""

    def number(self, name: str, otherwise: float | None = None) -> float:
        """The cell's number; ``otherwise`` for a blank, which is refused where there is no such thing."""
        text = self.text(name)
        if text == "":
            if otherwise is None:
                raise self.refusal(name, "is missing; write a plain number, such as 0.25")
            return otherwise
        try:
            value = float(text)
        except ValueError as cause:
            raise self.refusal(name, f"{text!r} is not a number; write digits and a point, such as 0.25") from cause
        if not np.isfinite(value):
            raise self.refusal(name, f"{text!r} is not a finite number; write digits and a point, such as 0.25")
        return value

    def refusal(self, name: str, reason: str) -> InvalidInput:
        """The refusal of a cell, for the caller to raise."""
        return InvalidInput(f"{self.where}: {name} {reason}.")


def read_rows(
    path: Path,
    columns: tuple[str, ...],
    *,
    required: bool = True,
    every_column: bool = False,
    in_order: bool = False,
    optional: int = 0,
) -> list[Row]:
    """The rows of a file; none where it is absent and not ``required``.

    ``every_column`` refuses a header that lacks one, ``in_order`` also one in another order; the last ``optional`` ones
    may be absent. Raises
    :class:`InvalidInput` for a file that cannot be read, an unknown column, and a line of another width than the
    header.
    """
    if not path.exists() and not required:
        return []
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines, strict=True)
            rows = [Row(f"{path}:{reader.line_num}", row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as cause:
        raise InvalidInput(f"{path} cannot be read: {cause}. It must be a CSV file in UTF-8.") from cause
    header = tuple(reader.fieldnames or ())
    unknown = sorted(str(name) for name in set(header) - set(columns))
    if unknown:
        raise InvalidInput(f"{path}:1: unknown columns {unknown}; known are {', '.join(columns)}.")
    if len(set(header)) != len(header):
        raise InvalidInput(f"{path}:1: a column occurs twice in the header.")
    needed = columns[: len(columns) - optional]
    if (every_column and not set(needed) <= set(header)) or (in_order and header not in (needed, columns)):
        raise InvalidInput(f"{path}:1: the columns must be {', '.join(columns)}{', in this order' * in_order}.")
    wide = [row.where for row in rows if None in row.cells or None in row.cells.values()]
    if wide:
        raise InvalidInput(f"{wide[0]}: the line has not as many columns as the header; quote a text with a comma.")
    return rows


def vintage_of(row: Row) -> int:
    """A vintage's year, 0 for the blank of a balanced option."""
    text = row.text("vintage")
    if text == "":
        return 0
    if not YEAR.fullmatch(text):
        raise row.refusal("vintage", f"{text!r} is not a year of four digits; leave it blank for a balanced option")
    return int(text)


def vintage_text(vintage: int) -> str:
    """A vintage as files have it."""
    return f"{vintage:04d}" if vintage else ""
