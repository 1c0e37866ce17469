"""Fees as they are collected: what each payee was owed, earned and paid in a month, and the payments behind it.

The night pays by itself: the first session of a month pays each claim's whole cents, floor, of what accrued to the end
of the month before; the rest stays owed (spec 8). These views list what it did, out of the ledger.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import date

import numpy as np

from modelx.domain.days import date_of, day_of
from modelx.domain.fee_schedule import PaidFrom
from modelx.domain.money import Column, sum_exact
from modelx.ledger.journal import JournalKind
from modelx.services.fee_ledger import Balances, FeeMoves, claims_of, fee_moves, owed_before
from modelx.services.known_names import require_known, sleeve_names, sleeves_chosen
from modelx.store import name_records
from modelx.store.engine import Connection, Engine
from modelx.store.unit_of_work import reading
from modelx.store.unit_value_records import Selection


@dataclass(frozen=True, slots=True)
class MonthLine:
    """One payee's month: ``opening`` + ``accrued`` + ``cleared`` - ``paid`` = ``closing`` (millionths).

    ``month`` is YYYY-MM; ``paid_on`` the days on which payments are dated (one, as a rule). ``accrued`` is net of
    waivers, ``cleared`` what is left of a cent when a last holder leaves. ``payments`` counts the sleeves that paid.
    """

    month: str
    payee: str
    paid_from: str
    paid_on: tuple[int, ...]
    payments: int
    opening: int
    accrued: int
    cleared: int
    paid: int
    closing: int


@dataclass(frozen=True, slots=True)
class Payment:
    """What one sleeve paid (or, ``paid_from`` account, was billed) for one payee: owed before, paid, left owed."""

    business_date: int
    payee: str
    plan: str
    model: str
    paid_from: str
    owed: int
    paid: int
    left: int


def list_collections(engine: Engine, chosen: Selection, payee: str | None = None) -> list[MonthLine]:
    """The months that the selection touches, by month, book and payee; of the plan and model chosen, or of all.

    Raises :class:`NotFound` for a plan, model or payee the book does not have.
    """
    with reading(engine) as connection:
        scope = _Scope(connection, chosen, payee)
        owed, months = owed_before(connection, _first_of_month(chosen.first_day)), dict[str, _Month]()
        for night in fee_moves(connection, _first_of_month(chosen.first_day), _last_of_month(chosen.last_day)):
            month = date_of(night.business_date).strftime("%Y-%m")
            if month not in months:
                months[month] = _Month(Balances(owed.key, owed.amount))
            months[month].take(night)
            owed.add(night.claim, night.amount)
    return [line for month, moved in months.items() for line in scope.lines(month, moved)]


def list_payments(engine: Engine, chosen: Selection, payee: str | None = None) -> list[Payment]:
    """The payments to a payee (None = all) dated in the selection, by date, plan and model: what is behind a transfer.

    Raises :class:`NotFound` for a plan, model or payee the book does not have.
    """
    with reading(engine) as connection:
        scope = _Scope(connection, chosen, payee)
        owed, payments = owed_before(connection, chosen.first_day), list[Payment]()
        for night in fee_moves(connection, chosen.first_day, chosen.last_day):
            after = owed.run(night.claim, night.amount)
            rows = np.flatnonzero((night.kind == JournalKind.FEE_PAYMENT) & scope.chooses(night.claim))
            payments += scope.payments(night.business_date, night.claim[rows], -night.amount[rows], after[rows])
    return sorted(payments, key=lambda one: (one.business_date, one.plan, one.model))


@dataclass(slots=True)
class _Month:
    """What moved in a month, by claim."""

    opening: Balances
    accrued: Balances = field(default_factory=Balances)
    cleared: Balances = field(default_factory=Balances)
    paid: Balances = field(default_factory=Balances)
    payments: list[tuple[int, Column]] = field(default_factory=list)

    def take(self, night: FeeMoves) -> None:
        paid, cleared = night.kind == JournalKind.FEE_PAYMENT, night.kind == JournalKind.DUST
        for rows, to, sign in ((~(paid | cleared), self.accrued, 1), (cleared, self.cleared, 1), (paid, self.paid, -1)):
            to.add(night.claim[rows], sign * night.amount[rows])
        if paid.any():
            self.payments.append((night.business_date, night.claim[paid]))


class _Scope:
    """The words for ids, and the claims that are wanted."""

    def __init__(self, connection: Connection, chosen: Selection, payee: str | None) -> None:
        require_known(connection, plan=chosen.plan, model=chosen.model, payee=payee)
        self._payees, self._sleeves = name_records.names(connection, "payee"), sleeve_names(connection)
        self._wanted = sleeves_chosen(self._sleeves, chosen.plan, chosen.model)
        self._payee_id = next((key for key, name in self._payees.items() if name == payee), None)

    def chooses(self, claim: Column) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """Which claims are of a sleeve and a payee that are wanted."""
        sleeve, payee_id, _ = claims_of(claim)
        mine = np.isin(sleeve, self._wanted)
        return mine if self._payee_id is None else mine & (payee_id == self._payee_id)

    def lines(self, month: str, moved: _Month) -> Iterator[MonthLine]:
        """A month's line for each payee and book with anything owed or moved."""
        parts = [getattr(moved, f.name) for f in fields(moved)[:4]]
        claims = np.unique(np.concatenate([part.key for part in parts]))
        claims = claims[self.chooses(claims)]
        _, payee_id, paid_from = claims_of(claims)
        opening, accrued, cleared, paid = (part.of(claims) for part in parts)
        pairs = set(zip(paid_from.tolist(), payee_id.tolist(), strict=True))
        order = sorted((book, self._payees[payee], payee) for book, payee in pairs)
        for book, name, payee in order:
            rows = (payee_id == payee) & (paid_from == book)
            had, earned, left_over, went = (sum_exact(column[rows]) for column in (opening, accrued, cleared, paid))
            if not (had or earned or left_over or went):
                continue
            days = {day: int(np.isin(claims[rows], paying).sum()) for day, paying in moved.payments}
            paid_on = tuple(day for day, count in days.items() if count)
            yield MonthLine(
                month=month,
                payee=name,
                paid_from=PaidFrom(book).name.lower(),
                paid_on=paid_on,
                payments=sum(days.values()),
                opening=had,
                accrued=earned,
                cleared=left_over,
                paid=went,
                closing=had + earned + left_over - went,
            )

    def payments(self, day: int, claim: Column, paid: Column, left: Column) -> Iterator[Payment]:
        """One line for each claim paid on a day."""
        columns = (*claims_of(claim), paid, left)
        for sleeve, payee, book, amount, rest in zip(*(column.tolist() for column in columns), strict=True):
            plan, model = self._sleeves[sleeve]
            books = PaidFrom(book).name.lower()
            yield Payment(day, self._payees[payee], plan, model, books, amount + rest, amount, rest)


def _first_of_month(day: int) -> int:
    on = date_of(max(day, 0))  # no night is older than the sessions known, which begin later
    return day_of(on.replace(day=1))


def _last_of_month(day: int) -> int:
    on = date_of(min(day, day_of(date.max)))
    return day_of(on.replace(day=monthrange(on.year, on.month)[1]))
