import json
from dataclasses import replace

import pytest

from modelx.disclosure.chart_document import chart_document
from modelx.disclosure.default_document import DefaultTerms, default_document
from modelx.disclosure.document import (
    Document,
    Facts,
    Table,
    Words,
    canonical_json,
    charts,
    content_hash,
    paragraphs,
    tables,
)
from modelx.disclosure.document_rows import changes, flat_rows
from modelx.disclosure.expenses import Basis
from modelx.disclosure.figures import Figure
from modelx.disclosure.option import AccountFee, Measured
from modelx.disclosure.page_document import page_document
from modelx.disclosure.wording import REQUIRED_KEYS
from modelx.domain.plain_value import plain_value
from tests.disclosure.examples import STOCKS, fixed_option, option, plan

PLAN = plan()
CHART = chart_document(PLAN, "https://notices.example.com/acme/")
PAGE = page_document(PLAN, PLAN.options[0])


def table(document: Document, key: str) -> Table:
    return next(one for one in tables(document) if one.key == key)


def texts(found: Table, row: int) -> list[str]:
    rows = [row for group in found.groups for row in group.rows]
    return [cell.text for cell in rows[row].cells]


def test_the_chart_has_every_option_beside_its_benchmark() -> None:
    found = table(CHART, "table_1")
    assert [column.label for column in found.columns] == [
        "1 year", "5 years", "10 years", "Since inception", "Index",
        "1 year", "5 years", "10 years", "Since inception",
    ]  # fmt: skip
    names = [row.head.text for group in found.groups for row in group.rows]
    assert names == ["Northfield Growth Model", "Northfield Balanced Model", "Northfield Conservative Model"]
    assert texts(found, 0)[4] == "Global All-Stock Index"
    assert all(text.endswith("%") for text in texts(found, 0)[:4])


def test_a_young_option_says_na_and_its_life_is_marked() -> None:
    row = table(CHART, "table_1").groups[0].rows[2]
    assert [cell.text for cell in row.cells][:3] == ["N/A", "N/A", "N/A"]
    life = row.cells[3]
    assert isinstance(life, Figure)
    assert life.note == "not annualized"
    assert "Inception May 1, 2025" in row.head.below
    assert isinstance(row.cells[8], Figure)
    assert row.cells[8].note == "not annualized"


def test_an_option_that_began_after_the_as_of_date_says_so_without_a_number() -> None:
    one = option()
    assert one.returns is not None
    unborn = replace(
        one.returns, inception=PLAN.document_date, bps=(None,) * 4, spans=(None,) * 4, life_annualized=False
    )
    facts = replace(one, inception=PLAN.document_date, returns=unborn, measured=Measured(STOCKS, unborn))
    row = table(chart_document(replace(PLAN, options=(facts,)), "x"), "table_1").groups[0].rows[0]
    assert [cell.text for cell in row.cells[:4]] == ["N/A"] * 4
    assert "Began November 20, 2026; no returns yet" in row.head.below


def test_fixed_options_have_their_own_tables_and_no_returns() -> None:
    assert texts(table(CHART, "table_2"), 0)[0] == "2.75%"
    assert "may change. It will not fall below 1.00%" in texts(table(CHART, "table_2"), 0)[2]
    fee = table(CHART, "table_4").groups[0].rows[0].cells[0]
    assert isinstance(fee, Words)
    assert fee.text == "Early withdrawal charge: 1.00%, on money moved within a year"
    assert fee.below == ("Restriction: Money moved out may not go to a competing option for 90 days.",)
    without = chart_document(replace(PLAN, options=PLAN.options[:3]), "x")
    assert {one.key for one in tables(without)} == {"table_1", "table_3", "table_5"}


def test_fees_are_a_percent_and_dollars_with_their_footnotes() -> None:
    found = table(CHART, "table_3")
    assert texts(found, 0) == ["0.75%", "$7.50", "None"]
    assert [note.text for note in found.notes] == [
        "At today's rates the expenses would be 0.80% a year.",
        "After waivers through April 30, 2027 the expenses were 0.67%, or $6.70 per $1,000.",
    ]
    assert found.groups[0].rows[0].head.marks == ("1", "2")


