"""Invariants of a stored ledger, over columns: each check names the first row that breaks it, or says nothing.

The rules are those the writer keeps by construction; here they are proved of what is stored, whoever stored it.
Source: ``spec/ledger.md`` 3 and tests 6 and 7.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from modelx.domain.errors import ModelxError
from modelx.domain.joins import find_rows
from modelx.domain.money import Column
from modelx.ledger.account import (
    SHARE_CHARTS,
    USD,
    Chart,
    charts_of,
    commodities_of,
    owners_of,
    subjects_of,
)
from modelx.ledger.journal import JournalKind, Journals

Problem = str | None
UNREADABLE = (  # what reading or computing from damaged rows may raise
    *(ModelxError, ArithmeticError, AttributeError, LookupError),
    *(MemoryError, OSError, RuntimeError, TypeError, ValueError),
)
_KIND_SHIFT = 40


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One named check: whether it holds, and the first row that breaks it (or, when it holds, what was checked)."""

    name: str
    holds: bool
    detail: str


@dataclass(slots=True)
class FirstProblems:
    """The first problem of each named check, while rows stream by."""

    _found: dict[str, str] = field(default_factory=dict)

    def note(self, name: str, problem: Problem) -> None:
        """Keep the problem, unless the check has one already or there is none."""
        if problem is not None:
            self._found.setdefault(name, problem)

    @contextmanager
    def watching(self, name: str) -> Iterator[None]:
        """A stretch in which what cannot be computed from the stored rows is a problem of the named check."""
        try:
            yield
        except UNREADABLE as error:
            self.note(name, f"cannot be computed from what is stored: {error}")

    def result(self, name: str, summary: str) -> CheckResult:
        """The named check's result; ``summary`` is its detail when it holds."""
        problem = self._found.get(name)
        return CheckResult(name, problem is None, summary if problem is None else problem)


@dataclass(frozen=True, slots=True)
class StoredAccounts:
    """Accounts as stored, ascending by id."""

    id: Column
    owner_id: Column
    chart: Column
    subject_id: Column
    commodity_id: Column
    opened_on: Column


@dataclass(frozen=True, slots=True)
class StoredBatch:
    """One batch row: the journals and transfers it claims, its links, and when it was recorded (microseconds)."""

    id: int
    prev_hash: bytes | None
    hash: bytes
    first_journal: int
    n_journal: int
    first_transfer: int
    n_transfer: int
    recorded_at: int


@dataclass(frozen=True, slots=True)
class StoredJournals:
    """Journals as stored, ascending by id. Days; ids."""

    id: Column
    batch_id: Column
    kind: Column
    business_date: Column
    settles_on: Column
    source_id: Column
    first_transfer: Column
    n_transfer: Column


@dataclass(frozen=True, slots=True)
class StoredTransfers:
    """Transfers as stored, ascending by id; amounts in millionths."""

    id: Column
    journal_id: Column
    debit_id: Column
    credit_id: Column
    commodity_id: Column
    amount: Column


def as_written(journals: StoredJournals, transfers: StoredTransfers) -> Journals:
    """The stored rows in the form in which they were hashed."""
    return Journals(
        kind=journals.kind,
        business_date=journals.business_date,
        settles_on=journals.settles_on,
        source_id=journals.source_id,
        n_transfer=journals.n_transfer,
        debit=transfers.debit_id,
        credit=transfers.credit_id,
        amount=transfers.amount,
    )


def batch_links_problem(before: StoredBatch | None, batch: StoredBatch) -> Problem:
    """A batch's id, journals and transfers go on where the one before ended, and it names that one's hash."""
    if before is None:
        genesis = (batch.id, batch.prev_hash, batch.n_journal, batch.n_transfer) == (0, None, 0, 0)
        return None if genesis else f"batch {batch.id} stands first, where the empty batch 0 should"
    if batch.id != before.id + 1:
        return f"batch {before.id + 1} is missing: batch {batch.id} follows batch {before.id}"
    if batch.prev_hash != before.hash:
        return f"batch {batch.id} does not name the hash of batch {before.id}"
    expected = next_ids(before)
    if (batch.first_journal, batch.first_transfer) != expected:
        return f"batch {batch.id} does not begin at journal {expected[0]} and transfer {expected[1]}"
    return None


def next_ids(batch: StoredBatch) -> tuple[int, int]:
    """The ids of the journal and the transfer that come after a batch; both begin with 1."""
    return max(batch.first_journal + batch.n_journal, 1), max(batch.first_transfer + batch.n_transfer, 1)


