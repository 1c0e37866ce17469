import json
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelx.domain.book_codes import OrderSide, QuantityType, TradeSide
from modelx.domain.corporate_action import Distributions, Splits, distribute, split_positions
from modelx.domain.errors import InvariantBroken
from modelx.domain.explain import (
    AccruedFee,
    BookedTrade,
    Exchanged,
    ExplainLine,
    LineKind,
    PaidDistribution,
    PricedOrder,
    SecurityNight,
    StruckValue,
    explain_move,
    shown,
)
from modelx.domain.position import Positions, Prices, SecurityTerms
from modelx.domain.trade import Trades, book_trades
from modelx.domain.valuation import market_values, value_positions
from tests.domain.fee_book import half_up, money

VECTORS = json.loads((Path(__file__).parents[2] / "fixtures/vectors/unitization.json").read_text())
DAYS = VECTORS["G1"]["days"]
VFA, EQX, VBX, VCX = 1, 2, 3, 4
ONE = 10**6
SUB, RED, AMT, UNITS = OrderSide.SUB, OrderSide.RED, QuantityType.AMT, QuantityType.UNITS
BUY, SELL = TradeSide.BUY, TradeSide.SELL


def m(text: str) -> int:
    return int(money(text)[0])


def px(text: str) -> int:
    return int(Decimal(text).scaleb(8))


def line(  # a security's night in the words of the scenario
    security: int,
    before: tuple[str, str, str],
    after: tuple[str, str],
    after_split: str = "",
    paid: tuple[PaidDistribution, ...] = (),
    trades: tuple[BookedTrade, ...] = (),
    cash_in_lieu: str = "0",
) -> SecurityNight:
    shares, previous, value = before
    return SecurityNight(
        security,
        px(previous),
        px(after[0]),
        m(shares),
        m(value),
        m(after_split or shares),
        m(after[1]),
        m(cash_in_lieu),
        paid,
        trades,
    )


def buy(ref: str, shares: str, amount: str) -> BookedTrade:
    return BookedTrade(ref, BUY, m(shares), m(amount))


NIGHTS: dict[str, tuple[SecurityNight, ...]] = {
    "2026-11-24": (
        line(VFA, ("0", "41.20", "0"), ("41.27", "125000.02"), trades=(buy("T1", "3028.835", "125000.00"),)),
        line(EQX, ("0", "68.12", "0"), ("68.31", "70154.37"), trades=(buy("T3", "1027", "70046.54"),)),
        line(VBX, ("0", "9.83", "0"), ("9.83", "50000.00"), trades=(buy("T2", "5086.470", "50000.00"),)),
    ),
    "2026-11-25": (
        line(
            VFA,
            ("3028.835", "41.27", "125000.02"),
            ("41.55", "131848.08"),
            trades=(buy("T4", "144.404", "6000.00"),),
        ),
        line(
            EQX,
            ("1027", "68.31", "70154.37"),
            ("68.02", "69856.54"),
            paid=(PaidDistribution("INCOME", m("423.64")),),
        ),
        line(VBX, ("5086.470", "9.83", "50000.00"), ("9.82", "49949.14")),
    ),
    "2026-11-27": (
        line(
            VFA,
            ("3173.239", "41.55", "131848.08"),
            ("40.62", "132546.19"),
            paid=(PaidDistribution("CAPGAIN", m("3649.22"), m("89.838"), m("3649.22")),),
        ),
        line(EQX, ("1027", "68.02", "69856.54"), ("68.50", "70349.50")),
        line(VBX, ("5086.470", "9.82", "49949.14"), ("9.84", "50050.86")),
    ),
    "2026-11-30": (
        line(VFA, ("3263.077", "40.62", "132546.19"), ("40.90", "133459.85")),
        line(EQX, ("1027", "68.50", "70349.50"), ("68.94", "70801.38")),
        line(VBX, ("5086.470", "9.84", "50050.86"), ("9.83", "50000.00")),
    ),
    "2026-12-01": (
        line(VFA, ("3263.077", "40.90", "133459.85"), ("41.02", "133851.42")),
        line(EQX, ("1027", "68.94", "70801.38"), ("34.61", "71088.94"), after_split="2054"),
        line(
            VBX,
            ("5086.470", "9.83", "50000.00"),
            ("9.84", "0"),
            trades=(BookedTrade("T5", SELL, m("5086.470"), m("50050.86")),),
        ),
        line(VCX, ("0", "12.45", "0"), ("12.47", "50050.86"), trades=(buy("T6", "4013.702", "50050.86"),)),
    ),
}
PAYEES = {"platform": 1, "advisor": 2, "manager": 3}


def struck(date: str) -> StruckValue:
    return StruckValue(m(DAYS[date]["uv"]), m(DAYS[date]["net_assets"]), m(DAYS[date]["units_open"]))


