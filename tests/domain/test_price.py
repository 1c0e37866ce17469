import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelx.domain.book_codes import SecurityKind
from modelx.domain.price import PriceCode, PriceFinding, PriceLimits, Quotes, SecondPrices, adjusted_move, check_prices

VECTORS = json.loads((Path(__file__).parents[2] / "fixtures/vectors/unitization.json").read_text())
MF, ETF, MMF, CIT, STOCK = SecurityKind.MF, SecurityKind.ETF, SecurityKind.MMF, SecurityKind.CIT, SecurityKind.STOCK
NO_SECOND = SecondPrices(np.empty(0, np.int64), np.empty(0, np.int64))


def px(text: str) -> int:
    return int(Decimal(text).scaleb(8))


def rate(text: str) -> int:
    return int(Decimal(text).scaleb(12))


def quote(
    price: str,
    *history: str,
    kind: SecurityKind = ETF,
    fixed: bool = False,
    distribution: str = "0",
    split: tuple[str, str] = ("1", "1"),
) -> Quotes:
    return Quotes(
        security_id=np.array([7]),
        kind=np.array([kind]),
        fixed_income=np.array([fixed]),
        price=np.array([px(price)]),
        history=np.array([[px(before) for before in history]], np.int64),
        distribution=np.array([rate(distribution)]),
        new_shares=np.array([rate(split[0])]),
        old_shares=np.array([rate(split[1])]),
    )


def second(*prices: str) -> SecondPrices:
    return SecondPrices(np.full(len(prices), 7), np.array([px(price) for price in prices]))


def codes(quotes: Quotes, others: SecondPrices = NO_SECOND, limits: PriceLimits | None = None) -> list[str]:
    return [finding.code.value for finding in check_prices(quotes, others, limits or PriceLimits())]


@pytest.mark.parametrize(
    ("vector", "quotes"),
    [
        ("EQX_split_2_1", quote("34.61", "68.94", split=("2", "1"))),
        ("VFA_gain_1_15", quote("40.62", "41.55", kind=MF, distribution="1.15")),
    ],
)
def test_splits_and_distributions_are_taken_out_of_the_move_v18(vector: str, quotes: Quotes) -> None:
    none, one = np.zeros(1, np.int64), np.ones(1, np.int64)
    for adjusted, percent in (
        (
            adjusted_move(quotes.price, quotes.history[:, 0], none, one, one),
            VECTORS["V18_price_check"][vector]["raw_pct"],
        ),
        (
            adjusted_move(
                quotes.price, quotes.history[:, 0], quotes.distribution, quotes.new_shares, quotes.old_shares
            ),
            VECTORS["V18_price_check"][vector]["adj_pct"],
        ),
    ):
        move = Decimal(int(adjusted[0][0])) / Decimal(int(adjusted[1][0])) * 100
        assert move.quantize(Decimal("0.0001")) == Decimal(percent)
    assert codes(quotes) == []


def test_an_unadjusted_split_would_hold_with_its_figures_in_the_sentence() -> None:
    (finding,) = check_prices(quote("34.61", "68.94"), NO_SECOND, PriceLimits())
    assert finding == PriceFinding(7, PriceCode.TOLERANCE, px("34.61"), px("68.94"), -497969248622, rate("0.05"))
    assert finding.sentence() == (
        "price 34.61 after 68.94: -49.7969248622 % adjusted for splits and distributions, limit 5.00 %"
    )


@pytest.mark.parametrize(
    ("price", "kind", "fixed", "expected"),
    [
        ("105", ETF, False, []),
        ("105.00000001", ETF, False, ["PX-TOL"]),
        ("95", STOCK, False, []),
        ("94.99999999", CIT, False, ["PX-TOL"]),
        ("102", MF, True, []),
        ("102.00000001", MF, True, ["PX-TOL"]),
        ("98", ETF, True, []),
        ("97.99999999", ETF, True, ["PX-TOL"]),
        ("100", MMF, False, []),
        ("100.00000001", MMF, False, ["PX-TOL"]),
        ("99.99999999", MMF, True, ["PX-TOL"]),
    ],
)
def test_a_move_on_the_limit_of_its_class_passes_and_the_next_tick_does_not(
    price: str, kind: SecurityKind, fixed: bool, expected: list[str]
) -> None:
    assert codes(quote(price, "100", kind=kind, fixed=fixed)) == expected


