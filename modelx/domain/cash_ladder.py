"""The projected cash of every sleeve, day by day, from cash and what is still to settle. Vector V17.

Source: ``spec/unitization.md`` 4 and 11 (C-LADDER). Cash may be short for a while: the ladder says when, and by how
much, before it happens and not after.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from modelx.domain.joins import is_first, is_last
from modelx.domain.money import Column, group_sum


@dataclass(frozen=True, slots=True)
class PendingItems:
    """What is still to settle: the day it moves, and what it adds to the sleeve's cash (millionths, either sign)."""

    sleeve: Column
    day: Column
    amount: Column


@dataclass(frozen=True, slots=True)
class CashLadder:
    """Projected cash at the end of each sleeve's days, sorted by sleeve, then day. Millionths.

    A sleeve has a rung for the day of the ladder and for every later day on which something settles; ``floor`` is
    the least it should keep.
    """

    sleeve: Column
    day: Column
    cash: Column
    floor: Column

    def shortfalls(self) -> Column:
        """Return the rungs on which a sleeve would hold less cash than its floor."""
        return np.flatnonzero(self.cash < self.floor)


def project_cash(on: int, cash: Column, pending: PendingItems, floor: Column) -> CashLadder:
    """Return the ladder of every sleeve from the day ``on``. What is overdue counts on ``on``.

    ``cash`` and ``floor`` have one row per sleeve (millionths). Raises ``OutOfRange`` when the items of one sleeve and
    day do not add up in 64 bits.
    """
    every = np.arange(cash.size)
    sleeve = np.concatenate([every, pending.sleeve])
    day = np.concatenate([np.full(cash.size, on, np.int64), np.maximum(pending.day, on)])
    amount = np.concatenate([cash, pending.amount])
    order = np.lexsort((day, sleeve))
    sleeve, day, amount = sleeve[order], day[order], amount[order]
    new_rung = is_first(sleeve) | is_first(day)
    rung = np.cumsum(new_rung) - 1
    rung_sleeve, rung_day = sleeve[new_rung], day[new_rung]
    moved = group_sum(amount, rung, rung_sleeve.size)
    # The running sum over all sleeves may wrap around; a sleeve's own cash, the difference of two terms, does not.
    running = np.cumsum(moved)
    ends = np.flatnonzero(is_last(rung_sleeve))
    before = np.concatenate([np.zeros(1, np.int64), running[ends[:-1]]]) if ends.size else np.empty(0, np.int64)
    own = running - np.repeat(before, np.diff(ends, prepend=-1))
    return CashLadder(rung_sleeve, rung_day, own, floor[rung_sleeve])
