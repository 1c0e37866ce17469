"""Drafts: what a person writes becomes a change that is sound on its own, stored under a number, and not yet true.

No night reads a draft. What comes next is a preview, and another person's approval of that preview.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from modelx.domain.book_codes import OverrideKind
from modelx.domain.change import Change, ChangeKind, content_hash
from modelx.domain.errors import InvalidInput, NotFound, NotPermitted
from modelx.domain.finding import Finding
from modelx.domain.model_portfolio import (
    TargetVersion,
    replace_security,
    revert,
    weights_from,
)
from modelx.domain.override import OnExpiry
from modelx.domain.override_check import OverrideRule
from modelx.services.change_checks import ModelDesk, model_desk, require_sound
from modelx.services.model_book import Standing
from modelx.store import change_records
from modelx.store.engine import Engine
from modelx.store.unit_of_work import reading, writing

_FOLLOWS_ITS_FUND = {OverrideKind.SUBSTITUTE, OverrideKind.EXCLUDE, OverrideKind.SET_WEIGHT}


@dataclass(frozen=True, slots=True)
class Author:
    """Who drafts, why, and when (microseconds since 1970 in UTC)."""

    name: str
    memo: str
    at: int


@dataclass(frozen=True, slots=True)
class Drafted:
    """A stored draft: its number, what it is, and what was said of it that does not stop it."""

    change_id: int
    change: Change
    content_hash: str
    warnings: tuple[Finding, ...]


def draft_weights(
    engine: Engine, model: str, weights: Mapping[str, int], effective: date | None, by: Author
) -> Drafted:
    """Draft a version of a model from whole target weights (10^-12). ``effective`` None is the next session."""

    def change(desk: ModelDesk) -> Change:
        _require_model(desk, model)
        return _version_change(desk, ChangeKind.MODEL, model, weights, effective or desk.next_night, by.memo)

    return _draft(engine, change, by)


def draft_adjustment(
    engine: Engine, model: str, settings: Mapping[str, int], effective: date | None, by: Author
) -> Drafted:
    """Draft a version from the one in force on the effective date with some weights set; zero takes a name out.

    The weights must sum to one as they are then: nothing is scaled in silence.
    """

    def change(desk: ModelDesk) -> Change:
        _require_model(desk, model)
        on = effective or desk.next_night
        before = desk.in_force_on(model, on)
        weights = dict(before.weights if before else ()) | dict(settings)
        kept = {ticker: weight for ticker, weight in weights.items() if weight}
        return _version_change(desk, ChangeKind.MODEL, model, kept, on, by.memo)

    return _draft(engine, change, by)


def draft_revert(engine: Engine, model: str, to: int, effective: date | None, by: Author) -> Drafted:
    """Draft a new version with the weights of an older one. Raises :class:`NotFound` when there is none."""

    def change(desk: ModelDesk) -> Change:
        _require_model(desk, model)
        own = [one.version for one in desk.versions_of.get(model, ())]
        version = revert(own, model, to, effective or desk.next_night)
        memo = by.memo or version.memo
        return Change(
            ChangeKind.REVERT, _title(version, f"as version {to}"), version.effective, (replace(version, memo=memo),)
        )

    return _draft(engine, change, by)


def draft_cancellation(engine: Engine, model: str, number: int, by: Author) -> Drafted:
    """Draft that a scheduled version does not come: the one before it stays in force.

    Raises :class:`InvalidInput` for a version that has taken effect (revert instead) or does not stand any more.
    """

    def change(desk: ModelDesk) -> Change:
        _require_model(desk, model)
        found = next((one for one in desk.versions_of.get(model, ()) if one.version.number == number), None)
        if found is None:
            raise NotFound(f"model {model} has no version {number}; see `modelx model show {model}`")
        stands = found.standing in {Standing.SCHEDULED, Standing.IN_FORCE}
        if not stands or (desk.last_night is not None and found.version.effective <= desk.last_night):
            what = "in force" if stands else found.standing.value.lower()
            raise InvalidInput(f"version {number} of {model} is {what}, not scheduled; revert to another one instead")
        memo = by.memo or f"cancels version {number}"
        version = TargetVersion(model, desk.next_number(model), found.version.effective, (), memo=memo)
        title = f"{model}: version {number} of {version.effective} does not come"
        return Change(ChangeKind.CANCEL, title, version.effective, (version,))

    return _draft(engine, change, by)


def draft_replacement(engine: Engine, old: str, new: str, effective: date | None, by: Author) -> Drafted:
    """Draft one security for another in every model, scheduled versions included, and in every plan's overrides.

    An override that acts on ``old`` (a substitution from or to it, an exclusion, a weight) ends the day before, and
    the same on ``new`` begins; one that would then put ``new`` in its own place only ends. Where the model holds
    ``new`` already, the override would reach that weight too: it stays as it is, and the preview tells that it goes
    dormant. NO_BUY and NO_SELL speak of the security itself and stay.
    """

    def change(desk: ModelDesk) -> Change:
        on = effective or desk.next_night
        models = sorted(desk.versions_of)
        versions: list[TargetVersion] = []
        before: list[TargetVersion] = []
        for model in models:
            now = desk.in_force_on(model, on)
            standing = [*([now] if now else []), *desk.scheduled_after(model, on)]
            before += standing
            number = desk.next_number(model)
            for one in standing:
                if any(ticker == old for ticker, _ in one.weights):
                    day = max(one.effective, on)
                    (made,) = replace_security([one], old, new, day)
                    versions.append(replace(made, number=number, memo=by.memo or made.memo))
                    number += 1
        holds_new = {one.model for one in before if one.weight(new)}
        rules = [
            moved
            for one in desk.rules
            if not one.withdrawn
            for moved in _moved(one.rule, old, new, on, carry=not holds_new & desk.models_of(one.rule))
        ]
        if not versions and not rules:
            raise InvalidInput(f"no model and no override holds {old}; nothing to replace")
        title = f"{old} replaced by {new} in {_counted(len({v.model for v in versions}), 'model')} from {on}"
        return Change(ChangeKind.REPLACE, title, on, tuple(versions), tuple(rules))

    return _draft(engine, change, by)


def draft_overrides(engine: Engine, rules: Sequence[OverrideRule], by: Author) -> Drafted:
    """Draft an override, or several at once."""

    def change(desk: ModelDesk) -> Change:
        first = replace(rules[0], model=rules[0].model or "every model")
        title = str(first) if len(rules) == 1 else f"{len(rules)} overrides"
        return Change(ChangeKind.OVERRIDE, title, min(rule.start for rule in rules), (), tuple(rules))

    return _draft(engine, change, by)


def draft_override_end(engine: Engine, numbers: Sequence[int], last_day: date | None, by: Author) -> Drafted:
    """Draft the end of overrides by number: ``last_day`` (default: the last night) is the last day they act.

    One that has not begun is withdrawn. Raises :class:`NotFound` for a number that is no override.
    """

    def change(desk: ModelDesk) -> Change:
        known = {one.number: one for one in desk.rules}
        rules = []
        for number in numbers:
            if number not in known or known[number].withdrawn:
                raise NotFound(f"there is no override {number}; see `modelx override list`")
            rules.append(_ended(known[number].rule, last_day or desk.last_night or date.min))
        listed = ", ".join(str(number) for number in numbers)
        felt = [max(rule.start, rule.end + timedelta(1)) for rule in rules if rule.end is not None]
        title = f"end of override {listed}: {rules[0]}" if len(rules) == 1 else f"end of overrides {listed}"
        return Change(ChangeKind.OVERRIDE_END, title, min(felt), (), tuple(rules))

    return _draft(engine, change, by)


def cancel_draft(engine: Engine, change_id: int, reason: str, by: Author) -> None:
    """Take a draft back. Raises :class:`NotFound`, or :class:`InvalidInput` for one that is approved or cancelled."""
    if not reason.strip():
        raise InvalidInput("a cancellation gives its reason: --reason")
    with writing(engine) as connection:
        change_records.lock_for_changes(connection)
        found = change_records.changes(connection, change_id)
        if not found:
            raise NotFound(f"there is no change {change_id}; see `modelx model changes`")
        if found[0].approval is not None:
            raise InvalidInput(f"change {change_id} is approved: cancel its version, revert it, or end its override")
        if found[0].cancellation is not None:
            raise InvalidInput(f"change {change_id} was cancelled by {found[0].cancellation.cancelled_by} already")
        row = {"change_id": change_id, "cancelled_by": by.name.strip(), "reason": reason, "recorded_at": by.at}
        change_records.insert_cancellation(connection, row)


def next_session(engine: Engine) -> date:
    """The first session on which a change can be felt: the one after the last night that has begun."""
    with reading(engine) as connection:
        return model_desk(connection).next_night


def _draft(engine: Engine, make: Callable[[ModelDesk], Change], by: Author) -> Drafted:
    if not by.name.strip():
        raise NotPermitted("a draft names the person who makes it: --by")
    with writing(engine) as connection:
        change_records.lock_for_changes(connection)
        desk = model_desk(connection)
        change = make(desk)
        warnings = require_sound(change, desk)
        content = change.to_text()
        digest = content_hash(content)
        texts = {"kind": change.kind.value, "title": change.title, "content": content, "content_hash": digest}
        row = {**texts, "memo": by.memo, "maker": by.name.strip(), "recorded_at": by.at}
        return Drafted(change_records.insert_draft(connection, row), change, digest, tuple(warnings))


def _version_change(
    desk: ModelDesk, kind: ChangeKind, model: str, weights: Mapping[str, int], effective: date, memo: str
) -> Change:
    version = TargetVersion(model, desk.next_number(model), effective, weights_from(weights), memo=memo)
    return Change(kind, _title(version), effective, (version,))


def _title(version: TargetVersion, what: str = "") -> str:
    """Without a number: which one it becomes depends on what is approved before it, and the preview tells."""
    return f"{version.model} from {version.effective}" + (f", {what}" if what else "")


def _require_model(desk: ModelDesk, model: str) -> None:
    if model not in desk.models:
        raise NotFound(f"no model {model} in the book; see `modelx model list`, or make it with `modelx model create`")


def _moved(rule: OverrideRule, old: str, new: str, on: date, *, carry: bool) -> list[OverrideRule]:
    """A rule that acts on the old security after ``on``, ended, and the same on the new one.

    A rule on what the model holds moves only when ``carry`` says so; one that brings ``old`` in always does.
    """
    brings_in = rule.to_ticker == old
    if rule.kind not in _FOLLOWS_ITS_FUND or rule.last_day() < on or not (brings_in or (carry and rule.ticker == old)):
        return []
    ended = _ended(rule, on - timedelta(1))
    ticker, to_ticker = (new if one == old else one for one in (rule.ticker, rule.to_ticker))
    if ticker == to_ticker:
        return [ended]
    return [ended, replace(rule, ticker=ticker, to_ticker=to_ticker, start=max(rule.start, on))]


def _counted(n: int, what: str) -> str:
    return f"{n} {what}" + ("" if n == 1 else "s")


def _ended(rule: OverrideRule, last_day: date) -> OverrideRule:
    """A rule with its last day; one that would not have begun is withdrawn."""
    end = last_day if last_day >= rule.start else rule.start - timedelta(1)
    return replace(rule, end=end, on_expiry=OnExpiry.REVERT)
