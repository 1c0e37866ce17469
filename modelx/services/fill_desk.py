"""A custodian's fills shared out among the sleeves whose proposals they answer, one block of security and side each.

The night books what comes out of it; `modelx block` shows the same before the night. Source: ``spec/unitization.md``
9, vector V11.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from modelx.domain.allocation import ERROR_ACCOUNT, Allocation, Departure, NobodysShares, allocate_fills, depart
from modelx.domain.block import Blocks, Fills, Requests, blocks_of, fills_for
from modelx.domain.book import MISSING
from modelx.domain.book_codes import TradeDecisionKind, TradeSide
from modelx.domain.errors import InvalidInput, NotPermitted
from modelx.domain.joins import find_rows
from modelx.domain.money import Column, format_decimal
from modelx.domain.position import SecurityTerms
from modelx.domain.proposal import ProposedTrades
from modelx.services.night import Findings
from modelx.store.rebalance_records import Decisions, ProposedRows, StoredFills

Mask = npt.NDArray[np.bool_]


def block_id(security_id: Column, side: Column) -> Column:
    """What a journal names as the source of an executed block: below zero, so that no row of the book is meant."""
    return -1 - ((security_id << 1) | side)


def block_of(source_id: int) -> tuple[int, TradeSide]:
    """The security and side of the block that a source below zero names."""
    return (-1 - source_id) >> 1, TradeSide((-1 - source_id) & 1)


def trade_step(terms: SecurityTerms, security_id: Column) -> Column:
    """The smallest part of a share of each security that trades, in millionths."""
    return np.where(terms.are_whole(security_id), 10**6, terms.share_step(security_id))


@dataclass(frozen=True, slots=True)
class OwnedRows:
    """Proposed trades with the plan and the model of the sleeve of each."""

    rows: ProposedRows
    plan_id: Column
    model_id: Column

    def take(self, at: Column) -> OwnedRows:
        """Some of the rows."""
        return OwnedRows(self.rows.take(at), self.plan_id[at], self.model_id[at])

    def about(self, decisions: Decisions, chosen: Column) -> Mask:
        """Which rows some of the chosen decisions speak of; a plan, model or security of 0 speaks of all."""
        about = np.zeros(self.plan_id.size, np.bool_)
        for row in chosen.tolist():
            meant = np.ones(self.plan_id.size, np.bool_)
            for column, named in (
                (self.plan_id, decisions.plan_id[row]),
                (self.model_id, decisions.model_id[row]),
                (self.rows.security_id, decisions.security_id[row]),
            ):
                meant &= (column == named) | (named == 0)
            about |= meant
        return about

    def trades(self) -> ProposedTrades:
        """The rows as trades, in their order; each is its own sleeve."""
        rows = self.rows
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


@dataclass(frozen=True, slots=True)
class SharedOut:
    """By row: the shares and the cash its block's fills gave it (MISSING where none names it), and whether that is all
    it asked for. ``nobodys`` are for the platform's error account.
    """

    shares: Column
    amount: Column
    complete: Mask
    nobodys: NobodysShares


def nothing_filled(n_rows: int) -> SharedOut:
    """No custodian has dealt: the paper custodian deals in every row."""
    missing, none = np.full(n_rows, MISSING), np.empty(0, np.int64)
    return SharedOut(missing, missing.copy(), np.ones(n_rows, np.bool_), NobodysShares(none, none, none, none))


class FillDesk:
    """Shares out fills among the requests of a night's first run.

    ``day`` is that of the fills, ``tickers`` name the securities. What cannot be booked, and what is left over or left
    undone, goes to ``findings``.
    """

    def __init__(
        self,
        day: int,
        owned: OwnedRows,
        decisions: Decisions,
        terms: SecurityTerms,
        findings: Findings,
        tickers: Mapping[int, str],
    ) -> None:
        self._day, self._owned, self._decisions = day, owned, decisions
        self._terms, self._findings, self._tickers = terms, findings, tickers

    def shared_out(self, fills: StoredFills) -> SharedOut:
        """Allocate the fills of every block they name."""
        rows, found = self._owned.rows, nothing_filled(self._owned.plan_id.size)
        shares, amount, complete = found.shares, found.amount, found.complete
        nobodys: list[tuple[int, int, int, int]] = []
        named = np.isin(block_id(rows.security_id, rows.side), block_id(fills.security_id, fills.side))
        shares[named & (rows.run > 0)] = 0  # proposed after the custodian dealt: it waits for the next night
        amount[named & (rows.run > 0)] = 0
        complete[named & (rows.run > 0)] = False
        first = np.flatnonzero(named & (rows.run == 0))
        blocks = blocks_of(self._owned.take(first).trades(), self._day)
        withdrawn = self._owned.about(self._decisions, self._decisions.of(TradeDecisionKind.WITHDRAW))[first]
        for block in _each(blocks):
            row = first[block.requests.sleeve]
            allocation = self._allocated(block, fills, withdrawn[block.requests.sleeve], row)
            shares[row], amount[row], complete[row] = 0, 0, False
            if allocation is None:
                continue
            ours = np.flatnonzero(allocation.sleeve != ERROR_ACCOUNT)
            mine = row[find_rows(block.requests.sleeve, allocation.sleeve[ours])]
            shares[mine], amount[mine] = allocation.shares[ours], allocation.amount[ours]
            complete[mine] = allocation.shares[ours] >= allocation.requested[ours]
            rest = np.flatnonzero(allocation.sleeve == ERROR_ACCOUNT)
            left = (int(allocation.shares[rest].sum()), int(allocation.amount[rest].sum()))
            if any(left):
                nobodys.append((int(block.security_id[0]), int(block.side[0]), *left))
            self._tell(block, allocation)
        self._tell_strange(fills, blocks)
        columns = np.array(nobodys, np.int64).reshape(-1, 4).T
        return SharedOut(shares, amount, complete, NobodysShares(*columns))

    def _allocated(self, block: Blocks, fills: StoredFills, withdrawn: Mask, row: Column) -> Allocation | None:
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
            step = trade_step(self._terms, block.security_id)
            allocation = allocate_fills(block, done, step, withdrawn if withdrawn.any() else None)
            return self._departed(block, allocation, row)
        except (InvalidInput, NotPermitted) as error:
            self._findings.add("C-FILL", f"nothing is booked of it: {error}", security_id=int(block.security_id[0]))
            return None

    def _departed(self, block: Blocks, allocation: Allocation, row: Column) -> Allocation:
        """The allocation with the departures from pro rata that were decided for its block."""
        decisions = self._decisions
        chosen = [
            at
            for at in decisions.of(TradeDecisionKind.DEPART).tolist()
            if decisions.security_id[at] == block.security_id[0]
        ]
        shares: dict[int, int] = {}
        for at in chosen:
            meant = self._owned.take(row).about(decisions, np.array([at]))
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

    def _tell_strange(self, fills: StoredFills, blocks: Blocks) -> None:
        known = np.isin(block_id(fills.security_id, fills.side), block_id(blocks.security_id, blocks.side))
        for at in np.flatnonzero(~known & (fills.shares > 0)).tolist():
            deal = f"{TradeSide(int(fills.side[at])).name} {self._tickers[int(fills.security_id[at])]}"
            detail = f"a fill to {deal} answers no proposal of the session before"
            self._findings.add("C-FILL", detail, security_id=int(fills.security_id[at]))


def _each(blocks: Blocks) -> Iterator[Blocks]:
    """Each block by itself."""
    requests = blocks.requests
    first = np.searchsorted(requests.block, np.arange(len(blocks) + 1))
    for at in range(len(blocks)):
        mine = slice(int(first[at]), int(first[at + 1]))
        own = Requests(
            block=np.zeros(mine.stop - mine.start, np.int64),
            sleeve=requests.sleeve[mine],
            shares=requests.shares[mine],
            amount=requests.amount[mine],
            in_shares=requests.in_shares[mine],
            entire=requests.entire[mine],
        )
        one = slice(at, at + 1)
        yield Blocks(blocks.day, blocks.security_id[one], blocks.side[one], blocks.shares[one], blocks.amount[one], own)
