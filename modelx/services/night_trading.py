"""What the night proposes to trade: triggers, targets, proposals (spec 5 step 13 and 9; ``design.md`` 3).

Proposals are sized at tonight's prices and are executed on the next session: see
:mod:`modelx.services.night_execution`. A trigger that no trade has answered (a proposal nobody approved, a sleeve that
was held, a sale in its holding period) stays due, and the sleeve is proposed again at the next prices.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from modelx.domain.book import MISSING
from modelx.domain.book_codes import RebalancePolicy, TradeDecisionKind
from modelx.domain.cash_ladder import PendingItems
from modelx.domain.effective_target import EffectiveTargets, changed_sleeves
from modelx.domain.joins import find_rows
from modelx.domain.model_portfolio import WEIGHT_ONE
from modelx.domain.money import Column, Rounding, mul_div
from modelx.domain.position import Positions
from modelx.domain.proposal import Proposal, UndoneReason, settlements_of
from modelx.domain.rebalance_line import NEVER, SleeveFunds, TradingTerms, lines_of
from modelx.domain.rebalance_sweep import propose_all
from modelx.domain.rebalance_trigger import (
    BAND_DEFAULT,
    NOT_GIVEN,
    Mode,
    RebalanceTerms,
    Trigger,
    allowed,
    calendar_due,
    cash_triggers,
    modes,
    out_of_band,
)
from modelx.ledger.account import PAYABLES, RECEIVABLES, Chart
from modelx.services.holding_periods import last_buys
from modelx.services.night import Feeds, Findings, Night
from modelx.services.night_effects import Columns, Effects
from modelx.services.sleeve_targets import FollowedModels, SleeveTargets, sleeve_targets
from modelx.store import override_records, price_records, rebalance_records, sleeve_records
from modelx.store.security_records import SecurityFacts

_LASTING = int(Trigger.CALENDAR | Trigger.MODEL | Trigger.OVERRIDE | Trigger.REQUEST)  # the others are seen again


@dataclass(frozen=True, slots=True)
class _Desk:
    """The sleeves that may trade: their places among tonight's, terms, positions (by row here) and money."""

    place: Column
    terms: sleeve_records.SleeveTerms
    positions: Positions
    funds: SleeveFunds
    value: Column
    requested: Column  # rows here that somebody asked to have rebalanced, tonight or before and not answered yet

    def __len__(self) -> int:
        return self.place.size


def propose_trades(night: Night, feeds: Feeds) -> Effects:
    """Propose, for every sleeve whose policy, model, overrides or cash call for it, what to trade next session."""
    desk = _desk(night, feeds)
    night.work.cash_floor = np.zeros(night.sleeve.size, np.int64)
    least = mul_div(np.maximum(desk.value, 0), _or(desk.terms.buffer_min, 0), WEIGHT_ONE, Rounding.FLOOR)
    night.work.cash_floor[desk.place] = least
    if len(desk) == 0:
        return Effects()
    findings = Findings(night.policy)
    followed = FollowedModels(desk.terms.plan_id, desk.terms.model_id, _or(desk.terms.cash_buffer, 0))
    targets = sleeve_targets(feeds.connection, followed, night.on, night.cycle.load_horizon)
    feeds.seen("targets", {"row_id": targets.row_id})
    terms, unpriced = _trading_terms(night, feeds, desk, targets.targets)
    blind = night.sleeve[desk.place[unpriced]]
    detail = ["a target has no price tonight: its trades are proposed when it has one"] * len(blind)
    findings.add_rows("C-NOPRICE", detail, blind, np.zeros_like(blind))
    circular = _circular(night, feeds, desk, targets, findings)
    found = _triggers(night, feeds, desk, targets, terms, unpriced)
    due = allowed(desk.terms.rebalance, found)
    how = np.where(unpriced | circular, int(Mode.HOLD), modes(due))
    last_buy = last_buys(night, feeds, desk.positions, desk.place, terms)
    proposal = propose_all(desk.positions, targets.targets, terms, desk.funds, how, night.on, last_buy=last_buy)
    lag = terms.settle_lag[find_rows(terms.security_id, proposal.trades.security_id)]
    session = np.full(lag.size, night.calendar.next_session(night.on))
    to_come = settlements_of(proposal.trades, night.calendar.settle_columns(session, lag))
    night.work.proposed_cash = PendingItems(desk.place[to_come.sleeve], to_come.day, to_come.amount)
    trading = np.bincount(proposal.trades.sleeve, minlength=len(desk)) > 0
    waiting = night.of_tonight("rebalance_due")
    undone = proposal.undone
    later = np.isin(np.arange(len(desk)), undone.sleeve[undone.reason == UndoneReason.HOLDING_PERIOD])
    waiting[desk.place] = np.where(trading | unpriced | circular | later, due & _LASTING, 0)
    return Effects(
        findings=findings.columns(),
        proposals=_written(night, desk, proposal, due, how),
        sleeves=night.sleeves_with(rebalance_due=waiting),
    )


