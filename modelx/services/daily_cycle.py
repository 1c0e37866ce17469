"""The night: an ordered tuple of steps, one transaction each, that carries every sleeve to tonight's unit value.

A step reads its inputs, computes its effects from columns, and commits them together with its ``step_run`` row. On
resume the committed steps are computed again from the same inputs and compared by hash instead of written: so the
resumed night cannot differ from the undisturbed one, and if it would, it stops.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass

import numpy as np

from modelx.domain.calendar import Calendar
from modelx.domain.days import date_of
from modelx.domain.errors import Conflict, InvariantBroken, ModelxError, NightOutOfOrder
from modelx.domain.night_policy import NightPolicy
from modelx.services import closings, series_versions
from modelx.services.night import Feeds, Night
from modelx.services.night_effects import Effects, StepRow
from modelx.services.night_replay import load_state
from modelx.services.night_state import BookState
from modelx.services.night_steps import NIGHT, require_same
from modelx.store import (
    lease_records,
    ledger_records,
    load_records,
    night_records,
    rebalance_records,
    session_records,
    sleeve_records,
)
from modelx.store.engine import Connection, Engine
from modelx.store.night_records import CycleRun
from modelx.store.unit_of_work import reading, writing

LEASE = "night"
LEASE_STALE_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Runner:
    """Who runs the nights: the edge's clock and identity, handed in so that no rule reads either.

    ``now`` gives microseconds since 1970 in UTC; ``holder`` names this process; ``is_dead`` tells whether another
    holder is known to have died; ``observe`` hears "start" and "done" of every step (progress, fault injection).
    """

    now: Callable[[], int]
    holder: str
    is_dead: Callable[[str], bool] = lambda holder: False
    observe: Callable[[str, int, str], None] = lambda when, day, step: None


@dataclass(frozen=True, slots=True)
class NightReport:
    """What a run did: its date, run number, and the hash it ended with."""

    business_date: int
    run: int
    already_done: bool
    step_hash: bytes


def run_through(engine: Engine, through: int, policy: NightPolicy, runner: Runner) -> list[NightReport]:
    """Run every night up to the session ``through``, in order: first what was begun, then catch-ups, then new nights.

    A finished night is left alone. Raises :class:`NightOutOfOrder` when ``through`` is no session,
    :class:`AlreadyRunning` when another runner holds the night, :class:`NotFound` when the book has no sleeve.
    """
    with _lease(engine, runner) as token:
        state, reports = load_state(engine), list[NightReport]()
        while True:
            run, calendar = _next_run(engine, state, through, policy, runner)
            if run is None:
                _require_ran(engine, through)
                return reports or [NightReport(through, 0, True, state.step_hash)]
            if run.run == 0 and series_versions.bring_up_to_date(engine, run.business_date, run.started_at):
                continue  # what the series decided is a load: the night that comes must see it
            try:
                state = _run(engine, state, calendar, run, runner, token)
            except _LoadedMeanwhileError:
                continue
            reports.append(NightReport(run.business_date, run.run, False, state.step_hash))


@dataclass(frozen=True, slots=True)
class ComputedStep:
    """One step of a run, computed and not yet written: the book before and after it, what it adds, and its row."""

    cycle: CycleRun
    before: BookState
    after: BookState
    effects: Effects
    row: StepRow


class _LoadedMeanwhileError(Exception):
    """A book was loaded between the choice of a run's horizon and its first commit: choose again."""


def _require_no_new_load(connection: Connection, cycle: CycleRun) -> None:
    """Keep loaders out until this transaction ends, and raise when one came before it."""
    load_records.lock_for_loading(connection)
    if night_records.horizons(connection)[0] != cycle.load_horizon:
        raise _LoadedMeanwhileError


def _require_ran(engine: Engine, day: int) -> None:
    """Raise :class:`NightOutOfOrder` for a session before the first night: nothing was, or will be, struck on it."""
    with reading(engine) as connection:
        if not night_records.runs_of(connection, day):
            raise NightOutOfOrder(f"{date_of(day)} lies before the first night: no sleeve had started")


def catch_up(engine: Engine, policy: NightPolicy, runner: Runner) -> list[NightReport]:
    """Run the nights that released sleeves missed, and finish what was begun; no new night."""
    last_night = load_state(engine).last_night
    reports = run_through(engine, last_night, policy, runner)
    return [report for report in reports if not report.already_done]


def require_next(engine: Engine, day: int) -> None:
    """Raise :class:`NightOutOfOrder` unless ``day`` is the next night, one already run, or one begun."""
    state = load_state(engine)
    with reading(engine) as connection:
        loads, _ = night_records.horizons(connection)
        due = due_night(connection, state, session_records.calendar(connection, loads), loads)
    if day > due:
        raise NightOutOfOrder(f"{date_of(day)} is out of order: the next night is {date_of(due)}")


def due_night(connection: Connection, state: BookState, calendar: Calendar, horizon: int) -> int:
    """The next new night: the session after the last one, or the first on or after the earliest start date.

    Raises :class:`NotFound` when the book has no sleeve.
    """
    return sleeve_records.night_after(connection, calendar, state.last_night if state.last_step else None, horizon)


