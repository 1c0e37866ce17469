"""Orders and trades of the real-price book, made evening by evening from the oracle's own books."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal

from tests.oracle.book import SleeveKey
from tests.oracle.book_writer import Row
from tests.oracle.exact import cents, to_places, whole
from tests.oracle.night import Oracle, projected_cash
from tests.oracle.real_tables import EMPTIED, FUND, LEAVING, MODELS, REOPENED, SLEEVES, SOLD_OUT_FROM

CASH_TARGET = Decimal("0.03")


def orders_for(oracle: Oracle, rng: random.Random, night: date) -> list[Row]:
    """Tonight's orders, sized by the units at the last close."""
    rows: list[Row] = []
    for (plan, model), start in SLEEVES.items():
        base: dict[str, object] = {
            "file_id": f"F{night:%Y%m%d}",
            "rk_id": "RK1" if plan == "PLAN-A" else "RK2",
            "order_ref": f"{plan}-{model}-{night:%Y%m%d}",
            "plan_id": plan,
            "ticker": model,
            "trade_date": night,
        }
        if night == start:
            rows.append({**base, "side": "SUB", "qty_type": "AMT", "qty": f"{rng.randrange(250_000, 600_000)}.00"})
        elif (plan, model) == EMPTIED and SOLD_OUT_FROM <= night <= REOPENED:
            if night == LEAVING:
                rows.append({**base, "side": "RED", "qty_type": "ALL"})
            elif night == REOPENED:
                rows.append({**base, "side": "SUB", "qty_type": "AMT", "qty": "333333.33"})
        elif night > start and rng.random() < 0.12:
            rows += ordinary_orders(base, rng, oracle.sleeves[plan, model].units, night)
    return rows


def ordinary_orders(base: dict[str, object], rng: random.Random, units: Decimal, night: date) -> list[Row]:
    """One order of a random kind; now and then late, too large, or followed by its cancellation."""
    side = rng.choice(["SUB", "SUB", "RED"])
    kind = rng.choice(["AMT", "AMT", "UNITS"])
    share = Decimal(rng.randrange(1, 300)) / 10_000
    if kind == "UNITS":
        quantity = to_places(units * share, 4) + Decimal("0.0001")
    else:
        quantity = Decimal(rng.randrange(100_00, 20_000_00)) / 100
    if side == "RED" and rng.random() < 0.03:
        kind, quantity = "UNITS", units + Decimal("0.0001")
    order = {**base, "side": side, "qty_type": kind, "qty": quantity}
    received = rng.choice(["", "T10:15:00-05:00", "T09:31:00-05:00", "T20:30:00+00:00", "T20:00:00-04:00"])
    order["rk_received_at"] = f"{night}{received}" if received else ""
    order["cutoff_attested"] = rng.choice(["Y", "N", ""])
    if rng.random() < 0.04:
        return [order, {**order, "order_ref": f"{base['order_ref']}-X", "cancel_of": base["order_ref"]}]
    return [order]


def trades_for(oracle: Oracle, evening: date, night: date) -> list[Row]:
    """Trades for the coming night from the books of the evening: cash to work, overdrafts repaid, quarters squared."""
    rows: list[Row] = []
    for key in SLEEVES:
        books = oracle.sleeves[key]
        if books.last_night == evening and not books.missed:
            wanted = wanted_shares(oracle, key, evening, night)
            rows += [trade_row(oracle, key, ticker, n, night) for ticker, n in sorted(wanted.items()) if n != 0]
    return rows


def wanted_shares(oracle: Oracle, key: SleeveKey, evening: date, night: date) -> dict[str, Decimal]:
    """Shares to buy (positive) or sell (negative), sized on the evening's prices."""
    books, prices = oracle.sleeves[key], oracle.book.prices
    if key == EMPTIED and SOLD_OUT_FROM <= evening < REOPENED:
        return {ticker: -n for ticker, n in books.shares.items()}
    assets = books.opening
    cash = list(projected_cash(oracle, key, evening).values())[-1]
    weights = {t: w for t, w in MODELS[key[1]].items() if (evening, t) in prices and (night, t) in prices}
    gap = {t: assets * w - books.held(t) * prices[evening, t] for t, w in weights.items()}
    spare = cash - CASH_TARGET * assets
    quarter_begins = night.month in (1, 4, 7, 10) and evening.month != night.month
    wanted: dict[str, Decimal] = {}
    if spare < -CASH_TARGET * assets / 2 or quarter_begins:
        for ticker in sorted(gap, key=lambda t: gap[t]):
            if gap[ticker] < 0 and (quarter_begins or spare < 0):
                sale = min(-gap[ticker], max(-spare, -gap[ticker] if quarter_begins else Decimal(0)))
                wanted[ticker] = -min(books.held(ticker), sized(oracle, ticker, sale, evening))
                spare += sale
    if spare > assets / 100:
        for ticker in sorted(gap, key=lambda t: -gap[t]):
            if gap[ticker] > 0 and spare > 0 and ticker not in wanted:
                spend = min(gap[ticker], spare)
                wanted[ticker] = sized(oracle, ticker, spend, evening)
                spare -= spend
    return wanted


def sized(oracle: Oracle, ticker: str, dollars: Decimal, evening: date) -> Decimal:
    shares = dollars / oracle.book.prices[evening, ticker]
    return to_places(shares, 3) if ticker == FUND else whole(shares)


def trade_row(oracle: Oracle, key: SleeveKey, ticker: str, shares: Decimal, night: date) -> Row:
    """A fill at the night's close, up to three hundredths of a percent off (the fund at its price)."""
    slippage = Decimal((night.toordinal() * 7 + len(ticker) + ord(ticker[-1])) % 7 - 3) / 10_000
    price = oracle.book.prices[night, ticker] * (1 if ticker == FUND else 1 + slippage)
    settle_date = night
    for _ in range(1 if ticker == FUND else 2 if night >= date(2017, 9, 5) else 3):
        settle_date = oracle.calendar.settle(settle_date)
    return {
        "trade_ref": f"{key[0]}-{key[1]}-{night:%Y%m%d}-{ticker}",
        "trade_date": night,
        "settle_date": settle_date,
        "plan": key[0],
        "model": key[1],
        "ticker": ticker,
        "side": "BUY" if shares > 0 else "SELL",
        "shares": abs(shares),
        "amount": cents(abs(shares) * price),
    }
