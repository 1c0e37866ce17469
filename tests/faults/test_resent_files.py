"""Files that come twice, changed, or in the middle of a night: nothing counts twice, no night sees what came later."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path
from typing import Any

import pytest

from modelx.domain.book_codes import OrderResend
from modelx.domain.days import day_of
from modelx.services.book import LoadReport
from modelx.services.cycle_verify import verify_nights
from modelx.store.engine import open_engine
from tests.faults.databases import opened
from tests.faults.dump import first_difference, of_nights
from tests.faults.fault_book import LAST_NIGHT, NIGHTS, QUIET_NIGHT, RICH_NIGHT, A, order, write_lines
from tests.faults.processes import forked
from tests.faults.stages import (
    END,
    NIGHT_SCENE,
    NO_NIGHT,
    STEPS,
    Stage,
    load_folder,
    release_held,
    run_to,
    runner,
)
from tests.oracle.book_writer import write_book


def all_folders(stage: Stage) -> tuple[Path, ...]:
    return (*stage.book.opening, stage.book.evening, stage.book.cure)


def rows(stage: Stage, sql: str) -> list[tuple[Any, ...]]:
    with opened(stage.url) as engine, engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(sql)]


def test_every_folder_loaded_again_is_named_as_the_load_it_was_and_changes_nothing(
    stage: Stage, tmp_path: Path
) -> None:
    """Also under another name: the bytes are what counts."""
    stage.database.put_back(END)
    with opened(stage.url) as engine:
        for number, folder in enumerate(all_folders(stage), start=1):
            copied = shutil.copytree(folder, tmp_path / f"copy_{number}")
            for again in (folder, copied):
                report = load_folder(engine, again)
                assert (report.already_loaded, report.load_id) == (True, number)
    assert first_difference(stage.dump(), stage.end) == ""


def test_a_folder_sent_with_other_line_endings_stores_no_row_and_the_night_is_the_same(
    stage: Stage, tmp_path: Path
) -> None:
    scene = stage.begin(NIGHT_SCENE)
    again = tmp_path / "again"
    again.mkdir()
    for file in stage.book.evening.glob("*.csv"):
        if file.name != "orders.csv":  # the same file id with other bytes is refused: see below
            (again / file.name).write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    with opened(stage.url) as engine:
        report = load_folder(engine, again)
        assert (report.already_loaded, report.n_stored) == (False, 0)
        run_to(engine, scene.night)
    found, expected = (of_nights(dump) for dump in (stage.dump(), scene.end))
    horizon = len(all_folders(stage))  # the loads before the night, the repeated one included
    assert found["cycle_run"][-1].split("|")[2] == str(horizon)
    for table in ("journal", "transfer", "unit_value", "finding", "order_outcome"):
        assert found[table] == expected[table], table


def test_the_same_folder_loaded_at_once_by_threads_and_processes_is_stored_once(stage: Stage) -> None:
    scene = stage.begin(NIGHT_SCENE)
    reports: list[LoadReport] = []
    together = threading.Barrier(3)

    def load_it(wait: bool = False) -> None:
        engine = open_engine(stage.url)
        if wait:
            together.wait(30)
        reports.append(load_folder(engine, stage.book.cure))
        engine.dispose()

    children = [forked(load_it) for _ in range(3)]
    threads = [threading.Thread(target=load_it, args=[True]) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [child.wait() for child in children] == [0] * 3
    assert len(reports) == 3
    assert {report.load_id for report in reports} == {4}
    found = stage.dump()
    assert len(found["load"]) == len(scene.states[0]["load"]) + 1
    assert len(found["price"]) == len(scene.states[0]["price"]) + 1


def test_an_order_sent_again_is_priced_once_and_one_that_was_changed_stays_as_it_was(stage: Stage) -> None:
    """A1 came again as it was, A2 with another quantity; the oracle has seen that each was priced as first sent."""
    stage.database.put_back(END)
    resent = "SELECT o.order_ref, r.kind FROM order_resend r JOIN rk_order o ON o.id = r.order_id ORDER BY r.line"
    outcomes = (
        "SELECT o.order_ref, z.status FROM order_outcome z JOIN rk_order o ON o.id = z.order_id "
        "WHERE o.order_ref IN ('A1', 'A2') ORDER BY 1"
    )
    assert rows(stage, resent) == [("A1", OrderResend.DUPLICATE), ("A2", OrderResend.ORRF)]
    assert rows(stage, outcomes) == [("A1", "PRICED"), ("A2", "PRICED")]


def test_two_orders_that_differ_only_in_their_reference_are_two_orders(stage: Stage, tmp_path: Path) -> None:
    scene = stage.begin(NIGHT_SCENE)
    twins = [order(ref, A, "10.00", "SUB AMT", str(RICH_NIGHT), file_id="F-TWINS") for ref in ("T1", "T2")]
    with opened(stage.url) as engine:
        load_folder(engine, write_book(tmp_path / "twins", {"orders": twins}))
        run_to(engine, scene.night)
    outcomes = (
        "SELECT o.order_ref, z.status, z.amount FROM order_outcome z JOIN rk_order o ON o.id = z.order_id "
        "WHERE o.order_ref IN ('T1', 'T2') ORDER BY 1"
    )
    assert rows(stage, outcomes) == [("T1", "PRICED", 10_000_000), ("T2", "PRICED", 10_000_000)]


def changing_folder(folder: Path) -> Path:
    """Rows that would change the rich night at every step, had it known them when it began."""
    night = str(RICH_NIGHT)
    prices = [{"date": day, "ticker": "VFA", "price": "41.77"} for day in (str(QUIET_NIGHT), night)]
    trade = {"trade_ref": "T6", "trade_date": night, "settle_date": "2026-12-02", "plan": "PLAN-A", "model": "GRW60"}
    split = {"ticker": "EQX", "ex_date": night, "new_shares": "2", "old_shares": "1"}
    distribution = {"ticker": "VFA", "ex_date": night, "pay_date": night, "kind": "INCOME", "rate": "0.5"}
    write_book(
        folder,
        {
            "prices": [*prices, {"date": night, "ticker": "GAP", "price": "12.50"}],
            "trades": [{**trade, "ticker": "VCX", "side": "BUY", "shares": "1", "amount": "12.47"}],
            "splits": [split],
            "distributions": [{**distribution, "reinvest": "N"}],
            "fees": [{"payee": "platform", "kind": "PLATFORM", "rate": "0.02"}],
            "orders": [order("NEW", A, "1.00", "SUB AMT", night, file_id="F-NEW")],
            "closures": [{"date": "2026-12-02", "calendar": "BANK", "reason": "Storm"}],
        },
    )
    write_lines(folder / "rk_units.csv", "date,plan,model,units", f"{night},PLAN-A,GRW60,1.0000")
    return folder


@pytest.mark.parametrize("step", STEPS[1:])
def test_what_is_loaded_in_the_middle_of_a_night_changes_nothing_of_it(stage: Stage, tmp_path: Path, step: str) -> None:
    """The night is stopped in a step, the folder comes, the night is resumed: it sees what it saw when it began."""
    scene = stage.begin(NIGHT_SCENE)
    folder = changing_folder(tmp_path / "late")

    class StopHereError(Exception):
        pass

    def observe(when: str, _day: int, name: str) -> None:
        if (when, name) == ("start", step):
            raise StopHereError

    with opened(stage.url) as engine:
        with pytest.raises(StopHereError):
            run_to(engine, scene.night, runner(observe=observe))
        assert load_folder(engine, folder).n_stored > 8
        run_to(engine, scene.night)
        assert first_difference(of_nights(stage.dump()), of_nights(scene.end)) == ""


def test_what_is_loaded_while_nights_run_is_seen_by_the_next_night_and_every_night_verifies(
    stage: Stage, tmp_path: Path
) -> None:
    """A folder lands between the steps of one night of many; the calendar it changes is the next night's, not this."""
    stage.database.put_back(NO_NIGHT)
    folder = changing_folder(tmp_path / "late")

    def observe(when: str, day: int, step: str) -> None:
        if (when, day, step) == ("start", day_of(NIGHTS[-1]), STEPS[6]):
            load_folder(engine, folder)

    with opened(stage.url) as engine:
        run_to(engine, RICH_NIGHT, runner(observe=observe))
        with engine.connect() as connection:
            horizons = connection.exec_driver_sql("SELECT load_horizon FROM cycle_run ORDER BY business_date").all()
        assert [horizon for (horizon,) in horizons] == [2] * len(NIGHTS) + [3]
        verified = list(verify_nights(engine, day_of(NIGHTS[0]), day_of(RICH_NIGHT)))
        assert [one.difference for one in verified] == [""] * (len(NIGHTS) + 1)


