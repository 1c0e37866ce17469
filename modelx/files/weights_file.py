"""A manager's file of weights: two columns, ticker and weight, as fractions of one."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from modelx.domain.errors import InvalidInput
from modelx.domain.money import parse_decimal

HEADER = ["ticker", "weight"]


def read_weights(path: Path) -> dict[str, int]:
    """The weights (10^-12) of a CSV file by ticker. Raises :class:`InvalidInput` with file, line and reason."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.reader(stream))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path} cannot be read: {error}") from error
    if not rows or [cell.strip().lower() for cell in rows[0]] != HEADER:
        raise InvalidInput(f"{path.name}:1: the header is {','.join(HEADER)}; weights are fractions, 0.25 for 25 %")
    lines = [(number, row) for number, row in enumerate(rows[1:], 2) if any(cell.strip() for cell in row)]
    weights: dict[str, int] = {}
    for number, row in lines:
        if len(row) != len(HEADER):
            raise InvalidInput(f"{path.name}:{number}: two columns, ticker and weight; found {len(row)}")
        _add(weights, row[0].strip(), row[1].strip(), f"{path.name}:{number}")
    return weights


def parse_settings(settings: Iterable[str]) -> dict[str, int]:
    """The weights (10^-12) of ``TICKER=WEIGHT`` words. Raises :class:`InvalidInput` naming the word."""
    weights: dict[str, int] = {}
    for word in settings:
        ticker, sign, weight = word.partition("=")
        if not sign:
            raise InvalidInput(f"--set {word}: write TICKER=WEIGHT, such as VFA=0.36")
        _add(weights, ticker.strip(), weight.strip(), f"--set {word}")
    return weights


def parse_weight(text: str, where: str) -> int:
    """A weight as a fraction of one (10^-12). Raises :class:`InvalidInput`."""
    try:
        return parse_decimal(text, 12)
    except InvalidInput as error:
        raise InvalidInput(f"{where}: {text!r} is no weight: write a fraction of one such as 0.36 ({error})") from error


def _add(weights: dict[str, int], ticker: str, text: str, where: str) -> None:
    if not ticker:
        raise InvalidInput(f"{where}: the ticker is blank")
    if ticker in weights:
        raise InvalidInput(f"{where}: {ticker} is named twice; merge the two weights")
    weights[ticker] = parse_weight(text, where)
