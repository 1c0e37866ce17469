"""The cost of an option in annual basis points, row by row as the paper's Exhibits 3, 9 and 13 stack it (spec 2.6).

    all_in                       = fees + equity loss
    all_in_with_alpha            = all_in - alpha
    all_in_with_alpha_and_detail = all_in_with_alpha + detail loss
    relative_gain                = planning gain - information loss - all_in_with_alpha_and_detail

A row is a scalar or a column (N,) of participants; rows are linear, so the mean of a stack is the stack of means.
"""

from dataclasses import dataclass, fields
from enum import Enum

import numpy as np
from numpy.typing import ArrayLike

from modelx.evaluator.columns import FloatArray, as_floats
from modelx.evaluator.errors import BadSetting


class AlphaBasis(Enum):
    """Which fees an alpha is already net of."""

    PRE_FEE = "pre_fee"
    AFTER_FUND_FEE = "after_fund_fee"
    AFTER_ALL_FEES = "after_all_fees"


class Mode(Enum):
    """``strict`` subtracts pre-fee alpha from fees; ``paper`` subtracts what it is given, as the paper does."""

    STRICT = "strict"
    PAPER = "paper"


@dataclass(frozen=True, slots=True)
class Fees:
    """What an option charges, annual basis points of assets: its funds, the overlay on them, the advice service."""

    fund: FloatArray
    overlay: FloatArray
    service: FloatArray

    @property
    def total(self) -> FloatArray:
        """All three together."""
        return as_floats(self.fund + self.overlay + self.service)


@dataclass(frozen=True, slots=True)
class CostStack:
    """The rows of Exhibit 13, and the information loss of section 2.9. A positive ``relative_gain`` is good."""

    fees: FloatArray
    equity_loss: FloatArray
    all_in: FloatArray
    alpha: FloatArray
    all_in_with_alpha: FloatArray
    detail_loss: FloatArray
    all_in_with_alpha_and_detail: FloatArray
    planning_gain: FloatArray
    information_loss: FloatArray
    relative_gain: FloatArray

    def rows(self) -> dict[str, FloatArray]:
        """The rows by name, in their order."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


def cost_stack(
    fees: ArrayLike,
    equity_loss: ArrayLike,
    alpha: ArrayLike,
    detail_loss: ArrayLike,
    planning_gain: ArrayLike = 0.0,
    information_loss: ArrayLike = 0.0,
) -> CostStack:
    """Stack the rows; every argument in basis points, losses and fees positive as costs, alpha positive as a gain."""
    fee, equity, gain = as_floats(fees), as_floats(equity_loss), as_floats(alpha)
    detail, planning, missing = as_floats(detail_loss), as_floats(planning_gain), as_floats(information_loss)
    all_in = fee + equity
    with_alpha = all_in - gain
    with_detail = with_alpha + detail
    return CostStack(
        fee, equity, all_in, gain, with_alpha, detail, with_detail, planning, missing, planning - missing - with_detail
    )


def alpha_to_subtract(alpha_bp: ArrayLike, basis: AlphaBasis, fees: Fees, mode: Mode) -> FloatArray:
    """The alpha that may be subtracted from a separate row of fees: pre-fee in strict mode, as given in paper mode."""
    alpha = as_floats(alpha_bp)
    if mode is Mode.PAPER or basis is AlphaBasis.PRE_FEE:
        return alpha
    if basis is AlphaBasis.AFTER_FUND_FEE:
        return as_floats(alpha + fees.fund)
    return as_floats(alpha + fees.total)


def alpha_warning(option: str, alpha_bp: ArrayLike, basis: AlphaBasis, fees: Fees, mode: Mode) -> str | None:
    """What an alpha net of fees does to the sums (spec 2.6).

    In paper mode the same fee is counted twice. In strict mode it is not, but then the net cost of the option does not
    move with its fees, because the alpha was given after them.
    """
    if basis is AlphaBasis.PRE_FEE or not np.any(as_floats(alpha_bp)):
        return None
    if mode is Mode.STRICT:
        return (
            f"{option}: alpha is given net of fees, so net cost does not move with those fees. "
            "Give alpha before fees where fees are to be compared."
        )
    twice = float(np.mean(fees.fund if basis is AlphaBasis.AFTER_FUND_FEE else fees.total))
    return (
        f"{option}: mode=paper subtracts an alpha that is already net of fees from a row of fees; "
        f"about {twice:.1f} bp are counted twice. mode=strict subtracts the pre-fee alpha."
    )


FEE_CEILING_BP = 500.0
FEE_FLOOR_BP = 1.0


def fee_findings(option: str, fees: Fees) -> list[str]:
    """Sentences about fees that look like percent where basis points are meant, or are beyond belief.

    A total above zero and below one basis point reads like 0.37 (percent) or 0.0037 (a fraction). Raises
    :class:`BadSetting` for a negative or missing fee and above 500 bp; returns a warning for the implausibly small.
    """
    for name, one in (("fund", fees.fund), ("overlay", fees.overlay), ("service", fees.service)):
        if not np.isfinite(one).all() or (one < 0).any():
            raise BadSetting(
                f"{option}: the {name} fee is missing or negative. Fees are basis points a year; zero is a fee."
            )
    total = fees.total
    if (total > FEE_CEILING_BP).any():
        raise BadSetting(f"{option}: fees of {total.max():g} bp a year exceed {FEE_CEILING_BP:g} bp; check the unit.")
    if ((total > 0) & (total < FEE_FLOOR_BP)).any():
        small = float(total[(total > 0) & (total < FEE_FLOOR_BP)].min())
        return [f"{option}: fees of {small:g} bp a year look like percent; basis points are meant (0.37 % is 37)."]
    return []
