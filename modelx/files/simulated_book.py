"""A simulation as folders of the book, made in memory: what stands at the start, then each quarter's prices and orders.

The rows are those that a person would write; they are loaded like anybody's, or written out as CSV.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from modelx.domain.book import MISSING, Field, FileColumns, IntColumn, Texts
from modelx.domain.book_codes import AssetClassKind, OrderSide, OverrideKind, QuantityType, SecurityKind, SeriesKind
from modelx.domain.days import date_of, day_of
from modelx.domain.model_portfolio import CASH_TICKER
from modelx.evaluator.asset_classes import NINETEEN
from modelx.files.book_files import BOOK, BY_NAME
from modelx.services.market_history import MarketHistory
from modelx.services.model_market import months_of
from modelx.services.series_book import DatedSeries
from modelx.services.simulated_market import SimulatedMarket
from modelx.services.simulated_plans import SimulatedPlans

RECORDKEEPER = "SIMRK"
_MONTHS_A_LOAD = 3

Given = Mapping[str, "IntColumn | Sequence[str] | int | str"]


@dataclass(frozen=True, slots=True)
class SimulatedLoad:
    """The files of one load, in the order in which a book is read, and the last session it has prices for."""

    name: str
    through: int
    files: Mapping[str, FileColumns]


def simulated_loads(platform: SimulatedMarket, plans: SimulatedPlans) -> Iterator[SimulatedLoad]:
    """Yield a load for each quarter of the history, the first with everything that stands from the start."""
    history = platform.market.history
    quarter = months_of(history.sessions) // _MONTHS_A_LOAD
    tickers = list(platform.market.universe)
    for at, which in enumerate(np.unique(quarter).tolist()):
        sessions = history.sessions[quarter == which]
        first, last = int(sessions[0]), int(sessions[-1])
        given = _standing(platform, plans) if at == 0 else {}
        given |= _market_files(history, tickers, first, last)
        given["targets.csv"] = _targets(platform, first, last)
        given["orders.csv"] = _orders(plans, first, last)
        files = {file.name: file_columns(file.name, given[file.name]) for file in BOOK if file.name in given}
        name = f"{at + 1:03d}_{date_of(first)}"
        yield SimulatedLoad(name, last, {name: columns for name, columns in files.items() if len(columns)})


def file_columns(file: str, given: Given) -> FileColumns:
    """Columns of a file as its format has them: one value stands for all rows, and what is not given is blank."""
    n = next(len(values) for values in given.values() if not isinstance(values, int | str))
    columns: dict[str, Field] = {}
    for column in BY_NAME[file].columns:
        value = given.get(column.name, column.blank if column.blank is not None else "")
        if isinstance(value, str):
            columns[column.name] = Texts(np.zeros(n, np.int32), (value,))
        elif isinstance(value, int):
            columns[column.name] = np.full(n, value, np.int64)
        elif isinstance(value, np.ndarray):
            columns[column.name] = value
        else:
            columns[column.name] = Texts.of(value)
    return FileColumns(file, np.arange(2, n + 2, dtype=np.int64), columns, np.zeros(n, np.bool_))


def _standing(platform: SimulatedMarket, plans: SimulatedPlans) -> dict[str, Given]:
    first = int(platform.market.history.sessions[0])
    return {
        "securities.csv": _securities(platform),
        "asset_classes.csv": {
            "asset_class": [one.code for one in NINETEEN],
            "kind": _ints(AssetClassKind.EQUITY if one.is_equity else AssetClassKind.FIXED for one in NINETEEN),
        },
        "models.csv": {
            "model": [one.model for one in platform.models],
            "name": [one.name for one in platform.models],
            "manager": [one.manager for one in platform.models],
            "series": [one.series for one in platform.models],
            "vintage": [one.vintage for one in platform.models],
            "style": [one.style for one in platform.models],
            "inception": first,
        },
        "plans.csv": {
            "plan": list(plans.plans),
            "name": [f"Plan {code}" for code in plans.plans],
            "type": 0,
            "recordkeeper": RECORDKEEPER,
            "fiscal_year_end": 1231,
        },
        "sleeves.csv": {
            "plan": [plans.plans[at] for at in plans.plan.tolist()],
            "model": [plans.models[at] for at in plans.model.tolist()],
            "start_date": first,
            "rebalance": plans.policy,
            "band_points": MISSING,
            "min_trade": plans.min_trade,
            "cash_buffer": plans.buffer,
        },
        "fees.csv": {
            "plan": [fee.plan for fee in plans.fees],
            "model": [fee.model for fee in plans.fees],
            "payee": [fee.payee for fee in plans.fees],
            "kind": _ints(fee.kind for fee in plans.fees),
            "rate": _ints(fee.rate for fee in plans.fees),
            "tiers": "",
        },
        "overrides.csv": _overrides(plans),
        **_families(platform.series),
    }


def _families(series: Sequence[DatedSeries]) -> dict[str, Given]:
    """Series with their glide paths and tactical rules: the ledger makes the versions of their models by itself."""
    rules = {f"RULE{at}": one.rule for at, one in enumerate(series, start=1) if one.rule is not None}
    paths = {f"PATH{at}": one.series.path for at, one in enumerate(series, start=1)}
    paths |= {f"SAFE{name}": rule.defensive for name, rule in rules.items()}
    lines = [
        (name, point.months, ticker, weight)
        for name, path in paths.items()
        for point in path.points
        for ticker, weight in point.weights.items()
    ]
    equity = [(name, ticker) for name, rule in rules.items() for ticker in sorted(rule.equity)]
    return {
        "series.csv": {
            "series": [one.series.name for one in series],
            "kind": int(SeriesKind.TARGET_DATE),
            "glide_path": [f"PATH{at}" for at in range(1, len(series) + 1)],
            "roll_months": [";".join(str(month) for month in sorted(one.series.roll_months)) for one in series],
            "tactical_rule": [f"RULE{at}" if one.rule else "" for at, one in enumerate(series, start=1)],
        },
        "glide_paths.csv": {
            "glide_path": [line[0] for line in lines],
            "months": _ints(line[1] for line in lines),
            "ticker": [line[2] for line in lines],
            "weight": _ints(line[3] for line in lines),
        },
        "tactical_rules.csv": {
            "tactical_rule": list(rules),
            "window_sessions": _ints(rule.window_sessions for rule in rules.values()),
            "fall_max": _ints(rule.fall_max for rule in rules.values()),
            "rise_max": _ints(rule.rise_max for rule in rules.values()),
            "move_min": _ints(rule.move_min for rule in rules.values()),
            "defensive_path": [f"SAFE{name}" for name in rules],
        },
        "tactical_equity.csv": {
            "tactical_rule": [name for name, _ in equity],
            "ticker": [ticker for _, ticker in equity],
        },
    }


def _securities(platform: SimulatedMarket) -> Given:
    listings = list(platform.market.universe.values())
    terms = platform.market.history.terms
    return {
        "ticker": [one.ticker for one in listings],
        "name": [one.name for one in listings],
        "kind": _ints(SecurityKind[one.kind] for one in listings),
        "asset_class": [one.asset_class for one in listings],
        "expense_ratio_pct": terms.expense_ratio,
        "share_dp": terms.share_dp,
        "price_dp": 2,
        "whole_shares": terms.whole_shares.astype(np.int64),
        "settle_lag": terms.settle_lag,
        "status": "OPEN",
    }


def _overrides(plans: SimulatedPlans) -> Given:
    weighted = (OverrideKind.SET_WEIGHT, OverrideKind.CASH_BUFFER)
    blank_end = next(column.blank for column in BY_NAME["overrides.csv"].columns if column.name == "end")
    assert isinstance(blank_end, int)
    rules = plans.overrides
    return {
        "plan": [one.plan for one in rules],
        "model": [one.model for one in rules],
        "kind": _ints(one.kind for one in rules),
        "ticker": [one.ticker for one in rules],
        "to_ticker": [one.to_ticker for one in rules],
        "weight": _ints(one.weight if one.kind in weighted else MISSING for one in rules),
        "exclude_to": _ints(one.exclude_to if one.kind is OverrideKind.EXCLUDE else MISSING for one in rules),
        "start": _ints(day_of(one.start) for one in rules),
        "end": _ints(blank_end if one.end is None else day_of(one.end) for one in rules),
        "on_expiry": [one.on_expiry.name for one in rules],
        "reason": [one.reason for one in rules],
    }


def _market_files(history: MarketHistory, tickers: Sequence[str], first: int, last: int) -> dict[str, Given]:
    inside = (history.sessions >= first) & (history.sessions <= last)
    sessions = history.sessions[inside]
    paid = (history.distribution_day >= first) & (history.distribution_day <= last)
    split = (history.split_day >= first) & (history.split_day <= last)
    return {
        "prices.csv": {
            "date": np.repeat(sessions, len(tickers)),
            "ticker": list(tickers) * sessions.size,
            "price": history.price[inside].reshape(-1),
        },
        "distributions.csv": {
            "ticker": [tickers[at - 1] for at in history.distributions.security_id[paid].tolist()],
            "ex_date": history.distribution_day[paid],
            "pay_date": history.distributions.pay_day[paid],
            "kind": history.distributions.kind[paid],
            "rate": history.distributions.rate[paid],
            "reinvest": history.distributions.reinvest[paid].astype(np.int64),
        },
        "splits.csv": {
            "ticker": [tickers[at - 1] for at in history.splits.security_id[split].tolist()],
            "ex_date": history.split_day[split],
            "new_shares": history.splits.new_shares[split],
            "old_shares": history.splits.old_shares[split],
        },
    }


def _targets(platform: SimulatedMarket, first: int, last: int) -> Given:
    """What managers decide in a span of days; series decide for themselves."""
    own = {model for one in platform.series for model in one.series.models.values()}
    rows = [
        (model, day_of(version.effective), ticker, weight)
        for model, versions in sorted(platform.market.versions.items())
        if model not in own
        for version in versions
        if first <= day_of(version.effective) <= last
        for ticker, weight in version.weights
        if weight or ticker == CASH_TICKER
    ]
    return {
        "model": [row[0] for row in rows],
        "effective_date": _ints(row[1] for row in rows),
        "ticker": [row[2] for row in rows],
        "weight": _ints(row[3] for row in rows),
    }


def _orders(plans: SimulatedPlans, first: int, last: int) -> Given:
    flows = plans.flows
    rows = np.flatnonzero((flows.day >= first) & (flows.day <= last))
    day, sleeve, amount = flows.day[rows], flows.sleeve[rows], flows.amount[rows]
    names = {one: f"F{date_of(one)}" for one in np.unique(day).tolist()}
    return {
        "file_id": [names[one] for one in day.tolist()],
        "rk_id": RECORDKEEPER,
        "order_ref": [f"O{at:09d}" for at in (rows + 1).tolist()],
        "plan_id": [plans.plans[at] for at in plans.plan[sleeve].tolist()],
        "ticker": [plans.models[at] for at in plans.model[sleeve].tolist()],
        "side": np.where(amount > 0, int(OrderSide.SUB), int(OrderSide.RED)),
        "qty_type": int(QuantityType.AMT),
        "qty": np.abs(amount),
        "trade_date": day,
        "cutoff_attested": 1,
    }


def _ints(values: Iterable[int]) -> IntColumn:
    return np.array([int(value) for value in values], np.int64)
