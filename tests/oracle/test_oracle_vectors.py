"""The oracle against the worked cases of the spec, each as a small book run through real nights."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tests.oracle.book import Book
from tests.oracle.book_writer import Row, write_book
from tests.oracle.exact import cents, exactly, fraction_to_millionths
from tests.oracle.fees import annual_fee, winning_row
from tests.oracle.night import Oracle
from tests.oracle.night_calendar import NightCalendar
from tests.oracle.small_book import bought_fund, fee_rows, run, subscription

FIXTURES = Path(__file__).parents[2] / "fixtures"
THREE_FEES = (("advisor", "0.0025"), ("manager", "0.0040"), ("platform", "0.00035"))


@pytest.fixture(scope="module")
def vectors() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((FIXTURES / "vectors" / "unitization.json").read_text(encoding="utf-8"))
    return loaded


def fees_of(oracle: Oracle, day: str, plan: str) -> dict[str, Decimal]:
    return {line.payee: line.amount for line in oracle.fee_lines[date.fromisoformat(day), (plan, "MOD")]}


def days_of(oracle: Oracle, day: str, plan: str) -> list[str]:
    return [d.isoformat() for d in oracle.fee_lines[date.fromisoformat(day), (plan, "MOD")][0].days]


def test_v01_v02_fees_of_one_day_and_of_the_days_after_thanksgiving(tmp_path: Path, vectors: dict[str, Any]) -> None:
    oracle = run(
        tmp_path,
        "2026-11-27",
        {"PLAN-A": "2026-11-23", "PLAN-B": "2026-11-25"},
        fees=fee_rows(THREE_FEES),
        orders=[
            subscription("A", "PLAN-A", "2026-11-23", "250000.00"),
            subscription("B", "PLAN-B", "2026-11-25", "250000.00"),
        ],
    )
    one, after_holiday = vectors["V01_single_day"], vectors["V02_after_holiday"]
    payees = [payee for payee, _ in THREE_FEES]
    assert fees_of(oracle, "2026-11-24", "PLAN-A") == {payee: Decimal(one[payee]) for payee in payees}
    assert fees_of(oracle, "2026-11-27", "PLAN-B") == {payee: Decimal(after_holiday[payee]) for payee in payees}
    assert days_of(oracle, "2026-11-27", "PLAN-B") == after_holiday["days"]


def test_v03_a_month_end_takes_its_trailing_weekend(tmp_path: Path, vectors: dict[str, Any]) -> None:
    v03 = vectors["V03_month_end_split"]
    oracle = run(
        tmp_path,
        "2026-11-02",
        {"PLAN-A": "2026-10-29", "PLAN-B": "2026-10-30"},
        fees=fee_rows([("platform", "0.00035")]),
        orders=[
            subscription("A", "PLAN-A", "2026-10-29", v03["base"]),
            subscription("B", "PLAN-B", "2026-10-30", v03["base"]),
        ],
    )
    assert days_of(oracle, "2026-10-30", "PLAN-A") == v03["friday"]["days"]
    assert fees_of(oracle, "2026-10-30", "PLAN-A") == {"platform": Decimal(v03["friday"]["platform"])}
    assert days_of(oracle, "2026-11-02", "PLAN-B") == v03["monday"]["days"]
    assert fees_of(oracle, "2026-11-02", "PLAN-B") == {"platform": Decimal(v03["monday"]["platform"])}


def test_v04_a_leap_year_begins_inside_a_weekend(tmp_path: Path, vectors: dict[str, Any]) -> None:
    v04 = vectors["V04_leap_boundary"]
    oracle = run(
        tmp_path,
        "2028-01-03",
        {"PLAN-A": "2027-12-30", "PLAN-B": "2027-12-31"},
        fees=fee_rows([("advisor", "0.0025")]),
        orders=[
            subscription("A", "PLAN-A", "2027-12-30", v04["base"]),
            subscription("B", "PLAN-B", "2027-12-31", v04["base"]),
        ],
    )
    friday = v04["friday_2027_12_31"]
    assert days_of(oracle, "2027-12-31", "PLAN-A") == friday["days"]
    assert fees_of(oracle, "2027-12-31", "PLAN-A") == {"advisor": Decimal(friday["advisor"])}
    assert days_of(oracle, "2028-01-03", "PLAN-B") == v04["days"]
    assert fees_of(oracle, "2028-01-03", "PLAN-B") == {"advisor": Decimal(v04["advisor"])}


@exactly
def test_v05_a_small_sleeve_pays_its_year(vectors: dict[str, Any]) -> None:
    v05 = vectors["V05_small_sleeve"]
    one_day = Fraction(Decimal(v05["base"])) * Fraction(Decimal(v05["rate"])) / 365
    assert fraction_to_millionths(one_day) == Decimal(v05["one_day_6dp"])
    assert 365 * fraction_to_millionths(one_day) == Decimal(v05["year_at_6dp"])
    assert 365 * cents(fraction_to_millionths(one_day)) == Decimal(v05["year_if_rounded_to_cents_daily"])


def test_v06_tiers_add_up_the_assets_of_the_whole_relationship(tmp_path: Path, vectors: dict[str, Any]) -> None:
    v06 = vectors["V06_tiered"]
    tiers = "0.0050@1000000;0.0035@5000000;0.0025"
    oracle = run(
        tmp_path,
        "2026-11-24",
        {"PLAN-A": "2026-11-23", "PLAN-B": "2026-11-23"},
        fees=[{"payee": "advisor", "kind": "ADVISOR", "tiers": tiers, "aggregate": "RELATIONSHIP"}],
        orders=[
            subscription("A", "PLAN-A", "2026-11-23", v06["sleeveA"]),
            subscription("B", "PLAN-B", "2026-11-23", v06["sleeveB"]),
        ],
    )
    assert fees_of(oracle, "2026-11-24", "PLAN-A") == {"advisor": Decimal(v06["dayA"])}
    assert fees_of(oracle, "2026-11-24", "PLAN-B") == {"advisor": Decimal(v06["dayB"])}
    both = Fraction(Decimal(v06["sleeveA"])) + Fraction(Decimal(v06["sleeveB"]))
    fee = winning_row(oracle.book, ("PLAN-A", "MOD"), "advisor", date(2026, 11, 24))
    assert fee is not None
    assert annual_fee(fee, both) == Fraction(v06["annual_fee"])


def test_v06_a_cliff_takes_the_reached_rate_for_all(tmp_path: Path, vectors: dict[str, Any]) -> None:
    book = Book(NightCalendar())
    tiers = "0.0050@1000000;0.0035@5000000;0.0025"
    book.load(write_book(tmp_path, {"fees": [{"payee": "advisor", "tiers": tiers, "method": "CLIFF"}]}))
    fee = winning_row(book, ("PLAN-A", "MOD"), "advisor", date(2026, 11, 24))
    assert fee is not None
    assert annual_fee(fee, Fraction(4_500_000)) == Fraction(vectors["V06_tiered"]["cliff_annual_fee"])
    assert annual_fee(fee, Fraction(1_000_000)) == 5_000
    assert annual_fee(fee, Fraction(100_000_001, 100)) == Fraction(100_000_001, 100) * Fraction(35, 10_000)


@exactly
def test_v07_a_purchase_leaves_its_residual_in_the_sleeve(tmp_path: Path, vectors: dict[str, Any]) -> None:
    v07 = vectors["V07_order_residual"]
    oracle = run(
        tmp_path,
        "2026-11-24",
        {"PLAN-A": "2026-11-23"},
        fees=fee_rows([("platform", "0.00012")]),
        prices=[{"date": "2026-11-24", "ticker": "FND", "price": "100.108"}],
        trades=[bought_fund("1000", "100000.00")],
        orders=[
            subscription("A", "PLAN-A", "2026-11-23", "250000.00"),
            subscription("B", "PLAN-A", "2026-11-24", v07["sub"]),
        ],
    )
    night, sleeve = date(2026, 11, 24), ("PLAN-A", "MOD")
    row, books = oracle.rows[night, sleeve], oracle.sleeves[sleeve]
    assert (row.net_assets, row.unit_value) == (Decimal(v07["net_assets"]), Decimal(v07["uv"]))
    issued = oracle.desk.confirms["RK1", "B"].units
    assert issued == Decimal(v07["units_issued"])
    residual = Decimal(v07["sub"]) - issued * Decimal(v07["uv"])
    assert residual == Decimal(v07["residual_to_fund"])
    after = (books.opening / books.units).quantize(Decimal("1e-12"))
    assert after == Decimal(v07["uv_after_exact"])


def test_v08_the_last_holder_leaves_no_dust_behind(tmp_path: Path, vectors: dict[str, Any]) -> None:
    v08 = vectors["V08_last_holder"]
    leave: Row = {**subscription("B", "PLAN-A", "2026-11-24", "", "ALL"), "side": "RED"}
    oracle = run(
        tmp_path,
        "2026-11-24",
        {"PLAN-A": "2026-11-23"},
        fees=fee_rows([("platform", "0.00008083")]),
        prices=[{"date": "2026-11-24", "ticker": "FND", "price": "10.55774"}],
        trades=[bought_fund("1000", "10000.00")],
        orders=[subscription("A", "PLAN-A", "2026-11-23", v08["units"], "UNITS"), leave],
    )
    night, sleeve = date(2026, 11, 24), ("PLAN-A", "MOD")
    row, books = oracle.rows[night, sleeve], oracle.sleeves[sleeve]
    assert (row.net_assets, row.units, row.unit_value) == tuple(Decimal(v08[k]) for k in ("net_assets", "units", "uv"))
    assert oracle.desk.confirms["RK1", "B"].amount == Decimal(v08["cash"])
    assert books.balance("3900") == Decimal(v08["dust_to_3900"])
    assert [books.units, books.opening, books.balance("2100:platform")] == [Decimal(0)] * 3


def test_v09_a_three_for_two_split_pays_half_a_share_in_cash(tmp_path: Path, vectors: dict[str, Any]) -> None:
    v09 = vectors["V09_3for2_split"]
    bought: Row = {**bought_fund(v09["old"], v09["cost_before"]), "ticker": "EQX"}
    split: Row = {
        "ticker": "EQX",
        "ex_date": "2026-11-25",
        "new_shares": "3",
        "old_shares": "2",
        "cash_in_lieu_price": "47.10",
    }
    oracle = run(
        tmp_path,
        "2026-11-27",
        {"PLAN-A": "2026-11-23"},
        prices=[
            {"date": day, "ticker": "EQX", "price": price}
            for day, price in (("2026-11-24", "68.31"), ("2026-11-25", "45.60"), ("2026-11-27", "45.70"))
        ],
        trades=[bought],
        splits=[split],
        orders=[subscription("A", "PLAN-A", "2026-11-23", "250000.00")],
    )
    sleeve = ("PLAN-A", "MOD")
    ex_date, paid = oracle.trial_balances[date(2026, 11, 25), sleeve], oracle.trial_balances[date(2026, 11, 27), sleeve]
    assert oracle.positions[date(2026, 11, 25), sleeve] == {"EQX": Decimal(v09["whole"])}
    assert ex_date["1200:EQX"] == Decimal(v09["cost_after"])
    assert (ex_date["1120"], ex_date["4100"]) == (Decimal(v09["cash_in_lieu"]), -Decimal(v09["realized_gain"]))
    assert "1120" not in paid
    assert paid["1000"] - ex_date["1000"] == Decimal(v09["cash_in_lieu"])
