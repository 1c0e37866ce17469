"""Model versions: weights that are refused, the version in force, differences, cancellation and return."""

from __future__ import annotations

from datetime import date

import pytest

from modelx.domain.errors import InvalidInput, NotFound
from modelx.domain.model_portfolio import (
    ChangeKind,
    TargetVersion,
    VersionState,
    assign_ticker,
    cancel,
    check_effective,
    check_ticker,
    check_weights,
    diff,
    replace_security,
    revert,
    version_in_force,
    weights_from,
)

MONDAY, TUESDAY, FRIDAY = date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 27)


def version(number=1, effective=MONDAY, state=VersionState.APPROVED, model="GRW60", **percent):
    weights = {ticker: int(p * 10**10) for ticker, p in percent.items()} or {"AAA": 10**12}
    return TargetVersion(model, number, effective, weights_from(weights), state)


def test_sound_weights_pass():
    assert check_weights(version(AAA=60, BBB=37, CASH=3)) == []
    assert check_weights(TargetVersion("M", 1, MONDAY, (("A", 333_333 * 10**6), ("B", 666_667 * 10**6)))) == []


@pytest.mark.parametrize(
    ("weights", "code", "says"),
    [
        ((("AAA", 9_999 * 10**8),), "WEIGHTS_NOT_ONE", "sum to 99.99 %; add 0.01 %"),
        ((("AAA", 10**12), ("BBB", 10**10)), "WEIGHTS_NOT_ONE", "sum to 101.00 %; take away 1.00 %"),
        ((("AAA", 11 * 10**11), ("BBB", -(10**11))), "WEIGHT_NEGATIVE", "BBB has weight -10.00 %"),
        ((("AAA", 10**12 - 1), ("BBB", 1)), "WEIGHT_TOO_FINE", "six decimals"),
        ((("AAA", 5 * 10**11), ("AAA", 5 * 10**11)), "SECURITY_TWICE", "merge"),
        ((), "WEIGHTS_EMPTY", "at least one"),
    ],
)
def test_each_fault_of_the_weights(weights, code, says):
    findings = check_weights(TargetVersion("GRW60", 1, MONDAY, weights))
    assert {one.code for one in findings} == {code}
    assert says in findings[0].message


@pytest.mark.parametrize(
    ("effective", "codes"),
    [
        (MONDAY, ["EFFECTIVE_PAST"]),
        (TUESDAY, []),
        (date(2026, 11, 26), ["EFFECTIVE_NOT_SESSION"]),
        (FRIDAY, []),
    ],
)
def test_a_version_takes_effect_on_a_session_after_the_last_closed_night(effective, codes):
    assert [one.code for one in check_effective(effective, MONDAY, {MONDAY, TUESDAY, FRIDAY})] == codes


@pytest.mark.parametrize(
    ("on", "number"), [(date(2026, 11, 22), None), (MONDAY, 1), (TUESDAY, 3), (FRIDAY, 4), (date(2027, 1, 4), 4)]
)
def test_the_version_in_force(on, number):
    versions = [
        version(4, FRIDAY),
        version(1, MONDAY),
        version(2, TUESDAY),
        version(3, TUESDAY),
        version(5, TUESDAY, VersionState.DRAFT),
        version(6, TUESDAY, VersionState.CANCELLED),
        version(7, TUESDAY, model="OTHER"),
    ]
    found = version_in_force(versions, "GRW60", on)
    assert (found and found.number) == number


def test_a_difference_lists_every_security_of_either_version():
    lines = diff(version(AAA=50, BBB=30, CCC=20), version(2, AAA=40, BBB=35, CCC=20, DDD=5))
    assert [(one.ticker, one.kind, one.change) for one in lines] == [
        ("AAA", ChangeKind.LOWERED, -(10**11)),
        ("BBB", ChangeKind.RAISED, 5 * 10**10),
        ("CCC", ChangeKind.UNCHANGED, 0),
        ("DDD", ChangeKind.ADDED, 5 * 10**10),
    ]
    assert [one.kind for one in diff(version(AAA=50, BBB=50), version(2, AAA=100))] == [
        ChangeKind.RAISED,
        ChangeKind.REMOVED,
    ]
    assert [one.kind for one in diff(None, version())] == [ChangeKind.ADDED]


def test_a_scheduled_version_can_be_cancelled_until_it_takes_effect():
    assert cancel(version(2, FRIDAY), TUESDAY).state is VersionState.CANCELLED
    with pytest.raises(InvalidInput, match="revert"):
        cancel(version(2, FRIDAY), FRIDAY)


def test_a_return_to_an_older_version_is_a_new_version():
    versions = [version(1, AAA=100), version(2, BBB=100), version(9, BBB=100, model="OTHER")]
    draft = revert(versions, "GRW60", 1, FRIDAY)
    assert (draft.number, draft.weights, draft.state) == (3, versions[0].weights, VersionState.DRAFT)
    with pytest.raises(NotFound, match="no version 7"):
        revert(versions, "GRW60", 7, FRIDAY)


def test_a_security_is_replaced_in_every_model_that_holds_it():
    held = (
        version(3, AAA=50, BBB=50, model="M2"),
        version(1, AAA=40, CCC=60, model="M1"),
        version(1, CCC=100, model="M3"),
    )
    drafts = replace_security(held, "AAA", "CCC", FRIDAY)
    assert [(one.model, one.number, dict(one.weights)) for one in drafts] == [
        ("M1", 2, {"CCC": 10**12}),
        ("M2", 4, {"BBB": 5 * 10**11, "CCC": 5 * 10**11}),
    ]
    with pytest.raises(InvalidInput, match="no model holds"):
        replace_security(held, "ZZZ", "CCC", FRIDAY)
    with pytest.raises(InvalidInput, match="itself"):
        replace_security(held, "AAA", "AAA", FRIDAY)


def test_a_ticker_is_given_out_once():
    assert assign_ticker("GRW", {"GRW001", "GRW003"}) == "GRW002"
    assert check_ticker("GRW60", {"GRW60"})[0].code == "TICKER_USED"
    assert check_ticker("grw", set())[0].code == "TICKER_MALFORMED"
    assert check_ticker("GRW61", {"GRW60"}) == []
    with pytest.raises(InvalidInput):
        assign_ticker("9X", set())
