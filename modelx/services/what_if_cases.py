"""Cases of a what-if: one model each, with its own overrides, rebalancing policy and fee, all over the same history.

Every case is a sleeve of a plan of its own that takes in the same money on the same days, so that whatever differs
between two cases comes from their terms.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import product

import numpy as np

from modelx.domain.book_codes import OPEN_END, OPEN_START, ExcludeTo, OverrideKind, RebalancePolicy
from modelx.domain.days import date_of
from modelx.domain.errors import InvalidInput
from modelx.domain.fee_schedule import FeeRows, SleeveScope
from modelx.domain.model_portfolio import WEIGHT_ONE
from modelx.domain.money import Column, format_decimal, parse_decimal
from modelx.domain.override import Overrides
from modelx.domain.override_check import OverrideRule, check_rules
from modelx.domain.rebalance_trigger import BAND_DEFAULT, NOT_GIVEN, RebalanceTerms
from modelx.services.model_market import ModelMarket, month_starts
from modelx.services.what_if import Execution, Flows, Scenario

_WORDS = {
    OverrideKind.SUBSTITUTE: "SUBSTITUTE OLD NEW",
    OverrideKind.EXCLUDE: "EXCLUDE TICKER [CASH]",
    OverrideKind.SET_WEIGHT: "SET_WEIGHT TICKER 0.05",
    OverrideKind.NO_BUY: "NO_BUY TICKER",
    OverrideKind.NO_SELL: "NO_SELL TICKER",
    OverrideKind.CASH_BUFFER: "CASH_BUFFER 0.03",
}
_TICKERS = {OverrideKind.SUBSTITUTE: 2, OverrideKind.CASH_BUFFER: 0}  # one, for the other kinds
OVERRIDE_FORMS = ", ".join(_WORDS.values())


@dataclass(frozen=True, slots=True)
class Case:
    """One model under its own terms. ``band`` (points), ``buffer`` and ``fee`` (yearly) are rates of 10^-12.

    ``min_trade`` is in millionths. ``rules`` are overrides as :func:`parse_rules` reads them, in force throughout.
    """

    name: str
    model: str
    policy: RebalancePolicy = RebalancePolicy.QUARTERLY
    band: int = BAND_DEFAULT
    buffer: int = 0
    min_trade: int = 0
    fee: int = 0
    rules: tuple[OverrideRule, ...] = ()


@dataclass(frozen=True, slots=True)
class Money:
    """What every case takes in (millionths, whole cents): on the first session, and on the first of later months."""

    opening: int
    monthly: int = 0


def parse_rules(text: str) -> tuple[OverrideRule, ...]:
    """Read overrides such as ``SUBSTITUTE AAAX BBBX; SET_WEIGHT CCCX 0.05``; an empty text is none.

    An exclusion spreads the weight over the rest of the model, or with CASH leaves it in cash. Raises
    ``InvalidInput`` naming the forms.
    """
    return tuple(_parse_rule(part.split()) for part in text.split(";") if part.strip())


def tickers_bought(cases: Sequence[Case]) -> set[str]:
    """The securities that overrides bring in, whatever the models hold."""
    rules = [rule for case in cases for rule in case.rules]
    sets = {rule.ticker for rule in rules if rule.kind is OverrideKind.SET_WEIGHT}
    return {rule.to_ticker for rule in rules if rule.kind is OverrideKind.SUBSTITUTE} | sets


def combinations(
    base: Case,
    models: Sequence[str],
    policies: Sequence[RebalancePolicy],
    fees: Sequence[int],
    overrides: Sequence[str],
) -> list[Case]:
    """Return a case for every combination, the first of everything first; the plain model comes before overrides.

    Their names say what differs: the model, and whatever else has more than one value.
    """
    found = []
    for model, policy, fee, rule in product(models, policies, fees, ["", *overrides]):
        parts = [model]
        parts += [policy.name.lower()] if len(policies) > 1 else []
        parts += [f"fee {_percent(fee)}"] if len(fees) > 1 else []
        parts += [rule] if rule else []
        found.append(replace(base, name=", ".join(parts), model=model, policy=policy, fee=fee, rules=parse_rules(rule)))
    return found


def scenario_of(
    market: ModelMarket,
    cases: Sequence[Case],
    money: Money,
    *,
    execution: Execution = Execution.NEXT_SESSION,
    slippage: int = 0,
) -> Scenario:
    """Return the scenario in which every case runs over ``market``; sleeve n is case n.

    Raises ``InvalidInput`` for names that repeat and for overrides that would be refused when saved, naming the case.
    """
    _check(market, cases)
    models = sorted({case.model for case in cases}, key=[case.model for case in cases].index)
    n = len(cases)
    number = np.arange(1, n + 1)
    return Scenario(
        versions=market.targets_of(models),
        scope=SleeveScope(number, np.array([models.index(case.model) + 1 for case in cases], np.int64)),
        model=np.array([models.index(case.model) for case in cases], np.int64),
        buffer=np.array([case.buffer for case in cases], np.int64),
        min_trade=np.array([case.min_trade for case in cases], np.int64),
        rebalance=RebalanceTerms(
            np.array([case.policy for case in cases], np.int64),
            np.array([case.band for case in cases], np.int64),
            np.full(n, NOT_GIVEN),
            np.full(n, NOT_GIVEN),
        ),
        overrides=_overrides(market, cases),
        fees=_fees(cases),
        flows=_flows(market.history.sessions, n, money),
        execution=execution,
        slippage=slippage,
    )


def idle_rules(market: ModelMarket, cases: Sequence[Case]) -> list[str]:
    """For a person: the overrides that find nothing to act on, because their model never holds the security."""
    at_hand = (OverrideKind.SET_WEIGHT, OverrideKind.CASH_BUFFER)
    return [
        f"{case.name}: {case.model} never holds {rule.ticker}, so the override does nothing"
        for case in cases
        for rule in case.rules
        if rule.kind not in at_hand and rule.ticker not in _held(market, case.model)
    ]


def _parse_rule(words: Sequence[str]) -> OverrideRule:
    kind = OverrideKind.__members__.get(words[0].upper())
    arguments, weight, to_cash = list(words[1:]), "", False
    weighs = kind in (OverrideKind.SET_WEIGHT, OverrideKind.CASH_BUFFER)
    if weighs and arguments:
        weight = arguments.pop()
    if kind is OverrideKind.EXCLUDE and arguments[1:] == ["CASH"]:
        to_cash = arguments.pop() == "CASH"
    if kind is None or len(arguments) != _TICKERS.get(kind, 1) or weighs != bool(weight):
        raise InvalidInput(f"{' '.join(words)!r} is no override: write {OVERRIDE_FORMS}")
    return OverrideRule(
        plan="",
        model="",
        kind=kind,
        ticker=arguments[0] if arguments else "",
        start=date.min,
        to_ticker=arguments[1] if arguments[1:] else "",
        weight=parse_decimal(weight, 12) if weight else 0,
        exclude_to=ExcludeTo.CASH if to_cash else ExcludeTo.PRORATA,
        reviewed=True,
    )


def _check(market: ModelMarket, cases: Sequence[Case]) -> None:
    if not cases:
        raise InvalidInput("a what-if needs at least one case")
    twice = [name for name, count in Counter(case.name for case in cases).items() if count > 1]
    if twice:
        raise InvalidInput(f"two cases are named {twice[0]!r}: give each a name of its own")
    for case in cases:
        market.of_model(case.model)
        rules = [replace(rule, plan=case.name, model=case.model) for rule in case.rules]
        findings = check_rules(rules, market.universe, {(case.name, case.model)}, {})
        if findings:
            raise InvalidInput(findings[0].message)
        if not 0 <= case.fee < WEIGHT_ONE or not 0 <= case.buffer < WEIGHT_ONE:
            raise InvalidInput(f"case {case.name}: a fee and a cash buffer lie between 0 and 1")
        if not 0 <= case.band < WEIGHT_ONE or case.min_trade < 0:
            raise InvalidInput(f"case {case.name}: a band lies between 0 and 100 points, a least trade is not negative")


def _overrides(market: ModelMarket, cases: Sequence[Case]) -> Overrides:
    """The cases' overrides as columns. Raises ``InvalidInput`` for one on a security without history."""
    rows: list[tuple[int, ...]] = []
    in_model = []
    for sleeve, case in enumerate(cases):
        held = _held(market, case.model)
        for rule in case.rules:
            for ticker in (rule.ticker, rule.to_ticker):
                if ticker and ticker not in market.security_id:
                    raise InvalidInput(f"case {case.name}: {ticker} has no prices in this history")
            security, to_security = (market.security_id.get(one, 0) for one in (rule.ticker, rule.to_ticker))
            codes = (int(rule.kind), security, to_security, rule.weight, int(rule.exclude_to))
            rows.append((len(rows) + 1, sleeve, *codes, OPEN_START, OPEN_END, 0))
            in_model.append(rule.ticker in held)
    number, sleeves, kind, old, new, weight, exclude_to, start, end, expiry = _columns(rows, 10)
    dates = (start, end, expiry, np.array(in_model, np.bool_))
    return Overrides(number, sleeves, kind, old, new, weight, exclude_to, *dates)


