"""`modelx fee`: what accrued, what was collected, and whether both are what they should be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from modelx.cli.output import DEFAULT_DATABASE, Database, Output, say, show_rows
from modelx.cli.selection import First, Last, Model, Plan, selection

if TYPE_CHECKING:
    from modelx.services.fee_collection import Payment

app = App(name="fee")

Payee = Annotated[str | None, Parameter(name="--payee", help="Only this payee.")]
DIFFERENT = 7
ACCRUALS = ("date", "plan", "model", "payee", "terms", "days", "base", "amount", "owed", "paid_from", "gap")
MONTHS = (
    *("month", "payee", "paid_from", "paid_on", "payments"),
    *("opening", "accrued", "cleared", "paid", "closing"),
)
PAYMENTS = ("date", "payee", "plan", "model", "paid_from", "owed", "paid", "left")
MATCHES = (
    *("plan", "model", "payee", "paid_from", "expected", "accrued", "difference"),
    *("due", "collected", "uncollected", "owed", "wrong_since", "gaps"),
)


@app.command
def accruals(
    *,
    plan: Plan = None,
    model: Model = None,
    payee: Payee = None,
    first: First = None,
    last: Last = None,
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> None:
    """List what each night accrued for each payee: on which base and terms, for how many days, and what is then owed.

    The amounts are the ledger's. A waiver is below zero. paid_from says who bears the fee: the unit value, or an
    account outside it. Days without a rate, and a sleeve's first night, are listed as gaps without an amount.
    """
    from modelx.bootstrap import open_book
    from modelx.domain.days import date_of
    from modelx.services.fee_views import list_accruals

    rows = [
        [
            date_of(line.business_date).isoformat(),
            line.plan,
            line.model,
            line.payee,
            line.terms,
            line.days,
            *(_dollars(figure) for figure in (line.base, line.amount, line.owed)),
            line.paid_from,
            line.gap,
        ]
        for line in list_accruals(open_book(database), selection(plan, model, first, last), payee)
    ]
    if output.json or output.csv:
        show_rows(output, "fee-accruals", ACCRUALS, rows)
        return
    told = [[*row[:4], f"{row[4]}, from an account" if row[9] == "account" else row[4], *row[5:9]] for row in rows]
    show_rows(output, "fee-accruals", ACCRUALS[:9], told, numeric=frozenset(ACCRUALS[5:9]))


@app.command
def collect(
    *,
    plan: Plan = None,
    model: Model = None,
    payee: Annotated[
        str | None, Parameter(name="--payee", help="Only this payee, payment by payment: the list behind a wire.")
    ] = None,
    first: First = None,
    last: Last = None,
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> None:
    """Show what was collected, payee by payee and month by month: opening + accrued + cleared - paid = closing.

    This command pays nothing. The night collects by itself: on a month's first session it pays each payee the whole
    cents owed by each sleeve (an account fee is billed) for the months before; the rest of a cent stays owed. Every
    month that --from and --to touch is shown whole. With --payee, the payments themselves, dated in the range.
    """
    from modelx.bootstrap import open_book
    from modelx.domain.days import date_of
    from modelx.services.fee_collection import list_collections, list_payments

    engine, chosen = open_book(database), selection(plan, model, first, last)
    if payee is not None:
        _show_payments(list_payments(engine, chosen, payee), output)
        return
    months = list_collections(engine, chosen)
    rows = [
        [
            line.month,
            line.payee,
            line.paid_from,
            ", ".join(date_of(day).isoformat() for day in line.paid_on),
            line.payments,
            *(_dollars(getattr(line, name)) for name in MONTHS[5:]),
        ]
        for line in months
    ]
    totals = [
        [
            *(month, "all payees", "", "", sum(line.payments for line in months if line.month == month)),
            *(_dollars(sum(getattr(line, name) for line in months if line.month == month)) for name in MONTHS[5:]),
        ]
        for month in sorted({line.month for line in months})
    ]
    show_rows(output, "fee-collections", MONTHS, rows, numeric=frozenset(MONTHS[4:]), totals=totals)


@app.command
def reconcile(
    *,
    plan: Plan = None,
    model: Model = None,
    payee: Payee = None,
    last: Last = None,
    database: Database = DEFAULT_DATABASE,
    output: Output = Output(),  # noqa: B008
) -> int:
    """Match what should have accrued, what the ledger accrued, and what was collected: for each payee and sleeve.

    Cumulative from the first night through --to. expected is worked out again from the fee rows and the stored net
    assets and orders; due is what the months' first sessions should have paid of it. gaps names the days without a
    fee. Exit code 7 when anything differs; wrong_since is the first night it did.
    """
    from modelx.bootstrap import open_book
    from modelx.domain.days import date_of
    from modelx.services.fee_reconciliation import reconcile_fees

    lines = reconcile_fees(open_book(database), selection(plan, model, None, last), payee)
    rows = [
        [
            *(line.plan, line.model, line.payee, line.paid_from),
            *(_dollars(figure) for figure in (line.expected, line.accrued, line.accrued - line.expected)),
            *(_dollars(figure) for figure in (line.due, line.collected, line.due - line.collected, line.owed)),
            "" if line.since is None else date_of(line.since).isoformat(),
            "; ".join(line.gaps),
        ]
        for line in lines
    ]
    n_different = sum(line.differs for line in lines)
    expected, accrued, due, collected, owed = (
        sum(getattr(line, name) for line in lines) for name in ("expected", "accrued", "due", "collected", "owed")
    )
    sums = (expected, accrued, accrued - expected, due, collected, due - collected, owed)
    total = ["total", "", "", "", *(_dollars(figure) for figure in sums), "", ""]
    columns = list(MATCHES)
    if not (output.json or output.csv):
        for row in rows:
            row[2] += ", from an account" if row[3] == "account" else ""
        hidden = {"paid_from"} if n_different else {"paid_from", "wrong_since"}
        places = [at for at, column in enumerate(MATCHES) if column not in hidden]
        columns, total, *rows = ([row[at] for at in places] for row in (columns, total, *rows))
    show_rows(
        output,
        "fee-reconciliation",
        columns,
        rows,
        numeric=frozenset(MATCHES[4:11]),
        extra={"different": n_different},
        totals=[total] if lines else [],
    )
    say(f"{n_different} of {len(lines)} lines differ" if n_different else f"all {len(lines)} lines agree")
    return DIFFERENT if n_different else 0


def _show_payments(payments: list[Payment], output: Output) -> None:
    from modelx.domain.days import date_of

    rows = [
        [
            date_of(one.business_date).isoformat(),
            *(one.payee, one.plan, one.model, one.paid_from),
            *(_dollars(figure) for figure in (one.owed, one.paid, one.left)),
        ]
        for one in payments
    ]
    sums = [_dollars(sum(getattr(one, name) for one in payments)) for name in ("owed", "paid", "left")]
    totals = [["total", "", "", "", "", *sums]] if payments else []
    show_rows(output, "fee-payments", PAYMENTS, rows, numeric=frozenset(PAYMENTS[5:]), totals=totals)


def _dollars(amount: int | None) -> str:
    from modelx.domain.money import format_decimal

    return "" if amount is None else format_decimal(amount, 6)
