"""The oracle against the spec's worked controls: settlement days, cash ladder, price move, value proof."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.oracle.book import Book
from tests.oracle.book_writer import Row, write_book
from tests.oracle.exact import cents, exactly
from tests.oracle.night import Oracle, projected_cash
from tests.oracle.night_calendar import NightCalendar
from tests.oracle.price_checks import moved_too_far

FIXTURES = Path(__file__).parents[2] / "fixtures"


@pytest.fixture(scope="module")
def vectors() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((FIXTURES / "vectors" / "unitization.json").read_text(encoding="utf-8"))
    return loaded


def test_v15_settlement_needs_a_session_and_a_bank_day(vectors: dict[str, Any]) -> None:
    calendar = NightCalendar()
    for day, settled in vectors["V15_settlement"].items():
        assert calendar.settle(date.fromisoformat(day)) == date.fromisoformat(settled), day
    assert not calendar.is_session(date(2012, 10, 30))
    assert calendar.is_bank_day(date(2027, 12, 31))
    assert calendar.is_bank_day(date(2028, 11, 10))
    assert calendar.close_instant(date(2026, 11, 27)).isoformat() == "2026-11-27T13:00:00-05:00"
    assert calendar.close_instant(date(2026, 7, 6)).isoformat() == "2026-07-06T16:00:00-04:00"


def test_v17_the_ladder_shows_tomorrows_overdraft(tmp_path: Path, vectors: dict[str, Any]) -> None:
    v17 = vectors["V17_cash_ladder"]
    late: Row = {"rk_id": "RK1", "order_ref": "O3", "plan_id": "PLAN-A", "ticker": "GRW60", "trade_date": "2026-11-24"}
    for table in (FIXTURES / "g1_book").iterdir():
        kept = [line for line in table.read_text(encoding="utf-8").splitlines() if ",O3," not in line]
        (tmp_path / table.name).write_text("\n".join(kept) + "\n", encoding="utf-8")
    oracle = Oracle()
    oracle.load(tmp_path)
    bigger: Row = {**late, "side": "RED", "qty_type": "UNITS", "qty": "2000"}
    oracle.load(write_book(tmp_path / "late", {"orders": [bigger]}))
    oracle.run_through(date(2026, 11, 24))
    assert oracle.desk.confirms["RK1", "O3"].amount == Decimal(v17["redemption"])
    ladder = projected_cash(oracle, ("PLAN-A", "GRW60"), date(2026, 11, 24))
    assert ladder == {date.fromisoformat(day): Decimal(cash) for day, cash in v17["projected_cash"].items()}


@pytest.mark.parametrize("ticker", ["EQX", "VFA"])
def test_v18_a_split_or_a_gain_is_no_price_jump(ticker: str) -> None:
    book = Book(NightCalendar())
    book.load(FIXTURES / "g1_book")
    night = {"EQX": date(2026, 12, 1), "VFA": date(2026, 11, 27)}[ticker]
    assert not moved_too_far(book, ticker, night)
    if ticker == "EQX":
        book.splits.clear()
        assert moved_too_far(book, ticker, night)


@exactly
def test_v19_the_proof_expects_what_the_prices_returned(vectors: dict[str, Any]) -> None:
    v19 = vectors["V19_nav_proof"]
    oracle = Oracle()
    oracle.load(FIXTURES / "g1_book")
    oracle.run_through(date(2026, 11, 27))
    before, night, sleeve = date(2026, 11, 25), date(2026, 11, 27), ("PLAN-A", "GRW60")
    opening, book = oracle.rows[before, sleeve].net_assets, oracle.book
    assert opening == Decimal(v19["opening"])
    expected = opening - sum(line.amount for line in oracle.fee_lines[night, sleeve])
    for ticker, shares in oracle.positions[before, sleeve].items():
        paid = sum(item.rate for item in book.distributions.get((ticker, night), {}).values())
        price = book.prices[before, ticker]
        expected += cents(shares * price) * ((book.prices[night, ticker] + paid) / price - 1)
    assert expected.quantize(Decimal("0.000001")) == Decimal(v19["expected_net_assets"])
    actual = oracle.rows[night, sleeve].net_assets
    assert actual == Decimal(v19["actual"])
    assert (actual - expected).quantize(Decimal("0.000001")) == Decimal(v19["diff"])
