"""Folders and a calendar for tests of the book: the example book, with files changed as a test needs."""

import shutil
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from sqlalchemy import Engine

from modelx.domain.calendar import Calendar, make_calendar
from modelx.domain.days import day_of
from modelx.files.book_folder import open_book
from modelx.services.book import LoadReport, load
from tests.conftest import FIXTURES

HOLIDAYS = {date(2026, 11, 26), date(2026, 12, 25), date(2027, 1, 1)}
SHORT_DAYS = {date(2026, 11, 27), date(2026, 12, 24)}


def example_calendar() -> Calendar:
    """Sessions of 2026 and 2027, as far as the example needs them true."""
    days = [date(2026, 1, 2) + timedelta(n) for n in range(700)]
    sessions = [day for day in days if day.weekday() < 5 and day not in HOLIDAYS]
    closes = [780 if day in SHORT_DAYS else 960 for day in sessions]
    return make_calendar(np.array([day_of(day) for day in sessions]), np.array(closes))


def example_book(folder: Path, **changed: str) -> Path:
    """A copy of the example book; ``prices="..."`` replaces prices.csv, an empty text removes it."""
    shutil.copytree(FIXTURES / "g1_book", folder, ignore=shutil.ignore_patterns("expected*"))
    return write_files(folder, **changed)


def write_files(folder: Path, **files: str) -> Path:
    """Write the files named into a folder."""
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        path = folder / f"{name}.csv"
        path.unlink(missing_ok=True)
        if text:
            path.write_text(text)
    return folder


def load_folder(engine: Engine, folder: Path, *, closed: str | None = None) -> LoadReport:
    """Load a folder, with the nights through ``closed`` closed."""
    return load(
        engine,
        open_book(folder),
        calendar=example_calendar(),
        last_closed_night=None if closed is None else day_of(date.fromisoformat(closed)),
        recorded_at=1_700_000_000_000_000,
    )


def day(text: str) -> int:
    return day_of(date.fromisoformat(text))
