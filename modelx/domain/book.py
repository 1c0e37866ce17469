"""What a folder of CSV files becomes: frozen columns, one set for each file, and the findings met on the way.

Whole numbers are int64 columns with ``MISSING`` where an optional field was blank: money, shares and units in
millionths, prices in 10^-8, rates in 10^-12, dates in days and instants in microseconds since 1970-01-01, choices as
the codes of :mod:`modelx.domain.book_codes`. Text is dictionary-coded: most of it repeats.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from modelx.domain.errors import InvalidInput
from modelx.domain.finding import Finding, Level, SourceRow

IntColumn: TypeAlias = npt.NDArray[np.int64]
Rows: TypeAlias = npt.NDArray[np.int64]

MISSING = int(np.iinfo(np.int64).min)  # a blank optional number; the readers refuse it as a value
FINDINGS_KEPT = 1_000


@dataclass(frozen=True, slots=True)
class Texts:
    """A text column: row i holds ``values[codes[i]]``. A blank field is the empty string."""

    codes: npt.NDArray[np.int32]
    values: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.codes)

    def to_list(self) -> list[str]:
        """The column as one string for each row."""
        values = self.values
        return [values[code] for code in self.codes.tolist()]

    def at(self, row: int) -> str:
        """The text of one row."""
        return self.values[int(self.codes[row])]

    def take(self, rows: Rows) -> Texts:
        """The same column for some of the rows."""
        return Texts(self.codes[rows], self.values)

    @staticmethod
    def of(texts: Sequence[str]) -> Texts:
        """Code a list of strings; the values come in sorted order."""
        if not texts:
            return Texts(np.empty(0, np.int32), ())
        values = sorted(set(texts))
        code = {text: i for i, text in enumerate(values)}
        return Texts(np.fromiter((code[text] for text in texts), np.int32, len(texts)), tuple(values))


Field: TypeAlias = IntColumn | Texts


@dataclass(frozen=True, slots=True)
class FileColumns:
    """The rows of one file: the source line of each (the header is line 1), every column of the format by name.

    ``refused`` marks rows with a field that could not be read: they are listed already, hold a blank there, and the
    checks that follow leave them out.
    """

    file: str
    line: IntColumn
    columns: Mapping[str, Field]
    refused: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return self.line.size

    def ints(self, name: str) -> IntColumn:
        """A column of whole numbers."""
        column = self.columns[name]
        assert not isinstance(column, Texts), name
        return column

    def texts(self, name: str) -> Texts:
        """A column of text."""
        column = self.columns[name]
        assert isinstance(column, Texts), name
        return column

    def take(self, rows: Rows) -> FileColumns:
        """The same file with some of its rows."""
        taken = {n: c.take(rows) if isinstance(c, Texts) else c[rows] for n, c in self.columns.items()}
        return FileColumns(self.file, self.line[rows], taken, self.refused[rows])

    def source(self, row: int, column: str = "") -> SourceRow:
        """Where a row came from."""
        return SourceRow(self.file, int(self.line[row]), column)


class RefusedBook(InvalidInput):
    """A folder with bad rows: nothing was applied. Carries the first findings and how many there are in all."""

    def __init__(self, findings: Sequence[Finding], total: int) -> None:
        first = findings[0]
        where = f"{first.source}: " if first.source else ""
        more = f" (and {total - 1} more)" if total > 1 else ""
        super().__init__(f"the book was refused and nothing was applied: {where}{first.message}{more}")
        self.findings = tuple(findings)
        self.total = total


@dataclass(slots=True)
class FindingLog:
    """Findings as they are met: the first ones kept, all of them counted, by code too."""

    kept: list[Finding] = field(default_factory=list)
    total: int = 0
    refusals: int = 0
    by_code: dict[str, int] = field(default_factory=dict)

    def add(self, code: str, level: Level, message: str, source: SourceRow | None = None) -> None:
        """One finding."""
        self._count(code, level, 1)
        if len(self.kept) < FINDINGS_KEPT:
            self.kept.append(Finding(code, level, message, source))

    @property
    def is_full(self) -> bool:
        """Whether further findings are only counted."""
        return len(self.kept) >= FINDINGS_KEPT

    def count_more(self, code: str, level: Level, n: int) -> None:
        """Count findings without describing them."""
        self._count(code, level, n)

    def add_rows(
        self,
        code: str,
        level: Level,
        rows: Rows,
        describe: Callable[[int], tuple[str, SourceRow]],
    ) -> None:
        """One finding for each row; ``describe`` gives message and source, and is asked only for those kept."""
        self._count(code, level, rows.size)
        for row in rows[: FINDINGS_KEPT - len(self.kept)].tolist():
            self.kept.append(Finding(code, level, *describe(row)))

    def raise_if_refused(self) -> None:
        """Raise :class:`RefusedBook` when anything that stops a folder was found."""
        if self.refusals:
            kept = [finding for finding in self.kept if finding.level is Level.REFUSE]
            raise RefusedBook(kept or self.kept, self.refusals)

    def _count(self, code: str, level: Level, n: int) -> None:
        if n:
            self.total += n
            self.refusals += n if level is Level.REFUSE else 0
            self.by_code[code] = self.by_code.get(code, 0) + n


def rows_where(mask: npt.NDArray[np.bool_]) -> Rows:
    """The row numbers at which a mask is true."""
    return np.flatnonzero(mask)
