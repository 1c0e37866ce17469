"""Columns against ``decimal.Decimal``, digit for digit: more than 100,000 random and adversarial quotients."""

import math
import random

import numpy as np
import pytest

from modelx.domain.money import Rounding, big_mul_div, mul_div, round_to
from tests.oracle.decimal_money import nearest_multiple, quotient

Case = tuple[int, int, int]
PRODUCT_LIMIT, AMOUNT_LIMIT, DIVISOR_LIMIT = 2**112, 2**62, 2**61
SCALAR_DIVISORS = [1, 2, 3, 4, 5, 7, 365, 366, 9_999, 10_000, 10**6, 10**8 + 1, 10**10, 10**12, 365 * 10**12]
SCALAR_DIVISORS += [2**31, 2**53 - 1, 2**53 + 1, 2**60 - 1, 2**61 - 1, 2**61]


def within_limits(case: Case) -> bool:
    a, b, d = case
    room = 1 - 2.0**-48
    fits = -(2**63) <= a < 2**63 and -(2**63) <= b < 2**63 and 0 < d <= DIVISOR_LIMIT
    return fits and abs(a * b) < PRODUCT_LIMIT * room and abs(a * b) < AMOUNT_LIMIT * room * d


def some(rng: random.Random, bits: int) -> int:
    """A whole number of up to that many bits, every size equally likely, either sign."""
    return rng.choice((1, -1)) * rng.getrandbits(rng.randint(1, bits))


def realistic(rng: random.Random, d: int) -> Case:
    return rng.randint(0, 10**12), rng.randint(1, 10**11), d


def wide(rng: random.Random, d: int) -> Case:
    return some(rng, 63), some(rng, 63), d


def tie(rng: random.Random, d: int) -> Case:
    """Half of an odd number, exactly (for an odd divisor: near half)."""
    odd = some(rng, 40) | 1
    return (d // 2) * odd, some(rng, 50) | 1, d


def next_to(rng: random.Random, d: int, target: int) -> Case:
    """A product that leaves a remainder within two of the target."""
    b = some(rng, 62) | 1
    while math.gcd(b, d) != 1:
        b = some(rng, 62) | 1
    a = pow(b, -1, d) * (target + rng.randint(-2, 2)) % d
    return a + d * rng.choice((0, 0, 1, -1, some(rng, 40))), b, d


def near_tie(rng: random.Random, d: int) -> Case:
    return next_to(rng, d, d // 2)


def near_whole(rng: random.Random, d: int) -> Case:
    return next_to(rng, d, 0)


def at_the_limit(rng: random.Random, d: int) -> Case:
    """The product just inside 2**112, or the quotient just inside 2**62."""
    top = math.floor(min(PRODUCT_LIMIT, AMOUNT_LIMIT * d) * (1 - 2.0**-47))
    a = rng.randint(max(1, top >> 62), min(2**62, top))
    return rng.choice((1, -1)) * a, top // a, d


KINDS = [realistic, wide, tie, near_tie, near_whole, at_the_limit]


def divisor(rng: random.Random) -> int:
    return rng.choice((rng.choice(SCALAR_DIVISORS), 1 + rng.getrandbits(rng.randint(1, 61)) % DIVISOR_LIMIT))


def cases(rng: random.Random, count: int, fixed: int | None = None) -> list[Case]:
    found: list[Case] = []
    while len(found) < count:
        case = KINDS[len(found) % len(KINDS)](rng, fixed or divisor(rng))
        for _ in range(200):  # halve the larger factor until the limits hold: keeps the sizes near the limits
            if within_limits(case):
                found.append(case)
                break
            a, b, d = case
            case = (a >> 1, b, d) if abs(a) > abs(b) else (a, b >> 1, d)
    return found


def size(case: Case) -> int:
    a, b, d = case
    return (abs(a * b) // d).bit_length()


def columns(found: list[Case]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    a, b, d = zip(*found, strict=True)
    return np.array(a, np.int64), np.array(b, np.int64), np.array(d, np.int64)


@pytest.fixture(scope="module")
def by_row() -> list[Case]:
    """Smallest quotients first, so that whole chunks of the column stay below 2**49 and take the shorter way."""
    return sorted(cases(random.Random(20261123), 120_000), key=size)


@pytest.mark.parametrize("rounding", list(Rounding))
def test_a_quotient_with_its_own_divisor_in_every_row_is_exact(by_row: list[Case], rounding: Rounding) -> None:
    expected = [quotient(*case, rounding.value) for case in by_row]
    assert mul_div(*columns(by_row), rounding).tolist() == expected


@pytest.mark.parametrize("rounding", list(Rounding))
def test_a_quotient_with_one_divisor_for_all_rows_is_exact(rounding: Rounding) -> None:
    rng = random.Random(20261124)
    for d in SCALAR_DIVISORS:
        found = cases(rng, 2_000, d)
        for half in ([case for case in found if size(case) < 49], [case for case in found if size(case) >= 49]):
            a, b, _ = columns(half)
            assert mul_div(a, b, d, rounding).tolist() == [quotient(*case, rounding.value) for case in half], d


def test_the_cases_hold_ties_of_either_sign_and_quotients_of_every_size(by_row: list[Case]) -> None:
    ties = [a * b for a, b, d in by_row if 2 * (a * b % d) == d]
    sizes = {size(case) for case in by_row}
    assert sum(product > 0 for product in ties) > 3_000
    assert sum(product < 0 for product in ties) > 3_000
    assert sizes == set(range(63))
    assert max(abs(a * b) for a, b, _ in by_row) > 0.99 * PRODUCT_LIMIT
    assert sum(size(case) < 49 for case in by_row) > 2**16
    assert sum(d % 2 for _, _, d in by_row) > 40_000


@pytest.mark.parametrize("rounding", list(Rounding))
def test_big_integers_round_the_same_way(by_row: list[Case], rounding: Rounding) -> None:
    some_rows = by_row[::10]
    assert big_mul_div(*columns(some_rows), rounding).tolist() == [quotient(*c, rounding.value) for c in some_rows]


@pytest.mark.parametrize("rounding", list(Rounding))
@pytest.mark.parametrize("step", [1, 2, 3, 7, 10_000, 10**6, 2**61])
def test_a_column_rounds_to_a_step_exactly(step: int, rounding: Rounding) -> None:
    rng = random.Random(step)
    values = [rng.choice((1, -1)) * rng.getrandbits(rng.randint(1, 62)) for _ in range(500)]
    values += [sign * (step // 2 + near) for sign in (1, -1) for near in (-1, 0, 1)]
    values = [value for value in values if abs(value) < AMOUNT_LIMIT * (1 - 2.0**-48)]
    assert round_to(np.array(values, np.int64), step, rounding).tolist() == [
        nearest_multiple(value, step, rounding.value) for value in values
    ]
