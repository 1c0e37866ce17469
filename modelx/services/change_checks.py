"""What is refused when a change is drafted, previewed or approved, each refusal naming its remedy.

The same checks are made again inside the transaction that approves: what was sound when it was drafted may not be any
more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from modelx.domain.book_codes import OverrideKind, SeriesHolds
from modelx.domain.change import Change, ChangeKind
from modelx.domain.days import date_of, day_of
from modelx.domain.errors import InvalidInput
from modelx.domain.finding import Finding, Level
from modelx.domain.model_portfolio import TargetVersion, check_effective, check_weights
from modelx.domain.override_check import OverrideRule, check_rules
from modelx.domain.universe import SecurityStatus, Universe, purchase_refusal
from modelx.services import model_book
from modelx.services.model_book import ModelVersion, NumberedRule
from modelx.store import (
    eligibility_records,
    family_records,
    load_records,
    model_records,
    name_records,
    night_records,
    session_records,
)
from modelx.store.engine import Connection


class RefusedChange(InvalidInput):
    """A change with faults: nothing was stored. Carries every finding."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
        super().__init__(f"{findings[0].message}{more}")
        self.findings = tuple(findings)


@dataclass(frozen=True, slots=True)
class ModelDesk:
    """What changes are judged against: the universe, versions, overrides and sleeves as known at ``horizon``.

    ``last_night`` is the last night that has begun, None before the first; versions stand as on the session after it.
    """

    horizon: int
    last_night: date | None
    next_night: date
    sessions: frozenset[date]
    universe: Universe
    versions_of: Mapping[str, tuple[ModelVersion, ...]]  # by model, in the order of their numbers
    rules: tuple[NumberedRule, ...]
    models: frozenset[str]
    plans: frozenset[str]
    sleeves: frozenset[tuple[str, str]]
    allowed: Mapping[str, frozenset[str]]  # the tickers of plans that keep a list
    holds: Mapping[str, SeriesHolds]  # what the models of a described series may hold

    def in_force_on(self, model: str, on: date) -> TargetVersion | None:
        """The version of a model that governs a session to come, or None."""
        standing = (one.version for one in self.versions_of.get(model, ()) if one.standing in _MAY_GOVERN)
        due = [one for one in standing if one.effective <= on]
        return max(due, key=lambda one: (one.effective, one.number), default=None)

    def scheduled_after(self, model: str, on: date) -> list[TargetVersion]:
        """The versions of a model that take effect after a session, by date."""
        own = self.versions_of.get(model, ())
        coming = (one.version for one in own if one.standing is model_book.Standing.SCHEDULED)
        return sorted((one for one in coming if one.effective > on), key=lambda version: version.effective)

    def models_of(self, rule: OverrideRule) -> set[str]:
        """The models an override speaks of: its own, or every model of its plan."""
        return {rule.model} if rule.model else {model for plan, model in self.sleeves if plan == rule.plan}

    def next_number(self, model: str) -> int:
        """The number a new version of a model gets."""
        return max((one.version.number for one in self.versions_of.get(model, ())), default=0) + 1

    @property
    def versions(self) -> tuple[ModelVersion, ...]:
        """Every version of every model, by model and number."""
        return tuple(one for own in self.versions_of.values() for one in own)


_MAY_GOVERN = {model_book.Standing.PAST, model_book.Standing.IN_FORCE, model_book.Standing.SCHEDULED}


