"""The paper's numbers, read from ``fixtures/paper`` for the tests of this folder."""

import csv
from functools import cache
from pathlib import Path

import numpy as np

from modelx.evaluator.asset_classes import CODES
from modelx.evaluator.capital_markets import CapitalMarkets, capital_markets
from modelx.evaluator.columns import normalised_weights
from modelx.evaluator.shipped import read_covariance

PAPER = Path(__file__).resolve().parents[2] / "fixtures" / "paper"
FAMILIES = ("A", "B", "C", "D")
VINTAGES = np.arange(2010, 2060, 5)
AGES = np.array([23, 32, 35, 37, 43, 45, 51, 57, 61, 67], dtype=float)
AS_OF, RETIREMENT_AGE = 2018, 65  # the sum 2083 is what the paper's plan identifies
PREMIUM, RF = 0.055, 0.025


def table(name: str) -> list[dict[str, str]]:
    with (PAPER / name).open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


@cache
def ideals() -> np.ndarray:
    rows = {row[""]: row for row in table("exhibit5_normalised.csv")}
    printed = [[float(rows[code][f"P{i}"]) / 100 for code in CODES] for i in range(1, 11)]
    return normalised_weights(printed, "exhibit 5", 19)


@cache
def families() -> np.ndarray:
    """(4, 10 vintages, 19)."""
    cells = {
        (r["panel"], int(r["vintage"]), r["asset_class"]): float(r["weight_pct_normalised"])
        for r in table("exhibit6.csv")
    }
    printed = [[[cells[f, int(v), c] / 100 for c in CODES] for v in VINTAGES] for f in FAMILIES]
    return normalised_weights(printed, "exhibit 6", 19)


@cache
def fitted(name: str) -> CapitalMarkets:
    with (PAPER / f"cov_{name}.csv").open(encoding="utf-8") as lines:
        codes, matrix = read_covariance(lines, name)
    return capital_markets(name, codes, matrix, fitted=True)
