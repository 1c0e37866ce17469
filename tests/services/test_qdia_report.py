"""The report's words and figures: the answer, what is hidden, what overrides what."""

from dataclasses import replace

import numpy as np
import pytest

from modelx.disclosure.default_option import Check, Outcome
from modelx.disclosure.rulebook import HOUSE_RULES
from modelx.evaluator.asset_classes import CODES
from modelx.evaluator.cohorts import CROSSED
from modelx.evaluator.cost_stack import AlphaBasis
from modelx.evaluator.option import OptionKind
from modelx.services.qdia_eligibility import Eligibility, eligibility_of
from modelx.services.qdia_evaluate import ParticipantBlock
from modelx.services.qdia_extras import pivot_of
from modelx.services.qdia_report import answer_sentence
from modelx.services.qdia_report_fit import shown_cohorts
from modelx.services.qdia_sample import Sample
from modelx.services.qdia_second_view import Part, SecondView
from modelx.services.qdia_view import Paragraph, Picture, Table, bp, count, percent, report_hash, tables, usd
from tests.evaluator.test_golden_numbers import planning
from tests.services.qdia_case import ON, analysed, generated, inputs, report_of, ten


@pytest.fixture(scope="module")
def report():
    return report_of(inputs(), generated())


def section(report, key):
    return next(one for one in report.sections if one.key == key)


def text_of(part) -> str:
    return " ".join(block.text for block in part.blocks if isinstance(block, Paragraph))


def test_the_answer_is_one_sentence_with_the_best_option_its_cost_and_its_lead():
    outcome, _ = analysed(inputs(), ten())
    sentence = answer_sentence(outcome, ())
    assert sentence == (
        "For these 10 participants the least costly default, fees and misfit together, is Family D: 18.2 basis points "
        "a year, 16.8 less than the next, Family A."
    )


def test_a_better_score_never_overrides_a_failed_check():
    outcome, _ = analysed(inputs(), ten())
    failed = Eligibility("D", (Check(5, Outcome.FAIL, "nobody answers for the mix", ""),))
    sentence = answer_sentence(outcome, (failed,))
    assert "Family D" in sentence
    assert sentence.endswith("may not stand as the default; the best that may is Family A.")


def test_planning_gains_are_named_in_the_answer_and_what_it_would_be_without_them():
    outcome, _ = analysed(inputs(planning=planning()), ten())
    sentence = answer_sentence(outcome, ())
    assert "is Managed accounts: \u221248.1" in sentence
    assert "without it the least costly is Family D, at 18.2." in sentence


def test_eligibility_without_facts_is_never_pass_but_where_it_was_computed():
    given = inputs()
    for one in eligibility_of(given.options, given.markets, ON, HOUSE_RULES, {}):
        assert {check.number for check in one.checks if check.outcome is Outcome.PASS} <= {1, 2, 4}
        assert len(one.checks) == 13


def test_a_series_whose_equity_rises_with_age_or_is_all_equity_fails():
    given = inputs()
    turned = replace(given.options[1], weights=given.options[1].weights[::-1])
    stocks = np.zeros((10, 19))
    stocks[:, CODES.index("US_LG")] = 1.0
    all_stocks = replace(given.options[2], weights=stocks)
    rising, all_equity = eligibility_of((turned, all_stocks), given.markets, ON, HOUSE_RULES, {})
    assert [check.number for check in rising.failed] == [4]
    assert [check.number for check in all_equity.failed] == [2]
    assert not rising.may_stand


def test_the_report_has_every_page_and_labels_every_assumption(report):
    keys = [one.key for one in report.sections]
    assert keys == [
        "answer", "costs", "spread", "fit", "cohorts", "stock", "sure", "what-if", "pivot", "custom", "eligibility",
        "assumptions", "people", "method",
    ]  # fmt: skip
    rows = next(table for table in tables(report) if table.key == "assumptions").rows
    assert {row.cells[1].text for row in rows} == {"data", "assumption", "choice"}
    assert any("horizon2017_blend" in row.cells[0].text for row in rows)


