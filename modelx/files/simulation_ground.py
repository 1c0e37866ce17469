"""What a simulation stands on: a made-up platform, or a book's folders, over the sessions of the exchange."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from modelx.domain.book import FileColumns
from modelx.domain.calendar import Calendar, make_calendar
from modelx.domain.days import date_of, day_of
from modelx.domain.errors import InvalidInput
from modelx.files.book_folder import open_book
from modelx.files.market_sessions import FIRST_SESSION, LAST_SESSION, nyse_sessions
from modelx.services.book_judgement import calendar_with
from modelx.services.model_market import ModelMarket
from modelx.services.simulated_market import SimulatedMarket, simulated_market
from modelx.services.what_if_book import market_of_book

_MARKET = ("securities.csv", "prices.csv", "distributions.csv", "splits.csv", "closures.csv")
_FAMILIES = ("models.csv", "targets.csv", "series.csv", "glide_paths.csv", "tactical_rules.csv", "tactical_equity.csv")
_READ = frozenset(_MARKET + _FAMILIES)
_SETTLES_WITHIN = timedelta(days=45)  # of the last session: the last trades and dividends settle
_SESSION_WITHIN = timedelta(days=14)  # before a day there is a session
YEARS_MAX = 30


def seeded_ground(seed: int, first: date, years: int) -> tuple[SimulatedMarket, Calendar]:
    """A made-up platform over so many years from ``first`` on, and its calendar.

    Raises ``InvalidInput`` outside 1 to 30 years, or the years of the market calendar.
    """
    if not 1 <= years <= YEARS_MAX:
        raise InvalidInput(f"--years {years}: simulate 1 to {YEARS_MAX} years")
    last = date(first.year + years, first.month, min(first.day, 28))
    if first - _SESSION_WITHIN < FIRST_SESSION or last + _SETTLES_WITHIN > LAST_SESSION:
        raise InvalidInput(f"{first} to {last} is outside the market calendar, {FIRST_SESSION} to {LAST_SESSION}")
    calendar = _calendar(first - _SESSION_WITHIN, last)
    inside = (calendar.sessions >= day_of(first)) & (calendar.sessions < day_of(last))
    sessions = calendar.sessions[inside]
    before = calendar.previous_session(int(sessions[0]))
    return simulated_market(sessions, seed, before=before), calendar


def book_ground(
    folders: Sequence[Path],
    models: Collection[str] = (),
    others: Collection[str] = (),
    first: int | None = None,
    last: int | None = None,
) -> tuple[ModelMarket, Calendar]:
    """The models of a book's folders and their market, from day ``first`` to ``last`` where given.

    Raises ``InvalidInput`` for folders that cannot be read or used, ``NotFound`` for an unknown model or security.
    """
    read = [_read(folder) for folder in folders]
    days = [rows["prices.csv"].ints("date") for rows in read if "prices.csv" in rows]
    if not days:
        raise InvalidInput("the folders have no prices.csv: a what-if needs prices")
    begin = max(int(min(column.min() for column in days)), day_of(FIRST_SESSION), first or day_of(FIRST_SESSION))
    end = min(int(max(column.max() for column in days)), last or day_of(LAST_SESSION))
    if end <= begin:
        raise InvalidInput(f"no prices between {date_of(begin)} and {date_of(end)}")
    calendar = _calendar(max(date_of(begin) - _SESSION_WITHIN, FIRST_SESSION), date_of(end))
    for rows in read:
        calendar = calendar_with(calendar, rows.get("closures.csv"))
    sessions = calendar.sessions[calendar.sessions <= end]
    return market_of_book(read, sessions, models, others, begin), calendar


def _calendar(first: date, last: date) -> Calendar:
    days, closes = nyse_sessions(first, min(last + _SETTLES_WITHIN, LAST_SESSION))
    if days.size == 0:
        raise InvalidInput(f"there is no session between {first} and {last}")
    return make_calendar(np.asarray(days), closes)


def _read(folder: Path) -> dict[str, FileColumns]:
    source = open_book(folder)
    found = {name: source.read(name) for name in source.files if name in _READ}
    source.log.raise_if_refused()
    return {name: rows for name, rows in found.items() if rows is not None}
