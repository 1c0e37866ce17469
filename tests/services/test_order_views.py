"""Order lines and how they stand: waiting, priced, refused with a reason, cancelled, as of, and sent again."""

import csv
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from modelx.domain.days import date_of, day_of
from modelx.domain.errors import NotFound
from modelx.services.order_views import LineStatus, OrderLine, list_orders
from modelx.store.unit_value_records import Selection
from tests.oracle.script import Load, RunThrough
from tests.product import play, with_sessions
from tests.services.books import write_files
from tests.services.played_books import DEMO, G1, G1_NIGHTS, demo_held, demo_played

HEADER = (
    "file_id,rk_id,order_ref,plan_id,ticker,side,qty_type,qty,trade_date,rk_received_at,"
    "cutoff_attested,cancel_of,as_of_reason,source_code,client_ref\n"
)


def orders_folder(root: Path, name: str, *rows: str) -> Load:
    return Load(write_files(root / name, orders=HEADER + "\n".join(rows) + "\n"))


def standing(engine: Engine, *references: str) -> list[tuple[str, str, str]]:
    lines = list_orders(engine, Selection())
    return [(line.order_ref, line.status.name, line.reason_code) for line in lines if line.order_ref in references]


def test_the_golden_orders_are_priced_as_the_scenario_has_them_on_both_databases(engine: Engine) -> None:
    play(G1_NIGHTS, with_sessions(engine))
    lines = list_orders(engine, Selection())
    assert [(line.order_ref, line.units, line.unit_value, line.amount) for line in lines] == [
        ("O1", 25_000_000_000, 10_000_000, 250_000_000_000),
        ("O2", 1_234_057_800, 10_004_126, 12_345_670_000),
        ("O3", 400_000_000, 10_004_126, 4_001_650_000),
        ("O4", 99_114_600, 10_089_332, 1_000_000_000),
    ]
    first = lines[0]
    assert (first.side, first.quantity_type, first.quantity) == ("SUB", "AMT", 250_000_000_000)
    assert (first.folder, first.line, first.load, first.file) == ("g1_book", 2, 1, "F20261123")
    assert date_of(first.settles_on or 0) == date(2026, 11, 24)
    assert {line.status for line in lines} == {LineStatus.PRICED}


def test_the_outcomes_of_the_demonstration_are_those_written_down_for_it(tmp_path: Path) -> None:
    said = {"NEXT_NIGHT": ("PRICED", "CUTO"), "CANCELLED": ("CANCELLED", ""), "AS_OF_PENDING": ("AS_OF_PENDING", "")}
    said |= {"DUPLICATE": ("DUPLICATE", ""), "ORRF": ("REJECTED", "ORRF")}
    said |= {code: ("REJECTED", code) for code in ("SECU", "NRGM")}
    with (DEMO / "expected_order_outcomes.csv").open(newline="") as file:
        expected = {(row["file_id"], row["order_ref"]): said[row["outcome"]] for row in csv.DictReader(file)}
    lines = list_orders(demo_played(tmp_path), Selection())
    plain = (LineStatus.PRICED.name, "")
    found = {(line.file, line.order_ref): (line.status.name, line.reason_code) for line in lines}
    assert {key: outcome for key, outcome in found.items() if outcome != plain} == expected
    assert len(lines) == 705


def test_every_reason_is_told_in_words(tmp_path: Path) -> None:
    lines = list_orders(demo_played(tmp_path), Selection())
    reasons = {line.reason_code or line.status.name: line.reason for line in lines}
    assert reasons["CUTO"] == "received after the cut-off and not attested: it takes the next unit value"
    assert reasons["SECU"] == "more units than the sleeve holds at this order's turn"
    assert reasons["AS_OF_PENDING"] == "in time for 2026-11-18, but loaded after that night closed"
    assert reasons["DUPLICATE"] == "the same line was sent before: its answer stands"
    assert reasons["PRICED"] == ""


def test_orders_of_a_held_sleeve_wait(tmp_path: Path) -> None:
    held = Selection("OSTRANDER", "BRBALN", day_of(date(2026, 11, 17)), day_of(date(2026, 11, 18)))
    lines = list_orders(demo_held(tmp_path), held)
    assert lines
    assert {line.status for line in lines} == {LineStatus.ACCEPTED}
    assert all(line.reason == f"waits for the night of {date_of(line.night or 0)}" for line in lines)