def rows_of(report, key):
    return {
        row.label: [cell.text for cell in row.cells]
        for table in tables(report)
        if table.key == key
        for row in table.rows
    }


def test_every_setting_of_the_proxy_is_printed_where_it_was_used(report):
    rows = rows_of(report, "assumptions")
    assert rows["Total wealth: equity in human capital"] == ["30.0%", "assumption"]
    assert rows["Total wealth: discount of salary, real"] == ["4.0%", "assumption"]
    assert rows["Total wealth: age most deaths fall on"][0] == "90 \u00b1 9.5 for women, 87 \u00b1 10.5 for men"
    supplied = rows_of(report_of(inputs(), ten()), "assumptions")
    assert not any(label.startswith("Total wealth") for label in supplied)


def test_planning_has_a_page_of_its_own_only_while_it_is_on(report):
    assert not any(one.key == "planning" for one in report.sections)
    made = report_of(inputs(planning=planning()), ten())
    assert "assumed, not measured" in text_of(section(made, "planning"))
    assert rows_of(made, "planning")["All services"] == ["", "77.5", "86.3", "95.0", "87.5", "58.8"]


def test_each_answer_of_eligibility_has_its_reason_and_the_options_it_is_about(report):
    (table,) = (one for one in tables(report) if one.key == "reasons")
    answered = [row for row in table.rows if row.label != "others"]
    assert {row.label for row in answered} >= {"Q1", "Q2", "Q4"}
    assert all(row.cells[1].text and row.cells[2].text for row in table.rows)
    untold = [row for row in table.rows if row.label == "others"]
    assert len(untold) == 5
    assert all(row.cells[0].text == "HUMAN" for row in untold)


def test_the_groups_served_worst_cross_age_salary_and_tenure(report):
    (table,) = (one for one in tables(report) if one.key == "worst")
    assert len(table.rows) == 10
    assert all(row.label.count(";") == 2 and "not known" not in row.label for row in table.rows)
    assert all((row.cells[0].number or 0) >= 5 for row in table.rows)


def test_crossed_groups_add_up_to_the_plan():
    outcome, _ = analysed(inputs(), generated(800))
    crossed, age = outcome.summary.cohorts[CROSSED], outcome.summary.cohorts["age"]
    assert crossed.count.sum() == age.count.sum() == 800
    assert crossed.total.sum(axis=1) == pytest.approx(outcome.summary.total)
    young = [place for place, label in enumerate(crossed.labels) if label.startswith("under 30")]
    assert crossed.total[:, young].sum(axis=1) == pytest.approx(age.total[:, 0])


def test_own_models_are_shown_by_holdings_and_by_returns_and_scored_by_holdings():
    given = inputs()
    series = given.options[1]
    assert series.weights is not None
    views = tuple(
        SecondView("A", int(year), weights[::-1].copy(), (Part("EQUITY", 0.9, 0.8, 0.7, 0.85),), 0.97, 60, "2017-12")
        for year, weights in zip(series.vintages, series.weights, strict=True)
    )
    plain, made = report_of(given, ten()), report_of(replace(given, second_views=views), ten())
    assert not any(one.key == "views" for one in plain.sections)
    assert rows_of(made, "two-views")["Family A 2010: equity"] == ["90.0%", "80.0%", "70.0%", "85.0%"]
    ((held, moved, _),) = rows_of(made, "two-losses").values()
    assert held == rows_of(made, "spread")["Mean"][1]
    assert held != moved
    assert rows_of(made, "stack") == rows_of(plain, "stack")


def test_every_picture_has_words_and_a_table(report):
    pictures = [block for one in report.sections for block in one.blocks if isinstance(block, Picture)]
    assert len(pictures) >= 6
    assert all(one.alt and one.table.rows for one in pictures)
    keys = [table.key for table in tables(report)]
    assert len(keys) == len(set(keys))


def test_the_costs_of_the_table_are_those_of_the_chart(report):
    picture = next(block for block in section(report, "answer").blocks if isinstance(block, Picture))
    drawn = [value["option"].split("|") for value in picture.spec["layer"][1]["data"]["values"]]
    assert drawn == [[row.label, row.cells[-1].text] for row in picture.table.rows]


