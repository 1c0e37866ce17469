from dataclasses import replace
from typing import Any

import pytest

from modelx.disclosure.default_option import (
    DefaultFacts,
    DefaultKind,
    ManagedBy,
    Outcome,
    check_default,
    eligibility,
)
from modelx.disclosure.rulebook import HOUSE_RULES
from tests.disclosure.worked import d

ON = d("2026-11-20")
GOOD = DefaultFacts(
    option="ACME/TD2050/A",
    kind=DefaultKind.TARGET_DATE,
    equity_by_age=((25, 9_000), (45, 7_500), (65, 4_000), (75, 4_000)),
    largest_fund=("TOTUS", 5_512),
    funds=4,
    managed_by=ManagedBy.INVESTMENT_MANAGER,
    employer_securities=False,
    employer_exception="",
    transfer_months=0,
    others_transfer_months=0,
    exit_fees=(),
    barriers_later=(),
    first_investment=d("2026-02-15"),
    first_notice=d("2026-01-16"),
    withdrawal_permitted=False,
    plan_year_start=d("2027-01-01"),
    yearly_notice=d("2026-11-02"),
    notice_items=frozenset({"when", "what", "leave", "others"}),
    materials_passed=True,
    chance_to_direct=True,
    broad_range=True,
    automatic_enrollment_law=False,
)


def outcome(number: int, **changes: Any) -> tuple[Outcome, str]:
    check = eligibility(replace(GOOD, **changes), ON, HOUSE_RULES)[number - 1]
    assert check.number == number
    return check.outcome, check.reason


def test_a_good_default_passes_everything_but_the_judgement_of_a_person() -> None:
    checks = eligibility(GOOD, ON, HOUSE_RULES)
    assert [check.number for check in checks] == list(range(1, 14))
    assert [check.number for check in checks if check.outcome is not Outcome.PASS] == [3]
    assert "4 funds, the largest TOTUS at 55.12%" in checks[2].reason


def test_only_the_bulletin_that_was_read_is_cited() -> None:
    cited = {check.number: check.citation for check in eligibility(GOOD, ON, HOUSE_RULES) if check.citation}
    assert cited == {5: "Field Assistance Bulletin 2008-03, Q1"}


