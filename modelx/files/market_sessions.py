"""Sessions of the New York Stock Exchange from the ``exchange_calendars`` library, as columns for the store."""

import warnings
from datetime import date

import numpy as np

from modelx.domain.money import Column

FIRST_SESSION = date(1990, 1, 2)
LAST_SESSION = date(2035, 12, 31)  # named, since the library's own end is a year after the day it runs on


def nyse_sessions(first: date = FIRST_SESSION, last: date = LAST_SESSION) -> tuple[Column, Column]:
    """Return the sessions from ``first`` to ``last``, both included, and their closing times.

    Two int64 columns in date order: days since 1970-01-01, and the minute of the close after midnight in New York
    (960 as a rule; 780, and 840 in the early 1990s, on a short day). Unscheduled closures that the library knows
    (2025-01-09) are left out; later ones are an operator's closures.
    """
    import exchange_calendars  # noqa: PLC0415 - takes over a second, and only `db migrate` needs it

    with warnings.catch_warnings():  # the library reads Series.values, which pandas 3.1 announces to change
        warnings.filterwarnings("ignore", r"Series\.values returning an ndarray", DeprecationWarning)
        calendar = exchange_calendars.get_calendar("XNYS", start=first.isoformat(), end=last.isoformat())
    days = calendar.sessions.to_numpy().astype("datetime64[D]").astype(np.int64)
    closes = calendar.closes.dt.tz_convert("America/New_York").dt
    return days, (closes.hour * 60 + closes.minute).to_numpy().astype(np.int64)
