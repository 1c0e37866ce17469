"""Exact arithmetic on integer columns, and the only place where anything is rounded.

Money, shares and units are int64 counts of one millionth, prices of 10^-8, rates of 10^-12. A function here either
returns the exact answer, rounded once in the way asked for, or raises ``OutOfRange``. It never guesses. Floats are
refused with ``TypeError``. Text becomes a number, and a number text, without any rounding.
Sources: ``spec/unitization.md`` 3 (precision and rounding), vectors V09 and V11.
"""

from __future__ import annotations

import re
from enum import Enum
from operator import index as whole_number
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from modelx.domain.errors import InvalidInput, OutOfRange

Column: TypeAlias = npt.NDArray[np.int64]

AMOUNT_LIMIT = 2**62  # every amount is smaller than this in magnitude, so that two of them can be added
DIVISOR_LIMIT = 2**61
PRODUCT_LIMIT = 2**112

_PLAIN_DECIMAL = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?")
_LONGEST_TEXT = 64
_CHUNK = 1 << 15  # rows worked on at a time: the temporaries stay in the processor's cache
_EDGE = 1 - 2.0**-49  # float64 estimates err by less than this fraction; a limit is tested on the near side of it
_SINGLE_STEP = 2.0**49  # below this the rounded estimate is at most one away from the floor


class Rounding(Enum):
    """Which neighbour a quotient goes to when it is not whole."""

    HALF_UP = "HALF_UP"  # the nearest; a tie goes away from zero
    HALF_EVEN = "HALF_EVEN"  # the nearest; a tie goes to the even neighbour
    FLOOR = "FLOOR"  # toward minus infinity


def mul_div(a: Column | int, b: Column | int, d: Column | int, rounding: Rounding = Rounding.HALF_UP) -> Column:
    """Return a * b / d, rounded once, exactly, for each row; the three arguments broadcast.

    Needs |a * b| < 2**112, |result| < 2**62 and 0 < d <= 2**61, else ``OutOfRange`` (an input within one part in
    2**49 of the first two limits may be refused as well). Any sign of a and b, any parity of d.

    Why it is exact. Let x = a * b / d and u = 2**-53. The float64 estimate of x carries at most six roundings (a, b,
    their product, d, its reciprocal, the last product; one fewer when dividing by a column), so its error is below
    7u|x|, and its nearest integer q satisfies |q - x| <= 1/2 + 7u|x|. The residual r = a * b - q * d therefore has
    |r| <= d/2 + 7u|a * b| < 2**60 + 7 * 2**59 < 2**63: int64 arithmetic, which is exact modulo 2**64, gives r
    itself and not a multiple away from it. Nothing in this asks d to be even or the same in every row. With
    k = floor(r / d), floor(x) = q + k and the remainder s = r - k * d lies in [0, d); |k * d| <= |r| + d < 2**63.
    When |x| < 2**49, 7u|x| < 1/2, so |r| < d and k is -1 or 0: the sign of r, without a division. Rounding looks at
    s alone: 2s against d (2s < 2**62), where 2s = d is the tie, possible only for even d; a negative x has its
    floor further from zero, so half-up leaves it there.
    """
    x, y, z = _integers(a), _integers(b), _integers(d)
    if z.size and not (int(z.min()) > 0 and int(z.max()) <= DIVISOR_LIMIT):
        raise OutOfRange(f"a divisor lies outside 1 to 2**61: {int(z.min())} to {int(z.max())}")
    shape = np.broadcast_shapes(x.shape, y.shape, z.shape)
    if x.ndim == 0:
        x, y = y, x
    x = np.ascontiguousarray(np.broadcast_to(x, shape)).reshape(-1)
    y, z = (c if c.ndim == 0 else np.ascontiguousarray(np.broadcast_to(c, shape)).reshape(-1) for c in (y, z))
    out = np.empty(x.size, np.int64)
    for start in range(0, x.size, _CHUNK):
        rows = slice(start, start + _CHUNK)
        _mul_div_chunk(x[rows], y[rows] if y.ndim else y, z[rows] if z.ndim else z, rounding, out[rows])
    return out.reshape(shape)


