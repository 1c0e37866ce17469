"""What the record keepers send: conversions, payroll, small movements, large redemptions, and the exceptions."""

from dataclasses import dataclass, replace
from datetime import date, time

from .dice import Dice
from .programme import (
    LAST_OPENING_DAY,
    LEAVING,
    LEAVING_REDEMPTION,
    LEAVING_SALE,
    OPENING,
    RECORDKEEPER_OF,
    RECORDKEEPERS,
    REST,
    SLEEVES,
    SleeveTerms,
)
from .sessions import SESSIONS, closing_time, new_york

MILLION = 10**6
CENT = 10_000

# The outcome the night must give each order.
PRICED, NEXT_NIGHT, CANCELLED, DUPLICATE, AS_OF_PENDING = (
    "PRICED", "NEXT_NIGHT", "CANCELLED", "DUPLICATE", "AS_OF_PENDING",
)  # fmt: skip


@dataclass(frozen=True)
class Order:
    """One line of orders.csv. Amounts and units in millionths; `outcome` is a code or what the night does with it."""

    recordkeeper: str
    reference: str
    plan: str
    model: str
    side: str
    quantity_type: str
    quantity: int
    trade_date: date
    received: str
    attested: str = "Y"
    cancel_of: str = ""
    as_of_reason: str = ""
    source_code: str = ""
    folder: str = OPENING
    file_date: date | None = None
    outcome: str = PRICED

    @property
    def key(self) -> tuple[str, str]:
        return self.plan, self.model

    @property
    def file_id(self) -> str:
        return f"{self.recordkeeper}-{(self.file_date or self.trade_date):%Y%m%d}"


@dataclass(frozen=True)
class LargeRedemption:
    """A redemption the sponsor announces a day ahead, so that the desk can sell for it."""

    plan: str
    model: str
    day: date
    part: float
    quantity_type: str


LARGE = (
    LargeRedemption("WEXCOMBE", "NMTD35", date(2026, 10, 29), 0.06, "AMT"),
    LargeRedemption("KESTRELBAY", "NMTD55", date(2026, 11, 24), 0.08, "UNITS"),
    LargeRedemption("HALVORSEN", "CDLMOD", date(2026, 12, 3), 0.05, "AMT"),
    LargeRedemption("TAMSINOAKE", "BRBALN", date(2026, 12, 16), 0.07, "UNITS"),
)

# Two paydays a month for odd plans, every second Friday (or the session before a holiday) for even ones.
TWICE_A_MONTH = {
    date(2026, 10, 15), date(2026, 10, 30), date(2026, 11, 13), date(2026, 11, 30), date(2026, 12, 15),
    date(2026, 12, 31),
}  # fmt: skip
FORTNIGHTLY = {
    date(2026, 10, 16), date(2026, 10, 30), date(2026, 11, 13), date(2026, 11, 27), date(2026, 12, 11),
    date(2026, 12, 24),
}  # fmt: skip


