"""Models and the market they live on: what a simulation is about, whether it runs in memory or through the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from modelx.domain.days import date_of, day_of
from modelx.domain.errors import InvalidInput, NotFound
from modelx.domain.model_portfolio import CASH_TICKER, TargetVersion
from modelx.domain.money import Column
from modelx.domain.override_resolution import ModelTargets
from modelx.domain.universe import Universe
from modelx.services.market_history import MarketHistory


@dataclass(frozen=True, slots=True)
class ModelMarket:
    """A history, its securities by ticker, and every model's versions in the order of their effective dates.

    ``security_id`` numbers the columns of the history; cash is 0.
    """

    history: MarketHistory
    universe: Universe
    security_id: Mapping[str, int]
    versions: Mapping[str, tuple[TargetVersion, ...]]

    def of_model(self, model: str) -> tuple[TargetVersion, ...]:
        """A model's versions. Raises ``NotFound`` naming the models there are."""
        found = self.versions.get(model)
        if found is None:
            raise NotFound(f"there is no model {model}: the models are {', '.join(sorted(self.versions))}")
        return found

    def targets_of(self, models: Sequence[str]) -> list[tuple[int, ModelTargets]]:
        """The targets of some models by first day, rising: model 0, 1, ... are ``models`` in their order.

        What is effective before the history begins counts from its first session on. Raises ``InvalidInput`` when a
        model has no version by then, ``NotFound`` for a security without history.
        """
        start = int(self.history.sessions[0])
        dated = [_from_the_start(self.of_model(model), start) for model in models]
        days = sorted({day for versions in dated for day in versions})
        found = []
        for day in days:
            latest = [versions[max(first for first in versions if first <= day)] for versions in dated]
            found.append((day, self._rows(latest)))
        return found

    def _rows(self, versions: Iterable[TargetVersion]) -> ModelTargets:
        rows = [
            (at, self._number(ticker, version), weight)
            for at, version in enumerate(versions)
            for ticker, weight in version.weights
        ]
        model, security, weight = (np.array(values, np.int64) for values in zip(*rows, strict=True))
        return ModelTargets(int(model[-1]) + 1, model, security, weight)

    def _number(self, ticker: str, version: TargetVersion) -> int:
        if ticker == CASH_TICKER:
            return 0
        if ticker not in self.security_id:
            raise NotFound(f"{ticker} of model {version.model} ({version.effective}) has no prices in this history")
        return self.security_id[ticker]


def months_of(days: Column) -> Column:
    """The months since 1970 of days."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def month_starts(sessions: Column) -> Column:
    """The first session of every month but the first, which may have begun before."""
    return sessions[1:][np.diff(months_of(sessions)) > 0]


def _from_the_start(versions: Sequence[TargetVersion], start: int) -> dict[int, TargetVersion]:
    """Versions by the first day of the history on which they count."""
    dated = {max(day_of(version.effective), start): version for version in versions}
    if start not in dated:
        model, first = versions[0].model, versions[0].effective
        raise InvalidInput(f"model {model} begins on {first}, the history on {date_of(start)}: begin it later")
    return dated
