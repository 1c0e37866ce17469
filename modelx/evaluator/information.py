"""What a managed account loses when it knows only what the record keeper knows (the paper's Exhibit 15; spec 2.9).

A participant defaulted into a managed account is allocated from default data; after a talk, from full data. The loss
is that of the default allocation against the full one, capped (125 basis points in the paper) before averaging. It is
a cost of managed accounts, a row of its own in the stack.
"""

from dataclasses import dataclass

import numpy as np

from modelx.evaluator.capital_markets import CapitalMarkets
from modelx.evaluator.columns import FloatArray, as_floats
from modelx.evaluator.errors import BadSetting
from modelx.evaluator.utility import capped, loss_bp

INFORMATION_CAP_BP = 125.0


def information_loss_bp(
    full: FloatArray,
    default: FloatArray,
    markets: CapitalMarkets,
    premium: float,
    cap_bp: float | None = INFORMATION_CAP_BP,
) -> FloatArray:
    """(N,) loss of the default-data ideal against the full-data ideal, both (N, M) weights."""
    return capped(loss_bp(full, default, markets, premium), cap_bp)


def equity_information_loss_bp(
    full_equity: FloatArray,
    default_equity: FloatArray,
    two_assets: CapitalMarkets,
    premium: float,
    cap_bp: float | None = INFORMATION_CAP_BP,
) -> FloatArray:
    """The same from equity levels (N,) alone, over stocks and bonds."""
    full = np.stack([full_equity, 1 - full_equity], axis=-1)
    default = np.stack([default_equity, 1 - default_equity], axis=-1)
    return information_loss_bp(full, default, two_assets, premium, cap_bp)


@dataclass(frozen=True, slots=True)
class AdvisedPopulation:
    """Participants of a managed account before and after their talk: ages and equity levels (N,)."""

    age: FloatArray
    full_equity: FloatArray
    default_equity: FloatArray


AGE_KNOTS = (20.0, 35.0, 45.0, 55.0, 65.0, 75.0)
FULL_EQUITY = (0.91, 0.88, 0.80, 0.65, 0.48, 0.38)
FULL_SPREAD_KNOTS = (20.0, 35.0, 50.0, 65.0, 75.0)
FULL_SPREAD = (0.03, 0.05, 0.09, 0.12, 0.13)
MISSING_SPREAD = (0.04, 0.06, 0.08, 0.10, 0.11, 0.115)
ADVISED_COUNT = 15_425
ADVISED_SEED = 20_191_231
MISSING_SCALE = 1.8027


def advised_population(
    count: int = ADVISED_COUNT, seed: int = ADVISED_SEED, scale: float = MISSING_SCALE
) -> AdvisedPopulation:
    """A made-up population that has Exhibit 15's mean of 13 and median of 4 basis points (spec 4.12).

    Ages are normal (47, 11) within 20 and 75; the full-data equity level falls with age and its spread widens; the
    default-data level differs from it by a normal error whose spread grows with age. ``scale`` was set to meet the
    printed mean. Draws are in the order age, full, difference, so a seed always gives the same people.
    """
    if count < 1:
        raise BadSetting("A population needs at least one participant.")
    draws = np.random.default_rng(seed)
    age = np.clip(draws.normal(47.0, 11.0, count), 20.0, 75.0)
    level = np.interp(age, AGE_KNOTS, FULL_EQUITY)
    full = np.clip(level + draws.normal(0.0, 1.0, count) * np.interp(age, FULL_SPREAD_KNOTS, FULL_SPREAD), 0.10, 0.98)
    error = draws.normal(0.0, 1.0, count) * scale * np.interp(age, AGE_KNOTS, MISSING_SPREAD)
    return AdvisedPopulation(as_floats(age), as_floats(full), as_floats(np.clip(full + error, 0.10, 0.98)))
