"""A CSV file of cases for a what-if: a row for each, the first the base that the others are compared with.

Columns: ``name``, ``model``, and, each optional, ``rebalance`` (NONE, BAND, MONTHLY, QUARTERLY, ANNUAL; default
QUARTERLY), ``band_points`` (default 3), ``cash_buffer`` (a fraction), ``min_trade`` (dollars), ``fee_pct`` (a year)
and ``overrides``, in words, parted by semicolons.
"""

from __future__ import annotations

import csv
from pathlib import Path

from modelx.domain.book_codes import RebalancePolicy
from modelx.domain.errors import InvalidInput
from modelx.domain.money import parse_decimal
from modelx.domain.rebalance_trigger import BAND_DEFAULT
from modelx.services.what_if_cases import Case, parse_rules

REQUIRED = ("name", "model")
OPTIONAL = ("rebalance", "band_points", "cash_buffer", "min_trade", "fee_pct", "overrides")


def read_cases(path: Path) -> list[Case]:
    """Read the cases of a file, in its order. Raises ``InvalidInput`` naming the first line that cannot be used."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path} cannot be read: give a CSV file in UTF-8 with the columns {_columns()}") from error
    rows = csv.DictReader(lines, strict=True)
    header = tuple(rows.fieldnames or ())
    strange = [name for name in header if name not in REQUIRED + OPTIONAL]
    missing = [name for name in REQUIRED if name not in header]
    if strange or missing:
        fault = f"has no column {missing[0]}" if missing else f"has a column {strange[0]}"
        raise InvalidInput(f"{path.name} {fault}: its columns are {_columns()}")
    cases = []
    for row in rows:
        try:
            cases.append(_case(row))
        except InvalidInput as error:
            raise InvalidInput(f"{path.name}, line {rows.line_num}: {error}") from error
    if not cases:
        raise InvalidInput(f"{path.name} has no case: write a row for each, the first is the base")
    return cases


def policy_named(word: str) -> RebalancePolicy:
    """The rebalancing policy of a word, in either case. Raises ``InvalidInput`` naming the words there are."""
    policy = RebalancePolicy.__members__.get(word.strip().upper())
    if policy is None:
        raise InvalidInput(f"{word!r} is no rebalancing policy: write {', '.join(RebalancePolicy.__members__)}")
    return policy


def _case(row: dict[str, str]) -> Case:
    if None in row or None in row.values():  # what the reader makes of too many fields, and of too few
        raise InvalidInput("the row has not as many fields as the header")
    name, model = row["name"].strip(), row["model"].strip()
    if not name or not model:
        raise InvalidInput("a case has a name and a model")
    given = {column: row.get(column, "").strip() for column in OPTIONAL}
    return Case(
        name=name,
        model=model,
        policy=policy_named(given["rebalance"] or RebalancePolicy.QUARTERLY.name),
        band=parse_decimal(given["band_points"], 10) if given["band_points"] else BAND_DEFAULT,
        buffer=parse_decimal(given["cash_buffer"] or "0", 12),
        min_trade=parse_decimal(given["min_trade"] or "0", 6),
        fee=parse_decimal(given["fee_pct"] or "0", 10),
        rules=parse_rules(given["overrides"]),
    )


def _columns() -> str:
    return f"{', '.join(REQUIRED)} and, if wanted, {', '.join(OPTIONAL)}"
