"""A plan's default by the book: thirteen answers with reasons, signatures bound to them, and its notice's life."""

from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import Engine

from modelx.disclosure.default_option import DefaultKind, Outcome
from modelx.disclosure.document import paragraphs
from modelx.disclosure.document_read import document_of
from modelx.disclosure.lifecycle import Standing
from modelx.domain.errors import Blocked, InvalidInput, NotFound, NotPermitted, StalePreview
from modelx.services.disclosure_calendar import due_on
from modelx.services.disclosure_default import DefaultStanding, eligibility_of_plan, stored_default_facts
from modelx.services.disclosure_editions import changes_waiting, list_editions
from modelx.services.disclosure_notices import Bundle, draft_plans, publish_plan, review_plan
from modelx.store import disclosure_records as records
from modelx.store.unit_of_work import reading
from tests.services.disclosure_books import BASE, ON, demo_quarter, load_rows

COLUMNS = (
    "plan", "option", "kind", "managed_by", "employer_securities", "employer_exception", "transfer_months",
    "others_transfer_months", "exit_fees", "barriers_later", "first_investment", "withdrawal_permitted",
    "materials_passed", "chance_to_direct", "broad_range", "automatic_enrollment", "applies_when", "how_to_leave",
    "options_address",
)  # fmt: skip
GOOD = {
    "plan": "HALVORSEN", "option": "NMTD35", "kind": "", "managed_by": "INVESTMENT_MANAGER",
    "employer_securities": "None", "employer_exception": "", "transfer_months": "0", "others_transfer_months": "0",
    "exit_fees": "None", "barriers_later": "None", "first_investment": "2024-05-01", "withdrawal_permitted": "N",
    "materials_passed": "Y", "chance_to_direct": "Y", "broad_range": "Y", "automatic_enrollment": "Y",
    "applies_when": "When you do not choose.", "how_to_leave": "Call.", "options_address": "",
}  # fmt: skip
SIGNATURE = "plan,option,check,sha256,signed_by,signed,note\n"
CONTACT = "plan,contact,address,phone,default_option,plan_year_start\n"


@pytest.fixture
def book(tmp_path: Path) -> Engine:
    return demo_quarter(tmp_path)


def facts_file(**changes: str) -> str:
    row = {**GOOD, **changes}
    return ",".join(COLUMNS) + "\n" + ",".join(row[name] for name in COLUMNS) + "\n"


def answer(standing: DefaultStanding, number: int) -> tuple[Outcome, str]:
    check = standing.checks[number - 1]
    assert check.number == number
    return check.outcome, check.reason


def drafted(engine: Engine, at: int = 1, plan: str = "HALVORSEN") -> Bundle:
    (bundle,) = draft_plans(engine, [plan], ON, BASE, "Ana", at, paper="default")
    return bundle


def released(engine: Engine, at: int = 1) -> Bundle:
    bundle = drafted(engine, at)
    review_plan(engine, "HALVORSEN", bundle.sha256, "Bea", at + 1)
    return publish_plan(engine, "HALVORSEN", bundle.sha256, "Carl", at + 2, lambda document, place: [])


def blocking(bundle: Bundle) -> set[str]:
    return {one.code for one in bundle.findings if one.level.value == "BLOCK"}


def test_a_good_default_passes_but_for_what_a_person_signed(book: Engine) -> None:
    standing = eligibility_of_plan(book, "HALVORSEN", ON)
    assert (standing.option, standing.is_default, standing.failed, standing.open) == ("NMTD35", True, (), ())
    outcomes = [check.outcome for check in standing.checks]
    assert outcomes == [Outcome.PASS] * 2 + [Outcome.HUMAN] + [Outcome.PASS] * 10
    assert standing.checks[2].reason.startswith("6 funds, the largest HZQTX at 38.00%")
    assert standing.answers[2].signed_by == "R. Halvorsen"
    assert answer(standing, 10) == (Outcome.PASS, "first 2024-03-28, yearly 2026-11-25")


