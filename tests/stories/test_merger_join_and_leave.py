"""A quarter in which a fund merges while two plans hold it, a plan joins in kind, and another leaves.

The plan that leaves is owed a dividend that is paid after it has gone, and one that is found later still. Every unit
value is the oracle's to the digit; the figures that matter are worked here by hand.
"""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine

from modelx.domain.days import date_of, day_of
from modelx.services.cycle_verify import verify_nights
from modelx.services.database_check import check_database
from modelx.services.fee_reconciliation import reconcile_fees
from modelx.services.ledger_views import journal_lines, trial_balance
from modelx.services.morning_report import morning_report
from modelx.services.unit_value_explain import explain_unit_value
from modelx.services.unit_value_statement import state
from modelx.services.unit_values import list_unit_values
from modelx.store.event_records import gone_by
from modelx.store.unit_of_work import reading
from modelx.store.unit_value_records import Selection, outcomes
from tests.oracle.book_writer import Row, model_row, plan_row, security_row, write_book
from tests.oracle.night_calendar import NightCalendar
from tests.oracle.script import Load, RunThrough, Step
from tests.oracle.script import play as play_oracle
from tests.product import differences, play, with_sessions

FIRST, LAST = date(2026, 10, 1), date(2027, 1, 5)
JOINS, MERGES, LEAVES, FOUND = date(2026, 11, 2), date(2026, 11, 16), date(2026, 12, 10), date(2026, 12, 21)
SESSIONS = NightCalendar().sessions(FIRST, LAST)
BASES = {"OLD": Decimal("20.50"), "NEW": Decimal("40.10"), "EQX": Decimal("68.30")}
CENT = Decimal("0.01")


def price(ticker: str, on: date) -> Decimal:
    """A price that moves a little every day."""
    return BASES[ticker] + Decimal((SESSIONS.index(on) * 37) % 23 - 11) / 100


def story(root: Path) -> list[Step]:
    """Load the quarter's book, and run it in two parts: the later dividend is known on the evening before only."""
    everything = write_book(
        root / "1_book",
        {
            "securities": [
                security_row("OLD", "MF", "US Equity", 3, False),
                security_row("NEW", "MF", "US Equity", 3, False),
                security_row("EQX", "ETF", "US Equity", 0, True),
            ],
            "prices": [
                {"date": on, "ticker": ticker, "price": price(ticker, on)}
                for on in SESSIONS
                for ticker in BASES
                if ticker != "OLD" or on < MERGES
            ],
            "distributions": [
                {"ticker": "NEW", "ex_date": "2026-12-08", "pay_date": "2026-12-18", "kind": "INCOME", "rate": "0.10"}
                | {"reinvest": "N"}
            ],
            "corporate_events": [
                {"ticker": "OLD", "ex_date": MERGES, "kind": "MERGER", "to_ticker": "NEW", "ratio": "0.512345"}
            ],
            "models": [model_row("MOD", FIRST)],
            "plans": [plan_row(plan) for plan in ("PLAN-A", "PLAN-B", "PLAN-C")],
            "sleeves": [
                {"plan": "PLAN-A", "model": "MOD", "start_date": FIRST},
                {"plan": "PLAN-B", "model": "MOD", "start_date": FIRST},
                {"plan": "PLAN-C", "model": "MOD", "start_date": JOINS},
            ],
            "fees": [{"payee": "platform", "kind": "PLATFORM", "rate": "0.0029"}],
            "orders": [
                subscription("A1", "PLAN-A", FIRST, "150000.00"),
                subscription("B1", "PLAN-B", FIRST, "80000.00"),
                subscription("B2", "PLAN-B", date(2026, 12, 14), "500.00"),
            ],
            "trades": [
                bought("A1", "PLAN-A", "OLD", "4000.000"),
                bought("A2", "PLAN-A", "EQX", "700"),
                bought("B1", "PLAN-B", "OLD", "3333.333"),
            ],
            "in_kind_transfers": [
                moved("C1", "PLAN-C", JOINS, "IN", "NEW", shares="2000.125"),
                moved("C1", "PLAN-C", JOINS, "IN", "EQX", shares="100"),
                moved("C1", "PLAN-C", JOINS, "IN", "CASH", amount="1500.00"),
                moved("C2", "PLAN-C", date(2026, 11, 30), "IN", "NEW", shares="10.5"),
                moved("B9", "PLAN-B", LEAVES, "OUT_ALL", "CASH"),
            ],
        },
    )
    late = write_book(
        root / "2_late", {"in_kind_transfers": [moved("B10", "PLAN-B", FOUND, "LATE_INCOME", "NEW", amount="12.34")]}
    )
    return [Load(everything), RunThrough(date(2026, 12, 18)), Load(late), RunThrough(LAST)]


def subscription(ref: str, plan: str, on: date, amount: str) -> Row:
    order = {"rk_id": "RK1", "order_ref": ref, "file_id": "F1", "plan_id": plan, "ticker": "MOD"}
    return {**order, "side": "SUB", "qty_type": "AMT", "qty": amount, "trade_date": on}


def bought(ref: str, plan: str, ticker: str, shares: str) -> Row:
    on = date(2026, 10, 2)
    amount = (Decimal(shares) * price(ticker, on)).quantize(CENT, ROUND_HALF_UP)
    trade = {"trade_ref": ref, "trade_date": on, "settle_date": "2026-10-05", "plan": plan, "model": "MOD"}
    return {**trade, "ticker": ticker, "side": "BUY", "shares": shares, "amount": amount}


def moved(ref: str, plan: str, on: date, kind: str, ticker: str, **quantity: str) -> Row:
    return {"transfer_ref": ref, "date": on, "plan": plan, "model": "MOD", "kind": kind, "ticker": ticker, **quantity}


