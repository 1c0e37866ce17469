"""Effective targets from models and overrides, for all sleeves at once.

The order is fixed (``spec/unitization.md`` 9) and does not depend on when an override was created: model version in
force; substitutions, followed to their end; exclusions, each of the weight it then finds; explicit weights, the other
names scaled to fill; all but cash scaled to one less the cash weight (the larger of the CASH target and the buffer,
``design.md`` 3a.9); rounding to six decimals by largest remainder (equal remainders: the larger weight, then the
lower security number).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from modelx.domain.book_codes import ExcludeTo, OverrideKind
from modelx.domain.effective_target import CASH, SECURITY_BITS, EffectiveTargets, Why, WhyStep
from modelx.domain.joins import find_rows, is_first
from modelx.domain.model_portfolio import WEIGHT_ONE, WEIGHT_STEP
from modelx.domain.money import Column, allocate, group_sum, round_to
from modelx.domain.override import Mask, Overrides, in_force

_ONE = WEIGHT_ONE // WEIGHT_STEP  # a weight of one, counted in steps of 10^-6
_LONGEST_CHAIN = 64


@dataclass(frozen=True, slots=True)
class ModelTargets:
    """The version in force of every model as rows (model, security, weight of 10^-12), CASH included as security 0."""

    n_models: int
    model: Column
    security: Column
    weight: Column


def resolve(models: ModelTargets, model: Column, buffer: Column, overrides: Overrides, day: int) -> EffectiveTargets:
    """Return every sleeve's effective targets on ``day``.

    ``model`` is the row of each sleeve's model, ``buffer`` its cash buffer (10^-12, half-up to six decimals). Model
    weights finer than six decimals are first brought to six by largest remainder. A sleeve whose substitutions lead
    round in a circle, which ``override_check`` refuses when they are saved, has no targets: it is in ``circular``.
    """
    live = overrides.take(in_force(overrides, day))
    changes = live.take(live.kind <= OverrideKind.SET_WEIGHT)
    profiles, profile_of_sleeve, profile_of_rule = _profiles(model, _buffers(buffer, live), changes)
    lines = _expand(models, profiles.model)
    rules = _Rules(changes, profile_of_rule)
    _substitute(lines, rules)
    _exclude(lines, rules)
    _set_weights(lines, rules)
    return _finish(lines, rules, profiles, profile_of_sleeve, live, models)


@dataclass(frozen=True, slots=True)
class _Profiles:
    model: Column
    buffer: Column  # in steps of 10^-6


@dataclass(slots=True)
class _Lines:
    """The weights under way, in steps of 10^-6, cash apart. ``fixed`` marks explicit weights."""

    profile: Column
    security: Column
    parts: Column
    fixed: Mask
    cash: Column  # by profile

    def key(self) -> Column:
        return (self.profile << SECURITY_BITS) | self.security

    def take(self, keep: Mask) -> None:
        """Leave only the lines at which ``keep`` is True."""
        self.profile, self.security = self.profile[keep], self.security[keep]
        self.parts, self.fixed = self.parts[keep], self.fixed[keep]


@dataclass(slots=True)
class _Rules:
    """The overrides that change weights, the profile of each, which of them found a line, and what they did."""

    rows: Overrides
    profile: Column
    used: Mask = field(init=False)
    circular: Mask = field(init=False)  # substitutions that lead some weight round in a circle
    why: list[tuple[Column, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.used, self.circular = np.zeros((2, self.profile.size), np.bool_)

    def of(self, kind: OverrideKind) -> tuple[Column, Column]:
        """The rows of one kind and their keys (profile, security)."""
        rows = np.flatnonzero(self.rows.kind == kind)
        return rows, (self.profile[rows] << SECURITY_BITS) | self.rows.security[rows]

    def note(
        self, step: WhyStep, rule: Column, security: Column, source: Column, target: Column, parts: Column
    ) -> None:
        """Remember what the rules in ``rule`` did, one entry each."""
        size = rule.size
        columns = (self.profile[rule], security, np.full(size, int(step)), self.rows.override_id[rule])
        self.why.append((*columns, source, target, parts * WEIGHT_STEP))


def _buffers(buffer: Column, live: Overrides) -> Column:
    """Each sleeve's buffer in steps, a live CASH_BUFFER override in place of the sleeve's own."""
    steps = round_to(buffer, WEIGHT_STEP) // WEIGHT_STEP
    rule = live.take(live.kind == OverrideKind.CASH_BUFFER)
    order = np.lexsort((rule.override_id, rule.start))
    steps[rule.sleeve[order]] = (round_to(rule.weight, WEIGHT_STEP) // WEIGHT_STEP)[order]
    return steps


def _profiles(model: Column, buffer: Column, changes: Overrides) -> tuple[_Profiles, Column, Column]:
    """The profiles, the profile of each sleeve and the profile of each override that changes weights."""
    shared, shared_of_sleeve = np.unique((model << 20) | buffer, return_inverse=True)  # a buffer is at most 10^6 < 2^20
    own, own_of_rule = np.unique(changes.sleeve, return_inverse=True)
    profile_of_sleeve = shared_of_sleeve.astype(np.int64)
    profile_of_sleeve[own] = shared.size + np.arange(own.size)
    columns = (np.concatenate([shared >> 20, model[own]]), np.concatenate([shared & (2**20 - 1), buffer[own]]))
    return _Profiles(*columns), profile_of_sleeve, own_of_rule.astype(np.int64) + shared.size


def _expand(models: ModelTargets, model_of_profile: Column) -> _Lines:
    """Copy each profile's model rows, cash apart."""
    order = np.lexsort((models.security, models.model))
    model, security = models.model[order], models.security[order]
    has_rows = np.bincount(model, minlength=models.n_models) > 0
    total = np.where(has_rows, WEIGHT_ONE, 0)
    parts = allocate(total, models.weight[order], model, step=WEIGHT_STEP, key=security) // WEIGHT_STEP
    first = np.searchsorted(model, np.arange(models.n_models + 1))
    count = (first[1:] - first[:-1])[model_of_profile]
    profile = np.repeat(np.arange(model_of_profile.size), count)
    at = np.arange(profile.size) + np.repeat(first[model_of_profile] - (np.cumsum(count) - count), count)
    is_cash = security[at] == CASH
    cash = group_sum(parts[at[is_cash]], profile[is_cash], model_of_profile.size)
    at, profile = at[~is_cash], profile[~is_cash]
    return _Lines(profile, security[at], parts[at], np.zeros(at.size, np.bool_), cash)


