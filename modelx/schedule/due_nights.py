"""Run the nights that are due, oldest first, with one line of log for each.

What is due is asked of the book every time, never remembered: so a restart, a second scheduler or an alarm that came
twice finds the night closed and leaves it alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from structlog.typing import FilteringBoundLogger

from modelx.domain.calendar import Calendar
from modelx.domain.days import date_of
from modelx.domain.errors import AlreadyRunning, Conflict, InvariantBroken, ModelxError, Transient
from modelx.schedule.plan import NightPlan, NightTimes, plan_nights


class StopRequested(Exception):
    """Raised between two steps of a night when the scheduler was asked to stop; what is committed is kept."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the book stands: its calendar, its first start date, and the newest night closed (None: none yet)."""

    calendar: Calendar
    first_start: int
    last_closed: int | None


@dataclass(frozen=True, slots=True)
class NightResult:
    """What running a night came to: whether it had been closed before, and the sleeves held after it."""

    already_closed: bool
    sleeves_held: int


@dataclass(frozen=True, slots=True)
class Desk:
    """What the scheduler asks of the book: where it stands, and to run every night up to a session.

    ``run_night`` raises :class:`AlreadyRunning` while another runner holds the night, :class:`Transient` when trying
    again is safe, and ``StopRequested`` between two steps.
    """

    standing: Callable[[], Standing]
    run_night: Callable[[int], NightResult]


def run_due_nights(
    desk: Desk, times: NightTimes, now: Callable[[], datetime], log: FilteringBoundLogger, n_ahead: int = 5
) -> NightPlan:
    """Run the nights due now, in order; returns the plan after them.

    Whatever stops a night is logged with its date and raised on: the nights after it wait. Raises
    :class:`InvariantBroken` when a night was run and the book does not show it closed.
    """
    plan = _plan(desk, times, now, log, n_ahead)
    if not plan.due:
        return plan
    for night in plan.due:
        _run(desk, night.day, now, log)
    after = _plan(desk, times, now, log, n_ahead)
    if after.due and after.due[0].day <= plan.due[-1].day:
        raise InvariantBroken(f"the night of {date_of(after.due[0].day)} was run, and the book does not show it closed")
    return after


def _plan(
    desk: Desk, times: NightTimes, now: Callable[[], datetime], log: FilteringBoundLogger, n_ahead: int
) -> NightPlan:
    try:
        book = desk.standing()
    except (Conflict, Transient) as error:
        log.warning("schedule", outcome="to be tried again", reason=str(error))
        raise
    return plan_nights(
        book.calendar, times, first_start=book.first_start, last_closed=book.last_closed, now=now(), n_ahead=n_ahead
    )


def _run(desk: Desk, day: int, now: Callable[[], datetime], log: FilteringBoundLogger) -> None:
    begun, line = now(), log.bind(date=date_of(day).isoformat())
    try:
        result = desk.run_night(day)
    except StopRequested:
        line.info("night", outcome="stopped", seconds=_seconds(begun, now()))
        raise
    except AlreadyRunning as error:
        line.warning("night", outcome="running elsewhere", seconds=_seconds(begun, now()), reason=str(error))
        raise
    except (Conflict, Transient) as error:
        line.warning("night", outcome="to be tried again", seconds=_seconds(begun, now()), reason=str(error))
        raise
    except ModelxError as error:
        line.error("night", outcome="failed", seconds=_seconds(begun, now()), reason=str(error))
        raise
    outcome = "closed before" if result.already_closed else "closed"
    line.info("night", outcome=outcome, seconds=_seconds(begun, now()), sleeves_held=result.sleeves_held)


def _seconds(begun: datetime, ended: datetime) -> float:
    return round((ended - begun).total_seconds(), 3)
