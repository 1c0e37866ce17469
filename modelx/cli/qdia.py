"""`modelx qdia`: which default fits a plan's participants, and what that rests on."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from modelx.cli.output import Output, say, show_rows
from modelx.cli.qdia_case import AsOf, Options, Participants, Rules, Run, evaluate, parse_date, read_inputs, refusals

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from modelx.disclosure.default_option import DefaultFacts
    from modelx.services.qdia_evaluate import Inputs, Outcome
    from modelx.services.qdia_extras import Extras

app = App(name="qdia")
for verb, help_text in (
    ("style", "Which mix of asset classes moved like each fund, with intervals."),
    ("candidates", "The platform's own models as options: holdings by class, and fees as accrued."),
    ("reproduce-paper", "The paper's numbers beside ours, and the reason where they differ."),
    ("population", "Write a made-up plan of any size, for trying things out."),
):
    app.command(f"modelx.cli.qdia_tools:{verb.replace('-', '_')}", name=verb, help=help_text)

OtherCovariances = Annotated[
    tuple[Path, ...], Parameter(name="--other-covariance", help="More covariance files to try.")
]
FORMATS = ("html", "pdf", "xlsx", "json")
SUMMARY = (
    "option", "name", "fees", "equity_loss", "all_in", "alpha", "all_in_with_alpha", "detail_loss",
    "all_in_with_alpha_and_detail", "planning_gain", "information_loss", "relative_gain", "total_loss", "median_loss",
)  # fmt: skip


@app.command(name="evaluate")
def evaluate_(
    participants: Participants,
    *,
    options: Options,
    as_of: AsOf,
    rules: Rules = Rules(),  # noqa: B008
    run: Run = Run(),  # noqa: B008
    output: Output = Output(),  # noqa: B008
) -> None:
    """Price every option for every participant: the rows of the cost table, means in basis points a year.

    A positive relative gain is good. Rows that could not be used are counted on stderr and listed in the results
    folder.
    """
    from modelx.evaluator.summary import mean_stack

    on = parse_date(as_of)
    given = read_inputs(participants, options, on, rules, threads=2)
    outcome, _ = evaluate(participants, on, given, rules, run)
    stack = mean_stack(outcome.summary).rows()
    total = outcome.summary.mean_total()
    rows = [
        [
            one.id,
            one.name,
            *(f"{float(stack[name][place]):.4f}" for name in SUMMARY[2:-2]),
            f"{float(total[place]):.4f}",
            f"{float(outcome.quantiles[place, 2]):.4f}",
        ]
        for place, one in enumerate(given.options)
    ]
    _say_counts(outcome)
    extra: dict[str, Any] = {
        "participants": {
            "read": outcome.summary.read,
            "evaluated": outcome.summary.evaluated,
            "not_used": {**outcome.rejected, **outcome.summary.not_used},
            "imputed": dict(outcome.summary.imputed),
        },
        "warnings": list(outcome.warnings),
        "inputs": dict(given.hashes),
    }
    if output.json or output.csv:
        show_rows(output, "qdia-evaluation", SUMMARY, rows, extra=extra)
        return
    turned = [
        [name.replace("_", " "), *(f"{float(row[at]):.1f}" for row in rows)]
        for at, name in enumerate(SUMMARY)
        if at > 1
    ]
    columns = ("basis points a year", *(one.id for one in given.options))
    show_rows(output, "qdia-evaluation", columns, turned, numeric=frozenset(columns[1:]))


@app.command
def report(
    participants: Participants,
    *,
    options: Options,
    as_of: AsOf,
    to: Annotated[Path, Parameter(name="--to", help="Folder for the report's files.")],
    title: Annotated[str | None, Parameter(name="--title", help="The plan's name as printed.")] = None,
    facts: Annotated[
        Path | None, Parameter(name="--facts", help="qdia_facts.csv: what the checks of eligibility ask.")
    ] = None,
    database: Annotated[
        str | None,
        Parameter(
            name="--database",
            env_var="MODELX_DATABASE_URL",
            help="With --plan: the book whose default_options.csv answers those checks, where --facts does not.",
        ),
    ] = None,
    other_covariance: OtherCovariances = (),
    draws: Annotated[int, Parameter(name="--draws", help="Resampled covariances.")] = 500,
    formats: Annotated[
        tuple[str, ...], Parameter(name="--format", help="html, pdf, xlsx, json; all when left out.")
    ] = FORMATS,
    rules: Rules = Rules(),  # noqa: B008
    run: Run = Run(),  # noqa: B008
) -> None:
    """Write the report a committee files: HTML, PDF, XLSX and JSON with the same figures. Prints each path."""
    from modelx.disclosure.rulebook import HOUSE_RULES
    from modelx.domain.errors import InvalidInput
    from modelx.files.paper_facts import read_capital_markets
    from modelx.files.qdia_report_files import report_file
    from modelx.services.qdia_eligibility import eligibility_of
    from modelx.services.qdia_extras import extras
    from modelx.services.qdia_report import Made, answer_sentence, build_report

    unknown = sorted(set(formats) - set(FORMATS))
    if unknown:
        raise InvalidInput(f"Unknown formats {unknown}; known are {', '.join(FORMATS)}.")
    on = parse_date(as_of)
    given = read_inputs(participants, options, on, rules, threads=2)
    outcome, sample = evaluate(participants, on, given, rules, run)
    with refusals():
        others = tuple(read_capital_markets(path) for path in other_covariance)
        more = extras(given, sample.people, is_everyone=sample.is_everyone, draws=draws, other_markets=others)
        known = _default_facts(facts, database, rules.plan, on)
        eligible = eligibility_of(given.options, given.markets, on, HOUSE_RULES, known)
        made = build_report(Made(title or rules.plan or participants.stem, on), outcome, more, eligible)
    to.mkdir(parents=True, exist_ok=True)
    for form in formats:
        path = to / f"qdia-report.{form}"
        path.write_bytes(report_file(made, form))
        print(path)  # noqa: T201  (the result)
    _say_counts(outcome)
    say(answer_sentence(outcome, eligible))


@app.command
def pivot(
    participants: Participants,
    *,
    options: Options,
    as_of: AsOf,
    rules: Rules = Rules(),  # noqa: B008
    run: Run = Run(),  # noqa: B008
    output: Output = Output(),  # noqa: B008
) -> None:
    """Net cost of a hybrid by pivot age: the cheapest series for the young, the cheapest managed account for the old.

    The best age and the ages within 5 basis points of it are on stderr, with the fee at which the plan is indifferent.
    """
    from modelx.domain.errors import InvalidInput

    _, more = _further(participants, options, as_of, rules, run, draws=1)
    found = more.pivot
    if found is None:
        raise InvalidInput("A pivot age needs a series with portfolios and a managed account among the options.")
    curve = found.curve
    rows = [
        [f"{age:g}", f"{cost:.4f}", "best" if age == curve.best_age else ""]
        for age, cost in zip(curve.age.tolist(), curve.cost_bp.tolist(), strict=True)
    ]
    extra = {"younger": found.younger, "older": found.older, "break_even_fee_bp": found.fee.plan_fee_bp}
    show_rows(
        output,
        "qdia-pivot",
        ("pivot_age", "net_cost_bp", "mark"),
        rows,
        numeric=frozenset({"net_cost_bp"}),
        extra=extra,
    )
    say(
        f"{found.younger} below {curve.best_age:g}, {found.older} from it on: {curve.best_cost_bp:.1f} bp; pivots from "
        f"{curve.near_from:g} to {curve.near_to:g} are within 5 bp. All {found.younger}: {curve.all_younger_bp:.1f}, "
        f"all {found.older}: {curve.all_older_bp:.1f}. Break-even fee of {found.older}: {found.fee.plan_fee_bp:.1f} bp."
    )


@app.command
def glidepath(
    participants: Participants,
    *,
    options: Options,
    as_of: AsOf,
    rules: Rules = Rules(),  # noqa: B008
    run: Run = Run(),  # noqa: B008
    output: Output = Output(),  # noqa: B008
) -> None:
    """Fit the glide path that loses least for these participants, with equity that falls with age.

    --csv gives its weights in the form of qdia_weights.csv, so that it can be evaluated as an option.
    """
    from modelx.cli.qdia_tables import WEIGHT_COLUMNS, glide_weight_rows

    _, more = _further(participants, options, as_of, rules, run, draws=1)
    glide = more.glide
    if output.csv:
        show_rows(output, "qdia-glide-weights", WEIGHT_COLUMNS, glide_weight_rows(more))
        return
    rows = [
        [str(int(year)), str(int(people)), f"{100 * level:.2f}", f"{100 * free:.2f}", "filled" if filled else ""]
        for year, people, level, free, filled in zip(
            more.glide_vintages, glide.people, glide.equity, glide.free_equity, glide.filled, strict=True
        )
    ]
    columns = ("vintage", "participants", "equity_pct", "equity_pct_free", "mark")
    extra = {"mean_loss_bp": glide.mean_loss_bp}
    show_rows(output, "qdia-glidepath", columns, rows, numeric=frozenset(columns[1:4]), extra=extra)
    say(f"mean loss left: {glide.mean_loss_bp:.1f} bp a year, what only individual advice could save")


@app.command
def sensitivity(
    participants: Participants,
    *,
    options: Options,
    as_of: AsOf,
    other_covariance: OtherCovariances = (),
    draws: Annotated[int, Parameter(name="--draws", help="Resampled covariances.")] = 2_000,
    rules: Rules = Rules(),  # noqa: B008
    run: Run = Run(),  # noqa: B008
    output: Output = Output(),  # noqa: B008
) -> None:
    """Change one assumption at a time, and resample the covariance: mean losses, and which option is then best."""
    from modelx.cli.qdia_tables import band_rows, swing_rows

    given, more = _further(participants, options, as_of, rules, run, draws=draws, others=other_covariance)
    ids = tuple(one.id for one in given.options)
    rows = [*swing_rows(more, ids), *band_rows(more, ids)]
    show_rows(output, "qdia-sensitivity", ("factor", "change", *ids, "best"), rows, numeric=frozenset(ids))


def _further(
    participants: Path,
    options: tuple[Path, ...],
    as_of: str,
    rules: Rules,
    run: Run,
    *,
    draws: int,
    others: tuple[Path, ...] = (),
) -> "tuple[Inputs, Extras]":
    from modelx.files.paper_facts import read_capital_markets
    from modelx.services.qdia_evaluate import FITTED
    from modelx.services.qdia_extras import extras

    on = parse_date(as_of)
    given = read_inputs(participants, options, on, rules)
    outcome, sample = evaluate(participants, on, given, rules, run)
    _say_counts(outcome)
    with refusals():
        markets = tuple(read_capital_markets(path) for path in others)
        for one in markets:
            if one.fitted:
                say(f"warning: {one.name}: {FITTED}")
        more = extras(given, sample.people, is_everyone=sample.is_everyone, draws=draws, other_markets=markets)
    if not more.is_everyone:
        say(f"computed on a fixed sample of {more.people} participants")
    return given, more


def _default_facts(
    facts: Path | None, database: str | None, plan: str | None, on: "date"
) -> "Mapping[str, DefaultFacts]":
    """The facts of the checks of eligibility: from the book of the plan, and from the file, which stands over it."""
    from modelx.bootstrap import open_book
    from modelx.files.qdia_facts import read_facts
    from modelx.services.disclosure_default import stored_default_facts

    told = {} if facts is None else read_facts(facts)
    if database is None or plan is None:
        return told
    return {**stored_default_facts(open_book(database), plan, on), **told}


def _say_counts(outcome: "Outcome") -> None:
    summary = outcome.summary
    say(f"{summary.evaluated} participants evaluated")
    for reason, number in {**outcome.rejected, **summary.not_used}.items():
        say(f"not used: {number}: {reason}")
    for field, number in summary.imputed.items():
        say(f"imputed: {number}: {field}")
    for one in outcome.examples[:10]:
        say(f"line {one.line}: {one.participant or '(no id)'}: {one.reason}")
    for warning in outcome.warnings:
        say(f"warning: {warning}")
