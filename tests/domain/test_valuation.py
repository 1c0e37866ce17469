from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelx.domain.errors import InvalidInput, OutOfRange
from modelx.domain.position import Positions, Prices
from modelx.domain.valuation import market_values, value_positions
from tests.domain.fee_book import money, quantize


def prices(**price: str) -> Prices:
    ids = {"VFA": 1, "EQX": 2, "VBX": 3}
    return Prices(
        np.array([ids[ticker] for ticker in price], np.int64),
        np.array([int(Decimal(text).scaleb(8)) for text in price.values()], np.int64),
    )


G1_POSITIONS = Positions(
    sleeve=np.array([0, 0, 0, 1]),
    security_id=np.array([1, 2, 3, 2]),
    shares=money("3028.835", "1027", "5086.470", "2"),
    cost=money("125000.00", "70046.54", "50000.00", "136.41"),
)


def test_g1_is_valued_line_by_line_on_its_first_day() -> None:
    valuation = value_positions(G1_POSITIONS, prices(EQX="68.31", VBX="9.83", VFA="41.27"), 3)
    assert valuation.market_value.tolist() == money("125000.02", "70154.37", "50000.00", "136.62").tolist()
    assert valuation.by_sleeve.tolist() == money("245154.39", "136.62", "0").tolist()


@pytest.mark.parametrize("price", [{"VFA": "41.27", "EQX": "68.31"}, {"VFA": "41.27", "EQX": "68.31", "VBX": "0"}])
def test_a_line_without_a_price_is_never_valued(price: dict[str, str]) -> None:
    with pytest.raises(InvalidInput, match="price of security 3"):
        value_positions(G1_POSITIONS, prices(**price), 3)


@given(st.integers(0, 10**15), st.integers(1, 10**14))
def test_half_a_cent_rounds_up(shares: int, price: int) -> None:
    exact = Decimal(shares).scaleb(-6) * Decimal(price).scaleb(-8)
    try:
        value = market_values(np.array([shares]), np.array([price]))
    except OutOfRange:
        assert exact > Decimal("4e12")
    else:
        assert Decimal(int(value[0])).scaleb(-6) == quantize(exact, 2)


def test_a_tie_is_rounded_away_from_zero() -> None:
    assert market_values(money("0.5"), np.array([1_000_000])).tolist() == money("0.01").tolist()
    assert market_values(money("0.499999"), np.array([1_000_000])).tolist() == [0]


def test_a_value_too_large_for_a_column_is_refused() -> None:
    with pytest.raises(OutOfRange):
        market_values(np.array([2**55]), np.array([2**53]))
