"""Plans that join or leave in kind, at the unit value just published; and income that comes after a plan has left.

Source: ``spec/unitization.md`` 7 (a plan converts in kind: units = market value / unit value, 10 at genesis) and 13.22
(a plan leaves: units to zero, dust cleared, later income owed to it). What comes in is booked at its market value;
what goes out takes its average cost along, and the difference to market value is realized. The rest of a plan that
leaves is paid in cash: at the next settlement, except for what the sleeve is itself still waiting for, which is paid
on as it comes.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from modelx.domain.amount import in_steps, to_cents
from modelx.domain.book_codes import InKindKind
from modelx.domain.errors import InvalidInput
from modelx.domain.joins import find_rows, is_first, pair_rows
from modelx.domain.money import Column, group_sum
from modelx.domain.order_pricing import UNIT_TICK, Published, dust_cleared
from modelx.domain.position import Positions, Prices, SecurityTerms, position_key, price_of
from modelx.domain.trade import cost_relief
from modelx.domain.valuation import market_values

WHOLE_SHARE = 10**6
_TICKS_IN_UNIT = 10**4
_UNITS_TIMES_VALUE_IN_CENTS = 10**10  # 10^-6 units times 10^-6 dollars, in hundredths


class Refusal(IntEnum):
    """Why a transfer is not booked."""

    NONE = 0
    CLOSED = 1
    NOTHING = 2
    SHARES = 3
    UNITS = 4
    CASH = 5
    SECOND = 6
    NOT_LEFT = 7
    PARTS = 8

    @property
    def words(self) -> str:
        """The reason, for a person."""
        return _WORDS[self]


_WORDS = {
    Refusal.NONE: "",
    Refusal.CLOSED: "the sleeve has ended and takes nothing in",
    Refusal.NOTHING: "it comes to no money",
    Refusal.SHARES: "it would take out more shares than are held",
    Refusal.UNITS: "it would take out more units than are held",
    Refusal.CASH: "what the sleeve owes is more than its cash and what is due to it: sell something first",
    Refusal.SECOND: "another transfer of the sleeve that night stands before it",
    Refusal.PARTS: "a security comes in smaller parts of a share than it is held in",
    Refusal.NOT_LEFT: "units are out: income of a plan that has not left belongs to its unit value",
}


@dataclass(frozen=True, slots=True)
class InKind:
    """Tonight's transfers in the order of their references: the sleeve's row, an ``InKindKind``, whether that sleeve
    has ended.
    """

    sleeve: Column
    kind: Column
    ended: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class InKindLines:
    """The lines of the transfers, in their order: securities by shares, cash (security 0) and late income by amount.

    ``transfer`` is the row of the transfer; shares and amounts are millionths, zero where the other one counts.
    """

    transfer: Column
    security_id: Column
    shares: Column
    amount: Column


@dataclass(frozen=True, slots=True)
class PricedInKind:
    """What becomes of each transfer, then of each line booked. Millionths.

    Per transfer: ``reason`` (a ``Refusal``), ``units`` issued or redeemed, the ``amount`` they stand for (both zero
    or above), of which ``cash`` is no security; ``dust`` left when the last units went, as in ``PricedOrders``.
    Per line (refused transfers have none): ``line_value`` at tonight's price, and the ``line_cost`` that comes or goes.
    ``capital`` is per sleeve: in less out, less dust.
    """

    reason: Column
    units: Column
    amount: Column
    cash: Column
    dust: Column
    line_transfer: Column
    line_security_id: Column
    line_shares: Column
    line_value: Column
    line_cost: Column
    capital: Column


@dataclass(frozen=True, slots=True)
class Payments:
    """Cash to be paid for a plan that has left: for a transfer, on a day, an amount above zero (millionths)."""

    transfer: Column
    day: Column
    amount: Column


def price_in_kind(
    transfers: InKind,
    lines: InKindLines,
    positions: Positions,
    published: Published,
    prices: Prices,
    terms: SecurityTerms,
) -> PricedInKind:
    """Price tonight's transfers at the published unit values; ``positions`` are those just valued.

    Units are the value / unit value, half-up to four decimals; what leaves whole (OUT_ALL) is all units at the unit
    value, half-up to the cent, of which the positions' values are in kind and the rest in cash. A line that takes part
    of a position takes cost * shares / held, half-up to the cent. A sleeve takes in any number of transfers a night;
    it gives out one, the first, and leaves whole only when nothing else comes or goes. Refusals: SECOND before the
    others, which go as listed up to CASH. Raises ``InvalidInput`` for a unit value of zero or less.
    """
    value = published.unit_value[transfers.sleeve]
    if (value <= 0).any():
        raise InvalidInput("a unit value of zero or less cannot price a transfer")
    n, n_sleeves = len(transfers.sleeve), len(published.unit_value)
    joins, parts, leaves, late = (transfers.kind == kind for kind in InKindKind)
    lines = _with_everything(transfers, lines, positions, leaves)
    cash_lines = (lines.security_id == 0) | late[lines.transfer]
    line_value = np.where(cash_lines, lines.amount, 0)
    in_kind = np.flatnonzero(~cash_lines)
    line_value[in_kind] = market_values(lines.shares[in_kind], price_of(prices, lines.security_id[in_kind]))
    total = group_sum(line_value, lines.transfer, n)
    units = in_steps(np.where(joins | parts, total, 0), _TICKS_IN_UNIT, value, UNIT_TICK)
    units = np.where(leaves, published.units[transfers.sleeve], units)
    amount = np.where(leaves, to_cents(np.where(leaves, units, 0), value, _UNITS_TIMES_VALUE_IN_CENTS), total)
    cash = np.where(leaves, amount - total, group_sum(np.where(cash_lines, line_value, 0), lines.transfer, n))
    going = _lines_held(transfers, lines, positions, in_kind[~joins[lines.transfer[in_kind]]])
    reason = np.zeros(n, np.int64)
    available = published.units[transfers.sleeve]
    for refusal, refused in (  # the last one that applies stands
        (Refusal.NOT_LEFT, late & (available > 0)),
        (Refusal.PARTS, joins & np.isin(np.arange(n), _in_parts(lines, in_kind, terms))),
        (Refusal.CASH, leaves & (cash < 0)),
        (Refusal.UNITS, (parts & (units > available)) | (leaves & (available == 0))),
        (Refusal.SHARES, np.isin(np.arange(n), lines.transfer[going.short])),
        (Refusal.NOTHING, (amount <= 0) & ~leaves),
        (Refusal.CLOSED, joins & transfers.ended),
        (Refusal.SECOND, _come_second(transfers, joins, parts, leaves)),
    ):
        reason[refused] = refusal
    booked = reason == Refusal.NONE
    line_cost = np.where(cash_lines, 0, line_value)
    line_cost[going.line] = cost_relief(going.cost, lines.shares[going.line], going.shares)
    sign = np.where(joins, 1, np.where(late, 0, -1)) * booked
    capital = group_sum(sign * amount, transfers.sleeve, n_sleeves)
    units_after = published.units + group_sum(sign * units, transfers.sleeve, n_sleeves)
    last = booked & (parts | leaves) & (units_after[transfers.sleeve] == 0)
    left = np.where(last, (published.net_assets + capital)[transfers.sleeve], 0)
    dust = np.where(last, dust_cleared(left, units, published.payable[transfers.sleeve]), 0)
    kept = np.flatnonzero(booked[lines.transfer])
    return PricedInKind(
        reason=reason,
        units=np.where(booked, units, 0),
        amount=np.where(booked, amount, 0),
        cash=np.where(booked, cash, 0),
        dust=dust,
        line_transfer=lines.transfer[kept],
        line_security_id=lines.security_id[kept],
        line_shares=np.where(cash_lines, 0, lines.shares)[kept],
        line_value=line_value[kept],
        line_cost=line_cost[kept],
        capital=capital - group_sum(dust, transfers.sleeve, n_sleeves),
    )


def pay_as_it_comes(cash: Column, settles_on: int, transfer: Column, day: Column, inflow: Column) -> Payments:
    """Spread the cash owed to plans that leave over the days on which the sleeves have it.

    ``cash`` is per transfer. ``transfer``, ``day`` and ``inflow`` are what a sleeve still waits for after
    ``settles_on``. Each inflow is paid on when it comes, the last one first, up to what is owed in all; the rest is
    paid on ``settles_on``. So what comes early covers what the sleeve owes to others.
    """
    order = np.lexsort((-day, transfer))
    transfer, day, inflow = transfer[order], day[order], inflow[order]
    before = np.cumsum(inflow) - inflow
    starts = np.flatnonzero(is_first(transfer))
    before -= np.repeat(before[starts], np.diff(np.append(starts, transfer.size)))
    paid = np.clip(cash[transfer] - before, 0, inflow)
    first = cash - group_sum(paid, transfer, len(cash))
    every = (
        np.concatenate([np.arange(len(cash)), transfer]),
        np.concatenate([np.full(len(cash), settles_on), day]),
        np.concatenate([first, paid]),
    )
    kept = np.lexsort((every[1], every[0]))
    kept = kept[every[2][kept] > 0]
    return Payments(every[0][kept], every[1][kept], every[2][kept])


def _in_parts(lines: InKindLines, in_kind: Column, terms: SecurityTerms) -> Column:
    """The transfers with a line of shares that are no multiple of the smallest part the security is held in."""
    security_id = lines.security_id[in_kind]
    step = np.where(terms.are_whole(security_id), WHOLE_SHARE, terms.share_step(security_id))
    parted: Column = lines.transfer[in_kind[lines.shares[in_kind] % step != 0]]
    return parted


@dataclass(frozen=True, slots=True)
class _Going:
    """Lines that take shares out: the line, the position's shares and cost, and the lines that find too few."""

    line: Column
    shares: Column
    cost: Column
    short: Column


