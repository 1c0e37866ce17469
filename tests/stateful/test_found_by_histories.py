"""Faults that random histories found, each as the shortest history that shows it; on both databases."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

from sqlalchemy import Engine

from modelx.domain.days import day_of
from modelx.services.cycle_verify import verify_nights
from tests.oracle import script
from tests.oracle.book_writer import Row, Tables, model_row, plan_row, security_row, write_book
from tests.oracle.night import Oracle
from tests.oracle.script import Load, Release, RunThrough
from tests.oracle.small_book import bought_fund, subscription
from tests.product import differences, play, with_sessions

MONDAY, TUESDAY, WEDNESDAY, FRIDAY = (date(2026, 11, day) for day in (23, 24, 25, 27))


def book(*plans: str) -> dict[str, list[Row]]:
    """Plans with one sleeve each of MOD, from the Monday before Thanksgiving on, and the fund FND at 20."""
    return {
        "plans": [plan_row(plan) for plan in plans],
        "models": [model_row("MOD", MONDAY)],
        "sleeves": [{"plan": plan, "model": "MOD", "start_date": MONDAY, "rebalance": "NONE"} for plan in plans],
        "securities": [security_row("FND", "MF", "US Equity", 3, False)],
        "prices": [price(MONDAY, "20"), price(TUESDAY, "20")],
        "orders": [order(f"S-{plan}", plan, MONDAY, "100000.00") for plan in plans],
    }


def price(day: date, amount: str) -> Row:
    return {"date": day, "ticker": "FND", "price": amount}


def order(ref: str, plan: str, day: date, amount: str, **more: str) -> Row:
    return {**subscription(ref, plan, day.isoformat(), amount), "file_id": f"FILE-{ref}", **more}


def agreed(engine: Engine, *steps: script.Step) -> Oracle:
    """Play the steps on the product and the oracle; they must agree, and the product must replay."""
    play(steps, with_sessions(engine))
    oracle = script.play(steps)
    assert differences(engine, oracle) == []
    verified = list(verify_nights(engine, day_of(MONDAY), day_of(FRIDAY)))
    assert verified
    assert [run.difference for run in verified if run.difference] == []
    return oracle


def folders(root: Path, *books: Tables) -> list[Load]:
    return [Load(write_book(root / f"folder_{n}", tables)) for n, tables in enumerate(books)]


def test_a_caught_up_night_replays_although_the_sleeve_was_held_again_later(engine: Engine, tmp_path: Path) -> None:
    """The replay of the catch-up must not see the hold that came after it."""
    standing = {**book("PLAN-A"), "trades": [bought_fund("1000", "20000.00", day=TUESDAY.isoformat())]}
    first, second = folders(tmp_path, standing, {"prices": [price(WEDNESDAY, "30"), price(FRIDAY, "99")]})
    release = Release("PLAN-A", "MOD")
    agreed(engine, first, RunThrough(TUESDAY), second, RunThrough(WEDNESDAY), release, RunThrough(FRIDAY))


def test_a_cancellation_that_comes_late_stops_an_order_that_still_waits(engine: Engine, tmp_path: Path) -> None:
    """Dated the night before, in time by its own account, it stops tonight's order."""
    late = order("X", "PLAN-A", MONDAY, "5.00", cancel_of="WAITS")
    waits = {**book("PLAN-A"), "orders": [*book("PLAN-A")["orders"], order("WAITS", "PLAN-A", TUESDAY, "5.00")]}
    first, second = folders(tmp_path, waits, {"orders": [late]})
    oracle = agreed(engine, first, RunThrough(MONDAY), second, RunThrough(TUESDAY))
    assert oracle.closing_units[TUESDAY, ("PLAN-A", "MOD")] == Decimal("10000")
    assert oracle.desk.confirms["RK1", "X"].status == "CANCELLED"


def test_a_cancellation_that_comes_late_for_a_priced_order_finds_no_match(engine: Engine, tmp_path: Path) -> None:
    late = order("X", "PLAN-A", MONDAY, "5.00", cancel_of="S-PLAN-A")
    first, second = folders(tmp_path, book("PLAN-A"), {"orders": [late]})
    oracle = agreed(engine, first, RunThrough(MONDAY), second, RunThrough(TUESDAY))
    assert oracle.desk.confirms["RK1", "X"].reason == "NRGM"


