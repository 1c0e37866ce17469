"""A book without a database: it counts how often each night is run, and can be made to refuse."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any

import apscheduler.executors.base
import apscheduler.schedulers.base
import numpy as np
import pytest

from modelx.bootstrap import now
from modelx.domain.calendar import Calendar, make_calendar
from modelx.domain.days import date_of, day_of
from modelx.schedule.due_nights import Desk, NightResult, Standing

START = day_of(date(2026, 11, 23))
SESSIONS = [  # 26 November is Thanksgiving, the 27th a short session
    *(date(2026, 11, each) for each in (20, 23, 24, 25, 27, 30)),
    *(date(2026, 12, each) for each in (1, 2, 3, 4)),
    date(2027, 6, 1),
]


def november() -> Calendar:
    closes = [780 if on == date(2026, 11, 27) else 960 for on in SESSIONS]
    return make_calendar(np.array([day_of(on) for on in SESSIONS]), np.array(closes))


@dataclass
class FakeBook:
    """Closes a night when it is run, as the real one does every night up to it. ``before`` may raise instead."""

    calendar: Calendar = field(default_factory=november)
    last_closed: int | None = None
    runs: Counter[str] = field(default_factory=Counter)
    before: Callable[[int], None] = lambda day: None
    before_look: Callable[[], None] = lambda: None

    def standing(self) -> Standing:
        self.before_look()
        return Standing(self.calendar, START, self.last_closed)

    def run_night(self, day: int) -> NightResult:
        self.before(day)
        if self.last_closed is not None and day <= self.last_closed:
            return NightResult(already_closed=True, sleeves_held=0)
        self.runs[str(date_of(day))] += 1
        self.last_closed = day
        return NightResult(already_closed=False, sleeves_held=2)

    def desk(self) -> Desk:
        return Desk(self.standing, self.run_night)


@dataclass
class FakeClock:
    """Says the instant it is set to, later by ``tick`` each time it is read."""

    at: datetime
    tick: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        self.at += self.tick
        return self.at


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def lines(stream: StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def wall_clock() -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=now())


def set_library_clock(monkeypatch: pytest.MonkeyPatch, at: datetime) -> Callable[[], datetime]:
    """Set APScheduler's clock to an instant, from which it goes on; returns the clock that goes with it."""
    offset = at - wall_clock()

    def clock() -> datetime:
        return wall_clock() + offset

    class Shifted(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return clock().astimezone(tz)

    for module in (apscheduler.schedulers.base, apscheduler.executors.base):
        monkeypatch.setattr(module, "datetime", Shifted)
    return clock
