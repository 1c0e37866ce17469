"""A simulation through the real ledger: each load, then every night it has prices for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from modelx.domain.errors import Conflict
from modelx.domain.night_policy import NightPolicy
from modelx.services.book import BookSource, load
from modelx.services.daily_cycle import NightReport, Runner, run_through
from modelx.store import family_records, load_records, night_records, session_records, status_records
from modelx.store.engine import Engine
from modelx.store.unit_of_work import reading

NightDone = Callable[[int], None]


def require_own(engine: Engine, sources: Iterable[BookSource]) -> int:
    """Return how many nights the database has begun, which is 0 for an empty one.

    Raises ``Conflict`` when it holds a load that is none of ``sources`` and that no series made: a simulation never
    mixes with a book, and goes on only where it stopped itself.
    """
    own = {source.content_hash for source in sources}
    with reading(engine) as connection:
        by_series = {one.load_id for one in family_records.decisions(connection)}
        loads = load_records.loads(connection)
        strange = [one for one in loads if one.content_hash not in own and one.id not in by_series]
        begun = len(status_records.nights(connection, -(2**31), 2**31 - 1))
    if strange:
        raise Conflict(
            f"the database holds {len(strange)} loads that are not of this simulation: give an empty one, such as "
            "--database sqlite:///simulation.db"
        )
    return begun


def run_simulation(
    engine: Engine,
    loads: Iterable[tuple[BookSource, int]],
    policy: NightPolicy,
    runner: Runner,
    night_done: NightDone = lambda day: None,
) -> Iterator[list[NightReport]]:
    """Load each source and run the nights through the session that comes with it; yields what each load's nights did.

    What is loaded and run already is left alone. ``night_done`` hears the day of every night that closed. Raises what
    loading and running raise.
    """

    def observe(when: str, day: int, step: str) -> None:
        runner.observe(when, day, step)
        if when == "done" and step == night_records.CLOSING_STEP:
            night_done(day)

    for source, through in loads:
        with reading(engine) as connection:
            horizon, _ = night_records.horizons(connection)
            calendar = session_records.calendar(connection, horizon)
            last = night_records.last_night_begun(connection)
        load(engine, source, calendar=calendar, last_closed_night=last, recorded_at=runner.now())
        yield run_through(engine, through, policy, replace(runner, observe=observe))
