"""Random exits of securities and random in-kind transfers, for books that ask for them.

They have a random number generator of their own, so that a seed draws the same market and flows with them as without.
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal

from tests.oracle.book import SleeveKey
from tests.oracle.book_writer import Row
from tests.oracle.exact import cents, to_places, whole
from tests.oracle.night import Oracle
from tests.oracle.random_market import LateRow, Market


def draw_exits(rng: random.Random, market: Market) -> None:
    """One to three securities go on a middle day: announced in time, too late, or taken back."""
    tickers = [ticker for ticker in market.tickers if not ticker.startswith("MMF")]
    going = rng.sample(tickers, min(rng.randint(1, 3), len(tickers) - 1))
    staying = [ticker for ticker in market.tickers if ticker not in going]
    known = {(row["date"], row["ticker"]): Decimal(str(row["price"])) for row in market.tables["prices"]}
    for ticker in going:
        place = rng.randrange(3, len(market.nights) - 2)
        ex_date, eve = market.nights[place], market.nights[place - 1]
        row = draw_exit(rng, ticker, rng.choice(staying), ex_date, known.get((eve, ticker)), known)
        if row is not None:
            announce_exit(rng, market, row, ex_date)


def draw_exit(
    rng: random.Random,
    ticker: str,
    to_ticker: str,
    ex_date: date,
    before: Decimal | None,
    known: dict[tuple[object, object], Decimal],
) -> Row | None:
    new_price = known.get((ex_date, to_ticker))
    if before is None or new_price is None:
        return None
    near = 1 + Decimal(rng.randrange(-150, 151)) / 10_000
    near *= 10 if rng.random() < 0.08 else 1
    row = {
        "ticker": ticker,
        "ex_date": ex_date,
        "pay_date": rng.choice(["", ex_date + timedelta(days=rng.randrange(6))]),
    }
    if rng.random() < 0.3:
        rate = rng.choice(["", to_places(before * near, rng.choice([2, 4, 8]))])
        return {**row, "kind": "LIQUIDATION", "cash_rate": rate}
    ratio = max(to_places(before * near / new_price, rng.choice([4, 6, 12])), Decimal("0.0001"))
    return {
        **row,
        "kind": rng.choice(["MERGER", "CONVERSION"]),
        "to_ticker": to_ticker,
        "ratio": rng.choice(["", ratio, ratio]),
        "cash_in_lieu_price": rng.choice(["", to_places(new_price * near, 4)]),
    }


def announce_exit(rng: random.Random, market: Market, row: Row, ex_date: date) -> None:
    """Known from the start, with no prices after it; or known too late, or taken back, and the prices go on."""
    luck = rng.random()
    if luck < 0.15:
        market.late.append(LateRow(ex_date, "corporate_events", row))
        return
    market.add("corporate_events", row)
    if luck < 0.25:
        known_on = rng.choice(market.nights)
        cancelled = {"ticker": row["ticker"], "ex_date": row["ex_date"], "kind": "CANCELLED"}
        market.late.append(LateRow(known_on, "corporate_events", cancelled))
        return
    own_terms = row.get("ratio", row.get("cash_rate")) == ""
    last = ex_date if own_terms or rng.random() < 0.5 else ex_date - timedelta(days=1)

    def priced(one: Row) -> bool:
        on = one["date"]
        return one["ticker"] != row["ticker"] or (isinstance(on, date) and on <= last)

    for table in ("prices", "second_prices"):
        if table in market.tables:
            market.tables[table] = [one for one in market.tables[table] if priced(one)]
    market.late = [late for late in market.late if late.table != "prices" or priced(late.row)]


def draw_transfer(rng: random.Random, oracle: Oracle, key: SleeveKey, night: date) -> list[Row]:
    """The rows of one transfer of tonight, or none: mostly such as can be booked."""
    books = oracle.sleeves[key]
    starts, luck = night == books.start, rng.random()
    base = {"date": night, "plan": key[0], "model": key[1], "transfer_ref": f"IK-{key[0][-1]}{key[1][-1]}-{night:%m%d}"}
    if books.left_on is not None or luck < 0.01:
        late = {**base, "kind": "LATE_INCOME", "ticker": rng.choice(sorted(oracle.book.securities))}
        return [{**late, "amount": cents(Decimal(rng.randrange(1, 90_000)) / 100)}] if rng.random() < 0.3 else []
    if luck < (0.4 if starts else 0.04):
        return draw_join(rng, oracle, {**base, "kind": "IN"}, night)
    if luck > 0.975 and books.units:
        return [{**base, "kind": "OUT_ALL", "ticker": "CASH"}]
    if luck > 0.94 and books.shares:
        return draw_part(rng, oracle, {**base, "kind": "OUT"}, key)
    return []


def draw_join(rng: random.Random, oracle: Oracle, base: Row, night: date) -> list[Row]:
    book, rows = oracle.book, []
    for ticker in rng.sample(sorted(book.securities), rng.randint(1, 3)):
        security, price = book.securities[ticker], book.prices.get((night, ticker))
        if price is not None and (book.exit_on(night, ticker) is None or rng.random() < 0.05):
            shares = Decimal(rng.randrange(100_000, 40_000_000)) / 100 / price
            shares = whole(shares) if security.whole_shares else to_places(shares, security.share_dp)
            rows.append({**base, "ticker": ticker, "shares": shares})
    if rng.random() < 0.6 or not rows:
        rows.append({**base, "ticker": "CASH", "amount": cents(Decimal(rng.randrange(1, 20_000_000)) / 100)})
    return rows


def draw_part(rng: random.Random, oracle: Oracle, base: Row, key: SleeveKey) -> list[Row]:
    books, rows = oracle.sleeves[key], []
    for ticker in rng.sample(sorted(books.shares), rng.randint(1, min(2, len(books.shares)))):
        security, part = oracle.book.securities[ticker], Decimal(rng.choice([10, 35, 70, 100, 101])) / 100
        shares = books.held(ticker) * part
        shares = whole(shares) if security.whole_shares else to_places(shares, security.share_dp)
        if shares > 0:
            rows.append({**base, "ticker": ticker, "shares": shares})
    if rows and rng.random() < 0.4:
        rows.append({**base, "ticker": "CASH", "amount": cents(Decimal(rng.randrange(1, 50_000)) / 100)})
    return rows
