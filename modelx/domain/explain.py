"""Why a unit value moved: one sleeve's night taken apart, line by line, footing exactly in dollars and per unit.

Prior value -> what rounding carried forward -> prices -> income -> reinvestment and trades against the close -> fees ->
rounding -> tonight's value. Every line is an exact fraction. Lines that are rounding have a bound, proven when the line
is made; nothing is left over for a residual. Source: ``spec/unitization.md`` 3, 5 and 7; scenario G1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

from modelx.domain.book_codes import OrderSide, QuantityType, TradeSide
from modelx.domain.errors import InvariantBroken
from modelx.domain.money import Rounding, big_mul_div, format_decimal
from modelx.domain.valuation import market_values

SHOWN_PLACES = 10
_ONE = 10**6
_HALF_TICK = Fraction(1, 2 * 10**6)  # of a unit value
_HALF_UNIT_TICK = Fraction(1, 2 * 10**4)
_HALF_CENT = Fraction(1, 200)
_CENT = Fraction(1, 100)


class LineKind(Enum):
    """What a line of the explanation is, in the order in which they come."""

    PRIOR_VALUE = "prior unit value"
    PRIOR_ROUNDING = "rounding of the prior unit value"
    ORDER_ROUNDING = "rounding of an order's units or cash"
    TRANSFER_ROUNDING = "rounding of an in-kind transfer's units or cash"
    DUST = "cleared when the last holder left"
    PRICE = "price"
    CASH_IN_LIEU = "cash in lieu of a fraction"
    INCOME = "distribution"
    REINVESTMENT = "reinvestment against the close"
    EXIT = "merger, conversion or liquidation"
    TRADE = "trade against the close"
    FEE = "fee"
    WAIVER = "fee waived"
    ROUNDING = "rounding of the unit value"
    VALUE = "unit value"


@dataclass(frozen=True, slots=True)
class PricedOrder:
    """An order or in-kind transfer priced at the prior unit value: units and amount in millionths, both positive."""

    reference: str
    side: OrderSide
    quantity_type: QuantityType
    units: int
    amount: int
    in_kind: bool = False


@dataclass(frozen=True, slots=True)
class StruckValue:
    """A struck unit value with its net assets and units (millionths)."""

    unit_value: int
    net_assets: int
    units: int


@dataclass(frozen=True, slots=True)
class PaidDistribution:
    """A distribution on a position: the amount, and what of it bought shares (millionths)."""

    reference: str
    amount: int
    shares_bought: int = 0
    cost_bought: int = 0


@dataclass(frozen=True, slots=True)
class BookedTrade:
    """A trade booked tonight, shares and amount in millionths."""

    reference: str
    side: TradeSide
    shares: int
    amount: int


@dataclass(frozen=True, slots=True)
class Exchanged:
    """A security that went tonight, all of it: the cash it brought, or the shares of another (millionths)."""

    reference: str
    cash: int = 0
    shares: int = 0


@dataclass(frozen=True, slots=True)
class SecurityNight:
    """What happened to one security of the sleeve: shares and values in millionths, prices 10^-8.

    ``value_before`` is the market value at the prior strike, with what came or went in kind since;
    ``shares_after_split`` is what was held before tonight's reinvestments and trades. Distributions, then the exchange
    in which it ``went`` or in which it ``came`` for another, then trades come in the order they were booked.
    """

    security_id: int
    previous_price: int
    price: int
    shares_before: int
    value_before: int
    shares_after_split: int
    value_after: int
    cash_in_lieu: int = 0
    distributions: tuple[PaidDistribution, ...] = ()
    trades: tuple[BookedTrade, ...] = ()
    went: Exchanged | None = None
    came: tuple[Exchanged, ...] = ()


@dataclass(frozen=True, slots=True)
class AccruedFee:
    """A fee accrued tonight in the unit value, or a waiver of one (millionths, positive), with its terms in words."""

    payee_id: int
    amount: int
    days: int
    base: int
    waives: int = 0
    terms: str = ""


@dataclass(frozen=True, slots=True)
class ExplainLine:
    """One line: what it is about (a security or payee id, or 0), its effect in dollars and per unit, both exact.

    ``bound`` is the largest size the effect in dollars can have, proven; None where the line is no rounding.
    """

    kind: LineKind
    subject: int
    reference: str
    detail: str
    dollars: Fraction
    per_unit: Fraction
    bound: Fraction | None = None


def explain_move(
    prior: StruckValue,
    orders: Sequence[PricedOrder],
    dust: int,
    securities: Sequence[SecurityNight],
    fees: Sequence[AccruedFee],
    tonight: StruckValue,
) -> tuple[ExplainLine, ...]:
    """Take the move from ``prior`` to ``tonight`` apart; the lines before the last foot to it, in both columns.

    The last line is tonight's unit value, and tonight's units at that value in dollars. ``orders`` are those priced
    at the prior value, ``dust`` what was then cleared (``PricedOrders.dust``). Of a sleeve without units tonight the
    lines are in dollars, foot to its net assets, and have nothing per unit.
    Raises ``InvariantBroken`` when the parts given do not make up tonight's figures, or a bound does not hold.
    """
    units = Fraction(tonight.units, _ONE)
    lines = [
        _line(LineKind.PRIOR_VALUE, _of(prior.unit_value) * units, units),
        *_carried_forward(prior, orders, dust, units),
        *(line for security in securities for line in _of_security(security, units)),
        *(_of_fee(fee, units) for fee in fees),
    ]
    net_assets = sum((line.dollars for line in lines), Fraction(0))
    if net_assets != _of(tonight.net_assets):
        struck = shown(_of(tonight.net_assets), 6)
        raise InvariantBroken(f"the parts make net assets of {shown(net_assets, 6)}, {struck} were struck")
    if tonight.units == 0:
        if tonight.unit_value != prior.unit_value:
            raise InvariantBroken("a sleeve without units keeps its unit value")
        return (*lines, ExplainLine(LineKind.VALUE, 0, "", "", net_assets, _of(tonight.unit_value)))
    value = _of(tonight.unit_value)
    rounding = _line(LineKind.ROUNDING, value * units - net_assets, units, bound=_HALF_TICK * units)
    return (*lines, rounding, _line(LineKind.VALUE, value * units, units))


def shown(value: Fraction, places: int = SHOWN_PLACES) -> str:
    """Return an exact figure as text with ``places`` decimals, half-up."""
    return format_decimal(big_mul_div(value.numerator, 10**places, value.denominator, Rounding.HALF_UP).item(), places)


def _carried_forward(
    prior: StruckValue, orders: Sequence[PricedOrder], dust: int, units: Fraction
) -> Iterator[ExplainLine]:
    """What the opening net assets have beyond tonight's units at the prior value: the rounding of what was priced."""
    value, held = _of(prior.unit_value), Fraction(prior.units, _ONE)
    bound = _HALF_TICK * held if held else None
    yield _line(LineKind.PRIOR_ROUNDING, _of(prior.net_assets) - held * value, units, bound=bound)
    for order in orders:
        sign = 1 if order.side is OrderSide.SUB else -1
        bound = value * _HALF_UNIT_TICK if order.quantity_type is QuantityType.AMT else _HALF_CENT
        gained = sign * (_of(order.amount) - _of(order.units) * value)
        detail = f"{shown(_of(order.units), 4)} units for {shown(_of(order.amount), 2)}"
        kind = LineKind.TRANSFER_ROUNDING if order.in_kind else LineKind.ORDER_ROUNDING
        yield _line(kind, gained, units, reference=order.reference, detail=detail, bound=bound)
    if dust:
        redeemed = sum((_of(order.units) for order in orders if order.side is OrderSide.RED), Fraction(0))
        yield _line(LineKind.DUST, -_of(dust), units, bound=_CENT + _HALF_TICK * redeemed)


