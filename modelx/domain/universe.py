"""The securities a model may hold: search, eligibility, and what a closed, merged or liquidated one asks of its models.

A security that can no longer be bought never drops out of a model in silence: it stays where it is, is not bought,
and raises a prompt that names its replacement. Source: ``spec/unitization.md`` 13.20.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from modelx.domain.finding import Finding, Level
from modelx.domain.model_portfolio import CASH_TICKER, TargetVersion


class SecurityStatus(Enum):
    """Whether a security can be bought, and if not, why."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"  # to purchases; what is held stays held
    MERGED = "MERGED"  # into its successor
    LIQUIDATED = "LIQUIDATED"  # paid out in cash


@dataclass(frozen=True, slots=True)
class Listing:
    """One security of the universe. ``expense_ratio`` is a yearly rate of 10^-12; ``successor`` a ticker."""

    ticker: str
    name: str
    kind: str
    asset_class: str
    expense_ratio: int
    share_dp: int
    status: SecurityStatus = SecurityStatus.OPEN
    successor: str | None = None


Universe = Mapping[str, Listing]


def search(
    universe: Universe,
    *,
    text: str = "",
    asset_class: str | None = None,
    expense_max: int | None = None,
    status: SecurityStatus | None = SecurityStatus.OPEN,
) -> list[Listing]:
    """Return the listings that match every given condition, an exact ticker first, then by expense and ticker.

    ``text`` is looked for in ticker and name without regard to case; every word must occur. ``expense_max`` is
    inclusive (10^-12); ``status`` None means any.
    """
    words = text.upper().split()

    def matches(listing: Listing) -> bool:
        words_of_it = f"{listing.ticker} {listing.name}".upper()
        return (
            all(word in words_of_it for word in words)
            and asset_class in (None, listing.asset_class)
            and (expense_max is None or listing.expense_ratio <= expense_max)
            and status in (None, listing.status)
        )

    found = [listing for listing in universe.values() if matches(listing)]
    return sorted(found, key=lambda one: (one.ticker.upper() != text.strip().upper(), one.expense_ratio, one.ticker))


def purchase_refusal(ticker: str, universe: Universe, eligible: Collection[str] | None = None) -> Finding | None:
    """Return why ``ticker`` may not be newly held, or None when it may. Cash always may.

    ``eligible`` is the plan's own list of tickers, None when the plan sets no limit. Codes: ``SECURITY_UNKNOWN``,
    ``SECURITY_CLOSED``, ``SECURITY_NOT_ELIGIBLE``.
    """
    if ticker == CASH_TICKER:
        return None
    listing = universe.get(ticker)
    if listing is None:
        return Finding("SECURITY_UNKNOWN", Level.REFUSE, f"{ticker} is not in the universe; load it or correct it")
    if listing.status is not SecurityStatus.OPEN:
        remedy = f"use {listing.successor}" if listing.successor else "choose another security"
        return Finding("SECURITY_CLOSED", Level.REFUSE, f"{ticker} cannot be bought ({listing.status.value}); {remedy}")
    if eligible is not None and ticker not in eligible:
        return Finding(
            "SECURITY_NOT_ELIGIBLE", Level.REFUSE, f"{ticker} is not on the plan's list; add it there or choose another"
        )
    return None


def substitution_prompts(versions: Iterable[TargetVersion], universe: Universe) -> list[Finding]:
    """Return one ``SUBSTITUTION_NEEDED`` warning per model and security that its version holds but cannot buy.

    Give the versions in force and those scheduled. Sorted by model, version and ticker.
    """
    prompts = []
    for version in sorted(versions, key=lambda one: (one.model, one.number)):
        for ticker, _ in version.weights:
            refusal = purchase_refusal(ticker, universe)
            if refusal is not None:
                place = f"model {version.model} version {version.number}"
                prompts.append(Finding("SUBSTITUTION_NEEDED", Level.WARN, f"{place}: {refusal.message}"))
    return prompts
