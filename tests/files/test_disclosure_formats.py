"""Every format is read back and says the same: HTML, PDF (pdftotext), XLSX (openpyxl), CSV and JSON."""

import csv
import io
import json
import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser

import openpyxl
import pytest

from modelx.disclosure.chart_document import chart_document
from modelx.disclosure.checks_document import check_accessible
from modelx.disclosure.default_document import DefaultTerms, default_document
from modelx.disclosure.document import Document, Words, charts, content_hash, paragraphs, tables
from modelx.disclosure.document_rows import flat_rows
from modelx.disclosure.figures import Figure, percent, whole_dollars
from modelx.disclosure.page_document import page_document
from modelx.files.disclosure_data import CSV_COLUMNS, no_formula, notice_csv, notice_json
from modelx.files.disclosure_html import notice_html
from modelx.files.disclosure_pdf import notice_pdf, pdf_traits
from modelx.files.disclosure_xlsx import notice_xlsx, number_format
from tests.disclosure.examples import plan

PLAN = plan()
CHART = chart_document(PLAN, "https://notices.example.com/acme/")
PAGE = page_document(PLAN, PLAN.options[0])
YOUNG = page_document(PLAN, PLAN.options[2])
TERMS = DefaultTerms("When you do not choose.", "Move on any business day.", "https://notices.example.com/acme/")
DEFAULT, INSURED = (
    default_document(PLAN, one, TERMS, "https://notices.example.com/acme/default-option/")
    for one in (PLAN.options[1], PLAN.options[3])
)
DOCUMENTS = pytest.mark.parametrize(
    "document", [CHART, PAGE, YOUNG, DEFAULT, INSURED], ids=["chart", "page", "young", "default", "fixed default"]
)


def printed_rows(document: Document) -> list[list[str]]:
    """The texts of every table row as the view model has them: heading, then cells with their notes."""
    rows: list[list[str]] = []
    for table in tables(document):
        for group in table.groups:
            for row in group.rows:
                rows.append([_said(cell) for cell in (row.head, *row.cells)])
    return rows


def _said(cell: Figure | Words) -> str:
    parts = (cell.text, cell.note) if isinstance(cell, Figure) else (cell.text, *cell.below)
    return " ".join(part for part in parts if part)


