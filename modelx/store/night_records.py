"""The night's own rows: runs, steps, unit values, findings, releases, order outcomes and closings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection, text

from modelx.domain.money import Column
from modelx.ledger.chain import GENESIS, chained, digest_of_columns
from modelx.store.bulk import Columns, fetch_columns, insert_columns
from modelx.store.tables import night as tables

CLOSING_STEP = "close_night"  # a run is finished once the step of this name has committed
_ALL = 2**62  # an id beyond every other


@dataclass(frozen=True, slots=True)
class CycleRun:
    """A run of a night: which inputs it may see and their hash, the policy it judges by, and the instant it uses."""

    business_date: int
    run: int
    load_horizon: int
    release_horizon: int
    inputs_hash: bytes
    policy: str
    started_at: int

    def columns(self) -> dict[str, list[Any]]:
        """The row as the run's first step hashes it: all but the wall clock."""
        row = asdict(self) | {"inputs_hash": self.inputs_hash.hex()}
        return {name: [value] for name, value in row.items() if name != "started_at"}


def cycle_runs(connection: Connection, first_day: int, last_day: int) -> list[CycleRun]:
    """The runs dated in a range, in the order in which they ran."""
    rows = connection.exec_driver_sql(
        "SELECT c.business_date, c.run, c.load_horizon, c.release_horizon, c.inputs_hash, c.policy, "
        "c.started_at FROM cycle_run c "
        "JOIN step_run s ON s.business_date = c.business_date AND s.run = c.run AND s.step = 0 "
        f"WHERE c.business_date BETWEEN {int(first_day)} AND {int(last_day)} ORDER BY s.id"
    )
    return [CycleRun(*row) for row in rows]


def inputs_hash(connection: Connection, load_horizon: int, release_horizon: int) -> bytes:
    """The hash of everything a run may see: the head of the loads at its horizon, and every release up to its own."""
    loads = connection.exec_driver_sql(f"SELECT hash FROM load WHERE id = {int(load_horizon)}").scalar()
    rows = connection.exec_driver_sql(
        "SELECT id, finding_id, reason, maker, checker, recorded_at FROM release "
        f"WHERE id <= {int(release_horizon)} ORDER BY id"
    )
    releases = [digest_of_columns({"release": list(row)}) for row in rows]
    return chained(bytes(loads) if loads is not None else GENESIS, releases)


def finished_runs_after(connection: Connection, step_id: int) -> list[CycleRun]:
    """The runs that closed after a step row, in the order in which they ran."""
    closed = connection.exec_driver_sql(
        f"SELECT business_date, run FROM step_run WHERE name = '{CLOSING_STEP}' AND id > {int(step_id)} ORDER BY id"
    ).all()
    if not closed:
        return []
    days = [day for day, _ in closed]
    known = {(run.business_date, run.run): run for run in cycle_runs(connection, min(days), max(days))}
    return [known[day, run] for day, run in closed]


def step_hashes(connection: Connection, business_date: int, run: int) -> dict[int, tuple[str, bytes]]:
    """The steps of a run that have committed: their number to (name, chained hash)."""
    rows = connection.exec_driver_sql(
        f"SELECT step, name, hash FROM step_run WHERE business_date = {int(business_date)} AND run = {int(run)}"
    )
    return {step: (name, bytes(digest)) for step, name, digest in rows}


def last_step(connection: Connection) -> dict[str, Any] | None:
    """The newest step row, or None before the first night."""
    row = connection.exec_driver_sql(
        "SELECT id, business_date, run, step, name, hash FROM step_run ORDER BY id DESC LIMIT 1"
    ).first()
    return None if row is None else dict(row._mapping)


def insert_cycle_run(connection: Connection, run: CycleRun) -> None:
    """Write the run's first row, in its first step's transaction."""
    insert_columns(connection, tables.cycle_run, {name: [value] for name, value in asdict(run).items()})


def insert_step(connection: Connection, row: Mapping[str, Any], recorded_at: int) -> None:
    """Write the row that proves a step; the unique key refuses a second runner."""
    columns = {name: [value] for name, value in row.items()}
    insert_columns(connection, tables.step_run, columns | {"recorded_at": [recorded_at]})


