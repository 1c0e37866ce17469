import json
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from modelx.domain.book_codes import DistributionKind
from modelx.domain.corporate_action import (
    DistributionEffects,
    Distributions,
    SplitEffects,
    Splits,
    distribute,
    split_positions,
)
from modelx.domain.errors import InvalidInput, OutOfRange
from modelx.domain.position import Positions, Prices, SecurityTerms
from tests.domain.fee_book import day, half_up, money

VECTORS = json.loads((Path(__file__).parents[2] / "fixtures/vectors/unitization.json").read_text())
VFA, EQX = 1, 2
TERMS = SecurityTerms(np.array([VFA, EQX]), np.array([3, 0]), np.array([False, True]))
PAY_DAY = day(date(2026, 11, 30))


def scaled(text: str, places: int) -> int:
    return int(Decimal(text).scaleb(places))


def held(*lines: tuple[int, int, str, str]) -> Positions:
    return Positions(
        np.array([line[0] for line in lines], np.int64),
        np.array([line[1] for line in lines], np.int64),
        money(*(line[2] for line in lines)),
        money(*(line[3] for line in lines)),
    )


def prices(vfa: str = "40.62", eqx: str = "47.10") -> Prices:
    return Prices(np.array([VFA, EQX]), np.array([scaled(vfa, 8), scaled(eqx, 8)]))


def splits(security: int, new: str, old: str, cash_in_lieu_price: str = "0") -> Splits:
    return Splits(
        np.array([security]),
        np.array([scaled(new, 12)]),
        np.array([scaled(old, 12)]),
        np.array([scaled(cash_in_lieu_price, 8)]),
    )


def distributions(*rows: tuple[int, DistributionKind, str, bool, str]) -> Distributions:
    return Distributions(
        security_id=np.array([row[0] for row in rows], np.int64),
        kind=np.array([row[1] for row in rows], np.int64),
        rate=np.array([scaled(row[2], 12) for row in rows], np.int64),
        pay_day=np.full(len(rows), PAY_DAY),
        reinvest=np.array([row[3] for row in rows], np.bool_),
        reinvest_price=np.array([scaled(row[4] or "0", 8) for row in rows], np.int64),
    )


def texts(effects: SplitEffects | DistributionEffects, *names: str) -> list[tuple[str, ...]]:
    columns = [[str(Decimal(v).scaleb(-6).normalize()) for v in getattr(effects, name).tolist()] for name in names]
    return list(zip(*columns, strict=True))


@pytest.mark.parametrize("cash_in_lieu_price", ["47.10", "0"], ids=["at the given price", "at tonight's price"])
def test_three_for_two_pays_cash_in_lieu_of_half_a_share_v09(cash_in_lieu_price: str) -> None:
    vector = VECTORS["V09_3for2_split"]
    positions = held((0, EQX, vector["old"], vector["cost_before"]))
    after, effects = split_positions(positions, splits(EQX, "3", "2", cash_in_lieu_price), TERMS, prices())
    assert after.shares.tolist() == money(vector["whole"]).tolist()
    assert after.cost.tolist() == money(vector["cost_after"]).tolist()
    assert effects.cash_in_lieu.tolist() == money(vector["cash_in_lieu"]).tolist()
    assert effects.cost_out.tolist() == money(vector["cost_of_fraction"]).tolist()
    assert effects.gain.tolist() == money(vector["realized_gain"]).tolist()


def test_two_for_one_doubles_shares_and_leaves_cost_and_cash_alone_g1() -> None:
    positions = held((0, VFA, "3263.077", "134649.22"), (0, EQX, "1027", "70046.54"), (4, EQX, "3", "200.00"))
    after, effects = split_positions(positions, splits(EQX, "2", "1"), TERMS, prices(eqx="0"))
    assert after.shares.tolist() == money("3263.077", "2054", "6").tolist()
    assert after.cost.tolist() == positions.cost.tolist()
    assert effects.sleeve.tolist() == [0, 4]
    assert texts(effects, "cash_in_lieu", "cost_out", "gain") == [("0", "0", "0")] * 2


def test_a_reverse_split_of_fewer_shares_than_make_one_pays_everything_out() -> None:
    after, effects = split_positions(held((0, EQX, "3", "150.00")), splits(EQX, "1", "10"), TERMS, prices(eqx="520"))
    assert after.shares.tolist() == [0]
    assert after.cost.tolist() == [0]
    assert texts(effects, "cash_in_lieu", "cost_out", "gain") == [("156", "1.5E+2", "6")]


def test_a_fund_rounds_split_shares_to_its_decimals_half_up() -> None:
    after, effects = split_positions(
        held((0, VFA, "0.003", "1.00"), (1, VFA, "10.001", "5.00")), splits(VFA, "3", "2"), TERMS, prices(vfa="0")
    )
    assert after.shares.tolist() == money("0.005", "15.002").tolist()
    assert effects.cash_in_lieu.tolist() == [0, 0]


def test_a_fraction_without_any_price_is_refused() -> None:
    with pytest.raises(InvalidInput, match="price of security 2"):
        split_positions(held((0, EQX, "1", "1.00")), splits(EQX, "3", "2"), TERMS, prices(eqx="0"))


