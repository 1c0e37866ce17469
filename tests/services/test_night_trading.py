"""The night proposes and executes: on both databases, through loads, nights, replay and `db check`."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from modelx.domain.night_policy import NightPolicy
from modelx.services import book_judgement
from modelx.services.override_views import list_overrides
from tests.services.trading_books import SESSIONS, Desk, order, override, prices, sleeve, targets, trading_tables

MON, TUE, WED, THU, FRI = SESSIONS[:5]


@pytest.fixture
def desk(engine: Engine, tmp_path: Path) -> Desk:
    return Desk(engine, tmp_path)


def test_a_first_subscription_is_invested_on_the_next_session(desk: Desk) -> None:
    """100,000 at 60/38/2: 60,000.00 of AAA at 20.00 is 3,000 shares, 38,000.00 of BBB at 50.00 is 760."""
    desk.load(**trading_tables())
    desk.run(MON)
    assert desk.rows("SELECT count(*) FROM proposed_trade") == [(4,)]
    desk.run(WED)
    assert desk.holdings("P1", WED) == {"AAA": "3000", "BBB": "760", "CASH": "2000.00"}
    assert desk.rows("SELECT count(*) FROM proposal WHERE business_date > 20759") == [(0,)]
    desk.require_sound(WED)


def test_a_new_version_trades_the_session_after_it_takes_effect(desk: Desk) -> None:
    tables = trading_tables()
    tables["targets"] = [*tables["targets"], *targets(str(THU), CCC="0.6", BBB="0.38", CASH="0.02")]
    desk.load(**tables)
    desk.run(FRI)
    assert desk.holdings("P1", THU)["AAA"] == "3000"
    held = desk.holdings("P1", FRI)
    assert (held["CCC"], held["BBB"]) == ("2000", "760")
    assert "AAA" not in held
    desk.require_sound(FRI)


def test_identical_targets_and_no_flows_propose_no_trades(desk: Desk) -> None:
    tables = trading_tables()
    tables["targets"] = [*tables["targets"], *targets(str(THU), AAA="0.6", BBB="0.38", CASH="0.02")]
    desk.load(**tables)
    desk.run(SESSIONS[8])
    assert desk.rows("SELECT DISTINCT business_date FROM proposed_trade") == [(20759,)]


def test_an_override_of_one_plan_never_changes_anothers_ledger(new_engine, tmp_path: Path) -> None:
    """P2's journals are the same whatever P1's plan has ordained."""
    found = []
    for number, rules in enumerate([[], [override("P1", "SUBSTITUTE", "AAA", to_ticker="CCC")]]):
        desk = Desk(new_engine(), tmp_path / str(number))
        desk.load(**trading_tables(), overrides=rules)
        desk.run(WED)
        found.append(
            desk.rows(
                "SELECT j.kind, debit_id, credit_id, amount FROM transfer t JOIN journal j ON j.id = t.journal_id "
                "WHERE (debit_id >> 34) = 2 OR (credit_id >> 34) = 2 ORDER BY j.business_date, 1, 2, 3"
            )
        )
        assert desk.holdings("P1", WED).get("CCC") == (None if number == 0 else "2000")
    assert found[0] == found[1]
    assert found[0]


def test_no_buy_and_no_sell_leave_undone_and_say_so(desk: Desk) -> None:
    tables = trading_tables()
    tables["targets"] = [*tables["targets"], *targets(str(THU), CCC="0.6", BBB="0.38", CASH="0.02")]
    rules = [override("P1", "NO_SELL", "AAA"), override("P2", "NO_BUY", "CCC")]
    desk.load(**tables, overrides=rules)
    desk.run(FRI)
    assert desk.holdings("P1", FRI)["AAA"] == "3000"
    held = desk.holdings("P2", FRI)
    assert "AAA" not in held
    assert "CCC" not in held
    undone = desk.rows("SELECT sleeve_id, security_id, side, reason FROM untraded")
    assert (1, 1, 1, 1) in undone  # P1, AAA, SELL, NO_SELL
    assert (2, 3, 0, 3) in undone  # P2, CCC, BUY, NO_BUY


def test_a_position_in_its_holding_period_is_not_sold_until_it_has_passed(desk: Desk) -> None:
    """AAA was bought on 3 November and costs a redemption fee for seven days: the sale comes on 11 November."""
    tables = trading_tables(["P1"])
    tables["securities"] = [
        dict(row) | ({"redemption_fee_pct": "2.0", "holding_days": "7"} if row["ticker"] == "AAA" else {})
        for row in tables["securities"]
    ]
    tables["targets"] = [*tables["targets"], *targets(str(THU), CCC="0.6", BBB="0.38", CASH="0.02")]
    desk.load(**tables)
    desk.run(FRI)
    assert desk.holdings("P1", FRI)["AAA"] == "3000"
    assert (1, 1, 1, 2) in desk.rows("SELECT sleeve_id, security_id, side, reason FROM untraded")
    desk.run(SESSIONS[9])
    assert desk.holdings("P1", SESSIONS[9]).get("AAA") is None
    assert desk.holdings("P1", SESSIONS[9])["CCC"] == "2000"
    desk.require_sound(SESSIONS[9])


def test_a_sale_that_waits_for_its_holding_period_stays_due_without_bands(desk: Desk) -> None:
    """Rebalanced monthly, the sleeve would else wait for December to follow the version of 5 November."""
    tables = trading_tables(["P1"])
    tables["securities"] = [
        dict(row) | ({"redemption_fee_pct": "2.0", "holding_days": "7"} if row["ticker"] == "AAA" else {})
        for row in tables["securities"]
    ]
    tables["targets"] = [*tables["targets"], *targets(str(THU), CCC="0.6", BBB="0.37", CASH="0.03")]
    tables["sleeves"] = [sleeve("P1", "MONTHLY")]
    desk.load(**tables)
    desk.run(FRI)
    assert desk.holdings("P1", FRI)["AAA"] == "3000"
    assert desk.holdings("P1", FRI)["BBB"] == "740"  # what could be sold was: 37 % of 100,000.00
    last = SESSIONS[10]
    desk.run(last)
    assert desk.holdings("P1", last) == {"BBB": "740", "CCC": "2000", "CASH": "3000.00"}
    assert desk.rows("SELECT max(business_date) FROM proposal") == [(20767,)]  # 10 November, and no more since
    desk.require_sound(last)


def test_a_closed_security_is_not_bought(desk: Desk) -> None:
    tables = trading_tables(["P1"])
    tables["securities"] = [
        dict(row) | ({"status": "CLOSED"} if row["ticker"] == "AAA" else {}) for row in tables["securities"]
    ]
    desk.load(**tables)
    desk.run(WED)
    assert desk.holdings("P1", WED) == {"BBB": "760", "CASH": "62000.00"}
    assert (1, 1, 0, 4) in desk.rows("SELECT sleeve_id, security_id, side, reason FROM untraded")


def test_explicit_confirms_replace_what_was_proposed(desk: Desk) -> None:
    """P1's confirms for 3 November stand; P2 is dealt by the paper custodian as proposed."""
    confirm = {
        "trade_ref": "T1",
        "trade_date": TUE,
        "settle_date": WED,
        "plan": "P1",
        "model": "MDL001",
        "ticker": "AAA",
        "side": "BUY",
        "shares": "100",
        "amount": "2000.00",
    }
    desk.load(**trading_tables(), trades=[confirm])
    desk.run(TUE)
    assert desk.holdings("P1", TUE)["AAA"] == "100"
    assert "BBB" not in desk.holdings("P1", TUE)
    assert desk.holdings("P2", TUE)["BBB"] == "760"
    desk.require_sound(TUE)


