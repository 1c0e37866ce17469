"""The made-up market and universe: reproducible, and as correlated, costly and eventful as they say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from modelx.domain.book_codes import DistributionKind
from modelx.domain.days import date_of
from modelx.domain.universe import Listing, SecurityStatus, search
from modelx.evaluator.asset_classes import CODES
from modelx.evaluator.shipped import default_markets
from modelx.services.seeded_market import Crash, MarketSettings, implied_returns, seeded_market
from modelx.services.seeded_universe import PLATFORM_SIZE, seeded_universe
from tests.services.what_if_columns import weekday_sessions

SESSIONS = weekday_sessions(date(2016, 1, 4), 2_520)
ONE_OF_EACH = [Listing(f"F{n}", code, "MF", code, 0, 3) for n, code in enumerate(CODES)]
QUIET = MarketSettings(noise=0.0, equity_yield=0.0, bond_yield=0.0, gain=0.0)


def market(listings=ONE_OF_EACH, sessions=SESSIONS, seed=3, settings=QUIET):
    return seeded_market(listings, sessions, default_markets(), np.random.default_rng(seed), settings)


def growth(history):
    return np.diff(np.log(history.price.astype(float)), axis=0)


def test_the_same_seed_gives_the_same_market_and_another_one_another():
    first, second, other = market(), market(), market(seed=4)
    assert np.array_equal(first.price, second.price)
    assert not np.array_equal(first.price, other.price)


def test_risk_and_correlation_are_those_of_the_capital_market_set():
    found = np.cov(growth(market()).T) * 252
    wanted = default_markets().covariance
    spread = np.sqrt(np.diag(wanted))
    risky = spread > 0.04  # cash and short bonds move by less than the cent of a price
    assert np.sqrt(np.diag(found))[risky] == pytest.approx(spread[risky], rel=0.06)
    correlation = (found / np.sqrt(np.outer(np.diag(found), np.diag(found))))[np.ix_(risky, risky)]
    expected = (wanted / np.outer(spread, spread))[np.ix_(risky, risky)]
    assert np.abs(correlation - expected).max() < 0.08


def test_implied_returns_reward_risk():
    found = dict(zip(CODES, implied_returns(default_markets()), strict=True))
    assert found["CASH"] == pytest.approx(0.025, abs=0.001)
    assert found["US_IT_CORE"] < found["US_LG"] < found["EM_EQ"] < 0.16


def test_expenses_come_off_the_return():
    dear = [replace(one, expense_ratio=10**10) for one in ONE_OF_EACH]
    gap = np.log(market().price[-1] / market(dear).price[-1].astype(float)) * 252 / 2_519
    assert gap == pytest.approx(np.full(len(CODES), 0.01), abs=2e-4)


def test_what_is_paid_leaves_the_price_on_the_last_session_of_a_quarter():
    history = market(settings=MarketSettings(noise=0.0))
    quiet = market()
    days = sorted({date_of(int(day)) for day in history.distribution_day})
    assert {day.month for day in days} == {3, 6, 9, 12}
    gains = history.distributions.kind == DistributionKind.CAPGAIN
    assert {date_of(int(day)).month for day in history.distribution_day[gains]} == {12}
    assert (history.distributions.pay_day >= history.distribution_day).all()
    first = int(np.searchsorted(SESSIONS, history.distribution_day[0]))
    mine = history.distribution_day == SESSIONS[first]
    rate = np.zeros(len(CODES))
    rate[history.distributions.security_id[mine] - 1] = history.distributions.rate[mine] / 10**12
    assert history.price[first] / 10**8 == pytest.approx(quiet.price[first] / 10**8 - rate, abs=0.0101)


def test_a_dear_etf_splits_two_for_one():
    etf = [replace(one, kind="ETF", share_dp=0) for one in ONE_OF_EACH]
    history = market(etf, settings=replace(QUIET, split_above=60.0))
    assert history.split_day.size > 0
    for day, security in zip(history.split_day, history.splits.security_id, strict=True):
        at = int(np.searchsorted(SESSIONS, day))
        before, after = (int(history.price[row, security - 1]) for row in (at - 1, at))
        assert after == pytest.approx(before / 2, rel=0.08)
    assert (history.splits.new_shares == 2 * history.splits.old_shares).all()


def test_a_crash_takes_equity_down_and_leaves_bonds():
    calm, crash = market(), market(settings=replace(QUIET, crashes=(Crash(1_000, 20, 0.35),)))
    fall = crash.price[1_020] / calm.price[1_020].astype(float) - 1
    equity = default_markets().equity
    assert fall[equity] == pytest.approx(np.full(int(equity.sum()), -0.35), abs=0.002)
    assert fall[~equity] == pytest.approx(np.zeros(int((~equity).sum())), abs=0.002)
    assert np.array_equal(crash.price[:1_000], calm.price[:1_000])


def test_the_universe_is_as_large_as_a_platforms_and_every_ticker_is_used_once():
    universe = seeded_universe(PLATFORM_SIZE, np.random.default_rng(1))
    assert len(universe) == PLATFORM_SIZE > 17_000
    assert list(universe) == sorted(universe)
    assert all(ticker == one.ticker for ticker, one in universe.items())
    assert {one.asset_class for one in universe.values()} == set(CODES)
    statuses = [one.status for one in universe.values()]
    assert 100 < statuses.count(SecurityStatus.CLOSED) < 250
    assert statuses.count(SecurityStatus.LIQUIDATED) > 20
    for one in universe.values():
        assert (one.share_dp == 0) is (one.kind == "ETF")
        assert 0 < one.expense_ratio < 14 * 10**9
        if one.status is SecurityStatus.MERGED:
            assert universe[one.successor].status is SecurityStatus.OPEN
            assert universe[one.successor].asset_class == one.asset_class
    assert universe == seeded_universe(PLATFORM_SIZE, np.random.default_rng(1))


def test_the_universe_can_be_searched():
    universe = seeded_universe(PLATFORM_SIZE, np.random.default_rng(1))
    found = search(universe, text="index etf", asset_class="US_IT_CORE", expense_max=10 * 10**8)
    assert found
    assert all(one.kind == "ETF" and one.asset_class == "US_IT_CORE" for one in found)
    assert [one.expense_ratio for one in found] == sorted(one.expense_ratio for one in found)
