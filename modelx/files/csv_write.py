"""Columns of the book back to CSV: text that the reader turns into the same columns, the same bytes each time.

Numbers are plain decimals without needless zeros, timestamps are in UTC, lines end in LF. Text fields were refused
at intake when they begin like a formula, so nothing is escaped here but quotes and commas.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from modelx.domain.book import MISSING, Field, FileColumns, IntColumn, Texts
from modelx.domain.days import date_of
from modelx.files.book_format import ColumnFormat, FileFormat, Kind

ROWS_AT_ONCE = 1 << 18

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def csv_text(file: FileFormat, columns: FileColumns) -> Iterator[bytes]:
    """Yield the file: its header, then the rows in the order given. Optional columns without a value are left out."""
    shown = [column for column in file.columns if not (column.absent and _says_nothing(column, columns))]
    yield (",".join(column.name for column in shown) + "\n").encode()
    for start in range(0, len(columns), ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        fields = [_texts(column, columns.columns[column.name], rows) for column in shown]
        lines = pc.binary_join_element_wise(*fields, ",")
        yield ("\n".join(lines.to_pylist()) + "\n").encode()


def _says_nothing(column: ColumnFormat, columns: FileColumns) -> bool:
    field = columns.columns[column.name]
    if isinstance(field, Texts):
        return all(value == column.blank for value in field.values)
    return bool((field == column.blank).all())


def _texts(column: ColumnFormat, field: Field, rows: slice) -> Any:
    if isinstance(field, Texts):
        quoted = pa.array([_quoted(value) for value in field.values], pa.string())
        return quoted.take(pa.array(field.codes[rows]))
    values = field[rows]
    if column.kind is Kind.DECIMAL:
        return _decimals(column, values)
    distinct, index = np.unique(values, return_inverse=True)
    show = _SHOW.get(column.kind) or _shown_choice(column)
    leaves_blank = {MISSING, column.blank} if column.kind is Kind.DATE else {MISSING}
    texts = ["" if value in leaves_blank else show(value) for value in distinct.tolist()]
    return pa.array(texts, pa.string()).take(pa.array(index))


def _decimals(column: ColumnFormat, values: IntColumn) -> Any:
    present = values != MISSING
    size = np.abs(np.where(present, values, 0))
    sign = pa.array(np.where(values < 0, "-", ""), pa.string())
    text = pc.cast(pa.array(size // 10**column.scale), pa.string())
    if column.scale:
        digits = pc.utf8_lpad(pc.cast(pa.array(size % 10**column.scale), pa.string()), column.scale, "0")
        digits = pc.utf8_rpad(pc.utf8_rtrim(digits, "0"), column.at_least, "0")
        dot = pc.if_else(pc.equal(digits, ""), "", ".")
        text = pc.binary_join_element_wise(text, dot, digits, "")
    return pc.if_else(pa.array(present), pc.binary_join_element_wise(sign, text, ""), "")


def _shown_choice(column: ColumnFormat) -> Callable[[int], str]:
    words = {value: word for word, value in column.choices}
    return lambda value: words[value]


def _shown_instant(micros: int) -> str:
    return (_EPOCH + timedelta(microseconds=micros)).isoformat().replace("+00:00", "Z")


_SHOW: dict[Kind, Callable[[int], str]] = {
    Kind.DATE: lambda day: date_of(day).isoformat(),
    Kind.MONTH_DAY: lambda day: f"{day // 100:02d}-{day % 100:02d}",
    Kind.TIME: lambda minute: f"{minute // 60:02d}:{minute % 60:02d}",
    Kind.INSTANT: _shown_instant,
}


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if '"' in text or "," in text else text
