"""Thirty invented securities: index funds, active funds, ETFs, a money-market fund and a collective trust."""

from dataclasses import dataclass, field

# The nineteen classes of the evaluator's exhibits, with the side each belongs to.
ASSET_CLASSES = {
    "US_LG": "EQUITY",
    "US_LV": "EQUITY",
    "US_MG": "EQUITY",
    "US_MV": "EQUITY",
    "US_SG": "EQUITY",
    "US_SV": "EQUITY",
    "US_REIT": "EQUITY",
    "DM_XUS": "EQUITY",
    "EM_EQ": "EQUITY",
    "US_ST_CORE": "FIXED",
    "US_IT_CORE": "FIXED",
    "US_LT_CORE": "FIXED",
    "US_HY": "FIXED",
    "GLB_XUS_GOV": "FIXED",
    "EM_SOV": "FIXED",
    "COMDTY": "EQUITY",
    "US_ST_TIPS": "FIXED",
    "US_LT_TIPS": "FIXED",
    "CASH": "FIXED",
}


@dataclass(frozen=True)
class Security:
    """One line of securities.csv, with what its price path needs.

    `opening` is the close of the first session. `exposures` are parts of 1 by asset class; the first is the class
    of record. `tracking` is the daily standard deviation of what the classes do not explain.
    """

    ticker: str
    name: str
    kind: str
    expense_pct: str
    turnover_pct: str
    opening: float
    exposures: dict[str, str] = field(hash=False)
    tracking: float = 0.0001
    sub_ta_pct: str = ""

    @property
    def asset_class(self) -> str:
        return next(iter(self.exposures))

    @property
    def whole_shares(self) -> bool:
        return self.kind == "ETF"

    @property
    def share_dp(self) -> int:
        return {"ETF": 0, "CIT": 4}.get(self.kind, 3)

    @property
    def price_dp(self) -> int:
        """Decimals a price may carry: ETF fills and the trust's unit value have four."""
        return 4 if self.kind in {"ETF", "CIT"} else 2

    @property
    def quoted_dp(self) -> int:
        """Decimals of the daily price file."""
        return 4 if self.kind == "CIT" else 2


def _index(ticker: str, name: str, expense: str, turnover: str, opening: float, **mix: str) -> Security:
    return Security(ticker, f"Harrowgate {name} Index Fund", "MF", expense, turnover, opening, mix, 0.0001)


def _active(ticker: str, name: str, expense: str, turnover: str, opening: float, **mix: str) -> Security:
    return Security(ticker, f"Bellweir {name} Fund", "MF", expense, turnover, opening, mix, 0.0009, "0.10")


def _etf(ticker: str, name: str, expense: str, turnover: str, opening: float, **mix: str) -> Security:
    return Security(ticker, f"Stonecrane {name} ETF", "ETF", expense, turnover, opening, mix, 0.0002)


SECURITIES: tuple[Security, ...] = (
    _index(
        "HZQTX", "Total US Stock", "0.04", "4", 118.42,
        US_LG="0.40", US_LV="0.36", US_MG="0.08", US_MV="0.08", US_SG="0.04", US_SV="0.04",
    ),
    _index("HZQLX", "Large Company", "0.03", "3", 214.77, US_LG="0.53", US_LV="0.47"),
    _index("HZQMX", "Mid-Size Company", "0.06", "14", 63.18, US_MG="0.50", US_MV="0.50"),
    _index("HZQSX", "Small Company", "0.06", "16", 48.91, US_SV="0.52", US_SG="0.48"),
    _index("HZQIX", "Developed Markets", "0.07", "5", 27.36, DM_XUS="1"),
    _index("HZQEX", "Emerging Markets", "0.12", "9", 31.05, EM_EQ="1"),
    _index("HZQBX", "US Bond", "0.04", "46", 19.64, US_IT_CORE="0.62", US_ST_CORE="0.22", US_LT_CORE="0.16"),
    _index("HZQPX", "Inflation-Protected Bond", "0.06", "31", 24.88, US_ST_TIPS="0.60", US_LT_TIPS="0.40"),
    _index("HZQRX", "Real Estate", "0.10", "7", 29.73, US_REIT="1"),
    _active("BZQGX", "Growth Opportunities", "0.58", "41", 86.20, US_LG="0.85", US_MG="0.15"),
    _active("BZQVX", "Equity Income", "0.52", "28", 41.67, US_LV="0.90", US_MV="0.10"),
    _active("BZQSX", "Small-Cap Value", "0.79", "37", 47.52, US_SV="0.80", US_MV="0.20"),
    _active("BZQFX", "International Equity", "0.68", "33", 38.94, DM_XUS="0.80", EM_EQ="0.20"),
    _active("BZQCX", "Core Plus Bond", "0.41", "112", 21.43, US_IT_CORE="0.80", US_HY="0.12", US_LT_CORE="0.08"),
    _active("BZQHX", "High Income", "0.63", "58", 18.27, US_HY="1"),
    _active("BZQNX", "World Bond", "0.60", "71", 22.16, GLB_XUS_GOV="0.85", EM_SOV="0.15"),
    _active("BZQMX", "Short Duration", "0.37", "84", 25.71, US_ST_CORE="0.90", US_ST_TIPS="0.10"),
    _active("BZQDX", "Emerging Debt", "0.76", "66", 20.58, EM_SOV="1"),
    _etf(
        "SZQT", "Total Market", "0.03", "4", 92.36,
        US_LG="0.40", US_LV="0.36", US_MG="0.08", US_MV="0.08", US_SG="0.04", US_SV="0.04",
    ),
    _etf("SZQG", "Large Growth", "0.05", "11", 236.14, US_LG="1"),
    _etf("SZQV", "Large Value", "0.05", "13", 71.85, US_LV="1"),
    _etf("SZQM", "Mid-Cap", "0.05", "15", 54.40, US_MG="0.50", US_MV="0.50"),
    _etf("SZQS", "Small-Cap", "0.06", "18", 66.09, US_SV="0.50", US_SG="0.50"),
    _etf("SZQD", "Developed ex-US", "0.06", "5", 58.23, DM_XUS="1"),
    _etf("SZQE", "Emerging Markets", "0.11", "10", 43.77, EM_EQ="1"),
    _etf("SZQB", "Intermediate Bond", "0.04", "52", 76.31, US_IT_CORE="1"),
    _etf("SZQL", "Long Bond", "0.05", "34", 62.94, US_LT_CORE="0.90", US_LT_TIPS="0.10"),
    _etf("SZQC", "Broad Commodity", "0.29", "0", 33.62, COMDTY="1"),
    Security("HZQXX", "Harrowgate Government Money Market Fund", "MMF", "0.11", "0", 1.00, {"CASH": "1"}, 0.0),
    Security(
        "LQNICT", "Larkmoor International Collective Trust R2", "CIT", "0.36", "24", 14.8253,
        {"DM_XUS": "0.88", "EM_EQ": "0.12"}, 0.0005,
    ),
)  # fmt: skip

BY_TICKER = {security.ticker: security for security in SECURITIES}
