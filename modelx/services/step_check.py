"""Checks of the nights' own chain: every step in its place, hashed, with its batch, its key, and what it wrote.

Everything a step wrote is read back and hashed again, so a finding, an outcome or a unit value that was edited, added
or lost breaks the step that wrote it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from modelx.domain.book_codes import ClosureCalendar
from modelx.domain.days import date_of
from modelx.ledger.chain import GENESIS, chained
from modelx.ledger.checks import Problem, StoredBatch
from modelx.services.night_closing import close_night
from modelx.services.night_effects import PROPOSAL_TABLES, Effects, output_hash_of
from modelx.services.night_orders import price_orders
from modelx.services.night_strike import strike_unit_values
from modelx.services.night_trading import propose_trades
from modelx.store import check_records, closure_records, night_records, rebalance_records
from modelx.store.check_records import StoredKey, StoredStep
from modelx.store.engine import Connection
from modelx.store.night_records import CycleRun

KEY_SCOPE = "night"


def steps_problem(steps: list[StoredStep], runs: list[CycleRun]) -> Problem:
    """Every step follows the one before, in number and by hash; a run begins when the one before is closed."""
    known = {(run.business_date, run.run) for run in runs}
    previous, place = GENESIS, (0, 0, -1)
    closed = True
    for at, step in enumerate(steps, start=1):
        if step.id != at:
            return f"step {at} is missing"
        if step.prev_hash != previous or step.hash != _hash_of(step):
            return f"{_named(step)} is not what was chained"
        begins = step.step == 0 and closed
        follows = (step.business_date, step.run, step.step) == (place[0], place[1], place[2] + 1) and not closed
        if not (begins or follows):
            return f"{_named(step)} is out of order"
        if (step.business_date, step.run) not in known:
            return f"{_named(step)} belongs to a run that was never begun"
        previous, place = step.hash, (step.business_date, step.run, step.step)
        closed = step.name == close_night.__name__
    return None


def runs_problem(connection: Connection, runs: list[CycleRun]) -> Problem:
    """What the runs saw is still there, and the nights are the market's sessions, none left out."""
    n_loads, n_releases = night_records.horizons(connection)
    for run in runs:
        if run.load_horizon > n_loads:
            return f"{_dated(run)} saw load {run.load_horizon}, which is not there"
        if run.release_horizon > n_releases:
            return f"{_dated(run)} saw release {run.release_horizon}, which is not there"
    nights = {run.business_date for run in runs}
    if not nights:
        return None
    sessions = check_records.sessions_between(connection, min(nights), max(nights))
    closed = {
        row.day for row in closure_records.closures(connection, n_loads) if row.calendar == ClosureCalendar.MARKET
    }
    for day in sorted(nights ^ sessions):
        if day in nights:
            return f"{date_of(day)} is a night, and no session"
        if day not in closed:
            return f"{date_of(day)} is a session, and no night"
    return None


def batches_of_steps_problem(steps: list[StoredStep], batches: list[StoredBatch]) -> Problem:
    """The steps' batches are the ledger's batches, each once and in order; genesis belongs to none."""
    written = [step for step in steps if step.batch_id is not None]
    for expected, step in enumerate(written, start=1):
        if step.batch_id != expected:
            return f"{_named(step)} claims batch {step.batch_id}, where batch {expected} comes next"
    stored = [batch.id for batch in batches if batch.id > 0]
    if len(stored) > len(written):
        return f"batch {stored[len(written)]} was written by no step"
    return f"{_named(written[len(stored)])} claims a batch that is not there" if len(written) > len(stored) else None


def keys_problem(keys: list[StoredKey], steps: list[StoredStep]) -> Problem:
    """Every batch was written once, under the key and for the output of its step."""
    expected = [
        StoredKey(KEY_SCOPE, f"{date_of(step.business_date)}/{step.run}/{step.name}", step.output_hash, step.batch_id)
        for step in steps
        if step.batch_id is not None
    ]
    for want, key in zip(expected, keys, strict=False):
        if want != key:
            return f"batch {min(want.batch_id, key.batch_id)} does not bear the key {want.key} and its step's output"
    if len(keys) > len(expected):
        return f"the key {keys[len(expected)].key} belongs to no step's batch"
    return f"the key {expected[len(keys)].key} is missing" if len(expected) > len(keys) else None


