"""Read the paper's numbers from ``fixtures/paper`` into :class:`~modelx.services.qdia_reconciliation.PaperFacts`."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np

from modelx.domain.errors import InvalidInput
from modelx.evaluator.asset_classes import CODES
from modelx.evaluator.capital_markets import CapitalMarkets, capital_markets
from modelx.evaluator.columns import FloatArray, normalised_weights
from modelx.evaluator.errors import EvaluatorError
from modelx.evaluator.planning_value import PlanningSchedule, planning_schedule
from modelx.evaluator.shipped import FITTED_TO_A_PAPER, read_covariance
from modelx.services.qdia_reconciliation import PaperFacts

FAMILIES = ("A", "B", "C", "D")
TEN = tuple(f"P{number}" for number in range(1, 11))
FUND_YEARS = (2060, 2050, 2040, 2030, 2020, 2010)


def read_paper_facts(folder: Path) -> PaperFacts:
    """The facts in a folder laid out like ``fixtures/paper``. Raises :class:`InvalidInput` naming what is wrong."""
    try:
        return _facts(folder)
    except (OSError, KeyError, ValueError) as cause:
        raise InvalidInput(f"The paper's numbers in {folder} cannot be read: {cause}.") from cause


def read_capital_markets(path: Path, *, fitted: bool = False) -> CapitalMarkets:
    """A covariance set of a CSV file, named by the file; the two fitted to the paper are known by their content.

    Raises :class:`InvalidInput` with the reason.
    """
    try:
        with path.open(encoding="utf-8") as lines:
            codes, matrix = read_covariance(lines, path.stem)
        found = capital_markets(path.stem, codes, matrix, source=path.name, fitted=fitted)
        return replace(found, fitted=fitted or found.sha256 in FITTED_TO_A_PAPER)
    except (OSError, UnicodeDecodeError, EvaluatorError) as cause:
        raise InvalidInput(f"{path}: {cause}") from cause


def _facts(folder: Path) -> PaperFacts:
    funds = _table(folder, "exhibit1.csv")
    weights = _table(folder, "exhibit2_weights.csv")
    printed = {row[""]: row for row in _table(folder, "exhibit5.csv")}
    alpha = {int(row["vintage"]): row for row in _table(folder, "exhibit2_alpha.csv")}
    vintages, families = _families(folder)
    return PaperFacts(
        funds=np.array([[float(row["fee_bp"]), float(row["pre_fee_alpha_bp"])] for row in funds]),
        after_fee_alpha=np.array([float(row["after_fee_alpha_bp_printed"]) for row in funds]),
        fund_years=FUND_YEARS,
        fund_weights=np.array([[float(row[str(year)]) / 100 for row in weights] for year in FUND_YEARS]),
        alpha_printed={
            year: (row["printed_pre"], row["printed_fee"], row["printed_after"]) for year, row in alpha.items()
        },
        ages=np.array([float(printed["age"][one]) for one in TEN]),
        equity_targets=np.array([float(printed["equity_target_pct"][one]) / 100 for one in TEN]),
        ideals_printed=np.array([[float(printed[code][one]) for code in CODES] for one in TEN]),
        ideals=_ideals(folder),
        vintages=vintages,
        families=families,
        exhibit_7=_grid(folder, "exhibit7.csv", ""),
        exhibit_8=_grid(folder, "exhibit8.csv", "row"),
        exhibit_13=_grid(folder, "exhibit13.csv", "row"),
        planning=read_planning(folder / "exhibit11.csv"),
        fit=read_capital_markets(folder / "cov_paperfit_A.csv", fitted=True),
        strict_fit=read_capital_markets(folder / "cov_paperfit_B_strict.csv", fitted=True),
    )


def read_planning(path: Path) -> PlanningSchedule:
    """A planning schedule: service, five stage columns ending in ``_bp``, and the share that is realised."""
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
        stages = [name for name in rows[0] if name.endswith("_bp")]
        share = "realised" if "realised" in rows[0] else "realisation_default_guess"
        return planning_schedule(
            tuple(row["service"] for row in rows),
            [[float(row[stage]) for stage in stages] for row in rows],
            [float(row[share]) for row in rows],
        )
    except (OSError, IndexError, KeyError, ValueError) as cause:
        raise InvalidInput(f"{path}: the planning schedule cannot be read: {cause}.") from cause


def _ideals(folder: Path) -> FloatArray:
    rows = {row[""]: row for row in _table(folder, "exhibit5_normalised.csv")}
    return normalised_weights(
        [[float(rows[code][one]) / 100 for code in CODES] for one in TEN], "exhibit 5", len(CODES)
    )


def _families(folder: Path) -> tuple["np.ndarray[tuple[int, ...], np.dtype[np.int64]]", FloatArray]:
    cells = {
        (row["panel"], int(row["vintage"]), row["asset_class"]): float(row["weight_pct_normalised"]) / 100
        for row in _table(folder, "exhibit6.csv")
    }
    years = sorted({vintage for _, vintage, _ in cells})
    weights = [[[cells[family, year, code] for code in CODES] for year in years] for family in FAMILIES]
    return np.array(years, dtype=np.int64), normalised_weights(weights, "exhibit 6", len(CODES))


def _grid(folder: Path, name: str, key: str) -> dict[str, dict[str, float]]:
    return {
        row[key]: {column: float(value) for column, value in row.items() if column != key and value}
        for row in _table(folder, name)
    }


def _table(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
