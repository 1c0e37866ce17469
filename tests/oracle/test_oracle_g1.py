"""The oracle against golden scenario G1: values, journal, trial balances. Nothing of the product takes part."""

from __future__ import annotations

import csv
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.oracle.night import Oracle

FIXTURES = Path(__file__).parents[2] / "fixtures"
SLEEVE = ("PLAN-A", "GRW60")
NOT_POSTED = ("1250", "4200")


@pytest.fixture(scope="module")
def g1() -> dict[str, Any]:
    vectors: dict[str, Any] = json.loads((FIXTURES / "vectors" / "unitization.json").read_text(encoding="utf-8"))
    golden: dict[str, Any] = vectors["G1"]
    return golden


@pytest.fixture(scope="module")
def oracle() -> Oracle:
    oracle = Oracle()
    oracle.load(FIXTURES / "g1_book")
    oracle.run_through(date(2026, 12, 1))
    return oracle


def account(code: str) -> str:
    return code.replace("50:", "5000:") if code.startswith("50:") else code


def test_every_unit_value_of_the_book_is_the_golden_one(oracle: Oracle) -> None:
    with (FIXTURES / "g1_book" / "expected_unit_values.csv").open(encoding="utf-8", newline="") as lines:
        expected = list(csv.DictReader(lines))
    found = [
        (row.date.isoformat(), row.plan, row.model, row.unit_value, row.net_assets, row.units)
        for row in oracle.rows.values()
    ]
    assert found == [
        (
            row["date"],
            row["plan"],
            row["model"],
            Decimal(row["unit_value"]),
            Decimal(row["net_assets"]),
            Decimal(row["units"]),
        )
        for row in expected
    ]
    assert {row.status for row in oracle.rows.values()} == {"PUBLISHED"}


def test_the_journal_is_the_golden_one_without_market_value(oracle: Oracle, g1: dict[str, Any]) -> None:
    expected = []
    for entry in g1["journal"]:
        lines = [(account(code), Decimal(amount)) for code, amount in entry["lines"] if not code.startswith(NOT_POSTED)]
        if lines and any(amount for _, amount in lines):
            expected.append((date.fromisoformat(entry["date"]), sorted(lines)))
    found = [(entry.date, sorted(entry.lines)) for entry in oracle.sleeves[SLEEVE].journal]
    assert sorted(found) == sorted(expected)


def test_each_trial_balance_is_the_golden_one_without_market_value(oracle: Oracle, g1: dict[str, Any]) -> None:
    for day, golden in g1["days"].items():
        expected = {
            account(code): Decimal(amount)
            for code, amount in golden["trial_balance_close"].items()
            if not code.startswith(NOT_POSTED) and Decimal(amount) != 0
        }
        assert oracle.trial_balances[date.fromisoformat(day), SLEEVE] == expected, day


def test_positions_units_fees_and_confirms_are_the_golden_ones(oracle: Oracle, g1: dict[str, Any]) -> None:
    for day, golden in g1["days"].items():
        night = date.fromisoformat(day)
        shares = {ticker: Decimal(n) for ticker, n in golden.get("positions", {}).items() if Decimal(n) != 0}
        assert oracle.positions[night, SLEEVE] == shares
        assert oracle.closing_units[night, SLEEVE] == Decimal(golden["units_close"])
        lines = oracle.fee_lines[night, SLEEVE]
        assert {line.payee: line.amount for line in lines} == {
            payee: Decimal(amount) for payee, amount in golden.get("fees", {}).items()
        }
        assert all(line.days == tuple(map(date.fromisoformat, golden["fee_days"])) for line in lines)
        priced = {c.order.ref: c for c in oracle.desk.confirms.values() if c.night == night}
        assert {order["ref"] for order in golden["orders"]} == set(priced)
        for order in golden["orders"]:
            confirm = priced[order["ref"]]
            assert (confirm.units, confirm.amount, confirm.unit_value) == (
                Decimal(order["units"]),
                Decimal(order["amount"]),
                Decimal(order["uv"]),
            )


def test_november_fees_are_paid_in_whole_cents_and_the_rest_stays_owed(oracle: Oracle, g1: dict[str, Any]) -> None:
    paid = g1["days"]["2026-12-01"]["fees_paid"]
    assert {p.payee: [p.owed, p.paid, p.owed - p.paid] for p in oracle.fee_payments} == {
        payee: [Decimal(figure) for figure in figures] for payee, figures in paid.items()
    }
