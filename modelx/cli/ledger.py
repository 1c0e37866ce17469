"""`modelx ledger`: trial balances and journals."""

from cyclopts import App

from modelx.cli.output import DEFAULT_DATABASE, Database, Output, say, show_rows
from modelx.cli.selection import First, Last, OneDate, OneModel, OnePlan, parse_day, selection

app = App(name="ledger")


@app.command
def trial_balance(
    *,
    plan: OnePlan,
    model: OneModel,
    date: OneDate,
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> None:
    """Print a sleeve's accounts at the end of a day: debits positive, credits negative, dollars adding up to zero.

    Units and shares have their own accounts, which add up to zero too, shares with the market's.
    """
    from modelx.bootstrap import open_book
    from modelx.services.ledger_views import trial_balance as read
    from modelx.services.missing_value import stale_figures

    engine, day = open_book(database), parse_day(date)
    lines = read(engine, plan, model, day)
    rows = [[line.account, line.title, line.commodity, _figure(line.amount)] for line in lines]
    dollars = [line.amount for line in lines if line.commodity == "USD"]
    debit, credit = (_figure(sum(amount for amount in dollars if amount * side > 0)) for side in (1, -1))
    totals = [
        ["", "debits", "USD", debit],
        ["", "credits", "USD", credit],
        ["total", "", "USD", _figure(sum(dollars))],
    ]
    show_rows(
        output,
        "trial-balance",
        ["account", "title", "commodity", "balance"],
        rows,
        title=f"{plan} {model}, end of {date}",
        numeric=frozenset({"balance"}),
        totals=totals,
    )
    stale = stale_figures(engine, plan, model, day)
    if stale:
        say(stale)


def _figure(amount: int) -> str:
    from modelx.domain.money import format_decimal

    return format_decimal(amount, 6, at_least=2)


@app.command
def journal(
    *,
    plan: OnePlan,
    model: OneModel,
    first: First = None,
    last: Last = None,
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> None:
    """Print a sleeve's journals: every transfer from its credit account to its debit account.

    source is the row of the book behind it: the load, the file and its line. What the night does by itself has none.
    """
    from modelx.bootstrap import open_book
    from modelx.domain.days import date_of
    from modelx.services.journal_sources import journal_sources
    from modelx.services.ledger_views import journal_lines

    engine, chosen = open_book(database), selection(plan, model, first, last)
    lines = journal_lines(engine, plan, model, chosen.first_day, chosen.last_day)
    rows = [
        [
            line.journal,
            date_of(line.business_date).isoformat(),
            line.kind,
            line.debit,
            line.credit,
            _figure(line.amount),
            line.commodity,
            date_of(line.settles_on).isoformat(),
            "" if source is None else f"L{source.load} {source.file}:{source.line}",
        ]
        for line, source in zip(lines, journal_sources(engine, lines), strict=True)
    ]
    columns = ["journal", "date", "kind", "debit", "credit", "amount", "commodity", "settles_on", "source"]
    show_rows(output, "journal", columns, rows, numeric=frozenset({"journal", "amount"}))
