"""May each option be the default at all? The thirteen checks stand beside the score, and no score overrides a FAIL.

The equity levels of an option are known here; who manages it, what leaving costs and when notices were sent are facts
that somebody must give. Without them those checks are HUMAN, never PASS.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from modelx.disclosure.default_option import (
    NOTICE_ITEMS,
    Check,
    DefaultFacts,
    DefaultKind,
    ManagedBy,
    Outcome,
    eligibility,
)
from modelx.disclosure.requirements import Rulebook
from modelx.evaluator.capital_markets import CapitalMarkets
from modelx.evaluator.option import Option, OptionKind, equity_levels

RETIREMENT_AGE = 65
RISE_TOLERATED_BPS = 100  # a point of a percent: less than style analysis can tell
COMPUTED = frozenset({1, 2, 4})
NOT_GIVEN = "the facts of this option were not given"
QUESTIONS = {
    1: "Is it one of the kinds that may be a default?",
    2: "Does it hold both equity and fixed income?",
    3: "Is it diversified against large losses?",
    4: "Does its equity never rise with age?",
    5: "Does someone who may manage it answer for the mix?",
    6: "Is it free of employer securities?",
    7: "Can one leave as often as other options, each quarter at least?",
    8: "Are the first 90 days free of charges on leaving?",
    9: "Is nothing asked of defaulted participants alone later?",
    10: "Were the notices sent in time?",
    11: "Do the notices say what they must?",
    12: "Are materials passed on, and a broad range offered?",
    13: "Does it satisfy automatic enrollment's own rule?",
}


@dataclass(frozen=True, slots=True)
class Eligibility:
    """An option's checks in order; ``may_stand`` is false when any failed, whatever the score says."""

    option: str
    checks: tuple[Check, ...]

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that failed."""
        return tuple(check for check in self.checks if check.outcome is Outcome.FAIL)

    @property
    def open(self) -> tuple[Check, ...]:
        """The checks that a person must sign."""
        return tuple(check for check in self.checks if check.outcome is Outcome.HUMAN)

    @property
    def may_stand(self) -> bool:
        """No check failed so far."""
        return not self.failed


def eligibility_of(
    options: Sequence[Option],
    markets: CapitalMarkets,
    on: date,
    rules: Rulebook,
    facts: Mapping[str, DefaultFacts],
) -> tuple[Eligibility, ...]:
    """The checks of every option but hybrids, whose parts are checked themselves."""
    found = []
    for one in options:
        if one.kind is OptionKind.HYBRID:
            continue
        given = facts.get(one.id)
        known = given or _unknown(one, on)
        known = replace(
            known,
            equity_by_age=_equity_by_age(one, markets, on),
            kind=_kind(one),
            not_stated=known.not_stated - {"kind"},
        )
        checks = eligibility(known, on, rules, RISE_TOLERATED_BPS)
        if given is None:
            checks = tuple(
                check if check.number in COMPUTED else Check(check.number, Outcome.HUMAN, NOT_GIVEN, "")
                for check in checks
            )
        found.append(Eligibility(one.id, checks))
    return tuple(found)


def _kind(option: Option) -> DefaultKind:
    if option.kind is OptionKind.MANAGED_ACCOUNT:
        return DefaultKind.MANAGED_ACCOUNT
    return DefaultKind.BALANCED if len(option.vintages) == 1 else DefaultKind.TARGET_DATE


def _equity_by_age(option: Option, markets: CapitalMarkets, on: date) -> tuple[tuple[int, int], ...]:
    """Equity in hundredths of a percent by age of somebody who retires at 65; a managed account has no level."""
    if option.weights is None:
        return ()
    levels = [round(10_000 * float(level)) for level in equity_levels(option, markets)]
    if len(levels) == 1:
        return ((RETIREMENT_AGE, levels[0]),)
    ages = [on.year + RETIREMENT_AGE - int(year) for year in option.vintages]
    return tuple(sorted(zip(ages, levels, strict=True)))


def _unknown(option: Option, on: date) -> DefaultFacts:
    """Facts that decide nothing: only the computed checks are kept of what they lead to."""
    return DefaultFacts(
        option=option.id,
        kind=DefaultKind.OTHER,
        equity_by_age=(),
        largest_fund=("", 0),
        funds=0,
        managed_by=ManagedBy.NAMED_FIDUCIARY,
        employer_securities=False,
        employer_exception="",
        transfer_months=0,
        others_transfer_months=0,
        exit_fees=(),
        barriers_later=(),
        first_investment=on,
        first_notice=None,
        withdrawal_permitted=False,
        plan_year_start=on,
        yearly_notice=None,
        notice_items=frozenset(NOTICE_ITEMS),
        materials_passed=True,
        chance_to_direct=True,
        broad_range=True,
        automatic_enrollment_law=False,
    )
