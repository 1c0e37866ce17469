from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelx.disclosure.balances import FundHolding, average_over_year, days_each_night_stands, fund_holdings
from modelx.disclosure.expenses import (
    Basis,
    ContractFee,
    ExpenseLine,
    FeeGroup,
    FundWeight,
    InUnitFee,
    OperatingExpenses,
    Waiver,
    actual_expenses,
    current_ratio,
    estimated_expenses,
    ratio_over_stretches,
)
from modelx.disclosure.figures import RATE, dollars, per_thousand_cents, percent, to_bps, to_cents
from modelx.disclosure.periods import FiscalYear
from modelx.domain.days import day_of
from modelx.domain.errors import InvalidInput, OutOfRange
from tests.disclosure.worked import d

YEAR_2025 = FiscalYear(d("2025-01-01"), d("2025-12-31"))


def micros(text: str) -> int:
    return int(Fraction(text.replace(",", "")) * 10**6)


def rate(percent_text: str) -> int:
    return int(Fraction(percent_text) * RATE / 100)


def t4(*, with_waiver: bool = True) -> OperatingExpenses:
    fees = [
        InUnitFee("MGR", "Strategist", FeeGroup.MANAGEMENT, micros("39,249.38")),
        InUnitFee("PLAT", "Platform", FeeGroup.OTHER, micros("14,718.52")),
        InUnitFee("ADM", "Administration", FeeGroup.OTHER, micros("5,000.00")),
    ]
    holdings = [
        FundHolding("A", "Fund A", rate("0.04"), micros("5,900,000") * 365, 365),
        FundHolding("B", "Fund B", rate("0.35"), micros("2,400,000") * 365, 365),
        FundHolding("C", "Fund C", rate("0.52"), micros("1,400,000") * 184, 184),
    ]
    waivers = [Waiver("MGR", micros("8,000.00"), d("2026-04-30"))] if with_waiver else []
    return actual_expenses(fees, holdings, Fraction(micros("9,812,345.67")), YEAR_2025, waivers)


def test_t4_the_total_is_before_waivers_without_commissions_and_looks_through() -> None:
    found = t4()
    average = Fraction(micros("9,812,345.67"))
    costs = [to_cents(line.ratio * average / 10**6) for line in found.lines if line.group is FeeGroup.UNDERLYING]
    assert [dollars(cost).text for cost in costs] == ["$2,360.00", "$8,400.00", "$3,669.92"]
    assert to_cents(found.ratio * average / 10**6) == 73_397_82
    assert (percent(found.percent_bps).text, dollars(found.per_thousand_cents).text) == ("0.75%", "$7.50")
    assert found.after_waivers_bps == 67
    assert dollars(per_thousand_cents(67)).text == "$6.70"
    assert t4(with_waiver=False).after_waivers_bps is None
    assert to_bps(found.ratio + micros("3,200.00") / average) == 78  # with commissions: wrong


@pytest.mark.parametrize(
    ("raw", "shown", "per_thousand"),
    [
        ("0.7849", "0.78%", "$7.80"),
        ("0.7850", "0.79%", "$7.90"),
        ("0.0049", "0.00%", "$0.00"),
        ("0.0050", "0.01%", "$0.10"),
    ],
)
def test_t5_the_dollars_come_from_the_displayed_percent(raw: str, shown: str, per_thousand: str) -> None:
    line = ExpenseLine("all", FeeGroup.OTHER, Fraction(raw) / 100)
    found = OperatingExpenses(Basis.ACTUAL, YEAR_2025, (line,))
    assert (percent(found.percent_bps).text, dollars(found.per_thousand_cents).text) == (shown, per_thousand)


BASE_FUNDS = [("US", "36", "0.03"), ("INTL", "24", "0.07"), ("BOND", "35", "0.05"), ("MMF", "5", "0.18")]
WITH_STABLE = [("US", "36", "0.03"), ("INTL", "24", "0.07"), ("STABLE", "35", "0.32"), ("MMF", "5", "0.18")]
HOUSE_FEES = [("MGR", "Strategist", FeeGroup.MANAGEMENT, "0.25"), ("PLAT", "Platform", FeeGroup.OTHER, "0.15")]
ADVISER = ("ADV", "Plan adviser", FeeGroup.OTHER, "0.20")


def weights(rows: list[tuple[str, str, str]]) -> list[FundWeight]:
    return [FundWeight(ticker, ticker, rate(weight), rate(ratio)) for ticker, weight, ratio in rows]


def fees(*rows: tuple[str, str, FeeGroup, str]) -> list[ContractFee]:
    return [ContractFee(payee, label, group, rate(text)) for payee, label, group, text in rows]


