"""A model: dated versions of target weights, from a manager's draft to the session on which it takes effect.

Weights are rates of 10^-12 in steps of 10^-6, and those of a version sum to exactly one, cash included. A version is
never edited: a correction, a cancellation or a return to an older version is a new record.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from itertools import count

from modelx.domain.errors import InvalidInput, NotFound
from modelx.domain.finding import Finding, Level
from modelx.domain.money import format_decimal

CASH_TICKER = "CASH"
WEIGHT_ONE = 10**12
WEIGHT_STEP = 10**6  # six decimals: spec/unitization.md 3

_TICKER = re.compile(r"[A-Z][A-Z0-9]{0,11}")


class VersionState(Enum):
    """How far a version has come. Only APPROVED versions ever take effect."""

    DRAFT = "DRAFT"
    APPROVED = "APPROVED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class TargetVersion:
    """Version ``number`` of a model: its weights by ticker (sorted) from the session ``effective`` on."""

    model: str
    number: int
    effective: date
    weights: tuple[tuple[str, int], ...]
    state: VersionState = VersionState.DRAFT
    memo: str = ""

    def weight(self, ticker: str) -> int:
        """The target weight of ``ticker`` (10^-12), 0 when the version does not hold it."""
        return next((weight for held, weight in self.weights if held == ticker), 0)


class ChangeKind(Enum):
    """What happens to a security between two versions."""

    ADDED = "ADDED"
    REMOVED = "REMOVED"
    RAISED = "RAISED"
    LOWERED = "LOWERED"
    UNCHANGED = "UNCHANGED"


@dataclass(frozen=True, slots=True)
class WeightChange:
    """One line of a difference between versions; ``change`` = after - before, all in 10^-12."""

    ticker: str
    before: int
    after: int
    change: int
    kind: ChangeKind


def assign_ticker(prefix: str, ever_used: Collection[str]) -> str:
    """Return the first free symbol ``prefix`` + number from 1 on, in at least three digits.

    ``ever_used`` holds every model ticker ever given out, retired ones included, and every security's: a symbol is
    never used again. Raises ``InvalidInput`` for a prefix that cannot start a ticker.
    """
    if not _TICKER.fullmatch(prefix) or len(prefix) > 8:
        raise InvalidInput(f"a ticker starts with a capital letter and has only capitals and digits: {prefix!r}")
    return next(ticker for n in count(1) if (ticker := f"{prefix}{n:03d}") not in ever_used)


def check_ticker(ticker: str, ever_used: Collection[str]) -> list[Finding]:
    """Return why a proposed model ticker cannot be used: ``TICKER_MALFORMED`` or ``TICKER_USED``; empty if it can."""
    if not _TICKER.fullmatch(ticker):
        message = f"{ticker!r} is not 1 to 12 capitals and digits starting with a capital; let the platform assign one"
        return [Finding("TICKER_MALFORMED", Level.REFUSE, message)]
    if ticker in ever_used:
        message = f"{ticker} is or was in use and is never given out again; let the platform assign one"
        return [Finding("TICKER_USED", Level.REFUSE, message)]
    return []


def check_weights(version: TargetVersion) -> list[Finding]:
    """Return what is wrong with the weights themselves; empty when they are sound.

    Codes: ``WEIGHTS_EMPTY``, ``SECURITY_TWICE``, ``WEIGHT_NEGATIVE``, ``WEIGHT_TOO_FINE`` (past six decimals),
    ``WEIGHTS_NOT_ONE`` (states the gap).
    """
    if not version.weights:
        return [_refuse("WEIGHTS_EMPTY", f"model {version.model}: no weights; name at least one security or CASH")]
    findings = []
    tickers = [ticker for ticker, _ in version.weights]
    for ticker in sorted({ticker for ticker in tickers if tickers.count(ticker) > 1}):
        findings.append(_refuse("SECURITY_TWICE", f"{ticker} is named twice; merge the two weights"))
    for ticker, weight in version.weights:
        if weight < 0:
            findings.append(_refuse("WEIGHT_NEGATIVE", f"{ticker} has weight {_percent(weight)}; use 0 % or more"))
        elif weight % WEIGHT_STEP:
            findings.append(_refuse("WEIGHT_TOO_FINE", f"{ticker}: give the weight to six decimals, as 0.123456"))
    gap = WEIGHT_ONE - sum(weight for _, weight in version.weights)
    if gap:
        remedy = f"add {_percent(gap)}" if gap > 0 else f"take away {_percent(-gap)}"
        total = _percent(WEIGHT_ONE - gap)
        findings.append(_refuse("WEIGHTS_NOT_ONE", f"model {version.model}: the weights sum to {total}; {remedy}"))
    return findings


def check_effective(effective: date, last_closed_night: date | None, sessions: Collection[date]) -> list[Finding]:
    """Return why a version cannot take effect on that date: ``EFFECTIVE_PAST`` or ``EFFECTIVE_NOT_SESSION``.

    A version takes effect on a session after the last closed night; ``sessions`` are the known sessions.
    """
    if last_closed_night is not None and effective <= last_closed_night:
        message = f"{effective} is on or before the last closed night, {last_closed_night}; choose a later session"
        return [_refuse("EFFECTIVE_PAST", message)]
    if effective not in sessions:
        return [_refuse("EFFECTIVE_NOT_SESSION", f"{effective} is not a session; choose the next session")]
    return []


def diff(before: TargetVersion | None, after: TargetVersion) -> list[WeightChange]:
    """Return one line per security of either version, by ticker. Without ``before``, everything is added."""
    old = dict(before.weights) if before else {}
    new = dict(after.weights)
    return [_change(ticker, old.get(ticker, 0), new.get(ticker, 0)) for ticker in sorted(old.keys() | new.keys())]


def _change(ticker: str, before: int, after: int) -> WeightChange:
    if before == after:
        kind = ChangeKind.UNCHANGED
    elif before == 0:
        kind = ChangeKind.ADDED
    elif after == 0:
        kind = ChangeKind.REMOVED
    else:
        kind = ChangeKind.RAISED if after > before else ChangeKind.LOWERED
    return WeightChange(ticker, before, after, after - before, kind)


def version_in_force(versions: Iterable[TargetVersion], model: str, on: date) -> TargetVersion | None:
    """Return the approved version of ``model`` that governs the session ``on``, or None.

    The latest effective date wins; between two versions of one date, the higher number.
    """
    live = [one for one in versions if one.model == model and one.effective <= on]
    approved = [one for one in live if one.state is VersionState.APPROVED]
    return max(approved, key=lambda one: (one.effective, one.number), default=None)


def cancel(version: TargetVersion, last_closed_night: date | None) -> TargetVersion:
    """Return the version cancelled. Raises ``InvalidInput`` once it has taken effect: then revert instead."""
    if version.state is VersionState.APPROVED and last_closed_night and version.effective <= last_closed_night:
        raise InvalidInput(
            f"version {version.number} of {version.model} took effect on {version.effective}; "
            "revert to the version before it instead"
        )
    return replace(version, state=VersionState.CANCELLED)


def revert(versions: Iterable[TargetVersion], model: str, to: int, effective: date) -> TargetVersion:
    """Return a new draft with the weights of version ``to``, numbered after the highest. Raises ``NotFound``."""
    own = {one.number: one for one in versions if one.model == model}
    if to not in own:
        raise NotFound(f"model {model} has no version {to}; it has {sorted(own)}")
    return TargetVersion(model, max(own) + 1, effective, own[to].weights, memo=f"reverts to version {to}")


def replace_security(in_force: Iterable[TargetVersion], old: str, new: str, effective: date) -> list[TargetVersion]:
    """Return a new draft for every model that holds ``old``, its weight moved to ``new`` (added to what is there).

    Give one version per model, the latest; the drafts come back by model. Raises ``InvalidInput`` when ``old`` and
    ``new`` are the same or no model holds ``old``.
    """
    if old == new:
        raise InvalidInput(f"{old} cannot replace itself")
    drafts = []
    for version in sorted(in_force, key=lambda one: one.model):
        weights = dict(version.weights)
        if old not in weights:
            continue
        weights[new] = weights.get(new, 0) + weights.pop(old)
        memo = f"{old} replaced by {new}"
        drafts.append(
            TargetVersion(version.model, version.number + 1, effective, tuple(sorted(weights.items())), memo=memo)
        )
    if not drafts:
        raise InvalidInput(f"no model holds {old}; nothing to replace")
    return drafts


def weights_from(weights: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """Return a mapping of ticker to weight (10^-12) in the order a version keeps."""
    return tuple(sorted(weights.items()))


def _refuse(code: str, message: str) -> Finding:
    return Finding(code, Level.REFUSE, message)


def _percent(weight: int) -> str:
    return f"{format_decimal(weight, 10, at_least=2)} %"
