"""Style analysis of funds with histories of unequal length: each over its own last months, batches where they agree.

A fund's window ends at its last month; months before its first, or without factor returns, are left out. A gap inside
the window refuses the fund, with the month. Results say what was found, how well, and how sure.
"""

from dataclasses import dataclass, replace

import numpy as np

from modelx.evaluator.asset_classes import equity_mask
from modelx.evaluator.columns import BoolArray, FloatArray, IntArray, as_floats
from modelx.evaluator.style import LEAST_MONTHS, WINDOW_MONTHS, rescaled_to_observed, style_fit
from modelx.evaluator.style_intervals import RESAMPLES, StyleIntervals, style_intervals


@dataclass(frozen=True, slots=True)
class Returns:
    """Monthly returns (N, T) of funds, decimals, NaN where missing, over ``months`` (T,) written YYYY-MM.

    ``option`` and ``vintage`` (0 for a balanced option) name each fund; ``observed_equity`` (N,) is its equity level
    of today, NaN where it is not known.
    """

    option: tuple[str, ...]
    vintage: IntArray
    months: tuple[str, ...]
    returns: FloatArray
    observed_equity: FloatArray


@dataclass(frozen=True, slots=True)
class Factors:
    """Monthly returns (T, 19) of the asset classes over ``months`` (T,), none missing."""

    months: tuple[str, ...]
    returns: FloatArray


@dataclass(frozen=True, slots=True)
class FundStyle:
    """One fund: its window, fit and intervals, or why it was refused.

    ``weights`` (19,) are rescaled to the observed equity level where that is known; ``fitted`` are before that.
    """

    option: str
    vintage: int
    refused: str = ""
    first: str = ""
    last: str = ""
    months: int = 0
    r2: float = float("nan")
    kkt: float = float("nan")
    observed_equity: float = float("nan")
    fitted: FloatArray | None = None
    weights: FloatArray | None = None
    intervals: StyleIntervals | None = None
    note: str = ""


def analyse_styles(
    funds: Returns, factors: Factors, *, window: int = WINDOW_MONTHS, resamples: int = RESAMPLES, seed: int = 0
) -> list[FundStyle]:
    """A result for every fund, in their order."""
    shared = [month for month in funds.months if month in set(factors.months)]
    place = {month: at for at, month in enumerate(factors.months)}
    columns = [funds.months.index(month) for month in shared]
    returns = funds.returns[:, columns]
    explained = factors.returns[[place[month] for month in shared]]
    spans = [_span(row, shared, window) for row in np.isfinite(returns)]
    found: dict[int, FundStyle] = {}
    for span in dict.fromkeys(one for one in spans if not isinstance(one, str)):
        rows = np.array([number for number, one in enumerate(spans) if one == span])
        part = slice(span[0], span[1])
        for number, style in zip(
            rows.tolist(), _batch(funds, rows, returns[rows, part], explained[part], resamples, seed), strict=True
        ):
            found[number] = replace(style, first=shared[span[0]], last=shared[span[1] - 1])
    return [
        FundStyle(funds.option[number], int(funds.vintage[number]), refused=span)
        if isinstance(span, str)
        else found[number]
        for number, span in enumerate(spans)
    ]


def _span(there: BoolArray, months: list[str], window: int) -> tuple[int, int] | str:
    """First and last place of a fund's window, or why it has none."""
    known = np.flatnonzero(there)
    if len(known) == 0:
        return "no month has both its return and the factors'"
    last = int(known[-1]) + 1
    first = max(int(known[0]), last - window)
    gaps = np.flatnonzero(~there[first:last])
    if len(gaps):
        return f"the month {months[first + int(gaps[0])]} is missing within its window"
    if last - first < LEAST_MONTHS:
        return f"{last - first} months; {LEAST_MONTHS} are the least"
    return first, last


def _batch(
    funds: Returns, rows: IntArray, returns: FloatArray, factors: FloatArray, resamples: int, seed: int
) -> list[FundStyle]:
    fit = style_fit(returns, factors)
    sure = style_intervals(fit, returns, factors, resamples=resamples, seed=seed) if resamples else None
    observed = funds.observed_equity[rows]
    known = np.isfinite(observed)
    weights = fit.weights.copy()
    impossible = np.zeros(len(rows), dtype=np.bool_)
    if known.any():
        rescaled = rescaled_to_observed(fit.weights[known], observed[known])
        weights[known], impossible[known] = rescaled.weights, rescaled.impossible
    return [
        FundStyle(
            funds.option[row],
            int(funds.vintage[row]),
            months=fit.months,
            r2=float(fit.r2[at]),
            kkt=float(fit.kkt[at]),
            observed_equity=float(observed[at]),
            fitted=as_floats(fit.weights[at]),
            weights=as_floats(weights[at]),
            intervals=None if sure is None else _one(sure, at),
            note=_note(bool(known[at]), bool(impossible[at])),
        )
        for at, row in enumerate(rows.tolist())
    ]


def _note(known: bool, impossible: bool) -> str:
    if impossible:
        return "not rescaled: it holds a side today that its returns did not show"
    return "" if known else "not rescaled: its equity level of today is not known"


def _one(sure: StyleIntervals, at: int) -> StyleIntervals:
    rows = slice(at, at + 1)
    parts = [
        type(part)(part.estimate[rows], part.low[rows], part.high[rows])
        for part in (sure.equity, sure.groups, sure.classes)
    ]
    return StyleIntervals(parts[0], parts[1], parts[2], sure.group_names, sure.level)


def fitted_equity(style: FundStyle) -> float:
    """The equity share that the returns showed, before any rescaling."""
    return float("nan") if style.fitted is None else float(style.fitted @ equity_mask())
