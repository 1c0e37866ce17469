import json
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelx.domain.errors import InvalidInput, OutOfRange
from modelx.domain.strike import FIRST_UNIT_VALUE, UnitValues, strike, without_a_price
from tests.domain.fee_book import money, quantize

VECTORS = json.loads((Path(__file__).parents[2] / "fixtures/vectors/unitization.json").read_text())


def struck(
    net_assets: list[int], units: list[int], prior: list[int] | None = None, fees: list[int] | None = None
) -> UnitValues:
    zero = np.zeros(len(units), np.int64)
    return strike(
        market_value=np.array(net_assets),
        cash=zero,
        receivables=zero,
        payables=zero,
        accrued_fees=np.array(fees) if fees else zero,
        units=np.array(units),
        prior_unit_value=np.array(prior) if prior else zero + FIRST_UNIT_VALUE,
        opening_net_assets=zero,
    )


@pytest.mark.parametrize("vector", ["V07_order_residual", "V08_last_holder"])
def test_the_unit_value_is_net_assets_over_units_v07_v08(vector: str) -> None:
    case = VECTORS[vector]
    published = case.get("uv") or VECTORS["V08_last_holder"]["uv"]
    values = struck(money(case["net_assets"]).tolist(), money(case["units"]).tolist())
    assert values.unit_value.tolist() == money(published).tolist()


def test_g1_is_struck_from_its_components_on_its_last_day() -> None:
    """From the specification's own check: positions, cash, and the receivable and payable that cancel."""
    values = strike(
        market_value=money("254991.22"),
        cash=money("8687.13"),
        receivables=money("50050.86"),
        payables=money("50050.86"),
        accrued_fees=money("4.953121"),
        units=money("25933.1724"),
        prior_unit_value=money("10.139459"),
        opening_net_assets=money("262948.341663"),
    )
    assert values.net_assets.tolist() == money("263673.396879").tolist()
    assert values.unit_value.tolist() == money("10.167418").tolist()


@pytest.mark.parametrize("date", list(VECTORS["G1"]["days"]))
def test_g1_unit_values_follow_from_net_assets_and_units(date: str) -> None:
    day = VECTORS["G1"]["days"][date]
    values = struck(money(day["net_assets"]).tolist(), money(day["units_open"]).tolist())
    assert values.unit_value.tolist() == money(day["uv"]).tolist()


def test_a_sleeve_without_units_keeps_its_last_value_or_begins_at_ten() -> None:
    values = struck([0, 123], [0, 0], [FIRST_UNIT_VALUE, 11_250_000])
    assert values.unit_value.tolist() == [10_000_000, 11_250_000]


def test_net_assets_below_zero_are_struck_and_reported() -> None:
    values = struck([5, 5, 0], [1_000_000, 2_000_000, 0], fees=[5, 7, 1])
    assert values.net_assets.tolist() == [0, -2, -1]
    assert values.unit_value.tolist() == [0, -1, FIRST_UNIT_VALUE]
    assert without_a_price(values).tolist() == [0, 1]


def test_negative_units_and_sums_that_would_wrap_are_refused() -> None:
    with pytest.raises(InvalidInput):
        struck([1], [-1])
    with pytest.raises(OutOfRange):
        struck([2**61], [10**6], fees=[-(2**62)])


@given(st.integers(0, 10**17), st.integers(1, 10**15))
def test_the_unit_value_is_within_half_a_tick(net_assets: int, units: int) -> None:
    exact = Decimal(net_assets) / Decimal(units)
    if exact < 10**12:
        assert struck([net_assets], [units]).unit_value[0] == quantize(exact, 6).scaleb(6)
