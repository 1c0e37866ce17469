"""Canaries: a bug planted in the night is noticed, by the night itself, the oracle, the database check, or a replay."""

from __future__ import annotations

from contextlib import suppress

import pytest

from modelx.domain.days import day_of
from modelx.domain.errors import Conflict, ModelxError, NotFound
from modelx.services.cycle_verify import verify_nights
from modelx.services.database_check import check_database
from modelx.store import load_records, night_records
from tests.faults.databases import opened
from tests.faults.dump import first_difference
from tests.faults.fault_book import LAST_NIGHT, NIGHTS, RICH_NIGHT, FaultBook
from tests.faults.mutants import CHECK, ITSELF, MUTANTS, ORACLE, REPLAY, Mutant
from tests.faults.stages import (
    NIGHT_SCENE,
    Stage,
    load_folder,
    release_held,
    run_to,
    runner,
)
from tests.oracle.night import Oracle
from tests.oracle.script import play
from tests.product import differences


@pytest.fixture(scope="module")
def oracle(fault_book: FaultBook) -> Oracle:
    return play(fault_book.script)


def run_the_rest(stage: Stage) -> None:
    """From the rich night to the last, each run in a process of its own: state is read back in between."""
    stage.begin(NIGHT_SCENE)
    with opened(stage.url) as engine:
        run_to(engine, RICH_NIGHT)
    with opened(stage.url) as engine:
        load_folder(engine, stage.book.cure)
        with suppress(NotFound):  # a mutant that holds nothing leaves nothing to release
            release_held(engine)
    for through in (RICH_NIGHT, LAST_NIGHT):
        with opened(stage.url) as engine:
            run_to(engine, through)


def replays(stage: Stage) -> bool:
    with opened(stage.url) as engine:
        return not any(one.difference for one in verify_nights(engine, day_of(NIGHTS[0]), day_of(LAST_NIGHT)))


def first_to_notice(stage: Stage, oracle: Oracle, mutant: Mutant | None) -> str:
    """Who notices the mutant, the cheapest observer first; nobody, for a night without one."""
    with pytest.MonkeyPatch.context() as patch:
        if mutant is not None:
            mutant.plant(patch)
        try:
            run_the_rest(stage)
        except ModelxError:
            return ITSELF
        replayed = replays(stage)
    with opened(stage.url) as engine:
        if differences(engine, oracle):
            return ORACLE
        broken = [check.name for check in check_database(engine) if not check.holds]
    if broken:
        return CHECK + broken[0]
    return "" if replayed and replays(stage) else REPLAY


def test_a_night_without_a_bug_is_noticed_by_nobody(sqlite_stage: Stage, oracle: Oracle) -> None:
    assert first_to_notice(sqlite_stage, oracle, None) == ""


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_planted_bug_is_noticed(sqlite_stage: Stage, oracle: Oracle, mutant: Mutant) -> None:
    assert first_to_notice(sqlite_stage, oracle, mutant) == mutant.noticed_by


def test_a_resume_that_forgets_what_was_done_is_refused_by_the_database(sqlite_stage: Stage) -> None:
    """The keys are the guard: the lookup of the steps done only spares the attempt."""
    stage, scene = sqlite_stage, sqlite_stage.begin(NIGHT_SCENE)

    class StopHereError(Exception):
        pass

    def observe(when: str, _day: int, step: str) -> None:
        if (when, step) == ("start", "book_trades"):
            raise StopHereError

    with opened(stage.url) as engine, pytest.raises(StopHereError):
        run_to(engine, scene.night, runner(observe=observe))
    before = stage.dump()
    with pytest.MonkeyPatch.context() as patch, opened(stage.url) as engine:
        patch.setattr(night_records, "step_hashes", lambda *_: {})
        with pytest.raises(Conflict, match="the database refused a row"):
            run_to(engine, scene.night)
    assert first_difference(stage.dump(), before) == ""


def test_a_load_that_forgets_what_was_loaded_is_refused_by_the_database(sqlite_stage: Stage) -> None:
    sqlite_stage.begin(NIGHT_SCENE)
    with pytest.MonkeyPatch.context() as patch, opened(sqlite_stage.url) as engine:
        patch.setattr(load_records, "load_of_content", lambda *_: None)
        with pytest.raises(Conflict, match="the database refused a row"):
            load_folder(engine, sqlite_stage.book.opening[0])
