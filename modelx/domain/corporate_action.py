"""Splits, then distributions on the shares after them, over all positions at once.

Source: ``spec/unitization.md`` 3, 5 (step 3) and 7, vector V09, ``design.md`` 3a.5 and 3a.6. A distribution is earned
on the shares held before tonight's trades. Prices that are left blank are tonight's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from modelx.domain.amount import CENT, in_steps, to_cents, to_cents_of_any_size
from modelx.domain.joins import find_rows, pair_rows
from modelx.domain.money import Column, Rounding, group_sum
from modelx.domain.position import Positions, Prices, SecurityTerms, price_of

WHOLE_SHARE = 10**6
_RATE_TIMES_SHARES_IN_CENTS = 10**16  # 10^-12 dollars a share times 10^-6 shares, in hundredths
_SHARES_TIMES_PRICE_IN_CENTS = 10**12  # 10^-6 shares times 10^-8 dollars, in hundredths
_CENTS_OVER_PRICE_IN_SHARES = 100  # 10^-6 dollars over 10^-8 dollars a share


@dataclass(frozen=True, slots=True)
class Splits:
    """Tonight's splits, one per security: ``new_shares`` for every ``old_shares`` (10^-12, above zero).

    ``cash_in_lieu_price`` (10^-8) pays for fractions of whole-share securities; zero or less means tonight's price.
    """

    security_id: Column
    new_shares: Column
    old_shares: Column
    cash_in_lieu_price: Column


@dataclass(frozen=True, slots=True)
class SplitEffects:
    """One line per position split. Shares and money in millionths; ``gain`` is cash less cost, either sign.

    Fractions of whole-share securities: ``price`` (10^-8) gives ``cash_in_lieu``, receivable at the next settlement.
    """

    sleeve: Column
    security_id: Column
    shares_before: Column
    shares_after: Column
    price: Column
    cash_in_lieu: Column
    cost_out: Column
    gain: Column


@dataclass(frozen=True, slots=True)
class Distributions:
    """Tonight's ex-date distributions: ``rate`` in 10^-12 dollars a share, ``kind`` a ``DistributionKind``.

    With ``reinvest`` the amount buys shares at ``reinvest_price`` (10^-8; zero or less means tonight's price). A rate
    of zero cancels. ``pay_day`` counts from 1970-01-01.
    """

    security_id: Column
    kind: Column
    rate: Column
    pay_day: Column
    reinvest: npt.NDArray[np.bool_]
    reinvest_price: Column


@dataclass(frozen=True, slots=True)
class DistributionEffects:
    """One line per position and distribution that pays a cent or more, in the order of positions. Millionths.

    ``distribution`` is the row of the distribution. Of ``amount``, ``cost_bought`` was reinvested in
    ``shares_bought``, and ``receivable`` is due on the pay date.
    """

    sleeve: Column
    security_id: Column
    distribution: Column
    shares: Column
    amount: Column
    shares_bought: Column
    cost_bought: Column
    receivable: Column


def split_positions(
    positions: Positions, splits: Splits, terms: SecurityTerms, prices: Prices
) -> tuple[Positions, SplitEffects]:
    """Apply tonight's splits; return the positions after them and one effect per position split.

    Shares are rounded to the security's decimals half-up and keep their cost. Whole-share securities keep the floor;
    the fraction is paid in cash, half-up to the cent, and takes its share of the cost with it, half-up to the cent.
    Raises ``OutOfRange`` for terms of a split past 2**61 / 10**6 when in lowest terms.
    """
    found = find_rows(splits.security_id, positions.security_id)
    rows = np.flatnonzero(found >= 0)
    split = found[rows]
    security_id, before, cost = positions.security_id[rows], positions.shares[rows], positions.cost[rows]
    lowest = np.gcd(splits.new_shares, splits.old_shares)
    new, old = (splits.new_shares // lowest)[split], (splits.old_shares // lowest)[split]
    whole, step = terms.are_whole(security_id), terms.share_step(security_id)
    after = np.where(
        whole,
        in_steps(before, new, old * WHOLE_SHARE, WHOLE_SHARE, Rounding.FLOOR),
        in_steps(before, new, old * step, step),
    )
    # The fraction left of a share is rest / old millionths: 0 <= rest < old * 10**6 fits, so wrapping is exact.
    rest = np.where(whole, before * new - after * old, 0)
    price, cash, cost_out = (np.zeros(rows.size, np.int64) for _ in range(3))
    paid = np.flatnonzero(rest)
    given = splits.cash_in_lieu_price[split[paid]]
    price[paid] = np.where(given > 0, given, price_or_none(prices, security_id[paid], given <= 0))
    cash[paid] = to_cents_of_any_size(rest[paid], price[paid], old[paid].astype(object) * _SHARES_TIMES_PRICE_IN_CENTS)
    whole_holding = before[paid].astype(object) * new[paid].astype(object)
    cost_out[paid] = to_cents_of_any_size(cost[paid], rest[paid], whole_holding * CENT)
    shares_held, cost_held = positions.shares.copy(), positions.cost.copy()
    shares_held[rows] = after
    cost_held[rows] -= cost_out
    effects = SplitEffects(
        sleeve=positions.sleeve[rows],
        security_id=security_id,
        shares_before=before,
        shares_after=after,
        price=price,
        cash_in_lieu=cash,
        cost_out=cost_out,
        gain=cash - cost_out,
    )
    return Positions(positions.sleeve, positions.security_id, shares_held, cost_held), effects


def distribute(
    positions: Positions, distributions: Distributions, terms: SecurityTerms, prices: Prices
) -> tuple[Positions, DistributionEffects]:
    """Pay tonight's distributions on the positions given, which are those after splits.

    Each amount is rate times shares, half-up to the cent. Reinvested, it buys amount / price shares, half-up to the
    security's decimals, at a cost of the whole amount; a whole-share security buys floor(amount / price) shares at
    their cost to the cent, and the rest stays receivable. Two distributions of one security are both earned on the
    shares given: one reinvested does not earn the other.
    """
    live = np.flatnonzero(distributions.rate > 0)
    entitled = np.flatnonzero(find_rows(np.unique(distributions.security_id[live]), positions.security_id) >= 0)
    pair, of = pair_rows(positions.security_id[entitled], distributions.security_id[live])
    rows, distribution = entitled[pair], live[of]
    amount = to_cents(positions.shares[rows], distributions.rate[distribution], _RATE_TIMES_SHARES_IN_CENTS)
    rows, distribution, amount = rows[amount > 0], distribution[amount > 0], amount[amount > 0]
    security_id = positions.security_id[rows]
    bought, cost = (np.zeros(rows.size, np.int64) for _ in range(2))
    again = np.flatnonzero(distributions.reinvest[distribution])
    bought[again], cost[again] = _reinvest(
        amount[again], security_id[again], distributions.reinvest_price[distribution[again]], terms, prices
    )
    effects = DistributionEffects(
        sleeve=positions.sleeve[rows],
        security_id=security_id,
        distribution=distribution,
        shares=positions.shares[rows],
        amount=amount,
        shares_bought=bought,
        cost_bought=cost,
        receivable=amount - cost,
    )
    held = Positions(
        positions.sleeve,
        positions.security_id,
        positions.shares + group_sum(bought, rows, len(positions)),
        positions.cost + group_sum(cost, rows, len(positions)),
    )
    return held, effects


def price_or_none(prices: Prices, security_id: Column, wanted: npt.NDArray[np.bool_]) -> Column:
    """Return tonight's price where it is wanted, zero elsewhere. Raises ``InvalidInput`` where it is missing."""
    price = np.zeros(security_id.size, np.int64)
    price[wanted] = price_of(prices, security_id[wanted])
    return price


def _reinvest(
    amount: Column, security_id: Column, given: Column, terms: SecurityTerms, prices: Prices
) -> tuple[Column, Column]:
    """Shares bought and what they cost, for amounts in whole cents."""
    price = np.where(given > 0, given, price_or_none(prices, security_id, given <= 0))
    whole, step = terms.are_whole(security_id), terms.share_step(security_id)
    part = in_steps(amount, _CENTS_OVER_PRICE_IN_SHARES * (WHOLE_SHARE // step), price, step)
    count = in_steps(amount, _CENTS_OVER_PRICE_IN_SHARES, price, WHOLE_SHARE, Rounding.FLOOR)
    cost = to_cents(np.where(whole, count, 0), price, _SHARES_TIMES_PRICE_IN_CENTS)
    return np.where(whole, count, part), np.where(whole, cost, amount)
