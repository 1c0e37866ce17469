"""Target-date series for a what-if: the versions that roll-down and tactical rule make, as the night would make them.

A roll-down is in force from the first session in or after its month. A tactical version is decided on one night, from
what was known on it, and is in force from the next session on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from modelx.domain.days import date_of
from modelx.domain.glide_path import TargetDateSeries
from modelx.domain.model_portfolio import TargetVersion
from modelx.domain.money import Column
from modelx.domain.override_resolution import ModelTargets
from modelx.domain.price_history import EventRows, KnownHistory, PriceRows, known_on
from modelx.domain.tactical import TacticalRule, decide, version_from
from modelx.services.market_history import MarketHistory

_LOAD = 1  # a what-if has one load: its history
_ONE = 10**12
_SPLIT = 100  # a kind of event beside the kinds of distributions


@dataclass(frozen=True, slots=True)
class SeriesVersions:
    """The drafts in the order in which they were decided, and by first day the targets of all the series' models.

    Models are numbered in the order of their vintages.
    """

    drafts: tuple[TargetVersion, ...]
    targets: tuple[tuple[int, ModelTargets], ...]


def series_versions(
    series: TargetDateSeries,
    history: MarketHistory,
    security_id: Mapping[str, int],
    rule: TacticalRule | None = None,
    before: int | None = None,
) -> SeriesVersions:
    """Return the versions of every vintage over ``history``; ``security_id`` gives the number of each ticker.

    Without a rule the series rolls down in its roll months. With one it is decided on the last session of every
    month, and rolls down as it is. The first versions are in force from the first session on; a rule decides them on
    the session ``before`` it (when left out, the day before), of which it knows nothing.
    """
    events, prices = _event_rows(history), _price_rows(history)
    latest: dict[str, TargetVersion] = {}
    drafts: list[TargetVersion] = []
    targets: list[tuple[int, ModelTargets]] = []
    sessions = history.sessions.tolist()
    nights = [sessions[0] - 1 if before is None else before, *sessions]
    for last, day in pairwise(nights):
        is_first = day == sessions[0]
        made: list[TargetVersion] = []
        if rule is None:
            if series.roll_due(None if is_first else date_of(last), date_of(day)):
                made = series.roll_down(latest, date_of(day), date_of(day))
        elif is_first or date_of(last).month != date_of(day).month:
            made = _decide(series, rule, latest, known_on(prices, events, last, _LOAD), security_id, day)
        if made:
            latest |= {draft.model: draft for draft in made}
            drafts += made
            in_force = [latest[model] for _, model in sorted(series.models.items())]
            targets.append((day, _targets(in_force, security_id)))
    return SeriesVersions(tuple(drafts), tuple(targets))


def _decide(
    series: TargetDateSeries,
    rule: TacticalRule,
    latest: Mapping[str, TargetVersion],
    known: KnownHistory,
    security_id: Mapping[str, int],
    first: int,
) -> list[TargetVersion]:
    drafts = []
    for vintage, model in sorted(series.models.items()):
        decision = decide(rule, series.path, model, vintage, known, security_id)
        draft = version_from(decision, rule, latest.get(model), date_of(first))
        if draft is not None:
            drafts.append(draft)
    return drafts


def _targets(versions: Sequence[TargetVersion], security_id: Mapping[str, int]) -> ModelTargets:
    rows = [(m, security_id[ticker], weight) for m, one in enumerate(versions) for ticker, weight in one.weights]
    columns = (np.array(values, np.int64) for values in zip(*rows, strict=True))
    return ModelTargets(len(versions), *columns)


def _price_rows(history: MarketHistory) -> PriceRows:
    days, securities = np.nonzero(history.price)
    load = np.full(days.size, _LOAD)
    return PriceRows(
        history.terms.security_id[securities], history.sessions[days], history.price[days, securities], load
    )


def _event_rows(history: MarketHistory) -> EventRows:
    paid, splits = history.distributions, history.splits
    n_paid, n_splits = paid.rate.size, splits.security_id.size

    def joined(first: Column | int, second: Column | int) -> Column:
        parts = (np.broadcast_to(first, n_paid), np.broadcast_to(second, n_splits))
        return np.concatenate(parts).astype(np.int64)

    return EventRows(
        security_id=joined(paid.security_id, splits.security_id),
        day=joined(history.distribution_day, history.split_day),
        kind=joined(paid.kind, _SPLIT),
        cash=joined(paid.rate, 0),
        new_shares=joined(_ONE, splits.new_shares),
        old_shares=joined(_ONE, splits.old_shares),
        load_id=joined(_LOAD, _LOAD),
    )
