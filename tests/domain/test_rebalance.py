"""The rebalance: the vectors to the printed digit, and each rule by a case worked by hand."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np

from modelx.domain.book_codes import ExcludeTo, OverrideKind
from modelx.domain.cash_ladder import PendingItems, project_cash
from modelx.domain.days import date_of, day_of
from modelx.domain.proposal import SleeveNote, settlements_of, weights_before_after
from modelx.domain.rebalance_trigger import Mode, out_of_band
from tests.domain.override_columns import Rule, column
from tests.domain.rebalance_columns import DAY, Security, Sleeve, millionths, rebalance

VECTORS = json.loads((Path(__file__).parents[2] / "fixtures/vectors/unitization.json").read_text())
V10 = VECTORS["V10_rebalance"]
FUNDS = {"A": Security("10"), "B": Security("10"), "C": Security("10"), "D": Security("10")}


def v10():
    share_dp = {"EQX": 0, "REIT": 0}
    securities = {
        t: Security("12.47" if t == "VCX" else row["price"], share_dp.get(t, 3)) for t, row in V10["rows"].items()
    }
    number = {t: n for n, t in enumerate(securities, start=1)}
    holdings = {t: row["shares"] for t, row in V10["rows"].items() if row["shares"] != "0"}
    sleeve = Sleeve("31250.44", holdings, accrued="512.337912", min_trade="250", buffer="0.02")
    rules = (
        Rule(OverrideKind.SUBSTITUTE, number["VBX"], to=number["VCX"], id=17),
        Rule(OverrideKind.EXCLUDE, number["REIT"], exclude_to=ExcludeTo.PRORATA, id=18),
    )
    return rebalance(securities, V10["model"], [sleeve], rules)


def test_v10_to_the_printed_digit():
    done = v10()
    assert done.proposal.notes.tolist() == [0]
    expected = {}
    for side, ticker, shares, amount, _ in V10["trades"]:
        expected[ticker] = (side, amount) if shares == "None" else (side, amount, Decimal(shares))
    found = {
        ticker: (side, amount) if expected[ticker][2:] == () else (side, amount, Decimal(shares))
        for ticker, (side, shares, amount) in done.trades().items()
    }
    assert found == expected
    assert done.cash_after() == V10["cash_after"]
    assert int(done.lines.value[0]) == int(Decimal(V10["nav"]) * 10**6)
    buys = sum(Decimal(amount) for side, _, amount in done.trades().values() if side == "BUY")
    sells = sum(Decimal(amount) for side, _, amount in done.trades().values() if side == "SELL")
    assert (buys, sells) == (Decimal(V10["buys"]), Decimal(V10["sells"]))
    assert buys - sells + Decimal(done.cash_after()) - Decimal("31250.44") == 0
    assert done.reasons() == {
        "EQX": "UNDERWEIGHT",
        "VFA": "UNDERWEIGHT",
        "VBX": "NOT_IN_TARGETS",
        "VCX": "UNDERWEIGHT",
        "REIT": "NOT_IN_TARGETS",
    }


def test_v10_lines_weights_and_bands():
    done = v10()
    lines = done.lines
    weights = weights_before_after(lines, done.proposal.trades)
    outside = out_of_band(lines, column([3 * 10**10]))
    for row, ticker in enumerate(V10["rows"]):
        expected = V10["rows"][ticker]
        assert int(lines.market_value[row]) == Decimal(expected["mv"]) * 10**6
        assert int(lines.target_value[row]) == Decimal(expected["target_value"]) * 10**6
        assert int(weights.before[row]) == Decimal(expected["weight"]) * 10**12
        assert bool(outside[row]) == expected["out_of_band"]
    assert abs(int(lines.reserve[0]) - int(Decimal(V10["cash_target"]) * 10**6)) <= 3 * 5_000


def test_v20_the_published_example():
    securities = {ticker: Security("100") for ticker in ("FB", "ORCL", "MSFT", "INTC", "CSCO")}
    held = {"FB": "270", "ORCL": "280", "MSFT": "170", "INTC": "125", "CSCO": "155"}
    target = {"FB": "0.25", "ORCL": "0.25", "MSFT": "0.20", "INTC": "0.15", "CSCO": "0.15"}
    done = rebalance(securities, target, [Sleeve("0", held)])
    assert done.amounts() == {
        "FB": "SELL 2000.00",
        "ORCL": "SELL 3000.00",
        "CSCO": "SELL 500.00",
        "MSFT": "BUY 3000.00",
        "INTC": "BUY 2500.00",
    }
    assert done.cash_after() == "0.00"


def test_a_position_without_a_target_goes_to_the_last_part_of_a_share():
    done = rebalance(FUNDS, {"A": "1"}, [Sleeve("0", {"A": "1", "B": "33.333"}, min_trade="1000")])
    assert done.trades() == {"B": ("SELL", "33.333", "333.33")}
    assert done.undone() == {"A": "BELOW_MINIMUM"}


def test_whole_shares_are_floored_on_both_sides():
    securities = {"E": Security("30", 0), "F": Security("70", 0)}
    done = rebalance(securities, {"E": "0.5", "F": "0.5"}, [Sleeve("0", {"E": "10", "F": "1"})])
    # Net assets 370.00, target 185.00 each: sell 115.00 of E = 3 shares; buy 115.00 of F, but 90.00 came in = 1 share.
    assert done.trades() == {"E": ("SELL", "3", "90.00"), "F": ("BUY", "1", "70.00")}
    assert done.cash_after() == "20.00"
    assert done.notes() == 0


def test_a_sale_that_whole_shares_made_smaller_scales_the_purchase_and_says_so():
    securities = {"E": Security("30", 0), "F": Security("10")}
    done = rebalance(securities, {"E": "0.5", "F": "0.5"}, [Sleeve("0", {"E": "10", "F": "7"})])
    # Net assets 370.00: E 115.00 over = 3 shares, 90.00; F 115.00 under.
    assert done.amounts() == {"E": "SELL 90.00", "F": "BUY 90.00"}
    assert done.notes() == SleeveNote.SHARE_ROUNDING


def test_purchases_are_scaled_by_distance_when_a_sale_is_forbidden():
    sleeve = Sleeve("30", {"A": "50", "B": "10", "C": "11"})
    target = {"A": "0.25", "B": "0.5", "C": "0.25"}
    done = rebalance(FUNDS, target, [sleeve], [Rule(OverrideKind.NO_SELL, 1)])
    # Net assets 740.00: B is 270.00 short, C 75.00; 30.00 to spend, split 270 : 75.
    assert done.amounts() == {"B": "BUY 23.47", "C": "BUY 6.52"}
    assert done.undone() == {"A": "NO_SELL"}
    assert done.notes() == SleeveNote.CASH_SHORT
    assert done.cash_after() == "0.01"


def test_what_may_not_be_bought_stays_in_cash():
    securities = FUNDS | {"B": Security("10", can_buy=False)}
    target = {"A": "0.25", "B": "0.25", "C": "0.5"}
    done = rebalance(securities, target, [Sleeve("1000")], [Rule(OverrideKind.NO_BUY, 1)])
    assert done.amounts() == {"C": "BUY 500.00"}
    assert done.undone() == {"A": "NO_BUY", "B": "CLOSED"}
    assert done.cash_after() == "500.00"


def test_a_trade_must_reach_the_larger_of_the_minimum_in_dollars_and_in_percent():
    sleeves = [
        Sleeve("90", {"A": "91"}, min_trade="90"),
        Sleeve("90", {"A": "91"}, min_trade="90.01"),
        Sleeve("90", {"A": "91"}, min_trade="1", min_trade_rate="0.09"),
        Sleeve("90", {"A": "91"}, min_trade="1", min_trade_rate="0.091"),
    ]
    done = rebalance(FUNDS, {"A": "1"}, sleeves)
    assert [done.amounts(s) for s in range(4)] == [{"A": "BUY 90.00"}, {}, {"A": "BUY 90.00"}, {}]
    assert done.undone(1) == done.undone(3) == {"A": "BELOW_MINIMUM"}


def test_cash_below_one_share_is_left():
    done = rebalance({"E": Security("100", 0)}, {"E": "1"}, [Sleeve("99.99")])
    assert done.trades() == {}
    assert done.undone() == {"E": "UNDER_ONE_SHARE"}


def test_a_sale_within_the_holding_period_waits_unless_the_sleeve_pays_the_fee():
    securities = {"A": Security("10", redemption_fee="0.02", holding_days=30), "B": Security("10")}
    target = {"A": "0.5", "B": "0.5"}
    held = {"A": "100"}
    sleeves = [
        Sleeve("0", held, last_buy={"A": DAY - 29}),
        Sleeve("0", held, last_buy={"A": DAY - 30}),
        Sleeve("0", held, last_buy={"A": DAY - 29}, pays_redemption_fees=True),
        Sleeve("0", held),
    ]
    done = rebalance(securities, target, sleeves)
    assert done.undone(0) == {"A": "HOLDING_PERIOD", "B": "NO_CASH"}
    assert done.notes(0) == SleeveNote.CASH_SHORT
    assert done.amounts(1) == done.amounts(3) == {"A": "SELL 500.00", "B": "BUY 500.00"}
    assert done.amounts(2) == {"A": "SELL 500.00", "B": "BUY 490.00"}
    assert done.proposal.trades.fee[done.proposal.trades.sleeve == 2].tolist() == [10 * 10**6, 0]
    assert done.cash_after(2) == "0.00"


def test_proceeds_that_settle_later_pay_for_nothing_that_settles_first():
    securities = {"SLOW": Security("10", settle_lag=2), "FAST": Security("10", settle_lag=1)}
    done = rebalance(securities, {"SLOW": "0.5", "FAST": "0.5"}, [Sleeve("20", {"SLOW": "98"})])
    assert done.amounts() == {"SLOW": "SELL 480.00", "FAST": "BUY 20.00"}
    assert done.notes() == SleeveNote.CASH_SHORT
    back = rebalance(securities, {"SLOW": "0.5", "FAST": "0.5"}, [Sleeve("0", {"FAST": "100"})])
    assert back.amounts() == {"SLOW": "BUY 500.00", "FAST": "SELL 500.00"}


def test_accrued_fees_are_not_spent():
    done = rebalance(FUNDS, {"A": "0.9", "CASH": "0.1"}, [Sleeve("1000", accrued="100")])
    assert done.amounts() == {"A": "BUY 810.00"}
    assert done.cash_after() == "190.00"


def test_cash_flow_buys_the_most_underweight_first():
    target = {"A": "0.25", "B": "0.25", "C": "0.25", "D": "0.25"}
    sleeve = Sleeve("100", {"A": "50", "B": "22", "C": "20", "D": "8"})
    done = rebalance(FUNDS, target, [sleeve], mode=Mode.CASH_FLOW)
    # Net assets 1,100.00, 275.00 each: D is 195.00 short and takes it all; A stays overweight.
    assert done.amounts() == {"D": "BUY 100.00"}
    assert done.reasons() == {"D": "INVEST_CASH"}
    more = rebalance(FUNDS, target, [Sleeve("400", dict(sleeve.holdings))], mode=Mode.CASH_FLOW)
    # 1,400.00, 350.00 each: D 270.00, then C 130.00 of its 150.00.
    assert more.amounts() == {"D": "BUY 270.00", "C": "BUY 130.00"}


def test_cash_flow_sells_the_most_overweight_first_and_what_left_the_model_with_it():
    target = {"A": "0.5", "B": "0.4", "CASH": "0.1"}
    sleeve = Sleeve("0", {"A": "54", "B": "40", "C": "6"})
    done = rebalance(FUNDS, target, [sleeve], mode=Mode.CASH_FLOW)
    # Net assets 1,000.00, 100.00 wanted: C is 60.00 over, A 40.00.
    assert done.amounts() == {"C": "SELL 60.00", "A": "SELL 40.00"}
    assert done.reasons() == {"A": "RAISE_CASH", "C": "RAISE_CASH"}
    assert done.notes() == 0
    barred = rebalance(FUNDS, target, [sleeve], [Rule(OverrideKind.NO_SELL, 3)], mode=Mode.CASH_FLOW)
    assert barred.amounts() == {"A": "SELL 40.00"}
    assert barred.notes() == SleeveNote.RAISED_TOO_LITTLE


def test_equal_distances_go_to_the_lower_security_first():
    target = {"A": "0.2", "B": "0.4", "C": "0.4"}
    # Net assets 500.00: A is 40.00 over, B and C are 50.00 under each; 60.00 to invest.
    held = {"A": "14", "B": "15", "C": "15"}
    assert rebalance(FUNDS, target, [Sleeve("60", held)], mode=Mode.CASH_FLOW).amounts() == {
        "B": "BUY 50.00",
        "C": "BUY 10.00",
    }
    swapped = {ticker: FUNDS[ticker] for ticker in ("A", "C", "B", "D")}
    assert rebalance(swapped, target, [Sleeve("60", held)], mode=Mode.CASH_FLOW).amounts() == {
        "C": "BUY 50.00",
        "B": "BUY 10.00",
    }


def test_a_sleeve_at_its_targets_without_flows_trades_nothing():
    held = {"A": "50", "B": "30", "C": "20"}
    target = {"A": "0.5", "B": "0.3", "C": "0.2"}
    for mode in (Mode.FULL, Mode.CASH_FLOW, Mode.HOLD):
        done = rebalance(FUNDS, target, [Sleeve("0", held)], mode=mode)
        assert done.trades() == {}
        assert done.undone() == {}
        assert done.notes() == 0


def test_sleeves_that_cannot_be_traded_are_said():
    done = rebalance(FUNDS, {"A": "1"}, [Sleeve("5", accrued="6"), Sleeve("0"), Sleeve("10")])
    assert [done.notes(s) for s in range(3)] == [SleeveNote.NO_NET_ASSETS, SleeveNote.NO_NET_ASSETS, 0]
    assert done.amounts(2) == {"A": "BUY 10.00"}
    aimless = rebalance(FUNDS, {}, [Sleeve("10", {"A": "1"})])
    assert aimless.notes() == SleeveNote.NO_TARGETS
    assert aimless.trades() == {}


def test_sleeves_do_not_touch_each_other():
    sleeves = [Sleeve("100", {"A": "5"}), Sleeve("0", {"B": "7.5", "C": "2"}), Sleeve("33.33", {"D": "1"})]
    target = {"A": "0.4", "B": "0.35", "C": "0.25"}
    together = rebalance(FUNDS, target, sleeves)
    for number, sleeve in enumerate(sleeves):
        alone = rebalance(FUNDS, target, [sleeve])
        assert together.trades(number) == alone.trades()
        assert together.cash_after(number) == alone.cash_after()
    turned = rebalance(FUNDS, target, sleeves[::-1])
    assert [turned.trades(2 - n) for n in range(3)] == [together.trades(n) for n in range(3)]
    assert np.array_equal(turned.proposal.cash_after[::-1], together.proposal.cash_after)


def test_v17_purchases_and_a_large_redemption_leave_the_ladder_short_before_anything_is_approved():
    """G1 on 2026-11-24: 250,000.00 in cash, the first purchases proposed, and a redemption of 20,008.25."""
    wednesday = day_of(date(2026, 11, 25))
    vector = VECTORS["V17_cash_ladder"]
    securities = {"VFA": Security("41.27"), "VBX": Security("9.83"), "EQX": Security("68.2050", 0)}
    target = {"VFA": "0.5", "VBX": "0.2", "EQX": "0.280187", "CASH": "0.019813"}
    done = rebalance(securities, target, [Sleeve("250000")])
    assert done.amounts() == {"VFA": "BUY 125000.00", "VBX": "BUY 50000.00", "EQX": "BUY 70046.54"}
    trades = settlements_of(done.proposal.trades, column([wednesday] * 3))
    orders = [millionths("12345.67"), -millionths(vector["redemption"])]
    pending = PendingItems(
        np.concatenate([trades.sleeve, column([0, 0])]),
        np.concatenate([trades.day, column([wednesday] * 2)]),
        np.concatenate([trades.amount, column(orders)]),
    )
    ladder = project_cash(wednesday - 1, done.proposal.cash_before, pending, column([0]))
    found = {date_of(int(day)).isoformat(): int(cash) for day, cash in zip(ladder.day, ladder.cash, strict=True)}
    assert found == {day: millionths(cash) for day, cash in vector["projected_cash"].items()}
    assert ladder.day[ladder.shortfalls()].tolist() == [wednesday]