class TableReader(HTMLParser):
    """Body rows of every table of a page, each cell's text with single blanks, footnote marks left out."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.cell: list[str] | None = None
        self.inside: list[str] = []
        self.joins = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "wbr":
            self.inside.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.cell = []
        elif tag == "wbr" and self.cell:
            self.joins = True  # a place to break a long address, no blank

    def handle_endtag(self, tag: str) -> None:
        while self.inside and self.inside.pop() != tag:
            pass
        if tag in ("td", "th") and self.cell is not None:
            self.rows[-1].append(" ".join(" ".join(self.cell).split()))
            self.cell = None

    def handle_data(self, data: str) -> None:
        if self.cell is not None and "sup" not in self.inside:
            if self.joins:
                data, self.joins = self.cell.pop() + data, False
            self.cell.append(data)


@DOCUMENTS
def test_the_page_shows_every_row_of_the_view_model(document: Document) -> None:
    reader = TableReader()
    reader.feed(notice_html(document).decode())
    shown = [row for row in reader.rows if len(row) > 1]
    expected = [[re.sub(r"\s+", " ", text) for text in row] for row in printed_rows(document)]
    for row in expected:
        assert row in shown


@DOCUMENTS
def test_the_page_shows_every_paragraph_and_the_charts_words(document: Document) -> None:
    page = notice_html(document).decode()
    text = re.sub(r"<[^>]+>", "", page).replace("&amp;", "&").replace("&#39;", "'")
    for paragraph in paragraphs(document):
        assert paragraph.text.replace("https://", "") in text
    for chart in charts(document):
        assert page.count(chart.alt.replace("&", "&amp;")) == 2  # wide and narrow, one of them shown


def pdf_text(content: bytes, *options: str) -> str:
    tool = shutil.which("pdftotext")
    if tool is None:
        pytest.skip("pdftotext is not installed")
    run = subprocess.run([tool, *options, "-", "-"], input=content, capture_output=True, check=True)
    return run.stdout.decode()


@DOCUMENTS
def test_the_pdf_shows_every_figure_in_the_order_of_the_view_model(document: Document) -> None:
    lines = pdf_text(notice_pdf(document), "-layout")
    for table in tables(document):
        for group in table.groups:
            for row in group.rows:
                figures = [cell.text for cell in row.cells if isinstance(cell, Figure) and cell.text]
                name = re.escape(row.head.text)
                pattern = name + r"[\d, ]*?\s[^\n]*?" + r"[^\n]*?\s".join(re.escape(text) for text in figures)
                assert re.search(pattern, lines), (row.head.text, figures)


@DOCUMENTS
def test_the_pdf_shows_every_sentence(document: Document) -> None:
    text = re.sub(r"\s+", "", pdf_text(notice_pdf(document), "-raw"))
    for paragraph in paragraphs(document):
        assert re.sub(r"\s+", "", paragraph.text.replace("https://", "")) in text


@DOCUMENTS
def test_the_pdf_is_tagged_titled_in_its_language_and_its_pictures_have_words(document: Document) -> None:
    content = notice_pdf(document)
    traits = pdf_traits(content)
    assert check_accessible("notice.pdf", traits) == ()
    assert traits.title == f"{document.title}, {document.subtitle}"
    assert (traits.language, traits.charts) == ("en-US", len(list(charts(document))))
    assert b"<pdfuaid:part>1</pdfuaid:part>" in content


@DOCUMENTS
def test_the_same_document_gives_the_same_bytes_in_every_format(document: Document) -> None:
    for render in (notice_html, notice_pdf, notice_xlsx, notice_csv, notice_json):
        assert render(document) == render(document)


@DOCUMENTS
def test_the_workbook_holds_every_figure_as_a_number_that_prints_its_text(document: Document) -> None:
    book = openpyxl.load_workbook(io.BytesIO(notice_xlsx(document)))
    assert book.properties.created.date() == document.document_date
    for table in tables(document):
        sheet = book[table.key.replace("_", " ").capitalize()]
        found = {str(row[0].value).split("\n")[0].split(" [")[0]: row[1:] for row in sheet.iter_rows(min_row=4)}
        for group in table.groups:
            for row in group.rows:
                for cell, read in zip(row.cells, found[row.head.text], strict=False):
                    if isinstance(cell, Words):
                        assert (read.value or "").split("\n")[0].split(" [")[0] == cell.text
                    elif cell.number:
                        assert read.value == float(cell.number)
                        assert read.number_format == number_format(cell)
                    else:
                        assert (read.value or "") == cell.text


@DOCUMENTS
def test_the_csv_and_the_json_are_the_view_model(document: Document) -> None:
    rows = list(csv.reader(io.StringIO(notice_csv(document).decode())))
    assert tuple(rows[0]) == CSV_COLUMNS
    expected = [
        [row.section, row.place, row.row, row.column, row.text, row.number, row.unit, row.note]
        for row in flat_rows(document)
    ]
    assert [[no_formula(text) for text in row[:5]] + row[5:] for row in expected] == rows[1:]
    found = json.loads(notice_json(document))
    assert (found["schema"], found["content_sha256"]) == ("modelx.notice/1", content_hash(document))
    texts = {text for table in tables(document) for group in table.groups for row in group.rows
             for text in (cell.text for cell in row.cells)}  # fmt: skip
    dumped = json.dumps(found, ensure_ascii=False)
    assert all(json.dumps(text, ensure_ascii=False) in dumped for text in texts)


@pytest.mark.parametrize(
    ("figure", "expected"),
    [
        (percent(-5), '0.00"%";"−"0.00"%"'),
        (percent(438, "not annualized"), '0.00"%"" not annualized";"−"0.00"%"" not annualized"'),
        (whole_dollars(19_625), '"$"#,##0;"−$"#,##0'),
    ],
)
def test_a_number_format_prints_the_sign_the_unit_and_the_note(figure: Figure, expected: str) -> None:
    assert number_format(figure) == expected


HOSTILE = ["=1+1", "+1", "-1+2", "@SUM(A1)", "\tx", "＝1", '=HYPERLINK("http://x")']


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_becomes_a_formula_and_no_number_is_touched(name: str) -> None:
    one = PLAN.options[0]
    assert one.returns is not None
    facts = replace(one, profile=replace(one.profile, name=name, manager=name))
    document = chart_document(replace(PLAN, options=(facts,)), "x")
    rows = list(csv.reader(io.StringIO(notice_csv(document).decode())))
    assert all(not cell.startswith(("=", "+", "@", "\t", "＝")) for row in rows for cell in row)
    assert percent(one.returns.bps[0]).number in {row[5] for row in rows}  # a negative number stays one
    book = openpyxl.load_workbook(io.BytesIO(notice_xlsx(document)))
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)


def test_words_are_words_in_the_page_whatever_they_hold() -> None:
    one = PLAN.options[0]
    bad = "<script>alert(1)</script>\"&'{{ 7*7 }}"
    facts = replace(one, profile=replace(one.profile, name=bad, objective=bad, risks=bad))
    for document in (chart_document(replace(PLAN, options=(facts,)), "x"), page_document(PLAN, facts)):
        page = notice_html(document).decode()
        assert "<script" not in page
        assert "{{ 7*7 }}" in page
        assert notice_pdf(document).startswith(b"%PDF")
