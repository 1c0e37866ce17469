"""A notice as a workbook: the words on the first sheet, then a sheet for each table, numbers as numbers.

A figure's cell holds its printed value and a format that prints the same text, its qualifying note included. No text
becomes a formula or a link, and the only date in the file is the document's.
"""

import io
from datetime import datetime

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from modelx.disclosure.document import Cell, Chart, Document, Facts, Paragraph, Table, Terms, tables
from modelx.disclosure.figures import MINUS, Figure, long_date
from modelx.files.disclosure_fonts import FAMILY

INK, SOFT = "#16324f", "#545e67"
_SHEET_NAME_LENGTH = 31


class _Book:
    """The workbook under construction and its formats; formats are shared by what they look like."""

    def __init__(self, out: io.BytesIO, document: Document) -> None:
        self.book = xlsxwriter.Workbook(
            out,
            {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
        )
        on = document.document_date
        self.book.set_properties(
            {"title": document.title, "subject": document.subtitle, "created": datetime(on.year, on.month, on.day)}
        )
        self._formats: dict[tuple[tuple[str, object], ...], Format] = {}

    def look(self, **properties: object) -> Format:
        """The format of these properties in the house's typeface."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format(
                {"font_name": FAMILY, "font_size": 11, "valign": "top", **properties}
            )
        return self._formats[key]


def notice_xlsx(document: Document) -> bytes:
    """The workbook: the same document gives the same bytes."""
    out = io.BytesIO()
    made = _Book(out, document)
    _words_sheet(made, document)
    for table in tables(document):
        _table_sheet(made, table)
    made.book.close()
    return out.getvalue()


def _words_sheet(made: _Book, document: Document) -> None:
    sheet = made.book.add_worksheet("Notice")
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 100)
    sheet.write_string(0, 0, document.title, made.look(bold=True, font_size=18, font_color=INK))
    sheet.write_string(1, 0, document.subtitle, made.look(bold=True, font_color=SOFT))
    dates = f"Document date {long_date(document.document_date)}. Figures as of {long_date(document.as_of)}."
    sheet.write_string(2, 0, f"{dates} Edition {document.version}.", made.look(font_color=SOFT))
    at = 4
    for section in document.sections:
        sheet.write_string(at, 0, section.heading, made.look(bold=True, font_size=13, font_color=INK))
        at += 1
        for block in section.blocks:
            if isinstance(block, Paragraph):
                sheet.write_string(at, 1, block.text, made.look(text_wrap=True))
                at += 1
            elif isinstance(block, Facts):
                for fact in block.items:
                    sheet.write_string(at, 0, fact.label, made.look(font_color=SOFT))
                    _write(made, sheet, at, 1, fact.value)
                    at += 1
            elif isinstance(block, Terms):
                for term, meaning in block.items:
                    sheet.write_string(at, 0, term, made.look(bold=True))
                    sheet.write_string(at, 1, meaning, made.look(text_wrap=True))
                    at += 1
            else:
                caption = f"{block.title}. {block.alt}" if isinstance(block, Chart) else block.caption
                name = _sheet_name(block.table if isinstance(block, Chart) else block)
                sheet.write_string(at, 1, f"{caption} See sheet {name}.", made.look(text_wrap=True, italic=True))
                at += 1
        at += 1


def _sheet_name(table: Table) -> str:
    return table.key.replace("_", " ").capitalize()[:_SHEET_NAME_LENGTH]


def _table_sheet(made: _Book, table: Table) -> None:
    sheet = made.book.add_worksheet(_sheet_name(table))
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 42)
    sheet.write_string(0, 0, table.caption, made.look(bold=True, font_size=13, font_color=INK))
    head = made.look(bold=True, font_color=SOFT, bottom=2, text_wrap=True, valign="bottom")
    sheet.write_string(2, 0, table.head_label, head)
    for place, column in enumerate(table.columns, 1):
        cells = [row.cells[place - 1] for group in table.groups for row in group.rows]
        figures = any(isinstance(cell, Figure) for cell in cells)
        sheet.set_column(place, place, 15 if figures else 38)
        label = f"{column.group}: {column.label}" if column.group else column.label
        align = "right" if figures else "left"
        look = made.look(bold=True, font_color=SOFT, bottom=2, text_wrap=True, valign="bottom", align=align)
        sheet.write_string(2, place, label, look)
    at = 3
    for group in table.groups:
        if group.label:
            sheet.write_string(at, 0, group.label, made.look(bold=True, font_color=INK))
            at += 1
        for row in group.rows:
            _write(made, sheet, at, 0, row.head)
            for place, cell in enumerate(row.cells, 1):
                _write(made, sheet, at, place, cell)
            at += 1
    for note in table.notes:
        at += 1
        sheet.write_string(at, 0, f"{note.mark}  {note.text}", made.look(font_color=SOFT))
    sheet.freeze_panes(3, 1)


def _write(made: _Book, sheet: Worksheet, row: int, column: int, cell: Cell) -> None:
    if isinstance(cell, Figure):
        if cell.number:
            sheet.write_number(
                row, column, float(cell.number), made.look(num_format=number_format(cell), align="right")
            )
        else:
            text = f"{cell.text} {cell.note}".strip()
            sheet.write_string(row, column, text, made.look(align="right"))
        return
    marks = f" [{', '.join(cell.marks)}]" if cell.marks else ""
    text = "\n".join((f"{cell.text}{marks}", *cell.below))
    sheet.write_string(row, column, text, made.look(text_wrap=True, bold=column == 0))


def number_format(figure: Figure) -> str:
    """The format under which a spreadsheet prints the figure's own text, and its note behind it."""
    decimals = "0.00" if "." in figure.number else "0"
    note = f'" {figure.note.replace(chr(34), "")}"' if figure.note else ""
    if figure.unit == "percent":
        return f'{decimals}"%"{note};"{MINUS}"{decimals}"%"{note}'
    body = f"#,##{decimals}"
    return f'"$"{body}{note};"{MINUS}$"{body}{note}'
