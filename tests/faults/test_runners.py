"""Two runners at once, a paused one that wakes, and a dead one: one runs the night, nobody doubles or undoes a step."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import Any

import pytest

from modelx.domain.errors import AlreadyRunning, Conflict, InvariantBroken, ModelxError, Transient
from modelx.services.daily_cycle import LEASE, LEASE_STALE_SECONDS
from modelx.store import engine as engine_module
from modelx.store import lease_records
from modelx.store.engine import Connection, Engine
from modelx.store.unit_of_work import reading, writing
from tests.faults.databases import another_engine, opened
from tests.faults.injection import before_its_commit
from tests.faults.processes import forked, process_runner
from tests.faults.stages import (
    INSTANT,
    NIGHT_SCENE,
    STEPS,
    Stage,
    run_to,
    runner,
)

MIDDLE = STEPS[6]
MUCH_LATER = INSTANT + (LEASE_STALE_SECONDS + 1) * 1_000_000
NOBODY_DEAD = {"is_dead": lambda _: False}


def test_while_one_runs_the_others_are_told_who_it_is(stage: Stage) -> None:
    """Between any two steps of the night, from another thread of its own engine."""
    scene, told = stage.begin(NIGHT_SCENE), []

    def ask() -> None:
        with another_engine(stage.url) as other:
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
    assert scene.steps_in(stage.dump()) == len(STEPS)


def test_in_the_middle_of_a_long_transaction_too_the_others_are_told_who_it_is(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They need not wait for the file (SQLite) or the lease's row (PostgreSQL) to be told."""
    monkeypatch.setattr(engine_module, "BUSY_TIMEOUT_MS", 20)
    scene, told = stage.begin(NIGHT_SCENE), []

    def ask(_connection: Connection) -> None:
        with another_engine(stage.url) as other, pytest.raises(AlreadyRunning, match="run by first:1") as refusal:
            run_to(other, scene.night, runner("second:2", **NOBODY_DEAD))
        told.append(refusal)

    with opened(stage.url) as engine, before_its_commit(MIDDLE, ask):
        run_to(engine, scene.night, runner("first:1", **NOBODY_DEAD))
    assert len(told) == 1
    assert scene.steps_in(stage.dump()) == len(STEPS)


def test_of_many_threads_that_start_together_one_runs(stage: Stage) -> None:
    """Who is not that one is told the name of one that was running, or finds the night done."""
    scene = stage.begin(NIGHT_SCENE)
    outcomes: dict[str, str] = {}
    together = threading.Barrier(4)

    def start(holder: str) -> None:
        with another_engine(stage.url) as engine:
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
    assert scene.steps_in(stage.dump()) == len(STEPS)


def test_of_many_processes_that_start_together_every_step_is_done_once(stage: Stage) -> None:
    scene = stage.begin(NIGHT_SCENE)

    def run() -> None:
        with suppress(AlreadyRunning), opened(stage.url) as engine:
            run_to(engine, scene.night, process_runner())

    children = [forked(run) for _ in range(4)]
    assert [child.wait() for child in children] == [0] * 4
    assert scene.steps_in(stage.dump()) == len(STEPS)


def test_of_two_that_take_the_lease_at_the_same_moment_the_loser_is_told_who_won(stage: Stage) -> None:
    """On PostgreSQL both may have seen it free; the loser waits for the winner's COMMIT, and looks again."""
    stage.begin(NIGHT_SCENE)
    told: list[str] = []

    def take(engine: Engine) -> None:
        try:
            with writing(engine) as connection:
                lease_records.take_lease(connection, LEASE, "second:2", INSTANT, 0, None)
        except AlreadyRunning as refusal:
            told.append(str(refusal))

    with another_engine(stage.url) as first, another_engine(stage.url) as second:
        with writing(first) as connection:
            lease_records.take_lease(connection, LEASE, "first:1", INSTANT, 0, None)
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
    assert scene.steps_in(stage.dump()) == len(STEPS)


