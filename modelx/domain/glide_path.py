"""Target-date series: vintages over a glide path, and their roll-down by date.

A glide path gives target weights at some numbers of months before (or, negative, after) the target date, the first of
January of the vintage year. Between two points the weights run straight, and are rounded once to six decimals by
largest remainder; outside the points the nearest one holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np

from modelx.domain.errors import InvalidInput
from modelx.domain.model_portfolio import WEIGHT_ONE, WEIGHT_STEP, TargetVersion, weights_from
from modelx.domain.money import allocate

Weights = Mapping[str, int]  # by ticker, 10^-12


@dataclass(frozen=True, slots=True)
class GlidePoint:
    """The weights ``months`` before the target date; they sum to one."""

    months: int
    weights: Weights


@dataclass(frozen=True, slots=True)
class GlidePath:
    """Points in falling order of months. Raises ``InvalidInput`` when they are not, or a point is not sound."""

    points: tuple[GlidePoint, ...]

    def __post_init__(self) -> None:
        if not self.points:
            raise InvalidInput("a glide path needs at least one point")
        if any(far.months <= near.months for far, near in pairwise(self.points)):
            raise InvalidInput("the points of a glide path come in falling order of months to the target date")
        for point in self.points:
            weights = point.weights.values()
            if sum(weights) != WEIGHT_ONE or min(weights) < 0 or any(weight % WEIGHT_STEP for weight in weights):
                place = f"the weights {point.months} months before the target date"
                raise InvalidInput(f"{place} must have six decimals and sum to one")

    def weights_at(self, months: int) -> dict[str, int]:
        """Return the weights (10^-12, whole steps of 10^-6) ``months`` before the target date; zeros are left out."""
        far = next((point for point in reversed(self.points) if point.months >= months), self.points[0])
        near = next((point for point in self.points if point.months <= months), self.points[-1])
        until, since = (months - near.months, far.months - months) if far.months > near.months else (1, 0)
        tickers = sorted(far.weights.keys() | near.weights.keys())
        mixed = [far.weights.get(one, 0) * until + near.weights.get(one, 0) * since for one in tickers]
        share = np.array([part // WEIGHT_STEP for part in mixed], np.int64)
        weights = allocate(WEIGHT_ONE, share, step=WEIGHT_STEP)
        return {ticker: weight for ticker, weight in zip(tickers, weights.tolist(), strict=True) if weight}


@dataclass(frozen=True, slots=True)
class TargetDateSeries:
    """A series of models over one glide path: ticker of each vintage's model, and the months in which they roll."""

    name: str
    path: GlidePath
    models: Mapping[int, str]  # vintage year to model ticker
    roll_months: frozenset[int]

    def roll_due(self, last_night: date | None, on: date) -> bool:
        """Whether ``on`` is the first night in or after a roll month that the last night had not reached.

        The first night of a series (``last_night`` None) is due.
        """
        if last_night is None:
            return True
        months = range(_month_number(last_night) + 1, _month_number(on) + 1)
        return any(month % 12 + 1 in self.roll_months for month in months)

    def roll_down(self, latest: Mapping[str, TargetVersion], on: date, effective: date) -> list[TargetVersion]:
        """Return a new draft, in force from ``effective``, for each vintage whose weights are not those of its latest.

        ``latest`` gives the latest version by model ticker. Weights are those of the month of ``on``. By vintage.
        """
        drafts = []
        for vintage, model in sorted(self.models.items()):
            months = months_to_target(vintage, on)
            weights = weights_from(self.path.weights_at(months))
            before = latest.get(model)
            if before is None or before.weights != weights:
                number = before.number + 1 if before else 1
                memo = f"{self.name} {vintage}: roll-down, {months} months to the target date"
                drafts.append(TargetVersion(model, number, effective, weights, memo=memo))
        return drafts


def months_to_target(vintage: int, on: date) -> int:
    """Whole months from the month of ``on`` to January of the vintage year; negative afterwards."""
    return vintage * 12 - _month_number(on)


def _month_number(on: date) -> int:
    return on.year * 12 + on.month - 1
