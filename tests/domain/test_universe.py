"""Search in the universe, and the prompts for securities that can no longer be bought."""

from __future__ import annotations

from datetime import date

from modelx.domain.model_portfolio import TargetVersion
from modelx.domain.universe import Listing, SecurityStatus, purchase_refusal, search, substitution_prompts

UNIVERSE = {
    one.ticker: one
    for one in (
        Listing("BND", "Total Bond Market", "ETF", "US Bond", 3 * 10**8, 0),
        Listing("BNDX", "Total World Bond", "ETF", "World Bond", 7 * 10**8, 0),
        Listing("ABND", "Active bnd fund", "MF", "US Bond", 45 * 10**8, 3),
        Listing("GONE", "Gone Bond", "MF", "US Bond", 10**8, 3, SecurityStatus.MERGED, "BND"),
        Listing("PAID", "Paid Bond", "MF", "US Bond", 10**8, 3, SecurityStatus.LIQUIDATED),
    )
}


def tickers(**by):
    return [one.ticker for one in search(UNIVERSE, **by)]


def test_search_puts_an_exact_ticker_first_then_the_cheapest():
    assert tickers(text="bnd") == ["BND", "BNDX", "ABND"]
    assert tickers(text="abnd") == ["ABND"]
    assert tickers(text="bond total") == ["BND", "BNDX"]


def test_search_by_class_expense_and_status():
    assert tickers(asset_class="US Bond", expense_max=3 * 10**8) == ["BND"]
    assert tickers(asset_class="US Bond", expense_max=3 * 10**8 - 1) == []
    assert tickers(status=SecurityStatus.MERGED) == ["GONE"]
    assert tickers(status=None, text="bond") == ["GONE", "PAID", "BND", "BNDX"]


def test_what_may_be_bought():
    assert purchase_refusal("BND", UNIVERSE) is None
    assert purchase_refusal("CASH", UNIVERSE, set()) is None
    codes = [purchase_refusal(ticker, UNIVERSE, {"BNDX"}) for ticker in ("XXX", "GONE", "BND")]
    assert [one and one.code for one in codes] == ["SECURITY_UNKNOWN", "SECURITY_CLOSED", "SECURITY_NOT_ELIGIBLE"]


def test_a_model_with_a_closed_security_asks_for_a_substitute_by_name():
    version = TargetVersion("GRW60", 2, date(2026, 11, 23), (("BND", 1), ("GONE", 1), ("PAID", 1)))
    messages = [one.message for one in substitution_prompts([version], UNIVERSE)]
    assert len(messages) == 2
    assert "GONE cannot be bought (MERGED); use BND" in messages[0]
    assert "PAID cannot be bought (LIQUIDATED); choose another" in messages[1]
