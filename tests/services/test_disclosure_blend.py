"""The dated blend of the book beside the benchmark: its figures by hand from the files, and what is refused."""

import csv
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext
from io import StringIO
from pathlib import Path

import pytest
from sqlalchemy import Engine

from modelx.disclosure.document import Document, tables
from modelx.domain.finding import Finding
from modelx.services.disclosure_draw import NoticeSource, PlanNotice, draw_plan
from modelx.services.disclosure_editions import list_editions
from modelx.services.disclosure_notices import draft_plans, publish_plan, review_plan
from modelx.store.unit_of_work import reading
from tests.services.disclosure_books import BASE, DEMO, NOTICES, ON, demo_quarter, load_rows

WEIGHTS = "benchmark,since,component,weight,part\n"
PROFILE = (
    "plan,model,name,heading,category,issuer,web_address,shareholder_fees,restrictions,affiliates,closed,benchmark,"
    "benchmark_note,widely_recognized,secondary\n"
)
KEY = "HALVORSEN/CDLMOD/A"


@pytest.fixture
def book(tmp_path: Path) -> Engine:
    return demo_quarter(tmp_path)


def drawn(engine: Engine) -> PlanNotice:
    with reading(engine) as connection:
        source = NoticeSource.read(connection, ["HALVORSEN"])
        return draw_plan(source, "HALVORSEN", source.dates(ON), BASE, {}, {})


def secondary(code: str) -> str:
    return f"{PROFILE}HALVORSEN,CDLMOD,,Model portfolios,,Ironvale Trust Company,,None,None,,N,,,,{code}\n"


def found(notice: PlanNotice, code: str) -> list[Finding]:
    return [one for one in notice.findings["halvorsen/cdlmod-a"] if one.code == code]


def blend_row(document: Document) -> list[str]:
    row = next(row for one in tables(document) for group in one.groups for row in group.rows if row.key == "blend")
    return [cell.text for cell in row.cells]


def levels_of_the_files() -> dict[str, dict[date, Decimal]]:
    levels: dict[str, dict[date, Decimal]] = {}
    folders = [NOTICES, *sorted(path for path in DEMO.iterdir() if path.is_dir())]
    for path in (folder / "benchmark_levels.csv" for folder in folders):
        if path.exists():
            with path.open() as lines:
                for row in csv.DictReader(lines):
                    levels.setdefault(row["benchmark"], {})[date.fromisoformat(row["date"])] = Decimal(row["level"])
    return levels


def by_hand(first: int, last: int) -> Decimal:
    """The growth of the 60/40 blend over whole years, each at the weights fixed at its opening."""
    levels = levels_of_the_files()
    weights: dict[int, list[tuple[str, Decimal]]] = {}
    with (NOTICES / "blend_weights.csv").open() as lines:
        for row in csv.DictReader(lines):
            weights.setdefault(int(row["since"][:4]), []).append((row["component"], Decimal(row["weight"])))

    def level(name: str, year: int) -> Decimal:
        return levels[name][max(day for day in levels[name] if day <= date(year, 12, 31))]

    growth = Decimal(1)
    for year in range(first, last):
        growth *= sum(weight * level(name, year + 1) / level(name, year) for name, weight in weights[year])
    return growth


def test_the_blend_beside_the_benchmark_has_the_figures_of_its_dated_weights(book: Engine) -> None:
    notice = drawn(book)
    with localcontext() as context:
        context.prec = 50
        exact = [
            (by_hand(first, 2026) ** (Decimal(1) / (2026 - first)) - 1) * 100
            for first in (2025, 2021, 2016, 2014)  # 1, 5 and 10 years, and the twelve of its life
        ]
    printed = (f"{figure.quantize(Decimal('0.01'), ROUND_HALF_UP)}%" for figure in exact)
    expected = [figure.replace("-", "\N{MINUS SIGN}") for figure in printed]
    assert blend_row(notice.documents["halvorsen/cdlmod-a"]) == expected
    notes = [note.text for one in tables(notice.documents["halvorsen"]) if one.key == "table_1" for note in one.notes]
    told = ", ".join(
        f"{label} {figure}"
        for label, figure in zip(("1 year", "5 years", "10 years", "Since inception"), expected, strict=True)
    )
    assert f"Beside the benchmark, Westering 60/40 Blend: {told}." in notes
    assert not any(one.code in ("DIA-014", "DIA-015") for one in notice.findings["halvorsen"])


def test_a_blend_without_dated_weights_is_refused(book: Engine, tmp_path: Path) -> None:
    load_rows(book, tmp_path / "undated", dia_profiles=secondary("WIC-3565"))
    notice = drawn(book)
    (refusal,) = found(notice, "DIA-014")
    assert "no dated weights at all" in refusal.message
    assert "Give dated weights for every year shown." in refusal.message
    assert blend_row(notice.documents["halvorsen/cdlmod-a"]) == ["N/A"] * 4


