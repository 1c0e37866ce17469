"""What a night proposed, for the people who approve it: triggers, trades and weights, and the seal they approve by.

The figures are the night's own: the state it closed with, and the prices each of its runs could see.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from modelx.domain.approval import SealedPreview, seal
from modelx.domain.book import MISSING
from modelx.domain.book_codes import TradeDecisionKind
from modelx.domain.days import date_of
from modelx.domain.effective_target import EffectiveTargets
from modelx.domain.errors import InvariantBroken, NotFound
from modelx.domain.joins import find_rows
from modelx.domain.money import Column, format_decimal
from modelx.domain.night_policy import NightPolicy
from modelx.domain.proposal import ProposedTrades, WeightsBeforeAfter, cash_change, weights_before_after
from modelx.domain.rebalance_line import RebalanceLines, lines_of
from modelx.services.approval_judgement import proposals_hash
from modelx.services.block_views import NightBlocks, TradeState, night_blocks
from modelx.services.change_preview import renumbered
from modelx.services.night_replay import load_state, replayed_night
from modelx.services.night_state import NEVER, BookState
from modelx.services.night_trading import terms_of
from modelx.services.preview_market import funds_of, positions_of
from modelx.services.sleeve_targets import FollowedModels, sleeve_targets
from modelx.store import (
    load_records,
    name_records,
    night_records,
    override_records,
    price_records,
    rebalance_records,
    security_records,
    sleeve_records,
)
from modelx.store.engine import Connection, Engine
from modelx.store.night_records import CycleRun
from modelx.store.rebalance_records import ProposalRows, ProposedRows, UntradedRows
from modelx.store.sleeve_records import SleeveTerms
from modelx.store.unit_of_work import reading


@dataclass(frozen=True, slots=True)
class RunProposals:
    """What one run of a night proposed. ``rows`` have one entry a sleeve, ``state`` one ``TradeState`` a trade.

    ``trades`` are all, as proposed; ``weights`` after are those without the trades withdrawn since. ``sleeve`` in
    ``lines`` and ``trades``, and ``undone_sleeve``, are the row in ``rows``.
    """

    run: int
    rows: ProposalRows
    plan: list[str]
    model: list[str]
    value: Column
    lines: RebalanceLines
    weights: WeightsBeforeAfter
    targets: EffectiveTargets
    trades: ProposedTrades
    state: Column
    undone_sleeve: Column
    undone: UntradedRows


@dataclass(frozen=True, slots=True)
class NightProposals:
    """A night's proposals: ``sealed`` is what a person approves, ``proposals_hash`` what the next night checks.

    ``approvable`` tells whether the next night has yet to begin.
    """

    night: int
    session: int
    approvable: bool
    sealed: SealedPreview
    proposals_hash: str
    runs: tuple[RunProposals, ...]
    ticker: Mapping[int, str]


def preview_proposals(engine: Engine, day: int | None, policy: NightPolicy) -> NightProposals:
    """The proposals of a night (default: the last that has closed), proved to foot.

    ``policy`` is the desk's now: whether approval is standing or manual. Raises :class:`NotFound` when the night has
    not run, :class:`InvariantBroken` when trades and cash of some sleeve do not sum to zero.
    """
    state = load_state(engine)
    with reading(engine) as connection:
        night = state.last_night if day is None else day
        cycles = night_records.cycle_runs(connection, night, night) if night != NEVER else []
        if not cycles or night > state.last_night:
            raise NotFound("that night has not run: see `modelx cycle status`")
        if night < state.last_night:
            state = replayed_night(connection, night, cycles[-1].run).state
        ticker = {**name_records.names(connection, "security"), 0: "CASH"}
        blocks = night_blocks(connection, night, policy)
        said = rebalance_records.proposals_on(connection, night)
        proposed = rebalance_records.proposed_trades(connection, night)
        undone = rebalance_records.untraded_on(connection, night)
        runs = tuple(
            _run(connection, state, cycle, said, proposed, undone, blocks)
            for cycle in cycles
            if (said.run == cycle.run).any()
        )
        sealing = ProposalSeal.of(connection, night)
        sealed = sealing.at(connection, load_records.latest_load(connection))
        begun = night_records.last_night_begun(connection)
        approvable = begun is not None and begun <= night
    return NightProposals(night, blocks.session, approvable, sealed, sealing.proposals_hash, runs, ticker)


@dataclass(frozen=True, slots=True)
class ProposalSeal:
    """Seals the proposals of one night as they were seen at any load; they themselves never change."""

    night: int
    proposals_hash: str
    traded: Column
    ticker: Mapping[int, str]

    @classmethod
    def of(cls, connection: Connection, night: int) -> ProposalSeal:
        """Read what a night proposed."""
        proposed = rebalance_records.proposed_trades(connection, night)
        ticker = {**name_records.names(connection, "security"), 0: ""}
        return cls(night, proposals_hash(night, proposed), np.unique(proposed.security_id), ticker)

    def at(self, connection: Connection, horizon: int) -> SealedPreview:
        """The seal for somebody who knows the loads up to ``horizon``: over the proposals, the prices of what they
        trade, and the decisions about them.
        """
        on = date_of(self.night).isoformat()
        prices = price_records.prices_on(connection, self.night, horizon)
        at = find_rows(prices.security_id, self.traded)
        price = np.where(at >= 0, np.append(prices.price, 0)[at], 0)
        inputs = {
            f"price of {self.ticker[security]} on {on}": format_decimal(known, 8, at_least=2) if known else ""
            for security, known in zip(self.traded.tolist(), price.tolist(), strict=True)
        }
        inputs |= self._decided(connection, horizon) | {"night": on}
        return seal({"proposals": self.proposals_hash, "night": self.night}, inputs, "the night")

    def _decided(self, connection: Connection, horizon: int) -> dict[str, str]:
        decisions = rebalance_records.decisions_on(connection, self.night, horizon)
        plans, models = ({**name_records.names(connection, kind), 0: "all"} for kind in ("plan", "model"))
        found = {}
        for row in range(decisions.decision.size):
            kind = TradeDecisionKind(int(decisions.decision[row]))
            if kind in {TradeDecisionKind.WITHDRAW, TradeDecisionKind.DEPART}:
                who = f"{plans[int(decisions.plan_id[row])]} {models[int(decisions.model_id[row])]}"
                about = f"{kind.name} {who} {self.ticker[int(decisions.security_id[row])]}".strip()
                found[about] = f"{decisions.reason[row]} ({decisions.maker[row]}, {decisions.checker[row]})"
        return found


def _run(
    connection: Connection,
    state: BookState,
    cycle: CycleRun,
    said: ProposalRows,
    proposed: ProposedRows,
    undone: UntradedRows,
    blocks: NightBlocks,
) -> RunProposals:
    """One run's part of the night, at the prices and targets that it saw."""
    rows = said.take(np.flatnonzero(said.run == cycle.run))
    trading, left = (one.run == cycle.run for one in (proposed, undone))
    trades_of_run = proposed.take(np.flatnonzero(trading))
    undone_of_run = undone.take(np.flatnonzero(left))
    terms = _terms_of(connection, rows.sleeve_id, cycle.load_horizon)
    buffer = np.where(terms.cash_buffer == MISSING, 0, terms.cash_buffer)
    followed = FollowedModels(terms.plan_id, terms.model_id, buffer)
    found = sleeve_targets(connection, followed, cycle.business_date, cycle.load_horizon)
    targets = renumbered(found.targets, override_records.override_numbers(connection, cycle.load_horizon))
    positions, funds = positions_of(state, terms.sleeve_id), funds_of(state, terms)
    needed = np.union1d(np.union1d(positions.security_id, targets.security), trades_of_run.security_id)
    prices = price_records.prices_on(connection, cycle.business_date, cycle.load_horizon)
    at = find_rows(prices.security_id, needed)
    price = np.where(at >= 0, np.append(prices.price, 0)[at], 0)
    facts = security_records.security_facts(connection, cycle.load_horizon)
    trading_terms = terms_of(facts, needed, price)
    every = np.ones(rows.sleeve_id.size, np.bool_)
    lines = lines_of(positions, targets, trading_terms, funds, every)
    trades, states = _trades(rows, trades_of_run), _states(trades_of_run, blocks)
    _require_footing(rows, trades)
    standing = _trades(rows, trades_of_run.take(np.flatnonzero(states != TradeState.WITHDRAWN)))
    plans, models = name_records.names(connection, "plan"), name_records.names(connection, "model")
    return RunProposals(
        run=cycle.run,
        rows=rows,
        plan=[plans[one] for one in terms.plan_id.tolist()],
        model=[models[one] for one in terms.model_id.tolist()],
        value=lines.value,
        lines=lines,
        weights=weights_before_after(lines, standing),
        targets=targets,
        trades=trades,
        state=states,
        undone_sleeve=find_rows(rows.sleeve_id, undone_of_run.sleeve_id),
        undone=undone_of_run,
    )


