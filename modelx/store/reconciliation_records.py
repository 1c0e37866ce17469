"""What the custodian and the record keepers say they hold on a day."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from modelx.domain.money import Column
from modelx.store.tables import dated_inputs as tables
from modelx.store.versions import in_force


@dataclass(frozen=True, slots=True)
class CustodianPositions:
    """Shares by sleeve and security; security 0 is cash. Millionths."""

    sleeve_id: Column
    security_id: Column
    shares: Column


@dataclass(frozen=True, slots=True)
class RecordkeeperUnits:
    """Units by sleeve, in millionths."""

    sleeve_id: Column
    units: Column


def custodian_positions_on(connection: Connection, day: int, horizon: int) -> CustodianPositions:
    """The custodian's positions dated ``day``."""
    key = ("sleeve_id", "security_id")
    rows = in_force(connection, tables.custodian_position, key, horizon, f"business_date = {int(day)}")
    return CustodianPositions(rows["sleeve_id"], rows["security_id"], rows["shares"])


def rk_units_on(connection: Connection, day: int, horizon: int) -> RecordkeeperUnits:
    """The record keepers' unit balances dated ``day``."""
    rows = in_force(connection, tables.rk_unit, ("sleeve_id",), horizon, f"business_date = {int(day)}")
    return RecordkeeperUnits(rows["sleeve_id"], rows["units"])
