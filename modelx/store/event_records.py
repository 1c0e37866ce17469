"""Corporate actions as known at a load, by ex-date."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection

from modelx.domain.book import MISSING
from modelx.domain.money import Column
from modelx.store.tables import dated_inputs as tables
from modelx.store.versions import in_force, row_ids, taken


@dataclass(frozen=True, slots=True)
class Distributions:
    """Distributions of one ex-date, by security and kind. ``reinvest_price`` 0 means the day's price."""

    security_id: Column
    kind: Column
    pay_day: Column
    rate: Column
    reinvest: Column
    reinvest_price: Column
    row_id: Column


@dataclass(frozen=True, slots=True)
class Splits:
    """Splits of one ex-date, by security; terms in 10^-12. ``cash_in_lieu_price`` 0 means the day's price."""

    security_id: Column
    new_shares: Column
    old_shares: Column
    cash_in_lieu_price: Column
    row_id: Column


def distributions_ex(connection: Connection, day: int, horizon: int) -> Distributions:
    """What goes ex on ``day``; a distribution whose rate was corrected to zero is cancelled and left out."""
    key = ("security_id", "kind")
    rows = in_force(connection, tables.distribution, key, horizon, f"ex_date = {int(day)}")
    rows = taken(rows, np.flatnonzero(rows["rate"] > 0))
    return Distributions(
        rows["security_id"],
        rows["kind"],
        rows["pay_date"],
        rows["rate"],
        rows["reinvest"],
        _or_zero(rows["reinvest_price"]),
        row_ids(rows),
    )


def splits_ex(connection: Connection, day: int, horizon: int) -> Splits:
    """The splits effective on ``day``; one corrected to new = old (nothing happens) is left out."""
    rows = in_force(connection, tables.split, ("security_id",), horizon, f"ex_date = {int(day)}")
    rows = taken(rows, np.flatnonzero(rows["new_shares"] != rows["old_shares"]))
    return Splits(
        rows["security_id"],
        rows["new_shares"],
        rows["old_shares"],
        _or_zero(rows["cash_in_lieu_price"]),
        row_ids(rows),
    )


def _or_zero(values: Column) -> Column:
    return np.where(values == MISSING, 0, values)
