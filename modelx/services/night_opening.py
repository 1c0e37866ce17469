"""The night opens: who takes part, and whether every price it needs can be trusted (spec 5 steps 0 and 5; 3a.1)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from modelx.domain.book_codes import InKindKind
from modelx.domain.corporate_action import distribute, split_positions
from modelx.domain.money import Column, format_decimal
from modelx.domain.position import Positions, Prices, rows_of
from modelx.domain.price import PriceCode, PriceFinding, check_prices
from modelx.domain.security_exit import Exits, beyond_counting, exit_positions
from modelx.domain.strike import FIRST_UNIT_VALUE
from modelx.domain.trade import Trades, book_trades, find_oversold
from modelx.services import night_inputs
from modelx.services.night import Feeds, Findings, Night, NightPlan
from modelx.services.night_effects import Effects
from modelx.services.night_execution import executed
from modelx.services.night_state import NEVER, Sleeves
from modelx.store import night_records, sleeve_records

ONE_SHARE = 10**6
LARGEST_LINE = 9 * 10**18  # 90 billion dollars, in the units of a price (10^-8)


def open_night(night: Night, feeds: Feeds) -> Effects:
    """Choose tonight's sleeves: those that closed the previous night, and those that start.

    A later run of a date (run 1, 2...) takes only sleeves that were held then and have been released since.
    """
    sleeves = night.state.sleeves
    ready = sleeves.closed_through == (night.previous if night.cycle.run else night.state.last_night)
    if night.cycle.run == 0:
        after = night.state.last_night if night.state.last_step else NEVER
        starting = sleeve_records.sleeves_starting(feeds.connection, after, night.on, night.cycle.load_horizon)
        new = _first_columns(night, starting)
        feeds.seen("starting", {"sleeve_id": new.sleeve_id})
        night.sleeve = np.union1d(sleeves.sleeve_id[ready], new.sleeve_id)
        findings = Findings(night.policy)
        horizon = night.calendar.horizon_finding(night.on)
        if horizon is not None:
            findings.add(horizon.code, horizon.message)
        grown = sleeves.with_rows(new) if len(new.sleeve_id) else sleeves
        every = _with_ends_in_force(night, feeds, grown)
        return Effects(findings=findings.columns(), sleeves=every, run=night.cycle.columns())
    last_finding = night.state.last_finding
    held = night_records.unreleased_sleeves(feeds.connection, night.cycle.release_horizon, last_finding)
    feeds.seen("held", {"sleeve_id": held})
    night.sleeve = sleeves.sleeve_id[ready & ~np.isin(sleeves.sleeve_id, held)]
    return Effects(sleeves=_with_ends_in_force(night, feeds, sleeves), run=night.cycle.columns())


def _with_ends_in_force(night: Night, feeds: Feeds, sleeves: Sleeves) -> Sleeves | None:
    """The sleeves with the end dates that came since tonight's last closed; None when the state stays as it is."""
    rows = sleeves.rows_of(night.sleeve)
    if len(rows):
        known_to = int(sleeves.posted_horizon[rows].min())
        came_again, ends_on = sleeve_records.ends_changed(feeds.connection, known_to, night.cycle.load_horizon)
        place, tonight = night.places(came_again)
        rows, ends_on = rows[place[tonight]], ends_on[tonight]
        if (sleeves.ends_on[rows] != ends_on).any():
            feeds.seen("ending", {"sleeve_id": came_again[tonight], "ends_on": ends_on})
            every = sleeves.ends_on.copy()
            every[rows] = ends_on
            return replace(sleeves, ends_on=every)
    return None if sleeves is night.state.sleeves else sleeves


def load_prices(night: Night, feeds: Feeds) -> Effects:
    """Check the prices of everything held or traded tonight; hold the sleeves that own one that cannot be trusted.

    Then decide what corporate actions and trades will do. Trades that would sell more than a sleeve holds hold that
    sleeve too. A held sleeve leaves the night here, before anything of it is posted.
    """
    positions = night.positions()
    restruck = night.of_tonight("posted_through") >= night.on
    events, findings = night_inputs.read_events(night, feeds, night.sleeve[~restruck])
    quotes, second = night_inputs.read_quotes(night, feeds, positions, events)
    waived = night_records.released_findings(feeds.connection, night.on, night.cycle.release_horizon)
    problems = check_prices(quotes, second, night_inputs.limits(night))
    _hold_owners(night, findings, positions, events, problems, waived)
    _hold_dealers_in_what_goes(night, findings, events)
    _leave(night, findings.stopping())
    night.work.prices = Prices(quotes.security_id, quotes.price)
    night.work.quotes, night.work.terms, night.work.facts = quotes, events.terms, events.facts
    night.work.transfers = events.transfers
    while _plan(night, events, findings):  # every round takes a sleeve out, so there is a last one
        _leave(night, findings.stopping())
    night.work.restruck = night.of_tonight("posted_through") >= night.on
    carried, struck_on = night.of_tonight("net_assets"), night.of_tonight("opening_net_assets")
    opening = np.where(night.work.restruck, struck_on, carried)
    night.work.opening_net_assets, night.work.fee_base = opening, np.maximum(opening, 0)
    night.work.prior_unit_value = night.of_tonight("unit_value")
    night.work.opening_balances = night.state.balances
    night.work.sleeve_at_open, night.work.known_to = night.sleeve, night.of_tonight("struck_horizon")
    return Effects(findings=findings.columns())