def orders_of(date: str) -> list[PricedOrder]:
    return [
        PricedOrder(order["ref"], SUB, AMT, m(order["units"]), m(order["amount"]))
        if order["kind"] == "SUB"
        else PricedOrder(order["ref"], RED, UNITS, m(order["units"]), m(order["amount"]))
        for order in DAYS[date]["orders"]
    ]


def explained(date: str) -> tuple[ExplainLine, ...]:
    before = max(day for day in DAYS if day < date)
    on = DAYS[date]
    fees = [
        AccruedFee(PAYEES[name], m(amount), len(on["fee_days"]), m(on["fee_base"]))
        for name, amount in on["fees"].items()
    ]
    return explain_move(struck(before), orders_of(before), 0, NIGHTS[date], fees, struck(date))


def dollars(lines: tuple[ExplainLine, ...], kind: LineKind) -> dict[int, str]:
    return {line.subject: shown(line.dollars, 6) for line in lines if line.kind is kind}


@pytest.mark.parametrize("date", list(NIGHTS))
def test_every_night_of_g1_foots_exactly_in_dollars_and_per_unit(date: str) -> None:
    *parts, value = explained(date)
    assert value.kind is LineKind.VALUE
    assert sum(part.per_unit for part in parts) == value.per_unit == Fraction(DAYS[date]["uv"])
    assert sum(part.dollars for part in parts) == value.dollars
    rounding = parts[-1]
    assert rounding.kind is LineKind.ROUNDING
    assert abs(rounding.per_unit) <= Fraction(1, 2_000_000)
    assert value.dollars - rounding.dollars == Fraction(DAYS[date]["net_assets"])


def test_a_split_moves_nothing_but_the_price_of_the_day_does() -> None:
    lines = explained("2026-12-01")
    assert dollars(lines, LineKind.PRICE) == {VFA: "391.570000", EQX: "287.560000", VBX: "50.860000"}
    assert dollars(lines, LineKind.TRADE) == {VBX: "0.000000", VCX: "0.000000"}
    details = {line.subject: line.detail for line in lines if line.kind is LineKind.PRICE}
    assert details[EQX] == "1027 at 68.94 to 34.61, 2054 after the split"
    assert details[VFA] == "3263.077 at 40.90 to 41.02"


def test_a_reinvested_gain_is_a_fall_in_price_and_the_same_in_income() -> None:
    lines = explained("2026-11-27")
    assert dollars(lines, LineKind.PRICE) == {VFA: "-2951.110000", EQX: "492.960000", VBX: "101.720000"}
    assert dollars(lines, LineKind.INCOME) == {VFA: "3649.220000"}
    assert dollars(lines, LineKind.REINVESTMENT) == {VFA: "0.000000"}
    assert dollars(lines, LineKind.FEE) == {1: "-0.497413", 2: "-3.552950", 3: "-5.684720"}


def test_a_fill_away_from_the_close_shows_as_the_trades_effect() -> None:
    assert dollars(explained("2026-11-24"), LineKind.TRADE) == {VFA: "0.020000", EQX: "107.830000", VBX: "0.000000"}


def test_the_rounding_of_the_prior_nights_orders_is_shown_with_its_bound() -> None:
    """O2 got 1,234.0578 units for 12,345.67 at 10.004126; O3 gave 400 units for 4,001.65."""
    lines = [line for line in explained("2026-11-25") if line.kind is LineKind.ORDER_ROUNDING]
    exact = [
        Decimal("12345.67") - Decimal("1234.0578") * Decimal("10.004126"),
        -(Decimal("4001.65") - 400 * Decimal("10.004126")),
    ]
    assert [line.reference for line in lines] == ["O2", "O3"]
    assert [line.dollars for line in lines] == [Fraction(value) for value in exact]
    assert [line.bound for line in lines] == [Fraction("10.004126") / 20_000, Fraction("0.005")]


def test_figures_are_shown_to_ten_decimals_half_up() -> None:
    assert shown(Fraction(2, 3)) == "0.6666666667"
    assert shown(Fraction(-1, 2 * 10**10)) == "-0.0000000001"
    assert shown(Fraction(5)) == "5.0000000000"


