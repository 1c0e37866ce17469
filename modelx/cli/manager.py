"""`modelx manager`: who keeps the models, at what fee, with what record, and when they were last reviewed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from modelx.cli.output import DEFAULT_DATABASE, Database, Output, print_remark, say, show_object, show_rows

if TYPE_CHECKING:
    from modelx.services.manager_library import LibraryModel

app = App(name="manager")
COLUMNS = ("manager", "kind", "style", "models", "sleeves", "net_assets", "reviewed", "by", "next_review", "notes")
MODEL_COLUMNS = (
    *("model", "name", "style", "fee", "fund_cost_pct", "sleeves", "net_assets"),
    *("since", "return_pct", "one_year_pct", "drawdown_pct", "of_plan"),
)
MODEL_NUMBERS = frozenset({"fund_cost_pct", "sleeves", "net_assets", "return_pct", "one_year_pct", "drawdown_pct"})


@app.command(name="list")
def list_(*, database: Database = DEFAULT_DATABASE, output: Output = Output()) -> None:  # noqa: B008
    """List the managers: their models, the money that follows them, and when they were last reviewed."""
    from modelx.bootstrap import open_book
    from modelx.domain.money import format_decimal
    from modelx.services.manager_library import manager_library

    found = manager_library(open_book(database))
    rows = []
    for one in found:
        facts = one.facts
        worth = sum(model.listed.net_assets for model in one.models)
        followed = [
            " ".join(model.listed.terms.ticker for model in one.models),
            str(sum(model.listed.sleeves for model in one.models)),
            format_decimal(worth // 10_000, 2, at_least=2),
        ]
        review = [
            _day(facts.reviewed_on if facts else None),
            facts.reviewed_by if facts else "",
            _day(facts.next_review if facts else None) + (" OVERDUE" if one.overdue else ""),
            facts.notes if facts else "",
        ]
        rows.append([one.name, one.kind, facts.style if facts else "", *followed, *review])
    show_rows(output, "managers", COLUMNS, rows, numeric=frozenset({"sleeves", "net_assets"}))
    overdue = [one.name for one in found if one.overdue]
    if overdue:
        say(f"review is due: {', '.join(overdue)}")


@app.command
def show(
    manager: Annotated[str, Parameter(help="The manager's name.")],
    *,
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> None:
    """Show a manager: the review on file, and for each model its fee, what its funds cost, and its track record.

    The record is of unit values, after all fees paid from them, of the oldest sleeve without an override.
    """
    from modelx.bootstrap import open_book
    from modelx.services.manager_library import show_manager

    one = show_manager(open_book(database), manager)
    rows = [_model_row(model) for model in one.models]
    facts = one.facts
    review = {
        "kind": one.kind,
        "style": facts.style if facts else "",
        "reviewed": _day(facts.reviewed_on if facts else None),
        "reviewed_by": facts.reviewed_by if facts else "",
        "next_review": _day(facts.next_review if facts else None) + (" OVERDUE" if one.overdue else ""),
        "notes": facts.notes if facts else "",
    }
    if output.json:
        listed = [dict(zip(MODEL_COLUMNS, row, strict=True)) for row in rows]
        show_object("manager", {"manager": one.name, **review, "rows": listed})
        return
    if not output.csv:
        print_remark(one.name)
        for name, text in review.items():
            if text:
                print_remark(f"  {name:<14}{text}")
        print_remark("")
    show_rows(output, "manager", MODEL_COLUMNS, rows, numeric=MODEL_NUMBERS)


def _model_row(model: LibraryModel) -> list[str]:
    from modelx.domain.money import format_decimal

    listed, record = model.listed, model.record
    facts = [listed.terms.ticker, listed.terms.name, listed.terms.style, "; ".join(model.fees)]
    cost = [format_decimal(model.fund_cost // 10**6, 4, at_least=2), str(listed.sleeves)]
    worth = format_decimal(listed.net_assets // 10_000, 2, at_least=2)
    if record is None:
        return [*facts, *cost, worth, "", "", "", "", ""]
    one_year = "" if record.one_year is None else f"{record.one_year * 100:.2f}"
    returns = [f"{record.since_inception * 100:.2f}", one_year, f"{record.drawdown * 100:.2f}"]
    return [*facts, *cost, worth, _day(record.first_day), *returns, record.plan]


def _day(day: int | None) -> str:
    from modelx.domain.days import date_of

    return "" if day is None else date_of(day).isoformat()
