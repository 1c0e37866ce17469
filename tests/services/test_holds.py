"""Releases: two people who press the button at the same moment, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Engine

from modelx.domain.errors import NotFound
from modelx.services.holds import Release, open_holds, release_holds
from modelx.store.unit_value_records import Selection
from tests.oracle.book_writer import Row, model_row, plan_row, security_row, write_book
from tests.oracle.script import Load, RunThrough
from tests.oracle.small_book import bought_fund, subscription
from tests.product import FIXED_INSTANT, play, with_sessions

MONDAY, TUESDAY, WEDNESDAY = (date(2026, 11, day) for day in (23, 24, 25))
TICKERS = ("FND", "GND")


@pytest.fixture
def held(engine: Engine, tmp_path: Path) -> Engine:
    """One sleeve with two funds whose prices leapt on Wednesday: two holds."""
    prices: list[Row] = [
        {"date": day, "ticker": ticker, "price": price}
        for day, price in ((MONDAY, "20"), (TUESDAY, "20"), (WEDNESDAY, "50"))
        for ticker in TICKERS
    ]
    trade = bought_fund("1000", "20000.00", day=TUESDAY.isoformat())
    book = {
        "plans": [plan_row("PLAN-A")],
        "models": [model_row("MOD", MONDAY)],
        "sleeves": [{"plan": "PLAN-A", "model": "MOD", "start_date": MONDAY, "rebalance": "NONE"}],
        "securities": [security_row(ticker, "MF", "US Equity", 3, False) for ticker in TICKERS],
        "prices": prices,
        "trades": [{**trade, "ticker": ticker, "trade_ref": f"T-{ticker}"} for ticker in TICKERS],
        "orders": [{**subscription("S-A", "PLAN-A", MONDAY.isoformat(), "100000.00"), "file_id": "FILE-1"}],
    }
    play([Load(write_book(tmp_path / "book", book)), RunThrough(WEDNESDAY)], with_sessions(engine))
    return engine


def test_of_two_releases_at_once_one_finds_nothing_open(held: Engine) -> None:
    together = Barrier(2)

    def release(reason: str) -> list[str] | str:
        together.wait()
        signed = Release(reason, "Ana Maker", "Carl Checker")
        try:
            return sorted(hold.ticker for hold in release_holds(held, Selection(), None, signed, FIXED_INSTANT))
        except NotFound as error:
            return str(error)

    with ThreadPoolExecutor(2) as people:
        told = list(people.map(release, ("the first", "the other")))
    assert sorted(told, key=str) == [["FND", "GND"], "no open hold matches: see `modelx hold list`"]
    assert open_holds(held, Selection()) == []


def test_a_release_of_one_security_leaves_the_other_held(held: Engine) -> None:
    assert [hold.ticker for hold in open_holds(held, Selection())] == ["FND", "GND"]
    signed = Release("confirmed", "Ana Maker", "Carl Checker")
    release_holds(held, Selection("PLAN-A", "MOD"), "GND", signed, FIXED_INSTANT)
    assert [hold.ticker for hold in open_holds(held, Selection())] == ["FND"]
    with pytest.raises(NotFound, match="no open hold matches"):
        release_holds(held, Selection(), "GND", signed, FIXED_INSTANT)
