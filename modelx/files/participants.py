"""Participants from CSV or Parquet, in blocks of a fixed number of rows, every unusable row with its reason.

A missing field is missing; a malformed one refuses its row, because a salary of "6O000" is not a missing salary.
Nothing is trimmed, guessed or converted from percent. Columns: ``spec/qdia.md`` section 10.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet
from numpy.typing import NDArray

from modelx.domain.errors import InvalidInput
from modelx.evaluator.asset_classes import CODES
from modelx.evaluator.columns import FloatArray, ObjectArray, as_floats
from modelx.evaluator.participants import Participants, participants
from modelx.services.qdia_evaluate import BLOCK_ROWS, ParticipantBlock, Rejection

MONEY, FRACTION, YEARS = (0.0, 1e9), (0.0, 1.0), (0.0, 130.0)
NUMBERS: dict[str, tuple[float, float]] = {
    "age": YEARS,
    "salary": MONEY,
    "balance": MONEY,
    "deferral_rate": FRACTION,
    "employer_rate": FRACTION,
    "retirement_age": YEARS,
    "pension_annual": MONEY,
    "social_security_annual": MONEY,
    "outside_balance": MONEY,
    "outside_equity": FRACTION,
    "company_stock": FRACTION,
    "tenure_years": YEARS,
    "ideal_equity": FRACTION,
}
TEXTS = ("gender", "state", "current_option")
KNOWN = ("plan", "participant", "birth_date", *NUMBERS, *TEXTS, *CODES)
DECIMAL = r"^-?[0-9]{1,15}(\.[0-9]{1,12})?$"
ISO_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
DAYS_A_YEAR = 365.25
CSV_BYTES = 1 << 24
LINE = "#line"


def read_participants(
    path: Path, as_of: date, plan: str | None = None, block_rows: int = BLOCK_ROWS
) -> Iterator[ParticipantBlock]:
    """Blocks of one plan's participants (of all rows where ``plan`` is None), ages as of a date.

    Raises :class:`InvalidInput` for a file that cannot be opened, an unknown or repeated column, or one without
    ``participant`` and ``birth_date`` or ``age``. A row is refused for its first fault, in the order of the columns; a
    repeated id refuses the later row. Ids are compared by a 64-bit hash, so memory is 8 bytes a participant.
    """
    seen = _Seen()
    broken: list[Rejection] = []
    number = -1
    for number, table in enumerate(_tables(path, block_rows, broken)):
        lines = table[LINE].to_numpy()
        here = tuple(one for one in broken if one.line <= lines[-1])
        broken[:] = broken[len(here) :]
        yield _block(number, table, lines, as_of, plan, seen, here)
    if broken:
        nobody = participants([], [])
        yield ParticipantBlock(number + 1, nobody, np.zeros(0), tuple(broken))


def row_count(path: Path) -> int | None:
    """How many rows there are, where the file says so without being read."""
    if path.suffix == ".parquet":
        return int(pyarrow.parquet.ParquetFile(path).metadata.num_rows)
    return None


def _tables(path: Path, block_rows: int, broken: list[Rejection]) -> Iterator[pa.Table]:
    """The file as tables of exactly ``block_rows`` rows, the last one shorter."""
    waiting: list[pa.Table] = []
    count = 0
    try:
        for piece in _pieces(path, block_rows, broken):
            waiting.append(piece)
            count += piece.num_rows
            while count >= block_rows:
                joined = pa.concat_tables(waiting)
                yield joined.slice(0, block_rows)
                waiting, count = [joined.slice(block_rows)], count - block_rows
    except (OSError, pa.ArrowInvalid, UnicodeDecodeError) as cause:
        raise InvalidInput(f"{path} cannot be read: {cause}") from cause
    if count:
        yield pa.concat_tables(waiting)


def _pieces(path: Path, block_rows: int, broken: list[Rejection]) -> Iterator[pa.Table]:
    """Pieces of any length with each row's line in the file; lines with another number of columns go to ``broken``."""
    if path.suffix == ".parquet":
        file = pyarrow.parquet.ParquetFile(path)
        _check_header(path, file.schema_arrow.names)
        line = 1
        for batch in file.iter_batches(batch_size=block_rows):
            yield _numbered(pa.Table.from_batches([batch]), np.arange(line, line + batch.num_rows))
            line += batch.num_rows
        return
    with path.open("rb") as stream:
        header = stream.readline().decode("utf-8-sig").rstrip("\r\n").split(",")
        _check_header(path, header)
        if stream.read(1) == b"":
            return
        stream.seek(-1, 1)
        yield from _csv_pieces(stream, header, broken)


