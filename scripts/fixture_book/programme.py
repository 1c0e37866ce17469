"""Who is in the book: models and their targets, plans and their sleeves, fees, overrides. All names are invented."""

from dataclasses import dataclass, field
from datetime import date

OPENING, CORRECTION, REST = "01_opening", "02_correction", "03_rest"
LAST_OPENING_DAY = date(2026, 11, 18)


@dataclass(frozen=True)
class Model:
    """One line of models.csv and its dated target weights (security or CASH -> part of 1)."""

    ticker: str
    name: str
    manager: str
    series: str
    vintage: str
    style: str
    benchmark: str
    objective: str
    strategy: str
    risks: str
    targets: dict[date, dict[str, str]] = field(hash=False)


@dataclass(frozen=True)
class Plan:
    """One line of plans.csv."""

    code: str
    name: str
    sponsor: str
    kind: str
    recordkeeper: str
    advisor: str
    year_end: str
    folder: str = OPENING


@dataclass(frozen=True)
class SleeveTerms:
    """One line of sleeves.csv, and the dollars that arrive on its first night."""

    plan: str
    model: str
    start: date
    conversion: int
    rebalance: str = "NONE"
    folder: str = OPENING


@dataclass(frozen=True)
class Fee:
    """One line of fees.csv. Blank plan or model means all."""

    plan: str
    model: str
    payee: str
    kind: str
    rate: str = ""
    tiers: str = ""
    start: date | None = None
    end: date | None = None
    paid_from: str = "unit_value"
    method: str = ""
    aggregate: str = ""
    waives: str = ""
    folder: str = OPENING


@dataclass(frozen=True)
class Override:
    """One line of overrides.csv."""

    plan: str
    model: str
    kind: str
    ticker: str
    to_ticker: str = ""
    weight: str = ""
    exclude_to: str = ""
    start: date | None = None
    end: date | None = None
    on_expiry: str = ""
    reason: str = ""


D8 = date(2026, 10, 8)
RISK_NOTE = "Share prices fall as well as rise; bonds lose value when interest rates rise; no result is promised."
CEDARLINE, NORTHMERE, TARNHOLLOW = "Cedarline Portfolio Partners", "Northmere Capital Trust", "Tarnhollow Global"
ALDER, BRACKEN, QUAY = "ALDERFINCH", "BRACKENRDG", "QUAYSIDE"

