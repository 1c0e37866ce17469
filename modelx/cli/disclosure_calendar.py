"""The months of `modelx disclosure due --calendar`: a grid of days, each with what may be sent from it or is due on it.

A mark is a word and a count; nothing is said by colour. ``+`` opens a window, ``!`` is late.
"""

from __future__ import annotations

from calendar import Calendar
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modelx.disclosure.duties import Duty

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
WIDTH = 11
LEGEND = "[ ] today; 'annual 2': two annual notices are due by that day; +change: may be sent from that day; !: late"
EVENT_COLUMNS = ("date", "event", "plan", "paper", "about", "state")


@dataclass(frozen=True, slots=True)
class DayEvent:
    """A day on which a duty's window opens, or on which it is due."""

    on: date
    event: str
    duty: Duty


def day_events(duties: Iterable[Duty], on: date) -> list[DayEvent]:
    """The days of the duties that still wait: due dates, and the openings of windows that lie ahead, in order."""
    events = []
    for duty in duties:
        if duty.due is None or duty.state.value == "done":
            continue
        events.append(DayEvent(duty.due, "due", duty))
        if duty.opens is not None and on <= duty.opens < duty.due:
            events.append(DayEvent(duty.opens, "opens", duty))
    return sorted(events, key=lambda one: (one.on, one.event, one.duty.plan, one.duty.paper, one.duty.about))


def event_rows(events: Iterable[DayEvent]) -> list[list[str]]:
    """One row of text for each event, in the order of ``EVENT_COLUMNS``."""
    return [
        [one.on.isoformat(), one.event, one.duty.plan, one.duty.paper, one.duty.about, one.duty.state.value]
        for one in events
    ]


def month_grids(events: Sequence[DayEvent], on: date, months: int) -> str:
    """``months`` months from that of ``on``, as text of 77 columns; what is late from before stands above them."""
    first = date(on.year, on.month, 1)
    parts = []
    before = Counter(_short(one.duty.paper) for one in events if one.event == "due" and one.on < first)
    if before:
        parts.append("Late from earlier months: " + ", ".join(f"{word} {n}" for word, n in sorted(before.items())))
    year, month = first.year, first.month
    for _ in range(months):
        parts.append(_grid(events, on, year, month))
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return "\n\n".join([*parts, LEGEND])


def _grid(events: Sequence[DayEvent], on: date, year: int, month: int) -> str:
    lines = [f"{date(year, month, 1):%B %Y}", "".join(day.rjust(WIDTH) for day in DAYS)]
    for week in Calendar().monthdatescalendar(year, month):
        cells = [_cell(events, on, day) if day.month == month else [""] for day in week]
        height = max(len(cell) for cell in cells)
        for line in range(height):
            row = "".join((cell[line] if line < len(cell) else "").rjust(WIDTH) for cell in cells)
            lines.append(row.rstrip())
    return "\n".join(lines)


def _cell(events: Sequence[DayEvent], on: date, day: date) -> list[str]:
    marks = Counter(_mark(one) for one in events if one.on == day)
    number = f"[{day.day}]" if day == on else str(day.day)
    return [number, *(f"{word} {count}" for word, count in sorted(marks.items()))]


def _mark(one: DayEvent) -> str:
    sign = "+" if one.event == "opens" else "!" if one.duty.state.value == "late" else ""
    return sign + _short(one.duty.paper)


def _short(paper: str) -> str:
    return "quarter" if paper.startswith("quarterly") else paper.partition(" ")[0]
