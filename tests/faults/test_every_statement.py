"""An exception at every statement of a night, and at every COMMIT: nothing half done is kept, and the night resumes."""

from __future__ import annotations

import pytest

from tests.faults.databases import opened
from tests.faults.dump import dump, first_difference
from tests.faults.injection import COMMITTED, Injected, points
from tests.faults.stages import (
    NIGHT_SCENE,
    STEPS,
    Scene,
    Stage,
    load_folder,
    run_to,
    runner,
)


def statements_of(stage: Stage, scene: Scene) -> list[str]:
    """What an undisturbed run asks of the database, in order."""
    stage.begin(scene.name)
    with opened(stage.url) as engine, points(engine) as asked:
        run_to(engine, scene.night)
    return asked.asked


def disturb(stage: Stage, scene: Scene, at: int) -> int:
    """Run with a fault at one point; how many steps were done when it struck."""
    done: list[str] = []
    stage.begin(scene.name)
    with opened(stage.url) as engine, points(engine, at) as asked:
        try:
            run_to(engine, scene.night, runner(observe=lambda when, _, step: when == "done" and done.append(step)))
        except Injected:
            return len(done)
    assert asked.asked[at - 1] == COMMITTED  # only a reply that was lost can be made good without a new run
    return len(done)


def state_of(stage: Stage, scene: Scene) -> tuple[int, str]:
    """How many of the scene's steps the database holds, nothing beside them, and who holds the lease."""
    with opened(stage.url) as engine:
        found = dump(engine)
        with engine.connect() as connection:
            holder = str(connection.exec_driver_sql("SELECT holder FROM lease").scalar())
    return scene.steps_in(found), holder


def test_an_exception_at_every_statement_of_a_night_leaves_whole_steps_and_it_resumes_the_same(stage: Stage) -> None:
    scene = stage.scenes[NIGHT_SCENE]
    asked = statements_of(stage, scene)
    resumed: set[tuple[int, str]] = set()
    for at in range(1, len(asked) + 1):
        acknowledged = disturb(stage, scene, at)
        steps, holder = state_of(stage, scene)
        assert steps in {acknowledged, acknowledged + 1}, f"at {at}, {asked[at - 1]}"
        if (steps, holder) in resumed:
            continue  # a resume depends on the database alone, and it has ended right from these very rows
        resumed.add((steps, holder))
        with opened(stage.url) as engine:
            run_to(engine, scene.night, runner("the next"))
        assert first_difference(stage.dump(), scene.end) == "", f"after {asked[at - 1]}"
    assert {steps for steps, _ in resumed} == set(range(len(STEPS) + 1))


def test_a_night_speaks_to_its_database_often_enough_to_be_worth_disturbing(stage: Stage) -> None:
    asked = statements_of(stage, stage.scenes[NIGHT_SCENE])
    assert asked.count("COMMIT") == asked.count(COMMITTED) > 2 * len(STEPS)
    writing = [what for what in asked if what.startswith(("INSERT", "COPY", "UPDATE", "DELETE"))]
    written = {"batch", "idempotency", "journal", "transfer", "account", "commodity", "closing"}
    written |= {"cycle_run", "step_run", "finding", "unit_value", "order_outcome"}
    assert written == {name for name in written if any(f'"{name}"' in what for what in writing)}


def test_an_exception_at_every_statement_of_a_load_leaves_nothing_and_the_load_can_be_repeated(stage: Stage) -> None:
    """A load is one transaction: it is all there or not at all, also when the reply to its COMMIT is lost."""
    folder, scene = stage.book.cure, stage.begin(NIGHT_SCENE)
    with opened(stage.url) as engine, points(engine) as asked:
        load_folder(engine, folder)
    loaded = stage.dump()
    for at in range(1, len(asked.asked) + 1):
        stage.begin(NIGHT_SCENE)
        with opened(stage.url) as engine, points(engine, at), pytest.raises(Injected):
            load_folder(engine, folder)
        expected = loaded if at == len(asked.asked) else scene.states[0]
        assert first_difference(stage.dump(), expected) == "", asked.asked[at - 1]
    with opened(stage.url) as engine:
        assert load_folder(engine, folder).already_loaded
