"""A plain, exact simulation of one sleeve's nights: enough to know its cash, shares, units and unit value.

Money, shares and units are whole millionths, prices whole 10^-8 dollars, as in the product; everything else is
rational. It holds no sleeve back for a bad price: it is the story as it ends once every hold is released.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

from .flows import Order
from .market import SPLIT_DATE, SPLIT_TICKER, Distribution, Market
from .programme import FEES, Fee, SleeveTerms
from .securities import BY_TICKER
from .sessions import is_settlement_day, next_session, settle

MILLION = 10**6
CENT = 10_000
FIRST_UNIT_VALUE = 10 * MILLION


def half_up(numerator: int, denominator: int) -> int:
    """A quotient of non-negative whole numbers, rounded half up."""
    return (2 * numerator + denominator) // (2 * denominator)


def rounded(value: Fraction, step: int) -> int:
    """A non-negative rational, rounded half up to a multiple of `step`."""
    return half_up(value.numerator, value.denominator * step) * step


def dollars(shares: int, quote: int) -> int:
    """Shares at a quote, in cents half up, as millionths."""
    return half_up(shares * quote, 10**8 * CENT) * CENT


def shares_for(amount: int, quote: int, share_dp: int) -> int:
    """Shares bought by an amount at a quote, half up at the security's decimals, as millionths."""
    step: int = 10 ** (6 - share_dp)
    return half_up(amount * 10**8, quote * step) * step


@dataclass(frozen=True)
class Trade:
    """A custodian's confirm. `books_on` is the night that books it, the next one if it arrives late."""

    plan: str
    model: str
    ticker: str
    side: str
    shares: int
    amount: int
    trade_date: date
    settle_date: date
    books_on: date


