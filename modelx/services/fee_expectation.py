"""What each night's fees should be: the fee rows it could see, on net assets as they stand stored (spec 8, 3a.7).

Nothing of the ledger is read here but what was cleared for a last holder: so the result can be held against it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from modelx.domain.accrual import accrue, split_span
from modelx.domain.fee_schedule import SleeveScope, resolve
from modelx.domain.joins import find_rows
from modelx.domain.money import Column
from modelx.ledger.journal import JournalKind
from modelx.services.fee_ledger import Balances, claim_keys, claims_of, fee_moves
from modelx.services.fee_terms import line_terms
from modelx.services.night_state import NEVER
from modelx.store import fee_ledger_records, fee_records, night_records, session_records
from modelx.store.engine import Connection

_NO_LINES = np.empty(0, np.int64)
_PAYEE_BITS = 20


@dataclass(frozen=True, slots=True)
class StruckRun:
    """The sleeves one run of a night struck for the first time, and what their fees stand on.

    ``first_day`` to ``last_day`` are the days whose fees are due; ``opening`` the opening net assets as stored with
    the strike, ``carried`` the same worked out again: what was struck the night before, and the orders priced then.
    A sleeve in ``starting`` has its first night: no assets yet, no fee. ``collects``: a month's first session.
    """

    business_date: int
    run: int
    load_horizon: int
    first_day: int
    last_day: int
    collects: bool
    sleeve_id: Column
    plan_id: Column
    model_id: Column
    opening: Column
    carried: Column
    starting: Column

    @property
    def n_days(self) -> int:
        """How many days' fees are due."""
        return self.last_day - self.first_day + 1


@dataclass(frozen=True, slots=True)
class FeeLines:
    """The fees one run should accrue: a line for each sleeve, payee and book; ``amount`` in millionths, never negative.

    ``waives`` is the payee whose claim the line reduces, 0 for a fee. ``days`` are those with a rate in force;
    ``terms`` names the row of ``words`` that tells the terms.
    """

    sleeve_id: Column
    payee_id: Column
    paid_from: Column
    waives: Column
    days: Column
    base: Column
    amount: Column
    terms: Column
    words: tuple[str, ...]

    @property
    def claim(self) -> Column:
        """The key of the claim each line raises or, as a waiver, reduces."""
        return claim_keys(self.sleeve_id, np.where(self.waives > 0, self.waives, self.payee_id), self.paid_from)

    @property
    def signed(self) -> Column:
        """What each line adds to its claim."""
        return np.where(self.waives > 0, -self.amount, self.amount)


@dataclass(frozen=True, slots=True)
class Coverage:
    """For each line key (sleeve and payee), a span of days with a rate in force."""

    key: Column
    first_day: int
    last_day: int


def struck_runs(connection: Connection, first_day: int, last_day: int) -> Iterator[StruckRun]:
    """The runs of the nights in a range, by date, with what their accruals stood on.

    A run sees the calendar of its own day: an unscheduled closure loaded later does not move days already accrued.
    """
    before = fee_ledger_records.night_before(connection, first_day)
    runs = night_records.cycle_runs(connection, first_day if before is None else before, last_day)
    runs.sort(key=lambda run: (run.business_date, run.run))
    horizon = {(run.business_date, run.run): run.load_horizon for run in runs}
    carried = _NetAssets(connection, runs[0].business_date, last_day) if runs else None
    accrued = Balances()  # by sleeve: the last day whose fees are booked, less NEVER
    for day in sorted({run.business_date for run in runs}):
        posted = fee_ledger_records.posted_strikes(connection, day)
        for number in np.unique(posted.run).tolist():
            at = np.flatnonzero(posted.run == number)
            sleeve = posted.sleeve_id[at]
            calendar = session_records.calendar(connection, horizon[day, number])
            through = accrued.of(sleeve) + NEVER
            old = through > NEVER
            last = calendar.accrual_days_end(day)
            assert carried is not None
            found = StruckRun(
                business_date=day,
                run=number,
                load_horizon=horizon[day, number],
                first_day=int(through[old].min()) + 1 if old.any() else last + 1,
                last_day=last,
                collects=calendar.first_session_of_month(day, calendar.previous_session(day)),
                sleeve_id=sleeve[old],
                plan_id=posted.plan_id[at][old],
                model_id=posted.model_id[at][old],
                opening=posted.opening_net_assets[at][old],
                carried=carried.of(sleeve[old]),
                starting=sleeve[~old],
            )
            accrued.add(sleeve, last - through)
            if day >= first_day:
                yield found
        if carried is not None:
            carried.close(day)