@pytest.mark.parametrize(
    ("number", "changes", "expected", "words"),
    [
        (1, {"kind": DefaultKind.BALANCED}, Outcome.HUMAN, "participants as a whole"),
        (1, {"kind": DefaultKind.MANAGED_ACCOUNT}, Outcome.PASS, "managed account"),
        (1, {"kind": DefaultKind.OTHER}, Outcome.FAIL, "none of the five"),
        (1, {"kind": DefaultKind.CAPITAL_PRESERVATION}, Outcome.FAIL, "only until 2026-06-15"),
        (
            1,
            {"kind": DefaultKind.CAPITAL_PRESERVATION, "first_investment": d("2026-07-23")},
            Outcome.PASS,
            "2026-11-20",
        ),
        (
            1,
            {"kind": DefaultKind.CAPITAL_PRESERVATION, "first_investment": d("2026-07-22")},
            Outcome.FAIL,
            "2026-11-19",
        ),
        (1, {"kind": DefaultKind.OLD_STABLE_VALUE}, Outcome.FAIL, "too late"),
        (1, {"kind": DefaultKind.OLD_STABLE_VALUE, "first_investment": d("2007-12-23")}, Outcome.PASS, "stable value"),
        (2, {"equity_by_age": ((25, 10_000), (65, 5_000))}, Outcome.FAIL, "at age 25 it is 100.00% equity"),
        (2, {"equity_by_age": ((70, 0),)}, Outcome.FAIL, "0.00% equity"),
        (2, {"equity_by_age": ((70, 0),), "kind": DefaultKind.CAPITAL_PRESERVATION}, Outcome.PASS, "not asked"),
        (4, {"equity_by_age": ((65, 4_000), (25, 9_000), (70, 4_001))}, Outcome.FAIL, "rises to 40.01% at age 70"),
        (4, {"kind": DefaultKind.BALANCED, "equity_by_age": ((40, 6_000), (41, 6_100))}, Outcome.PASS, "not asked"),
        (5, {"managed_by": ManagedBy.NAMED_FIDUCIARY}, Outcome.PASS, "keeps liability"),
        (5, {"managed_by": ManagedBy.TRUSTEE}, Outcome.PASS, "trustee"),
        (5, {"managed_by": ManagedBy.REGISTERED_FUND}, Outcome.FAIL, "not itself a registered"),
        (5, {"managed_by": ManagedBy.DIRECTED_TRUSTEE}, Outcome.FAIL, "directed trustee"),
        (6, {"employer_securities": True}, Outcome.FAIL, "no exception"),
        (6, {"employer_securities": True, "employer_exception": "match"}, Outcome.PASS, "exception: match"),
        (7, {"transfer_months": 3, "others_transfer_months": 3}, Outcome.PASS, "as often"),
        (7, {"transfer_months": 3}, Outcome.FAIL, "less often"),
        (7, {"transfer_months": 4, "others_transfer_months": 4}, Outcome.FAIL, "every 4 months"),
        (8, {"exit_fees": ("INTLX 2% within 60 days",)}, Outcome.FAIL, "INTLX 2% within 60 days"),
        (9, {"barriers_later": ("equity wash",)}, Outcome.FAIL, "equity wash"),
        (10, {"first_notice": d("2026-01-17")}, Outcome.FAIL, "due by 2026-01-16, sent 2026-01-17"),
        (10, {"first_notice": None}, Outcome.FAIL, "sent never"),
        (10, {"first_notice": d("2026-02-15"), "withdrawal_permitted": True}, Outcome.PASS, "2026-02-15"),
        (10, {"yearly_notice": d("2026-12-03")}, Outcome.FAIL, "due by 2026-12-02"),
        (10, {"yearly_notice": None}, Outcome.PASS, "yearly 2026-01-16"),
        (10, {"yearly_notice": None, "plan_year_start": d("2028-01-01")}, Outcome.FAIL, "last sent 2026-01-16"),
        (11, {"notice_items": frozenset({"when", "what"})}, Outcome.FAIL, "the right to direct elsewhere"),
        (12, {"materials_passed": False, "broad_range": False}, Outcome.FAIL, "no broad range"),
        (13, {"automatic_enrollment_law": True}, Outcome.PASS, "414A"),
        (13, {"automatic_enrollment_law": True, "exit_fees": ("x",)}, Outcome.FAIL, "failed: Q8"),
    ],
)
def test_each_check_says_why(number: int, changes: dict[str, Any], expected: Outcome, words: str) -> None:
    found, reason = outcome(number, **changes)
    assert found is expected
    assert words in reason


def test_a_glide_path_may_wobble_within_the_tolerance() -> None:
    wobble = replace(GOOD, equity_by_age=((25, 9_000), (45, 7_500), (46, 7_510), (65, 4_000)))
    assert eligibility(wobble, ON, HOUSE_RULES)[3].outcome is Outcome.FAIL
    assert eligibility(wobble, ON, HOUSE_RULES, glide_tolerance_bps=10)[3].outcome is Outcome.PASS


def test_a_failed_or_unsigned_check_stops_a_plan_that_flags_the_default() -> None:
    bad = replace(GOOD, kind=DefaultKind.BALANCED, exit_fees=("redemption fee",))
    checks = eligibility(bad, ON, HOUSE_RULES)
    found = check_default(bad, checks, frozenset())
    assert [one.code for one in found] == ["QDIA-1", "QDIA-3", "QDIA-8"]
    assert "not signed" in found[0].message
    assert [one.code for one in check_default(bad, checks, frozenset({1, 3}))] == ["QDIA-8"]


def test_every_code_of_a_default_can_be_raised() -> None:
    worst = replace(
        GOOD, kind=DefaultKind.TARGET_DATE, equity_by_age=((25, 0), (65, 4_000)), managed_by=ManagedBy.DIRECTED_TRUSTEE,
        employer_securities=True, transfer_months=6, exit_fees=("fee",), barriers_later=("wash",), first_notice=None,
        notice_items=frozenset(), materials_passed=False, automatic_enrollment_law=True,
    )  # fmt: skip
    raised = {one.code for one in check_default(worst, eligibility(worst, ON, HOUSE_RULES), frozenset())}
    other = replace(worst, kind=DefaultKind.OTHER)
    raised |= {one.code for one in check_default(other, eligibility(other, ON, HOUSE_RULES), frozenset())}
    assert raised == {f"QDIA-{number}" for number in range(1, 14)}