def _leave(night: Night, sleeve_ids: Column) -> None:
    """Take sleeves out of the night."""
    if len(sleeve_ids):
        night.sleeve = np.setdiff1d(night.sleeve, sleeve_ids, assume_unique=True)


def _hold_owners(
    night: Night,
    findings: Findings,
    positions: Positions,
    events: night_inputs.Events,
    problems: tuple[PriceFinding, ...],
    waived: set[tuple[int, int, str]],
) -> None:
    """A finding for every sleeve that owns or deals in a security whose price is in doubt, unless it was released.

    Who owns a security that goes tonight owns what it becomes.
    """
    dealer, dealt_in = events.dealt_in()
    owner = np.concatenate([night.sleeve[positions.sleeve], dealer])
    security = np.concatenate([positions.security_id, dealt_in])
    if events.exits.security_id.size:
        owner = np.concatenate([owner, owner])
        security = np.concatenate([security, events.successors(security)])
    going = _not_doubted(events.exits)
    for problem in problems:
        if problem.code in going.get(problem.security_id, ()):
            continue
        owners = np.unique(owner[security == problem.security_id])
        code = problem.code.value
        if code != PriceCode.MISSING.value:  # a missing price is cured by a price, never by a signature
            forgiven = [sleeve for sleeve, ticker, why in waived if (ticker, why) == (problem.security_id, code)]
            owners = np.setdiff1d(owners, np.array(forgiven, np.int64))
        sentence = [problem.sentence()] * len(owners)
        findings.add_rows(code, sentence, owners, np.full(len(owners), problem.security_id, np.int64))


def _not_doubted(exits: Exits) -> dict[int, tuple[PriceCode, ...]]:
    """Of securities that go tonight, what is no reason to doubt their price: that it stood still; and, where it is what
    a share brings, that it is missing, because then it is the new security's that is missing.
    """
    given = (exits.ratio > 0).tolist()
    codes = {True: (PriceCode.STALE, PriceCode.MISSING), False: (PriceCode.STALE,)}
    return {security: codes[has_ratio] for security, has_ratio in zip(exits.security_id.tolist(), given, strict=True)}


def _hold_dealers_in_what_goes(night: Night, findings: Findings, events: night_inputs.Events) -> None:
    """C-TRADE: a confirm, or shares coming in, of a security that goes tonight would be left behind by it."""
    lines = events.transfers
    comes = (lines.kind == InKindKind.IN)[lines.line_transfer]
    dealer = np.concatenate([events.trades.sleeve_id, lines.sleeve_id[lines.line_transfer[comes]]])
    security = np.concatenate([events.trades.security_id, lines.line_security_id[comes]])
    left = np.flatnonzero(np.isin(security, events.exits.security_id))
    detail = "it goes tonight: date the row earlier, or name the security it becomes; then release"
    findings.add_rows("C-TRADE", [detail] * len(left), dealer[left], security[left])


def _plan(night: Night, events: night_inputs.Events, findings: Findings) -> bool:
    """Decide tonight's effects on the positions; True when a sleeve must leave first, and it must be done again."""
    prices, terms = night.work.prices, night.work.terms
    opening = night.positions()
    restruck = night.of_tonight("posted_through") >= night.on
    eligible = opening.where(~restruck[opening.sleeve])
    split, split_effects = split_positions(eligible, events.splits, terms, prices)
    earned, distribution_effects = distribute(split, events.distributions, terms, prices)
    if _beyond_moving(night, earned, events, findings):
        return True
    paid, exit_effects = exit_positions(earned, events.exits, terms, prices)
    place, known = night.places(events.trades.sleeve_id)
    rows = np.flatnonzero(known)
    book = events.trades
    dealt = executed(night, events.approved, paid, prices, terms, events.facts)
    trades = Trades(
        np.concatenate([place[rows], dealt.sleeve]),
        np.concatenate([book.security_id[rows], dealt.security_id]),
        np.concatenate([book.side[rows], dealt.side]),
        np.concatenate([book.shares[rows], dealt.shares]),
        np.concatenate([book.amount[rows], dealt.amount]),
    )
    oversold = find_oversold(paid, trades)
    for at in range(len(oversold)):
        held, bought, sold = (format_decimal(int(c[at]), 6) for c in (oversold.held, oversold.bought, oversold.sold))
        detail = f"trades would sell {sold} of {held} held and {bought} bought: correct trades.csv, then release"
        sleeve_id = int(night.sleeve[oversold.sleeve[at]])
        findings.add("C-TRADE", detail, sleeve_id=sleeve_id, security_id=int(oversold.security_id[at]))
    if len(oversold):
        return True
    after, trade_effects = book_trades(paid, trades)
    if _beyond_counting(night, after, findings):
        return True
    for at in np.flatnonzero(book.late[rows]).tolist():
        detail = f"trade {book.trade_ref[rows[at]]} is dated the session before and arrived after it: booked tonight"
        findings.add("LATE_TRADE", detail, sleeve_id=int(night.sleeve[place[rows[at]]]))
    night.work.opening = opening
    night.work.plan = NightPlan(
        splits=events.splits,
        split_row_id=events.split_row_id,
        split_effects=split_effects,
        distributions=events.distributions,
        distribution_row_id=events.distribution_row_id,
        distribution_effects=distribution_effects,
        exits=events.exits,
        exit_row_id=events.exit_row_id,
        exit_effects=exit_effects,
        trades=trades,
        trade_row_id=np.concatenate([book.row_id[rows], dealt.source]),
        trade_settle_date=np.concatenate([book.settle_date[rows], dealt.settle_date]),
        trade_effects=trade_effects,
        answered=_answered(night, events, place[rows]),
        nobodys=events.approved.nobodys,
    )
    return False


