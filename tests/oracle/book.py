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
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

from tests.oracle.cells import Row, day, day_or_none, instant_or_none, number, number_or_none, text, tiers_of
from tests.oracle.exact import to_places
from tests.oracle.night_calendar import NightCalendar

SleeveKey = tuple[str, str]

ORDER_CONTENT = (
    "plan_id",
    "ticker",
    "side",
    "qty_type",
    "qty",
    "trade_date",
    "rk_received_at",
    "cutoff_attested",
    "cancel_of",
    "as_of_reason",
    "source_code",
    "client_ref",
)


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
class Exit:
    """A security that goes: into `to_ticker` at a ratio (None: by tonight's prices), or, without one, for cash."""

    ticker: str
    to_ticker: str
    ratio: Decimal | None
    cash_rate: Decimal | None
    cash_in_lieu_price: Decimal | None
    pay_date: date | None


@dataclass(frozen=True)
class Transfer:
    """An in-kind transfer: shares by ticker, cash, or the late income of a plan that has left."""

    ref: str
    date: date
    sleeve: SleeveKey
    kind: str
    securities: tuple[tuple[str, Decimal], ...] = ()
    cash: Decimal = Decimal(0)
    late_income: Decimal = Decimal(0)
    cancelled: bool = False


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
    content: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True)
class SleeveRow:
    plan: str
    model: str
    start_date: date
    end_date: date | None


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
        self.exits: dict[tuple[date, str], Exit | None] = {}
        self.transfers: dict[str, Transfer] = {}
        self.trades: dict[str, Trade] = {}
        self.trade_refs: dict[tuple[SleeveKey, date], list[str]] = {}
        self.fees: dict[tuple[str, str, str, date | None], Fee] = {}
        self.payees: list[str] = []
        self.orders: dict[tuple[str, str], Order] = {}
        self.repeated_orders: list[tuple[str, str]] = []
        self.sleeves: dict[SleeveKey, SleeveRow] = {}

    def load(self, folder: Path) -> None:
        """Read every file of the folder that the night needs; the others are left to the product."""
        for table in (*self._readers(), "in_kind_transfers"):
            path = folder / f"{table}.csv"
            if path.exists():
                with path.open(encoding="utf-8", newline="") as lines:
                    self.add(table, csv.DictReader(lines))

    def add(self, table: str, rows: Iterable[Row]) -> None:
        """Rows of one table, as text by column name."""
        if table == "in_kind_transfers":
            self._transfers(list(rows))
            return
        read = self._readers()[table]
        for row in rows:
            read(row)

    def _readers(self) -> dict[str, Callable[[Row], None]]:
        return {
            "closures": self._closure,
            "securities": self._security,
            "asset_classes": self._asset_class,
            "prices": self._price,
            "second_prices": self._second_price,
            "distributions": self._distribution,
            "splits": self._split,
            "corporate_events": self._event,
            "sleeves": self._sleeve,
            "fees": self._fee,
            "trades": self._trade,
            "orders": self._order,
        }

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

    def _event(self, row: Row) -> None:
        key = (day(row, "ex_date"), text(row, "ticker"))
        self.exits[key] = Exit(
            key[1],
            text(row, "to_ticker"),
            number_or_none(row, "ratio"),
            number_or_none(row, "cash_rate"),
            number_or_none(row, "cash_in_lieu_price"),
            day_or_none(row, "pay_date"),
        )
        if text(row, "kind") == "CANCELLED":
            self.exits[key] = None

    def exit_on(self, night: date, ticker: str) -> Exit | None:
        return self.exits.get((night, ticker))

    def priced(self, night: date, ticker: str) -> bool:
        """Whether there is a price tonight, or what a share brings of a security that goes tonight."""
        item = self.exit_on(night, ticker)
        if item is None or (item.cash_rate is None and item.ratio is None):
            return (night, ticker) in self.prices
        return item.cash_rate is not None or (night, item.to_ticker) in self.prices

    def price_on(self, night: date, ticker: str) -> Decimal:
        item = self.exit_on(night, ticker)
        if item is None or (item.cash_rate is None and item.ratio is None):
            return self.prices[night, ticker]
        if item.cash_rate is not None:
            return item.cash_rate
        return to_places((item.ratio or Decimal(0)) * self.prices[night, item.to_ticker], 8)

    def _transfers(self, rows: list[Row]) -> None:
        """A version is the whole reference: the rows of one folder."""
        for ref in dict.fromkeys(text(row, "transfer_ref") for row in rows):
            mine = [row for row in rows if text(row, "transfer_ref") == ref]
            kind, first = text(mine[0], "kind"), mine[0]
            securities = tuple(
                (text(row, "ticker"), number(row, "shares"))
                for row in sorted(mine, key=lambda row: text(row, "ticker"))
                if text(row, "ticker") != "CASH" and kind in ("IN", "OUT") and number(row, "shares") != 0
            )
            money = sum((number(row, "amount") for row in mine), Decimal(0))
            cash, late = (money, Decimal(0)) if kind in ("IN", "OUT") else (Decimal(0), money)
            cancelled = not (securities or money) if kind != "OUT_ALL" else text(first, "amount") != ""
            sleeve = (text(first, "plan"), text(first, "model"))
            self.transfers[ref] = Transfer(ref, day(first, "date"), sleeve, kind, securities, cash, late, cancelled)

    def transfers_dated(self, sleeve: SleeveKey, on: date) -> list[Transfer]:
        found = [self.transfers[ref] for ref in sorted(self.transfers)]
        return [one for one in found if one.sleeve == sleeve and one.date == on and not one.cancelled]

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
        trade = Trade(
            text(row, "trade_ref"),
            day(row, "trade_date"),
            day(row, "settle_date"),
            (text(row, "plan"), text(row, "model")),
            text(row, "ticker"),
            text(row, "side"),
            number(row, "shares"),
            number(row, "amount"),
        )
        self.trades[trade.ref] = trade
        refs = self.trade_refs.setdefault((trade.sleeve, trade.trade_date), [])
        if trade.ref not in refs:
            refs.append(trade.ref)

    def trades_dated(self, sleeve: SleeveKey, day: date) -> list[Trade]:
        """Live trades whose latest version bears the date, in trade_ref order."""
        found = [self.trades[ref] for ref in sorted(self.trade_refs.get((sleeve, day), []))]
        return [trade for trade in found if trade.trade_date == day and not trade.cancelled]

    def _order(self, row: Row) -> None:
        content = tuple(text(row, column) for column in ORDER_CONTENT)
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
