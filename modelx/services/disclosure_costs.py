"""What a unit class costs: its fiscal year by the ledger and its funds by days held, or contract rates estimated."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction

import numpy as np

from modelx.disclosure.balances import FundHolding, average_over_year, fund_holdings
from modelx.disclosure.expenses import (
    FundWeight,
    InUnitFee,
    OperatingExpenses,
    Waiver,
    actual_expenses,
    current_ratio,
    estimated_expenses,
)
from modelx.disclosure.periods import FiscalYear, last_fiscal_year
from modelx.domain.book import MISSING
from modelx.domain.days import day_of
from modelx.services import disclosure_terms as terms
from modelx.services.disclosure_book import NoticeBook
from modelx.services.disclosure_drawing import Drawing
from modelx.services.disclosure_history import SleeveHistory
from modelx.services.disclosure_terms import LiveFee


def operating_expenses(
    drawing: Drawing,
    plan: str,
    history: SleeveHistory,
    inception: date,
    fees: tuple[LiveFee, ...],
    weights: Mapping[str, int],
) -> tuple[OperatingExpenses | None, int | None, Fraction | None, frozenset[str]]:
    """Operating expenses with what they were drawn from: accruals, average net assets, and the funds held.

    Of the last fiscal year when the class lived all of it on this ledger; else estimated from contract rates and
    target weights.
    """
    book, dates = drawing.book, drawing.dates
    contract = terms.contract_fees(fees)
    funds = [
        FundWeight(ticker, row["name"], weight, row["expense_ratio_pct"])
        for ticker, weight in weights.items()
        if (row := book.securities.get(ticker)) is not None and row["expense_ratio_pct"] != MISSING
    ]
    year = fiscal_year(book, plan, dates.document)
    lived = history.days.size and inception <= year.start and day_of(year.start) >= int(history.days[0])
    if not lived or int(history.days[-1]) < day_of(year.end) - 5:
        named = frozenset(ticker for ticker in weights if ticker in book.securities)
        return (estimated_expenses(contract, funds) if weights else None), None, None, named
    accrued = history.fees_between(history.accrued, year.start, year.end)
    waived = history.fees_between(history.waived, year.start, year.end)
    payees, by_payee = book.names["payee"], {fee.payee: fee for fee in fees}
    in_unit = []
    for payee, amount in sorted(accrued.items()):
        fee = by_payee.get(payees[payee])
        label = fee.label if fee else payees[payee]
        in_unit.append(InUnitFee(payees[payee], label, terms.group_of(fee), amount))
    ends = {fee.payee: fee.ends for fee in fees}
    waivers = [Waiver(payees[payee], amount, ends.get(payees[payee])) for payee, amount in sorted(waived.items())]
    average = average_over_year(history.days, history.closing_assets, year)
    looked, held = _looked_through(drawing, history, year)
    current = current_ratio(contract, funds)
    expenses = actual_expenses(in_unit, looked, average, year, waivers, current)
    return expenses, sum(accrued.values()), average, held


def fiscal_year(book: NoticeBook, plan: str, on: date) -> FiscalYear:
    """The plan's last completed fiscal year before a date."""
    ends = int(book.plans[plan]["fiscal_year_end"])
    return last_fiscal_year(on, f"{ends // 100:02d}-{ends % 100:02d}")


def _looked_through(
    drawing: Drawing, history: SleeveHistory, year: FiscalYear
) -> tuple[tuple[FundHolding, ...], frozenset[str]]:
    nights = np.flatnonzero((history.days >= day_of(year.start) - 7) & (history.days <= day_of(year.end)))
    value = history.market_values(drawing.connection, nights, drawing.book.horizon)
    names = drawing.book.names["security"]
    tickers = [names[int(number)] for number in history.securities]
    held = frozenset(t for t, column in zip(tickers, value.T, strict=True) if (column > 0).any())
    rows = [drawing.book.securities[ticker] for ticker in tickers]
    known = [at for at, row in enumerate(rows) if row["expense_ratio_pct"] != MISSING]
    funds = [(tickers[at], rows[at]["name"], int(rows[at]["expense_ratio_pct"])) for at in known]
    return fund_holdings(history.days[nights], value[:, known], funds, year), held
