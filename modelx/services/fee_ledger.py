"""What payees are owed, out of the ledger: every accrual, payment and clearing of a night, and the balances they make.

A payee's claim on a sleeve is one key: sleeve, payee, and the book that carries it (the sleeve's unit value, or the
platform's account fees). Everything works on columns of keys; nothing loops over sleeves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import groupby

import numpy as np

from modelx.domain.fee_schedule import PaidFrom
from modelx.domain.joins import is_first, is_last
from modelx.domain.money import Column
from modelx.ledger.account import Chart, charts_of, owners_of, subjects_of
from modelx.ledger.journal import JournalKind
from modelx.services import closings
from modelx.services.night_state import BookState
from modelx.store import fee_ledger_records, night_records
from modelx.store.engine import Connection
from modelx.store.fee_ledger_records import EARNED_CHARTS, FEE_KINDS, PAYABLE_CHARTS

_PAYEE_BITS = 20
_EMPTY = np.empty(0, np.int64)


def claim_keys(sleeve_id: Column, payee_id: Column, paid_from: Column) -> Column:
    """One key for each claim: a payee's on a sleeve, in one of the two books (``PaidFrom``)."""
    return np.asarray((((sleeve_id << _PAYEE_BITS) | payee_id) << 1) | paid_from)


def claims_of(key: Column) -> tuple[Column, Column, Column]:
    """(sleeve id, payee id, paid from) of each key."""
    return key >> (_PAYEE_BITS + 1), (key >> 1) & ((1 << _PAYEE_BITS) - 1), key & 1


@dataclass(frozen=True, slots=True)
class FeeMoves:
    """What one night did to the claims, in ledger order: ``amount`` (millionths) is above zero where more is owed.

    ``payee_id`` is the fee row's payee: another than the claim's where a waiver reduces it. ``kind`` is the journal's.
    """

    business_date: int
    journal_id: Column
    kind: Column
    claim: Column
    payee_id: Column
    amount: Column

    @classmethod
    def none(cls, day: int) -> FeeMoves:
        """A night that moved nothing."""
        return cls(day, *(_EMPTY for _ in fields(cls)[1:]))


class Balances:
    """What is owed on each claim (millionths), as sorted columns that grow with the moves given to them."""

    def __init__(self, key: Column = _EMPTY, amount: Column = _EMPTY) -> None:
        self.key, self.amount = _EMPTY, _EMPTY
        self.add(key, amount)

    def add(self, key: Column, amount: Column) -> None:
        """Add amounts to their keys; a new key starts from zero."""
        every, at = np.unique(np.concatenate([self.key, key]), return_inverse=True)
        total = np.zeros(len(every), np.int64)
        np.add.at(total, at, np.concatenate([self.amount, amount]))
        self.key, self.amount = every, total

    def of(self, key: Column) -> Column:
        """The balance of each key; 0 where it has none."""
        if len(self.key) == 0:
            return np.zeros(len(key), np.int64)
        at = np.minimum(np.searchsorted(self.key, key), len(self.key) - 1)
        return np.where(self.key[at] == key, self.amount[at], 0)

    def run(self, key: Column, amount: Column) -> Column:
        """Add amounts in the order given; returns the balance of each row's key just after it."""
        order = np.argsort(key, kind="stable")
        ordered, running = key[order], np.cumsum(amount[order])
        starts = np.flatnonzero(is_first(ordered))
        before = (running - amount[order])[starts]
        running -= np.repeat(before, np.diff(np.append(starts, len(ordered))))
        running += self.of(ordered)
        last = is_last(ordered)
        self.add(ordered[last], running[last] - self.of(ordered[last]))
        after = np.empty(len(key), np.int64)
        after[order] = running
        return after


def fee_moves(
    connection: Connection,
    first_day: int,
    last_day: int,
    *,
    owner: int | None = None,
    after_journal: int = 0,
    kinds: tuple[JournalKind, ...] = FEE_KINDS,
) -> Iterator[FeeMoves]:
    """The moves of each night of a range, one night after the other; ``owner`` keeps those of one sleeve.

    A night of a sleeve that caught up later is part of its own date, not of the date on which it was run.
    """
    journals = fee_ledger_records.fee_journals(connection, kinds, first_day, last_day, after_journal)
    columns = (journals.journal_id, journals.kind, journals.first_transfer, journals.n_transfer, journals.business_date)
    heads = zip(*(column.tolist() for column in columns), strict=True)
    for day, night in groupby(heads, key=lambda head: int(head[4])):
        parts = []
        for journal_id, kind, first_transfer, n_transfer, _ in night:
            rows = fee_ledger_records.journal_transfers(connection, first_transfer, n_transfer, owner)
            parts.append((np.full(len(rows["amount"]), journal_id), np.full(len(rows["amount"]), kind), rows))
        moved = {name: np.concatenate([rows[name] for _, _, rows in parts]) for name in ("debit", "credit", "amount")}
        journal_id, kind_of = (np.concatenate([part[i] for part in parts]) for i in (0, 1))
        yield _moves(day, journal_id, kind_of, moved["debit"], moved["credit"], moved["amount"])


def owed_before(connection: Connection, day: int, owner: int | None = None) -> Balances:
    """What is owed on each claim from everything dated before ``day``: the best closing kept, and the ledger since."""
    runs = night_records.finished_runs_after(connection, 0)
    upto = next((at for at, run in enumerate(runs) if run.business_date >= day), len(runs))
    before = {(run.business_date, run.run) for run in runs[:upto]}
    kept = [step for on, run, step in night_records.closings(connection) if (on, run) in before]
    base = closings.of_step(connection, kept[-1]) if kept else BookState.empty()
    owed = _owed(base, owner)
    for night in fee_moves(connection, -(2**31), day - 1, owner=owner, after_journal=base.last_journal):
        owed.add(night.claim, night.amount)
    return owed


def _owed(state: BookState, owner: int | None) -> Balances:
    owed = Balances()
    for chart, paid_from, sign in (
        (Chart.FEES_PAYABLE, PaidFrom.UNIT_VALUE, -1),
        (Chart.ACCOUNT_FEES_RECEIVABLE, PaidFrom.ACCOUNT, 1),
    ):
        rows = state.balances.rows_of_chart(chart)
        account, amount = state.balances.account[rows], sign * state.balances.amount[rows]
        mine = np.full(len(account), owner is None) | (owners_of(account) == (owner or 0))
        key = claim_keys(owners_of(account), subjects_of(account), np.full(len(account), int(paid_from)))
        owed.add(key[mine], amount[mine])
    return owed


def _moves(day: int, journal_id: Column, kind: Column, debit: Column, credit: Column, amount: Column) -> FeeMoves:
    """Tell of each transfer which side is the claim: a payable rises by credits, a receivable by debits."""
    on_credit = np.isin(charts_of(credit), PAYABLE_CHARTS)
    claim, other = np.where(on_credit, credit, debit), np.where(on_credit, debit, credit)
    by_account = charts_of(claim) == Chart.ACCOUNT_FEES_RECEIVABLE
    rises = on_credit != by_account
    fee_row = np.isin(charts_of(other), EARNED_CHARTS)
    paid_from = np.where(by_account, int(PaidFrom.ACCOUNT), int(PaidFrom.UNIT_VALUE))
    return FeeMoves(
        day,
        journal_id,
        kind,
        claim_keys(owners_of(claim), subjects_of(claim), paid_from),
        np.where(fee_row, subjects_of(other), subjects_of(claim)),
        np.where(rises, amount, -amount),
    )
