"""A runner that was paused wakes when another has taken over: fenced off, and nothing of its step is kept."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from modelx.domain.errors import AlreadyRunning, Conflict, InvariantBroken, Transient
from modelx.services.daily_cycle import LEASE_STALE_SECONDS
from modelx.store import engine as engine_module
from tests.faults.databases import another_engine, opened
from tests.faults.dump import first_difference
from tests.faults.injection import before_its_commit
from tests.faults.processes import Child, forked, process_runner
from tests.faults.stages import (
    CATCH_UP_SCENE,
    INSTANT,
    NIGHT_SCENE,
    STEPS,
    Scene,
    Stage,
    run_to,
    runner,
)

MIDDLE = STEPS[6]
MUCH_LATER = INSTANT + (LEASE_STALE_SECONDS + 1) * 1_000_000
NOBODY_DEAD = {"is_dead": lambda _: False}


@pytest.mark.parametrize("steps_of_the_other", [0, 1, 3, len(STEPS)])
def test_a_paused_runner_that_wakes_is_fenced_off_and_keeps_nothing_of_its_step(
    stage: Stage, steps_of_the_other: int
) -> None:
    """While it slept its lease went stale, and another one did some of the night, or all of it."""
    scene = stage.begin(CATCH_UP_SCENE)
    at_wake_up = STEPS.index(MIDDLE) + steps_of_the_other

    def other_observes(when: str, _day: int, step: str) -> None:
        if (when, step) == ("start", dict(enumerate(STEPS)).get(at_wake_up)):
            raise InvariantBroken("the other one stops here")

    def observe(when: str, _day: int, step: str) -> None:
        if (when, step) == ("start", MIDDLE):
            with another_engine(stage.url) as other, suppress(InvariantBroken):
                later = {"now": lambda: MUCH_LATER, "observe": other_observes}
                run_to(other, scene.night, runner("awake:2", **later, **NOBODY_DEAD))

    with opened(stage.url) as engine:
        with pytest.raises(Conflict, match="another runner took over this night while this one was paused"):
            run_to(engine, scene.night, runner("sleepy:1", observe=observe, **NOBODY_DEAD))
        assert scene.steps_in(stage.dump()) == min(at_wake_up, len(STEPS))
        run_to(engine, scene.night)
    assert first_difference(stage.dump(), scene.end) == ""


@contextmanager
def stopped(stage: Stage, scene: Scene, inside_a_transaction: bool) -> Iterator[Child]:
    """A process that has stopped itself (SIGSTOP) in the middle of a night."""

    def pause(*_: Any) -> None:
        signal.raise_signal(signal.SIGSTOP)

    def observe(when: str, _day: int, step: str) -> None:
        if (when, step) == ("start", MIDDLE) and not inside_a_transaction:
            pause()

    def run() -> None:
        with opened(stage.url) as engine:
            if not inside_a_transaction:
                with pytest.raises(Conflict):
                    run_to(engine, scene.night, process_runner(observe))
                return
            with before_its_commit(MIDDLE, pause):
                run_to(engine, scene.night, process_runner())

    child = forked(run)
    child.wait_until_stopped()
    try:
        yield child
    finally:
        child.end()


def test_a_process_that_was_stopped_between_two_steps_finds_its_night_taken_over(stage: Stage) -> None:
    scene = stage.begin(NIGHT_SCENE)
    with stopped(stage, scene, inside_a_transaction=False) as sleeper:
        with opened(stage.url) as engine:
            with pytest.raises(AlreadyRunning, match=rf"run by \S+:{sleeper.pid}\b"):
                run_to(engine, scene.night, process_runner())
            run_to(engine, scene.night, runner("awake:2", now=lambda: MUCH_LATER, **NOBODY_DEAD))
        sleeper.signal(signal.SIGCONT)
        assert sleeper.wait() == 0  # it met the conflict, and nothing else
    assert scene.steps_in(stage.dump()) == len(STEPS)


def test_a_process_that_was_stopped_in_a_transaction_cannot_be_overtaken_and_goes_on(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It holds the lease's row (PostgreSQL) or the file (SQLite): the other one is told to try again."""
    scene = stage.begin(NIGHT_SCENE)
    monkeypatch.setattr(engine_module, "BUSY_TIMEOUT_MS", 50)
    with stopped(stage, scene, inside_a_transaction=True) as sleeper:
        with another_engine(stage.url) as engine:
            with pytest.raises(Transient, match="the database is busy"):
                run_to(engine, scene.night, runner("awake:2", now=lambda: MUCH_LATER, **NOBODY_DEAD))
            assert scene.steps_in(stage.dump()) == STEPS.index(MIDDLE)
        sleeper.signal(signal.SIGCONT)
        assert sleeper.wait() == 0
    assert scene.steps_in(stage.dump()) == len(STEPS)
