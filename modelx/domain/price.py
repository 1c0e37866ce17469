"""Whether tonight's prices can be trusted: missing, stale, too far from the last one, or from a second source.

Source: ``spec/unitization.md`` 11 (C-PX-...), vector V18, ``design.md`` 3a.2. A move is judged after tonight's split
and distributions, or every split would look like a crash. Comparisons are exact; a move on the limit passes.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
import numpy.typing as npt

from modelx.domain.book_codes import SecurityKind
from modelx.domain.joins import find_rows
from modelx.domain.money import AMOUNT_LIMIT, Column, big_mul_div, format_decimal

ONE = 10**12  # rates, tolerances and moves are counted in 10^-12
_RATE_OVER_PRICE = 10**4  # a price of 10^-8 in the 10^-12 of a distribution rate
PERCENT_PLACES = 10

EQUITY_TOLERANCE = ONE * 5 // 100
FIXED_TOLERANCE = ONE * 2 // 100
SOURCE_TOLERANCE = ONE * 5 // 1000
STALE_EXCHANGE_TRADED = 2
STALE_FUND = 3
STALE_FIXED_FUND = 5


class PriceCode(Enum):
    """Codes of the price checks, in the order in which they are made."""

    MISSING = "PX-MISS"
    TOLERANCE = "PX-TOL"
    STALE = "PX-STALE"
    SOURCE = "PX-SRC"


@dataclass(frozen=True, slots=True)
class PriceLimits:
    """Limits of the checks (10^-12). ``None`` keeps the table by class: equity 5 %, fixed income 2 %, money market 0.

    A price is stale when it equals that of each of the last ``stale_sessions`` sessions; 0 switches the check off, and
    it never applies to money-market funds. The table by class: exchange traded 2, funds 3, fixed-income funds 5.
    """

    tolerance: int | None = None
    stale_sessions: int | None = None
    source_tolerance: int = SOURCE_TOLERANCE


@dataclass(frozen=True, slots=True)
class Quotes:
    """What is known of each security held or traded tonight. Prices 10^-8; zero or less means there is none.

    ``history`` has a row per security and a column per earlier session, the latest first. ``distribution`` is the sum
    of tonight's ex-date rates per new share, ``new_shares`` for ``old_shares`` tonight's split (all 10^-12; 1 for 1).
    ``fixed_income`` is False for an unknown asset class.
    """

    security_id: Column
    kind: Column
    fixed_income: npt.NDArray[np.bool_]
    price: Column
    history: Column
    distribution: Column
    new_shares: Column
    old_shares: Column


@dataclass(frozen=True, slots=True)
class SecondPrices:
    """Prices of other sources (10^-8); a security may have none, one or several."""

    security_id: Column
    price: Column


@dataclass(frozen=True, slots=True)
class PriceFinding:
    """What is wrong with one price: the figures compared (10^-8), the move and its limit (10^-12).

    ``other`` is the last session's price, or the second source's. A stale price has ``sessions`` without a move.
    """

    security_id: int
    code: PriceCode
    price: int = 0
    other: int = 0
    move: int = 0
    limit: int = 0
    sessions: int = 0

    def sentence(self) -> str:
        """The finding with its figures, for a person."""
        price, other = (format_decimal(figure, 8, at_least=2) for figure in (self.price, self.other))
        move, limit = (format_decimal(figure, PERCENT_PLACES, at_least=2) for figure in (self.move, self.limit))
        match self.code:
            case PriceCode.MISSING:
                return "no price tonight"
            case PriceCode.TOLERANCE:
                return f"price {price} after {other}: {move} % adjusted for splits and distributions, limit {limit} %"
            case PriceCode.STALE:
                return f"price {price} unchanged over {self.sessions} sessions before tonight"
            case PriceCode.SOURCE:
                return f"price {price}, second source {other}: {move} %, limit {limit} %"


def check_prices(quotes: Quotes, second: SecondPrices, limits: PriceLimits) -> tuple[PriceFinding, ...]:
    """Return what is wrong with tonight's prices, by code, then in the order of the securities.

    A missing price has no other finding. Without a price of the last session the move is not judged; a session
    without a price ends a run of unchanged ones.
    """
    priced = quotes.price > 0
    missing = tuple(
        PriceFinding(security_id, PriceCode.MISSING) for security_id in quotes.security_id[~priced].tolist()
    )
    return (
        *missing,
        *_moved_too_far(quotes, np.flatnonzero(priced), limits),
        *_stale(quotes, np.flatnonzero(priced), limits),
        *_sources_differ(quotes, np.flatnonzero(priced), second, limits),
    )


def adjusted_move(
    price: Column, previous: Column, distribution: Column, new_shares: Column, old_shares: Column
) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.object_]]:
    """Return (price + distribution) * new / old / previous - 1 as exact fractions: numerators and denominators."""
    worth = (price.astype(object) * _RATE_OVER_PRICE + distribution.astype(object)) * new_shares.astype(object)
    before = previous.astype(object) * _RATE_OVER_PRICE * old_shares.astype(object)
    return worth - before, before


def _moved_too_far(quotes: Quotes, rows: Column, limits: PriceLimits) -> list[PriceFinding]:
    if quotes.history.shape[1] == 0:
        return []
    rows = rows[quotes.history[rows, 0] > 0]
    previous = quotes.history[rows, 0]
    money_market = quotes.kind[rows] == SecurityKind.MMF  # its price stands still when it pays
    paid = np.where(money_market, 0, quotes.distribution[rows])
    top, under = adjusted_move(quotes.price[rows], previous, paid, quotes.new_shares[rows], quotes.old_shares[rows])
    limit = np.where(quotes.fixed_income, FIXED_TOLERANCE, EQUITY_TOLERANCE)[rows]
    limit[money_market] = 0
    if limits.tolerance is not None:
        limit[:] = limits.tolerance
    return _beyond(PriceCode.TOLERANCE, quotes, rows, previous, top, under, limit)


def _stale(quotes: Quotes, rows: Column, limits: PriceLimits) -> list[PriceFinding]:
    kind = quotes.kind[rows]
    exchange_traded = (kind == SecurityKind.ETF) | (kind == SecurityKind.STOCK)
    fund = np.where(quotes.fixed_income[rows], STALE_FIXED_FUND, STALE_FUND)
    limit = np.where(exchange_traded, STALE_EXCHANGE_TRADED, fund)
    if limits.stale_sessions is not None:
        limit[:] = limits.stale_sessions
    limit[kind == SecurityKind.MMF] = 0
    unchanged = np.cumprod(quotes.history[rows] == quotes.price[rows, None], axis=1).sum(axis=1)
    return [
        PriceFinding(
            security_id=int(quotes.security_id[rows[at]]),
            code=PriceCode.STALE,
            price=int(quotes.price[rows[at]]),
            other=int(quotes.price[rows[at]]),
            sessions=int(limit[at]),
        )
        for at in np.flatnonzero((limit > 0) & (unchanged >= limit))
    ]


def _sources_differ(quotes: Quotes, rows: Column, second: SecondPrices, limits: PriceLimits) -> list[PriceFinding]:
    found = find_rows(quotes.security_id[rows], second.security_id)
    compared = np.flatnonzero((found >= 0) & (second.price > 0))
    compared = compared[np.argsort(found[compared], kind="stable")]
    at, other = rows[found[compared]], second.price[compared]
    difference = quotes.price[at].astype(object) - other.astype(object)
    limit = np.full(at.size, limits.source_tolerance, np.int64)
    return _beyond(PriceCode.SOURCE, quotes, at, other, difference, other.astype(object), limit)


def _beyond(
    code: PriceCode,
    quotes: Quotes,
    rows: Column,
    other: Column,
    top: npt.NDArray[Any],
    under: npt.NDArray[Any],
    limit: Column,
) -> list[PriceFinding]:
    """Findings where |top / under| is beyond the limit."""
    far = np.flatnonzero((abs(top) * ONE > limit.astype(object) * under).astype(np.bool_))
    moves = big_mul_div(top[far], ONE, under[far]).tolist()
    return [
        PriceFinding(
            security_id=int(quotes.security_id[rows[at]]),
            code=code,
            price=int(quotes.price[rows[at]]),
            other=int(other[at]),
            move=min(move, AMOUNT_LIMIT),
            limit=int(limit[at]),
        )
        for at, move in zip(far, moves, strict=True)
    ]
