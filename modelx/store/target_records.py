"""Target weights as known at a load: for every model, the version in effect on a day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection

from modelx.domain.money import Column
from modelx.store.tables import inputs as tables
from modelx.store.versions import in_force, row_ids, taken


@dataclass(frozen=True, slots=True)
class Targets:
    """One row per model and security (0 = cash) of the versions in effect; weights in 10^-12, summing to one."""

    model_id: Column
    security_id: Column
    weight: Column
    row_id: Column


def targets_on(connection: Connection, day: int, horizon: int) -> Targets:
    """For each model the targets of its newest effective date on or before ``day``, as known at ``horizon``."""
    rows = in_force(
        connection,
        tables.target,
        ("model_id", "effective_date", "security_id"),
        horizon,
        f"effective_date <= {int(day)}",
        group=("model_id", "effective_date"),
    )
    newest = np.full(int(rows["model_id"].max(initial=0)) + 1, np.iinfo(np.int64).min)
    np.maximum.at(newest, rows["model_id"], rows["effective_date"])
    rows = taken(rows, np.flatnonzero(rows["effective_date"] == newest[rows["model_id"]]))
    return Targets(rows["model_id"], rows["security_id"], rows["weight"], row_ids(rows))
