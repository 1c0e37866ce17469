"""One book kept in three places: the product on SQLite, the product on PostgreSQL, and the decimal oracle.

Every act is done on all three. Afterwards the two databases must hold the same hash chains, and whatever they answer
must be what the oracle says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from sqlalchemy import Engine

from modelx.bootstrap import load_book
from modelx.domain.book import RefusedBook
from modelx.domain.days import day_of
from modelx.domain.errors import InvalidInput
from modelx.domain.night_policy import NightPolicy
from modelx.services import holds
from modelx.services.daily_cycle import Runner, catch_up, run_through
from modelx.services.night_replay import load_state
from modelx.store import load_records
from modelx.store.unit_of_work import reading
from modelx.store.unit_value_records import Selection
from tests.oracle.book import SleeveKey
from tests.oracle.book_writer import Tables, write_book
from tests.oracle.night import Oracle
from tests.product import FIXED_INSTANT

POLICY = NightPolicy()
SIGNED = holds.Release("the figure was confirmed", "Ana Maker", "Carl Checker")


class StoppedError(Exception):
    """The runner was stopped between two steps, as if its process had died."""


@dataclass
class ThreeBooks:
    """The three books, and the folders loaded into them so far."""

    root: Path
    engines: tuple[Engine, Engine]
    oracle: Oracle = field(default_factory=Oracle)
    folders: list[Path] = field(default_factory=list)

    def load(self, tables: Tables) -> Path:
        """Load the rows, as a folder of their own. Bytes that came before do nothing, even as a correction."""
        folder = write_book(self.root / f"folder_{len(self.folders):03d}", tables)
        known = any(contents(folder) == contents(before) for before in self.folders)
        for engine in self.engines:
            assert load_book(engine, folder).already_loaded == known
        if not known:
            self.oracle.load(folder)
        self.folders.append(folder)
        self.require_equal_chains()
        return folder

    def load_again(self, folder: Path) -> None:
        """The same bytes once more: nothing happens."""
        before = [heads(engine) for engine in self.engines]
        assert all(load_book(engine, folder).already_loaded for engine in self.engines)
        assert [heads(engine) for engine in self.engines] == before

    def refuse(self, tables: Tables) -> None:
        """A folder with a bad row: all of it is refused, for the same reasons on both databases."""
        folder = write_book(self.root / f"refused_{len(list(self.root.iterdir())):03d}", tables)
        before, reasons = [heads(engine) for engine in self.engines], []
        for engine in self.engines:
            try:
                load_book(engine, folder)
            except RefusedBook as refusal:
                reasons.append([(finding.code, finding.message) for finding in refusal.findings])
        assert len(reasons) == len(self.engines)
        assert reasons[0] == reasons[1]
        assert reasons[0]
        assert [heads(engine) for engine in self.engines] == before

    def run_night(self, night: date, stops: tuple[int, int]) -> None:
        """The next night on all three. A database whose stop is above zero dies there and is started again."""
        for engine, stop in zip(self.engines, stops, strict=True):
            with dying_at(stop) as runner:
                run_through(engine, day_of(night), POLICY, runner)
            if stop:
                run_through(engine, day_of(night), POLICY, runner_that_dies_at(0))
        self.oracle.run_through(night)
        self.require_equal_chains()

    def run_finished_night_again(self) -> None:
        """The last night once more: nothing happens."""
        assert self.oracle.last_night is not None
        before = [heads(engine) for engine in self.engines]
        for engine in self.engines:
            reports = run_through(engine, day_of(self.oracle.last_night), POLICY, runner_that_dies_at(0))
            assert [report.already_done for report in reports] == [True]
        assert [heads(engine) for engine in self.engines] == before

    def release(self, key: SleeveKey, stops: tuple[int, int]) -> bool:
        """Release one held sleeve everywhere; False when a price it waits for is still missing."""
        books = self.oracle.sleeves[key]
        waits = any(
            code == "PX-MISS" and (books.missed[0], ticker) not in self.oracle.book.prices
            for code, ticker in books.hold
        )
        for engine, stop in zip(self.engines, stops, strict=True):
            try:
                holds.release_holds(engine, Selection(*key), None, SIGNED, FIXED_INSTANT)
            except InvalidInput:
                assert waits
                continue
            assert not waits
            with dying_at(stop) as runner:
                catch_up(engine, POLICY, runner)
            if stop:
                catch_up(engine, POLICY, runner_that_dies_at(0))
        if not waits:
            self.oracle.release(*key)
        self.require_equal_chains()
        return not waits

    def require_equal_chains(self) -> None:
        """Both databases hold the same loads, steps and batches, hash by hash."""
        first, second = (heads(engine) for engine in self.engines)
        assert first == second, "the databases' hash chains differ"


def contents(folder: Path) -> dict[str, bytes]:
    """The files of a folder, by name."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def heads(engine: Engine) -> tuple[bytes | None, int, bytes, int, bytes]:
    """The heads of the chains: loads, steps and batches."""
    state = load_state(engine)
    with reading(engine) as connection:
        loads = load_records.head(connection)
    return loads, state.last_step, state.step_hash, state.last_batch, state.batch_hash


def runner_that_dies_at(stop: int) -> Runner:
    """A runner with a fixed clock, which stops at the ``stop``-th start or end of a step (0 = never)."""
    return Runner(now=lambda: FIXED_INSTANT, holder="test:1", observe=_counting(stop))


def _counting(stop: int) -> Callable[[str, int, str], None]:
    seen = 0

    def observe(when: str, day: int, step: str) -> None:
        nonlocal seen
        seen += 1
        if seen == stop:
            raise StoppedError(f"{when} of {step}")

    return observe


@contextmanager
def dying_at(stop: int) -> Iterator[Runner]:
    """The runner, and the silence of its death."""
    try:
        yield runner_that_dies_at(stop)
    except StoppedError:
        assert stop
