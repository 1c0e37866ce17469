"""Properties of `spec/unitization.md` 15 that need a whole book: sizes, permutations and plans side by side.

Whatever touches the store runs on both databases. The others are proved beside their rules: allocations and
rebalancing in tests/domain, fees over a year and over a relationship in tests/domain/test_accrual.py, an order split in
two in tests/domain/test_order_pricing.py, floats in tests/stories/test_no_float_in_money_paths.py.
"""

from __future__ import annotations

import csv
import random
import shutil
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from modelx.domain.days import date_of, day_of
from modelx.ledger.balance import Balances
from modelx.services.cycle_status import cycle_status
from modelx.services.cycle_verify import verify_nights
from modelx.services.unit_values import ListedUnitValue, list_unit_values
from modelx.store.unit_value_records import Selection
from tests.ledger.books import journals
from tests.ledger.test_balance import MOVES
from tests.oracle import script
from tests.oracle.book_writer import Row, model_row, plan_row, security_row, write_book
from tests.oracle.random_book import random_book
from tests.oracle.script import Load, RunThrough
from tests.product import play, with_sessions
from tests.stateful import answers

NewEngine = Callable[[], Engine]

MONDAY, TUESDAY, WEDNESDAY = (date(2026, 11, day) for day in (23, 24, 25))
TICK, UNIT_TICK, CENT = Decimal("0.000001"), Decimal("0.0001"), Decimal("0.01")

SHARES = st.integers(1, 999_999).map(lambda n: Decimal(n).scaleb(-3))
PRICES = st.integers(1_00, 500_00).map(lambda n: Decimal(n).scaleb(-2))
CENTS = st.integers(1, 20_000_00).map(lambda n: Decimal(n).scaleb(-2))
UNITS = st.integers(1, 800_0000).map(lambda n: Decimal(n).scaleb(-4))
ORDERS = st.one_of(
    st.tuples(st.sampled_from(["SUB", "RED"]), st.just("AMT"), CENTS),
    st.tuples(st.sampled_from(["SUB", "RED"]), st.just("UNITS"), UNITS),
)


@settings(max_examples=4, database=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(SHARES, PRICES, st.lists(ORDERS, max_size=6)), min_size=12, max_size=12))
def test_orders_leave_what_a_unit_is_worth_unchanged(
    new_engine: NewEngine,
    tmp_path_factory: pytest.TempPathFactory,
    sleeves: list[tuple[Decimal, Decimal, list[tuple[str, str, Decimal]]]],
) -> None:
    """No one else pays for an order: on the morrow, prices and all, assets are still the units at the same value.

    The bound: half a tick of unit value a unit from the strike, and the order's own rounding, half a tick of units at
    that value, or half a cent.
    """
    folder, engine = tmp_path_factory.mktemp("orders"), with_sessions(new_engine())
    play([Load(write_book(folder / "book", invested(sleeves))), RunThrough(WEDNESDAY)], engine)
    struck = {(date_of(line.business_date), line.plan): line.strike for line in list_unit_values(engine, Selection())}
    for n, (_, _, orders) in enumerate(sleeves):
        before, after = struck[TUESDAY, f"PLAN-{n:02d}"], struck[WEDNESDAY, f"PLAN-{n:02d}"]
        assert before is not None
        assert after is not None
        value, units = answers.money(before.unit_value), answers.money(after.units)
        roundings = [UNIT_TICK * value if kind == "AMT" else CENT for _, kind, _ in orders]
        bound = (TICK * answers.money(before.units) + sum(roundings)) / 2
        assert abs(answers.money(after.net_assets) - value * units) <= bound


def invested(sleeves: list[tuple[Decimal, Decimal, list[tuple[str, str, Decimal]]]]) -> dict[str, list[Row]]:
    """Plans of one sleeve each: 10,000 subscribed on Monday, a fund of its own bought and orders sent on Tuesday."""
    plans = [f"PLAN-{n:02d}" for n in range(len(sleeves))]
    tables: dict[str, list[Row]] = {
        "plans": [plan_row(plan) for plan in plans],
        "models": [model_row("MOD", MONDAY)],
        "sleeves": [{"plan": plan, "model": "MOD", "start_date": MONDAY, "rebalance": "NONE"} for plan in plans],
        "securities": [security_row(f"F{n:02d}", "MF", "US Equity", 3, False) for n in range(len(sleeves))],
        "orders": [order(f"S-{plan}", plan, MONDAY, ("SUB", "AMT", Decimal(10_000))) for plan in plans],
        "prices": [],
        "trades": [],
    }
    for n, (shares, price, orders) in enumerate(sleeves):
        tables["prices"] += [{"date": day, "ticker": f"F{n:02d}", "price": price} for day in (TUESDAY, WEDNESDAY)]
        tables["trades"].append(bought(plans[n], f"F{n:02d}", shares, (shares * price).quantize(CENT)))
        tables["orders"] += [order(f"O-{n:02d}-{at}", plans[n], TUESDAY, one) for at, one in enumerate(orders)]
    return tables


