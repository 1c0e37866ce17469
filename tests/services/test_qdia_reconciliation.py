"""The reproduction of the paper: what agrees, what does not, and that every difference has its reason."""

from pathlib import Path

import pytest

from modelx.domain.errors import InvalidInput
from modelx.evaluator.shipped import default_detail_map, default_markets
from modelx.files.paper_facts import read_capital_markets, read_paper_facts, read_planning
from modelx.services.qdia_reconciliation import Line, reconcile

PAPER = Path(__file__).resolve().parents[2] / "fixtures" / "paper"


@pytest.fixture(scope="module")
def lines() -> list[Line]:
    return reconcile(read_paper_facts(PAPER), default_detail_map(), default_markets())


def test_every_exhibit_that_has_numbers_is_reconciled(lines):
    found = list(dict.fromkeys(line.exhibit for line in lines))
    assert found == ["1", "2", "3", "5", "7", "8", "9", "11", "12", "13", "14", "15"]


def test_every_difference_and_every_number_without_a_paper_value_has_a_reason(lines):
    assert all(line.reason for line in lines if not line.agrees)


@pytest.mark.parametrize("exhibit", ["1", "2", "12", "14", "15"])
def test_exhibits_that_reproduce_in_full(lines, exhibit):
    assert all(line.agrees for line in lines if line.exhibit == exhibit and line.paper is not None)


def test_exhibit_7_reproduces_but_for_the_last_digit_of_one_variance(lines):
    assert [line.item for line in lines if line.exhibit == "7" and not line.agrees] == ["A 2040: variance"]


def test_exhibit_8_totals_reproduce_and_the_split_only_with_the_strict_fit(lines):
    eight = [line for line in lines if line.exhibit == "8"]
    assert all(line.agrees for line in eight if "total" in line.item and "shipped" not in line.item)
    assert all(line.agrees for line in eight if "strict" in line.item)
    assert not all(line.agrees for line in eight if "plausible" in line.item)
    assert max(abs(line.difference or 0) for line in eight if "shipped" in line.item) < 2.8


def test_family_ds_thirty_five_is_not_reproduced_and_its_conjecture_is_shown(lines):
    three = {line.item: line for line in lines if line.exhibit == "3"}
    assert not three["D: risk level utility loss, bp"].agrees
    assert three["D: total loss if P7 is in vintage 2035, bp"].agrees


def test_a_missing_folder_or_file_is_refused_with_its_name(tmp_path):
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_paper_facts(tmp_path)
    with pytest.raises(InvalidInput, match="nowhere"):
        read_capital_markets(tmp_path / "nowhere.csv")
    with pytest.raises(InvalidInput, match="planning schedule"):
        read_planning(tmp_path / "nowhere.csv")
