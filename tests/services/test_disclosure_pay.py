"""Who was paid out of a plan, against the ledger's own balances; what participants were charged; what is due."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine

from modelx.disclosure.checks_expenses import PaidFrom
from modelx.disclosure.compensation import needs_the_short_form_only
from modelx.domain.days import day_of
from modelx.domain.errors import InvalidInput, NotFound
from modelx.services.disclosure_notices import draft_plans, publish_plan, review_plan
from modelx.services.disclosure_pay import plan_pay, statements
from modelx.services.ledger_views import trial_balance
from tests.services.disclosure_books import BASE, ON, demo_quarter

FIRST, LAST = date(2026, 10, 1), date(2026, 12, 31)


@pytest.fixture
def book(tmp_path: Path) -> Engine:
    return demo_quarter(tmp_path)


def test_what_payees_got_inside_unit_values_is_what_the_ledger_expensed(book: Engine) -> None:
    paid = plan_pay(book, "HALVORSEN", FIRST, LAST)
    expensed = Decimal(0)
    for model in ("CDLMOD", "CDLGRO", "NMTD35"):
        lines = trial_balance(book, "HALVORSEN", model, day_of(LAST))
        expensed += sum(Decimal(line.amount) for line in lines if line.account.startswith("5000:"))
    inside = [row for row in paid.providers if row.payee != "TRELLIS"]
    assert {row.direct_cents for row in inside} == {0}
    total = sum(row.other_indirect_cents for row in inside)
    assert total == pytest.approx(float(expensed / 10_000), abs=len(inside) / 2)


def test_a_waiver_lowers_what_its_payee_got(book: Engine) -> None:
    """CORVANE NMTD55: 0.08 % less 0.03 % waived."""
    rows = {(row.option, row.payee): row for row in plan_pay(book, "CORVANE", FIRST, LAST).options}
    assert rows["CORVANE/NMTD55", "NORTHMERE"].percent_bps == 5
    assert rows["CORVANE/THGLEQ", "TARNHOLLOW"].percent_bps == 18


def test_fees_of_accounts_are_direct_and_revenue_share_is_shown_apart(book: Engine) -> None:
    paid = plan_pay(book, "BRTPRAIRIE", FIRST, LAST)
    adviser = next(row for row in paid.providers if row.payee == "ALDERFINCH")
    assert (adviser.direct_cents > 0, adviser.other_indirect_cents) == (True, 0)
    keeper = next(row for row in paid.providers if row.payee == "TRELLIS")
    assert keeper.revenue_share_cents == keeper.other_indirect_cents > 0
    assert {row.paid_from for row in paid.options if row.payee == "ALDERFINCH"} == {PaidFrom.ACCOUNT}


def test_a_published_notice_makes_indirect_pay_eligible_for_the_short_form(book: Engine) -> None:
    (bundle,) = draft_plans(book, ["BRTPRAIRIE"], ON, BASE, "Ana", 1)
    review_plan(book, "BRTPRAIRIE", bundle.sha256, "Bea", 2)
    publish_plan(book, "BRTPRAIRIE", bundle.sha256, "Carl", 3, lambda document, place: [("notice.txt", b"x")])
    paid = plan_pay(book, "BRTPRAIRIE", FIRST, LAST)
    assert [row.payee for row in paid.providers if not needs_the_short_form_only(row)] == ["ALDERFINCH"]


def test_the_quarterly_statement_is_the_dollars_charged_by_service(book: Engine) -> None:
    """T15: 6.03 + 6.13 + 6.08 = 18.24, and the loan's 12.50 apart."""
    (one,) = statements(book, "HALVORSEN", FIRST, LAST)
    assert (one.participant, one.general_cents, one.individual_cents, one.total_cents) == (
        "P-1001",
        1_824,
        1_250,
        3_074,
    )
    assert one.paid_from_operating_expenses
    assert statements(book, "CORVANE", FIRST, LAST) == ()


def test_an_empty_stretch_and_an_unknown_plan_are_refused(book: Engine) -> None:
    with pytest.raises(InvalidInput, match="no day"):
        plan_pay(book, "HALVORSEN", LAST, FIRST)
    with pytest.raises(NotFound, match="NOBODY"):
        statements(book, "NOBODY", FIRST, LAST)
