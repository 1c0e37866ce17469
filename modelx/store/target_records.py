"""Target weights as known at a load: for every model, the version in effect on a day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection

from modelx.domain.money import Column
from modelx.store.tables import inputs as tables
from modelx.store.versions import StoredColumns, in_force, row_ids, taken


@dataclass(frozen=True, slots=True)
class Targets:
    """One row per model and security (0 = cash) of the versions in effect; weights in 10^-12, summing to one.

    ``effective_day`` and ``load_id`` are those of the model's version.
    """

    model_id: Column
    security_id: Column
    weight: Column
    effective_day: Column
    load_id: Column
    row_id: Column


def targets_on(connection: Connection, day: int, horizon: int) -> Targets:
    """For each model the targets of its newest effective date on or before ``day``, as known at ``horizon``.

    A version whose weights sum to zero cancels the one of its date: the version before it stays in force.
    """
    rows = in_force(
        connection,
        tables.target,
        ("model_id", "effective_date", "security_id"),
        horizon,
        f"effective_date <= {int(day)}",
        group=("model_id", "effective_date"),
    )
    rows = taken(rows, np.flatnonzero(~_cancelled(rows)))
    newest = np.full(int(rows["model_id"].max(initial=0)) + 1, np.iinfo(np.int64).min)
    np.maximum.at(newest, rows["model_id"], rows["effective_date"])
    rows = taken(rows, np.flatnonzero(rows["effective_date"] == newest[rows["model_id"]]))
    return Targets(
        rows["model_id"],
        rows["security_id"],
        rows["weight"],
        rows["effective_date"],
        rows["load_id"],
        row_ids(rows),
    )


def _cancelled(rows: StoredColumns) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Rows of versions that hold nothing at all; rows come by model and date."""
    model, day, weight = rows["model_id"], rows["effective_date"], rows["weight"]
    if weight.size == 0:
        return np.zeros(0, np.bool_)
    begins = np.ones(weight.size, np.bool_)
    begins[1:] = (model[1:] != model[:-1]) | (day[1:] != day[:-1])
    total = np.add.reduceat(weight, np.flatnonzero(begins))
    return np.asarray(total[np.cumsum(begins) - 1] == 0)
