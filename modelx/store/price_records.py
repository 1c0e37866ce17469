"""Prices as known at a load: a night's, a second source's, and their history."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection

from modelx.domain.money import Column
from modelx.store.tables import dated_inputs as tables
from modelx.store.versions import in_force, last_of_each, read_rows, row_ids, taken


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices of one day, by ascending security id, in 10^-8."""

    security_id: Column
    price: Column
    row_id: Column


@dataclass(frozen=True, slots=True)
class SecondPrices:
    """Prices of one day from other sources: one row for each security and source, by security id."""

    security_id: Column
    price: Column
    source: list[str]
    row_id: Column


def prices_on(connection: Connection, day: int, horizon: int) -> Prices:
    """The prices dated ``day``: exactly that day, nothing is carried forward."""
    rows = in_force(connection, tables.price, ("security_id",), horizon, f"business_date = {int(day)}")
    return Prices(rows["security_id"], rows["price"], row_ids(rows))


def second_prices_on(connection: Connection, day: int, horizon: int) -> SecondPrices:
    """The second sources' prices dated ``day``."""
    key = ("security_id", "source")
    rows = in_force(connection, tables.second_price, key, horizon, f"business_date = {int(day)}")
    return SecondPrices(rows["security_id"], rows["price"], rows["source"], row_ids(rows))


def price_history(connection: Connection, security_ids: Column, days: Column, horizon: int) -> Column:
    """A price for each day (rows, in the order given) and security (columns), 0 where there is none.

    Reads all prices from the first to the last of the days: meant for a few sessions, or for a few hundred of few
    securities.
    """
    history = np.zeros((len(days), len(security_ids)), np.int64)
    if len(days) == 0 or len(security_ids) == 0:
        return history
    where = f"business_date BETWEEN {int(days.min())} AND {int(days.max())} AND load_id <= {int(horizon)}"
    if len(security_ids) <= _LISTED:
        where += f" AND security_id IN ({', '.join(str(int(i)) for i in security_ids)})"
    names = ("business_date", "security_id", "price")
    rows = read_rows(connection, tables.price, names, where, ("business_date", "security_id", "load_id"))
    rows = taken(rows, last_of_each(rows, ("business_date", "security_id")))
    day_at, day_known = _places(days, rows["business_date"])
    security_at, security_known = _places(security_ids, rows["security_id"])
    known = day_known & security_known
    history[day_at[known], security_at[known]] = rows["price"][known]
    return history


_LISTED = 200  # more securities than this are read all together and picked out afterwards


def _places(wanted: Column, found: Column) -> tuple[Column, np.ndarray[tuple[int, ...], np.dtype[np.bool_]]]:
    order = np.argsort(wanted)
    at = np.minimum(np.searchsorted(wanted, found, sorter=order), len(wanted) - 1)
    places = order[at]
    return places, wanted[places] == found
