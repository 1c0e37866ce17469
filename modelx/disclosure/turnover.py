"""Portfolio turnover: the lesser of purchases and sales over the monthly average value (C7, T8).

The average is that of the first day and each month end: thirteen values for a year. Securities with a maturity of a
year or less at purchase (sweeps, money-market funds) are left out above and below. A part year is not annualized.
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from modelx.disclosure.figures import to_bps
from modelx.domain.errors import InvalidInput
from modelx.domain.money import Column, sum_exact

YEAR_OF_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Turnover:
    """Turnover over ``months`` months as an exact ratio, with what it was computed from (millionths of a dollar)."""

    purchases: int
    sales: int
    average_value: Fraction
    months: int

    @property
    def ratio(self) -> Fraction:
        """The lesser of purchases and sales over the average value."""
        return min(self.purchases, self.sales) / self.average_value

    @property
    def percent_bps(self) -> int:
        """Hundredths of a percent, half-up."""
        return to_bps(self.ratio)

    @property
    def whole_year(self) -> bool:
        """False for a part year, which is labelled and never annualized."""
        return self.months == YEAR_OF_MONTHS


def portfolio_turnover(
    month_values: Column, purchases: Column, sales: Column, short_term: npt.NDArray[np.bool_]
) -> Turnover:
    """Turnover of one option from its securities.

    ``month_values[m, s]``: value of security s on the first day (m = 0) and at each month end; ``purchases[s]`` and
    ``sales[s]`` over the same time; all millionths of a dollar. ``short_term[s]`` marks what is left out. Purchases and
    sales are the option's trades in its funds, flow-driven ones included. Raises :class:`InvalidInput` for more than a
    year, less than a month, or nothing held.
    """
    months = month_values.shape[0] - 1
    if not 1 <= months <= YEAR_OF_MONTHS:
        raise InvalidInput(f"turnover takes 1 to 12 months and the first day, not {months} months")
    counted = ~short_term
    total = sum_exact(month_values[:, counted].ravel())
    if total <= 0:
        raise InvalidInput("turnover needs something held besides sweeps")
    bought, sold = sum_exact(purchases[counted]), sum_exact(sales[counted])
    return Turnover(bought, sold, Fraction(total, months + 1), months)
