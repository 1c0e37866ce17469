"""Models and overrides on the command line: from a draft to what was approved, and everything that is refused."""

import csv
import io
import json
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from modelx.services.change_approval import list_changes
from tests.cli.conftest import Command
from tests.product import fresh_sqlite
from tests.services.books import write_files
from tests.services.followed_books import followed_folder, played, run

SLEEVES = [("PLAN-A", "GRO"), ("PLAN-B", "GRO"), ("PLAN-C", "BAL")]
OVERRIDES = ["PLAN-B,GRO,SUBSTITUTE,BDF,BDI,,,2026-11-23,,,a cheaper index fund"]
WHOLE = "ticker,weight\nEQF,0.50\nEQI,0.30\nBDF,0.18\nCASH,0.02\n"
GOOD = ("--set", "EQF=0.50", "--set", "EQI=0.30")


@pytest.fixture
def book(tmp_path: Path) -> Engine:
    """Three sleeves that have bought their models; one of them has an override."""
    return played(fresh_sqlite(tmp_path), followed_folder(tmp_path / "book", SLEEVES, OVERRIDES), date(2026, 12, 1))


def previewed(command: Command, book: Engine, *draft: str) -> tuple[str, str]:
    """Draft and preview; returns the change's number and the hash."""
    drafted = json.loads(command(book, *draft, "--by", "mia", "--json").out)
    shown = json.loads(command(book, "model", "preview", str(drafted["change"]), "--json").out)
    return str(drafted["change"]), shown["sha256"]


def test_a_change_goes_from_a_managers_file_to_the_next_night(book: Engine, command: Command, tmp_path: Path) -> None:
    path = tmp_path / "weights.csv"
    path.write_text(WHOLE)
    change, sha256 = previewed(command, book, "model", "draft", "GRO", str(path), "--memo", "less active")
    done = command(book, "model", "approve", change, "--hash", sha256[:12], "--by", "otto", "--note", "as discussed")
    assert (done.code, done.out) == (0, "change 1 is approved: load 2, in effect from 2026-12-02\n")
    run(book, date(2026, 12, 3))
    shown = json.loads(command(book, "model", "show", "GRO", "--json").out)
    assert {row["ticker"]: row["weight"] for row in shown["rows"]}["EQI"] == "0.300000"
    assert [row["standing"] for row in shown["versions"]] == ["PAST", "IN_FORCE"]
    (listed,) = json.loads(command(book, "model", "changes", "--json").out)["rows"]
    assert (listed["maker"], listed["checker"], listed["note"]) == ("mia", "otto", "as discussed")


def test_the_preview_is_a_table_a_person_reads(book: Engine, command: Command) -> None:
    previewed(command, book, "model", "replace", "EQF", "EQI")
    shown = command(book, "model", "preview", "1").out
    assert "2 change: 1 follow, 1 deviate; 0 stay as they are" in shown
    assert "-27.00 bp a year" in shown
    assert "becomes                 GRO version 2 from 2026-12-02" in shown
    assert "BDF->BDI (override 1)" in shown
    assert "approve with: modelx model approve 1 --hash" in shown
    own = command(book, "model", "preview", "1", "--plan", "PLAN-B").out
    assert "BDI     Bond Index Fund    18.00 %  18.00 %" in " ".join(own.split("\n")) or "BDF->BDI, override 1" in own
    rows = list(csv.DictReader(io.StringIO(command(book, "model", "preview", "1", "--csv").out)))
    assert [(row["plan"], row["follows"], row["cost_bp"]) for row in rows] == [
        ("PLAN-A", "follows", "-27.00"),
        ("PLAN-B", "BDF->BDI (override 1)", "-27.00"),
    ]


BAD_DRAFTS = {
    "weights of 99.99 %": (("--set", "CASH=0.0199"), "the weights sum to 99.99 %; add 0.01 %"),
    "a negative weight": (("--set", "EQF=-0.10", "--set", "EQI=0.90"), "EQF has weight -10.00 %; use 0 % or more"),
    "a weight too fine": (("--set", "EQF=0.6000001", "--set", "EQI=0.1999999"), "give the weight to six decimals"),
    "an unknown security": (("--set", "NOPE=0.10", "--set", "EQF=0.50"), "NOPE is not in the universe; load it"),
    "a closed security": (("--set", "SHUT=0.10", "--set", "EQF=0.50"), "SHUT cannot be bought (CLOSED)"),
    "a past date": ((*GOOD, "--effective", "2026-12-01"), "on or before the last closed night"),
    "no session": ((*GOOD, "--effective", "2026-12-05"), "is not a session; choose the next session"),
    "a word that is no date": ((*GOOD, "--effective", "tomorrow"), "is not a date: write YYYY-MM-DD"),
    "a word that is no weight": (("--set", "EQF=half"), "write a fraction of one such as 0.36"),
    "a weight without a name": (("--set", "0.5"), "write TICKER=WEIGHT"),
    "a name twice": (("--set", "EQF=0.5", "--set", "EQF=0.6"), "EQF is named twice"),
    "nothing": ((), "give the weights: a CSV file, or --set"),
}