def test_t7_an_override_and_an_adviser_inside_the_unit_value_change_the_total() -> None:
    base = estimated_expenses(fees(*HOUSE_FEES), weights(BASE_FUNDS))
    inside = estimated_expenses(fees(*HOUSE_FEES, ADVISER), weights(WITH_STABLE))
    outside = estimated_expenses(fees(*HOUSE_FEES), weights(WITH_STABLE))
    assert (base.ratio * 100, inside.ratio * 100) == (Fraction("0.4541"), Fraction("0.7486"))
    shown = [(percent(e.percent_bps).text, dollars(e.per_thousand_cents).text) for e in (base, inside, outside)]
    assert shown == [("0.45%", "$4.50"), ("0.75%", "$7.50"), ("0.55%", "$5.50")]
    assert base.basis is Basis.ESTIMATED


def test_t7_an_override_in_july_is_weighed_by_days() -> None:
    year = ratio_over_stretches([(Fraction("0.004541"), 181), (Fraction("0.007486"), 184)])
    current = current_ratio(fees(*HOUSE_FEES, ADVISER), weights(WITH_STABLE))
    line = ExpenseLine("all", FeeGroup.OTHER, year)
    found = OperatingExpenses(Basis.ACTUAL, YEAR_2025, (line,), current=current)
    assert (percent(found.percent_bps).text, dollars(found.per_thousand_cents).text) == ("0.60%", "$6.00")
    assert found.current_bps == 75


def test_vector_v14_prints_dollars_from_its_displayed_percent() -> None:
    """The vector's 0.9850% beside $9.85 is a four-decimal display; at two decimals T5 governs: 0.99% and $9.90."""
    funds = [("A", "36", "0.07"), ("B", "34", "0.52"), ("C", "28", "0.35"), ("CASH", "2", "0")]
    found = estimated_expenses(fees(("W", "Wrap", FeeGroup.MANAGEMENT, "0.6850")), weights(funds))
    assert found.ratio * 100 == Fraction("0.9850")
    assert (percent(found.percent_bps).text, dollars(found.per_thousand_cents).text) == ("0.99%", "$9.90")
    ledger = [InUnitFee("W", "Wrap", FeeGroup.MANAGEMENT, micros("11842.667103"))]
    assert actual_expenses(ledger, [], Fraction(micros("1722914.55")), YEAR_2025).percent_bps == 69


def test_a_year_without_assets_has_no_expense_ratio() -> None:
    with pytest.raises(InvalidInput, match="net assets"):
        actual_expenses([], [], Fraction(0), YEAR_2025)
    with pytest.raises(InvalidInput, match="one day"):
        ratio_over_stretches([])


NIGHTS = np.array([day_of(d(on)) for on in ("2024-12-31", "2025-01-02", "2025-07-01", "2025-12-31", "2026-01-02")])


def test_a_night_stands_for_every_day_until_the_next() -> None:
    assert days_each_night_stands(NIGHTS, YEAR_2025).tolist() == [1, 180, 183, 1, 0]


def test_average_net_assets_carry_over_weekends_and_holidays() -> None:
    values = np.array([100, 200, 300, 400, 900]) * 10**6
    assert average_over_year(NIGHTS, values, YEAR_2025) == Fraction((100 + 200 * 180 + 300 * 183 + 400) * 10**6, 365)


def test_a_class_born_in_july_is_averaged_over_its_own_days() -> None:
    assert average_over_year(NIGHTS[2:], np.array([300, 400, 900]), YEAR_2025) == Fraction(300 * 183 + 400, 184)


def test_an_average_needs_nights_in_order_and_in_the_year() -> None:
    with pytest.raises(InvalidInput, match="in order"):
        average_over_year(NIGHTS[::-1].copy(), NIGHTS, YEAR_2025)
    with pytest.raises(InvalidInput, match="no night"):
        average_over_year(NIGHTS[4:], NIGHTS[4:], YEAR_2025)
    with pytest.raises(OutOfRange):
        average_over_year(NIGHTS, np.full(5, 2**61), YEAR_2025)


def test_a_fund_swapped_in_july_costs_only_its_own_days() -> None:
    value = np.array([[10, 0], [10, 0], [0, 10], [0, 10], [0, 10]]) * 10**6
    held = fund_holdings(NIGHTS, value, [("OLD", "Old", rate("0.50")), ("NEW", "New", rate("0.10"))], YEAR_2025)
    assert [(h.ticker, h.days_held, h.average_value) for h in held] == [("OLD", 181, 10**7), ("NEW", 184, 10**7)]
    cost = sum(h.cost(365) for h in held)
    assert cost / 10**7 == (Fraction("0.0050") * 181 + Fraction("0.0010") * 184) / 365
    assert fund_holdings(NIGHTS[:2], value[:2], [("OLD", "Old", 1), ("NEW", "New", 1)], YEAR_2025)[0].ticker == "OLD"


@given(st.lists(st.integers(0, 10**15), min_size=5, max_size=5))
def test_an_average_lies_between_the_least_and_the_most(values: list[int]) -> None:
    average = average_over_year(NIGHTS, np.array(values), YEAR_2025)
    assert min(values[:4]) <= average <= max(values[:4])
