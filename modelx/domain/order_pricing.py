"""Pricing orders at the published unit value, each sleeve's one after another. Vectors V07 and V08.

Source: ``spec/unitization.md`` 3, 5 (step 12), 7 and 13.7-8, ``design.md`` 3a.8. Orders take the published, rounded
unit value, so a record keeper can recompute every confirm. Capital is booked at cash, units at rounded units; the
difference stays in the sleeve, until the last holder leaves and it is cleared against a fee payable.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from modelx.domain.amount import CENT, in_steps, to_cents
from modelx.domain.book_codes import OrderSide, QuantityType
from modelx.domain.errors import InvalidInput
from modelx.domain.joins import is_first, rank_in_group
from modelx.domain.money import Column, Rounding, mul_div
from modelx.domain.order import OrderReason

UNIT_TICK = 100  # units have four decimals: a hundred millionths
_TICKS_IN_UNIT = 10**4
_UNITS_TIMES_VALUE_IN_CENTS = 10**10  # 10^-6 units times 10^-6 dollars, in hundredths
_RATE_ONE = 10**12
_HALF_TICKS = 2 * 10**6  # of the unit value, in a dollar: what its rounding can leave on each unit
_NEVER_DUST = 2**40  # a million dollars: more than any rounding leaves, and safe to multiply


@dataclass(frozen=True, slots=True)
class DueOrders:
    """Orders due tonight, in sequence (``order.in_sequence``). ``sleeve`` is the sleeve's row in tonight's columns.

    ``quantity`` is dollars (AMT) or units (UNITS) in millionths, and not looked at for ALL. ``closed`` marks orders
    the sleeve may not take: dated before its start, or priced after its end.
    """

    sleeve: Column
    side: Column
    quantity_type: Column
    quantity: Column
    closed: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Published:
    """Of each sleeve, what tonight's orders are priced from: unit value, net assets and units as struck (millionths).

    ``payee_id`` and ``payable`` are the largest fee payable of the sleeve (see :func:`largest_payables`).
    """

    unit_value: Column
    net_assets: Column
    units: Column
    payee_id: Column
    payable: Column


@dataclass(frozen=True, slots=True)
class PricedOrders:
    """One line per order, then what they leave in each sleeve. Millionths.

    ``reason`` is an ``OrderReason``; NONE means priced. ``units`` and ``amount`` are above or equal to zero, zero when
    rejected. ``large`` marks orders above the share of the sleeve at which one is warned. ``dust`` is not zero where
    the order took out the last units and the net assets left were cleared: that much was left (either sign).
    ``units_after`` and ``capital`` (in less out, less dust cleared) are per sleeve; net assets after are those struck
    plus ``capital``.
    """

    reason: Column
    units: Column
    amount: Column
    large: npt.NDArray[np.bool_]
    dust: Column
    units_after: Column
    capital: Column


def price_orders(orders: DueOrders, published: Published, large_share: int) -> PricedOrders:
    """Price tonight's orders in their sequence at the published unit value.

    AMT: units are amount / unit value, half-up to four decimals. UNITS and ALL: the amount is units x unit value,
    half-up to the cent; ALL is what is held at the order's turn. A redemption of more units than are then held is
    rejected (SECU), earlier orders of the night counted. Precedence: CLOS, then DMON or DQUA, then SECU.

    When a redemption takes out the last units and no more of net assets is left than roundings explain, either sign (a
    cent, and half a millionth for each unit redeemed), it is cleared against the sleeve's largest fee payable, if that
    is above zero and can take it. ``large_share`` (10^-12) of the struck net assets is the largest order that is not
    marked, in a sleeve that has units.
    Raises ``InvalidInput`` when an order meets a unit value of zero or less.
    """
    reason = _refusals(orders)
    value = published.unit_value[orders.sleeve]
    if (value <= 0).any():
        raise InvalidInput("a unit value of zero or less cannot price an order")
    units, amount = _quantities(orders, value, reason)
    units_after, capital = published.units.copy(), np.zeros(published.units.size, np.int64)
    payable, dust = published.payable.copy(), np.zeros(orders.sleeve.size, np.int64)
    turn = rank_in_group(orders.sleeve)
    redeems, all_units = orders.side == OrderSide.RED, orders.quantity_type == QuantityType.ALL
    for rank in range(int(turn.max(initial=-1)) + 1):
        now = np.flatnonzero((turn == rank) & (reason == OrderReason.NONE))
        sleeve = orders.sleeve[now]
        everything = all_units[now]
        units[now[everything]] = units_after[sleeve[everything]]
        amount[now[everything]] = to_cents(units[now[everything]], value[now[everything]], _UNITS_TIMES_VALUE_IN_CENTS)
        short = redeems[now] & ((units[now] > units_after[sleeve]) | (everything & (units[now] == 0)))
        reason[now[short]] = OrderReason.SECU
        now, sleeve = now[~short], sleeve[~short]
        sign = np.where(redeems[now], -1, 1)
        units_after[sleeve] += sign * units[now]
        capital[sleeve] += sign * amount[now]
        last = redeems[now] & (units_after[sleeve] == 0)
        left = published.net_assets[sleeve] + capital[sleeve]
        dust[now] = np.where(last, dust_cleared(left, units[now], payable[sleeve]), 0)
        payable[sleeve] += dust[now]
        capital[sleeve] -= dust[now]
    priced = reason == OrderReason.NONE
    units, amount = np.where(priced, units, 0), np.where(priced, amount, 0)
    limit = mul_div(np.maximum(published.net_assets, 0), large_share, _RATE_ONE, Rounding.FLOOR)[orders.sleeve]
    large = (published.units[orders.sleeve] > 0) & (amount > limit)
    return PricedOrders(reason, units, amount, large, dust, units_after, capital)


def dust_cleared(left: Column, units: Column, payable: Column) -> Column:
    """Return what is cleared of the net assets ``left`` when the last ``units`` have gone: all of it, or nothing.

    It is cleared when it is no more than roundings explain (a cent, and half a millionth for each unit), and a fee
    ``payable`` above zero can take it. Millionths.
    """
    cleared = (
        (np.minimum(np.abs(left) - CENT, _NEVER_DUST) * _HALF_TICKS < units) & (payable > 0) & (payable + left >= 0)
    )
    return np.where(cleared, left, 0)


def largest_payables(sleeve: Column, payee_id: Column, payable: Column, n_sleeves: int) -> tuple[Column, Column]:
    """Return payee id and amount of each sleeve's largest fee payable; the lowest id on ties, zeros where none.

    The columns given have one row per sleeve and payee, ``payable`` above zero when money is owed (millionths).
    """
    order = np.lexsort((payee_id, -payable, sleeve))
    first = order[is_first(sleeve[order])]
    payee, owed = np.zeros(n_sleeves, np.int64), np.zeros(n_sleeves, np.int64)
    payee[sleeve[first]], owed[sleeve[first]] = payee_id[first], payable[first]
    return payee, owed


def _refusals(orders: DueOrders) -> Column:
    """What can be said of an order before its turn."""
    amount, in_units = orders.quantity_type == QuantityType.AMT, orders.quantity_type == QuantityType.UNITS
    bad_amount = amount & ((orders.quantity <= 0) | (orders.quantity % CENT != 0))
    bad_units = in_units & ((orders.quantity <= 0) | (orders.quantity % UNIT_TICK != 0))
    reason = np.full(orders.sleeve.size, int(OrderReason.NONE), np.int64)
    reason[bad_amount] = OrderReason.DMON
    reason[bad_units | ((orders.quantity_type == QuantityType.ALL) & (orders.side == OrderSide.SUB))] = OrderReason.DQUA
    reason[orders.closed] = OrderReason.CLOS
    return reason


def _quantities(orders: DueOrders, value: Column, reason: Column) -> tuple[Column, Column]:
    """Units and amount of the orders that name one of them; zero for ALL and for orders already refused."""
    given = np.where(reason == OrderReason.NONE, orders.quantity, 0)
    by_amount = np.where(orders.quantity_type == QuantityType.AMT, given, 0)
    by_units = np.where(orders.quantity_type == QuantityType.UNITS, given, 0)
    units = by_units + in_steps(by_amount, _TICKS_IN_UNIT, value, UNIT_TICK)
    return units, by_amount + to_cents(by_units, value, _UNITS_TIMES_VALUE_IN_CENTS)
