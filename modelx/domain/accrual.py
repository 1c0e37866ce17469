"""Fee accrual of a cycle: every calendar day at its own rate and basis, one rounding per payee.

Source: ``spec/unitization.md`` 5 (step 7) and 8, vectors V01 to V06, ``design.md`` 3a.7. A fee accrues on the cycle's
opening net assets, actual/365 or actual/366 by the year of each day, and is kept to the millionth.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import lcm
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from modelx.domain.amount import CENT
from modelx.domain.days import date_of, day_of
from modelx.domain.errors import InvalidInput
from modelx.domain.fee_schedule import (
    FeeAggregate,
    FeeMethod,
    FeeRows,
    PaidFrom,
    SleeveScope,
    Tier,
    resolve,
)
from modelx.domain.joins import find_rows, is_first, is_last
from modelx.domain.money import Column, Rounding, big_mul_div, group_sum, mul_div, round_to

RATE_ONE = 10**12
PAYEE_BITS = 20


@dataclass(frozen=True, slots=True)
class FeeAccruals:
    """One line per sleeve and payee, ordered by sleeve, then payee id.

    ``amount`` (millionths, never negative) is owed to the payee; on a waiver line (``waives`` is not 0) it reduces
    what ``waives`` is owed. ``row`` is the fee row in force on the last day of the line, ``days`` the days it was
    live, ``base`` the sleeve's fee base and ``aggregate_base`` the assets held against the tiers. A payee has two
    lines where its rows change, within the cycle, who pays or what is waived.
    """

    sleeve: Column
    payee_id: Column
    row: Column
    paid_from: Column
    waives: Column
    days: Column
    base: Column
    aggregate_base: Column
    amount: Column

    def __len__(self) -> int:
        return self.sleeve.size


class Span(NamedTuple):
    """Days of one cycle, both inclusive, with one set of live rows and one day-count basis."""

    first: int
    last: int
    basis: int

    @property
    def days(self) -> int:
        """How many days the span has."""
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class _Terms:
    """One entry per sleeve, payee and span; entries of one ``line`` are added before they are rounded."""

    line: Column
    sleeve: Column
    row: Column
    days: Column
    basis: Column
    aggregate_base: Column


def fee_base(net_assets: Column, capital: Column) -> Column:
    """Return the base of a cycle's fees: the net assets last struck plus the capital then priced, never below zero.

    ``capital`` is subscriptions less redemptions priced at that strike, plus any dust cleared with them (millionths).
    """
    return np.asarray(np.maximum(net_assets + capital, 0))


def accrue(rows: FeeRows, sleeves: SleeveScope, base: Column, first: int, last: int) -> FeeAccruals:
    """Return the accruals of the days ``first`` to ``last`` inclusive, rounded half-up to the millionth, once each.

    ``base`` is the fee base of each sleeve in tonight's run (millionths, not negative). Tiers aggregate over the
    sleeves given: PLAN over the plan's, RELATIONSHIP over those whose row for the payee is RELATIONSHIP that day.
    A sleeve bears ``annual(A) * base / A`` of an aggregate A. Raises ``InvalidInput`` for a negative base or an
    empty span, ``OutOfRange`` past the limits of ``mul_div``.
    """
    if last < first:
        raise InvalidInput(f"no day to accrue: {date_of(first)} to {date_of(last)}")
    if base.size and int(base.min()) < 0:
        raise InvalidInput("a fee base is negative")
    spans = split_span(rows, first, last)
    terms = _terms(rows, sleeves, base, spans)
    line_start, line_end = np.flatnonzero(is_first(terms.line)), np.flatnonzero(is_last(terms.line))
    sleeve, row = terms.sleeve[line_end], terms.row[line_end]
    amount = _limit_waivers(rows, sleeve, row, _amounts(rows, base, terms, line_start))
    return FeeAccruals(
        sleeve=sleeve,
        payee_id=rows.payee_id[row],
        row=row,
        paid_from=rows.paid_from[row],
        waives=rows.waives[row],
        days=group_sum(terms.days, terms.line, line_start.size),
        base=base[sleeve],
        aggregate_base=terms.aggregate_base[line_end],
        amount=amount,
    )


def split_span(rows: FeeRows, first: int, last: int) -> tuple[Span, ...]:
    """Cut the days ``first`` to ``last`` where a row begins, the day after one ends, and at each new year."""
    years = range(date_of(first).year + 1, date_of(last).year + 1)
    new_years = [day_of(date(year, 1, 1)) for year in years]
    cuts = np.unique(np.concatenate([rows.start, rows.end + 1, np.array(new_years, np.int64)]))
    starts = [first, *(int(cut) for cut in cuts[(cuts > first) & (cuts <= last)])]
    ends = [*(start - 1 for start in starts[1:]), last]
    return tuple(Span(start, end, _basis(start)) for start, end in zip(starts, ends, strict=True))


def fees_borne(accruals: FeeAccruals, n_sleeves: int) -> Column:
    """Return what each sleeve's unit value bears: fees less waivers, paid_from unit_value only (millionths)."""
    borne = accruals.paid_from == PaidFrom.UNIT_VALUE
    signed = np.where(accruals.waives == 0, accruals.amount, -accruals.amount)
    return group_sum(signed[borne], accruals.sleeve[borne], n_sleeves)


