"""What happens to securities and plans, in the oracle: mergers, conversions, liquidations; plans that come and go.

Readings:
* An exit comes after tonight's splits and distributions and before its trades, on the shares held before any exit.
* The price of a security that goes tonight is what a share of it brings: its cash rate, or its ratio times the new
  one's price, half-up to eight places. Left blank, it is its own price of tonight, and the ratio is own over new.
* A security that goes is not checked for a stale price. A trade in it tonight, or shares of it that come in, hold the
  sleeve (TR-GONE) until the row is corrected.
* Nothing received (less than a step of a share): all the cost is set against the cash.
* Transfers are booked at tonight's unit value before tonight's orders, in the order of their references. A reference
  is booked once. Plans that leave whole close the sleeve: orders of later nights are CLOS.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tests.oracle.book import Book, Exit, Transfer
from tests.oracle.exact import CENT, ZERO, cents, to_places, unit_quantity, whole
from tests.oracle.sleeve import SleeveBooks

OUT = ("OUT", "OUT_ALL")


@dataclass(frozen=True)
class Received:
    """What a holding becomes: shares of the new security, cash for the rest, and the cost that goes with the cash."""

    shares: Decimal
    cash: Decimal
    cost: Decimal


def exchanged(book: Book, item: Exit, held: Decimal, cost: Decimal, night: date) -> Received:
    price = book.price_on(night, item.ticker)
    if not item.to_ticker:
        return Received(ZERO, cents(held * price), cost)
    new_price = book.price_on(night, item.to_ticker)
    exact = held * item.ratio if item.ratio is not None else held * price / new_price
    security = book.securities[item.to_ticker]
    if security.whole_shares:
        shares = whole(exact)
        fraction = exact - shares
        cash = cents(fraction * (item.cash_in_lieu_price or new_price))
        out = cents(cost * fraction / exact)
    else:
        shares, cash, out = to_places(exact, security.share_dp), ZERO, ZERO
    return Received(shares, cash, cost if shares == 0 else out)


def shares_after_exits(book: Book, shares: dict[str, Decimal], night: date) -> dict[str, Decimal]:
    """Shares by ticker when tonight's exits have been applied."""
    after = dict(shares)
    for ticker, held in shares.items():
        item = book.exit_on(night, ticker)
        if item is not None:
            after[ticker] -= held
            if item.to_ticker:
                received = exchanged(book, item, held, ZERO, night)
                after[item.to_ticker] = after.get(item.to_ticker, ZERO) + received.shares
    return after


def apply_exits(books: SleeveBooks, book: Book, night: date) -> None:
    held_before = dict(books.shares)
    for ticker in sorted(held_before):
        item = book.exit_on(night, ticker)
        if item is None:
            continue
        account = f"1200:{ticker}"
        cost = books.balance(account)
        received = exchanged(book, item, held_before[ticker], cost, night)
        receivable = "1120" if item.to_ticker else "1100"
        moved = (f"1200:{item.to_ticker}", cost - received.cost) if item.to_ticker else ("1100", ZERO)
        books.post(
            night,
            "EXIT",
            f"X-{ticker}",
            moved,
            (receivable, received.cash),
            (account, -cost),
            ("4100", received.cost - received.cash),
        )
        books.wait(item.pay_date or book.calendar.settle(night), f"X-{ticker}", receivable, received.cash)
        books.hold_shares(ticker, books.held(ticker) - held_before[ticker])
        if item.to_ticker:
            books.hold_shares(item.to_ticker, books.held(item.to_ticker) + received.shares)


def transfers_tonight(books: SleeveBooks, book: Book, night: date) -> list[Transfer]:
    """Transfers dated tonight that were not booked before, by reference."""
    return [one for one in book.transfers_dated(books.key, night) if f"IK {one.ref}" not in books.booked]


def book_transfers(books: SleeveBooks, book: Book, night: date, net_assets: Decimal) -> Decimal:
    """Book tonight's transfers at the unit value just struck; what they add to net assets."""
    units, capital = books.units, ZERO
    tonight = transfers_tonight(books, book, night)
    joins = any(one.kind == "IN" for one in tonight)
    out_before = False
    for one in tonight:
        second = one.kind in OUT and (out_before or (one.kind == "OUT_ALL" and joins))
        out_before = out_before or one.kind in OUT
        if second:
            continue
        if one.kind == "IN":
            capital += join(books, book, one, night)
        elif one.kind == "OUT":
            capital -= leave_in_part(books, book, one, night, units)
        elif one.kind == "OUT_ALL":
            capital -= leave_whole(books, book, one, night)
        elif units == 0:
            owed_later(books, book, one, night)
    if books.units == 0 and any(f"IK {one.ref}" in books.booked for one in tonight if one.kind in OUT):
        capital -= clear_last_dust(books, book, night, net_assets + capital, units)
    return capital