def model_desk(connection: Connection) -> ModelDesk:
    """Read what changes are judged against, as the database stands."""
    horizon = load_records.latest_load(connection)
    calendar = session_records.calendar(connection, horizon)
    begun = night_records.last_night_begun(connection)
    last_night = None if begun is None else date_of(begun)
    following = int(calendar.sessions[0]) if begun is None else calendar.next_session(begun)
    plans, models = name_records.names(connection, "plan"), name_records.names(connection, "model")
    keys = name_records.sleeve_keys(connection)
    sleeves = zip(keys.plan_id.tolist(), keys.model_id.tolist(), strict=True)
    return ModelDesk(
        horizon=horizon,
        last_night=last_night,
        next_night=date_of(following),
        sessions=frozenset(map(date_of, calendar.sessions.tolist())),
        universe=model_book.universe(connection, horizon),
        versions_of=_by_model(model_book.model_versions(connection, horizon, date_of(following))),
        rules=tuple(model_book.numbered_rules(connection, horizon)),
        models=frozenset(models.values()),
        plans=frozenset(plans.values()),
        sleeves=frozenset((plans[plan], models[model]) for plan, model in sleeves),
        allowed=eligibility_records.allowed_by_plan(connection, horizon),
        holds=_holds(connection, horizon),
    )


def _by_model(versions: Iterable[ModelVersion]) -> dict[str, tuple[ModelVersion, ...]]:
    found: dict[str, list[ModelVersion]] = {}
    for one in versions:
        found.setdefault(one.version.model, []).append(one)
    return {model: tuple(own) for model, own in found.items()}


def check_change(change: Change, desk: ModelDesk) -> list[Finding]:
    """Every reason to refuse a change; warnings (a security kept that can no longer be bought) are among them."""
    findings: list[Finding] = []
    for version in change.versions:
        findings += _check_version(change, version, desk)
    if change.rules:
        findings += _check_override_dates(change, desk)
        findings += _check_rules(change, desk)
    return findings


def require_sound(change: Change, desk: ModelDesk) -> list[Finding]:
    """The warnings on a change. Raises :class:`RefusedChange` with every reason to refuse it."""
    findings = check_change(change, desk)
    refusals = [one for one in findings if one.level is Level.REFUSE]
    if refusals:
        raise RefusedChange(refusals)
    return findings


def _check_version(change: Change, version: TargetVersion, desk: ModelDesk) -> list[Finding]:
    if version.model not in desk.models:
        message = f"no model {version.model}; make it with `modelx model create`, or correct the ticker"
        return [Finding("MODEL_UNKNOWN", Level.REFUSE, message)]
    findings = check_effective(version.effective, desk.last_night, desk.sessions)
    if change.kind is ChangeKind.CANCEL:
        return findings
    findings += check_weights(version)
    before = desk.in_force_on(version.model, version.effective)
    for ticker, weight in version.weights:
        refusal = purchase_refusal(ticker, desk.universe)
        if refusal is None or weight <= 0:
            continue
        held = before.weight(ticker) if before else 0
        if refusal.code == "SECURITY_CLOSED" and weight <= held:
            message = f"model {version.model} keeps {ticker}: {refusal.message}"
            findings.append(Finding("SUBSTITUTION_NEEDED", Level.WARN, message))
        else:
            findings.append(refusal)
    return findings + _check_holds(version, desk)


def _check_holds(version: TargetVersion, desk: ModelDesk) -> list[Finding]:
    """The securities that a model of an all-fund or all-ETF series may not hold."""
    holds = desk.holds.get(version.model, SeriesHolds.MIXED)
    if holds is SeriesHolds.MIXED:
        return []
    wanted = {"ETF"} if holds is SeriesHolds.ETFS else {"MF", "MMF", "CIT"}
    strange = [
        ticker
        for ticker, weight in version.weights
        if weight > 0 and ticker in desk.universe and desk.universe[ticker].kind not in wanted
    ]
    what = "exchange-traded funds" if holds is SeriesHolds.ETFS else "funds"
    message = "{} belongs to a series of {} alone, which {} is not; choose another security or series"
    return [Finding("SERIES_HOLDS", Level.REFUSE, message.format(version.model, what, ticker)) for ticker in strange]


def _holds(connection: Connection, horizon: int) -> dict[str, SeriesHolds]:
    described = {one.series: SeriesHolds(one.holds) for one in family_records.series_known(connection, horizon)}
    if not described:
        return {}
    models = model_records.models_known(connection, horizon)
    return {one.ticker: described[one.series] for one in models if one.series in described}


