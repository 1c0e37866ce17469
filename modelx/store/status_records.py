"""How far the nights have come, counted by the database."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class RunCount:
    """Counts of one run."""

    business_date: int
    run: int
    last_step: str
    struck: int
    stopped: int
    warnings: int
    orders: int
    step_hash: bytes


def run_counts(connection: Connection, first_day: int, last_day: int) -> list[RunCount]:
    """The runs dated in a range, in the order in which they ran, with what each did."""
    span = {"first": first_day, "last": last_day}
    rows = connection.execute(
        text(
            "SELECT s.business_date, s.run, s.name, s.hash FROM step_run s "
            "WHERE s.business_date BETWEEN :first AND :last AND s.step = "
            "(SELECT max(x.step) FROM step_run x WHERE x.business_date = s.business_date AND x.run = s.run) "
            "ORDER BY s.id"
        ),
        span,
    ).all()
    counted = {
        name: {
            (day, run): int(count)
            for day, run, count in connection.execute(
                text(
                    f"SELECT business_date, run, {what} FROM {table} "
                    f"WHERE business_date BETWEEN :first AND :last {condition} GROUP BY business_date, run"
                ),
                span,
            )
        }
        for name, (what, table, condition) in _COUNTS.items()
    }
    return [
        RunCount(
            business_date=day,
            run=run,
            last_step=name,
            step_hash=bytes(step_hash),
            **{what: counts.get((day, run), 0) for what, counts in counted.items()},
        )
        for day, run, name, step_hash in rows
    ]


_COUNTS = {
    "struck": ("count(*)", "unit_value", ""),
    "stopped": ("count(DISTINCT sleeve_id)", "finding", "AND level IN ('HOLD', 'BLOCK')"),
    "warnings": ("count(*)", "finding", "AND level = 'WARN'"),
    "orders": ("count(*)", "order_outcome", ""),
}


def nights(connection: Connection, first_day: int, last_day: int) -> list[int]:
    """The dates in a range on which a night has begun, ascending."""
    rows = connection.execute(
        text("SELECT business_date FROM cycle_run WHERE run = 0 AND business_date BETWEEN :first AND :last ORDER BY 1"),
        {"first": first_day, "last": last_day},
    )
    return [row[0] for row in rows]


def night_before(connection: Connection, day: int) -> int | None:
    """The night before that of a day; None when it is the first."""
    query = text("SELECT max(business_date) FROM cycle_run WHERE run = 0 AND business_date < :day")
    found: int | None = connection.execute(query, {"day": day}).scalar_one()
    return found


def catch_ups_between(connection: Connection, night: int, next_night: int) -> list[tuple[int, int]]:
    """(business date, run) of the catch-ups that began after one night had begun and before the other, as they ran."""
    began = "(SELECT id FROM step_run WHERE business_date = :{} AND run = 0 AND step = 0)"
    rows = connection.execute(
        text(
            f"SELECT business_date, run FROM step_run WHERE id > {began.format('night')} "
            f"AND id < {began.format('next_night')} AND step = 0 AND run > 0 ORDER BY id"
        ),
        {"night": night, "next_night": next_night},
    )
    return [(day, run) for day, run in rows]
