"""Made-up plans on a made-up platform: sleeves and their terms, overrides, fees, and the money of participants.

Every plan offers every model, so the first plan, which overrides nothing, shows what each model does by itself: it is
the base that the others are compared with.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from modelx.domain.book_codes import OPEN_END, OPEN_START, ExcludeTo, OverrideKind, PayeeKind, RebalancePolicy
from modelx.domain.days import date_of, day_of
from modelx.domain.fee_schedule import ALL, FeeRows, SleeveScope
from modelx.domain.model_portfolio import CASH_TICKER
from modelx.domain.money import Column
from modelx.domain.override import OnExpiry, Overrides
from modelx.domain.override_check import OverrideRule
from modelx.domain.rebalance_trigger import BAND_DEFAULT, NOT_GIVEN, RebalanceTerms
from modelx.services.model_market import months_of
from modelx.services.simulated_market import ACTIVE, INDEX, SimulatedMarket
from modelx.services.what_if import Flows, Scenario

CENT, DOLLAR, BASIS_POINT, POINT = 10**4, 10**6, 10**8, 10**10
_POLICIES = (RebalancePolicy.QUARTERLY, RebalancePolicy.BAND, RebalancePolicy.MONTHLY, RebalancePolicy.ANNUAL)
_POLICY_SHARES = (0.4, 0.35, 0.1, 0.15)
OVERRIDING = 0.3  # of the plans
_WITHDRAWING = 0.35  # of the sleeves, in any month
_APART = 5  # sessions between contributions and withdrawals of a month


class FeeFacts(NamedTuple):
    """A row of fees.csv; an empty plan or model means all. ``rate`` is yearly, in 10^-12."""

    plan: str
    model: str
    payee: str
    kind: PayeeKind
    rate: int


@dataclass(frozen=True, slots=True)
class SimulatedPlans:
    """Plans by code, and sleeves as columns in the order of plan and model: both are rows of ``plans`` and models.

    ``min_trade`` is in millionths, ``buffer`` a rate of 10^-12; ``flows`` are orders in dollars, in and out.
    """

    plans: tuple[str, ...]
    models: tuple[str, ...]
    plan: Column
    model: Column
    policy: Column
    min_trade: Column
    buffer: Column
    overrides: tuple[OverrideRule, ...]
    fees: tuple[FeeFacts, ...]
    flows: Flows

    @property
    def base(self) -> Column:
        """For each sleeve, the sleeve that follows the same model without overrides."""
        return self.model


def simulated_plans(
    platform: SimulatedMarket, sleeves: int, seed: int, overriding: float = OVERRIDING
) -> SimulatedPlans:
    """Return so many sleeves (at least one) on the platform's models; the same arguments give the same plans.

    ``overriding`` is the share of plans, the first apart, that override something.
    """
    rng = np.random.default_rng([seed, 1])
    models = tuple(facts.model for facts in platform.models)
    plan, model = np.divmod(np.arange(sleeves), len(models))
    n_plans = int(plan[-1]) + 1
    width = max(4, len(str(n_plans)))
    codes = tuple(f"P{at:0{width}d}" for at in range(1, n_plans + 1))
    policy = np.array(_POLICIES, np.int64)[rng.choice(len(_POLICIES), n_plans, p=_POLICY_SHARES)]
    policy[0] = RebalancePolicy.QUARTERLY
    buffer = rng.choice([0, 1, 2, 3], n_plans) * POINT
    buffer[0] = 0
    return SimulatedPlans(
        plans=codes,
        models=models,
        plan=plan,
        model=model,
        policy=policy[plan],
        min_trade=(rng.choice([50, 100, 250], n_plans) * DOLLAR)[plan],
        buffer=buffer[plan],
        overrides=_overrides(platform, codes, plan, model, overriding, rng),
        fees=_fees(platform, codes, rng),
        flows=_flows(platform.market.history.sessions, plan, n_plans, rng),
    )


def scenario_of_plans(platform: SimulatedMarket, plans: SimulatedPlans) -> Scenario:
    """The same plans as a what-if, sleeve for sleeve: what the ledger must come to."""
    n = plans.plan.size
    zero = np.zeros(n, np.int64)
    return Scenario(
        versions=platform.market.targets_of(plans.models),
        scope=SleeveScope(plans.plan + 1, plans.model + 1),
        model=plans.model,
        buffer=plans.buffer,
        min_trade=plans.min_trade,
        rebalance=RebalanceTerms(plans.policy, zero + BAND_DEFAULT, zero + NOT_GIVEN, zero + NOT_GIVEN),
        overrides=_override_columns(platform, plans),
        fees=_fee_rows(plans),
        flows=plans.flows,
    )


def _overrides(
    platform: SimulatedMarket,
    codes: tuple[str, ...],
    plan: Column,
    model: Column,
    overriding: float,
    rng: np.random.Generator,
) -> tuple[OverrideRule, ...]:
    """One override for each of two sleeves of some plans, the first plan apart."""
    sessions = platform.market.history.sessions
    found = []
    for at in np.flatnonzero(rng.random(len(codes)) < overriding).tolist():
        own = np.flatnonzero(plan == at)
        if at == 0:
            continue
        for sleeve in np.sort(rng.permutation(own)[:2]).tolist():
            ticker = platform.models[int(model[sleeve])].model
            found.append(_override(platform, codes[at], ticker, sessions, rng))
    return tuple(found)


def _override(
    platform: SimulatedMarket, plan: str, model: str, sessions: Column, rng: np.random.Generator
) -> OverrideRule:
    """A rule on one of the model's first holdings; half of them begin later, and a third of those end again."""
    first = platform.market.of_model(model)[0]
    held = sorted(ticker for ticker, _ in first.weights if ticker != CASH_TICKER)
    ticker = held[int(rng.integers(len(held)))]
    swaps = {platform.funds[code, INDEX]: platform.funds[code, ACTIVE] for code, _ in platform.funds}
    swaps |= {new: old for old, new in swaps.items()}
    kinds: list[OverrideKind] = [kind for kind in OverrideKind if kind is not OverrideKind.SUBSTITUTE]
    if ticker in swaps:
        kinds += [OverrideKind.SUBSTITUTE] * 3
    kind = kinds[int(rng.integers(len(kinds)))]
    start, end = int(sessions[0]), None
    if rng.random() < 0.5:
        at = int(rng.integers(1, sessions.size))
        start = int(sessions[at])
        if rng.random() < 1 / 3 and at + 30 < sessions.size:
            end = date_of(int(sessions[int(rng.integers(at + 20, sessions.size))]))
    weights = {OverrideKind.SET_WEIGHT: 6 * POINT, OverrideKind.CASH_BUFFER: 5 * POINT}
    return OverrideRule(
        plan=plan,
        model=model,
        kind=kind,
        ticker="" if kind is OverrideKind.CASH_BUFFER else ticker,
        start=date_of(start),
        end=end,
        to_ticker=swaps[ticker] if kind is OverrideKind.SUBSTITUTE else "",
        weight=weights.get(kind, 0),
        exclude_to=ExcludeTo(int(rng.integers(2))) if kind is OverrideKind.EXCLUDE else ExcludeTo.CASH,
        on_expiry=OnExpiry(int(rng.integers(2))),
        reason="Simulated",
    )


