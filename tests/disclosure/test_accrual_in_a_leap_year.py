"""T6 by the house's own accrual and strike: a weekend in a leap year, and a whole year at 366 days.

T6 books each night's fee in whole cents; the house keeps millionths (design 3). The unit values are the same to the
sixth decimal; the liability differs by the cents' own rounding, and both are asserted.
"""

import numpy as np
import pytest

from modelx.domain.accrual import accrue
from modelx.domain.days import day_of
from modelx.domain.fee_schedule import FeeRows, SleeveScope
from modelx.domain.money import Column, round_to
from modelx.domain.strike import strike
from tests.disclosure.worked import d

RATE, UNITS = 85 * 10**8, 100_000 * 10**6


def column(value: int) -> Column:
    return np.array([value], np.int64)


ONE_FEE = FeeRows(
    plan_id=column(1), model_id=column(1), payee_id=column(1), rate=column(RATE), tiers=((),),
    start=column(day_of(d("2020-01-01"))), end=column(day_of(d("2099-12-31"))), paid_from=column(0), method=column(0),
    aggregate=column(0), waives=column(0), load_order=column(1),
)  # fmt: skip
SLEEVE = SleeveScope(column(1), column(1))


def fee(base: int, first: str, last: str) -> int:
    return int(accrue(ONE_FEE, SLEEVE, column(base), day_of(d(first)), day_of(d(last))).amount[0])


@pytest.mark.parametrize(
    ("step", "liability", "assets"), [(10_000, "116.25", "1002375.24"), (1, "116.24", "1002375.25")]
)
def test_t6_a_weekend_accrues_three_days_of_a_leap_year(step: int, liability: str, assets: str) -> None:
    net, gross, owed = 1_000_000 * 10**6, 1_000_000 * 10**6, 0
    told = []
    for first, last, growth in (
        ("2028-01-01", "2028-01-03", 10_040), ("2028-01-04", "2028-01-04", 9_975), ("2028-01-05", "2028-01-05", 10_010),
    ):  # fmt: skip
        charged = int(round_to(fee(net, first, last), step))
        owed += charged
        gross = gross * growth // 10_000
        struck = strike(
            market_value=column(gross), cash=column(0), receivables=column(0), payables=column(0),
            accrued_fees=column(owed), units=column(UNITS), prior_unit_value=column(0), opening_net_assets=column(net),
        )  # fmt: skip
        net = int(struck.net_assets[0])
        told.append((f"{charged / 1e6:.2f}", f"{int(struck.unit_value[0]) / 1e6:.6f}"))
    assert told == [("69.67", "10.039303"), ("23.32", "10.013970"), ("23.26", "10.023752")]
    assert f"{owed / 1e6:.2f}" == liability
    assert f"{net / 1e6:.2f}" == assets


@pytest.mark.parametrize("year", [2028, 2027])
def test_t6_a_flat_year_costs_the_rate_whatever_its_length(year: int) -> None:
    assert fee(1_000_000 * 10**6, f"{year}-01-01", f"{year}-12-31") == 8_500 * 10**6
    wrong = 8_500 * 366 / 365
    assert round(wrong, 2) == 8_523.29  # a fixed divisor of 365 in a leap year
