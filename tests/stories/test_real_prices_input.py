"""The real-price book itself: the traps of the data are met, and the oracle carries four sleeves through ten years."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.oracle.invariants import check_books, check_no_key_comes_twice_in_a_file, check_rows
from tests.oracle.night import Oracle
from tests.oracle.real_book import RealBook, build_real_book, expected_real
from tests.oracle.real_market import FIRST, LAST, market_folder, read_dividends, read_prices
from tests.oracle.real_tables import EMPTIED, LATE_FOLDER_AFTER, LEAVING, REOPENED, SLEEVES

MARKET = market_folder()
pytestmark = pytest.mark.skipif(MARKET is None, reason="no market data: set MODELX_SHARED to the folder that holds it")


@pytest.fixture(scope="module")
def market() -> Path:
    assert MARKET is not None
    return MARKET


@pytest.fixture(scope="module")
def book(market: Path, tmp_path_factory: pytest.TempPathFactory) -> RealBook:
    return build_real_book(tmp_path_factory.mktemp("real"), market)


@pytest.fixture(scope="module")
def oracle(book: RealBook) -> Oracle:
    return expected_real(book)


def test_prices_are_those_of_sessions_only_and_begin_with_the_listing(market: Path) -> None:
    prices = read_prices(market)
    assert {day for day, _ in prices} == set(Oracle().calendar.sessions(FIRST, LAST))
    assert (date(2012, 10, 30), "VTI") not in prices
    assert min(day for day, ticker in prices if ticker == "VXUS") == date(2011, 1, 28)
    assert prices[date(2009, 1, 2), "VTI"] == "46.03"


def test_dividends_of_one_ex_date_are_one_and_every_date_is_read(market: Path) -> None:
    dividends = {(item.ticker, item.ex_date): item for item in read_dividends(market)}
    per_year = Counter((item.ticker, item.ex_date.year) for item in dividends.values())
    assert all(per_year["VBR", year] == 2 for year in range(2009, 2015))
    assert all(per_year["SPY", year] == 4 for year in range(2009, 2019))
    assert dividends["VBR", date(2009, 12, 24)].rate == Decimal("1.051")
    assert dividends["VBR", date(2009, 12, 24)].pay_date == date(2009, 12, 31)
    assert all(item.pay_date > item.ex_date for item in dividends.values())


def test_every_night_of_ten_years_is_struck_and_no_hold_is_left(book: RealBook, oracle: Oracle) -> None:
    nights = Oracle().calendar.sessions(FIRST, LAST)
    assert len(nights) == 2516
    assert set(oracle.rows) == {(night, key) for key, start in SLEEVES.items() for night in nights if night >= start}
    assert {row.status for row in oracle.rows.values()} == {"PUBLISHED"}
    assert oracle.held_sleeves() == []
    assert len(book.releases) == len([1 for night, key, _ in oracle.holds]) > 60
    check_no_key_comes_twice_in_a_file(book.folders)
    check_books(oracle)
    check_rows(oracle)


def test_the_moves_of_2009_and_2011_held_the_small_caps(oracle: Oracle) -> None:
    found = {(night, code, ticker) for night, _, findings in oracle.holds for code, ticker in findings}
    assert (date(2009, 3, 23), "PX-TOL", "VBR") in found
    assert (date(2011, 8, 8), "PX-TOL", "VTI") in found
    assert (date(2016, 6, 24), "PX-TOL", "VXUS") in found
    assert {ticker for _, code, ticker in found if code == "PX-STALE"} == {"BND"}


def test_late_rows_take_the_next_night_or_wait(oracle: Oracle) -> None:
    booked = [entry.date for entry in oracle.sleeves["PLAN-A", "GRW"].journal if entry.ref == "LATE-1"]
    assert booked == [date(2011, 7, 1)]
    assert oracle.desk.confirms["RK1", "LATE-2"].status == "AS_OF_PENDING"
    assert oracle.desk.confirms["RK1", "LATE-3"].night == date(2011, 7, 1)
    assert oracle.rows[LATE_FOLDER_AFTER, ("PLAN-A", "GRW")].status == "PUBLISHED"


def test_a_sleeve_empties_keeps_its_unit_value_and_opens_again(oracle: Oracle) -> None:
    leaving = oracle.rows[LEAVING, EMPTIED]
    reopened = oracle.rows[REOPENED, EMPTIED]
    assert oracle.closing_units[LEAVING, EMPTIED] == 0
    assert oracle.positions[LEAVING, EMPTIED] == {}
    assert (reopened.units, reopened.unit_value) == (Decimal(0), leaving.unit_value)
    assert oracle.closing_units[REOPENED, EMPTIED] > 10_000
