"""The facts of securities that the nightly rules need, as known at a load."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection

from modelx.domain.book import MISSING
from modelx.domain.book_codes import AssetClassKind
from modelx.domain.money import Column
from modelx.domain.universe import SecurityStatus
from modelx.store.tables import inputs as tables
from modelx.store.versions import in_force, row_ids


@dataclass(frozen=True, slots=True)
class SecurityFacts:
    """One row for each security, by id. ``fixed_income`` is 0 where the asset class is equity, unknown or blank.

    ``can_buy`` is 1 for a security whose status is OPEN. A sale within ``holding_days`` of the last purchase costs
    ``redemption_fee`` (10^-12 of the proceeds); both are 0 where there is none.
    """

    security_id: Column
    kind: Column
    share_dp: Column
    price_dp: Column
    whole_shares: Column
    settle_lag: Column
    fixed_income: Column
    can_buy: Column
    redemption_fee: Column
    holding_days: Column
    row_id: Column


def security_facts(connection: Connection, horizon: int) -> SecurityFacts:
    """The terms of every security in force at ``horizon``."""
    rows = in_force(connection, tables.security_terms, ("security_id",), horizon)
    classes = in_force(connection, tables.asset_class, ("asset_class",), horizon)
    kinds = dict(zip(classes["asset_class"], classes["kind"].tolist(), strict=True))
    fixed = [kinds.get(name) == AssetClassKind.FIXED for name in rows["asset_class"]]
    return SecurityFacts(
        rows["security_id"],
        rows["kind"],
        rows["share_dp"],
        rows["price_dp"],
        rows["whole_shares"],
        rows["settle_lag"],
        np.array(fixed, np.int64),
        np.array([status == SecurityStatus.OPEN.value for status in rows["status"]], np.int64),
        np.where(rows["redemption_fee"] == MISSING, 0, rows["redemption_fee"]),
        np.where(rows["holding_days"] == MISSING, 0, rows["holding_days"]),
        row_ids(rows),
    )