def insert_unit_values(connection: Connection, business_date: int, run: int, columns: Columns) -> None:
    """Write the unit values struck by a step."""
    n = len(columns["sleeve_id"])
    insert_columns(
        connection,
        tables.unit_value,
        {"business_date": np.full(n, business_date, np.int64), "run": np.full(n, run, np.int64), **columns},
    )


def insert_findings(
    connection: Connection, business_date: int, run: int, step: int, first_id: int, columns: Columns
) -> None:
    """Write a step's findings, with ids contiguous from ``first_id``."""
    n = len(columns["code"])
    insert_columns(
        connection,
        tables.finding,
        {
            "id": list(range(first_id, first_id + n)),
            "business_date": [business_date] * n,
            "run": [run] * n,
            "step": [step] * n,
            **columns,
        },
    )


def insert_outcomes(connection: Connection, business_date: int, run: int, columns: Columns) -> None:
    """Write what became of the orders a step dealt with."""
    n = len(columns["order_id"])
    insert_columns(
        connection, tables.order_outcome, {"business_date": [business_date] * n, "run": [run] * n, **columns}
    )


def unreleased_sleeves(connection: Connection, release_horizon: int, last_finding: int = _ALL) -> Column:
    """Sleeves with a HOLD or BLOCK finding up to ``last_finding`` that no release up to the horizon covers, ascending.

    A night gives the last finding of the run before it: on a replay, those made since are there too.
    """
    rows = fetch_columns(
        connection,
        "SELECT DISTINCT f.sleeve_id FROM finding f WHERE f.level IN ('HOLD', 'BLOCK') AND f.id <= :last_finding "
        "AND NOT EXISTS (SELECT 1 FROM release r WHERE r.finding_id = f.id AND r.id <= :horizon) ORDER BY f.sleeve_id",
        {"horizon": release_horizon, "last_finding": last_finding},
        ["sleeve_id"],
    )
    return rows["sleeve_id"]


def released_findings(connection: Connection, business_date: int, release_horizon: int) -> set[tuple[int, int, str]]:
    """(sleeve, security, code) of the findings of a date that were released up to the horizon."""
    rows = connection.exec_driver_sql(
        "SELECT f.sleeve_id, f.security_id, f.code FROM finding f JOIN release r ON r.finding_id = f.id "
        f"WHERE f.business_date = {int(business_date)} AND r.id <= {int(release_horizon)}"
    )
    return {(sleeve, security, code) for sleeve, security, code in rows}


def horizons(connection: Connection) -> tuple[int, int]:
    """(highest load id, highest release id); 0 where there is none."""
    row = connection.exec_driver_sql(
        "SELECT (SELECT coalesce(max(id), 0) FROM load), (SELECT coalesce(max(id), 0) FROM release)"
    ).one()
    return int(row[0]), int(row[1])


def insert_closing(connection: Connection, business_date: int, run: int, step_run_id: int, data: bytes) -> None:
    """Keep the columns of a book after a run."""
    insert_columns(
        connection,
        tables.closing,
        {"business_date": [business_date], "run": [run], "step_run_id": [step_run_id], "columns": [data]},
    )


def drop_closings(connection: Connection, step_run_ids: list[int]) -> None:
    """Drop closings that are no longer wanted (they can be rebuilt by replay)."""
    if step_run_ids:
        listed = ", ".join(str(int(step)) for step in step_run_ids)
        connection.exec_driver_sql(f"DELETE FROM closing WHERE step_run_id IN ({listed})")


def closings(connection: Connection) -> list[tuple[int, int, int]]:
    """(business date, run, step row id) of the closings kept, oldest first."""
    rows = connection.exec_driver_sql("SELECT business_date, run, step_run_id FROM closing ORDER BY step_run_id")
    return [(day, run, step) for day, run, step in rows]


def closing(connection: Connection, step_run_id: int) -> bytes:
    """The closing written by a step."""
    return bytes(
        connection.exec_driver_sql(f'SELECT "columns" FROM closing WHERE step_run_id = {int(step_run_id)}').scalar_one()
    )


