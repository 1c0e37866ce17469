"""Start-up: help and usage errors answer in under 0.3 s of CPU, database commands in under 0.8 (design 5).

Measured as a user's machine runs it: a process of its own, its bytecode compiled before (by the first, uncounted, run).
The least of several runs counts, because a busy machine makes every other one longer.
"""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine

from modelx.cli.app import app
from tests.cli.conftest import ROOT
from tests.services.played_books import g1_played, url_of

HELP_SECONDS, DATABASE_SECONDS = 0.3, 0.8
RUNS = 5


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment in which bytecode is kept from run to run, wherever the installation may write."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return environment | {"PYTHONPYCACHEPREFIX": str(tmp_path_factory.mktemp("bytecode"))}


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return g1_played(tmp_path_factory.mktemp("book"))


def seconds(environment: dict[str, str], arguments: tuple[str, ...], expected: int, enough: float) -> float:
    """The least CPU of a few runs; stops at the first that is quick enough."""
    least = float("inf")
    for run in range(RUNS + 1):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            [sys.executable, "-m", "modelx", *arguments], cwd=ROOT, env=environment, capture_output=True, check=False
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert done.returncode == expected, done.stderr
        if run:
            least = min(least, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        if least < enough:
            break
    return least


NOUNS = sorted(noun for noun in app if not noun.startswith("-"))


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--help",), 0),
        (("--version",), 0),
        (("fee", "reconcile", "--help"), 0),
        (("unit-value", "explain"), 2),
        *(((noun, "--help"), 0) for noun in NOUNS),
        *(((noun, "no-such-verb"), 2) for noun in NOUNS),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_help_and_usage_errors_answer_at_once(compiled: dict[str, str], arguments, expected: int) -> None:
    assert seconds(compiled, arguments, expected, HELP_SECONDS) < HELP_SECONDS


@pytest.mark.parametrize(
    "arguments",
    [
        ("unit-value", "list"),
        ("cycle", "status"),
        ("hold", "list"),
        ("order", "list"),
        ("fee", "accruals"),
        ("position", "list", "--plan", "PLAN-A", "--model", "GRW60", "--date", "2026-12-01"),
        ("model", "list"),
        ("override", "list"),
        ("block", "list"),
        ("disclosure", "list"),
    ],
    ids=" ".join,
)
def test_a_database_command_starts_quickly(compiled: dict[str, str], book: Engine, arguments) -> None:
    command = (*arguments, "--database", url_of(book))
    assert seconds(compiled, command, 0, DATABASE_SECONDS) < DATABASE_SECONDS


@pytest.mark.parametrize(
    ("arguments", "expected", "unwanted"),
    [
        (("cycle", "--help"), 0, ("numpy", "sqlalchemy", "pydantic", "pyarrow", "pandas", "markdown_it", "pygments")),
        (("order", "list", "--status", "LOST"), 2, ("numpy", "sqlalchemy", "pydantic", "pyarrow", "pandas")),
        (("unit-value", "list"), 0, ("pydantic", "pandas", "alembic", "psycopg", "scipy", "exchange_calendars")),
        (("cycle", "status"), 0, ("pydantic", "pandas", "alembic", "psycopg", "scipy", "exchange_calendars")),
    ],
)
def test_a_command_imports_nothing_it_does_not_use(
    book: Engine, tmp_path: Path, arguments, expected: int, unwanted
) -> None:
    program = (
        "import sys\nfrom modelx.cli.app import run\n"
        "code = run(sys.argv[1:])\n"
        "print(code, *sorted({name.split('.')[0] for name in sys.modules}), file=open(sys.argv[-1][10:], 'w'))\n"
    )
    where = ("--database", url_of(book)) if expected == 0 and "--help" not in arguments else ()
    program = program.replace("sys.argv[-1][10:]", repr(str(tmp_path / "modules.txt")))
    subprocess.run([sys.executable, "-c", program, *arguments, *where], cwd=ROOT, capture_output=True, check=False)
    code, *loaded = (tmp_path / "modules.txt").read_text().split()
    assert int(code) == expected
    assert set(loaded).isdisjoint(unwanted)
