"""The night of the oracle: every sleeve from its opening to its published unit value, slowly and obviously.

Order (spec 5, with the settled details): price and share checks; settlement; fee payment; split; distribution;
trades; settlement of what was born tonight; valuation; fees; net assets; unit value; orders.

Readings:
* Holds are per sleeve and date. A release waives the findings it was held for, on that date only; each later
  missed date is checked anew and may hold the sleeve again. A release names one sleeve, which catches up alone,
  one date after the other, with the inputs known at the release.
* While held a sleeve is skipped unseen: the skipped nights are listed HELD.
* A sleeve starts on its start date with unit value 10 and no fee. Trades dated that day would be booked.
* Nothing settles on a session that is no bank day, not even what was born that night.
* The shares of a security are split and paid on if held at the opening; tickers in alphabetical order.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from tests.oracle.book import Book, SleeveKey
from tests.oracle.cells import Row
from tests.oracle.events import apply_exits, book_transfers
from tests.oracle.exact import ZERO, cents, exactly, floor_cents, millionths
from tests.oracle.fees import FeeBase, FeeLine, accrue, days_between
from tests.oracle.holdings import apply_distributions, apply_split, book_trade, trades_tonight
from tests.oracle.night_calendar import NightCalendar
from tests.oracle.orders import OrderDesk
from tests.oracle.price_checks import open_findings
from tests.oracle.sleeve import Finding, SleeveBooks


@dataclass(frozen=True)
class NightRow:
    """One sleeve, one night. Money and units as struck, before tonight's orders; None while held."""

    date: date
    plan: str
    model: str
    status: str
    findings: tuple[Finding, ...] = ()
    unit_value: Decimal | None = None
    net_assets: Decimal | None = None
    units: Decimal | None = None
    market_value: Decimal | None = None
    cash: Decimal | None = None
    receivables: Decimal | None = None
    payables: Decimal | None = None
    accrued_fees: Decimal | None = None


@dataclass(frozen=True)
class FeePayment:
    date: date
    sleeve: SleeveKey
    payee: str
    owed: Decimal
    paid: Decimal


