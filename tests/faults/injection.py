"""Faults let into a run: an exception at the k-th thing it asks of its database, or anything at all in one step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, Engine, event

from modelx.services import daily_cycle
from modelx.store import night_records

COMMITTED = "COMMIT, which was done"


class Injected(Exception):
    """The fault: something nobody foresaw."""


@dataclass
class Points:
    """Counts what is asked of the database; raises once, at the ``at``-th (from 1; 0 = never)."""

    at: int = 0
    asked: list[str] = field(default_factory=list)

    def pass_by(self, what: str) -> None:
        self.asked.append(what)
        if len(self.asked) == self.at:
            raise Injected(f"at {self.at}: {what}")


@contextmanager
def points(engine: Engine, at: int = 0) -> Iterator[Points]:
    """Watch an engine: before each statement and COPY, before a COPY ends, before a COMMIT, and after it was done.

    After the COMMIT was done the caller cannot know it: the reply is what is lost.
    """
    found = Points(at)

    def before(_connection: Any, _cursor: Any, sql: str, *_: Any) -> None:
        found.pass_by(" ".join(sql.split()))

    with pytest.MonkeyPatch.context() as patch:
        commit, copy = engine.dialect.do_commit, psycopg.Cursor.copy

        def watched_commit(connection: Any) -> None:
            found.pass_by("COMMIT")
            commit(connection)
            found.pass_by(COMMITTED)

        @contextmanager
        def watched_copy(cursor: Any, statement: str) -> Iterator[Any]:
            found.pass_by(statement)
            with copy(cursor, statement) as rows:
                yield rows
                found.pass_by(f"end of {statement}")

        patch.setattr(engine.dialect, "do_commit", watched_commit)
        patch.setattr(psycopg.Cursor, "copy", watched_copy)
        event.listen(engine, "before_cursor_execute", before)
        try:
            yield found
        finally:
            event.remove(engine, "before_cursor_execute", before)


Act = Callable[[Connection], None]


@contextmanager
def before_its_row(step: str, act: Act) -> Iterator[None]:
    """Act in a step's transaction, all its effects written but not the row that proves it."""

    def acting(insert_step: Callable[..., None], connection: Connection, row: dict[str, Any], *rest: Any) -> None:
        if row["name"] == step:
            act(connection)
        insert_step(connection, row, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(night_records, "insert_step", partial(acting, night_records.insert_step))
        yield


@contextmanager
def before_its_commit(step: str, act: Act) -> Iterator[None]:
    """Act in a step's transaction, everything written and nothing committed."""
    written: list[str] = []

    def noting(insert_step: Callable[..., None], connection: Connection, row: dict[str, Any], *rest: Any) -> None:
        insert_step(connection, row, *rest)
        written.append(row["name"])

    def acting(write_step: Callable[..., None], connection: Connection, *rest: Any) -> None:
        write_step(connection, *rest)
        if written[-1] == step:
            act(connection)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(night_records, "insert_step", partial(noting, night_records.insert_step))
        patch.setattr(daily_cycle, "write_step", partial(acting, daily_cycle.write_step))
        yield
