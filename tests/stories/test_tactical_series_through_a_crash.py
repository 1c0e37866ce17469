"""A target-date series through a crash with the tactical rule, on the ledger.

Two vintages follow a glide path and a rule that may take thirty points of equity out when its trend turns down; a twin
series follows the path alone. Half a year in, equity falls by four tenths in a quarter. Nobody touches anything: the
versions are made before the nights on which they take effect, from prices known by then, and plans follow.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from sqlalchemy import Engine

from modelx.domain.book_codes import AssetClassKind, RebalancePolicy, SecurityKind, SeriesKind
from modelx.domain.calendar import make_calendar
from modelx.domain.days import date_of, day_of
from modelx.domain.errors import InvariantBroken
from modelx.domain.finding import Level
from modelx.domain.glide_path import GlidePath, GlidePoint, TargetDateSeries
from modelx.domain.night_policy import NightPolicy
from modelx.domain.price_history import KnownHistory, known_on
from modelx.domain.tactical import TacticalRule
from modelx.domain.universe import Listing
from modelx.evaluator.shipped import default_markets
from modelx.files.market_sessions import nyse_sessions
from modelx.files.simulated_book import file_columns
from modelx.services import series_versions
from modelx.services.book import load
from modelx.services.book_entry import BookEntry
from modelx.services.cycle_verify import verify_nights
from modelx.services.daily_cycle import run_through
from modelx.services.ledger_performance import ledger_performance
from modelx.services.model_market import ModelMarket
from modelx.services.seeded_market import Crash, MarketSettings, seeded_market
from modelx.services.series_versions import bring_up_to_date, decision_of
from modelx.services.series_views import audit_series
from modelx.services.what_if import run_what_if
from modelx.services.what_if_cases import Case, Money, scenario_of
from modelx.services.what_if_series import series_versions as versions_of
from modelx.services.what_if_summary import summarise
from modelx.store import family_records, history_records, load_records, name_records, session_records, target_records
from modelx.store.unit_of_work import reading
from tests.product import FIXED_INSTANT, RUNNER, fresh_sqlite

FUNDS = {"BND": ("US_IT_CORE", False), "INT": ("DM_XUS", True), "SHT": ("US_ST_CORE", False), "STK": ("US_LG", True)}
FIRST = date(2021, 1, 4)
CRASH = Crash(120, 60, 0.4)
NIGHTS = 230
WINDOW = 60
POINT = 10**10
POLICY = NightPolicy(price_tolerance=25 * POINT, stale_sessions=0)
PATH = {480: {"STK": 60, "INT": 30, "BND": 10}, 0: {"STK": 30, "INT": 10, "BND": 60}}
DEFENSIVE = {480: {"BND": 100}, 0: {"BND": 40, "SHT": 60}}
MODELS = {
    "TAC2030": ("Tactical", 2030),
    "TAC2060": ("Tactical", 2060),
    "PTH2030": ("Path", 2030),
    "PTH2060": ("Path", 2060),
}


def glide(path: dict[int, dict[str, int]]) -> GlidePath:
    return GlidePath(tuple(GlidePoint(m, {t: w * POINT for t, w in of.items()}) for m, of in path.items()))


@pytest.fixture(scope="module")
def sessions():
    days, _ = nyse_sessions(FIRST, date(2022, 6, 30))
    return days[:NIGHTS]


@pytest.fixture(scope="module")
def market(sessions):
    listings = [Listing(ticker, ticker, "MF", code, 10**9, 3) for ticker, (code, _) in FUNDS.items()]
    settings = MarketSettings(crashes=(CRASH,))
    return seeded_market(listings, sessions, default_markets(), np.random.default_rng(5), settings)


def standing_files(sessions):
    first, models = int(sessions[0]), list(MODELS)
    paths = [("PATH", PATH), ("SAFE", DEFENSIVE)]
    lines = [(name, m, t, w * POINT) for name, path in paths for m, of in path.items() for t, w in of.items()]
    return {
        "securities.csv": {
            "ticker": list(FUNDS),
            "name": list(FUNDS),
            "kind": int(SecurityKind.MF),
            "asset_class": [code for code, _ in FUNDS.values()],
            "share_dp": 3,
            "price_dp": 2,
            "whole_shares": 0,
            "settle_lag": 1,
            "status": "OPEN",
        },
        "asset_classes.csv": {
            "asset_class": [code for code, _ in FUNDS.values()],
            "kind": np.array([int(AssetClassKind.EQUITY if e else AssetClassKind.FIXED) for _, e in FUNDS.values()]),
        },
        "models.csv": {
            "model": models,
            "name": models,
            "series": [series for series, _ in MODELS.values()],
            "vintage": [str(vintage) for _, vintage in MODELS.values()],
        },
        "series.csv": {
            "series": ["Tactical", "Path"],
            "kind": int(SeriesKind.TARGET_DATE),
            "glide_path": "PATH",
            "roll_months": "1",
            "tactical_rule": ["TREND", ""],
        },
        "glide_paths.csv": {
            "glide_path": [line[0] for line in lines],
            "months": np.array([line[1] for line in lines], np.int64),
            "ticker": [line[2] for line in lines],
            "weight": np.array([line[3] for line in lines], np.int64),
        },
        "tactical_rules.csv": {
            "tactical_rule": ["TREND"],
            "window_sessions": WINDOW,
            "fall_max": 30 * POINT,
            "rise_max": 5 * POINT,
            "move_min": 2 * POINT,
            "defensive_path": "SAFE",
        },
        "tactical_equity.csv": {"tactical_rule": "TREND", "ticker": ["STK", "INT"]},
        "plans.csv": {"plan": ["PLAN"], "name": "The plan", "type": 0, "recordkeeper": "RK", "fiscal_year_end": 1231},
        "sleeves.csv": {
            "plan": ["PLAN"] * len(models),
            "model": models,
            "start_date": first,
            "rebalance": int(RebalancePolicy.BAND),
            "min_trade": 0,
            "cash_buffer": 0,
        },
        "orders.csv": {
            "file_id": "F1",
            "rk_id": "RK",
            "order_ref": [f"O{model}" for model in models],
            "plan_id": "PLAN",
            "ticker": models,
            "side": 0,
            "qty_type": 0,
            "qty": 10**6 * 10**6,
            "trade_date": first,
            "cutoff_attested": 1,
        },
    }


def market_files(market, until: int):
    days = market.sessions[market.sessions <= until]
    paid = market.distribution_day <= until
    tickers = list(FUNDS)
    return {
        "prices.csv": {
            "date": np.repeat(days, len(tickers)),
            "ticker": tickers * days.size,
            "price": market.price[: days.size].reshape(-1),
        },
        "distributions.csv": {
            "ticker": [tickers[at - 1] for at in market.distributions.security_id[paid].tolist()],
            "ex_date": market.distribution_day[paid],
            "pay_date": market.distributions.pay_day[paid],
            "kind": market.distributions.kind[paid],
            "rate": market.distributions.rate[paid],
            "reinvest": market.distributions.reinvest[paid].astype(np.int64),
        },
    }


def take_in(engine: Engine, name: str, given) -> None:
    with reading(engine) as connection:
        calendar = session_records.calendar(connection, load_records.latest_load(connection))
    files = {file: file_columns(file, columns) for file, columns in given.items()}
    load(engine, BookEntry(name, name, files), calendar=calendar, last_closed_night=None, recorded_at=FIXED_INSTANT)


@pytest.fixture(scope="module")
def lived(sessions, market, tmp_path_factory):
    """The book after all its nights. Every price is loaded at the start: only the rule's own care keeps it honest."""
    engine = fresh_sqlite(tmp_path_factory.mktemp("crash"))
    take_in(engine, "opening", standing_files(sessions) | market_files(market, int(sessions[-1])))
    run_through(engine, int(sessions[-1]), POLICY, RUNNER)
    return engine


