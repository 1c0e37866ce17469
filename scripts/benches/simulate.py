"""Simulation: seconds per sleeve-night, in memory and through the ledger, beside bt in the same run.

CPU seconds of this process, so that the machine's other work counts as little as it can; what is compared is measured
in turns, the best of each in memory and the median of bt beside the ledger. For the ledger, whose commits wait for the
disk, seconds on the clock are shown as well.

In memory: two thousand sleeves of twelve holdings over four models, rebalanced quarterly or on bands, three payees, a
monthly contribution each, against one bt strategy of twelve holdings over the same sessions, rebalanced quarterly, with
a monthly contribution. Through the ledger (SQLite, loads included): a thousand sleeves of `simulate run`, with
overrides, contributions, withdrawals and fees, against such a bt strategy of the holdings of one of its models.
"""

from __future__ import annotations

import statistics
import tempfile
import time
import warnings
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from modelx.bootstrap import migrate_database, open_book, runner
from modelx.domain.book_codes import OPEN_END, OPEN_START, RebalancePolicy
from modelx.domain.calendar import Calendar, make_calendar
from modelx.domain.fee_schedule import FeeRows, SleeveScope
from modelx.domain.model_portfolio import CASH_TICKER
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

SLEEVES, WHAT_IF_SLEEVES, HOLDINGS, MODELS = 1_000, 2_000, 12, 4
ROUNDS = 3
WHAT_IF_TIMES_MIN, LEDGER_TIMES_MIN = 50.0, 1.0
_ONE = 10**12


def run(scale: str) -> dict[str, Any]:
    """Measure five years in memory and one through the ledger (``full``), or one and a quarter (``quick``)."""
    nights = 1_260 if scale == "full" else 252
    history, calendar = _market(nights)
    twelve = list(range(HOLDINGS))
    peer, what_if = [_bt_seconds(history, twelve)], []
    for _ in range(ROUNDS):
        start = time.process_time()
        run_what_if(history, calendar, _scenario(history))
        what_if.append((time.process_time() - start) / WHAT_IF_SLEEVES)
        peer.append(_bt_seconds(history, twelve))
    faster = min(peer) / min(what_if)
    ledger_nights = 252 if scale == "full" else 63
    ledger = _measure_ledger(ledger_nights)
    ledger_faster = ledger.bt / ledger.cpu
    return {
        "name": "simulate",
        "figures": {
            "what_if_sleeves": WHAT_IF_SLEEVES,
            "what_if_nights": nights,
            "what_if_microseconds_per_sleeve_night": round(min(what_if) / nights * 1e6, 2),
            "bt_microseconds_per_sleeve_night": round(min(peer) / nights * 1e6, 1),
            "what_if_times_faster_than_bt": round(faster, 1),
            "ledger_sleeves": SLEEVES,
            "ledger_nights": ledger_nights,
            "ledger_microseconds_per_sleeve_night": round(ledger.cpu / ledger_nights * 1e6, 1),
            "ledger_on_the_clock_microseconds_per_sleeve_night": round(ledger.clock / ledger_nights * 1e6, 1),
            "bt_of_the_ledgers_model_microseconds_per_sleeve_night": round(ledger.bt / ledger_nights * 1e6, 1),
            "ledger_times_faster_than_bt": round(ledger_faster, 1),
        },
        "targets": {
            "what_if_times_faster_than_bt": WHAT_IF_TIMES_MIN,
            "ledger_times_faster_than_bt": LEDGER_TIMES_MIN,
        },
        "met": faster >= WHAT_IF_TIMES_MIN and ledger_faster > LEDGER_TIMES_MIN,
    }


@dataclass(frozen=True)
class Ledger:
    """Seconds per sleeve over all nights: of this process's CPU, on the clock, and bt's for a sleeve of the model."""

    cpu: float
    clock: float
    bt: float


def _measure_ledger(nights: int) -> Ledger:
    """A simulation of a thousand sleeves through a fresh SQLite database, loads included, and bt between its parts."""
    days, _ = nyse_sessions(date(2020, 1, 2), date(2022, 12, 31))
    platform = simulated_market(days[:nights], 1)
    plans = simulated_plans(platform, SLEEVES, 1)
    sources = [(BookEntry(one.name, "bench", one.files), one.through) for one in simulated_loads(platform, plans)]
    policy = NightPolicy(price_tolerance=_ONE // 4, stale_sessions=0)
    market = platform.market
    held = sorted(market.security_id[t] - 1 for t, _ in market.of_model("SIMMOD")[0].weights if t != CASH_TICKER)
    cpu = clock = 0.0
    done, peer = 0, [_bt_seconds(market.history, held)]
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'simulation.db'}"
        migrate_database(url)
        engine = open_book(url)
        parts = run_simulation(engine, sources, policy, runner())
        for _ in sources:
            start, at = time.process_time(), time.perf_counter()
            done += len(next(parts))
            cpu += time.process_time() - start
            clock += time.perf_counter() - at
            peer.append(_bt_seconds(market.history, held))
        engine.dispose()
    if done != nights:
        raise RuntimeError(f"{done} nights ran, not {nights}")
    return Ledger(cpu / SLEEVES, clock / SLEEVES, statistics.median(peer))


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
    every, zero = np.arange(WHAT_IF_SLEEVES), np.zeros(WHAT_IF_SLEEVES, np.int64)
    policies = np.array([RebalancePolicy.QUARTERLY, RebalancePolicy.BAND], np.int64)
    monthly = history.sessions[::21]
    days = np.concatenate([np.full(WHAT_IF_SLEEVES, history.sessions[0]), np.repeat(monthly[1:], WHAT_IF_SLEEVES)])
    sleeves = np.tile(every, monthly.size)
    opening = rng.integers(50_000, 5_000_000, WHAT_IF_SLEEVES)
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


def _bt_seconds(history: MarketHistory, columns: list[int]) -> float:
    """CPU seconds of bt for one strategy of some securities: fractional, quarterly, a contribution a month."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import bt
        import pandas as pd

        class Contribute(bt.Algo):
            """Take in money on the first session of a month."""

            month = 0

            def __call__(self, target: Any) -> bool:
                if target.now.month != self.month:
                    self.month = target.now.month
                    target.adjust(5_000.0)
                return True

        names = [f"F{n:02d}" for n in columns]
        index = pd.to_datetime(history.sessions, unit="D")
        frame = pd.DataFrame(history.price[:, columns] / 10**8, index=index, columns=names)
        algos = [
            Contribute(),
            bt.algos.RunQuarterly(run_on_first_date=True),
            bt.algos.SelectAll(),
            bt.algos.WeighEqually(),
            bt.algos.Rebalance(),
        ]
        test = bt.Backtest(bt.Strategy("peer", algos), frame, integer_positions=False, progress_bar=False)
        start = time.process_time()
        bt.run(test)
        return time.process_time() - start
