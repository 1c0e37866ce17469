import json
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelx.domain.book_codes import OrderSide, QuantityType
from modelx.domain.errors import InvalidInput
from modelx.domain.order import OrderReason
from modelx.domain.order_pricing import DueOrders, PricedOrders, Published, largest_payables, price_orders
from tests.domain.fee_book import money, quantize

VECTORS = json.loads((Path(__file__).parents[2] / "fixtures/vectors/unitization.json").read_text())
SUB, RED = OrderSide.SUB, OrderSide.RED
AMT, UNITS, ALL = QuantityType.AMT, QuantityType.UNITS, QuantityType.ALL
TEN_PERCENT = 10**11
Order = tuple[int, OrderSide, QuantityType, str]


def due(*orders: Order, closed: list[bool] | None = None) -> DueOrders:
    return DueOrders(
        sleeve=np.array([order[0] for order in orders], np.int64),
        side=np.array([order[1] for order in orders], np.int64),
        quantity_type=np.array([order[2] for order in orders], np.int64),
        quantity=money(*(order[3] for order in orders)),
        closed=np.array(closed or [False] * len(orders), np.bool_),
    )


def published(*sleeves: tuple[str, str, str], payables: list[str] | None = None) -> Published:
    """Sleeves as (unit value, net assets, units)."""
    return Published(
        unit_value=money(*(sleeve[0] for sleeve in sleeves)),
        net_assets=money(*(sleeve[1] for sleeve in sleeves)),
        units=money(*(sleeve[2] for sleeve in sleeves)),
        payee_id=np.full(len(sleeves), 3),
        payable=money(*(payables or ["0"] * len(sleeves))),
    )


def outcome(priced: PricedOrders) -> list[tuple[str, Decimal, Decimal]]:
    return [
        (OrderReason(reason).code, Decimal(units).scaleb(-6).normalize(), Decimal(amount).scaleb(-6).normalize())
        for reason, units, amount in zip(
            priced.reason.tolist(), priced.units.tolist(), priced.amount.tolist(), strict=True
        )
    ]


def done(units: str, amount: str) -> tuple[str, Decimal, Decimal]:
    return ("", Decimal(units).normalize(), Decimal(amount).normalize())


def refused(code: str) -> tuple[str, Decimal, Decimal]:
    return (code, Decimal(0), Decimal(0))


def test_a_subscription_by_amount_buys_units_at_four_decimals_v07() -> None:
    vector = VECTORS["V07_order_residual"]
    sleeve = published((vector["uv"], vector["net_assets"], vector["units"]))
    priced = price_orders(due((0, SUB, AMT, vector["sub"])), sleeve, TEN_PERCENT)
    assert outcome(priced) == [done(vector["units_issued"], vector["sub"])]
    per_unit = (Decimal(vector["net_assets"]) + Decimal(vector["sub"])) / (
        Decimal(vector["units"]) + Decimal(vector["units_issued"])
    )
    assert per_unit.quantize(Decimal("1e-12")) == Decimal(vector["uv_after_exact"])
    residual = Decimal(vector["sub"]) - Decimal(vector["units_issued"]) * Decimal(vector["uv"])
    assert residual == Decimal(vector["residual_to_fund"])


@pytest.mark.parametrize("date", [date for date, on in VECTORS["G1"]["days"].items() if on["orders"]])
def test_g1_orders_are_priced_and_counted(date: str) -> None:
    on = VECTORS["G1"]["days"][date]
    orders = [
        (0, SUB, AMT, order["amount"]) if order["kind"] == "SUB" else (0, RED, UNITS, order["units"])
        for order in on["orders"]
    ]
    priced = price_orders(due(*orders), published((on["uv"], on["net_assets"], on["units_open"])), TEN_PERCENT)
    assert outcome(priced) == [done(order["units"], order["amount"]) for order in on["orders"]]
    assert priced.units_after.tolist() == money(on["units_close"]).tolist()
    assert (money(on["net_assets"]) + priced.capital).tolist() == money(on["net_assets_close"]).tolist()


