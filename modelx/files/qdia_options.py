"""Candidate options from a folder of three small CSV files: outside products, managed accounts, hybrids.

    qdia_options.csv    option, name, kind, fund_fee_bp, overlay_fee_bp, service_fee_bp, alpha_bp, alpha_basis,
                        younger, older, pivot_age, source, as_of
    qdia_weights.csv    option, vintage (blank for a balanced option), asset_class, weight
    qdia_vintages.csv   option, vintage, fund_fee_bp, overlay_fee_bp, service_fee_bp, alpha_bp, observed_equity, r2

Weights are fractions; a class that is not named has weight zero. The last file may be absent; a figure in it replaces
the option's own for that vintage. Fees are basis points a year.
"""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar

import numpy as np

from modelx.domain.errors import InvalidInput
from modelx.evaluator.asset_classes import CODES
from modelx.evaluator.capital_markets import CapitalMarkets
from modelx.evaluator.columns import WEIGHT_SUM_TOLERANCE, FloatArray
from modelx.evaluator.cost_stack import AlphaBasis, fee_findings
from modelx.evaluator.errors import EvaluatorError
from modelx.evaluator.option import Option, OptionKind, hybrid, managed_account, option_with_portfolios
from modelx.files.qdia_rows import Row, read_rows, vintage_of, vintage_text

OPTIONS, WEIGHTS, VINTAGES = "qdia_options.csv", "qdia_weights.csv", "qdia_vintages.csv"
FIGURES = ("fund_fee_bp", "overlay_fee_bp", "service_fee_bp", "alpha_bp")
OPTION_COLUMNS = ("option", "name", "kind", *FIGURES, "alpha_basis", "younger", "older", "pivot_age", "source", "as_of")
WEIGHT_COLUMNS = ("option", "vintage", "asset_class", "weight")
VINTAGE_COLUMNS = ("option", "vintage", *FIGURES, "observed_equity", "r2")

_Choice = TypeVar("_Choice", OptionKind, AlphaBasis)


def read_options(folder: Path, markets: CapitalMarkets) -> list[Option]:
    """The options of a folder, in their order. Raises :class:`InvalidInput` naming file, line and reason."""
    weights = _by_option(read_rows(folder / WEIGHTS, WEIGHT_COLUMNS, required=False))
    vintages = _by_option(read_rows(folder / VINTAGES, VINTAGE_COLUMNS, required=False))
    rows = read_rows(folder / OPTIONS, OPTION_COLUMNS)
    known: set[str] = set()
    for row in rows:
        if row.text("option") in known:
            raise row.refusal("option", f"{row.text('option')!r} occurs twice; give each option an id of its own")
        known.add(row.text("option"))
    for name, owned in ((WEIGHTS, weights), (VINTAGES, vintages)):
        unknown = sorted(set(owned) - known)
        if unknown:
            raise InvalidInput(f"{folder / name}: options {unknown} are not in {OPTIONS}.")
    return [
        _option(row, weights.get(row.text("option"), []), vintages.get(row.text("option"), []), markets) for row in rows
    ]


def write_options(folder: Path, options: Iterable[Option]) -> None:
    """Write options so that :func:`read_options` gives them back."""
    folder.mkdir(parents=True, exist_ok=True)
    listed = list(options)
    _write(folder / OPTIONS, OPTION_COLUMNS, (_option_cells(one) for one in listed))
    _write(folder / WEIGHTS, WEIGHT_COLUMNS, (cells for one in listed for cells in _weight_cells(one)))
    _write(folder / VINTAGES, VINTAGE_COLUMNS, (cells for one in listed for cells in _vintage_cells(one)))


def _option(row: Row, weights: list[Row], vintages: list[Row], markets: CapitalMarkets) -> Option:
    option_id, name = row.text("option"), row.text("name") or row.text("option")
    kind = _choice(row, "kind", OptionKind)
    basis = _choice(row, "alpha_basis", AlphaBasis) if row.text("alpha_basis") else AlphaBasis.PRE_FEE
    if option_id == "":
        raise InvalidInput(f"{row.where}: option is missing.")
    try:
        if kind is OptionKind.HYBRID:
            pivot = row.number("pivot_age", float("nan"))
            return hybrid(option_id, name, row.text("younger"), row.text("older"), pivot)
        if kind is OptionKind.MANAGED_ACCOUNT:
            return _plausible(
                managed_account(
                    option_id,
                    name,
                    fund_fee_bp=row.number("fund_fee_bp", 0.0),
                    service_fee_bp=row.number("service_fee_bp", 0.0) + row.number("overlay_fee_bp", 0.0),
                    alpha_bp=row.number("alpha_bp", 0.0),
                    alpha_basis=basis,
                    source=row.text("source"),
                )
            )
        years, table = _portfolios(row, weights)
        by_year = {vintage_of(one): one for one in vintages}
        figures = {
            name: [by_year[year].number(name, own) if year in by_year else own for year in years]
            for name in FIGURES
            for own in (row.number(name, 0.0),)
        }
        found = option_with_portfolios(
            option_id,
            name,
            kind,
            years,
            table,
            markets,
            fund_fee_bp=figures["fund_fee_bp"],
            overlay_fee_bp=figures["overlay_fee_bp"],
            service_fee_bp=figures["service_fee_bp"],
            alpha_bp=figures["alpha_bp"],
            alpha_basis=basis,
            observed_equity=_all_or_none(years, by_year, "observed_equity"),
            r2=_all_or_none(years, by_year, "r2"),
            source=row.text("source"),
            as_of=row.text("as_of"),
        )
        return _plausible(found)
    except EvaluatorError as cause:
        raise InvalidInput(f"{row.where}: {cause}") from cause