def unfinished_run(connection: Connection) -> CycleRun | None:
    """The run that was begun and not closed, if there is one; the lease allows only one."""
    last = last_step(connection)
    if last is None or last["name"] == CLOSING_STEP:
        return None
    runs = cycle_runs(connection, last["business_date"], last["business_date"])
    return next(run for run in runs if run.run == last["run"])


def is_closed(connection: Connection, business_date: int) -> bool:
    """Whether the night of a day has closed."""
    return any(name == CLOSING_STEP for name, _ in step_hashes(connection, business_date, 0).values())


def runs_of(connection: Connection, business_date: int) -> int:
    """How many runs a date has had: the number of the next."""
    count = connection.exec_driver_sql(f"SELECT count(*) FROM cycle_run WHERE business_date = {int(business_date)}")
    return int(count.scalar_one())


_OUTCOMES_BEFORE = (
    "SELECT z.order_id, z.status FROM order_outcome z JOIN rk_order o ON o.id = z.order_id "
    "JOIN step_run s ON s.business_date = z.business_date AND s.run = z.run AND s.step = 0 "
    "WHERE s.id < coalesce((SELECT max(x.id) FROM step_run x WHERE x.business_date = :day AND x.run = :run "
    "AND x.step = 0), 9223372036854775807) "
)


def load_horizon_before(connection: Connection, day: int) -> int:
    """The last load that the night before a day's saw; 0 for the first night."""
    rows = connection.exec_driver_sql(
        f"SELECT load_horizon FROM cycle_run WHERE run = 0 AND business_date < {int(day)} "
        "ORDER BY business_date DESC LIMIT 1"
    )
    return int(rows.scalar() or 0)


def orders_dealt_with(
    connection: Connection, cycle: CycleRun, span: tuple[int, int], earliest_load: int
) -> dict[int, str]:
    """Order id to status, for orders due in a span of days or loaded after ``earliest_load``, as runs before this one
    left them. Later runs are left out, so that a replay sees what the run saw.
    """
    rows = connection.execute(
        text(
            f"{_OUTCOMES_BEFORE} AND (o.priced_on_earliest BETWEEN :first AND :last "
            "OR (o.load_id > :loads AND o.load_id <= :horizon)) ORDER BY s.id"
        ),
        {
            "day": cycle.business_date,
            "run": cycle.run,
            "first": span[0],
            "last": span[1],
            "loads": earliest_load,
            "horizon": cycle.load_horizon,
        },
    )
    return {row[0]: row[1] for row in rows}


def last_outcomes(connection: Connection, order_ids: Column, cycle: CycleRun) -> dict[int, str]:
    """Order id to the status that the newest run before this one gave it; an order without an outcome is absent."""
    latest: dict[int, str] = {}
    for start in range(0, len(order_ids), 500):
        listed = ", ".join(str(order) for order in order_ids[start : start + 500].tolist())
        rows = connection.execute(
            text(f"{_OUTCOMES_BEFORE} AND z.order_id IN ({listed}) ORDER BY s.id"),
            {"day": cycle.business_date, "run": cycle.run},
        )
        latest.update((row[0], row[1]) for row in rows)
    return latest


def insert_releases(
    connection: Connection, finding_ids: list[int], reason: str, maker: str, checker: str, recorded_at: int
) -> None:
    """Write one release per finding; the unique key refuses a second release of the same."""
    first = int(connection.exec_driver_sql("SELECT coalesce(max(id), 0) + 1 FROM release").scalar_one())
    n = len(finding_ids)
    insert_columns(
        connection,
        tables.release,
        {
            "id": list(range(first, first + n)),
            "finding_id": finding_ids,
            "reason": [reason] * n,
            "maker": [maker] * n,
            "checker": [checker] * n,
            "recorded_at": [recorded_at] * n,
        },
    )


def last_night_closed(connection: Connection) -> int | None:
    """The latest business date of which a run has closed; None before the first."""
    last: int | None = connection.exec_driver_sql(
        f"SELECT max(business_date) FROM step_run WHERE name = '{CLOSING_STEP}'"
    ).scalar_one()
    return last


def last_night_begun(connection: Connection) -> int | None:
    """The latest business date any run has begun; None before the first night."""
    last = connection.exec_driver_sql("SELECT max(business_date) FROM cycle_run").scalar_one()
    return None if last is None else int(last)
