"""What a what-if comes to, in the figures a committee compares: growth, return, risk, turnover, cost, tracking.

Statistics are floats and never re-enter the books. Each compares unit values, so money that came or went plays no
part in it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from modelx.services.what_if import WhatIf

Floats = npt.NDArray[np.float64]

SESSIONS_A_YEAR = 252
_DAYS_A_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class Summary:
    """One row per sleeve; fractions, not percent. Years are calendar days / 365.25.

    ``growth``: what 10,000 dollars became. ``annual_return``: geometric. ``volatility``: of nightly returns, sample,
    times the root of 252. ``drawdown``: the deepest fall from a peak, zero or negative, the first value a peak.
    ``turnover``: the lesser of purchases and sales a year, of average net assets. ``cost``: fees accrued a year, of
    average net assets. ``tracking``: volatility of the nightly difference from sleeve 0, the base.
    """

    growth: Floats
    total_return: Floats
    annual_return: Floats
    volatility: Floats
    drawdown: Floats
    turnover: Floats
    cost: Floats
    tracking: Floats


def summarise(done: WhatIf) -> Summary:
    """Return the figures of every sleeve from its second night on: the first unit value stands before any purchase."""
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
        annual_return=(1.0 + total) ** (1.0 / years) - 1.0,
        volatility=returns.std(axis=0, ddof=1) * np.sqrt(SESSIONS_A_YEAR),
        drawdown=(value / peaks - 1.0).min(axis=0),
        turnover=np.minimum(done.purchases, done.sales) / yearly,
        cost=done.fees / yearly,
        tracking=(returns - returns[:, :1]).std(axis=0, ddof=1) * np.sqrt(SESSIONS_A_YEAR),
    )
