"""`modelx qdia` beside the evaluation: style analysis, the platform's own candidates, the paper, a made-up plan."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from modelx.cli.output import DEFAULT_DATABASE, Database, Output, say, show_rows
from modelx.cli.qdia_case import parse_date, refusals

PAPER = Path(__file__).resolve().parents[2] / "fixtures" / "paper"


def style(
    returns: Annotated[Path, Parameter(help="CSV: option, vintage, month, return.")],
    factors: Annotated[Path, Parameter(help="CSV: month and the nineteen classes.")],
    *,
    observed: Annotated[
        Path | None, Parameter(name="--observed", help="CSV: option, vintage, equity of today.")
    ] = None,
    window: Annotated[int, Parameter(name="--window", help="Months, 36 at least.")] = 60,
    resamples: Annotated[int, Parameter(name="--resamples", help="Bootstrap samples for the intervals.")] = 200,
    seed: Annotated[int, Parameter(name="--seed", help="Of the samples: the same seed, the same intervals.")] = 0,
    output: Output = Output(),  # noqa: B008
) -> None:
    """Which mix of asset classes moved like each fund (Sharpe 1992), the equity share and groups with intervals first.

    --csv gives the weights, rescaled to the observed equity level, in the form of qdia_weights.csv.
    """
    from modelx.cli.qdia_tables import STYLE_COLUMNS, WEIGHT_COLUMNS, style_rows, style_weight_rows
    from modelx.files.qdia_returns import read_factor_returns, read_fund_returns
    from modelx.services.qdia_style import analyse_styles

    with refusals():
        found = analyse_styles(
            read_fund_returns(returns, observed),
            read_factor_returns(factors),
            window=window,
            resamples=resamples,
            seed=seed,
        )
    for one in found:
        if one.refused:
            say(f"{one.option} {one.vintage or ''}: not analysed: {one.refused}".replace(" :", ":"))
    if output.csv:
        show_rows(output, "qdia-style-weights", WEIGHT_COLUMNS, style_weight_rows(found))
        return
    rows = style_rows(found)
    show_rows(
        output, "qdia-style", STYLE_COLUMNS, rows, numeric=frozenset({"estimate", "low", "high", "r2", "kkt_residual"})
    )


def candidates(
    *,
    as_of: Annotated[str, Parameter(name="--as-of", help="A night whose unit values were published, YYYY-MM-DD.")],
    to: Annotated[Path | None, Parameter(name="--to", help="Folder to write the options into.")] = None,
    plan: Annotated[str | None, Parameter(name="--plan", help="Only this plan's sleeves.")] = None,
    factors: Annotated[
        Path | None, Parameter(name="--factors", help="CSV of asset-class returns, to analyse the unit values too.")
    ] = None,
    exposures: Annotated[
        bool, Parameter(name="--exposures", negative=(), help="With --factors: both exposures, part by part.")
    ] = False,
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> None:
    """The platform's own models as options: holdings by asset class and fees as accrued, sleeve by sleeve.

    --to writes them for `modelx qdia evaluate`: series by vintage, over the plans named. With --factors what the unit
    values' returns show stands beside what is held, where there are 36 whole months of them; --exposures lists both.
    """
    from modelx.bootstrap import open_book
    from modelx.cli import qdia_tables as shown
    from modelx.domain.days import day_of
    from modelx.domain.errors import InvalidInput
    from modelx.evaluator.shipped import default_markets
    from modelx.files.qdia_options import write_options
    from modelx.files.qdia_returns import read_factor_returns
    from modelx.files.qdia_second_views import write_second_views
    from modelx.services.qdia_candidates import candidate_options, sleeve_holdings
    from modelx.services.qdia_own_styles import second_views, unit_value_returns
    from modelx.services.qdia_style import analyse_styles

    if exposures and factors is None:
        raise InvalidInput("--exposures needs --factors, the returns of the asset classes to compare with.")
    engine, day = open_book(database), day_of(parse_date(as_of))
    held = sleeve_holdings(engine, day, plan)
    with refusals():
        given = None if factors is None else read_factor_returns(factors)
        styles = [] if given is None else analyse_styles(unit_value_returns(engine, day, held), given)
    views = second_views(held, styles) if styles else []
    if exposures:
        rows, numbers = shown.exposure_rows(views), shown.EXPOSURE_NUMBERS
        show_rows(output, "qdia-exposures", shown.EXPOSURE_COLUMNS, rows, numeric=numbers)
    else:
        rows, numbers = shown.candidate_rows(held, styles), shown.CANDIDATE_NUMBERS
        show_rows(output, "qdia-candidates", shown.CANDIDATE_COLUMNS, rows, numeric=numbers)
    if to is not None:
        write_options(to, candidate_options(held, default_markets(), as_of))
        write_second_views(to, views)
        say(f"options written to {to}")


def reproduce_paper(
    *,
    facts: Annotated[
        Path, Parameter(name="--facts", help="Folder of the paper's numbers.", show_default=False)
    ] = PAPER,
    output: Output = Output(),  # noqa: B008
) -> None:
    """Print the paper's numbers beside ours, the difference, and the reason where they differ."""
    from modelx.cli.qdia_tables import RECONCILIATION_COLUMNS, reconciliation_rows
    from modelx.evaluator.shipped import default_detail_map, default_markets
    from modelx.files.paper_facts import read_paper_facts
    from modelx.services.qdia_reconciliation import reconcile

    with refusals():
        lines = reconcile(read_paper_facts(facts), default_detail_map(), default_markets())
    numeric = frozenset({"paper", "ours", "difference"})
    show_rows(output, "qdia-reproduction", RECONCILIATION_COLUMNS, reconciliation_rows(lines), numeric=numeric)
    agree = sum(line.agrees is True for line in lines)
    compared = sum(line.agrees is not None for line in lines)
    say(f"{agree} of {compared} printed numbers reproduce to the digit printed; every other has its reason")


def population(
    to: Annotated[Path, Parameter(help="Parquet file to write.")],
    *,
    count: Annotated[int, Parameter(name="--count", help="How many participants.")] = 15_425,
    seed: Annotated[int, Parameter(name="--seed", help="The same seed makes the same people.")] = 20_180_131,
    plan: Annotated[str, Parameter(name="--plan", help="The plan they are put in.")] = "GENERATED",
) -> None:
    """Write a made-up plan of any size, for trying things out. Nobody in it exists."""
    from modelx.files.participants_write import write_participants
    from modelx.services.qdia_population import population_blocks

    with refusals():
        write_participants(to, plan, population_blocks(count, seed))
    print(to)  # noqa: T201  (the result)
