"""Calendar-day averages over a fiscal year: net assets, and what stood in each underlying fund and for how long.

Nights carry forward: a night's value stands for every calendar day until the next one (C6). Sums of value times days
are whole numbers, so an average is an exact fraction. Source: ``spec/disclosure.md`` C6 and the look-through formula.
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from modelx.disclosure.figures import RATE
from modelx.disclosure.periods import FiscalYear
from modelx.domain.days import day_of
from modelx.domain.errors import InvalidInput, OutOfRange
from modelx.domain.money import AMOUNT_LIMIT, Column, sum_exact


@dataclass(frozen=True, slots=True)
class FundHolding:
    """An underlying fund over a fiscal year at one expense ratio.

    ``ratio`` is the fund's yearly gross expense ratio in 10^-12; ``value_days`` is the sum over calendar days of the
    value held, in millionths of a dollar; ``days_held`` counts the days with a value. A ratio that changed within the
    year is two holdings.
    """

    ticker: str
    name: str
    ratio: int
    value_days: int
    days_held: int

    @property
    def average_value(self) -> Fraction:
        """Average over the days held, in millionths of a dollar; 0 when never held."""
        return Fraction(self.value_days, self.days_held) if self.days_held else Fraction(0)

    def cost(self, days_in_year: int) -> Fraction:
        """The fund's expenses borne by the option: ratio / days in the year x average x days held, in millionths."""
        return Fraction(self.ratio * self.value_days, RATE * days_in_year)


def days_each_night_stands(nights: Column, year: FiscalYear) -> Column:
    """For each night, the calendar days of ``year`` that its value stands for, until the next night.

    ``nights`` ascend, in days since 1970-01-01. The last night before the year carries in; days before the first night
    count for nobody.
    """
    first, after_last = day_of(year.start), day_of(year.end) + 1
    if not nights.size or not (np.diff(nights) > 0).all():
        raise InvalidInput("the nights of an average must be given once each, in order")
    until = np.append(nights[1:], after_last)
    return np.asarray(np.clip(until, first, after_last) - np.clip(nights, first, after_last))


def average_over_year(nights: Column, values: Column, year: FiscalYear) -> Fraction:
    """Calendar-day mean of ``values`` (millionths) over the days of ``year`` on which the option existed.

    Raises :class:`InvalidInput` when no night reaches the year.
    """
    days = days_each_night_stands(nights, year)
    if not days.any():
        raise InvalidInput(f"no night stands for any day from {year.start} to {year.end}")
    return Fraction(sum_exact(_value_days(values, days)), int(days.sum()))


def fund_holdings(
    nights: Column,
    market_value: Column,
    funds: list[tuple[str, str, int]],
    year: FiscalYear,
) -> tuple[FundHolding, ...]:
    """The funds of one option over a fiscal year, from ``market_value[night, fund]`` in millionths; zero = not held.

    ``funds`` names each column: ticker, name, ratio in 10^-12. A fund never held in the year is left out.
    """
    days = days_each_night_stands(nights, year)
    holdings: list[FundHolding] = []
    for column, (ticker, name, ratio) in enumerate(funds):
        value = market_value[:, column]
        days_held = int(days[value > 0].sum())
        if days_held:
            holdings.append(FundHolding(ticker, name, ratio, sum_exact(_value_days(value, days)), days_held))
    return tuple(holdings)


def _value_days(values: Column, days: Column) -> Column:
    if values.size and int(np.abs(values).max()) * 366 >= AMOUNT_LIMIT:
        raise OutOfRange("a value is too large to be summed over a year of days")
    return np.asarray(values * days)
