"""Securities that go: merged into another, converted in kind, or paid out in cash, over all positions at once.

Source: ``spec/unitization.md`` 7 (in-kind share-class conversion: no gain or loss, ratio NAV old / NAV new) and 13.20,
rounding as for splits (``design.md`` 3a.6). Exits come after tonight's splits and distributions and before its trades:
a distribution of the last day is earned, and one reinvested goes along. All exits of a night are of the shares held
before any of them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from modelx.domain.amount import CENT, to_cents, to_cents_of_any_size
from modelx.domain.errors import OutOfRange
from modelx.domain.joins import find_rows
from modelx.domain.money import AMOUNT_LIMIT, Column, Rounding, big_mul_div, group_sum
from modelx.domain.position import (
    Positions,
    Prices,
    SecurityTerms,
    position_key,
    price_of,
    with_lines,
    without_empty_lines,
)

RATE_ONE = 10**12
WHOLE_SHARE = 10**6
_SHARES_TIMES_PRICE_IN_CENTS = 10**12  # 10^-6 shares times 10^-8 dollars, in hundredths


@dataclass(frozen=True, slots=True)
class Exits:
    """Tonight's exits, one per security that goes.

    ``to_security_id`` 0 is a liquidation, which pays ``cash_rate`` (10^-8 dollars a share); otherwise holders receive
    ``ratio`` new shares for each old one (10^-12), and ``cash_in_lieu_price`` (10^-8) pays for fractions of whole-share
    securities. ``pay_day`` is when cash comes. Zero stands for what was left blank: tonight's price of the old over
    that of the new as the ratio, tonight's price as the rate, tonight's price of the new, the next settlement.
    """

    security_id: Column
    to_security_id: Column
    ratio: Column
    cash_rate: Column
    cash_in_lieu_price: Column
    pay_day: Column

    @classmethod
    def none(cls) -> Exits:
        """No exit."""
        return cls(*(np.empty(0, np.int64) for _ in fields(cls)))


@dataclass(frozen=True, slots=True)
class ExitEffects:
    """One line per position that goes, in the order of positions. Shares and money in millionths.

    ``exit`` is the row of the exit. Of the cost ``cost_out`` that leaves the old security, ``cost_in`` goes on in the
    new one; the rest is set against ``cash``, and ``gain`` is the difference, either sign: zero without cash, unless
    so little is held that no share comes of it. ``price`` (10^-8) is what ``cash`` was paid at, zero where none was.
    """

    sleeve: Column
    security_id: Column
    exit: Column
    to_security_id: Column
    shares_out: Column
    shares_in: Column
    cost_out: Column
    cost_in: Column
    price: Column
    cash: Column
    gain: Column

    @classmethod
    def none(cls) -> ExitEffects:
        """Nothing went."""
        return cls(*(np.empty(0, np.int64) for _ in fields(cls)))


def prices_at_exit(exits: Exits, prices: Prices) -> Prices:
    """Return tonight's prices with those of securities that go on given terms replaced by what a share brings.

    That is the cash rate, or the ratio times the new security's price, half-up to 10^-8 and no less than that; none
    where the new one has no price. An exit whose terms were left blank leaves the price as it is. So a ratio keyed
    wrongly is a price that moved too far, and nobody needs a price of a fund that is no more.
    """
    row = find_rows(exits.security_id, prices.security_id)
    gone = np.flatnonzero(row >= 0)
    at = row[gone]
    new = find_rows(prices.security_id, exits.to_security_id[at])
    other = np.where(new >= 0, prices.price[new], 0)
    brought = big_mul_div(exits.ratio[at], np.maximum(other, 0), RATE_ONE)
    worth = np.where(other > 0, np.clip(brought, 1, AMOUNT_LIMIT - 1), 0).astype(np.int64)
    price = prices.price.copy()
    cash, ratio = exits.cash_rate[at], exits.ratio[at]
    price[gone] = np.where(cash > 0, cash, np.where(ratio > 0, worth, price[gone]))
    return Prices(prices.security_id, price)


def beyond_counting(positions: Positions, exits: Exits, prices: Prices) -> Column:
    """Return the rows of positions that would become more shares than can be counted, or nearly: terms keyed wrongly.

    Nothing that is let pass here is refused by :func:`exit_positions`.
    """
    row = find_rows(exits.security_id, positions.security_id)
    gone = np.flatnonzero(row >= 0)
    gone = gone[exits.to_security_id[row[gone]] > 0]
    top, under = _ratios(exits, row[gone], positions.security_id[gone], prices)
    received = positions.shares[gone].astype(object) * top.astype(object)
    too_many = (received >= under.astype(object) * (AMOUNT_LIMIT - WHOLE_SHARE)).astype(np.bool_)
    return np.asarray(gone[too_many])


def exit_positions(
    positions: Positions, exits: Exits, terms: SecurityTerms, prices: Prices
) -> tuple[Positions, ExitEffects]:
    """Apply tonight's exits; return the positions after them and one effect per position that goes.

    Shares received are shares held times the ratio, half-up to the new security's decimals; a whole-share security
    keeps the floor, and the fraction is paid in cash, half-up to the cent, with its share of the cost, half-up to the
    cent. The rest of the cost goes on. A liquidation pays shares times the rate, half-up to the cent, for all the cost.
    Where nothing is received, all the cost is set against the cash. ``prices`` are :func:`prices_at_exit`.
    Raises ``InvalidInput`` where a price is needed and missing, ``OutOfRange`` for shares of 2**62 or more.
    """
    row = find_rows(exits.security_id, positions.security_id)
    gone = np.flatnonzero(row >= 0)
    if gone.size == 0:
        return positions, ExitEffects.none()
    at = row[gone]
    held, cost, security_id = positions.shares[gone], positions.cost[gone], positions.security_id[gone]
    to_security_id = exits.to_security_id[at]
    received, cost_in, price, cash = (np.zeros(gone.size, np.int64) for _ in range(4))
    paid = np.flatnonzero(to_security_id == 0)
    price[paid] = price_of(prices, security_id[paid])
    cash[paid] = to_cents(held[paid], price[paid], _SHARES_TIMES_PRICE_IN_CENTS)
    swapped = np.flatnonzero(to_security_id > 0)
    received[swapped], cost_in[swapped], price[swapped], cash[swapped] = _swap(
        held[swapped], cost[swapped], exits, at[swapped], security_id[swapped], terms, prices
    )
    effects = ExitEffects(
        sleeve=positions.sleeve[gone],
        security_id=security_id,
        exit=at,
        to_security_id=to_security_id,
        shares_out=held,
        shares_in=received,
        cost_out=cost,
        cost_in=cost_in,
        price=price,
        cash=cash,
        gain=cash - (cost - cost_in),
    )
    return _moved(positions, gone, effects), effects


def _swap(
    held: Column,
    cost: Column,
    exits: Exits,
    at: Column,
    security_id: Column,
    terms: SecurityTerms,
    prices: Prices,
) -> tuple[Column, Column, Column, Column]:
    """Shares received, the cost that goes on, and the price and the cash of fractions."""
    to_security_id = exits.to_security_id[at]
    top, under = _ratios(exits, at, security_id, prices)
    whole, step = terms.are_whole(to_security_id), terms.share_step(to_security_id)
    exact = held.astype(object) * top.astype(object)
    received = np.where(
        whole,
        _in_steps(exact, under, np.full(at.size, WHOLE_SHARE), Rounding.FLOOR),
        _in_steps(exact, under, step, Rounding.HALF_UP),
    )
    rest = np.where(whole, exact - received.astype(object) * under.astype(object), 0)
    price, cash, cost_of_cash = (np.zeros(at.size, np.int64) for _ in range(3))
    part = np.flatnonzero(rest)
    given = exits.cash_in_lieu_price[at[part]]
    price[part] = given
    price[part[given <= 0]] = price_of(prices, to_security_id[part[given <= 0]])
    divisor = under[part].astype(object) * _SHARES_TIMES_PRICE_IN_CENTS
    cash[part] = to_cents_of_any_size(rest[part], price[part], divisor)
    cost_of_cash[part] = to_cents_of_any_size(cost[part], rest[part], exact[part] * CENT)
    cost_of_cash[received == 0] = cost[received == 0]
    return received, cost - cost_of_cash, price, cash


def _ratios(exits: Exits, at: Column, security_id: Column, prices: Prices) -> tuple[Column, Column]:
    """New shares for old ones, as a fraction: the ratio given, or tonight's prices of the old over the new."""
    ratio = exits.ratio[at]
    by_value = ratio == 0
    top, under = ratio.copy(), np.full(at.size, RATE_ONE, np.int64)
    top[by_value] = price_of(prices, security_id[by_value])
    under[by_value] = price_of(prices, exits.to_security_id[at[by_value]])
    return top, under