def test_the_last_holder_leaves_and_the_dust_is_cleared_against_a_fee_payable_v08() -> None:
    vector = VECTORS["V08_last_holder"]
    sleeve = published((vector["uv"], vector["net_assets"], vector["units"]), payables=["12.345678"])
    priced = price_orders(due((0, RED, ALL, "0")), sleeve, TEN_PERCENT)
    assert outcome(priced) == [done(vector["units"], vector["cash"])]
    assert priced.dust.tolist() == money(vector["dust_to_3900"]).tolist()
    assert priced.units_after.tolist() == [0]
    assert (money(vector["net_assets"]) + priced.capital).tolist() == [0]


@pytest.mark.parametrize(
    ("net_assets", "payable", "dust"),
    [
        ("12903.417266", "0.002734", "-0.002734"),
        ("12903.417266", "0.002733", "0"),
        ("12903.424999", "0.000001", "0.004999"),
        ("12903.424999", "0", "0"),
        ("12903.430618", "5", "0"),  # 1,234.5678 units x 0.0000005 = 0.000617...
        ("12903.430617", "5", "0.010617"),
        ("12903.420000", "5", "0"),
    ],
    ids=[
        "just covered",
        "more than the payable",
        "a surplus",
        "no payable",
        "more than roundings explain",
        "a cent and what the unit value's rounding left on each unit",
        "nothing left",
    ],
)
def test_dust_is_cleared_only_while_roundings_explain_it_and_a_payable_can_take_it(
    net_assets: str, payable: str, dust: str
) -> None:
    sleeve = published(("10.451769", net_assets, "1234.5678"), payables=[payable])
    priced = price_orders(due((0, RED, UNITS, "1234.5678")), sleeve, TEN_PERCENT)
    assert priced.dust.tolist() == money(dust).tolist()


def test_orders_take_turns_within_a_sleeve_and_do_not_see_other_sleeves() -> None:
    orders = due(
        (0, RED, UNITS, "60"),
        (0, RED, UNITS, "60"),
        (0, SUB, AMT, "200.00"),
        (0, RED, ALL, "0"),
        (0, RED, ALL, "0"),
        (1, RED, UNITS, "60"),
    )
    priced = price_orders(orders, published(("10", "1000", "100"), ("10", "1000", "100")), TEN_PERCENT)
    assert outcome(priced) == [
        done("60", "600"),
        refused("SECU"),
        done("20", "200"),
        done("60", "600"),
        refused("SECU"),
        done("60", "600"),
    ]
    assert priced.units_after.tolist() == money("0", "40").tolist()


@pytest.mark.parametrize(
    ("order", "code"),
    [
        ((0, SUB, AMT, "0"), "DMON"),
        ((0, RED, AMT, "-1"), "DMON"),
        ((0, SUB, AMT, "1.001"), "DMON"),
        ((0, SUB, UNITS, "0"), "DQUA"),
        ((0, RED, UNITS, "-5"), "DQUA"),
        ((0, RED, UNITS, "1.00001"), "DQUA"),
        ((0, SUB, ALL, "0"), "DQUA"),
        ((0, RED, UNITS, "100.0001"), "SECU"),
        ((0, RED, AMT, "1000.01"), "SECU"),
        ((1, RED, ALL, "0"), "SECU"),
        ((1, RED, AMT, "0.01"), "SECU"),
    ],
)
def test_an_order_that_cannot_be_priced_is_rejected_with_its_reason(order: Order, code: str) -> None:
    sleeves = published(("10.00000", "1000", "100"), ("10", "0", "0"))
    priced = price_orders(due(order), sleeves, TEN_PERCENT)
    assert outcome(priced) == [refused(code)]
    assert priced.units_after.tolist() == sleeves.units.tolist()
    assert priced.capital.tolist() == [0, 0]


def test_a_closed_sleeve_comes_before_every_other_reason() -> None:
    priced = price_orders(
        due((0, SUB, AMT, "0"), (0, RED, ALL, "0"), closed=[True, True]), published(("10", "100", "10")), TEN_PERCENT
    )
    assert outcome(priced) == [refused("CLOS"), refused("CLOS")]


def test_a_redemption_of_exactly_what_is_held_is_priced() -> None:
    priced = price_orders(due((0, RED, AMT, "1000.00")), published(("10", "1000.00", "100")), TEN_PERCENT)
    assert outcome(priced) == [done("100", "1000")]


