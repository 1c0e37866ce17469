"""Monthly returns of funds and of asset classes from CSV, for style analysis.

fund_returns.csv     option, vintage (blank for a balanced option), month (YYYY-MM), return (a fraction)
factor_returns.csv   month, then one column a class code
observed_equity.csv  option, vintage, equity (a fraction): what the fund holds today; may be absent
"""

import re
from pathlib import Path

import numpy as np

from modelx.domain.errors import InvalidInput
from modelx.evaluator.asset_classes import CODES
from modelx.files.qdia_rows import Row, read_rows, vintage_of
from modelx.services.qdia_style import Factors, Returns

MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
RETURN_MOST = 1.0


def read_fund_returns(path: Path, observed: Path | None = None) -> Returns:
    """Funds in the order they appear. Raises :class:`InvalidInput` naming file, line and reason.

    A monthly return beyond 100 % either way is refused: it is a percent, or a level.
    """
    cells: dict[tuple[str, int], dict[str, float]] = {}
    for row in read_rows(path, ("option", "vintage", "month", "return"), every_column=True):
        fund = row.text("option"), vintage_of(row)
        month = _month(row)
        if month in cells.setdefault(fund, {}):
            raise row.refusal("month", f"{month} of {fund[0]} occurs twice; keep one of the two")
        value = row.number("return")
        if abs(value) >= RETURN_MOST:
            raise row.refusal("return", f"of {value:g} in a month is no fraction; write 1.2 % as 0.012")
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
    for row in read_rows(path, ("month", *CODES), every_column=True):
        months.append(_month(row))
        values = [row.number(code) for code in CODES]
        largest = int(np.abs(values).argmax())
        if abs(values[largest]) >= RETURN_MOST:
            raise row.refusal(CODES[largest], f"of {values[largest]:g} in a month is no fraction; write 1.2 % as 0.012")
        returns.append(values)
    if months != sorted(set(months)):
        raise InvalidInput(f"{path}: months must be in order, each once.")
    if not months:
        raise InvalidInput(f"{path}: there are no months.")
    return Factors(tuple(months), np.array(returns))


def _levels(path: Path) -> dict[tuple[str, int], float]:
    levels = {}
    for row in read_rows(path, ("option", "vintage", "equity"), every_column=True):
        value = row.number("equity")
        if not 0 <= value <= 1:
            raise row.refusal("equity", f"of {value:g} is no fraction; write 60 % as 0.6")
        levels[row.text("option"), vintage_of(row)] = value
    return levels


def _month(row: Row) -> str:
    text = row.text("month")
    if not MONTH.fullmatch(text):
        raise row.refusal("month", f"{text!r} is not written YYYY-MM")
    return text
