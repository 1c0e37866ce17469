"""`modelx simulate`, as a person and as a script meet it."""

from __future__ import annotations

import csv
import io
import json

import pytest

WHAT_IF = ("simulate", "what-if", "--years", "1", "--seed", "4")


def test_cases_are_compared_in_one_table(command):
    done = command(None, *WHAT_IF, "--model", "SIMMOD", "--rebalance", "quarterly", "--rebalance", "band")
    assert done.code == 0
    assert "the base is SIMMOD, quarterly" in done.err
    for word in ("growth", "return", "volatility", "drawdown", "turnover", "cost", "tracking", "SIMMOD, band"):
        assert word in done.out
    assert max(map(len, done.out.splitlines())) <= 110


def test_scripts_get_fractions_as_json_and_csv(command):
    options = ("--model", "SIMMOD", "--fee-pct", "0", "--fee-pct", "1")
    rows = json.loads(command(None, *WHAT_IF, *options, "--json").out)["rows"]
    assert [row["case"] for row in rows] == ["SIMMOD, fee 0.00 %", "SIMMOD, fee 1.00 %"]
    assert float(rows[1]["cost"]) == pytest.approx(0.01, rel=0.02)
    listed = list(csv.DictReader(io.StringIO(command(None, *WHAT_IF, *options, "--csv").out)))
    assert listed == [{name: str(value) for name, value in row.items()} for row in rows]


def test_cases_come_from_a_file(command, tmp_path):
    file = tmp_path / "cases.csv"
    file.write_text(
        "name,model,rebalance,band_points,cash_buffer,min_trade,fee_pct,overrides\n"
        "as it is,SIMGRO,,,,,,\n"
        "wide bands,SIMGRO,BAND,5,0.03,100,0.10,CASH_BUFFER 0.05\n"
    )
    rows = json.loads(command(None, *WHAT_IF, "--cases", str(file), "--json").out)["rows"]
    assert [row["case"] for row in rows] == ["as it is", "wide bands"]
    assert float(rows[1]["tracking"]) > 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name,model\n", "cases.csv has no case"),
        ("model\nSIMGRO\n", "cases.csv has no column name"),
        ("name,model,fee\nA,SIMGRO,1\n", "cases.csv has a column fee"),
        ("name,model\nA,\n", "line 2: a case has a name and a model"),
        ("name,model\nA,SIMGRO,1\n", "line 2: the row has not as many fields as the header"),
        ("name,model,rebalance\nA,SIMGRO,WEEKLY\n", "line 2: 'WEEKLY' is no rebalancing policy"),
        ("name,model,fee_pct\nA,SIMGRO,1e-2\n", "line 2: "),
        ("name,model,band_points\nA,SIMGRO,200\n", "case A: a band lies between 0 and 100 points"),
        ("name,model,min_trade\nA,SIMGRO,-1\n", "case A: a band lies between 0 and 100 points, a least trade"),
        ("name,model,overrides\nA,SIMGRO,DROP X\n", "line 2: 'DROP X' is no override"),
        ("name,model\nA,SIMGRO\nA,SIMMOD\n", "two cases are named 'A'"),
    ],
)
def test_a_bad_file_of_cases_is_refused_with_its_line(command, tmp_path, text, words):
    (tmp_path / "cases.csv").write_text(text)
    done = command(None, *WHAT_IF, "--cases", str(tmp_path / "cases.csv"))
    assert done.code == 3
    assert words in done.err


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("--model", "NOPE"), 4, "there is no model NOPE: the models are"),
        (("--model", "SIMMOD", "--override", "EXCLUDE NOPE"), 3, "NOPE is not in the universe"),
        (("--years", "99"), 3, "simulate 1 to 30 years"),
        (("--from", "2020-01-02"), 3, "without --book give --start and --years"),
        (("--cases", "x.csv", "--model", "A"), 3, "not both"),
        (("--slippage-bp", "20000"), 3, "--slippage-bp 20000: give at least 0 and less than 1000"),
        (("--slippage-bp", "1000"), 3, "--slippage-bp 1000: give"),
        (("--opening", "0"), 3, "--opening 0: give at least 0.01"),
        (("--monthly=-5",), 3, "--monthly -5: give at least 0"),
        (("--band-points", "200"), 3, "--band-points 200: give at least 0 and less than 100"),
        (("--cash-buffer", "1"), 3, "--cash-buffer 1: give at least 0 and less than 1"),
        (("--min-trade=-1",), 3, "--min-trade -1: give at least 0"),
        (("--fee-pct", "abc"), 3, "--fee-pct abc: not a plain decimal number"),
        (("--fee-pct", "100"), 3, "--fee-pct 100: give at least 0 and less than 100"),
        (("--opening", "99999999999999999999"), 3, "--opening 99999999999999999999: too large"),
    ],
)
def test_a_slip_is_told_with_its_remedy(command, options, code, words):
    done = command(None, "simulate", "what-if", *options)
    assert done.code == code
    assert words in done.err