def test_a_split_between_proposal_and_execution_restates_the_shares(desk: Desk) -> None:
    """760 shares of BBB proposed at 50.00 become 1,520 at 25.00: the same 38,000 dollars."""
    tables = trading_tables(["P1"])
    tables["prices"] = prices({"AAA": "20.00", "BBB": "50.00", "CCC": "30.00"}, {("BBB", TUE): "25.00"})
    split = {"ticker": "BBB", "ex_date": TUE, "new_shares": "2", "old_shares": "1", "cash_in_lieu_price": ""}
    desk.load(**tables, splits=[split])
    desk.run(WED)
    assert desk.holdings("P1", WED) == {"AAA": "3000", "BBB": "1520", "CASH": "2000.00"}
    desk.require_sound(WED)


def test_a_held_sleeve_is_dealt_when_it_catches_up(desk: Desk) -> None:
    """BBB's price is missing on 3 November: both sleeves are held, and trade once it has come and they are released."""
    from modelx.domain.days import day_of
    from modelx.services.daily_cycle import catch_up
    from modelx.services.holds import Release, release_holds
    from modelx.store.unit_value_records import Selection
    from tests.product import FIXED_INSTANT, RUNNER

    tables = trading_tables()
    tables["prices"] = [row for row in tables["prices"] if not (row["ticker"] == "BBB" and row["date"] == TUE)]
    desk.load(**tables)
    desk.run(WED)
    assert desk.rows(f"SELECT count(*) FROM unit_value WHERE business_date = {day_of(TUE)}") == [(0,)]
    desk.load(prices=[{"date": TUE, "ticker": "BBB", "price": "50.00"}])
    release_holds(desk.engine, Selection("P1", "MDL001"), None, Release("it came", "Ana", "Carl"), FIXED_INSTANT)
    catch_up(desk.engine, desk.policy, RUNNER)
    assert desk.holdings("P1", WED) == {"AAA": "3000", "BBB": "760", "CASH": "2000.00"}
    desk.require_sound(WED)


