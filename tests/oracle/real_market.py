"""Real prices and dividends of 2009-2018, read from where they lie and never copied into the project.

Their traps: VXUS is listed in 2011 only; there is a row of repeated prices on 2012-10-30, a day the exchange was
shut; VBR's older ex-dates are written month/day/year; BND pays twice on some ex-dates.

The folder is `$MODELX_SHARED/market`, by default `shared/market` beside the checkout.
"""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from tests.oracle.night_calendar import NightCalendar

FIRST, LAST = date(2009, 1, 2), date(2018, 12, 31)
TICKERS = ("BND", "SPY", "TLT", "VB", "VBR", "VTI", "VXUS")


@dataclass(frozen=True)
class Dividend:
    """All the rows of one ex-date together: adjusted amounts added up, the latest pay date."""

    ticker: str
    ex_date: date
    pay_date: date
    rate: Decimal


def market_folder() -> Path | None:
    """The folder, or None where this machine has no market data."""
    default = Path(__file__).parents[3] / "shared"
    folder = Path(os.environ.get("MODELX_SHARED", default)) / "market"
    return folder if (folder / "prices_unadjusted.csv").exists() else None


def day_of(written: str) -> date:
    """ISO, or month/day/year."""
    if "/" in written:
        month, day, year = written.split("/")
        return date(int(year), int(month), int(day))
    return date.fromisoformat(written)


def read_prices(folder: Path, first: date = FIRST, last: date = LAST) -> dict[tuple[date, str], str]:
    """Closes as written, by session and ticker."""
    calendar = NightCalendar()
    prices = {}
    with (folder / "prices_unadjusted.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            day = date.fromisoformat(row["Date"])
            if first <= day <= last and calendar.is_session(day):
                prices.update({(day, ticker): row[ticker] for ticker in TICKERS if row[ticker]})
    return prices


def read_dividends(folder: Path, first: date = FIRST, last: date = LAST) -> list[Dividend]:
    found: dict[tuple[str, date], Dividend] = {}
    with (folder / "dividends_with_pay_dates.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            key = (row["Symbol"], day_of(row["Ex-Div Date"]))
            if row["Symbol"] in TICKERS and first <= key[1] <= last and row["Pay Date"]:
                before = found.get(key, Dividend(*key, key[1], Decimal(0)))
                pay_date = max(before.pay_date, day_of(row["Pay Date"]))
                found[key] = Dividend(*key, pay_date, before.rate + Decimal(row["Adj. Amount"]))
    return [found[key] for key in sorted(found)]
