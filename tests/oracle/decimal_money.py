"""Money rules the slow, obvious way: one number at a time, ``decimal.Decimal``, nothing shared with the product."""

from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal

MODES = {"HALF_UP": ROUND_HALF_UP, "HALF_EVEN": ROUND_HALF_EVEN, "FLOOR": ROUND_FLOOR}
WIDE = Context(prec=120)


def quotient(a: int, b: int, d: int, mode: str) -> int:
    """a * b / d to a whole number; 120 digits tell apart everything that 112-bit products can come near to."""
    exact = WIDE.divide(WIDE.multiply(Decimal(a), Decimal(b)), Decimal(d))
    return int(exact.quantize(Decimal(1), rounding=MODES[mode], context=WIDE))


def nearest_multiple(value: int, step: int, mode: str) -> int:
    return quotient(value, 1, step, mode) * step


def shared_out(total: int, weights: list[int], keys: list[int], step: int = 1) -> list[int]:
    """Largest remainder, one step at a time, for one group."""
    if total < 0:
        return [-share for share in shared_out(-total, weights, keys, step)]
    steps, weight_sum = total // step, sum(weights)
    over = Decimal(weight_sum or 1)
    shares = [int(WIDE.divide(Decimal(steps * weight), over)) for weight in weights]
    remainder = [steps * weight - share * weight_sum for weight, share in zip(weights, shares, strict=True)]
    while sum(shares) < steps:
        first = min(range(len(weights)), key=lambda row: (-remainder[row], -weights[row], keys[row]))
        shares[first] += 1
        remainder[first] = -1
    return [share * step for share in shares]