def test_equity_by_age_runs_along_the_series_with_the_plans_own_vintage(book: Engine) -> None:
    """NMTD35 is 63% stocks, for somebody of 56 in 2026; NMTD55 94%, for one of 36 (65 in the vintage's year)."""
    on = date(2026, 12, 31)
    assert eligibility_of_plan(book, "HALVORSEN", on).facts.equity_by_age == ((36, 9_400), (56, 6_300))


def test_what_nobody_stated_is_for_a_person_and_never_a_pass(book: Engine) -> None:
    standing = eligibility_of_plan(book, "CORVANE", ON)
    stated_by_nobody = {5, 6, 7, 8, 9, 10, 12, 13}
    assert {check.number for check in standing.checks if check.reason.startswith("not stated")} == stated_by_nobody
    assert set(standing.open) == stated_by_nobody | {3}
    assert standing.failed == (11,)
    insured = eligibility_of_plan(book, "HALVORSEN", ON, "STABLE")
    assert not insured.is_default
    assert {1, 2, 4} <= set(insured.open)


@pytest.mark.parametrize(
    ("number", "changes", "expected", "words"),
    [
        (1, {"kind": "OTHER"}, Outcome.FAIL, "none of the five kinds"),
        (1, {"kind": "BALANCED"}, Outcome.HUMAN, "participants as a whole"),
        (1, {"kind": "CAPITAL_PRESERVATION"}, Outcome.FAIL, "only until 2024-08-29"),
        (5, {"managed_by": "REGISTERED_FUND"}, Outcome.FAIL, "not itself a registered investment company"),
        (6, {"employer_securities": "HZQTX; OTHER"}, Outcome.FAIL, "holds employer securities"),
        (6, {"employer_securities": "HZQTX", "employer_exception": "match"}, Outcome.PASS, "exception: match"),
        (6, {"employer_securities": "HALV"}, Outcome.PASS, "none"),
        (7, {"transfer_months": "6"}, Outcome.FAIL, "every 6 months"),
        (7, {"transfer_months": "3", "others_transfer_months": ""}, Outcome.HUMAN, "not stated: others_transfer"),
        (7, {"transfer_months": "6", "others_transfer_months": ""}, Outcome.FAIL, "every 6 months"),
        (8, {"exit_fees": "2% on leaving within 60 days"}, Outcome.FAIL, "2% on leaving within 60 days"),
        (9, {"barriers_later": "equity wash"}, Outcome.FAIL, "equity wash"),
        (10, {"first_investment": "2024-04-20"}, Outcome.FAIL, "due by 2024-03-21, sent 2024-03-28"),
        (10, {"first_investment": "2024-03-28", "withdrawal_permitted": "Y"}, Outcome.PASS, "first 2024-03-28"),
        (10, {"first_investment": "2026-12-28"}, Outcome.PASS, "first 2026-11-25, yearly 2026-11-25"),
        (10, {"first_investment": "2027-02-01"}, Outcome.PASS, "no plan year has begun since"),
        (11, {"applies_when": "", "how_to_leave": ""}, Outcome.FAIL, "when the default applies; the right to direct"),
        (12, {"broad_range": "N", "materials_passed": ""}, Outcome.FAIL, "no broad range"),
        (12, {"chance_to_direct": ""}, Outcome.HUMAN, "not stated: chance_to_direct"),
        (13, {"managed_by": "DIRECTED_TRUSTEE"}, Outcome.FAIL, "failed: Q5"),
        (13, {"managed_by": "DIRECTED_TRUSTEE", "automatic_enrollment": "N"}, Outcome.PASS, "not under section 414A"),
        (13, {"automatic_enrollment": ""}, Outcome.HUMAN, "not stated: automatic_enrollment"),
    ],
)
def test_each_stated_fact_has_its_answer(
    book: Engine, tmp_path: Path, number: int, changes: dict[str, str], expected: Outcome, words: str
) -> None:
    load_rows(book, tmp_path / "changed", default_options=facts_file(**changes))
    outcome, reason = answer(eligibility_of_plan(book, "HALVORSEN", ON), number)
    assert outcome is expected
    assert words in reason


