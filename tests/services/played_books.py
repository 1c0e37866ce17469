"""Books whose nights have run, made once per test process and copied: the golden one, and the demonstration's story."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path

from sqlalchemy import Engine

from modelx.store.engine import open_engine
from tests.conftest import FIXTURES
from tests.oracle.script import Load, RunThrough, Step
from tests.product import fresh_sqlite, play

G1 = FIXTURES / "g1_book"
DEMO = FIXTURES / "demo_book"
G1_NIGHTS = (Load(G1), RunThrough(date(2026, 12, 1)))
DEMO_UNTIL_HELD = (Load(DEMO / "01_opening"), RunThrough(date(2026, 11, 18)))
DEMO_HELD_SLEEVE, DEMO_HELD_SINCE = ("OSTRANDER", "BRBALN"), date(2026, 11, 17)


def g1_played(folder: Path) -> Engine:
    """The golden book run through 1 December 2026."""
    return _copied(_g1(), folder)


def demo_held(folder: Path) -> Engine:
    """The demonstration book after 18 November: three sleeves are held."""
    return _copied(_demo_held(), folder)


def demo_played(folder: Path) -> Engine:
    """The demonstration book at the end of its story: corrected, released, and run to 4 January 2027."""
    return _copied(_demo_played(), folder)


def url_of(engine: Engine) -> str:
    """The URL with which the command line opens the same database."""
    return engine.url.render_as_string(hide_password=False)


def tampered(engine: Engine, table: str, change: str) -> None:
    """Change stored rows behind the product's back: what a database refuses as long as its triggers stand."""
    with engine.begin() as connection:
        found = connection.exec_driver_sql(
            f"SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = '{table}'"
        )
        for (name,) in found.all():
            connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
        assert connection.exec_driver_sql(change).rowcount > 0


@cache
def _g1() -> Path:
    return _played(G1_NIGHTS)


@cache
def _demo_held() -> Path:
    return _played(DEMO_UNTIL_HELD)


@cache
def _demo_played() -> Path:
    from tests.oracle.script import Release

    rest = (Load(DEMO / "02_correction"), Release(None, None), Load(DEMO / "03_rest"), RunThrough(date(2027, 1, 4)))
    engine = demo_held(_new_folder())
    play(rest, engine)
    return _closed(engine)


def _played(steps: Iterable[Step]) -> Path:
    engine = fresh_sqlite(_new_folder())
    play(steps, engine)
    return _closed(engine)


def _new_folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="modelx-played-"))


def _closed(engine: Engine) -> Path:
    with engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return Path(str(engine.url.database))


def _copied(file: Path, folder: Path) -> Engine:
    copy = folder / "modelx.db"
    shutil.copyfile(file, copy)
    return open_engine(f"sqlite:///{copy}")
