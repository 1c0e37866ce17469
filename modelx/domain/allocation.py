"""Sharing out the fills of a block among its sleeves: exact sums, no matter in which order the sleeves come.

Shares go pro rata by requested quantity, largest remainder first (ties: the larger request, then the lower sleeve);
cash goes by the shares allocated (or by dollars, where dollars were requested), from what the fills really cost and
never as average price times shares. Source: ``spec/unitization.md`` 3 and 9, vector V11.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from modelx.domain.amount import CENT, in_steps
from modelx.domain.approval import are_two_people
from modelx.domain.block import Blocks, Fills, Requests
from modelx.domain.book_codes import TradeSide
from modelx.domain.errors import InvalidInput, NotPermitted
from modelx.domain.joins import find_rows
from modelx.domain.money import Column, Rounding, allocate, group_sum, mul_div
from modelx.domain.rebalance_line import Mask
from modelx.domain.valuation import market_values

ERROR_ACCOUNT = -1  # the sleeve of shares that nobody's request covers: the platform's error account
_DOLLARS_OVER_PRICE_IN_SHARES = 10**8  # 10^-6 dollars over 10^-8 dollars a share, in millionths of a share


@dataclass(frozen=True, slots=True)
class Allocation:
    """What each sleeve gets of its block, sorted by block, then sleeve. Shares and money in millionths.

    By row: ``requested`` shares, ``shares`` and ``amount`` allocated. By block: ``filled`` shares, ``cash`` for them,
    and the average price (10^-8, half-up to six decimals, for information; 0 without a fill).
    """

    block: Column
    sleeve: Column
    requested: Column
    shares: Column
    amount: Column
    filled: Column
    cash: Column
    average_price: Column


@dataclass(frozen=True, slots=True)
class NobodysShares:
    """Shares of fills that no request covers, by security and side, and their cash (millionths)."""

    security_id: Column
    side: Column
    shares: Column
    amount: Column


def allocate_fills(blocks: Blocks, fills: Fills, share_step: Column, cancelled: Mask | None = None) -> Allocation:
    """Share out the fills among the requests of each block.

    ``share_step`` is the smallest part of a share of each block's security (millionths). In a block whose requests
    are all in dollars, shares and cash both go by dollars requested, so that a full fill costs everyone what was
    asked; where requests in shares and in dollars meet, dollars count as the shares they come to at the average
    price. ``cancelled`` marks requests withdrawn after the block was executed: the others take up their part as far
    as they asked for more, the rest goes to ``ERROR_ACCOUNT``.

    Raises ``InvalidInput`` when a fill is not in whole steps or a block is filled beyond its requests.
    """
    n, requests = len(blocks), blocks.requests
    block = requests.block
    if (fills.shares % share_step[fills.block]).any():
        raise InvalidInput("a fill is not a whole number of the smallest part of a share")
    filled = group_sum(fills.shares, fills.block, n)
    cash = group_sum(market_values(fills.shares, fills.price), fills.block, n)
    by_dollars = group_sum(requests.in_shares.astype(np.int64), block, n) == 0
    requested = _requested_shares(requests, filled, cash, share_step)
    weight = np.where(by_dollars[block], requests.amount, requested)
    pool = np.where(by_dollars, cash, filled)
    _check_not_overfilled(blocks, weight, pool, np.where(by_dollars, 0, share_step))
    taken = pool
    if cancelled is not None:
        touched = group_sum(cancelled.astype(np.int64), block, n) > 0
        weight = np.where(cancelled, 0, weight)
        taken = np.where(touched, np.minimum(pool, group_sum(weight, block, n)), pool)
    kept = mul_div(filled // share_step, taken, np.maximum(pool, 1)) * share_step
    shares = _share_out(np.where(by_dollars, kept, taken), weight, requests, share_step, by_dollars)
    columns = (block, requests.sleeve, requested, shares, np.where(by_dollars[block], weight, shares))
    surplus = (filled - np.where(by_dollars, kept, taken), pool - taken)
    block, sleeve, requested, shares, cash_weight = _with_error_account(columns, *surplus)
    amount = allocate(cash, cash_weight, block, step=CENT, key=sleeve)
    return Allocation(block, sleeve, requested, shares, amount, filled, cash, _average(cash, filled))


def execute_in_full(blocks: Blocks, price: Column, share_step: Column, held: Column) -> Allocation:
    """Execute every request at one price per block (10^-8), as the paper custodian does.

    Requests in dollars get their dollars and the shares those come to, or neither when those are none; a sale is
    limited to ``held``, the shares of each request's sleeve at execution (used for sales alone), and an ``entire``
    one takes them all. Requests in shares get their shares, and the cash of them all, rounded once to the cent, is
    shared out by shares.
    """
    n, requests = len(blocks), blocks.requests
    selling = (blocks.side == TradeSide.SELL)[requests.block]
    paid, step = price[requests.block], share_step[requests.block]
    bought = in_steps(requests.amount, _DOLLARS_OVER_PRICE_IN_SHARES // step, paid, step)
    wanted = np.where(requests.in_shares, requests.shares, bought)
    wanted = np.where(requests.entire, held, wanted)
    shares = np.where(selling, np.minimum(wanted, held), wanted)
    in_dollars = ~requests.in_shares & (shares == bought) & (shares > 0)
    by_share = np.where(in_dollars, 0, shares)
    cash_by_share = market_values(group_sum(by_share, requests.block, n), price)
    amount = allocate(cash_by_share, by_share, requests.block, step=CENT, key=requests.sleeve)
    amount = np.where(in_dollars, requests.amount, amount)
    filled, cash = group_sum(shares, requests.block, n), group_sum(amount, requests.block, n)
    average = _average(cash, filled)
    return Allocation(requests.block, requests.sleeve, wanted, shares, amount, filled, cash, average)


def paper_price(price: Column, side: Column, slippage: int) -> Column:
    """Return the price (10^-8) at which the paper custodian deals: dearer to buy, cheaper to sell, by ``slippage``.

    ``slippage`` is a rate of 10^-12, zero by default in settings; rounded half-up.
    """
    one = 10**12
    return mul_div(price, np.where(side == TradeSide.BUY, one + slippage, one - slippage), one)


@dataclass(frozen=True, slots=True)
class Departure:
    """A considered departure from pro rata in one block: the shares (millionths) of the sleeves it names, and why."""

    block: int
    shares: Mapping[int, int]
    reason: str
    proposed_by: str
    approved_by: str


def depart(allocation: Allocation, departure: Departure) -> Allocation:
    """Return the allocation with a departure applied; the block's cash is shared out again by shares.

    Raises ``InvalidInput`` without a reason, for a sleeve that is not in the block, for more than was requested, or
    when the block's shares no longer sum to its fills; ``NotPermitted`` when proposer and approver are one person.
    """
    if not departure.reason.strip():
        raise InvalidInput("a departure from pro rata needs a reason")
    if not are_two_people(departure.proposed_by, departure.approved_by):
        raise NotPermitted("a departure from pro rata is approved by another person than the one who proposes it")
    rows = np.flatnonzero(allocation.block == departure.block)
    sleeve, count = (np.array(list(part), np.int64) for part in (departure.shares.keys(), departure.shares.values()))
    at = find_rows(allocation.sleeve[rows], sleeve)
    strangers = np.sort(sleeve[at < 0]).tolist()
    if strangers:
        raise InvalidInput(f"sleeves {strangers} have no part in this block")
    named = rows[at]
    wild = (count < 0) | (count > np.maximum(allocation.requested[named], allocation.shares[named]))
    if wild.any():
        raise InvalidInput(f"sleeve {int(sleeve[wild][0])} may get from nothing to what it requested")
    shares = allocation.shares.copy()
    shares[named] = count
    if int(shares[rows].sum()) != int(allocation.filled[departure.block]):
        raise InvalidInput("the shares of the block must still sum to its fills")
    amount = allocation.amount.copy()
    cash = int(allocation.cash[departure.block])
    amount[rows] = allocate(cash, shares[rows], step=CENT, key=allocation.sleeve[rows])
    return replace(allocation, shares=shares, amount=amount)


def _requested_shares(requests: Requests, filled: Column, cash: Column, share_step: Column) -> Column:
    """Requests in shares; those in dollars at the block's average price, or as estimated when nothing was filled."""
    rows = np.flatnonzero(~requests.in_shares & (cash > 0)[requests.block])
    wanted = requests.shares.copy()
    block = requests.block[rows]
    wanted[rows] = mul_div(requests.amount[rows], filled[block] // share_step[block], cash[block]) * share_step[block]
    return wanted


def _check_not_overfilled(blocks: Blocks, weight: Column, pool: Column, share_step: Column) -> None:
    """Requests in dollars that stand beside requests in shares may miss the mark by a step each."""
    requests = blocks.requests
    slack = group_sum((~requests.in_shares).astype(np.int64), requests.block, len(blocks)) * share_step
    over = np.flatnonzero(pool > group_sum(weight, requests.block, len(blocks)) + slack)
    if over.size:
        raise InvalidInput(f"security {int(blocks.security_id[over[0]])} was filled beyond what was ordered")


def _share_out(total: Column, weight: Column, requests: Requests, share_step: Column, by_dollars: Mask) -> Column:
    """Largest remainder in steps of a share, which differ by block. A full fill in shares gives all their request."""
    done = ~by_dollars & (total == group_sum(weight, requests.block, total.size))
    rows = np.flatnonzero(~done[requests.block])
    shares = weight.copy()
    block = requests.block[rows]
    counts = allocate(np.where(done, 0, total // share_step), weight[rows], block, key=requests.sleeve[rows])
    shares[rows] = counts * share_step[block]
    return shares


def _with_error_account(columns: tuple[Column, ...], shares: Column, cash_weight: Column) -> tuple[Column, ...]:
    """Add a line of the error account to every block with shares that nobody takes."""
    extra = np.flatnonzero(shares)
    if extra.size == 0:
        return columns
    at = np.searchsorted(columns[0], extra)
    nothing = np.zeros(extra.size, np.int64)
    values = (extra, nothing + ERROR_ACCOUNT, nothing, shares[extra], cash_weight[extra])
    return tuple(np.insert(column, at, value) for column, value in zip(columns, values, strict=True))


def _average(cash: Column, filled: Column) -> Column:
    return in_steps(cash, 10**6, np.maximum(filled, 1), 100, Rounding.HALF_UP)