def payable_to_pay(payable: Column) -> Column:
    """Return the whole cents of each payable (millionths), floor; what is left of a cent stays payable."""
    return np.maximum(round_to(payable, CENT, Rounding.FLOOR), 0)


def annual_fee(tiers: tuple[Tier, ...], method: FeeMethod, assets: npt.NDArray[Any]) -> npt.NDArray[np.object_]:
    """Return the exact yearly fee on each amount of assets (millionths), as Python integers of 10^-18 dollars.

    Assets on a bound belong to the lower band. GRADUATED charges each band its own rate, CLIFF the whole at the rate
    of the band it reaches. Vector V06.
    """
    if method is FeeMethod.CLIFF:
        band = np.searchsorted(np.array([tier.upper for tier in tiers]), assets, side="left")
        return np.asarray(assets.astype(object) * np.array([tier.rate for tier in tiers], object)[band])
    fee = np.zeros(assets.shape, object)
    lower = 0
    for tier in tiers:
        fee += np.clip(assets - lower, 0, tier.upper - lower).astype(object) * tier.rate
        lower = tier.upper
    return fee


def _basis(day: int) -> int:
    year = date_of(day).year
    return 366 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 365


def _terms(rows: FeeRows, sleeves: SleeveScope, base: Column, spans: tuple[Span, ...]) -> _Terms:
    """The winning rows of every span, in the order of lines, then of days."""
    winners = [resolve(rows, sleeves, span.first) for span in spans]
    sleeve = np.concatenate([winner.sleeve for winner in winners])
    row = np.concatenate([winner.row for winner in winners])
    span_of = np.repeat(np.arange(len(spans)), [winner.sleeve.size for winner in winners])
    aggregate = [_aggregate_bases(rows, sleeves, base, winner.sleeve, winner.row) for winner in winners]
    if len(spans) == 1:
        line, order = np.arange(sleeve.size), np.arange(sleeve.size)
    else:
        nature = np.stack([rows.payee_id, rows.paid_from, rows.waives])
        nature_of_row = np.unique(nature, axis=1, return_inverse=True)[1].reshape(-1).astype(np.int64)
        key = sleeve * (len(rows) + 1) + nature_of_row[row]
        order = np.argsort(key, kind="stable")
        line = np.cumsum(is_first(key[order])) - 1
    return _Terms(
        line=line,
        sleeve=sleeve[order],
        row=row[order],
        days=np.array([span.days for span in spans], np.int64)[span_of[order]],
        basis=np.array([span.basis for span in spans], np.int64)[span_of[order]],
        aggregate_base=np.concatenate(aggregate)[order],
    )


def _aggregate_bases(rows: FeeRows, sleeves: SleeveScope, base: Column, sleeve: Column, row: Column) -> Column:
    """The assets each pair (sleeve, row) holds against its tiers."""
    own = base[sleeve]
    aggregate = rows.aggregate[row]
    if not aggregate.any():
        return own
    plan = np.unique(sleeves.plan_id, return_inverse=True)[1].astype(np.int64)
    by_plan = group_sum(base, plan, int(plan.max()) + 1)
    payee = np.unique(rows.payee_id, return_inverse=True)[1].astype(np.int64)[row]
    related = aggregate == FeeAggregate.RELATIONSHIP
    by_payee = group_sum(own[related], payee[related], int(payee.max()) + 1)
    return np.where(related, by_payee[payee], np.where(aggregate == FeeAggregate.PLAN, by_plan[plan[sleeve]], own))


