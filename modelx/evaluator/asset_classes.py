"""The nineteen asset classes, in the order every weight vector has.

Real estate and commodities count as equity: only so do the equity rows of the paper's Exhibits 5 and 7 add up
(spec section 1). Order and names follow the paper's Exhibit 5.
"""

from dataclasses import dataclass

import numpy as np

from modelx.evaluator.columns import BoolArray


@dataclass(frozen=True, slots=True)
class AssetClass:
    """One class: its code in files, its name in reports, its side and the group that style analysis reports."""

    code: str
    name: str
    is_equity: bool
    group: str


NINETEEN = (
    AssetClass("US_LG", "US large growth", True, "US equity"),
    AssetClass("US_LV", "US large value", True, "US equity"),
    AssetClass("US_MG", "US mid growth", True, "US equity"),
    AssetClass("US_MV", "US mid value", True, "US equity"),
    AssetClass("US_SG", "US small growth", True, "US equity"),
    AssetClass("US_SV", "US small value", True, "US equity"),
    AssetClass("US_REIT", "US real estate", True, "Real assets"),
    AssetClass("DM_XUS", "Developed markets outside the US", True, "Non-US equity"),
    AssetClass("EM_EQ", "Emerging markets equity", True, "Non-US equity"),
    AssetClass("US_ST_CORE", "US short core bonds", False, "US core bonds"),
    AssetClass("US_IT_CORE", "US intermediate core bonds", False, "US core bonds"),
    AssetClass("US_LT_CORE", "US long core bonds", False, "US core bonds"),
    AssetClass("US_HY", "US high yield", False, "Credit and foreign bonds"),
    AssetClass("GLB_XUS_GOV", "Government bonds outside the US", False, "Credit and foreign bonds"),
    AssetClass("EM_SOV", "Emerging sovereign bonds", False, "Credit and foreign bonds"),
    AssetClass("COMDTY", "Commodities", True, "Real assets"),
    AssetClass("US_ST_TIPS", "US short TIPS", False, "Inflation-linked bonds"),
    AssetClass("US_LT_TIPS", "US long TIPS", False, "Inflation-linked bonds"),
    AssetClass("CASH", "Cash", False, "Cash"),
)

CODES: tuple[str, ...] = tuple(one.code for one in NINETEEN)
REAL_ASSETS = ("US_REIT", "COMDTY")
GROUPS: tuple[str, ...] = tuple(dict.fromkeys(one.group for one in NINETEEN))


def equity_mask() -> BoolArray:
    """(19,) true for the ten equity classes."""
    return np.array([one.is_equity for one in NINETEEN])


def real_asset_mask() -> BoolArray:
    """(19,) true for real estate and commodities, which the matched ideal keeps as they are (spec 2.5)."""
    return np.array([one.code in REAL_ASSETS for one in NINETEEN])


def group_matrix() -> BoolArray:
    """(groups, 19) membership, groups in the order of ``GROUPS``."""
    return np.array([[one.group == group for one in NINETEEN] for group in GROUPS])
