"""Which session's night runs at which instant, and which should have run already. Pure: the clock is an argument.

The business date of a night is the session that was planned, whatever the clock says when the night really runs. The
instants are New York wall-clock times of single days, turned to UTC day by day: a rule that repeats every day in
wall-clock time would fire twice, or not at all, on the nights of a daylight-saving change.
Source: ``spec/unitization.md`` 4, ``spec/console_security_faults.md`` 4 (DST, early close, horizon).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from modelx.domain.calendar import CLOSING_MINUTE, NEW_YORK, OPENING_MINUTE, Calendar
from modelx.domain.days import date_of, day_of
from modelx.domain.errors import InvalidInput
from modelx.domain.finding import Finding

SHORT_SESSION_MINUTE = 13 * 60
_DAY, _NOON = 24 * 60, 12 * 60
_CLOCK_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


@dataclass(frozen=True, slots=True)
class NightTimes:
    """When nights run: New York minutes after the midnight that begins the session's day.

    From 1440 on, it is the morning after. ``early_minute`` is for sessions that close before 16:00, unless an
    operator's closure lets one close later than that.
    """

    night_minute: int
    early_minute: int


@dataclass(frozen=True, slots=True)
class PlannedNight:
    """The night of the session ``day`` (days since 1970-01-01) and the instant, in UTC, from which it may run."""

    day: int
    at: datetime
    closes_early: bool


@dataclass(frozen=True, slots=True)
class NightPlan:
    """The nights that should have run, oldest first; the next ones ahead; and what the calendar warns of."""

    due: tuple[PlannedNight, ...]
    ahead: tuple[PlannedNight, ...]
    warning: Finding | None


def night_times(night_time: str, early_close_time: str) -> NightTimes:
    """Read the two settings, each ``HH:MM`` in New York; a time before noon is the morning after the session.

    Raises :class:`InvalidInput` for another form, for a night before the close at 16:00 or after the next morning's
    opening, and for an early one before 13:00, when short sessions close, or later than the usual one.
    """
    night, early = _minute("MODELX_NIGHT_TIME", night_time), _minute("MODELX_EARLY_CLOSE_TIME", early_close_time)
    if not CLOSING_MINUTE <= night < _DAY + OPENING_MINUTE:
        raise InvalidInput(
            f"MODELX_NIGHT_TIME={night_time}: a night runs between the close at 16:00 and 09:30 the next morning"
        )
    if not SHORT_SESSION_MINUTE <= early <= night:
        raise InvalidInput(
            f"MODELX_EARLY_CLOSE_TIME={early_close_time}: the night of a short session runs between its close at "
            f"13:00 and the usual time, MODELX_NIGHT_TIME={night_time}"
        )
    return NightTimes(night, early)


def plan_nights(
    calendar: Calendar,
    times: NightTimes,
    *,
    first_start: int,
    last_closed: int | None,
    now: datetime,
    n_ahead: int = 5,
) -> NightPlan:
    """Plan the nights after ``last_closed``, or from ``first_start`` when none has been closed.

    ``first_start`` is the earliest start date of a sleeve, session or not; ``last_closed`` the newest night that was
    closed; ``now`` an instant with a time zone. A night is due when its instant is now or before. A night that was
    begun and not closed is planned again: the database knows what is left of it. Fewer than ``n_ahead`` nights are
    ahead where the calendar ends. Raises :class:`InvalidInput` when today, or the next night, is past the calendar.
    """
    today = day_of(now.astimezone(NEW_YORK).date())
    warning = calendar.horizon_finding(today)
    if last_closed is not None:
        first = calendar.next_session(last_closed)
    else:
        first = first_start if calendar.is_session(first_start) else calendar.next_session(first_start)
    due: list[PlannedNight] = []
    ahead: list[PlannedNight] = []
    for day in calendar.sessions_between(first, calendar.last_session).tolist():
        night = _planned(calendar, times, day)
        if night.at <= now:
            due.append(night)
        elif len(ahead) < n_ahead:
            ahead.append(night)
        else:
            break
    return NightPlan(tuple(due), tuple(ahead), warning)


def instant(day: int, minute: int) -> datetime:
    """The instant, in UTC, of a New York wall-clock minute counted from the midnight that begins ``day``.

    A wall-clock time that comes twice (the clocks fall back) is its first coming; one that is skipped (they spring
    forward) is as long after midnight as it would have been without the change.
    """
    days, minute = divmod(minute, _DAY)
    wall = datetime.combine(date_of(day) + timedelta(days=days), time(minute // 60, minute % 60), NEW_YORK)
    return wall.astimezone(UTC)


def _planned(calendar: Calendar, times: NightTimes, day: int) -> PlannedNight:
    close = calendar.cut_off(day)
    closes_early = close < instant(day, CLOSING_MINUTE)
    early = instant(day, times.early_minute)
    at = early if closes_early and early >= close else instant(day, times.night_minute)
    return PlannedNight(day, at, closes_early)


def _minute(name: str, text: str) -> int:
    found = _CLOCK_TIME.fullmatch(text)
    if found is None:
        raise InvalidInput(f"{name}={text!r} is not a time of day: write HH:MM, as 18:30")
    minute = int(found[1]) * 60 + int(found[2])
    return minute + _DAY if minute < _NOON else minute
