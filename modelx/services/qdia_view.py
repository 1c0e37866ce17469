"""The one view model of a QDIA report: sections of words, tables and pictures, every number formatted once.

A renderer lays blocks out and never computes or rounds. A cell carries its text and the same value as a number, so
page, PDF, workbook and JSON cannot differ. A picture is a Vega-Lite specification, words that say it, and a table.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from math import isfinite
from typing import Any, TypeAlias

from modelx.domain.plain_value import plain_value

MINUS = "\u2212"
UNITS = ("bp", "percent", "usd", "count", "years", "")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: the text every format shows, the number behind exactly that text (None for words), and its unit."""

    text: str
    number: float | None = None
    unit: str = ""
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its heading and one cell a column. ``strong`` marks sums."""

    label: str
    cells: tuple[Cell, ...]
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a caption, a heading over the row labels, and notes below."""

    key: str
    caption: str
    head: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture: its Vega-Lite specification without size or typeface, what it says in words, and its table."""

    key: str
    title: str
    alt: str
    spec: dict[str, Any]
    table: Table


class Tone(Enum):
    """How a paragraph is meant."""

    PLAIN = "plain"
    ANSWER = "answer"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A few sentences."""

    text: str
    tone: Tone = Tone.PLAIN


Block: TypeAlias = Paragraph | Table | Picture


@dataclass(frozen=True, slots=True)
class Section:
    """A headed part of the report."""

    key: str
    heading: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report. Dates are ISO; ``inputs`` names each input and its SHA-256."""

    title: str
    plan: str
    as_of: str
    language: str
    sections: tuple[Section, ...]
    inputs: tuple[tuple[str, str], ...]


def bp(value: float, *, strong: bool = False) -> Cell:
    """Annual basis points at one decimal."""
    return _number(value, 1, "bp", strong=strong)


def percent(fraction: float, decimals: int = 0) -> Cell:
    """A fraction shown in percent."""
    cell = _number(100 * fraction, decimals, "percent")
    return Cell(f"{cell.text}%", cell.number, cell.unit)


def usd(value: float) -> Cell:
    """Whole dollars."""
    cell = _number(value, 0, "usd")
    sign, digits = (MINUS, cell.text[1:]) if cell.text.startswith(MINUS) else ("", cell.text)
    return Cell(f"{sign}${digits}", cell.number, "usd")


def count(value: int) -> Cell:
    """A whole number of people or rows."""
    return _number(float(value), 0, "count")


def years(value: float) -> Cell:
    """An age or a time in years, at one decimal where it has one."""
    return _number(value, 0 if value == round(value) else 1, "years")


def words(text: str, *, strong: bool = False) -> Cell:
    """A cell of words."""
    return Cell(text, strong=strong)


NOTHING = Cell("")


def tables(report: Report) -> Iterator[Table]:
    """Every table in reading order, those of pictures included."""
    for section in report.sections:
        for block in section.blocks:
            if isinstance(block, Table):
                yield block
            elif isinstance(block, Picture):
                yield block.table


def pictures(report: Report) -> Iterator[Picture]:
    """Every picture in reading order."""
    for section in report.sections:
        for block in section.blocks:
            if isinstance(block, Picture):
                yield block


def report_json(report: Report) -> str:
    """The report as JSON: the same report gives the same text."""
    return (
        json.dumps(plain_value(report, (float,)), ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False) + "\n"
    )


def report_hash(report: Report) -> str:
    """SHA-256 of the JSON: what a committee files is known by it."""
    return hashlib.sha256(report_json(report).encode()).hexdigest()


def _number(value: float, decimals: int, unit: str, *, strong: bool = False) -> Cell:
    """Rounded half away from zero on the decimal text; a rounded zero has no sign."""
    if not isfinite(value):
        return Cell("n/a", None, unit, strong)
    shown = round(abs(value) * 10**decimals + 1e-9) / 10**decimals
    negative = value < 0 and shown != 0
    text = f"{shown:,.{decimals}f}"
    return Cell(f"{MINUS}{text}" if negative else text, -shown if negative else shown, unit, strong)
