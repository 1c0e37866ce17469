"""``cycle verify``: every night that was run, resumed or caught up replays to its hashes, and tampering is named."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from modelx.domain.days import date_of, day_of
from modelx.domain.errors import InvariantBroken
from modelx.services.cycle_verify import verify_nights
from modelx.services.database_check import check_database
from modelx.services.night_replay import load_state
from modelx.store.engine import Engine
from modelx.store.tables import metadata
from modelx.store.unit_of_work import writing
from tests.faults.databases import PostgresqlDatabase, opened
from tests.faults.fault_book import LAST_NIGHT, NIGHTS, QUIET_NIGHT, RICH_NIGHT
from tests.faults.injection import before_its_commit
from tests.faults.processes import forked, kill_myself, process_runner
from tests.faults.stages import (
    END,
    NIGHT_SCENE,
    NO_NIGHT,
    STEPS,
    Stage,
    load_folder,
    release_held,
    run_to,
)
from tests.oracle.random_book import random_book
from tests.product import fresh_sqlite, play

ALL = (day_of(NIGHTS[0]), day_of(LAST_NIGHT))


def differences(engine: Engine, first: int = ALL[0], last: int = ALL[1]) -> list[str]:
    return [one.difference for one in verify_nights(engine, first, last)]


def test_every_run_of_the_book_replays_to_its_hashes(stage: Stage) -> None:
    stage.database.put_back(END)
    with opened(stage.url) as engine:
        runs = [(date_of(one.business_date), one.run, one.difference) for one in verify_nights(engine, *ALL)]
        nights = [(night, 0, "") for night in (*NIGHTS, RICH_NIGHT)]
        assert runs == [*nights, (RICH_NIGHT, 1, ""), (LAST_NIGHT, 0, "")]
        assert differences(engine, day_of(RICH_NIGHT), day_of(RICH_NIGHT)) == ["", ""]


def test_nights_that_were_killed_and_resumed_replay_to_their_hashes(stage: Stage) -> None:
    """Each run of the book is killed once, each in another step, and the closings are those of resumed nights."""
    stage.database.put_back(NO_NIGHT)

    def killed_in(step: str, night: date) -> None:
        with before_its_commit(step, lambda _: kill_myself()), opened(stage.url) as engine:
            run_to(engine, night, process_runner())

    def run(night: date, step: str) -> None:
        assert forked(lambda: killed_in(step, night)).wait() == -signal.SIGKILL
        with opened(stage.url) as engine:
            run_to(engine, night, process_runner())

    for night, step in zip(NIGHTS, STEPS[1::3], strict=True):
        run(night, step)
    with opened(stage.url) as engine:
        load_folder(engine, stage.book.evening)
    run(RICH_NIGHT, "price_orders")
    with opened(stage.url) as engine:
        load_folder(engine, stage.book.cure)
        release_held(engine)
    run(RICH_NIGHT, "close_night")
    run(LAST_NIGHT, "open_night")
    with opened(stage.url) as engine:
        assert differences(engine) == [""] * 8
    assert stage.dump()["step_run"] == stage.end["step_run"]


def test_a_random_book_with_corrections_holds_and_releases_replays_to_its_hashes(tmp_path: Path) -> None:
    book = random_book(11, tmp_path / "books", events=True)
    engine = fresh_sqlite(tmp_path)
    play(book.steps, engine)
    found = list(verify_nights(engine, 0, day_of(book.through)))
    assert [one.difference for one in found if one.difference] == []
    assert len(found) >= 15
    engine.dispose()


@contextmanager
def unguarded(stage: Stage, table: str) -> Iterator[Any]:
    """A connection of somebody who may do anything: the owner, with the table's guards taken down."""
    owner_url = stage.database.owner_url if isinstance(stage.database, PostgresqlDatabase) else stage.url
    with opened(owner_url) as engine, writing(engine) as connection:
        if engine.dialect.name == "sqlite":
            for verb in ("update", "delete", "replace"):
                connection.exec_driver_sql(f"DROP TRIGGER {table}_no_{verb}")
        else:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        yield connection


