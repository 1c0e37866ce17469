"""The three-way match of fees: what should have accrued, what the ledger accrued, and what was collected.

Expected comes from the fee rows and from net assets worked out of the stored strikes and priced orders; accrued and
collected are the ledger's. The match is cumulative from the first night: a small drift adds up until it shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from modelx.domain.accrual import payable_to_pay
from modelx.domain.days import date_of
from modelx.domain.fee_schedule import PaidFrom
from modelx.domain.money import Column
from modelx.ledger.journal import JournalKind
from modelx.services.fee_expectation import (
    Coverage,
    FeeLines,
    StruckRun,
    expected_fees,
    line_keys,
    lines_together,
    match_lines,
    struck_runs,
)
from modelx.services.fee_ledger import Balances, FeeMoves, claims_of, fee_moves
from modelx.services.known_names import require_known, sleeve_names, sleeves_chosen
from modelx.store import name_records
from modelx.store.engine import Connection, Engine
from modelx.store.unit_of_work import reading
from modelx.store.unit_value_records import Selection

_EVER = -(2**31)


@dataclass(frozen=True, slots=True)
class MatchLine:
    """One payee's claim on one sleeve, from the first night to the last selected (millionths).

    ``expected`` against ``accrued``, net of waivers; ``due``, what the months' first sessions should have paid of the
    expected, against ``collected``; ``cleared`` for a last holder; ``owed`` is what the ledger still owes. ``since`` is
    the first night on which anything differs; ``gaps`` names the days without a fee.
    """

    plan: str
    model: str
    payee: str
    paid_from: str
    expected: int
    accrued: int
    due: int
    collected: int
    cleared: int
    owed: int
    since: int | None
    gaps: tuple[str, ...]

    @property
    def differs(self) -> bool:
        """Whether the three do not agree, tonight or on any night before."""
        return self.since is not None or self.expected != self.accrued or self.due != self.collected


def reconcile_fees(engine: Engine, chosen: Selection, payee: str | None = None) -> list[MatchLine]:
    """Match every claim of the plan, model and payee chosen through the selection's last day; by plan, model, payee.

    Raises :class:`NotFound` for a plan, model or payee the book does not have.
    """
    with reading(engine) as connection:
        require_known(connection, plan=chosen.plan, model=chosen.model, payee=payee)
        payees, sleeves = name_records.names(connection, "payee"), sleeve_names(connection)
        match = _Match(connection, payees)
        runs: dict[int, list[StruckRun]] = {}
        for run in struck_runs(connection, _EVER, chosen.last_day):
            runs.setdefault(run.business_date, []).append(run)
        moved = {night.business_date: night for night in fee_moves(connection, _EVER, chosen.last_day)}
        for day in sorted(runs.keys() | moved.keys()):
            match.night(day, runs.get(day, []), moved.get(day) or FeeMoves.none(day))
    wanted = sleeves_chosen(sleeves, chosen.plan, chosen.model)
    payee_id = next((key for key, name in payees.items() if name == payee), None)
    lines = match.lines(wanted, payee_id, sleeves, payees)
    return sorted(lines, key=lambda line: (line.plan, line.model, line.payee, line.paid_from))


class _Match:
    """The running totals of every claim, and the first night on which any of them was wrong."""

    def __init__(self, connection: Connection, payees: dict[int, str]) -> None:
        self._connection, self._payees = connection, payees
        self._expected, self._accrued, self._due = Balances(), Balances(), Balances()
        self._collected, self._cleared, self._since = Balances(), Balances(), Balances()
        self._rates = _Rates()

    def night(self, day: int, runs: list[StruckRun], moved: FeeMoves) -> None:
        """Take one night: what should be paid, then what should accrue, then what the ledger did."""
        due_tonight = Balances()
        for run in runs:
            if run.collects:
                owed = self._owed_by(run.sleeve_id)
                due_tonight.add(owed, payable_to_pay(self._should_owe(owed)))
        self._due.add(due_tonight.key, due_tonight.amount)
        parts = []
        for run in runs:
            lines, coverage = expected_fees(self._connection, run, run.carried, self._payees)
            parts.append(lines)
            self._rates.take(run, coverage)
        lines = lines_together(parts)
        self._expected.add(lines.claim, lines.signed)
        paid, cleared = moved.kind == JournalKind.FEE_PAYMENT, moved.kind == JournalKind.DUST
        accrued = ~(paid | cleared)
        self._accrued.add(moved.claim[accrued], moved.amount[accrued])
        self._collected.add(moved.claim[paid], -moved.amount[paid])
        self._cleared.add(moved.claim[cleared], moved.amount[cleared])
        wrong = _wrong_accruals(lines, moved.claim[accrued], moved.payee_id[accrued], moved.amount[accrued])
        due_tonight.add(moved.claim[paid], moved.amount[paid])
        wrong = np.union1d(wrong, due_tonight.key[due_tonight.amount != 0])
        wrong = wrong[self._since.of(wrong) == 0]
        self._since.add(wrong, np.full(len(wrong), day))

    def lines(
        self, wanted: Column, payee_id: int | None, sleeves: dict[int, tuple[str, str]], payees: dict[int, str]
    ) -> Iterator[MatchLine]:
        """One line for each claim on the sleeves and of the payee wanted."""
        parts = (self._expected, self._accrued, self._due, self._collected, self._cleared, self._since)
        claims = np.unique(np.concatenate([part.key for part in parts]))
        sleeve, payee, paid_from = claims_of(claims)
        keep = np.isin(sleeve, wanted) & (np.full(len(claims), payee_id is None) | (payee == (payee_id or 0)))
        claims, sleeve, payee, paid_from = claims[keep], sleeve[keep], payee[keep], paid_from[keep]
        figures = [part.of(claims).tolist() for part in parts]
        gaps = self._rates.gaps(sleeve, payee)
        columns = (sleeve.tolist(), payee.tolist(), paid_from.tolist(), gaps, *figures)
        for sleeve_id, owner, book, missing, expected, accrued, due, collected, cleared, since in zip(
            *columns, strict=True
        ):
            yield MatchLine(
                *sleeves[sleeve_id],
                payees[owner],
                PaidFrom(book).name.lower(),
                expected=expected,
                accrued=accrued,
                due=due,
                collected=collected,
                cleared=cleared,
                owed=accrued + cleared - collected,
                since=since or None,
                gaps=missing,
            )

    def _owed_by(self, sleeve_id: Column) -> Column:
        """The claims on these sleeves."""
        claims = np.union1d(self._expected.key, self._cleared.key)
        return claims[np.isin(claims_of(claims)[0], sleeve_id)]

    def _should_owe(self, claims: Column) -> Column:
        return np.asarray(np.maximum(self._expected.of(claims) + self._cleared.of(claims) - self._due.of(claims), 0))


def _wrong_accruals(lines: FeeLines, claim: Column, payee_id: Column, amount: Column) -> Column:
    """The claims of a night on which the ledger's accruals and the lines due are not the same, one by one."""
    at = match_lines(lines, claim, payee_id)
    booked = np.zeros(len(lines.claim), np.int64)
    np.add.at(booked, at[at >= 0], amount[at >= 0])
    return np.union1d(claim[at < 0], lines.claim[booked != lines.signed])


