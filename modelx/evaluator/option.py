"""An investment option that could be the default: its portfolios by vintage, its fees, its alpha (spec section 8).

A target-date series has a portfolio a vintage; a balanced fund is one with a single vintage; a managed account has no
portfolio of its own, because everyone holds their ideal; a hybrid is one option below an age and another from it on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import ArrayLike

from modelx.evaluator.capital_markets import CapitalMarkets
from modelx.evaluator.columns import FloatArray, IntArray, as_floats, normalised_weights
from modelx.evaluator.cost_stack import AlphaBasis, Fees, Mode, alpha_warning, fee_findings
from modelx.evaluator.errors import BadOption, BadSetting
from modelx.evaluator.vintage_map import checked_vintages


class OptionKind(Enum):
    """What sort of default an option is."""

    TARGET_DATE = "target_date"
    BALANCED = "balanced"
    CUSTOM = "custom"
    MANAGED_ACCOUNT = "managed_account"
    HYBRID = "hybrid"


@dataclass(frozen=True, slots=True)
class Option:
    """One option. ``weights`` (G, 19) by ascending ``vintages`` (G,); fees and alpha (G,) in basis points a year.

    A managed account has ``weights`` None and one nominal vintage. A hybrid has neither weights nor fees of its own:
    ``younger`` and ``older`` name the options below and from ``pivot_age``. ``observed_equity`` and ``r2`` (G,) are
    there where style analysis found the weights, NaN for a vintage where it did not. ``source`` says where they came
    from.
    """

    id: str
    name: str
    kind: OptionKind
    vintages: IntArray
    weights: FloatArray | None
    fees: Fees
    alpha_bp: FloatArray
    alpha_basis: AlphaBasis = AlphaBasis.PRE_FEE
    observed_equity: FloatArray | None = None
    r2: FloatArray | None = None
    source: str = ""
    as_of: str = ""
    younger: str = ""
    older: str = ""
    pivot_age: float = float("nan")


def option_with_portfolios(
    option_id: str,
    name: str,
    kind: OptionKind,
    vintages: ArrayLike,
    weights: ArrayLike,
    markets: CapitalMarkets,
    *,
    fund_fee_bp: ArrayLike = 0.0,
    overlay_fee_bp: ArrayLike = 0.0,
    service_fee_bp: ArrayLike = 0.0,
    alpha_bp: ArrayLike = 0.0,
    alpha_basis: AlphaBasis = AlphaBasis.PRE_FEE,
    source: str = "",
    as_of: str = "",
    observed_equity: ArrayLike | None = None,
    r2: ArrayLike | None = None,
) -> Option:
    """A checked option that holds portfolios. A scalar fee or alpha holds for all vintages.

    Raises :class:`BadWeights` for weights that are missing, negative, or off one by more than 5e-3, and
    :class:`BadOption` for columns of unequal length or a balanced option with several vintages.
    """
    years = checked_vintages(np.atleast_1d(np.asarray(vintages, dtype=np.int64)))
    count = len(years)
    rows = normalised_weights(np.atleast_2d(as_floats(weights)), option_id, markets.classes)
    if len(rows) != count:
        raise BadOption(f"{option_id}: {count} vintages but {len(rows)} rows of weights.")
    if kind in (OptionKind.MANAGED_ACCOUNT, OptionKind.HYBRID):
        raise BadOption(f"{option_id}: a {kind.value} has no portfolios of its own.")
    if kind is OptionKind.BALANCED and count != 1:
        raise BadOption(f"{option_id}: a balanced option has one portfolio, not {count}.")
    return Option(
        option_id,
        name,
        kind,
        years,
        rows,
        _fees(option_id, count, fund_fee_bp, overlay_fee_bp, service_fee_bp),
        _column(option_id, "alpha", alpha_bp, count),
        alpha_basis,
        observed_equity=None
        if observed_equity is None
        else _column(option_id, "observed equity", observed_equity, count, gaps=True),
        r2=None if r2 is None else _column(option_id, "R2", r2, count, gaps=True),
        source=source,
        as_of=as_of,
    )


def managed_account(
    option_id: str,
    name: str,
    *,
    fund_fee_bp: float = 0.0,
    service_fee_bp: float = 0.0,
    alpha_bp: float = 0.0,
    alpha_basis: AlphaBasis = AlphaBasis.PRE_FEE,
    source: str = "",
) -> Option:
    """A managed account: everyone holds their ideal, so nothing is lost but fees and missing information."""
    fees = _fees(option_id, 1, fund_fee_bp, 0.0, service_fee_bp)
    alpha = _column(option_id, "alpha", alpha_bp, 1)
    nominal = np.zeros(1, dtype=np.int64)
    return Option(option_id, name, OptionKind.MANAGED_ACCOUNT, nominal, None, fees, alpha, alpha_basis, source=source)


def hybrid(option_id: str, name: str, younger: str, older: str, pivot_age: float) -> Option:
    """``younger`` for participants below ``pivot_age`` years, ``older`` from that age on."""
    if not 0 < pivot_age < 120:
        raise BadOption(f"{option_id}: the pivot age {pivot_age!r} is not an age.")
    nothing = np.zeros(1)
    return Option(
        option_id,
        name,
        OptionKind.HYBRID,
        np.zeros(1, dtype=np.int64),
        None,
        Fees(nothing, nothing, nothing),
        nothing,
        younger=younger,
        older=older,
        pivot_age=float(pivot_age),
    )


def check_options(options: Sequence[Option], mode: Mode) -> list[str]:
    """Warnings about the options together; raises :class:`BadOption` where they contradict each other.

    Ids must be unique, and a hybrid must name two options in the list that are no hybrids.
    """
    plain = {one.id for one in options if one.kind is not OptionKind.HYBRID}
    ids = [one.id for one in options]
    if not options:
        raise BadOption("There is no option to evaluate.")
    if len(set(ids)) != len(ids):
        raise BadOption(f"An option id occurs twice among {ids}.")
    warnings: list[str] = []
    for one in options:
        if one.kind is OptionKind.HYBRID and not {one.younger, one.older} <= plain:
            raise BadOption(f"{one.id}: a hybrid names two other options; {one.younger!r} or {one.older!r} is none.")
        try:
            warnings += fee_findings(one.id, one.fees)
        except BadSetting as cause:
            raise BadOption(str(cause)) from cause
        told = alpha_warning(one.id, one.alpha_bp, one.alpha_basis, one.fees, mode)
        warnings += [told] if told else []
    return warnings


def equity_levels(option: Option, markets: CapitalMarkets) -> FloatArray:
    """(G,) equity level of each vintage: the option's glide path."""
    if option.weights is None:
        raise BadOption(f"{option.id}: a {option.kind.value} has no glide path of its own.")
    return as_floats(option.weights @ markets.equity)


def _fees(option_id: str, count: int, fund: ArrayLike, overlay: ArrayLike, service: ArrayLike) -> Fees:
    return Fees(
        _column(option_id, "fund fee", fund, count),
        _column(option_id, "overlay fee", overlay, count),
        _column(option_id, "service fee", service, count),
    )


def _column(option_id: str, what: str, values: ArrayLike, count: int, *, gaps: bool = False) -> FloatArray:
    column = as_floats(values)
    if column.ndim == 0:
        column = np.full(count, float(column))
    if column.shape != (count,) or not (gaps or np.isfinite(column).all()):
        raise BadOption(f"{option_id}: {what} must be one number, or one for each of {count} vintages; none missing.")
    return column