@pytest.fixture
def quarter(engine: Engine, tmp_path: Path) -> Engine:
    """The story, played on the product; both it and the ledger agree with the oracle and with themselves."""
    steps = story(tmp_path / "books")
    play(steps, with_sessions(engine))
    assert differences(engine, play_oracle(steps)) == []
    assert [check for check in check_database(engine) if not check.holds] == []
    assert [one.difference for one in verify_nights(engine, day_of(FIRST), day_of(LAST)) if one.difference] == []
    return engine


def posted(engine: Engine, plan: str, on: date, kind: str) -> list[tuple[str, str, str]]:
    """(debit, credit, amount) of a sleeve's journals of one kind on a date."""
    lines = journal_lines(engine, plan, "MOD", day_of(on), day_of(on))
    return [
        (line.debit, line.credit, format(Decimal(line.amount).scaleb(-6).normalize(), "f"))
        for line in lines
        if line.kind == kind
    ]


def test_the_quarter_from_the_merger_to_the_empty_books(quarter: Engine) -> None:
    the_fund_merges_without_gain_or_loss(quarter)
    the_plan_that_joins_gets_units_for_market_value(quarter)
    the_plan_that_leaves_is_paid_and_its_books_are_empty(quarter)
    every_value_explains_itself(quarter)
    assert [line.payee for line in reconcile_fees(quarter, Selection()) if line.differs] == []
    with reading(quarter) as connection:
        gone = gone_by(connection, day_of(LAST), 2**62)
    assert [date_of(day) for day in gone.ex_day.tolist()] == [MERGES]


def the_fund_merges_without_gain_or_loss(quarter: Engine) -> None:
    # 4,000.000 x 0.512345 = 2,049.380; 3,333.333 x 0.512345 = 1,707.81649..., to the thousandth 1,707.816
    for plan, shares, received in (("PLAN-A", "4000", "2049.38"), ("PLAN-B", "3333.333", "1707.816")):
        cost = (Decimal(shares) * price("OLD", date(2026, 10, 2))).quantize(CENT, ROUND_HALF_UP)
        assert posted(quarter, plan, MERGES, "EXCHANGE") == [
            ("9210:OLD", "1210:OLD", shares),
            ("1210:NEW", "9210:NEW", received),
            ("1200:NEW", "1200:OLD", format(cost.normalize(), "f")),
        ]


def the_plan_that_joins_gets_units_for_market_value(quarter: Engine) -> None:
    new, etf = price("NEW", JOINS), price("EQX", JOINS)
    value = (Decimal("2000.125") * new).quantize(CENT, ROUND_HALF_UP) + 100 * etf + 1500
    strikes = {
        date_of(line.business_date): line.strike
        for line in list_unit_values(quarter, Selection(plan="PLAN-C"))
        if line.strike
    }
    assert (strikes[JOINS].units, strikes[JOINS].unit_value) == (0, 10_000_000)
    day_after = SESSIONS[SESSIONS.index(JOINS) + 1]
    assert Decimal(strikes[day_after].units).scaleb(-6) == (value / 10).quantize(Decimal("0.0001"), ROUND_HALF_UP)
    assert Decimal(strikes[day_after].opening_net_assets).scaleb(-6) == value


def the_plan_that_leaves_is_paid_and_its_books_are_empty(quarter: Engine) -> None:
    lines = [line for line in list_unit_values(quarter, Selection(plan="PLAN-B")) if line.strike]
    after = [line.strike for line in lines if line.business_date > day_of(LEAVES) and line.strike]
    assert {strike.units for strike in after} == {0}
    assert {strike.net_assets for strike in after} == {0}
    assert len({strike.unit_value for strike in after}) == 1
    # the dividend: 1,707.816 x 0.10 = 170.78, ex 8 December, received and paid on the 18th
    wires = [(wire.settles_on, wire.redeemed) for wire in morning_report(quarter, day_of(LEAVES)).wires]
    assert wires[1] == (day_of(date(2026, 12, 18)), 170_780_000)
    assert wires[0][0] == day_of(date(2026, 12, 11))
    paid_out = [("1000", "1120", "170.78"), ("2010", "1000", "170.78")]
    assert sorted(posted(quarter, "PLAN-B", date(2026, 12, 18), "SETTLEMENT")) == paid_out
    assert posted(quarter, "PLAN-B", FOUND, "LATE_INCOME") == [("1000", "2900", "12.34")]
    assert posted(quarter, "PLAN-B", date(2026, 12, 22), "SETTLEMENT") == [("2900", "1000", "12.34")]
    with reading(quarter) as connection:
        orders = {order.order_ref: order for order in outcomes(connection, Selection(plan="PLAN-B"))}
    assert (orders["B2"].status, orders["B2"].reason_code) == ("REJECTED", "CLOS")
    left = {line.account: line.amount for line in trial_balance(quarter, "PLAN-B", "MOD", day_of(LAST)) if line.amount}
    assert {account for account in left if account[0] in "126"} == set()


def every_value_explains_itself(quarter: Engine) -> None:
    for plan in ("PLAN-A", "PLAN-B", "PLAN-C"):
        for on in (MERGES, date(2026, 11, 3), date(2026, 12, 1), date(2026, 12, 11)):
            explained = state(explain_unit_value(quarter, plan, "MOD", day_of(on)))
            assert set(explained.left_over.dollars) <= set("0.")
    sections = state(explain_unit_value(quarter, "PLAN-A", "MOD", day_of(MERGES))).sections
    exchanged = next(section for section in sections if section.title.startswith("Mergers"))
    assert [line.source.file for line in exchanged.lines if line.source] == ["corporate_events.csv"] * 2
    assert abs(Decimal(exchanged.subtotal.dollars)) < Decimal("0.05")
