"""How much of a style analysis to believe: groups and the equity share first, single classes with their uncertainty.

Asset classes move together, so a fit of 99 % can still swap one for another. Residuals are resampled, the fund is
fitted again, and the spread of each answer is what the data leave open. Sums over a group (US equity, core bonds) are
far better known than their parts; a report that prints the parts alone claims too much.
"""

from dataclasses import dataclass

import numpy as np

from modelx.evaluator.asset_classes import GROUPS, equity_mask, group_matrix
from modelx.evaluator.columns import FloatArray, as_floats
from modelx.evaluator.errors import BadSetting
from modelx.evaluator.style import StyleFit, style_fit

RESAMPLES = 200
LEVEL = 0.90


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and the ends of its interval, each of shape (N, parts)."""

    estimate: FloatArray
    low: FloatArray
    high: FloatArray


@dataclass(frozen=True, slots=True)
class StyleIntervals:
    """Intervals at ``level`` for the equity share (N, 1), the groups (N, groups) and the classes (N, 19)."""

    equity: Interval
    groups: Interval
    classes: Interval
    group_names: tuple[str, ...]
    level: float


def style_intervals(
    fit: StyleFit,
    returns: FloatArray,
    factors: FloatArray,
    *,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
    seed: int = 0,
) -> StyleIntervals:
    """Bootstrap intervals of the fitted mixes, before any rescaling to the observed split.

    Residuals are drawn month by month with replacement, enlarged for the degrees of freedom that the fit used; the
    intervals are basic percentiles of the refitted weights. Same seed, same intervals.
    """
    if resamples < 20 or not 0.5 <= level < 1:
        raise BadSetting("Intervals need 20 resamples at least and a level from one half to below one.")
    months = fit.months
    source = np.random.default_rng(seed)
    explained = fit.weights @ factors.T
    left = returns - explained
    left = left - left.mean(axis=1, keepdims=True)
    used = np.minimum((fit.weights > 0).sum(axis=1), months - 2)
    left = left * np.sqrt(months / (months - used))[:, None]
    drawn = np.empty((resamples, *fit.weights.shape))
    for sample in range(resamples):
        months_drawn = source.integers(0, months, months)
        drawn[sample] = style_fit(explained + left[:, months_drawn], factors).weights
    side, groups = equity_mask().astype(np.float64)[:, None], group_matrix().T.astype(np.float64)
    return StyleIntervals(
        _interval(fit.weights @ side, drawn @ side, level),
        _interval(fit.weights @ groups, drawn @ groups, level),
        _interval(fit.weights, drawn, level),
        GROUPS,
        level,
    )


def _interval(estimate: FloatArray, drawn: FloatArray, level: float) -> Interval:
    tail = (1 - level) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail], axis=0)
    return Interval(as_floats(estimate), as_floats(np.minimum(low, estimate)), as_floats(np.maximum(high, estimate)))
