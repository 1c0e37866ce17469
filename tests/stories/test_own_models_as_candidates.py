"""The platform's own models as candidates of a default: scenario G1, with exposures, from the ledger to an evaluation.

Expected: shares times prices by plain decimals, the rates of fees.csv, the expense ratios of securities.csv, the unit
values of the golden vector.
"""

import json
import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine

from modelx.domain.days import day_of
from modelx.domain.errors import InvalidInput, NotFound
from modelx.evaluator.asset_classes import CODES, equity_mask
from modelx.evaluator.engine import best_available
from modelx.evaluator.evaluation import Settings, evaluate_block
from modelx.evaluator.option import OptionKind
from modelx.evaluator.reference_population import reference_population
from modelx.evaluator.shipped import default_detail_map, default_markets
from modelx.files.qdia_options import write_options
from modelx.files.qdia_second_views import read_second_views, write_second_views
from modelx.services.ledger_views import positions_at
from modelx.services.qdia_candidates import candidate_options, sleeve_holdings
from modelx.services.qdia_own_styles import second_views, unit_value_returns
from modelx.services.qdia_second_view import by_returns
from modelx.services.qdia_style import Factors, analyse_styles
from tests.conftest import FIXTURES
from tests.oracle.script import Load, RunThrough
from tests.product import fresh_sqlite, play, with_sessions

G1 = json.loads((FIXTURES / "vectors" / "unitization.json").read_text())["G1"]
EXPOSURES = {"VFA": {"US_LG": "0.6", "DM_XUS": "0.4"}, "VBX": {"US_IT_CORE": "1"}, "EQX": {"US_LV": "1"}}
RATIOS = {"VFA": "7", "VBX": "35", "VCX": "32", "EQX": "3"}
DAY = day_of(date(2026, 12, 1))


def book(tmp_path: Path, engine: Engine | None = None, *, mapped: bool = True, **exposures: dict[str, str]) -> Engine:
    folder = tmp_path / "book"
    shutil.copytree(FIXTURES / "g1_book", folder, ignore=shutil.ignore_patterns("expected*"))
    rows = {**EXPOSURES, "VCX": {"US_ST_CORE": "1"}, **exposures} if mapped else EXPOSURES
    lines = [f"{ticker},{code},{weight}" for ticker, row in rows.items() for code, weight in row.items()]
    (folder / "exposures.csv").write_text("ticker,asset_class,weight\n" + "\n".join(lines) + "\n")
    kinds = [
        f"{code},{'EQUITY' if kind else 'FIXED'}" for code, kind in zip(CODES, default_markets().equity, strict=True)
    ]
    (folder / "asset_classes.csv").write_text("asset_class,kind\n" + "\n".join([*kinds, "GOLD,EQUITY"]) + "\n")
    ours = fresh_sqlite(tmp_path) if engine is None else with_sessions(engine)
    play([Load(folder), RunThrough(date(2026, 12, 1))], ours)
    return ours


def dollars(engine) -> dict[str, Decimal]:
    cash, lines = positions_at(engine, "PLAN-A", "GRW60", DAY)
    held = {line.ticker: Decimal(line.shares) * Decimal(line.price or 0) / 10**14 for line in lines}
    return {**held, "CASH": Decimal(cash) / 10**6}


def test_holdings_by_class_and_fees_as_they_accrue(tmp_path, engine):
    book(tmp_path, engine)
    (sleeve,) = sleeve_holdings(engine, DAY)
    held = dollars(engine)
    total = Decimal(sleeve.value)
    expected = {
        "US_LG": held.get("VFA", 0) * Decimal("0.6"),
        "DM_XUS": held.get("VFA", 0) * Decimal("0.4"),
        "US_LV": held.get("EQX", 0),
        "US_IT_CORE": held.get("VBX", 0),
        "US_ST_CORE": held.get("VCX", 0),
    }
    for code, amount in expected.items():
        assert sleeve.weights[CODES.index(code)] == pytest.approx(float(amount / total), abs=1e-9)
    assert sleeve.weights.sum() == pytest.approx(1.0)
    assert sleeve.unmapped == 0
    assert sleeve.overlay_bp == pytest.approx(40.0, abs=1e-6)
    assert sleeve.service_bp == pytest.approx(3.5 + 25.0, abs=1e-6)
    funds = sum(held[ticker] * Decimal(ratio) for ticker, ratio in RATIOS.items() if ticker in held) / total
    assert sleeve.fund_bp == pytest.approx(float(funds), abs=1e-9)
    assert [round(rate, 6) for _, rate in sleeve.fees] == [25.0, 40.0, 3.5]


def test_a_sleeve_is_evaluated_beside_other_options(tmp_path):
    (option,) = candidate_options(sleeve_holdings(book(tmp_path), DAY), default_markets(), "2026-12-01")
    assert option.kind is OptionKind.BALANCED
    assert option.source == "look-through of the ledger, sleeves of PLAN-A"
    people, detail = reference_population(200, 1), default_detail_map()
    ideal = best_available(detail).ideal(people)
    result = evaluate_block(people, ideal, [option], default_markets(), Settings(as_of=2026.9), detail)
    assert result.stack.fees[0] == pytest.approx(np.full(200, float(option.fees.total[0])))
    assert (result.total[0] > 0).all()


