"""Notices on both databases: drafted from the same ledger to the same hashes, kept with lineage, events and files."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from modelx.domain.errors import Blocked, InvariantBroken, NotPermitted
from modelx.services.disclosure_editions import list_editions
from modelx.services.disclosure_notices import draft_plans, publish_plan, review_plan
from modelx.store import disclosure_records as records
from modelx.store.unit_of_work import reading, writing
from tests.oracle import script
from tests.product import fresh_sqlite, play, with_sessions
from tests.services.disclosure_books import BASE, DEMO, NOTICES

FIRST_NIGHTS, ON = date(2026, 10, 9), date(2026, 10, 20)


def opened(engine: Engine) -> Engine:
    """The demonstration's first two nights, with every file that notices need."""
    play([script.Load(DEMO / "01_opening"), script.Load(DEMO / "02_correction"), script.Load(DEMO / "03_rest")], engine)
    play([script.Load(NOTICES), script.RunThrough(FIRST_NIGHTS)], engine)
    return engine


def test_both_databases_draw_the_same_notice_and_keep_its_life(engine: Engine, tmp_path: Path) -> None:
    here, there = opened(with_sessions(engine)), opened(fresh_sqlite(tmp_path))
    no_year_end = date(2025, 11, 30)
    (bundle,), (other,) = (draft_plans(one, ["HALVORSEN"], ON, BASE, "Ana", 1, no_year_end) for one in (here, there))
    assert bundle.sha256 == other.sha256
    with pytest.raises(NotPermitted):
        review_plan(here, "HALVORSEN", bundle.sha256, "Ana", 2)
    review_plan(here, "HALVORSEN", bundle.sha256, "Bea", 2)
    with pytest.raises(Blocked, match=r"DIA-002: HALVORSEN: as-of date"):
        publish_plan(here, "HALVORSEN", bundle.sha256, "Carl", 3, lambda document, place: [])
    assert {one.by for one in list_editions(here, "HALVORSEN")} == {(("drafted", "Ana"), ("reviewed", "Bea"))}
    chart = bundle.documents[0]
    with writing(here) as connection:
        records.insert_files(connection, chart.id, [("notice.pdf", b"\x00\xff bytes", "0" * 64)])
    with reading(here) as connection:
        assert records.files(connection, chart.id) == [("notice.pdf", b"\x00\xff bytes")]
        assert records.content_of(connection, chart.id).startswith("{")
        assert {kind for kind, _, _ in records.sources(connection, chart.id)} >= {"unit_values", "benchmark"}
        assert ("DIA-002", "BLOCK") in {(code, level) for code, level, _ in records.findings(connection, chart.id)}


def test_a_stored_draft_cannot_be_changed(engine: Engine) -> None:
    book = opened(with_sessions(engine))
    draft_plans(book, ["HALVORSEN"], ON, BASE, "Ana", 1)
    for statement in (
        "UPDATE disclosure_document SET content = '{}'",
        "DELETE FROM disclosure_event",
        "UPDATE disclosure_source SET sha256 = ''",
        "DELETE FROM disclosure_file",
    ):
        if "disclosure_file" in statement:
            with writing(book) as connection:
                records.insert_files(connection, 1, [("notice.csv", b"x", "0" * 64)])
        with pytest.raises(InvariantBroken, match="refused to change a stored row"), writing(book) as connection:
            connection.exec_driver_sql(statement)
