"""Unit values as people read them: the version in force, its status, and the sleeves that have none and why."""

from __future__ import annotations

from dataclasses import dataclass

from modelx.domain.days import date_of
from modelx.services.night_strike import publish
from modelx.store import status_records, unit_value_records
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
    sleeve that is held and has not caught up is listed HELD, without figures, for every night it missed.
    """
    with reading(engine) as connection:
        strikes = unit_value_records.unit_values(connection, selection)
        findings = unit_value_records.findings(connection, selection)
        until = Selection(selection.plan, selection.model, last_day=selection.last_day)
        held_before = unit_value_records.open_findings(connection, until)
        nights = status_records.nights(connection, selection.first_day, selection.last_day)
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
    for finding in held_before:
        for night in (day for day in nights if day > finding.business_date):
            if (night, finding.sleeve_id) not in struck:
                key = (night, finding.plan, finding.model, 0)
                why = f"held since {date_of(finding.business_date)}: {finding.code} {finding.ticker}".rstrip()
                listed[key] = ListedUnitValue(night, finding.plan, finding.model, HELD, None, why)
    for finding in stopping:
        if (finding.business_date, finding.sleeve_id) not in struck:
            key = (finding.business_date, finding.plan, finding.model, 0)
            why = f"{finding.code} {finding.ticker}: {finding.detail}".replace(" :", ":")
            listed[key] = ListedUnitValue(finding.business_date, finding.plan, finding.model, HELD, None, why)
    return [listed[key] for key in sorted(listed)]
