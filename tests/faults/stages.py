"""A database on which the fault book stands ready, its moments kept, and its nights known as they run undisturbed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from modelx.domain.days import day_of
from modelx.domain.night_policy import NightPolicy
from modelx.files.book_folder import open_book
from modelx.services.book import LoadReport, load
from modelx.services.daily_cycle import NightReport, Runner, run_through
from modelx.services.holds import Release, release_holds
from modelx.services.night_steps import NIGHT
from modelx.store import night_records, session_records
from modelx.store.unit_of_work import reading
from modelx.store.unit_value_records import Selection
from tests.faults.databases import Database, opened
from tests.faults.dump import Dump, dump, first_difference
from tests.faults.fault_book import HELD, LAST_NIGHT, QUIET_NIGHT, RICH_NIGHT, FaultBook

INSTANT = 1_795_000_000_000_000
POLICY = NightPolicy(manual_trading=True)  # the oracle knows no proposals: they are made, and nobody approves them
NIGHT_SCENE, CATCH_UP_SCENE = "night", "catch-up"
SCENES = (NIGHT_SCENE, CATCH_UP_SCENE)
ONE_LOAD, NO_NIGHT, END = "one load", "no night", "end"  # other moments that are kept
STEPS = tuple(step.__name__ for step in NIGHT)


def load_folder(engine: Engine, folder: Path, instant: int = INSTANT) -> LoadReport:
    """Load a folder at an instant that does not move."""
    with reading(engine) as connection:
        loads, _ = night_records.horizons(connection)
        calendar = session_records.calendar(connection, loads)
        last = night_records.last_night_begun(connection)
    return load(engine, open_book(folder), calendar=calendar, last_closed_night=last, recorded_at=instant)


def release_held(engine: Engine) -> None:
    signed = Release("the price came", "Ana Maker", "Carl Checker")
    release_holds(engine, Selection(*HELD), None, signed, INSTANT)


def runner(holder: str = "undisturbed", **other: Any) -> Runner:
    """A runner whose clock stands still and who takes everybody else for dead."""
    return Runner(**({"now": lambda: INSTANT, "holder": holder, "is_dead": lambda _: True} | other))


def run_to(engine: Engine, night: date, by: Runner | None = None) -> list[NightReport]:
    return run_through(engine, day_of(night), POLICY, by or runner())


@dataclass(frozen=True)
class Scene:
    """A run to disturb: the night to ask for, and what the database holds before it and after each of its steps."""

    name: str
    night: date
    states: tuple[Dump, ...]

    @property
    def end(self) -> Dump:
        return self.states[-1]

    def steps_in(self, found: Dump) -> int:
        """How many of its steps a dump holds; fails unless that is all it holds beyond the beginning."""
        steps = len(found["step_run"]) - len(self.states[0]["step_run"])
        assert first_difference(found, self.states[steps]) == ""
        return steps


@dataclass
class Stage:
    """A database with the fault book on it, put back to the beginning of a scene as often as wanted."""

    database: Database
    book: FaultBook
    scenes: dict[str, Scene] = field(default_factory=dict)
    end: Dump = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.database.url

    def prepare(self) -> None:
        """Play the whole book once, undisturbed, and keep the moments at which the scenes begin, and the end."""
        with opened(self.url) as engine:
            load_folder(engine, self.book.opening[0])
        self.database.keep(ONE_LOAD)
        with opened(self.url) as engine:
            load_folder(engine, self.book.opening[1])
        self.database.keep(NO_NIGHT)
        with opened(self.url) as engine:
            run_to(engine, QUIET_NIGHT)
            load_folder(engine, self.book.evening)
        self._watch(NIGHT_SCENE, RICH_NIGHT)
        with opened(self.url) as engine:
            load_folder(engine, self.book.cure)
            release_held(engine)
        self._watch(CATCH_UP_SCENE, RICH_NIGHT)
        with opened(self.url) as engine:
            run_to(engine, LAST_NIGHT)
        with opened(self.url) as engine:
            self.end = dump(engine)
        self.database.keep(END)

    def begin(self, name: str) -> Scene:
        """Put the database back to the beginning of a scene."""
        self.database.put_back(name)
        return self.scenes[name]

    def dump(self) -> Dump:
        with opened(self.url) as engine:
            return dump(engine)

    def _watch(self, name: str, night: date) -> None:
        self.database.keep(name)
        states = [self.dump()]

        def observe(when: str, _day: int, _step: str) -> None:
            if when == "done":
                states.append(self.dump())

        with opened(self.url) as engine:
            reports = run_to(engine, night, runner(observe=observe))
        assert len(reports) == 1
        assert len(states) == 1 + len(STEPS)
        self.scenes[name] = Scene(name, night, tuple(states))
