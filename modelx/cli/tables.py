"""Tables for people that fit the terminal and never break a figure."""

from collections.abc import Iterator, Sequence
from textwrap import wrap

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

PIPED_WIDTH = 160  # of a table that goes to a file or a pipe
NARROWEST_WORDS = 20  # a column of words is not folded narrower than this
GAP, INDENT = 2, 4


class Grid:
    """Cells as text under named columns, and rows of totals below a rule."""

    def __init__(self, columns: Sequence[str], rows: Sequence[Sequence[str]], numeric: frozenset[str]) -> None:
        self.columns, self.rows, self.numeric = columns, rows, numeric
        self.totals: Sequence[Sequence[str]] = ()

    def print(self, console: Console, title: str | None) -> None:
        """Print the grid as one table, or with several lines to a row where the terminal is too narrow."""
        if title:
            console.print(Text(title, "bold"))
        least = sum(self._least(at) for at in range(len(self.columns))) + GAP * (len(self.columns) - 1)
        if not console.is_terminal:
            wide = Console(width=max(console.width, PIPED_WIDTH, least), highlight=False)
            wide.print(self._table())
        elif least <= console.width:
            console.print(self._table())
        else:
            self._print_stacked(console)

    def _table(self) -> Table:
        table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=True)
        for at, column in enumerate(self.columns):
            is_number = column in self.numeric
            table.add_column(
                column,
                justify="right" if is_number else "left",
                overflow="fold",
                no_wrap=is_number,
                min_width=self._least(at),
            )
        for at, row in enumerate(self.rows):
            table.add_row(*map(Text, row), end_section=bool(self.totals) and at == len(self.rows) - 1)
        for row in self.totals:
            table.add_row(*map(Text, row), style="bold")
        return table

    def _print_stacked(self, console: Console) -> None:
        lines = list(self._lines(console.width))
        for line in lines:
            console.print(Text(self._line(line, self.columns), "bold"), soft_wrap=True)
        console.print("─" * console.width)
        for row in self.rows:
            self._print_row(console, lines, row, "")
        if self.totals:
            console.print()
        for row in self.totals:
            self._print_row(console, lines, row, "bold")

    def _print_row(self, console: Console, lines: list[list[int]], row: Sequence[str], style: str) -> None:
        for line in lines:
            text = self._line(line, row)
            if len(text) > console.width:  # a column of words that needs more than a line
                indent = " " * INDENT
                text = "\n".join(wrap(text, console.width, initial_indent=indent, subsequent_indent=indent))
            if text.strip():
                console.print(Text(text, style), soft_wrap=True)

    def _lines(self, width: int) -> Iterator[list[int]]:
        """The columns of each line of a row: as many as fit; lines after the first are indented."""
        line, used = list[int](), 0
        for at in range(len(self.columns)):
            needed = self._natural(at) + (GAP if line else 0)
            if line and used + needed > width:
                yield line
                line, used, needed = [], INDENT, self._natural(at)
            line.append(at)
            used += needed
        yield line

    def _line(self, line: list[int], row: Sequence[str]) -> str:
        cells = [
            row[at].rjust(self._natural(at)) if self.columns[at] in self.numeric else row[at].ljust(self._natural(at))
            for at in line
        ]
        return (" " * (INDENT if line[0] else 0) + (" " * GAP).join(cells)).rstrip()

    def _natural(self, at: int) -> int:
        return max(len(self.columns[at]), *(len(row[at]) for row in (*self.rows, *self.totals)), 0)

    def _least(self, at: int) -> int:
        natural = self._natural(at)
        return natural if self.columns[at] in self.numeric else min(natural, NARROWEST_WORDS)
