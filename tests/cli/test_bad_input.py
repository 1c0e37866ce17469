"""Bad input through the command line: every bad row is listed with its place and reason, and nothing is applied."""

import csv
import hashlib
import io
import json
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.cli.conftest import Command
from tests.services.books import write_files

PRICES = "date,ticker,price\n2026-12-02,EQX,"
ORDERS = (
    "file_id,rk_id,order_ref,plan_id,ticker,side,qty_type,qty,trade_date,rk_received_at,"
    "cutoff_attested,cancel_of,as_of_reason,source_code,client_ref\n"
)
TARGETS = "model,effective_date,ticker,weight\n"
SLEEVES = "plan,model,start_date,rebalance,band_points,min_trade,cash_buffer\n"

BAD: dict[str, tuple[str, str, str, int, str, str]] = {  # what: file, text, code, line, column, words of the reason
    "exponent": ("prices", PRICES + "1e2\n", "BAD_NUMBER", 2, "price", "write it without an exponent"),
    "capital exponent": ("prices", PRICES + "1E2\n", "BAD_NUMBER", 2, "price", "write it without an exponent"),
    "NaN": ("prices", PRICES + "NaN\n", "BAD_NUMBER", 2, "price", "a number must be finite"),
    "Infinity": ("prices", PRICES + "Infinity\n", "BAD_NUMBER", 2, "price", "a number must be finite"),
    "underscore": ("prices", PRICES + "1_000\n", "BAD_NUMBER", 2, "price", "leave out the underscore"),
    "Arabic digits": ("prices", PRICES + "١٢.٥\n", "BAD_NUMBER", 2, "price", "use the digits 0 to 9"),
    "thousands separator": ("prices", PRICES + '"1,000.00"\n', "BAD_NUMBER", 2, "price", "leave out the thousands"),
    "seven decimals": (
        *("targets", TARGETS + "GRW60,2026-12-02,CASH,1.0000000\n"),
        *("TOO_MANY_DECIMALS", 2, "weight", "has 7 decimals; at most 6"),
    ),
    "negative price": ("prices", PRICES + "-1.00\n", "OUT_OF_RANGE", 2, "price", "'-1.00' is negative"),
    "zero price": ("prices", PRICES + "0\n", "OUT_OF_RANGE", 2, "price", "must be above zero"),
    "duplicate key": (
        *("prices", PRICES + "34.00\n2026-12-02,EQX,35.00\n"),
        *("DUPLICATE_KEY", 3, "date", "the same date + ticker as line 2"),
    ),
    "unknown ticker": (
        *("prices", "date,ticker,price\n2026-12-02,NOPE,1.00\n"),
        *("UNKNOWN_KEY", 2, "ticker", "'NOPE' is unknown: add it to securities.csv"),
    ),
    "unknown plan": (
        *("sleeves", SLEEVES + "PLAN-X,GRW60,2026-12-02,NONE,,,\n"),
        *("UNKNOWN_KEY", 2, "plan", "'PLAN-X' is unknown: add it to plans.csv"),
    ),
    "weights not one": (
        *("targets", TARGETS + "GRW60,2026-12-02,VFA,0.6\nGRW60,2026-12-02,CASH,0.3\n"),
        *("WEIGHTS_NOT_ONE", 2, "weight", "sum to 0.90, not 1: 0.10 is missing"),
    ),
    "no session": (
        *("prices", "date,ticker,price\n2026-12-05,EQX,34.00\n"),
        *("NOT_A_SESSION", 2, "date", "2026-12-05 is no session"),
    ),
    "no date": (
        "prices",
        "date,ticker,price\n2026-02-30,EQX,34.00\n",
        "BAD_DATE",
        2,
        "date",
        "not a day of the calendar",
    ),
    "wrong header": (
        *("prices", "date,symbol,price\n2026-12-02,EQX,34.00\n"),
        *("BAD_HEADER", 1, "", "unknown: 'symbol'; missing: 'ticker'"),
    ),
    "too many columns": ("prices", PRICES + "34.00,again\n", "BAD_COLUMN_COUNT", 2, "", "has 4 columns, the header 3"),
    "too few columns": ("prices", PRICES[:-1] + "\n", "BAD_COLUMN_COUNT", 2, "", "has 2 columns, the header 3"),
    "order for an unknown model": (
        *("orders", ORDERS + "F9,RK1,X1,PLAN-A,NOPE,SUB,AMT,1.00,2026-12-02,,,,,,\n"),
        *("UNKNOWN_KEY", 2, "ticker", "'NOPE' is unknown: add it to models.csv"),
    ),
    "order on no session": (
        *("orders", ORDERS + "F9,RK1,X1,PLAN-A,GRW60,SUB,AMT,1.00,2026-12-05,,,,,,\n"),
        *("NOT_A_SESSION", 2, "trade_date", "2026-12-05 is no session"),
    ),
}


def content(engine: Engine) -> str:
    """Everything the database holds, as one hash."""
    with sqlite3.connect(str(engine.url.database)) as connection:
        return hashlib.sha256("\n".join(connection.iterdump()).encode()).hexdigest()


@pytest.mark.parametrize("what", BAD)
def test_a_bad_row_refuses_the_folder_and_is_listed(golden: Engine, tmp_path: Path, command: Command, what) -> None:
    file, text, code, line, column, words = BAD[what]
    before = content(golden)
    folder = write_files(tmp_path / "bad", **{file: text})
    result = command(golden, "book", "load", str(folder), "--json")
    told = json.loads(result.out)
    assert (result.code, told["refused"], told["total"]) == (3, True, 1)
    assert result.err == "modelx: the book was refused and nothing was applied: 1 bad row\n"
    found = told["findings"][0]
    assert (found["code"], found["file"], found["line"], found["column"]) == (code, f"{file}.csv", line, column)
    assert words in found["reason"]
    assert content(golden) == before