def _answered(night: Night, events: night_inputs.Events, confirmed: Column) -> Column:
    """The places of the sleeves whose proposals are dealt with tonight, to the last share."""
    place, tonight = night.places(events.approved.rows.sleeve_id)
    open_still = place[tonight & ~events.approved.complete]
    return np.setdiff1d(np.concatenate([place[tonight], confirmed]), open_still)


def _beyond_moving(night: Night, held: Positions, events: night_inputs.Events, findings: Findings) -> bool:
    """Hold the sleeves that would receive more than any sleeve holds, in exchange or in kind (PX-RANGE)."""
    rows, lines, prices = beyond_counting(held, events.exits, night.work.prices), events.transfers, night.work.prices
    for at in rows.tolist():
        detail = "the event would give more shares than can be counted: correct corporate_events.csv, then release"
        sleeve_id, security_id = int(night.sleeve[held.sleeve[at]]), int(held.security_id[at])
        findings.add("PX-RANGE", detail, sleeve_id=sleeve_id, security_id=security_id)
    owner = lines.sleeve_id[lines.line_transfer]
    _, tonight = night.places(owner)
    moves = np.flatnonzero(tonight & (lines.line_shares > 0))
    price = prices.price[rows_of(prices.security_id, lines.line_security_id[moves], "price of security")]
    moves = moves[lines.line_shares[moves] // ONE_SHARE > LARGEST_LINE // np.maximum(price, 1)]
    detail = "the transfer comes to more than 90 billion: correct in_kind_transfers.csv, then release"
    findings.add_rows("PX-RANGE", [detail] * len(moves), owner[moves], lines.line_security_id[moves])
    return len(rows) + len(moves) > 0


def _beyond_counting(night: Night, held: Positions, findings: Findings) -> bool:
    """Hold the sleeves with a line worth more than any sleeve is (PX-RANGE): a price keyed wildly wrong would end the
    arithmetic, and with it everybody's night.
    """
    prices = night.work.prices
    price = prices.price[rows_of(prices.security_id, held.security_id, "price of security")]
    too_large = np.flatnonzero(held.shares // ONE_SHARE > LARGEST_LINE // np.maximum(price, 1))
    for at in too_large.tolist():
        shares, at_price = format_decimal(int(held.shares[at]), 6), format_decimal(int(price[at]), 8)
        detail = f"{shares} shares at {at_price} come to more than 90 billion: correct the price, then release"
        sleeve_id, security_id = int(night.sleeve[held.sleeve[at]]), int(held.security_id[at])
        findings.add("PX-RANGE", detail, sleeve_id=sleeve_id, security_id=security_id)
    return len(too_large) > 0


def _first_columns(night: Night, starting: sleeve_records.StartingSleeves) -> Sleeves:
    """A sleeve before its first night: no units, no assets, the first unit value, its first days counted as accrued."""
    order = np.argsort(starting.sleeve_id)
    n = len(order)
    return Sleeves(
        sleeve_id=starting.sleeve_id[order],
        plan_id=starting.plan_id[order],
        model_id=starting.model_id[order],
        starts_on=starting.start_day[order],
        ends_on=starting.end_day[order],
        posted_through=np.full(n, night.previous, np.int64),
        closed_through=np.full(n, night.previous, np.int64),
        posted_horizon=np.full(n, night.cycle.load_horizon, np.int64),
        struck_horizon=np.full(n, night.cycle.load_horizon, np.int64),
        closed_horizon=np.full(n, night.cycle.load_horizon, np.int64),
        accrued_through=np.full(n, night.last_day, np.int64),
        unit_value=np.full(n, FIRST_UNIT_VALUE, np.int64),
        opening_net_assets=np.zeros(n, np.int64),
        net_assets=np.zeros(n, np.int64),
        version=np.zeros(n, np.int64),
        rebalance_due=np.zeros(n, np.int64),
    )
