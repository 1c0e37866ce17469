"""`modelx simulate run` and `summary`: years of nights through the real ledger, and what came of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from modelx.cli.output import DEFAULT_DATABASE, Database, Output, say
from modelx.cli.selection import parse_day

if TYPE_CHECKING:
    from modelx.domain.night_policy import NightPolicy

Grouping = Annotated[
    Literal["model", "sleeve"], Parameter(name="--by", help="A line for each model (medians of its sleeves) or sleeve.")
]
SLEEVES_MAX = 100_000
WIDE_TOLERANCE = 25 * 10**10  # a made-up price may move by a quarter: there is nobody to release it


def run(
    *,
    sleeves: Annotated[int, Parameter(help="How many sleeves; every plan offers every model.")] = 100,
    years: Annotated[int, Parameter(help="Years of nights.")] = 1,
    seed: Annotated[int, Parameter(help="Seed of the market, the plans and their participants.")] = 1,
    start: Annotated[str, Parameter(help="First day, YYYY-MM-DD.")] = "2020-01-02",
    keep: Annotated[
        Path | None, Parameter(help="Also write the book's folders below this folder, to load or to try again.")
    ] = None,
    by: Grouping = "model",
    database: Annotated[
        str,
        Parameter(
            name="--database",
            env_var="MODELX_DATABASE_URL",
            help="An empty database, made if it is not there: sqlite:///FILE or postgresql://USER@HOST/NAME.",
        ),
    ] = "sqlite:///simulation.db",
    output: Output = Output(),  # noqa: B008
) -> None:
    """Make a market, plans and participants, and run years of nights through the real ledger.

    Correlated asset classes, funds with fees and tracking noise, dividends and splits; plans with contributions and
    withdrawals; managers who change models, and plans that override them. The same options give the same ledger. The
    database must be empty, or hold this very simulation, which then goes on where it stopped; afterwards it can be
    read like any other.
    """
    from modelx.bootstrap import migrate_database, open_book, runner, settings
    from modelx.cli.progress import counting_progress
    from modelx.domain.days import date_of
    from modelx.domain.errors import InvalidInput
    from modelx.files.book_folder import write_book
    from modelx.files.simulated_book import simulated_loads
    from modelx.files.simulation_ground import seeded_ground
    from modelx.services.book_entry import BookEntry
    from modelx.services.simulated_nights import require_own, run_simulation
    from modelx.services.simulated_plans import simulated_plans

    if not 1 <= sleeves <= SLEEVES_MAX:
        raise InvalidInput(f"--sleeves {sleeves}: simulate 1 to {SLEEVES_MAX:,} sleeves")
    platform, _ = seeded_ground(seed, date_of(parse_day(start)), years)
    migrate_database(database)
    engine = open_book(database)
    plans = simulated_plans(platform, sleeves, seed)
    made = list(simulated_loads(platform, plans))
    sources = [(BookEntry(one.name, f"simulation {seed}", one.files), one.through) for one in made]
    done = require_own(engine, [source for source, _ in sources])
    if keep is not None:
        for one in made:
            write_book(keep / one.name, one.files.values())
    nights = platform.market.history.sessions.size
    policy = _lenient(settings().policy())
    with counting_progress("loading the first quarter") as advance:

        def night_done(day: int) -> None:
            nonlocal done
            done = min(done + 1, nights)
            advance(done, nights, f"night of {date_of(day)}")

        for _ in run_simulation(engine, sources, policy, runner(), night_done):
            pass
    say(f"{sleeves:,} sleeves of {len(plans.plans):,} plans, {len(plans.overrides)} overrides, {done} nights")
    _show(database, by, output)


def summary(
    *,
    by: Grouping = "model",
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> None:
    """Show how every model of a ledger has done, from its unit values, trades and fees.

    Each sleeve is compared with the first one of its model, which in a simulation overrides nothing.
    """
    _show(database, by, output)


def _lenient(policy: NightPolicy) -> NightPolicy:
    """The policy of a simulation: what the settings leave open does not hold a made-up price for moving or not."""
    from dataclasses import replace

    return replace(
        policy,
        price_tolerance=WIDE_TOLERANCE if policy.price_tolerance is None else policy.price_tolerance,
        stale_sessions=0 if policy.stale_sessions is None else policy.stale_sessions,
    )


def _show(database: str, by: str, output: Output) -> None:
    from modelx.bootstrap import open_book
    from modelx.cli.simulate_tables import show_summary
    from modelx.domain.days import date_of
    from modelx.domain.money import format_decimal
    from modelx.services.ledger_performance import base_of_models, ledger_performance
    from modelx.services.what_if_summary import medians, summarise

    done = ledger_performance(open_book(database))
    found = summarise(done, base_of_models(done))
    assets = done.net_assets[-1].tolist()
    names, lines = ["plan", "model"], [[plan, model] for plan, model in zip(done.plan, done.model, strict=True)]
    if by == "model":
        models = sorted(set(done.model))
        group = [models.index(model) for model in done.model]
        found = medians(found, group)
        names, lines = ["model", "sleeves"], [[model, str(group.count(at))] for at, model in enumerate(models)]
        assets = [sum(own for own, at in zip(assets, group, strict=True) if at == one) for one in range(len(models))]
    plain = output.json or output.csv
    shown = [[format_decimal(own, 6, at_least=2) if plain else f"{own / 10**12:,.1f} m"] for own in assets]
    first, last = (date_of(int(done.days[at])) for at in (0, -1))
    title = f"{first} to {last}: {len(done.model):,} sleeves, {done.days.size:,} nights"
    title += "; medians of each model's sleeves" if by == "model" else ""
    show_summary(output, "simulation", names, lines, found, title=title, after=(["net_assets"], shown))
