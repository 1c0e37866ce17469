"""Proposals for any number of sleeves, some thousands at a time: memory stays bounded and work stays in the cache.

Sleeves never interact before their trades meet in blocks, so the answer is that of one pass over all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace

import numpy as np

from modelx.domain.effective_target import SECURITY_BITS, EffectiveTargets
from modelx.domain.money import Column
from modelx.domain.position import Positions
from modelx.domain.proposal import Proposal, ProposedTrades, Undone
from modelx.domain.rebalance import propose
from modelx.domain.rebalance_line import NEVER, SleeveFunds, TradingTerms, lines_of
from modelx.domain.rebalance_trigger import Mode

AT_A_TIME = 8_192


def propose_all(
    positions: Positions,
    targets: EffectiveTargets,
    terms: TradingTerms,
    funds: SleeveFunds,
    modes: Column,
    day: int,
    *,
    last_buy: Column | None = None,
    at_a_time: int = AT_A_TIME,
) -> Proposal:
    """Return the trades of every sleeve under its ``Mode``: ``lines_of`` and ``propose``, ``at_a_time`` sleeves each.

    ``last_buy`` gives the day of the last purchase of each position (default: never).
    """
    last_buy = np.full(len(positions), NEVER) if last_buy is None else last_buy
    parts = []
    for start in range(0, max(modes.size, 1), at_a_time):
        sleeves = slice(start, start + at_a_time)
        row = slice(*np.searchsorted(positions.sleeve, [start, start + at_a_time]).tolist())
        held = Positions(
            positions.sleeve[row] - start, positions.security_id[row], positions.shares[row], positions.cost[row]
        )
        wanted = _targets_of(targets, sleeves)
        money = SleeveFunds(*(getattr(funds, column.name)[sleeves] for column in fields(funds)))
        lines = lines_of(held, wanted, terms, money, modes[sleeves] != Mode.HOLD, last_buy[row])
        parts.append(_moved(propose(lines, wanted, terms, money, modes[sleeves], day), start))
    return _joined(parts)


def _targets_of(targets: EffectiveTargets, sleeves: slice) -> EffectiveTargets:
    """The targets of a run of sleeves, which are numbered from nought again; profiles stay as they are."""
    bounds = [sleeves.start << SECURITY_BITS, sleeves.stop << SECURITY_BITS]
    barred = [keys[slice(*np.searchsorted(keys, bounds).tolist())] for keys in (targets.no_buy, targets.no_sell)]
    no_buy, no_sell = (keys - bounds[0] for keys in barred)
    return replace(targets, profile_of_sleeve=targets.profile_of_sleeve[sleeves], no_buy=no_buy, no_sell=no_sell)


def _moved(proposal: Proposal, by: int) -> Proposal:
    """The proposal with its sleeves numbered as they were."""
    trades = replace(proposal.trades, sleeve=proposal.trades.sleeve + by)
    return replace(proposal, trades=trades, undone=replace(proposal.undone, sleeve=proposal.undone.sleeve + by))


def _joined(parts: Sequence[Proposal]) -> Proposal:
    trades, undone = [part.trades for part in parts], [part.undone for part in parts]
    return Proposal(
        ProposedTrades(*(np.concatenate([getattr(one, c.name) for one in trades]) for c in fields(ProposedTrades))),
        Undone(*(np.concatenate([getattr(one, c.name) for one in undone]) for c in fields(Undone))),
        *(np.concatenate([getattr(part, name) for part in parts]) for name in ("cash_before", "cash_after", "notes")),
    )