def test_todays_weights_are_not_applied_to_the_past_and_old_ones_go_stale(book: Engine, tmp_path: Path) -> None:
    rows = "WIC-3565,2025-06-30,WIC-WORLD,0.6,STOCKS\nWIC-3565,2025-06-30,WIC-BOND,0.4,BONDS\n"
    load_rows(book, tmp_path / "young", dia_profiles=secondary("WIC-3565"), blend_weights=WEIGHTS + rows)
    notice = drawn(book)
    refused = [one.message for one in found(notice, "DIA-014")]
    assert any("no weights were fixed before 2016-12-30" in message for message in refused)
    shown = blend_row(notice.documents["halvorsen/cdlmod-a"])
    assert shown[0] != "N/A"
    assert shown[1:] == ["N/A"] * 3
    old = "".join(f"WIC-3565,2014-12-31,{name},0.5,\n" for name in ("WIC-WORLD", "WIC-BOND"))
    load_rows(book, tmp_path / "old", blend_weights=WEIGHTS + old)
    refused = [one.message for one in found(drawn(book), "DIA-014")]
    assert any("the weights of 2014-12-31 are too old for 2016-12-30" in message for message in refused)


def test_a_blend_that_left_the_mix_is_a_warning_with_both_figures(book: Engine, tmp_path: Path) -> None:
    rows = "WIC-6040,2026-12-31,WIC-WORLD,0.70,STOCKS\nWIC-6040,2026-12-31,WIC-BOND,0.30,BONDS\n"
    load_rows(book, tmp_path / "drifted", blend_weights=WEIGHTS + rows)
    warned = found(drawn(book), "DIA-015")
    assert {one.level.value for one in warned} == {"WARN"}
    assert any("STOCKS is 70.00%, the mix" in one.message for one in warned)


def test_a_component_younger_than_the_period_prints_na_and_is_told(book: Engine, tmp_path: Path) -> None:
    rows = "".join(f"WIC-3565,{year}-12-31,{name},0.5,\n" for year in range(2014, 2026) for name in ("NEW", "WIC-BOND"))
    load_rows(
        book,
        tmp_path / "short",
        benchmarks="benchmark,name,administrator,kind,components\nNEW,New Index,Westering,BROAD,\n",
        benchmark_levels="date,benchmark,level\n2025-12-31,NEW,100\n2026-12-31,NEW,104\n",
        blend_weights=WEIGHTS + rows,
        dia_profiles=secondary("WIC-3565"),
    )
    notice = drawn(book)
    assert any(
        "10 years of Westering 35/65 Blend prints N/A: NEW has no" in w.message for w in found(notice, "DIA-012")
    )
    shown = blend_row(notice.documents["halvorsen/cdlmod-a"])
    assert [figure == "N/A" for figure in shown] == [False, True, True, True]


def test_a_blend_stays_beside_and_is_refused_as_the_primary_one(book: Engine, tmp_path: Path) -> None:
    row = "HALVORSEN,CDLMOD,,Model portfolios,,Ironvale Trust Company,,None,None,,N,WIC-6040,,,\n"
    load_rows(book, tmp_path / "primary", dia_profiles=PROFILE + row)
    (refusal,) = found(drawn(book), "DIA-010")
    assert "Westering 60/40 Blend is a blend, and the rule of 2027-01-05 does not take it" in refusal.message
    assert "a blend goes beside it" in refusal.message


def test_changed_weights_flag_the_published_notice(book: Engine, tmp_path: Path) -> None:
    (bundle,) = draft_plans(book, ["HALVORSEN"], ON, BASE, "Ana", 1)
    review_plan(book, "HALVORSEN", bundle.sha256, "Bea", 2)
    publish_plan(book, "HALVORSEN", bundle.sha256, "Carl", 3, lambda document, place: [])
    rows = "WIC-6040,2020-12-31,WIC-WORLD,0.62,STOCKS\nWIC-6040,2020-12-31,WIC-BOND,0.38,BONDS\n"
    load_rows(book, tmp_path / "corrected", blend_weights=WEIGHTS + rows)
    flagged = {one.document.place: one.flags for one in list_editions(book, "HALVORSEN", flags=True) if one.flags}
    assert set(flagged) == {"halvorsen", "halvorsen/cdlmod-a"}
    assert "blend WIC-6040 has a later version" in flagged["halvorsen"][0].message


def test_a_fund_of_the_line_up_may_have_a_blend_beside_it_too(book: Engine, tmp_path: Path) -> None:
    with (NOTICES / "line_up.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    for row in rows:
        row["secondary"] = "WIC-6040" if row["option"] == "HZQTX" else ""
    text = StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    load_rows(book, tmp_path / "fund", line_up=text.getvalue())
    notice = drawn(book)
    growth = by_hand(2025, 2026)
    expected = f"{((growth - 1) * 100).quantize(Decimal('0.01'), ROUND_HALF_UP)}%".replace("-", "\N{MINUS SIGN}")
    page = notice.documents["halvorsen/hzqtx"]
    assert blend_row(page)[0] == expected
    assert ("blend", "WIC-6040") in {(item.kind, item.key) for item in page.lineage}