MODELS: tuple[Model, ...] = (
    Model(
        "CDLCON", "Cedarline Conservative", CEDARLINE, "Cedarline Risk", "", "Conservative", "WIC-BOND",
        "Income with modest growth and small losses in a bad year.",
        "About 60 % bonds and 40 % shares, all in exchange-traded funds.", RISK_NOTE,
        {D8: {"SZQB": "0.45", "SZQL": "0.13", "SZQT": "0.20", "SZQV": "0.08", "SZQD": "0.09", "SZQC": "0.03",
              "CASH": "0.02"}},
    ),
    Model(
        "CDLMOD", "Cedarline Moderate", CEDARLINE, "Cedarline Risk", "", "Moderate", "WIC-WORLD",
        "Growth with some income over a market cycle.",
        "About 60 % shares and 40 % bonds, all in exchange-traded funds.", RISK_NOTE,
        {D8: {"SZQT": "0.28", "SZQG": "0.10", "SZQV": "0.08", "SZQD": "0.13", "SZQC": "0.03", "SZQB": "0.28",
              "SZQL": "0.08", "CASH": "0.02"},
         date(2026, 12, 9): {"SZQT": "0.28", "SZQG": "0.06", "SZQV": "0.12", "SZQD": "0.16", "SZQB": "0.28",
                             "SZQL": "0.08", "CASH": "0.02"}},
    ),
    Model(
        "CDLGRO", "Cedarline Growth", CEDARLINE, "Cedarline Risk", "", "Growth", "WIC-WORLD",
        "Long-term growth.", "About 90 % shares and 10 % bonds, all in exchange-traded funds.", RISK_NOTE,
        {D8: {"SZQT": "0.34", "SZQG": "0.16", "SZQS": "0.09", "SZQD": "0.20", "SZQE": "0.07", "SZQC": "0.03",
              "SZQB": "0.09", "CASH": "0.02"}},
    ),
    Model(
        "NMTD35", "Northmere Target 2035", NORTHMERE, "Northmere Target", "2035", "Target date", "WIC-WORLD",
        "Growth for people who retire about 2035, with less risk each year.",
        "Index funds along a glide path; about 63 % shares today.", RISK_NOTE,
        {D8: {"HZQTX": "0.38", "HZQIX": "0.20", "HZQEX": "0.05", "HZQBX": "0.23", "HZQPX": "0.06", "BZQCX": "0.06",
              "CASH": "0.02"}},
    ),
    Model(
        "NMTD55", "Northmere Target 2055", NORTHMERE, "Northmere Target", "2055", "Target date", "WIC-WORLD",
        "Growth for people who retire about 2055, with less risk as the date comes near.",
        "Index funds and a collective trust along a glide path; about 94 % shares today.", RISK_NOTE,
        {D8: {"HZQTX": "0.50", "HZQIX": "0.25", "LQNICT": "0.06", "HZQEX": "0.08", "HZQSX": "0.05", "HZQBX": "0.04",
              "CASH": "0.02"}},
    ),
    Model(
        "AFINCM", "Alder & Finch Income", "Alder & Finch Retirement Advisors", "", "", "Income", "WIC-BOND",
        "Steady income with low volatility.", "Mutual funds only: bonds, dividend-paying shares, real estate.",
        RISK_NOTE,
        {D8: {"BZQCX": "0.28", "BZQMX": "0.16", "BZQHX": "0.12", "BZQNX": "0.10", "BZQDX": "0.06", "BZQVX": "0.14",
              "HZQRX": "0.06", "HZQXX": "0.06", "CASH": "0.02"}},
    ),
    Model(
        "THGLEQ", "Tarnhollow Global Equity", TARNHOLLOW, "", "", "Global equity", "WIC-WORLD",
        "Growth from shares the world over.", "Exchange-traded funds only; about a third outside the US.", RISK_NOTE,
        {D8: {"SZQT": "0.30", "SZQG": "0.10", "SZQV": "0.10", "SZQM": "0.08", "SZQS": "0.06", "SZQD": "0.24",
              "SZQE": "0.10", "CASH": "0.02"}},
    ),
    Model(
        "BRBALN", "Brackenridge Balanced", "Brackenridge Fiduciary Group", "", "", "Balanced", "WIC-WORLD",
        "Growth and income in one fund line.",
        "Index and active funds, exchange-traded funds and a collective trust; about 62 % shares.", RISK_NOTE,
        {D8: {"HZQLX": "0.22", "BZQGX": "0.08", "BZQSX": "0.07", "HZQMX": "0.06", "LQNICT": "0.08", "BZQFX": "0.04",
              "SZQE": "0.04", "HZQRX": "0.03", "SZQB": "0.22", "BZQCX": "0.14", "CASH": "0.02"}},
    ),
)  # fmt: skip

RECORDKEEPERS = ("BLUEHERON", "KEYSTREAM", "TRELLIS")

PLANS: tuple[Plan, ...] = (
    Plan("HALVORSEN", "Halvorsen Marine Works 401(k) Plan", "Halvorsen Marine Works", "401k", "TRELLIS", ALDER,
         "12-31"),
    Plan("BRTPRAIRIE", "Bright Prairie Dairy Savings Plan", "Bright Prairie Dairy Cooperative", "401k", "TRELLIS",
         ALDER, "12-31"),
    Plan("TAMSINOAKE", "Tamsin & Oake 401(k) Plan", "Tamsin & Oake Architects", "401k", "TRELLIS", BRACKEN, "06-30"),
    Plan("CORVANE", "Corvane Robotics Retirement Plan", "Corvane Robotics", "401k", "TRELLIS", QUAY, "12-31"),
    Plan("PELICANRDG", "Pelican Ridge Eye Clinic 401(k) Plan", "Pelican Ridge Eye Clinic", "401k", "BLUEHERON",
         BRACKEN, "12-31"),
    Plan("WEXCOMBE", "Wexcombe County Utilities Plan", "Wexcombe County Utilities", "401a", "BLUEHERON", ALDER,
         "06-30"),
    Plan("MIRABEL", "Mirabel Textile Printers 401(k) Plan", "Mirabel Textile Printers", "401k", "BLUEHERON", QUAY,
         "12-31"),
    Plan("JUNIPERST", "Juniper Street Brewing Savings Plan", "Juniper Street Brewing", "401k", "BLUEHERON", QUAY,
         "12-31"),
    Plan("OSTRANDER", "Ostrander Freight 401(k) Plan", "Ostrander Freight Lines", "401k", "KEYSTREAM", BRACKEN,
         "12-31"),
    Plan("KESTRELBAY", "Kestrel Bay Dental Group Plan", "Kestrel Bay Dental Group", "401k", "KEYSTREAM", BRACKEN,
         "12-31"),
    Plan("LINDQVIST", "Lindqvist Tool & Die 401(k) Plan", "Lindqvist Tool & Die", "401k", "KEYSTREAM", ALDER, "09-30"),
    Plan("SABLECREEK", "Sable Creek School Foods Plan", "Sable Creek School Foods", "401k", "KEYSTREAM", QUAY, "12-31",
         REST),
)  # fmt: skip
RECORDKEEPER_OF = {plan.code: plan.recordkeeper for plan in PLANS}

