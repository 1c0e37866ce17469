"""The book as a notice reads it: every file's rows in force at one load, by name, and what they mean.

Read once for all plans; a row is a mapping of the file's own columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np

from modelx.disclosure.benchmark import Benchmark, IndexKind
from modelx.disclosure.option import ShareholderFee
from modelx.disclosure.performance import ValueSeries
from modelx.disclosure.wording import HOUSE_APPROVALS, HOUSE_WORDING, Approval, Wording
from modelx.domain.book import MISSING, FileColumns, Texts
from modelx.domain.book_codes import BenchmarkKind
from modelx.domain.days import date_of
from modelx.domain.errors import InvalidInput
from modelx.domain.money import parse_decimal
from modelx.store import book_records, fee_records, load_records, name_records
from modelx.store.engine import Connection
from modelx.store.fee_records import FeeRecords

Row = Mapping[str, Any]
FAR = 2**31 - 1
NONE = "none"


def rows_of(connection: Connection, file: str, horizon: int) -> list[dict[str, Any]]:
    """The rows of a file in force at a load, in the order of their keys; a blank number is ``MISSING``."""
    found = book_records.book_rows(connection, file, horizon)
    columns = {
        name: column.to_list() if isinstance(column, Texts) else column.tolist()
        for name, column in found.columns.items()
    }
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


@dataclass(frozen=True, slots=True)
class NoticeBook:
    """Everything of the book at ``horizon`` that notices use."""

    horizon: int
    plans: Mapping[str, Row]
    models: Mapping[str, Row]
    securities: Mapping[str, Row]
    asset_kind: Mapping[str, int]
    targets: Mapping[str, list[Row]]
    sleeves: Mapping[tuple[str, str], Row]
    overrides: list[Row]
    profiles: Mapping[tuple[str, str], Row]
    notes: Mapping[tuple[str, str], list[Row]]
    line_up: Mapping[str, list[Row]]
    announced: Mapping[str, list[Row]]
    contacts: Mapping[str, Row]
    benchmarks: Mapping[str, Row]
    blends: Mapping[str, list[Row]]
    levels: Mapping[str, ValueSeries]
    option_values: Mapping[str, ValueSeries]
    history: Mapping[tuple[str, str], ValueSeries]
    defaults: Mapping[tuple[str, str], Row]
    signatures: Mapping[str, list[Row]]
    sent: Mapping[str, list[Row]]
    wording: tuple[Wording, ...]
    approvals: tuple[Approval, ...]
    fees: FeeRecords
    ids: Mapping[str, Mapping[str, int]]
    names: Mapping[str, Mapping[int, str]]
    sleeve_ids: Mapping[tuple[str, str], int]

    @classmethod
    def read(cls, connection: Connection, horizon: int | None = None) -> NoticeBook:
        """The book as known at a load; the latest when ``horizon`` is None."""
        at = load_records.latest_load(connection) if horizon is None else horizon
        known = book_records.known_names(connection)
        wording, approvals = _wording(rows_of(connection, "disclosure_wording.csv", at))
        return cls(
            horizon=at,
            plans=_by(rows_of(connection, "plans.csv", at), "plan"),
            models=_by(rows_of(connection, "models.csv", at), "model"),
            securities=_by(rows_of(connection, "securities.csv", at), "ticker"),
            asset_kind={row["asset_class"]: row["kind"] for row in rows_of(connection, "asset_classes.csv", at)},
            targets=_listed(rows_of(connection, "targets.csv", at), "model"),
            sleeves=_by_sleeve(rows_of(connection, "sleeves.csv", at)),
            overrides=list(rows_of(connection, "overrides.csv", at)),
            profiles=_by_sleeve(rows_of(connection, "dia_profiles.csv", at)),
            notes=_notes(rows_of(connection, "dia_notes.csv", at)),
            line_up=_listed(rows_of(connection, "line_up.csv", at), "plan"),
            announced=_listed(rows_of(connection, "line_up_changes.csv", at), "plan"),
            contacts=_by(rows_of(connection, "plan_notices.csv", at), "plan"),
            benchmarks=_by(rows_of(connection, "benchmarks.csv", at), "benchmark"),
            blends=_listed(rows_of(connection, "blend_weights.csv", at), "benchmark"),
            levels=_series(connection, "benchmark_levels.csv", at, ("benchmark",), "level"),
            option_values=_series(connection, "option_values.csv", at, ("option",), "value"),
            history=_pair_series(connection, at),
            defaults={(row["plan"], row["option"]): row for row in rows_of(connection, "default_options.csv", at)},
            signatures=_listed(rows_of(connection, "default_signatures.csv", at), "plan"),
            sent=_listed(rows_of(connection, "notices_sent.csv", at), "plan"),
            wording=wording,
            approvals=approvals,
            fees=fee_records.fees_live(connection, -FAR, FAR, at),
            ids=known.ids,
            names={kind: name_records.names(connection, kind) for kind in name_records.NAME_KINDS},
            sleeve_ids=known.sleeves,
        )

    def benchmark(self, code: str, widely_recognized: str = "") -> Benchmark | None:
        """The benchmark of a code, None for a blank or unknown one."""
        row = self.benchmarks.get(code)
        if row is None:
            return None
        kind = IndexKind.BLEND if row["kind"] == BenchmarkKind.BLEND else IndexKind.BROAD
        return Benchmark(code, row["name"], row["administrator"], kind, widely_recognized)

    def index(self, code: str) -> ValueSeries:
        """The levels of a benchmark; none when there are none."""
        return self.levels.get(code, nothing())


def nothing() -> ValueSeries:
    """A series without a value."""
    return ValueSeries(np.empty(0, np.int64), np.empty(0, np.int64))


def optional_day(value: int) -> date | None:
    """The date of a stored day, None for a blank."""
    return None if value == MISSING else date_of(value)


def optional_bps(rate: int) -> int | None:
    """A rate of 10^-12 as hundredths of a percent (whole ones), None for a blank."""
    return None if rate == MISSING else int(rate) // 10**8


def listed_words(text: str) -> tuple[str, ...] | None:
    """``a; b`` as two words, ``None`` as no word, a blank as *not stated*."""
    if not text.strip():
        return None
    if text.strip().lower() == NONE:
        return ()
    return tuple(part.strip() for part in text.split(";") if part.strip())


def shareholder_fees(text: str) -> tuple[ShareholderFee, ...] | None:
    """``label|when|1.00%; label|when|$25.00``. Raises :class:`InvalidInput` for an entry that is neither."""
    entries = listed_words(text)
    if entries is None:
        return None
    fees = []
    for entry in entries:
        parts = [part.strip() for part in entry.split("|")]
        if len(parts) != 3 or not (parts[2].endswith("%") or parts[2].startswith("$")):
            raise InvalidInput(f"shareholder fee {entry!r} is not label|when|1.00% or label|when|$25.00")
        label, when, amount = parts
        if amount.endswith("%"):
            fees.append(ShareholderFee(label, when, percent_bps=parse_decimal(amount[:-1], 2)))
        else:
            fees.append(ShareholderFee(label, when, cents=parse_decimal(amount[1:], 2)))
    return tuple(fees)


def _by(rows: list[dict[str, Any]], key: str) -> dict[str, Row]:
    return {row[key]: row for row in rows}


def _listed(rows: list[dict[str, Any]], key: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row[key], []).append(row)
    return found


def _by_sleeve(rows: list[dict[str, Any]]) -> dict[tuple[str, str], Row]:
    return {(row["plan"], row["model"]): row for row in rows}


def _notes(rows: list[dict[str, Any]]) -> dict[tuple[str, str], list[Row]]:
    found: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        found.setdefault((row["plan"], row["model"]), []).append(row)
    return found


def _series(
    connection: Connection, file: str, horizon: int, key: tuple[str, ...], value: str
) -> dict[str, ValueSeries]:
    found = book_records.book_rows(connection, file, horizon)
    texts = found.texts(key[0])
    return dict(zip(texts.values, _split(texts.codes, len(texts.values), found, value), strict=True))


def _pair_series(connection: Connection, horizon: int) -> dict[tuple[str, str], ValueSeries]:
    found = book_records.book_rows(connection, "unit_value_history.csv", horizon)
    plans, models = found.texts("plan"), found.texts("model")
    width = len(models.values)
    pairs, which = np.unique(plans.codes.astype(np.int64) * width + models.codes, return_inverse=True)
    names = [(plans.values[pair // width], models.values[pair % width]) for pair in pairs.tolist()]
    return dict(zip(names, _split(which, len(names), found, "unit_value"), strict=True))


def _split(which: Any, n: int, found: FileColumns, value: str) -> list[ValueSeries]:
    """The rows of each of ``n`` series, ``which`` saying whose a row is, in the order of their dates."""
    days, values = found.ints("date"), found.ints(value)
    order = np.lexsort((days, which))
    ends = np.searchsorted(which[order], np.arange(n + 1))
    return [ValueSeries(days[order[first:last]], values[order[first:last]]) for first, last in pairwise(ends.tolist())]


def _wording(rows: list[dict[str, Any]]) -> tuple[tuple[Wording, ...], tuple[Approval, ...]]:
    """The house's wording with the book's in place of it; an approval names the hash that was read."""
    own = {row["statement"]: Wording(row["statement"], row["wording"]) for row in rows}
    wording = [own.pop(one.key, one) for one in HOUSE_WORDING]
    approvals = [
        Approval(row["statement"], row["sha256"], row["approved_by"], date_of(row["approved_on"]))
        for row in rows
        if row["approved_by"].strip() and row["approved_on"] != MISSING
    ]
    return (*wording, *own.values()), (*HOUSE_APPROVALS, *approvals)