def test_a_folder_that_comes_before_a_nights_first_commit_is_seen_by_that_night(stage: Stage) -> None:
    """The night had chosen what it may see; it chooses again, and a load and a night never cross unseen."""
    scene, loaded = stage.begin(NIGHT_SCENE), []

    def observe(when: str, _day: int, step: str) -> None:
        if (when, step) == ("start", STEPS[0]) and not loaded:
            loaded.append(load_folder(engine, stage.book.cure))

    with opened(stage.url) as engine:
        run_to(engine, scene.night, runner(observe=observe))
        verified = list(verify_nights(engine, day_of(RICH_NIGHT), day_of(RICH_NIGHT)))
    assert [one.difference for one in verified] == [""]
    horizon = f"SELECT load_horizon FROM cycle_run WHERE business_date = {day_of(RICH_NIGHT)}"
    assert rows(stage, horizon) == [(loaded[0].load_id,)]
    assert rows(stage, "SELECT count(*) FROM finding WHERE code = 'PX-MISS'") == [(0,)]


def test_a_release_in_the_middle_of_a_night_is_for_the_next_run(stage: Stage) -> None:
    """The held sleeve's price and its release arrive while the night that held it is still running."""
    scene, released = stage.begin(NIGHT_SCENE), []

    def observe(when: str, _day: int, step: str) -> None:
        if (when, step) == ("start", STEPS[6]) and not released:
            released.append(load_folder(engine, stage.book.cure))
            release_held(engine)

    with opened(stage.url) as engine:
        reports = run_to(engine, scene.night, runner(observe=observe))
        assert [report.run for report in reports] == [0, 1]
        run_to(engine, LAST_NIGHT)
    assert first_difference(stage.dump(), stage.end) == ""
