"""When a position was last bought, for the securities whose sale soon after costs a redemption fee (spec 9)."""

from __future__ import annotations

import numpy as np

from modelx.domain.book_codes import TradeSide
from modelx.domain.joins import find_rows
from modelx.domain.money import Column
from modelx.domain.position import Positions, position_key
from modelx.domain.rebalance_line import NEVER, TradingTerms
from modelx.services.night import Feeds, Night
from modelx.store import rebalance_records


def last_buys(night: Night, feeds: Feeds, positions: Positions, place: Column, terms: TradingTerms) -> Column:
    """The day of the last purchase of each position that has a holding period; NEVER for the others.

    ``place`` is that of each sleeve of the positions among tonight's.

    Purchases of earlier runs are read from the ledger, tonight's are known: whether they are written already must not
    matter to a night that is resumed or replayed.
    """
    last = np.full(len(positions), NEVER)
    limited = terms.security_id[terms.holding_days > 0]
    if limited.size == 0 or len(positions) == 0:
        return last
    first_day = night.on - int(terms.holding_days.max())
    owner, security, day = rebalance_records.last_purchases(
        feeds.connection, first_day, night.on, night.last_journal_before, limited
    )
    at_night, tonight = night.places(owner)
    row_of = np.full(len(night.sleeve), -1)
    row_of[place] = np.arange(place.size)
    row = np.where(tonight, row_of[at_night], -1)
    mine = row >= 0
    feeds.seen("last_purchases", {"owner": owner[mine], "security": security[mine], "day": day[mine]})
    keys = position_key(positions.sleeve, positions.security_id)
    at = find_rows(keys, position_key(row[mine], security[mine]))
    last[at[at >= 0]] = day[mine][at >= 0]
    trades, booked = night.plan.trades, night.plan.trade_effects.booked
    bought = np.flatnonzero(booked & (trades.side == TradeSide.BUY) & np.isin(trades.security_id, limited))
    tonights = position_key(row_of[trades.sleeve[bought]], trades.security_id[bought])
    last[np.isin(keys, tonights[row_of[trades.sleeve[bought]] >= 0])] = night.on
    return last
