"""Prices as they were known on a night, and total-return indexes built from them: the only past a signal may see.

A price counts when its day is no later than the night and its load no later than the night's horizon (the highest
load the night may see); of several loads for one day, the latest counts. Anything else is looking ahead.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from modelx.domain.errors import InvariantBroken
from modelx.domain.joins import is_last
from modelx.domain.money import Column, mul_div

INDEX_START = 10**12  # every index begins at one, in 10^-12
_CASH_PER_PRICE = 10**4  # cash is in 10^-12 dollars, prices in 10^-8


@dataclass(frozen=True, slots=True)
class PriceRows:
    """Prices (10^-8) with the day they belong to and the load that brought them, in any order."""

    security_id: Column
    day: Column
    price: Column
    load_id: Column


@dataclass(frozen=True, slots=True)
class EventRows:
    """Distributions and splits by security, ex-day and kind, in any order.

    ``cash`` is dollars per share after the split (10^-12); ``new_shares`` for ``old_shares`` (10^-12) are equal where
    there is no split. ``kind`` tells apart the events of one day: one of a kind replaces the same of an earlier load.
    """

    security_id: Column
    day: Column
    kind: Column
    cash: Column
    new_shares: Column
    old_shares: Column
    load_id: Column


@dataclass(frozen=True, slots=True)
class KnownHistory:
    """What was known on night ``on`` at ``horizon``: by security the days and prices, ascending, and the events.

    Raises ``InvariantBroken`` when a row belongs to a later day or came with a later load: that would be look-ahead.
    """

    on: int
    horizon: int
    prices: PriceRows
    events: EventRows

    def __post_init__(self) -> None:
        for rows in (self.prices, self.events):
            ahead = np.flatnonzero((rows.day > self.on) | (rows.load_id > self.horizon))
            if ahead.size:
                first = int(ahead[0])
                raise InvariantBroken(
                    f"look-ahead: security {int(rows.security_id[first])}, day {int(rows.day[first])}, "
                    f"load {int(rows.load_id[first])} was not known on day {self.on} at load {self.horizon}"
                )

    def index(self, security_id: int, sessions: int) -> Column:
        """Return the total-return index (10^-12) over the last ``sessions`` known prices, beginning at one.

        The index of a day is the day before's times (price + cash) x new shares / old shares / the price before,
        rounded half-up at each step. It ends on the night itself; a security without a price that night, or with fewer
        prices than asked for, has an empty index: nothing stands in for a missing price.
        """
        mine = self.prices.security_id == security_id
        day, price = self.prices.day[mine][-sessions:], self.prices.price[mine][-sessions:]
        if day.size < sessions or int(day[-1]) != self.on:
            return np.empty(0, np.int64)
        growth = np.full(sessions, INDEX_START)
        cash, new, old = self._events(security_id, day)
        fine = price * _CASH_PER_PRICE
        for at in range(1, sessions):
            whole = mul_div(fine[at] + cash[at], new[at], old[at])
            growth[at] = mul_div(growth[at - 1], whole, fine[at - 1])
        return growth

    def _events(self, security_id: int, day: Column) -> tuple[Column, Column, Column]:
        """Cash per share, and new shares for old ones, on each of the days."""
        cash, new, old = np.zeros(day.size, np.int64), np.ones(day.size, np.int64), np.ones(day.size, np.int64)
        events = self.events
        for row in np.flatnonzero((events.security_id == security_id) & np.isin(events.day, day)).tolist():
            at = int(np.searchsorted(day, events.day[row]))
            cash[at] += events.cash[row]
            if events.new_shares[row] != events.old_shares[row]:
                new[at], old[at] = events.new_shares[row], events.old_shares[row]
        return cash, new, old


def known_on(prices: PriceRows, events: EventRows, on: int, horizon: int) -> KnownHistory:
    """Return what may be seen on night ``on``: rows of later days or loads are left out, corrected ones replaced."""
    price = _latest((prices.security_id, prices.day), prices.day, prices.load_id, on, horizon)
    event = _latest((events.security_id, events.day, events.kind), events.day, events.load_id, on, horizon)
    return KnownHistory(
        on,
        horizon,
        PriceRows(*(getattr(prices, name)[price] for name in PriceRows.__dataclass_fields__)),
        EventRows(*(getattr(events, name)[event] for name in EventRows.__dataclass_fields__)),
    )


def _latest(keys: tuple[Column, ...], day: Column, load_id: Column, on: int, horizon: int) -> Column:
    """The visible rows with the latest load of each key, in the order of the keys."""
    visible = np.flatnonzero((day <= on) & (load_id <= horizon))
    order = visible[np.lexsort((load_id[visible], *(key[visible] for key in reversed(keys))))]
    last = np.zeros(order.size, np.bool_)
    for key in keys:
        last |= is_last(key[order])
    return order[last]
