"""Series, glide paths and tactical rules as known at a load, and the decisions that rules have made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from modelx.store.bulk import insert_columns
from modelx.store.name_records import names
from modelx.store.tables import change as change_tables
from modelx.store.tables import family_inputs as tables
from modelx.store.versions import in_force


@dataclass(frozen=True, slots=True)
class StoredSeries:
    """A series as it was loaded; codes of :mod:`modelx.domain.book_codes`."""

    series: str
    kind: int
    holds: int
    glide_path: str
    roll_months: str
    tactical_rule: str
    notes: str


@dataclass(frozen=True, slots=True)
class StoredRule:
    """A tactical rule with its equity tickers; weights of 10^-12."""

    tactical_rule: str
    window_sessions: int
    fall_max: int
    rise_max: int
    move_min: int
    defensive_path: str
    equity: frozenset[str]


@dataclass(frozen=True, slots=True)
class StoredDecision:
    """What made a version of a series: the night it was decided on, what that could see, and the decision as JSON."""

    effective: int
    model_id: int
    series: str
    decided_on: int
    horizon: int
    content: str
    cause: str
    load_id: int
    recorded_at: int


def series_known(connection: Connection, horizon: int) -> list[StoredSeries]:
    """Every series, by name."""
    rows = in_force(connection, tables.series, ("series",), horizon)
    return [
        StoredSeries(
            name,
            int(rows["kind"][at]),
            int(rows["holds"][at]),
            rows["glide_path"][at],
            rows["roll_months"][at],
            rows["tactical_rule"][at],
            rows["notes"][at],
        )
        for at, name in enumerate(rows["series"])
    ]


def glide_paths(connection: Connection, horizon: int) -> dict[str, dict[int, dict[str, int]]]:
    """Every glide path by name: the weights (10^-12, by ticker) at each number of months before the target date."""
    key = ("glide_path", "months", "security_id")
    rows = in_force(connection, tables.glide_path, key, horizon, group=("glide_path",))
    tickers = {**names(connection, "security"), 0: "CASH"}
    found: dict[str, dict[int, dict[str, int]]] = {}
    columns = (rows["months"].tolist(), rows["security_id"].tolist(), rows["weight"].tolist())
    for path, months, security, weight in zip(rows["glide_path"], *columns, strict=True):
        found.setdefault(path, {}).setdefault(months, {})[tickers[security]] = weight
    return found


def tactical_rules(connection: Connection, horizon: int) -> dict[str, StoredRule]:
    """Every tactical rule by name."""
    rows = in_force(connection, tables.tactical_rule, ("tactical_rule",), horizon)
    key = ("tactical_rule", "security_id")
    equity_rows = in_force(connection, tables.tactical_equity, key, horizon, group=("tactical_rule",))
    tickers = names(connection, "security")
    equity: dict[str, set[str]] = {}
    for rule, security in zip(equity_rows["tactical_rule"], equity_rows["security_id"].tolist(), strict=True):
        equity.setdefault(rule, set()).add(tickers[security])
    return {
        name: StoredRule(
            tactical_rule=name,
            window_sessions=int(rows["window_sessions"][at]),
            fall_max=int(rows["fall_max"][at]),
            rise_max=int(rows["rise_max"][at]),
            move_min=int(rows["move_min"][at]),
            defensive_path=rows["defensive_path"][at],
            equity=frozenset(equity.get(name, ())),
        )
        for at, name in enumerate(rows["tactical_rule"])
    }


def known_families(connection: Connection) -> dict[str, frozenset[str]]:
    """The names of every glide path and every tactical rule that were ever loaded, by the file's column."""
    found = {}
    for table in (tables.glide_path, tables.tactical_rule):
        column = table.columns[table.name]
        found[table.name] = frozenset(connection.execute(select(column).distinct()).scalars())
    return found


def decisions(connection: Connection, effective: int | None = None) -> list[StoredDecision]:
    """What made every version of every series, by date and model; or of one date."""
    table = change_tables.series_decision
    query = select(table).order_by(table.c.effective, table.c.model_id)
    if effective is not None:
        query = query.where(table.c.effective == effective)
    return [StoredDecision(*row) for row in connection.execute(query)]


def insert_decisions(connection: Connection, rows: list[Mapping[str, Any]]) -> None:
    """Append decisions, in the transaction of their load."""
    insert_columns(connection, change_tables.series_decision, {name: [row[name] for row in rows] for name in rows[0]})