def _check_override_dates(change: Change, desk: ModelDesk) -> list[Finding]:
    """A new override begins after the last night; one that ends has its last day on that night or later."""
    if desk.last_night is None:
        return []
    findings = []
    known = {_key(one.rule) for one in desk.rules}
    for rule in change.rules:
        if _key(rule) not in known and rule.start <= desk.last_night:
            message = f"{rule}: the night of {desk.last_night} has begun; start it on {desk.next_night} or later"
            findings.append(Finding("OVERRIDE_PAST", Level.REFUSE, message))
        elif _key(rule) in known and rule.end is not None and rule.start <= desk.last_night > rule.end:
            message = f"{rule}: it was in force through {desk.last_night}; end it on that day or later"
            findings.append(Finding("OVERRIDE_PAST", Level.REFUSE, message))
    return findings


def _check_rules(change: Change, desk: ModelDesk) -> list[Finding]:
    """What is wrong with the new rules, and with all rules of their plans together.

    A saved rule, and the end of one, is not asked again whether its security can still be bought.
    """
    known = {_key(one.rule) for one in desk.rules}
    together = _rules_together(change.rules, desk)
    new = [rule for rule in change.rules if _key(rule) not in known]
    told = [rule for rule in together if _is_told_by(rule, new)]
    named = {ticker for rule in together for ticker in (rule.ticker, rule.to_ticker)} & desk.universe.keys()
    open_to_all = {ticker: replace(desk.universe[ticker], status=SecurityStatus.OPEN) for ticker in named}
    message = "{}: only SET_WEIGHT and CASH_BUFFER have a weight; leave it out"
    strict = [
        Finding("OVERRIDE_MALFORMED", Level.REFUSE, message.format(rule))
        for rule in new
        if rule.weight and rule.kind not in {OverrideKind.SET_WEIGHT, OverrideKind.CASH_BUFFER}
    ]
    strict += check_rules(told, desk.universe, desk.sleeves, desk.allowed, desk.next_night)
    return list(dict.fromkeys([*strict, *check_rules(together, open_to_all, desk.sleeves, {}, desk.next_night)]))


def _is_told_by(rule: OverrideRule, new: Iterable[OverrideRule]) -> bool:
    """Whether a rule is one of the new ones, or what a new one for every model of its plan says for one of them."""
    return any(rule in (one, replace(one, model=rule.model)) for one in new)


def _rules_together(rules: Iterable[OverrideRule], desk: ModelDesk) -> list[OverrideRule]:
    """The new rules with those saved for the same sleeves, a plan's rule for all its models told for each of them."""
    new = {_key(rule): rule for rule in rules}
    plans = {rule.plan for rule in new.values()}
    saved = [one.rule for one in desk.rules if one.rule.plan in plans and _key(one.rule) not in new]
    known = {_key(one.rule) for one in desk.rules}
    stand = [rule for rule in (*saved, *new.values()) if rule.end is None or rule.end >= rule.start]
    together = [*stand, *(rule for key, rule in new.items() if key not in known and rule not in stand)]
    lapsed = desk.last_night
    live = [rule for rule in together if lapsed is None or rule.last_day() >= lapsed or _key(rule) in new]
    named = {(rule.plan, rule.model, rule.kind, rule.ticker) for rule in live if rule.model}
    told = []
    for rule in live:
        if rule.model:
            told.append(rule)
            continue
        of_plan = sorted(model for plan, model in desk.sleeves if plan == rule.plan)
        for model in of_plan or [""]:
            if (rule.plan, model, rule.kind, rule.ticker) not in named:
                told.append(replace(rule, model=model))
    return told


def _key(rule: OverrideRule) -> tuple[str, str, int, str, int]:
    return (rule.plan, rule.model, int(rule.kind), rule.ticker, day_of(rule.start))
