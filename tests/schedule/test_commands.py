"""`modelx schedule run` and `next`, as an operator types them."""

import json
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from modelx.cli.app import run as run_command
from modelx.domain.days import day_of
from modelx.store.engine import open_engine
from modelx.store.session_records import store_sessions
from modelx.store.unit_of_work import writing


@pytest.fixture
def any_day_url(sqlite_url: str) -> str:
    """The book with sessions to the end of the century: for commands, which read the clock."""
    days = np.arange(day_of(date(2028, 1, 3)), day_of(date(2099, 12, 31)))
    days = days[(days + 3) % 7 < 5]
    engine = open_engine(sqlite_url)
    with writing(engine) as connection:
        store_sessions(connection, days, np.full(len(days), 960))
    engine.dispose()
    return sqlite_url


def test_the_command_waits_for_the_next_night_and_stops_on_sigterm(any_day_url: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "modelx", "schedule", "run", "--database", any_day_url]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    heard = []
    for line in process.stderr:
        heard.append(json.loads(line))
        if len(heard) == 2:  # started, and waiting or running: whatever day the test is run on
            process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    assert [line["outcome"] for line in (heard[0], heard[-1])] == ["started", "stopped"]
    assert (tmp_path / "modelx.schedule.db").exists()


def test_the_command_lists_the_nights_that_are_planned(any_day_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["schedule", "next", "--json", "--count", "2", "--database", any_day_url]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert rows[0]["date"] == "2026-11-23"
    assert rows[0]["runs_at_new_york"] == "2026-11-23 18:30"
    assert rows[0]["runs_at_utc"] == "2026-11-23T23:30Z"
    assert sum(row["state"] == "AHEAD" for row in rows) == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [("MODELX_NIGHT_TIME", "half past six"), ("MODELX_EARLY_CLOSE_TIME", "12:00")],
)
def test_a_wrong_time_is_refused_by_its_name(
    sqlite_url: str, name: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, value)
    assert run_command(["schedule", "run", "--database", sqlite_url]) == 3
    assert name in capsys.readouterr().err
