"""A notice in a real Chromium: axe, JavaScript off, 320 pixels, print, keyboard, and no request to anybody else."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from modelx.disclosure.chart_document import chart_document
from modelx.disclosure.default_document import DefaultTerms, default_document
from modelx.disclosure.page_document import page_document
from modelx.files.disclosure_fonts import font_faces
from modelx.files.disclosure_html import PlanPages, editions_html, index_html, notice_html
from tests.disclosure.examples import plan

DOWNLOADS = (("notice.pdf", "PDF"), ("notice.xlsx", "Excel"))
TWO = pytest.mark.parametrize("name", ["chart", "page"])
NAMES = pytest.mark.parametrize("name", ["chart", "page", "young", "default", "long", "index", "editions"])


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    (folder / "fonts").mkdir()
    for face in font_faces():
        (folder / "fonts" / face.name).write_bytes(face.content)
    facts = plan()
    terms = DefaultTerms(
        "If you do not choose.", "Move at any time, free of charge.", "https://notices.example.com/acme/"
    )
    documents = {
        "chart": chart_document(facts, "https://notices.example.com/acme/"),
        "page": page_document(facts, facts.options[0]),
        "young": page_document(facts, facts.options[2]),
        "default": default_document(facts, facts.options[1], terms, "https://notices.example.com/acme/default/"),
    }
    named = replace(facts.options[0].allocation[1], label="Developed markets outside the United States of America")
    long = replace(
        facts.options[0], allocation=(facts.options[0].allocation[0], named, *facts.options[0].allocation[2:])
    )
    documents["long"] = page_document(facts, long)
    (folder / "index.html").write_bytes(
        index_html([PlanPages(facts.name, [("chart.html", "Chart")], [("young.html", "Class A")])], "fonts/")
    )
    (folder / "editions.html").write_bytes(editions_html("Chart", [("chart.html", 1, facts.document_date)], "fonts/"))
    for name, document in documents.items():
        (folder / f"{name}.html").write_bytes(notice_html(document, "fonts/", DOWNLOADS, "editions/"))
    return folder


def opened(browser: Browser, site: Path, name: str, width: int = 1200, **options: object) -> Page:
    context = browser.new_context(viewport={"width": width, "height": 900}, **options)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto((site / f"{name}.html").as_uri())
    return page


@NAMES
@pytest.mark.parametrize("width", [1200, 320])
def test_axe_finds_nothing(browser: Browser, site: Path, name: str, width: int) -> None:
    page = opened(browser, site, name, width, bypass_csp=True)
    page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text())
    found = page.evaluate("axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']})")
    page.context.close()
    assert [(one["id"], one["nodes"][0]["html"][:120]) for one in found["violations"]] == []
    assert len(found["passes"]) > (15 if name not in ("index", "editions") else 8)


@TWO
def test_without_javascript_it_says_everything_and_asks_nobody(browser: Browser, site: Path, name: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.goto((site / f"{name}.html").as_uri(), wait_until="networkidle")
    assert complaints == []  # a blocked style or font would complain
    assert all(url.startswith(site.as_uri()) for url in asked)
    assert {url.rsplit("/", 1)[1].split("-")[0] for url in asked if "/fonts/" in url} == {"sourcesanspro"}
    assert page.get_by_role("heading", level=1).is_visible()
    assert page.get_by_role("table").first.is_visible()
    context.close()


@NAMES
def test_at_320_pixels_nothing_runs_off_the_side(browser: Browser, site: Path, name: str) -> None:
    page = opened(browser, site, name, 320)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    tables = page.get_by_role("table")
    assert all(tables.nth(at).is_visible() for at in range(tables.count()))
    page.context.close()


def test_a_wide_table_becomes_cards_and_keeps_its_roles(browser: Browser, site: Path) -> None:
    page = opened(browser, site, "chart", 320)
    first = page.locator("#table_1")
    assert first.locator("tbody tr").nth(1).evaluate("row => getComputedStyle(row).display") == "grid"
    assert first.get_by_role("columnheader").count() == 12  # name, two groups, nine columns
    label = first.locator("tbody tr").nth(1).locator("td").first.evaluate(
        "cell => getComputedStyle(cell, '::before').content"
    )  # fmt: skip
    assert label == '"1 year"'
    page.context.close()


@TWO
def test_one_drawing_of_each_chart_is_shown(browser: Browser, site: Path, name: str) -> None:
    for width in (1200, 320):
        page = opened(browser, site, name, width)
        pictures = page.locator("svg[role=img]")
        shown = [pictures.nth(at).is_visible() for at in range(pictures.count())]
        assert sum(shown) * 2 == len(shown)
        page.context.close()


@TWO
def test_in_print_the_tables_stay_and_the_navigation_goes(browser: Browser, site: Path, name: str) -> None:
    page = opened(browser, site, name)
    page.emulate_media(media="print")
    assert not page.get_by_role("navigation").is_visible()
    assert page.get_by_role("table").first.is_visible()
    assert page.pdf().startswith(b"%PDF")
    page.context.close()


@TWO
def test_the_keyboard_walks_the_page_from_top_to_bottom(browser: Browser, site: Path, name: str) -> None:
    page = opened(browser, site, name)
    links = page.locator("a").count()
    visited: list[int] = []
    for _ in range(links):
        page.keyboard.press("Tab")
        place = page.evaluate("[...document.querySelectorAll('a')].indexOf(document.activeElement)")
        visited.append(place)
    assert visited == list(range(links))
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.context.close()


def test_the_skip_link_shows_itself_and_leads_to_the_content(browser: Browser, site: Path) -> None:
    page = opened(browser, site, "chart")
    page.keyboard.press("Tab")
    box = page.get_by_role("link", name="Skip to the content").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    page.keyboard.press("Enter")
    page.wait_for_url("**#main")
    page.context.close()
