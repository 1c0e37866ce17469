"""Checks that any file of the book may need: keys, names, sessions, weights, lateness (``design.md`` 3a.3).

Each takes the columns of one file and lists what it finds; rows whose fields could not be read are left out. A folder
with a REFUSE finding is refused whole.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence

import numpy as np
import numpy.typing as npt

from modelx.domain.book import FileColumns, FindingLog, IntColumn, Texts, rows_where
from modelx.domain.days import date_of
from modelx.domain.finding import Level, SourceRow
from modelx.domain.joins import is_first
from modelx.domain.money import format_decimal

WEIGHT_ONE = 10**12

Mask = npt.NDArray[np.bool_]


def refuse(
    rows: FileColumns, bad: Mask, code: str, column: str, message: str | Callable[[int], str], log: FindingLog
) -> None:
    """List the rows at which ``bad`` is true, as findings that refuse the folder."""

    def describe(row: int) -> tuple[str, SourceRow]:
        return (message if isinstance(message, str) else message(row)), rows.source(row, column)

    log.add_rows(code, Level.REFUSE, rows_where(bad & ~rows.refused), describe)


def check_repeated(rows: FileColumns, key: Sequence[str], log: FindingLog) -> None:
    """Refuse a key that stands twice in one file (DUPLICATE_KEY at the later line, naming the first)."""
    good = rows_where(~rows.refused)
    packed = pack(rows, key)[good]
    if bool((packed[1:] > packed[:-1]).all()):
        return
    order = np.argsort(packed, kind="stable")
    ordered = packed[order]
    starts = is_first(ordered)
    if bool(starts.all()):
        return
    first = good[order[rows_where(starts)[np.cumsum(starts) - 1]]]
    first_of = dict(zip(good[order[~starts]].tolist(), first[~starts].tolist(), strict=True))
    repeats = np.array(sorted(first_of), np.int64)
    what = " + ".join(key)

    def describe(row: int) -> tuple[str, SourceRow]:
        line = int(rows.line[first_of[row]])
        return f"the same {what} as line {line}: keep one of them", rows.source(row, key[0])

    log.add_rows("DUPLICATE_KEY", Level.REFUSE, repeats, describe)


def check_known(
    rows: FileColumns, column: str, known: Container[str], remedy: str, log: FindingLog, *, zero: str | None = None
) -> None:
    """Refuse names that neither the database nor this folder knows (UNKNOWN_KEY). ``zero`` is no name."""
    texts = rows.texts(column)
    unknown = np.array([text != zero and text not in known for text in texts.values], np.bool_)
    if unknown.any():
        bad = unknown[texts.codes]
        refuse(rows, bad, "UNKNOWN_KEY", column, lambda row: f"{column} {texts.at(row)!r} is unknown: {remedy}", log)


def check_sleeves(
    rows: FileColumns,
    columns: tuple[str, str],
    known: Container[tuple[str, str]],
    names: tuple[Container[str], Container[str]],
    log: FindingLog,
) -> None:
    """Refuse pairs of a known plan and a known model that have no sleeve (UNKNOWN_KEY).

    ``columns`` are the plan's and the model's; ``names`` the known plans and models.
    """
    plans, models = rows.texts(columns[0]), rows.texts(columns[1])
    _, first, index = np.unique(pack(rows, columns), return_index=True, return_inverse=True)
    pairs = [(plans.at(row), models.at(row)) for row in first.tolist()]
    unknown = [pair not in known and pair[0] in names[0] and pair[1] in names[1] for pair in pairs]
    if any(unknown):
        refuse(
            rows,
            np.array(unknown, np.bool_)[index],
            "UNKNOWN_KEY",
            columns[1],
            lambda row: f"plan {plans.at(row)} has no sleeve of model {models.at(row)}: add it to sleeves.csv",
            log,
        )


def check_sessions(rows: FileColumns, column: str, sessions: IntColumn, log: FindingLog) -> None:
    """Refuse dates on which the exchange holds no session (NOT_A_SESSION). ``sessions`` are sorted days."""
    days = rows.ints(column)
    distinct, index = np.unique(days, return_inverse=True)
    known = np.isin(distinct, sessions)
    if known.all():
        return
    first, last = (int(sessions[0]), int(sessions[-1])) if sessions.size else (0, -1)

    def message(row: int) -> str:
        day = int(days[row])
        if first <= day <= last:
            return f"{date_of(day)} is no session of the exchange: correct the date, or leave the row out"
        return f"{date_of(day)} is outside the market calendar, known from {date_of(first)} to {date_of(last)}"

    refuse(rows, ~known[index], "NOT_A_SESSION", column, message, log)


def check_weights(rows: FileColumns, group: Sequence[str], log: FindingLog) -> None:
    """Refuse a group of weights that does not sum to exactly one (WEIGHTS_NOT_ONE, at the group's first row).

    A group with a row that could not be read is left alone: that row is listed already.
    """
    if len(rows) == 0:
        return
    packed = pack(rows, group)
    order = np.argsort(packed, kind="stable")
    starts = rows_where(is_first(packed[order]))
    sums = np.add.reduceat(rows.ints("weight")[order], starts)
    doubtful = np.logical_or.reduceat(rows.refused[order], starts)
    at = order[starts]
    total = dict(zip(at.tolist(), sums.tolist(), strict=True))
    bad = at[(sums != WEIGHT_ONE) & ~doubtful]

    def describe(row: int) -> tuple[str, SourceRow]:
        name = " ".join(_shown(rows, column, row) for column in group)
        found, gap = format_decimal(total[row], 12, 2), format_decimal(WEIGHT_ONE - total[row], 12, 2)
        return f"the weights of {name} sum to {found}, not 1: {gap} is missing", rows.source(row, "weight")

    log.add_rows("WEIGHTS_NOT_ONE", Level.REFUSE, np.sort(bad), describe)


def list_late(rows: FileColumns, column: str, last_closed_night: int | None, log: FindingLog) -> int:
    """List rows dated on or before a closed night (LATE_INPUT, a warning); returns how many there are."""
    if last_closed_night is None:
        return 0
    days = rows.ints(column)
    late = rows_where((days <= last_closed_night) & ~rows.refused)
    closed = date_of(last_closed_night)

    def describe(row: int) -> tuple[str, SourceRow]:
        dated = f"dated {date_of(int(days[row]))}" if abs(int(days[row])) < 2**31 - 1 else "without a start date"
        return (
            f"{dated}, while the nights through {closed} are closed: stored, no struck unit value changes",
            rows.source(row, column),
        )

    log.add_rows("LATE_INPUT", Level.WARN, late, describe)
    return late.size


def pack(rows: FileColumns, key: Sequence[str]) -> IntColumn:
    """The key of each row as one whole number: equal for equal keys, of no other meaning."""
    packed = np.zeros(len(rows), np.int64)
    span = 1
    for name in key:
        column = rows.columns[name]
        if isinstance(column, Texts):
            part, size = column.codes.astype(np.int64), max(len(column.values), 1)
        else:
            low = int(column.min()) if column.size else 0
            part, size = column - low, (int(column.max()) - low + 1 if column.size else 1)
        if span * size >= 2**62:
            packed = np.unique(packed, return_inverse=True)[1].astype(np.int64)
            part = np.unique(part, return_inverse=True)[1].astype(np.int64)
            span, size = len(rows) + 1, len(rows) + 1
        packed = packed * size + part
        span *= size
    return packed


def _shown(rows: FileColumns, column: str, row: int) -> str:
    values = rows.columns[column]
    if isinstance(values, Texts):
        return values.at(row)
    number = int(values[row])
    return str(date_of(number)) if column.endswith("date") else f"at {number} {column}"
