"""Small ledgers for tests: accounts of a few sleeves, and journals written in as few words as possible."""

import numpy as np

from modelx.ledger.account import Chart, account_ids
from modelx.ledger.journal import JournalKind, Journals, JournalWriter

DAY = 20_780


def account(owner: int, chart: Chart, subject: int = 0) -> int:
    return int(account_ids(owner, int(chart), subject))


def journals(
    *transfers: tuple[int, int, int], kind: JournalKind = JournalKind.SUBSCRIPTION, day: int = DAY
) -> Journals:
    """One journal of (debit, credit, amount) rows."""
    writer = JournalWriter(day)
    debit, credit, amount = np.array(transfers, np.int64).reshape(-1, 3).T
    writer.one(kind, debit, credit, amount)
    return writer.journals()


def column(*values: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(values, np.int64)
