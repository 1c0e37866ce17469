"""Fee accruals as people read them: what each night accrued, on which terms, what is then owed, and where no rate was.

Amounts come from the ledger; days, base and terms are those the fee rows give for the night (spec 8). A day without a
rate is listed as a gap, never as zero.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from modelx.domain.fee_schedule import PaidFrom
from modelx.domain.money import Column
from modelx.ledger.journal import JournalKind
from modelx.services.fee_expectation import (
    Coverage,
    StruckRun,
    expected_fees,
    lines_together,
    match_lines,
    payees_of_lines,
    struck_runs,
)
from modelx.services.fee_ledger import FeeMoves, claims_of, fee_moves, owed_before
from modelx.services.known_names import require_known, sleeve_names, sleeves_chosen
from modelx.services.ledger_views import sleeve_id
from modelx.store import name_records
from modelx.store.engine import Connection, Engine
from modelx.store.unit_of_work import reading
from modelx.store.unit_value_records import Selection

FIRST_NIGHT, NO_RATE = "FIRST_NIGHT", "NO_RATE"
UNEXPLAINED = "no fee row explains this"
_NO_KEYS = np.empty(0, np.int64)
_ACCRUALS = (JournalKind.FEE_ACCRUAL, JournalKind.ACCOUNT_FEE_ACCRUAL)


@dataclass(frozen=True, slots=True)
class AccrualLine:
    """One payee's fee of one sleeve and night, or a gap. Millionths; a waiver's ``amount`` is below zero.

    ``owed`` is what the payee is owed after the line (of a waiver: the payee whose fee it reduces). A gap has no
    ``base``, ``amount`` and ``owed``; ``days`` are then those without a rate, ``payee`` is blank on a first night.
    """

    business_date: int
    plan: str
    model: str
    payee: str
    paid_from: str
    terms: str
    days: int
    base: int | None
    amount: int | None
    owed: int | None
    gap: str = ""


def list_accruals(engine: Engine, chosen: Selection, payee: str | None = None) -> list[AccrualLine]:
    """The accruals selected, by date, plan, model and payee, with their gaps.

    Raises :class:`NotFound` for a plan, model or payee the book does not have, :class:`UnknownSleeve` for a plan and
    a model that do not go together.
    """
    with reading(engine) as connection:
        require_known(connection, plan=chosen.plan, model=chosen.model, payee=payee)
        one = chosen.plan is not None and chosen.model is not None
        owner = sleeve_id(connection, str(chosen.plan), str(chosen.model)) if one else None
        view = _View(connection, chosen, payee)
        lines = [line for night in _nights(connection, chosen, owner) for line in view.accrued(*night)]
        lines += view.gaps()
    return sorted(lines, key=lambda line: (line.business_date, line.plan, line.model, line.gap != "", line.payee))


@dataclass(frozen=True, slots=True)
class _Accrued:
    """One night's accruals in the ledger, with the balance of the claim after each."""

    claim: Column
    payee_id: Column
    amount: Column
    owed: Column


def _nights(
    connection: Connection, chosen: Selection, owner: int | None
) -> Iterator[tuple[int, list[StruckRun], _Accrued]]:
    """Each night of the range: the runs that struck it, and what the ledger accrued."""
    runs: dict[int, list[StruckRun]] = {}
    for run in struck_runs(connection, chosen.first_day, chosen.last_day):
        runs.setdefault(run.business_date, []).append(run)
    owed = owed_before(connection, chosen.first_day, owner)
    moved = {m.business_date: m for m in fee_moves(connection, chosen.first_day, chosen.last_day, owner=owner)}
    for day in sorted(runs.keys() | moved.keys()):
        night = moved.get(day) or FeeMoves.none(day)
        after = owed.run(night.claim, night.amount)
        rows = np.isin(night.kind, [int(kind) for kind in _ACCRUALS])
        yield day, runs.get(day, []), _Accrued(night.claim[rows], night.payee_id[rows], night.amount[rows], after[rows])


