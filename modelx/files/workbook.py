"""A workbook in the house's typeface: formats shared by what they look like, tables headed and frozen alike.

No text becomes a formula, a link or a number, and the only date in the file is the document's: the same content gives
the same bytes.
"""

import io
from collections.abc import Sequence
from datetime import datetime

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from modelx.files.disclosure_fonts import FAMILY

INK, SOFT = "#16324f", "#4b555e"
SHEET_NAME_LENGTH = 31
FIGURE_WIDTH = 15


class Workbook:
    """A workbook under construction."""

    def __init__(self, title: str, subject: str, on: datetime) -> None:
        self._out = io.BytesIO()
        self._book = xlsxwriter.Workbook(
            self._out,
            {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
        )
        self._book.set_properties({"title": title, "subject": subject, "created": on})
        self._looks: dict[tuple[tuple[str, object], ...], Format] = {}

    def look(self, **properties: object) -> Format:
        """The format of these properties."""
        key = tuple(sorted(properties.items()))
        if key not in self._looks:
            base = {"font_name": FAMILY, "font_size": 11, "valign": "top"}
            self._looks[key] = self._book.add_format({**base, **properties})
        return self._looks[key]

    def sheet(self, name: str, *widths: float) -> Worksheet:
        """A new sheet without grid lines, its first columns as wide as named."""
        sheet = self._book.add_worksheet(name[:SHEET_NAME_LENGTH])
        sheet.hide_gridlines(2)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        return sheet

    def title(self, sheet: Worksheet, title: str, subject: str, dates: str) -> None:
        """The three lines at the top of the first sheet."""
        sheet.write_string(0, 0, title, self.look(bold=True, font_size=18, font_color=INK))
        sheet.write_string(1, 0, subject, self.look(bold=True, font_color=SOFT))
        sheet.write_string(2, 0, dates, self.look(font_color=SOFT))

    def heading(self, sheet: Worksheet, row: int, text: str) -> None:
        """A section's heading."""
        sheet.write_string(row, 0, text, self.look(bold=True, font_size=13, font_color=INK))

    def table_head(
        self, sheet: Worksheet, caption: str, label: str, columns: Sequence[tuple[str, bool]], words_width: float
    ) -> None:
        """Caption, column headings (name, whether it holds figures) and a frozen pane; rows begin in row 3."""
        self.heading(sheet, 0, caption)
        look = {"bold": True, "font_color": SOFT, "bottom": 2, "text_wrap": True, "valign": "bottom"}
        sheet.write_string(2, 0, label, self.look(**look))
        for place, (name, figures) in enumerate(columns, 1):
            sheet.set_column(place, place, FIGURE_WIDTH if figures else words_width)
            sheet.write_string(2, place, name, self.look(**look, align="right" if figures else "left"))
        sheet.freeze_panes(3, 1)

    def content(self) -> bytes:
        """The finished file."""
        self._book.close()
        return self._out.getvalue()
