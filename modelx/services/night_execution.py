"""Executing what was proposed on the session before: by the paper custodian, or by a custodian's fills.

A security and side that ``fills.csv`` names for the date is allocated from its fills, over the requests of every plan;
the rest is dealt at the night's own prices. A sleeve that ``trades.csv`` names is left alone: its confirms stand for
what was proposed. Source: ``design.md`` 3 (trades in simulation), ``spec/unitization.md`` 9, vector V11.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from modelx.domain.allocation import (
    ERROR_ACCOUNT,
    Allocation,
    Departure,
    allocate_fills,
    depart,
    execute_in_full,
    paper_price,
)
from modelx.domain.block import Blocks, Fills, Requests, blocks_of, fills_for, restate_for_splits
from modelx.domain.book import MISSING
from modelx.domain.book_codes import TradeDecisionKind, TradeSide
from modelx.domain.corporate_action import Splits
from modelx.domain.errors import InvalidInput
from modelx.domain.joins import find_rows
from modelx.domain.money import Column, format_decimal
from modelx.domain.position import Positions, Prices, SecurityTerms, position_key, rows_of
from modelx.domain.proposal import ProposedTrades
from modelx.ledger.chain import digest_of_columns
from modelx.services.night import Feeds, Findings, Night
from modelx.store import rebalance_records, security_records
from modelx.store.rebalance_records import Decisions, ProposedRows

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Approved:
    """Proposed trades that are executed tonight, by sleeve id and security.

    ``filled_shares`` and ``filled_amount`` are a custodian's, shared out; ``MISSING`` where the paper custodian deals.
    ``complete`` is False where a fill left something of the request undone.
    """

    rows: ProposedRows
    filled_shares: Column
    filled_amount: Column
    complete: Mask


@dataclass(frozen=True, slots=True)
class Execution:
    """Trades to book tonight, by place of the sleeve and security. ``source`` names the block: see :func:`block_id`."""

    sleeve: Column
    security_id: Column
    side: Column
    shares: Column
    amount: Column
    settle_date: Column
    source: Column


def block_id(security_id: Column, side: Column) -> Column:
    """What a journal names as the source of an executed block: below zero, so that no row of the book is meant."""
    return -1 - ((security_id << 1) | side)


def block_of(source_id: int) -> tuple[int, TradeSide]:
    """The security and side of the block that a source below zero names."""
    return (-1 - source_id) >> 1, TradeSide((-1 - source_id) & 1)


def proposals_hash(business_date: int, rows: ProposedRows) -> str:
    """What an approval names: SHA-256 (hex) of all trades that the night's first run proposed."""
    first = rows.take(np.flatnonzero(rows.run == 0))
    columns = {name: getattr(first, name) for name in first.__dataclass_fields__}
    return digest_of_columns({"business_date": np.full(1, business_date, np.int64), **columns}).hex()


def read_approved(
    night: Night, feeds: Feeds, sleeve_ids: Column, splits: Splits, facts: security_records.SecurityFacts
) -> tuple[Approved, Findings]:
    """The proposals of the session before that are executed tonight for ``sleeve_ids``, with what is to be told."""
    findings = Findings(night.policy)
    rows = rebalance_records.proposed_trades(feeds.connection, night.previous)
    decisions = rebalance_records.decisions_on(feeds.connection, night.previous, night.cycle.load_horizon)
    fills = rebalance_records.fills_on(feeds.connection, night.on, night.cycle.load_horizon)
    rows = rows.take(_approved(night, rows, decisions, findings))
    step = SecurityTerms(facts.security_id, facts.share_dp, facts.whole_shares != 0)
    rows = _restated(rows, splits, step)
    shares, amount, complete = (np.full(rows.run.size, value) for value in (MISSING, MISSING, 1))
    ours = np.isin(rows.sleeve_id, sleeve_ids)
    if fills.shares.size:
        desk = _FillDesk(night, rows, decisions, step, findings)
        shares, amount, complete = desk.shared_out(fills)
    withdrawn = _about(night, rows, decisions, decisions.of(TradeDecisionKind.WITHDRAW))
    kept = np.flatnonzero(ours & ~withdrawn & (shares != 0))
    kept = kept[np.lexsort((rows.security_id[kept], rows.sleeve_id[kept]))]
    approved = Approved(rows.take(kept), shares[kept], amount[kept], complete[kept] != 0)
    feeds.seen("approved", {name: getattr(approved.rows, name) for name in rows.__dataclass_fields__})
    feeds.seen("filled", {"shares": approved.filled_shares, "amount": approved.filled_amount})
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
        blocks, price, terms.share_step(blocks.security_id), np.where(line >= 0, np.append(held.shares, 0)[line], 0)
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


