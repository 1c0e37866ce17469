"""A notice as data: the whole view model as JSON, and every printed thing as a row of CSV.

Text that a spreadsheet would take for a formula is quoted with an apostrophe in the text columns; numbers are plain
decimals in a column of their own and never altered.
"""

import csv
import io
import json

from modelx.disclosure.document import Document, content_hash
from modelx.disclosure.document_rows import FlatRow, flat_rows
from modelx.domain.plain_value import plain_value

SCHEMA = "modelx.notice/1"
CSV_COLUMNS = ("section", "place", "row", "column", "text", "number", "unit", "note")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def notice_json(document: Document) -> bytes:
    """The document with its schema name and content hash; keys sorted, so that equal documents are equal bytes."""
    content = {"schema": SCHEMA, "content_sha256": content_hash(document), "document": plain_value(document)}
    return (json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False) + "\n").encode()


def notice_csv(document: Document) -> bytes:
    """One row for each printed cell, paragraph and term, in reading order; UTF-8, lines end with a line feed."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for row in flat_rows(document):
        writer.writerow(_cells(row))
    return out.getvalue().encode()


def _cells(row: FlatRow) -> tuple[str, ...]:
    words = (row.section, row.place, row.row, row.column, row.text)
    return (*(no_formula(text) for text in words), row.number, row.unit, no_formula(row.note))


def no_formula(text: str) -> str:
    """``text``, with an apostrophe in front when a spreadsheet would run it."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
