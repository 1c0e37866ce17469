"""The category printed beside an allocation model, from the equity share of its *target* mix (row 2)."""

from modelx.domain.errors import InvalidInput

_BANDS = ((1_500, "Allocation, up to 15% equity"), (3_000, "Allocation, 15-30% equity"),
          (5_000, "Allocation, 30-50% equity"), (7_000, "Allocation, 50-70% equity"),
          (8_499, "Allocation, 70-85% equity"), (10_000, "Allocation, 85% or more equity"))  # fmt: skip


def allocation_category(equity_bps: int) -> str:
    """The band of an equity weight in hundredths of a percent; a boundary is of the band below, 85% above.

    Raises :class:`InvalidInput` outside 0 to 100%.
    """
    if not 0 <= equity_bps <= 10_000:
        raise InvalidInput(f"an equity weight of {equity_bps / 100}% has no category")
    return next(name for top, name in _BANDS if (equity_bps <= top and equity_bps != 8_500) or top == 10_000)


def left_its_band(target_equity_bps: int, actual_equity_bps: int) -> bool:
    """True when the actual mix stands in another band than the target's: a reason to look at the category again."""
    return allocation_category(target_equity_bps) != allocation_category(actual_equity_bps)