def test_bytes_that_are_not_utf_8_are_told_with_their_line(golden: Engine, tmp_path: Path, command: Command) -> None:
    folder, before = write_files(tmp_path / "bad"), content(golden)
    (folder / "plans.csv").write_bytes(
        b"plan,name,sponsor,type,recordkeeper,advisor,fiscal_year_end\nPLAN-B,Caf\xe9,S,401k,RK1,ADV1,12-31\n"
    )
    result = command(golden, "book", "load", str(folder), "--csv")
    rows = list(csv.DictReader(io.StringIO(result.out)))
    assert (result.code, len(rows), rows[0]["file"], rows[0]["line"]) == (3, 1, "plans.csv", "2")
    assert "UTF-8" in rows[0]["reason"]
    assert content(golden) == before


def test_every_bad_row_is_listed_not_only_the_first(golden: Engine, tmp_path: Path, command: Command) -> None:
    rows = [f"2026-12-{day:02},EQX,{price}" for day, price in ((1, "1e5"), (2, "34.00"), (3, "NaN"), (4, "-2"))]
    folder = write_files(tmp_path / "bad", prices="date,ticker,price\n" + "\n".join(rows) + "\n")
    (folder / "splits.csv").write_text(
        "ticker,ex_date,new_shares,old_shares,cash_in_lieu_price\nNOPE,2026-12-02,2,1,\n"
    )
    result = command(golden, "book", "load", str(folder), "--csv")
    found = [(row["file"], row["line"]) for row in csv.DictReader(io.StringIO(result.out))]
    assert sorted(found) == [("prices.csv", "2"), ("prices.csv", "4"), ("prices.csv", "5"), ("splits.csv", "2")]
    assert result.err == "modelx: the book was refused and nothing was applied: 4 bad rows\n"


def test_a_file_that_leads_out_of_the_folder_is_refused(golden: Engine, tmp_path: Path, command: Command) -> None:
    secret = tmp_path / "elsewhere.csv"
    secret.write_text(PRICES + "34.00\n")
    folder = write_files(tmp_path / "bad")
    (folder / "prices.csv").symlink_to(secret)
    before = content(golden)
    result = command(golden, "book", "load", str(folder))
    assert (result.code, result.out) == (3, "")
    assert result.err == "modelx: prices.csv leads outside the folder: put the file itself there, not a link\n"
    assert content(golden) == before


@pytest.mark.parametrize("name", ["nowhere", "file.csv"])
def test_a_folder_that_is_none_is_told(golden: Engine, tmp_path: Path, command: Command, name: str) -> None:
    (tmp_path / "file.csv").write_text("x\n")
    result = command(golden, "book", "load", str(tmp_path / name))
    assert (result.code, result.out, result.err.count("\n")) == (3, "", 1)
    assert "name the folder that holds the CSV files of the book" in result.err


def test_orders_that_cannot_be_are_rejected_line_by_line(golden: Engine, tmp_path: Path, command: Command) -> None:
    """A business failure rejects its line, and the folder loads: CLOS before the start, SECU beyond the units."""
    rows = (
        "F9,RK1,X1,PLAN-A,GRW60,RED,UNITS,99999.0000,2026-12-02,,,,,,",
        "F9,RK1,X2,PLAN-A,GRW60,SUB,AMT,100.00,2026-12-02,,,,,,",
        "F9,RK1,X3,PLAN-A,GRW60,SUB,AMT,100.00,2026-11-20,,,,,,",
    )
    assert run_next_night(golden, tmp_path, command, orders=ORDERS + "\n".join(rows) + "\n") == {
        "X1": ("REJECTED", "SECU"),
        "X2": ("PRICED", ""),
        "X3": ("REJECTED", "CLOS"),
    }


def test_an_order_for_a_sleeve_that_has_ended_is_rejected(golden: Engine, tmp_path: Path, command: Command) -> None:
    ended = SLEEVES.strip() + ",end_date\nPLAN-A,GRW60,2026-11-23,NONE,,,,2026-12-01\n"
    order = ORDERS + "F9,RK1,X1,PLAN-A,GRW60,SUB,AMT,100.00,2026-12-02,,,,,,\n"
    assert run_next_night(golden, tmp_path, command, orders=order, sleeves=ended) == {"X1": ("REJECTED", "CLOS")}


def run_next_night(engine: Engine, root: Path, command: Command, **files: str) -> dict[str, tuple[str, str]]:
    """Load files with the prices of 2 December, run that night; how the new orders stand."""
    quotes = (("EQX", "34.70"), ("VBX", "9.85"), ("VCX", "12.48"), ("VFA", "41.10"))
    prices = "date,ticker,price\n" + "".join(f"2026-12-02,{ticker},{price}\n" for ticker, price in quotes)
    assert command(engine, "book", "load", str(write_files(root / "next", prices=prices, **files))).code == 0
    assert command(engine, "cycle", "run", "--date", "2026-12-02").code == 0
    rows = json.loads(command(engine, "order", "list", "--json").out)["rows"]
    return {row["order_ref"]: (row["status"], row["reason_code"]) for row in rows if row["load"] == 2}
