"""The version of an index that a notice used: the same whichever option is measured against it."""

from __future__ import annotations

from modelx.disclosure.option import Lineage
from modelx.domain.days import day_of
from modelx.services.disclosure_book import NoticeBook
from modelx.services.disclosure_drawing import NoticeDates
from modelx.services.disclosure_history import digest_of

BENCHMARK = "benchmark"


def index_lineage(book: NoticeBook, code: str, dates: NoticeDates) -> Lineage:
    """The levels of a benchmark up to the last date shown."""
    index = book.index(code)
    used = index.days <= day_of(max(dates.as_of, dates.quarter_end))
    return Lineage(BENCHMARK, code, digest_of(index.days[used], index.values[used]))
