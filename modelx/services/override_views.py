"""Overrides for people: what each does, whether it acts, rests or is overdue, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from modelx.domain.book import MISSING
from modelx.domain.days import day_of
from modelx.domain.override import OnExpiry
from modelx.domain.override_check import OverrideRule
from modelx.services.change_checks import model_desk
from modelx.services.change_preview import override_words
from modelx.services.known_names import require_known
from modelx.services.sleeve_targets import FollowedModels, sleeve_targets
from modelx.store import override_records, sleeve_records
from modelx.store.engine import Connection, Engine
from modelx.store.unit_of_work import reading

LIVE, COMING, EXPIRED, OVERDUE, DORMANT, WITHDRAWN = "LIVE", "COMING", "EXPIRED", "OVERDUE", "DORMANT", "WITHDRAWN"
CIRCULAR = "CIRCULAR"


@dataclass(frozen=True, slots=True)
class ListedOverride:
    """One override as it stands on a day: its state in one word, and a sentence that says why."""

    number: int
    rule: OverrideRule
    what: str
    state: str
    why: str


def list_overrides(engine: Engine, plan: str | None, model: str | None, on: date | None) -> list[ListedOverride]:
    """The overrides of a plan and a model (None: any), by number, as they stand on a day (default: the next session).

    A DORMANT one finds nothing to act on in its model; an OVERDUE one is past its end and stays because it says KEEP;
    a CIRCULAR one leads round in a circle with others, and a sleeve it concerns holds.
    """
    with reading(engine) as connection:
        require_known(connection, plan=plan, model=model)
        desk = model_desk(connection)
        day = on or desk.next_night
        dormant, circular = _dormant_and_circular(connection, day, desk.horizon)
    round_in = {one.number: one.rule.plan for one in desk.rules if one.number in circular}
    return [
        _circle_told(_listed(one.number, one.rule, day, one.number in dormant, one.withdrawn), round_in)
        for one in desk.rules
        if plan in {None, one.rule.plan} and (model is None or one.rule.model in {"", model})
    ]


def _dormant_and_circular(connection: Connection, day: date, horizon: int) -> tuple[set[int], set[int]]:
    """The numbers of overrides in force that act on none of their sleeves, and of those that lead round in a circle."""
    terms = sleeve_records.sleeve_terms(connection, horizon)
    buffer = np.where(terms.cash_buffer == MISSING, 0, terms.cash_buffer)
    followed = FollowedModels(terms.plan_id, terms.model_id, buffer)
    found = sleeve_targets(connection, followed, day_of(day), horizon)
    numbers = override_records.override_numbers(connection, horizon)
    dormant, circular = found.targets.dormant.tolist(), found.targets.circular_rules.tolist()
    return {numbers[row] for row in dormant}, {numbers[row] for row in circular}


def _circle_told(listed: ListedOverride, circular: dict[int, str]) -> ListedOverride:
    """The same override, said to be CIRCULAR when it leads round in a circle, with the others of its plan that do."""
    if listed.number not in circular:
        return listed
    others = ", ".join(str(number) for number, plan in circular.items() if plan == listed.rule.plan)
    why = f"substitutions {others} lead round in a circle: the sleeves hold until one of them is ended"
    return replace(listed, state=CIRCULAR, why=why)


def _listed(number: int, rule: OverrideRule, day: date, dormant: bool, withdrawn: bool) -> ListedOverride:
    what = override_words(rule.kind, rule.ticker, rule.to_ticker, rule.weight)
    state, why = LIVE, "in force" + (f" through {rule.end}" if rule.end else " until further notice")
    if withdrawn:
        state, why = WITHDRAWN, "taken back before it began"
    elif rule.start > day:
        state, why = COMING, f"begins on {rule.start}"
    elif rule.end is not None and rule.end < day:
        if rule.on_expiry is OnExpiry.KEEP:
            state, why = OVERDUE, f"ended on {rule.end} and stays until somebody decides: end it, or draft it anew"
        else:
            after = (
                "its model's weights are back" if rule.on_expiry is OnExpiry.REVERT else "the next rebalance reverts"
            )
            state, why = EXPIRED, f"ended on {rule.end}: {after}"
    if state in {LIVE, OVERDUE} and dormant:
        state, why = (
            DORMANT,
            f"{rule.ticker or 'its model'} has no target for it to act on; it rests until there is one",
        )
    return ListedOverride(number, rule, what, state, why)
