"""`modelx hold`: what is held and why, and its release."""

from typing import Annotated

from cyclopts import App, Parameter

from modelx.cli.output import DEFAULT_DATABASE, Database, Output, say, show_rows
from modelx.cli.selection import Model, Plan, selection

app = App(name="hold")

Ticker = Annotated[str | None, Parameter(name="--ticker", help="Only holds caused by this security.")]
COLUMNS = ("date", "plan", "model", "code", "ticker", "detail")


@app.command(name="list")
def list_(
    *,
    plan: Plan = None,
    model: Model = None,
    ticker: Ticker = None,
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> None:
    """List the sleeves that are held, since when, and by which check."""
    from modelx.bootstrap import open_book
    from modelx.services.holds import open_holds
    from modelx.services.known_names import check_names

    engine = open_book(database)
    check_names(engine, plan=plan, model=model)
    _show(open_holds(engine, selection(plan, model, None, None), ticker), output)


@app.command
def release(
    *,
    reason: Annotated[str, Parameter(name="--reason", help="Why the figures can be used.")],
    by: Annotated[str, Parameter(name="--by", help="Who releases.")],
    approved_by: Annotated[str, Parameter(name="--approved-by", help="The second person.")],
    plan: Plan = None,
    model: Model = None,
    ticker: Ticker = None,
    all_holds: Annotated[bool, Parameter(name="--all", help="Every open hold.", negative=())] = False,
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> int:
    """Release holds with a reason and two names, and run the nights the sleeves missed, in order.

    Choose with --plan, --model or --ticker, or say --all. Exit code 7 when a sleeve was held again on a missed night.
    """
    from modelx.bootstrap import now, open_book, runner, settings
    from modelx.cli.progress import night_progress
    from modelx.domain.errors import InvalidInput
    from modelx.services.daily_cycle import catch_up
    from modelx.services.holds import Release, open_holds, release_holds

    if not (plan or model or ticker or all_holds):
        raise InvalidInput("say which holds: --plan, --model or --ticker, or --all")
    engine, chosen = open_book(database), selection(plan, model, None, None)
    released = release_holds(engine, chosen, ticker, Release(reason, by, approved_by), now())
    _show(released, output)
    with night_progress() as observe:
        reports = catch_up(engine, settings().policy(), runner(observe))
    say(f"released {len(released)}; {len(reports)} missed nights run")
    sleeves = {(hold.plan, hold.model) for hold in released}
    again = [
        hold for hold in open_holds(engine, selection(None, None, None, None)) if (hold.plan, hold.model) in sleeves
    ]
    if again:
        say(f"held again: {', '.join(sorted({f'{hold.plan} {hold.model}' for hold in again}))}; see `modelx hold list`")
    return 7 if again else 0


def _show(holds: list, output: Output) -> None:  # type: ignore[type-arg]  # StoredFinding is imported where it is used
    from modelx.domain.days import date_of

    rows = [
        [date_of(hold.business_date).isoformat(), hold.plan, hold.model, hold.code, hold.ticker, hold.detail]
        for hold in holds
    ]
    show_rows(output, "holds", COLUMNS, rows)