def order(ref: str, plan: str, day: date, what: tuple[str, str, Decimal]) -> Row:
    side, kind, quantity = what
    sent = {"file_id": "FILE-1", "rk_id": "RK1", "order_ref": ref, "plan_id": plan, "ticker": "MOD"}
    return {**sent, "side": side, "qty_type": kind, "qty": quantity, "trade_date": day}


def bought(plan: str, ticker: str, shares: Decimal, paid: Decimal) -> Row:
    dealt = {"trade_ref": f"T-{plan}", "trade_date": TUESDAY, "settle_date": WEDNESDAY, "plan": plan, "model": "MOD"}
    return {**dealt, "ticker": ticker, "side": "BUY", "shares": shares, "amount": max(paid, CENT)}


@pytest.mark.parametrize("seed", [202, 203])
def test_the_order_of_rows_and_files_changes_no_unit_value(seed: int, new_engine: NewEngine, tmp_path: Path) -> None:
    """Rows of every file shuffled; files loaded one at a time, in any order. Names and closures come first."""
    book = random_book(seed, tmp_path / "books")
    rng = random.Random(seed)
    straight, mixed = with_sessions(new_engine()), with_sessions(new_engine())
    play(book.steps, straight)
    play(mixed_up(book.steps, tmp_path / "mixed", rng), mixed)
    assert told(straight) == told(mixed)
    for plan, model in sorted({(line.plan, line.model) for line in list_unit_values(straight, Selection())}):
        accounts = [answers.accounts_at(engine, (plan, model), book.through) for engine in (straight, mixed)]
        assert accounts[0] == accounts[1]


FIRST_FILES = ("asset_classes", "securities", "plans", "models", "closures", "targets", "sleeves")


def mixed_up(steps: Iterable[script.Step], root: Path, rng: random.Random) -> Iterator[script.Step]:
    """The same script with each folder taken apart: what introduces names first, then file by file."""
    for number, step in enumerate(steps):
        if not isinstance(step, Load):
            yield step
            continue
        files = sorted(step.folder.iterdir())
        later = [file for file in files if file.stem not in FIRST_FILES]
        rng.shuffle(later)
        for place, group in enumerate([[file for file in files if file.stem in FIRST_FILES], *([f] for f in later)]):
            if group:
                part = new_folder(root / f"folder_{number}_{place}")
                for file in group:
                    shuffle_rows(file, part / file.name, rng)
                yield Load(part)


def shuffle_rows(source: Path, target: Path, rng: random.Random) -> None:
    header, *rows = source.read_text(encoding="utf-8").splitlines(keepends=True)
    rng.shuffle(rows)
    target.write_text("".join([header, *rows]), encoding="utf-8")


def new_folder(path: Path) -> Path:
    path.mkdir(parents=True)
    return path


def told(engine: Engine) -> list[object]:
    """Unit values with their components, and what became of each order, by name."""

    def figures(line: ListedUnitValue) -> tuple[object, ...]:
        strike = line.strike
        if strike is None:
            return ()
        assets = (strike.unit_value, strike.net_assets, strike.units, strike.market_value, strike.cash)
        return *assets, strike.receivables, strike.payables, strike.accrued_fees, strike.opening_net_assets

    lines = list_unit_values(engine, Selection())
    values = [(line.business_date, line.plan, line.model, line.status, figures(line)) for line in lines]
    return [*values, *answers.order_outcomes(engine, Selection())]


