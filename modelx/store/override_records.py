"""Overrides as known at a load, and which securities a model has ever held."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from modelx.domain.money import Column
from modelx.store.bulk import fetch_columns
from modelx.store.tables import inputs as tables
from modelx.store.versions import in_force, read_rows, row_ids


@dataclass(frozen=True, slots=True)
class StoredOverrides:
    """The rows of overrides.csv in force, by plan, model (0 = every model of the plan), kind, security and start.

    ``weight`` and ``exclude_to`` are ``MISSING`` where the file leaves them blank.
    """

    plan_id: Column
    model_id: Column
    kind: Column
    security_id: Column
    to_security_id: Column
    weight: Column
    exclude_to: Column
    start_day: Column
    end_day: Column
    on_expiry: list[str]
    reason: list[str]
    load_id: Column
    row_id: Column


def overrides_known(connection: Connection, horizon: int) -> StoredOverrides:
    """Every override as known at ``horizon``, whenever it acts."""
    key = ("plan_id", "model_id", "kind", "security_id", "start_date")
    rows = in_force(connection, tables.override, key, horizon)
    return StoredOverrides(
        rows["plan_id"],
        rows["model_id"],
        rows["kind"],
        rows["security_id"],
        rows["to_security_id"],
        rows["weight"],
        rows["exclude_to"],
        rows["start_date"],
        rows["end_date"],
        rows["on_expiry"],
        rows["reason"],
        rows["load_id"],
        row_ids(rows),
    )


@dataclass(frozen=True, slots=True)
class FirstTargeted:
    """The first load that gave a model a target in a security, by model, then security."""

    model_id: Column
    security_id: Column
    load_id: Column


def first_targeted(connection: Connection, horizon: int) -> FirstTargeted:
    """Every security that was ever a target of each model, and since which load."""
    rows = fetch_columns(
        connection,
        "SELECT model_id, security_id, MIN(load_id) AS load_id FROM target WHERE load_id <= :horizon AND weight > 0 "
        "GROUP BY model_id, security_id ORDER BY model_id, security_id",
        {"horizon": horizon},
        ["model_id", "security_id", "load_id"],
    )
    return FirstTargeted(rows["model_id"], rows["security_id"], rows["load_id"])


def override_numbers(connection: Connection, horizon: int) -> dict[int, int]:
    """The number of every override by the row ids of all its versions.

    Overrides are counted from 1 in the order in which they first came to the book: a number is never another's.
    """
    names = ("plan_id", "model_id", "kind", "security_id", "start_date", "load_id", "line")
    rows = read_rows(connection, tables.override, names, f"load_id <= {int(horizon)}", ("load_id", "line"))
    number: dict[tuple[int, ...], int] = {}
    found = {}
    for *key, load_id, line in zip(*(rows[name].tolist() for name in names), strict=True):
        found[load_id << 32 | line] = number.setdefault(tuple(key), len(number) + 1)
    return found
