"""The oracle's reading of book folders: CSV rows, latest version by load.

Readings:
* A key that comes again in a later folder replaces the earlier row: the latest load stands at the time a night
  (or a release) runs. Zero shares and zero amount cancel a trade, rate zero cancels a distribution.
* Orders are the exception (spec 13.2): the same key with the same content is ignored, with other content it is
  refused ORRF and the first row stands.
* second_prices is keyed by date, ticker and source; every source is compared.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

from tests.oracle.exact import ZERO
from tests.oracle.night_calendar import NEW_YORK, NightCalendar

SleeveKey = tuple[str, str]
Row = dict[str, str]


@dataclass(frozen=True)
class Security:
    ticker: str
    kind: str
    asset_class: str
    share_dp: int
    whole_shares: bool


@dataclass(frozen=True)
class Distribution:
    kind: str
    pay_date: date
    rate: Decimal
    reinvest: bool
    reinvest_price: Decimal | None


@dataclass(frozen=True)
class Split:
    new: Decimal
    old: Decimal
    cash_in_lieu_price: Decimal | None


@dataclass(frozen=True)
class Trade:
    ref: str
    trade_date: date
    settle_date: date
    sleeve: SleeveKey
    ticker: str
    side: str
    shares: Decimal
    amount: Decimal

    @property
    def cancelled(self) -> bool:
        return self.shares == 0 and self.amount == 0


@dataclass(frozen=True)
class Fee:
    plan: str
    model: str
    payee: str
    rate: Decimal | None
    tiers: tuple[tuple[Decimal, Decimal | None], ...]
    start: date | None
    end: date | None
    paid_from: str
    method: str
    aggregate: str
    waives: str


@dataclass(frozen=True)
class Order:
    rk_id: str
    ref: str
    sleeve: SleeveKey
    side: str
    qty_type: str
    qty: Decimal
    trade_date: date
    received_at: datetime | None
    attested: bool
    cancel_of: str
    content: tuple[tuple[str, str], ...] = field(repr=False)


@dataclass(frozen=True)
class SleeveRow:
    plan: str
    model: str
    start_date: date
    end_date: date | None


def text(row: Row, column: str, default: str = "") -> str:
    return (row.get(column) or default).strip()


def day_or_none(row: Row, column: str) -> date | None:
    value = text(row, column)
    return date.fromisoformat(value) if value else None


def day(row: Row, column: str) -> date:
    return date.fromisoformat(text(row, column))


def number_or_none(row: Row, column: str) -> Decimal | None:
    value = text(row, column)
    return Decimal(value) if value else None


def number(row: Row, column: str) -> Decimal:
    return number_or_none(row, column) or ZERO


def instant_or_none(row: Row, column: str) -> datetime | None:
    """A time stamp without an offset is New York time."""
    value = text(row, column)
    if not value:
        return None
    stamp = datetime.fromisoformat(value)
    return stamp if stamp.tzinfo else stamp.replace(tzinfo=NEW_YORK)


def tiers_of(value: str) -> tuple[tuple[Decimal, Decimal | None], ...]:
    """`0.0050@1000000;0.0025` -> ((0.0050, 1000000), (0.0025, None))."""
    bands: list[tuple[Decimal, Decimal | None]] = []
    for band in value.split(";") if value else []:
        rate, _, upper = band.partition("@")
        bands.append((Decimal(rate), Decimal(upper) if upper else None))
    return tuple(bands)


class Book:
    """Everything loaded so far, latest version by key."""

    def __init__(self, calendar: NightCalendar) -> None:
        self.calendar = calendar
        self.securities: dict[str, Security] = {}
        self.asset_kinds: dict[str, str] = {}
        self.prices: dict[tuple[date, str], Decimal] = {}
        self.second_prices: dict[tuple[date, str], dict[str, Decimal]] = {}
        self.distributions: dict[tuple[str, date], dict[str, Distribution]] = {}
        self.splits: dict[tuple[str, date], Split] = {}
        self.trades: dict[str, Trade] = {}
        self.trade_refs: dict[tuple[SleeveKey, date], list[str]] = {}
        self.fees: dict[tuple[str, str, str, date | None], Fee] = {}
        self.payees: list[str] = []
        self.orders: dict[tuple[str, str], Order] = {}
        self.repeated_orders: list[tuple[str, str]] = []
        self.sleeves: dict[SleeveKey, SleeveRow] = {}

    def load(self, folder: Path) -> None:
        """Read every file of the folder that the night needs; the others are left to the product."""
        readers = {
            "closures.csv": self._closure,
            "securities.csv": self._security,
            "asset_classes.csv": self._asset_class,
            "prices.csv": self._price,
            "second_prices.csv": self._second_price,
            "distributions.csv": self._distribution,
            "splits.csv": self._split,
            "sleeves.csv": self._sleeve,
            "fees.csv": self._fee,
            "trades.csv": self._trade,
            "orders.csv": self._order,
        }
        for name, read in readers.items():
            path = folder / name
            if path.exists():
                with path.open(encoding="utf-8", newline="") as lines:
                    for row in csv.DictReader(lines):
                        read(row)

    def _closure(self, row: Row) -> None:
        at = text(row, "close_time")
        if at:
            self.calendar.close_early(day(row, "date"), time.fromisoformat(at))
        else:
            self.calendar.close_all_day(day(row, "date"), text(row, "calendar"))

    def _security(self, row: Row) -> None:
        ticker = text(row, "ticker")
        self.securities[ticker] = Security(
            ticker, text(row, "kind"), text(row, "asset_class"), int(row["share_dp"]), text(row, "whole_shares") == "Y"
        )

    def _asset_class(self, row: Row) -> None:
        self.asset_kinds[text(row, "asset_class")] = text(row, "kind")

    def _price(self, row: Row) -> None:
        self.prices[day(row, "date"), text(row, "ticker")] = number(row, "price")

    def _second_price(self, row: Row) -> None:
        by_source = self.second_prices.setdefault((day(row, "date"), text(row, "ticker")), {})
        by_source[text(row, "source")] = number(row, "price")

    def _distribution(self, row: Row) -> None:
        by_kind = self.distributions.setdefault((text(row, "ticker"), day(row, "ex_date")), {})
        by_kind[text(row, "kind")] = Distribution(
            text(row, "kind"),
            day(row, "pay_date"),
            number(row, "rate"),
            text(row, "reinvest") == "Y",
            number_or_none(row, "reinvest_price"),
        )

    def _split(self, row: Row) -> None:
        self.splits[text(row, "ticker"), day(row, "ex_date")] = Split(
            number(row, "new_shares"), number(row, "old_shares"), number_or_none(row, "cash_in_lieu_price")
        )

    def _sleeve(self, row: Row) -> None:
        key = (text(row, "plan"), text(row, "model"))
        self.sleeves[key] = SleeveRow(*key, day(row, "start_date"), day_or_none(row, "end_date"))

    def _fee(self, row: Row) -> None:
        fee = Fee(
            text(row, "plan"),
            text(row, "model"),
            text(row, "payee"),
            number_or_none(row, "rate"),
            tiers_of(text(row, "tiers")),
            day_or_none(row, "start"),
            day_or_none(row, "end"),
            text(row, "paid_from", "unit_value"),
            text(row, "method", "GRADUATED"),
            text(row, "aggregate", "SLEEVE"),
            text(row, "waives"),
        )
        self.fees[fee.plan, fee.model, fee.payee, fee.start] = fee
        if fee.payee not in self.payees:
            self.payees.append(fee.payee)

    def _trade(self, row: Row) -> None:
        self.add_trade(
            Trade(
                text(row, "trade_ref"),
                day(row, "trade_date"),
                day(row, "settle_date"),
                (text(row, "plan"), text(row, "model")),
                text(row, "ticker"),
                text(row, "side"),
                number(row, "shares"),
                number(row, "amount"),
            )
        )

    def add_trade(self, trade: Trade) -> None:
        self.trades[trade.ref] = trade
        refs = self.trade_refs.setdefault((trade.sleeve, trade.trade_date), [])
        if trade.ref not in refs:
            refs.append(trade.ref)

    def trades_dated(self, sleeve: SleeveKey, day: date) -> list[Trade]:
        """Live trades whose latest version bears the date, in trade_ref order."""
        found = [self.trades[ref] for ref in sorted(self.trade_refs.get((sleeve, day), []))]
        return [trade for trade in found if trade.trade_date == day and not trade.cancelled]

    def _order(self, row: Row) -> None:
        content = tuple((name, value) for name, value in row.items() if name != "file_id")
        order = Order(
            text(row, "rk_id"),
            text(row, "order_ref"),
            (text(row, "plan_id"), text(row, "ticker")),
            text(row, "side"),
            text(row, "qty_type"),
            number(row, "qty"),
            day(row, "trade_date"),
            instant_or_none(row, "rk_received_at"),
            text(row, "cutoff_attested") == "Y",
            text(row, "cancel_of"),
            content,
        )
        first = self.orders.setdefault((order.rk_id, order.ref), order)
        if first.content != content:
            self.repeated_orders.append((order.rk_id, order.ref))
