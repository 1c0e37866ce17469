"""What each sleeve is to hold on a day: its model's version in force under its plan's overrides, and what has changed.

The rules are those of :mod:`modelx.domain.override_resolution`; here the book's rows become their columns.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from modelx.domain.book import MISSING
from modelx.domain.book_codes import ExcludeTo, OverrideKind
from modelx.domain.effective_target import SECURITY_BITS, EffectiveTargets
from modelx.domain.errors import InvalidInput
from modelx.domain.joins import find_rows
from modelx.domain.money import Column
from modelx.domain.override import OnExpiry, Overrides, in_force
from modelx.domain.override_resolution import ModelTargets, resolve
from modelx.domain.rebalance_trigger import Trigger
from modelx.store import override_records, target_records
from modelx.store.engine import Connection


@dataclass(frozen=True, slots=True)
class FollowedModels:
    """Sleeves by their place in these columns: plan, model, and cash buffer (10^-12)."""

    plan_id: Column
    model_id: Column
    buffer: Column


@dataclass(frozen=True, slots=True)
class SleeveTargets:
    """The effective targets of sleeves on ``day``, and the rows of the book they come from.

    ``overrides`` are those of the sleeves, whenever they act; ``override_load`` is the load each came with.
    ``version_day`` and ``version_load`` are, per model id, the effective date and load of its version in force, and
    ``MISSING`` where it has none. ``row_id`` lists every row read.
    """

    day: int
    targets: EffectiveTargets
    overrides: Overrides
    override_load: Column
    version_day: Column
    version_load: Column
    row_id: Column

    def changes_since(self, model_id: Column, last_night: Column, known_to: Column) -> Column:
        """The MODEL and OVERRIDE triggers of each sleeve: what took effect, or was learned, since its last night.

        ``last_night`` and ``known_to`` are, per sleeve, the night whose targets it has followed and the last load that
        night could see. An override that ended calls for trades only where it says REVERT.
        """
        new = (self.version_day[model_id] > last_night) | (self.version_load[model_id] > known_to)
        found = np.where(new & (self.version_day[model_id] != MISSING), int(Trigger.MODEL), 0)
        rules = self.overrides
        live = in_force(rules, self.day)
        before = np.zeros(live.size, np.bool_)
        for night in np.unique(last_night[rules.sleeve]).tolist():
            mine = last_night[rules.sleeve] == night
            before |= mine & in_force(rules, night)
        came_since = self.override_load > known_to[rules.sleeve]
        reverts = rules.on_expiry == OnExpiry.REVERT
        started, ended = live & (~before | came_since), ~live & before & (reverts | came_since)
        withdrawn = came_since & ~live & (rules.start <= self.day)
        found[rules.sleeve[started | ended | withdrawn]] |= int(Trigger.OVERRIDE)
        return found


def sleeve_targets(connection: Connection, sleeves: FollowedModels, day: int, horizon: int) -> SleeveTargets:
    """Resolve the targets of ``sleeves`` on ``day``, as known at the load ``horizon``.

    Raises ``InvalidInput`` for an override whose ``on_expiry`` is no known word, and for a circle of substitutions.
    """
    rows = target_records.targets_on(connection, day, horizon)
    n_models = int(max(rows.model_id.max(initial=0), sleeves.model_id.max(initial=0))) + 1
    models = ModelTargets(n_models, rows.model_id, rows.security_id, rows.weight)
    version_day, version_load = np.full((2, n_models), MISSING)
    version_day[rows.model_id], version_load[rows.model_id] = rows.effective_day, rows.load_id
    overrides, loads, override_rows = _overrides_of(connection, sleeves, horizon)
    targets = resolve(models, sleeves.model_id, sleeves.buffer, overrides, day)
    row_id = np.concatenate([rows.row_id, override_rows])
    return SleeveTargets(day, targets, overrides, loads, version_day, version_load, row_id)


def _overrides_of(connection: Connection, sleeves: FollowedModels, horizon: int) -> tuple[Overrides, Column, Column]:
    """The overrides of the sleeves, one row for each sleeve they concern, their loads, and the rows read.

    An override of a plan's every model gives way to one of the same kind and security that names the model.
    """
    stored = override_records.overrides_known(connection, horizon)
    order = np.argsort(sleeves.plan_id, kind="stable")
    plans = sleeves.plan_id[order]
    first, last = (np.searchsorted(plans, stored.plan_id, side=side) for side in ("left", "right"))
    rule = np.repeat(np.arange(stored.plan_id.size), last - first)
    sleeve = order[np.arange(rule.size) + np.repeat(first - (np.cumsum(last - first) - (last - first)), last - first)]
    model = stored.model_id[rule]
    concerned = (model == 0) | (model == sleeves.model_id[sleeve])
    rule, sleeve, model = rule[concerned], sleeve[concerned], model[concerned]
    about = (((sleeve << 3) | stored.kind[rule]) << SECURITY_BITS) | stored.security_id[rule]
    general = (model == 0) & np.isin(about, about[model != 0])
    rule, sleeve, about = rule[~general], sleeve[~general], about[~general]
    in_order = np.lexsort((stored.start_day[rule], about))
    rule, sleeve = rule[in_order], sleeve[in_order]
    weight, exclude_to = stored.weight[rule], stored.exclude_to[rule]
    overrides = Overrides(
        override_id=stored.row_id[rule],
        sleeve=sleeve,
        kind=stored.kind[rule],
        security=stored.security_id[rule],
        to_security=stored.to_security_id[rule],
        weight=np.where(weight == MISSING, 0, weight),
        exclude_to=np.where(exclude_to == MISSING, int(ExcludeTo.CASH), exclude_to),
        start=stored.start_day[rule],
        end=stored.end_day[rule],
        on_expiry=_on_expiry(stored.on_expiry)[rule],
        was_in_model=_was_in_model(connection, stored, rule, sleeves.model_id[sleeve], horizon),
    )
    return overrides, stored.load_id[rule], stored.row_id


def _on_expiry(words: list[str]) -> Column:
    codes = {"": int(OnExpiry.REVERT)} | {one.name: int(one) for one in OnExpiry}
    for word in words:
        if word not in codes:
            raise InvalidInput(f"overrides.csv: on_expiry {word!r} is none of {', '.join(filter(None, codes))}")
    return np.array([codes[word] for word in words], np.int64)


def _was_in_model(
    connection: Connection, stored: override_records.StoredOverrides, rule: Column, model_id: Column, horizon: int
) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Whether a security had been in the model when its override was saved; only SET_WEIGHT asks."""
    answer = np.zeros(rule.size, np.bool_)
    asked = np.flatnonzero(stored.kind[rule] == OverrideKind.SET_WEIGHT)
    if asked.size:
        ever = override_records.first_targeted(connection, horizon)
        wanted = (model_id[asked] << SECURITY_BITS) | stored.security_id[rule[asked]]
        at = find_rows((ever.model_id << SECURITY_BITS) | ever.security_id, wanted)
        found = at >= 0
        answer[asked[found]] = ever.load_id[at[found]] <= stored.load_id[rule[asked[found]]]
    return answer
