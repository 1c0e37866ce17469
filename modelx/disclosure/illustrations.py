"""Two arithmetic illustrations: the fund industry's expense example and the Department of Labor's long-term one.

Both are optional; they are computed, never typed in. Sources: ``spec/disclosure.md`` T10, T11.
"""

from fractions import Fraction

from modelx.disclosure.figures import BPS, round_half_up, to_cents

EXAMPLE_YEARS = (1, 3, 5, 10)


def expense_example(percent_bps: int, amount: int = 10_000, growth_bps: int = 500) -> tuple[int, int, int, int]:
    """Whole dollars paid over 1, 3, 5 and 10 years on ``amount`` growing at ``growth_bps`` before expenses.

    Each year's cost is the ratio times the mean of the balances at its start and its end, after expenses.
    """
    ratio, balance, paid = Fraction(percent_bps, BPS), Fraction(amount), Fraction(0)
    totals: dict[int, int] = {}
    for year in range(1, EXAMPLE_YEARS[-1] + 1):
        after = balance * (1 + Fraction(growth_bps, BPS) - ratio)
        paid += ratio * (balance + after) / 2
        balance = after
        totals[year] = round_half_up(paid)
    return (totals[1], totals[3], totals[5], totals[10])


def balance_after(amount: int, years: int, return_bps: int, fee_bps: int) -> int:
    """Cents that ``amount`` dollars become in ``years`` at ``return_bps`` less ``fee_bps`` a year, half-up."""
    return to_cents(amount * (1 + Fraction(return_bps - fee_bps, BPS)) ** years)
