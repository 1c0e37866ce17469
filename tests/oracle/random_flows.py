"""Random orders and trades for one night, from the books of the evening before."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal

from tests.oracle.book import SleeveKey
from tests.oracle.book_writer import Row
from tests.oracle.exact import ZERO, cents, to_places, whole
from tests.oracle.holdings import shares_before_trades, trades_tonight
from tests.oracle.night import Oracle

RECEIVED = (
    "{day}T09:30:00{zone}",
    "{day}T12:59:59{zone}",
    "{day}T13:00:00{zone}",
    "{day}T13:30:00{zone}",
    "{day}T16:00:00{zone}",
    "{day}T16:00:01{zone}",
    "{day}T19:45:00{zone}",
    "{before}T18:00:00{zone}",
    "{day}T17:00:00+00:00",
    "{day}T23:15:00+00:00",
    "",
)


def received_at(rng: random.Random, night: date) -> str:
    """A time stamp in New York or UTC, before or after the close, or blank."""
    summer = date(night.year, 3, 15) < night < date(night.year, 11, 1)
    zone = "-04:00" if summer else "-05:00"
    return rng.choice(RECEIVED).format(day=night, before=night - timedelta(days=1), zone=zone)


def order_base(rng: random.Random, key: SleeveKey, rk_id: str, ref: str, night: date) -> Row:
    return {
        "rk_id": rk_id,
        "order_ref": ref,
        "plan_id": key[0],
        "ticker": key[1],
        "trade_date": night,
        "rk_received_at": received_at(rng, night),
        "cutoff_attested": rng.choice(["Y", "N", ""]),
    }


def draw_order(rng: random.Random, oracle: Oracle, key: SleeveKey, base: Row) -> Row:
    """One order of any kind, sized so that the unit value stays a number to be reckoned with."""
    books = oracle.sleeves[key]
    if books.units < 1 or books.opening < books.units:
        luck = rng.random()
        if luck < 0.1:
            return {**base, "side": "RED", "qty_type": "ALL"}
        if luck < 0.2:
            return {**base, "side": "RED", "qty_type": "UNITS", "qty": "1.2345"}
        return {
            **base,
            "side": "SUB",
            "qty_type": "AMT",
            "qty": cents(Decimal(rng.randrange(5_000_00, 900_000_00)) / 100),
        }
    luck = rng.random()
    if luck < 0.05:
        return {**base, "side": "RED", "qty_type": "ALL"}
    if luck < 0.09:
        kind = rng.choice(["AMT", "UNITS"])
        return {**base, "side": rng.choice(["SUB", "RED"]), "qty_type": kind, "qty": rng.choice(["0", "0.00"])}
    if luck < 0.14:
        units = to_places(books.units * Decimal(rng.choice(["1", "1.0001", "1.5"])), 4) + Decimal("0.0001")
        return {**base, "side": "RED", "qty_type": "UNITS", "qty": units}
    if luck < 0.17:
        return {**base, "side": "RED", "qty_type": "AMT", "qty": cents(books.opening * Decimal("1.5"))}
    if luck < 0.2:
        return {**base, "side": "RED", "qty_type": "UNITS", "qty": "0.0001"}
    share = Decimal(rng.randrange(1, 4000)) / 10_000
    side, kind = rng.choice(["SUB", "RED"]), rng.choice(["AMT", "UNITS"])
    quantity = cents(books.opening * share) if kind == "AMT" else to_places(books.units * share, 4)
    return {**base, "side": side, "qty_type": kind, "qty": max(quantity, Decimal("0.01"))}


def draw_settle_date(rng: random.Random, oracle: Oracle, night: date) -> date:
    """The same day, the next settlement days, or any calendar day soon."""
    luck = rng.random()
    if luck < 0.15:
        return night
    if luck < 0.3:
        return night + timedelta(days=rng.randrange(5))
    settled = oracle.calendar.settle(night)
    return oracle.calendar.settle(settled) if luck < 0.5 else settled


def draw_trade(rng: random.Random, oracle: Oracle, key: SleeveKey, ref: str, night: date) -> Row | None:
    """A buy within the cash at hand, or a sale of shares that will be there (very rarely: that will not)."""
    books, book = oracle.sleeves[key], oracle.book
    tickers = sorted(book.securities)
    ticker = rng.choice(sorted(books.shares) or tickers) if rng.random() < 0.5 else rng.choice(tickers)
    price = book.prices.get((night, ticker))
    if price is None:
        return None
    security = book.securities[ticker]
    places = 0 if security.whole_shares else security.share_dp
    if rng.random() < 0.45 and books.held(ticker) > 0 and not books.missed:
        side, shares = "SELL", draw_sale(rng, oracle, key, ticker, night, places)
    else:
        cash = books.balance("1000") + sum((item.amount for item in books.pending), ZERO)
        side, shares = "BUY", max(ZERO, cash) * Decimal(rng.randrange(5, 60)) / 100 / price
        shares = to_places(shares, places) if places else whole(shares)
    amount = cents(shares * price * (1 + Decimal(rng.randrange(-20, 21)) / 10_000))
    if shares <= 0 or amount <= 0:
        return None
    return {
        "trade_ref": ref,
        "trade_date": night,
        "settle_date": draw_settle_date(rng, oracle, night),
        "plan": key[0],
        "model": key[1],
        "ticker": ticker,
        "side": side,
        "shares": shares,
        "amount": amount,
    }


def draw_sale(rng: random.Random, oracle: Oracle, key: SleeveKey, ticker: str, night: date, places: int) -> Decimal:
    """Some or all of what tonight's split, reinvestments and trades known so far will leave."""
    books, book = oracle.sleeves[key], oracle.book
    there = shares_before_trades(books, book, ticker, night)
    for trade in trades_tonight(books, book, night):
        if trade.ticker == ticker:
            there += trade.shares if trade.side == "BUY" else -trade.shares
    if rng.random() < 0.04:
        return there + 1
    if rng.random() < 0.3:
        return there
    part = there * Decimal(rng.randrange(1, 100)) / 100
    return to_places(part, places) if places else whole(part)