def _substitute(lines: _Lines, rules: _Rules) -> None:
    """Move weights along the substitutions to the end of each chain, then merge what meets.

    Weight that comes to no end is taken out with all its profile's lines, and the rules that move it are ``circular``.
    """
    rule, keys = rules.of(OverrideKind.SUBSTITUTE)
    hops: list[tuple[Column, Column, Column]] = []
    line = np.zeros(0, np.int64)
    for _ in range(_LONGEST_CHAIN):
        at = find_rows(keys, lines.key())
        line = np.flatnonzero(at >= 0)
        if line.size == 0:
            break
        by = rule[at[line]]
        hops.append((line, by, lines.security[line]))
        rules.used[by] = True
        lines.security = lines.security.copy()
        lines.security[line] = rules.rows.to_security[by]
    for moved, by, _ in hops:
        rules.circular[by[np.isin(moved, line)]] = True
    without = np.isin(lines.profile, lines.profile[line])
    for moved, by, source in hops:
        kept = ~without[moved]
        at, mover = moved[kept], by[kept]
        target = rules.rows.to_security[mover]
        rules.note(WhyStep.SUBSTITUTED, mover, lines.security[at], source[kept], target, lines.parts[at])
    lines.take(~without)
    _merge(lines)


def _merge(lines: _Lines) -> None:
    order = np.argsort(lines.key(), kind="stable")
    key = lines.key()[order]
    first = is_first(key)
    parts = group_sum(lines.parts[order], np.cumsum(first) - 1, int(first.sum()))
    kept = order[first]
    lines.profile, lines.security, lines.parts = lines.profile[kept], lines.security[kept], parts
    lines.fixed = np.zeros(kept.size, np.bool_)


def _exclude(lines: _Lines, rules: _Rules) -> None:
    """Take excluded names out; their weight goes to cash, or is left for the others to take up when they are scaled."""
    rule, keys = rules.of(OverrideKind.EXCLUDE)
    at = find_rows(keys, lines.key())
    line = np.flatnonzero(at >= 0)
    by = rule[at[line]]
    rules.used[by] = True
    to_cash = rules.rows.exclude_to[by] == ExcludeTo.CASH
    for step, chosen in ((WhyStep.EXCLUDED_TO_CASH, to_cash), (WhyStep.EXCLUDED_PRORATA, ~to_cash)):
        rows, nothing = line[chosen], np.full(int(chosen.sum()), -1)
        rules.note(step, by[chosen], lines.security[rows], nothing, nothing, lines.parts[rows])
    lines.cash = lines.cash + group_sum(lines.parts[line[to_cash]], lines.profile[line[to_cash]], lines.cash.size)
    lines.take(at < 0)


