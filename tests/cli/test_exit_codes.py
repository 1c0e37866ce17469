"""Every way a command can end: its exit code, one clear line on stderr, and never a stack trace."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from modelx import bootstrap
from modelx.cli.app import EXIT_CODES
from modelx.domain.days import day_of
from modelx.services import daily_cycle
from modelx.store import engine as store_engine
from tests.cli.conftest import ROOT, Command, Result, in_a_process
from tests.product import fresh_sqlite
from tests.services.played_books import DEMO, G1, demo_held, tampered, url_of

HELD = ("--plan", "OSTRANDER", "--model", "BRBALN")
SIGNED = ("--reason", "checked", "--by", "Ana Maker", "--approved-by", "Carl Checker")
ONE_SLEEVE = ("--plan", "PLAN-A", "--model", "GRW60")


def require_told(result: Result, code: int, *words: str) -> None:
    """One line on stderr that begins with the program's name and says it; nothing on stdout."""
    assert (result.code, result.out) == (code, "")
    assert result.err.startswith("modelx: ")
    assert result.err.count("\n") == 1
    assert "Traceback" not in result.err
    for word in words:
        assert word in result.err


@pytest.mark.parametrize(("kind", "code"), EXIT_CODES)
def test_every_class_of_error_has_its_code(command: Command, monkeypatch: pytest.MonkeyPatch, kind, code) -> None:
    def refuse(url: str) -> None:
        raise kind("this is the cause, and this the remedy")

    monkeypatch.setattr(bootstrap, "open_book", refuse)
    require_told(command("sqlite:///any.db", "unit-value", "list"), code, "this is the cause, and this the remedy")


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("cycle", "run", "--date", "2026-12-03"), 6, "2026-12-03 is out of order: the next night is 2026-12-02"),
        (("cycle", "run", "--through", "2026-12-25"), 6, "2026-12-25 is no session"),
        (("cycle", "run", "--date", "2026-13-01"), 3, "'2026-13-01' is not a date: write YYYY-MM-DD"),
        (("cycle", "run", "--date", "20261202"), 3, "'20261202' is not a date"),
        (("cycle", "run"), 3, "name either --date D (one night) or --through D"),
        (("unit-value", "list", "--from", "2026-12-02", "--to", "2026-12-01"), 3, "the range is empty"),
        (("unit-value", "list", "--plan", "PLAN-X"), 4, "no plan PLAN-X in the book: did you mean PLAN-A?"),
        (("unit-value", "explain", "--plan", "X", "--model", "GRW60", "--date", "2026-12-01"), 4, "no sleeve: plan X"),
        (("unit-value", "explain", *ONE_SLEEVE, "--date", "2026-11-26"), 4, "2026-11-26 is no session"),
        (("unit-value", "explain", *ONE_SLEEVE, "--date", "2026-12-02"), 4, "has not run"),
        (("unit-value", "explain", *ONE_SLEEVE, "--date", "1850-01-01"), 3, "outside the market calendar"),
        (("ledger", "trial-balance", *ONE_SLEEVE, "--date", "2026-11-20"), 4, "no night on or before that date"),
        (("ledger", "journal", "--plan", "PLAN-A", "--model", "NO"), 4, "does not offer model NO"),
        (("position", "list", "--plan", "NO", "--model", "GRW60", "--date", "2026-12-01"), 4, "plan NO"),
        (("fee", "accruals", "--payee", "advisors"), 4, "no payee advisors in the book: did you mean advisor?"),
        (("fee", "collect", "--plan", "NO"), 4, "no plan NO in the book"),
        (("fee", "reconcile", "--model", "GRW6"), 4, "did you mean GRW60?"),
        (("order", "list", "--plan", "NO"), 4, "no plan NO in the book"),
        (("hold", "list", "--plan", "NO"), 4, "no plan NO in the book"),
        (
            ("hold", "release", "--reason", "r", "--by", "A", "--approved-by", "B"),
            3,
            "--plan, --model or --ticker, or --all",
        ),
        (("hold", "release", "--all", "--reason", "r", "--by", "A", "--approved-by", "B"), 4, "no open hold matches"),
        (("book", "export", "/", "--as-known-at", "9"), 3, "is not empty"),
        (("cycle", "verify", "--from", "2027-01-01"), 4, "no finished night lies in the range"),
    ],
)
def test_a_mistake_is_told_in_one_line(golden: Engine, command: Command, arguments, code: int, told: str) -> None:
    require_told(command(golden, *arguments), code, told)