def _plausible(one: Option) -> Option:
    """The same option, unless a fee cannot be meant: what is only doubtful is told with the evaluation."""
    if one.kind is not OptionKind.HYBRID:
        fee_findings(one.id, one.fees)
    return one


def _portfolios(row: Row, weights: list[Row]) -> tuple[list[int], FloatArray]:
    if not weights:
        raise InvalidInput(f"{row.where}: {row.text('option')} has no rows in {WEIGHTS}.")
    cells: dict[tuple[int, str], float] = {}
    for one in weights:
        code = one.text("asset_class")
        if code not in CODES:
            raise InvalidInput(f"{one.where}: unknown asset class {code!r}; known are {', '.join(CODES)}.")
        key = vintage_of(one), code
        if key in cells:
            raise one.refusal(
                "asset_class", f"{code} of vintage {key[0] or '(blank)'} occurs twice; keep one of the two"
            )
        cells[key] = one.number("weight")
        if cells[key] < 0:
            raise one.refusal("weight", f"{cells[key]:g} is negative; only long portfolios are evaluated")
    years = sorted({year for year, _ in cells})
    for year in years:
        whole = sum(weight for (vintage, _), weight in cells.items() if vintage == year)
        if abs(whole - 1) > WEIGHT_SUM_TOLERANCE:
            first = next(one for one in weights if vintage_of(one) == year)
            label = f"{row.text('option')} {year or ''}".strip()
            raise first.refusal("weight", f"of {label}: its classes sum to {whole:.6g}, not to one; write 60 % as 0.6")
    return years, np.array([[cells.get((year, code), 0.0) for code in CODES] for year in years])


def _all_or_none(years: list[int], by_year: Mapping[int, Row], name: str) -> list[float] | None:
    values = [by_year[year].number(name, float("nan")) if year in by_year else float("nan") for year in years]
    return None if np.isnan(values).all() else values


def _choice(row: Row, name: str, kind: type[_Choice]) -> _Choice:
    try:
        return kind(row.text(name))
    except ValueError as cause:
        known = ", ".join(one.value for one in kind)
        raise InvalidInput(f"{row.where}: {name} {row.text(name)!r} is none of {known}.") from cause


def _by_option(rows: list[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.text("option"), []).append(row)
    return found


def _write(path: Path, columns: tuple[str, ...], rows: Iterable[Mapping[str, object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, columns, lineterminator="\n", restval="")
        writer.writeheader()
        writer.writerows(rows)


def _option_cells(one: Option) -> dict[str, object]:
    cells: dict[str, object] = {"option": one.id, "name": one.name, "kind": one.kind.value, "source": one.source}
    if one.kind is OptionKind.HYBRID:
        return {**cells, "younger": one.younger, "older": one.older, "pivot_age": f"{one.pivot_age:g}"}
    same = {name: repr(float(column[0])) for name, column in _figures(one).items() if (column == column[0]).all()}
    return {**cells, **same, "alpha_basis": one.alpha_basis.value, "as_of": one.as_of}


def _figures(one: Option) -> dict[str, FloatArray]:
    columns = (one.fees.fund, one.fees.overlay, one.fees.service, one.alpha_bp)
    return dict(zip(FIGURES, columns, strict=True))


def _weight_cells(one: Option) -> Iterable[dict[str, object]]:
    for place, year in enumerate(one.vintages if one.weights is not None else ()):
        for code, weight in zip(CODES, one.weights[place] if one.weights is not None else (), strict=True):
            if weight > 0:
                yield {
                    "option": one.id,
                    "vintage": vintage_text(int(year)),
                    "asset_class": code,
                    "weight": repr(float(weight)),
                }


def _vintage_cells(one: Option) -> Iterable[dict[str, object]]:
    varying = {name: column for name, column in _figures(one).items() if not (column == column[0]).all()}
    found = {"observed_equity": one.observed_equity, "r2": one.r2}
    columns = varying | {name: column for name, column in found.items() if column is not None}
    for place, year in enumerate(one.vintages if columns else ()):
        cells = {name: repr(float(column[place])) for name, column in columns.items()}
        yield {"option": one.id, "vintage": vintage_text(int(year)), **cells}
