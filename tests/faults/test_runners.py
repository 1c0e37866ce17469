"""Two runners at once, a paused one that wakes, and a dead one: one runs the night, nobody doubles or undoes a step."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from modelx.domain.errors import AlreadyRunning, Conflict, InvariantBroken, ModelxError, Transient
from modelx.services.daily_cycle import LEASE, LEASE_STALE_SECONDS
from modelx.store import engine as engine_module
from modelx.store import night_records
from modelx.store.engine import Engine, open_engine
from modelx.store.unit_of_work import reading, writing
from tests.faults.dump import first_difference
from tests.faults.injection import before_its_commit
from tests.faults.processes import Child, forked, process_runner
from tests.faults.stages import CATCH_UP_SCENE, INSTANT, NIGHT_SCENE, STEPS, Scene, Stage, opened, run_to, runner

MIDDLE = STEPS[6]
MUCH_LATER = INSTANT + (LEASE_STALE_SECONDS + 1) * 1_000_000
NOBODY_DEAD = {"is_dead": lambda _: False}


@contextmanager
def another_engine(stage: Stage) -> Iterator[Engine]:
    """An engine beside the first one: another process, as far as the database can tell."""
    engine = open_engine(stage.url)
    try:
        yield engine
    finally:
        engine.dispose()


def state_index(stage: Stage, scene: Scene) -> int:
    """How many steps the database holds; fails unless it holds exactly what it held then, undisturbed."""
    found = stage.dump()
    steps = len(found["step_run"]) - len(scene.states[0]["step_run"])
    assert first_difference(found, scene.states[steps]) == ""
    return steps


def test_while_one_runs_the_others_are_told_who_it_is(stage: Stage) -> None:
    """Between any two steps of the night, from another thread of its own engine."""
    scene, told = stage.begin(NIGHT_SCENE), []

    def ask() -> None:
        with another_engine(stage) as other:
            try:
                run_to(other, scene.night, runner("second:2", **NOBODY_DEAD))
            except AlreadyRunning as refusal:
                told.append(str(refusal))

    def observe(when: str, _day: int, step: str) -> None:
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join(30)

    with opened(stage.url) as engine:
        run_to(engine, scene.night, runner("first:1", observe=observe, **NOBODY_DEAD))
    assert told == ["the night is being run by first:1: wait for it, or stop that process first"] * (2 * len(STEPS))
    assert state_index(stage, scene) == len(STEPS)


def test_of_many_threads_that_start_together_one_runs(stage: Stage) -> None:
    """Who is not that one is told the name of one that was running, or finds the night done."""
    scene = stage.begin(NIGHT_SCENE)
    outcomes: dict[str, str] = {}
    together = threading.Barrier(4)

    def start(holder: str) -> None:
        with another_engine(stage) as engine:
            together.wait(30)
            try:
                reports = run_to(engine, scene.night, runner(holder, **NOBODY_DEAD))
                outcomes[holder] = "found it done" if reports[0].already_done else "ran"
            except AlreadyRunning as refusal:
                outcomes[holder] = str(refusal)

    threads = [threading.Thread(target=start, args=[f"desk-{number}:1"]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    (winner,) = (holder for holder, outcome in outcomes.items() if outcome == "ran")
    for holder in set(outcomes) - {winner}:
        assert outcomes[holder] == "found it done" or "being run by desk-" in outcomes[holder]
    assert len(outcomes) == 4
    assert state_index(stage, scene) == len(STEPS)


def test_of_many_processes_that_start_together_every_step_is_done_once(stage: Stage) -> None:
    scene = stage.begin(NIGHT_SCENE)

    def run() -> None:
        with suppress(AlreadyRunning), opened(stage.url) as engine:
            run_to(engine, scene.night, process_runner())

    children = [forked(run) for _ in range(4)]
    assert [child.wait() for child in children] == [0] * 4
    assert state_index(stage, scene) == len(STEPS)


def test_of_two_that_take_the_lease_at_the_same_moment_the_loser_is_told_who_won(stage: Stage) -> None:
    """On PostgreSQL both may have seen it free; the loser waits for the winner's COMMIT, and looks again."""
    stage.begin(NIGHT_SCENE)
    told: list[str] = []

    def take(engine: Engine) -> None:
        try:
            with writing(engine) as connection:
                night_records.take_lease(connection, LEASE, "second:2", INSTANT, 0, None)
        except AlreadyRunning as refusal:
            told.append(str(refusal))

    with another_engine(stage) as first, another_engine(stage) as second:
        with writing(first) as connection:
            night_records.take_lease(connection, LEASE, "first:1", INSTANT, 0, None)
            thread = threading.Thread(target=take, args=[second])
            thread.start()
            thread.join(0.3)
            assert thread.is_alive()
        thread.join(30)
    assert told == ["the night is being run by first:1: wait for it, or stop that process first"]


def test_a_holder_that_is_dead_gives_way_at_once_and_one_on_another_host_when_its_lease_is_stale(stage: Stage) -> None:
    scene = stage.begin(NIGHT_SCENE)
    with opened(stage.url) as engine:
        leave_a_lease(engine, "elsewhere:77")
        with pytest.raises(AlreadyRunning, match="elsewhere:77"):
            run_to(engine, scene.night, process_runner())
        run_to(engine, scene.night, runner("late:2", now=lambda: MUCH_LATER, **NOBODY_DEAD))
    stage.begin(NIGHT_SCENE)
    dead = forked(lambda: leave_a_lease_as_a_process(stage))
    assert dead.wait() == 0
    with opened(stage.url) as engine:
        run_to(engine, scene.night, process_runner())
    assert state_index(stage, scene) == len(STEPS)