def test_one_person_cannot_release_alone(held: Engine, command: Command) -> None:
    names = ("--by", "Ana Maker", "--approved-by", " ana maker ")
    told = command(held, "hold", "release", *HELD, "--reason", "checked", *names)
    require_told(told, 5, "Ana Maker cannot approve their own release", "--approved-by")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("unit-value", "lisst"), ("lisst", "list")),
        (("unit-value", "list", "--nope"), ("--nope",)),
        (("unit-value", "explain", "--plan", "P"), ("--model",)),
        (("order", "list", "--status", "LOST"), ("LOST", "AS_OF_PENDING")),
        (("schedule", "next", "--count", "0"), ("count",)),
        (("nonsense",), ("nonsense",)),
    ],
)
def test_a_usage_error_names_what_was_wrong(command: Command, arguments, words) -> None:
    result = command(None, *arguments)
    assert (result.code, result.out) == (2, "")
    assert all(word in result.err for word in words)
    assert "Traceback" not in result.err


def test_a_database_from_a_newer_version_is_refused(golden: Engine, command: Command) -> None:
    tampered(golden, "alembic_version", "UPDATE alembic_version SET version_num = '9999'")
    require_told(command(golden, "unit-value", "list"), 3, "from a newer version of modelx")
    result = command(golden, "db", "migrate")
    assert (result.code, "9999" in result.err, "newer" in result.err) == (3, True, True)


def test_a_database_without_a_schema_says_to_migrate(tmp_path: Path, command: Command) -> None:
    (tmp_path / "new.db").touch()
    require_told(command(f"sqlite:///{tmp_path / 'new.db'}", "unit-value", "list"), 3, "run `modelx db migrate` first")


@pytest.mark.parametrize(
    "arguments",
    [("cycle", "status"), ("unit-value", "list"), ("hold", "list"), ("book", "list"), ("db", "check")],
    ids=" ".join,
)
def test_a_reader_makes_no_database(tmp_path: Path, command: Command, arguments: tuple[str, ...]) -> None:
    result = command(f"sqlite:///{tmp_path / 'none.db'}", *arguments)
    require_told(result, 4, f"no database at {tmp_path / 'none.db'}", "--database", "run `modelx db migrate` first")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_told(tmp_path: Path, command: Command) -> None:
    (tmp_path / "notes.db").write_text("shopping: milk, eggs, bread, and a good deal more than a page of it\n" * 40)
    require_told(command(f"sqlite:///{tmp_path / 'notes.db'}", "unit-value", "list"), 9, "damaged", "restore a backup")


@pytest.mark.parametrize("arguments", [("unit-value", "list"), ("db", "migrate")])
def test_a_database_that_cannot_be_opened_is_told(tmp_path: Path, command: Command, arguments: tuple[str, ...]) -> None:
    require_told(command(f"sqlite:///{tmp_path}", *arguments), 3, "cannot be opened", "permissions")


@pytest.mark.parametrize("url", ["sqlite:////no/such/folder/modelx.db", "sqlite:////proc/modelx.db"])
def test_a_database_cannot_be_made_just_anywhere(command: Command, url: str) -> None:
    require_told(command(url, "db", "migrate"), 3, "cannot be opened", "permissions")


@pytest.mark.parametrize("url", ["mysql://host/name", "not a url at all"])
def test_another_kind_of_database_is_refused(command: Command, url: str) -> None:
    require_told(command(url, "unit-value", "list"), 3, "sqlite:///FILE")


def test_a_read_only_database_can_be_read_and_not_written(golden: Engine, command: Command) -> None:
    read_only = f"sqlite:///file:{golden.url.database}?mode=ro&uri=true"
    assert command(read_only, "unit-value", "list").code == 0
    require_told(command(read_only, "cycle", "run", "--date", "2026-12-02"), 3, "cannot be opened for writing")


@pytest.mark.parametrize("folder", ["/proc/modelx-out", "/sys/modelx-out"])
def test_a_folder_that_cannot_be_written_is_told(golden: Engine, command: Command, folder: str) -> None:
    require_told(command(golden, "book", "export", folder), 3, folder)
    require_told(command(golden, "db", "backup", f"{folder}/copy.db"), 3, folder)


def test_a_held_night_ends_with_seven_and_says_where_to_look(tmp_path: Path, command: Command) -> None:
    engine = fresh_sqlite(tmp_path)
    assert command(engine, "book", "load", str(DEMO / "01_opening")).code == 0
    assert command(engine, "cycle", "run", "--through", "2026-11-16").code == 0
    night = command(engine, "cycle", "run", "--date", "2026-11-17")
    assert (night.code, "Traceback" in night.err) == (7, False)
    told = command(engine, "unit-value", "explain", *HELD, "--date", "2026-11-17")
    require_told(told, 7, "held since 2026-11-17 by PX-", "modelx hold release --plan OSTRANDER --model BRBALN")


