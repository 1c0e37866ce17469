"""Fee rows written as a person would, and the slow answer to what they accrue: one day at a time, in fractions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from fractions import Fraction

import numpy as np

from modelx.domain.book_codes import OPEN_END
from modelx.domain.days import EPOCH
from modelx.domain.fee_schedule import FeeAggregate, FeeMethod, FeeRows, PaidFrom, SleeveScope, parse_tiers

BEGINNING = date(2020, 1, 1)


@dataclass(frozen=True)
class Fee:
    payee: int
    rate: str = "0"
    plan: int = 0
    model: int = 0
    tiers: str = ""
    start: date = BEGINNING
    end: date | None = None
    account: bool = False
    cliff: bool = False
    aggregate: FeeAggregate = FeeAggregate.SLEEVE
    waives: int = 0


def day(on: date) -> int:
    return (on - EPOCH).days


def fee_rows(fees: Sequence[Fee]) -> FeeRows:
    def column(values: Sequence[int]) -> np.ndarray:
        return np.array(values, np.int64)

    return FeeRows(
        plan_id=column([fee.plan for fee in fees]),
        model_id=column([fee.model for fee in fees]),
        payee_id=column([fee.payee for fee in fees]),
        rate=column([int(Decimal(fee.rate).scaleb(12)) for fee in fees]),
        tiers=tuple(parse_tiers(fee.tiers) for fee in fees),
        start=column([day(fee.start) for fee in fees]),
        end=column([OPEN_END if fee.end is None else day(fee.end) for fee in fees]),
        paid_from=column([PaidFrom.ACCOUNT if fee.account else PaidFrom.UNIT_VALUE for fee in fees]),
        method=column([FeeMethod.CLIFF if fee.cliff else FeeMethod.GRADUATED for fee in fees]),
        aggregate=column([fee.aggregate for fee in fees]),
        waives=column([fee.waives for fee in fees]),
        load_order=column(list(range(len(fees)))),
    )


def scope(*plan_and_model: tuple[int, int]) -> SleeveScope:
    plans, models = zip(*plan_and_model, strict=True) if plan_and_model else ((), ())
    return SleeveScope(np.array(plans, np.int64), np.array(models, np.int64))


def money(*dollars: str | Decimal) -> np.ndarray:
    return np.array([int(Decimal(dollar).scaleb(6)) for dollar in dollars], np.int64)


def half_up(exact: Fraction, places: int = 6) -> Decimal:
    """Round a fraction half away from zero."""
    scaled = abs(exact) * 10**places
    whole, rest = divmod(scaled.numerator, scaled.denominator)
    whole += 2 * rest >= scaled.denominator
    return Decimal(whole if exact >= 0 else -whole).scaleb(-places)


def quantize(exact: Decimal, places: int, floor: bool = False) -> Decimal:
    return exact.quantize(Decimal(1).scaleb(-places), ROUND_FLOOR if floor else ROUND_HALF_UP)


def row_in_force(fees: Sequence[Fee], plan: int, model: int, payee: int, on: date) -> int | None:
    """Index of the row that wins: by specificity, start, load."""
    best = None
    for index, fee in enumerate(fees):
        live = fee.start <= on and (fee.end is None or on <= fee.end)
        if fee.payee == payee and live and fee.plan in (0, plan) and fee.model in (0, model):
            rank = ((fee.plan != 0) * 2 + (fee.model != 0), fee.start, index)
            best = rank if best is None or rank > best else best
    return None if best is None else best[2]


def yearly(fee: Fee, assets: Fraction) -> Fraction:
    if not fee.tiers:
        return assets * Fraction(fee.rate)
    bands, lower = [], Fraction(0)
    for part in fee.tiers.split(";"):
        rate, _, upper = part.partition("@")
        bands.append((lower, Fraction(upper) if upper else None, Fraction(rate)))
        lower = Fraction(upper) if upper else lower
    if fee.cliff:
        return next(assets * rate for _, upper, rate in bands if upper is None or assets <= upper)
    return sum(
        ((min(assets, upper) if upper is not None else assets) - lower) * rate
        for lower, upper, rate in bands
        if assets > lower
    )


@dataclass
class SlowAccruals:
    """Amounts by (sleeve, payee, paid_from account, waives)."""

    exact: dict[tuple[int, int, bool, int], Fraction] = field(default_factory=dict)
    days: dict[tuple[int, int, bool, int], int] = field(default_factory=dict)


def accrue_slowly(
    fees: Sequence[Fee], sleeves: Sequence[tuple[int, int]], bases: Sequence[Decimal], first: date, last: date
) -> SlowAccruals:
    slow = SlowAccruals()
    on = first
    while on <= last:
        basis = (date(on.year + 1, 1, 1) - date(on.year, 1, 1)).days
        for payee in {fee.payee for fee in fees}:
            winners = [row_in_force(fees, plan, model, payee, on) for plan, model in sleeves]
            for sleeve, winner in enumerate(winners):
                if winner is None:
                    continue
                fee, own = fees[winner], Fraction(bases[sleeve])
                assets = own
                if fee.aggregate is FeeAggregate.PLAN:
                    assets = sum(
                        (Fraction(b) for b, s in zip(bases, sleeves, strict=True) if s[0] == sleeves[sleeve][0]),
                        Fraction(0),
                    )
                if fee.aggregate is FeeAggregate.RELATIONSHIP:
                    assets = sum(
                        (
                            Fraction(b)
                            for b, w in zip(bases, winners, strict=True)
                            if w is not None and fees[w].aggregate is FeeAggregate.RELATIONSHIP
                        ),
                        Fraction(0),
                    )
                share = yearly(fee, assets) * own / assets if assets else Fraction(0)
                key = (sleeve, payee, fee.account, fee.waives)
                slow.exact[key] = slow.exact.get(key, Fraction(0)) + share / basis
                slow.days[key] = slow.days.get(key, 0) + 1
        on += timedelta(days=1)
    return slow