def test_an_order_in_time_for_a_closed_night_is_as_of_before_and_after_the_next_night(
    engine: Engine, tmp_path: Path
) -> None:
    play([Load(G1), RunThrough(date(2026, 11, 25))], with_sessions(engine))
    in_time = "F9,RK1,IN,PLAN-A,GRW60,SUB,AMT,500.00,2026-11-25,2026-11-25T15:59:00-05:00,,,,,"
    attested = "F9,RK1,ATT,PLAN-A,GRW60,SUB,AMT,500.00,2026-11-25,2026-11-25T19:00:00-05:00,Y,,,,"
    late = "F9,RK1,LATE,PLAN-A,GRW60,SUB,AMT,500.00,2026-11-25,2026-11-25T16:00:01-05:00,N,,,,"
    play([orders_folder(tmp_path, "late", in_time, attested, late)], engine)
    before = standing(engine, "IN", "ATT", "LATE")
    assert before == [("ATT", "AS_OF_PENDING", ""), ("IN", "AS_OF_PENDING", ""), ("LATE", "ACCEPTED", "")]
    play([RunThrough(date(2026, 11, 27))], engine)
    after = standing(engine, "IN", "ATT", "LATE")
    assert after == [("ATT", "AS_OF_PENDING", ""), ("IN", "AS_OF_PENDING", ""), ("LATE", "PRICED", "CUTO")]


def test_a_cancellation_shows_on_both_lines(engine: Engine, tmp_path: Path) -> None:
    play([Load(G1), RunThrough(date(2026, 11, 25))], with_sessions(engine))
    order = "F9,RK1,P1,PLAN-A,GRW60,SUB,AMT,500.00,2026-11-27,,,,,,"
    cancel = "F9,RK1,P2,PLAN-A,GRW60,SUB,AMT,500.00,2026-11-27,,,P1,,,"
    play([orders_folder(tmp_path, "cancel", order, cancel), RunThrough(date(2026, 11, 27))], engine)
    lines = [line for line in list_orders(engine, Selection()) if line.order_ref in {"P1", "P2"}]
    assert [(line.status.name, line.reason) for line in lines] == [
        ("CANCELLED", "cancelled by its record keeper"),
        ("CANCELLED", "cancels P1"),
    ]


def test_orders_sent_again_show_as_lines_of_their_own(engine: Engine, tmp_path: Path) -> None:
    play(G1_NIGHTS, with_sessions(engine))
    same = "F9,RK1,O4,PLAN-A,GRW60,SUB,AMT,1000.00,2026-11-27,2026-11-27T12:30:00-05:00,Y,,,,"
    other = "F9,RK1,O2,PLAN-A,GRW60,SUB,AMT,99999.00,2026-11-24,2026-11-24T15:30:00-05:00,Y,,,,"
    play([orders_folder(tmp_path, "again", same, other)], engine)
    again = [line for line in list_orders(engine, Selection()) if line.load == 2]
    assert [(line.order_ref, line.status.name, line.reason_code, line.quantity) for line in again] == [
        ("O2", "REJECTED", "ORRF", None),
        ("O4", "DUPLICATE", "", 1_000_000_000),
    ]
    assert standing(engine, "O4") == [("O4", "PRICED", ""), ("O4", "DUPLICATE", "")]


@pytest.mark.parametrize("status", list(LineStatus))
def test_a_status_chooses_its_lines(tmp_path: Path, status: LineStatus) -> None:
    engine = demo_played(tmp_path)
    every = list_orders(engine, Selection())
    assert list_orders(engine, Selection(), status) == [line for line in every if line.status is status]


def test_a_plan_a_model_and_dates_choose_their_lines(tmp_path: Path) -> None:
    engine = demo_played(tmp_path)
    first, last = day_of(date(2026, 12, 1)), day_of(date(2026, 12, 11))

    def wanted(line: OrderLine) -> bool:
        return (line.plan, line.model) == ("CORVANE", "THGLEQ") and first <= line.trade_date <= last

    chosen = list_orders(engine, Selection("CORVANE", "THGLEQ", first, last))
    assert chosen == [line for line in list_orders(engine, Selection()) if wanted(line)]
    assert chosen
    with pytest.raises(NotFound, match="no plan CORVANNE in the book: did you mean CORVANE"):
        list_orders(engine, Selection("CORVANNE"))
