"""A book's folders as the ground of a what-if: its securities, prices, corporate actions and models, in memory.

Folders are read in order; a later row of the same key replaces an earlier one, as when they are loaded.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from modelx.domain.book import MISSING, FileColumns
from modelx.domain.book_codes import SecurityKind
from modelx.domain.corporate_action import Distributions, Splits
from modelx.domain.days import date_of, day_of
from modelx.domain.errors import InvalidInput, NotFound
from modelx.domain.model_portfolio import CASH_TICKER, TargetVersion, VersionState, weights_from
from modelx.domain.money import Column
from modelx.domain.universe import Listing, SecurityStatus
from modelx.services.market_history import HistoryTerms, MarketHistory
from modelx.services.model_market import ModelMarket
from modelx.services.series_book import DatedSeries
from modelx.services.what_if_families import series_of_book, tickers_of
from modelx.services.what_if_series import series_versions

Folder = Mapping[str, FileColumns]  # by file name

_TAIL = 5  # sessions after a security has left every model in which it may still be sold


def market_of_book(
    folders: Sequence[Folder],
    sessions: Column,
    models: Collection[str] = (),
    others: Collection[str] = (),
    first: int | None = None,
) -> ModelMarket:
    """Return the history, from day ``first``, of what ``models`` (default: all) and ``others`` (tickers) need.

    A model of a target-date series that has no targets of its own follows its path and rule. The history begins on
    the first of ``sessions`` on which everything held is priced and every model has a version, and ends with the last
    that has prices. Raises ``NotFound`` for an unknown model or security, and ``InvalidInput`` naming the first
    session on which a price is missing: a night would hold the sleeves that own the security.
    """
    versions = _versions(folders)
    series = [_without(one, versions, models) for one in series_of_book(folders)]
    series = [one for one in series if one.series.models]
    followed = {model for one in series for model in one.series.models.values()}
    unknown = sorted(set(models) - versions.keys() - followed)
    if unknown or not (versions or followed):
        there = ", ".join(sorted(versions.keys() | followed)) or "none: add targets.csv"
        raise NotFound(f"there is no model {', '.join(unknown)}: the models are {there}".replace("  ", " "))
    versions = {model: dated for model, dated in versions.items() if model in models or not models}
    universe = _universe(folders)
    throughout = set(others) | tickers_of(series)
    held = {ticker for dated in versions.values() for one in dated for ticker, _ in one.weights} - {CASH_TICKER}
    tickers = sorted(held | throughout)
    strange = [ticker for ticker in tickers if ticker not in universe]
    if strange:
        raise NotFound(f"securities.csv has no {', '.join(strange)}: add it, or correct the ticker")
    number = {ticker: at for at, ticker in enumerate(tickers, start=1)}
    days, price = _prices(folders, number, sessions if first is None else sessions[sessions >= first])
    begins = _begin(days, price, versions, number, throughout)
    days, price = days[begins:], price[begins:]
    terms = _terms(folders, tickers, universe)
    events = (*_distributions(folders, number, days), *_splits(folders, number, days))
    history = MarketHistory(days, terms, price, *events)
    earlier = sessions[sessions < days[0]]
    for one in series:
        before = int(earlier[-1]) if earlier.size else None
        drafts = series_versions(one.series, history, {**number, CASH_TICKER: 0}, one.rule, before).drafts
        for model in one.series.models.values():
            versions[model] = tuple(draft for draft in drafts if draft.model == model)
    return ModelMarket(history, universe, number, versions)


def _without(one: DatedSeries, versions: Collection[str], models: Collection[str]) -> DatedSeries:
    """A series with the vintages that are wanted and have no targets of their own."""
    vintages = {
        vintage: model
        for vintage, model in one.series.models.items()
        if model not in versions and (model in models or not models)
    }
    return replace(one, series=replace(one.series, models=vintages))


def _rows(folders: Sequence[Folder], file: str) -> list[FileColumns]:
    return [folder[file] for folder in folders if file in folder]


def _versions(folders: Sequence[Folder]) -> dict[str, tuple[TargetVersion, ...]]:
    found: dict[str, dict[int, dict[str, int]]] = {}
    for rows in _rows(folders, "targets.csv"):
        fresh: dict[tuple[str, int], dict[str, int]] = {}
        columns = (rows.texts("model").to_list(), rows.ints("effective_date").tolist())
        held = (rows.texts("ticker").to_list(), rows.ints("weight").tolist())
        for model, day, ticker, weight in zip(*columns, *held, strict=True):
            fresh.setdefault((model, day), {})[ticker] = weight
        for (model, day), weights in fresh.items():
            found.setdefault(model, {})[day] = weights
    for dated in found.values():
        for day in [day for day, weights in dated.items() if not sum(weights.values())]:
            del dated[day]  # a single row of CASH 0 takes a version back
    return {
        model: tuple(
            TargetVersion(model, at, date_of(day), weights_from(weights), VersionState.APPROVED)
            for at, (day, weights) in enumerate(sorted(dated.items()), start=1)
        )
        for model, dated in sorted(found.items())
    }


def _universe(folders: Sequence[Folder]) -> dict[str, Listing]:
    found = {}
    for rows in _rows(folders, "securities.csv"):
        words = [rows.texts(name).to_list() for name in ("ticker", "name", "asset_class", "status")]
        numbers = [rows.ints(name).tolist() for name in ("kind", "expense_ratio_pct", "share_dp")]
        for ticker, name, asset_class, status, kind, expense, share_dp in zip(*words, *numbers, strict=True):
            state = SecurityStatus(status) if status in SecurityStatus.__members__ else SecurityStatus.OPEN
            cost = 0 if expense == MISSING else expense
            found[ticker] = Listing(ticker, name, SecurityKind(kind).name, asset_class, cost, share_dp, state)
    return found


def _terms(folders: Sequence[Folder], tickers: Sequence[str], universe: Mapping[str, Listing]) -> HistoryTerms:
    whole, lag = dict[str, int](), dict[str, int]()
    for rows in _rows(folders, "securities.csv"):
        names = rows.texts("ticker").to_list()
        whole |= dict(zip(names, rows.ints("whole_shares").tolist(), strict=True))
        lag |= dict(zip(names, rows.ints("settle_lag").tolist(), strict=True))
    return HistoryTerms(
        security_id=np.arange(1, len(tickers) + 1),
        share_dp=np.array([universe[ticker].share_dp for ticker in tickers], np.int64),
        whole_shares=np.array([whole[ticker] for ticker in tickers], np.bool_),
        settle_lag=np.array([lag[ticker] for ticker in tickers], np.int64),
        expense_ratio=np.array([universe[ticker].expense_ratio for ticker in tickers], np.int64),
    )


def _prices(folders: Sequence[Folder], number: Mapping[str, int], sessions: Column) -> tuple[Column, Column]:
    """The sessions from the first to the last price, and the prices by session and security; 0 where there is none."""
    price = np.zeros((sessions.size, len(number)), np.int64)
    for rows in _rows(folders, "prices.csv"):
        texts = rows.texts("ticker")
        column = np.array([number.get(ticker, 0) - 1 for ticker in texts.values], np.int64)[texts.codes]
        day = rows.ints("date")
        at = np.minimum(np.searchsorted(sessions, day), sessions.size - 1)
        keep = (column >= 0) & (sessions[at] == day)
        price[at[keep], column[keep]] = rows.ints("price")[keep]
    priced = np.flatnonzero((price > 0).any(axis=1))
    if priced.size < 3:
        raise InvalidInput("a what-if needs prices of the models' securities on at least three sessions")
    span = slice(int(priced[0]), int(priced[-1]) + 1)
    return sessions[span], price[span]


def _begin(
    days: Column,
    price: Column,
    versions: Mapping[str, tuple[TargetVersion, ...]],
    number: Mapping[str, int],
    others: Collection[str],
) -> int:
    """The first session of the history. Raises ``InvalidInput`` for a price that is missing after it."""
    latest = max((day_of(dated[0].effective) for dated in versions.values()), default=int(days[0]))
    start = int(np.searchsorted(days, latest))
    needed = np.zeros(price.shape, np.bool_)
    for dated in versions.values():
        first = [int(np.searchsorted(days, day_of(version.effective))) for version in dated]
        last = [*(at + _TAIL for at in first[1:]), days.size]
        for version, since, until in zip(dated, first, last, strict=True):
            needed[since:until, [number[ticker] - 1 for ticker, _ in version.weights if ticker != CASH_TICKER]] = True
    needed[:, [number[ticker] - 1 for ticker in others]] = True
    missing = needed & (price == 0)
    if start >= days.size:
        raise InvalidInput(f"the models begin after the last price, {date_of(int(days[-1]))}")
    while start < days.size and missing[start].any():
        start += 1
    gaps = np.argwhere(missing[start:])
    if start == days.size or gaps.size:
        session, column = gaps[0] if gaps.size else (0, int(np.flatnonzero(missing[-1])[0]))
        ticker = next(ticker for ticker, at in number.items() if at == column + 1)
        on: date = date_of(int(days[min(start + int(session), days.size - 1)]))
        raise InvalidInput(f"{ticker} has no price on {on}: add it to prices.csv, or end before that day")
    return start


def _distributions(folders: Sequence[Folder], number: Mapping[str, int], days: Column) -> tuple[Column, Distributions]:
    found: dict[tuple[int, int, int], tuple[int, ...]] = {}
    for rows in _rows(folders, "distributions.csv"):
        names = ("ex_date", "kind", "rate", "pay_date", "reinvest", "reinvest_price")
        columns = [rows.ints(name).tolist() for name in names]
        for ticker, day, kind, rate, pay_day, again, at_price in zip(
            rows.texts("ticker").to_list(), *columns, strict=True
        ):
            if ticker in number:
                figures = (rate, pay_day, again, 0 if at_price == MISSING else at_price)
                found[day, number[ticker], kind] = figures
    inside = [(key, figures) for key, figures in sorted(found.items()) if _is_inside(key[0], days) and figures[0]]
    table = np.array([(*key, *figures) for key, figures in inside], np.int64).reshape(-1, 7)
    day, security, kinds, rates, pays, reinvest, prices = table.T
    return day, Distributions(security, kinds, rates, pays, reinvest > 0, prices)


def _splits(folders: Sequence[Folder], number: Mapping[str, int], days: Column) -> tuple[Column, Splits]:
    found: dict[tuple[int, int], tuple[int, ...]] = {}
    for rows in _rows(folders, "splits.csv"):
        columns = [rows.ints(name).tolist() for name in ("ex_date", "new_shares", "old_shares", "cash_in_lieu_price")]
        for ticker, day, new, old, in_lieu in zip(rows.texts("ticker").to_list(), *columns, strict=True):
            if ticker in number:
                found[day, number[ticker]] = (new, old, 0 if in_lieu == MISSING else in_lieu)
    inside = [(key, figures) for key, figures in sorted(found.items()) if _is_inside(key[0], days)]
    table = np.array([(*key, *figures) for key, figures in inside], np.int64).reshape(-1, 5)
    return table[:, 0], Splits(*(np.ascontiguousarray(table[:, at]) for at in range(1, 5)))


def _is_inside(day: int, days: Column) -> bool:
    return int(days[0]) <= day <= int(days[-1])
