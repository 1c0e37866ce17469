"""A custodian's fills through the night, on both databases: shared out by request, to the share and to the cent."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from modelx.domain import book_rules
from modelx.domain.days import day_of
from modelx.services.block_views import NightBlocks, TradeState, list_blocks
from modelx.services.daily_cycle import catch_up
from modelx.services.holds import Release, release_holds
from modelx.services.trade_decisions import Signed, depart_from_pro_rata, withdraw_trades
from modelx.store.unit_value_records import Selection
from tests.product import FIXED_INSTANT, RUNNER
from tests.services.trading_books import SESSIONS, Desk, order, override, prices, targets, trading_tables

MON, TUE, WED, THU, FRI = SESSIONS[:5]
SIGNED = Signed("Ana Maker", "Carl Checker", "agreed with both plans")


def fill(ref: str, ticker: str, side: str, shares: str, price: str, on=TUE) -> dict[str, object]:
    return {"fill_ref": ref, "date": on, "ticker": ticker, "side": side, "shares": shares, "price": price}


@pytest.fixture
def desk(engine: Engine, tmp_path: Path) -> Desk:
    """Two plans, 100,000.00 and 50,000.00: on Monday they ask for 760 and 380 shares of BBB."""
    desk = Desk(engine, tmp_path)
    tables = trading_tables()
    tables["orders"] = [order("o1", "P1", "100000.00"), order("o2", "P2", "50000.00")]
    desk.load(**tables)
    desk.run(MON)
    return desk


def block(desk: Desk, ticker_id: int, night=MON) -> tuple[NightBlocks, int]:
    """The block in a security proposed on a night, and its place."""
    found = list_blocks(desk.engine, day_of(night), desk.policy)[0]
    return found, found.blocks.security_id.tolist().index(ticker_id)


def parts(desk: Desk, ticker_id: int) -> list[tuple[int, int, str]]:
    """Shares, cents and state of each sleeve's part in a block."""
    found, at = block(desk, ticker_id)
    mine = found.blocks.requests.block == at
    rows = zip(found.shares[mine].tolist(), found.amount[mine].tolist(), found.state[mine].tolist(), strict=True)
    return [(shares // 10**6, amount // 10**4, TradeState(state).name) for shares, amount, state in rows]


def test_several_fills_are_shared_out_by_request_at_one_average_price(desk: Desk) -> None:
    """1,140 shares for 500 * 50.10 + 640 * 50.00 = 57,050.00: two thirds are 38,033.33, a third is 19,016.67."""
    desk.load(fills=[fill("f1", "BBB", "BUY", "500", "50.10"), fill("f2", "BBB", "BUY", "640", "50.00")])
    desk.run(TUE)
    assert parts(desk, 2) == [(760, 3_803_333, "EXECUTED"), (380, 1_901_667, "EXECUTED")]
    found, at = block(desk, 2)
    assert found.average_price[at] == 50_04386000  # 57,050.00 / 1,140 = 50.0438596..., half-up to six decimals
    assert found.foots()
    assert desk.holdings("P1", TUE)["AAA"] == "3000"  # no fill names AAA: the paper custodian deals
    desk.require_sound(TUE)


def test_a_partial_fill_is_shared_out_and_the_rest_is_proposed_again(desk: Desk) -> None:
    """100 shares for requests of 760 and 380: 66.67 and 33.33, whole shares by largest remainder: 67 and 33."""
    desk.load(fills=[fill("f1", "BBB", "BUY", "100", "50.00")])
    desk.run(TUE)
    assert parts(desk, 2) == [(67, 335_000, "PARTIAL"), (33, 165_000, "PARTIAL")]
    assert desk.findings("C-FILL") == ["100.000000 of 1140.000000 shares were filled: what is left is proposed again"]
    desk.run(WED)
    assert desk.holdings("P1", WED)["BBB"] == "760"
    assert desk.holdings("P2", WED)["BBB"] == "380"
    desk.require_sound(WED)


def test_a_block_without_a_fill_lapses_and_is_proposed_again(desk: Desk) -> None:
    desk.load(fills=[fill("f1", "BBB", "BUY", "0", "50.00")])
    desk.run(TUE)
    assert parts(desk, 2) == [(0, 0, "LAPSED"), (0, 0, "LAPSED")]
    assert "BBB" not in desk.holdings("P1", TUE)
    desk.run(WED)
    assert desk.holdings("P1", WED)["BBB"] == "760"
    desk.require_sound(WED)


def test_a_fill_beyond_the_order_is_refused_with_a_finding(desk: Desk) -> None:
    desk.load(fills=[fill("f1", "BBB", "BUY", "1141", "50.00")])
    desk.run(TUE)
    assert desk.findings("C-FILL") == ["nothing is booked of it: security 2 was filled beyond what was ordered"]
    assert "BBB" not in desk.holdings("P1", TUE)
    desk.require_sound(TUE)


def test_a_fill_that_nobody_ordered_is_told(desk: Desk) -> None:
    desk.load(fills=[fill("f1", "CCC", "SELL", "10", "30.00")])
    desk.run(TUE)
    assert desk.findings("C-FILL") == ["a fill to SELL CCC answers no proposal of the session before"]
    desk.require_sound(TUE)


def test_a_corrected_fill_stands_in_the_place_of_the_first(desk: Desk) -> None:
    desk.load(fills=[fill("f1", "BBB", "BUY", "100", "50.00")])
    desk.load(fills=[fill("f1", "BBB", "BUY", "1140", "50.00")])
    desk.run(TUE)
    assert parts(desk, 2) == [(760, 3_800_000, "EXECUTED"), (380, 1_900_000, "EXECUTED")]


def test_a_full_fill_of_requests_in_dollars_costs_everyone_what_they_asked(desk: Desk) -> None:
    """AAA was asked for in dollars, 60,000 and 30,000: 4,500 shares at 20.00 are just that."""
    desk.load(fills=[fill("f1", "AAA", "BUY", "4500", "20.00")])
    desk.run(TUE)
    assert parts(desk, 1) == [(3000, 6_000_000, "EXECUTED"), (1500, 3_000_000, "EXECUTED")]
    desk.require_sound(TUE)


def test_a_sleeve_withdrawn_after_the_fill_leaves_its_part_to_the_error_account(desk: Desk) -> None:
    """P2's 380 shares are nobody's: P1 asked for no more than 760. The platform has them, and owes 19,000.00."""
    desk.load(fills=[fill("f1", "BBB", "BUY", "1140", "50.00")])
    done = withdraw_trades(desk.engine, None, "P2", "MDL001", "BBB", SIGNED, 1)
    assert done.n_trades == 1
    desk.run(TUE)
    assert parts(desk, 2) == [(760, 3_800_000, "EXECUTED"), (0, 0, "WITHDRAWN")]
    found, at = block(desk, 2)
    assert (found.nobodys_shares[at], found.nobodys_cash[at]) == (380 * 10**6, 19_000 * 10**6)
    assert found.foots()
    booked = desk.rows(
        "SELECT a.chart, SUM(CASE WHEN t.debit_id = a.id THEN t.amount ELSE -t.amount END) FROM account a "
        "JOIN transfer t ON a.id IN (t.debit_id, t.credit_id) WHERE a.chart BETWEEN 8300 AND 8399 "
        "GROUP BY a.chart ORDER BY a.chart"
    )
    assert [(chart, int(amount)) for chart, amount in booked] == [
        (8300, 19_000 * 10**6),
        (8310, -19_000 * 10**6),
        (8320, 380 * 10**6),
    ]
    desk.require_sound(TUE)


def test_a_sale_of_too_many_leaves_the_error_account_short(desk: Desk) -> None:
    """Both plans sell BBB on Friday; P2 withdraws after the fill: the platform is short of 380 shares."""
    desk.run(WED)
    desk.load(targets=targets(str(THU), AAA="0.98", CASH="0.02"))
    desk.run(THU)
    desk.load(fills=[fill("f1", "BBB", "SELL", "1140", "50.00", FRI)])
    withdraw_trades(desk.engine, day_of(THU), "P2", "MDL001", None, SIGNED, 1)
    desk.run(FRI)
    assert "BBB" not in desk.holdings("P1", FRI)
    assert desk.holdings("P2", FRI)["BBB"] == "380"
    short = desk.rows("SELECT t.amount FROM transfer t JOIN account a ON a.id = t.credit_id WHERE a.chart = 8320")
    assert short == [(380 * 10**6,)]
    desk.require_sound(FRI)


def test_a_departure_from_pro_rata_stands_with_its_reason_and_two_names(desk: Desk) -> None:
    desk.load(fills=[fill("f1", "BBB", "BUY", "100", "50.00")])
    given = {("P1", "MDL001"): 20 * 10**6, ("P2", "MDL001"): 80 * 10**6}
    depart_from_pro_rata(desk.engine, None, "BBB", given, SIGNED, 1)
    assert parts(desk, 2) == [(20, 100_000, "APPROVED"), (80, 400_000, "APPROVED")]  # as the night will do it
    desk.run(TUE)
    assert parts(desk, 2) == [(20, 100_000, "PARTIAL"), (80, 400_000, "PARTIAL")]
    desk.require_sound(TUE)


def test_a_departure_that_does_not_sum_to_the_fills_books_nothing(desk: Desk) -> None:
    desk.load(fills=[fill("f1", "BBB", "BUY", "100", "50.00")])
    depart_from_pro_rata(desk.engine, None, "BBB", {("P1", "MDL001"): 20 * 10**6}, SIGNED, 1)
    desk.run(TUE)
    assert desk.findings("C-FILL") == ["nothing is booked of it: the shares of the block must still sum to its fills"]
    assert "BBB" not in desk.holdings("P1", TUE)
    desk.require_sound(TUE)


def test_a_departure_signed_by_one_person_books_nothing_and_lets_the_night_end(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No file with such a row is loaded today; one that got in before is told, and the other blocks are dealt."""
    monkeypatch.setitem(book_rules.RULES, "trade_decisions.csv", lambda rows, log: None)
    row = {"date": MON, "decision": "DEPART", "plan": "P1", "model": "MDL001", "ticker": "BBB", "shares": "20"}
    signed = {"sha256": "", "reason": "we agreed", "maker": "Ana Maker", "checker": "ana  maker"}
    desk.load(fills=[fill("f1", "BBB", "BUY", "100", "50.00")], trade_decisions=[row | signed])
    desk.run(TUE)
    told = "a departure from pro rata is approved by another person than the one who proposes it"
    assert desk.findings("C-FILL") == [f"nothing is booked of it: {told}"]
    assert desk.holdings("P1", TUE)["AAA"] == "3000"
    assert "BBB" not in desk.holdings("P1", TUE)
    desk.require_sound(TUE)


def test_a_sleeve_with_its_own_confirms_has_no_part_in_a_block_that_was_filled(desk: Desk) -> None:
    """P1 bought 100 shares of BBB by itself: the 380 that were filled are P2's, all of them."""
    confirm = {"trade_ref": "T1", "trade_date": TUE, "settle_date": WED, "plan": "P1", "model": "MDL001"}
    bought = {"ticker": "BBB", "side": "BUY", "shares": "100", "amount": "5000.00"}
    desk.load(trades=[confirm | bought], fills=[fill("f1", "BBB", "BUY", "380", "50.00")])
    desk.run(TUE)
    assert parts(desk, 2) == [(0, 0, "REPLACED"), (380, 1_900_000, "EXECUTED")]
    found, at = block(desk, 2)
    assert (found.sleeves[at], found.requested[at], found.filled[at]) == (1, 380 * 10**6, 380 * 10**6)
    assert desk.holdings("P1", TUE)["BBB"] == "100"
    assert desk.holdings("P2", TUE)["BBB"] == "380"
    assert desk.findings("C-FILL") == []
    desk.require_sound(TUE)


def test_purchases_and_sales_of_different_plans_are_two_blocks(engine: Engine, tmp_path: Path) -> None:
    """P1 enters while P2 leaves BBB: 760 bought and 380 sold, at a custodian's two prices; nothing nets."""
    desk = Desk(engine, tmp_path)
    tables = trading_tables()
    tables["orders"] = [order("o1", "P1", "100000.00", WED), order("o2", "P2", "50000.00")]
    desk.load(**tables)
    desk.run(TUE)
    rule = override("P2", "EXCLUDE", "BBB", exclude_to="CASH", start=str(WED))
    desk.load(overrides=[rule])
    desk.run(WED)
    found = list_blocks(desk.engine, day_of(WED), desk.policy)[0]
    sides = list(zip(found.blocks.security_id.tolist(), found.blocks.side.tolist(), strict=True))
    assert (2, 0) in sides
    assert (2, 1) in sides
    desk.load(fills=[fill("b", "BBB", "BUY", "760", "50.02", THU), fill("s", "BBB", "SELL", "380", "49.98", THU)])
    desk.run(THU)
    traded = desk.rows("SELECT kind, source_id FROM journal WHERE source_id IN (-5, -6) ORDER BY source_id")
    assert len(traded) >= 2
    assert desk.holdings("P1", THU)["BBB"] == "760"
    assert "BBB" not in desk.holdings("P2", THU)
    desk.require_sound(THU)


def test_a_split_between_the_order_and_its_fill_restates_the_requests(engine: Engine, tmp_path: Path) -> None:
    """760 and 380 shares of BBB become 1,520 and 760 by a split of 2 for 1: 2,280 at 25.00 fill them."""
    desk = Desk(engine, tmp_path)
    tables = trading_tables()
    tables["orders"] = [order("o1", "P1", "100000.00"), order("o2", "P2", "50000.00")]
    tables["prices"] = prices({"AAA": "20.00", "BBB": "50.00", "CCC": "30.00"}, {("BBB", TUE): "25.00"})
    split = {"ticker": "BBB", "ex_date": TUE, "new_shares": "2", "old_shares": "1", "cash_in_lieu_price": ""}
    desk.load(**tables, splits=[split], fills=[fill("f1", "BBB", "BUY", "2280", "25.00")])
    desk.run(TUE)
    assert parts(desk, 2) == [(1520, 3_800_000, "EXECUTED"), (760, 1_900_000, "EXECUTED")]
    desk.require_sound(TUE)


def test_a_sleeve_that_catches_up_gets_its_part_of_the_fills_its_night_had(engine: Engine, tmp_path: Path) -> None:
    """P2 wants CCC, whose price is missing on Tuesday: held. A fill that comes after that night changes nothing."""
    desk = Desk(engine, tmp_path)
    tables = trading_tables()
    tables["orders"] = [order("o1", "P1", "100000.00"), order("o2", "P2", "50000.00")]
    tables["prices"] = [row for row in tables["prices"] if (row["ticker"], row["date"]) != ("CCC", TUE)]
    rules = [override("P2", "SUBSTITUTE", "AAA", to_ticker="CCC")]
    desk.load(**tables, overrides=rules, fills=[fill("f1", "BBB", "BUY", "900", "50.00")])
    desk.run(TUE)
    assert desk.holdings("P1", TUE)["BBB"] == "600"
    assert parts(desk, 2) == [(600, 3_000_000, "PARTIAL"), (0, 0, "HELD")]
    desk.load(
        prices=[{"date": TUE, "ticker": "CCC", "price": "30.00"}], fills=[fill("f2", "BBB", "BUY", "240", "50.00")]
    )
    release_holds(desk.engine, Selection("P2", "MDL001"), None, Release("it came", "Ana", "Carl"), FIXED_INSTANT)
    catch_up(desk.engine, desk.policy, RUNNER)
    assert parts(desk, 2) == [(600, 3_000_000, "PARTIAL"), (300, 1_500_000, "PARTIAL")]
    assert desk.findings("C-FILL") == ["900.000000 of 1140.000000 shares were filled: what is left is proposed again"]
    assert desk.holdings("P2", TUE)["CCC"] == "1000"
    desk.require_sound(TUE)
