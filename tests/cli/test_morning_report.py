"""`modelx cycle report`: sections that say something, and nothing else."""

import json

from sqlalchemy import Engine

from tests.cli.conftest import Command


def test_a_quiet_night_has_no_empty_sections(golden: Engine, command: Command) -> None:
    told = command(golden, "cycle", "report", "--date", "2026-11-25").out
    assert "No exceptions\n" in told
    assert "(none)" not in told
    for section in ("Exceptions", "Caught up", "Orders", "Settlement", "Fees paid"):
        assert section not in told


def test_held_sleeves_are_counted_and_say_why(held: Engine, command: Command) -> None:
    told = command(held, "cycle", "report", "--date", "2026-11-18").out
    assert "20 unit values published, 3 held or stopped" in told
    assert "No new exceptions: see `modelx hold list`" in told
    assert told.count("held since 2026-11-17: PX-SRC BZQSX") == 3


def test_the_night_after_a_release_tells_what_caught_up(demo: Engine, command: Command) -> None:
    """Three sleeves were released on the 19th, before its night: the 17th and the 18th went out for each."""
    told = json.loads(command(demo, "cycle", "report", "--date", "2026-11-19", "--json").out)
    assert [(run["night"], run["run"], run["struck"]) for run in told["caught_up"]] == [
        ("2026-11-17", 1, 3),
        ("2026-11-18", 1, 3),
    ]
    assert {wire["night"] for wire in told["wires"]} == {"2026-11-17", "2026-11-18", "2026-11-19"}


def test_the_last_night_is_reported_when_none_is_named(golden: Engine, command: Command) -> None:
    assert command(golden, "cycle", "report").out.startswith("Night of 2026-12-01: ")
