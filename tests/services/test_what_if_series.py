"""A target-date series through a crash, with and without its tactical rule, in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from modelx.domain.book_codes import RebalancePolicy
from modelx.domain.days import date_of, day_of
from modelx.domain.glide_path import GlidePath, GlidePoint, TargetDateSeries
from modelx.domain.tactical import TacticalRule
from modelx.domain.universe import Listing
from modelx.evaluator.shipped import default_markets
from modelx.services.seeded_market import Crash, MarketSettings, seeded_market
from modelx.services.what_if import run_what_if
from modelx.services.what_if_series import series_versions
from modelx.services.what_if_summary import summarise
from tests.services.what_if_columns import Plan, calendar_of, scenario, weekday_sessions

SESSIONS = weekday_sessions(date(2016, 1, 4), 900)
FUNDS = tuple(
    Listing(ticker, code, "MF", code, 10**9, 3)
    for ticker, code in (("STK", "US_LG"), ("INT", "DM_XUS"), ("BND", "US_IT_CORE"), ("SHT", "US_ST_CORE"))
)
IDS = {one.ticker: n for n, one in enumerate(FUNDS, start=1)}


def weights(**percent):
    return {ticker: p * 10**10 for ticker, p in percent.items()}


PATH = GlidePath((GlidePoint(480, weights(STK=60, INT=30, BND=10)), GlidePoint(0, weights(STK=30, INT=10, BND=60))))
SERIES = TargetDateSeries("Path", PATH, {2025: "TD2025", 2055: "TD2055"}, frozenset({1}))
RULE = TacticalRule(
    frozenset({"STK", "INT"}),
    window_sessions=120,
    fall_max=30 * 10**10,
    rise_max=0,
    defensive=GlidePath((GlidePoint(480, weights(BND=100)), GlidePoint(0, weights(BND=40, SHT=60)))),
    move_min=2 * 10**10,
)
CRASH = Crash(500, 200, 0.45)


@pytest.fixture(scope="module")
def market():
    return seeded_market(FUNDS, SESSIONS, default_markets(), np.random.default_rng(5), MarketSettings(crashes=(CRASH,)))


@pytest.fixture(scope="module")
def tactical(market):
    return series_versions(SERIES, market, IDS, RULE)


def equity_of(draft):
    return sum(weight for ticker, weight in draft.weights if ticker in RULE.equity) / 10**10


def test_a_series_rolls_down_once_a_year(market):
    drafts = series_versions(SERIES, market, IDS).drafts
    assert [(one.model, one.effective.year) for one in drafts] == [
        (model, year) for year in (2016, 2017, 2018, 2019) for model in ("TD2025", "TD2055")
    ]
    assert all(one.effective.month == 1 for one in drafts)
    equity = [equity_of(one) for one in drafts if one.model == "TD2025"]
    assert equity == sorted(equity, reverse=True)


def test_equity_goes_to_its_floor_in_the_crash_and_the_cause_is_kept(market, tactical):
    lowest = min(tactical.drafts, key=equity_of)
    start, end = (date_of(int(SESSIONS[at])) for at in (CRASH.start, CRASH.start + CRASH.sessions + 60))
    assert start < lowest.effective < end
    for draft in tactical.drafts:
        months = (2025 if draft.model == "TD2025" else 2055) * 12 - (
            draft.effective.year * 12 + draft.effective.month - 1
        )
        strategic = sum(w for t, w in PATH.weights_at(months + 1).items() if t in RULE.equity) / 10**10
        assert strategic - 30.5 <= equity_of(draft) <= strategic + 0.5
        assert "STK:" in draft.memo
        assert "INT:" in draft.memo
    assert all("SHT" in dict(one.weights) for one in tactical.drafts if equity_of(one) < 40 and one.model == "TD2025")


def test_the_tactical_series_falls_less_than_the_strategic_one(market, tactical):
    strategic = series_versions(SERIES, market, IDS)
    plans = [Plan(0, RebalancePolicy.BAND), Plan(1, RebalancePolicy.BAND)]
    falls = []
    for versions in (strategic, tactical):
        of = scenario(int(SESSIONS[0]), versions.targets, plans)
        falls.append(summarise(run_what_if(market, calendar_of(SESSIONS), of)).drawdown)
    assert (falls[1] > falls[0] + 0.05).all()
    assert (falls[0] < -0.2).all()


def test_what_comes_after_a_night_changes_no_version_decided_before_it(market, tactical):
    cut = 520
    other = replace(market, price=market.price.copy())
    other.price[cut + 1 :] //= 2
    again = series_versions(SERIES, other, IDS, RULE)
    night = int(SESSIONS[cut])
    before = [one for one in tactical.drafts if day_of(one.effective) <= night]
    assert len(before) > 4
    assert [one for one in again.drafts if day_of(one.effective) <= night] == before
    assert again.drafts != tactical.drafts