def test_one_tolerance_can_replace_those_of_all_classes() -> None:
    limits = PriceLimits(tolerance=rate("0.001"))
    for kind in (MF, MMF):
        assert codes(quote("100.1", "100", kind=kind), limits=limits) == []
        assert codes(quote("100.10000001", "100", kind=kind), limits=limits) == ["PX-TOL"]


@pytest.mark.parametrize("price", ["0", "-1"])
def test_a_missing_price_is_the_only_finding(price: str) -> None:
    (finding,) = check_prices(quote(price, price, price, price), second("5"), PriceLimits())
    assert finding.code is PriceCode.MISSING
    assert finding.sentence() == "no price tonight"


def test_the_move_is_not_judged_without_the_last_sessions_price() -> None:
    assert codes(quote("500", "0", "100")) == []
    assert codes(quote("500")) == []


@pytest.mark.parametrize(
    ("kind", "fixed", "sessions"), [(ETF, False, 2), (ETF, True, 2), (STOCK, False, 2), (MF, False, 3), (CIT, True, 5)]
)
def test_a_price_is_stale_when_it_has_stood_still_for_its_sessions(
    kind: SecurityKind, fixed: bool, sessions: int
) -> None:
    still = ["10"] * (sessions - 1)
    assert codes(quote("10", *still, "10.01", "10", kind=kind, fixed=fixed)) == []
    assert codes(quote("10", *still, "0", "10", kind=kind, fixed=fixed)) == []
    assert codes(quote("10", *still, kind=kind, fixed=fixed)) == []
    (finding,) = check_prices(quote("10", *still, "10", kind=kind, fixed=fixed), NO_SECOND, PriceLimits())
    assert finding.sentence() == f"price 10.00 unchanged over {sessions} sessions before tonight"


def test_money_market_funds_are_never_stale_and_the_check_can_be_changed_or_switched_off() -> None:
    assert codes(quote("1", *["1"] * 9, kind=MMF), limits=PriceLimits(stale_sessions=1)) == []
    assert codes(quote("10", "10"), limits=PriceLimits(stale_sessions=1)) == ["PX-STALE"]
    assert codes(quote("10", *["10"] * 9), limits=PriceLimits(stale_sessions=0)) == []


def test_any_second_source_further_than_half_a_percent_of_itself_is_a_finding() -> None:
    assert codes(quote("100.5"), second("100", "101.005")) == []
    assert codes(quote("100.50000001"), second("100")) == ["PX-SRC"]
    assert codes(quote("99.49999999"), second("0", "100", "99.5", "100")) == ["PX-SRC", "PX-SRC"]
    (finding,) = check_prices(quote("99"), second("100"), PriceLimits())
    assert finding.sentence() == "price 99.00, second source 100.00: -1.00 %, limit 0.50 %"


def test_a_price_a_hundred_million_times_too_large_is_found_without_overflow() -> None:
    (finding,) = check_prices(quote("30000000000", "0.00000001"), NO_SECOND, PriceLimits())
    assert finding.code is PriceCode.TOLERANCE


@given(
    st.integers(1, 10**13),
    st.integers(1, 10**13),
    st.integers(0, 10**13),
    st.integers(1, 30),
    st.integers(1, 30),
    st.integers(0, 10**12),
)
def test_the_tolerance_is_compared_exactly(
    price: int, previous: int, distribution: int, new: int, old: int, tolerance: int
) -> None:
    quotes = Quotes(
        np.array([1]),
        np.array([MF]),
        np.array([False]),
        np.array([price]),
        np.array([[previous]]),
        np.array([distribution]),
        np.array([new * 10**12]),
        np.array([old * 10**12]),
    )
    worth = (Fraction(price, 10**8) + Fraction(distribution, 10**12)) * Fraction(new, old)
    far = abs(worth / Fraction(previous, 10**8) - 1) > Fraction(tolerance, 10**12)
    assert codes(quotes, limits=PriceLimits(tolerance=tolerance, stale_sessions=0)) == ["PX-TOL"] * far


def test_a_money_market_fund_that_pays_income_at_a_constant_price_has_not_moved() -> None:
    assert codes(quote("1.00", "1.00", kind=MMF, distribution="0.0031")) == []
