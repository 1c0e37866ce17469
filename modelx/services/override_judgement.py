"""Overrides of a folder, judged together with those in the book: what clashes is refused at the door, with its line.

A circle of substitutions, two rules on one security on one day, or weights over one would otherwise be met by the
night. Whether a security can be bought is not asked here: a folder may bring what was decided long ago.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from modelx.domain.book import MISSING, FileColumns, FindingLog
from modelx.domain.book_codes import OPEN_END, OPEN_START, ExcludeTo, OverrideKind
from modelx.domain.days import date_of
from modelx.domain.finding import Level, SourceRow
from modelx.domain.override import OnExpiry
from modelx.domain.override_check import OverrideRule, clashes
from modelx.services.model_book import NumberedRule, start_day


def judge_overrides(
    rows: FileColumns | None,
    saved: Sequence[NumberedRule],
    models_of: Mapping[str, Collection[str]],
    opened: Mapping[tuple[str, str], SourceRow],
    since: date,
    log: FindingLog,
) -> None:
    """List what clashes among the rows, and with the overrides saved, as refusals at the later row concerned.

    ``models_of`` gives the models of each plan that has sleeves: a rule for every model of a plan is one for each.
    ``opened`` are the rows of sleeves that the folder brings: rules that meet in such a sleeve clash at its row. A rule
    for a sleeve that nobody has is a warning (``NO_SLEEVE``). Rules that ended before ``since`` clash with none.
    """
    good = [] if rows is None else np.flatnonzero(~rows.refused).tolist()
    new = {_key(rule): (rule, row) for row in good if rows and (rule := _rule(rows, row)) is not None}
    plans = {rule.plan for rule, _ in new.values()} | {plan for plan, _ in opened}
    old = [one.rule for one in saved if one.rule.plan in plans and _key(one.rule) not in new]
    line = dict(new.values())
    rules = [rule for rule in (*old, *line) if rule.end is None or rule.end >= rule.start]
    named = {(rule.plan, rule.model, rule.kind, rule.ticker) for rule in rules if rule.model}
    by_sleeve: dict[tuple[str, str], list[tuple[OverrideRule, int]]] = {}
    for rule in rules:
        for model in [rule.model] if rule.model else models_of.get(rule.plan, ()):
            if rule.model or (rule.plan, model, rule.kind, rule.ticker) not in named:
                told = by_sleeve.setdefault((rule.plan, model), [])
                told.append((replace(rule, model=model), line.get(rule, -1)))
    for sleeve, together in sorted(by_sleeve.items()):
        at = max(row for _, row in together)
        place = rows.source(at, "ticker") if rows and at >= 0 else opened.get(sleeve)
        if place is not None:
            for finding in clashes([rule for rule, _ in together], since):
                log.add(finding.code, Level.REFUSE, finding.message, place)
    for rule, row in line.items():
        if rows and (rule.model not in models_of.get(rule.plan, ()) if rule.model else rule.plan not in models_of):
            what = f"sleeve of model {rule.model}" if rule.model else "sleeve"
            message = f"plan {rule.plan} has no {what}: the override rests until sleeves.csv brings it, or correct it"
            log.add("NO_SLEEVE", Level.WARN, message, rows.source(row, "model" if rule.model else "plan"))


def _rule(rows: FileColumns, row: int) -> OverrideRule | None:
    start, end = int(rows.ints("start")[row]), int(rows.ints("end")[row])
    weight, exclude_to = int(rows.ints("weight")[row]), int(rows.ints("exclude_to")[row])
    expiry = rows.texts("on_expiry").at(row) or OnExpiry.REVERT.name
    if expiry not in OnExpiry.__members__:
        return None
    return OverrideRule(
        plan=rows.texts("plan").at(row),
        model=rows.texts("model").at(row),
        kind=OverrideKind(int(rows.ints("kind")[row])),
        ticker=rows.texts("ticker").at(row),
        start=date.min if start == OPEN_START else date_of(start),
        end=None if end == OPEN_END else date_of(end),
        to_ticker=rows.texts("to_ticker").at(row),
        weight=0 if weight == MISSING else weight,
        exclude_to=ExcludeTo.CASH if exclude_to == MISSING else ExcludeTo(exclude_to),
        on_expiry=OnExpiry[expiry],
        reason=rows.texts("reason").at(row),
    )


def _key(rule: OverrideRule) -> tuple[str, str, int, str, int]:
    return (rule.plan, rule.model, int(rule.kind), rule.ticker, start_day(rule))
