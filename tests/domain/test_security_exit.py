"""Mergers, conversions and liquidations: hand-worked cases, and random positions against decimal arithmetic."""

from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelx.domain.errors import InvalidInput, OutOfRange
from modelx.domain.position import Positions, Prices, SecurityTerms
from modelx.domain.security_exit import ExitEffects, Exits, beyond_counting, exit_positions, prices_at_exit

OLD, NEW, ETF, GONE = 1, 2, 3, 4
TERMS = SecurityTerms(np.array([OLD, NEW, ETF, GONE]), np.array([3, 4, 0, 3]), np.array([False, False, True, False]))


def scaled(text: str, places: int) -> int:
    return int(Decimal(text).scaleb(places))


def held(*lines: tuple[int, int, str, str]) -> Positions:
    return Positions(
        np.array([line[0] for line in lines], np.int64),
        np.array([line[1] for line in lines], np.int64),
        np.array([scaled(line[2], 6) for line in lines], np.int64),
        np.array([scaled(line[3], 6) for line in lines], np.int64),
    )


def exits(
    *rows: tuple[int, int, str, str, str],
) -> Exits:
    """(old, new or 0, ratio, cash rate, cash-in-lieu price); 0 is blank."""
    return Exits(
        np.array([row[0] for row in rows], np.int64),
        np.array([row[1] for row in rows], np.int64),
        np.array([scaled(row[2], 12) for row in rows], np.int64),
        np.array([scaled(row[3], 8) for row in rows], np.int64),
        np.array([scaled(row[4], 8) for row in rows], np.int64),
        np.zeros(len(rows), np.int64),
    )


def prices(old: str = "9.83", new: str = "12.47", etf: str = "68.94", gone: str = "1.00") -> Prices:
    every = [scaled(text, 8) for text in (old, new, etf, gone)]
    return Prices(np.array([OLD, NEW, ETF, GONE]), np.array(every))


def line(effects: ExitEffects, at: int = 0) -> dict[str, str]:
    names = ("shares_out", "shares_in", "cost_out", "cost_in", "cash", "gain")
    return {name: format(Decimal(int(getattr(effects, name)[at])).scaleb(-6).normalize(), "f") for name in names}


def test_a_share_class_converts_at_nav_old_over_nav_new_without_gain_or_loss() -> None:
    positions = held((0, OLD, "5086.470", "50000.00"), (1, OLD, "19010.231", "180000.00"))
    after, effects = exit_positions(positions, exits((OLD, NEW, "0", "0", "0")), TERMS, prices())
    # 5,086.470 x 9.83 / 12.47 = 4,009.62310...; 19,010.231 x 9.83 / 12.47 = 14,985.61112...
    assert after.shares.tolist() == [scaled("4009.6231", 6), scaled("14985.6111", 6)]
    assert after.cost.tolist() == positions.cost.tolist()
    assert after.security_id.tolist() == [NEW, NEW]
    assert effects.gain.tolist() == [0, 0]
    assert effects.cash.tolist() == [0, 0]


def test_a_merger_at_a_given_ratio_joins_what_is_held_of_the_new_fund() -> None:
    positions = held((0, OLD, "1000.000", "9000.00"), (0, NEW, "50.0000", "600.00"))
    after, effects = exit_positions(positions, exits((OLD, NEW, "0.788292", "0", "0")), TERMS, prices())
    assert after.security_id.tolist() == [NEW]
    assert after.shares.tolist() == [scaled("838.292", 6)]
    assert after.cost.tolist() == [scaled("9600.00", 6)]
    assert line(effects) == {
        "shares_out": "1000",
        "shares_in": "788.292",
        "cost_out": "9000",
        "cost_in": "9000",
        "cash": "0",
        "gain": "0",
    }