def _of_security(security: SecurityNight, units: Fraction) -> Iterator[ExplainLine]:
    """The effects of one security, each step valued at tonight's close, so that they telescope to its value."""
    subject, shares, value = security.security_id, security.shares_after_split, security.value_before
    stepped = _value(shares, security.price)
    detail = f"{_quantity(security.shares_before)} at {_price(security.previous_price)} to {_price(security.price)}"
    if shares != security.shares_before:
        detail += f", {_quantity(shares)} after the split"
    if value or stepped:
        yield _line(LineKind.PRICE, _of(stepped - value), units, subject=subject, detail=detail)
    if security.cash_in_lieu:
        yield _line(LineKind.CASH_IN_LIEU, _of(security.cash_in_lieu), units, subject=subject)
    for paid in security.distributions:
        yield _line(LineKind.INCOME, _of(paid.amount), units, subject=subject, reference=paid.reference)
        if paid.shares_bought or paid.cost_bought:
            shares, value = shares + paid.shares_bought, stepped
            stepped = _value(shares, security.price)
            detail = f"{_quantity(paid.shares_bought)} for {shown(_of(paid.cost_bought), 2)}"
            effect = _of(stepped - value - paid.cost_bought)
            yield _line(LineKind.REINVESTMENT, effect, units, subject=subject, reference=paid.reference, detail=detail)
    exchanged, shares, stepped = _exchanged(security, shares, stepped, units)
    yield from exchanged
    for trade in security.trades:
        sign = 1 if trade.side is TradeSide.BUY else -1
        shares, value = shares + sign * trade.shares, stepped
        stepped = _value(shares, security.price)
        detail = f"{trade.side.name.lower()} {_quantity(trade.shares)} for {shown(_of(trade.amount), 2)}"
        effect = _of(stepped - value - sign * trade.amount)
        yield _line(LineKind.TRADE, effect, units, subject=subject, reference=trade.reference, detail=detail)
    if stepped != security.value_after:
        raise InvariantBroken(
            f"the parts of security {subject} make {shown(_of(stepped), 2)}, it was valued at "
            f"{shown(_of(security.value_after), 2)}"
        )


