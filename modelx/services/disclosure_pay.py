"""Who was paid what out of a plan, and what each participant was charged: 408(b)(2), Schedule C, quarterly statements.

Fees inside unit values and those billed to accounts come from the ledger's accruals, less waivers; charges to
participants from the book; revenue share from the funds' 12b-1 and sub-transfer-agency rates by days held. Source:
``spec/disclosure.md`` 8 and 10.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from modelx.disclosure.balances import average_over_year, fund_holdings
from modelx.disclosure.checks_expenses import PaidFrom
from modelx.disclosure.compensation import (
    FeePaid,
    OptionPay,
    PayLine,
    ProviderPay,
    option_pay,
    pay_lines,
    provider_pay,
)
from modelx.disclosure.lifecycle import Step
from modelx.disclosure.periods import FiscalYear
from modelx.disclosure.quarterly import Charge, QuarterlyStatement, check_charges, quarterly_statement
from modelx.domain.book import MISSING
from modelx.domain.book_codes import PayeeKind
from modelx.domain.days import date_of, day_of
from modelx.domain.errors import InvalidInput, NotFound
from modelx.domain.finding import Finding
from modelx.services.disclosure_book import NoticeBook, rows_of
from modelx.services.disclosure_draw import NoticeSource
from modelx.services.disclosure_history import SleeveHistory
from modelx.services.disclosure_terms import SERVICES
from modelx.services.fee_collection import list_payments
from modelx.store import disclosure_records, load_records
from modelx.store.engine import Connection, Engine
from modelx.store.unit_of_work import reading
from modelx.store.unit_value_records import Selection

CENT = 10_000
SUB_TA, DISTRIBUTION = "sub_ta_pct", "fee_12b1_pct"


@dataclass(frozen=True, slots=True)
class PlanPay:
    """A stretch's pay out of a plan: by payee in dollars, by option in percent of average net assets, line by line."""

    providers: tuple[ProviderPay, ...]
    options: tuple[OptionPay, ...]
    lines: tuple[PayLine, ...]


def plan_pay(engine: Engine, plan: str, first: date, last: date) -> PlanPay:
    """Who was paid from ``first`` to ``last``, both included.

    A percent is a yearly one: the fee over average net assets of the days lived, times those days of 365. What the
    ledger accrued for a payee of accounts counts once: the charges that pass it on to participants are left out. Raises
    :class:`InvalidInput` for an empty stretch, :class:`NotFound` for an unknown plan.
    """
    if first > last:
        raise InvalidInput(f"no day from {first} to {last}")
    with reading(engine) as connection:
        source = NoticeSource.read(connection, [plan])
        told = any(
            event.step == Step.PUBLISHED.value and "/" not in event.place
            for event in disclosure_records.events(connection, plan)
        )
        stretch = FiscalYear(first, last)
        fees, averages = [], {}
        for (owner, model), number in sorted(source.book.sleeve_ids.items()):
            history = source.histories[number] if owner == plan else None
            if history is None or not history.days.size or int(history.days[0]) > day_of(last):
                continue
            option = f"{plan}/{model}"
            lived = (last - max(first, date_of(int(history.days[0])))).days + 1
            averages[option] = average_over_year(history.days, history.closing_assets, stretch) * lived / 365
            fees += list(_of_sleeve(connection, source.book, option, history, stretch, told))
            fees += list(_revenue_share(connection, source.book, plan, option, history, stretch, told))
        charges = _charges(rows_of(connection, "participant_charges.csv", source.book.horizon), plan)
    by_ledger = {fee.payee for fee in fees if fee.paid_from is PaidFrom.ACCOUNT}
    fees += [
        FeePaid(one.payee, one.service, "", PaidFrom.ACCOUNT, one.cents * CENT)
        for one in charges
        if first <= one.on <= last and (one.individual or one.payee not in by_ledger)
    ]
    known = {option: average for option, average in averages.items() if average > 0}
    inside = [fee for fee in fees if fee.paid_from is not PaidFrom.FUND_INTERNAL]
    return PlanPay(provider_pay(fees), option_pay(inside, known), pay_lines(fees))


@dataclass(frozen=True, slots=True)
class Statements:
    """The statement of each participant charged, and DIA-052 where they do not say what the ledger billed."""

    by_participant: tuple[QuarterlyStatement, ...]
    findings: tuple[Finding, ...]


