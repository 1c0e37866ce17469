"""Every unit value, component and order of many books equals the independent decimal oracle's, on both databases."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine

from modelx.domain.days import day_of
from modelx.domain.night_policy import NightPolicy
from modelx.services.daily_cycle import run_through
from modelx.services.unit_values import list_unit_values
from modelx.store.unit_value_records import Selection
from tests.conftest import FIXTURES
from tests.oracle.random_book import expected_random, random_book
from tests.oracle.real_book import build_real_book, expected_real
from tests.oracle.real_market import market_folder
from tests.oracle.script import Load, RunThrough
from tests.product import RUNNER, differences, fresh_sqlite, play, with_sessions

G1 = FIXTURES / "g1_book"


def test_scenario_g1_gives_the_golden_unit_values(engine: Engine) -> None:
    play([Load(G1), RunThrough(date(2026, 12, 1))], with_sessions(engine))
    expected = [line.split(",") for line in (G1 / "expected_unit_values.csv").read_text().splitlines()[1:]]
    listed = list_unit_values(engine, Selection())
    assert [line.status for line in listed] == ["PUBLISHED"] * 6
    for line, (on, plan, model, *figures) in zip(listed, expected, strict=True):
        strike = line.strike
        assert strike is not None
        assert (strike.business_date, strike.plan, strike.model) == (day_of(date.fromisoformat(on)), plan, model)
        stored = [strike.unit_value, strike.net_assets, strike.units]
        assert [Decimal(value).scaleb(-6) for value in stored] == [Decimal(figure) for figure in figures]


@pytest.mark.parametrize("seed", range(12))
def test_random_books_on_sqlite(seed: int, tmp_path: Path) -> None:
    book = random_book(seed, tmp_path / "books")
    engine = fresh_sqlite(tmp_path)
    play(book.steps, engine)
    assert differences(engine, expected_random(book)) == []


@pytest.mark.parametrize("seed", [101, 102, 103])
def test_random_books_on_postgresql(seed: int, tmp_path: Path, postgresql_urls: tuple[str, str]) -> None:
    from modelx.store.engine import open_engine

    book = random_book(seed, tmp_path / "books")
    engine = with_sessions(open_engine(postgresql_urls[1]))
    play(book.steps, engine)
    assert differences(engine, expected_random(book)) == []
    engine.dispose()


def test_ten_years_of_real_prices(tmp_path: Path) -> None:
    market = market_folder()
    if market is None:
        pytest.skip("the market data are not here: set MODELX_SHARED to the folder that holds market/")
    book = build_real_book(tmp_path / "books", market)
    engine = fresh_sqlite(tmp_path)
    play(book.steps, engine)
    assert differences(engine, expected_real(book)) == []


def test_a_finished_night_is_left_alone(engine: Engine) -> None:
    play([Load(G1), RunThrough(date(2026, 12, 1))], with_sessions(engine))
    before = list_unit_values(engine, Selection(), all_versions=True)
    reports = run_through(engine, day_of(date(2026, 12, 1)), NightPolicy(), RUNNER)
    assert [report.already_done for report in reports] == [True]
    assert list_unit_values(engine, Selection(), all_versions=True) == before
