"""The proof of net assets: what they should be, from returns alone, against what was struck. Vector V19.

Source: ``spec/unitization.md`` 11 (C-NAVPROOF, C-UVMOVE), ``design.md`` 3a.2. Expected net assets are the opening ones,
plus each opening line's value times its total return, less fees, plus what the night's own dealings add: fills and
reinvestments against the close, what a split leaves or pays out, and what a security that goes brings against what a
share of it was worth. The ledger is not asked: a lost or doubled
posting shows as a difference.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from modelx.domain.amount import CENT, add_amounts, to_cents_of_any_size
from modelx.domain.book_codes import TradeSide
from modelx.domain.corporate_action import DistributionEffects, SplitEffects
from modelx.domain.joins import find_rows
from modelx.domain.money import Column, big_mul_div, group_sum, mul_div
from modelx.domain.position import Positions, Prices, price_of, rows_of
from modelx.domain.price import adjusted_move
from modelx.domain.security_exit import ExitEffects
from modelx.domain.strike import UnitValues
from modelx.domain.trade import TradeEffects, Trades
from modelx.domain.valuation import market_values

RATE_ONE = 10**12
TOLERANCE_PARTS = 100_000  # a tenth of a basis point
_SAFE_FACTOR = 2**57  # a value of up to 2**55 millionths times this stays inside mul_div's proof
_RATE_OVER_PRICE = 10**4


@dataclass(frozen=True, slots=True)
class SecurityReturns:
    """What makes tonight's total return of each security: prices 10^-8, distribution and split terms 10^-12.

    ``previous`` is the price at which the opening positions were struck, as known then; ``distribution`` is the sum of
    tonight's ex-date rates per new share; a security without a split has 1 for 1.
    """

    security_id: Column
    previous: Column
    price: Column
    distribution: Column
    new_shares: Column
    old_shares: Column


@dataclass(frozen=True, slots=True)
class Dealings:
    """Tonight's effects on positions, as booked: splits, distributions, trades, and securities that went."""

    splits: SplitEffects
    distributions: DistributionEffects
    trades: Trades
    trade_effects: TradeEffects
    exits: ExitEffects = field(default_factory=ExitEffects.none)


@dataclass(frozen=True, slots=True)
class NavProof:
    """Expected net assets of each sleeve, actual less expected, and the largest difference that passes (millionths)."""

    expected: Column
    difference: Column
    tolerance: Column

    def failed(self) -> Column:
        """Return the sleeves whose net assets are not proved."""
        return np.flatnonzero(np.abs(self.difference) > self.tolerance)


def prove_net_assets(
    struck: UnitValues,
    opening: Positions,
    closing: Positions,
    returns: SecurityReturns,
    dealings: Dealings,
    fees: Column,
) -> NavProof:
    """Prove the struck net assets of every sleeve.

    ``opening`` are the positions before tonight's splits, ``closing`` those valued tonight, ``fees`` what the unit
    value bears (millionths). The tolerance is the larger of a tenth of a basis point of the net assets and one cent
    for each figure that was rounded: opening and closing lines, and the lines of tonight's dealings. The net assets
    are the larger of opening and struck, because what an opening line was rounded by grows with its return.
    """
    n = struck.net_assets.size
    prices = Prices(returns.security_id, returns.price)
    splits, distributions, trades = dealings.splits, dealings.distributions, dealings.trades
    exits = dealings.exits
    booked = np.flatnonzero(dealings.trade_effects.booked)
    again = np.flatnonzero(distributions.shares_bought)
    reinvested = market_values(distributions.shares_bought, _price(prices, distributions.security_id, again))
    filled = market_values(trades.shares[booked], price_of(prices, trades.security_id[booked]))
    sign = np.where(trades.side[booked] == TradeSide.BUY, 1, -1)
    expected = add_amounts(
        struck.opening_net_assets,
        group_sum(_returns_of(opening, returns), opening.sleeve, n),
        group_sum(_split_effect(splits, returns), splits.sleeve, n),
        group_sum((reinvested - distributions.cost_bought)[again], distributions.sleeve[again], n),
        group_sum(sign * (filled - trades.amount[booked]), trades.sleeve[booked], n),
        group_sum(_exit_effect(exits, prices), exits.sleeve, n),
        -fees,
    )
    rounded = [opening.sleeve, closing.sleeve, splits.sleeve, distributions.sleeve, trades.sleeve[booked], exits.sleeve]
    figures = np.bincount(np.concatenate(rounded), minlength=n).astype(np.int64)
    size = np.maximum(np.abs(struck.opening_net_assets), np.abs(struck.net_assets))
    tolerance = np.maximum(mul_div(size, 1, TOLERANCE_PARTS), figures * CENT)
    return NavProof(expected, struck.net_assets - expected, tolerance)


