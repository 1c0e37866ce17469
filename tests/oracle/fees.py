"""Fee accrual of the oracle: exact rationals, one rounding per payee, sleeve and cycle.

Readings:
* The row of a day is the most specific live one for the payee (plan and model > plan > model > all); among
  equals the latest start; a blank start is the earliest of all.
* Tiers: a base equal to an upper bound belongs to the lower band, graduated or cliff.
* PLAN adds up the opening bases of all of the plan's sleeves in tonight's run; RELATIONSHIP those of the sleeves
  in tonight's run whose row of the payee *on that day* is RELATIONSHIP too. A sleeve that is held, or that
  catches up alone, counts alone.
* A cycle in which the winning row changes `paid_from` or `waives` gives one line, and one rounding, for each.
* Waivers of the same payee are taken in alphabetical order of the waiver's own payee, each limited to what is
  left of the waived payee's accrual with the same `paid_from`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from tests.oracle.book import Book, Fee, SleeveKey
from tests.oracle.exact import ZERO, fraction_to_millionths


@dataclass(frozen=True)
class FeeBase:
    """What a sleeve brings to tonight's accrual: opening net assets (not below zero) and the days to accrue."""

    sleeve: SleeveKey
    amount: Decimal
    days: tuple[date, ...]


@dataclass(frozen=True)
class FeeLine:
    """One accrual; for a waiver, `amount` is what it takes off the payee named in `waives`."""

    payee: str
    amount: Decimal
    paid_from: str
    waives: str
    days: tuple[date, ...]


def days_between(after: date, through: date) -> tuple[date, ...]:
    """Calendar days after the first date, through the second."""
    return tuple(after + timedelta(days=n) for n in range(1, (through - after).days + 1))


def year_basis(day: date) -> int:
    leap = day.year % 4 == 0 and (day.year % 100 != 0 or day.year % 400 == 0)
    return 366 if leap else 365


def winning_row(book: Book, sleeve: SleeveKey, payee: str, day: date) -> Fee | None:
    plan, model = sleeve
    live = [
        fee
        for fee in book.fees.values()
        if fee.payee == payee
        and fee.plan in ("", plan)
        and fee.model in ("", model)
        and (fee.start is None or fee.start <= day)
        and (fee.end is None or day <= fee.end)
    ]
    return max(live, key=lambda fee: (fee.plan != "", fee.model != "", fee.start or date.min), default=None)


def annual_fee(fee: Fee, assets: Fraction) -> Fraction:
    """A year's fee on the (aggregated) assets."""
    if fee.rate is not None:
        return assets * Fraction(fee.rate)
    if fee.method == "CLIFF":
        reached = next(rate for rate, upper in fee.tiers if upper is None or assets <= Fraction(upper))
        return assets * Fraction(reached)
    total, lower = Fraction(0), Fraction(0)
    for rate, upper in fee.tiers:
        top = assets if upper is None else min(assets, Fraction(upper))
        total += max(Fraction(0), top - lower) * Fraction(rate)
        lower = top
    return total


def aggregated_assets(book: Book, fee: Fee, base: FeeBase, run: Sequence[FeeBase], day: date) -> Fraction:
    if fee.aggregate == "PLAN":
        return sum((Fraction(other.amount) for other in run if other.sleeve[0] == base.sleeve[0]), Fraction(0))
    if fee.aggregate == "RELATIONSHIP":
        total = Fraction(0)
        for other in run:
            row = winning_row(book, other.sleeve, fee.payee, day)
            if row is not None and row.aggregate == "RELATIONSHIP":
                total += Fraction(other.amount)
        return total
    return Fraction(base.amount)


def fee_of_day(book: Book, fee: Fee, base: FeeBase, run: Sequence[FeeBase], day: date) -> Fraction:
    assets = Fraction(base.amount)
    if fee.rate is None:
        whole = aggregated_assets(book, fee, base, run, day)
        annual = annual_fee(fee, whole) * assets / whole if whole else Fraction(0)
    else:
        annual = annual_fee(fee, assets)
    return annual / year_basis(day)


def accrue(book: Book, run: Sequence[FeeBase]) -> dict[SleeveKey, list[FeeLine]]:
    """Tonight's fee lines of every sleeve in the run, zero lines left out, waivers already limited."""
    return {base.sleeve: limit_waivers(accrue_sleeve(book, base, run)) for base in run}


def accrue_sleeve(book: Book, base: FeeBase, run: Sequence[FeeBase]) -> list[FeeLine]:
    lines = []
    for payee in book.payees:
        exact: dict[tuple[str, str], Fraction] = {}
        for day in base.days:
            fee = winning_row(book, base.sleeve, payee, day)
            if fee is not None:
                account = (fee.paid_from, fee.waives)
                exact[account] = exact.get(account, Fraction(0)) + fee_of_day(book, fee, base, run, day)
        for (paid_from, waives), amount in exact.items():
            lines.append(FeeLine(payee, fraction_to_millionths(amount), paid_from, waives, base.days))
    return [line for line in lines if line.amount > 0]


def limit_waivers(lines: list[FeeLine]) -> list[FeeLine]:
    charges = [line for line in lines if not line.waives]
    left = {(line.payee, line.paid_from): line.amount for line in charges}
    limited = []
    for waiver in sorted((line for line in lines if line.waives), key=lambda line: line.payee):
        key = (waiver.waives, waiver.paid_from)
        amount = min(waiver.amount, left.get(key, ZERO))
        if amount > 0:
            left[key] -= amount
            limited.append(FeeLine(waiver.payee, amount, waiver.paid_from, waiver.waives, waiver.days))
    return charges + limited
