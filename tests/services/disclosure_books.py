"""The demonstration book played to the end of its quarter, with what notices need beside it: made once a process."""

import shutil
import tempfile
from datetime import date
from functools import cache
from pathlib import Path

from sqlalchemy import Engine

from modelx.bootstrap import load_book
from modelx.store.engine import open_engine
from tests.oracle import script
from tests.product import fresh_sqlite, play

FIXTURES = Path(__file__).parents[2] / "fixtures"
DEMO, NOTICES = FIXTURES / "demo_book", FIXTURES / "disclosure_book"
ON, BASE = date(2027, 1, 5), "https://disclosures.example.com/"


def story() -> list[script.Step]:
    """The demonstration's quarter: the mistyped price, its correction, the release, the rest."""
    steps: list[script.Step] = [script.Load(DEMO / "01_opening"), script.RunThrough(date(2026, 11, 18))]
    steps.append(script.Load(DEMO / "02_correction"))
    steps += [script.Release(plan, "BRBALN") for plan in ("KESTRELBAY", "OSTRANDER", "TAMSINOAKE")]
    return [*steps, script.Load(DEMO / "03_rest"), script.RunThrough(date(2027, 1, 4))]


@cache
def _template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="modelx-notices-"))
    engine = fresh_sqlite(folder)
    play(story(), engine)
    load_book(engine, NOTICES)
    with engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return folder / "modelx.db"


def demo_quarter(folder: Path) -> Engine:
    """A copy of the played book."""
    file = folder / "notices.db"
    shutil.copyfile(_template(), file)
    return open_engine(f"sqlite:///{file}")


def load_rows(engine: Engine, folder: Path, **files: str) -> None:
    """Load a folder with the files given: name without its ending, and its text."""
    folder.mkdir()
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text)
    load_book(engine, folder)
