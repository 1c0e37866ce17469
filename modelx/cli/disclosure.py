"""`modelx disclosure`: draft, review and publish the notices of plans, list them, what is due, and the public site."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Parameter

from modelx.cli.disclosure_default import eligibility
from modelx.cli.disclosure_filings import pay, statements
from modelx.cli.output import DEFAULT_DATABASE, Database, Output, print_remark, say, show_rows
from modelx.cli.selection import OnePlan, Plan, parse_day
from modelx.domain.errors import InvalidInput

if TYPE_CHECKING:
    from modelx.services.disclosure_notices import Bundle

app = App(name="disclosure")

By = Annotated[str, Parameter(name="--by", help="Who you are. Draft, review and publication take three people.")]
Hash = Annotated[
    str, Parameter(name=("--hash", "--sha256"), help="The hash `draft` printed: at least its first 12 characters.")
]
On = Annotated[str | None, Parameter(name="--date", help="Date of the document, YYYY-MM-DD (default: today).")]
Base = Annotated[
    str,
    Parameter(
        name="--base", env_var="MODELX_DISCLOSURE_SITE", help="Where the public site stands: https, with a slash."
    ),
]
DEFAULT_BASE = "https://disclosures.example.com/"
BLOCKED = 7
COLUMNS = ("plan", "place", "edition", "standing", "kind", "dated", "as_of", "sha256", "by", "errors", "warnings")
DRAFT_COLUMNS = ("plan", "place", "edition", "sha256")
DUTY_COLUMNS = ("plan", "paper", "about", "to", "opens", "due", "state", "why")


@app.command
def draft(
    *,
    by: By,
    plan: Plan = None,
    all_plans: Annotated[bool, Parameter(name="--all", help="Every plan.", negative=())] = False,
    on: On = None,
    as_of: Annotated[str | None, Parameter(name="--as-of", help="Year end of the returns (default: the last).")] = None,
    paper: Annotated[
        Literal["annual", "default"], Parameter(name="--paper", help="Chart and pages, or the default notice.")
    ] = "annual",
    base: Base = DEFAULT_BASE,
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> int:
    """Draw the chart and pages of a plan, or of every plan, and list what the checks say.

    --paper default draws the notice of the plan's default option, which is reviewed and published apart.

    Exit code 7 when a check would stop the publication; the draft is kept all the same, to be read.
    """
    from modelx.bootstrap import now, open_book
    from modelx.cli.progress import counting_progress
    from modelx.domain.days import date_of
    from modelx.services.disclosure_notices import draft_plans

    if (plan is None) is not all_plans:
        raise InvalidInput("say which plan: --plan, or --all")
    dated, instant = _day(on), now()
    year_end = None if as_of is None else date_of(parse_day(as_of))
    with counting_progress("drafting notices") as progress:
        bundles = draft_plans(
            open_book(database), None if all_plans else [str(plan)], dated, base, by, instant, year_end, progress, paper
        )
    _show_bundles(bundles, "disclosure-draft", output)
    stopped = {item.code for bundle in bundles for item in bundle.findings if item.level.value == "BLOCK"}
    if stopped:
        say(f"publication would be refused: {', '.join(sorted(stopped))}")
    return BLOCKED if stopped else 0


@app.command
def review(
    *,
    plan: OnePlan,
    sha256: Hash,
    by: By,
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> None:
    """Approve a plan's drafts, by their hash, which names the paper too. Nobody reviews their own draft."""
    from modelx.bootstrap import now, open_book
    from modelx.services.disclosure_notices import review_plan

    _show_bundles([review_plan(open_book(database), plan, sha256, by, now())], "disclosure-review", output)