def test_cash_in_lieu_a_waiver_and_dust_have_lines_of_their_own() -> None:
    prior = StruckValue(m("10"), m("70046.543"), m("7004.6540"))
    security = line(
        EQX, ("1027", "68.205", "70046.54"), ("47.00", "72380.00"), after_split="1540", cash_in_lieu="23.55"
    )
    fees = [AccruedFee(1, m("0.5"), 1, m("70046.54")), AccruedFee(5, m("0.2"), 2, 0, waives=1, terms="0.10 %")]
    net_assets = m("70046.543") + m("0.002") + m("72380.00") - m("70046.54") + m("23.55") - m("0.3")
    units = m("7004.6540")
    unit_value = round(Fraction(net_assets * 10**6, units))
    lines = explain_move(prior, [], m("-0.002"), [security], fees, StruckValue(unit_value, net_assets, units))
    assert dollars(lines, LineKind.CASH_IN_LIEU) == {EQX: "23.550000"}
    assert dollars(lines, LineKind.WAIVER) == {5: "0.200000"}
    assert dollars(lines, LineKind.DUST) == {0: "0.002000"}
    assert [line.detail for line in lines if line.kind is LineKind.FEE] == ["1 day on 70046.540000"]
    assert [line.detail for line in lines if line.kind is LineKind.WAIVER] == ["2 days on 0.000000 at 0.10 %"]


def test_the_first_night_with_units_starts_from_ten() -> None:
    lines = explained("2026-11-24")
    assert [shown(line.per_unit, 6) for line in lines[:2]] == ["10.000000", "0.000000"]


def test_a_sleeve_without_units_is_explained_in_dollars_alone() -> None:
    prior = StruckValue(m("11.25"), m("0.50"), 0)
    late = line(VFA, ("0", "41", "0"), ("41", "0"), paid=(PaidDistribution("LATE", m("3.00")),))
    lines = explain_move(prior, [], 0, [late], [], replace(prior, net_assets=m("3.50")))
    assert [(line.kind, line.dollars) for line in lines] == [
        (LineKind.PRIOR_VALUE, 0),
        (LineKind.PRIOR_ROUNDING, Fraction(1, 2)),
        (LineKind.INCOME, 3),
        (LineKind.VALUE, Fraction(7, 2)),
    ]
    assert lines[-1].per_unit == Fraction("11.25")
    with pytest.raises(InvariantBroken, match="keeps its unit value"):
        explain_move(prior, [], 0, [], [], replace(prior, unit_value=m("11.26")))


def test_the_last_holders_leaving_is_explained_to_nothing_v08() -> None:
    vector = VECTORS["V08_last_holder"]
    prior = StruckValue(m(vector["uv"]), m(vector["net_assets"]), m(vector["units"]))
    leave = [PricedOrder("R1", RED, QuantityType.ALL, m(vector["units"]), m(vector["cash"]))]
    lines = explain_move(prior, leave, m(vector["dust_to_3900"]), [], [], StruckValue(prior.unit_value, 0, 0))
    assert lines[-1].dollars == 0


def test_prior_net_assets_that_do_not_make_the_prior_value_are_refused() -> None:
    with pytest.raises(InvariantBroken, match="rounding of the prior unit value"):
        explain_move(StruckValue(m("11.25"), m("100"), m("10")), [], 0, [], [], StruckValue(m("10"), m("100"), m("10")))


@pytest.mark.parametrize(
    "wrong",
    [
        {"net_assets": 260648392825},
        {"unit_value": 10089333},
        {"units": 25834057700},
    ],
    ids=["a millionth of net assets", "a tick of the unit value", "a unit"],
)
def test_figures_that_do_not_make_up_the_strike_are_refused(wrong: dict[str, int]) -> None:
    date = "2026-11-27"
    on = DAYS[date]
    fees = [AccruedFee(PAYEES[name], m(amount), 2, m(on["fee_base"])) for name, amount in on["fees"].items()]
    with pytest.raises(InvariantBroken):
        explain_move(struck("2026-11-25"), [], 0, NIGHTS[date], fees, replace(struck(date), **wrong))


def test_a_position_that_was_valued_otherwise_is_refused() -> None:
    bad = (replace(NIGHTS["2026-11-30"][0], value_after=m("133459.86")),)
    with pytest.raises(InvariantBroken, match=r"security 1 make 133459\.85, it was valued at 133459\.86"):
        explain_move(struck("2026-11-27"), [], 0, bad, [], struck("2026-11-30"))


thousandths = st.integers(0, 2_000_000).map(lambda n: n * 1_000)
prices = st.integers(50, 20_000).map(lambda cents: cents * 10**6)
cents = st.integers(0, 5_000_000).map(lambda n: n * 10_000)


