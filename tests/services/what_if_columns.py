"""Short ways to write a scenario and a history for tests of the what-if."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from modelx.domain.book_codes import OPEN_END, OPEN_START, RebalancePolicy
from modelx.domain.calendar import Calendar, make_calendar
from modelx.domain.corporate_action import Distributions
from modelx.domain.fee_schedule import FeeRows, SleeveScope
from modelx.domain.money import Column
from modelx.domain.override import Overrides
from modelx.domain.override_resolution import ModelTargets
from modelx.domain.rebalance_trigger import BAND_DEFAULT, NOT_GIVEN, RebalanceTerms
from modelx.services.market_history import HistoryTerms, MarketHistory, no_splits
from modelx.services.what_if import Execution, Flows, Scenario
from tests.domain.override_columns import column, overrides

CENT = 10_000


@dataclass(frozen=True)
class Plan:
    """One sleeve of a scenario; money in whole dollars, rates as columns hold them."""

    model: int = 0
    policy: RebalancePolicy = RebalancePolicy.QUARTERLY
    band: int = BAND_DEFAULT
    buffer: int = 0
    buffer_max: int = NOT_GIVEN
    min_trade: int = 0
    opening: int = 100_000
    flows: Mapping[int, int] = field(default_factory=dict)


def fee_rows(*rates: int) -> FeeRows:
    """One flat fee in the unit value per rate (10^-12 a year), payees 1, 2, ..., for all plans and models."""
    n = len(rates)
    zero = column([0] * n)
    return FeeRows(
        plan_id=zero,
        model_id=zero,
        payee_id=column(range(1, n + 1)),
        rate=column(rates),
        tiers=((),) * n,
        start=zero + OPEN_START,
        end=zero + OPEN_END,
        paid_from=zero,
        method=zero,
        aggregate=zero,
        waives=zero,
        load_order=zero,
    )


def scenario(
    first: int,
    versions: Sequence[tuple[int, ModelTargets]],
    plans: Sequence[Plan],
    *,
    rules: Overrides | None = None,
    fees: FeeRows | None = None,
    execution: Execution = Execution.NEXT_SESSION,
    slippage: int = 0,
) -> Scenario:
    orders = [(first, s, plan.opening) for s, plan in enumerate(plans) if plan.opening]
    orders += [(day, s, amount) for s, plan in enumerate(plans) for day, amount in plan.flows.items()]
    days, sleeves, amounts = zip(*orders, strict=True) if orders else ((), (), ())
    return Scenario(
        versions=versions,
        scope=SleeveScope(column(range(1, len(plans) + 1)), column(plan.model + 1 for plan in plans)),
        model=column(plan.model for plan in plans),
        buffer=column(plan.buffer for plan in plans),
        min_trade=column(plan.min_trade * 10**6 for plan in plans),
        rebalance=RebalanceTerms(
            column(plan.policy for plan in plans),
            column(plan.band for plan in plans),
            column(NOT_GIVEN for _ in plans),
            column(plan.buffer_max for plan in plans),
        ),
        overrides=rules if rules is not None else overrides([]),
        fees=fees if fees is not None else fee_rows(),
        flows=Flows(column(days), column(sleeves), column(amounts) * 10**6),
        execution=execution,
        slippage=slippage,
    )


def weekday_sessions(first: date, n: int) -> Column:
    """The first ``n`` weekdays from ``first`` on: a calendar without holidays of the exchange."""
    days = np.arange(np.datetime64(first), np.datetime64(first) + 2 * n)
    weekdays = days[np.is_busday(days)][:n]
    return weekdays.astype(np.int64)


def calendar_of(sessions: Column) -> Calendar:
    """A calendar with these sessions and thirty more weekdays, so that the last trades settle."""
    last = np.datetime64(int(sessions[-1]), "D")
    more = weekday_sessions((last + 1).item(), 30)
    days = np.concatenate([sessions, more])
    return make_calendar(days, np.full(days.size, 960))


def history(
    sessions: Column,
    price: Column,
    share_dp: Sequence[int],
    distributions: Sequence[tuple[int, int, int, int]] = (),
    settle_lag: int = 1,
) -> MarketHistory:
    """Securities 1, 2, ...; distributions are rows of (security, ex-day, pay-day, rate of 10^-12)."""
    n = len(share_dp)
    rows = sorted(distributions, key=lambda row: row[1])
    security, ex_day, pay_day, rate = zip(*rows, strict=True) if rows else ((), (), (), ())
    zero = column(0 for _ in rows)
    paid = Distributions(column(security), zero, column(rate), column(pay_day), zero > 0, zero)
    terms = HistoryTerms(
        security_id=column(range(1, n + 1)),
        share_dp=column(share_dp),
        whole_shares=column(share_dp) == 0,
        settle_lag=column([settle_lag] * n),
        expense_ratio=column([0] * n),
    )
    return MarketHistory(sessions, terms, price, column(ex_day), paid, column([]), no_splits())
