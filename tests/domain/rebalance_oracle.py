"""The rebalance of one sleeve in plain decimals, written from the text of the specification: slow and obvious."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, getcontext

from tests.domain.rebalance_columns import Security, Sleeve

getcontext().prec = 60
CENT = Decimal("0.01")


def cents(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)


def size(security: Security, dollars: Decimal) -> tuple[Decimal, Decimal]:
    """Shares and amount of an order."""
    price = Decimal(security.price)
    if security.whole:
        shares = (dollars / price).to_integral_value(ROUND_DOWN)
        return shares, cents(shares * price)
    step = Decimal(1).scaleb(-security.share_dp)
    return (dollars / price).quantize(step, ROUND_HALF_UP), dollars


def expected(
    securities: Mapping[str, Security],
    weights: Mapping[str, Decimal],
    sleeve: Sleeve,
    *,
    full: bool,
    no_buy: frozenset[str],
    no_sell: frozenset[str],
) -> tuple[dict[str, tuple[str, Decimal, Decimal]], Decimal]:
    """Trades by ticker (side, shares, amount) and the cash after them."""
    cash, accrued = Decimal(sleeve.cash), Decimal(sleeve.accrued)
    held = {ticker: Decimal(shares) for ticker, shares in sleeve.holdings.items()}
    worth = {t: cents(held.get(t, Decimal(0)) * Decimal(one.price)) for t, one in securities.items()}
    value = sum(worth.values()) + cash - accrued
    if value <= 0:
        return {}, cash
    target = {t: cents(value * weights.get(t, Decimal(0))) for t in securities}
    spare = cash - accrued - max(value - sum(target.values()), Decimal(0))
    by_rate = (value * Decimal(sleeve.min_trade_rate)).quantize(Decimal("0.000001"), ROUND_HALF_UP)
    minimum = max(Decimal(sleeve.min_trade), by_rate)
    trades: dict[str, tuple[str, Decimal, Decimal]] = {}

    over = {t: worth[t] - target[t] for t in securities if worth[t] > target[t] and t not in no_sell}
    if full:
        for t in securities:
            if t not in weights and held.get(t, 0) > 0 and t not in no_sell:
                over[t] = worth[t]
    elif spare < 0:
        over = most_distant_first(securities, over, -spare.quantize(CENT, rounding="ROUND_FLOOR"))
    else:
        over = {}
    for t, dollars in over.items():
        if t not in weights and dollars == worth[t] and (full or dollars > 0):
            trades[t] = ("SELL", held[t], worth[t])
        elif dollars >= minimum and dollars > 0:
            shares, amount = size(securities[t], dollars)
            if shares:
                trades[t] = ("SELL", min(shares, held[t]), amount)
    proceeds = sum((amount for _, _, amount in trades.values()), Decimal(0))

    under = {t: target[t] - worth[t] for t in securities if worth[t] < target[t] and t not in no_buy}
    under = {t: dollars for t, dollars in under.items() if securities[t].can_buy}
    if not full:
        budget = max(spare, Decimal(0)).quantize(CENT, rounding="ROUND_FLOOR")
        under = most_distant_first(securities, under, budget)
    under = {t: dollars for t, dollars in under.items() if dollars >= minimum and dollars > 0}
    buys = {t: size(securities[t], dollars) for t, dollars in under.items()}
    available = spare + proceeds
    if full and sum(amount for shares, amount in buys.values() if shares) > available:
        money = max(available.quantize(CENT, rounding="ROUND_FLOOR"), Decimal(0))
        distance = sum(under.values())
        scaled = {t: (dollars * money / distance).quantize(CENT, ROUND_DOWN) for t, dollars in under.items()}
        buys = {t: size(securities[t], dollars) for t, dollars in scaled.items() if dollars >= minimum and dollars > 0}
    for t, (shares, amount) in buys.items():
        if shares:
            trades[t] = ("BUY", shares, amount)
    change = sum(amount if side == "SELL" else -amount for side, _, amount in trades.values())
    return trades, cash + change


def most_distant_first(securities, distance, budget):
    given = {}
    for t in sorted(distance, key=lambda t: (-distance[t], list(securities).index(t))):
        given[t] = min(distance[t], budget)
        budget -= given[t]
    return given
