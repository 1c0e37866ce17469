"""Nights computed again from their stored inputs: to resume, to verify, and to explain. Nothing is written."""

from __future__ import annotations

from modelx.domain.calendar import Calendar
from modelx.domain.days import date_of
from modelx.domain.errors import InvariantBroken, NotFound
from modelx.services import closings
from modelx.services.night import Feeds, Night
from modelx.services.night_state import BookState
from modelx.services.night_steps import NIGHT, require_same
from modelx.store import night_records, session_records
from modelx.store.engine import Connection, Engine
from modelx.store.night_records import CycleRun
from modelx.store.unit_of_work import reading


def load_state(engine: Engine) -> BookState:
    """The book after the last finished run: the newest closing, or what replaying from an older one gives."""
    with reading(engine) as connection:
        state = closings.newest(connection)
        for cycle in night_records.finished_runs_after(connection, state.last_step):
            state = replay(connection, state, cycle, session_records.calendar(connection, cycle.load_horizon)).state
        return state


def replay(connection: Connection, state: BookState, cycle: CycleRun, calendar: Calendar) -> Night:
    """Compute a finished run again from the state before it; returns the night as it ended.

    Raises :class:`InvariantBroken` at the first step whose hash differs from the stored one.
    """
    committed = night_records.step_hashes(connection, cycle.business_date, cycle.run)
    night = Night.begin(cycle, state, calendar)
    for index, step in enumerate(NIGHT):
        _, row = night.take(step, index, Feeds(connection, cycle))
        if index not in committed:
            raise InvariantBroken(f"{date_of(cycle.business_date)} run {cycle.run}: step {row.name} is missing")
        require_same(committed[index], row)
    return night


def replayed_night(connection: Connection, day: int, run: int) -> Night:
    """One finished run computed again, from the best closing before it. Raises :class:`NotFound`."""
    state = state_before(connection, day)
    for cycle in night_records.finished_runs_after(connection, state.last_step):
        night = replay(connection, state, cycle, session_records.calendar(connection, cycle.load_horizon))
        if (cycle.business_date, cycle.run) == (day, run):
            return night
        state = night.state
    raise NotFound(f"the night of {date_of(day)} (run {run}) is not finished: see `modelx cycle status`")


def state_before(connection: Connection, first_day: int) -> BookState:
    """The newest closing kept from before any run of ``first_day`` or later, or an empty book."""
    kept = night_records.closings(connection)
    runs = night_records.finished_runs_after(connection, 0)
    first_run = next((at for at, cycle in enumerate(runs) if cycle.business_date >= first_day), len(runs))
    before = {(cycle.business_date, cycle.run) for cycle in runs[:first_run]}
    usable = [step for day, run, step in kept if (day, run) in before]
    return closings.of_step(connection, usable[-1]) if usable else BookState.empty()
