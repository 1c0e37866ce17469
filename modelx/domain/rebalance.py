"""The rebalance of ``spec/unitization.md`` 9, over all sleeves at once (vectors V10 and V20).

In full: sell what has no target, sell what is overweight down to target, buy what is underweight up to target.
Purchases may use cash and the proceeds that settle no later than they do, less accrued fees and the cash reserve; when
that is too little they are scaled in proportion to their distance from target. With cash flow: cash above its weight
buys the most underweight first, cash below it sells the most overweight first; nothing else trades.

Funds trade in dollars, whole positions and whole-share securities in shares (floor). A trade below the minimum is
not proposed, the sale of a whole position excepted.
"""

from __future__ import annotations

import numpy as np

from modelx.domain.amount import CENT, to_cents
from modelx.domain.effective_target import EffectiveTargets
from modelx.domain.joins import is_first
from modelx.domain.model_portfolio import WEIGHT_ONE
from modelx.domain.money import Column, Rounding, mul_div, round_to
from modelx.domain.proposal import Proposal, SleeveNote, TradeReason, UndoneReason
from modelx.domain.rebalance_draft import Draft, Sized
from modelx.domain.rebalance_line import Mask, RebalanceLines, SleeveFunds, TradingTerms
from modelx.domain.rebalance_trigger import Mode

_FEE_RATE_IN_CENTS = WEIGHT_ONE * CENT


def propose(
    lines: RebalanceLines,
    targets: EffectiveTargets,
    terms: TradingTerms,
    funds: SleeveFunds,
    modes: Column,
    day: int,
) -> Proposal:
    """Return the trades of every sleeve under its ``Mode``; ``lines`` are those of ``lines_of``.

    Nothing depends on the order of plans or on when an override was created; of equal distances the lower security id
    comes first. Raises ``OutOfRange`` past the limits of exact arithmetic.
    """
    draft = Draft(lines, targets, terms, funds, modes, day)
    _sell(draft)
    _buy(draft)
    return draft.proposal()


def _sell(draft: Draft) -> None:
    """Sell what is out of the targets or overweight; with cash flow, only as much as cash is short of."""
    lines = draft.lines
    full = (draft.mode == Mode.FULL)[lines.sleeve]
    raising = ((draft.mode == Mode.CASH_FLOW) & (draft.spare < 0))[lines.sleeve]
    overweight = lines.market_value > lines.target_value
    leaving = (lines.weight == 0) & (lines.shares > 0)
    rows = np.flatnonzero((full & (overweight | leaving)) | (raising & overweight))
    draft.wanted[rows] = lines.market_value[rows] - lines.target_value[rows]
    rows, in_window = _free_to_sell(draft, rows)
    flow = raising[rows]
    if flow.any():
        short = -round_to(draft.spare, CENT, Rounding.FLOOR)
        draft.wanted[rows[flow]] = _most_distant_first(draft, rows[flow], short)
    dollars = draft.wanted[rows]
    entire = leaving[rows] & (dollars == lines.market_value[rows])
    partial = ~entire & (dollars > 0)
    reason = np.where(entire, int(TradeReason.NOT_IN_TARGETS), int(TradeReason.OVERWEIGHT))
    reason[flow] = int(TradeReason.RAISE_CASH)
    draft.order_entire(rows[entire], reason[entire])
    small = draft.below_minimum(rows, dollars) & partial
    draft.undone[rows[small]] = int(UndoneReason.BELOW_MINIMUM)
    partial &= ~small
    sized = draft.sized(rows[partial], dollars[partial])
    held = lines.shares[rows[partial]]
    draft.order(rows[partial], Sized(np.minimum(sized.shares, held), sized.amount, sized.whole), reason[partial])
    _charge_redemption_fees(draft, rows[in_window])
    draft.rounded_away += draft.by_sleeve(rows, dollars - draft.amount[rows])


def _free_to_sell(draft: Draft, rows: Column) -> tuple[Column, Mask]:
    """The rows that may be sold, and which of them lie within a holding period; the others are noted."""
    lines, terms = draft.lines, draft.terms
    barred = draft.barred(draft.targets.no_sell, rows)
    in_window = np.zeros(rows.size, np.bool_)
    if terms.holding_days.any():
        in_window = draft.day - lines.last_buy[rows] < terms.holding_days[lines.term[rows]]
    waiting = in_window & ~barred & ~draft.funds.pays_redemption_fees[lines.sleeve[rows]]
    draft.undone[rows[barred]] = int(UndoneReason.NO_SELL)
    draft.undone[rows[waiting]] = int(UndoneReason.HOLDING_PERIOD)
    free = ~(barred | waiting)
    return rows[free], in_window[free]


def _charge_redemption_fees(draft: Draft, rows: Column) -> None:
    rate = draft.terms.redemption_fee[draft.lines.term[rows]]
    draft.fee[rows] = to_cents(draft.amount[rows], rate, _FEE_RATE_IN_CENTS)


