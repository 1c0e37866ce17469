"""The papers that a plan's default option owes: before the first default investment, before each plan year, and in time
out of capital preservation.

Nothing here reads a clock; ``on`` is the day that asks. Source: ``spec/disclosure.md`` 8 and 9 (Q1, Q10), T12.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from modelx.disclosure import timing
from modelx.disclosure.codes import finding
from modelx.disclosure.duties import Duty, State
from modelx.disclosure.figures import long_date
from modelx.disclosure.periods import add_months
from modelx.disclosure.requirements import Rulebook
from modelx.domain.finding import Finding

PAPER, MOVE = "default option notice", "move out of capital preservation"
DEFAULTED = "everybody who is or may be defaulted"
FIDUCIARY = "the plan's fiduciary, who names the next default"
OPENS_DAYS, YEAR = timedelta(days=60), timedelta(days=366)


@dataclass(frozen=True, slots=True)
class DefaultCalendar:
    """A plan's default and what was sent of it. ``plan_years`` are the last start whose notice is due, and the next.

    ``first_investment`` is ``None`` until it is stated; ``preservation`` is true of a capital-preservation default.
    """

    plan: str
    option: str
    plan_years: tuple[date, date]
    sent: tuple[date, ...]
    first_investment: date | None = None
    withdrawal_permitted: bool = False
    preservation: bool = False


def default_duties(calendar: DefaultCalendar, on: date, rules: Rulebook) -> tuple[Duty, ...]:
    """What the default owes as of ``on``: the first notice, those of the last plan year and the next, the move out."""
    found: list[Duty] = []
    first = calendar.first_investment
    if first is not None:
        by = first if calendar.withdrawal_permitted else timing.default_dates(first, rules).notice_by
        words = "by then, as withdrawals are permitted" if calendar.withdrawal_permitted else "30 days before"
        why = f"the first default investment is on {long_date(first)}: {words}"
        duty = _notice(calendar, by, by - YEAR, on, why)
        if duty.state is not State.DONE or first >= on - YEAR:
            found.append(duty)
    for start in calendar.plan_years:
        if first is None or start > first:
            due = timing.default_notice_due(start, rules)
            before = timing.default_notice_due(add_months(start, -12), rules)
            why = f"at least 30 days before the plan year of {long_date(start)}"
            found.append(_notice(calendar, due, before, on, why))
    if calendar.preservation and first is not None:
        ends = timing.default_dates(first, rules).preservation_ends
        state = State.LATE if on > ends else State.OPEN
        why = f"capital preservation may stand for 120 days from {long_date(first)}"
        found.append(Duty(calendar.plan, MOVE, calendar.option, FIDUCIARY, first, ends, state, why))
    return tuple(found)


def check_default_duties(calendar: DefaultCalendar, on: date, rules: Rulebook) -> tuple[Finding, ...]:
    """QDIA-10 for a notice that is late, QDIA-1 for a capital-preservation default past its days."""
    return tuple(
        finding("QDIA-1" if duty.paper == MOVE else "QDIA-10", duty.about, f"{duty.why}; it was due by {duty.due}")
        for duty in default_duties(calendar, on, rules)
        if duty.state is State.LATE
    )


def _notice(calendar: DefaultCalendar, due: date, after: date, on: date, why: str) -> Duty:
    """The notice due on ``due``: done by one sent after ``after``, which is where the one before it was due."""
    opens = due - OPENS_DAYS
    in_time = [day for day in calendar.sent if after < day <= due]
    late = [day for day in calendar.sent if due < day <= on]
    if in_time:
        state, why = State.DONE, f"{why}; sent {long_date(max(in_time))}"
    elif late:
        state, why = State.DONE, f"{why}; sent {long_date(min(late))}, late"
    else:
        state = State.LATE if on > due else State.OPEN if on >= opens else State.AHEAD
    return Duty(calendar.plan, PAPER, calendar.option, DEFAULTED, opens, due, state, why)
