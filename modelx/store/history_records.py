"""Prices and events over time with the loads that brought them, for signals that may only see the past."""

from __future__ import annotations

import numpy as np
from sqlalchemy import Connection

from modelx.domain.money import Column
from modelx.domain.price_history import EventRows, PriceRows
from modelx.store.tables import dated_inputs as tables
from modelx.store.versions import read_rows

_SPLIT = 100  # a kind of event beside the kinds of distributions
_ONE = 10**12


def price_rows(connection: Connection, security_ids: Column, first_day: int, last_day: int, horizon: int) -> PriceRows:
    """Every version of every price in a span of days loaded up to ``horizon``."""
    where = _where("business_date", security_ids, first_day, last_day, horizon)
    rows = read_rows(connection, tables.price, ("security_id", "business_date", "price", "load_id"), where)
    return PriceRows(rows["security_id"], rows["business_date"], rows["price"], rows["load_id"])


def event_rows(connection: Connection, security_ids: Column, first_day: int, last_day: int, horizon: int) -> EventRows:
    """Every version of every distribution and split that went ex in a span of days, loaded up to ``horizon``."""
    where = _where("ex_date", security_ids, first_day, last_day, horizon)
    paid = read_rows(connection, tables.distribution, ("security_id", "ex_date", "kind", "rate", "load_id"), where)
    names = ("security_id", "ex_date", "new_shares", "old_shares", "load_id")
    split = read_rows(connection, tables.split, names, where)
    n_paid, n_split = paid["load_id"].size, split["load_id"].size

    def joined(first: Column | int, second: Column | int) -> Column:
        parts = (np.broadcast_to(first, n_paid), np.broadcast_to(second, n_split))
        return np.concatenate(parts).astype(np.int64)

    return EventRows(
        security_id=joined(paid["security_id"], split["security_id"]),
        day=joined(paid["ex_date"], split["ex_date"]),
        kind=joined(paid["kind"], _SPLIT),
        cash=joined(paid["rate"], 0),
        new_shares=joined(_ONE, split["new_shares"]),
        old_shares=joined(_ONE, split["old_shares"]),
        load_id=joined(paid["load_id"], split["load_id"]),
    )


def _where(day: str, security_ids: Column, first_day: int, last_day: int, horizon: int) -> str:
    listed = ", ".join(str(security) for security in security_ids.tolist()) or "-1"
    days = f"{day} BETWEEN {int(first_day)} AND {int(last_day)}"
    return f"{days} AND load_id <= {int(horizon)} AND security_id IN ({listed})"