def _amounts(rows: FeeRows, base: Column, terms: _Terms, line_start: Column) -> Column:
    """Amount of each line. Flat lines share one 64-bit denominator; a line with tiers is summed as a big fraction."""
    n_lines = line_start.size
    if n_lines == 0:
        return np.empty(0, np.int64)
    tiered_row = np.array([bool(tiers) for tiers in rows.tiers], np.bool_)
    tiered = np.zeros(n_lines, np.bool_)
    if tiered_row.any():
        tiered[terms.line[tiered_row[terms.row]]] = True
    common = lcm(*(int(basis) for basis in np.unique(terms.basis)))
    rate_days = np.where(tiered_row, 0, rows.rate)[terms.row] * terms.days * (common // terms.basis)
    coefficient = rate_days if n_lines == terms.line.size else np.add.reduceat(rate_days, line_start)
    amount = mul_div(base[terms.sleeve[line_start]], coefficient, RATE_ONE * common)
    if tiered.any():
        amount[tiered] = _exact_amounts(rows, base, terms, tiered)
    return amount


def _exact_amounts(rows: FeeRows, base: Column, terms: _Terms, tiered: npt.NDArray[np.bool_]) -> Column:
    """Amounts of the lines that have tiers in any span: fractions of Python integers, rounded once."""
    entries = np.flatnonzero(tiered[terms.line])
    line = (np.cumsum(tiered) - 1)[terms.line[entries]]
    row, own, assets = terms.row[entries], base[terms.sleeve[entries]], terms.aggregate_base[entries]
    annual = np.zeros(entries.size, object)
    by_row = np.argsort(row, kind="stable")
    for group in np.split(by_row, np.flatnonzero(is_first(row[by_row]))[1:]):
        annual[group] = _annual_of_row(rows, int(row[group[0]]), assets[group])
    shared = own != assets
    top = annual * terms.days[entries]
    top[shared] *= own[shared].astype(object)
    under = terms.basis[entries].astype(object) * RATE_ONE
    under[shared] *= assets[shared].astype(object)
    tops = np.zeros(int(line.max()) + 1, object)
    unders = np.ones(tops.size, object)
    for start in range(int(np.bincount(line).max())):
        at = np.flatnonzero(_nth_of_line(line) == start)
        to = line[at]
        tops[to] = tops[to] * under[at] + top[at] * unders[to]
        unders[to] *= under[at]
    return big_mul_div(tops, 1, unders).astype(np.int64)


def _nth_of_line(line: Column) -> Column:
    """Which entry of its line each entry is, 0 for the first; lines are sorted."""
    starts = np.flatnonzero(is_first(line))
    return np.arange(line.size) - np.repeat(starts, np.diff(np.append(starts, line.size)))


def _annual_of_row(rows: FeeRows, row: int, assets: Column) -> npt.NDArray[np.object_]:
    """Exact yearly fee of one row on each amount; aggregates repeat, so each amount is worked out once."""
    amounts, of = np.unique(assets, return_inverse=True)
    tiers = rows.tiers[row] or (Tier(int(amounts[-1]), int(rows.rate[row])),)
    return np.asarray(annual_fee(tiers, FeeMethod(int(rows.method[row])), amounts)[of])


def _limit_waivers(rows: FeeRows, sleeve: Column, row: Column, amount: Column) -> Column:
    """Limit each waiver to what is left of the accrual it reduces, lower payee ids first.

    A waiver reaches only the line of the waived payee that is paid from where the waiver is.
    """
    payee, paid_from, waives = rows.payee_id[row], rows.paid_from[row], rows.waives[row]
    waivers = np.flatnonzero(waives != 0)
    if waivers.size == 0:
        return amount
    fees = np.flatnonzero(waives == 0)
    place = (sleeve << 1) + paid_from
    found = find_rows((place[fees] << PAYEE_BITS) + payee[fees], (place[waivers] << PAYEE_BITS) + waives[waivers])
    amount = amount.copy()
    amount[waivers[found < 0]] = 0
    waivers, target = waivers[found >= 0], fees[found[found >= 0]]
    order = np.lexsort((payee[waivers], target))
    waivers, target = waivers[order], target[order]
    before = np.cumsum(amount[waivers]) - amount[waivers]
    starts = np.flatnonzero(is_first(target))
    before -= np.repeat(before[starts], np.diff(np.append(starts, target.size)))
    amount[waivers] = np.minimum(amount[waivers], np.maximum(amount[target] - before, 0))
    return amount
