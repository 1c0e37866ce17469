"""Complete, correct facts to be spoiled one field at a time by the tests: a model with eleven years, and a plan."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import numpy as np

from modelx.disclosure.balances import FundHolding
from modelx.disclosure.benchmark import Benchmark, IndexKind
from modelx.disclosure.categories import allocation_category
from modelx.disclosure.expenses import FeeGroup, InUnitFee, OperatingExpenses, Waiver, actual_expenses
from modelx.disclosure.figures import RATE
from modelx.disclosure.option import (
    AssetKind,
    Contact,
    FixedReturn,
    Footnote,
    HeldFund,
    OptionFacts,
    PlanFacts,
    Profile,
    ReturnType,
    ShareholderFee,
    Slice,
)
from modelx.disclosure.option_facts import OptionValues, PageFacts, option_facts
from modelx.disclosure.performance import ValueSeries
from modelx.disclosure.periods import FiscalYear
from modelx.disclosure.turnover import Turnover
from modelx.domain.days import day_of

AS_OF, DATED, QUARTER = date(2025, 12, 31), date(2026, 11, 20), date(2026, 9, 30)
YEAR_2025 = FiscalYear(date(2025, 1, 1), AS_OF)


FIRST = date(2012, 12, 31)
DAYS = np.arange(day_of(FIRST), day_of(QUARTER) + 1)
DAYS = DAYS[(DAYS + 3) % 7 < 5]
CHANCE = np.random.default_rng(23)
STOCK_STEPS, BOND_STEPS = CHANCE.normal(0.0004, 0.0085, DAYS.size), CHANCE.normal(0.00011, 0.0022, DAYS.size)


def mixed(equity_bps: int, fee: float, first: date) -> ValueSeries:
    """Unit values of a seeded, synthetic mix of stocks and bonds from ``first``, a weekday, at 10.000000."""
    share = equity_bps / 10_000
    moves = (share * STOCK_STEPS + (1 - share) * BOND_STEPS - fee / 261)[day_of(first) <= DAYS]
    moves[0] = 0
    return ValueSeries(DAYS[day_of(first) <= DAYS], np.rint(10e6 * np.exp(moves.cumsum())).astype(np.int64))


STRATEGIES = (
    "Holds index funds of United States and foreign stocks and of investment-grade bonds. The manager sets the target "
    "weights, and the custodian brings the holdings back to them each quarter."
)
RISKS = (
    "Stock prices can fall sharply and stay low for years. Bond prices fall when interest rates rise. Foreign holdings "
    "lose value when the dollar gains. You could lose money."
)
STOCKS = Benchmark("WORLD", "Global All-Stock Index", "Indexer", IndexKind.BROAD)
STOCK_LEVELS = mixed(10_000, 0.0, FIRST)


def expenses(scale: int = 1) -> OperatingExpenses:
    fees = [
        InUnitFee("MGR", "Investment manager", FeeGroup.MANAGEMENT, 39_249_380_000 * scale),
        InUnitFee("PLAT", "Custody and unit accounting", FeeGroup.OTHER, 14_718_520_000),
        InUnitFee("ADM", "Administration", FeeGroup.OTHER, 5_000_000_000),
    ]
    holdings = [
        FundHolding("TOTUS", "Total US Stock Fund", RATE * 4 // 10_000, 5_900_000 * 10**6 * 365, 365),
        FundHolding("INTLX", "International Stock Fund", RATE * 35 // 10_000, 2_400_000 * 10**6 * 365, 365),
        FundHolding("BONDX", "Core Bond Fund", RATE * 52 // 10_000, 1_400_000 * 10**6 * 184, 184),
    ]
    waivers = [Waiver("MGR", 8_000 * 10**6, date(2027, 4, 30))] if scale == 1 else []
    return actual_expenses(fees, holdings, Fraction(9_812_345_670_000), YEAR_2025, waivers, Fraction("0.0080"))


PARTS = (
    ("United States stocks", AssetKind.EQUITY, "TOTUS", "Total US Stock Fund"),
    ("Foreign stocks", AssetKind.EQUITY, "INTLX", "International Stock Fund"),
    ("Investment-grade bonds", AssetKind.FIXED, "BONDX", "Core Bond Fund"),
    ("Cash", AssetKind.CASH, "CASH", "Cash"),
)


def profile(key: str, name: str, category: str, group: str, slug: str) -> Profile:
    return Profile(
        key=key,
        name=name,
        group=group,
        category=category,
        return_type=ReturnType.VARIABLE,
        issuer="Harbor Trust Company",
        manager="Northfield Advisers LLC",
        objective="Growth of capital over ten years or more, with some income.",
        strategies=STRATEGIES,
        risks=RISKS,
        web_address=f"https://notices.example.com/acme/{slug}/",
        shareholder_fees=(),
        restrictions=(),
        affiliates=frozenset({"Harbor Trust Company", "Northfield Advisers LLC"}),
        unitized=True,
    )


def option(
    key: str = "ACME/GROW/A",
    name: str = "Northfield Growth Model",
    mix: tuple[int, int, int, int] = (5_500, 2_500, 1_800, 200),
    first: date = date(2014, 12, 31),
) -> OptionFacts:
    equity = mix[0] + mix[1]
    page = PageFacts(
        turnover=Turnover(3_120_000 * 10**6, 2_214_500 * 10**6, Fraction(9_616_923_076_923), 12),
        allocation=tuple(Slice(label, kind, weight) for (label, kind, _, _), weight in zip(PARTS, mix, strict=True)),
        holdings=tuple(
            HeldFund(ticker, fund, label, weight + shift, 98_123_457 * (weight + shift) // 1_000)
            for (label, _, ticker, fund), weight, shift in zip(PARTS, mix, (12, -22, 9, 1), strict=True)
        ),
        holdings_date=QUARTER,
    )
    slug = key.lower().replace("/", "-")
    return option_facts(
        profile(key, name, allocation_category(equity), "Model portfolios", slug),
        values(equity, first),
        expenses(),
        page,
        AS_OF,
        QUARTER,
        (Footnote(date(2021, 7, 1), "The share of foreign stocks was raised from 20% to 25%."),),
    )


def values(equity_bps: int, first: date) -> OptionValues:
    return OptionValues(first, mixed(equity_bps, 0.0075, first), STOCKS, STOCK_LEVELS)


def fixed_option() -> OptionFacts:
    words = profile("STABLE", "Guaranteed Income Account", "Fixed return", "Fixed return", "stable")
    words = replace(
        words,
        return_type=ReturnType.FIXED,
        unitized=False,
        shareholder_fees=(ShareholderFee("Early withdrawal charge", "on money moved within a year", percent_bps=100),),
        restrictions=("Money moved out may not go to a competing option for 90 days.",),
    )
    rate = FixedReturn(275, "Through December 31, 2026", True, 100, "Call 800-555-0134 or see the web address.")
    return OptionFacts(words, date(2010, 1, 4), fixed=rate)


def plan() -> PlanFacts:
    return PlanFacts(
        plan="ACME",
        name="Acme Tool & Die 401(k) Plan",
        document_date=DATED,
        as_of=AS_OF,
        contact=Contact("Acme Benefits Office", "100 Foundry Road, Dayton, OH 45402", "937-555-0188"),
        options=(
            option(),
            option("ACME/BAL/A", "Northfield Balanced Model", (4_000, 2_000, 3_700, 300), date(2023, 3, 15)),
            option("ACME/CONS/A", "Northfield Conservative Model", (2_500, 1_300, 5_700, 500), date(2025, 5, 1)),
            fixed_option(),
        ),
    )  # fmt: skip
