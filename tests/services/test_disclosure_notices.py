"""Notices drawn from the demonstration's ledger: short histories, long ones, three people, one hash, and what moved."""

import json
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import Engine

from modelx.disclosure.document import Document, tables
from modelx.disclosure.lifecycle import Standing
from modelx.domain.errors import Blocked, InvalidInput, NotFound, NotPermitted, StalePreview
from modelx.services.disclosure_draw import NoticeSource, PlanNotice, draw_plan
from modelx.services.disclosure_editions import changes_waiting, list_editions, published_editions
from modelx.services.disclosure_notices import (
    Bundle,
    draft_plans,
    publish_plan,
    review_plan,
)
from modelx.store.unit_of_work import reading
from tests.services.disclosure_books import BASE, ON, demo_quarter, load_rows

PROFILE = (
    "plan,model,name,heading,category,issuer,web_address,shareholder_fees,restrictions,affiliates,closed,benchmark,"
    "benchmark_note\n"
)
CONTACT = "plan,contact,address,phone,default_option,plan_year_start\n"
WORDING = "statement,wording,sha256,approved_by,approved_on\n"


@pytest.fixture
def book(tmp_path: Path) -> Engine:
    return demo_quarter(tmp_path)


def drawn(engine: Engine, plan: str, on: date = ON) -> PlanNotice:
    with reading(engine) as connection:
        source = NoticeSource.read(connection, [plan])
        return draw_plan(source, plan, source.dates(on), BASE, {}, {})


def row_of(document: Document, table: str, key: str) -> dict[str, str]:
    found = next(one for one in tables(document) if one.key == table)
    row = next(row for group in found.groups for row in group.rows if row.key == key)
    return {column.key: cell.text for column, cell in zip(found.columns, row.cells, strict=True)}


def codes(notice: PlanNotice | Bundle) -> set[str]:
    if isinstance(notice, Bundle):
        return {one.code for one in notice.findings if one.level.value == "BLOCK"}
    return {one.code for found in notice.findings.values() for one in found}


def drafted(engine: Engine, plan: str = "HALVORSEN", at: int = 1, as_of: date | None = None) -> Bundle:
    (bundle,) = draft_plans(engine, [plan], ON, BASE, "Ana", at, as_of)
    return bundle


def render(document: Document, place: str) -> list[tuple[str, bytes]]:
    return [("notice.txt", f"{place} {document.title}".encode())]


def released(engine: Engine, plan: str = "HALVORSEN", at: int = 1) -> Bundle:
    bundle = drafted(engine, plan, at)
    review_plan(engine, plan, bundle.sha256, "Bea", at + 1)
    return publish_plan(engine, plan, bundle.sha256, "Carl", at + 2, render)


def test_every_plan_of_the_demonstration_can_be_published(book: Engine) -> None:
    seen: list[str] = []
    bundles = draft_plans(book, None, ON, BASE, "Ana", 1, progress=lambda done, total, what: seen.append(what))
    assert len(bundles) == 12
    assert [code for bundle in bundles for code in codes(bundle)] == []
    assert seen[-1] == "drafted"


def test_columns_appear_as_the_options_have_lived(book: Engine) -> None:
    chart = drawn(book, "HALVORSEN").documents["halvorsen"]
    long, middle, short = (row_of(chart, "table_1", f"HALVORSEN/{m}/A") for m in ("CDLMOD", "CDLGRO", "NMTD35"))
    assert "N/A" not in long.values()
    assert [middle["return_5_years"] == "N/A", middle["return_10_years"]] == [False, "N/A"]
    assert [short["return_1_year"] == "N/A", short["return_5_years"]] == [False, "N/A"]
    (fund, fixed) = row_of(chart, "table_1", "HALVORSEN/HZQTX"), row_of(chart, "table_2", "HALVORSEN/STABLE")
    assert fund["return_10_years"] != "N/A"
    assert (fixed["rate"], fixed["term"]) == ("2.75%", "Through December 31, 2027")