@dataclass
class Sleeve:
    """One sleeve's present. `pending` holds receivables (+) and payables (-) by due date."""

    terms: SleeveTerms
    cash: int = 0
    pending: list[tuple[date, int]] = field(default_factory=list)
    shares: dict[str, int] = field(default_factory=dict)
    owed: dict[str, int] = field(default_factory=dict)
    units: int = 0
    unit_value: int = FIRST_UNIT_VALUE
    units_struck: int = 0
    net_assets_struck: int = 0
    fee_base: int = 0
    last_night: date | None = None
    accrued_through: date | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.terms.plan, self.terms.model

    def settle(self, day: date) -> None:
        """Everything due on or before the day moves through cash."""
        if is_settlement_day(day):
            self.cash += sum(amount for due, amount in self.pending if due <= day)
            self.pending = [(due, amount) for due, amount in self.pending if due > day]

    def least_cash_ahead(self) -> int:
        """The least that cash comes to as everything pending falls due, day by day."""
        cash = least = self.cash
        due = sorted({when for when, _ in self.pending})
        for day in due:
            cash += sum(amount for when, amount in self.pending if when == day)
            least = min(least, cash)
        return least

    def pay_fees(self, day: date) -> None:
        """On the first session of a month, what is owed, in whole cents, rounded down."""
        if self.last_night is not None and self.last_night.month != day.month:
            for payee, owed in self.owed.items():
                paid = owed // CENT * CENT
                self.cash -= paid
                self.owed[payee] = owed - paid

    def split(self, day: date) -> None:
        if day == SPLIT_DATE and SPLIT_TICKER in self.shares:
            self.shares[SPLIT_TICKER] *= 2

    def distribute(self, rows: Iterable[Distribution], quotes: dict[str, int]) -> None:
        opening = dict(self.shares)  # two distributions of one day are both paid on the shares before either
        for row in rows:
            amount = half_up(row.rate * opening.get(row.ticker, 0), 10_000 * CENT) * CENT
            if not amount:
                continue
            if row.reinvest:
                share_dp = BY_TICKER[row.ticker].share_dp
                self.shares[row.ticker] += shares_for(amount, quotes[row.ticker], share_dp)
            else:
                self.pending.append((row.pay_date, amount))

    def book(self, trades: Iterable[Trade]) -> None:
        for trade in trades:
            sign = 1 if trade.side == "BUY" else -1
            held = self.shares.get(trade.ticker, 0) + sign * trade.shares
            if held < 0:
                raise ValueError(f"{self.key} would hold {held} of {trade.ticker} on {trade.trade_date}")
            self.shares[trade.ticker] = held
            self.pending.append((trade.settle_date, -sign * trade.amount))

    def days(self, day: date) -> list[date]:
        """The calendar days tonight's accrual covers, with the rest of the month when the next session is beyond."""
        last = day
        if next_session(day).month != day.month:
            last = (day.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        first = day if self.accrued_through is None else self.accrued_through + timedelta(days=1)
        self.accrued_through = last
        return [first + timedelta(days=n) for n in range((last - first).days + 1)]

    def market_value(self, quotes: dict[str, int]) -> int:
        return sum(dollars(shares, quotes[ticker]) for ticker, shares in self.shares.items())

    def strike(self, quotes: dict[str, int]) -> None:
        pending = sum(amount for _, amount in self.pending)
        self.net_assets_struck = self.cash + pending + self.market_value(quotes) - sum(self.owed.values())
        self.units_struck = self.units
        if self.units:
            self.unit_value = half_up(self.net_assets_struck * MILLION, self.units)

    def price(self, orders: Iterable[Order], due: date) -> None:
        """Orders at tonight's unit value; afterwards the base of the next accrual is known."""
        capital = 0
        for order in orders:
            units, amount = self._quantities(order)
            if order.side == "SUB":
                self.units, capital = self.units + units, capital + amount
                self.pending.append((due, amount))
            elif 0 < units <= self.units:
                self.units, capital = self.units - units, capital - amount
                self.pending.append((due, -amount))
                if not self.units:
                    capital += self._clear_dust(self.net_assets_struck + capital)
        self.fee_base = max(0, self.net_assets_struck + capital)

    def _quantities(self, order: Order) -> tuple[int, int]:
        if order.quantity_type == "AMT":
            return half_up(order.quantity * MILLION, self.unit_value * 100) * 100, order.quantity
        units = self.units if order.quantity_type == "ALL" else order.quantity
        return units, half_up(units * self.unit_value, MILLION * CENT) * CENT

    def _clear_dust(self, left: int) -> int:
        """The last holder is gone: less than a cent moves between the sleeve and its largest payable."""
        if not 0 < abs(left) < CENT:
            return 0
        largest = min(self.owed, key=lambda payee: (-self.owed[payee], payee))
        self.owed[largest] += left
        return -left


def run_night(
    day: date,
    sleeves: list[Sleeve],
    market: Market,
    trades: Iterable[Trade],
    orders: dict[tuple[str, str], list[Order]],
) -> None:
    """One night for every sleeve that has started, in the order the product's night has."""
    quotes = {ticker: market.quote(day, ticker) for ticker in BY_TICKER}
    rows = [row for row in market.distributions if row.ex_date == day]
    tonight = [sleeve for sleeve in sleeves if sleeve.terms.start <= day]
    booked = list(trades)
    for sleeve in tonight:
        sleeve.settle(day)
        sleeve.pay_fees(day)
        sleeve.split(day)
        sleeve.distribute(rows, quotes)
        sleeve.book(trade for trade in booked if (trade.plan, trade.model) == sleeve.key)
        sleeve.settle(day)
    accrue_fees(day, tonight)
    for sleeve in tonight:
        sleeve.strike(quotes)
        sleeve.price(orders.get(sleeve.key, []), settle(day))
        sleeve.last_night = day


def accrue_fees(day: date, sleeves: list[Sleeve]) -> None:
    """Every payee's fee for the days since the last night, one rounding per sleeve and payee."""
    plan_assets: dict[str, int] = {}
    for sleeve in sleeves:
        plan_assets[sleeve.terms.plan] = plan_assets.get(sleeve.terms.plan, 0) + sleeve.fee_base
    for sleeve in sleeves:
        days = sleeve.days(day)
        due: dict[str, int] = {}
        reductions: list[tuple[str, int]] = []
        for payee in sorted({fee.payee for fee in FEES}):
            total = Fraction(0)
            waives = ""
            for one in days:
                row = fee_in_force(sleeve.key, payee, one)
                if row is None or row.paid_from == "account":
                    continue
                waives = row.waives
                basis = 366 if one.year % 4 == 0 else 365
                total += annual_fee(row, sleeve.fee_base, plan_assets[sleeve.terms.plan]) / basis
            if waives:
                reductions.append((waives, rounded(total, 1)))
            elif total:
                due[payee] = rounded(total, 1)
        for payee, reduction in reductions:
            due[payee] = max(0, due.get(payee, 0) - reduction)
        for payee, amount in due.items():
            sleeve.owed[payee] = sleeve.owed.get(payee, 0) + amount


def fee_in_force(key: tuple[str, str], payee: str, day: date) -> Fee | None:
    """The most specific row of a payee that lives on this day; the later start among equals."""
    plan, model = key
    live = [
        (2 * bool(fee.plan) + bool(fee.model), fee.start or date.min, number)
        for number, fee in enumerate(FEES)
        if fee.payee == payee
        and fee.plan in {"", plan}
        and fee.model in {"", model}
        and (fee.start is None or fee.start <= day)
        and (fee.end is None or day <= fee.end)
    ]
    return FEES[max(live)[2]] if live else None


def annual_fee(fee: Fee, base: int, plan_assets: int) -> Fraction:
    """A sleeve's fee for a year on this base, before the division by the days of the year."""
    if fee.rate:
        return Fraction(fee.rate) * base
    assets = plan_assets if fee.aggregate == "PLAN" else base
    if not assets:
        return Fraction(0)
    bands = [band.partition("@") for band in fee.tiers.split(";")]
    whole, lower = Fraction(0), 0
    for rate, _, limit in bands:
        upper = int(limit) * MILLION if limit else max(assets, lower)
        if fee.method == "CLIFF" and assets <= upper:
            return Fraction(rate) * base
        whole += max(0, min(assets, upper) - lower) * Fraction(rate)
        lower = upper
    return whole * base / assets
