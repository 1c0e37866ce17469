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

from modelx.domain.days import day_of
from modelx.domain.errors import InvalidInput, NotFound
from modelx.evaluator.asset_classes import CODES
from modelx.evaluator.engine import best_available
from modelx.evaluator.evaluation import Settings, evaluate_block
from modelx.evaluator.option import OptionKind
from modelx.evaluator.reference_population import reference_population
from modelx.evaluator.shipped import default_detail_map, default_markets
from modelx.services.ledger_views import positions_at
from modelx.services.qdia_candidates import candidate_options, sleeve_holdings, unit_value_returns
from tests.conftest import FIXTURES
from tests.oracle.script import Load, RunThrough
from tests.product import fresh_sqlite, play

G1 = json.loads((FIXTURES / "vectors" / "unitization.json").read_text())["G1"]
EXPOSURES = {"VFA": {"US_LG": "0.6", "DM_XUS": "0.4"}, "VBX": {"US_IT_CORE": "1"}, "EQX": {"US_LV": "1"}}
RATIOS = {"VFA": "7", "VBX": "35", "VCX": "32", "EQX": "3"}
DAY = day_of(date(2026, 12, 1))


def book(tmp_path: Path, *, mapped: bool = True, **exposures: dict[str, str]):
    folder = tmp_path / "book"
    shutil.copytree(FIXTURES / "g1_book", folder, ignore=shutil.ignore_patterns("expected*"))
    rows = {**EXPOSURES, "VCX": {"US_ST_CORE": "1"}, **exposures} if mapped else EXPOSURES
    lines = [f"{ticker},{code},{weight}" for ticker, row in rows.items() for code, weight in row.items()]
    (folder / "exposures.csv").write_text("ticker,asset_class,weight\n" + "\n".join(lines) + "\n")
    kinds = [
        f"{code},{'EQUITY' if kind else 'FIXED'}" for code, kind in zip(CODES, default_markets().equity, strict=True)
    ]
    (folder / "asset_classes.csv").write_text("asset_class,kind\n" + "\n".join([*kinds, "GOLD,EQUITY"]) + "\n")
    engine = fresh_sqlite(tmp_path)
    play([Load(folder), RunThrough(date(2026, 12, 1))], engine)
    return engine


def dollars(engine) -> dict[str, Decimal]:
    cash, lines = positions_at(engine, "PLAN-A", "GRW60", DAY)
    held = {line.ticker: Decimal(line.shares) * Decimal(line.price or 0) / 10**14 for line in lines}
    return {**held, "CASH": Decimal(cash) / 10**6}


def test_holdings_by_class_and_fees_as_they_accrue(tmp_path):
    engine = book(tmp_path)
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


def test_monthly_returns_of_unit_values(tmp_path):
    engine = book(tmp_path)
    found = unit_value_returns(engine, DAY)
    assert found.option == ("PLAN-A/GRW60",)
    november, december = (Decimal(G1["days"][on]["uv"]) for on in ("2026-11-30", "2026-12-01"))
    assert found.months == ("2026-12",)
    assert found.returns[0, 0] == pytest.approx(float(december / november - 1), abs=1e-12)
