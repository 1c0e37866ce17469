"""A simulation through the real ledger: equal to the what-if of the same inputs to the digit, and made to be read."""

from __future__ import annotations

from datetime import date
from itertools import islice

import numpy as np
import pytest

from modelx.domain.book import Texts
from modelx.domain.book_codes import OverrideKind
from modelx.domain.calendar import make_calendar
from modelx.domain.days import day_of
from modelx.domain.errors import Conflict
from modelx.domain.night_policy import NightPolicy
from modelx.files.book_folder import open_book, write_book
from modelx.files.market_sessions import nyse_sessions
from modelx.files.simulated_book import simulated_loads
from modelx.services.book_entry import BookEntry
from modelx.services.ledger_performance import base_of_models, ledger_performance
from modelx.services.seeded_market import Crash, MarketSettings
from modelx.services.simulated_market import simulated_market
from modelx.services.simulated_nights import require_own, run_simulation
from modelx.services.simulated_plans import scenario_of_plans, simulated_plans
from modelx.services.what_if import run_what_if
from modelx.services.what_if_summary import Summary, medians, summarise
from tests.product import RUNNER, with_sessions

NIGHTS = 150  # from November to June: quarters, a year's end, distributions, splits, a crash
SLEEVES = 90
POLICY = NightPolicy(price_tolerance=25 * 10**10, stale_sessions=0)


@pytest.fixture(scope="module")
def simulated():
    days, closes = nyse_sessions(date(2019, 11, 1), date(2020, 12, 31))
    settings = MarketSettings(split_above=50.0, crashes=(Crash(70, 30, 0.3),))
    platform = simulated_market(days[:NIGHTS], 12, settings, before=day_of(date(2019, 10, 31)))
    return platform, simulated_plans(platform, SLEEVES, 14, overriding=1.0), make_calendar(days, closes)


def sources(platform, plans):
    return [(BookEntry(one.name, "test", one.files), one.through) for one in simulated_loads(platform, plans)]


def test_the_ledger_equals_the_what_if_of_the_same_inputs_to_the_digit(engine, simulated):
    platform, plans, calendar = simulated
    assert {rule.kind for rule in plans.overrides} == set(OverrideKind)
    assert platform.market.history.splits.security_id.size > 0
    with_sessions(engine)
    reports = [report for each in run_simulation(engine, sources(platform, plans), POLICY, RUNNER) for report in each]
    assert len(reports) == NIGHTS
    ledger = ledger_performance(engine)
    memory = run_what_if(platform.market.history, calendar, scenario_of_plans(platform, plans))
    assert memory.purchases.min() > 0
    for name in ("days", "unit_value", "net_assets", "purchases", "sales", "fees"):
        assert np.array_equal(getattr(ledger, name), getattr(memory, name)), name
    theirs = summarise(memory, plans.base)
    ours = summarise(ledger, base_of_models(ledger))
    for name in ("growth", "drawdown", "turnover", "cost", "tracking"):
        assert np.array_equal(getattr(ours, name), getattr(theirs, name)), name
    own = [source for source, _ in sources(platform, plans)]
    assert require_own(engine, own) == NIGHTS
    with pytest.raises(Conflict, match="1 loads that are not of this simulation"):
        require_own(engine, own[1:])


def test_a_plan_that_overrides_nothing_does_not_stray_from_the_base_but_by_its_own_terms(simulated):
    platform, _, calendar = simulated
    plans = simulated_plans(platform, SLEEVES, 14, overriding=0.0)
    summary = summarise(run_what_if(platform.market.history, calendar, scenario_of_plans(platform, plans)), plans.base)
    own = np.flatnonzero(plans.plan == 0)
    assert not summary.tracking[own].any()
    assert summary.tracking.max() < 0.02


def test_folders_written_are_the_book_that_was_loaded(simulated, tmp_path):
    platform, plans, _ = simulated
    for one in islice(simulated_loads(platform, plans), 2):
        write_book(tmp_path / one.name, one.files.values())
        folder = open_book(tmp_path / one.name)
        assert folder.files == tuple(one.files)
        for name, columns in one.files.items():
            read = folder.read(name)
            for column, values in columns.columns.items():
                if isinstance(values, Texts):
                    assert read.texts(column).to_list() == values.to_list(), (name, column)
                else:
                    assert np.array_equal(read.ints(column), values), (name, column)
        assert not folder.log.total


def test_medians_are_by_group():
    figures = np.array([1.0, 9.0, 3.0, 5.0])
    middle = medians(Summary(*(figures for _ in Summary.__dataclass_fields__)), [0, 1, 0, 0])
    assert middle.growth.tolist() == [3.0, 9.0]
