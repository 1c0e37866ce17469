"""Simulation: seconds per sleeve-night, in memory and through the ledger, beside bt in the same run.

CPU seconds of this process, so that the machine's other work does not count; bt is measured between the others and
its median taken. For the ledger, whose commits wait for the disk, seconds on the clock are shown beside them.

In memory: a thousand sleeves of twelve holdings over four models, rebalanced quarterly or on bands, three payees, a
monthly contribution each, against one bt strategy of the same twelve holdings, prices and sessions, rebalanced
quarterly. Through the ledger (SQLite, loads included): a thousand sleeves of `simulate run`, of up to nineteen
holdings, with overrides, contributions, withdrawals and fees.
"""

from __future__ import annotations

import statistics
import tempfile
import time
import warnings
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from modelx.bootstrap import migrate_database, open_book, runner
from modelx.domain.book_codes import OPEN_END, OPEN_START, RebalancePolicy
from modelx.domain.calendar import Calendar, make_calendar
from modelx.domain.fee_schedule import FeeRows, SleeveScope
from modelx.domain.money import Column
from modelx.domain.night_policy import NightPolicy
from modelx.domain.override import Overrides
from modelx.domain.override_resolution import ModelTargets
from modelx.domain.rebalance_trigger import BAND_DEFAULT, NOT_GIVEN, RebalanceTerms
from modelx.domain.universe import Listing
from modelx.evaluator.asset_classes import CODES
from modelx.evaluator.shipped import default_markets
from modelx.files.market_sessions import nyse_sessions
from modelx.files.simulated_book import simulated_loads
from modelx.services.book_entry import BookEntry
from modelx.services.market_history import MarketHistory
from modelx.services.seeded_market import seeded_market
from modelx.services.simulated_market import simulated_market
from modelx.services.simulated_nights import run_simulation
from modelx.services.simulated_plans import simulated_plans
from modelx.services.what_if import Flows, Scenario, run_what_if

SLEEVES, HOLDINGS, MODELS = 1_000, 12, 4
WHAT_IF_TIMES_MIN, LEDGER_TIMES_MIN = 50.0, 1.0
_ONE = 10**12


def run(scale: str) -> dict[str, Any]:
    """Measure five years (``full``) or one (``quick``)."""
    nights = 1_260 if scale == "full" else 252
    history, calendar = _market(nights)
    bt = [_bt_seconds(history) / nights]
    start = time.process_time()
    run_what_if(history, calendar, _scenario(history))
    what_if = (time.process_time() - start) / (nights * SLEEVES)
    bt.append(_bt_seconds(history) / nights)
    ledger_nights = 252 if scale == "full" else 63
    ledger, on_the_clock = (spent / (ledger_nights * SLEEVES) for spent in _ledger_seconds(ledger_nights))
    bt.append(_bt_seconds(history) / nights)
    peer = statistics.median(bt)
    faster, ledger_faster = peer / what_if, peer / ledger
    return {
        "name": "simulate",
        "figures": {
            "sleeves": SLEEVES,
            "nights": nights,
            "what_if_microseconds_per_sleeve_night": round(what_if * 1e6, 2),
            "bt_microseconds_per_sleeve_night": round(peer * 1e6, 1),
            "what_if_times_faster_than_bt": round(faster, 1),
            "ledger_nights": ledger_nights,
            "ledger_microseconds_per_sleeve_night": round(ledger * 1e6, 1),
            "ledger_on_the_clock_microseconds_per_sleeve_night": round(on_the_clock * 1e6, 1),
            "ledger_times_faster_than_bt": round(ledger_faster, 1),
        },
        "targets": {
            "what_if_times_faster_than_bt": WHAT_IF_TIMES_MIN,
            "ledger_times_faster_than_bt": LEDGER_TIMES_MIN,
        },
        "met": faster >= WHAT_IF_TIMES_MIN and ledger_faster > LEDGER_TIMES_MIN,
    }


def _ledger_seconds(nights: int) -> tuple[float, float]:
    """CPU seconds, and seconds on the clock, of a simulation of a thousand sleeves through a fresh SQLite database."""
    days, _ = nyse_sessions(date(2020, 1, 2), date(2022, 12, 31))
    platform = simulated_market(days[:nights], 1)
    plans = simulated_plans(platform, SLEEVES, 1)
    sources = [(BookEntry(one.name, "bench", one.files), one.through) for one in simulated_loads(platform, plans)]
    policy = NightPolicy(price_tolerance=_ONE // 4, stale_sessions=0)
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'simulation.db'}"
        migrate_database(url)
        engine = open_book(url)
        start, clock = time.process_time(), time.perf_counter()
        done = sum(len(reports) for reports in run_simulation(engine, sources, policy, runner()))
        spent = time.process_time() - start, time.perf_counter() - clock
        engine.dispose()
    if done != nights:
        raise RuntimeError(f"{done} nights ran, not {nights}")
    return spent


