"""How every sleeve of a ledger has done, for the same summary as a what-if's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from modelx.domain.errors import NotFound
from modelx.domain.money import Column
from modelx.store import name_records, performance_records
from modelx.store.engine import Engine
from modelx.store.unit_of_work import reading


@dataclass(frozen=True, slots=True)
class LedgerPerformance:
    """Nights and sleeves by their names. ``unit_value`` and ``net_assets`` have a row per night, a column per sleeve.

    The nights begin with the first on which every sleeve was struck; a sleeve that was held shows its last value.
    """

    plan: tuple[str, ...]
    model: tuple[str, ...]
    days: Column
    unit_value: Column
    net_assets: Column
    purchases: Column
    sales: Column
    fees: Column


def ledger_performance(engine: Engine) -> LedgerPerformance:
    """Read every sleeve's unit values, trades and fees. Raises ``NotFound`` when no night was struck."""
    with reading(engine) as connection:
        strikes = performance_records.strikes(connection)
        sleeve_id = np.unique(strikes.sleeve_id)
        spent = performance_records.turnover(connection, sleeve_id)
        keys = name_records.sleeve_keys(connection)
        plans, models = (name_records.names(connection, kind) for kind in ("plan", "model"))
    if sleeve_id.size == 0:
        raise NotFound("no night has been struck: run nights first")
    days, row = np.unique(strikes.business_date, return_inverse=True)
    column = np.searchsorted(sleeve_id, strikes.sleeve_id)
    unit_value, net_assets = (_grid(days.size, sleeve_id.size, row, column, values) for values in _values(strikes))
    begins = int((unit_value == 0).sum(axis=0).max())
    at = np.searchsorted(keys.sleeve_id, sleeve_id)
    return LedgerPerformance(
        plan=tuple(plans[one] for one in keys.plan_id[at].tolist()),
        model=tuple(models[one] for one in keys.model_id[at].tolist()),
        days=days[begins:],
        unit_value=unit_value[begins:],
        net_assets=net_assets[begins:],
        purchases=spent.purchases,
        sales=spent.sales,
        fees=spent.fees,
    )


def base_of_models(performance: LedgerPerformance) -> Column:
    """For each sleeve, the first sleeve of the same model: in a simulation, the one that overrides nothing."""
    first: dict[str, int] = {}
    for at, model in enumerate(performance.model):
        first.setdefault(model, at)
    return np.array([first[model] for model in performance.model], np.int64)


def _values(strikes: performance_records.Strikes) -> tuple[Column, Column]:
    return strikes.unit_value, strikes.net_assets


def _grid(nights: int, sleeves: int, row: Column, column: Column, values: Column) -> Column:
    """Values by night and sleeve; a missing one repeats the night before, and is zero before the first."""
    grid, struck = np.zeros((nights, sleeves), np.int64), np.zeros((nights, sleeves), np.bool_)
    grid[row, column], struck[row, column] = values, True
    last = np.maximum.accumulate(np.where(struck, np.arange(nights)[:, None], 0), axis=0)
    return np.take_along_axis(grid, last, axis=0)