SLEEVES: tuple[SleeveTerms, ...] = (
    SleeveTerms("HALVORSEN", "CDLMOD", D8, 2_860_000, "QUARTERLY"),
    SleeveTerms("HALVORSEN", "CDLGRO", D8, 1_945_000, "QUARTERLY"),
    SleeveTerms("HALVORSEN", "NMTD35", D8, 1_180_000),
    SleeveTerms("BRTPRAIRIE", "AFINCM", D8, 640_000),
    SleeveTerms("BRTPRAIRIE", "CDLCON", D8, 415_000),
    SleeveTerms("TAMSINOAKE", "BRBALN", D8, 1_320_000),
    SleeveTerms("TAMSINOAKE", "NMTD55", date(2026, 10, 9), 905_000),
    SleeveTerms("CORVANE", "THGLEQ", date(2026, 10, 9), 2_210_000),
    SleeveTerms("CORVANE", "NMTD55", date(2026, 10, 9), 1_475_000),
    SleeveTerms("PELICANRDG", "BRBALN", D8, 780_000),
    SleeveTerms("PELICANRDG", "CDLGRO", date(2026, 10, 13), 525_000),
    SleeveTerms("WEXCOMBE", "AFINCM", D8, 3_050_000),
    SleeveTerms("WEXCOMBE", "NMTD35", date(2026, 10, 13), 2_490_000),
    SleeveTerms("MIRABEL", "CDLCON", D8, 148_000),
    SleeveTerms("MIRABEL", "CDLMOD", date(2026, 10, 12), 590_000),
    SleeveTerms("JUNIPERST", "THGLEQ", date(2026, 10, 12), 345_000),
    SleeveTerms("OSTRANDER", "BRBALN", D8, 1_640_000, "QUARTERLY"),
    SleeveTerms("OSTRANDER", "CDLGRO", date(2026, 10, 9), 870_000),
    SleeveTerms("KESTRELBAY", "BRBALN", date(2026, 10, 9), 455_000),
    SleeveTerms("KESTRELBAY", "THGLEQ", date(2026, 10, 14), 730_000, "QUARTERLY"),
    SleeveTerms("KESTRELBAY", "NMTD55", date(2026, 10, 14), 385_000),
    SleeveTerms("LINDQVIST", "AFINCM", D8, 960_000),
    SleeveTerms("LINDQVIST", "CDLMOD", date(2026, 11, 3), 1_120_000),
    SleeveTerms("SABLECREEK", "NMTD35", date(2026, 12, 2), 575_000, folder=REST),
)

# The plan that leaves a model: everything is sold, then one redemption of all units.
LEAVING = ("MIRABEL", "CDLCON")
LEAVING_SALE = date(2026, 12, 14)
LEAVING_REDEMPTION = date(2026, 12, 15)

