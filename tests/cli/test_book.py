"""`modelx book`: what a person or a script sees, and the exit codes."""

import json

import pytest

from modelx.cli.app import run
from modelx.store.engine import open_engine
from modelx.store.schema import migrate
from modelx.store.session_records import store_sessions
from modelx.store.unit_of_work import writing
from tests.services.books import example_book, example_calendar, write_files


@pytest.fixture
def modelx(tmp_path, capsys):
    """Run a command against a fresh database; returns (exit code, stdout, stderr)."""
    url = f"sqlite:///{tmp_path / 'modelx.db'}"
    engine = open_engine(url)
    migrate(engine)
    calendar = example_calendar()
    with writing(engine) as connection:
        store_sessions(connection, calendar.sessions, calendar.close_minutes)
    engine.dispose()

    def modelx(*arguments: str):
        code = run([*arguments, "--database", url])
        return code, *capsys.readouterr()

    return modelx


def test_load_prints_what_each_file_brought(modelx, tmp_path):
    code, out, err = modelx("book", "load", str(example_book(tmp_path / "book")))
    assert code == 0
    assert "load 1" in out
    assert [line.split() for line in out.splitlines() if line.split()[:1] == ["prices.csv"]] == [
        ["prices.csv", "24", "24", "0"]
    ]
    assert err == ""


def test_load_says_when_it_was_done_before(modelx, tmp_path):
    folder = str(example_book(tmp_path / "book"))
    modelx("book", "load", folder)
    code, out, err = modelx("book", "load", folder, "--json")
    assert (code, json.loads(out)["already_loaded"]) == (0, True)
    assert err == "nothing to do: these very files were loaded before, as load 1\n"


def test_a_refused_folder_lists_every_bad_row_and_exits_with_3(modelx, tmp_path):
    folder = write_files(tmp_path / "bad", prices="date,ticker,price\n2026-11-26,EQX,1e5\n2026-11-27,EQX,NaN\n")
    code, out, err = modelx("book", "load", str(folder))
    assert code == 3
    listed = [line.split()[1:5] for line in out.splitlines() if line.split()[:1] == ["REFUSE"]]
    assert listed == [
        ["BAD_NUMBER", "prices.csv", "2", "price"],
        ["BAD_NUMBER", "prices.csv", "3", "price"],
    ]
    assert err == "modelx: the book was refused and nothing was applied: 2 bad rows\n"
    code, out, _ = modelx("book", "load", str(folder), "--json")
    refused = json.loads(out)
    assert (code, refused["refused"], refused["total"]) == (3, True, 2)
    assert refused["findings"][0] == {
        "level": "REFUSE",
        "code": "BAD_NUMBER",
        "file": "prices.csv",
        "line": 2,
        "column": "price",
        "reason": "'1e5' is not a plain decimal: write it without an exponent",
    }
    assert modelx("book", "list", "--csv")[1] == "load,recorded_at,folder,rows,hash\n"


def test_a_missing_folder_exits_with_3_and_one_clear_line(modelx, tmp_path):
    code, out, err = modelx("book", "load", str(tmp_path / "nowhere"))
    assert (code, out) == (3, "")
    assert err.startswith("modelx: ")
    assert "does not exist" in err


def test_export_writes_the_files_and_refuses_a_folder_that_holds_anything(modelx, tmp_path):
    folder = example_book(tmp_path / "book")
    modelx("book", "load", str(folder))
    code, out, _ = modelx("book", "export", str(tmp_path / "out"), "--csv")
    assert code == 0
    assert f"{tmp_path / 'out' / 'prices.csv'}" in out.splitlines()
    assert (tmp_path / "out" / "prices.csv").read_bytes() == (folder / "prices.csv").read_bytes()
    code, _, err = modelx("book", "export", str(tmp_path / "out"))
    assert (code, "not empty" in err) == (3, True)
    code, _, err = modelx("book", "export", str(tmp_path / "older"), "--as-known-at", "7")
    assert (code, "loads go from 1 to 1" in err) == (4, True)


def test_warnings_are_listed_after_the_files(modelx, tmp_path):
    folder = example_book(tmp_path / "book")
    (folder / "notes_of_the_day.csv").write_text("x\n")
    code, out, err = modelx("book", "load", str(folder))
    assert code == 0
    assert "FOREIGN_FILE" in out
    assert err == "1 finding to look at\n"


def test_format_tells_every_column_what_it_holds_and_what_a_blank_means(modelx, capsys):
    assert run(["book", "format", "sleeves.csv", "--csv"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "file,column,holds,blank"
    assert "sleeves.csv,start_date,a date YYYY-MM-DD,refused" in lines
    assert "sleeves.csv,rebalance,NONE | BAND | MONTHLY | QUARTERLY | ANNUAL,NONE" in lines
    assert 'sleeves.csv,cash_buffer,"a plain decimal, at most 12 decimals, 0 to 1",none' in lines
    assert "sleeves.csv,end_date,a date YYYY-MM-DD,no limit; the column may be absent" in lines
    assert run(["book", "format", "nothing.csv"]) == 4
    assert "is not a file of the book" in capsys.readouterr().err
    assert run(["book", "format", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["rows"]) > 150