def test_no_participant_is_named(report):
    from modelx.services.qdia_view import report_json

    assert "P0000-" not in report_json(report)


def test_a_plan_of_one_is_evaluated_without_showing_the_person():
    people = next(ten()).people.take(np.array([6]))
    made = report_of(inputs(), iter([ParticipantBlock(0, people, np.array([2.0]))]))
    assert "left out" in text_of(section(made, "spread"))
    assert not any(one.key in ("fit", "cohorts", "pivot", "custom") for one in made.sections)
    assert text_of(section(made, "answer")).startswith("For this one participant the least costly default")


def test_small_cohorts_are_hidden_and_never_alone():
    outcome, _ = analysed(inputs(), generated(400))
    cohorts = outcome.summary.cohorts["age"]
    counts = cohorts.count.astype(float)
    smallest = int(sorted(counts[counts > 0])[0]) + 1
    shown = shown_cohorts(cohorts, smallest)
    hidden = [place for place in range(len(counts)) if counts[place] and place not in shown]
    assert len(hidden) == 2


def test_the_same_plan_gives_the_same_report():
    assert report_hash(report_of(inputs(), ten())) == report_hash(report_of(inputs(), ten()))


def test_a_changed_fee_changes_the_report():
    given = inputs()
    dearer = tuple(
        replace(one, fees=replace(one.fees, overlay=one.fees.overlay + 30), alpha_basis=AlphaBasis.PRE_FEE)
        if one.id == "D"
        else one
        for one in given.options
    )
    before, after = report_of(given, ten()), report_of(replace(given, options=dearer), ten())
    assert "is Family D" in text_of(section(before, "answer"))
    assert "is Family A" in text_of(section(after, "answer"))


def test_without_a_managed_account_there_is_no_pivot_page():
    given = inputs()
    series = tuple(one for one in given.options if one.kind in (OptionKind.TARGET_DATE, OptionKind.CUSTOM))
    made = report_of(replace(given, options=series), ten())
    assert not any(one.key == "pivot" for one in made.sections)


def test_the_sample_is_the_same_however_the_file_is_cut():
    whole, parts = Sample(most=100), Sample(most=100)
    list(whole.passing(generated(600)))
    people = next(generated(600)).people
    cut = [people.take(np.arange(first, first + 150)) for first in range(0, 600, 150)]
    blocks = [ParticipantBlock(n, one, np.arange(150.0)) for n, one in enumerate(cut)]
    list(parts.passing(reversed(blocks)))
    assert sorted(whole.people.id.tolist()) == sorted(parts.people.id.tolist())
    assert not whole.is_everyone
    assert len(whole.people) == 100


@pytest.mark.parametrize(
    ("cell", "text", "number"),
    [
        (bp(0.04), "0.0", 0.0),
        (bp(-0.04), "0.0", 0.0),
        (bp(-1234.56), "\u22121,234.6", -1234.6),
        (bp(0.25), "0.3", 0.3),
        (percent(0.125), "13%", 13.0),
        (usd(-1234.5), "\u2212$1,235", -1235.0),
        (count(15425), "15,425", 15425.0),
        (bp(float("nan")), "n/a", None),
    ],
)
def test_a_cell_holds_exactly_the_number_it_prints(cell, text, number):
    assert cell.text == text
    assert cell.number == number


def test_the_cheapest_series_and_managed_account_make_the_hybrid():
    from modelx.evaluator.evaluation import evaluate_block

    given = inputs()
    people = next(ten()).people
    result = evaluate_block(
        people, given.engine.ideal(people), given.options, given.markets, given.settings, given.detail
    )
    pivot = pivot_of(given.options, result)
    assert (pivot.younger, pivot.older) == ("D", "MA")


def test_tables_are_rectangular(report):
    for table in tables(report):
        assert isinstance(table, Table)
        assert all(len(row.cells) == len(table.columns) for row in table.rows), table.key
