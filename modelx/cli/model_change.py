"""`modelx model` on changes: drafted by one person, previewed, approved by another as it was previewed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from modelx.cli.output import DEFAULT_DATABASE, Database, Output, print_remark, say, show_object, show_rows
from modelx.cli.selection import Model, Plan, parse_date_option

if TYPE_CHECKING:
    from modelx.services.change_drafts import Author, Drafted

By = Annotated[str, Parameter(name="--by", help="Who you are. Another person approves.")]
Memo = Annotated[str, Parameter(name="--memo", help="Why: kept with the change.")]
Effective = Annotated[
    str | None, Parameter(name="--effective", help="The session it takes effect on (default: the next one).")
]
ChangeId = Annotated[int, Parameter(help="The change's number, as `draft` printed it.")]
Hash = Annotated[
    str, Parameter(name=("--hash", "--sha256"), help="The preview's sha256: at least its first 12 characters.")
]
CHANGE_COLUMNS = ("change", "state", "what", "maker", "checker", "sha256", "load", "note")


def draft(
    model: Annotated[str, Parameter(help="The model (its ticker).")],
    weights: Annotated[Path | None, Parameter(help="CSV of the whole model: ticker,weight.")] = None,
    *,
    by: By,
    settings: Annotated[
        list[str] | None,
        Parameter(name="--set", help="TICKER=WEIGHT on top of the version in force; 0 takes it out. Repeat."),
    ] = None,
    effective: Effective = None,
    memo: Memo = "",
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> None:
    """Draft a version of a model, from a CSV of all its weights or from --set changes to the version in force.

    Weights are fractions of one with at most six decimals, and sum to exactly one, CASH included.
    """
    from modelx.bootstrap import open_book
    from modelx.domain.errors import InvalidInput
    from modelx.files.weights_file import parse_settings, read_weights
    from modelx.services.change_drafts import draft_adjustment, draft_weights

    if (weights is None) is (not settings):
        raise InvalidInput("give the weights: a CSV file, or --set TICKER=WEIGHT (not both)")
    engine, author, day = open_book(database), _author(by, memo), parse_date_option(effective)
    if weights is not None:
        show_draft(draft_weights(engine, model, read_weights(weights), day, author), output, "model")
    else:
        show_draft(draft_adjustment(engine, model, parse_settings(settings or []), day, author), output, "model")


def replace(
    old: Annotated[str, Parameter(help="The security that goes.")],
    new: Annotated[str, Parameter(help="The security that comes in its place.")],
    *,
    by: By,
    effective: Effective = None,
    memo: Memo = "",
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> None:
    """Draft one security for another in all models, scheduled versions too, and in all plans' overrides: one change.

    Overrides that forbid purchases or sales speak of the security itself and stay as they are.
    """
    from modelx.bootstrap import open_book
    from modelx.services.change_drafts import draft_replacement

    author = _author(by, memo)
    show_draft(draft_replacement(open_book(database), old, new, parse_date_option(effective), author), output, "model")


def revert(
    model: Annotated[str, Parameter(help="The model (its ticker).")],
    *,
    to: Annotated[int, Parameter(name="--to", help="The version whose weights come back.")],
    by: By,
    effective: Effective = None,
    memo: Memo = "",
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> None:
    """Draft a new version with the weights of an older one. History is never edited."""
    from modelx.bootstrap import open_book
    from modelx.services.change_drafts import draft_revert

    day = parse_date_option(effective)
    show_draft(draft_revert(open_book(database), model, to, day, _author(by, memo)), output, "model")


def cancel(
    change: Annotated[int | None, Parameter(help="A draft to take back.")] = None,
    *,
    by: By,
    reason: Annotated[str, Parameter(name="--reason", help="Why.")],
    model: Model = None,
    version: Annotated[int | None, Parameter(name="--version", help="A scheduled version that is not to come.")] = None,
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> None:
    """Take a draft back at once; or, with --model and --version, draft that a scheduled version does not come.

    The second is a change like any other: another person approves it, as previewed.
    """
    from modelx.bootstrap import open_book
    from modelx.domain.errors import InvalidInput
    from modelx.services.change_drafts import cancel_draft, draft_cancellation

    engine, author = open_book(database), _author(by, reason)
    if change is not None and model is None and version is None:
        cancel_draft(engine, change, reason, author)
        say(f"change {change} is cancelled")
    elif change is None and model is not None and version is not None:
        show_draft(draft_cancellation(engine, model, version, author), output, "model")
    else:
        raise InvalidInput("say what: the number of a draft, or --model and --version of a scheduled version")


def preview(
    change: ChangeId,
    *,
    plan: Plan = None,
    every: Annotated[bool, Parameter(name="--all", help="Every sleeve, not only the exceptions.", negative=())] = False,
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> None:
    """Show what a change does to every sleeve, and seal it: who follows, who deviates and how, dollars, cost, warnings.

    Nothing is changed. The hash below is what is approved; it stands as long as prices, positions and cash do.
    """
    from modelx.bootstrap import now, open_book
    from modelx.cli.change_tables import show_preview
    from modelx.services.change_preview import preview_stored
    from modelx.services.model_views import security_names

    engine = open_book(database)
    shown = preview_stored(engine, change, now())
    show_preview(shown, output, security_names(engine), plan=plan, every=every)


def approve(
    change: ChangeId,
    *,
    sha256: Hash,
    by: Annotated[str, Parameter(name="--by", help="Who you are: not the person who drafted it.")],
    note: Annotated[str, Parameter(name="--note", help="What you looked at, or why.")] = "",
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> None:
    """Approve a change as it was previewed, by the preview's hash. Refused when an input has moved since, by name."""
    from modelx.bootstrap import now, open_book
    from modelx.services.change_approval import approve_change

    done = approve_change(open_book(database), change, sha256, by, note, now())
    first = done.shown.change.first_day.isoformat()
    if output.json:
        told = {"change": change, "load": done.load_id, "sha256": done.shown.sealed.hash, "effective": first}
        show_object("change-approval", {**told, "maker": done.shown.record.draft.maker, "checker": done.checker})
        return
    print_remark(f"change {change} is approved: load {done.load_id}, in effect from {first}")


