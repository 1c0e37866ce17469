"""`modelx schedule`: run each session's night at a set New York time, and see which are planned."""

from typing import Annotated

from cyclopts import App, Parameter
from cyclopts.validators import Number

from modelx.cli.output import DEFAULT_DATABASE, Database, Output, say, show_rows

app = App(name="schedule")


@app.command
def run(*, database: Database = DEFAULT_DATABASE) -> None:
    """Run every night that is due, oldest first, then each session's night at its time, until stopped.

    Nights run at MODELX_NIGHT_TIME (18:30) in New York, those of short sessions at MODELX_EARLY_CLOSE_TIME (15:30); a
    time before noon is the next morning. Missed nights are run at the start. One line on stderr for each night: JSON,
    or words at a terminal. SIGTERM or Ctrl-C stops after the current step; started again, it goes on from there. A
    second scheduler on the same book is told who holds the night. Alarms are kept in MODELX_SCHEDULE_STORE (a file
    beside a SQLite book, else modelx.schedule.db).
    """
    from signal import SIGINT

    from modelx.schedule.book_desk import run_book_schedule

    if run_book_schedule(database) == SIGINT:
        raise KeyboardInterrupt


@app.command(name="next")
def next_(
    *,
    count: Annotated[int, Parameter(validator=Number(gte=1, lte=250))] = 5,
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> None:
    """List the nights that are due now, and the next ones with the times at which they will run.

    Parameters
    ----------
    count
        How many nights ahead.
    """
    from modelx.domain.calendar import NEW_YORK
    from modelx.domain.days import date_of
    from modelx.schedule.book_desk import book_plan

    plan = book_plan(database, count)
    rows = [
        [
            date_of(night.day).isoformat(),
            state,
            night.at.astimezone(NEW_YORK).strftime("%Y-%m-%d %H:%M"),
            night.at.strftime("%Y-%m-%dT%H:%MZ"),
            "Y" if night.closes_early else "N",
        ]
        for state, nights in (("DUE", plan.due), ("AHEAD", plan.ahead))
        for night in nights
    ]
    show_rows(output, "schedule", ["date", "state", "runs_at_new_york", "runs_at_utc", "early_close"], rows)
    if plan.warning is not None:
        say(plan.warning.message)