def test_an_option_of_a_quarter_shows_its_life_cumulative_from_the_published_unit_values(book: Engine) -> None:
    notice = drawn(book, "TAMSINOAKE")
    row = row_of(notice.documents["tamsinoake"], "table_1", "TAMSINOAKE/BRBALN/A")
    with reading(book) as connection:
        sql = (
            "SELECT x.unit_value FROM unit_value x JOIN sleeve s ON s.id = x.sleeve_id JOIN plan p ON p.id = s.plan_id "
            "JOIN model m ON m.id = s.model_id WHERE p.code = 'TAMSINOAKE' AND m.ticker = 'BRBALN' "
            "AND x.business_date IN (20734, 20818) ORDER BY x.business_date"
        )
        first, last = connection.exec_driver_sql(sql).scalars().all()
    cents = (Decimal(last) / Decimal(first) * 100 - 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert first == 10_000_000
    assert row["return_since_inception"] == f"{cents}%".replace("-", "\N{MINUS SIGN}")
    assert (row["return_1_year"], row["return_5_years"], row["return_10_years"]) == ("N/A", "N/A", "N/A")
    assert notice.facts.options[0].returns is not None
    assert not notice.facts.options[0].returns.life_annualized


def test_expenses_of_a_young_option_are_estimated_from_contract_rates_and_target_weights(book: Engine) -> None:
    """CORVANE NMTD55: platform 0.035, adviser 0.25, manager 0.08 (its waiver is not netted), funds by weight."""
    notice = drawn(book, "CORVANE")
    option = next(one for one in notice.facts.options if one.profile.key == "CORVANE/NMTD55/A")
    assert option.expenses is not None
    fees = [line for line in option.expenses.lines if line.group.value != "Underlying funds"]
    assert sorted(float(line.ratio) for line in fees) == [0.00035, 0.0008, 0.0025]
    funds = [line for line in option.expenses.lines if line.group.value == "Underlying funds"]
    assert 0 < sum(float(line.ratio) for line in funds) < 0.002


def test_an_override_gives_a_plan_its_own_class_from_its_own_day(book: Engine) -> None:
    """LINDQVIST held 12 % money market in AFINCM through 30 November: what followed is another class."""
    notice = drawn(book, "LINDQVIST")
    option = next(one for one in notice.facts.options if one.profile.key.startswith("LINDQVIST/AFINCM"))
    assert (option.profile.key, option.inception) == ("LINDQVIST/AFINCM/B", date(2026, 12, 1))
    assert option.profile.name.endswith(", class B")
    assert "lindqvist/afincm-b" in notice.documents


def test_fees_outside_the_unit_value_stand_in_the_plans_list_only(book: Engine) -> None:
    notice = drawn(book, "BRTPRAIRIE")
    assert [(fee.payee, fee.amount) for fee in notice.facts.account_fees] == [("ALDERFINCH", "0.35 % a year")]
    for option in notice.facts.options:
        assert option.expenses is not None
        assert not any("ALDERFINCH" in line.label for line in option.expenses.lines)


def test_turnover_covers_the_months_lived_and_holdings_foot_to_net_assets(book: Engine) -> None:
    notice = drawn(book, "HALVORSEN")
    option = next(one for one in notice.facts.options if one.profile.key == "HALVORSEN/CDLMOD/A")
    assert option.turnover is not None
    assert option.turnover.months == 3
    assert 0 < option.turnover.sales < option.turnover.purchases
    assert sum(held.weight_bps for held in option.holdings) == pytest.approx(10_000, abs=len(option.holdings))
    assert sum(part.weight_bps for part in option.allocation) == 10_000
    assert option.holdings_date == date(2026, 12, 31)


def test_draft_review_and_publication_take_three_people_and_one_hash(book: Engine) -> None:
    bundle = drafted(book)
    with pytest.raises(NotPermitted, match="drafted by Ana"):
        review_plan(book, "HALVORSEN", bundle.sha256, "Ana", 2)
    with pytest.raises(StalePreview, match="drafts that wait"):
        review_plan(book, "HALVORSEN", "0" * 64, "Bea", 2)
    with pytest.raises(Blocked, match="not been reviewed"):
        publish_plan(book, "HALVORSEN", bundle.sha256, "Carl", 3, render)
    review_plan(book, "HALVORSEN", bundle.sha256, "Bea", 2)
    for nobody in ("Ana", "Bea"):
        with pytest.raises(NotPermitted, match="as well"):
            publish_plan(book, "HALVORSEN", bundle.sha256, nobody, 3, render)
    with pytest.raises(InvalidInput, match="--by"):
        publish_plan(book, "HALVORSEN", bundle.sha256, " ", 3, render)
    publish_plan(book, "HALVORSEN", bundle.sha256, "Carl", 3, render)
    assert {one.standing for one in list_editions(book, "HALVORSEN")} == {Standing.PUBLISHED}
    with pytest.raises(NotFound, match="no draft that waits"):
        review_plan(book, "HALVORSEN", bundle.sha256, "Bea", 4)


def test_a_draft_drawn_twice_is_the_same_draft(book: Engine) -> None:
    assert drafted(book, at=1).sha256 == drafted(book, at=9).sha256
    assert len(list_editions(book, "HALVORSEN")) == 6


def test_a_figure_that_moved_after_the_review_stops_the_publication(book: Engine, tmp_path: Path) -> None:
    bundle = drafted(book)
    review_plan(book, "HALVORSEN", bundle.sha256, "Bea", 2)
    row = "date,plan,model,unit_value\n2021-12-31,HALVORSEN,CDLMOD,9.100000\n"
    load_rows(book, tmp_path / "restated", unit_value_history=row)
    with pytest.raises(StalePreview, match="changed after its review"):
        publish_plan(book, "HALVORSEN", bundle.sha256, "Carl", 3, render)


def test_a_restated_value_flags_what_was_published_and_the_next_edition_supersedes_it(
    book: Engine, tmp_path: Path
) -> None:
    released(book)
    assert [one.flags for one in list_editions(book, "HALVORSEN", flags=True)] == [()] * 6
    row = "date,plan,model,unit_value\n2021-12-31,HALVORSEN,CDLMOD,9.100000\n"
    load_rows(book, tmp_path / "restated", unit_value_history=row)
    flagged = {one.document.place: one.flags for one in list_editions(book, "HALVORSEN", flags=True) if one.flags}
    assert set(flagged) == {"halvorsen", "halvorsen/cdlmod-a"}
    (flag,) = flagged["halvorsen/cdlmod-a"]
    assert flag.code == "DIA-053"
    assert "HALVORSEN/CDLMOD/A 2021 has a later version" in flag.message
    assert "Draft again" in flag.message
    drafted(book, at=9)
    said = {(place, one.place, one.column): one for place, one in changes_waiting(book, "HALVORSEN")}
    told = said["halvorsen", "table_1", "return_5_years"]
    assert told.before != told.after
    assert ("halvorsen", "table_1", "return_10_years") not in said
    released(book, at=10)
    standings = {(one.document.place, one.document.version): one.standing for one in list_editions(book, "HALVORSEN")}
    assert standings["halvorsen", 1] is Standing.SUPERSEDED
    assert standings["halvorsen", 2] is Standing.PUBLISHED
    kept = [(one.place, one.version) for one, files in published_editions(book) if files]
    assert ("halvorsen", 1) in kept
    assert ("halvorsen", 2) in kept


def spoiled(book: Engine, folder: Path, **files: str) -> tuple[set[str], str]:
    """The blocking codes of HALVORSEN's draft with these rows loaded, and what a publisher is told."""
    load_rows(book, folder, **files)
    bundle = drafted(book)
    review_plan(book, "HALVORSEN", bundle.sha256, "Bea", 2)
    with pytest.raises(Blocked) as refusal:
        publish_plan(book, "HALVORSEN", bundle.sha256, "Carl", 3, render)
    return codes(bundle), str(refusal.value)


def profile(web: str = "", fees: str = "None", benchmark: str = "") -> str:
    return f"{PROFILE}HALVORSEN,CDLMOD,,Model portfolios,,Ironvale Trust Company,{web},{fees},None,,N,{benchmark},\n"


@pytest.mark.parametrize(
    ("code", "remedy", "name", "text"),
    [
        ("DIA-010", "Name a broad", "dia_profiles", profile(benchmark="WIC-6040")),
        ("DIA-010", "Name a broad", "dia_profiles", profile(benchmark="NOBODYS")),
        ("DIA-041", "its own https page", "dia_profiles", profile(web="https://ironvale.example.com/cdlmod/")),
        ("DIA-041", "its own https page", "dia_profiles", profile(web="http://disclosures.example.com/x/")),
        ("DIA-030", "List them", "dia_profiles", profile(fees="")),
        ("DIA-043", "Give name", "plan_notices", f"{CONTACT}HALVORSEN,A,B,,,\n"),
        ("DIA-040", "approved wording", "disclosure_wording", f"{WORDING}R1,Stocks always rise.,,,\n"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_at_publication_with_its_code_and_remedy(
    book: Engine, tmp_path: Path, code: str, remedy: str, name: str, text: str
) -> None:
    found, told = spoiled(book, tmp_path / "bad", **{name: text})
    assert code in found
    assert code in told
    assert remedy in told


def test_an_approved_wording_of_the_plans_own_counsel_is_taken_by_its_hash(book: Engine, tmp_path: Path) -> None:
    text = "Past performance says little about the future. You may lose money."
    digest = sha256(text.encode()).hexdigest()
    rows = f"{WORDING}R1,{text},{digest},Counsel,2026-12-01\n"
    load_rows(book, tmp_path / "wording", disclosure_wording=rows)
    assert codes(drafted(book)) == set()


def test_a_gap_in_the_unit_values_is_refused(book: Engine, tmp_path: Path) -> None:
    rows = "date,plan,model,unit_value\n2024-03-15,KESTRELBAY,THGLEQ,9.100000\n2026-10-13,KESTRELBAY,THGLEQ,9.900000\n"
    load_rows(book, tmp_path / "gap", unit_value_history=rows)
    bundle = drafted(book, "KESTRELBAY")
    assert codes(bundle) == {"DIA-003"}
    assert any("no value from 2024-03-15" in one.message for one in bundle.findings)


def test_a_year_end_that_is_none_is_refused(book: Engine) -> None:
    bundle = drafted(book, as_of=date(2026, 11, 30))
    assert codes(bundle) == {"DIA-002"}


def test_a_base_address_that_is_not_https_is_refused(book: Engine) -> None:
    with pytest.raises(InvalidInput, match="https"):
        draft_plans(book, ["HALVORSEN"], ON, "http://x.example.com/", "Ana", 1)
    with pytest.raises(NotFound, match="no plan NOBODY"):
        draft_plans(book, ["NOBODY"], ON, BASE, "Ana", 1)


def test_what_is_stored_is_the_canonical_json_and_every_input(book: Engine) -> None:
    drafted(book)
    with reading(book) as connection:
        content = connection.exec_driver_sql(
            "SELECT content FROM disclosure_document WHERE place = 'halvorsen'"
        ).scalar()
        kinds = set(connection.exec_driver_sql("SELECT kind FROM disclosure_source").scalars())
    assert json.loads(str(content))["kind"] == "chart"
    used = {"benchmark", "blend", "fee_rows", "fund_terms", "option_values", "shares_and_prices", "unit_values"}
    assert kinds == used


def test_a_changed_benchmark_needs_its_reason_and_shows_the_old_one_once(book: Engine, tmp_path: Path) -> None:
    released(book)
    load_rows(book, tmp_path / "silent", dia_profiles=profile(benchmark="WIC-US"))
    warned = [one.message for one in drafted(book, at=10).findings if one.code == "DIA-013"]
    assert "WIC-WORLD became WIC-US without a reason and date" in warned[0]
    why = "Since January 1, 2027 the benchmark is the US index, nearer to the mix."
    text = profile(benchmark="WIC-US").removesuffix(",\n") + f',"{why}"\n'
    load_rows(book, tmp_path / "told", dia_profiles=text)
    bundle = drafted(book, at=20)
    assert [one for one in bundle.findings if one.code == "DIA-013"] == []
    with reading(book) as connection:
        source = NoticeSource.read(connection, ["HALVORSEN"])
        before = {"HALVORSEN/CDLMOD/A": "WIC-WORLD"}
        chart = draw_plan(source, "HALVORSEN", source.dates(ON), BASE, {}, before).documents["halvorsen"]
    notes = [note.text for table in tables(chart) if table.key == "table_1" for note in table.notes]
    assert why in notes
    assert any(note.startswith("Former benchmark, Westering World Equity Index: 1 year") for note in notes)


def test_a_manager_replaced_without_a_note_is_dia_032_until_a_note_tells_of_it(book: Engine, tmp_path: Path) -> None:
    changes = "plan,option,kind,effective,sent,unforeseeable\n"
    load_rows(
        book,
        tmp_path / "change",
        line_up_changes=f"{changes}HALVORSEN,CDLGRO,MANAGER_REPLACED,2023-05-01,2023-03-15,\n",
    )
    (one,) = [item for item in drawn(book, "HALVORSEN").findings["halvorsen/cdlgro-a"] if item.code == "DIA-032"]
    assert "May 1, 2023: the investment manager was replaced, and no note tells of it" in one.message
    note = "plan,model,date,note\nHALVORSEN,CDLGRO,2023-05-01,Cedarline Portfolio Partners became the manager.\n"
    load_rows(book, tmp_path / "note", dia_notes=note)
    assert "DIA-032" not in codes(drawn(book, "HALVORSEN"))