@given(
    st.tuples(thousandths, prices, prices),
    st.tuples(st.integers(1, 5), st.integers(1, 5)),
    st.integers(0, 2 * 10**12),
    st.booleans(),
    st.booleans(),
    st.lists(st.tuples(st.sampled_from([BUY, SELL]), thousandths, cents), max_size=3),
    st.integers(1, 10**12),
    cents,
)
def test_any_night_of_a_security_foots(
    held: tuple[int, int, int],
    ratio: tuple[int, int],
    rate: int,
    reinvest: bool,
    whole: bool,
    dealt: list[tuple[TradeSide, int, int]],
    ticks: int,
    cash: int,
) -> None:
    shares, previous, close = held
    shares -= shares % 10**6 if whole else 0
    one = np.array([VFA])
    terms, price = SecurityTerms(one, np.array([0 if whole else 3]), np.array([whole])), Prices(one, np.array([close]))
    opening = Positions(np.zeros(1, np.int64), one, np.array([shares]), np.array([10**6]))
    split = Splits(one, np.array([ratio[0] * 10**12]), np.array([ratio[1] * 10**12]), np.zeros(1, np.int64))
    paid = Distributions(
        one, np.zeros(1, np.int64), np.array([rate]), np.zeros(1, np.int64), np.array([reinvest]), np.zeros(1, np.int64)
    )
    after_split, split_effects = split_positions(opening, split, terms, price)
    positions, effects = distribute(after_split, paid, terms, price)
    day = Trades(
        np.zeros(len(dealt), np.int64),
        np.full(len(dealt), VFA),
        np.array([side for side, _, _ in dealt], np.int64),
        np.array([quantity for _, quantity, _ in dealt], np.int64),
        np.array([amount for _, _, amount in dealt], np.int64),
    )
    closing, booked = book_trades(positions, day)
    value_after = int(value_positions(closing, price, 1).by_sleeve[0])
    value_before = int(market_values(shares, previous))
    night = SecurityNight(
        VFA,
        previous,
        close,
        shares,
        value_before,
        int(after_split.shares[0]),
        value_after,
        int(split_effects.cash_in_lieu.sum()),
        tuple(
            PaidDistribution(
                "D", *(int(column[0]) for column in (effects.amount, effects.shares_bought, effects.cost_bought))
            )
            for _ in effects.amount
        ),
        tuple(
            BookedTrade(f"T{at}", dealt[at][0], dealt[at][1], dealt[at][2])
            for at in sorted(np.flatnonzero(booked.booked).tolist(), key=lambda at: dealt[at][0])
        ),
    )
    spent = sum(
        (1 if side is BUY else -1) * amount for (side, _, amount), ok in zip(dealt, booked.booked, strict=True) if ok
    )
    received = int(split_effects.cash_in_lieu.sum() + effects.receivable.sum())
    units = ticks * 100
    opening_net_assets, net_assets = value_before + cash, value_after + cash + received - spent
    prior, tonight = (
        StruckValue(int(half_up(Fraction(net, units)).scaleb(6)), net, units)
        for net in (opening_net_assets, net_assets)
    )
    *parts, value = explain_move(prior, [], 0, [night], [], tonight)
    assert sum(part.per_unit for part in parts) == value.per_unit
    assert sum(part.dollars for part in parts) == value.dollars


def test_a_merged_fund_and_what_came_for_it_are_two_lines_that_nearly_cancel() -> None:
    old = SecurityNight(1, 2_005_000_000, 2_015_000_000, 1000 * ONE, 20_050 * ONE, 1000 * ONE, 0, went=Exchanged("7"))
    new = SecurityNight(2, 0, 4_030_000_000, 0, 0, 0, 20_150 * ONE, came=(Exchanged("7", cash=0, shares=500 * ONE),))
    prior, tonight = StruckValue(10 * ONE, 20_050 * ONE, 2005 * ONE), StruckValue(10_049_875, 20_150 * ONE, 2005 * ONE)
    lines = explain_move(prior, [], 0, [old, new], [], tonight)
    gone, came = (line for line in lines if line.kind is LineKind.EXIT)
    assert (gone.subject, gone.dollars, came.subject, came.dollars) == (1, -20_150, 2, 20_150)
    assert [line.dollars for line in lines if line.kind is LineKind.PRICE] == [100]


def test_a_liquidation_brings_cash_for_its_value() -> None:
    went = Exchanged("7", cash=20_130 * ONE)
    old = SecurityNight(1, 2_005_000_000, 2_013_000_000, 1000 * ONE, 20_050 * ONE, 1000 * ONE, 0, went=went)
    prior, tonight = StruckValue(10 * ONE, 20_050 * ONE, 2005 * ONE), StruckValue(10_039_900, 20_130 * ONE, 2005 * ONE)
    lines = explain_move(prior, [], 0, [old], [], tonight)
    assert [line.dollars for line in lines if line.kind is LineKind.EXIT] == [0]


def test_a_transfer_in_kind_has_a_rounding_of_its_own() -> None:
    moved = PricedOrder("9", OrderSide.SUB, QuantityType.AMT, 682_818_300, 6_831 * ONE, in_kind=True)
    prior = StruckValue(10_004_126, 0, 0)
    tonight = StruckValue(10_004_126, 6_831 * ONE, 682_818_300)
    lines = explain_move(prior, [moved], 0, [], [], tonight)
    (line,) = (line for line in lines if line.kind is LineKind.TRANSFER_ROUNDING)
    assert line.dollars == Fraction(6_831) - Fraction(682_818_300, ONE) * Fraction(10_004_126, ONE)
