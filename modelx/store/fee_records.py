"""Fee rows as known at a load, as the accrual rules want them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from modelx.domain.fee_schedule import FeeRows, parse_tiers
from modelx.domain.money import Column
from modelx.store.tables import inputs as tables
from modelx.store.versions import in_force, row_ids

_KEY = ("plan_id", "model_id", "payee_id", "start_date")


@dataclass(frozen=True, slots=True)
class FeeRecords:
    """Fee rows, the kind of each payee's service, and the row of the book each came from."""

    rows: FeeRows
    kind: Column
    row_id: Column


def fees_live(connection: Connection, first_day: int, last_day: int, horizon: int) -> FeeRecords:
    """The fee rows in force at ``horizon`` that are live on some day from ``first_day`` to ``last_day``."""
    rows = in_force(connection, tables.fee, _KEY, horizon)
    live = (rows["start_date"] <= last_day) & (rows["end_date"] >= first_day)
    keep = live.nonzero()[0]
    rows = {
        name: [values[i] for i in keep] if isinstance(values, list) else values[keep] for name, values in rows.items()
    }
    parsed = {text: parse_tiers(text) for text in set(rows["tiers"])}
    return FeeRecords(
        FeeRows(
            plan_id=rows["plan_id"],
            model_id=rows["model_id"],
            payee_id=rows["payee_id"],
            rate=rows["rate"],
            tiers=tuple(parsed[text] for text in rows["tiers"]),
            start=rows["start_date"],
            end=rows["end_date"],
            paid_from=rows["paid_from"],
            method=rows["method"],
            aggregate=rows["aggregate"],
            waives=rows["waives_payee_id"],
            load_order=rows["load_id"],
        ),
        rows["kind"],
        row_ids(rows),
    )
