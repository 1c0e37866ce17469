"""Fee rows, and which of them is in force for a sleeve on a day. Source: ``spec/unitization.md`` 8, ``design.md`` 3a.7.

A row names a plan (or all), a model (or all) and a payee. Among the rows live on the day the most specific wins, for
each payee: plan and model, then plan, then model, then all; among equals the latest start, then the latest load.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from modelx.domain.errors import InvalidInput
from modelx.domain.joins import is_last, pair_rows
from modelx.domain.money import AMOUNT_LIMIT, Column, format_decimal, parse_decimal

ALL = 0  # the plan or model id of a row that names none
NO_UPPER = AMOUNT_LIMIT  # the upper bound of the last tier

_PERCENT_PLACES = 10  # a rate of 10^-12 in percent
_SPECIFICITY_LEVELS = 4
_PLAN_BITS = 32


class FeeMethod(IntEnum):
    """How tiers apply: each band at its own rate, or the whole at the rate of the band it reaches."""

    GRADUATED = 0
    CLIFF = 1


class FeeAggregate(IntEnum):
    """Which assets are held against the tiers: the sleeve's, the plan's, or all the payee's."""

    SLEEVE = 0
    PLAN = 1
    RELATIONSHIP = 2


class PaidFrom(IntEnum):
    """Who carries the fee: the sleeve's unit value, or an account outside it."""

    UNIT_VALUE = 0
    ACCOUNT = 1


class Tier(NamedTuple):
    """A band of assets up to and including ``upper`` (millionths of a dollar), at a yearly ``rate`` (10^-12)."""

    upper: int
    rate: int


@dataclass(frozen=True, slots=True)
class FeeRows:
    """Fee rows as columns of one length. Rates are yearly, in 10^-12; days count from 1970-01-01, ends inclusive.

    ``load_order`` rises with each load. ``waives`` is the payee whose accrual the row reduces, 0 for a fee. A row
    with ``tiers`` has no use for ``rate``; an empty tuple means a flat rate.
    """

    plan_id: Column
    model_id: Column
    payee_id: Column
    rate: Column
    tiers: tuple[tuple[Tier, ...], ...]
    start: Column
    end: Column
    paid_from: Column
    method: Column
    aggregate: Column
    waives: Column
    load_order: Column

    def __len__(self) -> int:
        return self.payee_id.size


@dataclass(frozen=True, slots=True)
class SleeveScope:
    """The plan and model of each sleeve in tonight's run; a sleeve is known by its row here. Ids are 1 to 2^31."""

    plan_id: Column
    model_id: Column

    def __len__(self) -> int:
        return self.plan_id.size


@dataclass(frozen=True, slots=True)
class FeesInForce:
    """Pairs (sleeve, fee row): the winning row of each payee, ordered by sleeve, then payee id."""

    sleeve: Column
    row: Column


def resolve(rows: FeeRows, sleeves: SleeveScope, day: int) -> FeesInForce:
    """Return the fee row in force on ``day`` for each sleeve and payee; no pair where no live row applies."""
    live = np.flatnonzero((rows.start <= day) & (day <= rows.end))
    level = 2 * (rows.plan_id[live] != ALL) + (rows.model_id[live] != ALL)
    weakest_first = np.lexsort((rows.load_order[live], rows.start[live], level))
    live, level = live[weakest_first], level[weakest_first]
    payee = np.unique(rows.payee_id[live], return_inverse=True)[1].astype(np.int64)
    n_payees = int(payee.max()) + 1 if payee.size else 1
    strength = np.arange(live.size)
    contenders = []
    for specificity in range(_SPECIFICITY_LEVELS):
        at = strength[level == specificity]
        if at.size == 0:
            continue
        by_plan, by_model = bool(specificity & 2), bool(specificity & 1)
        scope = _scope(rows.plan_id[live[at]], rows.model_id[live[at]], by_plan, by_model)
        at, scope = _strongest_of_each(at, scope, payee[at])
        found, sleeve = pair_rows(scope, _scope(sleeves.plan_id, sleeves.model_id, by_plan, by_model))
        contenders.append((sleeve * n_payees + payee[at[found]]) * live.size + at[found])
    if not contenders:
        return FeesInForce(np.empty(0, np.int64), np.empty(0, np.int64))
    bout = np.sort(np.concatenate(contenders))  # by sleeve, payee and strength: the last of each pair wins
    pair = bout // live.size
    winner = is_last(pair)
    return FeesInForce(pair[winner] // n_payees, live[bout[winner] - pair[winner] * live.size])


def _scope(plan_id: Column, model_id: Column, by_plan: bool, by_model: bool) -> Column:
    """One key for the part of (plan, model) that a level of specificity names."""
    key = np.zeros(plan_id.size, np.int64)
    if by_plan:
        key += plan_id << _PLAN_BITS
    if by_model:
        key += model_id
    return key


def _strongest_of_each(strength: Column, scope: Column, payee: Column) -> tuple[Column, Column]:
    """Keep, of the rows with one scope and payee, the strongest: the others can win nothing."""
    order = np.lexsort((strength, payee, scope))
    strongest = order[is_last(scope[order]) | is_last(payee[order])]
    return strength[strongest], scope[strongest]


def parse_tiers(text: str) -> tuple[Tier, ...]:
    """Read ``0.0050@1000000;0.0035@5000000;0.0025``: rates per year, upper bounds in dollars, the last without one.

    Blank text gives no tiers. Raises ``InvalidInput`` for bounds that do not rise or a last tier that has a bound.
    """
    if not text:
        return ()
    tiers: list[Tier] = []
    *bounded, last = text.split(";")
    for part in bounded:
        rate, at, upper = part.partition("@")
        if not at:
            raise InvalidInput(f"a tier before the last needs an upper bound, rate@upper: {part!r}")
        tiers.append(Tier(parse_decimal(upper, 6), parse_decimal(rate, 12)))
    if "@" in last:
        raise InvalidInput(f"the last tier has no upper bound: {last!r}")
    tiers.append(Tier(NO_UPPER, parse_decimal(last, 12)))
    bounds = [0, *(tier.upper for tier in tiers)]
    if any(upper <= lower for lower, upper in pairwise(bounds)):
        raise InvalidInput(f"the upper bounds of tiers must rise from above zero: {text!r}")
    return tuple(tiers)


def describe_terms(rows: FeeRows, row: int) -> str:
    """Return the terms of a fee row for a person: ``0.25 %``, or each tier with its bound and what they are held to."""
    tiers = rows.tiers[row]
    if not tiers:
        return percent(int(rows.rate[row]))
    *bounded, last = tiers
    parts = [f"{percent(tier.rate)} to {format_decimal(tier.upper, 6, at_least=2)}" for tier in bounded]
    how = f"{FeeMethod(int(rows.method[row])).name.lower()}, by {FeeAggregate(int(rows.aggregate[row])).name.lower()}"
    return f"{', '.join([*parts, f'{percent(last.rate)} above'])} ({how})"


def percent(rate: int) -> str:
    """A yearly rate (10^-12) as a person reads it: ``0.25 %``."""
    return f"{format_decimal(rate, _PERCENT_PLACES, at_least=2)} %"
