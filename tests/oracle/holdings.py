"""Splits, distributions and trades of the oracle, and whether tonight's sales can be met.

Readings:
* Whole-share split: cash in lieu and cost out are rounded separately; their difference is realised gain or loss.
* Fractional split: rounded to share_dp half-up, no cash, cost unchanged.
* Distributions of one ticker and night are booked in alphabetical order of kind (CAPGAIN, INCOME); a reinvested
  one does not earn the next one (both are counted on the shares after the split).
* A distribution is earned on the shares held before tonight's trades, late ones included.
* A trade_ref is booked once: a version loaded after it was booked is LATE_INPUT and changes nothing.
* A trade dated on the sleeve's previous cycle night that had not been booked then is booked tonight.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from tests.oracle.book import Book, Distribution, Split, Trade
from tests.oracle.events import shares_after_exits
from tests.oracle.exact import ZERO, cents, to_places, whole
from tests.oracle.sleeve import SleeveBooks

INCOME_ACCOUNTS = {"INCOME": ("1120", "4000"), "CAPGAIN": ("1130", "4010")}


def split_tonight(book: Book, ticker: str, night: date) -> Split | None:
    return book.splits.get((ticker, night))


def distributions_tonight(book: Book, ticker: str, night: date) -> list[Distribution]:
    by_kind = book.distributions.get((ticker, night), {})
    return [by_kind[kind] for kind in sorted(by_kind) if by_kind[kind].rate != 0]


def shares_after_split(book: Book, ticker: str, shares: Decimal, split: Split) -> tuple[Decimal, Decimal]:
    """Shares kept, and the fraction paid out in cash (zero unless the security trades whole shares)."""
    security = book.securities[ticker]
    exact = shares * split.new / split.old
    if security.whole_shares:
        return whole(exact), exact - whole(exact)
    return to_places(exact, security.share_dp), ZERO


def reinvestment(
    book: Book, ticker: str, item: Distribution, amount: Decimal, close: Decimal
) -> tuple[Decimal, Decimal]:
    """Shares bought, and what they cost."""
    security = book.securities[ticker]
    price = close if item.reinvest_price is None else item.reinvest_price
    if security.whole_shares:
        bought = whole(amount / price)
        return bought, cents(bought * price)
    return to_places(amount / price, security.share_dp), amount


def apply_split(books: SleeveBooks, book: Book, ticker: str, night: date) -> None:
    split = split_tonight(book, ticker, night)
    if split is None:
        return
    before = books.held(ticker)
    kept, fraction = shares_after_split(book, ticker, before, split)
    if fraction:
        price = split.cash_in_lieu_price or book.price_on(night, ticker)
        cash = cents(fraction * price)
        cost_out = cents(books.balance(f"1200:{ticker}") * fraction / (kept + fraction))
        ref = f"CIL-{ticker}"
        lines = (("1120", cash), (f"1200:{ticker}", -cost_out), ("4100", cost_out - cash))
        books.post(night, "CASH_IN_LIEU", ref, *lines)
        books.wait(book.calendar.settle(night), ref, "1120", cash)
    books.hold_shares(ticker, kept)


def apply_distributions(books: SleeveBooks, book: Book, ticker: str, night: date) -> None:
    entitled = books.held(ticker)
    for item in distributions_tonight(book, ticker, night):
        receivable, income = INCOME_ACCOUNTS[item.kind]
        amount = cents(item.rate * entitled)
        ref = f"{item.kind}-{ticker}"
        books.post(night, item.kind, ref, (receivable, amount), (income, -amount))
        if item.reinvest and amount > 0:
            bought, cost = reinvestment(book, ticker, item, amount, book.price_on(night, ticker))
            books.post(night, "REINVEST", f"RI-{ref}", (f"1200:{ticker}", cost), (receivable, -cost))
            books.hold_shares(ticker, books.held(ticker) + bought)
            amount -= cost
        books.wait(item.pay_date, ref, receivable, amount)


def trades_tonight(books: SleeveBooks, book: Book, night: date) -> list[Trade]:
    """Tonight's trades and the late ones of the previous cycle, buys before sells, each in trade_ref order."""
    found = book.trades_dated(books.key, night)
    if books.last_night is not None:
        found += book.trades_dated(books.key, books.last_night)
    unbooked = [trade for trade in found if trade.ref not in books.booked]
    return sorted(unbooked, key=lambda trade: (trade.side == "SELL", trade.ref))


def shares_before_exits(books: SleeveBooks, book: Book, ticker: str, night: date) -> Decimal:
    """Shares after tonight's split and reinvestments. Needs tonight's price if something is reinvested."""
    shares = books.held(ticker)
    split = split_tonight(book, ticker, night)
    if split is not None:
        shares, _ = shares_after_split(book, ticker, shares, split)
    entitled = shares
    for item in distributions_tonight(book, ticker, night):
        amount = cents(item.rate * entitled)
        if item.reinvest and amount > 0:
            shares += reinvestment(book, ticker, item, amount, book.price_on(night, ticker))[0]
    return shares


def oversold(books: SleeveBooks, book: Book, night: date) -> list[str]:
    """Tickers whose trades of tonight, taken together, would leave less than no shares."""
    net: dict[str, Decimal] = {}
    for trade in trades_tonight(books, book, night):
        net[trade.ticker] = net.get(trade.ticker, ZERO) + (trade.shares if trade.side == "BUY" else -trade.shares)
    there = {ticker: shares_before_exits(books, book, ticker, night) for ticker in {*net, *books.shares}}
    there = shares_after_exits(book, there, night)
    return [ticker for ticker, move in net.items() if there[ticker] + move < 0]


def shares_before_trades(books: SleeveBooks, book: Book, ticker: str, night: date) -> Decimal:
    """Shares after tonight's split, reinvestments and exits."""
    there = {one: shares_before_exits(books, book, one, night) for one in {ticker, *books.shares}}
    return shares_after_exits(book, there, night)[ticker]


def book_trade(books: SleeveBooks, trade: Trade, night: date) -> None:
    cost_account = f"1200:{trade.ticker}"
    held = books.held(trade.ticker)
    if trade.side == "BUY":
        books.post(night, "BUY", trade.ref, (cost_account, trade.amount), ("2000", -trade.amount))
        books.wait(trade.settle_date, trade.ref, "2000", -trade.amount)
        books.hold_shares(trade.ticker, held + trade.shares)
    else:
        cost = books.balance(cost_account)
        relief = cost if trade.shares == held else cents(cost * trade.shares / held)
        gain = trade.amount - relief
        books.post(night, "SELL", trade.ref, ("1100", trade.amount), (cost_account, -relief), ("4100", -gain))
        books.wait(trade.settle_date, trade.ref, "1100", trade.amount)
        books.hold_shares(trade.ticker, held - trade.shares)
    books.booked.add(trade.ref)
