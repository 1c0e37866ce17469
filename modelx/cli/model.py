"""`modelx model`: the models, their versions, and changes from draft to approval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from modelx.cli import model_change
from modelx.cli.output import DEFAULT_DATABASE, Database, Output, print_remark, say, show_object, show_rows
from modelx.cli.selection import Plan, parse_date_option

if TYPE_CHECKING:
    from modelx.domain.override_check import OverrideRule
    from modelx.services.model_views import ListedModel, ShownModel

app = App(name="model")
for verb in (
    model_change.draft,
    model_change.replace,
    model_change.revert,
    model_change.cancel,
    model_change.preview,
    model_change.approve,
    model_change.changes,
    model_change.schedule,
):
    app.command(verb)

OneModel = Annotated[str, Parameter(help="The model (its ticker).")]
On = Annotated[str | None, Parameter(name="--on", help="As it stands on this date (default: the next session).")]
COLUMNS = (
    *("model", "name", "manager", "series", "style", "version", "since", "next", "sleeves", "net_assets", "cannot_buy"),
)


@app.command(name="list")
def list_(
    *,
    manager: Annotated[str | None, Parameter(name="--manager", help="Only this manager's.")] = None,
    series: Annotated[str | None, Parameter(name="--series", help="Only this series'.")] = None,
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> None:
    """List the models: who keeps each, the version in force and the next to come, the sleeves that follow it."""
    from modelx.bootstrap import open_book
    from modelx.services.model_views import list_models

    found = [
        one
        for one in list_models(open_book(database))
        if manager in {None, one.terms.manager} and series in {None, one.terms.series}
    ]
    numeric = frozenset({"version", "sleeves", "net_assets"})
    show_rows(output, "models", COLUMNS, [_listed(one) for one in found], numeric=numeric)
    closed = [one for one in found if one.cannot_buy]
    if closed:
        say(f"{len(closed)} models hold what can no longer be bought: see `modelx security prompts`")


@app.command
def show(
    model: OneModel,
    *,
    plan: Plan = None,
    on: On = None,
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> None:
    """Show a model: its terms, the weights in force, every version, and the plans that differ.

    With --plan: what that plan's sleeve is to hold, beside the model, each line with its why.
    """
    from modelx.bootstrap import open_book
    from modelx.services.model_views import show_model, sleeve_weights

    engine, day = open_book(database), parse_date_option(on)
    if plan is not None:
        lines = sleeve_weights(engine, plan, model, day)
        columns = ("ticker", "model_weight", "sleeve_weight", "why")
        rows = [
            [one.ticker, _weight(one.of_model, output), _weight(one.effective, output), "; ".join(one.why)]
            for one in lines
        ]
        numeric = frozenset({"model_weight", "sleeve_weight"})
        show_rows(output, "sleeve-weights", columns, rows, title=f"{plan} {model}", numeric=numeric)
        return
    _show(show_model(engine, model, day), output)


@app.command
def diff(
    model: OneModel,
    *,
    first: Annotated[int | None, Parameter(name="--from", help="Version before (default: the one before it).")] = None,
    second: Annotated[int | None, Parameter(name="--to", help="Version after (default: the newest).")] = None,
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> None:
    """Show what changes between two versions of a model: what is added, removed, raised and lowered."""
    from modelx.bootstrap import open_book
    from modelx.cli.change_tables import signed
    from modelx.domain.money import format_decimal
    from modelx.services.model_views import compare_versions, show_model

    before, after, changes = compare_versions(show_model(open_book(database), model, None), first, second)
    rows = [
        [
            change.ticker,
            change.kind.value,
            _weight(change.before, output),
            _weight(change.after, output),
            signed(change.change) if not (output.json or output.csv) else format_decimal(change.change, 12, at_least=6),
        ]
        for change in changes
    ]
    old = f"version {before.number} ({before.effective})" if before else "nothing"
    title = f"{model}: from {old} to version {after.number} ({after.effective})"
    columns = ("ticker", "what", "before", "after", "change")
    numbers = frozenset({"before", "after", "change"})
    extra = {"model": model, "from": before.number if before else None, "to": after.number}
    show_rows(output, "model-diff", columns, rows, title=title, numeric=numbers, extra=extra)


@app.command
def create(
    *,
    name: Annotated[str, Parameter(name="--name", help="What the model is called.")],
    by: Annotated[str, Parameter(name="--by", help="Who makes it.")],
    ticker: Annotated[str | None, Parameter(name="--ticker", help="A symbol of your own, if it is free.")] = None,
    prefix: Annotated[str, Parameter(name="--prefix", help="The platform's symbol begins with this.")] = "MDL",
    manager: Annotated[str, Parameter(name="--manager", help="Who keeps it.")] = "",
    series: Annotated[str, Parameter(name="--series", help="The family it belongs to.")] = "",
    vintage: Annotated[str, Parameter(name="--vintage", help="Target year, or place in the family.")] = "",
    style: Annotated[str, Parameter(name="--style", help="Its style, in the manager's words.")] = "",
    benchmark: Annotated[str, Parameter(name="--benchmark", help="Its benchmark.")] = "",
    objective: Annotated[str, Parameter(name="--objective", help="What it aims at.")] = "",
    strategy: Annotated[str, Parameter(name="--strategy", help="How.")] = "",
    risks: Annotated[str, Parameter(name="--risks", help="Its principal risks.")] = "",
    inception: Annotated[str | None, Parameter(name="--inception", help="Its first day, YYYY-MM-DD.")] = None,
    database: Database = DEFAULT_DATABASE,
) -> None:
    """Make a model and print its ticker: one the platform assigns, unique, and never used again.

    It has no weights yet: draft its first version next.
    """
    from modelx.bootstrap import now, open_book
    from modelx.domain.days import day_of
    from modelx.services.model_creation import ModelTerms, create_model

    first = parse_date_option(inception)
    terms = ModelTerms(
        name, manager, series, vintage, style, benchmark, objective, strategy, risks,
        None if first is None else day_of(first),
    )  # fmt: skip
    print_remark(create_model(open_book(database), terms, by, now(), prefix=prefix, ticker=ticker))
    say("next: modelx model draft TICKER WEIGHTS.csv --by NAME")


def _listed(one: ListedModel) -> list[str]:
    from modelx.domain.money import format_decimal

    now, coming = one.in_force, one.scheduled
    return [
        one.terms.ticker,
        one.terms.name,
        one.terms.manager,
        one.terms.series,
        one.terms.style,
        str(now.number) if now else "",
        now.effective.isoformat() if now else "",
        f"{coming.number} on {coming.effective}" if coming else "",
        str(one.sleeves),
        format_decimal(one.net_assets // 10_000, 2, at_least=2),
        " ".join(one.cannot_buy),
    ]


def _weight(weight: int, output: Output) -> str:
    from modelx.cli.change_tables import percent
    from modelx.domain.money import format_decimal

    if output.json or output.csv:
        return format_decimal(weight, 12, at_least=6)
    return percent(weight) if weight else ""


def _show(shown: ShownModel, output: Output) -> None:
    from modelx.services.model_views import rule_words

    terms, version = shown.terms, shown.in_force()
    versions = [
        [str(one.version.number), one.standing.value, one.version.effective.isoformat(), str(one.load_id)]
        for one in shown.versions
    ]
    weights = [
        [ticker, *_facts(shown, ticker), _weight(weight, output)]
        for ticker, weight in sorted(version.weights if version else (), key=lambda line: (-line[1], line[0]))
    ]
    rules = [
        [str(one.number), one.rule.plan, one.rule.model or "every model", rule_words(one), *_span(one.rule)]
        for one in shown.rules
    ]
    columns = ("ticker", "name", "class", "status", "expense_pct", "weight")
    version_columns = ("version", "standing", "effective", "load")
    rule_columns = ("override", "plan", "model", "what", "from", "through")
    if output.json:
        facts = ("ticker", "name", "manager", "series", "vintage", "style", "benchmark", "objective", "risks")
        content = {name: getattr(terms, name) for name in facts}
        parts = {
            "rows": (columns, weights),
            "versions": (version_columns, versions),
            "overrides": (rule_columns, rules),
        }
        listed = {name: [dict(zip(keys, row, strict=True)) for row in rows] for name, (keys, rows) in parts.items()}
        show_object("model", {**content, "on": shown.on.isoformat(), **listed})
        return
    title = f"{terms.ticker} {terms.name}" + (
        f", version {version.number} since {version.effective}" if version else ""
    )
    show_rows(output, "model", columns, weights, title=title, numeric=frozenset({"expense_pct", "weight"}))
    if output.csv:
        return
    for name in ("manager", "series", "style", "benchmark", "objective"):
        if getattr(terms, name):
            print_remark(f"{name}: {getattr(terms, name)}")
    print_remark("")
    show_rows(output, "versions", version_columns, versions, title="Versions", numeric=frozenset({"version", "load"}))
    if rules:
        print_remark("")
        show_rows(output, "overrides", rule_columns, rules, title="Overrides", numeric=frozenset({"override"}))


def _facts(shown: ShownModel, ticker: str) -> list[str]:
    from modelx.domain.money import format_decimal

    listing = shown.universe.get(ticker)
    if listing is None:
        return ["", "", "", ""]
    expense = format_decimal(listing.expense_ratio, 10, at_least=2)
    return [listing.name, listing.asset_class, listing.status.value, expense]


def _span(rule: OverrideRule) -> list[str]:
    from datetime import date

    start = "always" if rule.start == date.min else rule.start.isoformat()
    return [start, "" if rule.end is None else rule.end.isoformat()]
