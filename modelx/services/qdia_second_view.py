"""An option's portfolios as its returns show them, to stand beside what it holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from modelx.evaluator.asset_classes import equity_mask
from modelx.evaluator.columns import FloatArray, as_floats
from modelx.evaluator.option import Option

EQUITY = "EQUITY"


@dataclass(frozen=True, slots=True)
class Part:
    """A share of a portfolio: what is held, what the returns show, and the ends of its interval; fractions."""

    name: str
    held: float
    by_returns: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class SecondView:
    """One portfolio of an option as its returns show it.

    ``weights`` (19,) are rescaled to the equity level held, so that they can be evaluated; ``parts`` are as fitted: the
    equity share, the groups, then the classes either view has. ``last`` is the window's last month.
    """

    option: str
    vintage: int
    weights: FloatArray
    parts: tuple[Part, ...]
    r2: float
    months: int
    last: str


def by_returns(option: Option, views: Sequence[SecondView]) -> Option | None:
    """The same option with the mixes its returns show; None unless every vintage has one."""
    mine: Mapping[int, SecondView] = {one.vintage: one for one in views if one.option == option.id}
    if option.weights is None or not set(option.vintages.tolist()) <= set(mine):
        return None
    chosen = [mine[year] for year in option.vintages.tolist()]
    return replace(
        option,
        weights=np.stack([one.weights for one in chosen]),
        observed_equity=as_floats(option.weights @ equity_mask()),
        r2=np.array([one.r2 for one in chosen]),
        source=f"style analysis of unit values to {chosen[0].last}",
    )
