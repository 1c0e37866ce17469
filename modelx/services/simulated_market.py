"""A made-up platform to try rules on: funds of the seeded universe, years of their prices, and families of models.

Risk-based models of exchange-traded funds, a fund-only and a mixed one, a target-date series that rolls down every
January, and a tactical vintage; managers change the others now and then. The same seed gives the same everything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from modelx.domain.days import date_of
from modelx.domain.glide_path import GlidePath, GlidePoint, TargetDateSeries
from modelx.domain.model_portfolio import CASH_TICKER, WEIGHT_ONE, WEIGHT_STEP, TargetVersion, weights_from
from modelx.domain.money import Column, allocate
from modelx.domain.tactical import TacticalRule
from modelx.domain.universe import Listing, SecurityStatus, Universe
from modelx.evaluator.asset_classes import NINETEEN
from modelx.evaluator.shipped import default_markets
from modelx.services.model_market import ModelMarket
from modelx.services.seeded_market import MarketSettings, seeded_market
from modelx.services.seeded_universe import PLATFORM_SIZE, seeded_universe
from modelx.services.series_book import DatedSeries
from modelx.services.what_if_series import series_versions

Weights = dict[str, int]  # by ticker, 10^-12

ETF, INDEX, ACTIVE = "ETF", "INDEX", "ACTIVE"
EQUITY_MIX = {"US_LG": 22, "US_LV": 20, "US_MG": 5, "US_MV": 5, "US_SG": 4, "US_SV": 4, "US_REIT": 3, "DM_XUS": 25,
              "EM_EQ": 10, "COMDTY": 2}  # fmt: skip
BOND_MIX = {"US_ST_CORE": 10, "US_IT_CORE": 45, "US_LT_CORE": 10, "US_HY": 8, "GLB_XUS_GOV": 10, "EM_SOV": 5,
            "US_ST_TIPS": 7, "US_LT_TIPS": 5}  # fmt: skip
DEFENSIVE_MIX = {"US_IT_CORE": 50, "US_ST_TIPS": 20, "US_ST_CORE": 30}
CASH_SHARE = 2  # percent that every model leaves in cash
VINTAGES_AHEAD = (10, 20, 30, 40)  # years to the target dates, rounded to five
LARGE_HOLDINGS = 4  # of a model, each of more than six percent: what managers lean between
SESSIONS_BETWEEN_CHANGES = (180, 320)  # how long a manager leaves a model alone


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What models.csv says of a model."""

    model: str
    name: str
    manager: str
    series: str
    vintage: str
    style: str


@dataclass(frozen=True, slots=True)
class SimulatedMarket:
    """The market, the facts of its models in the order of their tickers, and each class's fund by role.

    ``series`` make the versions of their models by themselves, in a ledger as in the market's own versions.
    """

    market: ModelMarket
    models: tuple[ModelFacts, ...]
    funds: Mapping[tuple[str, str], str]
    series: tuple[DatedSeries, ...]


def simulated_market(
    sessions: Column, seed: int, settings: MarketSettings | None = None, before: int | None = None
) -> SimulatedMarket:
    """Return the platform over ``sessions`` (at least two). Securities are numbered in the order of their tickers.

    ``before`` is the session before the first, on which a tactical series decides its first version.
    """
    rng = np.random.default_rng(seed)
    funds, universe = _funds(seeded_universe(PLATFORM_SIZE, rng))
    listings = list(universe.values())
    number = {one.ticker: at for at, one in enumerate(listings, start=1)}
    history = seeded_market(listings, sessions, default_markets(), rng, settings or MarketSettings(split_above=75.0))
    versions, facts = dict[str, tuple[TargetVersion, ...]](), list[ModelFacts]()
    for ticker, name, manager, style, equity, roles in _MANAGED:
        versions[ticker] = _managed(ticker, _mix(funds, equity, roles), sessions, rng)
        facts.append(ModelFacts(ticker, name, manager, "", "", style))
    series = (_target_dates(funds, sessions), _tactical(funds, sessions))
    for one, manager, style in zip(series, ("Platform", "Rowan Managers"), ("Target date", "Tactical"), strict=True):
        drafts = series_versions(one.series, history, {**number, CASH_TICKER: 0}, one.rule, before).drafts
        for vintage, ticker in one.series.models.items():
            versions[ticker] = tuple(draft for draft in drafts if draft.model == ticker)
            facts.append(ModelFacts(ticker, f"{style} {vintage}", manager, one.series.name, str(vintage), style))
    market = ModelMarket(history, universe, number, versions)
    return SimulatedMarket(market, tuple(sorted(facts, key=lambda one: one.model)), funds, series)


