"""What every option of a notice is drawn with, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from modelx.disclosure.draft_checks import OptionEvidence
from modelx.disclosure.option import (
    OptionFacts,
)
from modelx.disclosure.performance import ValueSeries
from modelx.disclosure.requirements import Rulebook
from modelx.services.disclosure_book import NoticeBook
from modelx.services.disclosure_terms import LiveFee
from modelx.store.engine import Connection


@dataclass(frozen=True, slots=True)
class NoticeDates:
    """The dates of a notice: of the document, of the required year end, and of the latest quarter shown."""

    document: date
    as_of: date
    quarter_end: date


@dataclass(frozen=True, slots=True)
class Drawn:
    """An option as drawn: its facts, the evidence for the checks, and the fees of its accounts."""

    facts: OptionFacts
    evidence: OptionEvidence | None
    fees: tuple[LiveFee, ...] = ()
    values: ValueSeries | None = None
    held: bool = True
    offered: bool = True
    gives_revenue_share: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    """What every option of a notice is drawn with."""

    connection: Connection
    book: NoticeBook
    dates: NoticeDates
    base: str
    rules: Rulebook
    previous_benchmark: Mapping[str, str] = field(default_factory=dict)