def _mul_div_chunk(a: Column, b: Column, d: Column, rounding: Rounding, q: Column) -> None:
    """Write round(a * b / d) to q. a and q are one-dimensional; b and d may be of no dimension."""
    estimate = a.astype(np.float64)
    estimate *= b
    product = _magnitude(estimate)
    if d.ndim:
        estimate /= d
    else:
        estimate *= 1.0 / int(d)
    largest = _magnitude(estimate)
    if not (product < PRODUCT_LIMIT * _EDGE and largest < AMOUNT_LIMIT * _EDGE):
        raise OutOfRange(f"a product near {product:.3g}, quotient near {largest:.3g}, is outside the proven range")
    np.rint(estimate, out=estimate)
    q[:] = estimate
    rest = a * b
    rest -= q * d
    k = rest >> 63 if largest < _SINGLE_STEP else rest // d
    q += k
    k *= d
    rest -= k
    if rounding is Rounding.FLOOR:
        return
    rest += rest
    rest += q >> 63 if rounding is Rounding.HALF_UP else (q & 1) - 1  # -1 where a tie stays on the floor
    q += rest >= d


def big_mul_div(a: Any, b: Any, d: Any, rounding: Rounding = Rounding.HALF_UP) -> npt.NDArray[np.object_]:
    """Return a * b / d, rounded once, as Python integers in an object column; no limit on any size.

    The arguments are ints, int64 columns or object columns of ints, and broadcast. About a hundred times slower than
    ``mul_div``. ``astype(np.int64)`` of the result raises ``OverflowError`` where a value does not fit.

    Raises ``OutOfRange`` for a divisor that is not positive and ``TypeError`` for anything but whole numbers.
    """
    x, y, z = np.broadcast_arrays(_python_integers(a), _python_integers(b), _python_integers(d))
    rows = zip(x.flat, y.flat, z.flat, strict=True)
    out = np.empty(x.shape, object)
    out.reshape(-1)[:] = [_round_quotient(m * n, over, rounding) for m, n, over in rows]
    return out


def _round_quotient(top: int, over: int, rounding: Rounding) -> int:
    if over <= 0:
        raise OutOfRange(f"a divisor must be positive, not {over}")
    floor, rest = divmod(top, over)
    if rounding is Rounding.FLOOR or 2 * rest < over:
        return floor
    tie_stays = floor < 0 if rounding is Rounding.HALF_UP else floor % 2 == 0
    return floor if 2 * rest == over and tie_stays else floor + 1


def round_to(values: Column | int, step: Column | int, rounding: Rounding = Rounding.HALF_UP) -> Column:
    """Return for each value the nearest multiple of ``step``: cents are a step of 10_000 millionths.

    Raises ``OutOfRange`` unless |value| < 2**62 and 0 < step <= 2**61.
    """
    column = _integers(values)
    _check_amounts(column)
    return np.asarray(mul_div(column, 1, step, rounding) * _integers(step))


def sum_exact(values: Column) -> int:
    """Return the sum of a column as a Python integer; it cannot overflow. Units as in the column."""
    column = _integers(values)
    return (int((column >> 32).sum()) << 32) + int((column & 0xFFFFFFFF).sum())