class Oracle:
    """Loads folders, runs nights, releases holds; keeps everything in dictionaries."""

    def __init__(self) -> None:
        self.calendar = NightCalendar()
        self.book = Book(self.calendar)
        self.desk = OrderDesk(self.book)
        self.sleeves: dict[SleeveKey, SleeveBooks] = {}
        self.rows: dict[tuple[date, SleeveKey], NightRow] = {}
        self.trial_balances: dict[tuple[date, SleeveKey], dict[str, Decimal]] = {}
        self.positions: dict[tuple[date, SleeveKey], dict[str, Decimal]] = {}
        self.closing_units: dict[tuple[date, SleeveKey], Decimal] = {}
        self.closing_values: dict[tuple[date, SleeveKey], Decimal] = {}
        self.fee_lines: dict[tuple[date, SleeveKey], list[FeeLine]] = {}
        self.holds: list[tuple[date, SleeveKey, tuple[Finding, ...]]] = []
        self.fee_payments: list[FeePayment] = []
        self.last_night: date | None = None

    @exactly
    def load(self, folder: Path) -> None:
        self.book.load(folder)
        self._take_in()

    @exactly
    def add(self, table: str, rows: Iterable[Row]) -> None:
        """Rows of one table as if they came in a folder of their own."""
        self.book.add(table, rows)
        self._take_in()

    def _take_in(self) -> None:
        for key, row in self.book.sleeves.items():
            if key not in self.sleeves:
                self.sleeves[key] = SleeveBooks(key, row.start_date)
        self.desk.take_in(self.sleeves)

    @exactly
    def run_through(self, last: date) -> None:
        """Every session after the last night run (or from the earliest start date) through `last`."""
        first = min(row.start_date for row in self.book.sleeves.values())
        for night in self.calendar.sessions(self.last_night or first, last):
            if night != self.last_night:
                self._run_all(night)
                self.last_night = night

    @exactly
    def release(self, plan: str, model: str) -> list[date]:
        """Waive what the sleeve was held for and catch up; the dates struck (none if it is held again at once)."""
        books = self.sleeves[plan, model]
        if not books.missed:
            raise ValueError(f"{plan} {model} is not held")
        books.waived |= {(books.missed[0], code, ticker) for code, ticker in books.hold}
        struck = []
        while books.missed:
            night = books.missed[0]
            if not self._run([books], night):
                break
            books.missed.pop(0)
            struck.append(night)
        return struck

    def held_sleeves(self) -> list[SleeveKey]:
        return sorted(key for key, books in self.sleeves.items() if books.missed)

    def _run_all(self, night: date) -> None:
        open_sleeves = [books for _, books in sorted(self.sleeves.items()) if books.start <= night]
        ready = [books for books in open_sleeves if not books.missed]
        struck = self._run(ready, night)
        for books in open_sleeves:
            if books.key not in struck:
                if books.missed:
                    self.rows[night, books.key] = NightRow(night, *books.key, "HELD")
                books.missed.append(night)

    def _run(self, candidates: list[SleeveBooks], night: date) -> set[SleeveKey]:
        """Strike the candidates that nothing holds; the keys of those struck."""
        ready = []
        for books in candidates:
            books.hold = tuple(open_findings(books, self.book, night))
            if books.hold:
                self.holds.append((night, books.key, books.hold))
                self.rows[night, books.key] = NightRow(night, *books.key, "HELD", books.hold)
            else:
                ready.append(books)
        accruals = accrue(self.book, [self._fee_base(books, night) for books in ready])
        for books in ready:
            self._strike(books, night, accruals[books.key])
        return {books.key for books in ready}

    def _fee_base(self, books: SleeveBooks, night: date) -> FeeBase:
        if books.accrued_through is None:
            return FeeBase(books.key, ZERO, ())
        through = self.calendar.last_accrual_day(night)
        return FeeBase(books.key, max(ZERO, books.opening), days_between(books.accrued_through, through))

    def _strike(self, books: SleeveBooks, night: date, fee_lines: list[FeeLine]) -> None:
        settles = self.calendar.is_settlement_day(night)
        if settles:
            books.settle_due(night)
        self._pay_fees(books, night)
        for ticker in sorted(books.shares):
            apply_split(books, self.book, ticker, night)
            apply_distributions(books, self.book, ticker, night)
        apply_exits(books, self.book, night)
        for trade in trades_tonight(books, self.book, night):
            book_trade(books, trade, night)
        if settles:
            books.settle_due(night)
        market_value = self._market_value(books, night)
        book_fees(books, night, fee_lines)
        self.fee_lines[night, books.key] = fee_lines
        books.accrued_through = self.calendar.last_accrual_day(night)
        books.last_night = night
        row = struck_row(books, night, market_value)
        if row.unit_value is None or row.net_assets is None:
            raise AssertionError("a struck row has a value")
        books.unit_value = row.unit_value
        self.rows[night, books.key] = row
        moved = book_transfers(books, self.book, night, row.net_assets)
        self.desk.price_tonight(books, night, row.net_assets + moved)
        self.trial_balances[night, books.key] = books.trial_balance()
        self.positions[night, books.key] = dict(books.shares)
        self.closing_units[night, books.key] = books.units
        self.closing_values[night, books.key] = self._market_value(books, night)

    def _market_value(self, books: SleeveBooks, night: date) -> Decimal:
        return sum((cents(n * self.book.price_on(night, ticker)) for ticker, n in books.shares.items()), ZERO)

    def _pay_fees(self, books: SleeveBooks, night: date) -> None:
        """First session of a month: what each payee is owed, floored to cents."""
        if books.last_night is None or books.last_night.month == night.month:
            return
        for account in [name for name in books.balances if name.startswith("2100:")]:
            owed = -books.balance(account)
            paid = floor_cents(owed)
            if paid > 0:
                payee = account.partition(":")[2]
                books.post(night, "FEE_PAYMENT", f"PAY-{payee}", (account, paid), ("1000", -paid))
                self.fee_payments.append(FeePayment(night, books.key, payee, owed, paid))


def book_fees(books: SleeveBooks, night: date, fee_lines: list[FeeLine]) -> None:
    for line in fee_lines:
        owed_to = line.waives or line.payee
        amount = -line.amount if line.waives else line.amount
        if line.paid_from == "unit_value":
            books.post(night, "FEE", f"FEE-{line.payee}", (f"5000:{line.payee}", amount), (f"2100:{owed_to}", -amount))
        else:
            books.platform[f"8100:{owed_to}"] = books.platform.get(f"8100:{owed_to}", ZERO) + amount
            books.platform[f"8200:{line.payee}"] = books.platform.get(f"8200:{line.payee}", ZERO) - amount


def struck_row(books: SleeveBooks, night: date, market_value: Decimal) -> NightRow:
    cash = books.balance("1000")
    receivables = books.sum_of("11")
    payables = -books.sum_of("20", "29")
    accrued = -books.sum_of("2100:")
    net_assets = cash + receivables + market_value - payables - accrued
    unit_value = millionths(net_assets / books.units) if books.units else books.unit_value
    return NightRow(
        night,
        *books.key,
        "PUBLISHED",
        (),
        unit_value,
        net_assets,
        books.units,
        market_value,
        cash,
        receivables,
        payables,
        accrued,
    )


def projected_cash(oracle: Oracle, sleeve: SleeveKey, after: date) -> dict[date, Decimal]:
    """The cash ladder: settled cash at the close of `after`, then after each coming settlement day with an item."""
    books = oracle.sleeves[sleeve]
    cash = books.balance("1000")
    ladder = {after: cash}
    by_day: dict[date, Decimal] = {}
    for item in books.pending:
        day = item.due
        if day <= after or not oracle.calendar.is_settlement_day(day):
            day = oracle.calendar.settle(max(day, after))
        by_day[day] = by_day.get(day, ZERO) + item.amount
    for day in sorted(by_day):
        cash += by_day[day]
        ladder[day] = cash
    return ladder
