"""The morning report: what went out since the night before, catch-ups included, on both databases."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine

from modelx.domain.days import date_of, day_of
from modelx.domain.errors import NotFound
from modelx.services.morning_report import MorningReport, last_night, morning_report
from tests.oracle.book_writer import Row, model_row, plan_row, security_row, write_book
from tests.oracle.script import Load, Release, RunThrough
from tests.oracle.small_book import bought_fund, subscription
from tests.product import play, with_sessions

MONDAY, TUESDAY, WEDNESDAY, FRIDAY, NEXT_MONDAY = (date(2026, 11, day) for day in (23, 24, 25, 27, 30))
MILLION = 10**6


def price(day: date, amount: str = "20") -> Row:
    return {"date": day, "ticker": "FND", "price": amount}


def order(ref: str, plan: str, day: date, amount: str) -> Row:
    return {**subscription(ref, plan, day.isoformat(), amount), "file_id": f"FILE-{ref}"}


@pytest.fixture
def held_then_released(engine: Engine, tmp_path: Path) -> Engine:
    """PLAN-A owns FND, which has no price on Wednesday; PLAN-B has cash only. The price comes before Friday's night."""
    book = {
        "plans": [plan_row(plan) for plan in ("PLAN-A", "PLAN-B")],
        "models": [model_row("MOD", MONDAY)],
        "sleeves": [
            {"plan": plan, "model": "MOD", "start_date": MONDAY, "rebalance": "NONE"} for plan in ("PLAN-A", "PLAN-B")
        ],
        "securities": [security_row("FND", "MF", "US Equity", 3, False)],
        "prices": [price(MONDAY), price(TUESDAY)],
        "trades": [bought_fund("1000", "20000.00", day=TUESDAY.isoformat())],
        "orders": [
            order("S-A", "PLAN-A", MONDAY, "100000.00"),
            order("S-B", "PLAN-B", MONDAY, "100000.00"),
            order("W-A", "PLAN-A", WEDNESDAY, "4000.00"),
            order("W-B", "PLAN-B", WEDNESDAY, "300.00"),
            order("F-B", "PLAN-B", FRIDAY, "50.00"),
        ],
    }
    late = {"prices": [price(WEDNESDAY), price(FRIDAY), price(NEXT_MONDAY)]}
    first, second = (Load(write_book(tmp_path / f"folder_{n}", tables)) for n, tables in enumerate((book, late)))
    play(
        [first, RunThrough(WEDNESDAY), second, Release("PLAN-A", "MOD"), RunThrough(NEXT_MONDAY)],
        with_sessions(engine),
    )
    return engine


def wires(report: MorningReport) -> list[tuple[date, Decimal]]:
    return [(date_of(wire.night), Decimal(wire.subscribed).scaleb(-6)) for wire in report.wires]


def test_a_catch_up_is_in_the_report_of_the_morning_on_which_it_went_out(held_then_released: Engine) -> None:
    report = morning_report(held_then_released, day_of(FRIDAY))
    assert [(run.business_date, run.run, run.struck, run.orders) for run in report.caught_up] == [
        (day_of(WEDNESDAY), 1, 1, 1)
    ]
    assert wires(report) == [(WEDNESDAY, Decimal("4000")), (FRIDAY, Decimal("50"))]
    assert report.orders == {("PRICED", ""): 2}


def test_a_catch_up_is_in_no_other_mornings_report_but_its_own_nights(held_then_released: Engine) -> None:
    assert morning_report(held_then_released, day_of(NEXT_MONDAY)).caught_up == ()
    own = morning_report(held_then_released, day_of(WEDNESDAY))
    assert own.caught_up == ()
    assert wires(own) == [(WEDNESDAY, Decimal("4300"))]


def test_the_first_night_has_nothing_to_catch_up_with(held_then_released: Engine) -> None:
    report = morning_report(held_then_released, day_of(MONDAY))
    assert (report.previous_date, report.caught_up) == (None, ())


def test_the_last_night_is_the_one_reported_when_none_is_named(held_then_released: Engine) -> None:
    assert last_night(held_then_released) == day_of(NEXT_MONDAY)


def test_a_night_that_has_not_run_has_no_report(engine: Engine) -> None:
    with pytest.raises(NotFound, match="2026-11-23 has not run"):
        morning_report(engine, day_of(MONDAY))
    with pytest.raises(NotFound, match="no night has run yet"):
        last_night(engine)
