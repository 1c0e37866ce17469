"""What is owed on a day, from the book and the published pages: late papers by codes, changes found in the rows."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from modelx.disclosure.document import Document
from modelx.disclosure.duties import Duty
from modelx.domain.errors import NotFound
from modelx.services.disclosure_calendar import Due, due_on
from modelx.services.disclosure_notices import draft_plans, publish_plan, review_plan
from tests.services.disclosure_books import BASE, ON, demo_quarter, load_rows

FEES = "plan,model,payee,kind,rate,tiers,start,end,paid_from\n"
OVERRIDES = "plan,model,kind,ticker,to_ticker,weight,exclude_to,start,end,on_expiry,reason\n"
TARGETS = "model,effective_date,ticker,weight\n"


@pytest.fixture
def book(tmp_path: Path) -> Engine:
    return demo_quarter(tmp_path)


def published(engine: Engine, plan: str, on: date = ON) -> None:
    def render(document: Document, place: str) -> list[tuple[str, bytes]]:
        return [("notice.txt", place.encode())]

    (bundle,) = draft_plans(engine, [plan], on, BASE, "Ana", 1)
    review_plan(engine, plan, bundle.sha256, "Bea", 2)
    publish_plan(engine, plan, bundle.sha256, "Carl", 3, render)


def about(due: Due, option: str) -> list[Duty]:
    return [duty for duty in due.duties if duty.about == option and duty.paper != "default option notice"]


def codes(due: Due) -> list[tuple[str, str]]:
    return sorted({(one.code, one.level.value) for one in due.findings})


def test_an_option_without_a_page_and_a_plan_without_a_notice_are_late_from_their_first_day(book: Engine) -> None:
    due = due_on(book, ON, "SABLECREEK")
    (page,) = about(due, "SABLECREEK/NMTD35")
    assert (page.paper, page.due, page.state.value) == ("web refresh", date(2026, 12, 2), "late")
    assert codes(due) == [("DIA-042", "BLOCK"), ("DIA-050", "BLOCK"), ("QDIA-10", "BLOCK")]


def test_a_published_page_is_in_order_until_thirty_days_after_the_next_quarter(book: Engine) -> None:
    published(book, "SABLECREEK")
    for on, code in ((date(2027, 4, 30), False), (date(2027, 5, 1), True)):
        due = due_on(book, on, "SABLECREEK")
        assert any(one.code == "DIA-042" for one in due.findings) is code
    (page,) = [duty for duty in about(due, "SABLECREEK/NMTD35/A") if duty.paper == "web refresh"]
    assert page.due == date(2027, 4, 30)
    assert about(due, "SABLECREEK/NMTD35") == []


def test_a_late_statement_and_an_unannounced_change_have_their_codes(book: Engine) -> None:
    late = due_on(book, date(2027, 2, 14), "HALVORSEN")
    assert ("DIA-051", "BLOCK") in codes(late)  # STABLE's restriction of 15 March: the window closed on the 13th
    assert ("DIA-052", "BLOCK") not in codes(late)
    assert ("DIA-052", "BLOCK") in codes(due_on(book, date(2027, 3, 1), "HALVORSEN"))


def test_a_figure_that_moved_under_a_published_notice_is_due_as_dia_053(book: Engine, tmp_path: Path) -> None:
    published(book, "SABLECREEK")
    assert not any(one.code == "DIA-053" for one in due_on(book, ON, "SABLECREEK").findings)
    load_rows(book, tmp_path / "price", prices="date,ticker,price\n2026-12-31,HZQTX,121.90\n")
    found = [one for one in due_on(book, ON).findings if one.code == "DIA-053"]
    assert {one.message.split(":")[0] for one in found} == {"sablecreek edition 1", "sablecreek/nmtd35-a edition 1"}
    assert "Draft again and supersede the document." in found[0].message


def test_a_night_after_the_publication_flags_nothing(book: Engine) -> None:
    """The page of 20 November shows 30 September; the year went on without a word of it being another."""
    published(book, "HALVORSEN", date(2026, 11, 20))
    assert not any(one.code == "DIA-053" for one in due_on(book, ON, "HALVORSEN").findings)


def test_a_change_inside_a_model_is_listed_with_why_nobody_is_told(book: Engine, tmp_path: Path) -> None:
    moved = TARGETS + "CDLMOD,2027-01-20,SZQB,0.5\nCDLMOD,2027-01-20,SZQT,0.48\nCDLMOD,2027-01-20,CASH,0.02\n"
    load_rows(book, tmp_path / "targets", targets=moved)
    due = due_on(book, ON, "HALVORSEN")
    mine = [duty for duty in about(due, "HALVORSEN/CDLMOD") if duty.paper == "no participant notice"]
    assert [duty.to for duty in mine] == ["nobody"] * len(mine)
    assert any("a model swaps one fund for another (SZQD out" in duty.why for duty in mine)
    assert any("the fund inside is not itself an option of the plan" in duty.why for duty in mine)


def test_weights_that_move_alone_say_by_how_much(book: Engine, tmp_path: Path) -> None:
    rows = TARGETS + "".join(
        f"THGLEQ,{day},{ticker},{weight}\n"
        for day, weights in (("2027-01-20", ("0.6", "0.4")), ("2027-01-21", ("0.55", "0.45")))
        for ticker, weight in zip(("SZQT", "SZQD"), weights, strict=True)
    )
    load_rows(book, tmp_path / "targets", targets=rows)
    due = due_on(book, ON, "JUNIPERST")
    words = [duty.why for duty in about(due, "JUNIPERST/THGLEQ") if "January 21" in duty.why]
    assert len(words) == 1
    assert words[0].startswith(
        "a model's target weights change (most in SZQT, by -5.00 points), effective January 21, 2027: "
    )


def test_a_fee_row_inside_the_unit_value_needs_no_notice_and_one_of_accounts_does(book: Engine, tmp_path: Path) -> None:
    rows = "SABLECREEK,NMTD35,NEWADV,ADVISOR,0.002,,2027-03-01,,unit_value\n"
    rows += "SABLECREEK,,KEEPER2,OTHER,0.001,,2027-03-15,,account\n"
    load_rows(book, tmp_path / "fees", fees=FEES + rows)
    due = due_on(book, ON, "SABLECREEK")
    (inside,) = about(due, "SABLECREEK/NMTD35")[-1:]
    assert "operating expenses of a kept option change (NEWADV 0.20 %), effective March 1, 2027" in inside.why
    (outside,) = about(due, "SABLECREEK")
    assert (outside.paper, outside.opens, outside.due) == ("change notice", date(2026, 12, 15), date(2027, 2, 13))
    announced = "plan,option,kind,effective,sent,unforeseeable\n"
    announced += "SABLECREEK,Record keeping,ADMINISTRATIVE_FEE,2027-03-15,2027-01-04,\n"
    load_rows(book, tmp_path / "told", line_up_changes=announced)
    due = due_on(book, ON, "SABLECREEK")
    assert about(due, "SABLECREEK") == []
    (told,) = about(due, "Record keeping")
    assert told.state.value == "done"


def test_an_override_is_listed_as_a_class_of_its_own(book: Engine) -> None:
    """LINDQVIST held money market in AFINCM through 30 November 2026."""
    why = [duty.why for duty in about(due_on(book, ON, "LINDQVIST"), "LINDQVIST/AFINCM")]
    assert any("an override changes what this plan's class of a model holds" in one for one in why)
    assert any("ends), effective December 1, 2026" in one for one in why)


def test_an_unknown_plan_is_refused(book: Engine) -> None:
    with pytest.raises(NotFound, match="NOBODY"):
        due_on(book, ON, "NOBODY")


def test_a_plan_that_begins_next_month_owes_its_first_notice_by_then(book: Engine) -> None:
    (annual,) = [
        duty for duty in due_on(book, date(2026, 11, 20), "SABLECREEK").duties if duty.paper == "annual notice"
    ]
    assert (annual.due, annual.state.value) == (date(2026, 12, 2), "due")