def test_fees_that_differ_end_with_seven(golden: Engine, command: Command) -> None:
    first = "id = (SELECT min(id) FROM transfer WHERE amount = 1712329)"
    tampered(golden, "transfer", f"UPDATE transfer SET amount = amount + 1 WHERE {first}")
    result = command(golden, "fee", "reconcile", "--csv")
    assert (result.code, result.err) == (7, "1 of 3 lines differ\n")


def test_a_broken_chain_ends_with_nine(golden: Engine, command: Command) -> None:
    tampered(golden, "transfer", "UPDATE transfer SET amount = amount + 1 WHERE id = 3")
    result = command(golden, "db", "check", "--csv")
    assert result.code == 9
    assert "BROKEN" in result.out


def test_a_replay_that_differs_ends_with_nine(golden: Engine, command: Command) -> None:
    tampered(golden, "price", f"UPDATE price SET price = price + 1 WHERE business_date = {day_of(date(2026, 11, 25))}")
    result = command(golden, "cycle", "verify", "--from", "2026-11-25", "--to", "2026-11-25", "--csv")
    assert result.code == 9
    assert "DIFFERENT" in result.out


def test_a_busy_database_is_worth_another_try(
    golden: Engine, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_engine, "BUSY_TIMEOUT_MS", 20)
    writer = sqlite3.connect(str(golden.url.database), isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    result = command(golden, "cycle", "run", "--date", "2026-12-02")
    writer.execute("ROLLBACK")
    writer.close()
    require_told(result, 75, "run it again")


def test_an_interrupt_says_that_nothing_is_lost(
    golden: Engine, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(daily_cycle, "run_through", interrupted)
    result = command(golden, "cycle", "run", "--date", "2026-12-02")
    require_told(result, 130, "what was committed is kept, and the same command goes on from there")


def test_a_run_that_was_interrupted_goes_on_and_ends_the_same(tmp_path: Path) -> None:
    whole, engine = demo_held(tmp_path), fresh_sqlite(_folder(tmp_path, "interrupted"))
    assert in_a_process("book", "load", str(DEMO / "01_opening"), "--database", url_of(engine)).code == 0
    arguments = ("cycle", "run", "--through", "2026-11-18", "--database", url_of(engine))
    process = subprocess.Popen(
        [sys.executable, "-m", "modelx", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while _nights(engine) < 5 and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert err.endswith("modelx: interrupted: what was committed is kept, and the same command goes on from there\n")
    assert "Traceback" not in err
    assert _nights(engine) < _nights(whole)
    assert in_a_process(*arguments).code == 7
    listed = [in_a_process("unit-value", "list", "--csv", "--database", url_of(book)).out for book in (engine, whole)]
    assert listed[0] == listed[1]


def test_a_reader_that_leaves_is_no_error(golden: Engine) -> None:
    shell = f"{sys.executable} -m modelx book format --csv | head -1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", shell], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "file,column,holds,blank\n", "")


def test_mistakes_of_a_whole_process_leave_no_stack_trace(tmp_path: Path, golden: Engine) -> None:
    url = url_of(golden)
    copied = _folder(tmp_path, "book")
    shutil.copy(G1 / "prices.csv", copied)
    with (copied / "prices.csv").open("a") as file:
        file.write("2026-12-02,EQX,1e5\n")
    for code, arguments in (
        (2, ("cycle", "rum")),
        (3, ("book", "load", str(copied), "--database", url)),
        (3, ("unit-value", "list", "--database", f"sqlite:///{tmp_path}")),
        (4, ("unit-value", "list", "--plan", "X", "--database", url)),
        (6, ("cycle", "run", "--date", "2026-12-31", "--database", url)),
    ):
        result = in_a_process(*arguments)
        assert (result.code, "Traceback" in result.err) == (code, False), result.err


def _folder(root: Path, name: str) -> Path:
    folder = root / name
    folder.mkdir()
    return folder


def _nights(engine: Engine) -> int:
    """How many nights have closed, read as another process would."""
    with sqlite3.connect(os.fspath(str(engine.url.database))) as connection:
        return int(connection.execute("SELECT count(*) FROM step_run WHERE step = 13").fetchone()[0])