def _in_steps(exact: npt.NDArray[np.object_], under: Column, step: Column, rounding: Rounding) -> Column:
    """``step`` times exact / (under * step), rounded: for products and quotients of any size."""
    count = big_mul_div(exact, 1, under.astype(object) * step.astype(object), rounding)
    shares = count * step.astype(object)
    if (shares >= AMOUNT_LIMIT).any():
        raise OutOfRange("an exit would give 2**62 millionths of a share or more")
    return np.asarray(shares, np.int64)


def _moved(positions: Positions, gone: Column, effects: ExitEffects) -> Positions:
    """The positions without what went and with what came."""
    shares, cost = positions.shares.copy(), positions.cost.copy()
    shares[gone], cost[gone] = 0, 0
    left = Positions(positions.sleeve, positions.security_id, shares, cost)
    came = np.flatnonzero(effects.shares_in)
    sleeve, security_id = effects.sleeve[came], effects.to_security_id[came]
    grown = with_lines(left, sleeve, security_id)
    line = find_rows(position_key(grown.sleeve, grown.security_id), position_key(sleeve, security_id))
    n = len(grown)
    return without_empty_lines(
        Positions(
            grown.sleeve,
            grown.security_id,
            grown.shares + group_sum(effects.shares_in[came], line, n),
            grown.cost + group_sum(effects.cost_in[came], line, n),
        )
    )
