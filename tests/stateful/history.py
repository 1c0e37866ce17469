"""Random acts upon a book: what the market, the record keepers and the desk may send before any night.

Every act draws from a generator of Hypothesis, so that a failing history shrinks, and takes its sizes from the
oracle's books, so that orders meet units and sales meet shares. The rows sent are noted for the report of a failure.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import note

from tests.oracle.book import SleeveKey
from tests.oracle.book_writer import Row, Tables, model_row, plain, plan_row, security_row
from tests.oracle.exact import exactly, to_places
from tests.oracle.holdings import distributions_tonight, split_tonight
from tests.oracle.night import Oracle
from tests.oracle.random_fees import draw_payee
from tests.oracle.random_flows import draw_order, draw_trade, order_base
from tests.oracle.random_market import ANCHORS, RATIOS
from tests.stateful.three_books import ThreeBooks

PLANS, MODELS = ("PLAN-A", "PLAN-B", "PLAN-C"), ("MOD1", "MOD2")
FIRST_SLEEVES = (("PLAN-A", "MOD1"), ("PLAN-A", "MOD2"), ("PLAN-B", "MOD1"))
PAYEES = ("advisor", "auditor", "custodian", "manager", "platform", "trustee")
SECURITIES = {  # ticker: kind, asset class, share_dp, whole shares, price decimals, first price
    "BNDF": ("MF", "US Bond", 4, False, 2, "10.87"),
    "ETFA": ("ETF", "US Equity", 0, True, 2, "83.15"),
    "ETFC": ("ETF", "Alternative", 4, False, 4, "27.4321"),
    "MMFX": ("MMF", "Cash", 2, False, 4, "1"),
    "MUTB": ("MF", "US Equity", 3, False, 2, "55.02"),
}
FLAWS = ("", "", "", "", "", "", "", "", "missing", "misprint", "frozen", "jump")


@dataclass
class History:
    """A book in the making: the next night, its true prices, what has been sent and what is still owed."""

    three: ThreeBooks
    tonight: date = date.min
    nights: list[date] = field(default_factory=list)
    price: dict[str, Decimal] = field(default_factory=dict)
    sent: dict[str, list[Row]] = field(default_factory=dict)
    owed: list[tuple[str, Row]] = field(default_factory=list)
    counter: int = 0

    @property
    def oracle(self) -> Oracle:
        return self.three.oracle

    def tell(self, tables: Tables) -> None:
        """Load rows as a folder of their own, and remember them. Its orders make an order file of their own."""
        number = len(self.three.folders)
        kept: dict[str, list[Row]] = {}
        for table, rows in tables.items():
            own = [{**row, "file_id": f"FILE-{number}"} if table == "orders" else dict(row) for row in rows]
            kept[table] = own
            self.sent.setdefault(table, []).extend(own)
            for row in own:
                note(f"  {table}: " + ", ".join(f"{name}={plain(value)}" for name, value in row.items() if value != ""))
        self.three.load(kept)

    def next_name(self, letter: str) -> str:
        self.counter += 1
        return f"{letter}{self.counter:03d}"

    def ahead(self, sessions: int) -> date:
        """Tonight, or a session after it; -1 is the night just run."""
        if sessions < 0:
            return self.nights[sessions] if len(self.nights) >= -sessions else self.tonight
        day = self.tonight
        for _ in range(sessions):
            day = self.oracle.calendar.next_session(day)
        return day

    @exactly
    def begin(self, rng: random.Random) -> None:
        """A standing book near a month end or a holiday, its first subscriptions, and the purchases of night two."""
        month, day = rng.choice(ANCHORS)
        start = date(rng.randint(2012, 2027), month, day) + timedelta(days=rng.randrange(6))
        first = self.oracle.calendar.first_session_from(start)
        self.price = {ticker: Decimal(terms[5]) for ticker, terms in SECURITIES.items()}
        self.tell(
            {
                "asset_classes": [
                    {"asset_class": name, "kind": kind}
                    for name, kind in (("US Equity", "EQUITY"), ("US Bond", "FIXED"))
                ],
                "securities": [security_row(ticker, *terms[:4]) for ticker, terms in SECURITIES.items()],
                "plans": [plan_row(plan, f"RK{n % 2 + 1}") for n, plan in enumerate(PLANS)],
                "models": [model_row(model, first) for model in MODELS],
                "targets": [
                    {"model": model, "effective_date": first, "ticker": ticker, "weight": "0.5"}
                    for model in MODELS
                    for ticker in ("ETFA", "CASH")
                ],
                "sleeves": [sleeve_row(key, first) for key in FIRST_SLEEVES],
                "fees": draw_payee(rng, "advisor", list(FIRST_SLEEVES), [first, first + timedelta(days=30)]),
                "orders": [self.subscription(key, first, "250000.00") for key in FIRST_SLEEVES],
            }
        )
        self.turn_to(first, rng)
        self.run_night(rng, may_stop=False)
        bought = [self.purchase(key, ticker) for key in FIRST_SLEEVES for ticker in ("ETFA", "MUTB")]
        self.tell({"trades": bought})

    def subscription(self, key: SleeveKey, day: date, amount: str) -> Row:
        base = {"rk_id": rk_of(key), "order_ref": self.next_name("S"), "plan_id": key[0], "ticker": key[1]}
        return {**base, "side": "SUB", "qty_type": "AMT", "qty": amount, "trade_date": day}

    def purchase(self, key: SleeveKey, ticker: str) -> Row:
        price = self.oracle.book.prices.get((self.tonight, ticker), self.price[ticker])
        return {
            "trade_ref": self.next_name("T"),
            "trade_date": self.tonight,
            "settle_date": self.oracle.calendar.settle(self.tonight),
            "plan": key[0],
            "model": key[1],
            "ticker": ticker,
            "side": "BUY",
            "shares": 1000,
            "amount": to_places(1000 * price, 2),
        }

    def turn_to(self, night: date, rng: random.Random) -> None:
        """The morning of the next night: its prices come in, some with a flaw, in one folder."""
        self.tonight = night
        flawed, flaw = rng.choice(sorted(SECURITIES)), rng.choice(FLAWS)
        rows = []
        for ticker in SECURITIES:
            right: Row = {"date": night, "ticker": ticker, "price": self.next_price(rng, ticker, night)}
            if ticker != flawed or flaw in {"", "frozen", "jump"}:
                before = self.price[ticker]
                price = Decimal(str(right["price"]))
                if ticker == flawed and flaw == "frozen":
                    price = before
                elif ticker == flawed and flaw == "jump":
                    price = to_places(price * Decimal("1.0731"), 4)
                rows.append({**right, "price": price})
                self.price[ticker] = price
                continue
            self.price[ticker] = Decimal(str(right["price"]))
            self.owed.append(("prices", right))
            if flaw == "misprint":
                rows.append({**right, "price": to_places(self.price[ticker] * rng.choice((2, 10)), 4)})
        self.tell({"prices": rows})

    def next_price(self, rng: random.Random, ticker: str, night: date) -> Decimal:
        """The last price moved a little, split and paid out as announced."""
        if ticker == "MMFX":
            return Decimal(1)
        split = split_tonight(self.oracle.book, ticker, night)
        new, old = (split.new, split.old) if split else (Decimal(1), Decimal(1))
        paid = sum((item.rate for item in distributions_tonight(self.oracle.book, ticker, night)), Decimal(0))
        moved = self.price[ticker] * (1 + Decimal(rng.randint(-150, 150)) / 10_000) * old / new - paid
        return max(to_places(moved, SECURITIES[ticker][4]), Decimal("0.50"))

    @exactly
    def run_night(self, rng: random.Random, may_stop: bool = True) -> None:
        """Tonight on all three, now and then with a death on the way, and then the morning after."""
        stops = (draw_stop(rng), draw_stop(rng)) if may_stop else (0, 0)
        note(f"  night of {self.tonight}" + (f", stopped at {stops}" if any(stops) else ""))
        self.three.run_night(self.tonight, stops)
        self.nights.append(self.tonight)
        self.turn_to(self.oracle.calendar.next_session(self.tonight), rng)

    @exactly
    def send_order(self, rng: random.Random) -> None:
        key = rng.choice(sorted(self.oracle.sleeves))
        day = self.ahead(rng.choice((0, 0, 0, 0, 1, 2, -1, -2)))
        base = order_base(rng, key, rk_of(key), self.next_name("O"), day)
        self.tell({"orders": [draw_order(rng, self.oracle, key, base)]})

    def cancel_order(self, rng: random.Random) -> None:
        """A cancellation that names any order of the record keeper, or none."""
        row = rng.choice(self.sent["orders"])
        base = {**row, "order_ref": self.next_name("X"), "trade_date": self.ahead(rng.choice((0, 0, 0, 1, -1)))}
        self.tell({"orders": [{**base, "cancel_of": rng.choice((row["order_ref"], row["order_ref"], "NONE"))}]})

    def send_order_again(self, rng: random.Random) -> None:
        """An order as it was, or under the same reference with other content."""
        row = rng.choice(self.sent["orders"])
        changed: Row = {"side": "SUB", "qty_type": "AMT", "qty": "4242.42"} if rng.random() < 0.5 else {}
        self.tell({"orders": [{**row, **changed}]})

    @exactly
    def send_trade(self, rng: random.Random) -> None:
        """A trade of tonight, or one of last night that arrives late."""
        key, day = rng.choice(sorted(self.oracle.sleeves)), self.ahead(rng.choice((0, 0, 0, 0, -1)))
        if day >= self.oracle.sleeves[key].start:
            trade = draw_trade(rng, self.oracle, key, self.next_name("T"), day)
            if trade is not None:
                self.tell({"trades": [trade]})

    def change_trade(self, rng: random.Random) -> None:
        """Another version of a trade, booked or not: cancelled, or for another amount."""
        row = rng.choice(self.sent["trades"][-8:])
        changed: Row = {"shares": 0, "amount": 0} if rng.random() < 0.6 else {"amount": "777.77", "shares": 1}
        self.tell({"trades": [{**row, **changed}]})

    @exactly
    def announce_distribution(self, rng: random.Random) -> None:
        """Ahead of its ex-date, on it, or after it."""
        ticker = rng.choice([name for name in SECURITIES if name != "MMFX"])
        ex_date = self.ahead(rng.choice((0, 1, 1, 2, 2, 3, -1)))
        pay_date = ex_date + timedelta(days=rng.choice((0, 0, 1, 2, 3, 5, 8)))
        rate = to_places(self.price[ticker] * Decimal(rng.randint(1, 300)) / 10_000, rng.choice((2, 4, 6, 8)))
        self.tell(
            {
                "distributions": [
                    {
                        "ticker": ticker,
                        "ex_date": ex_date,
                        "pay_date": pay_date,
                        "kind": rng.choice(("INCOME", "CAPGAIN")),
                        "rate": rate,
                        "reinvest": rng.choice("YN"),
                        "reinvest_price": rng.choice(("", self.price[ticker])),
                    }
                ]
            }
        )

    def change_distribution(self, rng: random.Random) -> None:
        row = rng.choice(self.sent["distributions"][-4:])
        rate = rng.choice(("0", row["rate"], Decimal(str(row["rate"])) / 2))
        self.tell({"distributions": [{**row, "rate": rate, "reinvest": rng.choice("YN")}]})

    @exactly
    def announce_split(self, rng: random.Random) -> None:
        ticker = rng.choice([name for name in SECURITIES if name != "MMFX"])
        new, old = rng.choice(RATIOS)
        after = to_places(self.price[ticker] * Decimal(old) / Decimal(new), 4)
        self.tell(
            {
                "splits": [
                    {
                        "ticker": ticker,
                        "ex_date": self.ahead(rng.choice((1, 1, 2, 3, 0, -1))),
                        "new_shares": new,
                        "old_shares": old,
                        "cash_in_lieu_price": rng.choice(("", after)),
                    }
                ]
            }
        )


def rk_of(key: SleeveKey) -> str:
    return "RK2" if key[0] == "PLAN-B" else "RK1"


def sleeve_row(key: SleeveKey, start: date, end: object = "") -> Row:
    return {"plan": key[0], "model": key[1], "start_date": start, "rebalance": "NONE", "end_date": end}


def draw_stop(rng: random.Random) -> int:
    """Where a runner dies: mostly nowhere, else at one of the first starts or ends of steps."""
    return rng.randint(1, 28) if rng.random() < 0.1 else 0
