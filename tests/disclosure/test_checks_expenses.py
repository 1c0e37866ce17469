from dataclasses import replace
from fractions import Fraction

import pytest

from modelx.disclosure.checks_expenses import (
    FeeTold,
    PaidFrom,
    check_against_ledger,
    check_current_rate,
    check_per_thousand,
    check_told_once,
    check_total,
    check_turnover,
    check_underlying,
    check_waivers,
)
from modelx.disclosure.expenses import Basis, Waiver
from modelx.disclosure.rulebook import HOUSE_RULES
from modelx.disclosure.turnover import Turnover
from modelx.domain.finding import Finding, Level
from tests.disclosure.examples import DATED, expenses
from tests.disclosure.worked import d


def codes(findings: tuple[Finding, ...]) -> list[str]:
    return [one.code for one in findings]


def test_dia_020_the_total_is_there_gross_and_of_a_completed_year() -> None:
    assert check_total("A", expenses(), 75, DATED) == ()
    assert codes(check_total("A", None, None, DATED)) == ["DIA-020"]
    assert codes(check_total("A", expenses(), None, DATED)) == ["DIA-020"]


def test_dia_020_a_figure_after_waivers_is_named_as_such() -> None:
    (found,) = check_total("A", expenses(), 67, DATED)
    assert "0.67% after waivers is shown, gross is 0.75%" in found.message


def test_dia_020_a_negative_total_and_an_open_year_are_refused() -> None:
    assert codes(check_total("A", expenses(), -1, DATED)) == ["DIA-020", "DIA-020"]
    (found,) = check_total("A", expenses(), 75, d("2025-12-31"))
    assert "ends 2025-12-31, the document is dated 2025-12-31" in found.message
    estimate = replace(expenses(), basis=Basis.ESTIMATED, fiscal_year=None)
    assert check_total("A", estimate, 75, DATED) == ()


def test_dia_021_seven_eighty_five_is_refused_for_zero_seventy_eight_percent() -> None:
    assert check_per_thousand("A", 78, 780) == ()
    (found,) = check_per_thousand("A", 78, 785)
    assert "0.78% needs $7.80, $7.85 is shown" in found.message


INSIDE = FeeTold("MGR", "MANAGER", PaidFrom.UNIT_VALUE, True, False)
BILLED = FeeTold("ADV", "ADVISOR", PaidFrom.ACCOUNT, False, True)
SPONSOR = FeeTold("AUD", "OTHER", PaidFrom.SPONSOR, False, False)
IN_FUND = FeeTold("BONDX", "12b-1", PaidFrom.FUND_INTERNAL, False, False)


def test_dia_022_every_fund_held_has_its_line_and_12b_1_is_not_added_again() -> None:
    held = frozenset({"TOTUS", "INTLX", "BONDX"})
    assert check_underlying("A", expenses(), held, (INSIDE, IN_FUND)) == ()
    (found,) = check_underlying("A", expenses(), held | {"GOLDX"}, ())
    assert "GOLDX was held and has no line" in found.message
    (twice,) = check_underlying("A", expenses(), held, (replace(IN_FUND, in_operating_expenses=True),))
    assert "BONDX 12b-1 is part of a fund's own ratio" in twice.message


@pytest.mark.parametrize(
    ("fee", "words"),
    [
        (replace(INSIDE, in_account_list=True), "both places"),
        (replace(INSIDE, in_operating_expenses=False), "neither place"),
        (replace(INSIDE, in_operating_expenses=False, in_account_list=True), "the unit value pays it"),
        (replace(BILLED, in_account_list=False), "neither place"),
        (replace(BILLED, in_operating_expenses=True, in_account_list=False), "accounts pay it"),
    ],
)
def test_dia_023_a_fee_is_told_once_in_its_own_place(fee: FeeTold, words: str) -> None:
    assert check_told_once("A", (INSIDE, BILLED, SPONSOR, IN_FUND)) == ()
    (found,) = check_told_once("A", (INSIDE, fee))
    assert found.code == "DIA-023"
    assert words in found.message


@pytest.mark.parametrize(("current", "expected"), [("0.0075", 0), ("0.0079", 0), ("0.0080", 1), ("0.0070", 1)])
def test_dia_024_five_hundredths_of_a_point_call_for_a_footnote(current: str, expected: int) -> None:
    found = check_current_rate("A", replace(expenses(), current=Fraction(current)), HOUSE_RULES, DATED)
    assert len(found) == expected
    assert all(one.level is Level.WARN for one in found)
    assert check_current_rate("A", replace(expenses(), current=None), HOUSE_RULES, DATED) == ()


def test_dia_025_the_fees_told_are_the_fees_accrued() -> None:
    average, accrued = Fraction(9_812_345_670_000), 39_249_380_000 + 14_718_520_000 + 5_000_000_000
    assert check_against_ledger("A", expenses(), accrued, average, HOUSE_RULES, DATED) == ()
    near = accrued + int(average / 10_000)  # one hundredth of a point
    assert check_against_ledger("A", expenses(), near, average, HOUSE_RULES, DATED) == ()
    (found,) = check_against_ledger("A", expenses(), near + 10**6, average, HOUSE_RULES, DATED)
    assert (found.code, found.level) == ("DIA-025", Level.WARN)
    assert "fees told 0.60%, accrued in the ledger 0.61%" in found.message


def test_dia_026_a_waiver_says_until_when() -> None:
    assert check_waivers("A", expenses()) == ()
    (found,) = check_waivers("A", replace(expenses(), waivers=(Waiver("MGR", 1, None),)))
    assert "the waiver by MGR has no end date" in found.message


def test_dia_070_turnover_is_shown_labelled_and_without_the_sweep() -> None:
    year, part = Turnover(3, 2, Fraction(9), 12), Turnover(3, 2, Fraction(9), 5)
    assert check_turnover("A", year, False, False) == ()
    assert check_turnover("A", part, True, False) == ()
    assert codes(check_turnover("A", None, False, False)) == ["DIA-070"]
    assert codes(check_turnover("A", part, False, True)) == ["DIA-070", "DIA-070"]
