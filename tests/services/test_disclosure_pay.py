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
from modelx.services.disclosure_pay import Statements, plan_pay, statements
from modelx.services.fee_collection import list_payments
from modelx.services.ledger_views import trial_balance
from modelx.store.unit_value_records import Selection
from tests.services.disclosure_books import BASE, ON, demo_quarter, load_rows

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
    (one,) = statements(book, "HALVORSEN", FIRST, LAST).by_participant
    assert (one.participant, one.general_cents, one.individual_cents, one.total_cents) == (
        "P-1001",
        1_824,
        1_250,
        3_074,
    )
    assert one.paid_from_operating_expenses
    assert statements(book, "CORVANE", FIRST, LAST) == Statements((), ())


def test_an_empty_stretch_and_an_unknown_plan_are_refused(book: Engine) -> None:
    with pytest.raises(InvalidInput, match="no day"):
        plan_pay(book, "HALVORSEN", LAST, FIRST)
    with pytest.raises(NotFound, match="NOBODY"):
        statements(book, "NOBODY", FIRST, LAST)


def charged(book: Engine, folder: Path, less: int) -> None:
    """Two participants of BRTPRAIRIE charged what its accounts were billed for the adviser, less some cents."""
    chosen = Selection("BRTPRAIRIE", None, day_of(FIRST), day_of(LAST))
    cents = sum(one.paid // 10_000 for one in list_payments(book, chosen, "ALDERFINCH")) - less
    shares = {"P-2001": cents // 3, "P-2002": cents - cents // 3}
    rows = "".join(
        f"C9{at},2026-12-01,BRTPRAIRIE,{person},Plan adviser,ALDERFINCH,N,{amount // 100}.{amount % 100:02d}\n"
        for at, (person, amount) in enumerate(shares.items())
    )
    header = "charge_ref,date,plan,participant,service,payee,individual,amount\n"
    load_rows(book, folder, participant_charges=header + rows)


def test_what_accounts_were_charged_is_what_the_ledger_billed(book: Engine, tmp_path: Path) -> None:
    charged(book, tmp_path / "whole", 0)
    found = statements(book, "BRTPRAIRIE", FIRST, LAST)
    assert [one.participant for one in found.by_participant] == ["P-2001", "P-2002"]
    assert found.findings == ()


def test_a_cent_told_otherwise_than_billed_is_dia_052(book: Engine, tmp_path: Path) -> None:
    charged(book, tmp_path / "short", 1)
    found = statements(book, "BRTPRAIRIE", FIRST, LAST)
    told = sum(one.general_cents for one in found.by_participant)
    (one,) = found.findings
    assert one.code == "DIA-052"
    billed, said = (f"${Decimal(cents) / 100:,.2f}" for cents in (told + 1, told))
    assert f"ALDERFINCH was billed {billed}, accounts say {said}" in one.message


def test_fees_billed_and_told_to_nobody_are_dia_052(book: Engine) -> None:
    (one,) = statements(book, "BRTPRAIRIE", FIRST, LAST).findings
    assert one.message.startswith("BRTPRAIRIE: quarterly statement late or not what was charged: ALDERFINCH was billed")


def test_what_the_ledger_accrued_for_accounts_counts_once_among_who_was_paid(book: Engine) -> None:
    """0.35 % on two sleeves for the quarter: the charges that pass it on are no second pay."""
    paid = plan_pay(book, "BRTPRAIRIE", FIRST, LAST)
    adviser = next(row for row in paid.providers if row.payee == "ALDERFINCH")
    accrued = Decimal(0)
    for model in ("AFINCM", "CDLCON"):
        lines = trial_balance(book, "BRTPRAIRIE", model, day_of(LAST))
        accrued -= sum(Decimal(line.amount) for line in lines if line.account.startswith("8200:"))
    assert adviser.direct_cents == pytest.approx(float(abs(accrued) / 10_000), abs=1)


def test_every_line_of_pay_says_where_it_was_paid_from_and_the_lines_foot_to_the_totals(book: Engine) -> None:
    paid = plan_pay(book, "BRTPRAIRIE", FIRST, LAST)
    for row in paid.providers:
        mine = [one for one in paid.lines if one.payee == row.payee]
        assert sum(one.cents for one in mine) == pytest.approx(row.total_cents, abs=len(mine))
        shares = [one.cents for one in mine if one.revenue_share]
        assert sum(shares) == pytest.approx(row.revenue_share_cents, abs=len(mine))
    purses = {(one.payee, one.paid_from) for one in paid.lines}
    assert ("ALDERFINCH", PaidFrom.ACCOUNT) in purses
    assert ("TRELLIS", PaidFrom.FUND_INTERNAL) in purses
    assert ("IRONVALE", PaidFrom.UNIT_VALUE) in purses
    assert {one.option for one in paid.lines} == {"BRTPRAIRIE/AFINCM", "BRTPRAIRIE/CDLCON"}
