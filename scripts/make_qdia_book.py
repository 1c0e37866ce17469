"""Write `fixtures/qdia_book`: what an evaluation of the demonstration book's own models needs beside the ledger.

Invented monthly returns of the nineteen asset classes that move with the book's invented indexes, a target-date series
and a managed account of an invented outside provider, and the facts that the checks of eligibility ask. The same seed
gives the same bytes. Run: `python -m scripts.make_qdia_book`.
"""

import csv
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from modelx.evaluator.asset_classes import CODES
from modelx.evaluator.option import OptionKind, managed_account, option_with_portfolios
from modelx.evaluator.shipped import default_detail_map, default_markets
from modelx.files.qdia_facts import COLUMNS as FACTS
from modelx.files.qdia_options import write_options

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "fixtures" / "qdia_book"
INDEXES = [
    ROOT / "fixtures" / folder / "benchmark_levels.csv"
    for folder in ("disclosure_book", "demo_book/01_opening", "demo_book/03_rest")
]
SEED, FIRST, LAST = 505, "2021-01", "2026-12"
OWN_NOISE = 0.3  # of each class's own risk: what it does apart from the two indexes
SERIES = {2025: 0.46, 2035: 0.66, 2045: 0.84, 2055: 0.91, 2065: 0.92}
ON = "2026-12-31"


def main(out: Path = OUT) -> None:
    """Write every file of the folder."""
    out.mkdir(parents=True, exist_ok=True)
    _write(out / "factor_returns.csv", ("month", *CODES), factor_returns())
    _write(out / "qdia_facts.csv", FACTS, facts())
    markets = default_markets()
    levels = np.array(list(SERIES.values()))
    ages = np.array([2026 + 65 - year for year in SERIES], dtype=np.float64)
    weights = default_detail_map().weights(ages, levels)
    series = option_with_portfolios(
        "FERNMOOR",
        "Fernmoor Target",
        OptionKind.TARGET_DATE,
        list(SERIES),
        weights,
        markets,
        fund_fee_bp=42.0,
        service_fee_bp=30.0,
        source="invented provider's fact sheet",
        as_of=ON,
    )
    managed = managed_account(
        "FMA", "Fernmoor Managed", fund_fee_bp=9.0, service_fee_bp=62.0, source="invented contract"
    )
    write_options(out, [series, managed])


def factor_returns() -> Iterable[tuple[str, ...]]:
    """Monthly returns by class: with the world index for equity, the bond index for bonds, and by themselves."""
    markets, source = default_markets(), np.random.default_rng(SEED)
    world, bond = _index_months("WIC-WORLD"), _index_months("WIC-BOND")
    risk = np.sqrt(np.diag(markets.covariance) / 12)
    mean_equity, mean_bond = (risk[side].mean() for side in (markets.equity, ~markets.equity))
    for month in sorted(world):
        if not FIRST <= month <= LAST:
            continue
        own = source.normal(size=len(CODES)) * risk * OWN_NOISE
        common = np.where(markets.equity, world[month] * risk / mean_equity, bond[month] * risk / mean_bond)
        yield (month, *(f"{value:.6f}" for value in common + own))


def _index_months(name: str) -> dict[str, float]:
    """Monthly returns of an index of the book."""
    ends: dict[str, tuple[str, float]] = {}
    for file in INDEXES:
        with file.open(newline="") as lines:
            for row in csv.DictReader(lines):
                if row["benchmark"] == name:
                    month = row["date"][:7]
                    ends[month] = max(ends.get(month, ("", 0.0)), (row["date"], float(row["level"])))
    months = sorted(ends)
    return {month: ends[month][1] / ends[before][1] - 1 for before, month in pairwise(months)}


def facts() -> Sequence[Sequence[str]]:
    """One row an option: two of the platform's own, and the outside series."""
    notices = ("2026-10-08", "2026-08-28", "N", "2027-01-01", "2026-11-20", "when;what;leave;others")
    passed = ("Y", "Y", "Y", "N", "Y")
    terms = ("N", "", "0", "0", "", "")
    return (
        ("CDLMOD", "investment_manager", "SZQB", "0.30", "7", *terms, *notices, *passed),
        ("CDLGRO", "investment_manager", "SZQL", "0.28", "7", *terms, *notices, *passed),
        ("Northmere_Target", "investment_manager", "HZQTX", "0.42", "6", *terms, *notices, *passed),
        ("FERNMOOR", "directed_trustee", "Fernmoor Broad Equity", "0.51", "9", *terms, *notices, *passed[:-1], "N"),
    )


def _write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


if __name__ == "__main__":
    main()
