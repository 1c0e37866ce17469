"""Models as people know them: terms, numbered versions, and the overrides of plans, read from the book by name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum

import numpy as np

from modelx.domain.book import MISSING
from modelx.domain.book_codes import OPEN_END, OPEN_START, ExcludeTo, OverrideKind, SecurityEventKind, SecurityKind
from modelx.domain.days import date_of, day_of
from modelx.domain.model_portfolio import CASH_TICKER, TargetVersion, VersionState
from modelx.domain.override import OnExpiry
from modelx.domain.override_check import OverrideRule
from modelx.domain.universe import Listing, SecurityStatus
from modelx.store import event_records, listing_records, name_records, override_records, version_records
from modelx.store.engine import Connection
from modelx.store.override_records import StoredOverrides
from modelx.store.version_records import StoredVersions


class Standing(Enum):
    """What a version is to its model on a day."""

    PAST = "PAST"
    IN_FORCE = "IN_FORCE"
    SCHEDULED = "SCHEDULED"
    REPLACED = "REPLACED"  # a later load gave its date another version
    CANCELS = "CANCELS"  # it holds nothing: what stood on its date does not come


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """A version of a model as the book has it, with the load that brought it and what it is on the day asked about."""

    version: TargetVersion
    load_id: int
    standing: Standing


@dataclass(frozen=True, slots=True)
class NumberedRule:
    """An override with its number; ``end`` the day before ``start`` says that it was withdrawn before it began."""

    number: int
    rule: OverrideRule

    @property
    def withdrawn(self) -> bool:
        """Whether the override was taken back before its first day."""
        return self.rule.end is not None and self.rule.end < self.rule.start


def model_versions(
    connection: Connection, horizon: int, on: date, models: Collection[str] | None = None
) -> list[ModelVersion]:
    """Every version of some models (None = all) known at a load, by model and number, as it stands on a day."""
    codes, tickers = name_records.names(connection, "model"), name_records.names(connection, "security")
    chosen = None if models is None else [number for number, code in codes.items() if code in models]
    stored = version_records.versions_known(connection, horizon, chosen)
    found = _versions(stored, codes, {0: CASH_TICKER, **tickers})
    return _with_standing(found, on)


def in_force(versions: list[ModelVersion], model: str) -> TargetVersion | None:
    """The version of a model in force on the day its versions were asked for."""
    found = (one.version for one in versions if one.version.model == model and one.standing is Standing.IN_FORCE)
    return next(found, None)


def numbered_rules(connection: Connection, horizon: int) -> list[NumberedRule]:
    """Every override known at a load, by number, as it was written."""
    stored = override_records.overrides_known(connection, horizon)
    numbers = override_records.override_numbers(connection, horizon)
    words = {kind: name_records.names(connection, kind) for kind in ("plan", "model", "security")}
    rules = [
        NumberedRule(numbers[row_id], _rule(stored, at, words)) for at, row_id in enumerate(stored.row_id.tolist())
    ]
    return sorted(rules, key=lambda one: one.number)


def universe(connection: Connection, horizon: int) -> dict[str, Listing]:
    """Every security by ticker; a status that is no known word counts as closed to purchases.

    A merger or conversion names the successor, a liquidation the end, whether or not securities.csv says so yet.
    """
    rows = listing_records.listings_known(connection, horizon)
    words = SecurityStatus.__members__
    ends = _ends(connection, horizon)
    columns = (rows.kind.tolist(), rows.expense_ratio.tolist(), rows.share_dp.tolist())
    return {
        ticker: Listing(
            ticker, name, SecurityKind(kind).name, asset_class, expense, share_dp,
            ends[ticker][0] if ticker in ends else SecurityStatus[status] if status in words else SecurityStatus.CLOSED,
            ends[ticker][1] if ticker in ends else None,
        )
        for ticker, name, asset_class, status, kind, expense, share_dp in zip(
            rows.ticker, rows.name, rows.asset_class, rows.status, *columns, strict=True
        )
    }  # fmt: skip


def _ends(connection: Connection, horizon: int) -> dict[str, tuple[SecurityStatus, str | None]]:
    """What becomes of the securities that have an end announced: their status, and their successor if there is one."""
    gone = event_records.gone_by(connection, OPEN_END, horizon)
    tickers = name_records.names(connection, "security")
    columns = (gone.security_id.tolist(), gone.kind.tolist(), gone.to_security_id.tolist())
    return {
        tickers[security]: (SecurityStatus.LIQUIDATED, None)
        if kind == SecurityEventKind.LIQUIDATION
        else (SecurityStatus.MERGED, tickers.get(successor))
        for security, kind, successor in zip(*columns, strict=True)
    }


def _versions(
    stored: StoredVersions, codes: Mapping[int, str], tickers: Mapping[int, str]
) -> list[tuple[TargetVersion, int, bool]]:
    columns = (stored.model_id, stored.number, stored.effective, stored.load_id, stored.superseded)
    found: list[tuple[TargetVersion, int, bool]] = []
    begins = np.ones(stored.model_id.size, np.bool_)
    begins[1:] = (stored.model_id[1:] != stored.model_id[:-1]) | (stored.number[1:] != stored.number[:-1])
    starts = np.flatnonzero(begins).tolist()
    if not starts:
        return []
    for start, stop in zip(starts, [*starts[1:], stored.model_id.size], strict=True):
        model, number, day, load_id, superseded = (column[start].item() for column in columns)
        held = zip(stored.security_id[start:stop].tolist(), stored.weight[start:stop].tolist(), strict=True)
        weights = tuple(sorted((tickers[security], weight) for security, weight in held))
        found.append(
            (TargetVersion(codes[model], number, date_of(day), weights, VersionState.APPROVED), load_id, superseded)
        )
    return sorted(found, key=lambda one: (one[0].model, one[0].number))


def _with_standing(found: list[tuple[TargetVersion, int, bool]], on: date) -> list[ModelVersion]:
    newest: dict[str, date] = {}
    for version, _, superseded in found:
        if not superseded and version.effective <= on and _holds(version):
            newest[version.model] = max(newest.get(version.model, date.min), version.effective)
    result = []
    for version, load_id, superseded in found:
        if superseded:
            standing = Standing.REPLACED
        elif not _holds(version):
            standing = Standing.CANCELS
        elif version.effective > on:
            standing = Standing.SCHEDULED
        else:
            standing = Standing.IN_FORCE if newest[version.model] == version.effective else Standing.PAST
        result.append(ModelVersion(version, load_id, standing))
    return result


def _holds(version: TargetVersion) -> bool:
    return any(weight for _, weight in version.weights)


def _rule(stored: StoredOverrides, at: int, words: Mapping[str, Mapping[int, str]]) -> OverrideRule:
    weight, exclude_to = int(stored.weight[at]), int(stored.exclude_to[at])
    start, end = int(stored.start_day[at]), int(stored.end_day[at])
    expiry = OnExpiry.__members__.get(stored.on_expiry[at], OnExpiry.REVERT)
    return OverrideRule(
        plan=words["plan"][int(stored.plan_id[at])],
        model=words["model"].get(int(stored.model_id[at]), ""),
        kind=OverrideKind(int(stored.kind[at])),
        ticker=words["security"].get(int(stored.security_id[at]), ""),
        start=date.min if start == OPEN_START else date_of(start),
        end=None if end == OPEN_END else date_of(end),
        to_ticker=words["security"].get(int(stored.to_security_id[at]), ""),
        weight=0 if weight == MISSING else weight,
        exclude_to=ExcludeTo.CASH if exclude_to == MISSING else ExcludeTo(exclude_to),
        on_expiry=expiry,
        reason=stored.reason[at],
        reviewed=True,
    )


def start_day(rule: OverrideRule) -> int:
    """The day column of a rule's start; the earliest date there is stands for always."""
    return OPEN_START if rule.start == date.min else day_of(rule.start)


def end_day(rule: OverrideRule) -> int:
    """The day column of a rule's end; None stands for until further notice."""
    return OPEN_END if rule.end is None else day_of(rule.end)
