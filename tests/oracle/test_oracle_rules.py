"""Hand-worked cases of the settled rules that no vector covers. The figures in comments are the working."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.oracle.book_writer import Row, write_book
from tests.oracle.night import Oracle
from tests.oracle.small_book import bought_fund, fee_rows, run, subscription

A, B = ("PLAN-A", "MOD"), ("PLAN-B", "MOD")
MON, TUE, WED, FRI = (date(2026, 11, n) for n in (23, 24, 25, 27))
START = {"PLAN-A": "2026-11-23"}


def price(day: date, value: str, ticker: str = "FND") -> Row:
    return {"date": day, "ticker": ticker, "price": value}


def sale(ref: str, day: date, shares: str, amount: str, settles: date, ticker: str = "FND") -> Row:
    return {
        "trade_ref": ref,
        "trade_date": day,
        "settle_date": settles,
        "plan": "PLAN-A",
        "model": "MOD",
        "ticker": ticker,
        "side": "SELL",
        "shares": shares,
        "amount": amount,
    }


def order(ref: str, day: date, **columns: str) -> Row:
    return {**subscription(ref, "PLAN-A", day.isoformat(), "100.00"), **columns}


def fate(oracle: Oracle, ref: str) -> tuple[str, str, date | None]:
    confirm = oracle.desk.confirms["RK1", ref]
    return confirm.status, confirm.reason, confirm.night


@pytest.mark.parametrize(("rate", "waived"), [("0.0001", "0.068493"), ("0.01", "0.239726")])
def test_a_waiver_takes_off_what_is_owed_and_no_more(tmp_path: Path, rate: str, waived: str) -> None:
    # 250,000 x 0.0001 / 365 = 0.0684931...; 250,000 x 0.01 / 365 = 6.85 but only 0.239726 is owed
    waiver: Row = {"payee": "waiver", "kind": "OTHER", "rate": rate, "waives": "platform"}
    oracle = run(
        tmp_path,
        "2026-11-24",
        START,
        fees=[*fee_rows([("platform", "0.00035")]), waiver],
        orders=[subscription("O", "PLAN-A", "2026-11-23", "250000.00")],
    )
    books = oracle.sleeves[A]
    assert books.balance("5000:waiver") == -Decimal(waived)
    assert -books.balance("2100:platform") == Decimal("0.239726") - Decimal(waived)


def test_a_fee_paid_from_an_account_leaves_the_unit_value_alone(tmp_path: Path) -> None:
    fee: Row = {"payee": "trustee", "kind": "OTHER", "rate": "0.00035", "paid_from": "account"}
    subscribed = [subscription("O", "PLAN-A", "2026-11-23", "250000.00")]
    oracle = run(tmp_path, "2026-11-24", START, fees=[fee], orders=subscribed)
    assert oracle.rows[TUE, A].net_assets == 250_000
    assert oracle.sleeves[A].platform == {"8100:trustee": Decimal("0.239726"), "8200:trustee": -Decimal("0.239726")}


def test_the_most_specific_live_row_wins_and_the_general_one_returns(tmp_path: Path) -> None:
    # 365,000 at 0.001 is 1.00 a day. Wednesday to Friday: two days, of which only the 26th is at the plan's 0.002.
    special: Row = {"payee": "p", "plan": "PLAN-A", "rate": "0.002", "start": "2026-11-26", "end": "2026-11-26"}
    oracle = run(
        tmp_path,
        "2026-11-27",
        {"PLAN-A": "2026-11-25"},
        fees=[*fee_rows([("p", "0.001")]), special],
        orders=[subscription("O", "PLAN-A", "2026-11-25", "365000.00")],
    )
    assert -oracle.sleeves[A].balance("2100:p") == 3


def test_average_cost_is_relieved_to_the_cent_and_the_last_sale_takes_the_rest(tmp_path: Path) -> None:
    # cost 10.00 for 3 shares: 1 of 3 -> 3.33; then 6.67 x 1/2 = 3.335 -> 3.34; the last share takes 3.33
    oracle = run(
        tmp_path,
        "2026-11-24",
        START,
        prices=[price(TUE, "4")],
        trades=[bought_fund("3", "10.00"), *(sale(f"U{n}", TUE, "1", "4.00", WED) for n in range(3))],
        orders=[subscription("O", "PLAN-A", "2026-11-23", "1000.00")],
    )
    relieved = [-dict(entry.lines)["1200:FND"] for entry in oracle.sleeves[A].journal if entry.kind == "SELL"]
    assert relieved == [Decimal("3.33"), Decimal("3.34"), Decimal("3.33")]
    assert oracle.sleeves[A].balance("4100") == -2


def test_whole_shares_reinvest_what_buys_a_share_and_keep_the_rest_until_pay_date(tmp_path: Path) -> None:
    # 100 x 0.50 = 50.00 buys one share at 30.00; 20.00 is received on the pay date, 2026-11-30
    paid: Row = {
        "ticker": "EQX",
        "ex_date": WED,
        "pay_date": "2026-11-30",
        "kind": "INCOME",
        "rate": "0.50",
        "reinvest": "Y",
    }
    oracle = run(
        tmp_path,
        "2026-11-30",
        START,
        prices=[price(day, "30", "EQX") for day in (TUE, WED)]
        + [price(FRI, "30.1", "EQX")]
        + [price(date(2026, 11, 30), "30.2", "EQX")],
        trades=[{**bought_fund("100", "3000.00"), "ticker": "EQX"}],
        distributions=[paid],
        orders=[subscription("O", "PLAN-A", "2026-11-23", "10000.00")],
    )
    assert oracle.positions[WED, A] == {"EQX": 101}
    assert oracle.trial_balances[WED, A]["1120"] == 20
    assert oracle.trial_balances[WED, A]["1200:EQX"] == 3030
    assert oracle.trial_balances[date(2026, 11, 30), A]["1000"] == 7020


def test_a_reverse_split_below_one_share_pays_everything_in_cash(tmp_path: Path) -> None:
    # 7 shares 1:10 = 0.7 of a share at 410.00 = 287.00; all of the cost of 280.00 goes
    oracle = run(
        tmp_path,
        "2026-11-25",
        START,
        prices=[price(TUE, "40", "EQX"), price(WED, "410", "EQX")],
        trades=[{**bought_fund("7", "280.00"), "ticker": "EQX"}],
        splits=[{"ticker": "EQX", "ex_date": WED, "new_shares": "1", "old_shares": "10"}],
        orders=[subscription("O", "PLAN-A", "2026-11-23", "10000.00")],
    )
    books = oracle.sleeves[A]
    assert oracle.positions[WED, A] == {}
    assert books.balance("1200:EQX") == 0
    assert books.balance("1120") == 287
    assert books.balance("4100") == -7


def test_nothing_settles_while_the_banks_are_closed(tmp_path: Path) -> None:
    # 2026-10-12 (Columbus Day) is a session: the subscription of 10-09 settles on 10-13
    subscribed = [subscription("O", "PLAN-A", "2026-10-09", "500.00")]
    oracle = run(tmp_path, "2026-10-13", {"PLAN-A": "2026-10-09"}, orders=subscribed)
    cash = [oracle.rows[date(2026, 10, day), A].cash for day in (9, 12, 13)]
    assert cash == [0, 0, 500]


def test_a_jump_holds_its_sleeve_only_and_the_release_catches_up(tmp_path: Path) -> None:
    # 106 / 100 is more than 5 %. Held on Wednesday, skipped on Friday (whose price is fine), released after that.
    oracle = run(
        tmp_path,
        "2026-11-27",
        {"PLAN-A": "2026-11-23", "PLAN-B": "2026-11-23"},
        fees=fee_rows([("platform", "0.00035")]),
        prices=[price(TUE, "100"), price(WED, "106"), price(FRI, "107")],
        trades=[bought_fund("10", "1000.00")],
        orders=[subscription(plan, plan, "2026-11-23", "5000.00") for plan in ("PLAN-A", "PLAN-B")],
    )
    assert oracle.rows[WED, A].findings == (("PX-TOL", "FND"),)
    assert [oracle.rows[night, A].status for night in (TUE, WED, FRI)] == ["PUBLISHED", "HELD", "HELD"]
    assert [oracle.rows[night, B].status for night in (TUE, WED, FRI)] == ["PUBLISHED"] * 3
    assert oracle.release(*A) == [WED, FRI]
    # 4,000 cash + 10 x 107, less four days of fees: one on 5,000, one on 4,999.995205, two on 5,059.990411
    assert oracle.rows[FRI, A].net_assets == Decimal("5070") - Decimal("0.004795") * 2 - Decimal("0.009704")
    assert oracle.held_sleeves() == []
    with pytest.raises(ValueError, match="not held"):
        oracle.release(*A)


def test_each_missed_night_is_judged_by_its_own_prices(tmp_path: Path) -> None:
    oracle = run(
        tmp_path,
        "2026-11-27",
        START,
        prices=[price(TUE, "100"), price(WED, "106"), price(FRI, "120")],
        trades=[bought_fund("10", "1000.00")],
        orders=[subscription("O", "PLAN-A", "2026-11-23", "5000.00")],
    )
    assert oracle.release(*A) == [WED]
    assert oracle.rows[FRI, A].findings == (("PX-TOL", "FND"),)
    assert oracle.release(*A) == [FRI]


def test_a_missing_price_is_cured_by_a_price_only(tmp_path: Path) -> None:
    oracle = run(
        tmp_path / "one",
        "2026-11-25",
        START,
        prices=[price(TUE, "100")],
        trades=[bought_fund("10", "1000.00")],
        orders=[subscription("O", "PLAN-A", "2026-11-23", "5000.00")],
    )
    assert oracle.rows[WED, A].findings == (("PX-MISS", "FND"),)
    assert oracle.release(*A) == []
    oracle.load(write_book(tmp_path / "two", {"prices": [price(WED, "101")]}))
    assert oracle.release(*A) == [WED]
    assert oracle.rows[WED, A].market_value == 1010


def test_a_sale_of_more_than_there_is_holds_until_it_is_cancelled(tmp_path: Path) -> None:
    oracle = run(
        tmp_path / "one",
        "2026-11-25",
        START,
        prices=[price(TUE, "100"), price(WED, "101")],
        trades=[bought_fund("10", "1000.00"), sale("U", WED, "10.001", "1010.10", FRI)],
        orders=[subscription("O", "PLAN-A", "2026-11-23", "5000.00")],
    )
    assert oracle.rows[WED, A].findings == (("TR-SHORT", "FND"),)
    assert oracle.release(*A) == []
    oracle.load(write_book(tmp_path / "two", {"trades": [sale("U", WED, "0", "0", FRI)]}))
    assert oracle.release(*A) == [WED]
    assert oracle.positions[WED, A] == {"FND": 10}


def test_a_trade_one_night_late_is_booked_and_an_older_one_is_not(tmp_path: Path) -> None:
    oracle = run(
        tmp_path / "one",
        "2026-11-24",
        START,
        prices=[price(TUE, "100"), price(WED, "101")],
        orders=[subscription("O", "PLAN-A", "2026-11-23", "5000.00")],
    )
    late, older = bought_fund("10", "1000.00"), bought_fund("5", "500.00", day="2026-11-23")
    oracle.load(write_book(tmp_path / "two", {"trades": [late, {**older, "trade_ref": "OLD"}]}))
    oracle.run_through(WED)
    assert oracle.positions[TUE, A] == {}
    assert oracle.positions[WED, A] == {"FND": 10}
    # due on Wednesday and born on Wednesday: paid the same night
    assert oracle.rows[WED, A].cash == 4000


def test_an_order_gets_the_unit_value_its_time_stamp_earns(tmp_path: Path) -> None:
    after_close = {"rk_received_at": "2026-11-24T16:00:01-05:00"}
    oracle = run(
        tmp_path / "one",
        "2026-11-25",
        START,
        orders=[
            subscription("FIRST", "PLAN-A", "2026-11-23", "5000.00"),
            order("AT-THE-CLOSE", TUE, rk_received_at="2026-11-24T21:00:00+00:00"),
            order("LATE", TUE, **after_close),
            order("LATE-ATTESTED", TUE, **after_close, cutoff_attested="Y"),
            order("BLANK", TUE),
            order("HALF-DAY", FRI, rk_received_at="2026-11-27T14:00:00-05:00"),
        ],
    )
    late = {
        "orders": [
            order("ARRIVED-LATE", TUE, cutoff_attested="Y"),
            order("NEXT", WED, rk_received_at="2026-11-25T19:00:00-05:00"),
        ]
    }
    oracle.load(write_book(tmp_path / "two", late))
    oracle.run_through(date(2026, 11, 30))
    assert fate(oracle, "AT-THE-CLOSE") == ("PRICED", "", TUE)
    assert fate(oracle, "LATE") == ("PRICED", "", WED)
    assert fate(oracle, "LATE-ATTESTED") == ("PRICED", "", TUE)
    assert fate(oracle, "BLANK") == ("PRICED", "", TUE)
    assert fate(oracle, "HALF-DAY") == ("PRICED", "", date(2026, 11, 30))
    assert fate(oracle, "ARRIVED-LATE") == ("AS_OF_PENDING", "", None)
    assert fate(oracle, "NEXT") == ("PRICED", "", FRI)


def test_orders_that_cannot_be_filled_are_refused_with_their_reason(tmp_path: Path) -> None:
    units = {"side": "RED", "qty_type": "UNITS"}
    oracle = run(
        tmp_path,
        "2026-11-24",
        START,
        orders=[
            order("EMPTY-ALL", MON, side="RED", qty_type="ALL", qty=""),
            {**order("FIRST", MON), "rk_received_at": "2026-11-23T10:00:00-05:00"},
            order("NOTHING", TUE, qty="0.00"),
            order("NO-UNITS", TUE, **units, qty="0"),
            order("TOO-MANY", TUE, **units, qty="10.0001"),
            order("TOO-MUCH", TUE, side="RED", qty="100.01"),
            order("CANCELLED", TUE),
            order("CANCEL", TUE, cancel_of="CANCELLED"),
            order("CANCEL-TWICE", TUE, cancel_of="CANCELLED"),
            order("CANCEL-NOTHING", TUE, cancel_of="FIRST"),
            order("Z-HALF", TUE, **units, qty="5"),
            order("ZZ-REST", TUE, side="RED", qty_type="ALL", qty=""),
        ],
    )
    refused = {"EMPTY-ALL": "SECU", "NOTHING": "DMON", "NO-UNITS": "DQUA", "TOO-MANY": "SECU", "TOO-MUCH": "SECU"}
    refused |= {"CANCEL-TWICE": "NRGM", "CANCEL-NOTHING": "NRGM"}
    for ref, reason in refused.items():
        assert fate(oracle, ref) == ("REJECTED", reason, None), ref
    assert fate(oracle, "CANCELLED")[0] == fate(oracle, "CANCEL")[0] == "CANCELLED"
    rest = oracle.desk.confirms["RK1", "ZZ-REST"]
    assert rest.units == 5
    assert rest.amount == 50
    assert oracle.closing_units[TUE, A] == 0