def group_sum(values: Column, group: Column, n_groups: int) -> Column:
    """Return the sum of ``values`` for each group 0 .. n_groups-1 (0 where a group has no rows).

    ``group`` gives the group of each row, in any order. Raises ``OutOfRange`` when a sum does not fit in int64 and
    ``ValueError`` when a group number is outside its bounds or the columns differ in length.
    """
    column, index = _integers(values), _integers(group)
    _check_groups(column, index, n_groups)
    sums = np.zeros(n_groups, np.int64)
    if float(np.abs(column.astype(np.float64)).sum()) < AMOUNT_LIMIT:  # no partial sum can reach 2**63
        np.add.at(sums, index, column)
        return sums
    low = np.zeros(n_groups, np.int64)
    np.add.at(sums, index, column >> 32)
    np.add.at(low, index, column & 0xFFFFFFFF)
    sums += low >> 32
    if int(sums.max()) >= 2**31 or int(sums.min()) < -(2**31):
        raise OutOfRange("the sum of a group does not fit in 64 bits")
    return np.asarray((sums << 32) + (low & 0xFFFFFFFF))


def allocate(
    total: Column | int,
    weights: Column,
    group: Column | None = None,
    *,
    step: int = 1,
    key: Column | None = None,
) -> Column:
    """Share out each group's total among its rows in proportion to their weights; the shares sum to it exactly.

    Largest remainder: every row first gets the floor of total * weight / (sum of the group's weights), in whole
    ``step``s; what is left goes out one step at a time, the largest remainder first; among equal remainders the
    larger weight, then the lower ``key`` (default: the row number). A row of weight zero gets nothing. A negative
    total is shared as its opposite, negated. Block shares: step = one share. Block cash: step = one cent. Target
    weights at six decimals: total = 10**12, step = 10**6. Sources: ``spec/unitization.md`` 3, vector V11.

    ``total`` is one amount per group (an int when there is one group), ``group`` the group of each row, sorted or
    not. Raises ``OutOfRange`` for a negative weight or numbers past the limits of ``mul_div``, ``InvalidInput``
    when a total is not a whole number of steps or has no weight to be shared by, ``ValueError`` for columns that do
    not belong together.
    """
    amounts, weight = np.atleast_1d(_integers(total)), _integers(weights)
    index = np.zeros(weight.size, np.int64) if group is None else _integers(group)
    order = np.arange(weight.size) if key is None else _integers(key)
    _check_groups(weight, index, amounts.size)
    if order.shape != weight.shape:
        raise ValueError("the tie-breaking keys must be as many as the weights")
    if weight.size and int(weight.min()) < 0:
        raise OutOfRange("a weight is negative")
    _check_amounts(amounts)
    if step <= 0 or (amounts % step).any():
        raise InvalidInput(f"a total is not a whole number of steps of {step}")
    weight_sums = group_sum(weight, index, amounts.size)
    if (amounts[weight_sums == 0] != 0).any():
        raise InvalidInput("an amount has nothing to be shared by: its weights are all zero")
    steps = np.abs(amounts // step)
    over = np.maximum(weight_sums, 1)[index]
    shares = mul_div(steps[index], weight, over, Rounding.FLOOR)
    rest = steps[index] * weight - shares * over  # exact: the true remainder is below 2**61
    left = steps - group_sum(shares, index, amounts.size)
    shares[_first_of_each_group(index, rest, over, weight, order, left)] += 1
    return np.asarray(shares * (np.sign(amounts) * step)[index])


def _first_of_each_group(
    group: Column, rest: Column, over: Column, weight: Column, key: Column, count: Column
) -> Column:
    """Row numbers of the first ``count[g]`` rows of each group g by rest and weight, both descending, then key.

    ``over`` is the divisor of each row, one throughout a group and above its rests, so rest / over is a place. As
    float64 it never turns two rows around, but it can make two equal: one sort of the places finds the last one that
    wins in each group, and only the rows that share it are compared exactly.
    """
    rows = np.flatnonzero(rest)  # the remainders of a group add up to count * over, so more than count are above zero
    of = group[rows]
    place = of - rest[rows] / over[rows]
    size = np.bincount(of, minlength=count.size)
    some = count > 0
    last = np.full(count.size, -np.inf)
    last[some] = np.sort(place)[(np.cumsum(size) - size + count)[some] - 1]
    last = last[of]
    ahead = place < last
    left = count - np.bincount(of[ahead], minlength=count.size)
    level = rows[place == last]
    level = level[np.lexsort((key[level], -weight[level], -rest[level], group[level]))]
    size = np.bincount(group[level], minlength=count.size)
    rank = np.arange(level.size) - (np.cumsum(size) - size)[group[level]]
    return np.concatenate([rows[ahead], level[rank < left[group[level]]]])


def parse_decimal(text: str, places: int) -> int:
    """Return ``text`` as a count of 10**-places: ``parse_decimal("-1.5", 6)`` is -1500000.

    Takes plain ASCII digits with at least one before the dot, and one after it if there is a dot, and a leading
    minus. Raises ``InvalidInput`` for anything else (NaN, Infinity, exponents, underscores, plus signs, blanks, other
    digits) and for more than ``places`` decimals, zeros included; ``OutOfRange`` from 2**62 counts on.
    """
    match = _PLAIN_DECIMAL.fullmatch(text) if len(text) <= _LONGEST_TEXT else None
    if match is None:
        raise InvalidInput(f"not a plain decimal number: {text[:_LONGEST_TEXT]!r}")
    sign, whole, fraction = match[1], match[2], match[3] or ""
    if len(fraction) > places:
        raise InvalidInput(f"more than {places} decimals: {text!r}")
    count = int(whole + fraction.ljust(places, "0"))
    if count >= AMOUNT_LIMIT:
        raise OutOfRange(f"too large for a column of {places} decimals: {text!r}")
    return -count if sign else count


def format_decimal(value: int, places: int, at_least: int | None = None) -> str:
    """Return a count of 10**-places as plain text: ``format_decimal(-1500000, 6, at_least=2)`` is ``-1.50``.

    All ``places`` decimals are shown; given ``at_least``, trailing zeros beyond that many are left out. The value is
    never rounded, and ``parse_decimal`` reads it back. Raises ``TypeError`` for a value that is not whole.
    """
    count = whole_number(value)
    digits = str(abs(count)).rjust(places + 1, "0")
    whole, fraction = digits[: len(digits) - places], digits[len(digits) - places :]
    if at_least is not None:
        fraction = fraction[:at_least] + fraction[at_least:].rstrip("0")
    return ("-" if count < 0 else "") + whole + ("." + fraction if fraction else "")


def _integers(values: Any) -> Column:
    """The values as int64 (of no dimension for a single one); ``TypeError`` for floats and booleans."""
    if isinstance(values, int) and not isinstance(values, bool):
        if not -(2**63) <= values < 2**63:
            raise OutOfRange(f"{values} does not fit in 64 bits")
        return np.asarray(values, np.int64)
    column = np.asarray(values)
    if column.dtype.kind not in "iu" or not np.can_cast(column.dtype, np.int64):
        raise TypeError(f"exact arithmetic takes int64 columns, not {column.dtype}")
    return column.astype(np.int64, copy=False)


def _python_integers(values: Any) -> npt.NDArray[np.object_]:
    column = np.asarray(values, object) if isinstance(values, int) else np.asarray(values)
    if column.dtype != object:
        return _integers(column).astype(object)
    if not all(type(value) is int for value in column.flat):
        raise TypeError("an object column of exact arithmetic holds Python integers only")
    return column


def _magnitude(estimate: npt.NDArray[np.float64]) -> float:
    return float(max(estimate.max(), -estimate.min()))


def _check_amounts(amounts: Column) -> None:
    if amounts.size and max(int(amounts.max()), -int(amounts.min())) >= AMOUNT_LIMIT:
        raise OutOfRange("an amount is 2**62 or more")


def _check_groups(values: Column, group: Column, n_groups: int) -> None:
    if values.shape != group.shape or values.ndim != 1:
        raise ValueError(f"values {values.shape} and groups {group.shape} must be columns of one length")
    if group.size and not (int(group.min()) >= 0 and int(group.max()) < n_groups):
        raise ValueError(f"a group number lies outside 0 to {n_groups - 1}")