def _csv_pieces(stream: BinaryIO, header: list[str], broken: list[Rejection]) -> Iterator[pa.Table]:
    bad_lines: list[int] = []

    def skip(row: Any) -> str:
        bad_lines.append(row.number + 1)
        reason = f"line: {row.actual_columns} columns where the header has {row.expected_columns}"
        broken.append(Rejection(row.number + 1, "", reason))
        return "skip"

    reader = pyarrow.csv.open_csv(
        stream,
        pyarrow.csv.ReadOptions(column_names=header, use_threads=False, block_size=CSV_BYTES),
        pyarrow.csv.ParseOptions(invalid_row_handler=skip),
        pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=False),
    )
    line = 2
    for batch in reader:
        candidates = np.arange(line, line + batch.num_rows + len(bad_lines))
        lines = candidates[~np.isin(candidates, bad_lines)][: batch.num_rows]
        if batch.num_rows:
            line = int(lines[-1]) + 1
            yield _numbered(pa.Table.from_batches([batch]), lines)


def _numbered(table: pa.Table, lines: NDArray[np.int64]) -> pa.Table:
    return table.append_column(LINE, pa.array(lines, pa.int64()))


def _check_header(path: Path, header: list[str]) -> None:
    unknown = sorted(set(header) - set(KNOWN))
    twice = sorted({name for name in header if header.count(name) > 1})
    if unknown or twice:
        raise InvalidInput(f"{path}: unknown columns {unknown or 'none'}, repeated {twice or 'none'}; known: {KNOWN}.")
    if "participant" not in header or not {"birth_date", "age"} & set(header):
        raise InvalidInput(f"{path}: the header needs participant, and birth_date or age.")


def _block(
    number: int,
    table: pa.Table,
    lines: NDArray[np.int64],
    as_of: date,
    plan: str | None,
    seen: "_Seen",
    broken: tuple[Rejection, ...],
) -> ParticipantBlock:
    others = 0
    if plan is not None and "plan" in table.column_names:
        mine = _mask(pc.equal(pc.cast(table["plan"], pa.string()), plan))
        others = int((~mine).sum())
        table, lines = table.filter(pa.array(mine)), lines[mine]
    ids = _texts(table, "participant")
    reasons = np.full(len(ids), "", dtype=object)
    _refuse(reasons, np.asarray(ids == "", dtype=np.bool_), "participant: missing")
    columns = {name: _number(table, name, limits, reasons) for name, limits in NUMBERS.items()}
    age = columns.pop("age")
    if "birth_date" in table.column_names:
        born = _age_of(table, as_of, reasons)
        age = np.where(np.isnan(born), age, born)
    weights = _ideal_weights(table, reasons)
    _refuse(reasons, seen.repeated(ids), "participant: the id occurs before")
    good = np.flatnonzero(reasons == "")
    rejected = tuple(
        Rejection(int(lines[row]), str(ids[row]), str(reasons[row])) for row in np.flatnonzero(reasons != "")
    )
    people: Participants = participants(
        ids, age, ideal_weights=weights, **columns, **{name: _texts(table, name) for name in TEXTS}
    )
    return ParticipantBlock(number, people.take(good), as_floats(lines[good]), broken + rejected, others)


def _number(table: pa.Table, name: str, limits: tuple[float, float], reasons: ObjectArray) -> FloatArray:
    if name not in table.column_names:
        return np.full(table.num_rows, np.nan)
    column = table[name].combine_chunks()
    if pa.types.is_floating(column.type) or pa.types.is_integer(column.type):
        values = as_floats(column.cast(pa.float64()).to_numpy(zero_copy_only=False))
        bad = np.isinf(values)
    else:
        texts = pc.fill_null(column.cast(pa.string()), "")
        plain = _mask(pc.match_substring_regex(texts, DECIMAL))
        bad = ~plain & ~_mask(pc.equal(texts, ""))
        numbers = pc.if_else(pa.array(plain), texts, None).cast(pa.float64())
        values = as_floats(numbers.to_numpy(zero_copy_only=False))
    _refuse(reasons, np.asarray(bad, dtype=np.bool_), f"{name}: not a plain number")
    low, high = limits
    outside = np.asarray((values < low) | (values > high), dtype=np.bool_)
    _refuse(reasons, outside, f"{name}: outside {low:g} and {high:g}")
    return values


