"""A capital-market set: a named, versioned, hashed covariance of annual returns over a list of asset classes.

Nothing here needs an inverse (spec section 7): a covariance that is only semidefinite is allowed. Expected returns are
never part of a set: they are implied by each participant's own ideal portfolio.
"""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from modelx.evaluator.asset_classes import CODES, equity_mask, real_asset_mask
from modelx.evaluator.columns import BoolArray, FloatArray, as_floats
from modelx.evaluator.errors import BadCapitalMarkets

SYMMETRY_TOLERANCE = 1e-9
EIGENVALUE_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class CapitalMarkets:
    """One set. ``covariance`` (M, M) is annual and in decimals; ``root @ root.T`` is the covariance.

    ``equity`` (M,) marks the equity classes and ``kept`` (M,) those that a matched ideal leaves untouched (real
    estate and commodities). ``fitted`` marks a matrix fitted to a paper's results: for reproduction and tests alone.
    """

    name: str
    version: str
    source: str
    codes: tuple[str, ...]
    equity: BoolArray
    kept: BoolArray
    covariance: FloatArray
    root: FloatArray
    sha256: str
    fitted: bool = False

    @property
    def classes(self) -> int:
        """M, the number of asset classes."""
        return len(self.codes)


def capital_markets(
    name: str,
    codes: tuple[str, ...],
    covariance: ArrayLike,
    *,
    version: str = "1",
    source: str = "",
    fitted: bool = False,
) -> CapitalMarkets:
    """A set over the nineteen classes, checked, put into their order, hashed.

    ``codes`` names the rows and columns of ``covariance`` as given. Raises :class:`BadCapitalMarkets` for a class that
    is unknown, missing or named twice, and for a matrix that is not finite, symmetric and positive semidefinite.
    """
    unknown = sorted(set(codes) - set(CODES))
    missing = sorted(set(CODES) - set(codes))
    if unknown or missing or len(codes) != len(set(codes)):
        raise BadCapitalMarkets(
            f"{name}: the classes must be the nineteen of the evaluator, each once; "
            f"unknown {unknown or 'none'}, missing {missing or 'none'}."
        )
    matrix = _checked(name, as_floats(covariance), len(codes))
    order = [codes.index(code) for code in CODES]
    return _assembled(
        name, version, source, CODES, equity_mask(), real_asset_mask(), matrix[np.ix_(order, order)], fitted
    )


def two_asset_markets(stock_sd: float, bond_sd: float, correlation: float, name: str = "two_assets") -> CapitalMarkets:
    """Stocks and bonds alone: the equity-level evaluation of the first paper (spec 2.5, standalone mode)."""
    if not (stock_sd > 0 and bond_sd > 0 and -1 <= correlation <= 1):
        raise BadCapitalMarkets(f"{name}: standard deviations must be positive and the correlation within -1 and 1.")
    cross = stock_sd * bond_sd * correlation
    matrix = np.array([[stock_sd**2, cross], [cross, bond_sd**2]])
    equity = np.array([True, False])
    source = f"stock sd {stock_sd:g}, bond sd {bond_sd:g}, correlation {correlation:g}"
    return _assembled(name, "1", source, ("STOCKS", "BONDS"), equity, np.zeros(2, dtype=np.bool_), matrix, False)


def with_covariance(markets: CapitalMarkets, covariance: FloatArray, name: str) -> CapitalMarkets:
    """The same classes with another covariance: a resampled draw, or a sensitivity. Checked like any other."""
    matrix = _checked(name, covariance, markets.classes)
    return _assembled(
        name, markets.version, markets.source, markets.codes, markets.equity, markets.kept, matrix, markets.fitted
    )


def covariance_root(covariance: FloatArray) -> FloatArray:
    """(M, M) root R with ``R @ R.T`` equal to the covariance: Cholesky, or by eigenvalues where it is singular."""
    try:
        return as_floats(np.linalg.cholesky(covariance))
    except np.linalg.LinAlgError:
        values, vectors = np.linalg.eigh(covariance)
        return as_floats(vectors * np.sqrt(np.clip(values, 0.0, None)))


def _checked(name: str, matrix: FloatArray, classes: int) -> FloatArray:
    if matrix.shape != (classes, classes):
        raise BadCapitalMarkets(f"{name}: the covariance is {matrix.shape}, expected {(classes, classes)}.")
    if not np.isfinite(matrix).all():
        raise BadCapitalMarkets(f"{name}: a covariance is missing or not a number.")
    scale = float(np.abs(matrix).max())
    if scale == 0 or np.abs(matrix - matrix.T).max() > SYMMETRY_TOLERANCE * scale:
        raise BadCapitalMarkets(f"{name}: the covariance is not symmetric, or zero throughout.")
    symmetric = (matrix + matrix.T) / 2
    values = np.linalg.eigvalsh(symmetric)
    if values[0] < -EIGENVALUE_TOLERANCE * values[-1]:
        raise BadCapitalMarkets(
            f"{name}: the covariance is not positive semidefinite (smallest eigenvalue {values[0]:.3g}). "
            "Take the nearest correlation matrix first."
        )
    return as_floats(symmetric)


def _assembled(
    name: str,
    version: str,
    source: str,
    codes: tuple[str, ...],
    equity: BoolArray,
    kept: BoolArray,
    matrix: FloatArray,
    fitted: bool,
) -> CapitalMarkets:
    text = "\n".join([",".join(codes), *(",".join(repr(float(cell)) for cell in row) for row in matrix)])
    digest = hashlib.sha256(text.encode()).hexdigest()
    return CapitalMarkets(name, version, source, codes, equity, kept, matrix, covariance_root(matrix), digest, fitted)