def leave_a_lease(engine: Engine, holder: str) -> None:
    with writing(engine) as connection:
        night_records.take_lease(connection, LEASE, holder, INSTANT, 0, None)


def leave_a_lease_as_a_process(stage: Stage) -> None:
    with opened(stage.url) as engine:
        leave_a_lease(engine, process_runner().holder)


def test_of_two_that_find_the_holder_dead_the_slower_does_not_take_over_from_the_faster(stage: Stage) -> None:
    """Both have seen the same dead holder; the lease that the second one then finds is of somebody alive."""
    scene = stage.begin(NIGHT_SCENE)

    def dead_and_already_replaced(holder: str) -> bool:
        assert holder == "gone:1"
        with another_engine(stage) as other, writing(other) as connection:
            held = night_records.lease_holder(connection, LEASE)
            assert held is not None
            night_records.take_lease(connection, LEASE, "faster:2", INSTANT, 0, held[1])
        return True

    with opened(stage.url) as engine:
        leave_a_lease(engine, "gone:1")
        with pytest.raises(AlreadyRunning, match="run by faster:2"):
            run_to(engine, scene.night, runner("slower:3", is_dead=dead_and_already_replaced))
    assert state_index(stage, scene) == 0


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
            with another_engine(stage) as other, suppress(InvariantBroken):
                later = {"now": lambda: MUCH_LATER, "observe": other_observes}
                run_to(other, scene.night, runner("awake:2", **later, **NOBODY_DEAD))

    with opened(stage.url) as engine:
        with pytest.raises(Conflict, match="another runner took over this night while this one was paused"):
            run_to(engine, scene.night, runner("sleepy:1", observe=observe, **NOBODY_DEAD))
        assert state_index(stage, scene) == min(at_wake_up, len(STEPS))
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
    assert state_index(stage, scene) == len(STEPS)


def test_a_process_that_was_stopped_in_a_transaction_cannot_be_overtaken_and_goes_on(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It holds the lease's row (PostgreSQL) or the file (SQLite): the other one is told to try again."""
    scene = stage.begin(NIGHT_SCENE)
    monkeypatch.setattr(engine_module, "BUSY_TIMEOUT_MS", 50)
    with stopped(stage, scene, inside_a_transaction=True) as sleeper:
        with another_engine(stage) as engine:
            with pytest.raises(Transient, match="the database is busy"):
                run_to(engine, scene.night, runner("awake:2", now=lambda: MUCH_LATER, **NOBODY_DEAD))
            assert state_index(stage, scene) == STEPS.index(MIDDLE)
        sleeper.signal(signal.SIGCONT)
        assert sleeper.wait() == 0
    assert state_index(stage, scene) == len(STEPS)


def test_without_the_lease_the_database_itself_lets_no_step_be_done_twice(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lease is the courtesy, the unique keys are the guard."""
    scene = stage.begin(NIGHT_SCENE)
    monkeypatch.setattr(night_records, "take_lease", lambda *_: 1)
    monkeypatch.setattr(night_records, "keep_lease", lambda *_: None)

    def observe(when: str, _day: int, step: str) -> None:
        if (when, step) == ("start", MIDDLE):
            with another_engine(stage) as other:
                run_to(other, scene.night, runner("second:2"))

    with opened(stage.url) as engine, pytest.raises(Conflict, match="the database refused a row"):
        run_to(engine, scene.night, runner("first:1", observe=observe))
    assert state_index(stage, scene) == len(STEPS)


def test_a_night_that_failed_gives_its_lease_back(stage: Stage) -> None:
    scene = stage.begin(NIGHT_SCENE)

    def observe(when: str, _day: int, step: str) -> None:
        if (when, step) == ("start", MIDDLE):
            raise ValueError("a rule that could not bear its input")

    with opened(stage.url) as engine:
        with pytest.raises(ValueError, match="could not bear"):
            run_to(engine, scene.night, runner("first:1", observe=observe, **NOBODY_DEAD))
        with reading(engine) as connection:
            held = night_records.lease_holder(connection, LEASE)
            assert held is not None
            assert held[0] == ""
        run_to(engine, scene.night, runner("second:2", **NOBODY_DEAD))
    assert state_index(stage, scene) == len(STEPS)


def test_a_lease_that_cannot_be_given_back_does_not_hide_what_went_wrong(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = stage.begin(NIGHT_SCENE)

    def unreachable(*_: Any) -> None:
        raise Transient("the connection is lost")

    def observe(when: str, _day: int, step: str) -> None:
        if (when, step) == ("start", MIDDLE):
            monkeypatch.setattr(night_records, "give_lease_back", unreachable)
            raise InvariantBroken("what really happened")

    with opened(stage.url) as engine:
        with pytest.raises(ModelxError, match="what really happened"):
            run_to(engine, scene.night, runner("first:1", observe=observe))
        reports = run_to(engine, scene.night, runner("second:2"))  # a night that was done is reported as done
    assert [report.already_done for report in reports] == [False]
    assert state_index(stage, scene) == len(STEPS)