def _exchanged(security: SecurityNight, shares: int, value: int, units: Fraction) -> tuple[list[ExplainLine], int, int]:
    """A line for what went and for each part that came, and the shares and the value after them."""
    subject, lines = security.security_id, list[ExplainLine]()
    if security.went is not None:
        detail = f"{_quantity(shares)} went, {shown(_of(security.went.cash), 2)} in cash"
        effect, reference = _of(security.went.cash - value), security.went.reference
        lines.append(_line(LineKind.EXIT, effect, units, subject=subject, reference=reference, detail=detail))
        shares, value = 0, 0
    for part in security.came:
        shares += part.shares
        before, value = value, _value(shares, security.price)
        detail, effect = f"{_quantity(part.shares)} received", _of(value - before)
        lines.append(_line(LineKind.EXIT, effect, units, subject=subject, reference=part.reference, detail=detail))
    return lines, shares, value


def _of_fee(fee: AccruedFee, units: Fraction) -> ExplainLine:
    kind, sign = (LineKind.WAIVER, 1) if fee.waives else (LineKind.FEE, -1)
    detail = f"{fee.days} {'day' if fee.days == 1 else 'days'} on {shown(_of(fee.base), 6)}"
    if fee.terms:
        detail += f" at {fee.terms}"
    return _line(kind, sign * _of(fee.amount), units, subject=fee.payee_id, detail=detail)


def _line(
    kind: LineKind,
    dollars: Fraction,
    units: Fraction,
    *,
    subject: int = 0,
    reference: str = "",
    detail: str = "",
    bound: Fraction | None = None,
) -> ExplainLine:
    if bound is not None and abs(dollars) > bound:
        name = f"{kind.value} {reference}".rstrip()
        raise InvariantBroken(f"{name}: {shown(dollars)} is more than {shown(bound)}")
    return ExplainLine(kind, subject, reference, detail, dollars, dollars / units if units else Fraction(0), bound)


def _of(millionths: int) -> Fraction:
    return Fraction(millionths, _ONE)


def _value(shares: int, price: int) -> int:
    return int(market_values(shares, price))


def _quantity(millionths: int) -> str:
    return format_decimal(millionths, 6, at_least=0)


def _price(price: int) -> str:
    return format_decimal(price, 8, at_least=2)
