"""Participants from files: every row is used or refused with a reason, in CSV and in Parquet alike."""

from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from modelx.domain.errors import InvalidInput
from modelx.evaluator.asset_classes import CODES
from modelx.files.participants import read_participants, row_count

AS_OF = date(2018, 1, 1)


def csv_file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "participants.csv"
    path.write_text(text, encoding="utf-8")
    return path


def read(path: Path, **kwargs):
    return list(read_participants(path, AS_OF, **kwargs))


def test_each_bad_row_is_refused_for_its_first_fault_with_its_line(tmp_path):
    path = csv_file(
        tmp_path,
        "plan,participant,birth_date,age,salary,balance\n"
        "X,a,1980-02-30,,5,5\n"
        "X,b,1980-01-01,,6O,5\n"
        "X,c,1980-01-01\n"
        "X,d,,44,,\n"
        "Y,e,,44,,\n"
        "X,d,,45,,\n"
        "X,f,,450,1,1\n"
        "X,,,45,1,1\n"
        "X,g,,45,1,1,1,1\n"
        "X,h,1990-06-15,,NaN,1e5\n"
        "X,i,2019-06-15,,1,1\n"
        "X,j,,45,-1,1\n"
        "X,k,,45,1,1\n",
    )
    (block,) = read(path, plan="X")
    assert {(one.line, one.reason) for one in block.rejected} == {
        (2, "birth_date: not a date YYYY-MM-DD"),
        (3, "salary: not a plain number"),
        (4, "line: 3 columns where the header has 6"),
        (7, "participant: the id occurs before"),
        (8, "age: outside 0 and 130"),
        (9, "participant: missing"),
        (10, "line: 8 columns where the header has 6"),
        (11, "salary: not a plain number"),
        (12, "birth_date: after the date of the evaluation"),
        (13, "salary: outside 0 and 1e+09"),
    }
    assert block.people.id.tolist() == ["d", "k"]
    assert block.lines.tolist() == [5.0, 14.0]
    assert block.other_plans == 1


def test_a_missing_number_is_missing_and_not_zero(tmp_path):
    (block,) = read(csv_file(tmp_path, "participant,age,salary\na,44,\n"))
    assert np.isnan(block.people.salary[0])
    assert block.people.retirement_age[0] == 65.0


def test_a_birth_date_gives_the_age_in_years_with_a_fraction(tmp_path):
    (block,) = read(csv_file(tmp_path, "participant,birth_date\na,1968-01-01\nb,1967-07-02\n"))
    assert block.people.age == pytest.approx([50.0, 50.5], abs=0.003)


def test_a_percent_where_a_fraction_is_meant_refuses_the_row(tmp_path):
    (block,) = read(csv_file(tmp_path, "participant,age,ideal_equity,deferral_rate\na,44,80,\nb,44,,6\n"))
    reasons = [one.reason for one in block.rejected]
    assert reasons == ["ideal_equity: outside 0 and 1", "deferral_rate: outside 0 and 1"]


def test_blank_ideal_weights_are_zero_where_a_row_has_some_and_absent_where_it_has_none(tmp_path):
    (block,) = read(csv_file(tmp_path, "participant,age,US_LG,CASH\na,44,0.6,0.4\nb,44,1,\nc,44,,\n"))
    assert block.people.ideal_weights[1, CODES.index("CASH")] == 0.0
    assert block.people.ideal_weights[0].sum() == pytest.approx(1.0)
    assert np.isnan(block.people.ideal_weights[2]).all()


@pytest.mark.parametrize("rows", [1, 7, 100])
def test_blocks_have_a_fixed_number_of_rows_and_lose_none(tmp_path, rows):
    lines = "".join(f"p{number},{20 + number % 50}\n" for number in range(100))
    blocks = read(csv_file(tmp_path, "participant,age\n" + lines), block_rows=rows)
    assert [len(block.people) for block in blocks] == [rows] * (100 // rows) + ([100 % rows] if 100 % rows else [])
    assert [str(one) for block in blocks for one in block.people.id] == [f"p{number}" for number in range(100)]
    assert [block.number for block in blocks] == list(range(len(blocks)))


def test_an_id_is_found_again_across_blocks(tmp_path):
    lines = "".join(f"p{number % 60},40\n" for number in range(100))
    blocks = read(csv_file(tmp_path, "participant,age\n" + lines), block_rows=9)
    assert sum(len(block.rejected) for block in blocks) == 40
    assert all(one.reason == "participant: the id occurs before" for block in blocks for one in block.rejected)


def test_parquet_and_csv_say_the_same(tmp_path):
    path = csv_file(tmp_path, "participant,age,balance,birth_date\na,44,1000,\nb,,5,1968-01-01\nc,200,1,\nd,,,\n")
    other = tmp_path / "participants.parquet"
    pyarrow.parquet.write_table(
        pa.table(
            {
                "participant": ["a", "b", "c", "d"],
                "age": pa.array([44, None, 200, None], pa.int32()),
                "balance": [1000.0, 5.0, 1.0, None],
                "birth_date": pa.array([None, date(1968, 1, 1), None, None], pa.date32()),
            }
        ),
        other,
    )
    (one,), (two,) = read(path), read(other)
    assert one.people.id.tolist() == two.people.id.tolist()
    assert np.array_equal(one.people.age, two.people.age, equal_nan=True)
    assert [r.reason for r in one.rejected] == [r.reason for r in two.rejected]
    assert row_count(other) == 4
    assert row_count(path) is None


def test_headers_that_cannot_be_read_are_refused(tmp_path):
    with pytest.raises(InvalidInput, match=r"unknown columns \['wage'\]"):
        read(csv_file(tmp_path, "participant,age,wage\n"))
    with pytest.raises(InvalidInput, match=r"repeated \['age'\]"):
        read(csv_file(tmp_path, "participant,age,age\n"))
    with pytest.raises(InvalidInput, match="needs participant, and birth_date or age"):
        read(csv_file(tmp_path, "participant,salary\n"))
    with pytest.raises(InvalidInput, match="cannot be read"):
        read(tmp_path / "absent.csv")


def test_an_empty_file_has_no_blocks(tmp_path):
    assert read(csv_file(tmp_path, "participant,age\n")) == []
    (block,) = read(csv_file(tmp_path, "participant,age\na\n"))
    assert block.rejected[0].reason == "line: 1 columns where the header has 2"