def test_targets_of_stocks_alone_or_that_rise_with_age_fail(book: Engine, tmp_path: Path) -> None:
    rows = "model,effective_date,ticker,weight\nNMTD35,2026-12-30,HZQTX,0.98\nNMTD35,2026-12-30,HZQIX,0.02\n"
    load_rows(book, tmp_path / "stocks", targets=rows)
    standing = eligibility_of_plan(book, "HALVORSEN", ON)
    assert answer(standing, 2) == (Outcome.FAIL, "at age 57 it is 100.00% equity: no mix")
    assert answer(standing, 4) == (Outcome.FAIL, "equity rises to 100.00% at age 57, from 94.00% before")
    assert eligibility_of_plan(book, "HALVORSEN", date(2026, 12, 29)).failed == ()


def test_a_funds_redemption_fee_and_a_listed_fee_reach_the_first_ninety_days(book: Engine, tmp_path: Path) -> None:
    security = (
        "ticker,name,kind,asset_class,expense_ratio_pct,share_dp,price_dp,whole_shares,settle_lag,turnover_pct,status,"
        "redemption_fee_pct,holding_days\nHZQEX,Harrowgate Emerging,MF,EM_EQ,0.12,3,2,N,1,9,OPEN,2,60\n"
    )
    profile = (
        "plan,model,name,heading,category,issuer,web_address,shareholder_fees,restrictions,affiliates,closed\n"
        "HALVORSEN,NMTD35,,,,Ironvale Trust Company,,Exchange fee|on each exchange|$5.00,None,,N\n"
    )
    load_rows(book, tmp_path / "listed", dia_profiles=profile)
    outcome, reason = answer(eligibility_of_plan(book, "HALVORSEN", ON), 8)
    assert outcome is Outcome.HUMAN
    assert reason.startswith("its page lists Exchange fee: $5.00, on each exchange")
    load_rows(book, tmp_path / "inside", securities=security)
    outcome, reason = answer(eligibility_of_plan(book, "HALVORSEN", ON), 8)
    assert (outcome, reason) == (
        Outcome.FAIL,
        "leaving within 90 days costs: HZQEX takes 2.00% on shares held under 60 days",
    )


def test_a_signature_counts_for_the_very_answer_and_from_its_day(book: Engine, tmp_path: Path) -> None:
    assert eligibility_of_plan(book, "HALVORSEN", date(2026, 11, 8)).open == (3,)
    load_rows(book, tmp_path / "balanced", default_options=facts_file(kind="BALANCED"))
    standing = eligibility_of_plan(book, "HALVORSEN", ON)
    assert standing.open == (1,)
    digest = standing.answers[0].sha256
    assert digest == sha256(f"HALVORSEN/NMTD35\nQ1\n{standing.checks[0].reason}".encode()).hexdigest()
    for number, (text, counts) in enumerate([("", False), (digest[:11], False), (digest[:12], True)]):
        if text:
            row = f"HALVORSEN,NMTD35,1,{text},R. Halvorsen,2027-01-04,Minutes\n"
            load_rows(book, tmp_path / f"signed{number}", default_signatures=SIGNATURE + row)
        assert (1 in eligibility_of_plan(book, "HALVORSEN", ON).signed) is counts
    rows = "model,effective_date,ticker,weight\nNMTD35,2026-12-30,HZQTX,0.60\nNMTD35,2026-12-30,HZQBX,0.40\n"
    load_rows(book, tmp_path / "moved", targets=rows)
    assert eligibility_of_plan(book, "HALVORSEN", ON).open == (3,)  # two funds now: read and signed it was of six