@pytest.mark.parametrize("what", BAD_DRAFTS)
def test_an_unsound_draft_is_refused_with_its_remedy(book: Engine, command: Command, what: str) -> None:
    arguments, words = BAD_DRAFTS[what]
    result = command(book, "model", "draft", "GRO", *arguments, "--by", "mia")
    assert (result.code, result.out) == (3, "")
    assert words in result.err
    assert list_changes(book) == []


RULE = ("--plan", "PLAN-A", "--model", "GRO", "--reason", "policy", "--by", "mia")
BAD_OVERRIDES = {
    "no such sleeve": (
        ("--plan", "PLAN-C", "--model", "GRO", "--kind", "EXCLUDE", "--ticker", "BDF"),
        "plan PLAN-C has no sleeve of model GRO; open the sleeve or correct the names",
    ),
    "two rules on one security": (
        ("--plan", "PLAN-B", "--kind", "EXCLUDE", "--ticker", "BDF"),
        "end one before the other starts",
    ),
    "a circle": (
        ("--plan", "PLAN-B", "--kind", "SUBSTITUTE", "--ticker", "BDI", "--to", "BDF"),
        "goes round in a circle; end one of the substitutions",
    ),
    "a closed security": (("--kind", "SUBSTITUTE", "--ticker", "BDF", "--to", "SHUT"), "SHUT cannot be bought"),
    "an unknown security": (("--kind", "EXCLUDE", "--ticker", "NOPE"), "NOPE is not in the universe; correct it"),
    "too much": (("--kind", "SET_WEIGHT", "--ticker", "BDF", "--weight", "1.5"), "give 0 to 1"),
    "a past start": (("--kind", "EXCLUDE", "--ticker", "BDF", "--start", "2026-12-01"), "start it on 2026-12-02"),
    "an unknown kind": (("--kind", "FORGET", "--ticker", "BDF"), "--kind FORGET: one of SUBSTITUTE"),
    "an exclusion with a weight": (
        ("--kind", "EXCLUDE", "--ticker", "BDF", "--weight", "0.1"),
        "only SET_WEIGHT and CASH_BUFFER have a weight",
    ),
    "an end before the start": (
        ("--kind", "EXCLUDE", "--ticker", "BDF", "--start", "2026-12-09", "--end", "2026-12-03"),
        "give a later end",
    ),
}


@pytest.mark.parametrize("what", BAD_OVERRIDES)
def test_an_unsound_override_is_refused_with_its_remedy(book: Engine, command: Command, what: str) -> None:
    arguments, words = BAD_OVERRIDES[what]
    given = ["override", "draft", *arguments]
    for name, value in zip(RULE[::2], RULE[1::2], strict=True):
        given += [] if name in given else [name, value]
    result = command(book, *given)
    assert (result.code, result.out) == (3, "")
    assert words in result.err
    assert list_changes(book) == []


def test_nobody_approves_their_own_change_and_nobody_a_stale_one(
    book: Engine, command: Command, tmp_path: Path
) -> None:
    change, sha256 = previewed(command, book, "model", "draft", "GRO", *GOOD)
    own = command(book, "model", "approve", change, "--hash", sha256, "--by", "Mia")
    assert (own.code, "another person must approve it" in own.err) == (5, True)
    other = command(book, "model", "approve", change, "--hash", "f" * 64, "--by", "otto")
    assert (other.code, "look at the preview and approve its hash" in other.err) == (6, True)
    corrected = write_files(tmp_path / "late", prices="date,ticker,price\n2026-12-01,EQF,50.99\n")
    assert command(book, "book", "load", str(corrected)).code == 0
    stale = command(book, "model", "approve", change, "--hash", sha256, "--by", "otto")
    assert (stale.code, "price of EQF: 50.02 -> 50.99. Make a new preview" in stale.err) == (6, True)
    assert command(book, "model", "approve", "9", "--hash", sha256, "--by", "otto").code == 4


def test_what_has_no_preview_awaits_one(book: Engine, command: Command) -> None:
    command(book, "model", "draft", "GRO", *GOOD, "--by", "mia")
    result = command(book, "model", "approve", "1", "--hash", "f" * 64, "--by", "otto")
    assert (result.code, "has no preview yet: `modelx model preview 1` first" in result.err) == (8, True)