def _desk(night: Night, feeds: Feeds) -> _Desk:
    """Tonight's sleeves with a policy or a request, by sleeve id."""
    connection, horizon = feeds.connection, night.cycle.load_horizon
    unanswered = np.flatnonzero(night.of_tonight("rebalance_due") & int(Trigger.REQUEST))
    requests = np.union1d(_requested(night, feeds), unanswered)
    terms = sleeve_records.rebalancing(connection, horizon, night.sleeve[requests])
    place, tonight = night.places(terms.sleeve_id)
    asked = np.isin(place, requests)
    trades = (terms.rebalance != RebalancePolicy.NONE) | asked
    rows = np.flatnonzero(tonight & trades & (terms.end_day >= night.on))
    terms = sleeve_records.SleeveTerms(*(getattr(terms, name)[rows] for name in terms.__dataclass_fields__))
    place = place[rows]
    feeds.seen("rebalancing", {"row_id": terms.row_id})
    row_of = np.full(len(night.sleeve), -1)
    row_of[place] = np.arange(place.size)
    every = night.positions()
    held = every.where(row_of[every.sleeve] >= 0)
    positions = Positions(row_of[held.sleeve], held.security_id, held.shares, held.cost)
    balances, owners = night.state.balances, night.sleeve[place]
    settled = balances.by_owner(owners, Chart.CASH)
    coming = sum((balances.by_owner(owners, chart) for chart in (*RECEIVABLES, *PAYABLES)), np.zeros_like(settled))
    funds = SleeveFunds(
        cash=settled + coming,
        accrued=-balances.total_by_owner(owners, Chart.FEES_PAYABLE),
        min_trade=_or(terms.min_trade, 0),
        min_trade_rate=np.zeros(place.size, np.int64),
        pays_redemption_fees=np.zeros(place.size, np.bool_),
    )
    value = night.of_tonight("net_assets")[place]
    return _Desk(place, terms, positions, funds, value, np.flatnonzero(asked[rows]))


def _requested(night: Night, feeds: Feeds) -> Column:
    """The places of the sleeves that somebody asked to have rebalanced tonight."""
    decisions = rebalance_records.decisions_on(feeds.connection, night.on, night.cycle.load_horizon)
    rows = decisions.of(TradeDecisionKind.REQUEST)
    feeds.seen("requests", {"row_id": decisions.row_id[rows]})
    plan, model = night.of_tonight("plan_id"), night.of_tonight("model_id")
    wanted = (decisions.plan_id[rows] << 32) | decisions.model_id[rows]
    return np.flatnonzero(np.isin((plan << 32) | model, wanted))


def _trading_terms(
    night: Night, feeds: Feeds, desk: _Desk, targets: EffectiveTargets
) -> tuple[TradingTerms, np.ndarray[tuple[int, ...], np.dtype[np.bool_]]]:
    """How everything held or targeted trades tonight, and which sleeves target something that has no price."""
    facts = night.work.facts
    assert facts is not None
    held = night.work.prices
    tonight = price_records.prices_on(feeds.connection, night.on, night.cycle.load_horizon)
    needed = np.union1d(desk.positions.security_id, targets.security)
    price = _at(tonight.price, find_rows(tonight.security_id, needed))
    checked = find_rows(held.security_id, needed)
    price = np.where(checked >= 0, _at(held.price, checked), price)
    feeds.seen("trading_prices", {"security": needed, "price": price})
    terms = terms_of(facts, needed, price)
    without = ((price <= 0) & terms.can_buy)[find_rows(needed, targets.security)]
    profile = np.repeat(np.arange(targets.cash_weight.size), np.diff(targets.first_row))
    blind = np.bincount(profile[without], minlength=targets.cash_weight.size) > 0
    return terms, blind[targets.profile_of_sleeve]


def terms_of(facts: SecurityFacts, security_id: Column, price: Column) -> TradingTerms:
    """How securities trade at the prices given; one without a price is taken at the smallest there is."""
    fact = find_rows(facts.security_id, security_id)
    return TradingTerms(
        security_id=security_id,
        price=np.maximum(price, 1),
        share_dp=_at(facts.share_dp, fact),
        whole_shares=_at(facts.whole_shares, fact) != 0,
        settle_lag=_at(facts.settle_lag, fact),
        can_buy=_at(facts.can_buy, fact) != 0,
        redemption_fee=_at(facts.redemption_fee, fact),
        holding_days=_at(facts.holding_days, fact),
    )


def _circular(
    night: Night, feeds: Feeds, desk: _Desk, targets: SleeveTargets, findings: Findings
) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Which sleeves hold because their substitutions lead round in a circle, each told with its overrides' numbers."""
    effective = targets.targets
    if effective.circular.size == 0:
        return np.zeros(len(desk), np.bool_)
    circular = np.isin(effective.profile_of_sleeve, effective.circular)
    numbers = override_records.override_numbers(feeds.connection, night.cycle.load_horizon)
    guilty = np.isin(targets.overrides.override_id, effective.circular_rules)
    for row in np.flatnonzero(circular).tolist():
        rules = targets.overrides.override_id[guilty & (targets.overrides.sleeve == row)]
        named = ", ".join(str(number) for number in sorted({numbers[rule] for rule in rules.tolist()}))
        detail = f"its overrides {named} substitute in a circle: it holds until one of them is ended"
        findings.add("C-TARGETS", detail, sleeve_id=int(night.sleeve[desk.place[row]]))
    return circular


