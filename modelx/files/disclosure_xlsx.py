"""A notice as a workbook: the words on the first sheet, then a sheet for each table, numbers as numbers.

A figure's cell holds its printed value and a format that prints the same text, its qualifying note included. No text
becomes a formula or a link, and the only date in the file is the document's.
"""

from datetime import datetime

from xlsxwriter.worksheet import Worksheet

from modelx.disclosure.document import Cell, Chart, Document, Facts, Paragraph, Table, Terms, tables
from modelx.disclosure.figures import MINUS, Figure, long_date
from modelx.files.workbook import INK, SHEET_NAME_LENGTH, SOFT, Workbook


def notice_xlsx(document: Document) -> bytes:
    """The workbook: the same document gives the same bytes."""
    on = document.document_date
    made = Workbook(document.title, document.subtitle, datetime(on.year, on.month, on.day))
    _words_sheet(made, document)
    for table in tables(document):
        _table_sheet(made, table)
    return made.content()


def _words_sheet(made: Workbook, document: Document) -> None:
    sheet = made.sheet("Notice", 30, 100)
    dates = f"Document date {long_date(document.document_date)}. Figures as of {long_date(document.as_of)}."
    made.title(sheet, document.title, document.subtitle, f"{dates} Edition {document.version}.")
    at = 4
    for section in document.sections:
        made.heading(sheet, at, section.heading)
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
    return table.key.replace("_", " ").capitalize()[:SHEET_NAME_LENGTH]


def _table_sheet(made: Workbook, table: Table) -> None:
    sheet = made.sheet(_sheet_name(table), 42)
    columns = []
    for place, column in enumerate(table.columns):
        cells = [row.cells[place] for group in table.groups for row in group.rows]
        label = f"{column.group}: {column.label}" if column.group else column.label
        columns.append((label, any(isinstance(cell, Figure) for cell in cells)))
    made.table_head(sheet, table.caption, table.head_label, columns, words_width=38)
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


def _write(made: Workbook, sheet: Worksheet, row: int, column: int, cell: Cell) -> None:
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
