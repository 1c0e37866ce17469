"""The scheduler: at its start, at every alarm, and from time to time, run the nights that are due; until it is stopped.

Nights run one at a time, in the thread that takes the signals. SIGTERM or SIGINT stops after the step that is being
committed; a second one ends the process at once, which the ledger survives as it survives a power cut.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from types import FrameType

from structlog.typing import FilteringBoundLogger

from modelx.domain.days import date_of
from modelx.domain.errors import AlreadyRunning, Conflict, Transient
from modelx.domain.finding import Finding
from modelx.schedule.alarm_clock import alarm_clock, complain_to
from modelx.schedule.due_nights import Desk, StopRequested, run_due_nights
from modelx.schedule.night_log import AlarmClockLog
from modelx.schedule.plan import NightPlan, NightTimes, PlannedNight

LOOK_AGAIN_SECONDS = 900.0
"""Between looks at the book when no alarm goes off: closures are noticed, and a clock that fails loses no night."""

TRY_AGAIN_SECONDS = 60.0
TRIES = 60


@dataclass(slots=True)
class Bell:
    """What wakes the scheduler: an alarm, or a signal to stop. Safe to ring from a thread or a signal handler."""

    stopped_by: signal.Signals | None = None
    _rings: SimpleQueue[None] = field(default_factory=SimpleQueue)

    def ring(self) -> None:
        """Wake the scheduler now, or as soon as it sleeps."""
        self._rings.put(None)

    def sleep(self, seconds: float) -> None:
        """Wait for a ring, at most so long; rings that came together are one."""
        try:
            self._rings.get(timeout=seconds)
            while True:
                self._rings.get_nowait()
        except Empty:
            return

    def stop(self, by: signal.Signals) -> None:
        """Ask the scheduler to stop, and wake it."""
        self.stopped_by = by
        self.ring()

    def raise_if_stopped(self) -> None:
        """Raise ``StopRequested`` when the scheduler was asked to stop: called between the steps of a night."""
        if self.stopped_by is not None:
            raise StopRequested


def run_schedule(
    desk: Desk,
    times: NightTimes,
    store: Path,
    bell: Bell,
    now: Callable[[], datetime],
    log: FilteringBoundLogger,
    *,
    try_again_seconds: float = TRY_AGAIN_SECONDS,
) -> None:
    """Run nights as they come due until ``bell`` is told to stop.

    While another runner holds the night it waits for it. A :class:`Conflict` or :class:`Transient` is tried again
    every ``try_again_seconds``, 60 times in a row, then raised; any other error is raised at once: the nights after a
    failed one must not run.
    """
    complain_to(AlarmClockLog(log))
    with alarm_clock(store, bell.ring) as set_alarms:
        log.info("schedule", outcome="started", store=str(store))
        failures, told = 0, _Told()
        while bell.stopped_by is None:
            pause = LOOK_AGAIN_SECONDS
            try:
                plan = run_due_nights(desk, times, now, log)
            except StopRequested:
                break
            except (Conflict, Transient) as error:
                failures = 0 if isinstance(error, AlreadyRunning) else failures + 1
                if failures == TRIES:
                    raise
                pause = try_again_seconds
            else:
                failures = 0
                set_alarms(plan.ahead)
                told.tell(plan, log)
                if plan.due:  # they came due while the others ran
                    continue
            bell.sleep(pause)
        log.info("schedule", outcome="stopped", signal=bell.stopped_by.name if bell.stopped_by else None)


@contextmanager
def stop_signals(bell: Bell) -> Iterator[None]:
    """While the block runs, let SIGTERM and SIGINT stop the scheduler after the step; the second one does so at once.

    For the main thread only.
    """

    def stop(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        bell.stop(signal.Signals(number))

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@dataclass(slots=True)
class _Told:
    """What the log has said already, so that a look that finds nothing new writes nothing."""

    warning: Finding | None = None
    ahead: PlannedNight | None = None

    def tell(self, plan: NightPlan, log: FilteringBoundLogger) -> None:
        if plan.warning is not None and plan.warning != self.warning:  # its message counts the days: once a day
            log.warning("calendar", code=plan.warning.code, reason=plan.warning.message)
        ahead = plan.ahead[0] if plan.ahead else None
        if ahead is not None and ahead != self.ahead:
            log.info("schedule", outcome="waiting", date=date_of(ahead.day).isoformat(), runs_at=ahead.at.isoformat())
        self.warning, self.ahead = plan.warning, ahead
