"""What a change takes the place of, by name: part of what its preview is sealed with.

Two drafts for one model and date, or for one override, would otherwise both be approved on previews that know nothing
of each other. Source: ``design.md`` 3 (a preview whose inputs moved is stale).
"""

from __future__ import annotations

from datetime import date

from modelx.domain.approval import digest
from modelx.domain.book_codes import OverrideKind
from modelx.domain.change import Change
from modelx.domain.model_portfolio import TargetVersion
from modelx.domain.override_check import OverrideRule
from modelx.services.change_checks import ModelDesk
from modelx.services.model_book import ModelVersion, Standing


def standing_inputs(change: Change, desk: ModelDesk) -> dict[str, str]:
    """Return, by name, what stands where the change will stand: versions with their loads, overrides as written.

    For each model also the number its next version gets: the first, where it gets several.
    """
    found: dict[str, str] = {}
    for version in change.versions:
        own = _standing_version(version, desk)
        told = "none" if own is None else f"version {own.version.number} of load {own.load_id}"
        found[f"version of {version.model} standing for {version.effective}"] = told
        found[f"next version number of {version.model}"] = str(desk.next_number(version.model))
    rules = {_key(one.rule): one for one in desk.rules}
    for rule in change.rules:
        saved = rules.get(_key(rule))
        told = "none" if saved is None else f"override {saved.number} as {digest({'rule': repr(saved.rule)})[:16]}"
        found[f"override standing for {rule}"] = told
    return found


def versions_to_come(change: Change, desk: ModelDesk) -> tuple[str, ...]:
    """Return what each target version would be if the change were approved now: its number, day and predecessor.

    A draft cannot know: its number depends on what is approved before it.
    """
    following: dict[str, int] = {}
    told = []
    for version in sorted(change.versions, key=lambda one: (one.model, one.effective)):
        number = following.get(version.model, desk.next_number(version.model))
        following[version.model] = number + 1
        own = _standing_version(version, desk)
        before = "" if own is None else f"version {own.version.number} of that date"
        if version.weights:
            place = before and f", in place of {before}"
            told.append(f"{version.model} version {number} from {version.effective}{place}")
        else:
            told.append(f"{version.model} version {number} of {version.effective}, which cancels {before or 'nothing'}")
    return tuple(told)


def _standing_version(version: TargetVersion, desk: ModelDesk) -> ModelVersion | None:
    """The version that stands for the model and date of another, be it one that cancels."""
    own = desk.versions_of.get(version.model, ())
    same_day = (one for one in own if one.version.effective == version.effective)
    return next((one for one in same_day if one.standing is not Standing.REPLACED), None)


def _key(rule: OverrideRule) -> tuple[str, str, OverrideKind, str, date]:
    """What makes an override the same one: a later row with the same key takes its place."""
    return rule.plan, rule.model, rule.kind, rule.ticker, rule.start
