"""What makes a sleeve rebalance tonight, and how: in full, or with the cash that has come or is wanted.

Source: ``spec/unitization.md`` 9. Triggers: a calendar date, a weight outside its band, a change of the model or of
an override, cash outside its range, or a request.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag

import numpy as np

from modelx.domain.book_codes import RebalancePolicy
from modelx.domain.days import date_of
from modelx.domain.model_portfolio import WEIGHT_ONE
from modelx.domain.money import Column, Rounding, mul_div
from modelx.domain.rebalance_line import NEVER, Mask, RebalanceLines

BAND_DEFAULT = 3 * 10**10  # three points
NOT_GIVEN = -1
_CASH_SLACK = 10**10  # cash may exceed its weight by one point where a sleeve gives no range


class Trigger(IntFlag):
    """Why a sleeve rebalances; several may hold at once."""

    CALENDAR = 1
    BAND = 2
    MODEL = 4
    OVERRIDE = 8
    CASH_LOW = 16
    CASH_HIGH = 32
    REQUEST = 64


class Mode(IntEnum):
    """What the triggers call for."""

    HOLD = 0
    CASH_FLOW = 1
    FULL = 2


_FULL = Trigger.CALENDAR | Trigger.BAND | Trigger.MODEL | Trigger.OVERRIDE | Trigger.REQUEST
_ALLOWED = {
    RebalancePolicy.NONE: Trigger.REQUEST,
    RebalancePolicy.BAND: ~Trigger.CALENDAR,
    RebalancePolicy.MONTHLY: ~Trigger.BAND,
    RebalancePolicy.QUARTERLY: ~Trigger.BAND,
    RebalancePolicy.ANNUAL: ~Trigger.BAND,
}
_MONTHS = {RebalancePolicy.MONTHLY: 1, RebalancePolicy.QUARTERLY: 3, RebalancePolicy.ANNUAL: 12}


@dataclass(frozen=True, slots=True)
class RebalanceTerms:
    """Per sleeve: its ``RebalancePolicy``, the widest band (10^-12) and the cash range (10^-12 of net assets).

    ``buffer_min`` and ``buffer_max`` are ``NOT_GIVEN`` where the sleeve has no range of its own: then cash may fall to
    half its target weight and rise one point above it.
    """

    policy: Column
    band: Column
    buffer_min: Column
    buffer_max: Column


def calendar_due(policy: Column, last_night: Column, day: int) -> Mask:
    """Return which sleeves' calendar falls due: ``day`` is their first night of a month, quarter or year.

    ``last_night`` is each sleeve's previous night, ``NEVER`` for a new sleeve: its first night is no calendar date.
    """
    on, due = date_of(day), np.zeros(policy.size, np.bool_)
    for code, months in _MONTHS.items():
        first_month = (on.month - 1) // months * months + 1
        period_start = int((np.datetime64(f"{on.year:04d}-{first_month:02d}-01", "D")).astype(np.int64))
        due |= (policy == code) & (last_night < period_start)
    return np.asarray(due & (last_night != NEVER))


def out_of_band(lines: RebalanceLines, band: Column) -> Mask:
    """Return which lines lie outside their band: min(the sleeve's ``band``, half the target weight), exactly.

    A weight on the very edge is inside. A security without a target is outside as soon as it is worth a cent.
    """
    value = lines.value[lines.sleeve]
    width = np.minimum(band[lines.sleeve], lines.weight // 2)
    above = lines.market_value > mul_div(value, lines.weight + width, WEIGHT_ONE, Rounding.FLOOR)
    below = lines.market_value < -mul_div(-value, lines.weight - width, WEIGHT_ONE, Rounding.FLOOR)
    return np.asarray(above | below)


def cash_triggers(spendable: Column, value: Column, cash_weight: Column, terms: RebalanceTerms) -> Column:
    """Return ``CASH_LOW`` or ``CASH_HIGH`` for each sleeve whose cash less accrued fees is outside its range, else 0.

    ``value`` is net assets; amounts in millionths, weights in 10^-12. A sleeve without net assets has no cash range.
    """
    floor = np.where(terms.buffer_min == NOT_GIVEN, cash_weight // 2, terms.buffer_min)
    ceiling = np.where(terms.buffer_max == NOT_GIVEN, cash_weight + _CASH_SLACK, terms.buffer_max)
    low = spendable < -mul_div(-value, floor, WEIGHT_ONE, Rounding.FLOOR)
    high = spendable > mul_div(value, ceiling, WEIGHT_ONE, Rounding.FLOOR)
    found = np.where(low, Trigger.CASH_LOW, np.where(high, Trigger.CASH_HIGH, 0))
    return np.where(value > 0, found, 0)


def allowed(policy: Column, triggers: Column) -> Column:
    """Return the triggers that count under each sleeve's policy: NONE heeds requests only, BAND no calendar."""
    mask = np.zeros(max(RebalancePolicy) + 1, np.int64)
    for code, kinds in _ALLOWED.items():
        mask[code] = int(kinds)
    return np.asarray(triggers & mask[policy])


def modes(triggers: Column) -> Column:
    """Return the ``Mode`` of each sleeve: cash alone calls for a cash-flow rebalance, anything else for a full one."""
    full = (triggers & int(_FULL)) != 0
    return np.where(full, int(Mode.FULL), np.where(triggers != 0, int(Mode.CASH_FLOW), int(Mode.HOLD)))
