"""May this option be the plan's default? Thirteen checks, each PASS, FAIL or HUMAN with its reason.

Relief is only relief: a prudent choice and its monitoring stay with the fiduciary, and no score overrides a FAIL.
Source: ``spec/disclosure.md`` 9 (29 CFR 2550.404c-5); only what was itself read is given as a printable citation.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import Enum

from modelx.disclosure.codes import finding
from modelx.disclosure.figures import percent
from modelx.disclosure.periods import add_months
from modelx.disclosure.requirements import Rulebook
from modelx.domain.finding import Finding, Level


class Outcome(Enum):
    """What a check says. HUMAN needs a signature."""

    PASS = "PASS"
    FAIL = "FAIL"
    HUMAN = "HUMAN"


class DefaultKind(Enum):
    """The kinds of default that the regulation knows."""

    TARGET_DATE = "age or target-date product or model portfolio"
    BALANCED = "balanced or target-risk product or model portfolio"
    MANAGED_ACCOUNT = "managed account"
    CAPITAL_PRESERVATION = "capital preservation"
    OLD_STABLE_VALUE = "stable value, invested before December 24, 2007"
    OTHER = "another kind"


class ManagedBy(Enum):
    """Who answers for the mix."""

    INVESTMENT_MANAGER = "an ERISA 3(38) investment manager"
    TRUSTEE = "a trustee that is an investment manager"
    NAMED_FIDUCIARY = "the plan sponsor as named fiduciary, or its committee"
    REGISTERED_FUND = "a registered investment company"
    DIRECTED_TRUSTEE = "a directed trustee, following a model of somebody who is no fiduciary"


NOTICE_ITEMS = {
    "when": "when the default applies",
    "what": "objectives, risk and return, and fees of the default",
    "leave": "the right to direct elsewhere, with restrictions and costs",
    "others": "where to find the other options",
}
NEEDED = {
    **dict.fromkeys((1, 2, 4), ("kind",)),
    5: ("managed_by",),
    6: ("employer_securities",),
    7: ("transfer_months", "others_transfer_months"),
    8: ("exit_fees",),
    9: ("barriers_later",),
    10: ("first_investment",),
    12: ("materials_passed", "chance_to_direct", "broad_range"),
    13: ("automatic_enrollment",),
}
UNJUDGED = frozenset({"kind", "first_investment"})  # without these nothing can be said at all, not even a FAIL
MIXED_KINDS = frozenset({DefaultKind.TARGET_DATE, DefaultKind.BALANCED, DefaultKind.MANAGED_ACCOUNT})


@dataclass(frozen=True, slots=True)
class DefaultFacts:
    """What is known of a default option and how the plan uses it.

    Weights in hundredths of a percent. ``equity_by_age`` lists (age, equity weight) along a glide path, or one pair.
    ``exit_fees`` are charges on leaving within the first 90 days, those of underlying funds included;
    ``barriers_later`` what defaulted people face after that and others do not. ``transfer_months`` 0 means daily.
    ``unitized`` is true of a model, which is no registered fund itself. ``told_fees`` are the shareholder-type fees on
    the option's page: whether one falls on leaving early is for a person to say. ``not_stated`` names the fields that
    nobody stated; what hangs on them is HUMAN, never PASS.
    """

    option: str
    kind: DefaultKind
    equity_by_age: tuple[tuple[int, int], ...]
    largest_fund: tuple[str, int]
    funds: int
    managed_by: ManagedBy
    employer_securities: bool
    employer_exception: str
    transfer_months: int
    others_transfer_months: int
    exit_fees: tuple[str, ...]
    barriers_later: tuple[str, ...]
    first_investment: date
    first_notice: date | None
    withdrawal_permitted: bool
    plan_year_start: date
    yearly_notice: date | None
    notice_items: frozenset[str]
    materials_passed: bool
    chance_to_direct: bool
    broad_range: bool
    automatic_enrollment_law: bool
    unitized: bool = True
    told_fees: tuple[str, ...] = ()
    not_stated: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Check:
    """One answer. ``citation`` is empty unless its text was read; ``basis`` names where the rule is known from."""

    number: int
    outcome: Outcome
    reason: str
    basis: str
    citation: str = ""


def eligibility(facts: DefaultFacts, on: date, rules: Rulebook, glide_tolerance_bps: int = 0) -> tuple[Check, ...]:
    """Q1 to Q13 in order, as of ``on``. Q13 fails when automatic enrollment is the law and anything else failed."""
    checks = [
        _kind(facts, on, rules), _mix(facts), _diversified(facts), _glide(facts, glide_tolerance_bps),
        _manager(facts, on, rules), _employer(facts), _transfers(facts, on, rules), _first_days(facts, on, rules),
        _later(facts), _notice_dates(facts, rules), _notice_content(facts), _materials(facts),
    ]  # fmt: skip
    known = [_unless_unstated(check, facts) for check in checks]
    return (*known, _unless_unstated(_automatic_enrollment(facts, known), facts))


def _unless_unstated(check: Check, facts: DefaultFacts) -> Check:
    """The check, or HUMAN where what it hangs on was not stated; a FAIL on what was stated stays."""
    lacks = [name for name in NEEDED.get(check.number, ()) if name in facts.not_stated]
    if not lacks or (check.outcome is Outcome.FAIL and not UNJUDGED.intersection(lacks)):
        return check
    return replace(check, outcome=Outcome.HUMAN, reason=f"not stated: {', '.join(lacks)}", citation="")


def _verdict(number: int, good: bool, well: str, ill: str, basis: str, citation: str = "") -> Check:
    return Check(number, Outcome.PASS if good else Outcome.FAIL, well if good else ill, basis, citation)


def _kind(facts: DefaultFacts, on: date, rules: Rulebook) -> Check:
    kind, basis = facts.kind, "S17, S19, S18b"
    if kind is DefaultKind.BALANCED:
        return Check(1, Outcome.HUMAN, f"{kind.value}: is it right for the plan's participants as a whole?", basis)
    if kind is DefaultKind.CAPITAL_PRESERVATION:
        ends = facts.first_investment + timedelta(days=rules.value("qdia_preservation_days", on))
        return _verdict(
            1, on <= ends, f"{kind.value}, until {ends}", f"{kind.value} may stand only until {ends}", basis
        )
    if kind is DefaultKind.OLD_STABLE_VALUE:
        old = facts.first_investment < date(2007, 12, 24)
        return _verdict(1, old, kind.value, f"first invested {facts.first_investment}: too late for it", basis)
    return _verdict(1, kind is not DefaultKind.OTHER, kind.value, "it is none of the five kinds", basis)


def _mix(facts: DefaultFacts) -> Check:
    if facts.kind not in MIXED_KINDS:
        return Check(2, Outcome.PASS, f"not asked of {facts.kind.value}", "S17")
    if not facts.equity_by_age:
        return Check(2, Outcome.HUMAN, "its weights are not known here: does it hold both?", "S17")
    for age, equity in facts.equity_by_age:
        if not 0 < equity < 10_000:
            return Check(
                2, Outcome.FAIL, f"at age {age} it is {percent(equity).text} equity: no mix", "S17; 0% from memory"
            )
    return Check(2, Outcome.PASS, "equity and fixed income at every age", "S17")


def _diversified(facts: DefaultFacts) -> Check:
    name, weight = facts.largest_fund
    if not facts.funds:
        return Check(3, Outcome.HUMAN, "its holdings are not known here: diversified against large losses?", "S17")
    reason = f"{facts.funds} funds, the largest {name} at {percent(weight).text}: diversified against large losses?"
    return Check(3, Outcome.HUMAN, reason, "S17")


def _glide(facts: DefaultFacts, tolerance: int) -> Check:
    if facts.kind is not DefaultKind.TARGET_DATE:
        return Check(4, Outcome.PASS, f"not asked of {facts.kind.value}", "computed")
    if len({age for age, _ in facts.equity_by_age}) < 2:
        return Check(4, Outcome.HUMAN, "fewer than two ages of its glide path are known: does equity fall?", "computed")
    least = 10_000
    for age, equity in sorted(facts.equity_by_age):
        if equity > least + tolerance:
            reason = f"equity rises to {percent(equity).text} at age {age}, from {percent(least).text} before"
            return Check(4, Outcome.FAIL, reason, "computed")
        least = min(least, equity)
    return Check(4, Outcome.PASS, "equity never rises with age", "computed")


def _manager(facts: DefaultFacts, on: date, rules: Rulebook) -> Check:
    citation = rules.on("qdia_sponsor_liability", on).printable_citation
    who, basis = facts.managed_by, "P16; the rest from memory"
    if who is ManagedBy.REGISTERED_FUND and facts.unitized:
        reason = "a unitized model is not itself a registered investment company: name who answers for the mix"
        return Check(5, Outcome.FAIL, reason, basis)
    if who is ManagedBy.DIRECTED_TRUSTEE:
        return Check(5, Outcome.FAIL, f"managed by {who.value}", basis)
    kept = "; the sponsor keeps liability for managing it" if who is ManagedBy.NAMED_FIDUCIARY else ""
    return Check(5, Outcome.PASS, f"managed by {who.value}{kept}", basis, citation)


def _employer(facts: DefaultFacts) -> Check:
    good = not facts.employer_securities or bool(facts.employer_exception)
    well = (
        f"employer securities under the exception: {facts.employer_exception}" if facts.employer_securities else "none"
    )
    return _verdict(6, good, well, "it holds employer securities and no exception is named", "from memory")


def _transfers(facts: DefaultFacts, on: date, rules: Rulebook) -> Check:
    least = rules.value("qdia_transfer_months", on)
    if facts.transfer_months > least:
        reason = f"one may leave only every {facts.transfer_months} months; {least} is the longest"
        return Check(7, Outcome.FAIL, reason, "S18")
    good = facts.transfer_months <= facts.others_transfer_months
    return _verdict(7, good, "as often as from other options", "less often than from other options", "S18")


def _first_days(facts: DefaultFacts, on: date, rules: Rulebook) -> Check:
    days = rules.value("qdia_fee_free_days", on)
    ill = f"leaving within {days} days costs: {'; '.join(facts.exit_fees)}"
    if facts.told_fees and not facts.exit_fees:
        reason = f"its page lists {'; '.join(facts.told_fees)}: does any fall on leaving within {days} days?"
        return Check(8, Outcome.HUMAN, reason, "S18")
    return _verdict(8, not facts.exit_fees, f"no charge or bar on leaving within {days} days", ill, "S18")


def _later(facts: DefaultFacts) -> Check:
    ill = f"defaulted participants alone face: {'; '.join(facts.barriers_later)}"
    return _verdict(9, not facts.barriers_later, "nothing beyond what electing participants face", ill, "from memory")


def _notice_dates(facts: DefaultFacts, rules: Rulebook) -> Check:
    basis = "S18; days from memory"
    days = timedelta(days=rules.value("qdia_notice_days", facts.first_investment))
    first_due = facts.first_investment if facts.withdrawal_permitted else facts.first_investment - days
    yearly_due = facts.plan_year_start - days
    if facts.first_notice is None or facts.first_notice > first_due:
        return Check(10, Outcome.FAIL, f"first notice due by {first_due}, sent {facts.first_notice or 'never'}", basis)
    if facts.plan_year_start <= facts.first_investment:
        return Check(10, Outcome.PASS, f"first {facts.first_notice}, and no plan year has begun since", basis)
    sent = max(facts.yearly_notice or facts.first_notice, facts.first_notice)
    if not add_months(facts.plan_year_start, -12) - days < sent <= yearly_due:  # that of the year before is no second
        reason = f"notice for the plan year of {facts.plan_year_start} due by {yearly_due}, last sent {sent}"
        return Check(10, Outcome.FAIL, reason, basis)
    return Check(10, Outcome.PASS, f"first {facts.first_notice}, yearly {sent}", basis)


def _notice_content(facts: DefaultFacts) -> Check:
    lacks = [words for key, words in NOTICE_ITEMS.items() if key not in facts.notice_items]
    return _verdict(11, not lacks, "all four items", f"the notice lacks: {'; '.join(lacks)}", "S18d, S18c")


def _materials(facts: DefaultFacts) -> Check:
    lacks = [
        words
        for words, good in (
            ("materials were not passed through", facts.materials_passed),
            ("no chance to direct", facts.chance_to_direct),
            ("no broad range of options", facts.broad_range),
        )
        if not good
    ]
    return _verdict(12, not lacks, "materials, a chance to direct, a broad range", "; ".join(lacks), "S18")


def _automatic_enrollment(facts: DefaultFacts, checks: Iterable[Check]) -> Check:
    if not facts.automatic_enrollment_law:
        return Check(13, Outcome.PASS, "the plan is not under section 414A", "S17")
    failed = [f"Q{check.number}" for check in checks if check.outcome is Outcome.FAIL]
    ill = f"section 414A asks for a qualifying default; failed: {', '.join(failed)}"
    return _verdict(13, not failed, "section 414A: the default qualifies so far", ill, "S17")


def check_default(
    facts: DefaultFacts, checks: Iterable[Check], signed: frozenset[int], warned: frozenset[int] = frozenset()
) -> tuple[Finding, ...]:
    """QDIA-1 to QDIA-13: each FAIL, and each HUMAN item that nobody signed (``signed`` holds their numbers).

    Those of ``warned`` stop nothing: a notice that is late is still owed, so Q10 may not keep it from going out. Nor
    does Q13 where it failed for these alone.
    """
    found: list[Finding] = []
    checks = tuple(checks)
    if {check.number for check in checks if check.outcome is Outcome.FAIL} <= warned | {13}:
        warned |= {13}
    for check in checks:
        level = Level.WARN if check.number in warned else None
        if check.outcome is Outcome.FAIL:
            found.append(finding(f"QDIA-{check.number}", facts.option, check.reason, level))
        elif check.outcome is Outcome.HUMAN and check.number not in signed:
            found.append(finding(f"QDIA-{check.number}", facts.option, f"not signed: {check.reason}", level))
    return tuple(found)