def test_a_holder_that_shows_life_just_before_its_lease_is_taken_keeps_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the taker saw was stale; by the time it takes, a step has been committed."""
    stage.begin(NIGHT_SCENE)
    with opened(stage.url) as engine:
        leave_a_lease(engine, "slow:1")
        with writing(engine) as connection:
            stale = lease_records.lease_of(connection, LEASE)
        with writing(engine) as connection:
            lease_records.keep_lease(connection, LEASE, stale.token, MUCH_LATER)
        seen = [stale, stale._replace(heartbeat_at=MUCH_LATER)]
        monkeypatch.setattr(lease_records, "lease_of", lambda *_: seen.pop(0))
        with pytest.raises(AlreadyRunning, match="run by slow:1"), writing(engine) as connection:
            lease_records.take_lease(connection, LEASE, "late:2", MUCH_LATER, MUCH_LATER - 1, None)


def leave_a_lease(engine: Engine, holder: str) -> None:
    with writing(engine) as connection:
        lease_records.take_lease(connection, LEASE, holder, INSTANT, 0, None)


def leave_a_lease_as_a_process(stage: Stage) -> None:
    with opened(stage.url) as engine:
        leave_a_lease(engine, process_runner().holder)


def test_a_service_started_again_with_the_same_process_number_does_not_wait_for_itself(stage: Stage) -> None:
    """In a container the number is the same every time; another thread of this process, though, is alive."""
    scene, me = stage.begin(NIGHT_SCENE), process_runner()
    host, pid, _ = me.holder.rsplit(":", 2)
    with opened(stage.url) as engine:
        leave_a_lease(engine, me.holder)
        with pytest.raises(AlreadyRunning, match=me.holder):
            run_to(engine, scene.night, me)
    stage.begin(NIGHT_SCENE)
    with opened(stage.url) as engine:
        leave_a_lease(engine, f"{host}:{pid}:anearlierone")
        run_to(engine, scene.night, me)
    assert scene.steps_in(stage.dump()) == len(STEPS)


def test_of_two_that_find_the_holder_dead_the_slower_does_not_take_over_from_the_faster(stage: Stage) -> None:
    """Both have seen the same dead holder; the lease that the second one then finds is of somebody alive."""
    scene = stage.begin(NIGHT_SCENE)

    def dead_and_already_replaced(holder: str) -> bool:
        assert holder == "gone:1"
        with another_engine(stage.url) as other, writing(other) as connection:
            dead = lease_records.lease_of(connection, LEASE)
            lease_records.take_lease(connection, LEASE, "faster:2", INSTANT, 0, dead.token)
        return True

    with opened(stage.url) as engine:
        leave_a_lease(engine, "gone:1")
        with pytest.raises(AlreadyRunning, match="run by faster:2"):
            run_to(engine, scene.night, runner("slower:3", is_dead=dead_and_already_replaced))
    assert scene.steps_in(stage.dump()) == 0


def test_without_the_lease_the_database_itself_lets_no_step_be_done_twice(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lease is the courtesy, the unique keys are the guard."""
    scene = stage.begin(NIGHT_SCENE)
    monkeypatch.setattr(lease_records, "take_lease", lambda *_: 1)
    monkeypatch.setattr(lease_records, "keep_lease", lambda *_: None)

    def observe(when: str, _day: int, step: str) -> None:
        if (when, step) == ("start", MIDDLE):
            with another_engine(stage.url) as other:
                run_to(other, scene.night, runner("second:2"))

    with opened(stage.url) as engine, pytest.raises(Conflict, match="the database refused a row"):
        run_to(engine, scene.night, runner("first:1", observe=observe))
    assert scene.steps_in(stage.dump()) == len(STEPS)


def test_a_night_that_failed_gives_its_lease_back(stage: Stage) -> None:
    scene = stage.begin(NIGHT_SCENE)

    def observe(when: str, _day: int, step: str) -> None:
        if (when, step) == ("start", MIDDLE):
            raise ValueError("a rule that could not bear its input")

    with opened(stage.url) as engine:
        with pytest.raises(ValueError, match="could not bear"):
            run_to(engine, scene.night, runner("first:1", observe=observe, **NOBODY_DEAD))
        with reading(engine) as connection:
            assert lease_records.lease_of(connection, LEASE).holder == ""
        run_to(engine, scene.night, runner("second:2", **NOBODY_DEAD))
    assert scene.steps_in(stage.dump()) == len(STEPS)


def test_a_lease_that_cannot_be_given_back_does_not_hide_what_went_wrong(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = stage.begin(NIGHT_SCENE)

    def unreachable(*_: Any) -> None:
        raise Transient("the connection is lost")

    def observe(when: str, _day: int, step: str) -> None:
        if (when, step) == ("start", MIDDLE):
            monkeypatch.setattr(lease_records, "give_lease_back", unreachable)
            raise InvariantBroken("what really happened")

    with opened(stage.url) as engine:
        with pytest.raises(ModelxError, match="what really happened"):
            run_to(engine, scene.night, runner("first:1", observe=observe))
        reports = run_to(engine, scene.night, runner("second:2"))  # a night that was done is reported as done
    assert [report.already_done for report in reports] == [False]
    assert scene.steps_in(stage.dump()) == len(STEPS)