def _next_run(
    engine: Engine, state: BookState, through: int, policy: NightPolicy, runner: Runner
) -> tuple[CycleRun | None, Calendar]:
    """The run to do now, if any is left, and the calendar as known to it."""
    with reading(engine) as connection:
        begun = night_records.unfinished_run(connection)
        if begun is not None:
            return begun, session_records.calendar(connection, begun.load_horizon)
        loads, releases = night_records.horizons(connection)
        calendar = session_records.calendar(connection, loads)
        if not calendar.is_session(through):
            raise NightOutOfOrder(f"{date_of(through)} is no session: no unit value is struck on it")
        held = night_records.unreleased_sleeves(connection, releases)
        lagging = closings.lagging(state) & ~np.isin(state.sleeves.sleeve_id, held)
        if lagging.any():
            day = calendar.next_session(int(state.sleeves.closed_through[lagging].min()))
            number = night_records.runs_of(connection, day)
            if not (lagging & (state.sleeves.closed_through == calendar.previous_session(day))).any():
                raise InvariantBroken(f"the sleeves that missed {date_of(day)} did not close the session before it")
        else:
            day, number = due_night(connection, state, calendar, loads), 0
            if day > through:
                return None, calendar
        seen = night_records.inputs_hash(connection, loads, releases)
    return CycleRun(day, number, loads, releases, seen, policy.to_text(), runner.now()), calendar


def _run(
    engine: Engine,
    state: BookState,
    calendar: Calendar,
    run: CycleRun,
    runner: Runner,
    token: int,
) -> BookState:
    with reading(engine) as connection:
        committed = night_records.step_hashes(connection, run.business_date, run.run)
    night = Night.begin(run, state, calendar)
    computed = []
    for index, step in enumerate(NIGHT):
        with reading(engine) as connection:
            effects, row = night.take(step, index, Feeds(connection, run))
        if index in committed:
            require_same(committed[index], row)
        computed.append(ComputedStep(run, night.before, night.state, effects, row))
    for one in computed:  # nothing is written, and no input frozen, before the whole night has been computed
        runner.observe("start", run.business_date, one.row.name)
        if one.row.step not in committed:
            _commit(engine, one, runner, token)
        runner.observe("done", run.business_date, one.row.name)
    return night.state


def _commit(engine: Engine, step: ComputedStep, runner: Runner, token: int) -> None:
    """One transaction: the step's effects, its row, and the proof that this runner still holds the night."""
    try:
        with writing(engine) as connection:
            lease_records.keep_lease(connection, LEASE, token, runner.now())
            if step.row.step == 0:
                _require_no_new_load(connection, step.cycle)
            write_step(connection, step)
    except (Conflict, _LoadedMeanwhileError):
        raise  # another runner has the night now: this one stops, even if that one has stored the very same step
    except Exception:
        with reading(engine) as connection:  # a COMMIT whose reply was lost: what counts is what the database holds
            found = night_records.step_hashes(connection, step.row.business_date, step.row.run).get(step.row.step)
        if found is None:
            raise
        require_same(found, step.row)


def write_step(connection: Connection, step: ComputedStep) -> None:
    """Write one step's rows inside the caller's transaction."""
    before, effects, row = step.before, step.effects, step.row
    journals, instant = effects.journals, step.cycle.started_at
    day, run = row.business_date, row.run
    if row.id == 1:
        ledger_records.open_ledger(connection, instant)
    if row.step == 0:
        night_records.insert_cycle_run(connection, step.cycle)
    if row.batch_id is not None:
        commodities = np.setdiff1d(step.after.commodity, before.commodity, assume_unique=True)
        ledger_records.open_accounts(connection, commodities, before.balances.opened_by(journals), day)
        ledger_records.append_batch(
            connection,
            journals,
            batch_id=row.batch_id,
            first_journal=before.last_journal + 1,
            first_transfer=before.last_transfer + 1,
            prev_hash=before.batch_hash,
            batch_hash=step.after.batch_hash,
            idempotency_key=f"{date_of(day)}/{run}/{row.name}",
            request_hash=row.output_hash,
            recorded_at=instant,
        )
    if effects.unit_values:
        night_records.insert_unit_values(connection, day, run, effects.unit_values)
    if effects.findings:
        night_records.insert_findings(connection, day, run, row.step, before.last_finding + 1, effects.findings)
    if effects.outcomes:
        night_records.insert_outcomes(connection, day, run, effects.outcomes)
    if effects.proposals:
        rebalance_records.insert_proposals(connection, day, run, effects.proposals)
    night_records.insert_step(connection, asdict(row), instant)
    if row.name == night_records.CLOSING_STEP:
        closings.keep(connection, step.after, day, run)


@contextmanager
def _lease(engine: Engine, runner: Runner) -> Iterator[int]:
    now = runner.now()
    stale_before = now - LEASE_STALE_SECONDS * 1_000_000
    with reading(engine) as connection:  # so that nobody has to wait for a long step to be told who is running
        held = lease_records.lease_of(connection, LEASE)
    dead_token = held.token if held.holder and runner.is_dead(held.holder) else None
    held.require_free(stale_before, dead_token)
    with writing(engine) as connection:
        token = lease_records.take_lease(connection, LEASE, runner.holder, now, stale_before, dead_token)
    try:
        yield token
    finally:
        # A lease that is not given back grows stale, or its holder is seen to be dead: no reason to hide what happened.
        with suppress(ModelxError), writing(engine) as connection:
            lease_records.give_lease_back(connection, LEASE, token)