def _set_weights(lines: _Lines, rules: _Rules) -> None:
    """Give names their explicit weight, adding those that never were in the model."""
    rule, keys = rules.of(OverrideKind.SET_WEIGHT)
    parts = round_to(rules.rows.weight[rule], WEIGHT_STEP) // WEIGHT_STEP
    is_cash = rules.rows.security[rule] == CASH
    lines.cash = lines.cash.copy()
    lines.cash[rules.profile[rule[is_cash]]] = parts[is_cash]
    at = find_rows(lines.key(), keys)
    found = at >= 0
    lines.parts, lines.fixed = lines.parts.copy(), lines.fixed.copy()
    lines.parts[at[found]] = parts[found]
    lines.fixed[at[found]] = True
    new = ~found & ~is_cash & ~rules.rows.was_in_model[rule]
    lines.profile = np.concatenate([lines.profile, rules.profile[rule[new]]])
    lines.security = np.concatenate([lines.security, rules.rows.security[rule[new]]])
    lines.parts = np.concatenate([lines.parts, parts[new]])
    lines.fixed = np.concatenate([lines.fixed, np.ones(int(new.sum()), np.bool_)])
    done = found | new | is_cash
    rules.used[rule[done]] = True
    nothing = np.full(int(done.sum()), -1)
    rules.note(WhyStep.SET, rule[done], rules.rows.security[rule[done]], nothing, nothing, parts[done])


def _finish(
    lines: _Lines, rules: _Rules, profiles: _Profiles, profile_of_sleeve: Column, live: Overrides, models: ModelTargets
) -> EffectiveTargets:
    """Scale to fill and for the buffer, round once, and put the result in order."""
    n = profiles.model.size
    fixed = group_sum(np.where(lines.fixed, lines.parts, 0), lines.profile, n)
    free = group_sum(np.where(lines.fixed, 0, lines.parts), lines.profile, n)
    over_committed = (fixed + lines.cash > _ONE) & (fixed > 0)
    left_in_cash = (free == 0) & (fixed + lines.cash < _ONE)
    target_cash = np.where(left_in_cash, _ONE - fixed, lines.cash)
    cash = np.maximum(target_cash, profiles.buffer)
    room = np.maximum(_ONE - target_cash - fixed, 0)  # what the names not set share
    share = lines.parts * np.where(lines.fixed, np.maximum(free, 1)[lines.profile], room[lines.profile])
    shared_out = group_sum(share, lines.profile, n) > 0
    cash = np.where(shared_out, cash, _ONE)
    total = (_ONE - cash) * WEIGHT_STEP
    weight = allocate(total, share, lines.profile, step=WEIGHT_STEP, key=lines.security)
    order = np.argsort(lines.key(), kind="stable")
    order = order[weight[order] > 0]
    has_targets = (np.bincount(models.model, minlength=models.n_models) > 0)[profiles.model]
    circular = np.unique(rules.profile[rules.circular])
    has_targets[circular] = False
    buffered = np.flatnonzero((profiles.buffer > target_cash) & has_targets)
    deviates = np.zeros(n, np.bool_)
    deviates[rules.profile[rules.used]] = True
    no_buy, no_sell, idle = _bars(live, profile_of_sleeve, lines.key()[order])
    dormant = np.concatenate([rules.rows.override_id[~rules.used], idle])
    return EffectiveTargets(
        profile_of_sleeve=profile_of_sleeve,
        first_row=np.searchsorted(lines.profile[order], np.arange(n + 1)),
        security=lines.security[order],
        weight=weight[order],
        cash_weight=cash * WEIGHT_STEP,
        has_targets=has_targets,
        deviates=deviates,
        no_buy=no_buy,
        no_sell=no_sell,
        dormant=np.sort(dormant),
        over_committed=np.flatnonzero(over_committed & has_targets),
        circular=circular,
        circular_rules=np.unique(rules.rows.override_id[rules.circular]),
        left_in_cash=np.flatnonzero(left_in_cash & has_targets),
        why=_whys(rules, buffered, profiles.buffer[buffered]),
    )


def _bars(live: Overrides, profile_of_sleeve: Column, targets: Column) -> tuple[Column, Column, Column]:
    """The keys (sleeve, security) that may not be bought, those that may not be sold, and NO_BUY rules without use."""
    key = (live.sleeve << SECURITY_BITS) | live.security
    buys, sells = live.kind == OverrideKind.NO_BUY, live.kind == OverrideKind.NO_SELL
    wanted = (profile_of_sleeve[live.sleeve[buys]] << SECURITY_BITS) | live.security[buys]
    idle = find_rows(targets, wanted) < 0
    return np.unique(key[buys]), np.unique(key[sells]), live.override_id[buys][idle]


def _whys(rules: _Rules, buffered: Column, buffer: Column) -> Why:
    """All entries, ordered by profile, step, security, source and override, so that creation order does not show."""
    nothing = np.full(buffered.size, -1)
    step = np.full(buffered.size, int(WhyStep.BUFFER))
    last = (buffered, np.zeros(buffered.size, np.int64), step, nothing, nothing, nothing, buffer * WEIGHT_STEP)
    columns = [np.concatenate(parts).astype(np.int64) for parts in zip(*rules.why, last, strict=True)]
    profile, security, step_column, override_id, source, _, _ = columns
    order = np.lexsort((override_id, source, security, step_column, profile))
    return Why(*(column[order] for column in columns))
