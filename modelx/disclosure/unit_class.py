"""Is this thing a designated investment alternative of the plan, and which unit class of it?

A unitized model always is one. Within a plan a new class begins, with its own inception and figures, when an override
changes what is held, or when who is paid out of the unit value changes. A rate that moves alone does not: the fiscal
year's actual figure carries it, with a footnote (DIA-024). Source: ``spec/disclosure.md`` 2 and 5a.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

from modelx.disclosure.requirements import Evidence

HOLDINGS_OVERRIDES = frozenset({"SUBSTITUTE", "EXCLUDE", "SET_WEIGHT", "CASH_BUFFER"})


class Offering(Enum):
    """What a plan may put before its participants."""

    UNITIZED_MODEL = "unitized model"
    MODEL_SERVICE = "model without units"
    FUND = "stand-alone fund"
    FIXED_RETURN = "fixed-return option"
    UNDERLYING_FUND = "fund held only inside a model"
    BROKERAGE_WINDOW = "brokerage window"


@dataclass(frozen=True, slots=True)
class Offered:
    """An offering of a plan and the facts that decide the question; the last three only matter without units."""

    kind: Offering
    only_the_plans_own_options: bool = False
    plan_offers_only_models: bool = False
    written_explanation: bool = False


@dataclass(frozen=True, slots=True)
class Ruling:
    """The answer, why, and how far its basis is trusted."""

    is_dia: bool
    why: str
    basis: str
    evidence: Evidence


_BY_KIND = {
    Offering.UNITIZED_MODEL: Ruling(
        True, "participants hold units with a value of their own", "S10, S11", Evidence.SECONDARY
    ),
    Offering.FUND: Ruling(True, "participants may direct their accounts into it", "row 21", Evidence.SECONDARY),
    Offering.FIXED_RETURN: Ruling(True, "participants may direct their accounts into it", "row 21", Evidence.SECONDARY),
    Offering.UNDERLYING_FUND: Ruling(
        False, "its costs and risks are disclosed through the model that holds it", "2", Evidence.COUNSEL
    ),
    Offering.BROKERAGE_WINDOW: Ruling(False, "a brokerage window is not a designated option", "2", Evidence.MEMORY),
}


def is_dia(offered: Offered) -> Ruling:
    """Whether the full disclosure of 29 CFR 2550.404a-5(d) is owed for this offering."""
    if offered.kind is not Offering.MODEL_SERVICE:
        return _BY_KIND[offered.kind]
    if not offered.only_the_plans_own_options:
        return Ruling(True, "it uses a fund that is not an option of the plan", "S10, S12", Evidence.SECONDARY)
    if offered.plan_offers_only_models:
        return Ruling(True, "the plan offers nothing but models", "S12", Evidence.SECONDARY)
    if not offered.written_explanation:
        why = "an allocation service needs a written explanation, at the start and yearly; there is none"
        return Ruling(True, why, "S10, S11", Evidence.COUNSEL)
    why = "an allocation service over the plan's own options, explained in writing"
    return Ruling(False, why, "S10, S11", Evidence.SECONDARY)


@dataclass(frozen=True, slots=True)
class ClassTerms:
    """What sets a plan's variant apart from ``since`` on.

    ``overrides``: (kind, ticker) of the overrides in force; ``paid_inside``: (payee, kind) of the fees accrued in this
    plan's unit value.
    """

    since: date
    overrides: frozenset[tuple[str, str]]
    paid_inside: frozenset[tuple[str, str]]

    @property
    def changing_holdings(self) -> frozenset[tuple[str, str]]:
        """The overrides that change what is held; a bar on buying or selling does not change the target."""
        return frozenset(override for override in self.overrides if override[0] in HOLDINGS_OVERRIDES)


@dataclass(frozen=True, slots=True)
class UnitClass:
    """One class of a model in a plan. ``inception`` is its first day; ``why`` says what set it apart."""

    plan: str
    model: str
    letter: str
    inception: date
    why: str

    @property
    def dia_id(self) -> str:
        """``plan/model/letter``: the identity under which everything is disclosed."""
        return f"{self.plan}/{self.model}/{self.letter}"


def unit_classes(plan: str, model: str, terms: Sequence[ClassTerms]) -> tuple[UnitClass, ...]:
    """The classes of a sleeve from its dated terms, oldest first, lettered A, B and so on.

    Coming back to earlier terms is a new class too: its unit values went another way in between.
    """
    classes: list[UnitClass] = []
    before: ClassTerms | None = None
    for now in sorted(terms, key=lambda row: row.since):
        why = "first offered" if before is None else _difference(before, now)
        if why:
            classes.append(UnitClass(plan, model, _letters(len(classes)), now.since, why))
        before = now
    return tuple(classes)


def class_on(classes: Iterable[UnitClass], on: date) -> UnitClass | None:
    """The class in force on ``on``; ``None`` before the first."""
    begun = [one for one in classes if one.inception <= on]
    return max(begun, key=lambda one: one.inception) if begun else None


def _difference(before: ClassTerms, now: ClassTerms) -> str:
    reasons: list[str] = []
    if before.changing_holdings != now.changing_holdings:
        changed = sorted(before.changing_holdings ^ now.changing_holdings)
        reasons.append("holdings override " + ", ".join(f"{kind} {ticker}".strip() for kind, ticker in changed))
    if before.paid_inside != now.paid_inside:
        changed = sorted(before.paid_inside ^ now.paid_inside)
        reasons.append("fee in the unit value " + ", ".join(f"{payee} {kind}".strip() for payee, kind in changed))
    return "; ".join(reasons)


def _letters(index: int) -> str:
    """0 is A, 25 is Z, 26 is AA."""
    text = ""
    while index >= 0:
        index, place = divmod(index, 26)
        text = chr(ord("A") + place) + text
        index -= 1
    return text