_MANAGED = (
    ("SIMCON", "Conservative ETF Model", "Platform", "Conservative", 30, (ETF, ETF)),
    ("SIMMOD", "Moderate ETF Model", "Platform", "Moderate", 60, (ETF, ETF)),
    ("SIMGRO", "Growth ETF Model", "Platform", "Growth", 85, (ETF, ETF)),
    ("SIMFND", "Balanced Fund Model", "Linden Advisors", "Moderate", 60, (INDEX, INDEX)),
    ("SIMMIX", "Active Growth Model", "Rowan Managers", "Growth", 75, (ACTIVE, ETF)),
)


def _funds(platform: Universe) -> tuple[dict[tuple[str, str], str], dict[str, Listing]]:
    """The fund of each class and role, and all of them by ticker: the cheapest ETF and fund, and a dear fund."""
    funds = {}
    for asset_class in NINETEEN:
        code = asset_class.code
        open_ones = [one for one in platform.values() if one.asset_class == code and one.status is SecurityStatus.OPEN]
        by_cost = sorted(open_ones, key=lambda one: (one.expense_ratio, one.ticker))
        etfs, mutual = ([one for one in by_cost if (one.kind == "ETF") is wanted] for wanted in (True, False))
        chosen = {ETF: etfs[0], INDEX: mutual[0], ACTIVE: mutual[2 * len(mutual) // 3]}
        funds.update({(code, role): one.ticker for role, one in chosen.items()})
    return funds, {ticker: platform[ticker] for ticker in sorted(funds.values())}


def _mix(funds: Mapping[tuple[str, str], str], equity: int, roles: tuple[str, str]) -> Weights:
    """Weights of a model with so many percent in equity, cash included, in six decimals."""
    parts = {CASH_TICKER: CASH_SHARE * 100 * 100}
    for mix, percent, role in ((EQUITY_MIX, equity, roles[0]), (BOND_MIX, 100 - equity, roles[1])):
        parts |= {funds[code, role]: share * percent * (100 - CASH_SHARE) for code, share in mix.items() if percent}
    given = allocate(WEIGHT_ONE, np.array(list(parts.values()), np.int64), step=WEIGHT_STEP)
    return dict(zip(parts, given.tolist(), strict=True))


def _managed(model: str, base: Weights, sessions: Column, rng: np.random.Generator) -> tuple[TargetVersion, ...]:
    """A model whose manager now and then leans two to six points from one of its large holdings to another."""
    versions = [TargetVersion(model, 1, date_of(int(sessions[0])), weights_from(base))]
    names = sorted(base.keys() - {CASH_TICKER}, key=lambda name: (-base[name], name))
    at = int(rng.integers(*SESSIONS_BETWEEN_CHANGES))
    while at < sessions.size - 1:
        source, target = rng.permutation(LARGE_HOLDINGS)[:2].tolist()
        moved = int(rng.integers(2, 7)) * 10**10
        leant = {names[source]: base[names[source]] - moved, names[target]: base[names[target]] + moved}
        weights = weights_from({**base, **leant})
        if weights != versions[-1].weights:
            versions.append(TargetVersion(model, len(versions) + 1, date_of(int(sessions[at])), weights))
        at += int(rng.integers(*SESSIONS_BETWEEN_CHANGES))
    return tuple(versions)


def _path(funds: Mapping[tuple[str, str], str]) -> GlidePath:
    """Nine tenths in equity forty years ahead, three tenths ten years after the target date."""
    points = ((480, 90), (300, 85), (0, 45), (-120, 30))
    return GlidePath(tuple(GlidePoint(months, _mix(funds, equity, (INDEX, INDEX))) for months, equity in points))


def _target_dates(funds: Mapping[tuple[str, str], str], sessions: Column) -> DatedSeries:
    year = date_of(int(sessions[0])).year
    vintages = {(year + ahead) // 5 * 5: f"SIM{(year + ahead) // 5 * 5}" for ahead in VINTAGES_AHEAD}
    return DatedSeries(TargetDateSeries("Simulated Target Date", _path(funds), vintages, frozenset({1})), None)


def _tactical(funds: Mapping[tuple[str, str], str], sessions: Column) -> DatedSeries:
    """One vintage whose equity falls by up to thirty points when its trend turns down."""
    vintage = (date_of(int(sessions[0])).year + 20) // 5 * 5
    parts = {funds[code, INDEX]: share for code, share in DEFENSIVE_MIX.items()}
    given = allocate(WEIGHT_ONE, np.array(list(parts.values()), np.int64), step=WEIGHT_STEP).tolist()
    rule = TacticalRule(
        equity=frozenset(funds[code, INDEX] for code in EQUITY_MIX),
        window_sessions=200,
        fall_max=30 * 10**10,
        rise_max=5 * 10**10,
        defensive=GlidePath((GlidePoint(0, dict(zip(parts, given, strict=True))),)),
        move_min=3 * 10**10,
    )
    models = {vintage: f"SIMT{vintage}"}
    return DatedSeries(TargetDateSeries("Simulated Tactical", _path(funds), models, frozenset({1})), rule)
