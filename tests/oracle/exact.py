"""Exact decimal arithmetic of the oracle: 50 digits, every rounding named.

The oracle never touches the product. Numbers are `decimal.Decimal`; where a quotient must stay exact until
its one rounding (fees), they are `fractions.Fraction`.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal, localcontext
from fractions import Fraction
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

ZERO = Decimal(0)
CENT = Decimal("0.01")
MILLIONTH = Decimal("0.000001")
UNIT_STEP = Decimal("0.0001")
FIFTY_DIGITS = Context(prec=50, rounding=ROUND_HALF_UP)


def exactly(function: Callable[P, R]) -> Callable[P, R]:
    """Run the function with 50 digits, without disturbing the decimal context of the rest of the process."""

    @wraps(function)
    def inside(*args: P.args, **kwargs: P.kwargs) -> R:
        with localcontext(FIFTY_DIGITS):
            return function(*args, **kwargs)

    return inside


def cents(value: Decimal) -> Decimal:
    """Half-up (away from zero on ties) to 0.01."""
    return value.quantize(CENT, rounding=ROUND_HALF_UP)


def floor_cents(value: Decimal) -> Decimal:
    """Down to the whole cent."""
    return value.quantize(CENT, rounding=ROUND_FLOOR)


def millionths(value: Decimal) -> Decimal:
    """Half-up to 0.000001."""
    return value.quantize(MILLIONTH, rounding=ROUND_HALF_UP)


def unit_quantity(value: Decimal) -> Decimal:
    """Half-up to 0.0001, the precision of units."""
    return value.quantize(UNIT_STEP, rounding=ROUND_HALF_UP)


def to_places(value: Decimal, places: int) -> Decimal:
    """Half-up to `places` decimals."""
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def whole(value: Decimal) -> Decimal:
    """Down to the whole number."""
    return value.to_integral_value(rounding=ROUND_FLOOR)


def fraction_to_millionths(value: Fraction) -> Decimal:
    """Half-up to 0.000001 of an exact, non-negative rational: one rounding, no decimal expansion in between."""
    if value < 0:
        raise ValueError(f"a fee is not negative: {value}")
    return Decimal((2 * value.numerator * 10**6 + value.denominator) // (2 * value.denominator)).scaleb(-6)