def test_the_default_notice_lives_as_the_others_do_and_apart_from_them(book: Engine) -> None:
    (annual,) = draft_plans(book, ["HALVORSEN"], ON, BASE, "Ana", 1)
    bundle = drafted(book, 2)
    assert [one.place for one in bundle.documents] == ["halvorsen/default-option"]
    assert blocking(bundle) == set()
    with pytest.raises(NotPermitted, match="drafted by Ana"):
        review_plan(book, "HALVORSEN", bundle.sha256, "Ana", 3)
    with pytest.raises(StalePreview, match=r"\(annual\) and [0-9a-f]{12} \(default\)"):
        review_plan(book, "HALVORSEN", "0" * 64, "Bea", 3)
    review_plan(book, "HALVORSEN", bundle.sha256[:12], "Bea", 3)
    publish_plan(book, "HALVORSEN", bundle.sha256, "Carl", 4, lambda document, place: [])
    standings = {one.document.place: one.standing for one in list_editions(book, "HALVORSEN")}
    assert standings.pop("halvorsen/default-option") is Standing.PUBLISHED
    assert set(standings.values()) == {Standing.DRAFT}
    assert review_plan(book, "HALVORSEN", annual.sha256, "Bea", 5).documents == annual.documents
    released(book, 10)
    standings = {(one.document.place, one.document.version): one.standing for one in list_editions(book, "HALVORSEN")}
    assert standings["halvorsen/default-option", 1] is Standing.SUPERSEDED
    assert standings["halvorsen/default-option", 2] is Standing.PUBLISHED


def test_the_notice_says_the_four_items_and_the_figures_of_the_chart(book: Engine) -> None:
    bundle = drafted(book)
    (chart, *_), _ = draft_plans(book, ["HALVORSEN"], ON, BASE, "Ana", 2)[0].documents, None
    with reading(book) as connection:
        notice = document_of(records.content_of(connection, bundle.documents[0].id))
        whole = records.content_of(connection, chart.id)
    said = " ".join(one.text for one in paragraphs(notice))
    for words in (
        "If you do not choose how your contributions are invested",
        "Objective. Growth for people who retire about 2035",
        "Main risks.",
        "You may move any or all of your money",
        "Shareholder-type fees: None. Restrictions: None.",
        "https://disclosures.example.com/halvorsen/",
    ):
        assert words in said
    rows = {
        table.key: [cell.text for group in table.groups for row in group.rows for cell in row.cells]
        for section in notice.sections
        for table in section.blocks
        if hasattr(table, "groups")
    }
    assert rows["table_1"]
    assert rows["table_3"]
    assert all(f'"{text}"' in whole for texts in rows.values() for text in texts if text)


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("QDIA-1", {"kind": "OTHER"}), ("QDIA-5", {"managed_by": "DIRECTED_TRUSTEE"}),
        ("QDIA-6", {"employer_securities": "HZQTX"}), ("QDIA-7", {"transfer_months": "6"}),
        ("QDIA-8", {"exit_fees": "a fee"}), ("QDIA-9", {"barriers_later": "a bar"}), ("QDIA-11", {"how_to_leave": ""}),
        ("QDIA-12", {"broad_range": "N"}), ("QDIA-13", {"transfer_months": "6"}), ("QDIA-9", {"barriers_later": ""}),
    ],
)  # fmt: skip
def test_a_failed_or_unsigned_check_stops_the_notice_with_its_code_and_remedy(
    book: Engine, tmp_path: Path, code: str, changes: dict[str, str]
) -> None:
    load_rows(book, tmp_path / "bad", default_options=facts_file(**changes))
    bundle = drafted(book)
    assert code in blocking(bundle)
    review_plan(book, "HALVORSEN", bundle.sha256, "Bea", 2)
    with pytest.raises(Blocked, match=rf"{code}: HALVORSEN/NMTD35: default option.*Mend it, have it signed"):
        publish_plan(book, "HALVORSEN", bundle.sha256, "Carl", 3, lambda document, place: [])
    assert blocking(draft_plans(book, ["HALVORSEN"], ON, BASE, "Ana", 4)[0]) == set()  # the chart is owed all the same


def test_targets_stop_the_notice_too_and_an_unsigned_third_check(book: Engine, tmp_path: Path) -> None:
    rows = "model,effective_date,ticker,weight\nNMTD35,2026-12-30,HZQTX,0.98\nNMTD35,2026-12-30,HZQIX,0.02\n"
    load_rows(book, tmp_path / "stocks", targets=rows)
    assert {"QDIA-2", "QDIA-3", "QDIA-4"} <= blocking(drafted(book))