def _terms_of(connection: Connection, sleeve_ids: Column, horizon: int) -> SleeveTerms:
    """The terms of the sleeves named, in their order (ascending ids)."""
    terms = sleeve_records.sleeve_terms(connection, horizon)
    at = find_rows(terms.sleeve_id, sleeve_ids)
    return SleeveTerms(*(getattr(terms, name)[at] for name in SleeveTerms.__dataclass_fields__))


def _trades(rows: ProposalRows, proposed: ProposedRows) -> ProposedTrades:
    return ProposedTrades(
        sleeve=find_rows(rows.sleeve_id, proposed.sleeve_id),
        security_id=proposed.security_id,
        side=proposed.side,
        shares=proposed.shares,
        amount=proposed.amount,
        in_shares=proposed.in_shares != 0,
        entire=proposed.entire != 0,
        fee=proposed.fee,
        reason=proposed.reason,
    )


def _require_footing(rows: ProposalRows, trades: ProposedTrades) -> None:
    """Purchases, sales less redemption fees and the change of cash sum to zero in every sleeve."""
    broken = rows.cash_before + cash_change(trades, rows.sleeve_id.size) - rows.cash_after
    if broken.any():
        first = int(np.flatnonzero(broken)[0])
        raise InvariantBroken(
            f"the proposal of sleeve {int(rows.sleeve_id[first])} does not foot: trades and cash are "
            f"{format_decimal(int(broken[first]), 6)} apart"
        )


def _states(proposed: ProposedRows, blocks: NightBlocks) -> Column:
    """What has become of each proposed trade; one that a split left nothing of has lapsed."""
    own = blocks.owned.rows
    of_row = np.empty(own.run.size, np.int64)
    of_row[blocks.blocks.requests.sleeve] = blocks.state
    at = find_rows((own.sleeve_id << 20) | own.security_id, (proposed.sleeve_id << 20) | proposed.security_id)
    return np.where(at >= 0, np.append(of_row, 0)[at], int(TradeState.LAPSED))
