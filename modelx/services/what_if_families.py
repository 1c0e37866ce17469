"""Target-date series of a book's folders, for a what-if: their versions are made as the night would make them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from modelx.domain.book import FileColumns
from modelx.domain.book_codes import SeriesKind
from modelx.domain.errors import InvalidInput
from modelx.domain.glide_path import GlidePath, GlidePoint, TargetDateSeries
from modelx.domain.model_portfolio import CASH_TICKER
from modelx.domain.tactical import TacticalRule
from modelx.services.series_book import DatedSeries

Folder = Mapping[str, FileColumns]  # by file name


def series_of_book(folders: Sequence[Folder]) -> list[DatedSeries]:
    """Return the target-date series, by name; the vintages of each are its models in models.csv.

    Raises ``InvalidInput`` when a series names a path or a rule that the folders do not have.
    """
    paths, rules, vintages = _paths(folders), _rules(folders), _vintages(folders)
    found = {}
    for rows in _rows(folders, "series.csv"):
        names = (rows.texts(column).to_list() for column in ("series", "glide_path", "roll_months", "tactical_rule"))
        for kind, name, path, months, rule in zip(rows.ints("kind").tolist(), *names, strict=True):
            if kind != SeriesKind.TARGET_DATE:
                continue
            roll = frozenset(int(month) for month in months.split(";") if month)
            series = TargetDateSeries(name, _known(paths, path, name), vintages.get(name, {}), roll)
            found[name] = DatedSeries(series, _rule(rules, rule, name, paths) if rule else None)
    return [one for _, one in sorted(found.items())]


def tickers_of(series: Iterable[DatedSeries]) -> set[str]:
    """Every security that the paths and rules of some series may hold or watch, cash apart."""
    found: set[str] = set()
    for one in series:
        paths = [one.series.path, *([one.rule.defensive] if one.rule else [])]
        found |= {ticker for path in paths for point in path.points for ticker in point.weights}
        found |= one.rule.equity if one.rule else set()
    return found - {CASH_TICKER}


def _rows(folders: Sequence[Folder], file: str) -> list[FileColumns]:
    return [folder[file] for folder in folders if file in folder]


def _vintages(folders: Sequence[Folder]) -> dict[str, dict[int, str]]:
    found: dict[str, dict[int, str]] = {}
    for rows in _rows(folders, "models.csv"):
        names = (rows.texts(column).to_list() for column in ("model", "series", "vintage"))
        for model, series, vintage in zip(*names, strict=True):
            if vintage.isdecimal():
                found.setdefault(series, {})[int(vintage)] = model
    return found


def _paths(folders: Sequence[Folder]) -> dict[str, GlidePath]:
    """Each path as the last folder that names it gives it."""
    points: dict[str, dict[int, dict[str, int]]] = {}
    for rows in _rows(folders, "glide_paths.csv"):
        names, tickers = rows.texts("glide_path").to_list(), rows.texts("ticker").to_list()
        points |= {name: {} for name in names}
        columns = (rows.ints("months").tolist(), rows.ints("weight").tolist())
        for name, ticker, months, weight in zip(names, tickers, *columns, strict=True):
            points[name].setdefault(months, {})[ticker] = weight
    return {
        name: GlidePath(tuple(GlidePoint(months, own[months]) for months in sorted(own, reverse=True)))
        for name, own in points.items()
    }


def _rules(folders: Sequence[Folder]) -> dict[str, tuple[tuple[int, ...], str, frozenset[str]]]:
    """Each rule's numbers (window, fall, rise, least move), its defensive path and its equity."""
    equity: dict[str, set[str]] = {}
    for rows in _rows(folders, "tactical_equity.csv"):
        names = rows.texts("tactical_rule").to_list()
        equity |= {name: set() for name in names}
        for name, ticker in zip(names, rows.texts("ticker").to_list(), strict=True):
            equity[name].add(ticker)
    found = {}
    for rows in _rows(folders, "tactical_rules.csv"):
        columns = [rows.ints(name).tolist() for name in ("window_sessions", "fall_max", "rise_max", "move_min")]
        texts = (rows.texts("tactical_rule").to_list(), rows.texts("defensive_path").to_list())
        for name, path, *numbers in zip(*texts, *columns, strict=True):
            found[name] = (tuple(numbers), path, frozenset(equity.get(name, ())))
    return found


def _rule(
    rules: Mapping[str, tuple[tuple[int, ...], str, frozenset[str]]],
    name: str,
    series: str,
    paths: Mapping[str, GlidePath],
) -> TacticalRule:
    if name not in rules:
        raise InvalidInput(f"series {series} names the rule {name!r}: add it to tactical_rules.csv")
    (window, fall, rise, move), path, equity = rules[name]
    return TacticalRule(equity, window, fall, rise, _known(paths, path, series), move)


def _known(paths: Mapping[str, GlidePath], name: str, series: str) -> GlidePath:
    if name not in paths:
        raise InvalidInput(f"series {series} needs the path {name!r}: add it to glide_paths.csv")
    return paths[name]