def test_a_model_is_made_scheduled_cancelled_and_reverted(book: Engine, command: Command) -> None:
    made = command(book, "model", "create", "--name", "Income", "--by", "mia", "--manager", "Alder")
    assert (made.code, made.out) == (0, "MDL001\n")
    taken = command(book, "model", "create", "--name", "Income", "--by", "mia", "--ticker", "GRO")
    assert (taken.code, "never given out again" in taken.err) == (3, True)
    change, sha256 = previewed(command, book, "model", "draft", "GRO", *GOOD, "--effective", "2026-12-09")
    assert command(book, "model", "approve", change, "--hash", sha256, "--by", "otto").code == 0
    (coming,) = json.loads(command(book, "model", "schedule", "--json").out)["rows"]
    assert (coming["effective"], coming["model"], coming["version"]) == ("2026-12-09", "GRO", "2")
    change, sha256 = previewed(
        command, book, "model", "cancel", "--model", "GRO", "--version", "2", "--reason", "the committee withdrew it"
    )
    assert command(book, "model", "approve", change, "--hash", sha256, "--by", "otto").code == 0
    assert json.loads(command(book, "model", "schedule", "--json").out)["rows"] == []
    diff = json.loads(command(book, "model", "diff", "GRO", "--json").out)
    assert {row["ticker"]: row["change"] for row in diff["rows"]}["EQF"] == "-0.100000"
    assert command(book, "model", "revert", "GRO", "--to", "7", "--by", "mia").code == 4
    assert command(book, "model", "cancel", "9", "--reason", "x", "--by", "mia").code == 4


def test_overrides_are_listed_with_state_and_why_and_ended(book: Engine, command: Command) -> None:
    (listed,) = json.loads(command(book, "override", "list", "--why", "--json").out)["rows"]
    assert (listed["what"], listed["state"], listed["why"]) == ("BDF->BDI", "LIVE", "in force until further notice")
    lines = json.loads(command(book, "model", "show", "GRO", "--plan", "PLAN-B", "--json").out)["rows"]
    assert {line["ticker"]: line["why"] for line in lines}["BDI"] == "BDF->BDI, override 1"
    drafted = json.loads(command(book, "override", "end", "1", "--by", "mia", "--json").out)
    shown = json.loads(command(book, "override", "preview", str(drafted["change"]), "--json").out)
    assert [(row["plan"], row["follows"]) for row in shown["rows"]] == [("PLAN-B", "follows")]
    done = command(book, "override", "approve", "1", "--hash", shown["sha256"], "--by", "otto")
    assert done.code == 0
    (ended,) = json.loads(command(book, "override", "list", "--json").out)["rows"]
    assert (ended["state"], ended["through"]) == ("EXPIRED", "2026-12-01")


def test_a_draft_of_an_override_is_taken_back(book: Engine, command: Command) -> None:
    command(book, "override", "draft", "--kind", "EXCLUDE", "--ticker", "BDF", *RULE)
    assert command(book, "override", "cancel", "1", "--by", "mia", "--reason", "not yet").code == 0
    assert json.loads(command(book, "model", "changes", "--open", "--json").out)["rows"] == []


def test_the_universe_and_the_families_are_listed(book: Engine, command: Command, tmp_path: Path) -> None:
    found = json.loads(command(book, "security", "list", "--text", "bond", "--json").out)
    assert [row["ticker"] for row in found["rows"]] == ["BDI", "BDF"]
    assert json.loads(command(book, "security", "prompts", "--json").out)["rows"] == []
    assert command(book, "security", "list", "--status", "GONE").code == 3
    assert command(book, "security", "list", "--expense-max", "cheap").code == 3
    assert command(None, "security", "seed", str(tmp_path / "many"), "--count", "50").code == 0
    assert command(book, "book", "load", str(tmp_path / "many")).code == 0
    assert command(book, "series", "list").code == 0
    assert command(book, "series", "audit").code == 0
    assert command(book, "series", "show", "Nobody").code == 4


def test_a_weights_file_is_read_line_by_line(book: Engine, command: Command, tmp_path: Path) -> None:
    path = tmp_path / "weights.csv"
    for text, words in (
        ("security,share\nEQF,1\n", "weights.csv:1: the header is ticker,weight"),
        (WHOLE + "EQF,0.10\n", "weights.csv:6: EQF is named twice"),
        (WHOLE + "BDI,10%\n", "weights.csv:6: '10%' is no weight"),
        (WHOLE + "BDI\n", "weights.csv:6: two columns"),
    ):
        path.write_text(text)
        result = command(book, "model", "draft", "GRO", str(path), "--by", "mia")
        assert (result.code, words in result.err) == (3, True), result.err
    missing = command(book, "model", "draft", "GRO", str(tmp_path / "nowhere.csv"), "--by", "mia")
    assert missing.code == 3
