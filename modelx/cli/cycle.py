"""`modelx cycle`: run the nights, see how they stand, and compute them again."""

from typing import Annotated

from cyclopts import App, Parameter

from modelx.cli.output import DEFAULT_DATABASE, Database, Output, say, show_rows
from modelx.cli.selection import First, Last, parse_day, selection

app = App(name="cycle")

BLOCKED, BROKEN = 7, 9


@app.command
def run(
    *,
    date: Annotated[str | None, Parameter(name="--date", help="Run this night, which must be the next.")] = None,
    through: Annotated[str | None, Parameter(name="--through", help="Run every night up to this one.")] = None,
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> int:
    """Run one night, or all nights up to a date, and print what each did.

    First whatever was begun is finished and released sleeves catch up. A night that is finished is left alone. Exit
    code 7 when sleeves are held: their names, and why, are in `modelx hold list`.
    """
    from modelx.bootstrap import open_book, runner, settings
    from modelx.cli.progress import night_progress
    from modelx.domain.errors import InvalidInput
    from modelx.services.cycle_status import cycle_status
    from modelx.services.daily_cycle import require_next, run_through
    from modelx.services.holds import open_holds

    if (date is None) == (through is None):
        raise InvalidInput("name either --date D (one night) or --through D (all nights up to D)")
    day = parse_day(date or through or "")
    engine, policy = open_book(database), settings().policy()
    if date is not None:
        require_next(engine, day)
    with night_progress() as observe:
        reports = run_through(engine, day, policy, runner(observe))
    held = open_holds(engine, selection(None, None, None, None))
    if held:
        sleeves = {(hold.plan, hold.model) for hold in held}
        say(f"{len(sleeves)} {'sleeve is' if len(sleeves) == 1 else 'sleeves are'} held: see `modelx hold list`")
    if all(report.already_done for report in reports):
        say("nothing to do: this night is finished")
        return BLOCKED if held else 0
    ran = {(report.business_date, report.run) for report in reports}
    first, last = min(on for on, _ in ran), max(on for on, _ in ran)
    lines = [line for line in cycle_status(engine, first, last) if (line.business_date, line.run) in ran]
    _show(lines, output)
    return BLOCKED if held else 0


@app.command
def status(
    *,
    first: First = None,
    last: Last = None,
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> None:
    """Show every run: how far it came, what it struck and what it stopped. Says which night is next."""
    from modelx.bootstrap import open_book
    from modelx.domain.days import date_of
    from modelx.services.cycle_status import cycle_status, next_night

    engine, chosen = open_book(database), selection(None, None, first, last)
    _show(cycle_status(engine, chosen.first_day, chosen.last_day), output)
    say(f"next night: {date_of(next_night(engine))}")


@app.command
def report(
    *,
    date: Annotated[str | None, Parameter(name="--date", help="The night; the last one when left out.")] = None,
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> None:
    """Show one night as operations want it the next morning: exceptions first, then orders, wires, fees and values.

    Runs in which released sleeves caught up with an earlier night, since the night before, are part of it.
    """
    from modelx.bootstrap import open_book
    from modelx.cli.morning import show_report
    from modelx.services.morning_report import last_night, morning_report

    engine = open_book(database)
    show_report(morning_report(engine, last_night(engine) if date is None else parse_day(date)), output)


@app.command
def verify(
    *,
    first: First = None,
    last: Last = None,
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> int:
    """Replay nights from the inputs stored with them, and compare every step's hash with the one stored.

    Exit code 9 at the first difference, which is named.
    """
    from modelx.bootstrap import open_book
    from modelx.domain.days import date_of
    from modelx.services.cycle_verify import verify_nights

    chosen = selection(None, None, first, last)
    rows, broken = [], False
    for result in verify_nights(open_book(database), chosen.first_day, chosen.last_day):
        broken = broken or bool(result.difference)
        outcome = "DIFFERENT" if result.difference else "identical"
        rows.append([date_of(result.business_date).isoformat(), result.run, outcome, result.difference])
    show_rows(output, "cycle-verify", ["date", "run", "result", "first_difference"], rows)
    return BROKEN if broken else 0


def _show(lines: list, output: Output) -> None:  # type: ignore[type-arg]  # RunStatus is imported where it is used
    from modelx.domain.days import date_of

    columns = ["date", "run", "state", "last_step", "struck", "stopped", "warnings", "orders", "hash"]
    rows = [
        [
            date_of(line.business_date).isoformat(),
            line.run,
            line.state,
            line.last_step,
            line.struck,
            line.stopped,
            line.warnings,
            line.orders,
            line.step_hash.hex()[:16],
        ]
        for line in lines
    ]
    numeric = frozenset({"run", "struck", "stopped", "warnings", "orders"})
    show_rows(output, "cycle-status", columns, rows, numeric=numeric)
