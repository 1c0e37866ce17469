"""Booking a night's trades: buys, then sells at average cost.

Source: ``spec/unitization.md`` 3 and 7, ``design.md`` 3a.5. A night's trades of a sleeve in one security are judged
together: if they would leave less than no shares, none of them is booked. Cash may go below zero for a while; the
cash ladder watches that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from modelx.domain.amount import CENT, check_whole_cents, in_steps
from modelx.domain.book_codes import TradeSide
from modelx.domain.joins import find_rows, rank_in_group
from modelx.domain.money import Column, group_sum
from modelx.domain.position import Positions, position_key, with_lines, without_empty_lines


@dataclass(frozen=True, slots=True)
class Trades:
    """Tonight's trades in the order of their references: shares in millionths, amounts in whole cents (millionths).

    ``side`` is a ``TradeSide``. No shares and no amount: a cancelled trade, which does nothing.
    """

    sleeve: Column
    security_id: Column
    side: Column
    shares: Column
    amount: Column


@dataclass(frozen=True, slots=True)
class TradeEffects:
    """One line per trade, in the order given. Millionths.

    ``cost`` is what a buy adds to the cost of its position and what a sell takes out of it; ``gain`` is the proceeds
    of a sell less that cost, either sign. Both are zero where a trade is not ``booked``.
    """

    booked: npt.NDArray[np.bool_]
    cost: Column
    gain: Column


@dataclass(frozen=True, slots=True)
class Oversold:
    """Positions that tonight's trades would take below zero: shares held before them, bought and sold (millionths)."""

    sleeve: Column
    security_id: Column
    held: Column
    bought: Column
    sold: Column

    def __len__(self) -> int:
        return self.sleeve.size


@dataclass(frozen=True, slots=True)
class _Sheet:
    """Positions with a line for every trade, the line of each trade, and what is bought and sold on each line."""

    positions: Positions
    line: Column
    live: npt.NDArray[np.bool_]
    bought: Column
    sold: Column

    def oversold(self) -> npt.NDArray[np.bool_]:
        return np.asarray(self.positions.shares + self.bought < self.sold)


def find_oversold(positions: Positions, trades: Trades) -> Oversold:
    """Return the positions that ``trades`` would take below zero. ``positions`` are those after corporate actions."""
    sheet = _lay_out(positions, trades)
    lines = np.flatnonzero(sheet.oversold())
    return Oversold(
        sleeve=sheet.positions.sleeve[lines],
        security_id=sheet.positions.security_id[lines],
        held=sheet.positions.shares[lines],
        bought=sheet.bought[lines],
        sold=sheet.sold[lines],
    )


def book_trades(positions: Positions, trades: Trades) -> tuple[Positions, TradeEffects]:
    """Book buys, then sells in the order given; return the positions after them and one effect per trade.

    A sell takes cost * sold / held out of its position, half-up to the cent; the sale of all that is held takes all
    that is left of the cost. The trades of an oversold position are not booked (see :func:`find_oversold`). Lines
    without shares or cost are dropped. Raises ``InvalidInput`` for costs or amounts that are not whole cents.
    """
    check_whole_cents(positions.cost, "costs of positions")
    check_whole_cents(trades.amount, "amounts of trades")
    sheet = _lay_out(positions, trades)
    booked = sheet.live & ~sheet.oversold()[sheet.line]
    buys, sells = (np.flatnonzero(booked & (trades.side == side)) for side in (TradeSide.BUY, TradeSide.SELL))
    n_lines = len(sheet.positions)
    shares = sheet.positions.shares + group_sum(trades.shares[buys], sheet.line[buys], n_lines)
    cost = sheet.positions.cost + group_sum(trades.amount[buys], sheet.line[buys], n_lines)
    moved = np.zeros(trades.sleeve.size, np.int64)
    moved[buys] = trades.amount[buys]
    turn = rank_in_group(sheet.line[sells])
    for rank in range(int(turn.max(initial=-1)) + 1):
        now = sells[turn == rank]
        line = sheet.line[now]
        moved[now] = cost_relief(cost[line], trades.shares[now], shares[line])
        shares[line] -= trades.shares[now]
        cost[line] -= moved[now]
    gain = np.zeros(trades.sleeve.size, np.int64)
    gain[sells] = trades.amount[sells] - moved[sells]
    after = Positions(sheet.positions.sleeve, sheet.positions.security_id, shares, cost)
    return without_empty_lines(after), TradeEffects(booked, moved, gain)


def _lay_out(positions: Positions, trades: Trades) -> _Sheet:
    grown = with_lines(positions, trades.sleeve, trades.security_id)
    keys = position_key(grown.sleeve, grown.security_id)
    line = find_rows(keys, position_key(trades.sleeve, trades.security_id))
    bought, sold = (
        group_sum(np.where(trades.side == side, trades.shares, 0), line, len(grown))
        for side in (TradeSide.BUY, TradeSide.SELL)
    )
    return _Sheet(grown, line, (trades.shares != 0) | (trades.amount != 0), bought, sold)


def cost_relief(cost: Column, sold: Column, held: Column) -> Column:
    """Average cost of the shares sold, half-up to the cent: all of it when all that is held is sold."""
    return in_steps(cost // CENT, sold, np.maximum(held, 1), CENT)
