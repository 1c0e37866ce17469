"""The one view model of a notice: sections of words, figures, tables and charts that every format renders.

A renderer lays blocks out and never computes, rounds or formats: what PDF, HTML, XLSX, CSV and JSON show cannot differ.
The content hash is over the canonical JSON of all of it; an approval names that hash.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum
from hashlib import sha256
from typing import TypeAlias

from modelx.disclosure.figures import Figure
from modelx.disclosure.option import Lineage
from modelx.domain.plain_value import plain_value


@dataclass(frozen=True, slots=True)
class Words:
    """A cell of words: the text, smaller lines below it, an address, and the marks of its footnotes."""

    text: str
    below: tuple[str, ...] = ()
    link: str = ""
    marks: tuple[str, ...] = ()


Cell: TypeAlias = Figure | Words


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its key in data files, its heading, and the heading above it shared with its neighbours."""

    key: str
    label: str
    group: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A row: the key of what it is about, its heading, and one cell for each column."""

    key: str
    head: Words
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class RowGroup:
    """Rows under a common heading; an empty label prints none."""

    label: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """A footnote: its mark and its text."""

    mark: str
    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a caption, headed columns and rows, and footnotes."""

    key: str
    caption: str
    head_label: str
    columns: tuple[Column, ...]
    groups: tuple[RowGroup, ...]
    notes: tuple[Note, ...] = ()


class ChartKind(Enum):
    """How a chart is drawn: one line a series over dates, bars side by side a category, or one bar of parts."""

    LINES = "lines"
    BARS = "bars"
    PARTS = "parts"


@dataclass(frozen=True, slots=True)
class Series:
    """One line or set of bars: its name and a figure (or none) for each point of the chart."""

    name: str
    figures: tuple[Figure | None, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture of figures: points (ISO dates or names), the series over them, what it says in words, its table."""

    key: str
    title: str
    kind: ChartKind
    alt: str
    points: tuple[str, ...]
    series: tuple[Series, ...]
    table: Table


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A sentence or more. ``statement`` names the required statement it is, with the hash of its wording."""

    text: str
    statement: str = ""
    wording_sha256: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A labelled value of the strip at the top of a page."""

    label: str
    value: Cell


@dataclass(frozen=True, slots=True)
class Facts:
    """A few labelled values side by side."""

    items: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """Words and their meanings: the glossary."""

    items: tuple[tuple[str, str], ...]


Block: TypeAlias = Paragraph | Facts | Table | Chart | Terms


@dataclass(frozen=True, slots=True)
class Section:
    """A headed part of a document. ``item`` is the letter of the web page's required item, or empty."""

    key: str
    heading: str
    blocks: tuple[Block, ...]
    item: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A whole notice. ``kind`` is ``chart``, ``page`` or ``default``; ``subject`` the plan or option it is about.

    ``address`` is where its web edition stands. ``version`` counts the published editions, from 1.
    """

    kind: str
    plan: str
    subject: str
    title: str
    subtitle: str
    language: str
    document_date: date
    as_of: date
    address: str
    version: int
    sections: tuple[Section, ...]
    lineage: tuple[Lineage, ...] = ()


def canonical_json(document: Document) -> str:
    """The document as JSON with sorted keys: the same facts and words give the same text."""
    return json.dumps(plain_value(document), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def content_hash(document: Document) -> str:
    """SHA-256 of the canonical JSON: what a reviewer approves and a publisher binds."""
    return sha256(canonical_json(document).encode()).hexdigest()


def tables(document: Document) -> Iterator[Table]:
    """Every table in reading order, those beside charts included."""
    for section in document.sections:
        for block in section.blocks:
            if isinstance(block, Table):
                yield block
            elif isinstance(block, Chart):
                yield block.table


def charts(document: Document) -> Iterator[Chart]:
    """Every chart in reading order."""
    for section in document.sections:
        for block in section.blocks:
            if isinstance(block, Chart):
                yield block


def paragraphs(document: Document) -> Iterator[Paragraph]:
    """Every paragraph in reading order."""
    for section in document.sections:
        for block in section.blocks:
            if isinstance(block, Paragraph):
                yield block
