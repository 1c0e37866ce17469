"""Vectors V10, V11, V17 and V20 through the night: loads, proposals, fills and the ledger, not only the pure rules."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine

from modelx.domain.days import day_of
from modelx.services.block_views import list_blocks
from modelx.services.proposal_views import preview_proposals
from tests.services.test_fills import fill
from tests.services.trading_books import (
    MODEL,
    SESSIONS,
    Desk,
    order,
    override,
    prices,
    security,
    sleeve,
    targets,
    trading_tables,
)

VECTORS = json.loads((Path(__file__).parents[2] / "fixtures/vectors/unitization.json").read_text())
V10, V11 = VECTORS["V10_rebalance"], VECTORS["V11_block"]
MON, TUE, WED, THU = SESSIONS[:4]
SHARE = CENTS = 10**6


ASKED = {
    "date": TUE,
    "decision": "REQUEST",
    "plan": "P1",
    "model": MODEL,
    **dict.fromkeys(("ticker", "shares", "sha256"), ""),
    "reason": "the vector",
    "maker": "Ana",
    "checker": "Carl",
}


@pytest.fixture
def desk(engine: Engine, tmp_path: Path) -> Desk:
    return Desk(engine, tmp_path)


def test_v10_a_rebalance_under_three_overrides_is_proposed_and_executed(desk: Desk) -> None:
    """The vector's positions and net assets, less the sub-cents of its accrued fees, which leave the trades the same.

    Its 512.337912 of accrued fees are not in the cash here: 20,551.28 after the trades less 512.34 are 20,038.94.
    """
    held = {ticker: row for ticker, row in V10["rows"].items() if row["shares"] != "0"}
    worth = Decimal(V10["nav"]).quantize(Decimal("0.01"))
    tables = trading_tables(["P1"])
    tables["securities"] = [security(t, "ETF" if t == "EQX" else "MF") for t in V10["rows"]]
    tables["prices"] = prices({ticker: row["price"] for ticker, row in V10["rows"].items()})
    tables["targets"] = targets(str(MON), **V10["model"])
    tables["sleeves"] = [sleeve("P1", "NONE")]
    tables["orders"] = [order("o1", "P1", str(worth))]
    rules = [
        override("P1", "SUBSTITUTE", "VBX", to_ticker="VCX"),
        override("P1", "EXCLUDE", "REIT", exclude_to="PRORATA"),
        override("P1", "CASH_BUFFER", "", weight="0.02"),
    ]
    bought = [_bought(ticker, row["shares"], row["mv"]) for ticker, row in held.items()]
    desk.load(**tables, overrides=rules, trades=bought, trade_decisions=[ASKED])
    desk.run(TUE)
    part = preview_proposals(desk.engine, None, desk.policy).runs[0]
    assert part.value.tolist() == [int(worth * 10**6)]
    ticker = {at + 1: name for at, name in enumerate(sorted(V10["rows"]))}
    found = {
        (ticker[security_id], ("BUY", "SELL")[side], amount)
        for security_id, side, amount in zip(
            part.trades.security_id.tolist(), part.trades.side.tolist(), part.trades.amount.tolist(), strict=True
        )
    }
    assert found == {(t, side, int(Decimal(amount) * 10**6)) for side, t, _, amount, _ in V10["trades"]}
    assert part.rows.cash_after.tolist() == [20_038_940_000]
    desk.run(WED)
    assert desk.holdings("P1", WED)["EQX"] == str(5210 + 481)
    assert {"VBX", "REIT"}.isdisjoint(desk.holdings("P1", WED))
    desk.run(THU)
    assert desk.holdings("P1", THU)["CASH"] == "20038.94"
    desk.require_sound(THU)


def test_v20_the_published_example_sells_what_is_over_and_buys_what_is_under(desk: Desk) -> None:
    """100,000.00: 27 / 28 / 17 / 12.5 / 15.5 % held where 25 / 25 / 20 / 15 / 15 % are wanted, all at 10.00 a share."""
    held = {"FB": "27000", "ORCL": "28000", "MSFT": "17000", "INTC": "12500", "CSCO": "15500"}
    tables = trading_tables(["P1"])
    tables["securities"] = [security(ticker) for ticker in held]
    tables["prices"] = prices(dict.fromkeys(held, "10.00"))
    tables["targets"] = targets(str(MON), FB="0.25", ORCL="0.25", MSFT="0.2", INTC="0.15", CSCO="0.15")
    tables["sleeves"] = [sleeve("P1", "NONE")]
    bought = [_bought(ticker, str(int(worth) // 10), worth) for ticker, worth in held.items()]
    desk.load(**tables, trades=bought, trade_decisions=[ASKED])
    desk.run(TUE)
    part = preview_proposals(desk.engine, None, desk.policy).runs[0]
    name = {at + 1: ticker for at, ticker in enumerate(sorted(held))}
    trades = zip(part.trades.security_id.tolist(), part.trades.side.tolist(), part.trades.amount.tolist(), strict=True)
    assert {(name[one], side, amount // CENTS) for one, side, amount in trades} == {
        ("FB", 1, 2000),
        ("ORCL", 1, 3000),
        ("CSCO", 1, 500),
        ("MSFT", 0, 3000),
        ("INTC", 0, 2500),
    }
    desk.run(WED)
    assert desk.holdings("P1", WED)["MSFT"] == "2000"
    desk.require_sound(WED)


def test_v11_a_block_filled_in_three_parts_is_shared_out_to_the_cent(desk: Desk) -> None:
    """Requests of 1,027, 411 and 62 shares at 68.20 a share, of which 1,333 are filled."""
    plans = list(V11["requested"])
    tables = trading_tables(plans)
    tables["securities"] = [security("EQX", "ETF")]
    tables["prices"] = prices({"EQX": "68.20"})
    tables["targets"] = targets(str(MON), EQX="1")
    tables["orders"] = [
        order(f"o-{plan}", plan, f"{Decimal(n) * Decimal('68.20'):.2f}") for plan, n in V11["requested"].items()
    ]
    fills = [fill(f"f{at}", "EQX", "BUY", n, price) for at, (n, price) in enumerate(V11["fills"])]
    desk.load(**tables, fills=fills)
    desk.run(TUE)
    found = list_blocks(desk.engine, day_of(MON), desk.policy)[0]
    assert found.blocks.requests.shares.tolist() == [int(n) * SHARE for n in V11["requested"].values()]
    assert found.shares.tolist() == [int(n) * SHARE for n in V11["shares"].values()]
    assert found.amount.tolist() == [int(Decimal(cash) * CENTS) for cash in V11["cash"].values()]
    assert found.average_price.tolist() == [int(Decimal(V11["avg_px_6dp"]) * 10**8)]
    assert found.foots()
    assert [desk.holdings(plan, TUE)["EQX"] for plan in plans] == list(V11["shares"].values())
    desk.require_sound(TUE)


def test_v17_cash_that_will_be_short_before_the_sale_settles_is_told_the_night_the_order_is_priced(desk: Desk) -> None:
    """98,000.00 of Tuesday's purchases and a redemption of 3,000.00 both settle on Wednesday: 1,000.00 are missing.

    What Tuesday night proposes to sell for it is sold on Wednesday and settles on Thursday.
    """
    tables = trading_tables(["P1"])
    tables["orders"] = [*tables["orders"], order("r1", "P1", "3000.00", TUE, "RED")]
    desk.load(**tables)
    desk.run(TUE)
    assert desk.findings("C-LADDER") == [f"cash would be -1000.00 on {WED}"]
    desk.run(THU)
    assert desk.holdings("P1", WED)["CASH"] == "-1000.00"
    assert Decimal(desk.holdings("P1", THU)["CASH"]) > 0
    desk.require_sound(THU)


def _bought(ticker: str, shares: str, amount: str) -> dict[str, object]:
    """A confirm of Tuesday that settles at once."""
    return {
        "trade_ref": f"T-{ticker}",
        "trade_date": TUE,
        "settle_date": TUE,
        "plan": "P1",
        "model": MODEL,
        "ticker": ticker,
        "side": "BUY",
        "shares": shares,
        "amount": amount,
    }
