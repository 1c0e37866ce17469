"""Overrides as known at a load, each with a number of its own that never changes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection

from modelx.domain.book import MISSING
from modelx.domain.money import Column
from modelx.domain.override import OnExpiry
from modelx.store.tables import inputs as tables
from modelx.store.versions import StoredColumns, in_force, read_rows, row_ids

_KEY = ("plan_id", "model_id", "kind", "security_id", "start_date")


@dataclass(frozen=True, slots=True)
class StoredOverrides:
    """Overrides in force at a load, in the order of their numbers; ``model_id`` 0 means every model of the plan.

    ``number`` counts overrides from 1 in the order in which they came to the book; a later version keeps the number.
    ``saved_load`` is the load that first brought each. An ``end`` the day before ``start`` says that the override was
    withdrawn before it began. A blank weight is 0, a blank place for an excluded weight CASH.
    """

    number: Column
    plan_id: Column
    model_id: Column
    kind: Column
    security_id: Column
    to_security_id: Column
    weight: Column
    exclude_to: Column
    start: Column
    end: Column
    on_expiry: Column
    reason: list[str]
    saved_load: Column
    row_id: Column


def overrides_known(connection: Connection, horizon: int) -> StoredOverrides:
    """Every override as known at ``horizon``, ended and coming ones included."""
    rows = in_force(connection, tables.override, _KEY, horizon)
    number, saved = _numbers(connection, rows, horizon)
    order = np.argsort(number, kind="stable")
    words = OnExpiry.__members__
    expiry = np.array([int(words.get(text, OnExpiry.REVERT)) for text in rows["on_expiry"]], np.int64)
    blank = {name: np.where(rows[name] == MISSING, 0, rows[name])[order] for name in ("weight", "exclude_to")}
    return StoredOverrides(
        number=number[order],
        plan_id=rows["plan_id"][order],
        model_id=rows["model_id"][order],
        kind=rows["kind"][order],
        security_id=rows["security_id"][order],
        to_security_id=rows["to_security_id"][order],
        weight=blank["weight"],
        exclude_to=blank["exclude_to"],
        start=rows["start_date"][order],
        end=rows["end_date"][order],
        on_expiry=expiry[order],
        reason=[rows["reason"][i] for i in order.tolist()],
        saved_load=saved[order],
        row_id=row_ids(rows)[order],
    )


def _numbers(connection: Connection, rows: StoredColumns, horizon: int) -> tuple[Column, Column]:
    """The number of each row, and the load in which its key first came."""
    names = (*_KEY, "load_id", "line")
    every = read_rows(connection, tables.override, names, f"load_id <= {int(horizon)}", ("load_id", "line"))
    first: dict[tuple[int, ...], tuple[int, int]] = {}
    for *key, load_id, _line in zip(*(every[name].tolist() for name in names), strict=True):
        first.setdefault(tuple(key), (len(first) + 1, load_id))
    found = [first[key] for key in zip(*(rows[name].tolist() for name in _KEY), strict=True)]
    number, saved = zip(*found, strict=True) if found else ((), ())
    return np.array(number, np.int64), np.array(saved, np.int64)
