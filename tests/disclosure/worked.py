"""Small builders for the worked cases of ``spec/disclosure.md`` 12: series from written dates and decimals."""

from datetime import date
from decimal import Decimal

import numpy as np

from modelx.disclosure.performance import ValueSeries
from modelx.domain.days import day_of


def series(*rows: tuple[str, str]) -> ValueSeries:
    """Unit values in millionths from ("2025-12-31", "19.624871") rows."""
    days = np.array([day_of(date.fromisoformat(on)) for on, _ in rows], np.int64)
    return ValueSeries(days, np.array([int(Decimal(value) * 10**6) for _, value in rows], np.int64))


def d(text: str) -> date:
    return date.fromisoformat(text)
