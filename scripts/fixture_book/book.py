"""Runs the sixty sessions and lays the result out as CSV rows, folder by folder."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from .desk import Desk
from .dice import Dice
from .flows import PRICED, Order, OrderBook, nights_orders
from .market import (
    BAD_PRICE_DATE,
    BAD_PRICE_TICKER,
    BENCHMARKS,
    INDEX_ADMINISTRATOR,
    SPLIT_DATE,
    SPLIT_TICKER,
    Market,
)
from .night import Sleeve, Trade, run_night
from .programme import (
    CORRECTION,
    FEES,
    LAST_OPENING_DAY,
    MODELS,
    OPENING,
    OVERRIDES,
    PLANS,
    REST,
    SLEEVES,
)
from .securities import ASSET_CLASSES, BY_TICKER, SECURITIES
from .sessions import SESSIONS

HEADERS = {
    "securities.csv": (
        "ticker,name,kind,asset_class,expense_ratio_pct,share_dp,price_dp,whole_shares,settle_lag,turnover_pct,status,"
        "redemption_fee_pct,holding_days,fee_12b1_pct,sub_ta_pct"
    ),
    "asset_classes.csv": "asset_class,kind",
    "exposures.csv": "ticker,asset_class,weight",
    "prices.csv": "date,ticker,price",
    "second_prices.csv": "date,ticker,price,source",
    "distributions.csv": "ticker,ex_date,pay_date,kind,rate,reinvest,reinvest_price",
    "splits.csv": "ticker,ex_date,new_shares,old_shares,cash_in_lieu_price",
    "models.csv": "model,name,manager,series,vintage,style,benchmark,objective,strategy,risks,inception",
    "targets.csv": "model,effective_date,ticker,weight",
    "plans.csv": "plan,name,sponsor,type,recordkeeper,advisor,fiscal_year_end",
    "sleeves.csv": "plan,model,start_date,rebalance,band_points,min_trade,cash_buffer",
    "fees.csv": "plan,model,payee,kind,rate,tiers,start,end,paid_from,method,aggregate,waives",
    "overrides.csv": "plan,model,kind,ticker,to_ticker,weight,exclude_to,start,end,on_expiry,reason",
    "orders.csv": (
        "file_id,rk_id,order_ref,plan_id,ticker,side,qty_type,qty,trade_date,rk_received_at,cutoff_attested,cancel_of,"
        "as_of_reason,source_code,client_ref"
    ),
    "trades.csv": "trade_ref,trade_date,settle_date,plan,model,ticker,side,shares,amount",
    "benchmarks.csv": "benchmark,name,administrator,kind,components",
    "benchmark_levels.csv": "date,benchmark,level",
    "custodian_positions.csv": "date,plan,model,ticker,shares",
    "rk_units.csv": "date,plan,model,units",
    "expected_unit_values.csv": "date,plan,model,unit_value,net_assets,units",
    "expected_order_outcomes.csv": "file_id,rk_id,order_ref,outcome",
}
# The seeded break: the custodian reports fewer shares of this line than the ledger holds (an undelivered purchase).
BREAK_SLEEVE, BREAK_TICKER, BREAK_SHARES = ("KESTRELBAY", "THGLEQ"), "SZQD", 25 * 10**6
SECOND_SOURCE = "CLOSEVIEW"

Row = list[str]
Files = dict[str, list[Row]]


def decimal(value: int, places: int, at_least: int = 0) -> str:
    """A whole number of 10^-places as plain decimal text with no needless zeros."""
    sign, digits = "-" if value < 0 else "", str(abs(value)).rjust(places + 1, "0")
    whole, part = digits[:-places], digits[-places:].rstrip("0").ljust(at_least, "0")
    return f"{sign}{whole}.{part}" if part else f"{sign}{whole}"


def folder_of(day: date) -> str:
    """The folder that first carries a row of this day."""
    return OPENING if day <= LAST_OPENING_DAY else REST


class Book:
    """The whole book: `files[folder][name]` are rows without their header; the empty folder is the book's top."""

    def __init__(self, seed: int) -> None:
        self.market = Market(seed)
        self.orders = OrderBook(seed).orders
        self.trades: list[Trade] = []
        self.sleeves = [Sleeve(terms) for terms in SLEEVES]
        self.files: dict[str, Files] = {name: defaultdict(list) for name in ("", OPENING, CORRECTION, REST)}
        self._desk = Desk(seed, self.market)
        if self._run() < 0:
            raise ValueError(f"seed {seed} overdraws a sleeve")
        self._reference_rows()
        self._market_rows(Dice(seed, "second source"))
        self._order_rows(self.orders)
        self._trade_rows()
        self._last_night_rows()

    def _run(self) -> int:
        """Every night in turn, and the desk after it. Returns the least cash, now or ahead, of any sleeve."""
        nights = nights_orders(self.orders)
        least = 0
        for day in SESSIONS:
            tonight = [trade for trade in self.trades if trade.books_on == day]
            run_night(day, self.sleeves, self.market, tonight, nights[day])
            for sleeve in self.sleeves:
                if sleeve.last_night is None:
                    continue
                least = min(least, sleeve.least_cash_ahead())
                self.files[""]["expected_unit_values.csv"].append(
                    [
                        day.isoformat(), *sleeve.key, decimal(sleeve.unit_value, 6, 6),
                        decimal(sleeve.net_assets_struck, 6), decimal(sleeve.units_struck, 6, 4),
                    ]
                )  # fmt: skip
                if day != SESSIONS[-1]:
                    self.trades += self._desk.propose(day, sleeve)
        return least

    def _add(self, folder: str, name: str, *cells: str) -> None:
        self.files[folder][name].append(list(cells))

    def _reference_rows(self) -> None:
        for name, side in ASSET_CLASSES.items():
            self._add(OPENING, "asset_classes.csv", name, side)
        for one in SECURITIES:
            self._add(
                OPENING, "securities.csv", one.ticker, one.name, one.kind, one.asset_class, one.expense_pct,
                str(one.share_dp), str(one.price_dp), "Y" if one.whole_shares else "N", "1", one.turnover_pct, "OPEN",
                "", "", "", one.sub_ta_pct,
            )  # fmt: skip
            for name, weight in one.exposures.items():
                self._add(OPENING, "exposures.csv", one.ticker, name, weight)
        for model in MODELS:
            self._add(
                OPENING, "models.csv", model.ticker, model.name, model.manager, model.series, model.vintage,
                model.style, model.benchmark, model.objective, model.strategy, model.risks, SESSIONS[0].isoformat(),
            )  # fmt: skip
            for day, weights in model.targets.items():
                for ticker, weight in weights.items():
                    self._add(folder_of(day), "targets.csv", model.ticker, day.isoformat(), ticker, weight)
        for plan in PLANS:
            self._add(
                plan.folder, "plans.csv", plan.code, plan.name, plan.sponsor, plan.kind, plan.recordkeeper,
                plan.advisor, plan.year_end,
            )  # fmt: skip
        for terms in SLEEVES:
            self._add(
                terms.folder, "sleeves.csv", terms.plan, terms.model, terms.start.isoformat(), terms.rebalance,
                "3", "250", "0.02",
            )  # fmt: skip
        for fee in FEES:
            self._add(
                fee.folder, "fees.csv", fee.plan, fee.model, fee.payee, fee.kind, fee.rate, fee.tiers,
                iso(fee.start), iso(fee.end), fee.paid_from, fee.method, fee.aggregate, fee.waives,
            )  # fmt: skip
        for rule in OVERRIDES:
            self._add(
                OPENING, "overrides.csv", rule.plan, rule.model, rule.kind, rule.ticker, rule.to_ticker, rule.weight,
                rule.exclude_to, iso(rule.start), iso(rule.end), rule.on_expiry, rule.reason,
            )  # fmt: skip

    def _market_rows(self, dice: Dice) -> None:
        for day in SESSIONS:
            for security in SECURITIES:
                true = self.market.quote(day, security.ticker)
                bad = (day, security.ticker) == (BAD_PRICE_DATE, BAD_PRICE_TICKER)
                first = self.market.mistaken_quote() if bad else true
                self._add(folder_of(day), "prices.csv", day.isoformat(), security.ticker, price(first))
                if bad:
                    self._add(CORRECTION, "prices.csv", day.isoformat(), security.ticker, price(true))
                if security.kind == "ETF" or security.ticker.startswith("BZQ"):
                    near = true + (dice.pick((-1, 0, 0, 1)) * 10**6 if security.kind == "ETF" else 0)
                    self._add(
                        folder_of(day), "second_prices.csv", day.isoformat(), security.ticker, price(near),
                        SECOND_SOURCE,
                    )  # fmt: skip
        for row in sorted(self.market.distributions, key=lambda one: (one.ex_date, one.ticker, one.kind)):
            stated = price(self.market.quote(row.ex_date, row.ticker)) if row.state_price else ""
            self._add(
                folder_of(row.ex_date), "distributions.csv", row.ticker, row.ex_date.isoformat(),
                row.pay_date.isoformat(), row.kind, decimal(row.rate, 4, 4), "Y" if row.reinvest else "N", stated,
            )  # fmt: skip
        self._add(folder_of(SPLIT_DATE), "splits.csv", SPLIT_TICKER, SPLIT_DATE.isoformat(), "2", "1", "")
        for index in BENCHMARKS:
            parts = (
                ";".join(f"{name}@{weight:.2f}" for name, weight in index.mix.items()) if index.kind == "BLEND" else ""
            )
            self._add(OPENING, "benchmarks.csv", index.code, index.name, INDEX_ADMINISTRATOR, index.kind, parts)
        for number, day in enumerate(SESSIONS):
            for index in BENCHMARKS:
                level = int(self.market.levels[index.code][number] * 10_000 + 0.5)
                self._add(folder_of(day), "benchmark_levels.csv", day.isoformat(), index.code, decimal(level, 4, 4))

    def _order_rows(self, orders: Iterable[Order]) -> None:
        for order in orders:
            quantity = {
                "AMT": decimal(order.quantity, 6, 2),
                "UNITS": decimal(order.quantity, 6, 4),
                "ALL": "",
            }[order.quantity_type]
            self._add(
                order.folder, "orders.csv", order.file_id, order.recordkeeper, order.reference, order.plan,
                order.model, order.side, order.quantity_type, quantity, order.trade_date.isoformat(), order.received,
                order.attested, order.cancel_of, order.as_of_reason, order.source_code, "",
            )  # fmt: skip
            if order.outcome != PRICED:
                self._add(
                    "", "expected_order_outcomes.csv", order.file_id, order.recordkeeper, order.reference, order.outcome
                )

    def _trade_rows(self) -> None:
        for number, trade in enumerate(self.trades, start=1):
            self._add(
                folder_of(trade.books_on), "trades.csv", f"IV{number:06d}", trade.trade_date.isoformat(),
                trade.settle_date.isoformat(), trade.plan, trade.model, trade.ticker, trade.side,
                decimal(trade.shares, 6, BY_TICKER[trade.ticker].share_dp), decimal(trade.amount, 6, 2),
            )  # fmt: skip

    def _last_night_rows(self) -> None:
        last = SESSIONS[-1].isoformat()
        for sleeve in self.sleeves:
            for ticker, held in sorted(sleeve.shares.items()):
                short = BREAK_SHARES if (sleeve.key, ticker) == (BREAK_SLEEVE, BREAK_TICKER) else 0
                if held:
                    shares = decimal(held - short, 6, BY_TICKER[ticker].share_dp)
                    self._add(REST, "custodian_positions.csv", last, *sleeve.key, ticker, shares)
            self._add(REST, "custodian_positions.csv", last, *sleeve.key, "CASH", decimal(sleeve.cash, 6, 2))
            self._add(REST, "rk_units.csv", last, *sleeve.key, decimal(sleeve.units, 6, 4))


def iso(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def price(quote: int) -> str:
    return decimal(quote, 8, 2)
