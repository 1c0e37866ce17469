"""Verification: nights computed again from their stored inputs, and compared with what is stored, hash by hash."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from modelx.domain.errors import InvariantBroken, NotFound
from modelx.services.night_replay import replay, state_before
from modelx.store import night_records, session_records
from modelx.store.engine import Engine
from modelx.store.unit_of_work import reading


@dataclass(frozen=True, slots=True)
class Verified:
    """One run computed again: its date, its number, and the first difference ('' when there is none)."""

    business_date: int
    run: int
    difference: str


def verify_nights(engine: Engine, first_day: int, last_day: int) -> Iterator[Verified]:
    """Replay every finished run dated in the range, in order, as each comes out; stop at the first difference.

    A run sees the loads, releases and policy it saw then. Nights before the range are replayed too, from the closing
    kept before it, because a night stands on the one before. Raises :class:`NotFound` when no run is in the range.
    """
    with reading(engine) as connection:
        state = state_before(connection, first_day)
        runs = night_records.finished_runs_after(connection, state.last_step)
        if not any(first_day <= cycle.business_date <= last_day for cycle in runs):
            raise NotFound("no finished night lies in the range: see `modelx cycle status`")
        wanted = [at for at, cycle in enumerate(runs) if first_day <= cycle.business_date <= last_day]
        for cycle in runs[: wanted[-1] + 1]:
            difference = ""
            try:
                calendar = session_records.calendar(connection, cycle.load_horizon)
                state = replay(connection, state, cycle, calendar).state
            except InvariantBroken as error:
                difference = str(error)
            if difference or first_day <= cycle.business_date <= last_day:
                yield Verified(cycle.business_date, cycle.run, difference)
            if difference:
                return
