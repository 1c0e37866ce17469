"""Unit values as people read them: the version in force, its status, and the sleeves that have none and why."""

from __future__ import annotations

from dataclasses import dataclass

from modelx.services.night_strike import publish
from modelx.store import unit_value_records
from modelx.store.engine import Engine
from modelx.store.unit_of_work import reading
from modelx.store.unit_value_records import Selection, StoredUnitValue

PUBLISHED, STRUCK, HELD = "PUBLISHED", "STRUCK", "HELD"


@dataclass(frozen=True, slots=True)
class ListedUnitValue:
    """One line of `unit-value list`. ``strike`` is None for a sleeve held before it was struck; ``why`` says why."""

    business_date: int
    plan: str
    model: str
    status: str
    strike: StoredUnitValue | None
    why: str = ""


def list_unit_values(engine: Engine, selection: Selection, *, all_versions: bool = False) -> list[ListedUnitValue]:
    """The unit values selected, by date, plan and model: the newest version of each, or all of them.

    A strike is PUBLISHED when its run's publication committed and nothing stopped the sleeve, STRUCK before that. A
    sleeve held that night and not caught up yet is listed HELD, without figures.
    """
    with reading(engine) as connection:
        strikes = unit_value_records.unit_values(connection, selection)
        findings = unit_value_records.findings(connection, selection)
        published = unit_value_records.published_runs(connection, publish.__name__)
    stopping = [finding for finding in findings if finding.level in {"HOLD", "BLOCK"}]
    stopped = {(finding.business_date, finding.run, finding.sleeve_id) for finding in stopping}
    listed = {}
    for strike in strikes:
        free = (strike.business_date, strike.run, strike.sleeve_id) not in stopped
        out = free and (strike.business_date, strike.run) in published
        key = (strike.business_date, strike.plan, strike.model, strike.version if all_versions else 0)
        status = PUBLISHED if out else STRUCK
        listed[key] = ListedUnitValue(strike.business_date, strike.plan, strike.model, status, strike)
    struck = {(strike.business_date, strike.sleeve_id) for strike in strikes}
    for finding in stopping:
        if (finding.business_date, finding.sleeve_id) not in struck:
            key = (finding.business_date, finding.plan, finding.model, 0)
            why = f"{finding.code} {finding.ticker}: {finding.detail}".replace(" :", ":")
            listed[key] = ListedUnitValue(finding.business_date, finding.plan, finding.model, HELD, None, why)
    return [listed[key] for key in sorted(listed)]
