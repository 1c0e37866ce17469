"""What a stored ledger adds up to, by an arithmetic of its own, and the checks that stand on the sums."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from modelx.domain.joins import find_rows
from modelx.domain.money import Column
from modelx.ledger.account import SHARE_CHARTS, UNIT_CHARTS, Chart, account_ids
from modelx.ledger.checks import Problem, StoredAccounts
from modelx.ledger.journal import Journals


@dataclass(slots=True)
class Tally:
    """What the ledger adds up to as its batches stream by: the balance of every account, and when it was first used.

    An arithmetic of its own, beside :class:`~modelx.ledger.balance.Balances`, so that one can prove the other.
    """

    accounts: StoredAccounts
    amount: Column = field(init=False)
    first_used_on: Column = field(init=False)
    used: npt.NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        n = len(self.accounts.id)
        self.amount, self.first_used_on = np.zeros(n, np.int64), np.zeros(n, np.int64)
        self.used = np.zeros(n, np.bool_)

    def add(self, journals: Journals) -> None:
        """Add the transfers of a batch; those of unknown accounts are left out."""
        day = journals.business_date[journals.journal_index()]
        for account, amount in ((journals.debit, journals.amount), (journals.credit, -journals.amount)):
            at = find_rows(self.accounts.id, account)
            known = at >= 0
            np.add.at(self.amount, at[known], amount[known])
            new = known & ~self.used[np.maximum(at, 0)]
            self.first_used_on[at[new]] = day[new]
            self.used[at[known]] = True

    def rows(self, accounts: Column) -> Column:
        """The row of each account, -1 where it is not stored."""
        return find_rows(self.accounts.id, accounts)

    def opening_problem(self) -> Problem:
        """Every account was opened by a transfer, on its date."""
        for wrong, what in (
            (~self.used, "was opened, and nothing was ever posted to it"),
            (self.accounts.opened_on != self.first_used_on, "was not opened on the date of its first transfer"),
        ):
            if wrong.any():
                return f"account {int(self.accounts.id[wrong][0])} {what}"
        return None

    def sums_problem(self) -> Problem:
        """Each commodity adds up to nothing over all accounts, and each owner's dollars and units by themselves."""
        commodity, at = np.unique(self.accounts.commodity_id, return_inverse=True)
        off = _not_zero(at, self.amount, len(commodity))
        if off is not None:
            return f"the accounts of commodity {int(commodity[off])} do not add up to zero"
        own = ~np.isin(self.accounts.chart, SHARE_CHARTS)
        pair = np.stack([self.accounts.owner_id[own], self.accounts.commodity_id[own]])
        pairs, at = np.unique(pair, axis=1, return_inverse=True)
        off = _not_zero(at.reshape(-1), self.amount[own], pairs.shape[1])
        if off is not None:
            return f"owner {int(pairs[0, off])}: its accounts of commodity {int(pairs[1, off])} do not add up to zero"
        return None

    def register_problem(self, owners: Column) -> Problem:
        """Every sleeve's units held are its units issued, and neither units nor shares are below zero."""
        held, issued = (self.balances(account_ids(owners, int(chart))) for chart in UNIT_CHARTS)
        if (held + issued).any():
            return f"sleeve {int(owners[held + issued != 0][0])}: units held are not units issued"
        short = np.isin(self.accounts.chart, (Chart.SHARES, Chart.UNITS_HELD)) & (self.amount < 0)
        return f"account {int(self.accounts.id[short][0])} holds less than nothing" if short.any() else None

    def balances(self, accounts: Column) -> Column:
        """The balance of each account, 0 where it is not stored."""
        at = self.rows(accounts)
        return np.where(at >= 0, self.amount[np.maximum(at, 0)], 0) if len(self.amount) else np.zeros(len(at), np.int64)


def _not_zero(group: Column, amount: Column, n_groups: int) -> int | None:
    """The first group whose sum, modulo 2**64, is not zero."""
    total = np.zeros(n_groups, np.int64)
    np.add.at(total, group, amount)
    off = np.flatnonzero(total)
    return int(off[0]) if len(off) else None