def _market(nights: int) -> tuple[MarketHistory, Calendar]:
    days = np.arange(np.datetime64("2016-01-04"), np.datetime64("2016-01-04") + 2 * nights + 60)
    sessions = days[np.is_busday(days)].astype(np.int64)[: nights + 10]
    listings = [
        Listing(f"F{n:02d}", code, "ETF" if n % 3 == 0 else "MF", code, 10**9, 0 if n % 3 == 0 else 3)
        for n, code in enumerate(CODES)
    ]
    history = seeded_market(listings, sessions[:nights], default_markets(), np.random.default_rng(11))
    return history, make_calendar(sessions, np.full(sessions.size, 960))


def _scenario(history: MarketHistory) -> Scenario:
    rng = np.random.default_rng(12)
    every, zero = np.arange(SLEEVES), np.zeros(SLEEVES, np.int64)
    policies = np.array([RebalancePolicy.QUARTERLY, RebalancePolicy.BAND], np.int64)
    monthly = history.sessions[::21]
    days = np.concatenate([np.full(SLEEVES, history.sessions[0]), np.repeat(monthly[1:], SLEEVES)])
    sleeves = np.tile(every, monthly.size)
    opening = rng.integers(50_000, 5_000_000, SLEEVES)
    amounts = np.concatenate([opening, np.tile(opening // 200, monthly.size - 1)]) * 10**6
    return Scenario(
        versions=[(int(history.sessions[0]), _models(rng))],
        scope=SleeveScope(every + 1, every % MODELS + 1),
        model=every % MODELS,
        buffer=zero + 2 * 10**10,
        min_trade=zero + 50 * 10**6,
        rebalance=RebalanceTerms(policies[every % 2], zero + BAND_DEFAULT, zero + NOT_GIVEN, zero + NOT_GIVEN),
        overrides=Overrides(*(np.empty(0, np.int64) for _ in range(10)), np.empty(0, np.bool_)),
        fees=_fees(),
        flows=Flows(days, sleeves, amounts),
    )


def _models(rng: np.random.Generator) -> ModelTargets:
    held = np.stack([np.sort(rng.choice(len(CODES), HOLDINGS, replace=False)) + 1 for _ in range(MODELS)])
    share = rng.integers(1, 20, held.shape)
    weight = share * _ONE // share.sum(axis=1, keepdims=True) // 10**6 * 10**6
    weight[:, -1] += _ONE - weight.sum(axis=1)
    return ModelTargets(MODELS, np.repeat(np.arange(MODELS), HOLDINGS), held.reshape(-1), weight.reshape(-1))


def _fees() -> FeeRows:
    zero: Column = np.zeros(3, np.int64)
    rate = np.array([35, 250, 40], np.int64) * 10**7
    return FeeRows(
        plan_id=zero,
        model_id=zero,
        payee_id=np.arange(1, 4),
        rate=rate,
        tiers=((), (), ()),
        start=zero + OPEN_START,
        end=zero + OPEN_END,
        paid_from=zero,
        method=zero,
        aggregate=zero,
        waives=zero,
        load_order=zero,
    )


def _bt_seconds(history: MarketHistory) -> float:
    """CPU seconds bt takes for one strategy of twelve of the securities, fractional, rebalanced quarterly."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import bt
        import pandas as pd

        names = [f"F{n:02d}" for n in range(HOLDINGS)]
        index = pd.to_datetime(history.sessions, unit="D")
        frame = pd.DataFrame(history.price[:, :HOLDINGS] / 10**8, index=index, columns=names)
        algos = [
            bt.algos.RunQuarterly(run_on_first_date=True),
            bt.algos.SelectAll(),
            bt.algos.WeighEqually(),
            bt.algos.Rebalance(),
        ]
        test = bt.Backtest(bt.Strategy("peer", algos), frame, integer_positions=False, progress_bar=False)
        start = time.process_time()
        bt.run(test)
        return time.process_time() - start
