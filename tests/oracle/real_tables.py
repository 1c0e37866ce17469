"""The standing part of the real-price book: plans, models, securities, prices, dividends, fees, and the late rows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

from tests.oracle.book import SleeveKey
from tests.oracle.book_writer import Row, Tables, model_row, plan_row, security_row
from tests.oracle.exact import cents
from tests.oracle.night import Oracle
from tests.oracle.real_market import FIRST, read_dividends, read_prices

MODELS: dict[str, dict[str, Decimal]] = {
    "GRW": {"VTI": Decimal("0.40"), "VXUS": Decimal("0.25"), "BND": Decimal("0.20"), "VBR": Decimal("0.12")},
    "INC": {"BND": Decimal("0.60"), "TLT": Decimal("0.17"), "SPY": Decimal("0.20")},
    "SML": {"VB": Decimal("0.50"), "VBR": Decimal("0.32"), "BND": Decimal("0.15")},
}
SLEEVES: dict[SleeveKey, date] = {
    ("PLAN-A", "GRW"): date(2009, 1, 2),
    ("PLAN-A", "INC"): date(2009, 3, 2),
    ("PLAN-B", "GRW"): date(2010, 5, 28),
    ("PLAN-B", "SML"): date(2009, 1, 30),
}
FUND = "VBR"
EMPTIED, SOLD_OUT_FROM, LEAVING, REOPENED = (
    ("PLAN-B", "SML"),
    date(2013, 6, 3),
    date(2013, 6, 14),
    date(2013, 9, 3),
)
LATE_FOLDER_AFTER = date(2011, 6, 30)


def standing_tables(market: Path, through: date) -> dict[str, list[Row]]:
    """Everything that does not depend on how the nights go."""
    return {
        "plans": [plan_row("PLAN-A"), plan_row("PLAN-B", "RK2")],
        "models": [model_row(model, FIRST) for model in MODELS],
        "targets": [
            {"model": model, "effective_date": FIRST, "ticker": ticker, "weight": weight}
            for model, weights in MODELS.items()
            for ticker, weight in {**weights, "CASH": 1 - sum(weights.values())}.items()
        ],
        "sleeves": [
            {"plan": plan, "model": model, "start_date": start, "rebalance": "NONE"}
            for (plan, model), start in SLEEVES.items()
        ],
        "asset_classes": [
            {"asset_class": "US Equity", "kind": "EQUITY"},
            {"asset_class": "International Equity", "kind": "EQUITY"},
            {"asset_class": "US Bond", "kind": "FIXED"},
        ],
        "securities": [
            security_row("BND", "ETF", "US Bond", 0, True),
            security_row("SPY", "ETF", "US Equity", 0, True),
            security_row("TLT", "ETF", "Long Treasury", 0, True),
            security_row("VB", "ETF", "US Equity", 0, True),
            security_row("VBR", "MF", "US Equity", 3, False),
            security_row("VTI", "ETF", "US Equity", 0, True),
            security_row("VXUS", "ETF", "International Equity", 0, True),
        ],
        "prices": [
            {"date": day, "ticker": ticker, "price": price}
            for (day, ticker), price in sorted(read_prices(market, FIRST, through).items())
        ],
        "distributions": [
            {
                "ticker": item.ticker,
                "ex_date": item.ex_date,
                "pay_date": item.pay_date,
                "kind": "INCOME",
                "rate": item.rate,
                "reinvest": "Y" if item.ticker in (FUND, "VB") else "N",
            }
            for item in read_dividends(market, FIRST, through)
        ],
        "fees": fee_rows(),
    }


def fee_rows() -> list[Row]:
    """Flat, graduated over a plan, cliff, over the relationship, changed mid-month, waived, paid from an account."""
    tiers = "0.0050@400000;0.0035@900000;0.0025"
    return [
        {"payee": "advisor", "kind": "ADVISOR", "plan": "PLAN-A", "tiers": tiers, "aggregate": "PLAN"},
        {"payee": "advisor", "kind": "ADVISOR", "plan": "PLAN-B", "tiers": tiers, "method": "CLIFF"},
        {"payee": "custodian", "kind": "OTHER", "tiers": "0.0008@1500000;0.0004", "aggregate": "RELATIONSHIP"},
        {"payee": "manager", "kind": "MANAGER", "model": "GRW", "rate": "0.0040", "end": "2012-06-13"},
        {"payee": "manager", "kind": "MANAGER", "model": "GRW", "rate": "0.0035", "start": "2012-06-14"},
        {"payee": "manager", "kind": "MANAGER", "model": "SML", "rate": "0.0045"},
        {
            "payee": "manager",
            "kind": "MANAGER",
            "plan": "PLAN-B",
            "model": "GRW",
            "rate": "0.003",
            "start": "2015-02-11",
        },
        {"payee": "platform", "kind": "PLATFORM", "rate": "0.00035"},
        {"payee": "trustee", "kind": "OTHER", "plan": "PLAN-B", "rate": "0.0006", "paid_from": "account"},
        {
            "payee": "waiver",
            "kind": "OTHER",
            "plan": "PLAN-B",
            "rate": "0.0041",
            "start": "2014-03-17",
            "end": "2015-08-19",
            "waives": "manager",
        },
    ]


def late_tables(oracle: Oracle) -> Tables:
    """Rows that come after their night: a trade of that night, orders for it, an old price, a new fee."""
    evening = f"{LATE_FOLDER_AFTER}T19:00:00-04:00"
    order: Row = {
        "file_id": "LATE-FILE",
        "rk_id": "RK1",
        "plan_id": "PLAN-A",
        "ticker": "GRW",
        "side": "SUB",
        "qty_type": "AMT",
        "trade_date": LATE_FOLDER_AFTER,
    }
    return {
        "trades": [
            {
                "trade_ref": "LATE-1",
                "trade_date": LATE_FOLDER_AFTER,
                "settle_date": oracle.calendar.settle(LATE_FOLDER_AFTER),
                "plan": "PLAN-A",
                "model": "GRW",
                "ticker": "VTI",
                "side": "SELL",
                "shares": 7,
                "amount": cents(7 * oracle.book.prices[LATE_FOLDER_AFTER, "VTI"]),
            },
        ],
        "orders": [
            {**order, "order_ref": "LATE-2", "qty": "1234.56", "cutoff_attested": "Y"},
            {
                **order,
                "order_ref": "LATE-3",
                "qty": "2345.67",
                "trade_date": LATE_FOLDER_AFTER,
                "rk_received_at": evening,
            },
        ],
        "prices": [{"date": "2011-06-29", "ticker": "VTI", "price": "68.00"}],
        "fees": [{"payee": "auditor", "kind": "OTHER", "rate": "0.0002", "start": "2011-07-05", "end": "2016-02-29"}],
    }
