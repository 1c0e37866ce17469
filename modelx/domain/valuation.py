"""Market value: shares times tonight's price, to the cent, line by line. Source: ``spec/unitization.md`` 3, 5 step 6.

Market value is computed and never posted: unrealised gain is the value less the cost.
"""

from __future__ import annotations

from dataclasses import dataclass

from modelx.domain.amount import to_cents
from modelx.domain.money import Column, group_sum
from modelx.domain.position import Positions, Prices, price_of

_SHARES_TIMES_PRICE_IN_CENTS = 10**12  # 10^-6 shares times 10^-8 dollars, in hundredths


@dataclass(frozen=True, slots=True)
class Valuation:
    """Price (10^-8) and market value (millionths, whole cents) of each line, and the value of each sleeve's lines."""

    price: Column
    market_value: Column
    by_sleeve: Column


def market_values(shares: Column | int, price: Column | int) -> Column:
    """Return shares (millionths) times price (10^-8), rounded half-up to whole cents (millionths)."""
    return to_cents(shares, price, _SHARES_TIMES_PRICE_IN_CENTS)


def value_positions(positions: Positions, prices: Prices, n_sleeves: int) -> Valuation:
    """Value every line at its price of tonight. Raises ``InvalidInput`` when a security held has no price."""
    price = price_of(prices, positions.security_id)
    value = market_values(positions.shares, price)
    return Valuation(price, value, group_sum(value, positions.sleeve, n_sleeves))
