"""Every reason to refuse an override, with its remedy."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import permutations

import pytest

from modelx.domain.book_codes import ExcludeTo, OverrideKind
from modelx.domain.override import OnExpiry
from modelx.domain.override_check import OverrideRule, check_rules
from modelx.domain.universe import Listing, SecurityStatus

UNIVERSE = {
    ticker: Listing(ticker, f"Fund {ticker}", "MF", "US Bond", 10**9, 3) for ticker in ("AAA", "BBB", "CCC", "DDD")
} | {
    "ETF": Listing("ETF", "Index ETF", "ETF", "US Equity", 10**8, 0),
    "OLD": Listing("OLD", "Old fund", "MF", "US Bond", 10**9, 3, SecurityStatus.MERGED, "CCC"),
}
FIRST, LATER = date(2026, 11, 23), date(2027, 3, 1)


def rule(kind=OverrideKind.EXCLUDE, ticker="AAA", **more):
    return OverrideRule("PLAN-A", "GRW60", kind, ticker, more.pop("start", FIRST), **more)


def substitute(ticker, to, **more):
    return rule(OverrideKind.SUBSTITUTE, ticker, to_ticker=to, **more)


def explicit(ticker, percent, **more):
    return rule(OverrideKind.SET_WEIGHT, ticker, weight=percent * 10**10, **more)


def codes(*rules, sleeves=(("PLAN-A", "GRW60"),), eligible=None):
    return [finding.code for finding in check_rules(rules, UNIVERSE, set(sleeves), eligible or {})]


def test_sound_rules_pass():
    assert (
        codes(
            substitute("AAA", "BBB"),
            rule(ticker="CCC", exclude_to=ExcludeTo.PRORATA),
            explicit("DDD", 10),
            explicit("CASH", 3),
            rule(OverrideKind.CASH_BUFFER, "", weight=2 * 10**10),
            rule(OverrideKind.NO_BUY, "ETF"),
            rule(OverrideKind.NO_SELL, "ETF"),
        )
        == []
    )


def test_a_plan_without_the_sleeve():
    findings = check_rules([rule()], UNIVERSE, {("PLAN-B", "GRW60")}, {})
    assert [one.code for one in findings] == ["SLEEVE_UNKNOWN"]
    assert "open the sleeve" in findings[0].message


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (rule(end=date(2026, 11, 22)), "OVERRIDE_DATES"),
        (rule(ticker=""), "OVERRIDE_MALFORMED"),
        (rule(ticker="CASH"), "OVERRIDE_MALFORMED"),
        (rule(to_ticker="BBB"), "OVERRIDE_MALFORMED"),
        (substitute("AAA", ""), "OVERRIDE_MALFORMED"),
        (substitute("AAA", "AAA"), "OVERRIDE_MALFORMED"),
        (substitute("AAA", "CASH"), "OVERRIDE_MALFORMED"),
        (rule(OverrideKind.CASH_BUFFER, "AAA"), "OVERRIDE_MALFORMED"),
        (rule(OverrideKind.CASH_BUFFER, "", weight=101 * 10**10), "WEIGHT_OUT_OF_RANGE"),
        (explicit("AAA", -1), "WEIGHT_OUT_OF_RANGE"),
        (rule(OverrideKind.SET_WEIGHT, weight=1), "WEIGHT_OUT_OF_RANGE"),
        (rule(ticker="XXX"), "SECURITY_UNKNOWN"),
        (substitute("AAA", "XXX"), "SECURITY_UNKNOWN"),
        (explicit("XXX", 5), "SECURITY_UNKNOWN"),
        (substitute("AAA", "OLD"), "SECURITY_CLOSED"),
        (explicit("OLD", 5), "SECURITY_CLOSED"),
        (substitute("AAA", "ETF"), "SHARE_DP_DIFFERS"),
    ],
)
def test_each_fault_of_one_rule(bad, code):
    assert codes(bad) == [code]


def test_a_closed_security_may_be_excluded_or_set_to_nothing():
    assert codes(rule(ticker="OLD")) == []
    assert codes(explicit("OLD", 0)) == []


def test_a_closed_substitute_names_its_successor():
    (finding,) = check_rules([substitute("AAA", "OLD")], UNIVERSE, {("PLAN-A", "GRW60")}, {})
    assert "use CCC" in finding.message


def test_a_reviewed_substitution_between_kinds_of_shares_passes():
    assert codes(substitute("AAA", "ETF", reviewed=True)) == []


def test_a_security_outside_the_plans_list():
    assert codes(substitute("AAA", "BBB"), eligible={"PLAN-A": {"CCC"}}) == ["SECURITY_NOT_ELIGIBLE"]
    assert codes(substitute("AAA", "BBB"), eligible={"PLAN-B": {"CCC"}}) == []


@pytest.mark.parametrize(
    "pair",
    [
        (rule(), explicit("AAA", 5)),
        (rule(), substitute("AAA", "BBB")),
        (rule(), rule(exclude_to=ExcludeTo.PRORATA)),
        (rule(), rule(OverrideKind.NO_SELL)),
        (rule(ticker="BBB"), substitute("AAA", "BBB")),
        (rule(OverrideKind.CASH_BUFFER, ""), rule(OverrideKind.CASH_BUFFER, "", weight=10**10)),
    ],
)
def test_two_rules_on_one_security_clash_while_both_are_in_force(pair):
    one, other = pair
    assert codes(one, other) == codes(other, one) == ["OVERRIDE_CONFLICT"]
    one = replace(one, end=date(2027, 2, 28))
    assert codes(one, replace(other, start=LATER)) == []
    assert codes(replace(one, on_expiry=OnExpiry.KEEP), replace(other, start=LATER)) == ["OVERRIDE_CONFLICT"]
    assert codes(replace(one, end=LATER), replace(other, start=LATER)) == ["OVERRIDE_CONFLICT"]


def test_a_circle_of_substitutions_is_refused_in_any_order():
    circle = substitute("AAA", "BBB"), substitute("BBB", "CCC"), substitute("CCC", "AAA")
    for order in permutations(circle):
        (finding,) = check_rules(order, UNIVERSE, {("PLAN-A", "GRW60")}, {})
        assert finding.code == "SUBSTITUTION_CYCLE"
        assert "AAA->BBB->CCC->AAA" in finding.message


def test_a_circle_needs_a_common_day():
    first = substitute("AAA", "BBB", end=date(2027, 2, 28))
    assert codes(first, substitute("BBB", "AAA", start=LATER)) == []
    assert codes(first, substitute("BBB", "AAA", start=date(2027, 2, 28))) == ["SUBSTITUTION_CYCLE"]


def test_a_tail_that_leads_into_a_circle_names_the_circle_once():
    assert codes(substitute("DDD", "AAA"), substitute("AAA", "BBB"), substitute("BBB", "AAA")) == ["SUBSTITUTION_CYCLE"]


def test_explicit_weights_over_one_are_refused():
    assert codes(explicit("AAA", 60), explicit("BBB", 40)) == []
    assert codes(explicit("AAA", 101)) == ["WEIGHT_OUT_OF_RANGE", "WEIGHTS_OVER_ONE"]
    assert codes(explicit("AAA", 60), explicit("BBB", 41)) == ["WEIGHTS_OVER_ONE"]
    assert codes(explicit("AAA", 60, end=date(2027, 2, 28)), explicit("BBB", 41, start=LATER)) == []