def test_a_request_rebalances_a_sleeve_whose_policy_is_none(desk: Desk) -> None:
    from modelx.services.trade_decisions import Signed, request_rebalance

    tables = trading_tables()
    tables["sleeves"] = [sleeve("P1", "NONE"), sleeve("P2", "NONE")]
    desk.load(**tables)
    desk.run(MON)
    assert desk.rows("SELECT count(*) FROM proposed_trade") == [(0,)]
    asked = request_rebalance(desk.engine, "P1", "MDL001", Signed("Ana", "Carl", "the money is in"), 1)
    assert (asked.already, asked.n_trades) == (False, 0)
    assert request_rebalance(desk.engine, "P1", "MDL001", Signed("Ana", "Carl", "the money is in"), 2).already
    desk.run(WED)
    assert desk.holdings("P1", WED)["AAA"] == "3000"
    assert desk.holdings("P2", WED) == {"CASH": "100000.00"}
    desk.require_sound(WED)


def test_the_order_in_which_overrides_come_does_not_change_what_is_held(new_engine, tmp_path: Path) -> None:
    rules = [
        override("P1", "SUBSTITUTE", "AAA", to_ticker="CCC"),
        override("P1", "SET_WEIGHT", "BBB", weight="0.2"),
        override("P1", "CASH_BUFFER", "", weight="0.05"),
    ]
    held = []
    for number, listed in enumerate((rules, rules[::-1])):
        desk = Desk(new_engine(), tmp_path / str(number))
        desk.load(**trading_tables(["P1"]), overrides=listed[:1])
        for rule in listed[1:]:
            desk.load(overrides=[rule])
        desk.run(WED)
        held.append(desk.holdings("P1", WED))
    assert held[0] == held[1]
    assert held[0]["BBB"] == "387"  # 0.20 * 0.95 / 0.98 of 100,000.00 are 19,387.76: 387 whole shares at 50.00


def test_the_paper_custodian_deals_dearer_by_the_slippage_set(engine: Engine, tmp_path: Path) -> None:
    """A tenth of a percent: AAA at 20.02 gives 2,997.003 shares for 60,000.00; 760 BBB at 50.05 cost 38,038.00."""
    desk = Desk(engine, tmp_path, NightPolicy(stale_sessions=0, slippage=10**9))
    desk.load(**trading_tables(["P1"]))
    desk.run(WED)
    assert desk.holdings("P1", WED) == {"AAA": "2997.003", "BBB": "760", "CASH": "1962.00"}
    desk.require_sound(WED)


def test_cash_that_would_fall_below_the_sleeves_own_floor_is_told(desk: Desk) -> None:
    """P1 is to keep 1 % of its assets in cash. A redemption of 1,500.00 on Wednesday is paid on Thursday: of 2,000.00
    in cash 500.00 are left, below 1 % of 98,500.00; the sale that is proposed for it settles on Friday.
    """
    tables = trading_tables()
    tables["sleeves"] = [sleeve("P1", "BAND", buffer_min="0.01", buffer_max="0.05"), sleeve("P2")]
    redeemed = [order(f"r-{plan}", plan, "1500.00", WED, "RED") for plan in ("P1", "P2")]
    tables["orders"] = [*tables["orders"], *redeemed]
    desk.load(**tables)
    desk.run(WED)
    assert desk.findings("C-LADDER") == [f"cash would be 500.00 on {THU}, below the 985.00 that the sleeve is to keep"]
    desk.run(FRI)
    desk.require_sound(FRI)


def test_date_of_the_first_night_is_what_the_tests_say() -> None:
    assert date(1970, 1, 1).toordinal() + 20759 == MON.toordinal()


def test_a_circle_of_one_plans_substitutions_stops_no_other_plan(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A load refuses a circle; a book may hold one that came before it did."""
    desk.load(**trading_tables(["P1", "P2"]))
    desk.run(WED)
    with monkeypatch.context() as unjudged:
        unjudged.setattr(book_judgement, "judge_overrides", lambda *_: None)
        circle = (("AAA", "CCC"), ("CCC", "AAA"))
        desk.load(overrides=[override("P1", "SUBSTITUTE", one, to_ticker=other) for one, other in circle])
    desk.load(targets=targets(str(THU), AAA="0.5", BBB="0.48", CASH="0.02"))
    desk.run(FRI)
    assert desk.holdings("P2", FRI)["AAA"] == "2500"
    assert desk.holdings("P1", FRI)["AAA"] == "3000"
    told = desk.rows("SELECT DISTINCT sleeve_id, detail FROM finding WHERE code = 'C-TARGETS'")
    assert told == [(1, "its overrides 1, 2 substitute in a circle: it holds until one of them is ended")]
    listed = list_overrides(desk.engine, "P1", None, FRI)
    assert [(one.number, one.state) for one in listed] == [(1, "CIRCULAR"), (2, "CIRCULAR")]
    desk.require_sound(FRI)
    desk.load(overrides=[override("P1", "SUBSTITUTE", "CCC", to_ticker="AAA", end=str(FRI))])
    desk.run(SESSIONS[6])
    assert desk.holdings("P1", SESSIONS[6])["CCC"] == "1666.667"  # 50,000.00 at 30.00
    desk.require_sound(SESSIONS[6])
