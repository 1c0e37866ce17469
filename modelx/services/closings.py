"""Closings: the book's columns kept after a run, so that the cost of a night does not grow with history.

They are disposable. What is missing is made again by replaying nights from the last one kept, or from the beginning.
"""

import numpy as np
import numpy.typing as npt

from modelx.domain.days import date_of
from modelx.services.night_state import BookState
from modelx.store import night_records
from modelx.store.engine import Connection

RECENT = 5


def keep(connection: Connection, state: BookState, business_date: int, run: int) -> None:
    """Keep the state after a run; drop older ones except the last five and the last of each month."""
    kept = night_records.closings(connection)
    last_of_month = {(date_of(day).year, date_of(day).month): step for day, _, step in kept}
    wanted = {step for _, _, step in kept[-(RECENT - 1) :]} | set(last_of_month.values())
    night_records.drop_closings(connection, [step for _, _, step in kept if step not in wanted])
    night_records.insert_closing(connection, business_date, run, state.last_step, state.to_bytes())


def newest(connection: Connection) -> BookState:
    """The newest closing kept, or an empty book."""
    kept = night_records.closings(connection)
    return of_step(connection, kept[-1][2]) if kept else BookState.empty()


def of_step(connection: Connection, step_run_id: int) -> BookState:
    """The closing kept by a step."""
    return BookState.from_bytes(night_records.closing(connection, step_run_id))


def lagging(state: BookState) -> npt.NDArray[np.bool_]:
    """Sleeves that have not closed the last night: held, or waiting for their catch-up."""
    return np.asarray(state.sleeves.closed_through < state.last_night)