def instants_problem(steps: list[StoredStep], runs: list[CycleRun], batches: list[StoredBatch]) -> Problem:
    """Everything a run wrote bears the one instant of that run."""
    instant = {(run.business_date, run.run): run.started_at for run in runs}
    recorded = {batch.id: batch.recorded_at for batch in batches}
    if steps and batches and batches[0].recorded_at != steps[0].recorded_at:
        return "batch 0 does not bear the instant of the first step"
    for step in steps:
        started = instant.get((step.business_date, step.run), step.recorded_at)
        if not step.recorded_at == started == recorded.get(step.batch_id or -1, started):
            return f"{_named(step)} or its batch does not bear the instant of its run"
    return None


def outputs_problem(
    connection: Connection, steps: list[StoredStep], runs: list[CycleRun], batches: list[StoredBatch]
) -> Problem:
    """What a step wrote, read back and hashed with the ledger's head after it, is the output it was chained with.

    The last step of a run also hashes the sleeves' columns, which only its closing keeps: see ``closing_check``.
    """
    heads = {batch.id: batch.hash for batch in batches}
    by_key = {(run.business_date, run.run): run for run in runs}
    with_findings = {step for step, _, _, _ in check_records.finding_spans(connection)}
    for step, last_batch in zip(steps, positions(steps), strict=True):
        if step.name == close_night.__name__:
            continue
        findings = check_records.findings_of_step(connection, step) if step.id in with_findings else {}
        unit_values = check_records.unit_values_of_step(connection, step) if _is(step, strike_unit_values) else {}
        outcomes = check_records.outcomes_of_step(connection, step) if _is(step, price_orders) else {}
        stored = (
            rebalance_records.proposals_of(connection, step.business_date, step.run)
            if _is(step, propose_trades)
            else {}
        )
        proposed = (stored.get(table, {}) for table in PROPOSAL_TABLES)
        run = by_key[step.business_date, step.run].columns() if step.step == 0 else {}
        head = heads.get(last_batch, GENESIS)
        if output_hash_of(head, unit_values, findings, outcomes, *proposed, run, {}) != step.output_hash:
            return f"{_named(step)}: what it wrote is not what is stored"
    return None


def inputs_problem(connection: Connection, runs: list[CycleRun]) -> Problem:
    """The loads and releases that a run saw are still those it saw."""
    for run in runs:
        if night_records.inputs_hash(connection, run.load_horizon, run.release_horizon) != run.inputs_hash:
            return f"{_dated(run)}: the loads or the releases it saw have changed"
    return None


def findings_problem(connection: Connection) -> Problem:
    """Findings are numbered without a gap, in the order of the steps that made them."""
    last = 0
    for step, first, end, count in check_records.finding_spans(connection):
        if step == 0:
            return f"finding {first} belongs to no step"
        if first != last + 1 or count != end - first + 1:
            return f"the findings of step {step} are not the {count} that follow finding {last}"
        last = end
    return None


def positions(steps: Iterable[StoredStep]) -> list[int]:
    """For each step, the last batch of the ledger when it had committed (0 = genesis)."""
    ids = np.array([0 if step.batch_id is None else step.batch_id for step in steps], np.int64)
    return [int(last) for last in np.maximum.accumulate(ids)] if len(ids) else []


def _hash_of(step: StoredStep) -> bytes:
    key = np.array([step.business_date, step.run, step.step], "<i8").tobytes() + step.name.encode()
    return chained(step.prev_hash, (key, step.input_hash, step.output_hash))


def _is(step: StoredStep, taken: Callable[..., Effects]) -> bool:
    return step.name == taken.__name__


def _dated(run: CycleRun) -> str:
    return f"{date_of(run.business_date)} run {run.run}"


def _named(step: StoredStep) -> str:
    return f"step {step.id} ({date_of(step.business_date)} run {step.run} {step.name})"
