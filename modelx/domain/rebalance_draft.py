"""A rebalance under way: what has been decided about each line so far. Written by :mod:`modelx.domain.rebalance`."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from modelx.domain.book_codes import TradeSide
from modelx.domain.effective_target import SECURITY_BITS, EffectiveTargets
from modelx.domain.joins import find_rows
from modelx.domain.model_portfolio import WEIGHT_ONE
from modelx.domain.money import Column, Rounding, group_sum, mul_div
from modelx.domain.proposal import Proposal, ProposedTrades, SleeveNote, TradeReason, Undone, UndoneReason, cash_change
from modelx.domain.rebalance_line import Mask, RebalanceLines, SleeveFunds, TradingTerms
from modelx.domain.rebalance_trigger import Mode
from modelx.domain.valuation import market_values

_DOLLARS_OVER_PRICE_IN_SHARES = 10**8  # 10^-6 dollars over 10^-8 dollars a share, in millionths of a share


@dataclass(frozen=True, slots=True)
class Sized:
    """Shares and amounts (millionths) that dollars come to; ``whole`` marks whole-share securities."""

    shares: Column
    amount: Column
    whole: Mask


@dataclass(slots=True)
class Draft:
    """The inputs, and per line the trade decided on or why there is none; money and shares in millionths.

    ``mode`` is the ``Mode`` of each sleeve that can be traded. By sleeve: ``minimum`` trade, ``reserve`` for cash (not
    below nothing, though target values rounded up may sum past net assets by a cent or two), ``spare`` = cash less
    accrued fees and reserve, ``rounded_away`` = sales lost to whole shares and minimum trades, ``notes``.
    """

    lines: RebalanceLines
    targets: EffectiveTargets
    terms: TradingTerms
    funds: SleeveFunds
    mode: Column
    day: int
    minimum: Column = field(init=False)
    reserve: Column = field(init=False)
    spare: Column = field(init=False)
    rounded_away: Column = field(init=False)
    notes: Column = field(init=False)
    shares: Column = field(init=False)
    amount: Column = field(init=False)
    fee: Column = field(init=False)
    in_shares: Mask = field(init=False)
    entire: Mask = field(init=False)
    reason: Column = field(init=False)
    undone: Column = field(init=False)
    wanted: Column = field(init=False)

    def __post_init__(self) -> None:
        lines, funds = self.lines, self.funds
        poor, aimless = lines.value <= 0, ~self.targets.has_targets[self.targets.profile_of_sleeve]
        active = self.mode != Mode.HOLD
        self.notes = np.where(poor & active, int(SleeveNote.NO_NET_ASSETS), 0)
        self.notes |= np.where(aimless & active, int(SleeveNote.NO_TARGETS), 0)
        self.mode = np.where(poor | aimless, int(Mode.HOLD), self.mode)
        by_rate = mul_div(np.maximum(lines.value, 0), funds.min_trade_rate, WEIGHT_ONE)
        self.minimum = np.maximum(funds.min_trade, by_rate)
        self.reserve = np.maximum(lines.reserve, 0)
        self.spare = funds.cash - funds.accrued - self.reserve
        self.rounded_away = np.zeros(lines.value.size, np.int64)
        self.shares, self.amount, self.fee, self.reason, self.undone, self.wanted = np.zeros((6, len(lines)), np.int64)
        self.in_shares, self.entire = np.zeros((2, len(lines)), np.bool_)

    def barred(self, keys: Column, rows: Column) -> Mask:
        """Which rows are among the (sleeve, security) keys of overrides that forbid the trade."""
        if keys.size == 0:
            return np.zeros(rows.size, np.bool_)
        return find_rows(keys, (self.lines.sleeve[rows] << SECURITY_BITS) | self.lines.security_id[rows]) >= 0

    def below_minimum(self, rows: Column, dollars: Column) -> Mask:
        """Which trades of so many dollars are too small to propose."""
        return np.asarray(dollars < self.minimum[self.lines.sleeve[rows]])

    def sized(self, rows: Column, dollars: Column) -> Sized:
        """What ``dollars`` come to: whole shares (floor) and their value, or the dollars and their estimated shares."""
        term = self.lines.term[rows]
        price, whole = self.terms.price[term], self.terms.whole_shares[term]
        step = self.terms.share_step(np.arange(self.terms.price.size))
        per_dollar = (_DOLLARS_OVER_PRICE_IN_SHARES // step)[term]
        parts = mul_div(dollars, per_dollar, price)
        if whole.any():
            parts = np.where(whole, mul_div(dollars, per_dollar, price, Rounding.FLOOR), parts)
        shares = parts * step[term]
        return Sized(shares, np.where(whole, market_values(shares, price), dollars), whole)

    def order(self, rows: Column, sized: Sized, reason: int | Column) -> None:
        """Decide on these trades; those of no share at all are left."""
        some = sized.shares > 0
        chosen = rows[some]
        self.shares[chosen], self.amount[chosen] = sized.shares[some], sized.amount[some]
        self.in_shares[chosen] = sized.whole[some]
        self.reason[rows] = reason
        self.undone[rows[~some]] = int(UndoneReason.UNDER_ONE_SHARE)

    def order_entire(self, rows: Column, reason: int | Column) -> None:
        """Decide to sell the whole position, to the last part of a share."""
        self.shares[rows], self.amount[rows] = self.lines.shares[rows], self.lines.market_value[rows]
        self.in_shares[rows], self.entire[rows] = True, True
        self.reason[rows] = reason

    def by_sleeve(self, rows: Column, amounts: Column) -> Column:
        """The sums of ``amounts``, one per row given, for every sleeve."""
        return group_sum(amounts, self.lines.sleeve[rows], self.spare.size)

    def proposal(self) -> Proposal:
        """The trades in order, what was left undone, and what the reader must know."""
        lines = self.lines
        row, left = np.flatnonzero(self.shares), np.flatnonzero(self.undone)
        buys = (self.reason[row] == TradeReason.UNDERWEIGHT) | (self.reason[row] == TradeReason.INVEST_CASH)
        trades = ProposedTrades(
            sleeve=lines.sleeve[row],
            security_id=lines.security_id[row],
            side=np.where(buys, int(TradeSide.BUY), int(TradeSide.SELL)),
            shares=self.shares[row],
            amount=self.amount[row],
            in_shares=self.in_shares[row],
            entire=self.entire[row],
            fee=self.fee[row],
            reason=self.reason[row],
        )
        wants_more = lines.target_value[left] > lines.market_value[left]
        undone = Undone(
            sleeve=lines.sleeve[left],
            security_id=lines.security_id[left],
            side=np.where(wants_more, int(TradeSide.BUY), int(TradeSide.SELL)),
            amount=self.wanted[left],
            reason=self.undone[left],
        )
        after = self.funds.cash + cash_change(trades, self.funds.cash.size)
        too_little = after - self.funds.accrued < self.reserve - self.rounded_away
        too_little &= self.mode != Mode.HOLD
        notes = self.notes | np.where(too_little, int(SleeveNote.RAISED_TOO_LITTLE), 0)
        return Proposal(trades, undone, self.funds.cash, after, notes)
