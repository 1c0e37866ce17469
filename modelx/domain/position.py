"""Positions, prices and the terms of securities, as columns that the night's rules share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from modelx.domain.errors import InvalidInput
from modelx.domain.joins import find_rows
from modelx.domain.money import Column

SECURITY_BITS = 20


@dataclass(frozen=True, slots=True)
class Positions:
    """One line per sleeve and security held, sorted by sleeve, then security id; no two lines alike.

    ``sleeve`` is the sleeve's row in the night's columns; ``shares`` are millionths, never negative; ``cost`` is the
    average-cost amount still invested, millionths in whole cents.
    """

    sleeve: Column
    security_id: Column
    shares: Column
    cost: Column

    def __len__(self) -> int:
        return self.sleeve.size

    def where(self, kept: npt.NDArray[np.bool_]) -> Positions:
        """Return the lines that are kept."""
        return Positions(self.sleeve[kept], self.security_id[kept], self.shares[kept], self.cost[kept])


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices of one session, 10^-8, one per security. Zero or less means there is none."""

    security_id: Column
    price: Column


@dataclass(frozen=True, slots=True)
class SecurityTerms:
    """How securities are counted: decimals of a share (0 to 6), and whether only whole shares are held."""

    security_id: Column
    share_dp: Column
    whole_shares: npt.NDArray[np.bool_]

    def share_step(self, security_id: Column) -> Column:
        """Return the smallest part of a share that can be held (millionths) for each security id."""
        return np.asarray(10 ** (6 - self.share_dp[rows_of(self.security_id, security_id, "terms of security")]))

    def are_whole(self, security_id: Column) -> npt.NDArray[np.bool_]:
        """Return whether each security id is held in whole shares only."""
        return self.whole_shares[rows_of(self.security_id, security_id, "terms of security")]


def position_key(sleeve: Column, security_id: Column) -> Column:
    """One number for a sleeve and a security, in the order positions are sorted."""
    return np.asarray((sleeve << SECURITY_BITS) | security_id)


def rows_of(known: Column, wanted: Column, what: str) -> Column:
    """Return the row of each wanted id. Raises ``InvalidInput`` naming the first id that is not known."""
    found = find_rows(known, wanted)
    if (found < 0).any():
        raise InvalidInput(f"no {what} {int(wanted[found < 0][0])}")
    return found


def price_of(prices: Prices, security_id: Column) -> Column:
    """Return the price of each security id (10^-8).

    Raises ``InvalidInput`` where there is none: a sleeve without a price is held before any rule asks for it.
    """
    price = prices.price[rows_of(prices.security_id, security_id, "price of security")]
    if (price <= 0).any():
        raise InvalidInput(f"no price of security {int(security_id[price <= 0][0])}")
    return price


def with_lines(positions: Positions, sleeve: Column, security_id: Column) -> Positions:
    """Return the positions with an empty line for every (sleeve, security) given that has none."""
    keys = position_key(positions.sleeve, positions.security_id)
    wanted = np.unique(position_key(sleeve, security_id))
    new = wanted[find_rows(keys, wanted) < 0]
    if new.size == 0:
        return positions
    at = np.searchsorted(keys, new)
    return Positions(
        sleeve=np.insert(positions.sleeve, at, new >> SECURITY_BITS),
        security_id=np.insert(positions.security_id, at, new & ((1 << SECURITY_BITS) - 1)),
        shares=np.insert(positions.shares, at, 0),
        cost=np.insert(positions.cost, at, 0),
    )


def without_empty_lines(positions: Positions) -> Positions:
    """Return the positions without the lines that have neither shares nor cost."""
    kept = (positions.shares != 0) | (positions.cost != 0)
    if kept.all():
        return positions
    return Positions(positions.sleeve[kept], positions.security_id[kept], positions.shares[kept], positions.cost[kept])