class OrderBook:
    """Every line the three record keepers send, numbered per sender in the order they send them."""

    def __init__(self, seed: int) -> None:
        self._dice = Dice(seed, "orders")
        self._count = dict.fromkeys(RECORDKEEPERS, 0)
        self.orders: list[Order] = []
        for day in SESSIONS:
            self._everyday(day)
            self._exceptions(day)

    def _add(self, terms: SleeveTerms, day: date, side: str, kind: str, quantity: int, at: time | None = None) -> Order:
        """Append an order in time for the day's unit value and return it."""
        keeper = RECORDKEEPER_OF[terms.plan]
        self._count[keeper] += 1
        if at is None:
            minutes = int(self._dice.between(0, 200))
            at = time(9 + (35 + minutes) // 60, (35 + minutes) % 60, int(self._dice.between(0, 60)))
        order = Order(
            keeper, f"{keeper[:2]}{self._count[keeper]:06d}", terms.plan, terms.model, side, kind, quantity, day,
            new_york(day, at), folder=OPENING if day <= LAST_OPENING_DAY else REST,
        )  # fmt: skip
        self.orders.append(order)
        return order

    def _change_last(self, **changes: object) -> None:
        self.orders[-1] = replace(self.orders[-1], **changes)  # type: ignore[arg-type]  # field names are checked

    def _everyday(self, day: date) -> None:
        for keeper in RECORDKEEPERS:
            mine = [terms for terms in SLEEVES if RECORDKEEPER_OF[terms.plan] == keeper and terms.start <= day]
            before = len(self.orders)
            for terms in mine:
                self._one_sleeve(terms, day)
            if len(self.orders) == before:
                open_ones = [terms for terms in mine if not _closing(terms, day)]
                self._add(self._dice.pick(open_ones), day, "SUB", "AMT", self._dice.cents(200, 900) * CENT)

    def _one_sleeve(self, terms: SleeveTerms, day: date) -> None:
        dice, size = self._dice, terms.conversion
        if day == terms.start:
            self._add(terms, day, "SUB", "AMT", size * MILLION + dice.cents(0, 1000) * CENT)
            self._change_last(source_code="CONV")
            return
        if _closing(terms, day):
            if day == LEAVING_REDEMPTION:
                self._add(terms, day, "RED", "ALL", 0)
                self._change_last(source_code="EXIT")
            return
        paydays = TWICE_A_MONTH if len(terms.plan) % 2 else FORTNIGHTLY
        if day in paydays:
            self._add(terms, day, "SUB", "AMT", dice.cents(size * 0.003, size * 0.006) * CENT)
            self._change_last(source_code="PAYROLL")
        for large in LARGE:
            if (large.plan, large.model, large.day) == (terms.plan, terms.model, day):
                self._redeem(terms, day, large.part, large.quantity_type)
                self._change_last(source_code="EXCHANGE")
        if dice.happens(0.22):
            self._redeem(terms, day, dice.between(0.0004, 0.0022), "UNITS" if dice.happens(0.4) else "AMT")
        if dice.happens(0.18):
            self._add(terms, day, "SUB", "AMT", dice.cents(size * 0.0003, size * 0.002) * CENT)

    def _redeem(self, terms: SleeveTerms, day: date, part: float, kind: str) -> None:
        whole = int(terms.conversion * part * 100)
        # At about ten dollars a unit, a tenth of the dollars is the units.
        self._add(terms, day, "RED", kind, whole * CENT if kind == "AMT" else whole * 1_000)

    def _exceptions(self, day: date) -> None:
        for when, plan, model, play in EXCEPTIONS:
            if when == day:
                terms = next(one for one in SLEEVES if (one.plan, one.model) == (plan, model))
                getattr(self, f"_{play}")(terms, day)

    def _late_unattested(self, terms: SleeveTerms, day: date) -> None:
        self._add(terms, day, "SUB", "AMT", 4_250 * MILLION, time(16, 21, 5))
        self._change_last(attested="N", outcome=NEXT_NIGHT)

    def _late_attested(self, terms: SleeveTerms, day: date) -> None:
        self._add(terms, day, "RED", "AMT", 1_900 * MILLION, time(17, 5, 44))

    def _after_the_half_day(self, terms: SleeveTerms, day: date) -> None:
        self._add(terms, day, "SUB", "AMT", 3_600 * MILLION, time(14, 0, 12))
        self._change_last(attested="N", outcome=NEXT_NIGHT)

    def _too_many_units(self, terms: SleeveTerms, day: date) -> None:
        self._add(terms, day, "RED", "UNITS", 900_000 * MILLION)
        self._change_last(outcome="SECU")

    def _cancelled(self, terms: SleeveTerms, day: date) -> None:
        first = self._add(terms, day, "SUB", "AMT", 12_500 * MILLION, time(10, 15, 30))
        self._change_last(outcome=CANCELLED)
        self._add(terms, day, "SUB", "AMT", 12_500 * MILLION, time(13, 40, 2) if closing_time(day) > time(13) else None)
        self._change_last(cancel_of=first.reference, outcome=CANCELLED)

    def _cancels_nothing(self, terms: SleeveTerms, day: date) -> None:
        self._add(terms, day, "SUB", "AMT", 780 * MILLION, time(11, 2, 51))
        self._change_last(cancel_of="BL999999", outcome="NRGM")

    def _after_leaving(self, terms: SleeveTerms, day: date) -> None:
        self._add(terms, day, "RED", "ALL", 0)
        self._change_last(outcome="SECU")

    def _resent(self, terms: SleeveTerms, day: date) -> None:
        """An earlier line again, word for word, in a later file; then an earlier reference on another order."""
        keeper = RECORDKEEPER_OF[terms.plan]
        earlier = [order for order in self.orders if order.recordkeeper == keeper and order.outcome == PRICED]
        last = next(order for order in reversed(earlier) if order.trade_date <= LAST_OPENING_DAY)
        self.orders.append(replace(last, folder=REST, file_date=day, outcome=DUPLICATE))
        self._add(terms, day, "SUB", "AMT", 640 * MILLION)
        other = next(order for order in reversed(earlier) if order.trade_date < last.trade_date)
        self._change_last(reference=other.reference, outcome="ORRF")

    def _true_up(self, terms: SleeveTerms, day: date) -> None:
        """An employer's year-end contribution: the desk invests it on the night of the mistaken price."""
        self._add(terms, day, "SUB", "AMT", 18_400 * MILLION)

    def _while_held(self, terms: SleeveTerms, day: date) -> None:
        """Money in and units out of a sleeve that the mistaken price holds: they wait for its release."""
        self._add(terms, day, "SUB", "AMT", 6_150 * MILLION)
        self._add(terms, day, "RED", "UNITS", 145 * MILLION)

    def _as_of(self, terms: SleeveTerms, day: date) -> None:
        """Received in time yesterday, sent today: yesterday's night is closed."""
        self._add(terms, day, "SUB", "AMT", 2_480 * MILLION)
        self._change_last(
            trade_date=LAST_OPENING_DAY, file_date=day, received=new_york(LAST_OPENING_DAY, time(15, 10, 9)),
            as_of_reason="RKDELAY", outcome=AS_OF_PENDING,
        )  # fmt: skip


EXCEPTIONS = (
    (date(2026, 10, 20), "CORVANE", "THGLEQ", "late_unattested"),
    (date(2026, 10, 22), "JUNIPERST", "THGLEQ", "too_many_units"),
    (date(2026, 10, 27), "WEXCOMBE", "AFINCM", "late_attested"),
    (date(2026, 11, 5), "LINDQVIST", "AFINCM", "cancelled"),
    (date(2026, 11, 12), "MIRABEL", "CDLMOD", "cancels_nothing"),
    (date(2026, 11, 16), "TAMSINOAKE", "BRBALN", "true_up"),
    (date(2026, 11, 17), "OSTRANDER", "BRBALN", "while_held"),
    (date(2026, 11, 18), "TAMSINOAKE", "BRBALN", "while_held"),
    (date(2026, 11, 19), "OSTRANDER", "CDLGRO", "as_of"),
    (date(2026, 11, 20), "BRTPRAIRIE", "AFINCM", "resent"),
    (date(2026, 11, 27), "HALVORSEN", "CDLGRO", "after_the_half_day"),
    (date(2026, 12, 22), "MIRABEL", "CDLCON", "after_leaving"),
)


def _closing(terms: SleeveTerms, day: date) -> bool:
    """Whether the sleeve is being wound up: from the session before its sale, no ordinary orders."""
    return (terms.plan, terms.model) == LEAVING and day >= SESSIONS[SESSIONS.index(LEAVING_SALE) - 1]


def nights_orders(orders: list[Order]) -> dict[date, dict[tuple[str, str], list[Order]]]:
    """The orders each night must judge (those it prices, and those it rejects for units), in their turn."""
    nights: dict[date, dict[tuple[str, str], list[Order]]] = {day: {} for day in SESSIONS}
    for order in sorted(orders, key=lambda one: (one.received, one.reference)):
        if order.outcome in {CANCELLED, DUPLICATE, AS_OF_PENDING, "ORRF", "NRGM"}:
            continue
        night = order.trade_date
        if order.outcome == NEXT_NIGHT:
            night = SESSIONS[SESSIONS.index(night) + 1]
        nights[night].setdefault(order.key, []).append(order)
    return nights
