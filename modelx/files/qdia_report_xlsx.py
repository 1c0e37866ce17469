"""A QDIA report as a workbook: the words on the first sheet, then a sheet for each table, numbers as numbers.

A number's cell holds exactly the value that is printed, with a format that prints the same text. No text becomes a
formula or a link; the same report gives the same bytes.
"""

import io
from datetime import datetime

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from modelx.files.disclosure_fonts import FAMILY
from modelx.services.qdia_view import MINUS, Cell, Paragraph, Picture, Report, Table, tables

INK, SOFT = "#16324f", "#4b555e"
NAME_LENGTH = 31


class _Book:
    """The workbook under construction and its formats, shared by what they look like."""

    def __init__(self, out: io.BytesIO, report: Report) -> None:
        self.book = xlsxwriter.Workbook(
            out,
            {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
        )
        on = datetime.fromisoformat(report.as_of)
        self.book.set_properties({"title": report.title, "subject": report.plan, "created": on})
        self._looks: dict[tuple[tuple[str, object], ...], Format] = {}

    def look(self, **properties: object) -> Format:
        """The format of these properties in the house's typeface."""
        key = tuple(sorted(properties.items()))
        if key not in self._looks:
            base = {"font_name": FAMILY, "font_size": 11, "valign": "top"}
            self._looks[key] = self.book.add_format({**base, **properties})
        return self._looks[key]


def report_xlsx(report: Report) -> bytes:
    """The workbook."""
    out = io.BytesIO()
    made = _Book(out, report)
    _words(made, report)
    for table in tables(report):
        _sheet(made, table)
    made.book.close()
    return out.getvalue()


def number_format(cell: Cell) -> str:
    """The format under which a spreadsheet prints the cell's own text."""
    decimals = len(cell.text.split(".")[1].rstrip("%")) if "." in cell.text else 0
    body = "#,##0" + ("." + "0" * decimals if decimals else "")
    if cell.unit == "percent":
        body += '"%"'
    if cell.unit == "usd":
        return f'"$"{body};"{MINUS}$"{body}'
    return f'{body};"{MINUS}"{body}'


def _words(made: _Book, report: Report) -> None:
    sheet = made.book.add_worksheet("Report")
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 110)
    sheet.write_string(0, 0, report.title, made.look(bold=True, font_size=18, font_color=INK))
    sheet.write_string(1, 0, report.plan, made.look(bold=True, font_color=SOFT))
    sheet.write_string(2, 0, f"Evaluated as of {report.as_of}", made.look(font_color=SOFT))
    at = 4
    for section in report.sections:
        sheet.write_string(at, 0, section.heading, made.look(bold=True, font_size=13, font_color=INK))
        at += 1
        for block in section.blocks:
            if isinstance(block, Paragraph):
                sheet.write_string(at, 1, block.text, made.look(text_wrap=True))
            elif isinstance(block, Picture):
                text = f"{block.title}. {block.alt} See sheet {_name(block.table)}."
                sheet.write_string(at, 1, text, made.look(text_wrap=True, italic=True))
            else:
                sheet.write_string(at, 1, f"{block.caption}. See sheet {_name(block)}.", made.look(italic=True))
            at += 1
        at += 1


def _sheet(made: _Book, table: Table) -> None:
    sheet = made.book.add_worksheet(_name(table))
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 46)
    sheet.write_string(0, 0, table.caption, made.look(bold=True, font_size=13, font_color=INK))
    head = made.look(bold=True, font_color=SOFT, bottom=2, text_wrap=True, valign="bottom")
    sheet.write_string(2, 0, table.head, head)
    for place, column in enumerate(table.columns, 1):
        figures = any(row.cells[place - 1].number is not None for row in table.rows)
        sheet.set_column(place, place, 15 if figures else 40)
        align = "right" if figures else "left"
        look = made.look(bold=True, font_color=SOFT, bottom=2, text_wrap=True, valign="bottom", align=align)
        sheet.write_string(2, place, column, look)
    for at, row in enumerate(table.rows, 3):
        sheet.write_string(at, 0, row.label, made.look(text_wrap=True, bold=row.strong))
        for place, cell in enumerate(row.cells, 1):
            _write(made, sheet, at, place, cell, bold=row.strong or cell.strong)
    for line, note in enumerate(table.notes, len(table.rows) + 4):
        sheet.write_string(line, 0, note, made.look(font_color=SOFT))
    sheet.freeze_panes(3, 1)


def _write(made: _Book, sheet: Worksheet, row: int, column: int, cell: Cell, *, bold: bool) -> None:
    if cell.number is None:
        align = "right" if cell.unit else "left"
        sheet.write_string(row, column, cell.text, made.look(text_wrap=True, bold=bold, align=align))
    else:
        look = made.look(num_format=number_format(cell), align="right", bold=bold)
        sheet.write_number(row, column, cell.number, look)


def _name(table: Table) -> str:
    return table.key.replace("-", " ").capitalize()[:NAME_LENGTH]
