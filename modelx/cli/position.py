"""`modelx position`: what a sleeve holds on a date."""

from cyclopts import App

from modelx.cli.output import DEFAULT_DATABASE, Database, Output, say, show_rows
from modelx.cli.selection import OneDate, OneModel, OnePlan, parse_day

app = App(name="position")


@app.command(name="list")
def list_(
    *,
    plan: OnePlan,
    model: OneModel,
    date: OneDate,
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> None:
    """List a sleeve's positions and cash at the end of a day, with the day's prices and market values."""
    import numpy as np

    from modelx.bootstrap import open_book
    from modelx.domain.money import format_decimal
    from modelx.domain.valuation import market_values
    from modelx.services.ledger_views import positions_at
    from modelx.services.missing_value import stale_figures

    engine, day = open_book(database), parse_day(date)
    cash, lines = positions_at(engine, plan, model, day)
    rows = []
    for line in lines:
        value = (
            ""
            if line.price is None
            else _dollars(int(market_values(np.array([line.shares]), np.array([line.price]))[0]))
        )
        price = "" if line.price is None else format_decimal(line.price, 8, at_least=2)
        rows.append([line.ticker, format_decimal(line.shares, 6, at_least=0), price, value, _dollars(line.cost)])
    rows.append(["CASH", _dollars(cash), "", _dollars(cash), _dollars(cash)])
    columns = ["ticker", "shares", "price", "market_value", "cost"]
    title = f"{plan} {model}, end of {date}"
    show_rows(output, "positions", columns, rows, title=title, numeric=frozenset(columns[1:]))
    stale = stale_figures(engine, plan, model, day)
    if stale:
        say(stale)


def _dollars(amount: int) -> str:
    from modelx.domain.money import format_decimal

    return format_decimal(amount, 6, at_least=2)
