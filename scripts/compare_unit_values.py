"""Compare two lists of unit values, figure by figure; exit 1 at any difference."""

import csv
import sys
from decimal import Decimal
from pathlib import Path

FIGURES = ("unit_value", "net_assets", "units")


def main(expected_file: str, actual_file: str) -> int:
    """Print how many figures agree, and the first ten that do not."""
    expected, actual = (_read(Path(file)) for file in (expected_file, actual_file))
    wrong = [
        f"{key} {figure}: expected {row[figure]}, got {actual.get(key, {}).get(figure, 'nothing')}"
        for key, row in expected.items()
        for figure in FIGURES
        if _number(actual.get(key, {}).get(figure)) != _number(row[figure])
    ]
    print("\n".join(wrong[:10]) or f"{len(expected)} unit values agree with the expected ones, to the last digit")
    return 1 if wrong else 0


def _read(file: Path) -> dict[tuple[str, str, str], dict[str, str]]:
    with file.open(newline="") as lines:
        return {(row["date"], row["plan"], row["model"]): row for row in csv.DictReader(lines)}


def _number(text: str | None) -> Decimal | None:
    return Decimal(text) if text else None


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
