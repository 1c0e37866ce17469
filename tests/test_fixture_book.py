"""The demonstration book: written by its script to the byte, sound in itself, and agreed on by the oracle."""

import csv
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import exchange_calendars
import pytest

from tests.oracle.night import Oracle

ROOT = Path(__file__).resolve().parent.parent
BOOK = ROOT / "fixtures" / "demo_book"
SCRIPT = ROOT / "scripts" / "make_fixture_book.py"
FOLDERS = ("01_opening", "02_correction", "03_rest")
BAD_NIGHT, CAUGHT_UP, LAST_NIGHT = date(2026, 11, 17), date(2026, 11, 18), date(2027, 1, 4)
KEYS = {
    "prices.csv": ("date", "ticker"),
    "second_prices.csv": ("date", "ticker", "source"),
    "distributions.csv": ("ticker", "ex_date", "kind"),
    "splits.csv": ("ticker", "ex_date"),
    "targets.csv": ("model", "effective_date", "ticker"),
    "fees.csv": ("plan", "model", "payee", "start"),
    "overrides.csv": ("plan", "model", "kind", "ticker", "start"),
    "sleeves.csv": ("plan", "model"),
    "orders.csv": ("rk_id", "order_ref"),
    "trades.csv": ("trade_ref",),
    "securities.csv": ("ticker",),
    "models.csv": ("model",),
    "plans.csv": ("plan",),
    "benchmarks.csv": ("benchmark",),
    "benchmark_levels.csv": ("date", "benchmark"),
    "asset_classes.csv": ("asset_class",),
    "exposures.csv": ("ticker", "asset_class"),
    "custodian_positions.csv": ("date", "plan", "model", "ticker"),
    "rk_units.csv": ("date", "plan", "model"),
}
Row = dict[str, str]


def rows(name: str, *folders: str) -> list[Row]:
    found: list[Row] = []
    for folder in folders or FOLDERS:
        path = BOOK / folder / name
        if path.exists():
            with path.open(encoding="utf-8", newline="") as file:
                found += csv.DictReader(file)
    return found


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.fixture(scope="module")
def prices() -> dict[str, dict[date, Decimal]]:
    """The latest known price of every security and session."""
    table: dict[str, dict[date, Decimal]] = defaultdict(dict)
    for row in rows("prices.csv", "01_opening", "03_rest", "02_correction"):
        table[row["ticker"]][day(row["date"])] = Decimal(row["price"])
    return table


@pytest.fixture(scope="module")
def kinds() -> dict[str, str]:
    """MF, ETF, MMF or CIT by ticker."""
    return {row["ticker"]: row["kind"] for row in rows("securities.csv")}


@pytest.fixture(scope="module")
def oracle() -> Oracle:
    """The story of the README, told by the oracle: held, corrected, released, and on to the last night."""
    oracle = Oracle()
    oracle.load(BOOK / "01_opening")
    oracle.run_through(CAUGHT_UP)
    oracle.load(BOOK / "02_correction")
    for plan, model in oracle.held_sleeves():
        assert oracle.release(plan, model) == [BAD_NIGHT, CAUGHT_UP]
    oracle.load(BOOK / "03_rest")
    oracle.run_through(LAST_NIGHT)
    return oracle


def test_the_committed_book_is_what_the_script_writes(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(SCRIPT), "--out", str(tmp_path)], check=True, capture_output=True)
    committed = {path.relative_to(BOOK) for path in BOOK.rglob("*.csv")}
    assert {path.relative_to(tmp_path) for path in tmp_path.rglob("*.csv")} == committed
    for path in committed:
        assert (tmp_path / path).read_bytes() == (BOOK / path).read_bytes(), path


def test_the_script_does_not_lean_on_the_product() -> None:
    for path in [SCRIPT, *(ROOT / "scripts" / "fixture_book").glob("*.py")]:
        assert "modelx" not in path.read_text(encoding="utf-8"), path


def test_the_sessions_are_sixty_days_of_the_new_york_stock_exchange(prices: dict[str, dict[date, Decimal]]) -> None:
    exchange = exchange_calendars.get_calendar("XNYS", start="2026-10-01", end="2027-01-31")
    expected = [when.date() for when in exchange.sessions_in_range("2026-10-08", "2027-01-04")]
    assert len(expected) == 60
    assert all(sorted(path) == expected for path in prices.values())