@pytest.mark.parametrize("given_price", ["70.00", "0"], ids=["at the given price", "at tonight's price"])
def test_whole_shares_keep_the_floor_and_the_fraction_is_paid(given_price: str) -> None:
    positions = held((0, OLD, "1000", "9000.00"))
    event = exits((OLD, ETF, "0.1425", "0", given_price))
    after, effects = exit_positions(positions, event, TERMS, prices(etf="70.00"))
    # 142.5 shares: 142 and half a share, 35.00; its cost 9,000 x 0.5 / 142.5 = 31.5789..., 31.58
    assert after.shares.tolist() == [scaled("142", 6)]
    assert after.cost.tolist() == [scaled("8968.42", 6)]
    assert line(effects)["cash"] == "35"
    assert line(effects)["gain"] == "3.42"


def test_less_than_a_whole_share_is_paid_out_with_all_its_cost() -> None:
    after, effects = exit_positions(
        held((0, OLD, "3", "40.00")), exits((OLD, ETF, "0.25", "0", "0")), TERMS, prices(etf="50.00")
    )
    assert len(after) == 0
    assert (line(effects)["cash"], line(effects)["gain"], line(effects)["cost_in"]) == ("37.5", "-2.5", "0")


def test_a_holding_too_small_for_a_thousandth_of_a_share_is_a_loss_of_its_cost() -> None:
    after, effects = exit_positions(
        held((0, OLD, "0.001", "0.01")), exits((OLD, NEW, "0.01", "0", "0")), TERMS, prices()
    )
    assert len(after) == 0
    assert (line(effects)["gain"], line(effects)["cost_in"]) == ("-0.01", "0")


@pytest.mark.parametrize(
    ("rate", "cash", "gain"), [("0.97", "970", "-30"), ("0", "1000", "0"), ("1.05125", "1051.25", "51.25")]
)
def test_a_liquidation_pays_shares_times_the_rate_for_all_the_cost(rate: str, cash: str, gain: str) -> None:
    event = exits((GONE, 0, "0", rate, "0"))
    after, effects = exit_positions(
        held((0, GONE, "1000.000", "1000.00")), event, TERMS, prices_at_exit(event, prices())
    )
    assert len(after) == 0
    assert (line(effects)["cash"], line(effects)["gain"], line(effects)["shares_in"]) == (cash, gain, "0")


def test_two_funds_that_merge_into_one_are_rounded_one_by_one_and_join() -> None:
    positions = held((0, OLD, "10.0005", "100.00"), (0, GONE, "7.0005", "7.00"), (1, GONE, "1", "1.00"))
    event = exits((OLD, NEW, "1.00005", "0", "0"), (GONE, NEW, "0.1", "0", "0"))
    after, _ = exit_positions(positions, event, TERMS, prices())
    # 10.0005 x 1.00005 = 10.001000025 -> 10.0010; 7.0005 x 0.1 = 0.70005 -> 0.7001 (half-up)
    assert list(zip(after.sleeve.tolist(), after.shares.tolist(), after.cost.tolist(), strict=True)) == [
        (0, scaled("10.7011", 6), scaled("107.00", 6)),
        (1, scaled("0.1", 6), scaled("1.00", 6)),
    ]


def test_what_is_received_tonight_does_not_go_on_tonight() -> None:
    event = exits((OLD, NEW, "1", "0", "0"), (NEW, ETF, "1", "0", "0"))
    after, _ = exit_positions(held((0, OLD, "5", "50.00"), (0, NEW, "3", "30.00")), event, TERMS, prices())
    assert after.security_id.tolist() == [NEW, ETF]
    assert after.shares.tolist() == [5_000_000, 3_000_000]


def test_without_an_exit_the_positions_are_the_same_object() -> None:
    positions = held((0, OLD, "5", "50.00"))
    assert exit_positions(positions, Exits.none(), TERMS, prices())[0] is positions
    assert exit_positions(positions, exits((GONE, 0, "0", "1", "0")), TERMS, prices())[0] is positions


