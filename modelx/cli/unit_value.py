"""`modelx unit-value`: list unit values, and explain one."""

from typing import Annotated

from cyclopts import App, Parameter

from modelx.cli.output import DEFAULT_DATABASE, Database, Output, show_rows
from modelx.cli.selection import First, Last, Model, OneDate, OneModel, OnePlan, Plan, parse_day, selection

app = App(name="unit-value")

COLUMNS = ("date", "plan", "model", "unit_value", "net_assets", "units", "status", "version")
NUMERIC = frozenset({"unit_value", "net_assets", "units", "version"})


@app.command(name="list")
def list_(
    *,
    plan: Plan = None,
    model: Model = None,
    first: First = None,
    last: Last = None,
    all_versions: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> None:
    """List unit values: the one in force for each night, plan and model.

    Units are those the value was struck on, before that night's orders. HELD sleeves have no figures yet.

    Parameters
    ----------
    all_versions
        Every version of every strike, not only the one in force.
    """
    from modelx.bootstrap import open_book
    from modelx.domain.days import date_of
    from modelx.domain.money import format_decimal
    from modelx.services.known_names import check_names
    from modelx.services.unit_values import list_unit_values

    engine, chosen, rows = open_book(database), selection(plan, model, first, last), []
    check_names(engine, plan=plan, model=model)
    for line in list_unit_values(engine, chosen, all_versions=all_versions):
        strike = line.strike
        figures: list[str | int] = ["", "", ""]
        if strike is not None:
            figures = [
                format_decimal(strike.unit_value, 6),
                format_decimal(strike.net_assets, 6),
                format_decimal(strike.units, 6, at_least=4),
            ]
        rows.append(
            [
                date_of(line.business_date).isoformat(),
                line.plan,
                line.model,
                *figures,
                line.status,
                strike.version if strike else "",
            ]
        )
    shown = len(COLUMNS)
    if not (output.json or output.csv) and all(row[-1] in {"", 1} for row in rows):
        shown -= 1  # people need no column of ones
    show_rows(output, "unit-values", COLUMNS[:shown], [row[:shown] for row in rows], numeric=NUMERIC)


@app.command
def explain(
    *,
    plan: OnePlan,
    model: OneModel,
    date: OneDate,
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> None:
    """Explain one unit value: from the night before, line by line, to tonight's, footing exactly.

    The night is computed again from its stored inputs. Prior value, prices, income, reinvestments and trades against
    the close, each fee, and every rounding: in dollars and per unit, with the journal in the ledger and the line of
    the file behind each. Exit code 7 when the sleeve is held, saying by what.
    """
    from modelx.bootstrap import open_book
    from modelx.cli.explain_table import show_explanation
    from modelx.services.unit_value_explain import explain_unit_value

    show_explanation(explain_unit_value(open_book(database), plan, model, parse_day(date)), output)
