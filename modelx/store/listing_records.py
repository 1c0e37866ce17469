"""The universe of securities as known at a load: what each is, what it costs, how it trades, and whether it is open."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection

from modelx.domain.book import MISSING
from modelx.domain.money import Column
from modelx.store.name_records import names
from modelx.store.tables import inputs as tables
from modelx.store.versions import in_force


@dataclass(frozen=True, slots=True)
class StoredListings:
    """One row per security, by id. Rates of 10^-12 a year, 0 where the book leaves them blank."""

    security_id: Column
    ticker: list[str]
    name: list[str]
    kind: Column
    asset_class: list[str]
    status: list[str]
    expense_ratio: Column
    share_dp: Column
    whole_shares: Column
    settle_lag: Column
    redemption_fee: Column
    holding_days: Column


def listings_known(connection: Connection, horizon: int, security_ids: Column | None = None) -> StoredListings:
    """The terms in force at ``horizon`` of every security, or of those given by id."""
    where = ""
    if security_ids is not None:
        where = f"security_id IN ({', '.join(str(security) for security in security_ids.tolist()) or -1})"
    rows = in_force(connection, tables.security_terms, ("security_id",), horizon, where)
    tickers = names(connection, "security")
    known = {name: np.where(rows[name] == MISSING, 0, rows[name]) for name in _MAY_BE_BLANK}
    return StoredListings(
        security_id=rows["security_id"],
        ticker=[tickers[i] for i in rows["security_id"].tolist()],
        name=rows["name"],
        kind=rows["kind"],
        asset_class=rows["asset_class"],
        status=rows["status"],
        expense_ratio=known["expense_ratio"],
        share_dp=rows["share_dp"],
        whole_shares=rows["whole_shares"],
        settle_lag=rows["settle_lag"],
        redemption_fee=known["redemption_fee"],
        holding_days=known["holding_days"],
    )


_MAY_BE_BLANK = ("expense_ratio", "redemption_fee", "holding_days")
