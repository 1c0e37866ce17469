"""How a column of the book is declared, and the words its declarations are made of.

The files themselves are listed in :mod:`modelx.files.book_files`. The reader, the writer and the documentation all
follow the same tuples.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum

from modelx.domain.book import MISSING


class Kind(Enum):
    """What a column holds: a whole number in the columns, or dictionary-coded text for the last four."""

    DECIMAL = "a plain decimal"
    DATE = "a date YYYY-MM-DD"
    MONTH_DAY = "a day of the year MM-DD"
    TIME = "a time HH:MM"
    INSTANT = "a timestamp with its offset, such as 2026-11-23T15:30:00-05:00"
    CHOICE = "one of a closed list"
    CODE = "an identifier"
    REFERENCE = "a sender's reference"
    TEXT = "text"
    TIERS = "tiers such as 0.0050@1000000;0.0025"


TEXT_KINDS = frozenset({Kind.CODE, Kind.REFERENCE, Kind.TEXT, Kind.TIERS})
LARGEST = 2**62 - 1  # modelx.domain.money proves nothing at or beyond 2**62
ONE = 10**12  # the whole of something, as a rate


@dataclass(frozen=True, slots=True)
class ColumnFormat:
    """One column.

    ``places`` decimals are allowed in the text, ``scale`` are stored, ``at_least`` are always written; ``low`` and
    ``high`` are stored values, inclusive. ``blank`` is what a blank field is stored as, None when a blank is refused.
    An ``absent`` column may be missing from the header, which is a blank on every row. ``refusals`` gives a reason of
    their own to words that are refused on purpose.
    """

    name: str
    kind: Kind
    places: int = 0
    scale: int = 0
    at_least: int = 0
    low: int = 0
    high: int = LARGEST
    choices: tuple[tuple[str, int], ...] = ()
    blank: int | str | None = None
    absent: bool = False
    refusals: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class FileFormat:
    """One file: its name and its columns in order."""

    name: str
    columns: tuple[ColumnFormat, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Every column, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        """The columns every header must have, in order."""
        return tuple(column.name for column in self.columns if not column.absent)


def code(name: str, *, optional: bool = False, absent: bool = False) -> ColumnFormat:
    """An identifier the platform knows things by."""
    return ColumnFormat(name, Kind.CODE, blank="" if optional or absent else None, absent=absent)


def word(name: str, default: str) -> ColumnFormat:
    """A word of an open list, with the word a blank stands for."""
    return ColumnFormat(name, Kind.CODE, blank=default)


def reference(name: str, *, optional: bool = False) -> ColumnFormat:
    """A sender's own reference."""
    return ColumnFormat(name, Kind.REFERENCE, blank="" if optional else None)


def text(name: str, *, optional: bool = True, absent: bool = False) -> ColumnFormat:
    """Free text."""
    return ColumnFormat(name, Kind.TEXT, blank="" if optional else None, absent=absent)


def day(name: str, *, blank: int | None = None, absent: bool = False) -> ColumnFormat:
    """A date, as days since 1970-01-01."""
    return ColumnFormat(name, Kind.DATE, blank=blank, absent=absent)


def choice(name: str, words: type[IntEnum], *, blank: int | None = None, absent: bool = False) -> ColumnFormat:
    """One of the words of a closed list, written exactly so."""
    choices = tuple((member.name, int(member)) for member in words)
    return ColumnFormat(name, Kind.CHOICE, choices=choices, blank=blank, absent=absent)


def flag(name: str, *, blank: int | None = None) -> ColumnFormat:
    """Y or N."""
    return ColumnFormat(name, Kind.CHOICE, choices=(("Y", 1), ("N", 0)), blank=blank)


def whole_number(name: str, high: int, *, low: int = 0, blank: int | None = None, absent: bool = False) -> ColumnFormat:
    """A whole number."""
    return ColumnFormat(name, Kind.DECIMAL, low=low, high=high, blank=blank, absent=absent)


def amount(  # money, shares and units are all counts of one millionth
    name: str, places: int, *, at_least: int = 2, low: int = 0, blank: int | None = None, absent: bool = False
) -> ColumnFormat:
    """Money, shares or units, in millionths."""
    return ColumnFormat(
        name, Kind.DECIMAL, places=places, scale=6, at_least=at_least, low=low, blank=blank, absent=absent
    )


def price(name: str, *, blank: int | None = None) -> ColumnFormat:
    """A price above zero, in 10^-8."""
    return ColumnFormat(name, Kind.DECIMAL, places=8, scale=8, at_least=2, low=1, blank=blank)


def rate(
    name: str, *, high: int = LARGEST, low: int = 0, blank: int | None = None, absent: bool = False
) -> ColumnFormat:
    """A rate, weight or ratio, in 10^-12."""
    return ColumnFormat(name, Kind.DECIMAL, places=12, scale=12, low=low, high=high, blank=blank, absent=absent)


def weight(name: str, *, blank: int | None = None) -> ColumnFormat:
    """A target weight: at most six decimals (``spec/unitization.md`` 3), stored in 10^-12."""
    return ColumnFormat(name, Kind.DECIMAL, places=6, scale=12, high=ONE, blank=blank)


def percent(name: str, *, high: int = LARGEST, absent: bool = False) -> ColumnFormat:
    """A percentage, stored as the rate it means in 10^-12; it may be blank."""
    return ColumnFormat(name, Kind.DECIMAL, places=10, scale=10, high=high, blank=MISSING, absent=absent)


def described(column: ColumnFormat) -> tuple[str, str]:
    """For a person: what a column holds, and what a blank field or an absent column means."""
    holds = column.kind.value
    if column.kind is Kind.CHOICE:
        holds = " | ".join(choice_word for choice_word, _ in column.choices)
    elif column.kind is Kind.DECIMAL:
        holds = "a whole number" if column.places == 0 else f"{holds}, at most {column.places} decimals"
        if column.high < LARGEST:
            holds += f", {_plain(column.low, column.scale)} to {_plain(column.high, column.scale)}"
        elif column.low >= 0:
            holds += ", above zero" if column.low else ", zero or more"
    if column.blank is None:
        return holds, "refused"
    blank = "none" if column.blank in ("", MISSING) else _default(column, column.blank)
    return holds, f"{blank}; the column may be absent" if column.absent else blank


def _default(column: ColumnFormat, blank: int | str) -> str:
    if column.kind is Kind.CHOICE:
        return next(choice_word for choice_word, value in column.choices if value == blank)
    if column.kind is Kind.DATE:
        return "no limit"
    return f"{int(blank) // 100:02d}-{int(blank) % 100:02d}" if column.kind is Kind.MONTH_DAY else str(blank)


def _plain(value: int, scale: int) -> str:
    return f"{value / 10**scale:g}"
