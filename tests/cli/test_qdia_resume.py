"""A large evaluation killed as a machine kills it, and resumed by the same command: the same digits, nothing twice."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from modelx.files.participants_write import write_participants
from modelx.services.qdia_population import population_blocks
from tests.conftest import FIXTURES

COUNT = 150_000  # two blocks


@pytest.fixture(scope="module")
def plan(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("plan") / "plan.parquet"
    write_participants(path, "GENERATED", population_blocks(COUNT, 7))
    return path


def started(plan: Path, results: Path, *more: str) -> subprocess.Popen[bytes]:
    case = ["evaluate", str(plan), "--options", str(FIXTURES / "paper_plan"), "--as-of", "2018-01-01", "--csv"]
    command = [sys.executable, "-m", "modelx", "qdia", *case, "--results", str(results), *more]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "COLUMNS": "160"}
    )


def finished(plan: Path, results: Path, *more: str) -> bytes:
    process = started(plan, results, *more)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err.decode()
    return out


def parts(results: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(results.glob("participants-*.parquet"))}


@pytest.fixture(scope="module")
def whole(plan, tmp_path_factory) -> tuple[bytes, dict[str, bytes]]:
    """What an evaluation that nobody disturbs prints and stores."""
    results = tmp_path_factory.mktemp("whole")
    return finished(plan, results), parts(results)


def test_a_killed_evaluation_goes_on_where_it_stopped(plan, whole, tmp_path):
    killed = tmp_path / "killed"
    process = started(plan, killed)
    deadline = time.monotonic() + 120
    while not (killed / "summary-00000.npz").exists():
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    done = {file.name: file.stat().st_mtime_ns for file in killed.glob("summary-?????.npz")}
    assert len(done) == 1
    assert (finished(plan, killed), parts(killed)) == whole
    assert {name: (killed / name).stat().st_mtime_ns for name in done} == done
    assert len(list(killed.glob("summary-?????.npz"))) == 2


def test_a_cluster_prints_and_stores_the_same_bytes(plan, whole, tmp_path):
    assert (finished(plan, tmp_path, "--engine", "dask", "--workers", "2"), parts(tmp_path)) == whole