def _lines_held(transfers: InKind, lines: InKindLines, positions: Positions, going: Column) -> _Going:
    held = find_rows(
        position_key(positions.sleeve, positions.security_id),
        position_key(transfers.sleeve[lines.transfer[going]], lines.security_id[going]),
    )
    there = held >= 0
    shares, cost = (np.zeros(going.size, np.int64) for _ in range(2))
    shares[there], cost[there] = positions.shares[held[there]], positions.cost[held[there]]
    enough = lines.shares[going] <= shares
    return _Going(going[enough], shares[enough], cost[enough], going[~enough])


def _with_everything(
    transfers: InKind, lines: InKindLines, positions: Positions, leaves: npt.NDArray[np.bool_]
) -> InKindLines:
    """The lines with those of plans that leave whole made from what their sleeves hold."""
    named = np.flatnonzero(~leaves[lines.transfer])
    whole = np.flatnonzero(leaves)
    at, of = pair_rows(transfers.sleeve[whole], positions.sleeve)
    transfer = np.concatenate([lines.transfer[named], whole[at]])
    order = np.argsort(transfer, kind="stable")
    return InKindLines(
        transfer[order],
        np.concatenate([lines.security_id[named], positions.security_id[of]])[order],
        np.concatenate([lines.shares[named], positions.shares[of]])[order],
        np.concatenate([lines.amount[named], np.zeros(of.size, np.int64)])[order],
    )


def _come_second(
    transfers: InKind, joins: npt.NDArray[np.bool_], parts: npt.NDArray[np.bool_], leaves: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """Transfers out behind another one out of the sleeve, and whole exits of a sleeve that takes something in."""
    out = np.flatnonzero(parts | leaves)
    order = out[np.argsort(transfers.sleeve[out], kind="stable")]
    second = np.zeros(len(transfers.sleeve), np.bool_)
    second[order] = ~is_first(transfers.sleeve[order])
    return second | (leaves & np.isin(transfers.sleeve, transfers.sleeve[joins]))
