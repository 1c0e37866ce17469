"""Prices, distributions, the split, the mistaken price, and benchmark levels.

Daily returns come from eight factors shared by all asset classes, so that stocks move together, growth leans
against value, bonds follow one rate, and small differences remain. A price falls by its distribution on the
ex-date and divides on the split date: total return, never price, is what is drawn.
"""

from dataclasses import dataclass
from datetime import date

from .dice import Dice
from .securities import ASSET_CLASSES, SECURITIES, Security
from .sessions import SESSIONS, next_session

BAD_PRICE_TICKER = "BZQSX"
BAD_PRICE_DATE = date(2026, 11, 17)
SPLIT_TICKER = "SZQG"
SPLIT_DATE = date(2026, 11, 9)

# Daily standard deviation and drift of each factor, in parts of 1.
FACTORS = {
    "equity": (0.0075, 0.00045),
    "value": (0.0028, 0.0),
    "size": (0.0032, 0.0),
    "abroad": (0.0036, 0.00005),
    "emerging": (0.0042, 0.00005),
    "rates": (0.0021, 0.00014),
    "credit": (0.0015, 0.00006),
    "commodity": (0.0068, 0.0),
}
LOADINGS = {
    "US_LG": {"equity": 1.06, "value": -1.0},
    "US_LV": {"equity": 0.92, "value": 1.0},
    "US_MG": {"equity": 1.08, "value": -0.8, "size": 0.5},
    "US_MV": {"equity": 0.98, "value": 0.8, "size": 0.5},
    "US_SG": {"equity": 1.14, "value": -0.7, "size": 1.0},
    "US_SV": {"equity": 1.02, "value": 0.9, "size": 1.0},
    "US_REIT": {"equity": 0.84, "value": 0.4, "size": 0.3, "rates": 0.6},
    "DM_XUS": {"equity": 0.78, "abroad": 1.0},
    "EM_EQ": {"equity": 0.74, "abroad": 0.6, "emerging": 1.0},
    "US_ST_CORE": {"rates": 0.35},
    "US_IT_CORE": {"rates": 1.0},
    "US_LT_CORE": {"rates": 2.0, "credit": 0.2},
    "US_HY": {"equity": 0.20, "rates": 0.3, "credit": 1.0},
    "GLB_XUS_GOV": {"rates": 0.8, "abroad": 0.35},
    "EM_SOV": {"rates": 0.8, "credit": 0.7, "emerging": 0.2},
    "COMDTY": {"equity": 0.2, "commodity": 1.0},
    "US_ST_TIPS": {"rates": 0.35, "commodity": 0.04},
    "US_LT_TIPS": {"rates": 1.9},
    "CASH": {},
}
OWN_DEVIATION = {"EQUITY": 0.0007, "FIXED": 0.0002}

MONTHLY_EX = {"HZQBX", "BZQCX", "BZQHX", "BZQNX", "BZQMX", "BZQDX"}
ANNUAL_YIELD = {
    "US_LG": 0.006, "US_LV": 0.024, "US_MG": 0.007, "US_SV": 0.019, "US_REIT": 0.039, "DM_XUS": 0.029,
    "EM_EQ": 0.026, "US_ST_CORE": 0.041, "US_IT_CORE": 0.044, "US_LT_CORE": 0.047, "US_HY": 0.068,
    "GLB_XUS_GOV": 0.031, "EM_SOV": 0.064, "US_ST_TIPS": 0.036,
}  # fmt: skip
SZQB_MONTHLY = {
    date(2026, 11, 2): date(2026, 11, 6),
    date(2026, 12, 1): date(2026, 12, 7),
    date(2027, 1, 4): date(2027, 1, 8),
}
# The first pay date is Veterans Day: the market is open, the banks are not, the money comes a day later.
SZQL_MONTHLY = {date(2026, 11, 5): date(2026, 11, 11), date(2026, 12, 3): date(2026, 12, 8)}
CAPITAL_GAIN = {"BZQGX": 0.048, "BZQVX": 0.026, "BZQSX": 0.031, "BZQFX": 0.019}


@dataclass(frozen=True)
class Distribution:
    """One line of distributions.csv; the rate in ten-thousandths of a dollar a share."""

    ticker: str
    ex_date: date
    pay_date: date
    kind: str
    rate: int
    reinvest: bool
    state_price: bool = False


@dataclass(frozen=True)
class Benchmark:
    """An invented index and its make-up by asset class (BROAD) or by index (BLEND)."""

    code: str
    name: str
    kind: str
    mix: dict[str, float]


INDEX_ADMINISTRATOR = "Westering Index Company"
BENCHMARKS = (
    Benchmark(
        "WIC-US", "Westering US All Cap Index", "BROAD",
        {"US_LG": 0.40, "US_LV": 0.36, "US_MG": 0.08, "US_MV": 0.08, "US_SG": 0.04, "US_SV": 0.04},
    ),
    Benchmark("WIC-WORLD", "Westering World Equity Index", "BROAD",
              {"US_LG": 0.33, "US_LV": 0.27, "DM_XUS": 0.29, "EM_EQ": 0.11}),
    Benchmark("WIC-BOND", "Westering US Aggregate Bond Index", "BROAD",
              {"US_IT_CORE": 0.62, "US_ST_CORE": 0.22, "US_LT_CORE": 0.16}),
    Benchmark("WIC-6040", "Westering 60/40 Blend", "BLEND", {"WIC-WORLD": 0.60, "WIC-BOND": 0.40}),
    Benchmark("WIC-3565", "Westering 35/65 Blend", "BLEND", {"WIC-WORLD": 0.35, "WIC-BOND": 0.65}),
)  # fmt: skip


