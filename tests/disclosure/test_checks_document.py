from dataclasses import replace

import pytest

from modelx.disclosure.checks_document import (
    DocumentTraits,
    check_accessible,
    check_address,
    check_all_options,
    check_class,
    check_contact,
    check_footnotes,
    check_kind_of_return,
    check_lineage,
    check_names,
    check_page_items,
    check_stated,
    check_wording,
)
from modelx.disclosure.codes import CODES
from modelx.disclosure.option import Contact, Footnote, Lineage
from modelx.disclosure.wording import FEE_EXAMPLE_ADDRESS, HOUSE_APPROVALS, HOUSE_WORDING
from modelx.domain.finding import Finding
from tests.disclosure.examples import DATED, fixed_option, option, plan
from tests.disclosure.worked import d

GROW, STABLE = option(), fixed_option()


def codes(findings: tuple[Finding, ...]) -> list[str]:
    return [one.code for one in findings]


def test_dia_001_names_are_there_and_unique_whatever_their_case() -> None:
    profiles = [one.profile for one in plan().options]
    assert check_names("ACME", profiles) == ()
    assert codes(check_names("ACME", [replace(profiles[0], name=" ", category="")])) == ["DIA-001"]
    twin = replace(profiles[1], name="northfield  GROWTH model")
    (found,) = check_names("ACME", [profiles[0], twin])
    assert "ACME/GROW/A and ACME/BAL/A are both named" in found.message


def test_dia_030_none_must_be_said() -> None:
    assert check_stated(GROW.profile) == ()
    empty = replace(GROW.profile, shareholder_fees=None, restrictions=None)
    assert codes(check_stated(empty)) == ["DIA-030", "DIA-030"]
    assert 'explicitly "None"' in check_stated(empty)[0].message


def test_dia_031_the_figures_are_those_of_the_plans_class() -> None:
    assert check_class("ACME", "ACME/GROW/B", "ACME/GROW/B") == ()
    (found,) = check_class("ACME", "ACME/GROW/B", "ACME/GROW/A")
    assert "in force is ACME/GROW/B, the figures are of ACME/GROW/A" in found.message


def test_dia_032_a_change_within_the_period_needs_its_footnote() -> None:
    changes = [Footnote(d("2021-07-01"), "mix"), Footnote(d("2014-01-01"), "before the period")]
    span = (d("2015-12-31"), d("2025-12-31"))
    assert check_footnotes("A", changes, GROW.footnotes, *span) == ()
    (found,) = check_footnotes("A", changes, (), *span)
    assert "July 1, 2021: mix" in found.message


def test_dia_040_approved_words_and_the_labor_departments_example() -> None:
    assert check_wording("ACME", HOUSE_WORDING, HOUSE_APPROVALS, FEE_EXAMPLE_ADDRESS, DATED) == ()
    found = check_wording("ACME", HOUSE_WORDING[1:], HOUSE_APPROVALS, "https://example.com", DATED)
    assert codes(found) == ["DIA-040", "DIA-040"]
    assert "R1 is missing" in found[0].message
    assert "not at https dol.gov" in found[1].message


OWN = GROW.profile.web_address


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("", "no web address"),
        ("http://notices.example.com/acme/grow/", "not https"),
        ("https://notices.example.com", "home page"),
        ("https://notices.example.com/", "home page"),
        ("https://notices.example.com/acme/balanced/", "not the option's own"),
    ],
)
def test_dia_041_the_address_is_the_options_own_page(address: str, words: str) -> None:
    found = check_address(replace(GROW.profile, web_address=address), OWN)
    assert any(words in one.message for one in found)


def test_dia_041_one_page_may_not_serve_two_options() -> None:
    assert check_address(GROW.profile, OWN, ["https://notices.example.com/acme/balanced/"]) == ()
    assert codes(check_address(GROW.profile, "", [OWN])) == ["DIA-041"]


def test_dia_041_the_page_carries_items_a_to_f() -> None:
    assert check_page_items(GROW) == ()
    assert check_page_items(STABLE) == ()  # a fixed return owes A and B
    bare = replace(
        GROW,
        profile=replace(GROW.profile, issuer="", objective=" ", risks="", shareholder_fees=None),
        turnover=None,
        returns=None,
    )
    items = [one.message.split("lacks item ")[1][0] for one in check_page_items(bare)]
    assert items == ["A", "B", "C", "E", "F"]  # D is always there; a missing figure is DIA-070


def test_dia_043_somebody_to_ask_and_a_date() -> None:
    assert check_contact("ACME", plan().contact, DATED) == ()
    (found,) = check_contact("ACME", Contact("", "x", " "), None)
    assert "the contact's name, the contact's phone, the document's date missing" in found.message


def test_dia_044_every_option_is_on_the_chart_and_no_empty_one() -> None:
    offered = [one.profile.key for one in plan().options]
    assert check_all_options(plan(), offered, offered) == ()
    closed_but_held = check_all_options(plan(), offered[1:], offered)
    assert closed_but_held == ()
    (gone,) = check_all_options(plan(), offered[1:], offered[1:])
    assert "ACME/GROW/A is on the chart, not offered and held by nobody" in gone.message
    (absent,) = check_all_options(plan(), [*offered, "NEW"], offered)
    assert "NEW is not on the chart" in absent.message


def test_dia_053_a_later_version_of_any_input_flags_the_document() -> None:
    used = (Lineage("unit_value", "ACME/GROW 2025-12-31", "aa"), Lineage("price", "BONDX 2025-12-31", "bb"))
    latest = {(item.kind, item.key): item.sha256 for item in used}
    assert check_lineage("ACME chart 1", used, latest) == ()
    latest["price", "BONDX 2025-12-31"] = "cc"
    (found,) = check_lineage("ACME chart 1", used, latest)
    assert "price BONDX 2025-12-31 has a later version" in found.message
    assert len(check_lineage("ACME chart 1", used, {})) == 2


def test_dia_060_fixed_and_variable_returns_do_not_mix() -> None:
    assert check_kind_of_return(GROW) == check_kind_of_return(STABLE) == ()
    mixed = replace(STABLE, returns=GROW.returns, measured=GROW.measured, fixed=None)
    assert codes(check_kind_of_return(mixed)) == ["DIA-060"] * 3
    wrong = replace(GROW, fixed=STABLE.fixed, returns=None)
    assert codes(check_kind_of_return(wrong)) == ["DIA-060"] * 2


def test_dia_080_a_document_can_be_read_by_everybody() -> None:
    assert check_accessible("x.pdf", DocumentTraits(True, "Notice", "en-US", 3, 3, 3)) == ()
    found = check_accessible("x.pdf", DocumentTraits(False, "", "", 3, 2, 1))
    assert len(found) == 5
    assert "1 of 3 charts have no text" in found[3].message


def test_every_code_of_the_specification_is_listed_with_a_remedy() -> None:
    numbers = [1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 15, *range(20, 27), 30, 31, 32, *range(40, 45),
               50, 51, 52, 53, 60, 70, 80]  # fmt: skip
    expected = [f"DIA-{number:03d}" for number in numbers] + [f"QDIA-{number}" for number in range(1, 14)]
    assert list(CODES) == expected
    assert all(code.meaning and code.remedy.endswith(".") for code in CODES.values())
