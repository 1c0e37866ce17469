"""Commands run in this process, as a person or a script would run them."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine

from modelx.cli.app import run
from tests.services.played_books import demo_held, demo_played, g1_played, url_of

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Result:
    """What a command left behind."""

    code: int
    out: str
    err: str


Command = Callable[..., Result]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run one command line on a database, or on none: ``command(engine, "unit-value", "list")``."""
    monkeypatch.delenv("MODELX_DATABASE_URL", raising=False)
    monkeypatch.setenv("COLUMNS", "160")

    def command(database: Engine | str | None, *arguments: str) -> Result:
        where = [] if database is None else ["--database", database if isinstance(database, str) else url_of(database)]
        code = run([*arguments, *where])
        return Result(code, *capsys.readouterr())

    return command


def in_a_process(*arguments: str, **environment: str) -> Result:
    """Run one command line in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "modelx", *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | environment,
        check=False,
    )
    return Result(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def golden(tmp_path: Path) -> Engine:
    """The golden book, run."""
    return g1_played(tmp_path)


@pytest.fixture
def demo(tmp_path: Path) -> Engine:
    """The demonstration book at the end of its story."""
    return demo_played(tmp_path)


@pytest.fixture
def held(tmp_path: Path) -> Engine:
    """The demonstration book while three sleeves are held."""
    return demo_held(tmp_path)