@app.command
def publish(
    *,
    plan: OnePlan,
    sha256: Hash,
    by: By,
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> None:
    """Publish a plan's reviewed drafts in every format. A third person does it, and no error may be open."""
    from modelx.bootstrap import now, open_book
    from modelx.files.disclosure_site import notice_files
    from modelx.services.disclosure_notices import publish_plan

    bundle = publish_plan(open_book(database), plan, sha256, by, now(), notice_files)
    _show_bundles([bundle], "disclosure-publish", output)


@app.command(name="list")
def list_(
    *,
    plan: Plan = None,
    flags: Annotated[
        bool,
        Parameter(name="--flags", help="Say which published editions used a figure that has changed.", negative=()),
    ] = False,
    findings: Annotated[bool, Parameter(name="--findings", help="What the checks said.", negative=())] = False,
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> None:
    """List drafts and editions: where each stands, who did what, and what the checks said."""
    from modelx.bootstrap import open_book
    from modelx.domain.days import date_of
    from modelx.services.disclosure_editions import list_editions

    editions = list_editions(open_book(database), plan, flags=flags)
    if findings or flags:
        rows = [
            [one.document.plan, one.document.place, one.document.version, code, level, message]
            for one in editions
            for code, level, message in (
                *(one.findings if findings else ()),
                *((item.code, item.level.value, item.message) for item in one.flags),
            )
        ]
        show_rows(output, "disclosure-findings", ("plan", "place", "edition", "code", "level", "message"), rows)
        return
    rows = [
        [
            one.document.plan, one.document.place, one.document.version, one.standing.value, one.document.kind,
            date_of(one.document.document_date).isoformat(), date_of(one.document.as_of).isoformat(),
            one.document.content_hash[:12], ", ".join(f"{step} {who}" for step, who in one.by),
            sum(level == "BLOCK" for _, level, _ in one.findings), sum(level == "WARN" for _, level, _ in one.findings),
        ]
        for one in editions
    ]  # fmt: skip
    show_rows(output, "disclosures", COLUMNS, rows, numeric=frozenset({"edition", "errors", "warnings"}))


@app.command
def diff(
    *,
    plan: OnePlan,
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> None:
    """List what a plan's waiting drafts say otherwise than what is published, in words and numbers."""
    from modelx.bootstrap import open_book
    from modelx.services.disclosure_editions import changes_waiting

    rows = [
        [place, one.section, one.place, one.row, one.column, one.before, one.after]
        for place, one in changes_waiting(open_book(database), plan)
    ]
    columns = ("place", "section", "table", "row", "column", "published", "draft")
    show_rows(output, "disclosure-diff", columns, rows)


@app.command
def due(
    *,
    plan: Plan = None,
    on: Annotated[str | None, Parameter(name="--date", help="As of which day, YYYY-MM-DD (default: today).")] = None,
    late: Annotated[bool, Parameter(name="--late", help="Only what is late.", negative=())] = False,
    calendar: Annotated[
        bool, Parameter(name="--calendar", help="Months as grids; with --json or --csv, one row a day.", negative=())
    ] = False,
    months: Annotated[int, Parameter(name="--months", help="How many months the calendar shows.")] = 3,
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> None:
    """List what each plan owes, to whom, by when and why; changes that need no notice are listed with the reason.

    What is late, and published figures that have changed since, are named by their codes (DIA-042, DIA-050 to 053).
    """
    from modelx.bootstrap import open_book
    from modelx.cli.disclosure_calendar import EVENT_COLUMNS, day_events, event_rows, month_grids
    from modelx.files.disclosure_papers import duties_rows
    from modelx.services.disclosure_calendar import due_on

    if not 1 <= months <= 36:
        raise InvalidInput(f"--months {months} is not from 1 to 36")
    today = _day(on)
    owed = due_on(open_book(database), today, plan)
    found = [one for one in owed.duties if not late or one.state.value == "late"]
    said = [{"code": item.code, "level": item.level.value, "message": item.message} for item in owed.findings]
    if calendar:
        events = day_events(found, today)
        if output.json or output.csv:
            extra = {"findings": said}
            show_rows(output, "disclosure-calendar", EVENT_COLUMNS, event_rows(events), extra=extra)
        else:
            print_remark(month_grids(events, today, months))
    else:
        rows = [[row[name] for name in DUTY_COLUMNS] for row in duties_rows(found)]
        show_rows(output, "disclosure-due", DUTY_COLUMNS, rows, extra={"findings": said})
    for one in said:
        say(f"{one['level']:5} {one['code']} {one['message']}")


@app.command
def site(
    out: Annotated[Path, Parameter(help="The folder to write the site to.")],
    /,
    *,
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> None:
    """Write the public site to OUT: published editions only, each at its address, superseded ones kept beside it."""
    from modelx.bootstrap import open_book
    from modelx.domain.days import date_of
    from modelx.files.disclosure_site import Edition, write_site
    from modelx.services.disclosure_editions import published_editions

    editions = [
        Edition(one.place, one.title, one.version, date_of(one.document_date), files)
        for one, files in published_editions(open_book(database))
    ]
    changed = write_site(out, editions)
    show_rows(output, "disclosure-site", ("editions", "files_changed", "folder"), [[len(editions), changed, str(out)]])


app.command(eligibility)
app.command(pay)
app.command(statements)


def _show_bundles(bundles: list[Bundle], what: str, output: Output) -> None:
    rows = [
        [bundle.plan, one.place, one.version, one.content_hash[:12]]
        for bundle in bundles
        for one in bundle.documents
    ]  # fmt: skip
    said = [
        {"plan": bundle.plan, "code": item.code, "level": item.level.value, "message": item.message}
        for bundle in bundles
        for item in bundle.findings
    ]
    hashes = {bundle.plan: bundle.sha256 for bundle in bundles}
    show_rows(
        output, what, DRAFT_COLUMNS, rows, numeric=frozenset({"edition"}), extra={"hash": hashes, "findings": said}
    )
    for one in said:
        say(f"{one['level']:5} {one['code']} {one['message']}")
    for plan, digest in hashes.items():
        say(f"{plan}: {digest}")


def _day(text: str | None) -> date:
    from modelx.bootstrap import now
    from modelx.domain.days import date_of

    return date_of(now() // 86_400_000_000 if text is None else parse_day(text))