def test_what_nobody_mapped_is_told(tmp_path):
    engine = book(tmp_path, mapped=False)
    (sleeve,) = sleeve_holdings(engine, DAY)
    held = dollars(engine)
    assert sleeve.unmapped == pytest.approx(float(held.get("VCX", Decimal(0)) / Decimal(sleeve.value)), abs=1e-9)


def test_an_exposure_to_an_unknown_class_is_refused(tmp_path):
    with pytest.raises(InvalidInput, match="unknown asset class 'GOLD'"):
        sleeve_holdings(book(tmp_path, EQX={"GOLD": "1"}), DAY)


def test_a_day_without_unit_values_is_not_found(tmp_path):
    engine = book(tmp_path)
    with pytest.raises(NotFound, match="no published unit value"):
        sleeve_holdings(engine, day_of(date(2026, 11, 1)))
    with pytest.raises(NotFound, match="no published unit value of NOBODY"):
        sleeve_holdings(engine, DAY, "NOBODY")


def with_history(tmp_path: Path, months: int, engine: Engine | None = None) -> Engine:
    """The golden book after ``months`` of month-end values struck elsewhere, ending at its first value, 10."""
    ends = [date(2026 - (at + 2) // 12, 12 - (at + 2) % 12, 28) for at in reversed(range(months))]
    lines = [f"{on.isoformat()},PLAN-A,GRW60,{10 * 1.004 ** (at - months + 1):.6f}" for at, on in enumerate(ends)]
    ours = book(tmp_path, engine)
    folder = tmp_path / "history"
    folder.mkdir()
    (folder / "unit_value_history.csv").write_text("date,plan,model,unit_value\n" + "\n".join(lines) + "\n")
    play([Load(folder)], ours)
    return ours


def factors(months: tuple[str, ...]) -> Factors:
    source = np.random.default_rng(3)
    return Factors(months, source.normal(size=(len(months), 19)) @ default_markets().root.T / np.sqrt(12))


def test_a_month_counts_when_it_is_whole_and_values_from_before_the_platform_count_too(tmp_path):
    engine = with_history(tmp_path, 3)
    found = unit_value_returns(engine, DAY, sleeve_holdings(engine, DAY))
    assert found.option == ("PLAN-A/GRW60",)
    # Values of August to October come from the file, November's from the ledger; one day of December is no month.
    assert found.months == ("2026-09", "2026-10", "2026-11")
    november = Decimal(G1["days"]["2026-11-30"]["uv"])
    assert found.returns[0, 2] == pytest.approx(float(november / 10 - 1), abs=1e-12)
    assert found.returns[0, 0] == pytest.approx(0.004, abs=1e-6)


def test_one_whole_month_gives_no_return(tmp_path):
    engine = book(tmp_path)
    with pytest.raises(NotFound, match="ends of two months at least"):
        unit_value_returns(engine, DAY, sleeve_holdings(engine, DAY))


def test_fewer_than_36_months_refuse_the_style_and_leave_the_look_through(tmp_path):
    engine = with_history(tmp_path, 35)
    held = sleeve_holdings(engine, DAY)
    returns = unit_value_returns(engine, DAY, held)
    (style,) = analyse_styles(returns, factors(returns.months))
    assert style.refused == "35 months; 36 are the least"
    assert second_views(held, [style]) == []
    (option,) = candidate_options(held, default_markets(), "2026-12-01")
    assert by_returns(option, []) is None


def test_both_exposures_stand_side_by_side_and_the_one_by_returns_meets_the_equity_held(tmp_path, engine):
    with_history(tmp_path, 40, engine)
    held = sleeve_holdings(engine, DAY)
    returns = unit_value_returns(engine, DAY, held)
    styles = analyse_styles(returns, factors(returns.months))
    (view,) = second_views(held, styles)
    level = float(held[0].weights @ equity_mask())
    assert (view.months, view.last) == (40, "2026-11")
    equity = view.parts[0]
    assert (equity.name, equity.held) == ("EQUITY", pytest.approx(level))
    assert equity.low <= equity.by_returns <= equity.high
    assert sum(part.held for part in view.parts[1:8]) == pytest.approx(1.0)
    (option,) = candidate_options(held, default_markets(), "2026-12-01")
    other = by_returns(option, [view])
    assert other is not None
    assert other.weights is not None
    assert float(other.weights[0] @ equity_mask()) == pytest.approx(level)
    assert (other.fees, other.id) == (option.fees, option.id)
    write_options(tmp_path / "own", [option])
    write_second_views(tmp_path / "own", [view])
    (again,) = read_second_views(tmp_path / "own")
    assert again.parts == view.parts
    assert again.weights.tolist() == view.weights.tolist()
    assert (again.r2, again.months, again.last) == (view.r2, view.months, view.last)