class Market:
    """All market data of the window. Quotes are whole units of 10^-8 dollars."""

    def __init__(self, seed: int) -> None:
        self.class_returns = _class_returns(Dice(seed, "classes"))
        self.distributions: list[Distribution] = []
        self.quotes: dict[tuple[date, str], int] = {}
        dice = Dice(seed, "tracking")
        for security in SECURITIES:
            self._walk(security, dice)
        self.levels = self._benchmark_levels()

    def quote(self, day: date, ticker: str) -> int:
        """The true price (the mistaken one is only ever in the first file)."""
        return self.quotes[day, ticker]

    def mistaken_quote(self) -> int:
        """The price as keyed on the bad night: the first two digits of the dollars exchanged."""
        text = str(self.quotes[BAD_PRICE_DATE, BAD_PRICE_TICKER]).rjust(10, "0")
        return int(text[1] + text[0] + text[2:])

    def _walk(self, security: Security, dice: Dice) -> None:
        price = security.opening
        for number, day in enumerate(SESSIONS):
            if number:
                price *= 1 + self._total_return(security, number, dice)
            for row in _distributions_on(security, day, price):
                self.distributions.append(row)
                price -= row.rate / 10_000
            if security.ticker == SPLIT_TICKER and day == SPLIT_DATE:
                price /= 2
            steps = 10**security.quoted_dp
            self.quotes[day, security.ticker] = int(price * steps + 0.5) * (10**8 // steps)

    def _total_return(self, security: Security, number: int, dice: Dice) -> float:
        if security.kind == "MMF":
            return 0.0
        total = 0.0
        for asset_class, weight in security.exposures.items():
            total += float(weight) * self.class_returns[asset_class][number]
        return total + security.tracking * dice.normal() - float(security.expense_pct) / 100 / 252

    def _benchmark_levels(self) -> dict[str, list[float]]:
        returns: dict[str, list[float]] = dict(self.class_returns)
        levels: dict[str, list[float]] = {}
        for benchmark in BENCHMARKS:
            mixed = [0.0] * len(SESSIONS)
            for part, weight in benchmark.mix.items():
                mixed = [have + weight * one for have, one in zip(mixed, returns[part], strict=True)]
            returns[benchmark.code] = mixed
            level, path = 1000.0, []
            for one in mixed:
                level *= 1 + one
                path.append(level)
            levels[benchmark.code] = path
        return levels


def _class_returns(dice: Dice) -> dict[str, list[float]]:
    """Daily total returns by class; the first session's return is zero."""
    returns: dict[str, list[float]] = {asset_class: [0.0] for asset_class in ASSET_CLASSES}
    for _ in SESSIONS[1:]:
        moves = {name: drift + deviation * dice.normal() for name, (deviation, drift) in FACTORS.items()}
        for asset_class, side in ASSET_CLASSES.items():
            if asset_class == "CASH":
                returns[asset_class].append(0.000155)
                continue
            own = OWN_DEVIATION[side] * dice.normal()
            for factor, loading in LOADINGS[asset_class].items():
                own += loading * moves[factor]
            returns[asset_class].append(own)
    return returns


def _yearly(security: Security) -> float:
    """The income of a year over the price. (A loop: `sum` of floats differs between Python versions.)"""
    total = 0.0
    for name, weight in security.exposures.items():
        total += float(weight) * ANNUAL_YIELD.get(name, 0.01)
    return total


def _distributions_on(security: Security, day: date, price: float) -> list[Distribution]:
    """What a security declares on this ex-date. Pay dates include a bank holiday, a half day and the new year."""
    ticker, active = security.ticker, security.ticker.startswith("BZQ")

    def row(kind: str, share: float, pay_date: date, reinvest: bool, state_price: bool = False) -> Distribution:
        rate = int(price * share * 10_000 + 0.5)
        return Distribution(ticker, day, pay_date, kind, rate, reinvest, state_price)

    rows = []
    month, year = _yearly(security) / 12, _yearly(security)
    if ticker in MONTHLY_EX and next_session(day).month != day.month:
        rows.append(row("INCOME", month, next_session(day), active))
    elif ticker == "SZQB" and day in SZQB_MONTHLY:
        rows.append(row("INCOME", month, SZQB_MONTHLY[day], False))
    elif ticker == "SZQL" and day in SZQL_MONTHLY:
        rows.append(row("INCOME", month, SZQL_MONTHLY[day], False))
    elif security.kind == "ETF" and day == date(2026, 12, 21) and ticker not in {"SZQB", "SZQL", "SZQC"}:
        rows.append(row("INCOME", year / 4, date(2026, 12, 24), False))
    elif ticker.startswith("HZQ") and security.kind == "MF" and ticker != "HZQBX" and day == date(2026, 12, 18):
        rows.append(row("INCOME", year / 4, date(2026, 12, 21), True))
    elif ticker in CAPITAL_GAIN and day == date(2026, 12, 10):
        rows.append(row("CAPGAIN", CAPITAL_GAIN[ticker], date(2026, 12, 11), True, state_price=True))
        if ticker == "BZQFX":
            rows.append(row("INCOME", year / 2, date(2026, 12, 11), True, state_price=True))
    elif ticker in CAPITAL_GAIN and ticker != "BZQFX" and day == date(2026, 12, 17):
        rows.append(row("INCOME", year / 4, date(2026, 12, 18), True))
    return rows
