"""Blocks for people: what was asked of each, what was filled, at what price, and each sleeve's part of it.

Before the night a block shows how the fills known so far would be shared out; after it, what the ledger holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from modelx.domain.block import Blocks, blocks_of
from modelx.domain.book import MISSING
from modelx.domain.book_codes import TradeDecisionKind, TradeSide
from modelx.domain.corporate_action import Splits
from modelx.domain.errors import NotFound
from modelx.domain.joins import find_rows
from modelx.domain.money import Column, group_sum, mul_div
from modelx.domain.night_policy import NightPolicy
from modelx.domain.position import SecurityTerms
from modelx.domain.valuation import market_values
from modelx.services.fill_desk import FillDesk, OwnedRows, SharedOut, block_id, nothing_filled
from modelx.services.night import Findings
from modelx.services.night_execution import approved_rows, replaced_sleeves, restated
from modelx.store import (
    event_records,
    load_records,
    name_records,
    night_records,
    rebalance_records,
    security_records,
    session_records,
)
from modelx.store.engine import Connection, Engine
from modelx.store.rebalance_records import Decisions, ProposedRows, StoredFills
from modelx.store.unit_of_work import reading


class TradeState(IntEnum):
    """What has become of a proposed trade, or of a block of them."""

    PROPOSED = 0  # waits for two people's approval
    APPROVED = 1  # is executed on the next session
    WITHDRAWN = 2
    REPLACED = 3  # the sleeve's trades came as confirms in trades.csv
    HELD = 4  # the sleeve is held: dealt with when it catches up
    EXECUTED = 5
    PARTIAL = 6
    LAPSED = 7  # nothing of it was done: it is proposed again while its trigger lasts


_OUT = (TradeState.WITHDRAWN, TradeState.REPLACED)


@dataclass(frozen=True, slots=True)
class NightBlocks:
    """The blocks of one night's proposals, executed on ``session``. Money and shares in millionths.

    ``blocks.requests.sleeve`` is the row in ``owned``. By request: ``shares`` and ``amount`` it got, ``state``. By
    block: ``sleeves``, ``requested`` shares and ``requested_amount`` of the requests still in it (neither withdrawn nor
    replaced), ``filled`` shares and ``cash``, ``average_price`` (10^-8; 0 without a fill), ``block_state``, and what a
    custodian reported (0 shares where the paper custodian deals): ``reported_shares``, ``reported_cash``, of which
    ``nobodys`` shares and cash are the error account's. ``done`` tells whether the session's night has closed.
    """

    proposed_on: int
    session: int
    done: bool
    owned: OwnedRows
    blocks: Blocks
    shares: Column
    amount: Column
    state: Column
    sleeves: Column
    requested: Column
    requested_amount: Column
    filled: Column
    cash: Column
    average_price: Column
    block_state: Column
    reported_shares: Column
    reported_cash: Column
    nobodys_shares: Column
    nobodys_cash: Column
    findings: tuple[str, ...]

    def foots(self) -> bool:
        """Whether every block that a custodian filled sums to its fills, shares and cash, the error account with it."""
        reported = self.reported_shares > 0
        shares = self.filled + self.nobodys_shares == self.reported_shares
        cash = self.cash + self.nobodys_cash == self.reported_cash
        return bool((shares & cash)[reported].all())


@dataclass(frozen=True, slots=True)
class BlockNames:
    """The tickers of securities and the plan and model of sleeves, by id."""

    ticker: dict[int, str]
    plan: dict[int, str]
    model: dict[int, str]


def block_names(engine: Engine) -> BlockNames:
    """The names that blocks are shown with."""
    with reading(engine) as connection:
        return BlockNames(
            name_records.names(connection, "security"),
            name_records.names(connection, "plan"),
            name_records.names(connection, "model"),
        )


def list_blocks(engine: Engine, day: int | None, policy: NightPolicy) -> list[NightBlocks]:
    """The blocks proposed on a night; without one, those of the last two nights that proposed any.

    ``policy`` is the desk's now: it decides what waits for approval while the next night has not begun. Raises
    :class:`NotFound` when the night has not run.
    """
    with reading(engine) as connection:
        if day is not None and not night_records.is_closed(connection, day):
            raise NotFound("that night has not run: see `modelx cycle status`")
        nights = rebalance_records.last_nights_with_trades(connection, 2) if day is None else [day]
        return [night_blocks(connection, one, policy) for one in nights]


def night_blocks(connection: Connection, day: int, policy: NightPolicy) -> NightBlocks:
    """The blocks of one night's proposals, with every input as known to the night that executes them, or now."""
    latest = load_records.latest_load(connection)
    session = session_records.calendar(connection, latest).next_session(day)
    runs = night_records.cycle_runs(connection, session, session)
    horizon = runs[0].load_horizon if runs else latest
    rules = NightPolicy.from_text(runs[0].policy) if runs else policy
    done = night_records.is_closed(connection, session)
    facts = security_records.security_facts(connection, horizon)
    terms = SecurityTerms(facts.security_id, facts.share_dp, facts.whole_shares != 0)
    split = event_records.splits_ex(connection, session, horizon)
    decisions = rebalance_records.decisions_on(connection, day, horizon)
    fills = rebalance_records.fills_on(connection, session, horizon)
    proposed = owned_by(connection, rebalance_records.proposed_trades(connection, day))
    agreed, _ = approved_rows(day, proposed, decisions, rules.manual_trading)
    approved = np.zeros(proposed.plan_id.size, np.bool_)
    approved[agreed] = True
    splits = Splits(split.security_id, split.new_shares, split.old_shares, split.cash_in_lieu_price)
    owned = restated(proposed, splits, terms)
    approved = approved[_places(proposed.rows, owned.rows)]
    if fills.shares.size:
        approved &= ~np.isin(owned.rows.sleeve_id, replaced_sleeves(connection, session, day, horizon))
    findings = Findings(rules)
    ours, tickers = owned.take(np.flatnonzero(approved)), name_records.names(connection, "security")
    given = _given(FillDesk(session, ours, decisions, terms, findings, tickers), approved, fills)
    dealt = rebalance_records.dealt_on(connection, session) if done else None
    struck = rebalance_records.struck_on(connection, session) if done else np.empty(0, np.int64)
    return _blocks(day, session, owned, approved, decisions, given, fills, dealt, struck, findings)