def _buy(draft: Draft) -> None:
    """Buy what is underweight, as far as the cash goes."""
    lines = draft.lines
    investing_sleeves = (draft.mode == Mode.CASH_FLOW) & (draft.spare > 0)
    investing = investing_sleeves[lines.sleeve]
    buying = ((draft.mode == Mode.FULL) | investing_sleeves)[lines.sleeve]
    rows = np.flatnonzero(buying & (lines.target_value > lines.market_value))
    draft.wanted[rows] = lines.target_value[rows] - lines.market_value[rows]
    rows = _free_to_buy(draft, rows)
    flow = investing[rows]
    if flow.any():
        spare = round_to(draft.spare, CENT, Rounding.FLOOR)
        draft.wanted[rows[flow]] = _most_distant_first(draft, rows[flow], spare)
    dollars = draft.wanted[rows]
    small = draft.below_minimum(rows, dollars)
    draft.undone[rows[small & (dollars > 0)]] = int(UndoneReason.BELOW_MINIMUM)
    rows, dollars, flow = rows[~small], dollars[~small], flow[~small]
    sized = draft.sized(rows, dollars)
    reason = np.where(flow, int(TradeReason.INVEST_CASH), int(TradeReason.UNDERWEIGHT))
    draft.order(rows, sized, reason)
    _scale_to_cash(draft, rows[~flow], dollars[~flow])


def _free_to_buy(draft: Draft, rows: Column) -> Column:
    """The rows that may be bought; the others are noted."""
    barred = draft.barred(draft.targets.no_buy, rows)
    closed = ~draft.terms.can_buy[draft.lines.term[rows]] & ~barred
    draft.undone[rows[barred]] = int(UndoneReason.NO_BUY)
    draft.undone[rows[closed]] = int(UndoneReason.CLOSED)
    return rows[~(barred | closed)]


def _scale_to_cash(draft: Draft, rows: Column, dollars: Column) -> None:
    """Where purchases exceed the cash at hand, order them again in proportion to their distance from target."""
    lines = draft.lines
    available = draft.spare + _timely_proceeds(draft, rows)
    purchases = draft.by_sleeve(rows, draft.amount[rows])
    excess = purchases - available
    short = (excess > 0) & (purchases > 0)
    beyond_cents = short & (excess > draft.reserve - lines.reserve)
    by_rounding = excess <= draft.rounded_away
    draft.notes |= np.where(beyond_cents & by_rounding, int(SleeveNote.SHARE_ROUNDING), 0)
    draft.notes |= np.where(beyond_cents & ~by_rounding, int(SleeveNote.CASH_SHORT), 0)
    again = short[lines.sleeve[rows]]
    rows, dollars = rows[again], dollars[again]
    sleeve = lines.sleeve[rows]
    distance = draft.by_sleeve(rows, dollars)
    cash = np.maximum(round_to(available, CENT, Rounding.FLOOR), 0)
    granted = mul_div(dollars // CENT, cash[sleeve], np.maximum(distance[sleeve], 1), Rounding.FLOOR) * CENT
    draft.shares[rows], draft.amount[rows] = 0, 0
    small = draft.below_minimum(rows, granted) | (granted == 0)
    draft.undone[rows[small]] = np.where(
        granted[small] == 0, int(UndoneReason.NO_CASH), int(UndoneReason.BELOW_MINIMUM)
    )
    draft.order(rows[~small], draft.sized(rows[~small], granted[~small]), int(TradeReason.UNDERWEIGHT))


def _timely_proceeds(draft: Draft, buys: Column) -> Column:
    """By sleeve: what its sales bring, after redemption fees, by the day its first purchase settles."""
    lines, lag = draft.lines, draft.terms.settle_lag
    sells = np.flatnonzero((draft.shares > 0) & (lines.market_value > lines.target_value))
    proceeds = draft.amount[sells] - draft.fee[sells]
    if (lag != lag[:1]).any():
        first = np.full(draft.spare.size, int(lag.max()))
        np.minimum.at(first, lines.sleeve[buys], lag[lines.term[buys]])
        in_time = lag[lines.term[sells]] <= first[lines.sleeve[sells]]
        sells, proceeds = sells[in_time], proceeds[in_time]
    return draft.by_sleeve(sells, proceeds)


def _most_distant_first(draft: Draft, rows: Column, budget: Column) -> Column:
    """Share each sleeve's ``budget`` among its rows, the one farthest from target filled first (then the lower id)."""
    lines, wanted = draft.lines, draft.wanted[rows]
    order = np.lexsort((lines.security_id[rows], -wanted, lines.sleeve[rows]))
    ordered, sleeve = wanted[order], lines.sleeve[rows][order]
    before = np.cumsum(ordered) - ordered  # may wrap around; the difference within a sleeve is right all the same
    first = is_first(sleeve)
    before -= before[first][np.cumsum(first) - 1]
    given = np.empty(rows.size, np.int64)
    given[order] = np.clip(budget[sleeve] - before, 0, ordered)
    return given
