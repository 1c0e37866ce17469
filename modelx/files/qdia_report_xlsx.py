"""A QDIA report as a workbook: the words on the first sheet, then a sheet for each table, numbers as numbers.

A number's cell holds exactly the value that is printed, with a format that prints the same text. No text becomes a
formula or a link; the same report gives the same bytes.
"""

from datetime import datetime

from xlsxwriter.worksheet import Worksheet

from modelx.files.workbook import SHEET_NAME_LENGTH, SOFT, Workbook
from modelx.services.qdia_view import MINUS, Cell, Paragraph, Picture, Report, Table, tables


def report_xlsx(report: Report) -> bytes:
    """The workbook."""
    made = Workbook(report.title, report.plan, datetime.fromisoformat(report.as_of))
    _words(made, report)
    for table in tables(report):
        _sheet(made, table)
    return made.content()


def number_format(cell: Cell) -> str:
    """The format under which a spreadsheet prints the cell's own text."""
    decimals = len(cell.text.split(".")[1].rstrip("%")) if "." in cell.text else 0
    body = "#,##0" + ("." + "0" * decimals if decimals else "")
    if cell.unit == "percent":
        body += '"%"'
    if cell.unit == "usd":
        return f'"$"{body};"{MINUS}$"{body}'
    return f'{body};"{MINUS}"{body}'


def _words(made: Workbook, report: Report) -> None:
    sheet = made.sheet("Report", 34, 110)
    made.title(sheet, report.title, report.plan, f"Evaluated as of {report.as_of}")
    at = 4
    for section in report.sections:
        made.heading(sheet, at, section.heading)
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


def _sheet(made: Workbook, table: Table) -> None:
    sheet = made.sheet(_name(table), 46)
    columns = [
        (column, any(row.cells[place].number is not None for row in table.rows))
        for place, column in enumerate(table.columns)
    ]
    made.table_head(sheet, table.caption, table.head, columns, words_width=40)
    for at, row in enumerate(table.rows, 3):
        sheet.write_string(at, 0, row.label, made.look(text_wrap=True, bold=row.strong))
        for place, cell in enumerate(row.cells, 1):
            _write(made, sheet, at, place, cell, bold=row.strong or cell.strong)
    for line, note in enumerate(table.notes, len(table.rows) + 4):
        sheet.write_string(line, 0, note, made.look(font_color=SOFT))


def _write(made: Workbook, sheet: Worksheet, row: int, column: int, cell: Cell, *, bold: bool) -> None:
    if cell.number is None:
        align = "right" if cell.unit else "left"
        sheet.write_string(row, column, cell.text, made.look(text_wrap=True, bold=bold, align=align))
    else:
        look = made.look(num_format=number_format(cell), align="right", bold=bold)
        sheet.write_number(row, column, cell.number, look)


def _name(table: Table) -> str:
    return table.key.replace("-", " ").capitalize()[:SHEET_NAME_LENGTH]