def _fees(platform: SimulatedMarket, codes: tuple[str, ...], rng: np.random.Generator) -> tuple[FeeFacts, ...]:
    """The platform's fee for all, a third-party manager's for its models, an advisor's for each plan."""
    found = [FeeFacts("", "", "PLATFORM", PayeeKind.PLATFORM, 35 * BASIS_POINT // 10)]
    payee = {"Linden Advisors": "LINDEN", "Rowan Managers": "ROWAN"}
    found += [
        FeeFacts("", facts.model, payee[facts.manager], PayeeKind.MANAGER, 20 * BASIS_POINT)
        for facts in platform.models
        if facts.manager in payee
    ]
    rates = rng.integers(10, 41, len(codes)) * BASIS_POINT
    found += [
        FeeFacts(code, "", "ADVISOR", PayeeKind.ADVISOR, rate) for code, rate in zip(codes, rates.tolist(), strict=True)
    ]
    return tuple(found)


def _flows(sessions: Column, plan: Column, n_plans: int, rng: np.random.Generator) -> Flows:
    """An opening on the first session, then each month contributions on the plan's payday and some withdrawals."""
    opening = np.exp(rng.uniform(np.log(50_000), np.log(5_000_000), plan.size)).astype(np.int64) * DOLLAR
    share = rng.uniform(0.003, 0.012, plan.size)
    payday = rng.integers(0, 10, n_plans)[plan]
    every = np.arange(plan.size)
    days, sleeves, amounts = [np.full(plan.size, sessions[0])], [every], [opening]
    starts = np.flatnonzero(np.diff(months_of(sessions), prepend=-1))
    for start in starts[1:].tolist():
        noise = rng.uniform(0.7, 1.3, plan.size)
        out = every[rng.random(plan.size) < _WITHDRAWING]
        for who, sign, later in ((every, 1, 0), (out, -1, _APART)):
            at = start + payday[who] + later
            amount = (opening[who] * share[who] * noise[who]).astype(np.int64) // CENT * CENT
            inside = (at < sessions.size) & (amount > 0)
            days.append(sessions[at[inside]])
            sleeves.append(who[inside])
            amounts.append(sign * amount[inside])
    day, sleeve, amount = (np.concatenate(parts) for parts in (days, sleeves, amounts))
    order = np.lexsort((sleeve, day))
    return Flows(day[order], sleeve[order], amount[order])


def _override_columns(platform: SimulatedMarket, plans: SimulatedPlans) -> Overrides:
    number, n_models = platform.market.security_id, len(plans.models)
    rules = plans.overrides
    first = {one.model: dict(platform.market.of_model(one.model)[0].weights) for one in platform.models}

    def column(*values: int) -> Column:
        return np.array(values, np.int64)

    return Overrides(
        override_id=np.arange(1, len(rules) + 1),
        sleeve=column(*(plans.plans.index(one.plan) * n_models + plans.models.index(one.model) for one in rules)),
        kind=column(*(one.kind for one in rules)),
        security=column(*(number.get(one.ticker, 0) for one in rules)),
        to_security=column(*(number.get(one.to_ticker, 0) for one in rules)),
        weight=column(*(one.weight for one in rules)),
        exclude_to=column(*(one.exclude_to for one in rules)),
        start=column(*(day_of(one.start) for one in rules)),
        end=column(*(OPEN_END if one.end is None else day_of(one.end) for one in rules)),
        on_expiry=column(*(one.on_expiry for one in rules)),
        was_in_model=np.array([one.ticker in first[one.model] for one in rules], np.bool_),
    )


def _fee_rows(plans: SimulatedPlans) -> FeeRows:
    payees = sorted({fee.payee for fee in plans.fees})

    def column(*values: int) -> Column:
        return np.array(values, np.int64)

    zero = np.zeros(len(plans.fees), np.int64)
    return FeeRows(
        plan_id=column(*(plans.plans.index(fee.plan) + 1 if fee.plan else ALL for fee in plans.fees)),
        model_id=column(*(plans.models.index(fee.model) + 1 if fee.model else ALL for fee in plans.fees)),
        payee_id=column(*(payees.index(fee.payee) + 1 for fee in plans.fees)),
        rate=column(*(fee.rate for fee in plans.fees)),
        tiers=((),) * len(plans.fees),
        start=zero + OPEN_START,
        end=zero + OPEN_END,
        paid_from=zero,
        method=zero,
        aggregate=zero,
        waives=zero,
        load_order=zero,
    )