def model_moves(
    model: Column, security_id: Column, weight: Column, returns: SecurityReturns, n_models: int
) -> tuple[Column, npt.NDArray[np.bool_]]:
    """Return the move tonight's returns give each model's target weights, and whether every weight has a return.

    ``model`` is the row of the model of each target, ``weight`` 10^-12; cash is left out and does not move. Moves are
    10^-12, half-up line by line.
    """
    at = find_rows(returns.security_id, security_id)
    known = at >= 0
    known[known] = (returns.previous[at[known]] > 0) & (returns.price[at[known]] > 0)
    moves = group_sum(_times_return(weight[known], returns, at[known]), model[known], n_models)
    return moves, np.bincount(model[~known], minlength=n_models) == 0


def unit_value_moves(unit_value: Column, prior: Column) -> Column:
    """Return unit value / prior - 1 (10^-12, half-up). ``prior`` is above zero."""
    return mul_div(unit_value - prior, RATE_ONE, prior)


def _price(prices: Prices, security_id: Column, wanted: Column) -> Column:
    price = np.zeros(security_id.size, np.int64)
    price[wanted] = price_of(prices, security_id[wanted])
    return price


def _returns_of(opening: Positions, returns: SecurityReturns) -> Column:
    """What each opening line earns: its opening value times its total return, half-up to the millionth."""
    value = market_values(opening.shares, price_of(Prices(returns.security_id, returns.previous), opening.security_id))
    price_of(Prices(returns.security_id, returns.price), opening.security_id)
    return _times_return(value, returns, rows_of(returns.security_id, opening.security_id, "return of security"))


def _times_return(value: Column, returns: SecurityReturns, at: Column) -> Column:
    """value times the total return of the security in row ``at``, half-up.

    In 64 bits while the returns, in lowest terms, are small: quoted prices are.
    """
    judged = np.flatnonzero((returns.previous > 0) & (returns.price > 0))
    top, under = adjusted_move(
        returns.price[judged],
        returns.previous[judged],
        returns.distribution[judged],
        returns.new_shares[judged],
        returns.old_shares[judged],
    )
    common = np.gcd(top, under)
    top, under = top // common, under // common
    line = find_rows(judged, at)
    if (np.maximum(abs(top), under) < _SAFE_FACTOR).all():
        return mul_div(value, top.astype(np.int64)[line], under.astype(np.int64)[line])
    return big_mul_div(value, top[line], under[line]).astype(np.int64)


def _split_effect(splits: SplitEffects, returns: SecurityReturns) -> Column:
    """Cash in lieu less the value of the part of a share that a split took away (or gave, rounding up), to the cent."""
    at = rows_of(returns.security_id, splits.security_id, "return of security")
    worth = returns.price[at].astype(object) * _RATE_OVER_PRICE + returns.distribution[at].astype(object)
    new, old = returns.new_shares[at].astype(object), returns.old_shares[at].astype(object)
    part = splits.shares_before.astype(object) * new - splits.shares_after.astype(object) * old
    return splits.cash_in_lieu - to_cents_of_any_size(part, worth, old * (RATE_ONE * CENT))


def _exit_effect(exits: ExitEffects, prices: Prices) -> Column:
    """What a security that went brought, in cash and in the new one's value, less what its shares were worth."""
    came = np.flatnonzero(exits.shares_in)
    received = market_values(exits.shares_in, _price(prices, exits.to_security_id, came))
    return received + exits.cash - market_values(exits.shares_out, price_of(prices, exits.security_id))
