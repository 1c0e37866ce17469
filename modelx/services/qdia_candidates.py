"""The platform's own models as candidates: what their sleeves hold on a date, class by class, and what they charge.

Holdings come from the ledger and the day's prices, exposures from the book, fees from the rows that the night accrues
by: the underlying funds' expense ratios by value, and each payee's yearly rate on the sleeve's own assets, less what is
waived. Models of one series with vintages make one target-date option; every other model is an option of one portfolio.
What the unit values' returns say of the same sleeves is in :mod:`qdia_own_styles`.
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
from modelx.evaluator.columns import FloatArray
from modelx.evaluator.errors import EvaluatorError
from modelx.evaluator.look_through import look_through, value_weighted
from modelx.evaluator.option import Option, OptionKind, option_with_portfolios
from modelx.ledger.account import RECEIVABLES, Chart, subjects_of
from modelx.services.disclosure_book import NoticeBook, rows_of
from modelx.services.disclosure_terms import live_fees
from modelx.services.ledger_views import Names, balances_at
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
MAPPED = 0.0005


@dataclass(frozen=True, slots=True)
class SleeveHolding:
    """A sleeve on a date: weights (19,) by look-through, the share nobody mapped, dollars, and fees in basis points.

    ``fund_bp`` is of the underlying funds, ``by_kind`` what payees of each kind take of the sleeve's assets; ``fees``
    lists each payee, a waiver with a minus sign. What is charged to accounts instead of the unit value is included.
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
    by_kind: Mapping[PayeeKind, float]
    fees: tuple[tuple[str, float], ...]

    @property
    def option(self) -> str:
        """The id of the candidate that the sleeve is part of: its series where that has vintages, else its model."""
        return (self.series if self.series and self.vintage else self.model).replace(" ", "_")

    @property
    def overlay_bp(self) -> float:
        """What the model's manager takes."""
        return self.by_kind.get(PayeeKind.MANAGER, 0.0)

    @property
    def service_bp(self) -> float:
        """What the platform, the advisor and others take."""
        return sum(rate for kind, rate in self.by_kind.items() if kind is not PayeeKind.MANAGER)

    @property
    def total_bp(self) -> float:
        """Everything: funds, manager, platform, advisor, others."""
        return self.fund_bp + self.overlay_bp + self.service_bp


def sleeve_holdings(engine: Engine, day: int, plan: str | None = None) -> list[SleeveHolding]:
    """Every sleeve with participants that a strike of that day published, of one plan or of all, by plan and model.

    A sleeve without units is left out: whoever left it left cents behind.

    Raises :class:`NotFound` where there is none, and :class:`InvalidInput` for a position without a price or an
    exposure to a class that the evaluator does not know.
    """
    listed = list_unit_values(engine, Selection(plan=plan, first_day=day, last_day=day))
    found = [
        (line.plan, line.model, line.strike)
        for line in listed
        if line.strike is not None and line.status == PUBLISHED and line.strike.units > 0
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
        groups.setdefault(one.option, []).append(one)
    return [_candidate(option_id, members, markets, on) for option_id, members in groups.items()]


def by_vintage(members: Sequence[SleeveHolding], rows: FloatArray) -> FloatArray:
    """Rows (n, M) of an option's sleeves as rows of its vintages (G, M), weighted by the sleeves' assets."""
    vintages = sorted({one.vintage for one in members})
    place = np.array([vintages.index(one.vintage) for one in members], dtype=np.int64)
    return value_weighted(rows, np.array([one.value for one in members]), place, len(vintages))


def _candidate(option_id: str, members: Sequence[SleeveHolding], markets: CapitalMarkets, on: str) -> Option:
    weights = by_vintage(members, np.stack([one.weights for one in members]))
    fees = by_vintage(members, np.array([[one.fund_bp, one.overlay_bp, one.service_bp] for one in members]))
    dated = members[0].vintage > 0
    try:
        return option_with_portfolios(
            option_id,
            members[0].series if dated else members[0].name,
            OptionKind.TARGET_DATE if dated else OptionKind.BALANCED,
            sorted({one.vintage for one in members}),
            weights,
            markets,
            fund_fee_bp=fees[:, 0],
            overlay_fee_bp=fees[:, 1],
            service_fee_bp=fees[:, 2],
            source=_source(members),
            as_of=on,
        )
    except EvaluatorError as cause:
        raise InvalidInput(f"{option_id}: {cause} Map its securities in exposures.csv.") from cause


def _source(members: Sequence[SleeveHolding]) -> str:
    plans = ", ".join(sorted({one.plan for one in members}))
    unmapped = max(one.unmapped for one in members)
    gap = f"; up to {100 * unmapped:.1f} % has no asset class and is spread over the rest" if unmapped > MAPPED else ""
    return f"look-through of the ledger, sleeves of {plans}{gap}"


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
    by_kind: dict[PayeeKind, float] = {}
    for _, rate, kind in charged:
        by_kind[kind] = by_kind.get(kind, 0.0) + rate
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
        by_kind,
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