def test_models_and_what_they_hold_are_listed(command):
    listed = json.loads(command(None, "simulate", "models", "--years", "1", "--json").out)["rows"]
    assert {"SIMCON", "SIMMOD", "SIMGRO", "SIMFND", "SIMMIX"} < {row["model"] for row in listed}
    held = command(None, "simulate", "models", "--years", "1", "--model", "SIMCON").out
    assert "US intermediate core bonds" in held
    assert "2.00 %" in held


def test_a_fund_that_is_listed_can_be_brought_in_by_an_override(command):
    listed = json.loads(command(None, "simulate", "funds", "--years", "1", "--asset-class", "US_LG", "--json").out)[
        "rows"
    ]
    assert [row["asset_class"] for row in listed] == ["US_LG"] * 3
    index, active = (row["ticker"] for row in listed if row["kind"] == "MF")
    swap = f"SUBSTITUTE {index} {active}"
    done = command(None, "simulate", "what-if", "--years", "1", "--model", "SIMFND", "--override", swap, "--json")
    plain, swapped = json.loads(done.out)["rows"]
    assert float(swapped["tracking"]) > 0
    assert swapped["growth"] != plain["growth"]


def test_a_what_if_runs_on_the_demonstration_book(command):
    folders = [
        part for name in ("01_opening", "02_correction", "03_rest") for part in ("--book", f"fixtures/demo_book/{name}")
    ]
    rows = json.loads(command(None, "simulate", "what-if", *folders, "--model", "CDLMOD", "--json").out)["rows"]
    assert [row["case"] for row in rows] == ["CDLMOD"]


def test_a_year_runs_through_the_ledger_and_is_read_again(command, tmp_path):
    url = f"sqlite:///{tmp_path / 'simulation.db'}"
    folder = tmp_path / "kept"
    done = command(url, "simulate", "run", "--sleeves", "12", "--keep", str(folder), "--csv")
    assert done.code == 0, done.err
    assert "12 sleeves of 2 plans" in done.err
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert [row["sleeves"] for row in rows] == ["2", "2", *["1"] * 8]
    assert all(float(row["net_assets"]) > 0 for row in rows)
    assert command(url, "simulate", "summary", "--csv").out == done.out
    by_sleeve = json.loads(command(url, "simulate", "summary", "--by", "sleeve", "--json").out)["rows"]
    assert [row["plan"] for row in by_sleeve] == ["P0001"] * 10 + ["P0002"] * 2
    again = command(url, "simulate", "run", "--sleeves", "12", "--csv")
    assert (again.code, again.out) == (0, done.out)
    other = command(url, "simulate", "run", "--sleeves", "13")
    assert other.code == 6
    assert "loads that are not of this simulation: give an empty one" in other.err
    kept = [part for one in sorted(folder.iterdir()) for part in ("--book", str(one))]
    tried = command(None, "simulate", "what-if", *kept, "--model", "SIMCON", "--json")
    assert float(json.loads(tried.out)["rows"][0]["growth"]) > 0


def test_a_simulation_of_no_sleeve_is_refused(command, tmp_path):
    done = command(f"sqlite:///{tmp_path / 'simulation.db'}", "simulate", "run", "--sleeves", "0")
    assert done.code == 3
    assert "simulate 1 to 100,000 sleeves" in done.err