@pytest.mark.parametrize("seed", [211, 216, 217])
def test_a_fee_and_an_override_of_one_plan_move_nothing_in_any_other(
    seed: int, new_engine: NewEngine, tmp_path: Path
) -> None:
    """The other plans' transfers are the same, one by one. Relationship tiers are left out: they are for sharing."""
    book = random_book(seed, tmp_path / "books")
    steps = [Load(without_relationships(s.folder, tmp_path)) if isinstance(s, Load) else s for s in book.steps]
    plain, changed = with_sessions(new_engine()), with_sessions(new_engine())
    play(steps, plain)
    start = date_of(min(line.business_date for line in list_unit_values(plain, Selection())))
    sleeves = {(line.plan, line.model) for line in list_unit_values(plain, Selection())}
    plan, *_ = sorted(plan for plan, _ in sleeves)
    own = Load(write_book(tmp_path / "own", {"fees": fees_of(plan, start)}))
    write_overrides(own.folder / "overrides.csv", plan, start)
    play([steps[0], own, *steps[1:]], changed)
    others = sorted(key for key in sleeves if key[0] != plan)
    assert others
    assert [transfers(plain, key, book.through) for key in others] == [
        transfers(changed, key, book.through) for key in others
    ]
    own_sleeves = sorted(sleeves - set(others))
    assert any(transfers(plain, key, book.through) != transfers(changed, key, book.through) for key in own_sleeves)


def without_relationships(folder: Path, root: Path) -> Path:
    copy = root / "alone" / folder.name
    shutil.copytree(folder, copy)
    fees = copy / "fees.csv"
    if fees.exists():
        fees.write_text(fees.read_text(encoding="utf-8").replace("RELATIONSHIP", "SLEEVE"), encoding="utf-8")
    return copy


def fees_of(plan: str, start: date) -> list[Row]:
    paid = {"kind": "OTHER", "start": start, "paid_from": "unit_value"}
    return [
        {"plan": plan, "payee": "zz-extra", "rate": "0.0125", **paid},
        {"plan": plan, "payee": "zz-tiers", "tiers": "0.02@10000;0.001", "aggregate": "PLAN", **paid},
    ]


def write_overrides(path: Path, plan: str, start: date) -> None:
    """A cash buffer for every model of the plan."""
    columns = ("plan", "model", "kind", "ticker", "to_ticker", "weight", "exclude_to", "start", "end", "on_expiry")
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, [*columns, "reason"], restval="")
        writer.writeheader()
        row = {"plan": plan, "kind": "CASH_BUFFER", "weight": "0.05", "start": start, "on_expiry": "REVERT"}
        writer.writerow({**row, "reason": "more cash"})


def transfers(engine: Engine, key: tuple[str, str], through: date) -> list[tuple[object, ...]]:
    """A sleeve's transfers in order, journal numbers and input rows aside: those are the whole book's."""
    lines = answers.journal(engine, key, date(2000, 1, 1), through)
    return [
        (line.business_date, line.settles_on, line.kind, line.debit, line.credit, line.commodity, line.amount)
        for line in lines
    ]


def test_every_entry_balances_and_a_replay_has_the_same_hash(new_engine: NewEngine, tmp_path: Path) -> None:
    """Each entry balances in each commodity, dollars and units for each owner: so does every trial balance after it.

    The same script on another database ends with the same head, and each night computed again with its own.
    """
    book = random_book(221, tmp_path / "books")
    one, other = with_sessions(new_engine()), with_sessions(new_engine())
    play(book.steps, one)
    play(book.steps, other)
    with one.connect() as connection:
        assert connection.execute(UNBALANCED).all() == []
        assert connection.execute(text("SELECT COUNT(*) FROM posting")).scalar_one() > 100
    first, last = day_of(date(2000, 1, 1)), day_of(book.through)
    nights = cycle_status(one, first, last)
    assert nights == cycle_status(other, first, last)
    verified = list(verify_nights(one, first, last))
    assert len(verified) == len(nights)
    assert {run.difference for run in verified} == {""}


UNBALANCED = text(
    """
    SELECT p.journal_id, p.commodity_id, SUM(p.amount)
      FROM posting p JOIN account a ON a.id = p.account_id
     GROUP BY p.journal_id, p.commodity_id, CASE WHEN p.commodity_id >> 40 = 1 THEN 0 ELSE a.owner_id END
    HAVING SUM(p.amount) <> 0
    """
)


@given(st.lists(MOVES, max_size=4), MOVES)
def test_a_reversal_restores_every_balance(
    history: list[list[tuple[int, int, int]]], moves: list[tuple[int, int, int]]
) -> None:
    before = Balances.none()
    for batch in history:
        before = before.after(journals(*batch))
    reversal = [(credit, debit, amount) for debit, credit, amount in moves]
    after = before.after(journals(*moves)).after(journals(*reversal))
    assert held(after) == held(before)


def held(balances: Balances) -> dict[int, int]:
    pairs = zip(balances.account.tolist(), balances.amount.tolist(), strict=True)
    return {account: amount for account, amount in pairs if amount}
