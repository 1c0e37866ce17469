"""Balances of a sleeve that is held are told to be of the night before it was."""

import json

from sqlalchemy import Engine

from tests.cli.conftest import Command

HELD = ("--plan", "OSTRANDER", "--model", "BRBALN")
TOLD = (
    "OSTRANDER BRBALN is held (held since 2026-11-17: PX-SRC BZQSX): the figures are those at the end of 2026-11-16\n"
)


def test_balances_of_a_held_sleeve_say_of_which_night_they_are(held: Engine, command: Command) -> None:
    reader = ("ledger", "trial-balance", *HELD, "--csv", "--date")
    then, now = command(held, *reader, "2026-11-16"), command(held, *reader, "2026-11-18")
    assert (now.code, now.out, now.err) == (0, then.out, TOLD)
    assert then.err == ""


def test_positions_of_a_held_sleeve_say_of_which_night_they_are(held: Engine, command: Command) -> None:
    """Its shares are; its prices are the day's."""
    reader = ("position", "list", *HELD, "--json", "--date")
    then, now = command(held, *reader, "2026-11-16"), command(held, *reader, "2026-11-18")
    shares = [
        [(row["ticker"], row["shares"], row["cost"]) for row in json.loads(told.out)["rows"]] for told in (then, now)
    ]
    assert shares[0] == shares[1]
    assert (then.err, now.err) == ("", TOLD)


def test_nothing_is_said_of_a_sleeve_that_is_not_held(held: Engine, demo: Engine, command: Command) -> None:
    assert (
        command(held, "position", "list", "--plan", "OSTRANDER", "--model", "CDLGRO", "--date", "2026-11-18").err == ""
    )
    assert command(demo, "position", "list", *HELD, "--date", "2026-11-18").err == ""


def test_a_date_between_nights_has_the_figures_of_the_night_before(golden: Engine, command: Command) -> None:
    result = command(golden, "position", "list", "--plan", "PLAN-A", "--model", "GRW60", "--date", "2026-11-29")
    assert (result.code, result.err) == (0, "")


def test_dollars_of_a_trial_balance_add_up_to_zero(golden: Engine, command: Command) -> None:
    told = command(
        golden, "ledger", "trial-balance", "--plan", "PLAN-A", "--model", "GRW60", "--date", "2026-12-01"
    ).out
    debit, credit, total = (line.split()[-1] for line in told.splitlines()[-3:])
    assert (total, credit) == ("0.00", f"-{debit}")
