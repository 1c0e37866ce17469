"""The securities that plans allow themselves, as known at a load."""

from __future__ import annotations

from sqlalchemy import Connection

from modelx.store.name_records import names
from modelx.store.tables import family_inputs as tables
from modelx.store.versions import in_force


def allowed_by_plan(connection: Connection, horizon: int) -> dict[str, frozenset[str]]:
    """The tickers each plan allows; a plan without a list sets no limit and is absent."""
    rows = in_force(connection, tables.eligibility, ("plan_id", "security_id"), horizon)
    if len(rows["line"]) == 0:
        return {}
    plans, tickers = names(connection, "plan"), names(connection, "security")
    allowed: dict[str, set[str]] = {}
    columns = (rows["plan_id"].tolist(), rows["security_id"].tolist(), rows["allowed"].tolist())
    for plan, security, yes in zip(*columns, strict=True):
        listed = allowed.setdefault(plans[plan], set())
        if yes:
            listed.add(tickers[security])
    return {plan: frozenset(listed) for plan, listed in allowed.items()}
