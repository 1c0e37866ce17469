"""Text of one kind to the whole number it means, and the reason when it means none.

The readers here look at one text at a time: dates, choices and names repeat, so a file is read by looking at each
distinct text once; decimals are read by columns in :mod:`modelx.files.csv_columns`, and only a bad one comes here, to
be told why. No text is trimmed, and no digit is guessed.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from modelx.domain.days import day_of
from modelx.domain.errors import InvalidInput
from modelx.domain.fee_schedule import parse_tiers
from modelx.files.book_format import LARGEST, ONE, ColumnFormat, Kind

TEXT_MAX = 2_000
CODE_PATTERN = r"^[A-Za-z0-9](?:[A-Za-z0-9 ._:&#-]{0,62}[A-Za-z0-9._:&#-])?$"
REFERENCE_PATTERN = r"^[A-Za-z0-9#(](?:[\x20-\x7e]{0,62}[\x21-\x7e])?$"
TEXT_PATTERN = r"^[^\s\p{C}\p{Z}=+\-@＝＋－＠](?:[^\p{C}\p{Zl}\p{Zp}]*[^\s\p{C}\p{Z}])?$"
NUMBER_PATTERN = r"^-?[0-9]{1,20}$"

_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_MONTH_DAY = re.compile(r"([0-9]{2})-([0-9]{2})")
_TIME = re.compile(r"([0-9]{2}):([0-9]{2})")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:[0-9]{2})"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_MICROSECOND = timedelta(microseconds=1)
_HINTS = tuple(
    (re.compile(pattern), hint)
    for pattern, hint in (
        (r"[^\x00-\x7f]", "use the digits 0 to 9"),
        (r"(?i)^[+-]?(nan|inf|infinity)$", "a number must be finite"),
        (r"_", "leave out the underscore"),
        (r",", "leave out the thousands separator"),
        (r"^[+-]?[0-9.]+[eE][+-]?[0-9]+$", "write it without an exponent"),
        (r"^\+", "leave out the plus sign"),
        (r"%$", "leave out the percent sign"),
    )
)
_FORMULA_LEADS = "=+-@\uff1d\uff0b\uff0d\uff20\t"


class Unreadable(ValueError):
    """A field that cannot be used: its finding code and the reason, with the remedy."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def decimal_pattern(places: int) -> str:
    """The regular expression of a plain decimal with at most so many places."""
    return NUMBER_PATTERN if places == 0 else rf"^-?[0-9]{{1,20}}(?:\.[0-9]{{1,{places}}})?$"


def value_of(column: ColumnFormat, text: str) -> int:
    """The whole number a non-blank text of a DATE, MONTH_DAY, TIME, INSTANT or CHOICE column means.

    Raises :class:`Unreadable`.
    """
    if text != text.strip():
        raise Unreadable("SPACES", f"{_shown(text)} begins or ends with a space: remove it")
    match column.kind:
        case Kind.DATE:
            return _day(text)
        case Kind.MONTH_DAY:
            return _month_day(text)
        case Kind.TIME:
            return _minute(text)
        case Kind.INSTANT:
            return _instant(text)
        case _:
            return _choice(column, text)


def _day(text: str) -> int:
    match = _DATE.fullmatch(text)
    if match is None:
        raise Unreadable("BAD_DATE", f"{_shown(text)} is not a date: write YYYY-MM-DD")
    year, month, day = (int(part) for part in match.groups())
    try:
        on = date(year, month, day)
    except ValueError:
        raise Unreadable("BAD_DATE", f"{text} is not a day of the calendar") from None
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise Unreadable("BAD_DATE", f"{text} is outside the years {_FIRST_YEAR} to {_LAST_YEAR}")
    return day_of(on)


def _month_day(text: str) -> int:
    match = _MONTH_DAY.fullmatch(text)
    try:
        assert match is not None
        date(2025, int(match[1]), int(match[2]))  # a common year: 02-29 does not come round every year
    except (AssertionError, ValueError):
        reason = f"{_shown(text)} is not a day of every year: write MM-DD, such as 12-31"
        raise Unreadable("BAD_DATE", reason) from None
    return int(match[1]) * 100 + int(match[2])


def _minute(text: str) -> int:
    match = _TIME.fullmatch(text)
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:
        raise Unreadable("BAD_TIME", f"{_shown(text)} is not a time: write HH:MM, New York, such as 13:00")
    return int(match[1]) * 60 + int(match[2])


