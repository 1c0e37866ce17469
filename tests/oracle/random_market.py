"""A small random market: sessions, securities, prices with their faults, splits and distributions.

What is wrong at first (a price that is missing or misprinted, a split or distribution that is not announced in
time) comes with its cure: a row for a later folder.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from tests.oracle.book_writer import Row, security_row
from tests.oracle.exact import to_places
from tests.oracle.night_calendar import NightCalendar

ANCHORS = ((1, 19), (2, 14), (3, 20), (5, 19), (6, 9), (6, 24), (8, 24), (9, 27), (10, 4), (10, 24), (11, 4), (12, 14))
RATIOS = (("2", "1"), ("3", "2"), ("1", "10"), ("7", "3"), ("5", "4"), ("1", "3"), ("21", "20"), ("1.5", "1"))
CLASSES = {"US Equity": "EQUITY", "US Bond": "FIXED"}
KINDS = (("ETF", 0, True), ("MF", 3, False), ("MF", 4, False), ("CIT", 3, False), ("ETF", 4, False), ("ETF", 0, True))


@dataclass(frozen=True)
class LateRow:
    """A row that is known from the evening of `known_on` only."""

    known_on: date
    table: str
    row: Row


@dataclass
class Market:
    """Tables of the first folder, the prices as first published, and the late rows."""

    nights: list[date]
    tables: dict[str, list[Row]] = field(default_factory=dict)
    late: list[LateRow] = field(default_factory=list)
    decimals: dict[str, int] = field(default_factory=dict)

    def add(self, table: str, row: Row) -> None:
        self.tables.setdefault(table, []).append(row)

    @property
    def tickers(self) -> list[str]:
        return sorted(self.decimals)


def draw_market(rng: random.Random) -> Market:
    market = Market(draw_nights(rng))
    calendar = calendar_with(market.nights, rng, market)
    for asset_class, kind in CLASSES.items():
        market.add("asset_classes", {"asset_class": asset_class, "kind": kind})
    for n in range(rng.randint(5, 10)):
        kind, share_dp, whole_shares = ("MMF", 2, False) if n == 4 else rng.choice(KINDS)
        asset_class = "Cash" if kind == "MMF" else rng.choice([*CLASSES, "Alternative"])
        ticker = f"{kind}{n}"
        market.decimals[ticker] = 4 if kind == "MMF" else rng.choice([2, 2, 3, 4])
        market.add("securities", security_row(ticker, kind, asset_class, share_dp, whole_shares))
    for ticker in market.tickers:
        draw_ticker(rng, market, calendar, ticker)
    return market


def draw_nights(rng: random.Random) -> list[date]:
    calendar = NightCalendar()
    month, day = rng.choice(ANCHORS)
    first = calendar.first_session_from(date(rng.randint(2012, 2027), month, day) + timedelta(days=rng.randrange(6)))
    return calendar.sessions(first, first + timedelta(days=90))[: rng.randint(15, 40)]


def calendar_with(nights: list[date], rng: random.Random, market: Market) -> NightCalendar:
    """Now and then an unscheduled closure, known from the start; the nights are thinned accordingly."""
    calendar = NightCalendar()
    middle = rng.choice(nights[3:-3])
    if rng.random() < 0.15:
        market.add("closures", {"date": middle, "calendar": "MARKET", "reason": "Mourning"})
        calendar.close_all_day(middle, "MARKET")
        nights.remove(middle)
    elif rng.random() < 0.15:
        market.add("closures", {"date": middle, "calendar": "BANK", "reason": "Storm"})
    elif rng.random() < 0.15:
        market.add("closures", {"date": middle, "calendar": "MARKET", "close_time": "13:00", "reason": "Storm"})
    return calendar


def draw_ticker(rng: random.Random, market: Market, calendar: NightCalendar, ticker: str) -> None:
    """One security's prices and corporate actions over the nights (and perhaps the session before them)."""
    money_fund = ticker.startswith("MMF")
    price = Decimal(1) if money_fund else to_places(Decimal(rng.randrange(5_00, 300_00)) / 100, 2)
    days = list(market.nights)
    if rng.random() < 0.5:
        days.insert(0, calendar.previous_session(days[0]))
    frozen = 0
    for day in days:
        new, old = draw_split(rng, market, ticker, day, price)
        paid = Decimal(0) if money_fund else draw_distributions(rng, market, calendar, ticker, day, price * old / new)
        if money_fund:
            price = Decimal("1.0001") if rng.random() < 0.01 else Decimal(1)
        elif frozen == 0 or new != old or paid:
            move = draw_move(rng, "FIXED" if rng.random() < 0.3 else "EQUITY")
            price = to_places(price * (1 + move) * old / new - paid, market.decimals[ticker])
            price = max(price, Decimal("0.50"))
            frozen = rng.randint(1, 6) if rng.random() < 0.04 else 0
        else:
            frozen -= 1
        publish(rng, market, ticker, day, price)