def test_the_price_of_what_goes_is_what_a_share_of_it_brings() -> None:
    event = exits((OLD, NEW, "0.788292", "0", "0"), (GONE, 0, "0", "0.97", "0"))
    found = prices_at_exit(event, prices(old="0", gone="0"))
    assert found.price.tolist() == [scaled("9.83000124", 8), scaled("12.47", 8), scaled("68.94", 8), scaled("0.97", 8)]
    assert prices_at_exit(event, prices(new="0")).price[0] == 0
    by_value = exits((OLD, NEW, "0", "0", "0"))
    assert prices_at_exit(by_value, prices()).price.tolist() == prices().price.tolist()


def test_a_missing_price_is_an_error_of_the_caller_who_should_have_held_the_sleeve() -> None:
    with pytest.raises(InvalidInput):
        exit_positions(held((0, OLD, "1", "1.00")), exits((OLD, NEW, "0", "0", "0")), TERMS, prices(new="0"))


def test_more_shares_than_can_be_counted_are_refused() -> None:
    with pytest.raises(OutOfRange):
        exit_positions(held((0, OLD, "4000000000", "1.00")), exits((OLD, NEW, "4000000", "0", "0")), TERMS, prices())


def test_terms_that_give_too_many_shares_are_seen_before() -> None:
    positions = held((0, OLD, "2000000", "1.00"), (1, OLD, "1", "1.00"))
    wild = exits((OLD, NEW, "4000000", "0", "0"))
    assert beyond_counting(positions, wild, prices_at_exit(wild, prices())).tolist() == [0]
    dear = exits((OLD, NEW, "0", "0", "0"))
    assert beyond_counting(positions, dear, prices(old="90000", new="0.00000001")).tolist() == [0, 1]
    assert beyond_counting(positions, exits((OLD, 0, "0", "9", "0")), prices()).size == 0


@given(
    shares=st.integers(1, 10**12),
    cents=st.integers(0, 10**11),
    old=st.integers(1, 10**13),
    new=st.integers(1, 10**13),
    ratio=st.one_of(st.just(0), st.integers(1, 10**15)),
    security=st.sampled_from([NEW, ETF]),
)
def test_every_exchange_equals_decimal_arithmetic_and_no_cost_is_lost(
    shares: int, cents: int, old: int, new: int, ratio: int, security: int
) -> None:
    positions = Positions(np.array([0]), np.array([OLD]), np.array([shares]), np.array([cents * 10_000]))
    event = Exits(*(np.array([value]) for value in (OLD, security, ratio, 0, 0, 0)))
    tonight = Prices(np.array([OLD, security]), np.array([old, new]))
    with localcontext(prec=60):
        rate = Decimal(ratio).scaleb(-12) if ratio else Decimal(old) / Decimal(new)
        exact = Decimal(shares).scaleb(-6) * (Decimal(ratio).scaleb(-12) if ratio else Decimal(1))
        if not ratio:
            exact = exact * old / new
        if exact >= Decimal(4) * 10**12:
            return
        if security == ETF:
            expected = exact.to_integral_value(ROUND_FLOOR)
            fraction = exact - expected
            cash = (fraction * Decimal(new).scaleb(-8)).quantize(Decimal("0.01"), ROUND_HALF_UP)
            out = (Decimal(cents) / 100 * fraction / exact).quantize(Decimal("0.01"), ROUND_HALF_UP)
        else:
            expected, cash, out = exact.quantize(Decimal("0.0001"), ROUND_HALF_UP), Decimal(0), Decimal(0)
        if expected == 0:
            out = Decimal(cents) / 100
        assert rate > 0
    _, effects = exit_positions(positions, event, TERMS, tonight)
    assert Decimal(int(effects.shares_in[0])).scaleb(-6) == expected
    assert Decimal(int(effects.cash[0])).scaleb(-6) == cash
    assert Decimal(int(effects.cost_out[0] - effects.cost_in[0])).scaleb(-6) == out
    assert int(effects.gain[0]) == int(effects.cash[0]) - int(effects.cost_out[0] - effects.cost_in[0])
