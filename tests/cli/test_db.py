"""`modelx db check` as people and scripts see it."""

import json
import shutil
from pathlib import Path

import pytest

from modelx.cli.app import run
from modelx.services.database_check import newest_head
from tests.product import fresh_sqlite
from tests.store.attacks import Target
from tests.store.audited_book import run_audited_book


@pytest.fixture(scope="module")
def audited_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("audited")
    engine = fresh_sqlite(folder)
    run_audited_book(engine, folder)
    with engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return folder / "modelx.db"


@pytest.fixture
def audited(audited_file: Path, tmp_path: Path) -> Target:
    """The audited book, to do with as a test likes."""
    url = f"sqlite:///{shutil.copyfile(audited_file, tmp_path / 'copy.db')}"
    return Target("sqlite", url, url)


def test_a_sound_database_shows_every_check_and_its_head(audited: Target, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["db", "check", "--database", audited.application_url]) == 0
    shown = capsys.readouterr().out
    head = newest_head(audited.engine)
    assert head is not None
    assert f"Head: {head.hex()}" in shown
    assert "All 27 checks hold." in shown
    assert "BROKEN" not in shown


def test_a_broken_check_is_named_and_the_exit_code_is_nine(audited: Target, capsys: pytest.CaptureFixture[str]) -> None:
    audited.quietly(["UPDATE transfer SET amount = amount + 1 WHERE id = 5"])
    assert run(["db", "check", "--database", audited.application_url]) == 9
    shown = capsys.readouterr().out
    assert "is not what was hashed" in shown
    assert "checks are broken" in shown
    assert "Head:" not in shown


def test_json_says_the_same_to_a_script(audited: Target, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["db", "check", "--database", audited.application_url, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["what"], said["holds"]) == ("db-check", True)
    assert {row["result"] for row in said["rows"]} == {"ok"}
    assert len(bytes.fromhex(said["head"])) == 32


def test_a_published_head_is_asked_for(audited: Target, capsys: pytest.CaptureFixture[str]) -> None:
    head = newest_head(audited.engine)
    assert head is not None
    assert run(["db", "check", "--database", audited.application_url, "--head", head.hex()]) == 0
    assert run(["db", "check", "--database", audited.application_url, "--head", "ab" * 32]) == 9
    assert "the end was cut" in capsys.readouterr().out


@pytest.mark.parametrize("head", ["", "ab", "zz" * 32, "0x" + "ab" * 31])
def test_a_head_that_is_none_is_refused(audited: Target, head: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["db", "check", "--database", audited.application_url, f"--head={head}"]) == 3
    assert "64 hexadecimal digits" in capsys.readouterr().err


def test_a_database_that_is_not_there_is_told_to_migrate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["db", "check", "--database", f"sqlite:///{tmp_path / 'none.db'}"]) == 4
    assert "modelx db migrate" in capsys.readouterr().err
