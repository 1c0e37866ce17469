"""One sleeve's books: a double-entry journal, shares, the unit register, and what waits to settle.

Debits are positive, credits negative. Market value is never posted. Expense and income follow the chart of
spec 6, with `5000:<payee>` for fees. Account-paid fees live in the platform's book (`8100:<payee>` receivable,
`8200:<payee>` earned), outside the sleeve's net assets.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from tests.oracle.book import Book, SleeveKey
from tests.oracle.exact import ZERO

Line = tuple[str, Decimal]
Finding = tuple[str, str]

FIRST_UNIT_VALUE = Decimal("10.000000")


@dataclass(frozen=True)
class Entry:
    """A journal of one event. `lines` sum to zero."""

    date: date
    kind: str
    ref: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Pending:
    """An amount that moves through cash on its due date: `account` is cleared, cash takes its place."""

    due: date
    ref: str
    account: str
    amount: Decimal


@dataclass
class SleeveBooks:
    key: SleeveKey
    start: date
    balances: dict[str, Decimal] = field(default_factory=dict)
    platform: dict[str, Decimal] = field(default_factory=dict)
    shares: dict[str, Decimal] = field(default_factory=dict)
    units: Decimal = ZERO
    register: list[tuple[date, str, Decimal]] = field(default_factory=list)
    unit_value: Decimal = FIRST_UNIT_VALUE
    opening: Decimal = ZERO
    last_night: date | None = None
    accrued_through: date | None = None
    pending: list[Pending] = field(default_factory=list)
    journal: list[Entry] = field(default_factory=list)
    booked: set[str] = field(default_factory=set)
    missed: list[date] = field(default_factory=list)
    hold: tuple[Finding, ...] = ()
    waived: set[tuple[date, str, str]] = field(default_factory=set)
    left_on: date | None = None

    def closes_on(self, book: Book) -> date | None:
        """The last day on which orders are taken: the end date, or the day the plan left whole."""
        end_date = book.sleeves[self.key].end_date
        return self.left_on if self.left_on is not None and (end_date is None or self.left_on < end_date) else end_date

    def balance(self, account: str) -> Decimal:
        return self.balances.get(account, ZERO)

    def sum_of(self, *prefixes: str) -> Decimal:
        return sum((amount for account, amount in self.balances.items() if account.startswith(prefixes)), ZERO)

    def post(self, on: date, kind: str, ref: str, *lines: Line) -> None:
        """Book one balanced entry; lines of zero, and entries without lines, are left out."""
        kept = tuple(line for line in lines if line[1] != 0)
        if sum((amount for _, amount in kept), ZERO) != 0:
            raise AssertionError(f"{self.key} {on} {kind} {ref} does not balance: {kept}")
        if not kept:
            return
        for account, amount in kept:
            self.balances[account] = self.balance(account) + amount
        self.journal.append(Entry(on, kind, ref, kept))

    def wait(self, due: date, ref: str, account: str, amount: Decimal) -> None:
        if amount != 0:
            self.pending.append(Pending(due, ref, account, amount))

    def settle_due(self, on: date) -> None:
        """Move everything due on or before the date through 1000."""
        for item in [item for item in self.pending if item.due <= on]:
            self.post(on, "SETTLE", f"S-{item.ref}", ("1000", item.amount), (item.account, -item.amount))
            self.pending.remove(item)

    def hold_shares(self, ticker: str, quantity: Decimal) -> None:
        if quantity == 0:
            self.shares.pop(ticker, None)
        else:
            self.shares[ticker] = quantity

    def held(self, ticker: str) -> Decimal:
        return self.shares.get(ticker, ZERO)

    def issue(self, on: date, ref: str, units: Decimal) -> None:
        """Units issued (positive) or redeemed (negative)."""
        self.units += units
        self.register.append((on, ref, units))

    def trial_balance(self) -> dict[str, Decimal]:
        return {account: amount for account, amount in sorted(self.balances.items()) if amount != 0}
