"""How the nights stand: each run's steps, what it published, what stopped, and which night is next."""

from __future__ import annotations

from dataclasses import dataclass

from modelx.services.daily_cycle import due_night
from modelx.services.night_replay import load_state
from modelx.store import night_records, session_records, status_records
from modelx.store.engine import Engine
from modelx.store.unit_of_work import reading

FINISHED, UNFINISHED = "FINISHED", "UNFINISHED"


@dataclass(frozen=True, slots=True)
class RunStatus:
    """One run: how far it came, how many sleeves it struck, how many were stopped, and its last step's hash."""

    business_date: int
    run: int
    state: str
    last_step: str
    struck: int
    stopped: int
    warnings: int
    orders: int
    step_hash: bytes


def cycle_status(engine: Engine, first_day: int, last_day: int) -> list[RunStatus]:
    """The runs dated in a range, in the order in which they ran."""
    with reading(engine) as connection:
        counts = status_records.run_counts(connection, first_day, last_day)
    return [
        RunStatus(
            business_date=count.business_date,
            run=count.run,
            state=FINISHED if count.last_step == night_records.CLOSING_STEP else UNFINISHED,
            last_step=count.last_step,
            struck=count.struck,
            stopped=count.stopped,
            warnings=count.warnings,
            orders=count.orders,
            step_hash=count.step_hash,
        )
        for count in counts
    ]


def next_night(engine: Engine) -> int:
    """The next night to run. Raises :class:`NotFound` when the book has no sleeve."""
    state = load_state(engine)
    with reading(engine) as connection:
        loads, _ = night_records.horizons(connection)
        return due_night(connection, state, session_records.calendar(connection, loads), loads)
