"""Findings: what a check has to say about data. A closed list of codes, each with a level.

A finding is a value, never an exception: one run shows every problem. ``REFUSE`` findings stop a folder or an order
at the door; ``BLOCK`` and ``HOLD`` keep a sleeve's unit value from being published; ``WARN`` is listed and logged.
"""

from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    """What a finding does. Ordered from harmless to severe."""

    INFO = "INFO"
    WARN = "WARN"
    HOLD = "HOLD"
    BLOCK = "BLOCK"
    REFUSE = "REFUSE"


@dataclass(frozen=True, slots=True)
class SourceRow:
    """Where a datum came from: a file of the book, its line (the header is line 1) and column."""

    file: str
    line: int
    column: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" + (f" {self.column}" if self.column else "")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a check has to say: a code, its level, a sentence with the remedy, and what it is about."""

    code: str
    level: Level
    message: str
    source: SourceRow | None = None
