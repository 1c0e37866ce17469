"""Executing what was proposed on the session before: by the paper custodian, or by a custodian's fills.

A security and side that ``fills.csv`` names for the date is allocated from its fills, over the requests of every plan;
the rest is dealt at the night's own prices. A sleeve that ``trades.csv`` names is left alone: its confirms stand for
what was proposed. Source: ``design.md`` 3 (trades in simulation), ``spec/unitization.md`` 9, vector V11.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from modelx.domain.allocation import NobodysShares, execute_in_full, paper_price
from modelx.domain.block import blocks_of, restate_for_splits
from modelx.domain.book import MISSING
from modelx.domain.book_codes import TradeDecisionKind
from modelx.domain.corporate_action import Splits
from modelx.domain.joins import find_rows
from modelx.domain.money import Column
from modelx.domain.position import Positions, Prices, SecurityTerms, position_key, rows_of
from modelx.domain.proposal import ProposedTrades, UndoneReason
from modelx.services.approval_judgement import proposals_hash
from modelx.services.fill_desk import FillDesk, OwnedRows, block_id, nothing_filled, trade_step
from modelx.services.night import Feeds, Findings, Night
from modelx.services.night_state import BookState
from modelx.store import name_records, night_records, rebalance_records, security_records, trade_records
from modelx.store.engine import Connection
from modelx.store.rebalance_records import Decisions, ProposedRows

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Approved:
    """Proposed trades that are executed tonight, by sleeve id and security.

    ``filled_shares`` and ``filled_amount`` are a custodian's, shared out; ``MISSING`` where the paper custodian deals.
    ``complete`` is False where a fill left something of the request undone, or a holding period something else of the
    sleeve's: what called for the trades is due still. ``nobodys`` shares are booked to the
    platform's error account by the night's first run.
    """

    rows: ProposedRows
    filled_shares: Column
    filled_amount: Column
    complete: Mask
    nobodys: NobodysShares


@dataclass(frozen=True, slots=True)
class Execution:
    """Trades to book tonight, by place of the sleeve and security. ``source`` is the block's :func:`block_id`."""

    sleeve: Column
    security_id: Column
    side: Column
    shares: Column
    amount: Column
    settle_date: Column
    source: Column


def read_approved(
    night: Night, feeds: Feeds, sleeve_ids: Column, splits: Splits, facts: security_records.SecurityFacts
) -> tuple[Approved, Findings]:
    """The proposals of the session before that are executed tonight for ``sleeve_ids``, with what is to be told.

    A sleeve that catches up has the decisions and the fills its night's first run had: the others' shares are booked.
    """
    findings, connection, horizon = Findings(night.policy), feeds.connection, night.cycle.load_horizon
    if night.cycle.run > 0:
        horizon = night_records.cycle_runs(connection, night.on, night.on)[0].load_horizon
    rows = rebalance_records.proposed_trades(connection, night.previous)
    decisions = rebalance_records.decisions_on(connection, night.previous, horizon)
    fills = rebalance_records.fills_on(connection, night.on, horizon)
    owned = owned_rows(night.state, rows)
    agreed, astray = approved_rows(night.previous, owned, decisions, night.policy.manual_trading)
    if astray:
        findings.add("C-APPROVAL", "an approval names other proposals than last night's: nothing is traded by it")
    owned = owned.take(agreed)
    terms = SecurityTerms(facts.security_id, facts.share_dp, facts.whole_shares != 0)
    owned = restated(owned, splits, terms)
    rows, given = owned.rows, nothing_filled(owned.plan_id.size)
    if fills.shares.size:
        there = ~np.isin(rows.sleeve_id, replaced_sleeves(connection, night.on, night.previous, horizon))
        owned = owned.take(np.flatnonzero(there))
        rows = owned.rows
        told = findings if night.cycle.run == 0 else Findings(night.policy)  # what the first run told is not told again
        tickers = name_records.names(connection, "security")
        given = FillDesk(night.on, owned, decisions, terms, told, tickers).shared_out(fills)
    withdrawn = owned.about(decisions, decisions.of(TradeDecisionKind.WITHDRAW))
    kept = np.flatnonzero(np.isin(rows.sleeve_id, sleeve_ids) & ~withdrawn & (given.shares != 0))
    kept = kept[np.lexsort((rows.security_id[kept], rows.sleeve_id[kept]))]
    waits = rebalance_records.held_back_on(connection, night.previous, int(UndoneReason.HOLDING_PERIOD))
    complete = given.complete[kept] & ~np.isin(rows.sleeve_id[kept], waits)
    approved = Approved(rows.take(kept), given.shares[kept], given.amount[kept], complete, given.nobodys)
    feeds.seen("approved", {name: getattr(approved.rows, name) for name in rows.__dataclass_fields__})
    feeds.seen("filled", {"shares": approved.filled_shares, "amount": approved.filled_amount})
    feeds.seen("nobodys", {name: getattr(given.nobodys, name) for name in NobodysShares.__dataclass_fields__})
    return approved, findings


