"""Why a unit value is what it is: the night computed again, taken apart for one sleeve, and led back to its sources.

The run that struck the value is replayed from its stored inputs; what it planned, accrued and valued for the sleeve
becomes the lines of :mod:`modelx.domain.explain`, which foot exactly or refuse. Each line names its journal and the
row of the file it came from.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from modelx.domain.accrual import FeeAccruals
from modelx.domain.book_codes import OrderSide, QuantityType, TradeSide
from modelx.domain.days import date_of
from modelx.domain.errors import NotFound
from modelx.domain.explain import (
    AccruedFee,
    BookedTrade,
    ExplainLine,
    LineKind,
    PaidDistribution,
    PricedOrder,
    SecurityNight,
    StruckValue,
    explain_move,
)
from modelx.domain.fee_schedule import PaidFrom
from modelx.domain.strike import FIRST_UNIT_VALUE
from modelx.domain.valuation import market_values
from modelx.ledger.journal import JournalKind
from modelx.services.ledger_views import Names, sleeve_id
from modelx.services.night import Night
from modelx.services.night_replay import replayed_night
from modelx.store import ledger_records, load_records, price_records, unit_value_records
from modelx.store.engine import Connection, Engine
from modelx.store.unit_of_work import reading
from modelx.store.unit_value_records import Selection, StoredUnitValue


@dataclass(frozen=True, slots=True)
class ExplainedLine:
    """One line with its words: what it is about, the exact effects, and where it is written."""

    line: ExplainLine
    subject: str
    journal: int | None
    source: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """A unit value taken apart. The lines before the last foot to it, in dollars and per unit."""

    plan: str
    model: str
    strike: StoredUnitValue
    prior_date: int | None
    lines: tuple[ExplainedLine, ...]


def explain_unit_value(engine: Engine, plan: str, model: str, day: int) -> Explanation:
    """Explain the unit value in force for a plan's model on a date.

    Raises :class:`UnknownSleeve`, :class:`NotFound` when nothing was struck that date, and
    :class:`InvariantBroken` when the parts do not foot to what is stored.
    """
    with reading(engine) as connection:
        owner = sleeve_id(connection, plan, model)
        strikes = unit_value_records.unit_values(connection, Selection(plan, model, day, day))
        if not strikes:
            raise NotFound(f"{plan} {model} was not struck on {date_of(day)}: see `modelx unit-value list`")
        posted, strike = strikes[0], strikes[-1]
        night = replayed_night(connection, day, posted.run)
        last = night if strike.run == posted.run else replayed_night(connection, day, strike.run)
        prior = _prior(connection, plan, model, night)
        lines = explain_move(
            StruckValue(prior.unit_value, prior.net_assets, prior.units)
            if prior
            else StruckValue(FIRST_UNIT_VALUE, 0, 0),
            _orders(connection, plan, model, prior),
            _dust(connection, owner, prior),
            _securities(connection, night, last, owner),
            _fees(night, owner),
            StruckValue(strike.unit_value, strike.net_assets, strike.units),
        )
        told = _told(connection, owner, night, lines)
    return Explanation(plan, model, strike, prior.business_date if prior else None, told)


def _prior(connection: Connection, plan: str, model: str, night: Night) -> StoredUnitValue | None:
    found = unit_value_records.unit_values(connection, Selection(plan, model, night.previous, night.previous))
    return found[-1] if found else None


def _orders(connection: Connection, plan: str, model: str, prior: StoredUnitValue | None) -> list[PricedOrder]:
    if prior is None:
        return []
    chosen = Selection(plan, model, prior.business_date, prior.business_date)
    return [
        PricedOrder(order.order_ref, OrderSide(order.side), QuantityType(order.qty_type), order.units, order.amount)
        for order in unit_value_records.outcomes(connection, chosen)
        if order.status == "PRICED"
    ]


def _dust(connection: Connection, owner: int, prior: StoredUnitValue | None) -> int:
    if prior is None:
        return 0
    rows = ledger_records.transfers_on(connection, owner, prior.business_date)
    dust = rows["kind"] == JournalKind.DUST
    sign = np.where(rows["credit"][dust] < rows["debit"][dust], 1, -1)  # credited to the payee: there was some left
    return int((sign * rows["amount"][dust]).sum())


def _securities(connection: Connection, night: Night, last: Night, owner: int) -> list[SecurityNight]:
    """Every security the sleeve held or dealt in, from the opening to tonight's valuation."""
    place = int(np.searchsorted(night.work.sleeve_at_open, owner))
    plan, opening, closing = night.plan, night.work.opening, last.work.closing
    mine = opening.where(opening.sleeve == place)
    after = closing.where(closing.sleeve == int(np.searchsorted(last.work.sleeve_at_open, owner)))
    held = dict(zip(mine.security_id.tolist(), mine.shares.tolist(), strict=True))
    final = dict(zip(after.security_id.tolist(), after.shares.tolist(), strict=True))
    trades = np.flatnonzero((plan.trades.sleeve == place) & plan.trade_effects.booked)
    paid = np.flatnonzero(plan.distribution_effects.sleeve == place)
    splits = {
        int(plan.split_effects.security_id[at]): at
        for at in np.flatnonzero(plan.split_effects.sleeve == place).tolist()
    }
    horizon = int(night.work.known_to[place])
    then = price_records.prices_on(connection, night.previous, horizon)
    before = dict(zip(then.security_id.tolist(), then.price.tolist(), strict=True))
    prices = dict(zip(last.work.prices.security_id.tolist(), last.work.prices.price.tolist(), strict=True))
    every = sorted({*held, *final, *plan.trades.security_id[trades].tolist()})
    nights = []
    for security in every:
        shares, price = held.get(security, 0), prices[security]
        previous = before.get(security, 0)
        split = splits.get(security)
        buys_first = sorted(
            (at for at in trades.tolist() if plan.trades.security_id[at] == security),
            key=lambda at: int(plan.trades.side[at] == TradeSide.SELL),
        )
        nights.append(
            SecurityNight(
                security_id=security,
                previous_price=previous,
                price=price,
                shares_before=shares,
                value_before=int(market_values(np.array([shares]), np.array([previous]))[0]) if shares else 0,
                shares_after_split=shares if split is None else int(plan.split_effects.shares_after[split]),
                value_after=int(market_values(np.array([final.get(security, 0)]), np.array([price]))[0]),
                cash_in_lieu=0 if split is None else int(plan.split_effects.cash_in_lieu[split]),
                distributions=tuple(
                    PaidDistribution(
                        str(plan.distribution_row_id[plan.distribution_effects.distribution[at]]),
                        int(plan.distribution_effects.amount[at]),
                        int(plan.distribution_effects.shares_bought[at]),
                        int(plan.distribution_effects.cost_bought[at]),
                    )
                    for at in paid.tolist()
                    if plan.distribution_effects.security_id[at] == security
                ),
                trades=tuple(
                    BookedTrade(
                        str(plan.trade_row_id[at]),
                        TradeSide(int(plan.trades.side[at])),
                        int(plan.trades.shares[at]),
                        int(plan.trades.amount[at]),
                    )
                    for at in buys_first
                ),
            )
        )
    return nights