def _triggers(
    night: Night,
    feeds: Feeds,
    desk: _Desk,
    targets: SleeveTargets,
    terms: TradingTerms,
    unpriced: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
) -> Column:
    """Everything that calls for trades in each sleeve, whether its policy heeds it or not."""
    effective, rows = targets.targets, desk.terms
    begins = night.of_tonight("starts_on")[desk.place] > night.previous
    last_night = np.where(begins, NEVER, night.previous)
    found = night.of_tonight("rebalance_due")[desk.place]
    found |= np.where(calendar_due(rows.rebalance, last_night, night.on), int(Trigger.CALENDAR), 0)
    known_to = night.of_tonight("closed_horizon")[desk.place]
    changed = targets.changes_since(rows.model_id, np.full(len(desk), night.previous), known_to)
    asked = np.flatnonzero((changed != 0) & ~begins)
    asked = asked[_follow_others(night, feeds, desk, asked, known_to)]
    found[asked] |= changed[asked]
    banded = (rows.rebalance == RebalancePolicy.BAND) & ~unpriced
    if banded.any():
        lines = lines_of(desk.positions, effective, terms, desk.funds, banded)
        band = _or(rows.band_points, BAND_DEFAULT)
        outside = np.bincount(lines.sleeve[out_of_band(lines, band)], minlength=len(desk)) > 0
        found |= np.where(outside, int(Trigger.BAND), 0)
    limits = RebalanceTerms(
        rows.rebalance, rows.band_points, _or(rows.buffer_min, NOT_GIVEN), _or(rows.buffer_max, NOT_GIVEN)
    )
    spendable = desk.funds.cash - desk.funds.accrued
    found |= cash_triggers(spendable, desk.value, effective.cash_weight[effective.profile_of_sleeve], limits)
    found[desk.requested] |= int(Trigger.REQUEST)
    return found


def _follow_others(night: Night, feeds: Feeds, desk: _Desk, rows: Column, known_to: Column) -> Column:
    """The places among ``rows`` of the sleeves whose targets are others than on their last night, as known then.

    A model may change, and a plan's overrides leave nothing of it: such a sleeve is not traded for it.
    """
    differs = np.zeros(rows.size, np.bool_)
    for known in np.unique(known_to[rows]).tolist():
        at = np.flatnonzero(known_to[rows] == known)
        some = rows[at]
        followed = FollowedModels(
            desk.terms.plan_id[some], desk.terms.model_id[some], _or(desk.terms.cash_buffer[some], 0)
        )
        before = sleeve_targets(feeds.connection, followed, night.previous, known)
        after = sleeve_targets(feeds.connection, followed, night.on, night.cycle.load_horizon)
        feeds.seen("followed", {"row_id": before.row_id})
        differs[at] = changed_sleeves(before.targets, after.targets)
    return np.flatnonzero(differs)


def _written(night: Night, desk: _Desk, proposal: Proposal, due: Column, how: Column) -> dict[str, Columns]:
    """The proposal as the columns of its tables; sleeves by id."""
    trades, undone = proposal.trades, proposal.undone
    owner = night.sleeve[desk.place]
    told = np.flatnonzero((how != Mode.HOLD) | (proposal.notes != 0))
    written: dict[str, Columns] = {}
    if told.size:
        written["proposal"] = {
            "sleeve_id": owner[told],
            "triggers": due[told],
            "mode": how[told],
            "cash_before": proposal.cash_before[told],
            "cash_after": proposal.cash_after[told],
            "notes": proposal.notes[told],
        }
    if len(trades):
        written["proposed_trade"] = {
            "sleeve_id": owner[trades.sleeve],
            "security_id": trades.security_id,
            "side": trades.side,
            "shares": trades.shares,
            "amount": trades.amount,
            "in_shares": trades.in_shares.astype(np.int64),
            "entire": trades.entire.astype(np.int64),
            "fee": trades.fee,
            "reason": trades.reason,
        }
    if undone.sleeve.size:
        written["untraded"] = {
            "sleeve_id": owner[undone.sleeve],
            "security_id": undone.security_id,
            "side": undone.side,
            "amount": undone.amount,
            "reason": undone.reason,
        }
    return written


def _or(values: Column, default: int) -> Column:
    """Values, with ``default`` where the file left them blank."""
    return np.where(values == MISSING, default, values)


def _at(values: Column, rows: Column) -> Column:
    """Values at rows; 0 where the row is -1."""
    return np.where(rows >= 0, np.append(values, 0)[rows], 0)