def _age_of(table: pa.Table, as_of: date, reasons: ObjectArray) -> FloatArray:
    column = table["birth_date"].combine_chunks()
    if not pa.types.is_date(column.type):
        texts = pc.fill_null(column.cast(pa.string()), "")
        shaped = pc.match_substring_regex(texts, ISO_DATE)
        stamps = pc.strptime(pc.if_else(shaped, texts, None), format="%Y-%m-%d", unit="s", error_is_null=True)
        real = pc.fill_null(pc.equal(pc.strftime(stamps, format="%Y-%m-%d"), texts), fill_value=False)
        bad = ~_mask(real) & ~_mask(pc.equal(texts, ""))
        _refuse(reasons, np.asarray(bad, dtype=np.bool_), "birth_date: not a date YYYY-MM-DD")
        column = pc.if_else(real, stamps, None)
    days = column.cast(pa.date32()).cast(pa.int32()).cast(pa.float64()).to_numpy(zero_copy_only=False)
    age = as_floats(((as_of - date(1970, 1, 1)).days - days) / DAYS_A_YEAR)
    _refuse(reasons, np.asarray(age < 0, dtype=np.bool_), "birth_date: after the date of the evaluation")
    return age


def _ideal_weights(table: pa.Table, reasons: ObjectArray) -> FloatArray | None:
    """(N, 19) where the file has weights: a row has none at all, or its blanks are zeros."""
    given = [code for code in CODES if code in table.column_names]
    if not given:
        return None
    weights = np.full((table.num_rows, len(CODES)), np.nan)
    for code in given:
        weights[:, CODES.index(code)] = _number(table, code, FRACTION, reasons)
    some = ~np.isnan(weights).all(axis=1)
    weights[some] = np.nan_to_num(weights[some])
    return weights


def _texts(table: pa.Table, name: str) -> ObjectArray:
    if name not in table.column_names:
        return np.full(table.num_rows, "", dtype=object)
    column = pc.fill_null(table[name].combine_chunks().cast(pa.string()), "")
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype=object)


def _refuse(reasons: ObjectArray, bad: NDArray[np.bool_], reason: str) -> None:
    reasons[bad & (reasons == "")] = reason


def _mask(values: Any) -> NDArray[np.bool_]:
    filled = pc.fill_null(values, fill_value=False)
    whole = filled.combine_chunks() if isinstance(filled, pa.ChunkedArray) else filled
    return np.asarray(whole.to_numpy(zero_copy_only=False), dtype=np.bool_)


class _Seen:
    """Hashes of the ids read so far, in sorted runs that double in length."""

    def __init__(self) -> None:
        self.runs: list[NDArray[np.int64]] = []

    def repeated(self, ids: ObjectArray) -> NDArray[np.bool_]:
        """Which ids occurred before, in this block or an earlier one; the empty id is left to another reason."""
        hashes = np.fromiter((hash(one) for one in ids), dtype=np.int64, count=len(ids))
        order = np.argsort(hashes, kind="stable")
        arranged = hashes[order]
        again = np.zeros(len(ids), dtype=np.bool_)
        again[order[1:]] = arranged[1:] == arranged[:-1]
        for run in self.runs:
            place = np.minimum(np.searchsorted(run, arranged), len(run) - 1)
            again[order] |= run[place] == arranged
        if len(arranged):
            self.runs.append(np.unique(arranged))
        while len(self.runs) > 1 and len(self.runs[-1]) >= len(self.runs[-2]) // 2:
            self.runs[-2:] = [np.union1d(self.runs[-2], self.runs[-1])]
        return np.asarray(again & (ids != ""), dtype=np.bool_)
