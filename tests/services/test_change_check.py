"""`db check` on changes: whatever is altered behind the product's back is found."""

from datetime import date

import pytest

from modelx.services.change_drafts import draft_weights
from modelx.services.database_check import check_database
from modelx.services.model_creation import ModelTerms, create_model
from tests.product import fresh_sqlite
from tests.services.followed_books import MIA, approved, followed_folder, played, weight
from tests.services.played_books import tampered

WHOLE = {"EQF": weight("0.50"), "EQI": weight("0.30"), "BDF": weight("0.18"), "CASH": weight("0.02")}


@pytest.fixture
def book(tmp_path):
    engine = played(fresh_sqlite(tmp_path), followed_folder(tmp_path / "book", [("PLAN-A", "GRO")]), date(2026, 12, 1))
    approved(engine, draft_weights(engine, "GRO", WHOLE, None, MIA))
    create_model(engine, ModelTerms("Income"), "Mia", 5)
    return engine


def results(engine):
    return {one.name: (one.holds, one.detail) for one in check_database(engine)}


def test_an_untouched_book_passes(book):
    found = results(book)
    assert found["changes"] == (True, "1 changes, 1 approved as previewed, by two people")
    assert found["series"][0]
    assert found["loads"][0]


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("change_draft", "UPDATE change_draft SET content = replace(content, '500000000000', '600000000000')"),
        ("change_draft", "UPDATE change_draft SET maker = 'Nemo'"),
        ("change_preview", f"UPDATE change_preview SET sha256 = '{'f' * 64}'"),
        ("change_approval", "UPDATE change_approval SET checker = 'Nemo'"),
        ("change_approval", f"UPDATE change_approval SET sha256 = '{'f' * 64}'"),
        ("change_approval", "UPDATE change_approval SET load_id = 1"),
        ("change_approval", "DELETE FROM change_approval"),
    ],
)
def test_what_was_altered_is_found(book, table, change):
    tampered(book, table, change)
    assert not results(book)["changes"][0]
