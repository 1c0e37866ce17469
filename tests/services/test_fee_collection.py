"""Fees collected: each month foots, ties to the trial balances, and its payments are whole cents."""

from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import Engine

from modelx.domain.days import date_of, day_of
from modelx.domain.errors import NotFound
from modelx.services.fee_collection import MonthLine, list_collections, list_payments
from modelx.services.ledger_views import trial_balance
from modelx.services.unit_values import list_unit_values
from modelx.store.unit_value_records import Selection
from tests.product import play, with_sessions
from tests.services.played_books import G1_NIGHTS, demo_played, g1_played

CENT = 10_000


def in_range(first: date, last: date, plan: str | None = None) -> Selection:
    return Selection(plan, None, day_of(first), day_of(last))


def of_payee(lines: list[MonthLine], payee: str, book: str = "unit_value") -> list[MonthLine]:
    return [line for line in lines if (line.payee, line.paid_from) == (payee, book)]


def test_the_golden_scenario_pays_november_on_the_first_of_december_on_both_databases(engine: Engine) -> None:
    """Accrued to 30 November: 12.411802, 19.858883 and 1.737652 (the scenario's 2100 balances); paid to the cent."""
    play(G1_NIGHTS, with_sessions(engine))
    december = [line for line in list_collections(engine, Selection()) if line.month == "2026-12"]
    assert [(line.payee, Decimal(line.opening).scaleb(-6), Decimal(line.paid).scaleb(-6)) for line in december] == [
        ("advisor", Decimal("12.411802"), Decimal("12.41")),
        ("manager", Decimal("19.858883"), Decimal("19.85")),
        ("platform", Decimal("1.737652"), Decimal("1.73")),
    ]
    assert {line.paid_on for line in december} == {(day_of(date(2026, 12, 1)),)}
    payments = list_payments(engine, Selection(), "advisor")
    assert [(one.plan, one.model, one.owed, one.paid, one.left) for one in payments] == [
        ("PLAN-A", "GRW60", 12_411_802, 12_410_000, 1_802)
    ]


def test_every_month_foots_and_opens_where_the_one_before_closed(tmp_path: Path) -> None:
    lines = list_collections(demo_played(tmp_path), Selection())
    assert {line.month for line in lines} == {"2026-10", "2026-11", "2026-12", "2027-01"}
    for line in lines:
        assert line.opening + line.accrued + line.cleared - line.paid == line.closing
        assert line.paid % CENT == 0
    for payee, book in {(line.payee, line.paid_from) for line in lines}:
        for before, after in pairwise(of_payee(lines, payee, book)):
            assert before.closing == after.opening


def test_what_is_owed_at_a_months_end_is_what_the_trial_balances_say(tmp_path: Path) -> None:
    engine, last = demo_played(tmp_path), date(2026, 11, 30)
    ledger: dict[str, int] = {}
    for line in list_unit_values(engine, Selection(None, None, day_of(last), day_of(last))):
        for account in trial_balance(engine, line.plan, line.model, day_of(last)):
            if account.account.startswith("2100:"):
                payee = account.account.removeprefix("2100:")
                ledger[payee] = ledger.get(payee, 0) - account.amount
    months = list_collections(engine, in_range(last, last))
    assert {line.payee: line.closing for line in months if line.paid_from == "unit_value"} == ledger


def test_a_month_in_the_middle_is_the_same_alone_as_among_the_others(tmp_path: Path) -> None:
    engine = demo_played(tmp_path)
    alone = list_collections(engine, in_range(date(2026, 12, 9), date(2026, 12, 9)))
    assert alone == [line for line in list_collections(engine, Selection()) if line.month == "2026-12"]


def test_payments_add_up_to_the_months(tmp_path: Path) -> None:
    engine = demo_played(tmp_path)
    months = list_collections(engine, Selection())
    for payee in {line.payee for line in months}:
        payments = list_payments(engine, Selection(), payee)
        assert sum(one.paid for one in payments) == sum(line.paid for line in months if line.payee == payee)
        assert len(payments) == sum(line.payments for line in months if line.payee == payee)
        assert all(one.owed - one.paid == one.left and 0 <= one.left < CENT for one in payments)
        assert {date_of(one.business_date) for one in payments} <= {
            date(2026, 11, 2),
            date(2026, 12, 1),
            date(2027, 1, 4),
        }


def test_what_a_last_holder_left_is_told_apart(tmp_path: Path) -> None:
    """MIRABEL leaves CDLCON on 15 December: less than a cent is cleared against its largest payable."""
    lines = list_collections(demo_played(tmp_path), in_range(date(2026, 12, 1), date(2026, 12, 31), "MIRABEL"))
    cleared = {line.payee: line.cleared for line in lines if line.cleared}
    assert list(cleared) == ["QUAYSIDE"]
    assert 0 < abs(cleared["QUAYSIDE"]) < CENT


def test_account_fees_are_billed_in_a_book_of_their_own(tmp_path: Path) -> None:
    lines = list_collections(demo_played(tmp_path), in_range(date(2026, 12, 1), date(2026, 12, 1)))
    assert [(line.payee, line.payments) for line in lines if line.paid_from == "account"] == [("ALDERFINCH", 2)]


def test_an_unknown_payee_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="did you mean advisor"):
        list_payments(g1_played(tmp_path), Selection(), "adviser")
