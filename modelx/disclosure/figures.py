"""A printed number: rounded once, then carried as text and as a plain decimal, so that no two formats can differ.

Percents are whole hundredths of a percent (``bps``: 13.34% is 1334), dollars are whole cents. Both are rounded half-up
away from zero (C1); negative zero prints 0.00. Dollars per $1,000 come from the *displayed* percent (T5).
"""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from modelx.domain.money import big_mul_div, format_decimal

MINUS = "\u2212"  # the sign that screen readers say and that aligns with the digits
BPS = 10_000
CENTS = 100
RATE = 10**12  # rates and weights are counted in 10^-12


@dataclass(frozen=True, slots=True)
class Figure:
    """One printed number. ``text`` is what every document shows; ``number`` is the same value as a plain decimal.

    ``unit`` is ``percent``, ``usd``, ``units``, ``weight`` or empty; ``number`` is empty when there is no value.
    ``note`` qualifies the number in words and is printed with it: ``not annualized``, ``estimated``.
    """

    text: str
    number: str = ""
    unit: str = ""
    note: str = ""


NOT_APPLICABLE = Figure("N/A")


def round_half_up(value: Fraction, per: int = 1) -> int:
    """``value`` counted in units of 1/``per``, to the nearest whole, ties away from zero."""
    return int(big_mul_div(value.numerator, per, value.denominator).item())


def to_bps(ratio: Fraction) -> int:
    """A ratio (0.1334) as hundredths of a percent (1334), half-up."""
    return round_half_up(ratio, BPS)


def to_cents(dollars: Fraction) -> int:
    """Dollars as whole cents, half-up."""
    return round_half_up(dollars, CENTS)


def per_thousand_cents(displayed_bps: int) -> int:
    """Cents a year per $1,000 from the displayed percent: 0.78% is $7.80, whatever was rounded away before (T5)."""
    return displayed_bps * 10


def _signed(text: str) -> str:
    return MINUS + text[1:] if text.startswith("-") else text


def percent(bps: int | None, note: str = "") -> Figure:
    """``1334`` prints ``13.34%``; ``None`` prints ``N/A`` with the note."""
    if bps is None:
        return Figure("N/A", note=note)
    plain = format_decimal(bps, 2)
    return Figure(f"{_signed(plain)}%", plain, "percent", note)


def dollars(cents: int | None, note: str = "") -> Figure:
    """``750`` prints ``$7.50``; thousands are grouped; ``None`` prints ``N/A`` with the note."""
    if cents is None:
        return Figure("N/A", note=note)
    plain = format_decimal(cents, 2)
    sign = MINUS if cents < 0 else ""
    whole, fraction = format_decimal(abs(cents), 2).split(".")
    return Figure(f"{sign}${int(whole):,}.{fraction}", plain, "usd", note)


def whole_dollars(amount: int, note: str = "") -> Figure:
    """``19625`` prints ``$19,625``."""
    return Figure(f"{MINUS if amount < 0 else ''}${abs(amount):,}", str(amount), "usd", note)


def long_date(on: date) -> str:
    """``December 31, 2025``: the form that participants read, without the platform's locale."""
    return f"{MONTHS[on.month - 1]} {on.day}, {on.year}"


def short_date(on: date) -> str:
    """``Dec 31, 2025``, for narrow tables."""
    return f"{MONTHS[on.month - 1][:3]} {on.day}, {on.year}"


MONTHS = ("January", "February", "March", "April", "May", "June",
          "July", "August", "September", "October", "November", "December")  # fmt: skip