def draw_move(rng: random.Random, flavour: str) -> Decimal:
    """Mostly small; now and then a jump, or exactly the tolerance."""
    luck = rng.random()
    if luck < 0.01:
        return Decimal(rng.choice([-1, 1]) * rng.randrange(55, 120)) / 1000
    if luck < 0.02:
        return rng.choice([-1, 1]) * (Decimal("0.02") if flavour == "FIXED" else Decimal("0.05"))
    return Decimal(rng.randrange(-150, 151)) / 10_000


def publish(rng: random.Random, market: Market, ticker: str, day: date, price: Decimal) -> None:
    """The price as it is first known, and what is wrong with that."""
    right: Row = {"date": day, "ticker": ticker, "price": price}
    luck = rng.random()
    if luck < 0.008:
        market.late.append(LateRow(day, "prices", right))
        return
    if luck < 0.016:
        wrong = to_places(price * Decimal(rng.choice(["1.08", "0.90", "100", "1.003"])), market.decimals[ticker])
        market.add("prices", {**right, "price": wrong})
        market.late.append(LateRow(day, "prices", right))
    else:
        market.add("prices", right)
    if rng.random() < 0.05:
        off = Decimal(rng.choice(["1", "1.004", "0.996", "1.005", "1.009", "0.985"]))
        row: Row = {"date": day, "ticker": ticker, "price": to_places(price * off, 6), "source": "SRC2"}
        market.add("second_prices", row)


def draw_split(rng: random.Random, market: Market, ticker: str, day: date, price: Decimal) -> tuple[Decimal, Decimal]:
    if ticker.startswith("MMF") or day not in market.nights or rng.random() > 0.012:
        return Decimal(1), Decimal(1)
    new, old = rng.choice(RATIOS)
    ratio = Decimal(old) / Decimal(new)
    row: Row = {
        "ticker": ticker,
        "ex_date": day,
        "new_shares": new,
        "old_shares": old,
        "cash_in_lieu_price": rng.choice(["", to_places(price * ratio, 4)]),
    }
    announce(rng, market, "splits", day, row)
    return Decimal(new), Decimal(old)


def draw_distributions(
    rng: random.Random, market: Market, calendar: NightCalendar, ticker: str, day: date, price: Decimal
) -> Decimal:
    """None, one, or both kinds on one ex-date; their sum per share."""
    total = Decimal(0)
    for kind in ("INCOME", "CAPGAIN"):
        if day in market.nights and rng.random() < 0.03:
            rate = to_places(price * Decimal(rng.randrange(1, 300)) / 10_000, rng.choice([2, 4, 6, 8]))
            pay_date = day + timedelta(days=rng.choice([0, 0, 1, 2, 3, 5, 8, 12]))
            if rng.random() < 0.8:
                pay_date = calendar.first_session_from(pay_date)
            row: Row = {
                "ticker": ticker,
                "ex_date": day,
                "pay_date": pay_date,
                "kind": kind,
                "rate": rate,
                "reinvest": rng.choice("YN"),
                "reinvest_price": rng.choice(["", to_places(price, 4)]),
            }
            if rate > 0:
                announce(rng, market, "distributions", day, row)
                total += rate
    return total


def announce(rng: random.Random, market: Market, table: str, day: date, row: Row) -> None:
    """Mostly known from the start; sometimes only after the event, sometimes corrected before it or too late."""
    luck = rng.random()
    if luck < 0.1:
        market.late.append(LateRow(day, table, row))
        return
    market.add(table, row)
    if table == "distributions" and luck < 0.35:
        known_on = rng.choice(market.nights)
        changed = rng.choice(["0", str(row["rate"]), str(to_places(Decimal(str(row["rate"])) * 2, 8))])
        market.late.append(LateRow(known_on, table, {**row, "rate": changed, "reinvest": rng.choice("YN")}))