def test_the_book_has_the_promised_size() -> None:
    assert len({row["recordkeeper"] for row in rows("plans.csv")}) == 3
    counts = {name: len(rows(name)) for name in ("plans.csv", "models.csv", "securities.csv", "sleeves.csv")}
    assert counts == {"plans.csv": 12, "models.csv": 8, "securities.csv": 30, "sleeves.csv": 24}
    assert sum(path.stat().st_size for path in BOOK.rglob("*")) < 1_500_000


def test_every_record_keeper_sends_orders_every_session(prices: dict[str, dict[date, Decimal]]) -> None:
    sent = {(row["rk_id"], day(row["trade_date"])) for row in rows("orders.csv")}
    keepers = {row["recordkeeper"] for row in rows("plans.csv")}
    assert sent == {(keeper, session) for keeper in keepers for session in prices["SZQT"]}


def test_a_key_comes_once_in_a_file_and_again_only_for_the_correction_and_the_resent_orders() -> None:
    again = []
    for name, key in KEYS.items():
        seen: set[tuple[str, ...]] = set()
        for folder in FOLDERS:
            here = Counter(tuple(row[column] for column in key) for row in rows(name, folder))
            assert all(count == 1 for count in here.values()), name
            again += [(name, *one) for one in here if one in seen]
            seen |= here.keys()
    resent = [row for row in rows("expected_order_outcomes.csv", "") if row["outcome"] in {"DUPLICATE", "ORRF"}]
    expected = [("orders.csv", row["rk_id"], row["order_ref"]) for row in resent]
    assert sorted(again) == sorted([("prices.csv", BAD_NIGHT.isoformat(), "BZQSX"), *expected])


def test_weights_and_exposures_sum_to_one() -> None:
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in rows("targets.csv"):
        sums[row["model"], row["effective_date"]] += Decimal(row["weight"])
    for row in rows("exposures.csv"):
        sums["exposure", row["ticker"]] += Decimal(row["weight"])
    assert len(sums) == 9 + 30
    assert set(sums.values()) == {Decimal(1)}
    classes = {row["asset_class"] for row in rows("asset_classes.csv")}
    assert len(classes) == 19
    assert {row["asset_class"] for row in rows("exposures.csv")} <= classes


def test_returns_are_within_tolerance_and_no_price_is_stale(
    prices: dict[str, dict[date, Decimal]], kinds: dict[str, str]
) -> None:
    sides = {row["asset_class"]: row["kind"] for row in rows("asset_classes.csv")}
    paid: dict[tuple[str, date], Decimal] = defaultdict(Decimal)
    for row in rows("distributions.csv"):
        paid[row["ticker"], day(row["ex_date"])] += Decimal(row["rate"])
    split = {(row["ticker"], day(row["ex_date"])): int(row["new_shares"]) for row in rows("splits.csv")}
    for security in rows("securities.csv"):
        ticker, kind = security["ticker"], kinds[security["ticker"]]
        fixed = sides[security["asset_class"]] == "FIXED"
        limit = Decimal(0 if kind == "MMF" else "0.02" if fixed else "0.05")
        stale, unchanged = {"ETF": 2, "MMF": 99}.get(kind, 5 if fixed else 3), 0
        for (_, before), (when, now) in pairwise(sorted(prices[ticker].items())):
            grown = (now + paid[ticker, when]) * split.get((ticker, when), 1) / before - 1
            assert abs(grown) <= limit, (ticker, when, grown)
            unchanged = unchanged + 1 if now == before else 0
            assert unchanged < stale, (ticker, when)


def test_the_mistaken_price_is_far_off_and_the_second_source_knows_better(
    prices: dict[str, dict[date, Decimal]],
) -> None:
    wrong = [
        (row["ticker"], day(row["date"]), Decimal(row["price"]) / prices[row["ticker"]][day(row["date"])])
        for row in rows("prices.csv", "01_opening", "03_rest")
        if Decimal(row["price"]) != prices[row["ticker"]][day(row["date"])]
    ]
    assert [(ticker, when) for ticker, when, _ in wrong] == [("BZQSX", BAD_NIGHT)]
    assert wrong[0][2] > Decimal("1.5")
    for row in rows("second_prices.csv"):
        assert abs(Decimal(row["price"]) / prices[row["ticker"]][day(row["date"])] - 1) < Decimal("0.001")


