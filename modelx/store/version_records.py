"""Every target version of every model that was ever loaded, as known at a load."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection

from modelx.domain.money import Column
from modelx.store.tables import inputs as tables
from modelx.store.versions import read_rows


@dataclass(frozen=True, slots=True)
class StoredVersions:
    """One row per version and security, by model, then load, date and security; weights in 10^-12.

    A version is a model's rows of one load and effective date. Its ``number`` counts the model's versions from 1 in
    that order, and never changes. ``superseded`` marks rows of versions that a later load replaced on their date; a
    version whose weights sum to zero cancels what stood on its date.
    """

    model_id: Column
    number: Column
    effective: Column
    load_id: Column
    security_id: Column
    weight: Column
    superseded: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]


def versions_known(connection: Connection, horizon: int, model_ids: Iterable[int] | None = None) -> StoredVersions:
    """Every version of every model, or of some, loaded up to ``horizon``."""
    names = ("model_id", "load_id", "effective_date", "security_id", "weight")
    where = f"load_id <= {int(horizon)}"
    if model_ids is not None:
        where += f" AND model_id IN ({', '.join(str(int(model)) for model in model_ids) or -1})"
    rows = read_rows(connection, tables.target, names, where, names[:4])
    model, load, day = rows["model_id"], rows["load_id"], rows["effective_date"]
    begins = np.ones(model.size, np.bool_)
    begins[1:] = (model[1:] != model[:-1]) | (load[1:] != load[:-1]) | (day[1:] != day[:-1])
    running = np.cumsum(begins)
    new_model = np.ones(model.size, np.bool_)
    new_model[1:] = model[1:] != model[:-1]
    first = running[new_model]
    number = running - first[np.cumsum(new_model) - 1] + 1 if model.size else running
    last_load: dict[tuple[int, int], int] = {}
    for key in zip(model[begins].tolist(), day[begins].tolist(), load[begins].tolist(), strict=True):
        last_load[key[:2]] = max(last_load.get(key[:2], 0), key[2])
    standing = [last_load[key] for key in zip(model.tolist(), day.tolist(), strict=True)]
    superseded = np.array(standing, np.int64) != load
    return StoredVersions(model, number.astype(np.int64), day, load, rows["security_id"], rows["weight"], superseded)
