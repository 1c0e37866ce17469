"""The strike: fees accrued, positions valued, unit values struck, proved, and published (spec 5, steps 6-11)."""

from __future__ import annotations

import numpy as np

from modelx.domain.accrual import accrue
from modelx.domain.fee_schedule import PaidFrom, SleeveScope
from modelx.domain.strike import strike
from modelx.domain.valuation import value_positions
from modelx.ledger.account import PAYABLES, RECEIVABLES, Chart, account_ids
from modelx.ledger.journal import JournalKind, JournalWriter
from modelx.services.night import Feeds, Night
from modelx.services.night_effects import Effects
from modelx.store import fee_records


def accrue_fees(night: Night, feeds: Feeds) -> Effects:
    """Accrue every payee's fee for the cycle's calendar days on the opening net assets (spec 8, design 3a.7).

    A waiver reduces what its payee is owed, on an expense account of its own. A sleeve's first night books nothing;
    one that is only struck again has booked already.
    """
    accrued = night.of_tonight("accrued_through")
    accruing = accrued < night.last_day
    first_day = int(accrued[accruing].min()) + 1 if accruing.any() else night.last_day
    live = fee_records.fees_live(feeds.connection, first_day, night.last_day, night.cycle.load_horizon)
    feeds.seen("fees", {"row_id": live.row_id})
    scope = SleeveScope(night.of_tonight("plan_id")[accruing], night.of_tonight("model_id")[accruing])
    accruals = accrue(live.rows, scope, night.work.fee_base[accruing], first_day, night.last_day)
    night.work.accruals, night.work.accruing, night.work.first_day = accruals, accruing, first_day
    sleeve = night.sleeve[accruing][accruals.sleeve]
    in_value = accruals.paid_from == PaidFrom.UNIT_VALUE
    waived = np.where(accruals.waives > 0, accruals.waives, accruals.payee_id)
    owed = account_ids(sleeve, int(Chart.FEES_PAYABLE), waived)
    expense = account_ids(sleeve, int(Chart.FEE_EXPENSE), accruals.payee_id)
    receivable = account_ids(sleeve, int(Chart.ACCOUNT_FEES_RECEIVABLE), waived)
    earned = account_ids(sleeve, int(Chart.ACCOUNT_FEES_EARNED), accruals.payee_id)
    amount = np.where(accruals.waives > 0, -accruals.amount, accruals.amount)
    writer = JournalWriter(night.on)
    writer.one(JournalKind.FEE_ACCRUAL, expense[in_value], owed[in_value], amount[in_value])
    other = ~in_value
    writer.one(JournalKind.ACCOUNT_FEE_ACCRUAL, receivable[other], earned[other], amount[other])
    through = np.full(len(night.sleeve), night.last_day, np.int64)
    posted = np.full(len(night.sleeve), night.on, np.int64)
    seen = np.where(night.work.restruck, night.of_tonight("posted_horizon"), night.cycle.load_horizon)
    sleeves = night.sleeves_with(accrued_through=through, posted_through=posted, posted_horizon=seen)
    return Effects(journals=writer.journals(), sleeves=sleeves)


def strike_unit_values(night: Night, feeds: Feeds) -> Effects:
    """Value every position at tonight's price, add up net assets, and strike each sleeve's unit value."""
    balances, sleeves = night.state.balances, night.sleeve
    positions = night.positions()
    valuation = value_positions(positions, night.work.prices, len(sleeves))
    receivables = sum((balances.by_owner(sleeves, chart) for chart in RECEIVABLES), np.zeros(len(sleeves), np.int64))
    payables = sum((balances.by_owner(sleeves, chart) for chart in PAYABLES), np.zeros(len(sleeves), np.int64))
    struck = strike(
        market_value=valuation.by_sleeve,
        cash=balances.by_owner(sleeves, Chart.CASH),
        receivables=receivables,
        payables=-payables,
        accrued_fees=-balances.total_by_owner(sleeves, Chart.FEES_PAYABLE),
        units=balances.by_owner(sleeves, Chart.UNITS_HELD),
        prior_unit_value=night.of_tonight("unit_value"),
        opening_net_assets=night.work.opening_net_assets,
    )
    night.work.closing, night.work.struck = positions, struck
    version = np.where(night.work.restruck, night.of_tonight("version") + 1, 1)
    return Effects(
        unit_values={
            "sleeve_id": sleeves,
            "version": version,
            "unit_value": struck.unit_value,
            "net_assets": struck.net_assets,
            "units": struck.units,
            "market_value": struck.market_value,
            "cash": struck.cash,
            "receivables": struck.receivables,
            "payables": struck.payables,
            "accrued_fees": struck.accrued_fees,
            "opening_net_assets": struck.opening_net_assets,
        },
        sleeves=night.sleeves_with(
            unit_value=struck.unit_value,
            opening_net_assets=struck.opening_net_assets,
            net_assets=struck.net_assets,
            version=version,
            struck_horizon=np.full(len(sleeves), night.cycle.load_horizon, np.int64),
        ),
    )


def publish(night: Night, feeds: Feeds) -> Effects:
    """Approve and publish, by standing rule, every sleeve that nothing stopped (design 3a.2).

    The step's own row is the publication: a strike counts as published from the moment it commits. Stopped sleeves
    leave the night here.
    """
    night.sleeve = night.sleeve[~night.work.stopped]
    return Effects()