def statements(engine: Engine, plan: str, first: date, last: date) -> Statements:
    """The statement of each participant charged from ``first`` to ``last``, checked against the ledger's billings.

    Raises :class:`NotFound` for an unknown plan.
    """
    with reading(engine) as connection:
        horizon = load_records.latest_load(connection)
        if plan not in {row["plan"] for row in rows_of(connection, "plans.csv", horizon)}:
            raise NotFound(f"there is no plan {plan}")
        charges = _charges(rows_of(connection, "participant_charges.csv", horizon), plan)
        securities = rows_of(connection, "securities.csv", horizon)
    shares = any(row[name] not in (0, MISSING) for row in securities for name in (SUB_TA, DISTRIBUTION))
    people = sorted({one.participant for one in charges if first <= one.on <= last})
    told = tuple(quarterly_statement(person, charges, first, last, shares) for person in people)
    billed = _billed(engine, plan, first, last)
    return Statements(told, check_charges(plan, charges, billed, first, last))


def _billed(engine: Engine, plan: str, first: date, last: date) -> dict[str, int]:
    """Cents billed to the plan's accounts by payee, as the ledger's payments of account fees say."""
    found: dict[str, int] = {}
    for one in list_payments(engine, Selection(plan, None, day_of(first), day_of(last))):
        if one.paid_from == PaidFrom.ACCOUNT.value:
            found[one.payee] = found.get(one.payee, 0) + one.paid // CENT
    return found


def _of_sleeve(
    connection: Connection, book: NoticeBook, option: str, history: SleeveHistory, stretch: FiscalYear, told: bool
) -> Iterator[FeePaid]:
    payees, rows = book.names["payee"], book.fees.rows
    kind = {int(payee): PayeeKind(int(kind)) for payee, kind in zip(rows.payee_id, book.fees.kind, strict=True)}
    waives = {int(payee): int(waived) for payee, waived in zip(rows.payee_id, rows.waives, strict=True) if waived}
    taken = dict(history.fees_between(history.accrued, stretch.start, stretch.end))
    for waiver, amount in history.fees_between(history.waived, stretch.start, stretch.end).items():
        waived = waives.get(waiver, waiver)
        taken[waived] = taken.get(waived, 0) - amount
    for payee, amount in sorted(taken.items()):
        yield FeePaid(payees[payee], SERVICES[kind[payee]], option, PaidFrom.UNIT_VALUE, amount, told)
    for payee, amount in sorted(history.fees_between(history.billed, stretch.start, stretch.end).items()):
        yield FeePaid(payees[payee], SERVICES[kind[payee]], option, PaidFrom.ACCOUNT, amount, told)


def _revenue_share(
    connection: Connection,
    book: NoticeBook,
    plan: str,
    option: str,
    history: SleeveHistory,
    stretch: FiscalYear,
    told: bool,
) -> Iterator[FeePaid]:
    """What the funds inside pay the record keeper: their rate by the days and amounts held, actual/365."""
    nights = np.flatnonzero((history.days >= day_of(stretch.start) - 7) & (history.days <= day_of(stretch.end)))
    if not nights.size or not history.securities.size:
        return
    value = history.market_values(connection, nights, book.horizon)
    tickers = [book.names["security"][int(number)] for number in history.securities]
    for name, words in ((SUB_TA, "Sub-transfer agency"), (DISTRIBUTION, "12b-1")):
        rates = [book.securities[ticker][name] for ticker in tickers]
        paying = [at for at, rate in enumerate(rates) if rate not in (0, MISSING)]
        funds = [(tickers[at], tickers[at], int(rates[at])) for at in paying]
        for fund in fund_holdings(history.days[nights], value[:, paying], funds, stretch):
            amount = int(fund.cost(365))
            payee = book.plans[plan]["recordkeeper"]
            service = f"{words} from {fund.ticker}"
            yield FeePaid(payee, service, option, PaidFrom.FUND_INTERNAL, amount, told, revenue_share=True)


def _charges(rows: list[dict[str, Any]], plan: str) -> list[Charge]:
    return [
        Charge(
            date_of(row["date"]),
            row["participant"],
            row["service"],
            row["payee"],
            bool(row["individual"]),
            row["amount"] // CENT,
        )
        for row in rows
        if row["plan"] == plan
    ]
