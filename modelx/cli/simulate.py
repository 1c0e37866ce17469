"""`modelx simulate`: try models, overrides, rebalancing policies and fees before adopting one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from modelx.cli.output import Output, say, show_rows
from modelx.cli.selection import First, Last, parse_day, parse_number

if TYPE_CHECKING:
    from modelx.domain.calendar import Calendar
    from modelx.services.model_market import ModelMarket
    from modelx.services.what_if_cases import Case

app = App(name="simulate")

Books = Annotated[
    tuple[Path, ...],
    Parameter(
        name="--book",
        negative=(),
        show_default=False,
        help="A folder of the book with prices and targets; give it again for later folders. Without one, a made-up "
        "platform.",
    ),
]
Seed = Annotated[int, Parameter(name="--seed", help="Seed of the made-up platform.")]
Years = Annotated[int, Parameter(name="--years", help="Years of the made-up platform.")]
Start = Annotated[str, Parameter(name="--start", help="First day of the made-up platform, YYYY-MM-DD.")]
Listed = Parameter(negative=(), show_default=False)
DEFAULT_START = "2020-01-02"
SLIPPAGE_BP_BELOW = "1000"  # a tenth of the price: more is a slip of the pen
for verb, help_text in (
    ("run", "Make a market, plans and participants, and run years of nights through the real ledger."),
    ("summary", "Show how every model of a ledger has done, from its unit values, trades and fees."),
):
    app.command(f"modelx.cli.simulate_ledger:{verb}", name=verb, help=help_text)


@app.command(name="what-if")
def what_if(
    *,
    cases: Annotated[
        Path | None,
        Parameter(
            help="A CSV file, a row for each case: name, model, and if wanted rebalance, band_points, "
            "cash_buffer, min_trade, fee_pct, overrides. The first row is the base."
        ),
    ] = None,
    model: Annotated[tuple[str, ...], Listed, Parameter(help="A model to try; repeat. Default: all.")] = (),
    rebalance: Annotated[
        tuple[str, ...],
        Listed,
        Parameter(help="NONE, BAND, MONTHLY, QUARTERLY or ANNUAL; repeat to compare. Default: QUARTERLY."),
    ] = (),
    fee_pct: Annotated[
        tuple[str, ...], Listed, Parameter(help="A yearly fee in percent; repeat to compare. Default: none.")
    ] = (),
    override: Annotated[
        tuple[str, ...],
        Listed,
        Parameter(
            help="An override to try beside the plain model, such as 'SUBSTITUTE OLD NEW', 'EXCLUDE TICKER', "
            "'SET_WEIGHT TICKER 0.05', 'CASH_BUFFER 0.03'; several parted by semicolons; repeat to compare."
        ),
    ] = (),
    band_points: Annotated[str, Parameter(help="Widest band in points.")] = "3",
    cash_buffer: Annotated[str, Parameter(help="Cash kept, as a fraction.")] = "0",
    min_trade: Annotated[str, Parameter(help="Smallest trade in dollars.")] = "0",
    opening: Annotated[str, Parameter(help="Dollars each case begins with.")] = "1000000",
    monthly: Annotated[str, Parameter(help="Dollars each case takes in every month.")] = "0",
    slippage_bp: Annotated[str, Parameter(help="What a trade loses to the price, in basis points.")] = "0",
    same_close: Annotated[
        bool,
        Parameter(
            negative=(),
            show_default=False,
            help="Trade at the price the trades were sized on, as back-testers do, instead of the next session's.",
        ),
    ] = False,
    book: Books = (),
    first: First = None,
    last: Last = None,
    seed: Seed = 1,
    years: Years = 10,
    start: Start = DEFAULT_START,
    output: Output = Output(),  # noqa: B008
) -> None:
    """Try models, overrides, rebalancing policies and fees over history, in memory, by the rules of the night.

    Every combination of the options is a case, or every row of --cases; the first is the base. All take in the same
    money on the same days. Nothing is stored.
    """
    from modelx.cli.progress import counting_progress
    from modelx.cli.simulate_tables import show_summary
    from modelx.domain.amount import CENT
    from modelx.domain.book_codes import RebalancePolicy
    from modelx.domain.errors import InvalidInput
    from modelx.files.what_if_cases import policy_named, read_cases
    from modelx.services.what_if import Execution, run_what_if
    from modelx.services.what_if_cases import Case, Money, combinations, idle_rules, scenario_of, span
    from modelx.services.what_if_summary import summarise

    options = bool(model or rebalance or fee_pct or override)
    if cases is not None and options:
        raise InvalidInput("give --cases, or --model, --rebalance, --fee-pct and --override: not both")
    given = read_cases(cases) if cases is not None else []
    policies = [policy_named(word) for word in rebalance] or [RebalancePolicy.QUARTERLY]
    fees = [parse_number("--fee-pct", fee, 10, below="100") for fee in fee_pct] or [0]
    terms = Case(
        name="",
        model="",
        band=parse_number("--band-points", band_points, 10, below="100"),
        buffer=parse_number("--cash-buffer", cash_buffer, 12, below="1"),
        min_trade=parse_number("--min-trade", min_trade, 6),
    )
    opened = parse_number("--opening", opening, 2, least="0.01")
    money = Money(opened * CENT, parse_number("--monthly", monthly, 2) * CENT)
    slippage = parse_number("--slippage-bp", slippage_bp, 8, below=SLIPPAGE_BP_BELOW)
    wanted = given or combinations(terms, model or [""], policies, fees, override)
    market, calendar = _ground(book, wanted, (first, last), (seed, years, start))
    if not given and not model:
        wanted = combinations(terms, sorted(market.versions), policies, fees, override)
    execution = Execution.SAME_CLOSE if same_close else Execution.NEXT_SESSION
    scenario = scenario_of(market, wanted, money, execution=execution, slippage=slippage)
    with counting_progress("trying") as advance:
        done = run_what_if(market.history, calendar, scenario, lambda at, of: advance(at, of, f"night {at}"))
    lines = [[case.name] for case in wanted]
    after = (["rebalances"], [[str(count)] for count in done.rebalances.tolist()])
    title = f"What if, {span(market)}"
    say(f"{len(wanted)} {'case' if len(wanted) == 1 else 'cases'}; the base is {wanted[0].name}")
    for remark in idle_rules(market, wanted):
        say(remark)
    show_summary(output, "what-if", ["case"], lines, summarise(done), title=title, after=after)


@app.command
def models(
    *,
    model: Annotated[str | None, Parameter(help="Only this model, with what it holds.")] = None,
    book: Books = (),
    seed: Seed = 1,
    years: Years = 10,
    start: Start = DEFAULT_START,
    output: Output = Output(),  # noqa: B008
) -> None:
    """Show the models a what-if can try, or what one of them holds: the tickers that overrides may name."""
    from modelx.domain.money import format_decimal

    market, _ = _ground(book, [], (None, None), (seed, years, start))
    if model is None:
        rows = [
            [name, len(versions), versions[0].effective.isoformat(), versions[-1].effective.isoformat()]
            for name, versions in sorted(market.versions.items())
        ]
        show_rows(
            output, "simulated-models", ["model", "versions", "first", "last"], rows, numeric=frozenset({"versions"})
        )
        return
    latest = market.of_model(model)[-1]
    rows = []
    for ticker, weight in sorted(latest.weights, key=lambda pair: (-pair[1], pair[0])):
        known = market.universe.get(ticker)
        about = [known.name, known.kind, known.asset_class] if known else ["Cash", "", ""]
        rows.append([ticker, *about, f"{format_decimal(weight, 10, at_least=2)} %"])
    title = f"{model}, version {latest.number}, effective {latest.effective}"
    show_rows(
        output,
        "simulated-model",
        ["ticker", "name", "kind", "asset_class", "weight"],
        rows,
        title=title,
        numeric=frozenset({"weight"}),
    )


@app.command
def funds(
    *,
    asset_class: Annotated[str | None, Parameter(help="Only this asset class (its code).")] = None,
    book: Books = (),
    seed: Seed = 1,
    years: Years = 10,
    start: Start = DEFAULT_START,
    output: Output = Output(),  # noqa: B008
) -> None:
    """List the funds that overrides may bring in, by asset class and cost."""
    from modelx.domain.money import format_decimal

    market, _ = _ground(book, [], (None, None), (seed, years, start))
    listed = sorted(market.universe.values(), key=lambda one: (one.asset_class, one.expense_ratio, one.ticker))
    rows = [
        [one.ticker, one.name, one.kind, one.asset_class, f"{format_decimal(one.expense_ratio, 10, at_least=2)} %"]
        for one in listed
        if asset_class in (None, one.asset_class)
    ]
    columns = ["ticker", "name", "kind", "asset_class", "expense"]
    show_rows(output, "simulated-funds", columns, rows, numeric=frozenset({"expense"}))


def _ground(
    book: tuple[Path, ...],
    cases: list[Case],
    span: tuple[str | None, str | None],
    made_up: tuple[int, int, str],
) -> tuple[ModelMarket, Calendar]:
    """The market and models to try on: a book's, for the models the cases name, or the made-up platform's."""
    from modelx.domain.days import date_of
    from modelx.domain.errors import InvalidInput
    from modelx.files.simulation_ground import book_ground, seeded_ground
    from modelx.services.what_if_cases import tickers_bought

    first, last = (parse_day(text) if text is not None else None for text in span)
    if book:
        named = {case.model for case in cases} - {""}
        return book_ground(book, named, tickers_bought(cases), first, last)
    if first is not None or last is not None:
        raise InvalidInput("--from and --to choose from a book's prices; without --book give --start and --years")
    seed, years, start = made_up
    simulated, calendar = seeded_ground(seed, date_of(parse_day(start)), years)
    return simulated.market, calendar
