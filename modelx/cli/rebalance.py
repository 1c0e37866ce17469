"""`modelx rebalance`: what the last night proposed to trade, and what two people say to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from modelx.cli.output import DEFAULT_DATABASE, Database, Output, print_remark, say, show_object
from modelx.cli.selection import Model, OneModel, OnePlan, Plan, parse_day

if TYPE_CHECKING:
    from modelx.services.trade_decisions import Decided

app = App(name="rebalance")

Date = Annotated[str | None, Parameter(name="--date", help="The night that proposed, YYYY-MM-DD (default: the last).")]
By = Annotated[str, Parameter(name="--by", help="Who decides.")]
Checker = Annotated[str, Parameter(name="--checker", help="The second person.")]
Hash = Annotated[
    str, Parameter(name=("--sha256", "--hash"), help="The preview's sha256: at least its first 12 characters.")
]
Reason = Annotated[str, Parameter(name="--reason", help="Why.")]


@app.command
def preview(
    *,
    plan: Plan = None,
    model: Model = None,
    date: Date = None,
    every: Annotated[bool, Parameter(name="--all", help="Every sleeve, in detail.", negative=())] = False,
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> None:
    """Show what a night proposed: why each sleeve trades, its trades with their reasons, weights before and after.

    Trades and cash are proved to sum to zero in every sleeve. Nothing is changed; the sha256 is what is approved.
    """
    from modelx.bootstrap import open_book, trading_policy
    from modelx.cli.rebalance_tables import show_proposals
    from modelx.services.known_names import check_names
    from modelx.services.proposal_views import preview_proposals

    engine, policy = open_book(database), trading_policy()
    check_names(engine, plan=plan, model=model)
    shown = preview_proposals(engine, None if date is None else parse_day(date), policy)
    show_proposals(shown, output, plan=plan, model=model, every=every, manual=policy.manual_trading)


@app.command
def approve(
    *,
    sha256: Hash,
    by: By,
    checker: Checker,
    reason: Reason,
    date: Date = None,
    plan: Plan = None,
    model: Model = None,
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> None:
    """Approve a night's proposals as previewed (MODELX_TRADE_APPROVAL=MANUAL): all, or those of a plan or a model.

    Refused when prices or decisions have moved since the preview, naming them, and once the next night has begun.
    """
    from modelx.bootstrap import now, open_book, trading_policy
    from modelx.services.trade_decisions import Signed, approve_proposals

    signed = Signed(by, checker, reason)
    day = None if date is None else parse_day(date)
    done = approve_proposals(open_book(database), day, sha256, signed, now(), plan=plan, model=model)
    _tell(done, output, f"{done.n_trades} proposed trades are approved")
    if not trading_policy().manual_trading:
        say("MODELX_TRADE_APPROVAL is STANDING: they would have been executed without it")


@app.command
def withdraw(
    *,
    plan: OnePlan,
    model: OneModel,
    by: By,
    checker: Checker,
    reason: Reason,
    ticker: Annotated[str | None, Parameter(name="--ticker", help="Only the trade in this security.")] = None,
    date: Date = None,
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> None:
    """Withdraw a sleeve's proposed trades, or one of them. While their trigger lasts, they are proposed again."""
    from modelx.bootstrap import now, open_book
    from modelx.services.trade_decisions import Signed, withdraw_trades

    signed, day = Signed(by, checker, reason), None if date is None else parse_day(date)
    done = withdraw_trades(open_book(database), day, plan, model, ticker, signed, now())
    _tell(done, output, f"{done.n_trades} proposed trades are withdrawn")


@app.command
def request(
    *,
    plan: OnePlan,
    model: OneModel,
    by: By,
    checker: Checker,
    reason: Reason,
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> None:
    """Ask for a sleeve to be rebalanced tonight, whatever its policy."""
    from modelx.bootstrap import now, open_book
    from modelx.services.trade_decisions import Signed, request_rebalance

    done = request_rebalance(open_book(database), plan, model, Signed(by, checker, reason), now())
    _tell(done, output, f"{plan} {model} is to be rebalanced")


def _tell(done: Decided, output: Output, what: str) -> None:
    from modelx.domain.days import date_of

    on = date_of(done.day).isoformat()
    if output.json:
        facts = {"night": on, "load": done.load_id, "already": done.already, "trades": done.n_trades}
        show_object("trade-decision", facts)
        return
    print_remark(f"{what}: night of {on}, load {done.load_id}" + (" (as before)" if done.already else ""))