def _instant(text: str) -> int:
    reason = f"{_shown(text)} is not a timestamp with an offset: write 2026-11-23T15:30:00-05:00"
    if _INSTANT.fullmatch(text) is None:
        raise Unreadable("BAD_TIME", reason)
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise Unreadable("BAD_TIME", reason) from None
    if not _FIRST_YEAR <= instant.year <= _LAST_YEAR:
        raise Unreadable("BAD_TIME", f"{text} is outside the years {_FIRST_YEAR} to {_LAST_YEAR}")
    return (instant - _EPOCH) // _MICROSECOND


def _choice(column: ColumnFormat, text: str) -> int:
    for word, value in column.choices:
        if text == word:
            return value
    for word, reason in column.refusals:
        if text == word:
            raise Unreadable("REFUSED", reason)
    allowed = ", ".join(word for word, _ in column.choices)
    raise Unreadable("BAD_CHOICE", f"{_shown(text)} is not one of {allowed}")


def why_not_text(column: ColumnFormat, text: str) -> Unreadable:
    """Why a text does not fit its CODE, REFERENCE or TEXT column (which its pattern has refused), or is too long."""
    if text != text.strip():
        return Unreadable("SPACES", f"{_shown(text)} begins or ends with a space: remove it")
    if text[0] in _FORMULA_LEADS:
        return Unreadable(
            "FORMULA", f"{_shown(text)} begins with {text[0]!r}, which a spreadsheet runs as a formula: reword it"
        )
    if column.kind is Kind.CODE:
        return Unreadable(
            "BAD_CODE", f"{_shown(text)} is not an identifier: 1 to 64 ASCII letters, digits, spaces and . _ : & # -"
        )
    if column.kind is Kind.REFERENCE:
        return Unreadable(
            "BAD_CODE", f"{_shown(text)} is not a reference: 1 to 64 ASCII characters, beginning with a letter or digit"
        )
    if len(text) > TEXT_MAX:
        return Unreadable("TEXT_TOO_LONG", f"the text has {len(text)} characters; at most {TEXT_MAX} are kept")
    return Unreadable("CONTROL_CHARACTER", f"{_shown(text)} contains an invisible or control character: remove it")


def check_tiers(text: str) -> None:
    """Raise :class:`Unreadable` unless a text holds tiers with rates from 0 to 1."""
    try:
        tiers = parse_tiers(text)
    except InvalidInput as error:
        raise Unreadable("BAD_TIERS", str(error)) from None
    if not all(0 <= tier.rate <= ONE for tier in tiers):
        raise Unreadable("BAD_TIERS", f"{_shown(text)} has a rate outside 0 to 1: 0.0050 is half a percent")


def why_not_decimal(column: ColumnFormat, text: str) -> Unreadable:
    """Why a text is not a number its DECIMAL column takes."""
    if text != text.strip():
        return Unreadable("SPACES", f"{_shown(text)} begins or ends with a space: remove it")
    plain = re.fullmatch(r"-?([0-9]+)(?:\.([0-9]+))?", text)
    if plain is None:
        return Unreadable("BAD_NUMBER", f"{_shown(text)} is not a plain decimal: {_hint(text)}")
    decimals = len(plain[2] or "")
    if decimals > column.places:
        allowed = f"at most {column.places} are allowed" if column.places else "a whole number is needed"
        return Unreadable("TOO_MANY_DECIMALS", f"{_shown(text)} has {decimals} decimals; {allowed}")
    return out_of_range(column, text)


def out_of_range(column: ColumnFormat, text: str) -> Unreadable:
    """Why a plain decimal lies outside its column's limits."""
    if text.startswith("-") and column.low >= 0:
        return Unreadable("OUT_OF_RANGE", f"{_shown(text)} is negative, which is not allowed here")
    if column.low == 1 and not text.strip("0."):
        return Unreadable("OUT_OF_RANGE", f"{_shown(text)} must be above zero")
    limit = _limit(column.high, column.scale) if column.high < LARGEST else "what 64 bits hold exactly"
    if column.low > 1 and len(text) <= 20 and float(text) * 10**column.scale < column.low:
        return Unreadable("OUT_OF_RANGE", f"{_shown(text)} is below {_limit(column.low, column.scale)}")
    return Unreadable("OUT_OF_RANGE", f"{_shown(text)} is more than {limit}")


def _limit(value: int, scale: int) -> str:
    return f"{value // 10**scale}"


def _hint(text: str) -> str:
    for pattern, hint in _HINTS:
        if pattern.search(text):
            return hint
    return "write digits with one dot, such as 12.50"


def _shown(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")
