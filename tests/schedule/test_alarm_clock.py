"""Alarms: they ring at their instant, outlive the process, follow the plan, and belong to one scheduler."""

import sqlite3
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest

from modelx.domain.errors import AlreadyRunning, InvalidInput
from modelx.schedule.alarm_clock import alarm_clock
from modelx.schedule.plan import PlannedNight
from tests.schedule.fake_desk import START, set_library_clock, wall_clock


def night(day: int, at: datetime) -> PlannedNight:
    return PlannedNight(day, at, closes_early=False)


def later(day: int, days: int = 3650) -> PlannedNight:
    return night(day, datetime(2100, 1, 1, 23, 30, tzinfo=UTC) + timedelta(days=day - START + days))


def stored(store: Path) -> list[str]:
    connection = sqlite3.connect(store)
    rows = connection.execute("SELECT id FROM apscheduler_jobs ORDER BY next_run_time").fetchall()
    connection.close()
    return [name for (name,) in rows]


def test_an_alarm_rings_at_its_instant_and_is_gone(tmp_path: Path) -> None:
    store, rung, heard_at = tmp_path / "schedule.db", Event(), []

    def ring() -> None:
        heard_at.append(wall_clock())
        rung.set()

    at = wall_clock() + timedelta(seconds=0.3)
    with alarm_clock(store, ring) as set_alarms:
        set_alarms([night(START, at), later(START + 1)])
        assert rung.wait(20)
    assert len(heard_at) == 1
    assert at <= heard_at[0] < at + timedelta(seconds=20)
    assert stored(store) == ["night 2026-11-24"]


def test_alarms_outlive_the_process_and_setting_them_again_doubles_none(tmp_path: Path) -> None:
    store = tmp_path / "schedule.db"
    for _ in range(3):
        with alarm_clock(store, lambda: None) as set_alarms:
            set_alarms([later(START), later(START + 1)])
            set_alarms([later(START), later(START + 1)])
        assert stored(store) == ["night 2026-11-23", "night 2026-11-24"]


def test_an_alarm_for_a_night_no_longer_planned_is_taken_away(tmp_path: Path) -> None:
    store = tmp_path / "schedule.db"
    with alarm_clock(store, lambda: None) as set_alarms:
        set_alarms([later(START), later(START + 1)])
        set_alarms([later(START + 1), later(START + 2)])
    assert stored(store) == ["night 2026-11-24", "night 2026-11-25"]


@pytest.mark.parametrize("late", [timedelta(hours=1), timedelta(days=30)], ids=["within grace", "past grace"])
def test_an_alarm_missed_while_nobody_ran_rings_at_the_start(
    tmp_path: Path, late: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, rung = tmp_path / "schedule.db", Event()
    at = wall_clock() + timedelta(days=1)
    with alarm_clock(store, lambda: None) as set_alarms:
        set_alarms([night(START, at)])
    set_library_clock(monkeypatch, at + late)
    with alarm_clock(store, rung.set):
        assert rung.wait(20)
    assert stored(store) == []


def test_a_second_scheduler_on_one_store_is_told_who_has_it(tmp_path: Path) -> None:
    store = tmp_path / "schedule.db"
    with (
        alarm_clock(store, lambda: None),
        pytest.raises(AlreadyRunning, match=r"a scheduler is already running: \S+:\d+ uses .*schedule\.db"),
        alarm_clock(store, lambda: None),
    ):
        pass
    with alarm_clock(store, lambda: None) as set_alarms:  # free again
        set_alarms([later(START)])


def test_only_the_owner_may_write_the_store(tmp_path: Path) -> None:
    store = tmp_path / "schedule.db"
    with alarm_clock(store, lambda: None):
        assert stat.S_IMODE(store.stat().st_mode) == 0o600


def test_a_file_of_another_kind_is_refused_and_left_alone(tmp_path: Path) -> None:
    store = tmp_path / "notes.txt"
    store.write_text("not a database")
    with pytest.raises(InvalidInput, match="MODELX_SCHEDULE_STORE"), alarm_clock(store, lambda: None):
        pass
    assert store.read_text() == "not a database"


def test_a_store_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(InvalidInput, match="cannot be used"),
        alarm_clock(tmp_path / "no such folder" / "s.db", lambda: None),
    ):
        pass
