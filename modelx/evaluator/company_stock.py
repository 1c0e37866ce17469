"""What holding the employer's stock costs (the paper's Exhibit 14; spec 2.8).

The stock is one more asset: ``multiple`` times the standard deviation of an asset class it belongs to, and correlation
``rho`` with it. Its covariance with any class i is multiple * rho * S[j, i], its variance multiple^2 * S[j, j]; that is
positive semidefinite for every |rho| <= 1. Its expected return is the class's (the paper) or the one the ideal implies.
The loss is a difference of utilities, because with the class's return the ideal no longer implies the stock's.
"""

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import ArrayLike

from modelx.evaluator.capital_markets import CapitalMarkets
from modelx.evaluator.columns import BASIS_POINTS, BoolArray, FloatArray, as_floats
from modelx.evaluator.errors import BadSetting, BadWeights


class StockReturn(Enum):
    """Expected return of the stock: its class's, or that implied by the ideal portfolio."""

    CLASS = "class"
    IMPLIED = "implied"


@dataclass(frozen=True, slots=True)
class CompanyStock:
    """Assumptions about one stock. The default correlation is for products; the paper's line needs 1.0 (spec 4.11)."""

    asset_class: str
    multiple: float = 2.0
    correlation: float = 0.5
    expected: StockReturn = StockReturn.CLASS


@dataclass(frozen=True, slots=True)
class StockLoss:
    """Annual basis points at each share. ``beside``: everything else scaled down; ``adjusted``: equity level restored.

    ``unattainable`` marks shares above the ideal's equity level, where no adjustment can restore it.
    """

    share: FloatArray
    beside_bp: FloatArray
    adjusted_bp: FloatArray
    unattainable: BoolArray


def stock_loss(
    ideal: FloatArray, share: ArrayLike, markets: CapitalMarkets, stock: CompanyStock, premium: float
) -> StockLoss:
    """Loss of holding ``share`` (N,) of the total in the stock, for ideals (N, M) or one ideal (M,) for all shares.

    Raises :class:`BadSetting` for a share outside [0, 1], an unknown class or an impossible correlation.
    """
    part = as_floats(share)
    rows = np.broadcast_to(ideal, (*part.shape, markets.classes))
    covariance, place = _extended(markets, stock)
    if not ((part >= 0) & (part <= 1)).all():
        raise BadSetting("A company stock share lies outside 0 and 1.")
    none = np.zeros((*part.shape, 1))
    base = np.concatenate([rows, none], axis=-1)
    slope = base @ covariance
    variance = (slope * base).sum(axis=-1)
    if not (variance > 0).all():
        raise BadWeights("An ideal portfolio has no variance; the loss from company stock cannot be priced.")
    expected = premium * slope / variance[..., None]
    if stock.expected is StockReturn.CLASS:
        expected[..., -1] = expected[..., place]
    beside = np.concatenate([rows * (1 - part)[..., None], part[..., None]], axis=-1)
    adjusted, unattainable = _adjusted(rows, part, markets)
    losses = [
        BASIS_POINTS
        * (premium / 2 - ((expected * x).sum(-1) - premium / variance / 2 * ((x @ covariance) * x).sum(-1)))
        for x in (beside, adjusted)
    ]
    return StockLoss(part, as_floats(losses[0]), as_floats(losses[1]), unattainable)


def _extended(markets: CapitalMarkets, stock: CompanyStock) -> tuple[FloatArray, int]:
    if stock.asset_class not in markets.codes:
        raise BadSetting(f"Company stock: unknown asset class {stock.asset_class!r}.")
    if not (stock.multiple > 0 and -1 <= stock.correlation <= 1):
        raise BadSetting("Company stock: the multiple must be positive and the correlation within -1 and 1.")
    place = markets.codes.index(stock.asset_class)
    row = stock.multiple * stock.correlation * markets.covariance[place]
    corner = stock.multiple**2 * markets.covariance[place, place]
    return as_floats(np.block([[markets.covariance, row[:, None]], [row[None, :], np.array([[corner]])]])), place


def _adjusted(rows: FloatArray, part: FloatArray, markets: CapitalMarkets) -> tuple[FloatArray, BoolArray]:
    """Equities give way to the stock; above the equity level the bonds shrink instead and the row is flagged."""
    level = rows @ markets.equity
    over = part > level
    stocks = np.where(over, 0.0, level - part) / np.where(level > 0, level, 1.0)
    bonds = np.where(over, 1 - part, 1 - level) / np.where(level < 1, 1 - level, 1.0)
    scale = np.where(markets.equity, stocks[..., None], bonds[..., None])
    return np.concatenate([rows * scale, part[..., None]], axis=-1), np.asarray(over, dtype=np.bool_)
