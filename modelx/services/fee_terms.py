"""The terms of accrued fees in words, where a rate changed within the cycle with the days of each."""

from __future__ import annotations

import numpy as np

from modelx.domain.accrual import FeeAccruals, Span, split_span
from modelx.domain.fee_schedule import FeeRows, SleeveScope, describe_terms, resolve
from modelx.domain.joins import find_rows
from modelx.domain.money import Column

_NO_ROW = -1
_PAYEE_BITS = 20


def line_terms(
    rows: FeeRows, sleeves: SleeveScope, accruals: FeeAccruals, first: int, last: int, payees: dict[int, str]
) -> tuple[Column, tuple[str, ...]]:
    """For each accrual, which of the texts tells its terms; the accruals are those of these rows, sleeves and days."""
    spans = split_span(rows, first, last)
    in_force = [resolve(rows, sleeves, span.first) for span in spans]
    combination, of_line = np.unique(
        np.stack([_rows_of_lines(rows, accruals, won.sleeve, won.row) for won in in_force]), axis=1, return_inverse=True
    )
    words = tuple(_words(rows, spans, column, payees) for column in combination.T.tolist())
    return of_line.reshape(-1).astype(np.int64), words


def _rows_of_lines(rows: FeeRows, accruals: FeeAccruals, sleeve: Column, row: Column) -> Column:
    """The fee row in force for each line in one span, of the pairs (sleeve, row) that are; -1 where there is none."""
    known = _natures(sleeve, rows.payee_id[row], rows.paid_from[row], rows.waives[row])
    at = find_rows(known, _natures(accruals.sleeve, accruals.payee_id, accruals.paid_from, accruals.waives))
    return np.where(at >= 0, row[at] if len(row) else _NO_ROW, _NO_ROW)


def _natures(sleeve: Column, payee_id: Column, paid_from: Column, waives: Column) -> Column:
    return np.asarray((((((sleeve << _PAYEE_BITS) | payee_id) << 1) | paid_from) << _PAYEE_BITS) | waives)


def _words(rows: FeeRows, spans: tuple[Span, ...], in_force: list[int], payees: dict[int, str]) -> str:
    """The terms of a line, given the row in force in each span; several rows are told with their days."""
    days: dict[int, int] = {}
    for span, row in zip(spans, in_force, strict=True):
        if row != _NO_ROW:
            days[row] = days.get(row, 0) + span.days
    told = [describe_terms(rows, row) for row in days]
    if len(told) > 1:
        told = [f"{terms} for {n} {'day' if n == 1 else 'days'}" for terms, n in zip(told, days.values(), strict=True)]
    waived = int(rows.waives[next(iter(days))])
    return ", then ".join(told) + (f", waives {payees[waived]}" if waived else "")
