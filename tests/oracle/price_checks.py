"""Price checks of the oracle, before anything is posted.

Readings:
* Checked: every security held at the opening or traded tonight (late trades of the previous session included).
* PX-TOL compares with the price of the previous *session* as known now; without one it is not checked. A
  money-market fund's tolerance is 0 on the same adjusted move. The limit itself passes.
* PX-STALE: tonight's price equals that of each of the last N sessions, all present: ETF and STOCK 2, funds 3,
  funds of a FIXED asset class 5; money-market funds never.
* PX-SRC: any second source more than 0.5 % (of the second source) away.
* TR-SHORT (tonight's sales exceed the shares) and PX-MISS can be cured, never waived.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from tests.oracle.book import Book
from tests.oracle.events import transfers_tonight
from tests.oracle.exact import ZERO
from tests.oracle.holdings import distributions_tonight, oversold, split_tonight, trades_tonight
from tests.oracle.sleeve import Finding, SleeveBooks

SOURCE_LIMIT = Decimal("0.005")
NEVER_WAIVED = ("PX-MISS", "TR-SHORT", "TR-GONE")


def tolerance(book: Book, ticker: str) -> Decimal:
    security = book.securities[ticker]
    if security.kind == "MMF":
        return ZERO
    return Decimal("0.02") if book.asset_kinds.get(security.asset_class) == "FIXED" else Decimal("0.05")


def stale_sessions(book: Book, ticker: str) -> int | None:
    security = book.securities[ticker]
    if security.kind == "MMF":
        return None
    if security.kind in ("ETF", "STOCK"):
        return 2
    return 5 if book.asset_kinds.get(security.asset_class) == "FIXED" else 3


def moved_too_far(book: Book, ticker: str, night: date) -> bool:
    before = book.prices.get((book.calendar.previous_session(night), ticker))
    if before is None:
        return False
    split = split_tonight(book, ticker, night)
    new, old = (split.new, split.old) if split else (Decimal(1), Decimal(1))
    paid = sum((item.rate for item in distributions_tonight(book, ticker, night)), ZERO)
    if book.securities[ticker].kind == "MMF":
        paid = ZERO  # a money-market fund's price stands still when it pays
    adjusted = (book.price_on(night, ticker) + paid) * new
    return abs(adjusted - before * old) > tolerance(book, ticker) * before * old


def is_stale(book: Book, ticker: str, night: date) -> bool:
    sessions = stale_sessions(book, ticker)
    if sessions is None or book.exit_on(night, ticker) is not None:
        return False
    price = book.price_on(night, ticker)
    return all(
        book.prices.get((book.calendar.previous_session(night, back), ticker)) == price
        for back in range(1, sessions + 1)
    )


def sources_differ(book: Book, ticker: str, night: date) -> bool:
    price = book.price_on(night, ticker)
    others = book.second_prices.get((night, ticker), {}).values()
    return any(abs(price - other) > SOURCE_LIMIT * other for other in others)


def price_findings(book: Book, ticker: str, night: date) -> list[Finding]:
    if not book.priced(night, ticker):
        return [("PX-MISS", ticker)]
    checks = (("PX-TOL", moved_too_far), ("PX-STALE", is_stale), ("PX-SRC", sources_differ))
    return [(code, ticker) for code, fails in checks if fails(book, ticker, night)]


def open_findings(books: SleeveBooks, book: Book, night: date) -> list[Finding]:
    """What holds the sleeve tonight, waived findings aside."""
    traded = {trade.ticker for trade in trades_tonight(books, book, night)}
    moved = {
        (one.kind, ticker)
        for one in transfers_tonight(books, book, night)
        if one.kind in ("IN", "OUT")
        for ticker, _ in one.securities
    }
    tickers = set(books.shares) | traded | {ticker for _, ticker in moved}
    exits = [book.exit_on(night, ticker) for ticker in tickers]
    tickers |= {item.to_ticker for item in exits if item is not None and item.to_ticker}
    found = [finding for ticker in sorted(tickers) for finding in price_findings(book, ticker, night)]
    if not any(code == "PX-MISS" for code, _ in found):
        found += [("TR-SHORT", ticker) for ticker in oversold(books, book, night)]
    coming = traded | {ticker for kind, ticker in moved if kind == "IN"}
    found += [("TR-GONE", ticker) for ticker in sorted(coming) if book.exit_on(night, ticker) is not None]
    return [
        (code, ticker) for code, ticker in found if code in NEVER_WAIVED or (night, code, ticker) not in books.waived
    ]
