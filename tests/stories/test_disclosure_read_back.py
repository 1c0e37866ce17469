"""What was published is read back: every format of every edition of two years says the same figures."""

import json
from collections.abc import Iterator

import pytest

from modelx.disclosure.checks_document import check_accessible
from modelx.disclosure.document import Document, canonical_json, content_hash
from modelx.disclosure.document_read import document_of
from modelx.domain.days import date_of
from modelx.files.disclosure_pdf import pdf_traits
from modelx.files.disclosure_site import Edition, notice_files, site_files
from modelx.services.disclosure_editions import published_editions
from modelx.store import disclosure_records
from modelx.store.unit_of_work import reading
from tests.files import test_disclosure_formats as formats
from tests.stories.disclosure_years import Years, two_years

FORMATS = ("index.html", "notice.pdf", "notice.xlsx", "notice.csv", "notice.json")


@pytest.fixture(scope="module")
def years(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Years]:
    told = two_years(tmp_path_factory.mktemp("read-back"))
    yield told
    told.engine.dispose()


@pytest.fixture(scope="module")
def published(years: Years) -> dict[tuple[str, int], tuple[Document, dict[str, bytes]]]:
    """Each published edition by place and number: the document as it was stored, and its files as they went out."""
    with reading(years.engine) as connection:
        return {
            (one.place, one.version): (document_of(disclosure_records.content_of(connection, one.id)), dict(files))
            for one, files in published_editions(years.engine)
        }


def test_every_edition_went_out_in_five_formats_drawn_from_what_was_reviewed(published) -> None:
    assert len(published) >= 24
    for (place, _), (document, files) in published.items():
        assert sorted(files) == sorted(FORMATS)
        assert dict(notice_files(document, place)) == files


@pytest.mark.parametrize("place", [("inside", 2), ("outside", 2), ("swap", 2), ("leap/grow-a", 2), ("inside/mix-b", 1)])
def test_html_pdf_xlsx_csv_and_json_say_the_same_figures(published, place) -> None:
    document, _ = published[place]
    formats.test_the_page_shows_every_row_of_the_view_model(document)
    formats.test_the_page_shows_every_paragraph_and_the_charts_words(document)
    formats.test_the_pdf_shows_every_figure_in_the_order_of_the_view_model(document)
    formats.test_the_pdf_shows_every_sentence(document)
    formats.test_the_workbook_holds_every_figure_as_a_number_that_prints_its_text(document)
    formats.test_the_csv_and_the_json_are_the_view_model(document)


def test_every_published_pdf_is_tagged_titled_and_tells_its_charts_in_words(published) -> None:
    for (place, version), (document, files) in published.items():
        traits = pdf_traits(files["notice.pdf"])
        assert check_accessible(f"{place}.{version}", traits) == ()
        assert (traits.title, traits.language) == (f"{document.title}, {document.subtitle}", "en-US")


def test_the_hash_that_was_approved_is_the_hash_of_what_went_out(years: Years, published) -> None:
    for one, _ in published_editions(years.engine):
        document, files = published[one.place, one.version]
        assert content_hash(document) == one.content_hash == json.loads(files["notice.json"])["content_sha256"]
        assert document_of(canonical_json(document)) == document


def test_a_place_keeps_every_edition_and_a_new_class_has_a_place_of_its_own(published) -> None:
    numbers = {place: sorted(version for other, version in published if other == place) for place, _ in published}
    assert numbers["inside"] == [1, 2]
    assert numbers["inside/mix-a"] == [1]
    assert numbers["inside/mix-b"] == [1]
    assert numbers["swap/one-a"] == [1, 2]


def test_the_sites_first_page_sets_a_class_that_another_followed_apart(years: Years) -> None:
    editions = [
        Edition(one.place, one.title, one.version, date_of(one.document_date), files)
        for one, files in published_editions(years.engine)
    ]
    page = dict(site_files(editions))["index.html"].decode()
    inside = page.split("<h2>Inside 401(k) Plan</h2>")[1].split("<h2>")[0]
    current, former = inside.split("No longer on the chart")
    assert 'href="inside/mix-b/index.html"' in current
    assert 'href="inside/mix-a/index.html"' in former
    assert "No longer" not in page.split("<h2>Swap 401(k) Plan</h2>")[1].split("<h2>")[0]
