"""What is refused when an override is saved, each refusal naming its remedy. Source: ``spec/unitization.md`` 9.

The checks look at all rules of a sleeve together, over time: two rules clash only on days when both are in force.
The order in which they were created plays no part.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from modelx.domain.book_codes import ExcludeTo, OverrideKind
from modelx.domain.finding import Finding, Level
from modelx.domain.model_portfolio import CASH_TICKER, WEIGHT_ONE, WEIGHT_STEP
from modelx.domain.money import format_decimal
from modelx.domain.override import OnExpiry
from modelx.domain.universe import Universe, purchase_refusal

_FREEZE = {OverrideKind.NO_BUY, OverrideKind.NO_SELL}


@dataclass(frozen=True, slots=True)
class OverrideRule:
    """One override as a person writes it. ``weight`` is 10^-12; ``end`` None means until further notice.

    ``reviewed`` confirms a substitution between securities whose shares have different decimals.
    """

    plan: str
    model: str
    kind: OverrideKind
    ticker: str
    start: date
    end: date | None = None
    to_ticker: str = ""
    weight: int = 0
    exclude_to: ExcludeTo = ExcludeTo.CASH
    on_expiry: OnExpiry = OnExpiry.REVERT
    reason: str = ""
    reviewed: bool = False

    def last_day(self) -> date:
        """The last day on which the rule can act."""
        return date.max if self.end is None or self.on_expiry is OnExpiry.KEEP else self.end

    def __str__(self) -> str:
        target = f"->{self.to_ticker}" if self.to_ticker else ""
        place = f"{self.plan}/{self.model or 'every model'}"
        return f"{place} {self.kind.name} {self.ticker}{target} from {self.start}".replace("  ", " ")


def check_rules(
    rules: Iterable[OverrideRule],
    universe: Universe,
    sleeves: Collection[tuple[str, str]],
    eligible: Mapping[str, Collection[str]],
    since: date = date.min,
) -> list[Finding]:
    """Return every reason to refuse, in an order that does not depend on that of ``rules``; empty when all is well.

    Give the new rules with the ones already saved for the same sleeves; those that ended before ``since`` clash with
    none. ``sleeves`` are the known (plan, model), ``eligible`` the tickers a plan allows (a plan that is absent sets no
    limit). Codes: ``SLEEVE_UNKNOWN``, ``OVERRIDE_DATES``, ``SECURITY_UNKNOWN``, ``SECURITY_CLOSED``,
    ``SECURITY_NOT_ELIGIBLE``, ``OVERRIDE_MALFORMED``,
    ``SHARE_DP_DIFFERS``, ``WEIGHT_OUT_OF_RANGE``, ``OVERRIDE_CONFLICT``, ``SUBSTITUTION_CYCLE``,
    ``WEIGHTS_OVER_ONE``.
    """
    by_sleeve: dict[tuple[str, str], list[OverrideRule]] = defaultdict(list)
    for rule in sorted(rules, key=lambda one: (str(one), one.last_day())):
        by_sleeve[rule.plan, rule.model].append(rule)
    findings: list[Finding] = []
    for sleeve, own in sorted(by_sleeve.items()):
        if sleeve not in sleeves:
            message = f"plan {sleeve[0]} has no sleeve of model {sleeve[1]}; open the sleeve or correct the names"
            findings.append(_refuse("SLEEVE_UNKNOWN", message))
            continue
        for rule in own:
            findings += _check_one(rule, universe, eligible.get(rule.plan))
        findings += clashes(own, since)
    return findings


def clashes(rules: Iterable[OverrideRule], since: date = date.min) -> list[Finding]:
    """Return how the rules of one sleeve clash: ``OVERRIDE_CONFLICT``, ``SUBSTITUTION_CYCLE``, ``WEIGHTS_OVER_ONE``.

    A rule whose last day is before ``since`` clashes with none: its end mends what it did.
    """
    own = sorted((rule for rule in rules if rule.last_day() >= since), key=lambda one: (str(one), one.last_day()))
    if not own:
        return []
    return _conflicts(own) + _cycles(own) + _over_one(own)


def _check_one(rule: OverrideRule, universe: Universe, eligible: Collection[str] | None) -> list[Finding]:
    findings = []
    if rule.end is not None and rule.end < rule.start:
        findings.append(_refuse("OVERRIDE_DATES", f"{rule}: it ends on {rule.end}; give a later end"))
    malformed = _malformed(rule)
    if malformed:
        findings.append(_refuse("OVERRIDE_MALFORMED", f"{rule}: {malformed}"))
    if rule.kind in (OverrideKind.SET_WEIGHT, OverrideKind.CASH_BUFFER) and not 0 <= rule.weight <= WEIGHT_ONE:
        message = f"{rule}: weight {format_decimal(rule.weight, 12, at_least=2)}; give 0 to 1"
        findings.append(_refuse("WEIGHT_OUT_OF_RANGE", message))
    elif rule.weight % WEIGHT_STEP:
        findings.append(_refuse("WEIGHT_OUT_OF_RANGE", f"{rule}: give the weight to six decimals"))
    if rule.ticker not in ("", CASH_TICKER) and rule.ticker not in universe:
        findings.append(_refuse("SECURITY_UNKNOWN", f"{rule}: {rule.ticker} is not in the universe; correct it"))
    findings += _check_bought(rule, universe, eligible)
    return findings


def _malformed(rule: OverrideRule) -> str:
    """What is missing or out of place for the kind of rule, or an empty text."""
    substitutes = rule.kind is OverrideKind.SUBSTITUTE
    faults = {
        "a cash buffer names no security": rule.kind is OverrideKind.CASH_BUFFER and rule.ticker,
        "name the security": rule.kind is not OverrideKind.CASH_BUFFER and not rule.ticker,
        "cash can only be given a weight or a buffer": (
            rule.ticker == CASH_TICKER and rule.kind not in (OverrideKind.SET_WEIGHT, OverrideKind.CASH_BUFFER)
        ),
        "only a substitution names a second security": rule.to_ticker and not substitutes,
        "name the security to hold instead": substitutes and not rule.to_ticker,
        "a security cannot replace itself": substitutes and rule.to_ticker == rule.ticker,
        "to hold cash instead, use EXCLUDE with exclude_to CASH": rule.to_ticker == CASH_TICKER,
    }
    return next((fault for fault, present in faults.items() if present), "")


def _check_bought(rule: OverrideRule, universe: Universe, eligible: Collection[str] | None) -> list[Finding]:
    """The security that the rule makes the plan buy must be open, allowed, and traded in shares of the same kind."""
    bought = rule.to_ticker if rule.kind is OverrideKind.SUBSTITUTE else rule.ticker
    if rule.kind not in (OverrideKind.SUBSTITUTE, OverrideKind.SET_WEIGHT) or not bought:
        return []
    known = bought in universe or rule.kind is OverrideKind.SUBSTITUTE  # an unknown ticker was named already
    refusal = purchase_refusal(bought, universe, eligible) if known and (rule.weight or rule.to_ticker) else None
    findings = [_refuse(refusal.code, f"{rule}: {refusal.message}")] if refusal else []
    old, new = universe.get(rule.ticker), universe.get(rule.to_ticker)
    if old and new and old.share_dp != new.share_dp and not rule.reviewed:
        message = f"{rule}: shares have {old.share_dp} decimals against {new.share_dp}; look at it, then say --reviewed"
        findings.append(_refuse("SHARE_DP_DIFFERS", message))
    return findings


def _overlap(one: OverrideRule, other: OverrideRule) -> bool:
    return max(one.start, other.start) <= min(one.last_day(), other.last_day())


def _conflicts(rules: Sequence[OverrideRule]) -> list[Finding]:
    """Two rules on one security (a pair NO_BUY and NO_SELL apart), or a substitute that is excluded."""
    findings = []
    for one, other in combinations(rules, 2):
        same = one.ticker == other.ticker and {one.kind, other.kind} != _FREEZE
        kinds = {one.kind, other.kind}
        into_excluded = kinds == {OverrideKind.SUBSTITUTE, OverrideKind.EXCLUDE} and (
            one.to_ticker == other.ticker or other.to_ticker == one.ticker
        )
        if (same or into_excluded) and _overlap(one, other):
            findings.append(
                _refuse("OVERRIDE_CONFLICT", f"{one} clashes with {other}; end one before the other starts")
            )
    return findings


def _cycles(rules: Sequence[OverrideRule]) -> list[Finding]:
    """Substitutions that lead back to where they began, on any day."""
    substitutions = [rule for rule in rules if rule.kind is OverrideKind.SUBSTITUTE and rule.ticker != rule.to_ticker]
    circles = set()
    for day in sorted({rule.start for rule in substitutions}):
        hops = {rule.ticker: rule.to_ticker for rule in substitutions if rule.start <= day <= rule.last_day()}
        for ticker in sorted(hops):
            path = [ticker]
            while (following := hops.get(path[-1])) is not None and following not in path:
                path.append(following)
            if following == ticker and ticker == min(path):
                circles.add("->".join([*path, ticker]))
    place = f"{rules[0].plan}/{rules[0].model}"
    message = "{}: {} goes round in a circle; end one of the substitutions"
    return [_refuse("SUBSTITUTION_CYCLE", message.format(place, circle)) for circle in sorted(circles)]


def _over_one(rules: Sequence[OverrideRule]) -> list[Finding]:
    """Explicit weights that exceed one together, on any day."""
    explicit = [rule for rule in rules if rule.kind is OverrideKind.SET_WEIGHT]
    for day in sorted({rule.start for rule in explicit}):
        total = sum(rule.weight for rule in explicit if rule.start <= day <= rule.last_day())
        if total > WEIGHT_ONE:
            share = format_decimal(total, 10, at_least=2)
            message = f"{rules[0].plan}/{rules[0].model}: explicit weights sum to {share} % on {day}; lower them"
            return [_refuse("WEIGHTS_OVER_ONE", message)]
    return []


def _refuse(code: str, message: str) -> Finding:
    return Finding(code, Level.REFUSE, message)
