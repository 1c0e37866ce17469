"""The rules a notice must meet, as dated data: value, period, status, citation, and how far the citation is trusted.

A rule is looked up by key and date, so a notice is judged by the law of its own day. Only a citation whose text was
itself read (``Evidence.PRIMARY``) may be printed in a document that participants see; every other one is a note to
compliance. The rows are in :mod:`modelx.disclosure.rulebook` (``spec/disclosure.md`` 1, 3 and 8).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import Enum
from itertools import pairwise

from modelx.domain.errors import InvalidInput, NotFound


class Evidence(Enum):
    """How a rule is known. Only the first may be printed as a citation."""

    PRIMARY = "primary source read"
    SECONDARY = "secondary source read"
    MEMORY = "from memory, to be checked"
    DESIGN = "our choice, no rule dictates it"
    COUNSEL = "judgement call for counsel"


class Status(Enum):
    """Whether a rule binds today."""

    IN_FORCE = "in force"
    PROPOSED = "proposed"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One rule over one stretch of time.

    ``value`` is days, months, hundredths of a percent, whole dollars, or 0 and 1 for no and yes; the key's last word
    says which. ``since`` and ``until`` are inclusive; ``None`` means no bound is known to this rulebook.
    """

    key: str
    value: int
    status: Status
    evidence: Evidence
    citation: str
    source: str
    since: date | None = None
    until: date | None = None
    note: str = ""

    def covers(self, on: date) -> bool:
        """True when ``on`` lies within the rule's dates, both ends included."""
        return (self.since is None or self.since <= on) and (self.until is None or on <= self.until)

    @property
    def printable_citation(self) -> str:
        """The citation where its text was read and the rule binds; else the empty string."""
        return self.citation if self.evidence is Evidence.PRIMARY and self.status is Status.IN_FORCE else ""


class Rulebook:
    """Requirements by key and date. Two rows of one key may not cover the same day."""

    def __init__(self, rows: Iterable[Requirement]) -> None:
        self.rows = tuple(rows)
        self._by_key: dict[str, list[Requirement]] = {}
        for row in self.rows:
            self._by_key.setdefault(row.key, []).append(row)
        for key, versions in self._by_key.items():
            versions.sort(key=lambda row: row.since or date.min)
            for earlier, later in pairwise(versions):
                if (earlier.until or date.max) >= (later.since or date.min):
                    raise InvalidInput(f"rule {key}: two rows cover {later.since}. End the earlier one the day before.")

    def on(self, key: str, on: date) -> Requirement:
        """The row of ``key`` that covers ``on``. Raises :class:`NotFound` (RULE_NOT_IN_FORCE) when none does."""
        for row in self._by_key.get(key, ()):
            if row.covers(on):
                return row
        raise NotFound(f"RULE_NOT_IN_FORCE: no row of rule {key!r} covers {on}. Add a dated row to the rulebook.")

    def value(self, key: str, on: date) -> int:
        """The value of ``key`` on ``on``, in the unit that the key names."""
        return self.on(key, on).value

    def with_rows(self, rows: Iterable[Requirement]) -> "Rulebook":
        """A rulebook where ``rows`` replace every row of the same keys: how a flag is switched, with its date."""
        added = tuple(rows)
        replaced = {row.key for row in added}
        return Rulebook((*(row for row in self.rows if row.key not in replaced), *added))
