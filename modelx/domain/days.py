"""Days as columns: whole numbers of days since 1970-01-01, beside ``datetime.date`` at the edges."""

from datetime import date, timedelta

EPOCH = date(1970, 1, 1)


def day_of(on: date) -> int:
    """Days from 1970-01-01 to ``on`` (negative before)."""
    return (on - EPOCH).days


def date_of(day: int) -> date:
    """The date ``day`` days after 1970-01-01."""
    return EPOCH + timedelta(days=int(day))