class _Rates:
    """On which days each payee had a rate for a sleeve, and since when the sleeve accrues at all."""

    def __init__(self) -> None:
        self._days, self._first, self._last = Balances(), Balances(), Balances()
        self._sleeve_first, self._sleeve_last, self._started_on = Balances(), Balances(), Balances()

    def take(self, run: StruckRun, coverage: list[Coverage]) -> None:
        """Note the days of one run."""
        self._started_on.add(run.starting, np.full(len(run.starting), run.business_date))
        _note_first(self._sleeve_first, run.sleeve_id, run.first_day)
        _note_last(self._sleeve_last, run.sleeve_id, run.last_day)
        for part in coverage:
            self._days.add(part.key, np.full(len(part.key), part.last_day - part.first_day + 1))
            _note_first(self._first, part.key, part.first_day)
            _note_last(self._last, part.key, part.last_day)

    def gaps(self, sleeve: Column, payee_id: Column) -> list[tuple[str, ...]]:
        """For each payee of a sleeve, in words: the first night, and the days without a rate."""
        key = line_keys(sleeve, payee_id)
        parts = (
            self._started_on.of(sleeve),
            self._sleeve_first.of(sleeve),
            self._sleeve_last.of(sleeve),
            self._first.of(key),
            self._last.of(key),
            self._days.of(key),
        )
        return [_told(*row) for row in zip(*(part.tolist() for part in parts), strict=True)]


def _told(started: int, sleeve_first: int, sleeve_last: int, first: int, last: int, days: int) -> tuple[str, ...]:
    told = [f"first night {date_of(started)}"] if started else []
    if days == 0:
        return (*told, "no rate")
    if first > sleeve_first:
        told.append(f"no rate before {date_of(first)}: {_days(first - sleeve_first)}")
    if last - first + 1 > days:
        told.append(f"no rate between: {_days(last - first + 1 - days)}")
    if last < sleeve_last:
        told.append(f"no rate after {date_of(last)}: {_days(sleeve_last - last)}")
    return tuple(told)


def _days(count: int) -> str:
    return f"{count} {'day' if count == 1 else 'days'}"


def _note_first(days: Balances, key: Column, day: int) -> None:
    new = key[days.of(key) == 0]
    days.add(new, np.full(len(new), day))


def _note_last(days: Balances, key: Column, day: int) -> None:
    days.add(key, day - days.of(key))
