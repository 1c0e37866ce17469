"""The lines of a rebalance: every security a sleeve holds or should hold, its value and its target value.

Source: ``spec/unitization.md`` 9. All sleeves at once; nothing here decides to trade.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from modelx.domain.amount import in_steps, to_cents
from modelx.domain.effective_target import SECURITY_BITS, EffectiveTargets
from modelx.domain.model_portfolio import WEIGHT_ONE, WEIGHT_STEP
from modelx.domain.money import Column, group_sum
from modelx.domain.position import Positions, position_key, rows_of
from modelx.domain.valuation import market_values

Mask = npt.NDArray[np.bool_]

NEVER = -(2**31)  # the day of a purchase that never was
_VALUE_TIMES_WEIGHT_IN_CENTS = 10**16  # 10^-6 dollars times 10^-12, in hundredths


@dataclass(frozen=True, slots=True)
class TradingTerms:
    """How securities trade tonight, one row each: price (10^-8), decimals of a share, settlement in days.

    ``can_buy`` is False for a security closed to purchases. A sale within ``holding_days`` of the last purchase costs
    ``redemption_fee`` (10^-12 of the proceeds); funds that exempt automatic rebalancing have neither.
    """

    security_id: Column
    price: Column
    share_dp: Column
    whole_shares: Mask
    settle_lag: Column
    can_buy: Mask
    redemption_fee: Column
    holding_days: Column

    def share_step(self, row: Column) -> Column:
        """The smallest part of a share that trades, in millionths."""
        return np.where(self.whole_shares, 10**6, 10 ** (6 - self.share_dp))[row]


@dataclass(frozen=True, slots=True)
class SleeveFunds:
    """Per sleeve: cash that the trades may count on, fees accrued against it, and its limits on trades.

    ``cash`` is settled cash with receivables less payables; ``cash`` and ``accrued`` are millionths. A trade must
    reach the larger of ``min_trade`` (millionths) and ``min_trade_rate`` (10^-12 of net assets).
    ``pays_redemption_fees`` lets a sale within a holding period go ahead at its price.
    """

    cash: Column
    accrued: Column
    min_trade: Column
    min_trade_rate: Column
    pays_redemption_fees: Mask


@dataclass(frozen=True, slots=True)
class RebalanceLines:
    """One row per sleeve and security held or targeted, sorted by sleeve, then security. Money in millionths.

    ``term`` is the row in the trading terms; ``weight`` the target (10^-12); ``target_value`` = net assets times
    weight, half-up to the cent; ``last_buy`` the day of the last purchase. By sleeve: ``value`` = net assets (market
    value and cash less accrued fees), ``reserve`` = what the target values leave of it for cash, which is the cash
    weight's value to within the rounding of the lines.
    """

    sleeve: Column
    security_id: Column
    term: Column
    shares: Column
    weight: Column
    market_value: Column
    target_value: Column
    last_buy: Column
    value: Column
    reserve: Column

    def __len__(self) -> int:
        return self.sleeve.size


def lines_of(
    positions: Positions,
    targets: EffectiveTargets,
    terms: TradingTerms,
    funds: SleeveFunds,
    chosen: Mask,
    last_buy: Column | None = None,
) -> RebalanceLines:
    """Return the lines of the ``chosen`` sleeves that have targets and positive net assets.

    ``last_buy`` gives the day of the last purchase of each position (default: never). Raises ``InvalidInput`` when a
    security held or targeted has no terms.
    """
    n_sleeves = funds.cash.size
    chosen = chosen & targets.has_targets[targets.profile_of_sleeve]
    last_buy = np.full(len(positions), NEVER) if last_buy is None else last_buy
    key, shares, weight, bought = _match(positions, targets, chosen, last_buy)
    sleeve, security_id = key >> SECURITY_BITS, key & ((1 << SECURITY_BITS) - 1)
    term = rows_of(terms.security_id, security_id, "terms of security")
    market_value = market_values(shares, terms.price[term])
    value = group_sum(market_value, sleeve, n_sleeves) + funds.cash - funds.accrued
    if not (value[chosen] > 0).all():
        keep = (value > 0)[sleeve]
        sleeve, security_id, term, shares = sleeve[keep], security_id[keep], term[keep], shares[keep]
        weight, market_value, bought = weight[keep], market_value[keep], bought[keep]
    target_value = to_cents(value[sleeve], weight, _VALUE_TIMES_WEIGHT_IN_CENTS)
    reserve = value - group_sum(target_value, sleeve, n_sleeves)
    columns = (sleeve, security_id, term, shares, weight, market_value, target_value, bought)
    return RebalanceLines(*columns, value=value, reserve=reserve)


def _match(
    positions: Positions, targets: EffectiveTargets, chosen: Mask, last_buy: Column
) -> tuple[Column, Column, Column, Column]:
    """The union of holdings and targets: key, shares held, target weight, day of the last purchase."""
    wanted, weight = targets.rows_of_sleeves()
    held, shares = position_key(positions.sleeve, positions.security_id), positions.shares
    if not chosen.all():
        keep = chosen[wanted >> SECURITY_BITS]
        wanted, weight = wanted[keep], weight[keep]
        keep = chosen[positions.sleeve]
        held, shares, last_buy = held[keep], shares[keep], last_buy[keep]
    if np.array_equal(wanted, held):
        return held, shares, weight, last_buy
    at = np.searchsorted(wanted, held)
    extra = np.append(wanted, -1)[at] != held
    key = np.insert(wanted, at[extra], held[extra])
    weight = np.insert(weight, at[extra], 0)
    place = at + np.cumsum(extra) - extra
    all_shares, bought = np.zeros(key.size, np.int64), np.full(key.size, NEVER)
    all_shares[place], bought[place] = shares, last_buy
    return key, all_shares, weight, bought


def weights_of(amounts: Column, value: Column) -> Column:
    """Return each amount as a weight of net assets (10^-12), half-up to six decimals, for display."""
    return in_steps(amounts, WEIGHT_ONE // WEIGHT_STEP, value, WEIGHT_STEP)