FEES: tuple[Fee, ...] = (
    Fee("", "", "IRONVALE", "PLATFORM", "0.00035"),
    Fee("HALVORSEN", "", ALDER, "ADVISOR", tiers="0.0050@1000000;0.0035@5000000;0.0025", method="GRADUATED",
        aggregate="PLAN"),
    Fee("BRTPRAIRIE", "", ALDER, "ADVISOR", "0.0035", paid_from="account"),
    Fee("WEXCOMBE", "", ALDER, "ADVISOR", tiers="0.0040@2000000;0.0030@4000000;0.0020", method="CLIFF",
        aggregate="SLEEVE"),
    Fee("LINDQVIST", "", ALDER, "ADVISOR", "0.0040"),
    Fee("TAMSINOAKE", "", BRACKEN, "ADVISOR", "0.0045"),
    Fee("PELICANRDG", "", BRACKEN, "ADVISOR", "0.0050"),
    Fee("OSTRANDER", "", BRACKEN, "ADVISOR", "0.0040"),
    Fee("KESTRELBAY", "", BRACKEN, "ADVISOR", "0.0050"),
    Fee("CORVANE", "", QUAY, "ADVISOR", "0.0025"),
    Fee("MIRABEL", "", QUAY, "ADVISOR", "0.0030"),
    Fee("JUNIPERST", "", QUAY, "ADVISOR", "0.0045"),
    Fee("SABLECREEK", "", QUAY, "ADVISOR", "0.0035", folder=REST),
    Fee("", "CDLCON", "CEDARLINE", "MANAGER", "0.0012"),
    Fee("", "CDLMOD", "CEDARLINE", "MANAGER", "0.0012"),
    Fee("", "CDLGRO", "CEDARLINE", "MANAGER", "0.0012"),
    Fee("", "NMTD35", "NORTHMERE", "MANAGER", "0.0008"),
    Fee("", "NMTD55", "NORTHMERE", "MANAGER", "0.0008"),
    Fee("", "THGLEQ", "TARNHOLLOW", "MANAGER", "0.0018"),
    Fee("KESTRELBAY", "THGLEQ", "TARNHOLLOW", "MANAGER", "0.0015"),
    Fee("CORVANE", "NMTD55", "NORTHMERE-WAIVER", "MANAGER", "0.0003", end=date(2026, 12, 31), waives="NORTHMERE"),
    Fee("MIRABEL", "", QUAY, "ADVISOR", "0.0025", start=date(2026, 12, 1), folder=REST),
)  # fmt: skip

OVERRIDES: tuple[Override, ...] = (
    Override("PELICANRDG", "BRBALN", "SUBSTITUTE", "BZQSX", to_ticker="HZQSX", start=D8,
             reason="Committee prefers an index fund for small companies"),
    Override("OSTRANDER", "CDLGRO", "EXCLUDE", "SZQC", exclude_to="PRORATA", start=date(2026, 10, 9),
             reason="Plan policy: no commodities"),
    Override("LINDQVIST", "AFINCM", "SET_WEIGHT", "HZQXX", weight="0.12", start=D8, end=date(2026, 11, 30),
             on_expiry="REVERT", reason="Extra liquidity until the plant closing payments are made"),
)  # fmt: skip


def effective_targets(plan: str, model: str, day: date) -> dict[str, float]:
    """Weights in force without CASH, overrides applied in their order (the desk's view: floats suffice)."""
    versions = next(one for one in MODELS if one.ticker == model).targets
    live = max(start for start in versions if start <= day)
    weights: dict[str, float] = {name: float(weight) for name, weight in versions[live].items() if name != "CASH"}
    invested = 1.0 - float(versions[live].get("CASH", "0"))
    rules = [
        rule
        for rule in OVERRIDES
        if (rule.plan, rule.model) == (plan, model)
        and (rule.start is None or rule.start <= day)
        and (rule.end is None or day <= rule.end)
    ]
    for rule in rules:
        if rule.kind == "SUBSTITUTE":
            weights[rule.to_ticker] = weights.get(rule.to_ticker, 0.0) + weights.pop(rule.ticker)
        elif rule.kind == "EXCLUDE":
            freed = weights.pop(rule.ticker)
            weights = {name: weight * invested / (invested - freed) for name, weight in weights.items()}
        elif rule.kind == "SET_WEIGHT":
            fixed = float(rule.weight)
            rest = invested - weights[rule.ticker]
            weights = {
                name: fixed if name == rule.ticker else weight * (invested - fixed) / rest
                for name, weight in weights.items()
            }
    return weights