def test_an_estimate_is_labelled_wherever_it_stands() -> None:
    one = PLAN.options[0]
    assert one.expenses is not None
    guess = replace(one, expenses=replace(one.expenses, basis=Basis.ESTIMATED, fiscal_year=None, current=None))
    cells = table(chart_document(replace(PLAN, options=(guess,)), "x"), "table_3").groups[0].rows[0].cells
    assert [cell.note for cell in cells if isinstance(cell, Figure)] == ["estimated", "estimated"]
    assert "estimated from contract rates" in table(page_document(PLAN, guess), "expenses").caption


def test_a_replaced_benchmark_and_a_blend_stand_in_footnotes_beside_the_new_one() -> None:
    one = PLAN.options[0]
    assert one.measured is not None
    old = Measured(replace(STOCKS, name="Old Index"), one.measured.returns)
    told = replace(
        one.measured, replaced=old, change_note="Since January 1, 2026 the benchmark is the Global All-Stock Index.",
        blend_name="70/30 blend", blend_returns=one.measured.returns,
    )  # fmt: skip
    found = table(chart_document(replace(PLAN, options=(replace(one, measured=told),)), "x"), "table_1")
    assert [note.text.split(":")[0].split(",")[0] for note in found.notes] == [
        "July 1", "Since January 1", "Former benchmark", "Beside the benchmark",
    ]  # fmt: skip
    assert found.groups[0].rows[0].cells[4].marks == ("2", "3", "4")  # type: ignore[union-attr]


@pytest.mark.parametrize("document", [CHART, PAGE], ids=["chart", "page"])
def test_every_required_statement_is_printed_with_the_hash_of_its_wording(document: Document) -> None:
    said = {one.statement: one.wording_sha256 for one in paragraphs(document) if one.statement}
    asked = REQUIRED_KEYS if document.kind == "chart" else ("R1", "R2", "R3", "R5", "R6", "R7", "R9")
    assert said.keys() >= set(asked)
    assert all(len(digest) == 64 for digest in said.values())
    assert not any("{" in one.text for one in paragraphs(document))


def test_account_fees_stand_in_the_plans_section_with_the_revenue_share_sentence() -> None:
    facts = replace(
        PLAN,
        account_fees=(AccountFee("Plan adviser", "Advice to the plan", "0.20% a year, taken each quarter"),),
        pays_from_operating_expenses=True,
    )
    document = chart_document(facts, "x")
    assert texts(table(document, "table_6"), 0) == ["Plan adviser", "0.20% a year, taken each quarter"]
    assert "R8" in {one.statement for one in paragraphs(document)}
    assert "No fee is charged to accounts outside the options." in {one.text for one in paragraphs(CHART)}


def test_the_page_has_items_a_to_f_and_a_table_beside_each_chart() -> None:
    assert [section.item for section in PAGE.sections if section.item] == ["A", "B", "C", "D", "E", "F"]
    assert [chart.key for chart in charts(PAGE)] == ["allocation", "growth", "calendar"]
    for chart in charts(PAGE):
        assert chart.alt.endswith(".")
        assert len(chart.points) == len(chart.series[0].figures)
        assert chart.table in set(tables(PAGE))
    growth = table(PAGE, "growth")
    assert [row.head.text for row in growth.groups[0].rows][:2] == ["Dec 31, 2015", "Dec 31, 2016"]
    assert texts(growth, 0) == ["$10,000", "$10,000"]


def test_a_part_year_is_marked_on_the_page() -> None:
    young = page_document(PLAN, PLAN.options[2])
    rows = table(young, "calendar").groups[0].rows
    assert [row.head.below for row in rows] == [("From May 1, 2025",)]
    assert [cell.note for cell in rows[0].cells if isinstance(cell, Figure)] == ["not annualized"] * 2


