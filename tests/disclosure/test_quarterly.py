from fractions import Fraction

from modelx.disclosure.checks_expenses import PaidFrom
from modelx.disclosure.compensation import (
    FeePaid,
    covered_providers,
    needs_the_short_form_only,
    option_pay,
    provider_pay,
    schedule_c,
)
from modelx.disclosure.figures import dollars
from modelx.disclosure.quarterly import Charge, check_statement, monthly_charge_cents, quarterly_statement
from modelx.disclosure.rulebook import HOUSE_RULES
from tests.disclosure.worked import d

ON = d("2026-11-20")
RATE_0_15 = 15 * 10**8
BALANCES = (48_210_55, 49_077_12, 48_635_40)


def t15_charges() -> list[Charge]:
    months = ("2026-07-31", "2026-08-31", "2026-09-30")
    fees = [
        Charge(d(on), "P-1", "Plan administration", "ADM", False, monthly_charge_cents(balance, RATE_0_15))
        for on, balance in zip(months, BALANCES, strict=True)
    ]
    return [*fees, Charge(d("2026-08-14"), "P-1", "Loan set-up", "RK", True, 12_50)]


def test_t15_the_statement_shows_dollars_charged_and_keeps_the_loan_fee_apart() -> None:
    assert [monthly_charge_cents(balance, RATE_0_15) for balance in BALANCES] == [603, 613, 608]
    found = quarterly_statement("P-1", t15_charges(), d("2026-07-01"), d("2026-09-30"), True)
    assert [(line.service, dollars(line.cents).text) for line in found.general] == [("Plan administration", "$18.24")]
    assert [(line.service, dollars(line.cents).text) for line in found.individual] == [("Loan set-up", "$12.50")]
    assert dollars(found.total_cents).text == "$30.74"
    assert check_statement(found, 30_74) == ()


def test_other_people_and_other_quarters_are_left_out() -> None:
    others = [
        Charge(d("2026-06-30"), "P-1", "Plan administration", "ADM", False, 999),
        Charge(d("2026-10-01"), "P-1", "Plan administration", "ADM", False, 999),
        Charge(d("2026-08-31"), "P-2", "Plan administration", "ADM", False, 999),
    ]
    found = quarterly_statement("P-1", [*t15_charges(), *others], d("2026-07-01"), d("2026-09-30"), False)
    assert found.total_cents == 30_74


def test_dia_052_the_statement_agrees_with_the_ledger() -> None:
    found = quarterly_statement("P-1", t15_charges(), d("2026-07-01"), d("2026-09-30"), False)
    (wrong,) = check_statement(found, 30_75)
    assert wrong.code == "DIA-052"
    assert "says $30.74, the ledger debited $30.75" in wrong.message


FEES = (
    FeePaid("MGR", "Management", "ACME/GROW/A", PaidFrom.UNIT_VALUE, 39_249_380_000, disclosed=True),
    FeePaid("PLAT", "Custody", "ACME/GROW/A", PaidFrom.UNIT_VALUE, 4_718_525_000, disclosed=True),
    FeePaid("ADV", "Advice", "", PaidFrom.ACCOUNT, 6_000_000_000),
    FeePaid("RK", "Record keeping", "", PaidFrom.ACCOUNT, 900_000_000),
    FeePaid("RK", "Sub-TA", "ACME/GROW/A", PaidFrom.FUND_INTERNAL, 4_200_000_000, revenue_share=True),
    FeePaid("AUD", "Audit", "", PaidFrom.SPONSOR, 12_000_000_000),
)


def test_pay_is_direct_eligible_or_other_by_where_it_came_from() -> None:
    rows = {row.payee: row for row in provider_pay(FEES)}
    assert list(rows) == ["MGR", "ADV", "RK", "PLAT"]  # the sponsor paid the auditor
    assert (rows["MGR"].direct_cents, rows["MGR"].eligible_indirect_cents) == (0, 3_924_938)
    assert rows["ADV"].direct_cents == 600_000
    assert (rows["RK"].direct_cents, rows["RK"].other_indirect_cents) == (90_000, 420_000)
    assert rows["RK"].revenue_share_cents == 420_000
    assert rows["RK"].services == ("Record keeping", "Sub-TA")
    assert rows["PLAT"].eligible_indirect_cents == 471_853  # half a cent goes up


def test_the_thresholds_of_both_papers() -> None:
    rows = provider_pay(FEES)
    assert [row.payee for row in covered_providers(rows, HOUSE_RULES, ON)] == ["MGR", "ADV", "RK", "PLAT"]
    assert [row.payee for row in schedule_c(rows, HOUSE_RULES, ON)] == ["MGR", "ADV", "RK"]
    assert [row.payee for row in rows if needs_the_short_form_only(row)] == ["MGR", "PLAT"]


def test_each_fee_of_an_option_as_a_percent_of_its_assets() -> None:
    rows = option_pay(FEES, {"ACME/GROW/A": Fraction(9_812_345_670_000)})
    assert [(row.payee, row.percent_bps) for row in rows] == [("MGR", 40), ("PLAT", 5), ("RK", 4)]