@pytest.fixture(scope="module")
def made(lived):
    """What the series made: (decision or None, effective day, model, cause), by date and model."""
    with reading(lived) as connection:
        names = name_records.names(connection, "model")
        stored = family_records.decisions(connection)
    return [(decision_of(one.content), one.effective, names[one.model_id], one) for one in stored]


def equity(weights) -> int:
    return sum(weight for ticker, weight in weights if FUNDS.get(ticker, ("", False))[1])


def test_equity_moves_between_its_floor_and_its_ceiling(made, sessions):
    decisions = [decision for decision, _, _, _ in made if decision is not None]
    assert {decision.model for decision in decisions} == {"TAC2030", "TAC2060"}
    for decision in decisions:
        strategic = glide(PATH).weights_at(decision.months)
        assert decision.strategic_equity == strategic["STK"] + strategic["INT"]
        assert -30 * POINT <= decision.equity - decision.strategic_equity <= 5 * POINT
        assert decision.equity == equity(decision.weights)
    falls = [one for one in decisions if one.equity - one.strategic_equity == -30 * POINT]
    begins, ends = (int(sessions[at]) for at in (CRASH.start, CRASH.start + CRASH.sessions))
    assert {one.model for one in falls} == {"TAC2030", "TAC2060"}
    assert any(begins < one.on <= ends for one in falls)


def test_the_weight_that_is_freed_stands_in_the_defensive_sleeve(made):
    for decision, _, _, _ in made:
        if decision is None or decision.equity >= decision.strategic_equity:
            continue
        strategic, safe = (glide(path).weights_at(decision.months) for path in (PATH, DEFENSIVE))
        freed = decision.strategic_equity - decision.equity
        held = dict(decision.weights)
        for ticker in ("BND", "SHT"):
            wanted = strategic.get(ticker, 0) + freed * safe.get(ticker, 0) / 10**12
            assert held.get(ticker, 0) == pytest.approx(wanted, abs=2 * 10**6)


