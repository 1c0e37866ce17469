"""What the unit values of the platform's own models say they hold, beside what the ledger says they hold.

The months' last unit values, those struck elsewhere before the platform included, give returns; style analysis of those
gives a mix, which is rescaled to the equity level that the ledger shows. A sleeve without 36 whole months is told, and
its look-through stands alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from modelx.disclosure.performance import ValueSeries
from modelx.domain.days import date_of
from modelx.domain.errors import NotFound
from modelx.evaluator.asset_classes import CODES, equity_mask, group_matrix
from modelx.evaluator.columns import FloatArray, as_floats
from modelx.evaluator.style_intervals import StyleIntervals
from modelx.services.disclosure_book import NoticeBook, nothing
from modelx.services.disclosure_history import joined
from modelx.services.qdia_candidates import SleeveHolding, by_vintage
from modelx.services.qdia_second_view import EQUITY, Part, SecondView
from modelx.services.qdia_style import FundStyle, Returns
from modelx.services.unit_values import PUBLISHED, list_unit_values
from modelx.store.unit_of_work import reading
from modelx.store.unit_value_records import Selection

if TYPE_CHECKING:
    from modelx.store.engine import Engine

SATURDAY = 5


def unit_value_returns(engine: Engine, last_day: int, holdings: Sequence[SleeveHolding]) -> Returns:
    """Monthly returns of sleeves from the last unit value in force in each whole month, for style analysis.

    A month's return needs that month's value and the one before; values from before the platform come from
    unit_value_history.csv. The option is ``plan/model``, its observed equity level what the sleeve holds. Raises
    :class:`NotFound` where no sleeve has two whole months.
    """
    lines = list_unit_values(engine, Selection(last_day=last_day))
    with reading(engine) as connection:
        before = NoticeBook.read(connection).history
    struck: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for line in lines:
        if line.strike is not None and line.status == PUBLISHED:
            value = line.business_date, int(line.strike.unit_value)
            struck.setdefault((line.plan, line.model), []).append(value)
    levels: dict[str, dict[str, int]] = {}
    for one in holdings:
        own = np.array(struck[one.plan, one.model], dtype=np.int64)
        whole = joined(
            before.get((one.plan, one.model), nothing()), ValueSeries(own[:, 0], own[:, 1]), date_of(last_day)
        )
        levels[f"{one.plan}/{one.model}"] = dict(_month_ends(whole, last_day))
    months = sorted({month for known in levels.values() for month in known})
    if len(months) < 2:
        raise NotFound("unit values at the ends of two months at least are needed for a return")
    table = np.array([[known.get(month, np.nan) for month in months] for known in levels.values()], dtype=np.float64)
    returns = as_floats(table[:, 1:] / table[:, :-1] - 1)
    observed = np.array([float(one.weights @ equity_mask()) for one in holdings])
    return Returns(tuple(levels), np.zeros(len(levels), dtype=np.int64), tuple(months[1:]), returns, observed)


def second_views(holdings: Sequence[SleeveHolding], styles: Sequence[FundStyle]) -> list[SecondView]:
    """Each option's portfolios by returns, where every sleeve of it could be analysed; ``styles`` one a sleeve.

    Sleeves of one vintage are weighted by assets. Their intervals are averaged, not narrowed: they move together.
    """
    by_sleeve = {one.option: one for one in styles}
    groups: dict[tuple[str, int], list[SleeveHolding]] = {}
    for one in holdings:
        groups.setdefault((one.option, one.vintage), []).append(one)
    views = []
    for (option, vintage), members in groups.items():
        found = [by_sleeve[f"{one.plan}/{one.model}"] for one in members]
        if not any(one.refused for one in found):
            views.append(_view(option, vintage, members, found))
    return views


def _month_ends(series: ValueSeries, last_day: int) -> Iterator[tuple[str, int]]:
    """The last value of each whole month; the month of ``last_day`` is whole on its last weekday."""
    ends: dict[str, int] = {}
    for day, value in zip(series.days.tolist(), series.values.tolist(), strict=True):
        ends[date_of(day).isoformat()[:7]] = value
    following = date_of(last_day) + timedelta(days=1)
    while following.weekday() >= SATURDAY:
        following += timedelta(days=1)
    running = following.isoformat()[:7]
    return ((month, value) for month, value in ends.items() if month != running)


def _view(option: str, vintage: int, members: Sequence[SleeveHolding], found: Sequence[FundStyle]) -> SecondView:
    held = by_vintage(members, np.stack([one.weights for one in members]))[0]
    rescaled, fitted = (
        by_vintage(members, np.stack([as_floats(getattr(one, name)) for one in found]))[0]
        for name in ("weights", "fitted")
    )
    low, high = (_ends(members, found, end) for end in ("low", "high"))
    sides = np.vstack([equity_mask(), group_matrix(), np.eye(len(CODES), dtype=np.bool_)]).astype(np.float64)
    names = (EQUITY, *_group_names(found), *CODES)
    shown = [
        Part(name, *(float(number) for number in figures))
        for name, *figures in zip(names, sides @ held, sides @ fitted, low, high, strict=True)
        if name not in CODES or figures[0] > 0 or figures[1] > 0
    ]
    r2 = by_vintage(members, np.array([[one.r2] for one in found]))[0, 0]
    months = min(one.months for one in found)
    return SecondView(option, vintage, as_floats(rescaled), tuple(shown), float(r2), months, found[0].last)


def _ends(members: Sequence[SleeveHolding], found: Sequence[FundStyle], end: str) -> FloatArray:
    rows = [_end(one.intervals, end) for one in found if one.intervals is not None]
    return as_floats(by_vintage(members, np.stack(rows))[0])


def _end(sure: StyleIntervals, end: str) -> FloatArray:
    return np.concatenate([as_floats(getattr(part, end)[0]) for part in (sure.equity, sure.groups, sure.classes)])


def _group_names(found: Sequence[FundStyle]) -> tuple[str, ...]:
    return next(one.intervals.group_names for one in found if one.intervals is not None)