def owned_by(connection: Connection, rows: ProposedRows) -> OwnedRows:
    """Proposed trades with the plan and model of their sleeves, read from the sleeves' names."""
    keys = name_records.sleeve_keys(connection)
    at = find_rows(keys.sleeve_id, rows.sleeve_id)
    return OwnedRows(rows, keys.plan_id[at], keys.model_id[at])


def _places(before: ProposedRows, after: ProposedRows) -> Column:
    """Where each row was before some were left out; both are ordered by run, sleeve and security."""
    keys = [np.stack([rows.sleeve_id, rows.security_id]) for rows in (before, after)]
    known, wanted = ((pair[0] << 20) | pair[1] for pair in keys)
    return find_rows(known, wanted)


def _given(desk: FillDesk, approved: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], fills: StoredFills) -> SharedOut:
    """What the fills give every row; rows that are not approved have no part in them."""
    every = nothing_filled(approved.size)
    if fills.shares.size == 0:
        return every
    found = desk.shared_out(fills)
    every.shares[approved], every.amount[approved] = found.shares, found.amount
    every.complete[approved] = found.complete
    return SharedOut(every.shares, every.amount, every.complete, found.nobodys)


def _blocks(
    day: int,
    session: int,
    owned: OwnedRows,
    approved: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
    decisions: Decisions,
    given: SharedOut,
    fills: StoredFills,
    dealt: rebalance_records.Dealt | None,
    struck: Column,
    findings: Findings,
) -> NightBlocks:
    blocks = blocks_of(owned.trades(), session)
    of_row, n = blocks.requests.sleeve, len(blocks)
    withdrawn = owned.about(decisions, decisions.of(TradeDecisionKind.WITHDRAW))
    state = np.where(approved, int(TradeState.APPROVED), int(TradeState.PROPOSED))
    shares, amount = (np.where(values == MISSING, 0, values) for values in (given.shares, given.amount))
    if dealt is not None:
        shares, amount, state = _booked(owned.rows, given, dealt, struck)
    state = np.where(withdrawn, int(TradeState.WITHDRAWN), state)
    filled, cash = (group_sum(values[of_row], blocks.requests.block, n) for values in (shares, amount))
    average = mul_div(cash, 10**6, np.maximum(filled, 1)) * 100
    requests = blocks.requests
    inside = np.flatnonzero(~np.isin(state[of_row], [int(one) for one in _OUT]))
    requested, requested_amount = (
        group_sum(values[inside], requests.block[inside], n) for values in (requests.shares, requests.amount)
    )
    own = block_id(blocks.security_id, blocks.side)
    reported = _by_block(own, fills.security_id, fills.side, fills.shares)
    value = market_values(fills.shares, fills.price)
    nobodys = given.nobodys
    return NightBlocks(
        proposed_on=day,
        session=session,
        done=dealt is not None,
        owned=owned,
        blocks=blocks,
        shares=shares[of_row],
        amount=amount[of_row],
        state=state[of_row],
        sleeves=np.bincount(requests.block[inside], minlength=n),
        requested=requested,
        requested_amount=requested_amount,
        filled=filled,
        cash=cash,
        average_price=np.where(filled > 0, average, 0),
        block_state=_block_state(state[of_row], blocks, dealt is not None),
        reported_shares=reported,
        reported_cash=_by_block(own, fills.security_id, fills.side, value),
        nobodys_shares=_by_block(own, nobodys.security_id, nobodys.side, nobodys.shares),
        nobodys_cash=_by_block(own, nobodys.security_id, nobodys.side, nobodys.amount),
        findings=tuple(findings.columns().get("detail", ())),
    )


