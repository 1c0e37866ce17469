"""What a simulation comes to, in the figures a committee compares: growth, return, risk, turnover, cost, tracking.

Statistics are floats and never re-enter the books. Each compares unit values, so money that came or went plays no
part in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from modelx.domain.errors import InvalidInput
from modelx.domain.money import Column

Floats = npt.NDArray[np.float64]

SESSIONS_A_YEAR = 252
_DAYS_A_YEAR = 365.25


class Played(Protocol):
    """Nights that were run, in memory or through the ledger; see :class:`modelx.services.what_if.WhatIf`."""

    @property
    def days(self) -> Column:
        """The nights."""

    @property
    def unit_value(self) -> Column:
        """By night and sleeve, in millionths."""

    @property
    def net_assets(self) -> Column:
        """By night and sleeve, in millionths, before the night's orders."""

    @property
    def purchases(self) -> Column:
        """By sleeve, over all nights, in millionths."""

    @property
    def sales(self) -> Column:
        """By sleeve, over all nights, in millionths."""

    @property
    def fees(self) -> Column:
        """Accrued by sleeve, over all nights, in millionths."""


@dataclass(frozen=True, slots=True)
class Summary:
    """One row per sleeve; fractions, not percent. Years are calendar days / 365.25.

    ``growth``: what 10,000 dollars became. ``annual_return``: geometric; of less than a year, what it was, since a part
    of a year is not annualised. ``volatility``: of nightly returns, sample,
    times the root of 252. ``drawdown``: the deepest fall from a peak, zero or negative, the first value a peak.
    ``turnover``: the lesser of purchases and sales a year, of average net assets. ``cost``: fees accrued a year, of
    average net assets. ``tracking``: volatility of the nightly difference from the base.
    """

    growth: Floats
    total_return: Floats
    annual_return: Floats
    volatility: Floats
    drawdown: Floats
    turnover: Floats
    cost: Floats
    tracking: Floats


def summarise(done: Played, base: Column | None = None) -> Summary:
    """Return the figures of every sleeve from its second night on: the first unit value stands before any purchase.

    ``base`` names the sleeve that each is compared with; sleeve 0 where it is left out. Raises ``InvalidInput`` for
    fewer than four nights.
    """
    if done.days.size < 4:
        raise InvalidInput("a summary needs four nights at least: one to open, one to buy, and two returns")
    against = np.zeros(done.purchases.size, np.int64) if base is None else base
    value = done.unit_value[1:].astype(np.float64)
    returns = value[1:] / value[:-1] - 1.0
    years = float(done.days[-1] - done.days[1]) / _DAYS_A_YEAR
    total = value[-1] / value[0] - 1.0
    average = done.net_assets[1:].astype(np.float64).mean(axis=0)
    yearly = np.where(average > 0, average, np.inf) * years
    peaks = np.maximum.accumulate(value, axis=0)
    return Summary(
        growth=10_000.0 * (1.0 + total),
        total_return=total,
        annual_return=(1.0 + total) ** (1.0 / max(years, 1.0)) - 1.0,
        volatility=returns.std(axis=0, ddof=1) * np.sqrt(SESSIONS_A_YEAR),
        drawdown=(value / peaks - 1.0).min(axis=0),
        turnover=np.minimum(done.purchases, done.sales) / yearly,
        cost=done.fees / yearly,
        tracking=(returns - returns[:, against]).std(axis=0, ddof=1) * np.sqrt(SESSIONS_A_YEAR),
    )


def medians(summary: Summary, group: Sequence[int]) -> Summary:
    """Return the median of every figure over the sleeves of each group 0, 1, ...; ``group`` names each sleeve's."""
    which = np.asarray(group, np.int64)
    groups = range(int(which.max(initial=-1)) + 1)
    columns = (getattr(summary, name) for name in Summary.__dataclass_fields__)
    return Summary(*(np.array([np.median(column[which == one]) for one in groups]) for column in columns))