def journals_problem(batch: StoredBatch, journals: StoredJournals, transfers: StoredTransfers) -> Problem:
    """The batch's journals are all there, in order, and account for its transfers one by one."""
    gap = _first_gap(journals.id, batch.first_journal, batch.n_journal)
    if gap is not None:
        return f"journal {gap} of batch {batch.id} is missing"
    ends = np.cumsum(journals.n_transfer)
    for wrong, what in (
        (journals.batch_id != batch.id, f"is not in batch {batch.id}"),
        (~np.isin(journals.kind, list(JournalKind)), "is of no known kind"),
        (journals.settles_on < journals.business_date, "settles before its own date"),
        (journals.n_transfer <= 0, "has no transfer"),
        (
            journals.first_transfer != batch.first_transfer + ends - journals.n_transfer,
            "does not begin where the journal before ends",
        ),
    ):
        if wrong.any():
            return f"journal {int(journals.id[wrong][0])} {what}"
    gap = _first_gap(transfers.id, batch.first_transfer, batch.n_transfer)
    if gap is not None:
        return f"transfer {gap} of batch {batch.id} is missing"
    if int(ends[-1]) != batch.n_transfer if len(ends) else batch.n_transfer != 0:
        return f"the journals of batch {batch.id} do not account for its {batch.n_transfer} transfers"
    strays = transfers.journal_id != np.repeat(journals.id, journals.n_transfer)
    if strays.any():
        return f"transfer {int(transfers.id[strays][0])} is not in the journal whose transfers it stands among"
    return None


def transfers_problem(transfers: StoredTransfers, accounts: StoredAccounts) -> Problem:
    """Every transfer moves an amount above zero between two known accounts of one commodity; dollars and units stay
    with their owner.
    """
    commodity = commodities_of(transfers.debit_id)
    apart = owners_of(transfers.debit_id) != owners_of(transfers.credit_id)
    in_shares = np.isin(charts_of(transfers.debit_id), SHARE_CHARTS)
    for wrong, what in (
        (transfers.amount <= 0, "does not move an amount above zero"),
        (transfers.debit_id == transfers.credit_id, "moves from an account to itself"),
        (find_rows(accounts.id, transfers.debit_id) < 0, "debits an account that was never opened"),
        (find_rows(accounts.id, transfers.credit_id) < 0, "credits an account that was never opened"),
        (commodity != commodities_of(transfers.credit_id), "turns one commodity into another"),
        (commodity != transfers.commodity_id, "names another commodity than its accounts hold"),
        (apart & ~in_shares, "moves dollars or units from one owner to another"),
    ):
        if wrong.any():
            return f"transfer {int(transfers.id[wrong][0])} {what}"
    return None


def accounts_problem(accounts: StoredAccounts, commodities: Column) -> Problem:
    """Every account's parts and commodity are those its id says, and the commodity is known."""
    for wrong, what in (
        (accounts.owner_id != owners_of(accounts.id), "names another owner than its id"),
        (accounts.chart != charts_of(accounts.id), "names another chart number than its id"),
        (accounts.subject_id != subjects_of(accounts.id), "names another subject than its id"),
        (~np.isin(accounts.chart, list(Chart)), "is not in the chart of accounts"),
        (accounts.commodity_id != commodities_of(accounts.id), "holds another commodity than its id says"),
        (find_rows(commodities, accounts.commodity_id) < 0, "holds a commodity that does not exist"),
    ):
        if wrong.any():
            return f"account {int(accounts.id[wrong][0])} {what}"
    return None


def commodities_problem(ids: Column, kinds: Column, subjects: Column, accounts: StoredAccounts) -> Problem:
    """Every commodity is US dollars, a security's shares or a sleeve's units, as its id says; an account holds it."""
    wrong = (ids != (kinds << _KIND_SHIFT) + subjects) | (kinds < 0) | (kinds > 2) | ((kinds == 0) & (ids != USD))
    if wrong.any():
        return f"commodity {int(ids[wrong][0])} is not what its id says"
    idle = np.setdiff1d(ids, accounts.commodity_id)
    return f"commodity {int(idle[0])} is held by no account" if len(idle) else None


def _first_gap(ids: Column, first: int, count: int) -> int | None:
    """The first id of ``first .. first + count - 1`` that is not there."""
    if len(ids) == count and (count == 0 or (int(ids[0]) == first and int(ids[-1]) == first + count - 1)):
        return None
    differs = np.flatnonzero(ids != first + np.arange(len(ids)))
    return first + (int(differs[0]) if len(differs) else len(ids))
