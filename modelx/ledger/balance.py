"""Balances as columns: every account ever opened, sorted by id, with what it holds.

Debits are positive. Because an id packs owner, chart and subject, a sleeve's accounts lie together and in chart
order: its trial balance is a slice, its positions are the rows of one chart. Balances are the ledger's sum and
nothing else; ``modelx db check`` proves it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from modelx.domain.errors import OutOfRange
from modelx.domain.money import AMOUNT_LIMIT, Column, group_sum
from modelx.ledger.account import OWNER_SHIFT, Chart, account_ids, charts_of, owners_of, subjects_of
from modelx.ledger.journal import Journals


@dataclass(frozen=True, slots=True)
class Balances:
    """``account`` ids ascending and unique; ``amount`` in millionths of each account's commodity, debit positive."""

    account: Column
    amount: Column

    @classmethod
    def none(cls) -> Balances:
        """The balances of an empty ledger."""
        return cls(np.empty(0, np.int64), np.empty(0, np.int64))

    def of(self, accounts: Column) -> Column:
        """The balance of each account named; 0 for one that was never opened."""
        at, found = self._find(accounts)
        return np.where(found, self.amount[at], 0) if len(self.account) else np.zeros(len(accounts), np.int64)

    def opened(self, accounts: Column) -> npt.NDArray[np.bool_]:
        """Which of the accounts named have been opened."""
        return self._find(accounts)[1]

    def after(self, journals: Journals) -> Balances:
        """These balances with the journals' transfers added; accounts they open appear.

        Raises :class:`OutOfRange` when a balance would leave the exact range.
        """
        if len(journals.amount) == 0:
            return self
        accounts = np.concatenate([journals.debit, journals.credit])
        amounts = np.concatenate([journals.amount, -journals.amount])
        account, amount = self.account, self.amount.copy()
        at, found = self._find(accounts)
        if not found.all():
            missing = np.unique(accounts[~found])
            place = np.searchsorted(account, missing)
            account, amount = np.insert(account, place, missing), np.insert(amount, place, 0)
            at = np.searchsorted(account, accounts)
        np.add.at(amount, at, amounts)
        if int(np.abs(amounts.astype(np.float64)).sum() + np.abs(amount).max()) >= AMOUNT_LIMIT:
            raise OutOfRange("a balance would leave the exact range of 2**62 millionths")
        return Balances(account, amount)

    def opened_by(self, journals: Journals) -> Column:
        """The accounts the journals would use for the first time, ascending."""
        accounts = np.concatenate([journals.debit, journals.credit])
        return np.unique(accounts[~self.opened(accounts)])

    def _find(self, accounts: Column) -> tuple[Column, npt.NDArray[np.bool_]]:
        """The row of each account named, and whether it is there."""
        if len(self.account) == 0:
            return np.zeros(len(accounts), np.int64), np.zeros(len(accounts), np.bool_)
        at = np.minimum(np.searchsorted(self.account, accounts), len(self.account) - 1)
        return at, np.asarray(self.account[at] == accounts)

    def rows_of_chart(self, chart: Chart) -> Column:
        """The rows of one chart number over all owners, in (owner, subject) order."""
        return np.flatnonzero(charts_of(self.account) == int(chart))

    def of_owner(self, owner: int) -> Balances:
        """One owner's accounts: its trial balance."""
        start, stop = np.searchsorted(self.account, [owner << OWNER_SHIFT, (owner + 1) << OWNER_SHIFT])
        return Balances(self.account[start:stop], self.amount[start:stop])

    def by_owner(self, owners: Column, chart: Chart) -> Column:
        """The balance of an account without a subject, for each owner."""
        return self.of(account_ids(owners, int(chart)))

    def total_by_owner(self, owners: Column, chart: Chart) -> Column:
        """The sum over subjects of one chart number, for each owner (``owners`` ascending)."""
        rows = self.rows_of_chart(chart)
        at = np.searchsorted(owners, owners_of(self.account[rows]))
        at = np.minimum(at, max(len(owners) - 1, 0))
        known = owners[at] == owners_of(self.account[rows]) if len(owners) else np.zeros(len(rows), np.bool_)
        return group_sum(self.amount[rows[known]], at[known], len(owners))

    def subjects(self, rows: Column) -> Column:
        """The subject of each row named."""
        return subjects_of(self.account[rows])
