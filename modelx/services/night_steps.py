"""The steps of a night in their order, and how a night that ran is computed again from its stored inputs."""

from __future__ import annotations

from collections.abc import Callable

from modelx.domain.calendar import Calendar
from modelx.domain.days import date_of
from modelx.domain.errors import InvariantBroken
from modelx.services import (
    closings,
    night_checks,
    night_closing,
    night_opening,
    night_orders,
    night_postings,
    night_strike,
)
from modelx.services.night import Feeds, Night
from modelx.services.night_effects import Effects, StepRow
from modelx.services.night_state import BookState
from modelx.store import night_records, session_records
from modelx.store.engine import Connection, Engine
from modelx.store.night_records import CycleRun
from modelx.store.unit_of_work import reading

Step = Callable[[Night, Feeds], Effects]

NIGHT: tuple[Step, ...] = (  # the order is the policy: spec/unitization.md 5, design 3a.1 and 3a.5
    night_opening.open_night,
    night_opening.load_prices,
    night_postings.settle,
    night_postings.collect_fees,
    night_postings.apply_corporate_actions,
    night_postings.book_trades,
    night_strike.accrue_fees,
    night_strike.strike_unit_values,
    night_checks.check_strike,
    night_strike.publish,
    night_orders.price_orders,
    night_orders.project_cash,
    night_closing.reconcile,
    night_closing.close_night,
)
CLOSE = len(NIGHT) - 1


def replay(connection: Connection, state: BookState, cycle: CycleRun, calendar: Calendar) -> BookState:
    """Compute a finished run again from the state before it; returns the state after it. Writes nothing.

    Raises :class:`InvariantBroken` at the first step whose hash differs from the stored one.
    """
    committed = night_records.step_hashes(connection, cycle.business_date, cycle.run)
    night = Night.begin(cycle, state, calendar)
    for index, step in enumerate(NIGHT):
        _, row = night.take(step, index, Feeds(connection, cycle))
        if index not in committed:
            raise InvariantBroken(
                f"{date_of(cycle.business_date)} run {cycle.run}: step {row.name} was never committed"
            )
        require_same(committed[index], row)
    return night.state


def load_state(engine: Engine) -> BookState:
    """The book after the last finished run: the newest closing, or what replaying from an older one gives."""
    with reading(engine) as connection:
        state = closings.newest(connection)
        for cycle in night_records.finished_runs_after(connection, state.last_step, CLOSE):
            state = replay(connection, state, cycle, session_records.calendar(connection, cycle.load_horizon))
        return state


def require_same(committed: tuple[str, bytes], row: StepRow) -> None:
    """Raise :class:`InvariantBroken` when a step, computed again from its stored inputs, comes out different."""
    name, digest = committed
    if (name, digest) != (row.name, row.hash):
        raise InvariantBroken(
            f"{date_of(row.business_date)} run {row.run} step {row.name}: computed again from the stored inputs it "
            f"gives {row.hash.hex()[:16]}, the database holds {digest.hex()[:16]} ({name})"
        )
