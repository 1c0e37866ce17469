"""The ground the faults stand on: the book does what it says, both databases agree, and a moment can be put back."""

from __future__ import annotations

import pytest

from modelx.services.database_check import check_database
from tests.faults.databases import opened
from tests.faults.dump import first_difference
from tests.faults.stages import (
    END,
    SCENES,
    STEPS,
    Stage,
    run_to,
    runner,
)
from tests.oracle.script import play
from tests.product import differences


def test_the_undisturbed_book_is_the_oracles_to_the_millionth(stage: Stage) -> None:
    stage.database.put_back(END)
    with opened(stage.url) as engine:
        assert differences(engine, play(stage.book.script)) == []
        assert [check for check in check_database(engine) if not check.holds] == []


def test_both_databases_hold_the_same_bytes(sqlite_stage: Stage, postgresql_stage: Stage) -> None:
    assert first_difference(postgresql_stage.end, sqlite_stage.end) == ""
    for scene in SCENES:
        for ours, theirs in zip(postgresql_stage.scenes[scene].states, sqlite_stage.scenes[scene].states, strict=True):
            assert first_difference(ours, theirs) == ""


def test_every_step_leaves_a_row_and_the_rich_night_fills_most_of_them(sqlite_stage: Stage) -> None:
    """A step whose only trace is its own row would prove little when it is killed."""
    states = sqlite_stage.scenes["night"].states
    changed = {
        step: {table for table in after if after[table] != before[table]} - {"step_run", "head of step_run"}
        for step, before, after in zip(STEPS, states[:-1], states[1:], strict=True)
    }
    assert {step for step, tables in changed.items() if not tables} == {"check_strike", "publish"}
    assert {"journal", "transfer", "batch", "idempotency"} <= changed["settle"] & changed["collect_fees"]
    assert {"order_outcome", "finding", "journal"} <= changed["price_orders"]
    assert {"finding"} == changed["load_prices"]
    assert changed["open_night"] == {"cycle_run"}


@pytest.mark.parametrize("scene", SCENES)
def test_a_scene_put_back_runs_the_same_again(stage: Stage, scene: str) -> None:
    begun = stage.begin(scene)
    assert first_difference(stage.dump(), begun.states[0]) == ""
    with opened(stage.url) as engine:
        run_to(engine, begun.night, runner("somebody else"))
    assert first_difference(stage.dump(), begun.end) == ""
