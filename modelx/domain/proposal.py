"""Proposed trades: what to buy and sell in each sleeve, why, and what was wanted but left undone.

A proposal foots: purchases less sales (after redemption fees) and the change of cash sum to zero in every sleeve, and
no security is both bought and sold in one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag

import numpy as np

from modelx.domain.book_codes import TradeSide
from modelx.domain.cash_ladder import PendingItems
from modelx.domain.effective_target import SECURITY_BITS
from modelx.domain.joins import find_rows
from modelx.domain.money import Column, group_sum
from modelx.domain.rebalance_line import Mask, RebalanceLines, weights_of


class TradeReason(IntEnum):
    """Why a trade is proposed."""

    NOT_IN_TARGETS = 1  # the whole position goes
    OVERWEIGHT = 2
    UNDERWEIGHT = 3
    RAISE_CASH = 4  # sold, the most overweight first, to bring cash back to its weight
    INVEST_CASH = 5  # bought, the most underweight first, with cash above its weight


class UndoneReason(IntEnum):
    """Why a line away from its target is not traded."""

    NO_SELL = 1  # an override forbids it
    HOLDING_PERIOD = 2  # a sale now would cost a redemption fee
    NO_BUY = 3  # an override forbids it
    CLOSED = 4  # the security cannot be bought
    BELOW_MINIMUM = 5
    UNDER_ONE_SHARE = 6
    NO_CASH = 7


class SleeveNote(IntFlag):
    """What a reader must know about a sleeve's proposal."""

    NO_NET_ASSETS = 1  # nothing can be traded
    NO_TARGETS = 2  # no version of the model is in force
    CASH_SHORT = 4  # restrictions leave too little cash: purchases were scaled in proportion to distance from target
    SHARE_ROUNDING = 8  # as CASH_SHORT, for no other reason than whole shares and minimum trades on the selling side
    RAISED_TOO_LITTLE = 16  # restrictions keep cash below its weight


@dataclass(frozen=True, slots=True)
class ProposedTrades:
    """Proposed trades, sorted by sleeve, then security. ``side`` is a ``TradeSide``, ``reason`` a ``TradeReason``.

    ``amount`` (millionths, whole cents) is an estimate at tonight's price for a trade ``in_shares`` and the order
    itself for one in dollars; the other way round for ``shares`` (millionths). ``entire`` marks the sale of a whole
    position, whatever it holds when it is executed. ``fee`` is the estimated redemption fee.
    """

    sleeve: Column
    security_id: Column
    side: Column
    shares: Column
    amount: Column
    in_shares: Mask
    entire: Mask
    fee: Column
    reason: Column

    def __len__(self) -> int:
        return self.sleeve.size


@dataclass(frozen=True, slots=True)
class Undone:
    """Trades that were wanted and are not proposed, sorted as trades. ``amount`` (millionths) is what was wanted."""

    sleeve: Column
    security_id: Column
    side: Column
    amount: Column
    reason: Column


@dataclass(frozen=True, slots=True)
class Proposal:
    """The trades of all sleeves, what was left undone, and by sleeve cash before and after, and ``SleeveNote``s.

    Cash is in millionths, and before the accrued fees are paid.
    """

    trades: ProposedTrades
    undone: Undone
    cash_before: Column
    cash_after: Column
    notes: Column


@dataclass(frozen=True, slots=True)
class WeightsBeforeAfter:
    """By line: weights of net assets before and after the trades at tonight's prices, half-up to six decimals."""

    before: Column
    after: Column


def weights_before_after(lines: RebalanceLines, trades: ProposedTrades) -> WeightsBeforeAfter:
    """Return the weights of every line before and after ``trades``; redemption fees reduce nothing but cash."""
    value = lines.value[lines.sleeve]
    key = (lines.sleeve << SECURITY_BITS) | lines.security_id
    at = find_rows(key, (trades.sleeve << SECURITY_BITS) | trades.security_id)
    after = lines.market_value.copy()
    after[at] += np.where(trades.side == TradeSide.BUY, trades.amount, -trades.amount)
    return WeightsBeforeAfter(weights_of(lines.market_value, value), weights_of(after, value))


def cash_change(trades: ProposedTrades, n_sleeves: int) -> Column:
    """Return what the trades do to each sleeve's cash (millionths): sales less redemption fees, less purchases."""
    return group_sum(_cash_effect(trades), trades.sleeve, n_sleeves)


def settlements_of(trades: ProposedTrades, settle_day: Column) -> PendingItems:
    """Return what the trades will do to cash, and when, for the ladder; ``settle_day`` is that of each trade.

    Give them to ``cash_ladder.project_cash`` with what is pending already: a redemption that settles before the sale
    that is to pay for it shows as a shortfall before anything is approved.
    """
    return PendingItems(trades.sleeve, settle_day, _cash_effect(trades))


def _cash_effect(trades: ProposedTrades) -> Column:
    return np.where(trades.side == TradeSide.BUY, -trades.amount, trades.amount - trades.fee)
