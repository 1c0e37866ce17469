"""The paper's numbers, read from ``fixtures/paper`` for the tests of this folder."""

import csv
from functools import cache
from pathlib import Path

import numpy as np

from modelx.evaluator.asset_classes import CODES
from modelx.evaluator.capital_markets import CapitalMarkets, capital_markets
from modelx.evaluator.columns import normalised_weights
from modelx.evaluator.cost_stack import AlphaBasis
from modelx.evaluator.option import Option, OptionKind, managed_account, option_with_portfolios
from modelx.evaluator.participants import Participants, participants
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


@cache
def ten_participants() -> Participants:
    return participants(
        [f"P{i}" for i in range(1, 11)],
        AGES,
        balance=np.arange(10, 110, 10) * 1000.0,
        salary=np.full(10, 60_000.0),
        ideal_weights=ideals(),
    )


FEES = {"MA": 75.0, "A": 35.0, "B": 25.0, "C": 8.0, "D": 37.0}


@cache
def paper_options(alpha_d: float = 7.0) -> tuple[Option, ...]:
    """The managed account and four series, with the fees and after-fee alphas of Exhibit 3."""
    managed = managed_account(
        "MA",
        "Managed accounts",
        fund_fee_bp=30.0,
        service_fee_bp=45.0,
        alpha_bp=7.0,
        alpha_basis=AlphaBasis.AFTER_FUND_FEE,
    )
    alphas = {"A": 10.0, "B": 0.0, "C": 0.0, "D": alpha_d}
    series = [
        option_with_portfolios(
            name,
            f"Family {name}",
            OptionKind.CUSTOM if name == "D" else OptionKind.TARGET_DATE,
            VINTAGES,
            families()[number],
            fitted("paperfit_A"),
            fund_fee_bp=30.0 if name == "D" else FEES[name],
            overlay_fee_bp=7.0 if name == "D" else 0.0,
            alpha_bp=alphas[name],
            alpha_basis=AlphaBasis.AFTER_ALL_FEES if alphas[name] else AlphaBasis.PRE_FEE,
        )
        for number, name in enumerate(FAMILIES)
    ]
    return (managed, *series)