def test_an_end_date_that_comes_after_the_start_closes_the_sleeve_to_orders(engine: Engine, tmp_path: Path) -> None:
    ended = {**book("PLAN-A")["sleeves"][0], "end_date": TUESDAY}
    late = order("LATE", "PLAN-A", WEDNESDAY, "5.00")
    first, second = folders(tmp_path, book("PLAN-A"), {"sleeves": [ended], "orders": [late]})
    oracle = agreed(engine, first, RunThrough(MONDAY), second, RunThrough(WEDNESDAY))
    assert oracle.desk.confirms["RK1", "LATE"].reason == "CLOS"


def test_an_end_date_that_is_taken_back_opens_the_sleeve_again(engine: Engine, tmp_path: Path) -> None:
    (sleeve,) = book("PLAN-A")["sleeves"]
    ended = {**book("PLAN-A"), "sleeves": [{**sleeve, "end_date": MONDAY}]}
    first, second = folders(
        tmp_path, ended, {"sleeves": [sleeve], "orders": [order("AGAIN", "PLAN-A", WEDNESDAY, "5.00")]}
    )
    oracle = agreed(engine, first, RunThrough(TUESDAY), second, RunThrough(WEDNESDAY))
    assert oracle.desk.confirms["RK1", "AGAIN"].status == "PRICED"


def test_a_cancellation_that_came_late_takes_its_turn_before_tonights(engine: Engine, tmp_path: Path) -> None:
    """Even before the one it cancels."""
    tonights = order("A-TONIGHT", "PLAN-A", TUESDAY, "5.00", cancel_of="WAITS")
    late = order("B-LATE", "PLAN-A", MONDAY, "5.00", cancel_of="A-TONIGHT")
    waits = {**book("PLAN-A"), "orders": [*book("PLAN-A")["orders"], order("WAITS", "PLAN-A", TUESDAY, "5.00")]}
    first, second, third = folders(tmp_path, waits, {"orders": [tonights]}, {"orders": [late]})
    oracle = agreed(engine, first, RunThrough(MONDAY), second, third, RunThrough(TUESDAY))
    fates = [oracle.desk.confirms["RK1", ref].status for ref in ("WAITS", "A-TONIGHT", "B-LATE")]
    assert fates == ["PRICED", "CANCELLED", "CANCELLED"]


def test_an_order_for_a_day_that_loses_its_session_is_priced_on_the_next(engine: Engine, tmp_path: Path) -> None:
    """The storm is announced after the order was sent; it takes the value of the next night."""
    sent = {**book("PLAN-A"), "orders": [*book("PLAN-A")["orders"], order("STORM", "PLAN-A", WEDNESDAY, "5.00")]}
    storm: Row = {"date": WEDNESDAY, "calendar": "MARKET", "reason": "Storm"}
    first, second = folders(tmp_path, sent, {"closures": [storm]})
    oracle = agreed(engine, first, RunThrough(MONDAY), second, RunThrough(FRIDAY))
    assert oracle.desk.confirms["RK1", "STORM"].night == FRIDAY


def test_the_first_order_of_a_sleeve_whose_first_day_loses_its_session_is_priced(
    engine: Engine, tmp_path: Path
) -> None:
    both = {**book("PLAN-A", "PLAN-B")}
    late = {**both["sleeves"][1], "start_date": WEDNESDAY}
    opening = {**both, "sleeves": [both["sleeves"][0], late], "orders": [both["orders"][0]]}
    first_order = order("FIRST", "PLAN-B", WEDNESDAY, "5.00")
    storm: Row = {"date": WEDNESDAY, "calendar": "MARKET", "reason": "Storm"}
    first, second = folders(tmp_path, {**opening, "orders": [*opening["orders"], first_order]}, {"closures": [storm]})
    oracle = agreed(engine, first, RunThrough(MONDAY), second, RunThrough(FRIDAY))
    assert oracle.desk.confirms["RK1", "FIRST"].night == FRIDAY


def test_a_late_order_that_comes_before_a_sleeves_first_night_is_refused(engine: Engine, tmp_path: Path) -> None:
    """It is dated before the start, and every night of that date has gone by."""
    both = book("PLAN-A", "PLAN-B")
    late = {**both["sleeves"][1], "start_date": WEDNESDAY}
    opening = {**both, "sleeves": [both["sleeves"][0], late], "orders": [both["orders"][0]]}
    first, second = folders(tmp_path, opening, {"orders": [order("EARLY", "PLAN-B", MONDAY, "5.00")]})
    oracle = agreed(engine, first, RunThrough(TUESDAY), second, RunThrough(FRIDAY))
    assert (oracle.desk.confirms["RK1", "EARLY"].status, oracle.desk.confirms["RK1", "EARLY"].reason) == (
        "REJECTED",
        "CLOS",
    )
