"""Amounts of money as millionths: whole cents, and sums that cannot wrap around."""

from __future__ import annotations

from typing import Any

import numpy as np

from modelx.domain.errors import InvalidInput, OutOfRange
from modelx.domain.money import AMOUNT_LIMIT, Column, Rounding, big_mul_div, mul_div

CENT = 10_000  # millionths


def to_cents(a: Column | int, b: Column | int, d: Column | int) -> Column:
    """Return a * b / d dollars as an amount in whole cents (millionths), rounded once, half-up.

    ``d`` is the divisor that makes the quotient dollars, over 100: for shares (10^-6) times prices (10^-8), which
    is 10^-14 dollars, it is 10^12. Raises ``OutOfRange`` past the limits of ``mul_div`` and from 2**62 millionths on.
    """
    return in_steps(a, b, d, CENT)


def in_steps(
    a: Column | int, b: Column | int, d: Column | int, step: Column | int, rounding: Rounding = Rounding.HALF_UP
) -> Column:
    """Return ``step`` times the whole number nearest to a * b / d, or its floor: steps of a cent, of a share.

    Raises ``OutOfRange`` past the limits of ``mul_div`` and where the result reaches 2**62.
    """
    return _times(mul_div(a, b, d, rounding), step)


def to_cents_of_any_size(a: Any, b: Any, d: Any) -> Column:
    """The same for products and divisors of any size (object columns); slower, for the few rows that need it."""
    cents = big_mul_div(a, b, d, Rounding.HALF_UP)
    if any(abs(one) >= AMOUNT_LIMIT for one in cents.reshape(-1).tolist()):
        raise OutOfRange("an amount is 2**62 or more")
    return _times(cents.astype(np.int64), CENT)


def add_amounts(*columns: Column) -> Column:
    """Return the sum of several columns, row by row. Raises ``OutOfRange`` when one reaches 2**62 in magnitude."""
    total, estimate = columns[0].copy(), columns[0].astype(np.float64)
    for column in columns[1:]:
        total += column
        estimate += column
    if estimate.size and float(np.abs(estimate).max()) >= AMOUNT_LIMIT:
        raise OutOfRange("a sum of amounts is 2**62 or more")
    return total


def check_whole_cents(amounts: Column, what: str) -> None:
    """Raise ``InvalidInput`` where an amount (millionths) is not a whole number of cents."""
    if (amounts % CENT).any():
        raise InvalidInput(f"{what} must be whole cents")


def _times(count: Column, step: Column | int) -> Column:
    if (np.abs(count) >= AMOUNT_LIMIT // np.asarray(step)).any():
        raise OutOfRange("an amount is 2**62 or more")
    return np.asarray(count * step)
