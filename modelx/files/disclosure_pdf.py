"""A notice as a PDF that everybody can read: tagged, titled, in its language, PDF/UA-1, the same bytes every time.

Typst lays the view model out; it enforces PDF/UA-1 and refuses a picture without words. Fonts come from the package,
never from the machine, and the only date in the file is the document's.
"""

import json
import re
from datetime import UTC, datetime
from functools import cache
from html import unescape
from importlib.resources import files

import typst

from modelx.disclosure.checks_document import DocumentTraits
from modelx.disclosure.document import Document, canonical_json, charts
from modelx.disclosure.figures import long_date
from modelx.files.disclosure_charts import chart_svg
from modelx.files.disclosure_fonts import font_folder

CHART_WIDTH = 470  # pixels: beside its table on a Letter page this gives labels of nine points


def notice_pdf(document: Document) -> bytes:
    """The document as PDF/UA-1. Raises ``typst.TypstError`` when the file would break the standard."""
    dates = (
        f"Document date {long_date(document.document_date)}  ·  Figures as of {long_date(document.as_of)}  ·  "
        f"Edition {document.version}"
    )
    drawings = {chart.key: chart_svg(chart, CHART_WIDTH, chart.key) for chart in charts(document)}
    inputs = {"document": canonical_json(document), "drawings": json.dumps(drawings), "dates": dates}
    on = document.document_date
    content = _compiler().compile(
        _template(),
        format="pdf",
        sys_inputs=inputs,
        pdf_standards=["ua-1"],
        timestamp=datetime(on.year, on.month, on.day, tzinfo=UTC),
    )
    assert isinstance(content, bytes)  # one document gives one file
    return content


@cache
def _template() -> bytes:
    return (files("modelx.files") / "disclosure_templates" / "notice.typ").read_bytes()


@cache
def _compiler() -> typst.Compiler:
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(font_folder())])
    return typst.Compiler(font_paths=fonts)


def pdf_traits(content: bytes) -> DocumentTraits:
    """What a finished PDF says of itself, for DIA-080: marks and structure, title, language, words of its pictures.

    Reads the plain objects that the renderer writes. A chart stands beside its table: of ``n`` charts as many have one
    as there are tables, ``n`` at most.
    """
    title = re.search(rb"<dc:title>.*?<rdf:li[^>]*>(.*?)</rdf:li>", content, re.DOTALL)
    language = re.search(rb"/Lang\(([^)]*)\)", content)
    pictures = re.findall(rb"/S/Figure/P \d+ \d+ R(/Alt)?", content)
    return DocumentTraits(
        tagged=b"/Marked true" in content and b"/StructTreeRoot" in content,
        title=unescape(title[1].decode()) if title else "",
        language=language[1].decode() if language else "",
        charts=len(pictures),
        charts_with_text=sum(map(bool, pictures)),
        charts_with_table=min(len(pictures), len(re.findall(rb"/S/Table\b", content))),
    )