def _approved(night: Night, rows: ProposedRows, decisions: Decisions, findings: Findings) -> Column:
    """The rows that may be traded: all of them under a standing rule, else those that two people approved."""
    if not night.policy.manual_trading:
        return np.arange(rows.run.size)
    wanted = decisions.of(TradeDecisionKind.APPROVE)
    digest = proposals_hash(night.previous, rows) if wanted.size else ""
    good = [row for row in wanted.tolist() if decisions.sha256[row] == digest]
    if len(good) < wanted.size:
        findings.add("C-APPROVAL", "an approval names other proposals than last night's: nothing is traded by it")
    agreed = _about(night, rows, decisions, np.array(good, np.int64))
    return np.flatnonzero(agreed & (rows.run == 0))


def _about(night: Night, rows: ProposedRows, decisions: Decisions, chosen: Column) -> Mask:
    """Which rows some of the chosen decisions speak of; a plan, model or security of 0 speaks of all."""
    sleeves = night.state.sleeves
    at = sleeves.rows_of(rows.sleeve_id)
    plan, model = sleeves.plan_id[at], sleeves.model_id[at]
    about = np.zeros(rows.run.size, np.bool_)
    for row in chosen.tolist():
        meant = np.ones(rows.run.size, np.bool_)
        for column, named in ((plan, decisions.plan_id), (model, decisions.model_id)):
            meant &= (column == named[row]) | (named[row] == 0)
        about |= meant & ((rows.security_id == decisions.security_id[row]) | (decisions.security_id[row] == 0))
    return about


def _restated(rows: ProposedRows, splits: Splits, terms: SecurityTerms) -> ProposedRows:
    """The rows with their share counts as after tonight's splits."""
    if splits.security_id.size == 0 or rows.run.size == 0:
        return rows
    after = restate_for_splits(
        _trades_of(rows),
        splits.security_id,
        splits.new_shares,
        splits.old_shares,
        terms.share_step(splits.security_id),
    )
    kept = rows.take(after.sleeve)
    columns = {name: getattr(kept, name) for name in kept.__dataclass_fields__} | {"shares": after.shares}
    return ProposedRows(**columns)


def _trades_of(rows: ProposedRows) -> ProposedTrades:
    """The rows as trades, in their order; each is its own sleeve."""
    return ProposedTrades(
        sleeve=np.arange(rows.run.size),
        security_id=rows.security_id,
        side=rows.side,
        shares=rows.shares,
        amount=rows.amount,
        in_shares=rows.in_shares != 0,
        entire=rows.entire != 0,
        fee=rows.fee,
        reason=rows.reason,
    )