def join(books: SleeveBooks, book: Book, one: Transfer, night: date) -> Decimal:
    end_date = books.closes_on(book)
    value = value_of(book, one, night)
    parts = any(in_parts(book, ticker, shares) for ticker, shares in one.securities)
    if parts or value <= 0 or (end_date is not None and night > end_date):
        return ZERO
    for ticker, shares in one.securities:
        worth = cents(shares * book.price_on(night, ticker))
        books.post(night, "IN_KIND", one.ref, (f"1200:{ticker}", worth), ("3000", -worth))
        books.hold_shares(ticker, books.held(ticker) + shares)
    books.post(night, "IN_KIND", one.ref, ("1110", one.cash), ("3000", -one.cash))
    books.wait(book.calendar.settle(night), one.ref, "1110", one.cash)
    books.issue(night, one.ref, unit_quantity(value / books.unit_value))
    books.booked.add(f"IK {one.ref}")
    return value


def in_parts(book: Book, ticker: str, shares: Decimal) -> bool:
    """Whether the shares are no multiple of what the security is held in."""
    security = book.securities[ticker]
    return shares != (whole(shares) if security.whole_shares else to_places(shares, security.share_dp))


def value_of(book: Book, one: Transfer, night: date) -> Decimal:
    return one.cash + sum((cents(shares * book.price_on(night, ticker)) for ticker, shares in one.securities), ZERO)


def take_out(books: SleeveBooks, book: Book, ref: str, ticker: str, shares: Decimal, night: date) -> Decimal:
    held, account = books.held(ticker), f"1200:{ticker}"
    worth, cost = cents(shares * book.price_on(night, ticker)), books.balance(account)
    relief = cost if shares == held else cents(cost * shares / held)
    books.post(night, "OUT_IN_KIND", ref, ("3010", worth), (account, -relief), ("4100", relief - worth))
    books.hold_shares(ticker, held - shares)
    return worth


def leave_in_part(books: SleeveBooks, book: Book, one: Transfer, night: date, units_before: Decimal) -> Decimal:
    value = value_of(book, one, night)
    units = unit_quantity(value / books.unit_value)
    if value <= 0 or units > units_before or any(shares > books.held(ticker) for ticker, shares in one.securities):
        return ZERO
    for ticker, shares in one.securities:
        take_out(books, book, one.ref, ticker, shares, night)
    pay_later(books, book, one.ref, one.cash, book.calendar.settle(night), night)
    books.issue(night, one.ref, -units)
    books.booked.add(f"IK {one.ref}")
    return value


def pay_later(books: SleeveBooks, book: Book, ref: str, amount: Decimal, due: date, night: date) -> None:
    books.post(night, "OUT_IN_KIND", ref, ("3010", amount), ("2010", -amount))
    books.wait(due, ref, "2010", -amount)


def leave_whole(books: SleeveBooks, book: Book, one: Transfer, night: date) -> Decimal:
    """All securities in kind; the rest in cash at the next settlement, or when the sleeve gets it itself."""
    amount = cents(books.units * books.unit_value)
    rest = amount - sum((cents(n * book.price_on(night, ticker)) for ticker, n in books.shares.items()), ZERO)
    if books.units == 0 or rest < 0:
        return ZERO
    settles = book.calendar.settle(night)
    later = [item for item in books.pending if item.amount > 0 and item.due > settles]
    for ticker in sorted(books.shares):
        take_out(books, book, one.ref, ticker, books.held(ticker), night)
    owed = rest
    for item in sorted(later, key=lambda item: item.due, reverse=True):
        paid = min(owed, item.amount)
        pay_later(books, book, one.ref, paid, item.due, night)
        owed -= paid
    pay_later(books, book, one.ref, owed, settles, night)
    books.issue(night, one.ref, -books.units)
    books.left_on = night
    books.booked.add(f"IK {one.ref}")
    return amount


def owed_later(books: SleeveBooks, book: Book, one: Transfer, night: date) -> None:
    """Income of a plan that has left: received, owed to it, and paid at the next settlement."""
    amount = one.late_income
    books.post(night, "LATE_INCOME", one.ref, ("1000", amount), ("2900", -amount))
    books.wait(book.calendar.settle(night), one.ref, "2900", -amount)
    books.booked.add(f"IK {one.ref}")


def clear_last_dust(books: SleeveBooks, book: Book, night: date, left: Decimal, units: Decimal) -> Decimal:
    """As for orders: what roundings explain moves between the largest fee payable and 3900."""
    owed = {payee: -books.balance(f"2100:{payee}") for payee in book.payees}
    payee = max(owed, key=lambda name: owed[name], default="")
    limit = CENT + units * Decimal("0.0000005")
    if left == 0 or abs(left) >= limit or not payee or owed[payee] <= 0 or owed[payee] + left < 0:
        return ZERO
    books.post(night, "DUST", f"DUST-{payee}", (f"2100:{payee}", -left), ("3900", left))
    return left