def _columns(rows: Sequence[tuple[int, ...]], n: int) -> list[Column]:
    table = np.array(rows, np.int64).reshape(-1, n)
    return [np.ascontiguousarray(table[:, at]) for at in range(n)]


def _held(market: ModelMarket, model: str) -> Collection[str]:
    return {ticker for version in market.of_model(model) for ticker, _ in version.weights}


def _fees(cases: Sequence[Case]) -> FeeRows:
    """A fee row for every case that has one, all owed to payee 1 and carried by the unit value."""
    plan = np.array([at for at, case in enumerate(cases, start=1) if case.fee], np.int64)
    zero = np.zeros(plan.size, np.int64)
    return FeeRows(
        plan_id=plan,
        model_id=zero,
        payee_id=zero + 1,
        rate=np.array([case.fee for case in cases if case.fee], np.int64),
        tiers=((),) * plan.size,
        start=zero + OPEN_START,
        end=zero + OPEN_END,
        paid_from=zero,
        method=zero,
        aggregate=zero,
        waives=zero,
        load_order=zero,
    )


def _flows(sessions: Column, n: int, money: Money) -> Flows:
    later = month_starts(sessions) if money.monthly else sessions[:0]
    days = np.concatenate([sessions[:1], later])
    amounts = np.concatenate([[money.opening], np.full(later.size, money.monthly)]).astype(np.int64)
    return Flows(np.repeat(days, n), np.tile(np.arange(n), days.size), np.repeat(amounts, n))


def _percent(rate: int) -> str:
    return f"{format_decimal(rate, 10, at_least=2)} %"


def span(market: ModelMarket) -> str:
    """The history in words, for a person: its first and last session."""
    days = market.history.sessions
    return f"{date_of(int(days[0]))} to {date_of(int(days[-1]))}, {days.size} sessions"
