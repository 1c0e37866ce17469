"""Why a unit value is what it is: the night computed again, taken apart for one sleeve, and led back to its sources.

The run that struck the value is replayed from its stored inputs; what it planned, accrued and valued for the sleeve
becomes the lines of :mod:`modelx.domain.explain`, which foot exactly or refuse. Each line names its journal and the
row of the file it came from (:mod:`modelx.services.unit_value_sources`).
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from modelx.domain.accrual import FeeAccruals
from modelx.domain.book_codes import OrderSide, QuantityType, TradeSide
from modelx.domain.explain import (
    AccruedFee,
    BookedTrade,
    Exchanged,
    PaidDistribution,
    PricedOrder,
    SecurityNight,
    StruckValue,
    explain_move,
)
from modelx.domain.fee_schedule import PaidFrom, SleeveScope
from modelx.domain.money import Column
from modelx.domain.strike import FIRST_UNIT_VALUE
from modelx.domain.valuation import market_values
from modelx.ledger.journal import JournalKind
from modelx.services.fee_terms import line_terms
from modelx.services.ledger_views import sleeve_id
from modelx.services.missing_value import why_no_value
from modelx.services.night import Night, NightPlan
from modelx.services.night_replay import replayed_night
from modelx.services.unit_value_sources import ExplainedLine, Sources
from modelx.services.unit_value_transfers import MovedInKind, moved_in_kind
from modelx.services.unit_values import list_unit_values
from modelx.store import (
    fee_records,
    ledger_records,
    load_records,
    name_records,
    price_records,
    unit_value_records,
)
from modelx.store.engine import Connection, Engine
from modelx.store.unit_of_work import reading
from modelx.store.unit_value_records import Selection, StoredUnitValue


@dataclass(frozen=True, slots=True)
class Explanation:
    """A unit value taken apart. The lines before the last foot to it, in dollars and per unit.

    ``status`` is PUBLISHED or STRUCK; ``folders`` are the folders of the loads that the sources name.
    """

    plan: str
    model: str
    status: str
    strike: StoredUnitValue
    prior: StoredUnitValue | None
    lines: tuple[ExplainedLine, ...]
    folders: dict[int, str]


def explain_unit_value(engine: Engine, plan: str, model: str, day: int) -> Explanation:
    """Explain the unit value in force for a plan's model on a date.

    Raises :class:`UnknownSleeve`; :class:`Blocked` while the sleeve is held, saying by what; :class:`NotFound` when
    nothing was struck that date for another reason, which is told; :class:`InvariantBroken` when the parts do not foot
    to what is stored.
    """
    status = [line.status for line in list_unit_values(engine, Selection(plan, model, day, day)) if line.strike]
    with reading(engine) as connection:
        owner = sleeve_id(connection, plan, model)
        strikes = unit_value_records.unit_values(connection, Selection(plan, model, day, day))
        if not strikes:
            raise why_no_value(connection, plan, model, owner, day)
        posted, strike = strikes[0], strikes[-1]
        night = replayed_night(connection, day, posted.run)
        last = night if strike.run == posted.run else replayed_night(connection, day, strike.run)
        prior = _prior(connection, plan, model, night)
        fees, fee_rows = _fees(connection, night, owner)
        moved = moved_in_kind(connection, owner, night.previous)
        lines = explain_move(
            StruckValue(prior.unit_value, prior.net_assets, prior.units)
            if prior
            else StruckValue(FIRST_UNIT_VALUE, 0, 0),
            [*moved.priced, *_orders(connection, plan, model, prior)],
            _dust(connection, owner, prior),
            _securities(connection, night, last, owner, moved),
            fees,
            StruckValue(strike.unit_value, strike.net_assets, strike.units),
        )
        told = Sources(connection, owner, night, last, prior, fee_rows).told(lines)
        loads = {line.source.load for line in told if line.source}
        folders = {load.id: load.folder_name for load in load_records.loads(connection) if load.id in loads}
    return Explanation(plan, model, status[-1], strike, prior, told, folders)


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
    rows = ledger_records.transfers_of_owner(
        connection, owner, first_day=prior.business_date, through_day=prior.business_date
    )
    dust = rows["kind"] == JournalKind.DUST
    sign = np.where(rows["credit"][dust] < rows["debit"][dust], 1, -1)  # credited to the payee: there was some left
    return int((sign * rows["amount"][dust]).sum())


def _securities(
    connection: Connection, night: Night, last: Night, owner: int, moved: MovedInKind
) -> list[SecurityNight]:
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
    gone = np.flatnonzero(plan.exit_effects.sleeve == place)
    came = gone[plan.exit_effects.shares_in[gone] > 0]
    received = plan.exit_effects.to_security_id[came].tolist()
    every = sorted({*held, *final, *plan.trades.security_id[trades].tolist(), *received})
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
                value_before=moved.value_carried(security, shares, previous) if shares else 0,
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
                went=next(iter(_exchanged(plan, gone[plan.exit_effects.security_id[gone] == security])), None),
                came=_exchanged(plan, came[plan.exit_effects.to_security_id[came] == security]),
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


def _exchanged(plan: NightPlan, at: Column) -> tuple[Exchanged, ...]:
    """The exchanges at the rows given: what a security brought, or what was received of it for others."""
    effects = plan.exit_effects
    return tuple(
        Exchanged(
            str(plan.exit_row_id[effects.exit[row]]), cash=int(effects.cash[row]), shares=int(effects.shares_in[row])
        )
        for row in at.tolist()
    )


def _fees(connection: Connection, night: Night, owner: int) -> tuple[list[AccruedFee], dict[int, int]]:
    """The sleeve's fees in the unit value, with their terms, and the row of the book behind each payee's."""
    accruals = night.work.accruals
    assert isinstance(accruals, FeeAccruals)
    accruing = night.work.sleeve_at_open[night.work.accruing]
    rows = np.flatnonzero((accruing[accruals.sleeve] == owner) & (accruals.paid_from == PaidFrom.UNIT_VALUE))
    if len(rows) == 0:
        return [], {}
    live = fee_records.fees_live(connection, night.work.first_day, night.last_day, night.cycle.load_horizon)
    sleeves, mine = night.state.sleeves, night.state.sleeves.rows_of(np.array([owner]))
    scope = SleeveScope(sleeves.plan_id[mine], sleeves.model_id[mine])
    own = FeeAccruals(**{f.name: getattr(accruals, f.name)[rows] for f in fields(FeeAccruals)})
    own = replace(own, sleeve=np.zeros(len(rows), np.int64))
    payees = name_records.names(connection, "payee")
    of_line, words = line_terms(live.rows, scope, own, night.work.first_day, night.last_day, payees)
    fees = [
        AccruedFee(
            int(own.payee_id[at]),
            int(own.amount[at]),
            int(own.days[at]),
            int(own.base[at]),
            int(own.waives[at]),
            words[int(of_line[at])],
        )
        for at in range(len(rows))
    ]
    return fees, dict(zip(own.payee_id.tolist(), live.row_id[own.row].tolist(), strict=True))
