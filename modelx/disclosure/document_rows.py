"""A document as flat rows of text: the CSV edition, and the difference between two editions in words and numbers."""

from collections.abc import Iterable
from dataclasses import dataclass

from modelx.disclosure.document import Cell, Chart, Document, Facts, Paragraph, Section, Table, Terms, Words


@dataclass(frozen=True, slots=True)
class FlatRow:
    """One printed thing by its place. ``number`` is the plain decimal of a figure, empty for words.

    ``place`` is the table's key, ``text`` for paragraphs, ``facts`` or ``terms``; ``row`` and ``column`` are keys.
    """

    section: str
    place: str
    row: str
    column: str
    text: str
    number: str = ""
    unit: str = ""
    note: str = ""

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Where it stands: the same in every edition."""
        return (self.section, self.place, self.row, self.column)


@dataclass(frozen=True, slots=True)
class Change:
    """What an edition says otherwise than the one before it at one place; empty where it was not there."""

    section: str
    place: str
    row: str
    column: str
    before: str
    after: str


def flat_rows(document: Document) -> tuple[FlatRow, ...]:
    """Everything the document prints, in reading order, one row a cell, paragraph, fact or term."""
    rows = [
        FlatRow("document", "head", name, "", text)
        for name, text in (
            ("title", document.title),
            ("plan", document.subtitle),
            ("document_date", document.document_date.isoformat()),
            ("as_of", document.as_of.isoformat()),
            ("address", document.address),
            ("version", str(document.version)),
        )
    ]
    for section in document.sections:
        rows += _section_rows(section)
    return tuple(rows)


def _section_rows(section: Section) -> list[FlatRow]:
    rows: list[FlatRow] = []
    paragraphs = 0
    for block in section.blocks:
        if isinstance(block, Paragraph):
            paragraphs += 1
            rows.append(FlatRow(section.key, "text", block.statement or f"paragraph_{paragraphs}", "", block.text))
        elif isinstance(block, Facts):
            rows += [_cell_row(section.key, "facts", fact.label, "", fact.value) for fact in block.items]
        elif isinstance(block, Terms):
            rows += [FlatRow(section.key, "terms", term, "", meaning) for term, meaning in block.items]
        elif isinstance(block, Chart):
            rows.append(FlatRow(section.key, block.key, "description", "", block.alt))
            rows += _table_rows(section.key, block.table)
        else:
            rows += _table_rows(section.key, block)
    return rows


def _table_rows(section: str, table: Table) -> list[FlatRow]:
    rows = [FlatRow(section, table.key, "caption", "", table.caption)]
    for group in table.groups:
        for row in group.rows:
            rows.append(_cell_row(section, table.key, row.key, "head", row.head))
            for column, cell in zip(table.columns, row.cells, strict=True):
                rows.append(_cell_row(section, table.key, row.key, column.key, cell))
    rows += [FlatRow(section, table.key, f"note_{note.mark}", "", note.text) for note in table.notes]
    return rows


def _cell_row(section: str, place: str, row: str, column: str, cell: Cell) -> FlatRow:
    if isinstance(cell, Words):
        return FlatRow(section, place, row, column, " | ".join((cell.text, *cell.below)))
    return FlatRow(section, place, row, column, cell.text, cell.number, cell.unit, cell.note)


def changes(before: Iterable[FlatRow], after: Iterable[FlatRow]) -> tuple[Change, ...]:
    """What the later edition adds, drops or says otherwise: in its own order, what was dropped last."""
    old = {row.key: _said(row) for row in before}
    found: list[Change] = []
    seen: set[tuple[str, str, str, str]] = set()
    for row in after:
        seen.add(row.key)
        said, said_before = _said(row), old.get(row.key, "")
        if said != said_before:
            found.append(Change(*row.key, said_before, said))
    found += [Change(*key, said, "") for key, said in old.items() if key not in seen and said]
    return tuple(found)


def _said(row: FlatRow) -> str:
    return f"{row.text} ({row.note})" if row.note else row.text
