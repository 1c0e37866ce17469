"""A QDIA report as PDF/UA-1: tagged, titled, in its language, the same bytes every time.

Typst lays the view model out and refuses a picture without words. Typefaces come from their package, never from the
machine, and the only date in the file is the report's.
"""

import json
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files

import typst

from modelx.files.disclosure_fonts import font_folder
from modelx.files.qdia_pictures import PRINTED, picture_svg
from modelx.services.qdia_view import Report, pictures, report_hash, report_json


def report_pdf(report: Report) -> bytes:
    """The report as one PDF. Raises ``typst.TypstError`` where the file would break the standard."""
    drawings = {one.key: picture_svg(one, PRINTED, one.key) for one in pictures(report)}
    on = date.fromisoformat(report.as_of)
    content = _compiler().compile(
        (files("modelx.files") / "qdia_templates" / "report.typ").read_bytes(),
        format="pdf",
        sys_inputs={"report": report_json(report), "drawings": json.dumps(drawings), "digest": report_hash(report)},
        pdf_standards=["ua-1"],
        timestamp=datetime(on.year, on.month, on.day, tzinfo=UTC),
    )
    assert isinstance(content, bytes)  # one document gives one file
    return content


@cache
def _compiler() -> typst.Compiler:
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(font_folder())])
    return typst.Compiler(font_paths=fonts)
