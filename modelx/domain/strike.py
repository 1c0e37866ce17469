"""The strike: net assets and the unit value of every sleeve. Source: ``spec/unitization.md`` 3 and 5, vector V07.

The unit value is published at six decimals, half-up; what the rounding leaves stays in net assets. It is struck
before tonight's orders, so an order moves no one else's value.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from modelx.domain.amount import add_amounts
from modelx.domain.errors import InvalidInput
from modelx.domain.money import Column, mul_div

FIRST_UNIT_VALUE = 10_000_000  # 10.000000, before a sleeve has had units
ONE = 10**6


@dataclass(frozen=True, slots=True)
class UnitValues:
    """The struck values of every sleeve, all in millionths; the components foot to ``net_assets``.

    ``market_value + cash + receivables - payables - accrued_fees = net_assets``. ``units`` are those the value was
    struck on, before tonight's orders; ``opening_net_assets`` is the prior net assets with the capital then priced.
    """

    unit_value: Column
    net_assets: Column
    units: Column
    market_value: Column
    cash: Column
    receivables: Column
    payables: Column
    accrued_fees: Column
    opening_net_assets: Column


def strike(
    *,
    market_value: Column,
    cash: Column,
    receivables: Column,
    payables: Column,
    accrued_fees: Column,
    units: Column,
    prior_unit_value: Column,
    opening_net_assets: Column,
) -> UnitValues:
    """Strike every sleeve: net assets, and net assets / units rounded half-up to the millionth.

    Payables and accrued fees are amounts owed, positive. A sleeve without units keeps ``prior_unit_value``
    (``FIRST_UNIT_VALUE`` when it never had any). Raises ``InvalidInput`` for negative units, ``OutOfRange`` past the
    limits of ``mul_div``.
    """
    if units.size and int(units.min()) < 0:
        raise InvalidInput("a sleeve has fewer units than none")
    net_assets = add_amounts(market_value, cash, receivables, -payables, -accrued_fees)
    has_units = units > 0
    struck = mul_div(np.where(has_units, net_assets, 0), ONE, np.where(has_units, units, 1))
    return UnitValues(
        unit_value=np.where(has_units, struck, prior_unit_value),
        net_assets=net_assets,
        units=units,
        market_value=market_value,
        cash=cash,
        receivables=receivables,
        payables=payables,
        accrued_fees=accrued_fees,
        opening_net_assets=opening_net_assets,
    )


def without_a_price(values: UnitValues) -> Column:
    """Return the sleeves whose unit value is zero or less though units are out: nothing can be bought or sold there."""
    return np.flatnonzero((values.units > 0) & (values.unit_value <= 0))
