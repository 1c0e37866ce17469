"""Blocks: one order per security, side and day, over the trades of many sleeves. Source: ``spec/unitization.md`` 9.

A purchase and a sale of the same security are two blocks, always: plans under ERISA may not cross trades, so nothing
nets. A block keeps the request of every sleeve, by which its fills are shared out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from modelx.domain.errors import InvalidInput
from modelx.domain.joins import find_rows, is_first
from modelx.domain.money import Column, Rounding, group_sum, mul_div, round_to
from modelx.domain.proposal import ProposedTrades
from modelx.domain.rebalance_line import Mask

_SMALL_KEYS = 1 << 16  # below this a sort by counting is many times faster


@dataclass(frozen=True, slots=True)
class Requests:
    """What each sleeve asks of a block, sorted by block, then sleeve. Shares and money in millionths.

    ``shares`` is the request where ``in_shares``, an estimate otherwise; ``amount`` the other way round. ``entire``
    asks for the sale of all that is held when the block is executed.
    """

    block: Column
    sleeve: Column
    shares: Column
    amount: Column
    in_shares: Mask
    entire: Mask

    def __len__(self) -> int:
        return self.block.size


@dataclass(frozen=True, slots=True)
class Blocks:
    """The orders of one day, sorted by security, then side (a ``TradeSide``); sums of the requests, in millionths."""

    day: int
    security_id: Column
    side: Column
    shares: Column
    amount: Column
    requests: Requests

    def __len__(self) -> int:
        return self.security_id.size


def blocks_of(trades: ProposedTrades, day: int) -> Blocks:
    """Gather trades into blocks for execution on ``day``."""
    key = (trades.security_id << 1) | trades.side
    narrow = key.astype(np.uint16) if key.size and int(key.max()) < _SMALL_KEYS else key
    order = np.argsort(narrow, kind="stable")
    ordered = key[order]
    first = is_first(ordered)
    block = np.cumsum(first) - 1
    heads = ordered[first]
    requests = Requests(
        block=block,
        sleeve=trades.sleeve[order],
        shares=trades.shares[order],
        amount=trades.amount[order],
        in_shares=trades.in_shares[order],
        entire=trades.entire[order],
    )
    shares = group_sum(requests.shares, block, heads.size)
    return Blocks(day, heads >> 1, heads & 1, shares, group_sum(requests.amount, block, heads.size), requests)


def restate_for_splits(
    trades: ProposedTrades, security_id: Column, new_shares: Column, old_shares: Column, step: Column
) -> ProposedTrades:
    """Return the trades with their share counts as after splits between proposal and execution.

    ``new_shares`` for every ``old_shares`` of each ``security_id`` (10^-12, above zero); counts are floored to
    ``step``, the smallest part of a share (millionths). A count that falls to nothing leaves the proposal.
    """
    at = find_rows(security_id, trades.security_id)
    rows = np.flatnonzero(at >= 0)
    split = at[rows]
    shares = trades.shares.copy()
    restated = mul_div(shares[rows], new_shares[split], old_shares[split], Rounding.FLOOR)
    shares[rows] = round_to(restated, step[split], Rounding.FLOOR)
    columns = {name: getattr(trades, name) for name in trades.__dataclass_fields__} | {"shares": shares}
    keep = shares > 0
    return ProposedTrades(**{name: values[keep] for name, values in columns.items()})


@dataclass(frozen=True, slots=True)
class Fills:
    """Executions of blocks: shares (millionths, above zero) at a price (10^-8). A block may have none or several."""

    block: Column
    shares: Column
    price: Column


def fills_for(blocks: Blocks, security_id: Column, side: Column, shares: Column, price: Column) -> Fills:
    """Return the executions a custodian reports by security and side as fills of tonight's blocks.

    Raises ``InvalidInput`` for a fill of nothing, without a price, or of a security and side that has no block.
    """
    block = find_rows((blocks.security_id << 1) | blocks.side, (security_id << 1) | side)
    if (block < 0).any():
        stray = int(np.flatnonzero(block < 0)[0])
        raise InvalidInput(f"a fill of security {int(security_id[stray])}, side {int(side[stray])}, has no block")
    if (shares <= 0).any() or (price <= 0).any():
        raise InvalidInput("a fill needs shares and a price above zero")
    return Fills(block, shares, price)
