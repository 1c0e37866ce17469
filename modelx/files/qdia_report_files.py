"""A QDIA report in each of its formats, by the name of the format."""

from modelx.files.qdia_report_html import report_html
from modelx.files.qdia_report_pdf import report_pdf
from modelx.files.qdia_report_xlsx import report_xlsx
from modelx.services.qdia_view import Report, report_json


def report_file(report: Report, form: str) -> bytes:
    """The file's bytes; ``form`` is html, pdf, xlsx or json. The same report gives the same bytes."""
    if form == "json":
        return report_json(report).encode()
    return {"html": report_html, "pdf": report_pdf, "xlsx": report_xlsx}[form](report)