def test_figures_never_differ_between_chart_and_page() -> None:
    own = texts(table(PAGE, "returns"), 0)
    index = texts(table(PAGE, "returns"), 1)
    assert texts(table(CHART, "table_1"), 0) == [*own, "Global All-Stock Index", *index]
    assert texts(table(PAGE, "expenses"), -1)[1:] == texts(table(CHART, "table_3"), 0)[:2]


def test_the_same_facts_give_the_same_hash_and_any_other_letter_another() -> None:
    again = chart_document(plan(), "https://notices.example.com/acme/")
    assert content_hash(again) == content_hash(CHART)
    assert content_hash(replace(CHART, title="x")) != content_hash(CHART)
    assert json.loads(canonical_json(CHART)) == plain_value(CHART)
    with pytest.raises(TypeError, match="float"):
        plain_value((1.5,))


def test_the_difference_of_two_editions_is_told_in_words_and_numbers() -> None:
    one = PLAN.options[0]
    assert one.returns is not None
    moved = replace(one, returns=replace(one.returns, bps=(1, *one.returns.bps[1:])))
    after = chart_document(replace(PLAN, options=(moved, *PLAN.options[1:3])), CHART.address, version=2)
    found = changes(flat_rows(CHART), flat_rows(after))
    said = {(one.place, one.row, one.column): (one.before, one.after) for one in found}
    before = texts(table(CHART, "table_1"), 0)[0]
    assert said["table_1", "ACME/GROW/A", "return_1_year"] == (before, "0.01%")
    assert said["head", "version", ""] == ("1", "2")
    assert said["table_2", "STABLE", "rate"] == ("2.75%", "")
    assert changes(flat_rows(CHART), flat_rows(CHART)) == ()


def test_no_two_things_of_a_document_stand_at_one_place() -> None:
    for document in (CHART, PAGE):
        keys = [row.key for row in flat_rows(document)]
        assert len(set(keys)) == len(keys)


def test_the_default_notice_says_when_what_how_and_where() -> None:
    terms = DefaultTerms("If you do not choose.", "Move at any time.", "https://notices.example.com/acme/")
    document = default_document(PLAN, PLAN.options[1], terms, "https://notices.example.com/acme/default/")
    said = " ".join(one.text for one in paragraphs(document))
    for words in (
        "If you do not choose.",
        "Objective.",
        "Main risks.",
        "Move at any time.",
        "notices.example.com/acme/",
    ):
        assert words in said
    assert texts(table(document, "table_3"), 0)[:2] == texts(table(CHART, "table_3"), 1)[:2]


def test_a_fixed_return_has_a_page_without_returns() -> None:
    page = page_document(PLAN, fixed_option())
    assert "returns" not in {one.key for one in tables(page)}


def test_the_page_of_a_fixed_return_tells_its_rate_and_nothing_of_an_index_or_a_model() -> None:
    fixed = next(one for one in plan().options if one.fixed is not None)
    page = page_document(plan(), fixed)
    (rate,) = [table for table in tables(page) if table.key == "rate"]
    ((row,),) = [group.rows for group in rate.groups]
    assert [cell.text for cell in row.cells] == [
        "2.75%",
        "Through December 31, 2026",
        "The rate may change. It will not fall below 1.00%. Call 800-555-0134 or see the web address.",
    ]
    text = " ".join(one.text for one in paragraphs(page))
    assert "Guaranteed Income Account is not a bank deposit and is not insured by the FDIC." in text
    assert not any(words in text for words in ("yardstick", "Past performance", "model portfolio is not"))
    assert [section.item for section in page.sections if section.item] == ["A", "B", "C", "E", "F"]


def test_only_a_model_has_units_and_no_prospectus() -> None:
    model, fund = PLAN.options[0], replace(PLAN.options[0], profile=replace(PLAN.options[0].profile, unitized=False))
    for facts, label, told in ((model, "Issuer of the units", True), (fund, "Issuer", False)):
        page = page_document(PLAN, facts)
        roles = next(section for section in page.sections if section.item == "A").blocks[0]
        assert isinstance(roles, Facts)
        assert roles.items[0].label == label
        assert any("has no prospectus" in one.text for one in paragraphs(page)) is told
