"""SIGKILL before, in and after each step of a night: whole steps only, and the resumed night ends the same."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import nullcontext

from modelx.services.database_check import check_database
from tests.faults.databases import opened
from tests.faults.dump import first_difference
from tests.faults.injection import before_its_commit, before_its_row
from tests.faults.processes import forked, kill_myself, process_runner
from tests.faults.stages import (
    CATCH_UP_SCENE,
    NIGHT_SCENE,
    STEPS,
    Scene,
    Stage,
    run_to,
    runner,
)

BEFORE, ROW_NEXT, COMMIT_NEXT, AFTER = (
    "before it begins",
    "in its transaction, its row not written yet",
    "in its transaction, all written and not committed",
    "after its COMMIT, before going on",
)


def kill_in(stage: Stage, scene: Scene, moment: str, step: str) -> None:
    """Run the scene in a process that kills itself at one moment of one step."""

    def observe(what: str, _day: int, name: str) -> None:
        if name == step and (what, moment) in {("start", BEFORE), ("done", AFTER)}:
            kill_myself()

    inside = {ROW_NEXT: before_its_row, COMMIT_NEXT: before_its_commit}.get(moment)

    def run() -> None:
        with inside(step, lambda _: kill_myself()) if inside else nullcontext(), opened(stage.url) as engine:
            run_to(engine, scene.night, process_runner(observe))

    assert forked(run).wait() == -signal.SIGKILL


def kills() -> Iterator[tuple[str, int, str]]:
    """(moment, how many steps must be there, step)."""
    for at, step in enumerate(STEPS):
        for moment in (BEFORE, ROW_NEXT, COMMIT_NEXT):
            yield moment, at, step
        yield AFTER, at + 1, step


def test_a_night_killed_at_any_moment_of_any_step_resumes_to_the_same_bytes(stage: Stage) -> None:
    """The dead process still holds the lease: it is seen to be dead, and taken over from at once.

    What a kill before a step leaves is what one after the step before it left: it is resumed from there.
    """
    scene = stage.scenes[NIGHT_SCENE]
    for moment, steps, step in kills():
        stage.begin(NIGHT_SCENE)
        kill_in(stage, scene, moment, step)
        assert first_difference(stage.dump(), scene.states[steps]) == "", f"killed {moment}: {step}"
        if moment == BEFORE:
            continue
        with opened(stage.url) as engine:
            run_to(engine, scene.night, process_runner())
        assert first_difference(stage.dump(), scene.end) == "", f"killed {moment}: {step}"


def test_every_check_of_the_database_holds_after_every_step(stage: Stage) -> None:
    """Between two steps too no sum is off and no row stands alone: these are the states that a kill leaves behind."""
    broken: list[tuple[str, object]] = []

    def observe(when: str, _day: int, step: str) -> None:
        if when == "done":
            with opened(stage.url) as engine:
                broken.extend((step, check) for check in check_database(engine) if not check.holds)

    scene = stage.begin(NIGHT_SCENE)
    with opened(stage.url) as engine:
        run_to(engine, scene.night, runner(observe=observe))
    assert broken == []


def test_a_run_killed_again_and_again_ends_the_same(stage: Stage) -> None:
    """Each process gets one step done and dies."""
    scene = stage.begin(CATCH_UP_SCENE)
    for at, step in enumerate(STEPS, start=1):
        kill_in(stage, scene, AFTER, step)
        assert first_difference(stage.dump(), scene.states[at]) == ""
    with opened(stage.url) as engine:
        run_to(engine, scene.night, process_runner())
    assert first_difference(stage.dump(), scene.end) == ""