VFA = "(SELECT id FROM security WHERE ticker = 'VFA')"
VFA_THAT_NIGHT = f"business_date = {day_of(RICH_NIGHT)} AND security_id = {VFA}"
TAMPERED = {  # what is edited, and the night and step that must be named
    "price": (VFA_THAT_NIGHT, "price = price + 1", (RICH_NIGHT, "load_prices")),
    "trade": ("trade_ref = 'T6'", "amount = amount + 10000", (RICH_NIGHT, "book_trades")),
    "fee": ("plan_id = 0 AND model_id = 0", "rate = rate * 2", (NIGHTS[1], "accrue_fees")),
    "distribution": ("load_id = 2 AND reinvest = 1", "rate = rate * 2", (RICH_NIGHT, "apply_corporate_actions")),
    "rk_order": ("order_ref = 'A4'", "qty = qty + 10000", (RICH_NIGHT, "price_orders")),
    "custodian_position": ("security_id <> 0", "shares = shares + 1", (RICH_NIGHT, "reconcile")),
}


@pytest.mark.parametrize("table", TAMPERED)
def test_an_input_that_was_edited_names_the_night_and_the_step_that_had_seen_it(stage: Stage, table: str) -> None:
    where, change, (night, step) = TAMPERED[table]
    stage.database.put_back(END)
    with unguarded(stage, table) as connection:
        edit = f'UPDATE "{table}" SET {change} WHERE {where}'
        assert connection.exec_driver_sql(edit).rowcount >= 1
    with opened(stage.url) as engine:
        *before, last = verify_nights(engine, *ALL)
    assert [one.difference for one in before] == [""] * len(before)
    assert last.difference.startswith(f"{night} run 0 step {step}: computed again from the stored inputs it gives ")


@pytest.mark.parametrize(("column", "found_by_verify"), [("hash", True), ("name", True), ("input_hash", False)])
def test_a_step_row_that_was_edited_is_named(stage: Stage, column: str, found_by_verify: bool) -> None:
    """What the chained hash covers is the database check's to compare."""
    stage.database.put_back(END)
    with unguarded(stage, "step_run") as connection:
        value = "'settled'" if column == "name" else {"sqlite": "zeroblob(32)"}.get(stage.database.kind, "'\\x00'")
        row = f"business_date = {day_of(QUIET_NIGHT)} AND name = 'settle'"
        assert connection.exec_driver_sql(f"UPDATE step_run SET {column} = {value} WHERE {row}").rowcount == 1
    with opened(stage.url) as engine:
        *_, last = verify_nights(engine, *ALL)
        broken = [check.detail for check in check_database(engine) if check.name == "steps" and not check.holds]
    assert last.difference.startswith(f"{QUIET_NIGHT} run 0 step settle: ") == found_by_verify
    assert [detail for detail in broken if f"{QUIET_NIGHT} run 0" in detail]


def test_an_input_edited_between_a_kill_and_the_resume_stops_the_resume(stage: Stage) -> None:
    """The steps done already are computed again and compared: the night does not go on from another beginning."""
    scene = stage.begin(NIGHT_SCENE)

    def killed() -> None:
        with before_its_commit("book_trades", lambda _: kill_myself()), opened(stage.url) as engine:
            run_to(engine, scene.night, process_runner())

    assert forked(killed).wait() == -signal.SIGKILL
    with unguarded(stage, "price") as connection:
        assert connection.exec_driver_sql(f"UPDATE price SET price = price + 1 WHERE {VFA_THAT_NIGHT}").rowcount == 1
    with opened(stage.url) as engine, pytest.raises(InvariantBroken, match=f"{RICH_NIGHT} run 0 step load_prices"):
        run_to(engine, scene.night, process_runner())


def test_the_closings_may_all_be_lost_and_the_book_goes_on_the_same(stage: Stage) -> None:
    """They are disposable: without them the nights are computed again from the first."""
    scene = stage.begin(NIGHT_SCENE)
    with opened(stage.url) as engine:
        with writing(engine) as connection:
            connection.exec_driver_sql("DELETE FROM closing")
        before = load_state(engine)
        run_to(engine, scene.night)
        assert load_state(engine).last_step == before.last_step + len(STEPS)
    found = stage.dump()
    assert found["step_run"] == scene.end["step_run"]
    assert found["closing"] == scene.end["closing"][-1:]
    assert {table.name for table in metadata.sorted_tables if not table.info["append_only"]} >= {"closing", "lease"}
