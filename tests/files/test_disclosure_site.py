import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from modelx.disclosure.addresses import chart_place, option_place
from modelx.disclosure.chart_document import chart_document
from modelx.disclosure.document import Document
from modelx.disclosure.page_document import page_document
from modelx.domain.errors import Blocked, InvariantBroken
from modelx.files import disclosure_site
from modelx.files.disclosure_site import Edition, notice_files, site_files, write_site
from tests.disclosure.examples import plan

PLAN = plan()
CHART = chart_document(PLAN, "https://notices.example.com/acme/")
PAGE = page_document(PLAN, PLAN.options[2])
CHART_AT, PAGE_AT = chart_place("ACME"), option_place("ACME", PAGE.subject)


def edition(document: Document, place: str) -> Edition:
    return Edition(place, document.title, document.version, document.document_date, notice_files(document, place))


FIRST = [edition(CHART, CHART_AT), edition(PAGE, PAGE_AT)]
SECOND = edition(replace(CHART, version=2), CHART_AT)


def test_the_site_holds_the_current_and_every_earlier_edition() -> None:
    paths = dict(site_files([*FIRST, SECOND]))
    folders = {path.rpartition("/")[0] for path in paths}
    assert folders == {"", "fonts", "acme", "acme.1", "acme.2", "acme/cons-a", "acme/cons-a.1"}
    assert paths["acme/index.html"] == paths["acme.2/index.html"] != paths["acme.1/index.html"]
    assert {path.rpartition("/")[2] for path in paths if path.startswith("acme.1/")} == {
        "index.html", "notice.pdf", "notice.xlsx", "notice.csv", "notice.json", "editions.html",
    }  # fmt: skip
    listed = re.findall(r'href="([^"]+)"', paths["acme/editions.html"].decode())
    assert listed == ["../acme.2/index.html", "../acme.1/index.html"]


def test_the_first_page_lists_each_plan_by_name_with_its_current_pages() -> None:
    page = dict(site_files([*FIRST, SECOND]))["index.html"].decode()
    assert "<h2>Acme Tool &amp; Die 401(k) Plan</h2>" in page
    assert re.findall(r'href="([^"]+)"', page) == ["acme/index.html", "acme/cons-a/index.html"]
    assert "No longer on the chart" in page  # the example's own pages stand at other addresses
    own = replace(PLAN.options[2].profile, web_address="https://notices.example.com/acme/cons-a/")
    listed = chart_document(
        replace(PLAN, options=(replace(PLAN.options[2], profile=own),)), "https://notices.example.com/acme/"
    )
    page = dict(site_files([edition(listed, CHART_AT), FIRST[1]]))["index.html"].decode()
    assert "No longer on the chart" not in page
    assert "Nothing has been published yet." in dict(site_files([]))["index.html"].decode()


def test_a_pdf_that_is_not_accessible_is_not_published(monkeypatch: pytest.MonkeyPatch) -> None:
    """DIA-080 is judged on the file, read back: here one that lost its tags, its language and a chart's words."""
    good = disclosure_site.notice_pdf

    def spoiled(document: Document) -> bytes:
        content = good(document).replace(b"/Marked true", b"/Marked null")
        return content.replace(b"/Lang(", b"/Long(").replace(b"R/Alt", b"R/Atl", 1)

    monkeypatch.setattr(disclosure_site, "notice_pdf", spoiled)
    with pytest.raises(Blocked) as refused:
        notice_files(PAGE, PAGE_AT)
    message = str(refused.value)
    assert message.count("DIA-080: acme/cons-a/notice.pdf: document not accessible") == 3
    assert "it has no tags" in message
    assert "it names no language" in message
    assert "1 of 3 charts have no text" in message
    assert "Give tags, title, language, and a table beside each chart." in message


def test_every_relative_link_of_the_site_leads_somewhere() -> None:
    paths = dict(site_files([*FIRST, SECOND]))
    for path, content in paths.items():
        if not path.endswith(".html"):
            continue
        for link in re.findall(r'(?:href="|url\(")([^"#]+)"', content.decode()):
            if link.startswith("https://"):
                continue
            target = (Path("/") / path).parent / link
            assert str(Path(*_resolved(target))) in paths, (path, link)


def _resolved(path: Path) -> list[str]:
    parts: list[str] = []
    for part in path.parts[1:]:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return parts


def test_no_page_runs_a_script_or_loads_from_another_host() -> None:
    for path, content in site_files([*FIRST, SECOND]):
        if path.endswith(".html"):
            text = unescape(content.decode())
            assert "default-src 'none'" in text
            assert "<script" not in text
            assert " style=" not in text
            assert re.findall(r'(?:src|srcset|action)="', text) == []


def test_writing_again_changes_nothing_and_a_new_edition_keeps_the_old(tmp_path: Path) -> None:
    assert write_site(tmp_path, FIRST) > 0
    assert write_site(tmp_path, FIRST) == 0
    before = (tmp_path / "acme.1" / "notice.pdf").read_bytes()
    assert write_site(tmp_path, [*FIRST, SECOND]) > 0
    assert (tmp_path / "acme.1" / "notice.pdf").read_bytes() == before
    assert (tmp_path / "acme" / "index.html").read_bytes() == (tmp_path / "acme.2" / "index.html").read_bytes()


def test_a_published_edition_is_never_changed(tmp_path: Path) -> None:
    write_site(tmp_path, FIRST)
    other = edition(replace(CHART, title="Another title"), CHART_AT)
    with pytest.raises(InvariantBroken, match="never change one"):
        write_site(tmp_path, [other])
    assert b"Another title" not in (tmp_path / "acme" / "index.html").read_bytes()


def test_what_was_not_published_is_not_there() -> None:
    paths = dict(site_files(FIRST))
    assert not any("grow-a" in path or "bal-a" in path for path in paths)
