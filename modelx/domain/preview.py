"""What a change of a model or an override does to every plan, before anybody approves it.

By sleeve: whether it follows its model or deviates, weights before and after, what would trade (dollars), what it
would cost or save (yearly rate), and warnings on the row. Nothing is written; the numbers come from the rules that
trade. Source: ``design.md`` 3 and 4, ``spec/console_security_faults.md`` 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from modelx.domain.approval import Content, SealedPreview, digest, seal
from modelx.domain.book_codes import TradeSide
from modelx.domain.effective_target import CASH, SECURITY_BITS, EffectiveTargets, changed_sleeves, explain
from modelx.domain.model_portfolio import WEIGHT_ONE
from modelx.domain.money import Column, format_decimal, group_sum, mul_div
from modelx.domain.position import Positions, rows_of
from modelx.domain.proposal import Proposal, SleeveNote, UndoneReason
from modelx.domain.rebalance import propose
from modelx.domain.rebalance_line import Mask, SleeveFunds, TradingTerms, lines_of
from modelx.domain.rebalance_trigger import Mode

_SECURITY_MASK = (1 << SECURITY_BITS) - 1


@dataclass(frozen=True, slots=True)
class Market:
    """What the preview trades against: positions, terms with tonight's prices, and the sleeves' funds.

    ``expense_ratio`` is the yearly rate (10^-12) of each row of ``terms``.
    """

    positions: Positions
    terms: TradingTerms
    funds: SleeveFunds
    expense_ratio: Column
    day: int


@dataclass(frozen=True, slots=True)
class Names:
    """How sleeves and securities are called, by number."""

    sleeve: Mapping[int, str]
    security: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class ChangePreview:
    """One row per sleeve whose targets the change moves; the rest are counted in ``untouched``.

    ``deviates``: an override changes the weights after the change. Money in millionths: ``purchases``, ``sales``,
    ``cash_after``; ``turnover`` = the larger of purchases and sales. Rates of 10^-12 a year: ``cost_before`` and
    ``cost_after``, the expense ratios weighted by target. ``warnings`` holds the texts of each row;
    ``newly_dormant`` the ids of overrides that the change leaves with nothing to act on.
    """

    sleeve: Column
    deviates: Mask
    purchases: Column
    sales: Column
    turnover: Column
    cash_after: Column
    cost_before: Column
    cost_after: Column
    warnings: tuple[tuple[str, ...], ...]
    newly_dormant: Column
    untouched: int
    proposal: Proposal

    def cost_change_bp(self) -> list[str]:
        """The change of yearly cost in basis points, two decimals or more where they are needed to be exact."""
        return [format_decimal(int(change), 8, at_least=2) for change in self.cost_after - self.cost_before]


@dataclass(frozen=True, slots=True)
class WeightLine:
    """One security of one sleeve: target weight before and after (10^-12) and why it is what it is after."""

    security: int
    before: int
    after: int
    why: tuple[str, ...]


def preview_change(before: EffectiveTargets, after: EffectiveTargets, market: Market, names: Names) -> ChangePreview:
    """Return what moving every sleeve from ``before`` to ``after`` would do tonight, if all of them rebalanced."""
    n_sleeves = market.funds.cash.size
    touched = changed_sleeves(before, after)
    modes = np.where(touched, int(Mode.FULL), int(Mode.HOLD))
    lines = lines_of(market.positions, after, market.terms, market.funds, touched)
    proposal = propose(lines, after, market.terms, market.funds, modes, market.day)
    trades = proposal.trades
    buys = trades.side == TradeSide.BUY
    purchases = group_sum(trades.amount[buys], trades.sleeve[buys], n_sleeves)
    sales = group_sum(trades.amount[~buys], trades.sleeve[~buys], n_sleeves)
    rows = np.flatnonzero(touched)
    return ChangePreview(
        sleeve=rows,
        deviates=after.deviates[after.profile_of_sleeve][rows],
        purchases=purchases[rows],
        sales=sales[rows],
        turnover=np.maximum(purchases, sales)[rows],
        cash_after=proposal.cash_after[rows],
        cost_before=_cost(before, market)[rows],
        cost_after=_cost(after, market)[rows],
        warnings=_warnings(rows, before, after, proposal, names),
        newly_dormant=np.setdiff1d(after.dormant, before.dormant),
        untouched=n_sleeves - rows.size,
        proposal=proposal,
    )


def weight_lines(before: EffectiveTargets, after: EffectiveTargets, sleeve: int, names: Names) -> list[WeightLine]:
    """Return the weights of one sleeve before and after, cash included, by security, each with its why."""
    old, new = before.of_sleeve(sleeve), after.of_sleeve(sleeve)
    why = explain(after, sleeve, dict(names.security) | {CASH: "CASH"})
    securities = sorted(old.keys() | new.keys() | why.keys())
    left = ("no longer in the model",)
    return [WeightLine(s, old.get(s, 0), new.get(s, 0), tuple(why.get(s, left))) for s in securities]


def seal_change(
    change: str,
    preview: ChangePreview,
    after: EffectiveTargets,
    market: Market,
    names: Names,
    proposed_by: str,
    standing: Mapping[str, str],
) -> SealedPreview:
    """Return the preview sealed for approval: what it shows of the ``change``, and the inputs that may move.

    Inputs, by name: the price and expense ratio of each security held or targeted by a sleeve concerned; cash, fees
    and positions of each such sleeve; its targets with the overrides behind them; and what ``standing`` names, which
    the change takes the place of.
    """
    trades = preview.proposal.trades
    content: Content = {
        "change": change,
        "sleeve": preview.sleeve,
        "deviates": preview.deviates.astype(np.int64),
        "cost_before": preview.cost_before,
        "cost_after": preview.cost_after,
        "trade_sleeve": trades.sleeve,
        "trade_security": trades.security_id,
        "trade_side": trades.side,
        "trade_shares": trades.shares,
        "trade_amount": trades.amount,
        "warnings": repr(preview.warnings),
        "newly_dormant": preview.newly_dormant,
    }
    return seal(content, _inputs(preview.sleeve, after, market, names) | dict(standing), proposed_by)


def _cost(targets: EffectiveTargets, market: Market) -> Column:
    """By sleeve: the expense ratios weighted by target, each line half-up to 10^-12."""
    ratio = market.expense_ratio[rows_of(market.terms.security_id, targets.security, "terms of security")]
    n_profiles = targets.cash_weight.size
    profile = np.repeat(np.arange(n_profiles), np.diff(targets.first_row))
    return group_sum(mul_div(targets.weight, ratio, WEIGHT_ONE), profile, n_profiles)[targets.profile_of_sleeve]


def _warnings(
    rows: Column, before: EffectiveTargets, after: EffectiveTargets, proposal: Proposal, names: Names
) -> tuple[tuple[str, ...], ...]:
    texts: dict[int, list[str]] = {sleeve: [] for sleeve in rows.tolist()}
    for sleeve in np.flatnonzero(proposal.notes).tolist():
        texts[sleeve] += [note.name or "" for note in SleeveNote if int(proposal.notes[sleeve]) & note]
    undone = proposal.undone
    for row in range(undone.sleeve.size):
        security, why = int(undone.security_id[row]), UndoneReason(int(undone.reason[row])).name
        texts[int(undone.sleeve[row])].append(f"{names.security.get(security, str(security))}: {why}")
    for targets, text in ((after.over_committed, "OVER_COMMITTED"), (after.left_in_cash, "LEFT_IN_CASH")):
        for sleeve in rows[np.isin(after.profile_of_sleeve[rows], targets)].tolist():
            texts[sleeve].append(text)
    return tuple(tuple(sorted(texts[sleeve])) for sleeve in rows.tolist())


def _inputs(sleeves: Column, after: EffectiveTargets, market: Market, names: Names) -> dict[str, str]:
    """Every input that may move before the approval, by name."""
    positions, funds = market.positions, market.funds
    key, weight = after.rows_of_sleeves()
    start_held = np.searchsorted(positions.sleeve, np.append(sleeves, sleeves + 1)).reshape(2, -1)
    start_target = np.searchsorted(key >> SECURITY_BITS, np.append(sleeves, sleeves + 1)).reshape(2, -1)
    concerned: set[int] = set()
    found: dict[str, str] = {}
    for at, sleeve in enumerate(sleeves.tolist()):
        held = slice(int(start_held[0, at]), int(start_held[1, at]))
        target = slice(int(start_target[0, at]), int(start_target[1, at]))
        name = names.sleeve.get(sleeve, str(sleeve))
        securities, wanted = positions.security_id[held], key[target] & _SECURITY_MASK
        concerned.update(securities.tolist(), wanted.tolist())
        found[f"positions of {name}"] = digest({"security": securities, "shares": positions.shares[held]})[:16]
        found[f"targets of {name}"] = digest({"security": wanted, "weight": weight[target]})[:16]
        cash, accrued = int(funds.cash[sleeve]), int(funds.accrued[sleeve])
        found[f"cash of {name}"] = format_decimal(cash, 6, at_least=2)
        found[f"accrued fees of {name}"] = format_decimal(accrued, 6, at_least=2)
    return found | _security_inputs(sorted(concerned), market, names)


def _security_inputs(securities: Sequence[int], market: Market, names: Names) -> dict[str, str]:
    terms, found = market.terms, {}
    rows = rows_of(terms.security_id, np.array(securities, np.int64), "terms of security")
    for security, row in zip(securities, rows.tolist(), strict=True):
        ticker = names.security.get(security, str(security))
        found[f"price of {ticker}"] = format_decimal(int(terms.price[row]), 8, at_least=2)
        found[f"expense ratio of {ticker}"] = format_decimal(int(market.expense_ratio[row]), 12, at_least=4)
        found[f"open to purchases: {ticker}"] = "yes" if terms.can_buy[row] else "no"
    return found
