"""The platform's own models as candidates: what their sleeves hold on a date, class by class, and what they charge.

Holdings come from the ledger and the day's prices, exposures from the book, fees from the rows that the night accrues
by: the underlying funds' expense ratios by value, and each payee's yearly rate on the sleeve's own assets, less what is
waived. Models of one series with vintages make one target-date option; every other model is an option of one portfolio.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from modelx.domain.book_codes import PayeeKind
from modelx.domain.days import date_of
from modelx.domain.errors import InvalidInput, NotFound
from modelx.evaluator.asset_classes import CODES
from modelx.evaluator.columns import FloatArray, as_floats
from modelx.evaluator.errors import EvaluatorError
from modelx.evaluator.look_through import look_through, value_weighted
from modelx.evaluator.option import Option, OptionKind, option_with_portfolios
from modelx.ledger.account import RECEIVABLES, Chart, subjects_of
from modelx.services.disclosure_book import NoticeBook, rows_of
from modelx.services.disclosure_terms import live_fees
from modelx.services.ledger_views import Names, balances_at
from modelx.services.qdia_style import Returns
from modelx.services.unit_values import PUBLISHED, list_unit_values
from modelx.store import night_records, price_records
from modelx.store.unit_of_work import reading
from modelx.store.unit_value_records import Selection

if TYPE_CHECKING:
    from modelx.evaluator.capital_markets import CapitalMarkets
    from modelx.store.engine import Connection, Engine

RATE_ONE = 10**12
BASIS_POINTS = 10_000
PAYABLES = (Chart.SECURITIES_BOUGHT_PAYABLE, Chart.UNITS_REDEEMED_PAYABLE, Chart.FEES_PAYABLE)
CASH = "CASH"
OVERLAY = frozenset({PayeeKind.MANAGER})


@dataclass(frozen=True, slots=True)
class SleeveHolding:
    """A sleeve on a date: weights (19,) by look-through, the share nobody mapped, dollars, and fees in basis points.

    ``fund_bp`` is of the underlying funds, ``overlay_bp`` the manager's, ``service_bp`` the platform's, the advisor's
    and others'; ``fees`` lists each payee, a waiver with a minus sign. What is charged to
    accounts instead of the unit value is included.
    """

    plan: str
    model: str
    series: str
    vintage: int
    name: str
    weights: FloatArray
    unmapped: float
    value: float
    fund_bp: float
    overlay_bp: float
    service_bp: float
    fees: tuple[tuple[str, float], ...]


def sleeve_holdings(engine: Engine, day: int, plan: str | None = None) -> list[SleeveHolding]:
    """Every sleeve that a strike of that day published, of one plan or of all, by plan and model.

    Raises :class:`NotFound` where there is none, and :class:`InvalidInput` for a position without a price or an
    exposure to a class that the evaluator does not know.
    """
    listed = list_unit_values(engine, Selection(plan=plan, first_day=day, last_day=day))
    found = [
        (line.plan, line.model, line.strike) for line in listed if line.strike is not None and line.status == PUBLISHED
    ]
    if not found:
        raise NotFound(
            f"no published unit value of {plan or 'any plan'} on {date_of(day)}: see `modelx unit-value list`"
        )
    with reading(engine) as connection:
        book = NoticeBook.read(connection)
        exposures = _exposures(rows_of(connection, "exposures.csv", book.horizon))
        loads, _ = night_records.horizons(connection)
        priced = price_records.prices_on(connection, day, loads)
        price = dict(zip(priced.security_id.tolist(), priced.price.tolist(), strict=True))
        names = Names.read(connection)
        assets: dict[str, dict[str, int]] = {}
        for one, model, strike in found:
            assets.setdefault(one, {})[model] = int(strike.net_assets)
        return [
            _holding(connection, book, names, exposures, price, (one, model), int(strike.sleeve_id), day, assets[one])
            for one, model, strike in found
        ]


def candidate_options(holdings: Sequence[SleeveHolding], markets: CapitalMarkets, on: str) -> list[Option]:
    """Options from sleeves: series by vintage, value-weighted over the plans that hold them; other models alone."""
    groups: dict[str, list[SleeveHolding]] = {}
    for one in holdings:
        groups.setdefault(one.series if one.series and one.vintage else one.model, []).append(one)
    options = []
    for key, members in groups.items():
        vintages = sorted({one.vintage for one in members})
        place = np.array([vintages.index(one.vintage) for one in members], dtype=np.int64)
        value = np.array([one.value for one in members])
        rows = np.stack([one.weights for one in members])
        weights = value_weighted(rows, value, place, len(vintages))
        fees = np.array([[one.fund_bp, one.overlay_bp, one.service_bp] for one in members])
        charged = value_weighted(fees, value, place, len(vintages))
        dated = any(one.vintage for one in members)
        plans = sorted({one.plan for one in members})
        try:
            options.append(
                option_with_portfolios(
                    key.replace(" ", "_"),
                    key if dated else members[0].name,
                    OptionKind.TARGET_DATE if dated else OptionKind.BALANCED,
                    vintages,
                    weights,
                    markets,
                    fund_fee_bp=charged[:, 0],
                    overlay_fee_bp=charged[:, 1],
                    service_fee_bp=charged[:, 2],
                    source=f"look-through of the ledger, sleeves of {', '.join(plans)}",
                    as_of=on,
                )
            )
        except EvaluatorError as cause:
            raise InvalidInput(f"{key}: {cause} Map its securities in exposures.csv.") from cause
    return options


def unit_value_returns(engine: Engine, last_day: int, plan: str | None = None) -> Returns:
    """Monthly returns of each sleeve from the last published unit value of each month, for style analysis.

    A month's return needs that month's value and the one before. The option is ``plan/model``.
    """
    lines = list_unit_values(engine, Selection(plan=plan, last_day=last_day))
    last: dict[str, dict[str, int]] = {}
    for line in lines:
        if line.strike is not None and line.status == PUBLISHED:
            month = date_of(line.business_date).isoformat()[:7]
            last.setdefault(f"{line.plan}/{line.model}", {})[month] = int(line.strike.unit_value)
    months = sorted({month for values in last.values() for month in values})
    levels = np.array([[values.get(month, np.nan) for month in months] for values in last.values()], dtype=np.float64)
    if len(months) < 2:
        raise NotFound("unit values of two months at least are needed for a return")
    returns = as_floats(levels[:, 1:] / levels[:, :-1] - 1)
    count = len(last)
    return Returns(tuple(last), np.zeros(count, dtype=np.int64), tuple(months[1:]), returns, np.full(count, np.nan))


def _holding(
    connection: Connection,
    book: NoticeBook,
    names: Names,
    exposures: Mapping[str, FloatArray],
    price: Mapping[int, int],
    key: tuple[str, str],
    owner: int,
    day: int,
    assets: Mapping[str, int],
) -> SleeveHolding:
    plan, model = key
    balances = balances_at(connection, owner, day)
    rows = balances.rows_of_chart(Chart.SHARES)
    tickers, values = [], []
    for security, shares in zip(
        subjects_of(balances.account[rows]).tolist(), balances.amount[rows].tolist(), strict=True
    ):
        if shares == 0:
            continue
        if security not in price:
            raise InvalidInput(f"{plan} {model}: {names.securities[security]} has no price on {date_of(day)}.")
        tickers.append(names.securities[security])
        values.append(shares * price[security] / 1e14)
    owners = np.array([owner], dtype=np.int64)
    owed = sum(int(balances.by_owner(owners, chart)[0]) for chart in (Chart.CASH, *RECEIVABLES, *PAYABLES))
    tickers.append(CASH)
    values.append(max(owed / 1e6, 0.0))
    table = np.stack([_exposure(one, exposures, book) for one in tickers])
    count = np.arange(len(tickers))
    found = look_through(np.zeros(len(tickers), dtype=np.int64), count, np.array(values), table, 1)
    told = book.models[model]
    charged = [
        (fee.label, fee.rate * BASIS_POINTS / RATE_ONE * (-1 if fee.waives else 1), fee.kind)
        for fee in live_fees(book, plan, model, date_of(day), assets)
    ]
    funds = [_expense_ratio(one, book) for one in tickers]
    vintage = str(told["vintage"])
    return SleeveHolding(
        plan,
        model,
        str(told["series"]),
        int(vintage) if vintage.isdigit() else 0,
        str(told["name"]),
        found.weights[0],
        float(found.unmapped[0]),
        float(found.value[0]),
        float(np.dot(funds, values) / max(sum(values), 1e-9)),
        sum(rate for _, rate, kind in charged if kind in OVERLAY),
        sum(rate for _, rate, kind in charged if kind not in OVERLAY),
        tuple((label, rate) for label, rate, _ in charged),
    )


def _exposures(rows: Sequence[Mapping[str, object]]) -> dict[str, FloatArray]:
    found: dict[str, FloatArray] = {}
    for row in rows:
        code = str(row["asset_class"])
        if code not in CODES:
            raise InvalidInput(
                f"exposures.csv: {row['ticker']}: unknown asset class {code!r}; see `modelx qdia --help`."
            )
        found.setdefault(str(row["ticker"]), np.zeros(len(CODES)))[CODES.index(code)] = (
            int(str(row["weight"])) / RATE_ONE
        )
    return found


def _exposure(ticker: str, exposures: Mapping[str, FloatArray], book: NoticeBook) -> FloatArray:
    """A security's row: its exposures, else its one asset class, else nothing."""
    if ticker in exposures:
        return exposures[ticker]
    row = np.zeros(len(CODES))
    code = CASH if ticker == CASH else str(book.securities[ticker]["asset_class"])
    if code in CODES:
        row[CODES.index(code)] = 1.0
    return row


def _expense_ratio(ticker: str, book: NoticeBook) -> float:
    if ticker == CASH:
        return 0.0
    return max(int(book.securities[ticker]["expense_ratio_pct"]), 0) * BASIS_POINTS / RATE_ONE
