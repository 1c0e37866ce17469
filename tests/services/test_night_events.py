"""Securities that go, plans that come and go, one question at a time: what holds, what is refused, what comes late."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from modelx.domain.days import day_of
from modelx.domain.finding import Level
from modelx.domain.night_policy import DEFAULT_LEVELS, NightPolicy
from modelx.services.database_check import check_database
from modelx.services.ledger_views import journal_lines, positions_at
from modelx.services.unit_values import list_unit_values
from modelx.store.unit_of_work import reading
from modelx.store.unit_value_records import Selection, outcomes
from tests.oracle.book_writer import Row, model_row, plan_row, security_row, write_book
from tests.oracle.script import Load, Release, RunThrough, Step
from tests.oracle.script import play as play_oracle
from tests.product import differences, play, with_sessions

DAYS = [date(2026, 11, day) for day in (2, 3, 4, 5, 6, 9)]
PRICES = {"OLD": "20.00 20.10 20.05 20.20 20.15 20.25", "NEW": "40.00 40.10 39.95 40.30 40.15 40.05"}
PRICES |= {"EQX": "68.00 68.40 68.10 68.55 68.20 68.75"}
EX_DATE = DAYS[3]


class Desk:
    """One small book, grown folder by folder, played on the product and on the oracle alike."""

    def __init__(self, engine: Engine, root: Path) -> None:
        self.engine, self.root, self.steps = with_sessions(engine), root, list[Step]()

    def load(self, **tables: Sequence[Row]) -> None:
        folder = write_book(self.root / f"folder_{len(self.steps)}", tables)
        self._do(Load(folder))

    def run(self, through: date) -> None:
        self._do(RunThrough(through))

    def release(self, plan: str) -> None:
        self._do(Release(plan, "MOD"))

    def _do(self, step: Step) -> None:
        self.steps.append(step)
        play([step], self.engine)

    def agrees(self) -> None:
        assert differences(self.engine, play_oracle(self.steps)) == []

    def shares(self, plan: str, on: date) -> dict[str, str]:
        _, lines = positions_at(self.engine, plan, "MOD", day_of(on))
        held = {line.ticker: Decimal(line.shares).scaleb(-6).normalize() for line in lines}
        return {ticker: format(shares, "f") for ticker, shares in held.items() if ticker != "CASH"}

    def findings(self, code: str) -> list[str]:
        with reading(self.engine) as connection:
            rows = connection.execute(text("SELECT detail FROM finding WHERE code = :code ORDER BY id"), {"code": code})
            return [row.detail for row in rows]

    def status(self, plan: str) -> dict[date, str]:
        lines = list_unit_values(self.engine, Selection(plan=plan))
        return {DAYS[[day_of(day) for day in DAYS].index(line.business_date)]: line.status for line in lines}

    def kinds(self, plan: str, on: date) -> set[str]:
        return {line.kind for line in journal_lines(self.engine, plan, "MOD", day_of(on), day_of(on))}


@pytest.fixture
def desk(engine: Engine, tmp_path: Path) -> Desk:
    """Two plans with 50,000 each on Monday; on Tuesday plan A buys 1,000 OLD and plan B 500 NEW."""
    desk = Desk(engine, tmp_path)
    desk.load(
        securities=[
            security_row("OLD", "MF", "US Equity", 3, False),
            security_row("NEW", "MF", "US Equity", 3, False),
            security_row("EQX", "ETF", "US Equity", 0, True),
        ],
        prices=prices("OLD", *DAYS[:3]) + prices("NEW", *DAYS) + prices("EQX", *DAYS),
        models=[model_row("MOD", DAYS[0])],
        plans=[plan_row(plan) for plan in ("PLAN-A", "PLAN-B")],
        sleeves=[{"plan": plan, "model": "MOD", "start_date": DAYS[0]} for plan in ("PLAN-A", "PLAN-B")],
        orders=[subscription(plan, DAYS[0]) for plan in ("PLAN-A", "PLAN-B")],
        trades=[trade("A1", "PLAN-A", "OLD", "BUY 1000 20100.00"), trade("B1", "PLAN-B", "NEW", "BUY 500 20050.00")],
    )
    return desk


def prices(ticker: str, *days: date) -> list[Row]:
    quoted = PRICES[ticker].split()
    return [{"date": day, "ticker": ticker, "price": quoted[DAYS.index(day)]} for day in days]


def subscription(plan: str, on: date, ref: str = "") -> Row:
    order = {"rk_id": "RK1", "order_ref": ref or f"S-{plan}", "file_id": f"F-{on}-{ref}", "plan_id": plan}
    return {**order, "ticker": "MOD", "side": "SUB", "qty_type": "AMT", "qty": "50000.00", "trade_date": on}


def trade(ref: str, plan: str, ticker: str, what: str, on: date = DAYS[1]) -> Row:
    side, shares, amount = what.split()
    settles = DAYS[DAYS.index(on) + 1]
    row = {"trade_ref": ref, "trade_date": on, "settle_date": settles, "plan": plan, "model": "MOD", "ticker": ticker}
    return {**row, "side": side, "shares": shares, "amount": amount}


def event(kind: str = "MERGER", ex_date: date = EX_DATE, **terms: str) -> Row:
    given = {"to_ticker": "NEW", "ratio": "0.5"} if kind == "MERGER" and not terms else terms
    return {"ticker": "OLD", "ex_date": ex_date, "kind": kind, **given}


def moved(ref: str, plan: str, kind: str, ticker: str, on: date = EX_DATE, **quantity: str) -> Row:
    return {"transfer_ref": ref, "date": on, "plan": plan, "model": "MOD", "kind": kind, "ticker": ticker, **quantity}


def test_a_merged_fund_needs_no_price_and_its_holders_go_on(desk: Desk) -> None:
    desk.load(corporate_events=[event()])
    desk.run(DAYS[-1])
    desk.agrees()
    assert desk.shares("PLAN-A", EX_DATE) == {"NEW": "500"}
    assert set(desk.status("PLAN-A").values()) == {"PUBLISHED"}


def test_without_a_price_of_the_new_fund_its_holders_and_those_of_the_old_one_are_held(desk: Desk) -> None:
    desk.load(securities=[security_row("NXT", "MF", "US Equity", 4, False)])
    desk.load(corporate_events=[event(to_ticker="NXT", ratio="2")])
    desk.run(DAYS[4])
    assert desk.status("PLAN-A")[EX_DATE] == "HELD"
    assert desk.status("PLAN-B")[EX_DATE] == "PUBLISHED"
    quoted = ((DAYS[3], "10.05"), (DAYS[4], "10.10"))
    desk.load(prices=[{"date": day, "ticker": "NXT", "price": price} for day, price in quoted])
    desk.release("PLAN-A")
    desk.agrees()
    assert desk.shares("PLAN-A", DAYS[4]) == {"NXT": "2000"}


def test_a_ratio_keyed_wildly_wrong_is_a_price_that_moved_too_far(desk: Desk) -> None:
    desk.load(corporate_events=[event(to_ticker="NEW", ratio="5")])
    desk.run(EX_DATE)
    assert desk.status("PLAN-A")[EX_DATE] == "HELD"
    assert "price 201.50 after 20.05" in desk.findings("PX-TOL")[0]
    desk.load(corporate_events=[event()])
    desk.release("PLAN-A")
    desk.agrees()
    assert desk.shares("PLAN-A", EX_DATE) == {"NEW": "500"}


def test_fractions_of_whole_shares_are_paid_in_cash_at_the_next_settlement(desk: Desk) -> None:
    desk.load(corporate_events=[event("CONVERSION", to_ticker="EQX", ratio="0.2935")])
    desk.run(DAYS[4])
    desk.agrees()
    assert desk.shares("PLAN-A", EX_DATE) == {"EQX": "293"}
    # half a share at 68.55 is 34.28 (34.275 half-up); its cost 20,100 x 0.5 / 293.5 = 34.24...
    lines = journal_lines(desk.engine, "PLAN-A", "MOD", day_of(EX_DATE), day_of(DAYS[4]))
    paid = [(line.debit, line.credit, line.amount) for line in lines if line.kind in {"EXCHANGE", "SETTLEMENT"}]
    assert ("1120", "1200:OLD", 34_240_000) in paid
    assert ("1120", "4100", 40_000) in paid
    assert sum(amount for debit, credit, amount in paid if (debit, credit) == ("1000", "1120")) == 34_280_000


@pytest.mark.parametrize(("pay_date", "received"), [("", DAYS[4]), (DAYS[5], DAYS[5])])
def test_a_liquidation_realizes_the_gain_and_pays_on_its_day(desk: Desk, pay_date: date | str, received: date) -> None:
    desk.load(corporate_events=[event("LIQUIDATION", cash_rate="20.13", pay_date=str(pay_date))])
    desk.run(DAYS[5])
    desk.agrees()
    assert desk.shares("PLAN-A", EX_DATE) == {}
    lines = journal_lines(desk.engine, "PLAN-A", "MOD", day_of(EX_DATE), day_of(received))
    found = [(line.kind, line.debit, line.credit, line.amount) for line in lines]
    assert ("LIQUIDATION", "1100", "4100", 30_000_000) in found  # 20,130.00 for a cost of 20,100.00
    assert sum(amount for *what, amount in found if what == ["SETTLEMENT", "1000", "1100"]) == 20_130_000_000


def test_a_dividend_before_the_merger_is_still_paid_after_it(desk: Desk) -> None:
    paid = {"ticker": "OLD", "ex_date": DAYS[2], "pay_date": DAYS[4], "kind": "INCOME", "rate": "0.11", "reinvest": "N"}
    desk.load(corporate_events=[event()], distributions=[paid])
    desk.run(DAYS[4])
    desk.agrees()
    lines = journal_lines(desk.engine, "PLAN-A", "MOD", day_of(DAYS[4]), day_of(DAYS[4]))
    assert [(line.debit, line.amount) for line in lines if line.kind == "SETTLEMENT"] == [("1000", 110_000_000)]


def test_a_last_dividend_on_the_day_itself_is_earned_and_reinvested_shares_go_along(desk: Desk) -> None:
    paid = {"ticker": "OLD", "ex_date": EX_DATE, "pay_date": EX_DATE, "kind": "INCOME", "rate": "0.20", "reinvest": "Y"}
    desk.load(corporate_events=[event()], distributions=[paid])
    desk.run(DAYS[4])
    desk.agrees()
    # 200.00 at the 20.15 that half a NEW brings (40.30 / 2) buys 9.926 OLD: 1,009.926 x 0.5 = 504.963
    assert desk.shares("PLAN-A", EX_DATE) == {"NEW": "504.963"}


def test_an_event_taken_back_in_time_does_not_happen(desk: Desk) -> None:
    desk.load(corporate_events=[event()], prices=prices("OLD", *DAYS[3:]))
    desk.run(DAYS[1])
    desk.load(corporate_events=[event("CANCELLED", to_ticker="", ratio="")])
    desk.run(DAYS[4])
    desk.agrees()
    assert desk.shares("PLAN-A", DAYS[4]) == {"OLD": "1000"}


def test_an_event_known_too_late_changes_nothing_and_happens_when_it_is_dated_anew(desk: Desk) -> None:
    desk.load(prices=prices("OLD", DAYS[3]))
    desk.run(EX_DATE)
    desk.load(corporate_events=[event()])
    assert desk.shares("PLAN-A", EX_DATE) == {"OLD": "1000"}
    desk.load(corporate_events=[event(ex_date=DAYS[4])])
    desk.run(DAYS[4])
    desk.agrees()
    assert desk.shares("PLAN-A", DAYS[4]) == {"NEW": "500"}


def test_a_trade_in_a_security_that_goes_holds_its_sleeve_until_it_is_corrected(desk: Desk) -> None:
    desk.load(corporate_events=[event()], trades=[trade("A2", "PLAN-A", "OLD", "SELL 10 202.00", EX_DATE)])
    desk.run(EX_DATE)
    assert desk.status("PLAN-A")[EX_DATE] == "HELD"
    assert "it goes tonight" in desk.findings("C-TRADE")[0]
    desk.load(trades=[trade("A2", "PLAN-A", "NEW", "SELL 10 403.00", EX_DATE)])
    desk.release("PLAN-A")
    desk.agrees()
    assert desk.shares("PLAN-A", EX_DATE) == {"NEW": "490"}


def test_a_plan_joins_in_kind_beside_the_nights_orders(desk: Desk) -> None:
    rows = [moved("IK1", "PLAN-B", "IN", "EQX", shares="10"), moved("IK1", "PLAN-B", "IN", "CASH", amount="12.34")]
    desk.load(in_kind_transfers=rows, orders=[subscription("PLAN-B", EX_DATE, "S2")], prices=prices("OLD", *DAYS[3:]))
    desk.run(DAYS[4])
    desk.agrees()
    assert desk.kinds("PLAN-B", EX_DATE) >= {"TRANSFER_IN", "SUBSCRIPTION"}
    assert desk.shares("PLAN-B", EX_DATE) == {"NEW": "500", "EQX": "10"}


def test_a_transfer_is_booked_once_whatever_comes_under_its_reference_later(desk: Desk) -> None:
    desk.load(in_kind_transfers=[moved("IK1", "PLAN-B", "IN", "EQX", shares="10")], prices=prices("OLD", *DAYS[3:]))
    desk.run(EX_DATE)
    desk.load(in_kind_transfers=[moved("IK1", "PLAN-B", "IN", "EQX", DAYS[4], shares="11")])
    desk.run(DAYS[5])
    desk.agrees()
    assert desk.shares("PLAN-B", DAYS[5]) == {"NEW": "500", "EQX": "10"}


def test_a_transfer_that_cannot_be_booked_is_told_and_left_undone(desk: Desk) -> None:
    rows = [
        moved("IK1", "PLAN-A", "OUT", "NEW", shares="1"),
        moved("IK2", "PLAN-B", "LATE_INCOME", "NEW", amount="5.00"),
        moved("IK3", "PLAN-B", "OUT", "NEW", shares="500.001"),
        moved("IK4", "PLAN-B", "OUT", "NEW", shares="1"),
    ]
    desk.load(in_kind_transfers=rows, prices=prices("OLD", *DAYS[3:]))
    desk.run(DAYS[4])
    desk.agrees()
    told = desk.findings("C-TRANSFER")
    assert [detail.split()[1] for detail in told] == ["IK1", "IK2", "IK3", "IK4"]
    assert "more shares than are held" in told[0]
    assert "stands before it" in told[3]
    assert "TRANSFER_OUT" not in desk.kinds("PLAN-B", EX_DATE) | desk.kinds("PLAN-A", EX_DATE)


def test_shares_of_a_security_without_a_price_cannot_come_in_before_it_has_one(desk: Desk) -> None:
    desk.load(securities=[security_row("NXT", "MF", "US Equity", 4, False)])
    desk.load(in_kind_transfers=[moved("IK1", "PLAN-B", "IN", "NXT", shares="10")], prices=prices("OLD", *DAYS[3:]))
    desk.run(EX_DATE)
    assert (desk.status("PLAN-A")[EX_DATE], desk.status("PLAN-B")[EX_DATE]) == ("PUBLISHED", "HELD")
    desk.load(prices=[{"date": EX_DATE, "ticker": "NXT", "price": "3.21"}])
    desk.release("PLAN-B")
    desk.agrees()
    assert desk.shares("PLAN-B", EX_DATE) == {"NEW": "500", "NXT": "10"}


def test_figures_keyed_wildly_wrong_hold_their_own_sleeve_and_nobody_elses_night(desk: Desk) -> None:
    desk.load(securities=[security_row("NXT", "MF", "US Equity", 4, False)])
    desk.load(
        in_kind_transfers=[moved("IK1", "PLAN-B", "IN", "EQX", shares="4000000000000")],
        corporate_events=[event(to_ticker="NXT", ratio="")],
        prices=[*prices("OLD", EX_DATE), {"date": EX_DATE, "ticker": "NXT", "price": "0.001"}],
    )
    desk.run(EX_DATE)
    assert (desk.status("PLAN-A")[EX_DATE], desk.status("PLAN-B")[EX_DATE]) == ("PUBLISHED", "HELD")
    assert ["in_kind_transfers.csv" in detail for detail in desk.findings("PX-RANGE")] == [True]


def test_a_plan_that_has_left_takes_no_orders_until_its_sleeves_row_comes_again(desk: Desk) -> None:
    desk.load(in_kind_transfers=[moved("IK1", "PLAN-B", "OUT_ALL", "CASH")], prices=prices("OLD", *DAYS[3:]))
    desk.load(orders=[subscription("PLAN-B", DAYS[4], "S2"), subscription("PLAN-B", DAYS[5], "S3")])
    desk.run(DAYS[4])
    desk.agrees()
    again = {"plan": "PLAN-B", "model": "MOD", "start_date": DAYS[0], "end_date": "2027-12-31"}
    desk.load(sleeves=[again])
    desk.run(DAYS[5])
    with reading(desk.engine) as connection:
        orders = {order.order_ref: order.status for order in outcomes(connection, Selection(plan="PLAN-B"))}
    assert orders == {"S-PLAN-B": "PRICED", "S2": "REJECTED", "S3": "PRICED"}


def test_a_transfer_of_a_night_that_was_blocked_is_booked_when_it_is_released(desk: Desk) -> None:
    strict = NightPolicy(levels=DEFAULT_LEVELS | {"C-UVMOVE": Level.HOLD}, unit_value_move=0)
    weights = [{"model": "MOD", "effective_date": DAYS[0], "ticker": t, "weight": "0.5"} for t in ("NEW", "CASH")]
    joins = moved("IK1", "PLAN-B", "IN", "EQX", DAYS[1], shares="10")
    desk.load(targets=weights, in_kind_transfers=[joins])
    play([RunThrough(DAYS[1])], desk.engine, strict)
    assert desk.status("PLAN-B")[DAYS[1]] == "STRUCK"
    assert "TRANSFER_IN" not in desk.kinds("PLAN-B", DAYS[1])
    play([Release("PLAN-B", "MOD")], desk.engine, strict)
    assert desk.status("PLAN-B")[DAYS[1]] == "PUBLISHED"
    lines = journal_lines(desk.engine, "PLAN-B", "MOD", day_of(DAYS[1]), day_of(DAYS[1]))
    assert [line.amount for line in lines if line.debit == "1200:EQX"] == [684_000_000]
    assert [check for check in check_database(desk.engine) if not check.holds] == []


def test_what_was_proposed_in_a_fund_that_merges_is_proposed_again_in_the_new_one(desk: Desk) -> None:
    weights = [("OLD", "0.6"), ("CASH", "0.4")]
    desk.load(
        sleeves=[{"plan": "PLAN-A", "model": "MOD", "start_date": DAYS[0], "rebalance": "BAND"}],
        targets=[{"model": "MOD", "effective_date": DAYS[0], "ticker": ticker, "weight": w} for ticker, w in weights],
        orders=[subscription("PLAN-A", DAYS[2], "S2")],
        corporate_events=[event()],
    )
    desk.run(DAYS[-1])
    assert desk.findings("C-UNDONE") == [
        "it goes tonight: what was proposed in it is not traded, and its sleeves are proposed again"
    ]
    assert set(desk.status("PLAN-A").values()) == {"PUBLISHED"}
    assert "OLD" not in desk.shares("PLAN-A", EX_DATE)


def test_a_left_sleeve_with_a_policy_proposes_nothing(desk: Desk) -> None:
    desk.load(
        sleeves=[{"plan": "PLAN-B", "model": "MOD", "start_date": DAYS[0], "rebalance": "BAND"}],
        targets=[{"model": "MOD", "effective_date": DAYS[0], "ticker": t, "weight": "0.5"} for t in ("NEW", "CASH")],
        in_kind_transfers=[moved("IK1", "PLAN-B", "OUT_ALL", "CASH")],
        prices=prices("OLD", *DAYS[3:]),
    )
    play([RunThrough(DAYS[-1])], desk.engine, NightPolicy())
    with reading(desk.engine) as connection:
        rows = connection.execute(text("SELECT DISTINCT business_date FROM proposed_trade ORDER BY 1"))
        assert max((row[0] for row in rows), default=0) <= day_of(DAYS[2])
    assert desk.shares("PLAN-B", DAYS[-1]) == {}