def executed(
    night: Night,
    approved: Approved,
    held: Positions,
    prices: Prices,
    terms: SecurityTerms,
    facts: security_records.SecurityFacts,
) -> Execution:
    """What tonight's sleeves deal: fills as they were shared out, the rest at tonight's prices (the paper custodian).

    ``held`` are the positions after corporate actions: a sale takes no more than them, an entire one all of them.
    """
    place, tonight = night.places(approved.rows.sleeve_id)
    filled = approved.filled_shares != MISSING
    rows, at = approved.rows, np.flatnonzero(tonight & ~filled)
    on_paper = ProposedTrades(
        sleeve=place[at],
        security_id=rows.security_id[at],
        side=rows.side[at],
        shares=rows.shares[at],
        amount=rows.amount[at],
        in_shares=rows.in_shares[at] != 0,
        entire=rows.entire[at] != 0,
        fee=rows.fee[at],
        reason=rows.reason[at],
    )
    blocks = blocks_of(on_paper, night.on)
    price = paper_price(prices.price[_priced(prices, blocks.security_id)], blocks.side, night.policy.slippage)
    block = blocks.requests.block
    line = find_rows(
        position_key(held.sleeve, held.security_id), position_key(blocks.requests.sleeve, blocks.security_id[block])
    )
    done = execute_in_full(
        blocks, price, trade_step(terms, blocks.security_id), np.where(line >= 0, np.append(held.shares, 0)[line], 0)
    )
    also = np.flatnonzero(tonight & filled)
    columns = (
        np.concatenate([done.sleeve, place[also]]),
        np.concatenate([blocks.security_id[done.block], rows.security_id[also]]),
        np.concatenate([blocks.side[done.block], rows.side[also]]),
        np.concatenate([done.shares, approved.filled_shares[also]]),
        np.concatenate([done.amount, approved.filled_amount[also]]),
    )
    sleeve, security_id, side, shares, amount = columns
    order = np.lexsort((security_id, sleeve))
    order = order[shares[order] > 0]
    sleeve, security_id, side, shares, amount = (column[order] for column in columns)
    on = np.full(sleeve.size, night.on, np.int64)
    lag = facts.settle_lag[find_rows(facts.security_id, security_id)]
    settles = night.calendar.settle_columns(on, lag)
    return Execution(sleeve, security_id, side, shares, amount, settles, block_id(security_id, side))


def _priced(prices: Prices, security_id: Column) -> Column:
    return rows_of(prices.security_id, security_id, "price of security")


def owned_rows(state: BookState, rows: ProposedRows) -> OwnedRows:
    """Proposed trades with the plan and model of their sleeves."""
    at = state.sleeves.rows_of(rows.sleeve_id)
    return OwnedRows(rows, state.sleeves.plan_id[at], state.sleeves.model_id[at])


def replaced_sleeves(connection: Connection, day: int, previous: int, horizon: int) -> Column:
    """The sleeves with confirms in trades.csv for the day, or late ones for the session before: they have no part in
    the day's blocks.
    """
    runs = night_records.cycle_runs(connection, previous, previous)
    seen = runs[0].load_horizon if runs else horizon
    return np.unique(trade_records.trades_for_night(connection, day, previous, horizon, seen).sleeve_id)


def approved_rows(night: int, owned: OwnedRows, decisions: Decisions, manual: bool) -> tuple[Column, bool]:
    """The rows of a night's proposals that may be traded, and whether some approval names other proposals.

    Under a standing rule that is all of them, else those of the first run that two people approved by their hash.
    """
    if not manual:
        return np.arange(owned.plan_id.size), False
    wanted = decisions.of(TradeDecisionKind.APPROVE)
    digest = proposals_hash(night, owned.rows) if wanted.size else ""
    good = [row for row in wanted.tolist() if decisions.sha256[row] == digest]
    agreed = owned.about(decisions, np.array(good, np.int64)) & (owned.rows.run == 0)
    return np.flatnonzero(agreed), len(good) < wanted.size


def restated(owned: OwnedRows, splits: Splits, terms: SecurityTerms) -> OwnedRows:
    """The rows with their share counts as after the splits of the session on which they are executed."""
    if splits.security_id.size == 0 or owned.plan_id.size == 0:
        return owned
    after = restate_for_splits(
        owned.trades(),
        splits.security_id,
        splits.new_shares,
        splits.old_shares,
        trade_step(terms, splits.security_id),
    )
    kept = owned.take(after.sleeve)
    return replace(kept, rows=replace(kept.rows, shares=after.shares))