def test_an_etf_dividend_is_receivable_until_its_pay_date_g1() -> None:
    positions = held((0, VFA, "3028.835", "125000.00"), (0, EQX, "1027", "70046.54"))
    after, effects = distribute(
        positions, distributions((EQX, DistributionKind.INCOME, "0.4125", False, "")), TERMS, prices()
    )
    assert texts(effects, "amount", "receivable", "shares_bought") == [("423.64", "423.64", "0")]
    assert after.shares.tolist() == positions.shares.tolist()


def test_a_fund_gain_is_reinvested_on_its_ex_date_g1() -> None:
    positions = held((0, VFA, "3173.239", "131000.00"), (0, EQX, "1027", "70046.54"))
    gain = distributions((VFA, DistributionKind.CAPGAIN, "1.1500", True, "40.62"))
    after, effects = distribute(positions, gain, TERMS, prices(vfa="0"))
    assert texts(effects, "amount", "cost_bought", "shares_bought", "receivable") == [
        ("3649.22", "3649.22", "89.838", "0")
    ]
    assert after.shares.tolist() == money("3263.077", "1027").tolist()
    assert after.cost.tolist() == money("134649.22", "70046.54").tolist()


def test_a_whole_share_security_reinvests_in_whole_shares_and_the_rest_is_receivable() -> None:
    dividend = distributions((EQX, DistributionKind.INCOME, "0.4125", True, ""))
    after, effects = distribute(held((0, EQX, "1027", "70046.54")), dividend, TERMS, prices(eqx="68.02"))
    assert texts(effects, "amount", "shares_bought", "cost_bought", "receivable") == [
        ("423.64", "6", "408.12", "15.52")
    ]
    assert after.cost.tolist() == money("70454.66").tolist()


def test_income_and_gain_of_one_night_are_both_earned_on_the_shares_held_before() -> None:
    both = distributions(
        (VFA, DistributionKind.INCOME, "1", True, "10"), (VFA, DistributionKind.CAPGAIN, "2", False, "")
    )
    after, effects = distribute(held((3, VFA, "100", "1000.00")), both, TERMS, prices())
    assert texts(effects, "amount", "shares_bought") == [("1E+2", "1E+1"), ("2E+2", "0")]
    assert effects.distribution.tolist() == [0, 1]
    assert after.shares.tolist() == money("110").tolist()


def test_a_cancelled_distribution_and_an_amount_under_half_a_cent_pay_nothing() -> None:
    rows = distributions(
        (EQX, DistributionKind.INCOME, "0", False, ""), (VFA, DistributionKind.INCOME, "0.001", False, "")
    )
    positions = held((0, VFA, "4.999", "1.00"), (0, EQX, "10", "1.00"), (1, VFA, "5", "1.00"))
    _, effects = distribute(positions, rows, TERMS, prices())
    assert effects.sleeve.tolist() == [1]
    assert texts(effects, "amount") == [("0.01",)]


def test_more_shares_than_a_column_can_hold_are_refused() -> None:
    row = distributions((VFA, DistributionKind.INCOME, "1", True, "0.00000001"))
    with pytest.raises(OutOfRange):
        distribute(held((0, VFA, "100000", "0")), row, TERMS, prices())


shares = st.integers(1, 10**10)


@given(st.lists(shares, min_size=1, max_size=6), st.integers(1, 500), st.integers(1, 500), st.integers(1, 10**11))
def test_splits_equal_fractions(counts: list[int], new: int, old: int, price: int) -> None:
    positions = Positions(
        np.arange(len(counts)),
        np.full(len(counts), EQX),
        np.array(counts) * 10**6,
        np.array(counts) * 137 * 10_000,
    )
    terms_of_split = Splits(np.array([EQX]), np.array([new * 10**11]), np.array([old * 10**11]), np.array([price]))
    after, effects = split_positions(positions, terms_of_split, TERMS, prices())
    for row, count in enumerate(counts):
        exact = Fraction(count * new, old)
        fraction = exact - int(exact)
        cash = half_up(fraction * Fraction(price, 10**8), 2)
        cost_out = half_up(Fraction(count * 137, 100) * fraction / exact, 2)
        assert after.shares[row] == int(exact) * 10**6
        assert effects.cash_in_lieu[row] == cash.scaleb(6)
        assert effects.cost_out[row] == cost_out.scaleb(6)
        assert after.cost[row] == positions.cost[row] - effects.cost_out[row]


@given(st.integers(10**6, 10**12), st.integers(10**10, 10**13), st.integers(10**4, 10**12), st.booleans())
def test_reinvestment_never_spends_more_than_the_distribution(
    quantity: int, rate: int, price: int, whole: bool
) -> None:
    security = EQX if whole else VFA
    positions = Positions(np.array([0]), np.array([security]), np.array([quantity]), np.array([0]))
    amount = half_up(Fraction(quantity * rate, 10**18), 2)
    assume(amount > 0)
    row = distributions((security, DistributionKind.INCOME, str(Decimal(rate).scaleb(-12)), True, ""))
    after, effects = distribute(positions, row, TERMS, Prices(np.array([security]), np.array([price])))
    cost, bought = Decimal(int(after.cost[0])).scaleb(-6), int(after.shares[0]) - quantity
    exact = Fraction(amount) / Fraction(price, 10**8)
    assert effects.amount[0] == amount.scaleb(6)
    assert effects.receivable[0] == (amount - cost).scaleb(6) >= 0
    if whole:
        assert bought == int(exact) * 10**6
        assert cost == half_up(int(exact) * Fraction(price, 10**8), 2)
    else:
        assert bought == half_up(exact, 3).scaleb(6)
        assert cost == amount
