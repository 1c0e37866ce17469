"""Journals and their transfers as columns: the only things that move a balance.

A transfer moves an amount above zero from its credit account to its debit account, both of one commodity; a journal
is one event and its transfers. Balance and single commodity hold by construction, and :func:`Journals.check` proves
it before anything is written.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np

from modelx.domain.errors import UnbalancedEntry
from modelx.domain.money import Column
from modelx.ledger.account import commodities_of


class JournalKind(IntEnum):
    """What happened. The source id of a journal names the input row it came from, where there is one."""

    SETTLEMENT = 1
    FEE_PAYMENT = 2
    SPLIT = 3
    DISTRIBUTION = 4
    REINVESTMENT = 5
    BUY = 6
    SELL = 7
    FEE_ACCRUAL = 8
    ACCOUNT_FEE_ACCRUAL = 9
    SUBSCRIPTION = 10
    REDEMPTION = 11
    DUST = 12
    EXCHANGE = 13  # a merger, or a conversion in kind
    LIQUIDATION = 14
    TRANSFER_IN = 15
    TRANSFER_OUT = 16
    LATE_INCOME = 17


@dataclass(frozen=True, slots=True)
class Journals:
    """Journals of one batch, in order, and their transfers, contiguous per journal and in the same order.

    Per journal: ``kind``, ``business_date`` and ``settles_on`` (days), ``source_id`` (0 = none), ``n_transfer``.
    Per transfer: ``debit``, ``credit`` (account ids), ``amount`` (millionths of the accounts' commodity, above 0).
    """

    kind: Column
    business_date: Column
    settles_on: Column
    source_id: Column
    n_transfer: Column
    debit: Column
    credit: Column
    amount: Column

    def check(self) -> None:
        """Raise :class:`UnbalancedEntry` unless every transfer is a positive move within one commodity."""
        if int(self.n_transfer.sum()) != len(self.amount) or bool((self.n_transfer <= 0).any()):
            raise UnbalancedEntry("the journals do not account for every transfer")
        if bool((self.amount <= 0).any()) or bool((self.debit == self.credit).any()):
            raise UnbalancedEntry("a transfer must move an amount above zero between two accounts")
        if bool((commodities_of(self.debit) != commodities_of(self.credit)).any()):
            raise UnbalancedEntry("a transfer would turn one commodity into another")

    def journal_index(self) -> Column:
        """For each transfer, the position of its journal."""
        return np.repeat(np.arange(len(self.kind)), self.n_transfer)


@dataclass(slots=True)
class JournalWriter:
    """Collects the journals of one step, in the order in which they are written."""

    business_date: int
    _parts: list[tuple[Column, ...]] = field(default_factory=list)

    def one(
        self,
        kind: JournalKind,
        debit: Column,
        credit: Column,
        amount: Column,
        *,
        source_id: int = 0,
        settles_on: int | None = None,
    ) -> None:
        """One event whose transfers are all the rows given. Zero amounts are left out; a negative amount is a move
        the other way. No row left means no journal.
        """
        moves = amount != 0
        if not moves.any():
            return
        debit, credit, amount = debit[moves], credit[moves], amount[moves]
        back = amount < 0
        settles = self.business_date if settles_on is None else settles_on
        self._parts.append(
            (
                np.array([[kind], [self.business_date], [settles], [source_id], [len(amount)]], np.int64),
                np.stack([np.where(back, credit, debit), np.where(back, debit, credit), np.abs(amount)]),
            )
        )

    def each(
        self,
        kind: JournalKind,
        legs: list[tuple[Column, Column, Column]],
        *,
        source_id: Column,
        settles_on: Column,
    ) -> None:
        """One event per row: ``legs`` are (debit, credit, amount) columns, one transfer each per event, in order.

        Amounts of zero are left out, negative ones turned round; an event without a transfer is left out.
        """
        n_events = len(source_id)
        if n_events == 0:
            return
        debit, credit, amount = (np.stack([leg[i] for leg in legs], axis=1) for i in range(3))
        moves = amount != 0
        count = moves.sum(axis=1)
        kept = count > 0
        heads = np.stack(
            [
                np.full(n_events, int(kind), np.int64),
                np.full(n_events, self.business_date, np.int64),
                np.asarray(settles_on, np.int64),
                np.asarray(source_id, np.int64),
                count.astype(np.int64),
            ]
        )[:, kept]
        back = amount < 0
        body = np.stack(
            [np.where(back, credit, debit)[moves], np.where(back, debit, credit)[moves], np.abs(amount)[moves]]
        )
        if heads.shape[1]:
            self._parts.append((heads, body))

    def grouped(
        self, kind: JournalKind, event: Column, legs: tuple[Column, Column, Column], source_id: Column, settles_on: int
    ) -> None:
        """One event per value of ``event`` (rows 0, 1... of ``source_id``), with as many transfers as it has legs.

        ``legs`` are one debit, credit and amount column; within an event they keep their order. Amounts of zero are
        left out, negative ones turned round; an event without a transfer is left out.
        """
        debit, credit, amount = legs
        order = np.argsort(event, kind="stable")
        order = order[amount[order] != 0]
        count = np.bincount(event[order], minlength=len(source_id))
        kept = np.flatnonzero(count)
        if kept.size == 0:
            return
        heads = (np.full(kept.size, value) for value in (int(kind), self.business_date, settles_on))
        debit, credit, amount = debit[order], credit[order], amount[order]
        back = amount < 0
        body = np.stack([np.where(back, credit, debit), np.where(back, debit, credit), np.abs(amount)])
        self._parts.append((np.stack([*heads, source_id[kept], count[kept]]), body))

    def journals(self) -> Journals:
        """Everything collected, checked. Raises :class:`UnbalancedEntry`."""
        heads = np.concatenate([part[0] for part in self._parts] or [np.empty((5, 0), np.int64)], axis=1)
        bodies = np.concatenate([part[1] for part in self._parts] or [np.empty((3, 0), np.int64)], axis=1)
        journals = Journals(*(np.ascontiguousarray(row) for row in (*heads, *bodies)))
        journals.check()
        return journals