def _fees(night: Night, owner: int) -> list[AccruedFee]:
    accruals = night.work.accruals
    assert isinstance(accruals, FeeAccruals)
    accruing = night.work.sleeve_at_open[night.work.accruing]
    rows = np.flatnonzero((accruing[accruals.sleeve] == owner) & (accruals.paid_from == PaidFrom.UNIT_VALUE))
    return [
        AccruedFee(
            int(accruals.payee_id[at]),
            int(accruals.amount[at]),
            int(accruals.days[at]),
            int(accruals.base[at]),
            int(accruals.waives[at]),
        )
        for at in rows.tolist()
    ]


def _told(
    connection: Connection, owner: int, night: Night, lines: tuple[ExplainLine, ...]
) -> tuple[ExplainedLine, ...]:
    """The lines with tickers and payees, their journals, and the rows of the files they came from."""
    names = Names.read(connection)
    booked = ledger_records.transfers_on(connection, owner, night.on)
    pairs = zip(booked["kind"].tolist(), booked["source_id"].tolist(), booked["journal"].tolist(), strict=True)
    journals = {(kind, source): journal for kind, source, journal in pairs}
    priced = price_records.prices_on(connection, night.on, night.cycle.load_horizon)
    price_rows = dict(zip(priced.security_id.tolist(), priced.row_id.tolist(), strict=True))
    kinds = {
        LineKind.INCOME: (JournalKind.DISTRIBUTION, JournalKind.REINVESTMENT),
        LineKind.REINVESTMENT: (JournalKind.REINVESTMENT,),
        LineKind.TRADE: (JournalKind.BUY, JournalKind.SELL),
    }
    files = {
        LineKind.INCOME: "distributions.csv",
        LineKind.REINVESTMENT: "distributions.csv",
        LineKind.TRADE: "trades.csv",
    }
    told = []
    for line in lines:
        journal, source = None, ""
        if line.kind is LineKind.PRICE:
            source = load_records.source_of(connection, "prices.csv", price_rows[line.subject])
        elif line.kind in kinds:
            row_id = int(line.reference)
            journal = next((journals[int(k), row_id] for k in kinds[line.kind] if (int(k), row_id) in journals), None)
            source = load_records.source_of(connection, files[line.kind], row_id)
        elif line.kind in {LineKind.FEE, LineKind.WAIVER}:
            journal = journals.get((int(JournalKind.FEE_ACCRUAL), 0))
        about = names.payees if line.kind in {LineKind.FEE, LineKind.WAIVER} else names.securities
        subject = about.get(line.subject, "") if line.subject else ""
        told.append(ExplainedLine(line, subject or _reference(line), journal, source))
    return tuple(told)


def _reference(line: ExplainLine) -> str:
    return line.reference if line.kind is LineKind.ORDER_ROUNDING else ""
