"""The what-if against the decimal oracle of the night, and its own promises."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from modelx.domain.book_codes import DistributionKind, ExcludeTo, OverrideKind, RebalancePolicy
from modelx.domain.calendar import make_calendar
from modelx.domain.days import date_of
from modelx.domain.errors import InvalidInput
from modelx.domain.override import OnExpiry
from modelx.domain.universe import Listing
from modelx.evaluator.shipped import default_markets
from modelx.files.market_sessions import nyse_sessions
from modelx.services.seeded_market import MarketSettings, seeded_market
from modelx.services.what_if import Execution, run_what_if
from modelx.services.what_if_summary import summarise
from tests.domain.override_columns import Rule, column, models, overrides, weight
from tests.oracle.night import Oracle
from tests.services.what_if_columns import Plan, calendar_of, fee_rows, history, scenario, weekday_sessions

FUNDS = (
    Listing("LRG", "Large", "ETF", "US_LG", 3 * 10**8, 0),
    Listing("VALX", "Value", "MF", "US_LV", 60 * 10**8, 3),
    Listing("INTL", "Abroad", "ETF", "DM_XUS", 7 * 10**8, 0),
    Listing("CORX", "Core bonds", "MF", "US_IT_CORE", 35 * 10**8, 3),
    Listing("LONG", "Long bonds", "ETF", "US_LT_CORE", 4 * 10**8, 0),
    Listing("HYLX", "High yield", "MF", "US_HY", 70 * 10**8, 4),
)
LRG, VALX, INTL, CORX, LONG, HYLX = range(1, 7)
GROWTH = {LRG: weight("0.4"), VALX: weight("0.3"), CORX: weight("0.28"), 0: weight("0.02")}
INCOME = {CORX: weight("0.5"), LONG: weight("0.2"), HYLX: weight("0.15"), INTL: weight("0.15")}
NEW_GROWTH = {LRG: weight("0.35"), INTL: weight("0.25"), CORX: weight("0.38"), 0: weight("0.02")}


@pytest.fixture(scope="module")
def year_end():
    """Seventy sessions from November 2026 to February 2027, real calendar, seeded prices with splits."""
    days, closes = nyse_sessions(date(2026, 11, 2), date(2027, 6, 30))
    settings = MarketSettings(split_above=55.0)
    market = seeded_market(FUNDS, days[:70], default_markets(), np.random.default_rng(7), settings)
    return market, make_calendar(days, closes)


def tried(market, **more):
    days = market.sessions
    plans = [
        Plan(0, RebalancePolicy.MONTHLY, opening=250_000, buffer=2 * 10**10, min_trade=100),
        Plan(0, RebalancePolicy.BAND, band=10**10, opening=90_000, flows={int(days[9]): 12_345, int(days[30]): -5_000}),
        Plan(1, RebalancePolicy.QUARTERLY, opening=1_000_000, flows={int(d): 2_500 for d in days[5:60:5]}),
        Plan(1, RebalancePolicy.NONE, opening=10_000),
    ]
    rules = overrides(
        [
            Rule(OverrideKind.SUBSTITUTE, VALX, to=INTL, sleeve=0, start=int(days[20]), end=int(days[45]), id=1),
            Rule(OverrideKind.EXCLUDE, HYLX, exclude_to=ExcludeTo.PRORATA, sleeve=2, start=0, id=2),
        ]
    )
    versions = [(int(days[0]), models(GROWTH, INCOME)), (int(days[52]), models(NEW_GROWTH, INCOME))]
    return scenario(int(days[0]), versions, plans, rules=rules, fees=fee_rows(350_000_000, 2_500_000_000), **more)


def plain(value, places):
    return f"{Decimal(int(value)).scaleb(-places):f}"


def through_the_oracle(market, of, done):
    """The same sleeves in the decimal oracle, with the trades that the what-if executed as explicit trades."""
    oracle = Oracle()
    day = [date_of(int(one)).isoformat() for one in market.sessions]
    tickers = [one.ticker for one in FUNDS]
    add = oracle.add
    add("asset_classes", [{"asset_class": one.asset_class, "kind": "EQUITY"} for one in FUNDS])
    whole = {"ETF": "Y", "MF": "N"}
    for one in FUNDS:
        facts = {"ticker": one.ticker, "kind": one.kind, "asset_class": one.asset_class}
        add("securities", [facts | {"share_dp": str(one.share_dp), "whole_shares": whole[one.kind]}])
    for row, on in enumerate(day):
        add(
            "prices",
            [{"date": on, "ticker": t, "price": plain(market.price[row, n], 8)} for n, t in enumerate(tickers)],
        )
    paid = market.distributions
    for row in range(paid.rate.size):
        ex_date, pay_date = (date_of(int(one)).isoformat() for one in (market.distribution_day[row], paid.pay_day[row]))
        kind = DistributionKind(int(paid.kind[row])).name
        fields = {"ticker": tickers[int(paid.security_id[row]) - 1], "ex_date": ex_date, "pay_date": pay_date}
        add("distributions", [fields | {"kind": kind, "rate": plain(paid.rate[row], 12), "reinvest": "N"}])
    for row in range(market.split_day.size):
        ex_date = date_of(int(market.split_day[row])).isoformat()
        ticker = tickers[int(market.splits.security_id[row]) - 1]
        add("splits", [{"ticker": ticker, "ex_date": ex_date, "new_shares": "2", "old_shares": "1"}])
    for payee in range(of.fees.rate.size):
        add("fees", [{"payee": f"P{payee}", "rate": plain(of.fees.rate[payee], 12), "paid_from": "unit_value"}])
    sleeves = [(f"PLAN-{s}", f"M{model}") for s, model in enumerate(of.model.tolist())]
    add("sleeves", [{"plan": plan, "model": model, "start_date": day[0]} for plan, model in sleeves])
    orders = []
    for row, (on, sleeve, amount) in enumerate(zip(of.flows.day, of.flows.sleeve, of.flows.amount, strict=True)):
        plan, model = sleeves[int(sleeve)]
        side, quantity = "SUB" if amount > 0 else "RED", plain(abs(amount), 6)
        order = {"rk_id": "RK", "order_ref": f"O{row:04d}", "plan_id": plan, "ticker": model, "side": side}
        trade_date = date_of(int(on)).isoformat()
        orders.append(order | {"qty_type": "AMT", "qty": quantity, "trade_date": trade_date, "cutoff_attested": "Y"})
    add("orders", orders)
    number = 0
    for one in done.executed:
        for row in range(one.day.size):
            number += 1
            plan, model = sleeves[int(one.sleeve[row])]
            trade_date, settle_date = (date_of(int(d)).isoformat() for d in (one.day[row], one.settle_day[row]))
            trade = {"trade_ref": f"T{number:05d}", "trade_date": trade_date, "settle_date": settle_date}
            side, ticker = "SELL" if one.side[row] else "BUY", tickers[int(one.security_id[row]) - 1]
            traded = {"shares": plain(one.shares[row], 6), "amount": plain(one.amount[row], 6)}
            add("trades", [trade | {"plan": plan, "model": model, "ticker": ticker, "side": side} | traded])
    oracle.run_through(date_of(int(market.sessions[-1])))
    while held := oracle.held_sleeves():
        oracle.release(*held[0])
    return oracle, sleeves


def test_every_unit_value_equals_the_decimal_oracle_of_the_night(year_end):
    market, calendar = year_end
    of = tried(market)
    done = run_what_if(market, calendar, of)
    assert market.split_day.size > 0
    assert market.distribution_day.size > 0
    assert sum(one.day.size for one in done.executed) > 60
    oracle, sleeves = through_the_oracle(market, of, done)
    for session, day in enumerate(market.sessions.tolist()):
        for s, key in enumerate(sleeves):
            row = oracle.rows[date_of(day), key]
            assert Decimal(int(done.unit_value[session, s])) / 10**6 == row.unit_value, (date_of(day), key)
            assert Decimal(int(done.net_assets[session, s])) / 10**6 == row.net_assets


def test_policies_versions_and_overrides_trade_when_they_should(year_end):
    market, calendar = year_end
    done = run_what_if(market, calendar, tried(market))
    days = {}
    for one in done.executed:
        for sleeve in np.unique(one.sleeve).tolist():
            days.setdefault(sleeve, []).append(int(np.searchsorted(market.sessions, one.day[0])))
    assert 3 not in days  # policy NONE trades nothing, ever
    assert days[0][0] == 1  # the first money is invested the session after it came
    assert {21, 47, 53} <= set(days[0])  # an override begins, ends (seen the session after its last day), a new version
    assert done.rebalances[3] == 0


def test_an_override_on_one_plan_never_changes_another(year_end):
    market, calendar = year_end
    of = tried(market)
    with_rules = run_what_if(market, calendar, of)
    without = run_what_if(market, calendar, replace(of, overrides=overrides([])))
    same = (with_rules.unit_value == without.unit_value).all(axis=0)
    assert same.tolist() == [False, True, False, True]


def test_the_order_of_overrides_does_not_matter(year_end):
    market, calendar = year_end
    of = tried(market)
    turned = replace(of, overrides=of.overrides.take(column([1, 0])))
    first, second = (run_what_if(market, calendar, one) for one in (of, turned))
    assert np.array_equal(first.unit_value, second.unit_value)


def test_a_run_is_reproducible_and_reports_progress(year_end):
    market, calendar = year_end
    heard = []
    first = run_what_if(market, calendar, tried(market), lambda done, of: heard.append((done, of)))
    second = run_what_if(market, calendar, tried(market))
    assert np.array_equal(first.unit_value, second.unit_value)
    assert heard == [(n, 70) for n in range(1, 71)]


def test_slippage_costs_what_it_says():
    sessions = weekday_sessions(date(2026, 1, 5), 4)
    market = history(sessions, np.full((4, 1), 10**9), [3])
    versions = [(int(sessions[0]), models({1: weight("1")}))]
    costs = []
    for slippage in (0, 10**9):
        done = run_what_if(
            market, calendar_of(sessions), scenario(int(sessions[0]), versions, [Plan()], slippage=slippage)
        )
        costs.append(100_000 * 10**6 - int(done.net_assets[-1, 0]))
    assert costs[0] == 0
    assert costs[1] == pytest.approx(100 * 10**6, rel=0.002)  # a thousandth of 100,000


def test_an_expiry_that_waits_for_the_next_rebalance_trades_nothing_by_itself():
    sessions = weekday_sessions(date(2026, 1, 5), 30)
    market = history(sessions, np.full((30, 2), 10**9), [3, 3])
    versions = [(int(sessions[0]), models({1: weight("1")}))]
    executed = {}
    for on_expiry in OnExpiry:
        rule = Rule(OverrideKind.SUBSTITUTE, 1, to=2, end=int(sessions[10]), on_expiry=on_expiry)
        plan = Plan(0, RebalancePolicy.MONTHLY)
        of = scenario(int(sessions[0]), versions, [plan], rules=overrides([rule]))
        executed[on_expiry] = [int(one.day[0]) for one in run_what_if(market, calendar_of(sessions), of).executed]
    first, february = int(sessions[1]), int(sessions[21])  # the first night of February proposes for the one after
    assert executed[OnExpiry.REVERT] == [first, int(sessions[12])]
    assert executed[OnExpiry.AT_NEXT_REBALANCE] == [first, february]
    assert executed[OnExpiry.KEEP] == [first]


def test_a_missing_price_or_version_is_refused():
    sessions = weekday_sessions(date(2026, 1, 5), 4)
    price = np.full((4, 1), 10**9)
    price[2] = 0
    versions = [(int(sessions[0]), models({1: weight("1")}))]
    with pytest.raises(InvalidInput, match="no price"):
        run_what_if(
            history(sessions, price, [3]), calendar_of(sessions), scenario(int(sessions[0]), versions, [Plan()])
        )
    late = [(int(sessions[1]), versions[0][1])]
    whole = history(sessions, np.full((4, 1), 10**9), [3])
    with pytest.raises(InvalidInput, match="no version"):
        run_what_if(whole, calendar_of(sessions), scenario(int(sessions[0]), late, [Plan()]))


def test_the_summary_of_a_case_worked_by_hand():
    sessions = weekday_sessions(date(2026, 1, 5), 5)
    price = column([10, 10, 12, 9, 11]).reshape(-1, 1) * 10**8
    versions = [(int(sessions[0]), models({1: weight("1")}))]
    of = scenario(int(sessions[0]), versions, [Plan(), Plan(0, RebalancePolicy.NONE)], execution=Execution.SAME_CLOSE)
    found = summarise(run_what_if(history(sessions, price, [6]), calendar_of(sessions), of))
    assert found.total_return.tolist() == pytest.approx([0.1, 0.0])
    assert found.growth.tolist() == pytest.approx([11_000, 10_000])
    assert found.annual_return.tolist() == pytest.approx([0.1, 0.0])  # three days are not made a year of
    assert found.drawdown.tolist() == pytest.approx([-0.25, 0.0])
    assert found.turnover.tolist() == [0.0, 0.0]
    returns = np.array([0.2, -0.25, 11 / 9 - 1])
    assert found.volatility[0] == pytest.approx(returns.std(ddof=1) * 252**0.5)
    assert found.tracking.tolist() == pytest.approx([0.0, returns.std(ddof=1) * 252**0.5])
