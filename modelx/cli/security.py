"""`modelx security`: the universe that models may hold, and what they hold that can no longer be bought."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from modelx.cli.output import DEFAULT_DATABASE, Database, Output, print_remark, say, show_rows
from modelx.cli.selection import Plan

app = App(name="security")
COLUMNS = ("ticker", "name", "kind", "class", "expense_pct", "status", "successor", "models")
AT_MOST = 50
MERGED_ON = date(2026, 1, 2)  # a session: that of a made-up universe's mergers


@app.command(name="list")
def list_(
    *,
    text: Annotated[str, Parameter(name="--text", help="Words that stand in the ticker or the name.")] = "",
    asset_class: Annotated[str | None, Parameter(name="--class", help="Only this asset class.")] = None,
    expense_max: Annotated[
        str | None, Parameter(name="--expense-max", help="Yearly expenses at most, in percent, such as 0.10.")
    ] = None,
    status: Annotated[str, Parameter(name="--status", help="OPEN, CLOSED, MERGED, LIQUIDATED, or ANY.")] = "OPEN",
    plan: Plan = None,
    limit: Annotated[int, Parameter(name="--limit", help="Lines shown; 0 for all of them.")] = AT_MOST,
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> None:
    """Search the universe by words, class, expense and status; with --plan, only what the plan allows.

    An exact ticker comes first, then the cheapest.
    """
    from modelx.bootstrap import open_book
    from modelx.domain.errors import InvalidInput
    from modelx.domain.money import format_decimal, parse_decimal
    from modelx.domain.universe import SecurityStatus
    from modelx.services.universe_views import Wanted, search_universe

    if status != "ANY" and status not in SecurityStatus.__members__:
        raise InvalidInput(f"--status {status}: one of {', '.join(SecurityStatus.__members__)} or ANY")
    most = None if expense_max is None else parse_decimal(expense_max, 10)
    wanted = Wanted(text, asset_class, most, None if status == "ANY" else SecurityStatus[status], plan)
    found = search_universe(open_book(database), wanted)
    shown = found if limit <= 0 else found[:limit]
    rows = [
        [
            *(one.listing.ticker, one.listing.name, one.listing.kind, one.listing.asset_class),
            format_decimal(one.listing.expense_ratio, 10, at_least=2),
            *(one.listing.status.value, one.listing.successor or "", " ".join(one.models)),
        ]
        for one in shown
    ]
    show_rows(output, "securities", COLUMNS, rows, numeric=frozenset({"expense_pct"}), extra={"found": len(found)})
    if len(found) > len(shown):
        say(f"{len(found):,} found, {len(shown)} shown: narrow the search, or --limit 0")


@app.command
def prompts(*, database: Database = DEFAULT_DATABASE, output: Output = Output()) -> None:  # noqa: B008
    """List the models and overrides that hold what can no longer be bought, and the command that replaces it."""
    from modelx.bootstrap import open_book
    from modelx.services.universe_views import prompts as found

    rows = [
        [one.ticker, one.status, one.model or "every model", one.plan, one.where, one.remedy]
        for one in found(open_book(database))
    ]
    show_rows(output, "substitution-prompts", ("ticker", "status", "model", "plan", "where", "remedy"), rows)


@app.command
def seed(
    folder: Annotated[Path, Parameter(help="New folder for the files.")],
    *,
    count: Annotated[int, Parameter(name="--count", help="How many securities.")] = 17_500,
    number: Annotated[int, Parameter(name="--seed", help="The same seed makes the same universe.")] = 1,
) -> None:
    """Write a made-up universe as a folder to load and try things on. No issuer, name or ticker in it is real."""
    import numpy as np

    from modelx.domain.days import day_of
    from modelx.domain.errors import InvalidInput
    from modelx.files.book_folder import write_book
    from modelx.files.universe_files import universe_files
    from modelx.services.seeded_universe import seeded_universe

    if not 1 <= count <= 1_000_000:
        raise InvalidInput(f"--count {count}: from 1 to 1,000,000")
    universe = seeded_universe(count, np.random.default_rng(number))
    write_book(folder, universe_files(universe, day_of(MERGED_ON)))
    print_remark(str(folder))
    say(f"next: modelx book load {folder}")
