"""Why a sleeve has no unit value on a date: held, not run yet, no session, or not of that time; what that leaves."""

from __future__ import annotations

from modelx.domain.days import date_of
from modelx.domain.errors import Blocked, ModelxError, NotFound
from modelx.services.unit_values import HELD, STRUCK, list_unit_values
from modelx.store import night_records, session_records, sleeve_records, status_records, unit_value_records
from modelx.store.engine import Connection, Engine
from modelx.store.unit_of_work import reading
from modelx.store.unit_value_records import Selection


def why_no_value(connection: Connection, plan: str, model: str, owner: int, day: int) -> ModelxError:
    """The error that tells it: :class:`Blocked` for a sleeve that is held, :class:`NotFound` for every other reason.

    The calendar refuses a day outside the sessions known with :class:`InvalidInput`.
    """
    loads, _ = night_records.horizons(connection)
    if not session_records.calendar(connection, loads).is_session(day):
        return NotFound(f"{date_of(day)} is no session: no unit value is struck on it")
    terms = sleeve_records.sleeve_terms(connection, loads, f"sleeve_id = {int(owner)}")
    starts, ends = int(terms.start_day[0]), int(terms.end_day[0])
    if not starts <= day <= ends:
        when = f"starts on {date_of(starts)}" if day < starts else f"ended on {date_of(ends)}"
        return NotFound(f"{plan} {model} {when}: it has no unit value for {date_of(day)}")
    last = night_records.last_night_begun(connection)
    if last is None or last < day:
        return NotFound(f"the night of {date_of(day)} has not run: see `modelx cycle status`")
    held = unit_value_records.open_findings(connection, Selection(plan, model, last_day=day))
    if held:
        cause = f"{held[0].code} {held[0].ticker}: {held[0].detail}".replace(" :", ":")
        return Blocked(
            f"{plan} {model} has no unit value for {date_of(day)}: held since {date_of(held[0].business_date)} by "
            f"{cause}. Cure it, then `modelx hold release --plan {plan} --model {model}`"
        )
    return NotFound(
        f"{plan} {model} was not struck on {date_of(day)} yet: the next `modelx cycle run` takes up what is unfinished"
    )


def stale_figures(engine: Engine, plan: str, model: str, day: int) -> str | None:
    """What to know of a sleeve's balances at the end of a day while it is held; None when they are that day's."""
    with reading(engine) as connection:
        night = status_records.night_before(connection, day + 1)
        strikes = unit_value_records.unit_values(connection, Selection(plan, model, last_day=day))
    if night is None:
        return None
    for line in list_unit_values(engine, Selection(plan, model, night, night)):
        if line.status == STRUCK:
            return (
                f"{plan} {model} was stopped on {date_of(night)} after its strike: that night's orders are not booked"
            )
        if line.status == HELD:
            since = f"at the end of {date_of(strikes[-1].business_date)}" if strikes else "before its first night"
            return f"{plan} {model} is held ({line.why}): the figures are those {since}"
    return None
