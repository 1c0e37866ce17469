"""``modelx db check``: every invariant by name, in order, each with the first row that breaks it.

The checks prove what is stored without trusting what guards it: triggers and constraints stop mistakes, but only the
hashes and the sums, computed again, see an owner's edit or a flipped bit (``spec/ledger.md`` 3.4).
"""

from __future__ import annotations

from collections.abc import Callable

from modelx.ledger.checks import UNREADABLE, CheckResult, FirstProblems, Problem
from modelx.services import step_check
from modelx.services.change_check import check_changes
from modelx.services.ledger_check import check_ledger
from modelx.services.notice_check import check_notices
from modelx.store import check_records, guard_records, load_records, night_records
from modelx.store.engine import Connection, Engine
from modelx.store.schema_version import SCHEMA_REVISION
from modelx.store.unit_of_work import reading

__all__ = ["CheckResult", "check_database"]

Check = Callable[[Connection], list[CheckResult]]
Progress = Callable[[int, int, str], None]


def check_database(
    engine: Engine, expected_head: bytes | None = None, progress: Progress = lambda done, total, what: None
) -> list[CheckResult]:
    """Run every check; the results come in a fixed order. Nothing is written.

    ``expected_head`` is a head (32 bytes) published outside: without one, a cut tail cannot be seen. Each check reads
    one snapshot, so nights may run meanwhile. What cannot be read is a broken check, never an exception; only a
    database that cannot be reached raises :class:`~modelx.domain.errors.ModelxError`. ``progress`` is told (done,
    total, what): checks, and within the ledger its batches.
    """
    with reading(engine) as connection:
        guard_records.stored_revision(connection)
    checks: list[tuple[str, Check]] = [
        ("schema", _one("schema", _schema_problem, f"revision {SCHEMA_REVISION}")),
        ("constraints", _one("constraints", guard_records.missing_constraint, "every declared table, key and check")),
        ("append-only", _one("append-only", guard_records.unguarded_table, _guarded())),
        *_OF_DIALECT[engine.dialect.name],
        ("references", _one("references", guard_records.broken_reference, "every foreign key leads to a row")),
        ("orphans", _one("orphans", guard_records.orphan, "every id without a foreign key leads to a row")),
        ("loads", _loads),
        ("ledger", lambda connection: check_ledger(connection, expected_head, progress)),
        ("steps", _steps),
        ("notices", check_notices),
        ("changes", check_changes),
    ]
    results = []
    for at, (name, check) in enumerate(checks):
        progress(at, len(checks), name)
        results += _run(engine, name, check)
    return results


def newest_head(engine: Engine) -> bytes | None:
    """The hash of the last step, which covers the whole ledger: the head to publish. None before the first night."""
    with reading(engine) as connection:
        last = night_records.last_step(connection)
    return None if last is None else bytes(last["hash"])


def _run(engine: Engine, name: str, check: Check) -> list[CheckResult]:
    """One check under its own snapshot; what stops it is what it found."""
    try:
        with reading(engine) as connection:
            return check(connection)
    except UNREADABLE as error:
        return [CheckResult(name, False, f"cannot be checked: {error}")]


def _one(name: str, problem_of: Callable[[Connection], Problem], summary: str) -> Check:
    def check(connection: Connection) -> list[CheckResult]:
        problem = problem_of(connection)
        return [CheckResult(name, problem is None, summary if problem is None else problem)]

    return check


def _guarded() -> str:
    return f"{len(guard_records.APPEND_ONLY)} tables refuse UPDATE, DELETE, REPLACE and TRUNCATE"


def _schema_problem(connection: Connection) -> Problem:
    revision = guard_records.stored_revision(connection)
    return None if revision == SCHEMA_REVISION else f"revision {revision}, where {SCHEMA_REVISION} is known"


def _grants(connection: Connection) -> list[CheckResult]:
    problem = guard_records.unwanted_grant(connection)
    summary = f"nobody but the owner may change a record; checked as {guard_records.checked_as(connection)}"
    return [CheckResult("grants", problem is None, summary if problem is None else problem)]


def _loads(connection: Connection) -> list[CheckResult]:
    findings = load_records.verify_loads(connection)
    summary = f"{load_records.latest_load(connection):,} loads, every row hashed again"
    return [CheckResult("loads", not findings, findings[0].message if findings else summary)]


def _steps(connection: Connection) -> list[CheckResult]:
    steps, runs = check_records.steps(connection), check_records.runs(connection)
    batches, problems = check_records.batches(connection), FirstProblems()
    looks: tuple[tuple[str, Callable[[], Problem]], ...] = (
        ("steps", lambda: step_check.steps_problem(steps, runs)),
        ("steps", lambda: step_check.batches_of_steps_problem(steps, batches)),
        ("runs", lambda: step_check.runs_problem(connection, runs)),
        ("runs", lambda: step_check.inputs_problem(connection, runs)),
        ("outputs", lambda: step_check.outputs_problem(connection, steps, runs, batches)),
        ("idempotency", lambda: step_check.keys_problem(check_records.idempotency_keys(connection), steps)),
        ("instants", lambda: step_check.instants_problem(steps, runs, batches)),
        ("findings", lambda: step_check.findings_problem(connection)),
        ("releases", lambda: check_records.release_problem(connection)),
    )
    for name, problem_of in looks:
        with problems.watching(name):
            problems.note(name, problem_of())
    return [
        problems.result("steps", f"{len(steps):,} steps of {len(runs):,} runs, chained"),
        problems.result("runs", "every session a night, its loads and releases still there"),
        problems.result("outputs", "what the steps wrote is what they hashed"),
        problems.result("idempotency", "every batch under its step's key, once"),
        problems.result("instants", "every row of a run bears its instant"),
        problems.result("findings", "numbered without a gap, by the steps that made them"),
        problems.result("releases", "each of a hold, with a reason and two names"),
    ]


_OF_DIALECT: dict[str, list[tuple[str, Check]]] = {
    "sqlite": [("integrity", _one("integrity", guard_records.damaged_page, "SQLite finds its file sound"))],
    "postgresql": [("grants", _grants)],
}
