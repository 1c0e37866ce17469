"""Alarms at the instants of planned nights, kept in a file so that they outlive the process.

An alarm only wakes the scheduler; what is due is then asked of the book. So an alarm that comes late, twice or for a
session that was closed meanwhile does no harm, and the file holds no secret and nothing that a night depends on.
"""

from __future__ import annotations

import fcntl
import logging
import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC
from pathlib import Path

from apscheduler.events import EVENT_JOB_EXECUTED, EVENT_JOB_MISSED
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.date import DateTrigger

from modelx.domain.days import date_of
from modelx.domain.errors import AlreadyRunning, InvalidInput
from modelx.schedule.plan import PlannedNight

MISFIRE_GRACE_SECONDS = 12 * 3600
_SQLITE_HEADER = b"SQLite format 3\0"

SetAlarms = Callable[[Sequence[PlannedNight]], None]


def night_is_due(session: str) -> str:
    """The alarm itself, as the job store names it: it says which session's night it was set for."""
    return session


@contextmanager
def alarm_clock(store: Path, ring: Callable[[], None]) -> Iterator[SetAlarms]:
    """Keep alarms in the SQLite file ``store`` and call ``ring``, from another thread, when one goes off.

    Yields the function that sets the alarms to a list of nights, and takes away those of nights no longer planned.
    An alarm missed while no scheduler was running rings at the start. Raises :class:`InvalidInput` when the file
    cannot be used, :class:`AlreadyRunning` when another scheduler of this machine uses it: of two on one file, the
    slower would find its alarms taken away and die of it.
    """
    with _sole_user(store):
        scheduler = BackgroundScheduler(
            jobstores={"default": SQLAlchemyJobStore(url=f"sqlite:///{store}")},
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"misfire_grace_time": MISFIRE_GRACE_SECONDS, "coalesce": True, "max_instances": 1},
            timezone=UTC,
        )
        scheduler.add_listener(lambda event: ring(), EVENT_JOB_EXECUTED | EVENT_JOB_MISSED)
        scheduler.start()
        try:
            yield lambda nights: _set(scheduler, nights)
        finally:
            scheduler.shutdown()


def _set(scheduler: BackgroundScheduler, nights: Sequence[PlannedNight]) -> None:
    planned = {f"night {date_of(night.day)}": night for night in nights}
    for name, night in planned.items():
        scheduler.add_job(
            night_is_due,
            DateTrigger(night.at, timezone=UTC),
            args=[date_of(night.day).isoformat()],
            id=name,
            name=name,
            replace_existing=True,
        )
    for job in scheduler.get_jobs():
        if job.id not in planned:
            with suppress(JobLookupError):  # it went off at this very moment
                scheduler.remove_job(job.id)


@contextmanager
def _sole_user(store: Path) -> Iterator[None]:
    """Hold the lock beside the store: a courtesy between schedulers of one machine, freed even by a crash."""
    try:
        with open(os.open(store, os.O_RDWR | os.O_CREAT, 0o600), "rb") as file:  # its rows are unpickled: ours only
            header = file.read(len(_SQLITE_HEADER))
        if header not in {b"", _SQLITE_HEADER}:
            raise InvalidInput(f"{store} is no schedule store: name another file by MODELX_SCHEDULE_STORE")
        descriptor = os.open(f"{store}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise InvalidInput(f"the schedule's store {store} cannot be used: {error.strerror}") from error
    with open(descriptor, "r+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = lock.read() or "another process"
            raise AlreadyRunning(f"a scheduler is already running: {holder} uses {store}") from error
        lock.truncate(0)
        lock.write(f"{socket.gethostname()}:{os.getpid()}")
        lock.flush()
        yield


def complain_to(handler: logging.Handler) -> None:
    """Send the library's warnings to a handler of ours only."""
    library = logging.getLogger("apscheduler")
    library.handlers, library.propagate = [handler], False