def test_each_version_is_stored_with_the_signals_that_caused_it(lived, made):
    with reading(lived) as connection:
        horizon = load_records.latest_load(connection)
        tickers = name_records.names(connection, "security")
        models = name_records.ids(connection, "model")
        for decision, effective, model, stored in made:
            targets = target_records.targets_on(connection, effective, horizon)
            own = targets.model_id == models[model]
            weights = zip(targets.security_id[own].tolist(), targets.weight[own].tolist(), strict=True)
            in_force = sorted((tickers[security], weight) for security, weight in weights if security)
            if decision is not None:
                assert in_force == [line for line in decision.weights if line[0] != "CASH"]
                assert {signal.ticker for signal in decision.signals} == {"STK", "INT"}
                assert all(f"{signal.ticker}:{signal.index}" in stored.cause for signal in decision.signals)
                assert stored.decided_on < effective


def test_every_version_follows_from_what_was_known_on_its_night(lived, made):
    assert len([one for one in made if one[0] is not None]) > 6
    assert audit_series(lived) == []


def test_a_planted_look_ahead_is_caught(sessions, market, tmp_path, monkeypatch):
    """A service that hands the rule the prices of forty sessions later, under the dates of tonight."""
    honest = series_versions.known_history

    def peeking(connection, calendar, rule, on, horizon):
        later = int(calendar.sessions[np.searchsorted(calendar.sessions, on) + 40])
        seen, numbers = honest(connection, calendar, rule, later, horizon)
        prices = replace(seen.prices, day=seen.prices.day - (later - on))
        events = replace(seen.events, day=seen.events.day - (later - on))
        return KnownHistory(on, horizon, prices, events), numbers

    engine = fresh_sqlite(tmp_path)
    take_in(engine, "opening", standing_files(sessions) | market_files(market, int(sessions[-1])))
    monkeypatch.setattr(series_versions, "known_history", peeking)
    july = next(day for day in sessions.tolist() if date_of(day).month == 7)
    assert int(sessions[CRASH.start]) < july < int(sessions[CRASH.start + 10])
    assert series_versions.bring_up_to_date(engine, july, FIXED_INSTANT)
    monkeypatch.undo()
    findings = audit_series(engine)
    assert {finding.code for finding in findings} == {"LOOK_AHEAD"}
    assert {finding.level for finding in findings} == {Level.BLOCK}
    assert "does not follow from what was known that night" in findings[0].message


def test_a_price_of_tomorrow_is_never_handed_to_a_rule(lived, sessions):
    tonight, tomorrow = int(sessions[99]), int(sessions[100])
    with reading(lived) as connection:
        stk = name_records.ids(connection, "security")["STK"]
        span = (np.array([stk]), int(sessions[0]), tomorrow, 1)
        prices = history_records.price_rows(connection, *span)
        events = history_records.event_rows(connection, *span)
    known = known_on(prices, events, tonight, 1)
    assert known.index(stk, WINDOW).size == WINDOW
    with pytest.raises(InvariantBroken, match="look-ahead: security"):
        replace(known, prices=prices)


def test_a_what_if_of_the_same_series_is_worth_what_the_ledger_says_to_the_digit(lived, market):
    days, closes = nyse_sessions(date(2020, 12, 1), date(2022, 6, 30))
    calendar, before = make_calendar(days, closes), day_of(date(2020, 12, 31))
    numbers = {ticker: at for at, ticker in enumerate(FUNDS, start=1)}
    rule = TacticalRule(frozenset({"STK", "INT"}), WINDOW, 30 * POINT, 5 * POINT, glide(DEFENSIVE), 2 * POINT)
    versions = {}
    for name, own in (("Tactical", rule), ("Path", None)):
        vintages = {vintage: model for model, (series, vintage) in MODELS.items() if series == name}
        series = TargetDateSeries(name, glide(PATH), vintages, frozenset({1}))
        drafts = versions_of(series, market, numbers, own, before).drafts
        versions |= {model: tuple(one for one in drafts if one.model == model) for model in vintages.values()}
    cases = [Case(model, model, RebalancePolicy.BAND) for model in sorted(MODELS)]
    scenario = scenario_of(ModelMarket(market, {}, numbers, versions), cases, Money(10**12))
    memory, ledger = run_what_if(market, calendar, scenario), ledger_performance(lived)
    assert ledger.model == tuple(sorted(MODELS))
    assert len(versions["TAC2060"]) > 3
    for name in ("days", "unit_value", "net_assets", "purchases", "sales"):
        assert np.array_equal(getattr(ledger, name), getattr(memory, name)), name


def test_the_tactical_sleeves_fell_less_and_hold_what_they_were_told(lived):
    done = ledger_performance(lived)
    drawdown = dict(zip(done.model, summarise(done).drawdown.tolist(), strict=True))
    for vintage in ("2030", "2060"):
        assert drawdown[f"PTH{vintage}"] < -0.12
        assert drawdown[f"TAC{vintage}"] > drawdown[f"PTH{vintage}"] + 0.04


def test_a_night_done_again_makes_nothing_and_all_nights_replay_the_same(lived, sessions):
    with reading(lived) as connection:
        before = load_records.latest_load(connection)
    assert not bring_up_to_date(lived, int(sessions[-1]), FIXED_INSTANT)
    with reading(lived) as connection:
        assert load_records.latest_load(connection) == before
    first, last = int(sessions[121]), int(sessions[125])
    assert not [one for one in verify_nights(lived, first, last) if one.difference]
