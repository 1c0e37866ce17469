"""Monthly returns of funds and of asset classes from CSV, for style analysis.

fund_returns.csv     option, vintage (blank for a balanced option), month (YYYY-MM), return (a fraction)
factor_returns.csv   month, then one column a class code
observed_equity.csv  option, vintage, equity (a fraction): what the fund holds today; may be absent
"""

import csv
import re
from pathlib import Path

import numpy as np

from modelx.domain.errors import InvalidInput
from modelx.evaluator.asset_classes import CODES
from modelx.services.qdia_style import Factors, Returns

MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
RETURN_MOST = 1.0


def read_fund_returns(path: Path, observed: Path | None = None) -> Returns:
    """Funds in the order they appear. Raises :class:`InvalidInput` naming file, line and reason.

    A monthly return beyond 100 % either way is refused: it is a percent, or a level.
    """
    cells: dict[tuple[str, int], dict[str, float]] = {}
    for where, row in _rows(path, ("option", "vintage", "month", "return")):
        fund = row["option"], _vintage(where, row["vintage"])
        month = _month(where, row["month"])
        if month in cells.setdefault(fund, {}):
            raise InvalidInput(f"{where}: {month} of {fund[0]} occurs twice.")
        value = _number(where, "return", row["return"])
        if abs(value) >= RETURN_MOST:
            raise InvalidInput(f"{where}: a monthly return of {value:g} is no fraction; 1.2 % is 0.012.")
        cells[fund][month] = value
    if not cells:
        raise InvalidInput(f"{path}: there are no returns.")
    months = tuple(sorted({month for known in cells.values() for month in known}))
    levels = {} if observed is None else _levels(observed)
    return Returns(
        tuple(option for option, _ in cells),
        np.array([vintage for _, vintage in cells], dtype=np.int64),
        months,
        np.array([[known.get(month, np.nan) for month in months] for known in cells.values()]),
        np.array([levels.get(fund, np.nan) for fund in cells]),
    )


def read_factor_returns(path: Path) -> Factors:
    """The asset classes' months in order, none missing. Raises :class:`InvalidInput`."""
    months: list[str] = []
    returns: list[list[float]] = []
    for where, row in _rows(path, ("month", *CODES)):
        months.append(_month(where, row["month"]))
        values = [_number(where, code, row[code]) for code in CODES]
        if max(abs(value) for value in values) >= RETURN_MOST:
            raise InvalidInput(f"{where}: a monthly return beyond 100 % is no fraction; 1.2 % is 0.012.")
        returns.append(values)
    if months != sorted(set(months)):
        raise InvalidInput(f"{path}: months must be in order, each once.")
    if not months:
        raise InvalidInput(f"{path}: there are no months.")
    return Factors(tuple(months), np.array(returns))


def _levels(path: Path) -> dict[tuple[str, int], float]:
    levels = {}
    for where, row in _rows(path, ("option", "vintage", "equity")):
        value = _number(where, "equity", row["equity"])
        if not 0 <= value <= 1:
            raise InvalidInput(f"{where}: an equity level of {value:g} is no fraction.")
        levels[row["option"], _vintage(where, row["vintage"])] = value
    return levels


def _rows(path: Path, columns: tuple[str, ...]) -> list[tuple[str, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines, strict=True)
            rows = [(f"{path}:{reader.line_num}", dict(row)) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as cause:
        raise InvalidInput(f"{path} cannot be read: {cause}") from cause
    if sorted(reader.fieldnames or ()) != sorted(columns):
        raise InvalidInput(f"{path}: the columns must be {', '.join(columns)}.")
    for where, row in rows:
        if None in row or None in row.values():
            raise InvalidInput(f"{where}: the line has not as many columns as the header.")
    return rows


def _vintage(where: str, text: str) -> int:
    if text == "":
        return 0
    if not (text.isascii() and text.isdigit() and len(text) == 4):
        raise InvalidInput(f"{where}: vintage {text!r} is not a year of four digits.")
    return int(text)


def _month(where: str, text: str) -> str:
    if not MONTH.fullmatch(text):
        raise InvalidInput(f"{where}: month {text!r} is not written YYYY-MM.")
    return text


def _number(where: str, name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError as cause:
        raise InvalidInput(f"{where}: {name} {text!r} is not a number.") from cause
    if not np.isfinite(value):
        raise InvalidInput(f"{where}: {name} {text!r} is not a finite number.")
    return value