class _FillDesk:
    """Shares out a custodian's fills among the requests of the night's first run, a block of security and side each."""

    def __init__(
        self, night: Night, rows: ProposedRows, decisions: Decisions, terms: SecurityTerms, findings: Findings
    ) -> None:
        self._night, self._rows, self._decisions = night, rows, decisions
        self._terms, self._findings = terms, findings

    def shared_out(self, fills: rebalance_records.StoredFills) -> tuple[Column, Column, Column]:
        """By row: shares and amount that its block's fills gave it (MISSING where none names it), and 1 if complete."""
        rows = self._rows
        shares, amount, complete = (np.full(rows.run.size, value) for value in (MISSING, MISSING, 1))
        named = np.isin(block_id(rows.security_id, rows.side), block_id(fills.security_id, fills.side))
        shares[named & (rows.run > 0)] = 0  # proposed after the custodian dealt: it waits for the next night
        first = np.flatnonzero(named & (rows.run == 0))
        trades = _trades_of(rows.take(first))
        blocks = blocks_of(trades, self._night.on)
        withdrawn = _about(self._night, rows, self._decisions, self._decisions.of(TradeDecisionKind.WITHDRAW))[first]
        for block in _each(blocks):
            row = first[block.requests.sleeve]
            allocation = self._allocated(block, fills, withdrawn[block.requests.sleeve], row)
            ours = np.flatnonzero(allocation.sleeve != ERROR_ACCOUNT) if allocation else np.empty(0, np.int64)
            shares[row], amount[row], complete[row] = 0, 0, 0
            if allocation is not None:
                mine = row[find_rows(block.requests.sleeve, allocation.sleeve[ours])]
                shares[mine], amount[mine] = allocation.shares[ours], allocation.amount[ours]
                complete[mine] = allocation.shares[ours] >= allocation.requested[ours]
                self._tell(block, allocation)
        strange = ~np.isin(block_id(fills.security_id, fills.side), block_id(blocks.security_id, blocks.side)) & (
            fills.shares > 0
        )
        for at in np.flatnonzero(strange).tolist():
            detail = f"a fill to {TradeSide(int(fills.side[at])).name} answers no proposal of the session before"
            self._findings.add("C-FILL", detail, security_id=int(fills.security_id[at]))
        return shares, amount, complete

    def _allocated(
        self, block: Blocks, fills: rebalance_records.StoredFills, withdrawn: Mask, row: Column
    ) -> Allocation | None:
        """One block's allocation; None, and a finding, when its fills cannot be shared out."""
        mine = np.flatnonzero(
            (fills.security_id == block.security_id[0]) & (fills.side == block.side[0]) & (fills.shares > 0)
        )
        try:
            done = (
                fills_for(block, fills.security_id[mine], fills.side[mine], fills.shares[mine], fills.price[mine])
                if mine.size
                else Fills(*(np.empty(0, np.int64) for _ in range(3)))
            )
            step = self._terms.share_step(block.security_id)
            allocation = allocate_fills(block, done, step, withdrawn if withdrawn.any() else None)
            return self._departed(block, allocation, row)
        except InvalidInput as error:
            self._findings.add("C-FILL", f"nothing is booked of it: {error}", security_id=int(block.security_id[0]))
            return None

    def _departed(self, block: Blocks, allocation: Allocation, row: Column) -> Allocation:
        """The allocation with the departures from pro rata that were decided for its block."""
        decisions, rows = self._decisions, self._rows
        chosen = [
            at
            for at in decisions.of(TradeDecisionKind.DEPART).tolist()
            if decisions.security_id[at] == block.security_id[0]
        ]
        shares: dict[int, int] = {}
        for at in chosen:
            meant = _about(self._night, rows.take(row), decisions, np.array([at]))
            shares |= dict.fromkeys(block.requests.sleeve[meant].tolist(), int(decisions.shares[at]))
        if not shares:
            return allocation
        last = chosen[-1]
        names = (decisions.reason[last], decisions.maker[last], decisions.checker[last])
        return depart(allocation, Departure(0, shares, *names))

    def _tell(self, block: Blocks, allocation: Allocation) -> None:
        security = int(block.security_id[0])
        wanted, filled = int(allocation.requested.sum()), int(allocation.filled[0])
        if filled < wanted:
            detail = f"{format_decimal(filled, 6)} of {format_decimal(wanted, 6)} shares were filled"
            self._findings.add("C-FILL", f"{detail}: what is left is proposed again", security_id=security)
        nobody = allocation.shares[allocation.sleeve == ERROR_ACCOUNT]
        if nobody.size:
            detail = f"{format_decimal(int(nobody.sum()), 6)} shares are nobody's: they go to the error account"
            self._findings.add("C-FILL", detail, security_id=security)


def _each(blocks: Blocks) -> Iterator[Blocks]:
    """Each block by itself."""
    requests = blocks.requests
    for at in range(len(blocks)):
        mine = requests.block == at
        own = Requests(
            block=np.zeros(int(mine.sum()), np.int64),
            sleeve=requests.sleeve[mine],
            shares=requests.shares[mine],
            amount=requests.amount[mine],
            in_shares=requests.in_shares[mine],
            entire=requests.entire[mine],
        )
        one = slice(at, at + 1)
        yield Blocks(blocks.day, blocks.security_id[one], blocks.side[one], blocks.shares[one], blocks.amount[one], own)