def test_trades_are_confirms_a_custodian_could_send(
    prices: dict[str, dict[date, Decimal]], kinds: dict[str, str]
) -> None:
    bank_only = {date(2026, 10, 12), date(2026, 11, 11)}
    settlement_days = [session for session in prices["SZQT"] if session not in bank_only] + [date(2027, 1, 5)]
    starts = {(row["plan"], row["model"]): day(row["start_date"]) for row in rows("sleeves.csv")}
    for trade in rows("trades.csv"):
        traded, kind = day(trade["trade_date"]), kinds[trade["ticker"]]
        shares, amount = Decimal(trade["shares"]), Decimal(trade["amount"])
        assert starts[trade["plan"], trade["model"]] < traded
        assert day(trade["settle_date"]) == next(when for when in settlement_days if when > traded)
        assert shares > 0
        assert amount == amount.quantize(Decimal("0.01")) > 0
        price = prices[trade["ticker"]][traded]
        if kind == "ETF":
            assert shares == shares.to_integral_value()
            assert abs(amount / (shares * price) - 1) < Decimal("0.0006")
        else:
            assert abs(amount - shares * price) <= price * Decimal("0.0005") + Decimal("0.005")


def test_text_cannot_be_taken_for_a_formula() -> None:
    for path in BOOK.rglob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.reader(file):
                assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row), (path, row)


def test_the_mistaken_price_holds_three_sleeves_and_no_more() -> None:
    oracle = Oracle()
    oracle.load(BOOK / "01_opening")
    oracle.run_through(BAD_NIGHT)
    statuses = Counter(row.status for (night, _), row in oracle.rows.items() if night == BAD_NIGHT)
    assert statuses == {"PUBLISHED": 20, "HELD": 3}
    held = [("KESTRELBAY", "BRBALN"), ("OSTRANDER", "BRBALN"), ("TAMSINOAKE", "BRBALN")]
    assert oracle.held_sleeves() == held
    assert all(Decimal(0) <= row.cash for row in oracle.rows.values() if row.cash is not None)


def test_the_oracle_finds_every_unit_value_of_the_book_digit_for_digit(oracle: Oracle) -> None:
    assert oracle.held_sleeves() == []
    expected = rows("expected_unit_values.csv", "")
    assert len(expected) == len(oracle.rows) == 1361
    for row in expected:
        night = oracle.rows[day(row["date"]), (row["plan"], row["model"])]
        values = tuple(Decimal(row[column]) for column in ("unit_value", "net_assets", "units"))
        assert (night.unit_value, night.net_assets, night.units) == values, row


def test_every_order_ends_as_the_book_says(oracle: Oracle) -> None:
    special = {(row["rk_id"], row["order_ref"]): row["outcome"] for row in rows("expected_order_outcomes.csv", "")}
    refused = {key for key, outcome in special.items() if outcome == "ORRF"}
    assert set(oracle.book.repeated_orders) == refused
    for key, confirm in oracle.desk.confirms.items():
        late = confirm.status == "PRICED" and confirm.night != confirm.order.trade_date
        outcome = "NEXT_NIGHT" if late else confirm.reason or confirm.status
        expected = special.get(key, "PRICED")
        assert outcome == ("PRICED" if expected in {"DUPLICATE", "ORRF"} else expected), key


def test_cash_is_never_negative_and_the_last_holder_leaves_no_assets(oracle: Oracle) -> None:
    assert min(row.cash for row in oracle.rows.values() if row.cash is not None) == 0
    left = oracle.rows[LAST_NIGHT, ("MIRABEL", "CDLCON")]
    assert (left.units, left.net_assets) == (0, 0)


def test_custodian_and_record_keepers_agree_with_the_ledger_but_for_one_line(oracle: Oracle) -> None:
    breaks = []
    listed = set()
    for row in rows("custodian_positions.csv"):
        sleeve = row["plan"], row["model"]
        books = oracle.sleeves[sleeve]
        ours = books.balance("1000") if row["ticker"] == "CASH" else books.held(row["ticker"])
        listed.add((sleeve, row["ticker"]))
        if ours != Decimal(row["shares"]):
            breaks.append((*sleeve, row["ticker"], Decimal(row["shares"]) - ours))
    assert breaks == [("KESTRELBAY", "THGLEQ", "SZQD", Decimal(-25))]
    held = {(key, ticker) for key, books in oracle.sleeves.items() for ticker, count in books.shares.items() if count}
    assert held <= listed
    for row in rows("rk_units.csv"):
        assert oracle.sleeves[row["plan"], row["model"]].units == Decimal(row["units"])
