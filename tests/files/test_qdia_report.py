"""One report in four formats: the same figures everywhere, accessible, looked at in a browser."""

import io
import json
import re
import shutil
import subprocess
from html import unescape
from html.parser import HTMLParser
from importlib.resources import files as resources
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import sync_playwright

from modelx.files.qdia_report_files import report_file
from modelx.files.qdia_report_xlsx import number_format
from modelx.services.qdia_view import Paragraph, bp, percent, tables, usd
from tests.services.qdia_case import generated, inputs, report_of


@pytest.fixture(scope="module")
def report():
    return report_of(inputs(), generated())


@pytest.fixture(scope="module")
def made(report):
    return {form: report_file(report, form) for form in ("html", "pdf", "xlsx", "json")}


class Cells(HTMLParser):
    """The texts of all table cells, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inside = False

    def handle_starttag(self, tag, attrs):
        if tag in ("td", "th"):
            self.inside = True
            self.found.append("")

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.inside = False

    def handle_data(self, data):
        if self.inside:
            self.found[-1] += data


def test_every_cell_is_the_same_in_page_workbook_and_json(report, made):
    texts = [cell.text for table in tables(report) for row in table.rows for cell in row.cells]
    page = Cells()
    page.feed(made["html"].decode())
    shown = []
    for table in tables(report):
        shown += [table.head, *table.columns]
        for row in table.rows:
            shown += [row.label, *(cell.text for cell in row.cells)]
    assert page.found == shown
    stored = json.loads(made["json"])
    again = [
        cell["text"]
        for section in stored["sections"]
        for block in section["blocks"]
        for table in ([block] if block["type"] == "table" else [block["table"]] if block["type"] == "picture" else [])
        for row in table["rows"]
        for cell in row["cells"]
    ]
    assert again == texts
    book = openpyxl.load_workbook(io.BytesIO(made["xlsx"]))
    for sheet, table in zip(book.worksheets[1:], tables(report), strict=True):
        for line, row in enumerate(table.rows, 4):
            for column, cell in enumerate(row.cells, 2):
                value = sheet.cell(line, column).value
                if cell.number is not None:
                    assert value == cell.number
                    assert sheet.cell(line, column).number_format == number_format(cell)
                else:
                    assert (value or "") == cell.text


def test_the_pdf_says_what_the_report_says(report, made, tmp_path):
    if shutil.which("pdftotext") is None:
        pytest.skip("no pdftotext on this machine")
    path = tmp_path / "report.pdf"
    path.write_bytes(made["pdf"])
    raw = subprocess.run(["pdftotext", "-raw", str(path), "-"], check=True, capture_output=True, text=True).stdout
    text = re.sub(r"\s+", "", raw)
    answer = next(block.text for block in report.sections[0].blocks if isinstance(block, Paragraph))
    assert re.sub(r"\s+", "", answer) in text
    for table in tables(report):
        for row in table.rows:
            for cell in row.cells:
                assert re.sub(r"\s+", "", cell.text) in text, (table.key, cell.text)


def test_the_pdf_is_tagged_and_the_same_bytes_again(report, made):
    assert b"/Marked true" in made["pdf"]
    assert b"pdfuaid" in made["pdf"]
    assert report_file(report, "pdf") == made["pdf"]
    assert report_file(report, "html") == made["html"]
    assert report_file(report, "xlsx") == made["xlsx"]


def test_every_id_of_the_page_is_its_own_and_every_link_leads_somewhere(made):
    page = made["html"].decode()
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)


def test_the_page_asks_nobody_for_anything_and_carries_no_script(made):
    page = made["html"].decode()
    assert "<script" not in page
    assert "default-src 'none'" in unescape(page)
    assert not re.search(r'(?:src|href)="https?://', page)


@pytest.mark.parametrize("width", [1200, 320])
def test_axe_finds_nothing_and_nothing_is_cut_off(made, tmp_path: Path, width):
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium on this machine")
    path = tmp_path / "report.html"
    path.write_bytes(made["html"])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_context(viewport={"width": width, "height": 900}).new_page()
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.evaluate((resources("axe_playwright_python") / "axe.min.js").read_text())
        found = page.evaluate("axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']})")
        browser.close()
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found["violations"]] == []


@pytest.mark.parametrize(
    ("cell", "shape"),
    [
        (bp(1.25), '#,##0.0;"\u2212"#,##0.0'),
        (percent(0.5), '#,##0"%";"\u2212"#,##0"%"'),
        (percent(0.5, 1), '#,##0.0"%";"\u2212"#,##0.0"%"'),
        (usd(5.0), '"$"#,##0;"\u2212$"#,##0'),
    ],
)
def test_a_spreadsheet_prints_the_same_text(cell, shape):
    assert number_format(cell) == shape