def changes(
    *,
    waiting: Annotated[bool, Parameter(name="--open", help="Only what waits for approval.", negative=())] = False,
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> None:
    """List every change of models and overrides: its state, who drafted and who approved it, and the hash."""
    from modelx.bootstrap import open_book
    from modelx.cli.change_tables import change_row
    from modelx.services.change_approval import list_changes

    found = [change_row(one) for one in list_changes(open_book(database))]
    rows = [row for row in found if not waiting or row[1] in {"DRAFT", "PREVIEWED"}]
    show_rows(output, "changes", CHANGE_COLUMNS, rows, numeric=frozenset({"change", "load"}))


def schedule(
    *,
    model: Model = None,
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> None:
    """List the versions that are approved and not yet in effect, by date."""
    from modelx.bootstrap import open_book
    from modelx.services.model_views import scheduled_versions

    rows = [
        [one.version.effective.isoformat(), one.version.model, str(one.version.number), str(one.load_id), memo]
        for one, memo in scheduled_versions(open_book(database), model)
    ]
    columns = ("effective", "model", "version", "load", "memo")
    show_rows(output, "scheduled-versions", columns, rows, numeric=frozenset({"version", "load"}))


def show_draft(drafted: Drafted, output: Output, noun: str) -> None:
    """Print a stored draft and what comes next."""
    if output.json:
        content = {"change": drafted.change_id, "title": drafted.change.title, "content_hash": drafted.content_hash}
        show_object("change-draft", {**content, "warnings": [one.message for one in drafted.warnings]})
        return
    print_remark(f"change {drafted.change_id}: {drafted.change.title}")
    for finding in drafted.warnings:
        say(f"warning: {finding.message}")
    say(f"next: modelx {noun} preview {drafted.change_id}")


def _author(by: str, memo: str) -> Author:
    from modelx.bootstrap import now
    from modelx.services.change_drafts import Author

    return Author(by, memo, now())