def expected_fees(
    connection: Connection, run: StruckRun, opening: Column, payees: dict[int, str]
) -> tuple[FeeLines, list[Coverage]]:
    """The fees a run should accrue on ``opening`` (net assets, not below zero), and the days each has a rate for."""
    if len(run.sleeve_id) == 0 or run.n_days < 1:
        return lines_together([]), []
    rows = fee_records.fees_live(connection, run.first_day, run.last_day, run.load_horizon).rows
    scope = SleeveScope(run.plan_id, run.model_id)
    accruals = accrue(rows, scope, np.maximum(opening, 0), run.first_day, run.last_day)
    coverage = [
        Coverage(line_keys(run.sleeve_id[won.sleeve], rows.payee_id[won.row]), span.first, span.last)
        for span in split_span(rows, run.first_day, run.last_day)
        for won in [resolve(rows, scope, span.first)]
    ]
    of_line, words = line_terms(rows, scope, accruals, run.first_day, run.last_day, payees)
    lines = FeeLines(
        sleeve_id=run.sleeve_id[accruals.sleeve],
        payee_id=accruals.payee_id,
        paid_from=accruals.paid_from,
        waives=accruals.waives,
        days=accruals.days,
        base=accruals.base,
        amount=accruals.amount,
        terms=of_line,
        words=words,
    )
    return lines, coverage


def line_keys(sleeve_id: Column, payee_id: Column) -> Column:
    """One key for each payee of a sleeve, whichever book carries the fee."""
    return np.asarray((sleeve_id << _PAYEE_BITS) | payee_id)


def payees_of_lines(key: Column) -> tuple[Column, Column]:
    """(sleeve id, payee id) of line keys."""
    return key >> _PAYEE_BITS, key & ((1 << _PAYEE_BITS) - 1)


def lines_together(parts: Sequence[FeeLines]) -> FeeLines:
    """The lines of several runs, in their order."""
    offsets = np.cumsum([0, *(len(part.words) for part in parts)])
    shifted = [replace(part, terms=part.terms + at) for part, at in zip(parts, offsets[:-1].tolist(), strict=True)]
    names = [f.name for f in fields(FeeLines) if f.name != "words"]
    columns = {name: np.concatenate([_NO_LINES, *(getattr(part, name) for part in shifted)]) for name in names}
    return FeeLines(**columns, words=tuple(word for part in parts for word in part.words))


def match_lines(lines: FeeLines, claim: Column, payee_id: Column) -> Column:
    """For each pair of a claim and a fee row's payee, the line that is due for it; -1 where no fee row asks for it."""
    claims = np.unique(np.concatenate([lines.claim, claim]))
    known = line_keys(np.searchsorted(claims, lines.claim), lines.payee_id)
    return find_rows(known, line_keys(np.searchsorted(claims, claim), payee_id))


class _NetAssets:
    """Net assets each sleeve opens its next night with, from the stored strikes and the orders priced at them."""

    def __init__(self, connection: Connection, first_day: int, last_day: int) -> None:
        self._connection = connection
        self._day, self._sleeve, self._capital = fee_ledger_records.priced_capital(connection, first_day, last_day)
        cleared = fee_moves(connection, first_day, last_day, kinds=(JournalKind.DUST,))
        self._cleared = {night.business_date: night for night in cleared}
        self._carried = Balances()

    def of(self, sleeve_id: Column) -> Column:
        """What each sleeve carries into its next night."""
        return self._carried.of(sleeve_id)

    def close(self, day: int) -> None:
        """Take over a date: its strikes in force, the orders priced at them, what was cleared for a last holder."""
        sleeve, struck = fee_ledger_records.final_net_assets(self._connection, day)
        self._carried.add(sleeve, struck - self._carried.of(sleeve))
        at = slice(*np.searchsorted(self._day, [day, day + 1]))
        self._carried.add(self._sleeve[at], self._capital[at])
        if day in self._cleared:
            night = self._cleared[day]
            self._carried.add(claims_of(night.claim)[0], -night.amount)