class _View:
    """The words for ids, the choice of sleeves and payee, and what was seen of rates on the way."""

    def __init__(self, connection: Connection, chosen: Selection, payee: str | None) -> None:
        self._connection = connection
        self._payees = name_records.names(connection, "payee")
        self._sleeves = sleeve_names(connection)
        self._wanted = sleeves_chosen(self._sleeves, chosen.plan, chosen.model)
        self._payee_id = next((key for key, name in self._payees.items() if name == payee), None)
        self._seen: list[tuple[StruckRun, list[Coverage]]] = []

    def accrued(self, day: int, runs: list[StruckRun], booked: _Accrued) -> Iterator[AccrualLine]:
        """One line for each accrual in the ledger, then one for each that a fee row asks for and the ledger lacks."""
        parts = []
        for run in runs:
            lines, coverage = expected_fees(self._connection, run, run.opening, self._payees)
            parts.append(lines)
            self._seen.append((run, coverage))
        due = lines_together(parts)
        line = match_lines(due, booked.claim, booked.payee_id)
        sleeve, owed_id, paid_from = claims_of(booked.claim)
        wanted = self._chooses(sleeve, booked.payee_id) | self._chooses(sleeve, owed_id)
        for row in np.flatnonzero(wanted).tolist():
            plan, model = self._sleeves[int(sleeve[row])]
            at = int(line[row])
            yield AccrualLine(
                day,
                plan,
                model,
                self._payees[int(booked.payee_id[row])],
                PaidFrom(int(paid_from[row])).name.lower(),
                due.words[int(due.terms[at])] if at >= 0 else UNEXPLAINED,
                int(due.days[at]) if at >= 0 else 0,
                int(due.base[at]) if at >= 0 else None,
                int(booked.amount[row]),
                int(booked.owed[row]),
            )
        lacking = np.setdiff1d(np.flatnonzero(self._chooses(due.sleeve_id, due.payee_id)), line)
        for at in lacking.tolist():
            plan, model = self._sleeves[int(due.sleeve_id[at])]
            payee, paid_from_ = self._payees[int(due.payee_id[at])], PaidFrom(int(due.paid_from[at])).name.lower()
            terms, days, base = due.words[int(due.terms[at])], int(due.days[at]), int(due.base[at])
            yield AccrualLine(day, plan, model, payee, paid_from_, terms, days, base, 0, None)

    def gaps(self) -> Iterator[AccrualLine]:
        """First nights, and the days on which a payee with a rate on other days has none."""
        every = np.unique(np.concatenate([part.key for _, parts in self._seen for part in parts] or [_NO_KEYS]))
        for run, parts in self._seen:
            for sleeve in run.starting[np.isin(run.starting, self._wanted)].tolist():
                yield self._gap(run, sleeve, "", "first night: no assets yet", 0, FIRST_NIGHT)
            keys = every[np.isin(payees_of_lines(every)[0], run.sleeve_id)]
            missing = np.full(len(keys), run.n_days)
            for part in parts:
                missing[np.isin(keys, part.key)] -= part.last_day - part.first_day + 1
            sleeve, payee_id = payees_of_lines(keys)
            for row in np.flatnonzero((missing > 0) & self._chooses(sleeve, payee_id)).tolist():
                name, terms = self._payees[int(payee_id[row])], "no rate in force"
                yield self._gap(run, int(sleeve[row]), name, terms, int(missing[row]), NO_RATE)

    def _gap(self, run: StruckRun, sleeve: int, payee: str, terms: str, days: int, gap: str) -> AccrualLine:
        plan, model = self._sleeves[sleeve]
        return AccrualLine(run.business_date, plan, model, payee, "", terms, days, None, None, None, gap)

    def _chooses(self, sleeve: Column, payee_id: Column) -> npt.NDArray[np.bool_]:
        mine = np.isin(sleeve, self._wanted)
        return mine if self._payee_id is None else mine & (payee_id == self._payee_id)
