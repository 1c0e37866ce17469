"""Cells of a book's rows: text, days, numbers, instants, tiers. Blank means none, or the default."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from tests.oracle.exact import ZERO
from tests.oracle.night_calendar import NEW_YORK

Row = Mapping[str, str]


def text(row: Row, column: str, default: str = "") -> str:
    return (row.get(column) or default).strip()


def day_or_none(row: Row, column: str) -> date | None:
    value = text(row, column)
    return date.fromisoformat(value) if value else None


def day(row: Row, column: str) -> date:
    return date.fromisoformat(text(row, column))


def number_or_none(row: Row, column: str) -> Decimal | None:
    value = text(row, column)
    return Decimal(value) if value else None


def number(row: Row, column: str) -> Decimal:
    return number_or_none(row, column) or ZERO


def instant_or_none(row: Row, column: str) -> datetime | None:
    """A time stamp without an offset is New York time."""
    value = text(row, column)
    if not value:
        return None
    stamp = datetime.fromisoformat(value)
    return stamp if stamp.tzinfo else stamp.replace(tzinfo=NEW_YORK)


def tiers_of(value: str) -> tuple[tuple[Decimal, Decimal | None], ...]:
    """`0.0050@1000000;0.0025` -> ((0.0050, 1000000), (0.0025, None))."""
    bands: list[tuple[Decimal, Decimal | None]] = []
    for band in value.split(";") if value else []:
        rate, _, upper = band.partition("@")
        bands.append((Decimal(rate), Decimal(upper) if upper else None))
    return tuple(bands)
