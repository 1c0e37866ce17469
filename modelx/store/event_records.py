"""Corporate actions as known at a load, by ex-date."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection

from modelx.domain.book import MISSING
from modelx.domain.book_codes import SecurityEventKind
from modelx.domain.money import Column
from modelx.store.tables import dated_inputs as tables
from modelx.store.versions import in_force, last_of_each, row_ids, taken


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


@dataclass(frozen=True, slots=True)
class Exits:
    """Securities that go on one ex-date, by security; ``kind`` is a ``SecurityEventKind``. 0 where a term is blank."""

    security_id: Column
    kind: Column
    to_security_id: Column
    ratio: Column
    cash_rate: Column
    cash_in_lieu_price: Column
    pay_day: Column
    row_id: Column


@dataclass(frozen=True, slots=True)
class GoneSecurities:
    """Securities that have gone, by id: when, how, and into which (0 = cash)."""

    security_id: Column
    ex_day: Column
    kind: Column
    to_security_id: Column


def exits_ex(connection: Connection, day: int, horizon: int) -> Exits:
    """The mergers, conversions and liquidations effective on ``day``; those taken back are left out."""
    rows = in_force(connection, tables.corporate_event, ("security_id",), horizon, f"ex_date = {int(day)}")
    rows = taken(rows, np.flatnonzero(rows["kind"] != SecurityEventKind.CANCELLED))
    return Exits(
        rows["security_id"],
        rows["kind"],
        rows["to_security_id"],
        _or_zero(rows["ratio"]),
        _or_zero(rows["cash_rate"]),
        _or_zero(rows["cash_in_lieu_price"]),
        _or_zero(rows["pay_date"]),
        row_ids(rows),
    )


def exits_known(connection: Connection, horizon: int) -> GoneSecurities:
    """Every exit as known at ``horizon``, whenever it takes effect; those taken back are left out."""
    rows = in_force(connection, tables.corporate_event, ("security_id", "ex_date"), horizon)
    rows = taken(rows, np.flatnonzero(rows["kind"] != SecurityEventKind.CANCELLED))
    return GoneSecurities(rows["security_id"], rows["ex_date"], rows["kind"], rows["to_security_id"])


def gone_by(connection: Connection, day: int, horizon: int) -> GoneSecurities:
    """The securities whose last exit took effect on or before ``day``, as known at ``horizon``."""
    key = ("security_id", "ex_date")
    rows = in_force(connection, tables.corporate_event, key, horizon, f"ex_date <= {int(day)}")
    rows = taken(rows, np.flatnonzero(rows["kind"] != SecurityEventKind.CANCELLED))
    rows = taken(rows, last_of_each(rows, ("security_id",)))
    return GoneSecurities(rows["security_id"], rows["ex_date"], rows["kind"], rows["to_security_id"])


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
