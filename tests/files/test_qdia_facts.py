"""Facts of eligibility from a file, and what the checks make of them."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from modelx.disclosure.default_option import ManagedBy, Outcome
from modelx.disclosure.rulebook import HOUSE_RULES
from modelx.domain.errors import InvalidInput
from modelx.files.qdia_facts import COLUMNS, read_facts
from modelx.services.qdia_eligibility import eligibility_of
from tests.services.qdia_case import inputs

GOOD = {
    "option": "D", "managed_by": "investment_manager", "largest_fund": "Fund 6", "largest_weight": "0.27",
    "funds": "12",
    "employer_securities": "N", "employer_exception": "", "transfer_months": "0", "others_transfer_months": "0",
    "exit_fees": "", "barriers_later": "", "first_investment": "2018-02-15", "first_notice": "2018-01-10",
    "withdrawal_permitted": "N", "plan_year_start": "2018-01-01", "yearly_notice": "2017-11-30",
    "notice_items": "when; what; leave; others", "materials_passed": "Y", "chance_to_direct": "Y", "broad_range": "Y",
    "automatic_enrollment_law": "N", "unitized": "Y",
}  # fmt: skip


def file_of(tmp_path: Path, *rows: dict[str, str]) -> Path:
    path = tmp_path / "qdia_facts.csv"
    lines = [",".join(COLUMNS), *(",".join(row[name] for name in COLUMNS) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def checks(path: Path):
    given = inputs()
    found = eligibility_of(given.options, given.markets, date(2018, 1, 1), HOUSE_RULES, read_facts(path))
    return {one.option: one for one in found}


def test_facts_are_read_as_written(tmp_path):
    facts = read_facts(file_of(tmp_path, GOOD))["D"]
    assert facts.managed_by is ManagedBy.INVESTMENT_MANAGER
    assert facts.largest_fund == ("Fund 6", 2700)
    assert facts.first_notice == date(2018, 1, 10)


def test_the_kind_of_an_evaluated_option_is_known_whatever_was_stated(tmp_path):
    given = inputs()
    facts = replace(read_facts(file_of(tmp_path, GOOD))["D"], not_stated=frozenset({"kind", "managed_by"}))
    found = eligibility_of(given.options, given.markets, date(2018, 1, 1), HOUSE_RULES, {"D": facts})
    (judged,) = (one for one in found if one.option == "D")
    assert {check.number for check in judged.checks if check.reason.startswith("not stated")} == {5}


def test_a_registered_fund_may_manage_itself_and_no_unitized_model(tmp_path):
    fund = {**GOOD, "managed_by": "registered_fund"}
    outcomes = [
        checks(file_of(tmp_path, {**fund, "unitized": unitized}))["D"].checks[4].outcome for unitized in ("Y", "N")
    ]
    assert outcomes == [Outcome.FAIL, Outcome.PASS]


def test_the_last_column_may_be_absent_and_means_a_model(tmp_path):
    path = file_of(tmp_path, GOOD)
    path.write_text("\n".join(line.rsplit(",", 1)[0] for line in path.read_text().splitlines()) + "\n")
    assert read_facts(path)["D"].unitized


def test_given_facts_answer_what_is_human_without_them(tmp_path):
    found = checks(file_of(tmp_path, GOOD))
    outcomes = {check.number: check.outcome for check in found["D"].checks}
    assert outcomes[5] is Outcome.PASS
    assert outcomes[3] is Outcome.HUMAN
    assert found["A"].checks[4].outcome is Outcome.HUMAN


@pytest.mark.parametrize(
    ("changed", "number"),
    [
        ({"managed_by": "directed_trustee"}, 5),
        ({"employer_securities": "Y"}, 6),
        ({"transfer_months": "6"}, 7),
        ({"exit_fees": "2 % within 60 days"}, 8),
        ({"barriers_later": "a form of their own"}, 9),
        ({"first_notice": ""}, 10),
        ({"notice_items": "when; what"}, 11),
        ({"broad_range": "N"}, 12),
    ],
)
def test_a_bad_fact_fails_its_check(tmp_path, changed, number):
    failed = [check.number for check in checks(file_of(tmp_path, {**GOOD, **changed}))["D"].failed]
    assert number in failed


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"managed_by": "nobody"}, "managed_by 'nobody' is none of"),
        ({"employer_securities": "no"}, "must be Y or N"),
        ({"plan_year_start": "1.1.2018"}, "is not a date"),
        ({"largest_weight": "27"}, "outside 0 and 1"),
        ({"funds": "many"}, "is not a number"),
        ({"notice_items": "when; why"}, "are none of when"),
    ],
)
def test_a_fact_that_cannot_be_read_is_refused_by_line_and_column(tmp_path, changed, reason):
    with pytest.raises(InvalidInput, match=f":2: .*{reason}"):
        read_facts(file_of(tmp_path, {**GOOD, **changed}))


def test_an_option_twice_another_header_or_a_short_line_is_refused(tmp_path):
    with pytest.raises(InvalidInput, match="occurs twice"):
        read_facts(file_of(tmp_path, GOOD, GOOD))
    (tmp_path / "f.csv").write_text("option,managed_by\n")
    with pytest.raises(InvalidInput, match="the columns must be"):
        read_facts(tmp_path / "f.csv")
    (tmp_path / "f.csv").write_text(",".join(COLUMNS) + "\nD\n")
    with pytest.raises(InvalidInput, match="not as many columns"):
        read_facts(tmp_path / "f.csv")
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_facts(tmp_path / "nowhere.csv")
