"""The options that choose sleeves and dates, the same for every command."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from modelx.domain.days import date_of, day_of
from modelx.domain.errors import InvalidInput, ModelxError

if TYPE_CHECKING:
    from modelx.store.unit_value_records import Selection

Plan = Annotated[str | None, Parameter(name="--plan", help="Only this plan.")]
Model = Annotated[str | None, Parameter(name="--model", help="Only this model (its ticker).")]
OnePlan = Annotated[str, Parameter(name="--plan", help="The plan.")]
OneModel = Annotated[str, Parameter(name="--model", help="The model (its ticker).")]
OneDate = Annotated[str, Parameter(name="--date", help="The date, YYYY-MM-DD.")]
First = Annotated[str | None, Parameter(name="--from", help="First date, YYYY-MM-DD.")]
Last = Annotated[str | None, Parameter(name="--to", help="Last date, YYYY-MM-DD.")]


def parse_day(text: str) -> int:
    """The day of an ISO date. Raises :class:`InvalidInput` naming the form wanted."""
    try:
        parsed = date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"{text!r} is not a date: write YYYY-MM-DD, such as 2026-11-24") from None
    if parsed.isoformat() != text:
        raise InvalidInput(f"{text!r} is not a date: write YYYY-MM-DD, such as 2026-11-24")
    return day_of(parsed)


def parse_number(option: str, text: str, places: int, *, least: str = "0", below: str = "") -> int:
    """The count of 10**-places of an option's number, at least ``least`` and less than ``below`` where that is given.

    Raises :class:`InvalidInput` naming the option and what it takes.
    """
    from modelx.domain.money import parse_decimal

    try:
        number = parse_decimal(text, places)
    except ModelxError as error:
        raise InvalidInput(f"{option} {text}: {error}") from None
    if number < parse_decimal(least, places) or (below and number >= parse_decimal(below, places)):
        what = f"at least {least}" + (f" and less than {below}" if below else "")
        raise InvalidInput(f"{option} {text}: give {what}")
    return number


def parse_date_option(text: str | None) -> date | None:
    """The date of an option that may be left out. Raises :class:`InvalidInput` naming the form wanted."""
    return None if text is None else date_of(parse_day(text))


def selection(plan: str | None, model: str | None, first: str | None, last: str | None) -> Selection:
    """The rows wanted. Raises :class:`InvalidInput` for a date that cannot be read or a range turned round."""
    from modelx.store.unit_value_records import Selection

    chosen = Selection(plan=plan, model=model)
    if first is not None:
        chosen = Selection(plan, model, parse_day(first), chosen.last_day)
    if last is not None:
        chosen = Selection(plan, model, chosen.first_day, parse_day(last))
    if chosen.first_day > chosen.last_day:
        raise InvalidInput(f"the range is empty: --from {first} is after --to {last}")
    return chosen