def test_a_late_notice_is_still_owed_so_its_lateness_only_warns(book: Engine) -> None:
    """SABLECREEK never sent one: Q10 fails, and Q13 with it, as section 414A applies. The notice itself may go out."""
    assert eligibility_of_plan(book, "SABLECREEK", ON).failed == (10, 13)
    bundle = drafted(book, plan="SABLECREEK")
    assert blocking(bundle) == {"QDIA-3"}
    assert {one.code for one in bundle.findings if one.level.value == "WARN"} >= {"QDIA-10", "QDIA-13"}


def test_changed_facts_flag_the_published_notice_and_the_next_draft_says_what_changed(
    book: Engine, tmp_path: Path
) -> None:
    released(book)
    load_rows(book, tmp_path / "sent", notices_sent="plan,paper,sent\nHALVORSEN,DEFAULT,2027-01-05\n")
    assert [one.flags for one in list_editions(book, "HALVORSEN", flags=True)] == [()]
    load_rows(book, tmp_path / "words", default_options=facts_file(how_to_leave="Write to us."))
    (edition,) = list_editions(book, "HALVORSEN", flags=True)
    assert [one.code for one in edition.flags] == ["DIA-053"]
    assert "default_facts HALVORSEN/NMTD35 has a later version" in edition.flags[0].message
    drafted(book, 10)
    told = {(change.section, change.after) for _, change in changes_waiting(book, "HALVORSEN")}
    assert ("leave", "Write to us.") in told


def test_a_default_that_is_none_is_refused_and_all_drafts_those_that_are(book: Engine, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"BRTPRAIRIE names no default_option in plan_notices\.csv"):
        drafted(book, plan="BRTPRAIRIE")
    with pytest.raises(NotFound, match="or ask with --model"):
        eligibility_of_plan(book, "BRTPRAIRIE", ON)
    with pytest.raises(NotFound, match="has no option NOBODY"):
        eligibility_of_plan(book, "BRTPRAIRIE", ON, "NOBODY")
    with pytest.raises(NotFound, match="no plan NOBODY"):
        eligibility_of_plan(book, "NOBODY", ON)
    with pytest.raises(InvalidInput, match="annual or default"):
        draft_plans(book, ["HALVORSEN"], ON, BASE, "Ana", 1, paper="weekly")
    assert len(draft_plans(book, None, ON, BASE, "Ana", 1, paper="default")) == 6
    load_rows(book, tmp_path / "gone", plan_notices=f"{CONTACT}HALVORSEN,Office,Road,937,HALVORSEN/BRBALN/A,01-01\n")
    with pytest.raises(NotFound, match="does not offer it on 2027-01-05"):
        drafted(book)


def test_the_stored_facts_serve_an_evaluation_by_model_and_by_series(book: Engine) -> None:
    facts = stored_default_facts(book, "HALVORSEN", ON)
    assert set(facts) == {"NMTD35", "Northmere_Target"}
    assert facts["Northmere_Target"] == facts["NMTD35"]
    assert facts["NMTD35"].kind is DefaultKind.TARGET_DATE
    assert stored_default_facts(book, "CORVANE", ON) == {}


def test_what_the_defaults_owe_stands_among_the_plans_papers(book: Engine) -> None:
    due = due_on(book, ON)
    papers = {
        (one.plan, one.due): (one.state.value, one.why) for one in due.duties if one.paper == "default option notice"
    }
    assert papers["HALVORSEN", date(2026, 12, 2)][0] == "done"
    assert papers["HALVORSEN", date(2027, 12, 2)][0] == "ahead"
    assert papers["TAMSINOAKE", date(2026, 9, 12)] == (
        "done",
        "the first default investment is on October 12, 2026: 30 days before; sent September 21, 2026, late",
    )
    assert papers["SABLECREEK", date(2026, 11, 2)][0] == "late"
    late = {one.message.split(":")[0] for one in due.findings if one.code == "QDIA-10"}
    assert {"SABLECREEK/NMTD35", "CORVANE/NMTD55"} <= late
    assert "HALVORSEN/NMTD35" not in late
    assert [duty.due or date.max for duty in due.duties if duty.plan == "HALVORSEN"] == sorted(
        duty.due or date.max for duty in due.duties if duty.plan == "HALVORSEN"
    )