def _booked(
    rows: ProposedRows, given: SharedOut, dealt: rebalance_records.Dealt, struck: Column
) -> tuple[Column, Column, Column]:
    """By row: the shares and cash the ledger holds, and what that makes of the trade."""
    ours = np.flatnonzero((dealt.source_id < 0) & (dealt.sleeve_id > 0))
    at = find_rows((dealt.sleeve_id[ours] << 20) | dealt.security_id[ours], (rows.sleeve_id << 20) | rows.security_id)
    shares, amount = (np.where(at >= 0, np.append(values[ours], 0)[at], 0) for values in (dealt.shares, dealt.amount))
    confirmed = np.isin(rows.sleeve_id, dealt.sleeve_id[dealt.source_id > 0])
    nothing = np.where(
        confirmed,
        int(TradeState.REPLACED),
        np.where(np.isin(rows.sleeve_id, struck), int(TradeState.LAPSED), int(TradeState.HELD)),
    )
    done = np.where(given.complete, int(TradeState.EXECUTED), int(TradeState.PARTIAL))
    return shares, amount, np.where(shares > 0, done, nothing)


def _block_state(state: Column, blocks: Blocks, done: bool) -> Column:
    """The state of a block follows from those of its requests; withdrawn and replaced ones do not count."""
    block, n = blocks.requests.block, len(blocks)

    def count(*wanted: TradeState) -> Column:
        return group_sum(np.isin(state, [int(one) for one in wanted]).astype(np.int64), block, n)

    out, every = count(*_OUT), np.bincount(block, minlength=n)
    if not done:
        found = np.where(count(TradeState.PROPOSED) > 0, int(TradeState.PROPOSED), int(TradeState.APPROVED))
    else:
        executed, lapsed = count(TradeState.EXECUTED), count(TradeState.LAPSED)
        found = np.full(n, int(TradeState.PARTIAL))
        found[lapsed + out == every] = int(TradeState.LAPSED)
        found[count(TradeState.HELD) + out == every] = int(TradeState.HELD)
        found[executed + out == every] = int(TradeState.EXECUTED)
    all_out = np.where(count(TradeState.REPLACED) > 0, int(TradeState.REPLACED), int(TradeState.WITHDRAWN))
    return np.where(out == every, all_out, found)


def _by_block(own: Column, security_id: Column, side: Column, values: Column) -> Column:
    """Values by security and side, summed into the blocks they belong to."""
    at = find_rows(own, block_id(security_id, side))
    known = np.flatnonzero(at >= 0)
    return group_sum(values[known], at[known], own.size)


def average_price(cash: int, shares: int) -> int:
    """The price (10^-8, half-up to six decimals, for information) of shares for cash (millionths); 0 without shares."""
    return int(mul_div(np.array([cash]), 10**6, np.array([shares]))[0]) * 100 if shares else 0


def side_word(side: int) -> str:
    """BUY or SELL."""
    return TradeSide(side).name
