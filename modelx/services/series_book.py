"""Target-date series as the book describes them, as known at a load: paths, vintages, rules, and what rules may see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from modelx.domain.book_codes import SeriesKind
from modelx.domain.calendar import Calendar
from modelx.domain.errors import InvalidInput
from modelx.domain.glide_path import GlidePath, GlidePoint, TargetDateSeries
from modelx.domain.price_history import KnownHistory, known_on
from modelx.domain.tactical import TacticalRule
from modelx.store import family_records, history_records, model_records, name_records
from modelx.store.engine import Connection
from modelx.store.family_records import StoredRule, StoredSeries

LOOKS_BACK = 2  # windows: enough sessions for a window with some prices missing


@dataclass(frozen=True, slots=True)
class DatedSeries:
    """A target-date series with the tactical rule on it, if it has one."""

    series: TargetDateSeries
    rule: TacticalRule | None


def dated_series(connection: Connection, horizon: int) -> list[DatedSeries]:
    """The target-date series known at a load, by name. Vintages are those of models.csv that are years.

    Raises :class:`InvalidInput` when a series names a path or rule that is not loaded, or one is not sound.
    """
    stored = [one for one in family_records.series_known(connection, horizon) if one.kind == SeriesKind.TARGET_DATE]
    if not stored:
        return []
    paths = family_records.glide_paths(connection, horizon)
    rules = family_records.tactical_rules(connection, horizon)
    models = model_records.models_known(connection, horizon)
    found = []
    for one in stored:
        vintages = {int(m.vintage): m.ticker for m in models if m.series == one.series and m.vintage.isdecimal()}
        path = _path(one.glide_path, paths, one)
        series = TargetDateSeries(one.series, path, vintages, _months(one.roll_months))
        found.append(DatedSeries(series, _rule(one, rules, paths)))
    return found


def known_history(
    connection: Connection, calendar: Calendar, rule: TacticalRule, on: int, horizon: int
) -> tuple[KnownHistory, Mapping[str, int]]:
    """What a rule may see on a night: prices and events of its equity up to that night, and the number of each ticker.

    Nothing later is read; :class:`modelx.domain.price_history.KnownHistory` refuses it if it were.
    """
    numbers = name_records.ids(connection, "security")
    ids = {ticker: numbers[ticker] for ticker in rule.equity}
    securities = np.array(sorted(ids.values()), np.int64)
    sessions = calendar.sessions[calendar.sessions <= on]
    first = int(sessions[-min(LOOKS_BACK * rule.window_sessions, sessions.size)])
    prices = history_records.price_rows(connection, securities, first, on, horizon)
    events = history_records.event_rows(connection, securities, first, on, horizon)
    return known_on(prices, events, on, horizon), ids


def _path(name: str, paths: Mapping[str, Mapping[int, Mapping[str, int]]], of: StoredSeries) -> GlidePath:
    if name not in paths:
        raise InvalidInput(f"series {of.series} needs the path {name!r}, which is not loaded: add glide_paths.csv")
    points = sorted(paths[name].items(), reverse=True)
    return GlidePath(tuple(GlidePoint(months, weights) for months, weights in points))


def _rule(
    of: StoredSeries, rules: Mapping[str, StoredRule], paths: Mapping[str, Mapping[int, Mapping[str, int]]]
) -> TacticalRule | None:
    if not of.tactical_rule:
        return None
    if of.tactical_rule not in rules:
        raise InvalidInput(
            f"series {of.series} names the rule {of.tactical_rule!r}, which is not loaded: add tactical_rules.csv"
        )
    rule = rules[of.tactical_rule]
    defensive = _path(rule.defensive_path, paths, of)
    return TacticalRule(rule.equity, rule.window_sessions, rule.fall_max, rule.rise_max, defensive, rule.move_min)


def _months(text: str) -> frozenset[int]:
    return frozenset(int(month) for month in text.split(";") if month)
