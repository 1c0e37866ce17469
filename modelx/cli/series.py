"""`modelx series`: families of models, what their own rules decided, and the proof that no rule saw the future."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from modelx.cli.output import DEFAULT_DATABASE, Database, Output, print_remark, show_rows
from modelx.cli.selection import parse_date_option

app = App(name="series")
COLUMNS = ("series", "kind", "holds", "glide_path", "roll_months", "tactical_rule", "members", "versions_made")


@app.command(name="list")
def list_(*, database: Database = DEFAULT_DATABASE, output: Output = Output()) -> None:  # noqa: B008
    """List the families: risk trios, target-date series over a glide path, and what each may hold."""
    from modelx.bootstrap import open_book
    from modelx.services.series_views import list_series

    rows = [
        [
            *(one.series, one.kind, one.holds, one.glide_path, one.roll_months, one.tactical_rule),
            " ".join(member.ticker for member in one.members),
            str(one.decisions),
        ]
        for one in list_series(open_book(database))
    ]
    show_rows(output, "series", COLUMNS, rows, numeric=frozenset({"versions_made"}))


@app.command
def show(
    series: Annotated[str, Parameter(help="The family's name.")],
    *,
    on: Annotated[str | None, Parameter(name="--on", help="As on this date (default: the newest).")] = None,
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> None:
    """Show a family side by side: the weights of every member, and why its newest version is what it is."""
    from modelx.bootstrap import open_book
    from modelx.cli.change_tables import percent
    from modelx.domain.money import format_decimal
    from modelx.services.series_views import show_series

    vintages = show_series(open_book(database), series, parse_date_option(on))
    held = sorted({ticker for one in vintages if one.in_force for ticker, weight in one.in_force.weights if weight})
    exact = output.json or output.csv
    rows = []
    for ticker in held:
        weights = [one.in_force.weight(ticker) if one.in_force else 0 for one in vintages]
        told = [format_decimal(weight, 12, at_least=6) if exact else percent(weight) for weight in weights]
        rows.append([ticker, *(text if weight or exact else "" for text, weight in zip(told, weights, strict=True))])
    names = [one.model.ticker for one in vintages]
    show_rows(output, "series-weights", ("ticker", *names), rows, title=series, numeric=frozenset(names))
    if not exact:
        print_remark("")
        for one in vintages:
            since = one.in_force.effective.isoformat() if one.in_force else "no version"
            cause = f": {one.decided.cause}" if one.decided else ""
            print_remark(f"{one.model.ticker} {one.model.vintage} since {since}{cause}")


@app.command
def audit(*, database: Database = DEFAULT_DATABASE, output: Output = Output()) -> int:  # noqa: B008
    """Decide every version a rule made again, from what was known on its night. Exit code 9 when one differs."""
    from modelx.bootstrap import open_book
    from modelx.services.series_views import audit_series

    found = audit_series(open_book(database))
    rows = [[one.code, one.message] for one in found]
    show_rows(output, "series-audit", ("code", "message"), rows)
    return 9 if found else 0
