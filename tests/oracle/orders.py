"""Record keeper's orders in the oracle: which night prices them, and what comes of them.

Readings:
* In time = no time stamp, or attested, or received on or before the close of its trade date: the trade date's
  unit value. Otherwise the first session from the trade date on that closes at or after the receipt.
* "Closed" is per sleeve: the sleeve's last struck night. A held sleeve's missed nights are open, so orders for
  them are priced when the sleeve catches up, with what is known then.
* An order loaded for a closed night: AS_OF_PENDING if it was in time, else the sleeve's next night.
* Cancellations fall due on the same night as an order with their trade date and time stamp would; those due are
  handled before tonight's first pricing, in sequence. They match an order of the same rk_id that is neither
  priced, rejected nor cancelled (one AS_OF_PENDING can be cancelled). They are not checked for quantity.
* What falls due before the sleeve's start, or after its end date, is CLOS. An ended sleeve keeps striking
  (its settlements go on), it only takes no orders.
* Quantity is checked before units available: an AMT of zero or less is DMON, UNITS of zero or less DQUA.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal

from tests.oracle.book import Book, Order, SleeveKey
from tests.oracle.exact import CENT, ZERO, cents, unit_quantity
from tests.oracle.sleeve import SleeveBooks

OrderKey = tuple[str, str]

LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Confirm:
    """The fate of one order. `night` is the date of its unit value."""

    order: Order
    status: str
    reason: str = ""
    night: date | None = None
    units: Decimal | None = None
    unit_value: Decimal | None = None
    amount: Decimal | None = None
    settle_date: date | None = None


class OrderDesk:
    """Every order of the book, waiting or done."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self.confirms: dict[OrderKey, Confirm] = {}
        self._due: dict[OrderKey, date] = {}
        self._waiting: dict[SleeveKey, list[OrderKey]] = {}

    def take_in(self, books_of: dict[SleeveKey, SleeveBooks]) -> None:
        """Give each newly loaded order its night; settle at once what can no longer be priced."""
        new = [key for key in self._book.orders if key not in self.confirms]
        for key in new:
            order = self._book.orders[key]
            self._due[key] = self.due_night(order)
            self.confirms[key] = Confirm(order, "ACCEPTED")
            self._waiting.setdefault(order.sleeve, []).append(key)
        for key in new:
            order = self._book.orders[key]
            books = books_of[order.sleeve]
            if self._due[key] < books.start:
                self._end(key, "REJECTED", "CLOS")
            elif books.last_night is not None and self._due[key] <= books.last_night:
                if order.cancel_of:
                    self._cancel(key)
                elif self.in_time(order):
                    self._end(key, "AS_OF_PENDING")

    def in_time(self, order: Order) -> bool:
        if order.attested or order.received_at is None:
            return True
        return order.received_at <= self._book.calendar.close_instant(order.trade_date)

    def due_night(self, order: Order) -> date:
        night = order.trade_date
        if not self.in_time(order) and order.received_at is not None:
            while self._book.calendar.close_instant(night) < order.received_at:
                night = self._book.calendar.next_session(night)
        return night

    def _end(self, key: OrderKey, status: str, reason: str = "") -> None:
        self.confirms[key] = replace(self.confirms[key], status=status, reason=reason)

    def _cancel(self, key: OrderKey) -> None:
        order = self.confirms[key].order
        target = (order.rk_id, order.cancel_of)
        if target != key and target in self.confirms and self.confirms[target].status in ("ACCEPTED", "AS_OF_PENDING"):
            self._end(key, "CANCELLED")
            self._end(target, "CANCELLED")
        else:
            self._end(key, "REJECTED", "NRGM")

    def price_tonight(self, books: SleeveBooks, night: date, net_assets: Decimal) -> None:
        """Price what is due, one after the other, at tonight's published unit value."""
        waiting = [key for key in self._waiting.get(books.key, []) if self.confirms[key].status == "ACCEPTED"]
        due = [key for key in waiting if self._due[key] <= night]
        self._waiting[books.key] = [key for key in waiting if self._due[key] > night]
        due.sort(key=lambda key: (self.confirms[key].order.received_at or LONG_AGO, key[1], key[0]))
        for key in due:
            if self.confirms[key].order.cancel_of and self.confirms[key].status == "ACCEPTED":
                self._cancel(key)
        books.opening = net_assets
        for key in due:
            if self.confirms[key].status == "ACCEPTED":
                self.confirms[key] = self._price(books, self.confirms[key].order, night)

    def _price(self, books: SleeveBooks, order: Order, night: date) -> Confirm:
        reason = self._refusal(books, order, night)
        if reason:
            return Confirm(order, "REJECTED", reason)
        uv = books.unit_value
        units, amount = quantities(order, uv, books.units)
        if order.side == "RED" and units > books.units:
            return Confirm(order, "REJECTED", "SECU")
        settle_date = self._book.calendar.settle(night)
        if order.side == "SUB":
            books.post(night, "SUBSCRIPTION", order.ref, ("1110", amount), ("3000", -amount))
            books.wait(settle_date, order.ref, "1110", amount)
            books.issue(night, order.ref, units)
            books.opening += amount
        else:
            books.post(night, "REDEMPTION", order.ref, ("3010", amount), ("2010", -amount))
            books.wait(settle_date, order.ref, "2010", -amount)
            books.issue(night, order.ref, -units)
            books.opening -= amount
            if books.units == 0:
                clear_dust(books, self._book.payees, night, CENT + units * Decimal("0.0000005"))
        return Confirm(order, "PRICED", "", night, units, uv, amount, settle_date)

    def _refusal(self, books: SleeveBooks, order: Order, night: date) -> str:
        end_date = books.closes_on(self._book)
        if end_date is not None and night > end_date:
            return "CLOS"
        if order.qty_type == "AMT" and order.qty <= 0:
            return "DMON"
        if order.qty_type == "UNITS" and order.qty <= 0:
            return "DQUA"
        if order.qty_type == "ALL" and books.units == 0:
            return "SECU"
        return ""


def quantities(order: Order, uv: Decimal, units_held: Decimal) -> tuple[Decimal, Decimal]:
    """Units to 0.0001 and amount to the cent, whichever was not given being computed."""
    if order.qty_type == "AMT":
        return unit_quantity(order.qty / uv), order.qty
    units = units_held if order.qty_type == "ALL" else order.qty
    return units, cents(units * uv)


def clear_dust(books: SleeveBooks, payees: list[str], night: date, limit: Decimal) -> None:
    """The last holder left: what roundings explain (a cent, half a tick a unit) moves between a payable and 3900.

    The payable is the largest; ties go to the payee loaded first. Without a positive payable, or with one smaller than
    the shortfall, the dust stays.
    """
    dust = books.opening
    owed = {payee: -books.balance(f"2100:{payee}") for payee in payees}
    payee = max(owed, key=lambda name: owed[name], default="")
    if dust == 0 or abs(dust) >= limit or not payee or owed[payee] <= 0 or owed[payee] + dust < 0:
        return
    books.post(night, "DUST", f"DUST-{payee}", (f"2100:{payee}", -dust), ("3900", dust))
    books.opening = ZERO
