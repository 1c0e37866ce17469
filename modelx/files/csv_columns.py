"""A CSV file of the book to columns: strict, exact, and fast enough for millions of prices.

Decimals are read by regular expression and 128-bit decimals, whole columns at a time; every other kind repeats, so
each distinct text is read once. All bad fields are listed with file, line, column, reason and remedy; nothing is
trimmed or guessed.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from modelx.domain.book import MISSING, Field, FileColumns, FindingLog, Texts
from modelx.domain.finding import Level, SourceRow
from modelx.files.book_format import TEXT_KINDS, ColumnFormat, FileFormat, Kind
from modelx.files.csv_blocks import LINE_BYTES_MAX, Block, Fault, sound_blocks
from modelx.files.field_values import (
    CODE_PATTERN,
    REFERENCE_PATTERN,
    TEXT_MAX,
    TEXT_PATTERN,
    Unreadable,
    check_tiers,
    decimal_pattern,
    out_of_range,
    value_of,
    why_not_decimal,
    why_not_text,
)

_Mask = npt.NDArray[np.bool_]
_Ints = npt.NDArray[np.int64]
_PATTERNS = {Kind.CODE: CODE_PATTERN, Kind.REFERENCE: REFERENCE_PATTERN, Kind.TEXT: TEXT_PATTERN}
_CODED = pa.dictionary(pa.int32(), pa.string())


def read_columns(
    stream: BinaryIO, file: FileFormat, log: FindingLog, on_bytes: Callable[[bytes], None]
) -> FileColumns | None:
    """Read a whole file; None when it has a fault that leaves its rows unknown (bad header, encoding, quotes).

    Every fault and every bad field goes to ``log`` as a REFUSE finding. ``on_bytes`` sees every byte read, once.
    Memory: about 24 bytes a row and column beside one block of the file.
    """
    reader = _Reader(file, log)
    try:
        for block in sound_blocks(stream, on_bytes):
            reader.read(block)
        return reader.columns()
    except Fault as fault:
        log.add(fault.code, Level.REFUSE, fault.message, SourceRow(file.name, fault.line))
        return None


class _Reader:
    """The columns of one file while its blocks come in."""

    def __init__(self, file: FileFormat, log: FindingLog) -> None:
        self.file = file
        self.log = log
        self.header: list[str] = []
        self.lines: list[_Ints] = []
        self.refused: list[_Mask] = []
        self.decimals: dict[str, list[_Ints]] = {}
        self.coded: dict[str, list[Any]] = {}

    def read(self, block: Block) -> None:
        if not self.header:
            block = self._take_header(block)
            if block.n_lines == 0:
                return
        table, lines = self._parsed(block)
        refused = np.zeros(lines.size, np.bool_)
        for column in self._present():
            array = table.column(column.name).combine_chunks()
            if column.kind is Kind.DECIMAL:
                values, bad = self._decimals(column, array, lines)
                self.decimals[column.name].append(values)
                refused |= bad
            else:
                self.coded[column.name].append(array)
        self.lines.append(lines)
        self.refused.append(refused)

    def columns(self) -> FileColumns:
        if not self.header:
            raise Fault("BAD_HEADER", 1, f"the file is empty: its first line must be {','.join(self.file.required)}")
        lines = np.concatenate([np.empty(0, np.int64), *self.lines])
        refused = np.concatenate([np.empty(0, np.bool_), *self.refused])
        columns: dict[str, Field] = {}
        for column in self.file.columns:
            if column.name not in self.header:
                columns[column.name] = _absent(column, lines.size)
            elif column.kind is Kind.DECIMAL:
                columns[column.name] = np.concatenate([np.empty(0, np.int64), *self.decimals.pop(column.name)])
            else:
                chunks = pa.chunked_array(self.coded.pop(column.name), _CODED).unify_dictionaries().combine_chunks()
                coded = chunks if isinstance(chunks, pa.DictionaryArray) else pa.array([], _CODED)
                columns[column.name] = self._coded(column, coded, lines, refused)
        return FileColumns(self.file.name, lines, columns, refused)

    def _present(self) -> list[ColumnFormat]:
        return [column for column in self.file.columns if column.name in self.header]

    def _take_header(self, block: Block) -> Block:
        first, _, rest = block.data.partition(b"\n")
        names = next(csv.reader([first.decode("utf-8").removesuffix("\r")]), [])
        self._check_header(names)
        self.header = names
        for column in self._present():
            (self.decimals if column.kind is Kind.DECIMAL else self.coded)[column.name] = []
        return Block(rest, block.first_line + 1, block.n_lines - 1, block.empty)

    def _check_header(self, names: list[str]) -> None:
        known, required = self.file.names, self.file.required
        twice = sorted({name for name in names if names.count(name) > 1})
        unknown = [name for name in names if name not in known]
        missing = [name for name in required if name not in names]
        faults = [
            f"{what}: {', '.join(repr(name) for name in which)}"
            for what, which in (("twice", twice), ("unknown", unknown), ("missing", missing))
            if which
        ]
        if not faults and names != [name for name in known if name in names]:
            faults = ["the columns are in another order"]
        if faults:
            optional = [name for name in known if name not in required]
            may = f" and may end with {','.join(optional)}" if optional else ""
            message = f"wrong header ({'; '.join(faults)}): it must be {','.join(required)}{may}"
            raise Fault("BAD_HEADER", 1, message)

    def _parsed(self, block: Block) -> tuple[Any, _Ints]:
        """The block as an Arrow table and the line of each of its rows; bad lines are listed and left out."""
        invalid: list[Any] = []

        def skip(row: Any) -> str:
            invalid.append(row)
            return "skip"

        def parse(threads: bool) -> Any:
            return pyarrow.csv.read_csv(
                pa.BufferReader(block.data),
                pyarrow.csv.ReadOptions(
                    column_names=self.header, use_threads=threads, block_size=len(block.data) + LINE_BYTES_MAX
                ),
                pyarrow.csv.ParseOptions(ignore_empty_lines=False, invalid_row_handler=skip),
                pyarrow.csv.ConvertOptions(
                    column_types={
                        column.name: pa.string() if column.kind is Kind.DECIMAL else _CODED
                        for column in self._present()
                    },
                    strings_can_be_null=False,
                    check_utf8=False,
                ),
            )

        table = parse(threads=True)
        if invalid:
            invalid.clear()
            table = parse(threads=False)  # only then does Arrow number the bad rows
        lines = block.first_line + np.arange(block.n_lines)
        skipped = np.array([row.number - 1 for row in invalid], np.int64)
        for row in invalid:
            at = int(lines[row.number - 1])
            message = f"the line has {row.actual_columns} columns, the header {row.expected_columns}"
            self.log.add("BAD_COLUMN_COUNT", Level.REFUSE, message, SourceRow(self.file.name, at))
        lines = np.delete(lines, skipped)
        empty = np.isin(lines, block.empty)
        for at in lines[empty].tolist():
            message = "the line is empty: delete it"
            self.log.add("EMPTY_LINE", Level.REFUSE, message, SourceRow(self.file.name, at))
        if empty.any():
            table, lines = table.filter(pa.array(~empty)), lines[~empty]
        return table, lines

    def _decimals(self, column: ColumnFormat, array: Any, lines: _Ints) -> tuple[_Ints, _Mask]:
        blank = _to_mask(pc.equal(array, ""))
        plain = _to_mask(pc.match_substring_regex(array, decimal_pattern(column.places)))
        readable = array if plain.all() else pc.if_else(pa.array(plain), array, "0")
        wide = np.frombuffer(pc.cast(readable, pa.decimal128(38, column.scale)).buffers()[1], "<i8")
        wide = wide[2 * array.offset : 2 * (array.offset + len(array))] if len(array) else wide
        values = np.ascontiguousarray(wide[0::2])
        fits = (wide[1::2] == values >> 63) & (values >= column.low) & (values <= column.high)
        bad = np.where(blank, column.blank is None, ~(plain & fits))
        if blank.any() or bad.any():
            values[blank] = MISSING if column.blank is None else int(column.blank)
            values[bad] = MISSING
            self._refuse(column, lines, bad, lambda row: _why_not(column, array[row].as_py(), bool(plain[row])))
        return values, bad

    def _coded(self, column: ColumnFormat, array: Any, lines: _Ints, refused: _Mask) -> Field:
        """Texts, or whole numbers read from each distinct text; bad rows are listed and marked in ``refused``."""
        index = array.indices.to_numpy(zero_copy_only=False).astype(np.int32)
        distinct = array.dictionary
        texts: list[str] = distinct.to_pylist()
        reasons: dict[int, Unreadable] = {}
        meanings = np.full(len(texts), MISSING, np.int64)
        for i in self._suspects(column, distinct, texts):
            try:
                meanings[i] = self._meaning(column, texts[i])
            except Unreadable as error:
                reasons[i] = error
        if reasons:
            bad_text = np.zeros(len(texts), np.bool_)
            bad_text[list(reasons)] = True
            bad = bad_text[index]
            refused |= bad
            self._refuse(column, lines, bad, lambda row: reasons[int(index[row])])
        if column.kind in TEXT_KINDS:
            default = str(column.blank or "")
            return Texts(index, tuple(default if i in reasons or not text else text for i, text in enumerate(texts)))
        values: _Ints = meanings[index]
        return values

    def _suspects(self, column: ColumnFormat, distinct: Any, texts: list[str]) -> list[int]:
        """Which distinct texts must be looked at singly: all of them, or those their pattern does not clear."""
        pattern = _PATTERNS.get(column.kind)
        if pattern is None:
            return list(range(len(texts)))
        well = _to_mask(pc.match_substring_regex(distinct, pattern))
        well &= _to_mask(pc.less_equal(pc.utf8_length(distinct), TEXT_MAX))
        return np.flatnonzero(~well).tolist()

    def _meaning(self, column: ColumnFormat, text: str) -> int:
        if not text:
            if column.blank is None:
                raise _needed()
            return MISSING if column.kind in TEXT_KINDS else int(column.blank)
        if column.kind is Kind.TIERS:
            check_tiers(text)
            return MISSING
        if column.kind in TEXT_KINDS:
            raise why_not_text(column, text)
        return value_of(column, text)

    def _refuse(self, column: ColumnFormat, lines: _Ints, bad: _Mask, why: Callable[[int], Unreadable]) -> None:
        """List every bad row of a column, each under the code of its own reason."""
        for row in np.flatnonzero(bad).tolist():
            if self.log.is_full:
                rest = int(np.count_nonzero(bad[row:]))
                self.log.count_more("BAD_FIELD", Level.REFUSE, rest)
                return
            error = why(row)
            source = SourceRow(self.file.name, int(lines[row]), column.name)
            self.log.add(error.code, Level.REFUSE, error.reason, source)


def _why_not(column: ColumnFormat, text: str, plain: bool) -> Unreadable:
    if not text:
        return _needed()
    return out_of_range(column, text) if plain else why_not_decimal(column, text)


def _needed() -> Unreadable:
    return Unreadable("BLANK", "the field is blank: every row needs it")


def _absent(column: ColumnFormat, n_rows: int) -> Field:
    if column.kind in TEXT_KINDS:
        return Texts(np.zeros(n_rows, np.int32), (str(column.blank),))
    assert isinstance(column.blank, int), column.name
    return np.full(n_rows, column.blank, np.int64)


def _to_mask(array: Any) -> _Mask:
    return np.asarray(array.to_numpy(zero_copy_only=False), np.bool_)
