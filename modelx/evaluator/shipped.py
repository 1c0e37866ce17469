"""What ships with the evaluator: one capital-market set and the detail map, read from the package's own data.

``horizon2017_blend``: volatilities and correlations between blocks of Horizon Actuarial Services' Survey of Capital
Market Assumptions 2017 (35 advisors), with the structure inside blocks from exchange-traded funds, brought to the
nearest correlation matrix. Computed here; cite Horizon.
"""

import csv
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

import numpy as np

from modelx.evaluator.capital_markets import CapitalMarkets, capital_markets
from modelx.evaluator.columns import FloatArray
from modelx.evaluator.detail_map import DetailMap, detail_map
from modelx.evaluator.errors import BadCapitalMarkets

DEFAULT_MARKETS = "horizon2017_blend"
SOURCE = (
    "Horizon Actuarial Services, Survey of Capital Market Assumptions 2017 (35 advisors): volatilities and "
    "correlations between blocks; structure inside blocks from exchange-traded funds; nearest correlation matrix."
)

# Matrices fitted to the results of "Stop Guessing 2.0": known by content, whatever their file is called.
FITTED_TO_A_PAPER = frozenset(
    {
        "6ae2026fbdee742bd3d7b38f1913c54f4302af782057a541d13a6742413cc5e0",
        "59742b96177f1ef59fdd196ad245d2fcc5c57971649be509cbc0127b2d822748",
    }
)


@cache
def default_markets() -> CapitalMarkets:
    """The shipped default covariance set."""
    codes, matrix = read_covariance(_lines("horizon2017_blend.csv"), DEFAULT_MARKETS)
    return capital_markets(DEFAULT_MARKETS, codes, matrix, version="1", source=SOURCE)


@cache
def default_detail_map() -> DetailMap:
    """The paper-calibrated detail map."""
    rows = csv.DictReader(_lines("detail_map.csv"))
    cubics = {
        row["asset_class"]: (float(row["c0"]), float(row["c1"]), float(row["c2"]), float(row["c3"])) for row in rows
    }
    return detail_map("stop_guessing_2_exhibit_5", cubics)


def read_covariance(lines: Iterable[str], name: str) -> tuple[tuple[str, ...], FloatArray]:
    """Codes and matrix of a CSV table whose header and first column name the classes in the same order.

    Raises :class:`BadCapitalMarkets` where a cell is not a number, a row is short, or the two orders differ.
    """
    table = [row for row in csv.reader(lines) if row]
    if len(table) < 2:
        raise BadCapitalMarkets(f"{name}: the covariance file is empty.")
    codes = tuple(cell.strip() for cell in table[0][1:])
    if tuple(row[0].strip() for row in table[1:]) != codes:
        raise BadCapitalMarkets(f"{name}: the rows of the covariance are not named like its columns, in their order.")
    return codes, np.array([_row(name, row, codes) for row in table[1:]])


def _row(name: str, row: list[str], codes: tuple[str, ...]) -> list[float]:
    if len(row) != len(codes) + 1:
        raise BadCapitalMarkets(f"{name}: row {row[0]} has {len(row) - 1} covariances, expected {len(codes)}.")
    numbers = []
    for code, cell in zip(codes, row[1:], strict=True):
        try:
            numbers.append(float(cell))
        except ValueError as cause:
            text = f"{cell!r} is not a number" if cell.strip() else "missing"
            raise BadCapitalMarkets(f"{name}: covariance of {row[0]} with {code}: {text}.") from cause
    return numbers


def _lines(name: str) -> list[str]:
    return files("modelx.evaluator").joinpath("data", name).read_text(encoding="utf-8").splitlines()
