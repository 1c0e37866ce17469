"""What options' returns show, beside what they hold: qdia_by_returns.csv in a folder of options.

    option, vintage (blank for a balanced option), part, held, by_returns, low, high, rescaled, r2, months, last_month

``part`` is EQUITY, a group of asset classes, or a class code; figures are fractions. ``rescaled`` stands on the rows of
classes: the weights by returns at the equity level held, which an evaluation can use; they sum to one by vintage.
"""

import csv
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from modelx.domain.errors import InvalidInput
from modelx.evaluator.asset_classes import CODES, GROUPS
from modelx.evaluator.columns import WEIGHT_SUM_TOLERANCE
from modelx.files.qdia_rows import Row, read_rows, vintage_of, vintage_text
from modelx.services.qdia_second_view import EQUITY, Part, SecondView

BY_RETURNS = "qdia_by_returns.csv"
COLUMNS = (
    "option", "vintage", "part", "held", "by_returns", "low", "high", "rescaled", "r2", "months", "last_month",
)  # fmt: skip
PARTS = frozenset({EQUITY, *GROUPS, *CODES})


def write_second_views(folder: Path, views: Iterable[SecondView]) -> None:
    """Write views so that :func:`read_second_views` gives them back; an older file is replaced."""
    with (folder / BY_RETURNS).open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(COLUMNS)
        for one in views:
            for part in one.parts:
                weight = repr(float(one.weights[CODES.index(part.name)])) if part.name in CODES else ""
                figures = [repr(number) for number in (part.held, part.by_returns, part.low, part.high)]
                head, tail = (one.option, vintage_text(one.vintage), part.name), (repr(one.r2), one.months, one.last)
                writer.writerow([*head, *figures, weight, *tail])


def read_second_views(folder: Path) -> list[SecondView]:
    """The views of a folder of options, none where the file is absent.

    Raises :class:`InvalidInput` naming file, line and reason.
    """
    path = folder / BY_RETURNS
    groups: dict[tuple[str, int], list[Row]] = {}
    for row in read_rows(path, COLUMNS, required=False):
        if row.text("part") not in PARTS:
            raise InvalidInput(f"{row.where}: part {row.text('part')!r} is not {EQUITY}, a group, or a class code.")
        groups.setdefault((row.text("option"), vintage_of(row)), []).append(row)
    return [_view(option, vintage, rows) for (option, vintage), rows in groups.items()]


def _view(option: str, vintage: int, rows: list[Row]) -> SecondView:
    weights = np.zeros(len(CODES))
    for row in rows:
        if row.text("part") in CODES:
            weights[CODES.index(row.text("part"))] = row.number("rescaled")
    if abs(weights.sum() - 1) > WEIGHT_SUM_TOLERANCE or (weights < 0).any():
        raise InvalidInput(f"{rows[0].where}: the rescaled weights of {option} {vintage or ''} do not sum to one.")
    parts = tuple(
        Part(row.text("part"), *(row.number(name) for name in ("held", "by_returns", "low", "high"))) for row in rows
    )
    first = rows[0]
    months = int(first.number("months"))
    return SecondView(option, vintage, weights, parts, first.number("r2"), months, first.text("last_month"))