def test_an_order_above_a_tenth_of_the_sleeve_is_marked_but_a_first_one_is_not() -> None:
    orders = due((0, SUB, AMT, "100.00"), (0, SUB, AMT, "100.01"), (1, SUB, AMT, "5000"), (0, RED, UNITS, "11"))
    priced = price_orders(orders, published(("10", "1000", "100"), ("10", "0", "0")), TEN_PERCENT)
    assert priced.large.tolist() == [False, True, False, True]


def test_an_order_never_meets_a_unit_value_of_zero() -> None:
    with pytest.raises(InvalidInput):
        price_orders(due((0, SUB, AMT, "1.00")), published(("0", "0", "1")), TEN_PERCENT)


def test_no_orders_leave_every_sleeve_as_it_was() -> None:
    priced = price_orders(due(), published(("10", "1000", "100")), TEN_PERCENT)
    assert priced.units_after.tolist() == money("100").tolist()
    assert priced.capital.tolist() == [0]


def test_the_largest_payable_is_found_and_the_lowest_payee_wins_a_tie() -> None:
    payee, owed = largest_payables(np.array([0, 0, 0, 2]), np.array([3, 1, 2, 9]), money("5", "7", "7", "1"), 3)
    assert payee.tolist() == [1, 0, 9]
    assert owed.tolist() == money("7", "0", "1").tolist()


cents = st.integers(1, 10**9).map(lambda n: Decimal(n).scaleb(-2))
unit_values = st.integers(10**5, 10**9).map(lambda n: Decimal(n).scaleb(-6))


@given(cents, cents, unit_values)
def test_splitting_an_order_in_two_gives_units_within_one_tick(first: Decimal, second: Decimal, value: Decimal) -> None:
    sleeve = published((str(value), "0", "0"))
    apart = price_orders(due((0, SUB, AMT, str(first)), (0, SUB, AMT, str(second))), sleeve, TEN_PERCENT)
    together = price_orders(due((0, SUB, AMT, str(first + second))), sleeve, TEN_PERCENT)
    assert abs(int(apart.units_after[0]) - int(together.units_after[0])) <= 100


amounts = st.integers(-100, 500_000).map(lambda n: str(Decimal(n).scaleb(-2)))
unit_counts = st.integers(-100, 3_000_000).map(lambda n: str(Decimal(n).scaleb(-4)))
one_order = st.one_of(
    st.tuples(st.integers(0, 1), st.sampled_from([SUB, RED]), st.just(AMT), amounts),
    st.tuples(st.integers(0, 1), st.sampled_from([SUB, RED]), st.just(UNITS), unit_counts),
    st.tuples(st.integers(0, 1), st.just(RED), st.just(ALL), st.just("0")),
)


@given(
    st.lists(one_order, max_size=12),
    st.tuples(unit_values, unit_values),
    st.tuples(st.integers(0, 3_000_000), st.integers(0, 3_000_000)),
)
def test_pricing_equals_a_register_kept_order_by_order(
    orders: list[Order], values: tuple[Decimal, Decimal], ticks: tuple[int, int]
) -> None:
    held = [Decimal(tick).scaleb(-4) for tick in ticks]
    sleeves = published(*((str(value), "10000000", str(units)) for value, units in zip(values, held, strict=True)))
    capital = [Decimal(0), Decimal(0)]
    expected = []
    for sleeve, side, quantity_type, text in orders:
        given_quantity, value = Decimal(text), values[sleeve]
        if quantity_type is not ALL and given_quantity <= 0:
            expected.append(refused("DMON" if quantity_type is AMT else "DQUA"))
            continue
        units = held[sleeve] if quantity_type is ALL else given_quantity
        amount = quantize(units * value, 2)
        if quantity_type is AMT:
            units, amount = quantize(given_quantity / value, 4), given_quantity
        if side is RED and (units > held[sleeve] or (quantity_type is ALL and units == 0)):
            expected.append(refused("SECU"))
            continue
        sign = 1 if side is SUB else -1
        held[sleeve] += sign * units
        capital[sleeve] += sign * amount
        expected.append(done(str(units), str(amount)))
    priced = price_orders(due(*orders), sleeves, TEN_PERCENT)
    assert outcome(priced) == expected
    assert priced.units_after.tolist() == money(*held).tolist()
    assert priced.capital.tolist() == money(*capital).tolist()
    assert (priced.units_after >= 0).all()
