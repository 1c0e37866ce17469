"""Bad input of `modelx qdia`: one clear message with file, line, field, reason and remedy; code 3; never a trace."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from modelx.evaluator.asset_classes import CODES
from modelx.evaluator.shipped import default_markets
from tests.cli.conftest import Command, Result
from tests.conftest import FIXTURES

PLAN = FIXTURES / "paper_plan"
Change = Callable[[Path], None]


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """A folder with the paper's plan and a covariance, for a test to spoil."""
    for file in PLAN.glob("*.csv"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    rows = [[code, *map(repr, row)] for code, row in zip(CODES, default_markets().covariance.tolist(), strict=True)]
    (tmp_path / "covariance.csv").write_text("\n".join(",".join(row) for row in [["", *CODES], *rows]) + "\n")
    return tmp_path


def evaluate(command: Command, case: Path, *more: str, verb: str = "evaluate") -> Result:
    where = [str(case / "participants.csv"), "--options", str(case), "--as-of", "2018-01-01"]
    return command(None, "qdia", verb, *where, "--covariance", str(case / "covariance.csv"), *more)


def line(case: Path, file: str, number: int, change: Callable[[str], str]) -> None:
    lines = (case / file).read_text().splitlines()
    lines[number - 1] = change(lines[number - 1])
    (case / file).write_text("\n".join(lines) + "\n")


def cell(case: Path, row: int, column: int, value: str, *, mirrored: bool = True) -> None:
    """Change one number of the covariance, and its mirror image."""
    with (case / "covariance.csv").open(newline="") as lines:
        table = list(csv.reader(lines))
    table[row][column] = value
    if mirrored:
        table[column][row] = value
    (case / "covariance.csv").write_text("\n".join(",".join(one) for one in table) + "\n")


def renamed(case: Path) -> None:
    text = (case / "covariance.csv").read_text()
    (case / "covariance.csv").write_text(text.replace("CASH", "GOLD"))


BAD: dict[str, tuple[Change, tuple[str, ...]]] = {
    "weights that do not sum to one": (
        lambda case: line(case, "qdia_weights.csv", 2, lambda text: "A,2010,US_LG,0.58191808"),
        ("qdia_weights.csv:2: weight of A 2010", "sum to 1.5, not to one", "write 60 % as 0.6"),
    ),
    "weights in percent": (
        lambda case: line(case, "qdia_weights.csv", 2, lambda text: "A,2010,US_LG,8.19"),
        ("qdia_weights.csv:2: weight of A 2010", "not to one", "write 60 % as 0.6"),
    ),
    "a negative weight": (
        lambda case: line(case, "qdia_weights.csv", 3, lambda text: "A,2010,US_LV,-0.06"),
        ("qdia_weights.csv:3: weight -0.06 is negative", "only long portfolios"),
    ),
    "a missing weight": (
        lambda case: line(case, "qdia_weights.csv", 3, lambda text: "A,2010,US_LV,"),
        ("qdia_weights.csv:3: weight is missing", "such as 0.25"),
    ),
    "a weight that is no number": (
        lambda case: line(case, "qdia_weights.csv", 3, lambda text: "A,2010,US_LV,6 %"),
        ("qdia_weights.csv:3: weight '6 %' is not a number",),
    ),
    "an unknown class": (
        lambda case: line(case, "qdia_weights.csv", 4, lambda text: "A,2010,BITCOIN,0.1"),
        ("qdia_weights.csv:4: unknown asset class 'BITCOIN'", "known are US_LG"),
    ),
    "a covariance with another class": (renamed, ("covariance.csv", "unknown ['GOLD'], missing ['CASH']")),
    "a covariance that is not positive semidefinite": (
        lambda case: cell(case, 1, 2, "0.09"),
        ("covariance.csv", "not positive semidefinite", "Take the nearest correlation matrix first"),
    ),
    "a covariance that is not symmetric": (
        lambda case: cell(case, 1, 2, "0.5", mirrored=False),
        ("covariance.csv", "not symmetric"),
    ),
    "a covariance with a hole": (lambda case: cell(case, 1, 2, ""), ("covariance.csv", "US_LG", "US_LV")),
    "a fee of a tenth": (
        lambda case: line(case, "qdia_options.csv", 4, lambda text: text.replace("25.0", "2500")),
        ("qdia_options.csv:4: B: fees of 2500 bp a year exceed 500 bp", "check the unit"),
    ),
    "a negative fee": (
        lambda case: line(case, "qdia_options.csv", 4, lambda text: text.replace("25.0", "-25")),
        ("qdia_options.csv:4: B: the fund fee is missing or negative", "Fees are basis points a year"),
    ),
    "a hybrid of nothing": (
        lambda case: line(case, "qdia_options.csv", 7, lambda text: text.replace(",B,MA,", ",B,ZZ,")),
        ("H: a hybrid names two other options", "'ZZ'"),
    ),
    "an option twice": (
        lambda case: line(case, "qdia_options.csv", 5, lambda text: text.replace("C,", "B,", 1)),
        ("qdia_options.csv:5: option 'B' occurs twice",),
    ),
    "an unknown column of participants": (
        lambda case: line(case, "participants.csv", 1, lambda text: text.replace("balance", "blance")),
        ("participants.csv", "unknown columns ['blance']"),
    ),
    "no participant that can be used": (
        lambda case: (case / "participants.csv").write_text("participant,age\na,\nb,x\nc,7\n"),
        ("no usable participant", "AGE_MISSING: 1", "AGE_OUT_OF_RANGE: 1", "age: not a plain number: 1"),
    ),
    "no participants at all": (
        lambda case: (case / "participants.csv").write_text("participant,age\n"),
        ("no usable participant", "no rows"),
    ),
    "a file that is not there": (
        lambda case: (case / "participants.csv").unlink(),
        ("participants.csv cannot be read",),
    ),
    "a file that is no text": (
        lambda case: (case / "qdia_options.csv").write_bytes(b"\xff\xfe\x00"),
        ("qdia_options.csv cannot be read", "CSV file in UTF-8"),
    ),
}


@pytest.mark.parametrize("verb", ["evaluate", "report"])
@pytest.mark.parametrize("what", BAD)
def test_bad_input_is_refused_with_its_place_and_reason(command, case, what, verb):
    spoil, told = BAD[what]
    spoil(case)
    more = ["--to", str(case / "out"), "--draws", "20"] if verb == "report" else []
    found = evaluate(command, case, *more, verb=verb)
    assert found.code == 3, found.err
    assert "Traceback" not in found.err
    for words in told:
        assert words in found.err
    assert found.out == ""
    assert not (case / "out").exists()


def test_a_fee_in_percent_is_noticed_and_the_evaluation_goes_on(command, case):
    line(case, "qdia_options.csv", 4, lambda text: text.replace("25.0", "0.25"))
    found = evaluate(command, case)
    assert found.code == 0
    assert "warning: B: fees of 0.25 bp a year look like percent; basis points are meant (0.37 % is 37)" in found.err


def test_every_row_that_was_not_used_is_counted_with_its_reason_and_line(command, case):
    (case / "participants.csv").write_text(
        "plan,participant,birth_date,age,salary,balance,ideal_equity\n"
        "P,a,,44,,10000,\n"
        "P,b,,44,60000,10000,\n"
        "P,b,,45,60000,10000,\n"
        "P,c,,44,6O000,10000,\n"
        "P,d,1974-02-30,,1,1,\n"
        "P,e,,44,1,1,60\n"
        "P,f,,,1,1,\n"
    )
    found = evaluate(command, case)
    assert found.code == 0
    assert "2 participants evaluated" in found.err
    for words in (
        "not used: 1: participant: the id occurs before",
        "not used: 1: salary: not a plain number",
        "not used: 1: birth_date: not a date YYYY-MM-DD",
        "not used: 1: ideal_equity: outside 0 and 1",
        "not used: 1: AGE_MISSING",
        "imputed: 1: salary",
        "line 4: b: participant: the id occurs before",
        "line 5: c: salary: not a plain number",
    ):
        assert words in found.err, words


@pytest.mark.parametrize("age", [18, 99])
def test_the_youngest_and_the_oldest_an_all_equity_ideal_and_an_empty_account_are_a_plan_of_one(command, case, age):
    (case / "participants.csv").write_text(f"participant,age,balance,ideal_equity\nx,{age},0,1\n")
    found = evaluate(command, case, "--csv")
    assert found.code == 0, found.err
    rows = {row["option"]: row for row in csv.DictReader(found.out.splitlines())}
    assert float(rows["MA"]["total_loss"]) == 0
    for family in "ABCD":
        loss = rows[family]
        assert float(loss["total_loss"]) > 0
        assert float(loss["equity_loss"]) + float(loss["detail_loss"]) == pytest.approx(
            float(loss["total_loss"]), abs=2e-4
        )
        assert loss["median_loss"] == loss["total_loss"]


def test_dollar_weights_refuse_a_plan_of_empty_accounts_in_words(command, case):
    (case / "participants.csv").write_text("participant,age,balance\nx,40,0\n")
    found = evaluate(command, case, "--by-balance")
    assert found.code == 3
    assert "no usable participant" in found.err
