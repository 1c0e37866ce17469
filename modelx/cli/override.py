"""`modelx override`: how plans differ from their models, and changes of that from draft to approval."""

from __future__ import annotations

from enum import IntEnum
from typing import Annotated, TypeVar

from cyclopts import App, Parameter

from modelx.cli.model_change import By, ChangeId, Memo, approve, preview, show_draft
from modelx.cli.output import DEFAULT_DATABASE, Database, Output, show_rows
from modelx.cli.selection import Model, OnePlan, Plan, parse_date_option

app = App(name="override")
Word = TypeVar("Word", bound=IntEnum)
app.command(preview)
app.command(approve)

COLUMNS = ("override", "plan", "model", "kind", "what", "from", "through", "on_expiry", "state", "reason")
KINDS = "SUBSTITUTE, EXCLUDE, SET_WEIGHT, NO_BUY, NO_SELL or CASH_BUFFER"


@app.command(name="list")
def list_(
    *,
    plan: Plan = None,
    model: Model = None,
    on: Annotated[str | None, Parameter(name="--on", help="As on this date (default: the next session).")] = None,
    state: Annotated[
        str | None,
        Parameter(name="--state", help="Only LIVE, DORMANT, CIRCULAR, OVERDUE, COMING, EXPIRED, WITHDRAWN."),
    ] = None,
    why: Annotated[bool, Parameter(name="--why", help="A sentence on each one's state.", negative=())] = False,
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> None:
    """List the overrides: what each does, since when and until when, and whether it acts, rests or is overdue."""
    from datetime import date

    from modelx.bootstrap import open_book
    from modelx.services.override_views import list_overrides

    rows = []
    for one in list_overrides(open_book(database), plan, model, parse_date_option(on)):
        rule = one.rule
        if state not in {None, one.state}:
            continue
        start = "always" if rule.start == date.min else rule.start.isoformat()
        end = "" if rule.end is None else rule.end.isoformat()
        last = [one.state, rule.reason, *([one.why] if why else [])]
        what = [str(one.number), rule.plan, rule.model, rule.kind.name, one.what]
        rows.append([*what, start, end, rule.on_expiry.name if end else "", *last])
    columns = (*COLUMNS, "why") if why else COLUMNS
    show_rows(output, "overrides", columns, rows, numeric=frozenset({"override"}))


@app.command
def draft(
    *,
    plan: OnePlan,
    kind: Annotated[str, Parameter(name="--kind", help=KINDS + ".")],
    by: By,
    reason: Annotated[str, Parameter(name="--reason", help="Why this plan differs: kept in the book.")],
    model: Annotated[str, Parameter(name="--model", help="Of this model (default: every model of the plan).")] = "",
    ticker: Annotated[str, Parameter(name="--ticker", help="The security it is about.")] = "",
    to_ticker: Annotated[str, Parameter(name="--to", help="SUBSTITUTE: the security held instead.")] = "",
    weight: Annotated[str | None, Parameter(name="--weight", help="SET_WEIGHT, CASH_BUFFER: of one.")] = None,
    exclude_to: Annotated[str, Parameter(name="--exclude-to", help="EXCLUDE: CASH or PRORATA.")] = "CASH",
    start: Annotated[str | None, Parameter(name="--start", help="First day (default: the next session).")] = None,
    end: Annotated[str | None, Parameter(name="--end", help="Last day (default: until further notice).")] = None,
    on_expiry: Annotated[
        str, Parameter(name="--on-expiry", help="After the end: REVERT, AT_NEXT_REBALANCE or KEEP.")
    ] = "REVERT",
    reviewed: Annotated[
        bool, Parameter(name="--reviewed", help="The substitute's share decimals were looked at.", negative=())
    ] = False,
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> None:
    """Draft an override of one plan. Conflicts, circles, and securities it may not hold are refused here."""
    from modelx.bootstrap import now, open_book
    from modelx.domain.book_codes import ExcludeTo, OverrideKind
    from modelx.domain.override import OnExpiry
    from modelx.domain.override_check import OverrideRule
    from modelx.files.weights_file import parse_weight
    from modelx.services.change_drafts import Author, draft_overrides, next_session

    engine = open_book(database)
    rule = OverrideRule(
        plan=plan,
        model=model,
        kind=_word(OverrideKind, kind, "--kind"),
        ticker=ticker,
        start=parse_date_option(start) or next_session(engine),
        end=parse_date_option(end),
        to_ticker=to_ticker,
        weight=0 if weight is None else parse_weight(weight, "--weight"),
        exclude_to=_word(ExcludeTo, exclude_to, "--exclude-to"),
        on_expiry=_word(OnExpiry, on_expiry, "--on-expiry"),
        reason=reason,
        reviewed=reviewed,
    )
    show_draft(draft_overrides(engine, [rule], Author(by, reason, now())), output, "override")


@app.command
def end(
    number: Annotated[list[int], Parameter(help="The overrides' numbers, as `override list` shows them.")],
    *,
    by: By,
    last_day: Annotated[
        str | None, Parameter(name="--on", help="The last day it acts (default: the last night).")
    ] = None,
    memo: Memo = "",
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> None:
    """Draft the end of overrides; one that has not begun is withdrawn. The model's weights return afterwards."""
    from modelx.bootstrap import now, open_book
    from modelx.services.change_drafts import Author, draft_override_end

    author = Author(by, memo, now())
    show_draft(draft_override_end(open_book(database), number, parse_date_option(last_day), author), output, "override")


@app.command
def cancel(
    change: ChangeId,
    *,
    by: By,
    reason: Annotated[str, Parameter(name="--reason", help="Why.")],
    database: Database = DEFAULT_DATABASE,
) -> None:
    """Take back a draft of overrides that is not approved yet."""
    from modelx.bootstrap import now, open_book
    from modelx.cli.output import say
    from modelx.services.change_drafts import Author, cancel_draft

    cancel_draft(open_book(database), change, reason, Author(by, reason, now()))
    say(f"change {change} is cancelled")


def _word(words: type[Word], text: str, option: str) -> Word:
    from modelx.domain.errors import InvalidInput

    if text not in words.__members__:
        raise InvalidInput(f"{option} {text}: one of {', '.join(words.__members__)}")
    return words[text]
