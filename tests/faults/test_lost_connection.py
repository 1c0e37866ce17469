"""The connection to PostgreSQL is lost: between steps, in a step's transaction, and at COMMIT, either way it went."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Connection

from modelx.domain.errors import Transient
from modelx.store.engine import Engine
from tests.faults.databases import PostgresqlDatabase, opened
from tests.faults.dump import first_difference
from tests.faults.injection import Act, before_its_commit, before_its_row
from tests.faults.lossy_proxy import LOSE_REPLY, LOSE_REQUEST, LossyProxy, lossy
from tests.faults.stages import (
    NIGHT_SCENE,
    STEPS,
    Stage,
    load_folder,
    run_to,
    runner,
)


def terminating(stage: Stage) -> Act:
    """Ends the server's side of a connection, and waits until it is gone."""
    assert isinstance(stage.database, PostgresqlDatabase)
    command = stage.database.command

    def terminate(connection: Connection) -> None:
        server_process = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        assert command(f"SELECT pg_terminate_backend({int(server_process)}, 5000)") == [(True,)]

    return terminate


def test_a_connection_lost_in_any_step_leaves_whole_steps_and_the_night_resumes_the_same(
    postgresql_stage: Stage,
) -> None:
    stage, scene = postgresql_stage, postgresql_stage.scenes[NIGHT_SCENE]
    for at, step in enumerate(STEPS):
        moment = (before_its_row, before_its_commit)[at % 2]
        stage.begin(NIGHT_SCENE)
        with opened(stage.url) as engine:
            with moment(step, terminating(stage)), pytest.raises(Transient, match="nothing of this step was kept"):
                run_to(engine, scene.night)
            assert scene.steps_in(stage.dump()) == at
            run_to(engine, scene.night)  # the same process goes on with a new connection
        assert first_difference(stage.dump(), scene.end) == "", step


def test_a_connection_lost_while_idle_is_told_and_the_next_run_is_whole(postgresql_stage: Stage) -> None:
    stage, scene = postgresql_stage, postgresql_stage.begin(NIGHT_SCENE)
    assert isinstance(stage.database, PostgresqlDatabase)
    command = stage.database.command

    def observe(when: str, _day: int, step: str) -> None:
        if (when, step) == ("start", STEPS[6]):
            command("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'modelx_app'")

    with opened(stage.url) as engine:
        with pytest.raises(Transient):
            run_to(engine, scene.night, runner(observe=observe))
        assert first_difference(stage.dump(), scene.states[6]) == ""
        run_to(engine, scene.night)
    assert first_difference(stage.dump(), scene.end) == ""


def run_losing(engine: Engine, night: date, lose: str, step: str, proxy: LossyProxy) -> None:
    def arm(_connection: Connection) -> None:
        proxy.lose = lose

    with before_its_commit(step, arm):
        run_to(engine, night)


@pytest.mark.parametrize("step", STEPS)
def test_a_commit_that_never_arrived_is_told_and_one_whose_reply_was_lost_is_found_done(
    postgresql_stage: Stage, step: str
) -> None:
    """Nobody is told which of the two it was: the step's row says it, and no step is ever done twice."""
    stage, scene = postgresql_stage, postgresql_stage.scenes[NIGHT_SCENE]
    with lossy(stage.url) as (proxy, url), opened(url) as engine:
        stage.begin(NIGHT_SCENE)
        with pytest.raises(Transient, match="nothing of this step was kept"):
            run_losing(engine, scene.night, LOSE_REQUEST, step, proxy)
        assert first_difference(stage.dump(), scene.states[STEPS.index(step)]) == ""
        run_losing(engine, scene.night, LOSE_REPLY, step, proxy)  # goes on by itself
        assert proxy.lost == [LOSE_REQUEST, LOSE_REPLY]
    assert first_difference(stage.dump(), scene.end) == ""


def test_a_load_whose_reply_was_lost_is_found_done_when_it_is_repeated(postgresql_stage: Stage) -> None:
    stage = postgresql_stage
    stage.begin(NIGHT_SCENE)
    with lossy(stage.url) as (proxy, url), opened(url) as engine:
        proxy.lose = LOSE_REPLY  # of the first transaction that commits: one that reads
        with pytest.raises(Transient):
            load_folder(engine, stage.book.cure)
        assert not load_folder(engine, stage.book.cure).already_loaded
        assert load_folder(engine, stage.book.cure).already_loaded
