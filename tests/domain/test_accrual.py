import json
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelx.domain.accrual import FeeAccruals, accrue, fee_base, fees_borne, payable_to_pay, split_span
from modelx.domain.errors import InvalidInput
from modelx.domain.fee_schedule import FeeAggregate
from tests.domain.fee_book import BEGINNING, Fee, accrue_slowly, day, fee_rows, half_up, money, scope

VECTORS = json.loads((Path(__file__).parents[2] / "fixtures/vectors/unitization.json").read_text())
RATES = {"platform": "0.00035", "advisor": "0.0025", "manager": "0.0040"}
THREE_FEES = [Fee(payee=index, rate=rate) for index, rate in enumerate(RATES.values(), 1)]
V06_TIERS = "0.0050@1000000;0.0035@5000000;0.0025"


def accrued(
    fees: Sequence[Fee], bases: Sequence[str], first: date, last: date, sleeves: Sequence[tuple[int, int]] = ()
) -> FeeAccruals:
    scopes = scope(*(sleeves or [(1, 1)] * len(bases)))
    return accrue(fee_rows(fees), scopes, money(*bases), day(first), day(last))


def amounts(accruals: FeeAccruals) -> list[str]:
    return [str(Decimal(amount).scaleb(-6)) for amount in accruals.amount.tolist()]


def test_three_fees_accrue_for_one_day_v01() -> None:
    on = date(2026, 11, 24)
    assert amounts(accrued(THREE_FEES, ["250000.00"], on, on)) == [VECTORS["V01_single_day"][name] for name in RATES]


def test_a_fee_accrues_over_a_holiday_v02() -> None:
    vector = VECTORS["V02_after_holiday"]
    first, last = (date.fromisoformat(text) for text in vector["days"])
    accruals = accrued(THREE_FEES, [vector["base"]], first, last)
    assert amounts(accruals) == [vector[name] for name in RATES]
    assert accruals.days.tolist() == [2, 2, 2]


@pytest.mark.parametrize("cycle", ["friday", "monday"])
def test_a_weekend_is_parted_at_the_month_end_v03(cycle: str) -> None:
    vector = VECTORS["V03_month_end_split"]
    first, last = (date.fromisoformat(text) for text in vector[cycle]["days"])
    assert amounts(accrued(THREE_FEES[:1], [vector["base"]], first, last)) == [vector[cycle]["platform"]]


def test_each_year_has_its_own_basis_v04() -> None:
    vector = VECTORS["V04_leap_boundary"]
    advisor = THREE_FEES[1:2]
    friday = accrued(advisor, [vector["base"]], date(2027, 12, 31), date(2027, 12, 31))
    monday = accrued(advisor, [vector["base"]], date(2028, 1, 1), date(2028, 1, 3))
    assert amounts(friday) == [vector["friday_2027_12_31"]["advisor"]]
    assert amounts(monday) == [vector["advisor"]]


def test_a_span_over_the_new_year_adds_both_bases_before_it_rounds() -> None:
    accruals = accrued(THREE_FEES[1:2], ["1000000"], date(2027, 12, 31), date(2028, 1, 3))
    exact = Decimal(2500) / 365 + 3 * Decimal(2500) / 366
    assert amounts(accruals) == [str(exact.quantize(Decimal("0.000001")))]
    assert accruals.days.tolist() == [4]


def test_a_thousand_dollar_sleeve_pays_its_fee_v05() -> None:
    vector = VECTORS["V05_small_sleeve"]
    on, year = date(2026, 1, 1), 0
    for ahead in range(365):
        accruals = accrued(THREE_FEES[:1], [vector["base"]], on + timedelta(ahead), on + timedelta(ahead))
        year += int(accruals.amount[0])
    assert amounts(accruals) == [vector["one_day_6dp"]]
    assert year == int(Decimal(vector["year_at_6dp"]).scaleb(6))


def test_two_sleeves_share_the_tiers_of_their_relationship_v06() -> None:
    vector = VECTORS["V06_tiered"]
    fee = Fee(payee=1, tiers=V06_TIERS, aggregate=FeeAggregate.RELATIONSHIP)
    on = date(2026, 11, 24)
    accruals = accrued([fee], [vector["sleeveA"], vector["sleeveB"]], on, on, [(1, 1), (2, 1)])
    assert amounts(accruals) == [vector["dayA"], vector["dayB"]]
    assert accruals.aggregate_base.tolist() == money("4500000", "4500000").tolist()


def test_a_cliff_charges_the_whole_at_the_rate_reached_v06() -> None:
    fee = Fee(payee=1, tiers=V06_TIERS, cliff=True)
    on = date(2026, 11, 24)
    yearly = Decimal(VECTORS["V06_tiered"]["cliff_annual_fee"])
    assert amounts(accrued([fee], ["4500000"], on, on)) == [str((yearly / 365).quantize(Decimal("0.000001")))]


@pytest.mark.parametrize(
    ("assets", "yearly_cliff", "yearly_graduated"),
    [
        ("999999.999999", "4999.999999995", "4999.999999995"),
        ("1000000.00", "5000", "5000"),
        ("1000000.000001", "3500.0000000035", "5000.0000000035"),
        ("5000000.00", "17500", "19000"),
        ("5000000.01", "12500.000025", "19000.000025"),
    ],
)
def test_assets_on_a_bound_belong_to_the_lower_band(assets: str, yearly_cliff: str, yearly_graduated: str) -> None:
    on = date(2026, 11, 24)
    fees = [Fee(payee=1, tiers=V06_TIERS, cliff=True), Fee(payee=2, tiers=V06_TIERS)]
    expected = [
        str((Decimal(yearly) / 365).quantize(Decimal("0.000001"))) for yearly in (yearly_cliff, yearly_graduated)
    ]
    assert amounts(accrued(fees, [assets], on, on)) == expected


@pytest.mark.parametrize(
    ("first", "last", "live_days"),
    [
        (date(2026, 11, 7), date(2026, 11, 9), 0),
        (date(2026, 11, 7), date(2026, 11, 10), 1),
        (date(2026, 11, 10), date(2026, 11, 10), 1),
        (date(2026, 11, 14), date(2026, 11, 16), 3),
        (date(2026, 11, 20), date(2026, 11, 20), 1),
        (date(2026, 11, 20), date(2026, 11, 23), 1),
        (date(2026, 11, 21), date(2026, 11, 23), 0),
    ],
    ids=["before", "reaching the first day", "on the first day", "during", "on the last day", "past it", "after"],
)
def test_a_fee_accrues_from_its_start_to_its_end_inclusive(first: date, last: date, live_days: int) -> None:
    fee = Fee(payee=1, rate="0.00365", start=date(2026, 11, 10), end=date(2026, 11, 20))
    accruals = accrued([fee], ["100000"], first, last)
    assert accruals.amount.tolist() == ([live_days * 1_000_000] if live_days else [])


def test_a_rate_that_changes_on_saturday_leaves_friday_as_it_was() -> None:
    fees = [Fee(payee=1, rate="0.00365"), Fee(payee=1, rate="0.0073", start=date(2026, 11, 14))]
    accruals = accrued(fees, ["100000"], date(2026, 11, 13), date(2026, 11, 16))
    assert amounts(accruals) == ["7.000000"]
    assert accruals.row.tolist() == [1]


def test_a_fee_moved_out_of_the_unit_value_on_saturday_parts_the_weekend() -> None:
    fees = [Fee(payee=1, rate="0.00365"), Fee(payee=1, rate="0.00365", start=date(2026, 11, 14), account=True)]
    accruals = accrued(fees, ["100000"], date(2026, 11, 13), date(2026, 11, 16))
    lines = sorted(zip(accruals.paid_from.tolist(), accruals.days.tolist(), amounts(accruals), strict=True))
    assert lines == [(0, 1, "1.000000"), (1, 3, "3.000000")]
    assert fees_borne(accruals, 1).tolist() == [1_000_000]


def test_a_waiver_reduces_another_payee_but_never_below_zero() -> None:
    on = date(2026, 11, 24)
    part = [Fee(payee=1, rate="0.0025"), Fee(payee=5, rate="0.0010", waives=1)]
    both = accrued(part, ["1000000"], on, on)
    assert amounts(both) == ["6.849315", "2.739726"]
    assert fees_borne(both, 1).tolist() == [6_849_315 - 2_739_726]
    more_than_all = accrued([part[0], Fee(payee=5, rate="0.0030", waives=1)], ["1000000"], on, on)
    assert amounts(more_than_all) == ["6.849315", "6.849315"]


def test_two_waivers_of_one_fee_take_turns_by_payee() -> None:
    on = date(2026, 11, 24)
    fees = [
        Fee(payee=9, rate="0.00200", waives=3),
        Fee(payee=3, rate="0.00365"),
        Fee(payee=4, rate="0.00292", waives=3),
        Fee(payee=7, rate="0.00100", waives=8),
    ]
    accruals = accrued(fees, ["100000", "200000"], on, on)
    assert accruals.payee_id.tolist() == [3, 4, 7, 9] * 2
    first, second = amounts(accruals)[:4], amounts(accruals)[4:]
    assert first == ["1.000000", "0.800000", "0.000000", "0.200000"]
    assert second == ["2.000000", "1.600000", "0.000000", "0.400000"]


@pytest.mark.parametrize(("account", "waived"), [(True, "2.739726"), (False, "0.000000")])
def test_a_waiver_reaches_only_a_fee_paid_from_the_same_place(account: bool, waived: str) -> None:
    on = date(2026, 11, 24)
    fees = [Fee(payee=1, rate="0.0025", account=True), Fee(payee=5, rate="0.0010", waives=1, account=account)]
    accruals = accrued(fees, ["1000000"], on, on)
    assert amounts(accruals) == ["6.849315", waived]
    assert fees_borne(accruals, 1).tolist() == [0]


def test_the_base_is_the_last_net_assets_and_the_capital_priced_at_them_but_never_negative() -> None:
    base = fee_base(money("250103.158219", "10.00"), money("8344.02", "-10.01"))
    assert base.tolist() == money("258447.178219", "0").tolist()


def test_a_negative_base_or_an_empty_span_is_refused() -> None:
    on = date(2026, 11, 24)
    with pytest.raises(InvalidInput):
        accrued(THREE_FEES, ["-0.01"], on, on)
    with pytest.raises(InvalidInput):
        accrued(THREE_FEES, ["1"], on, on - timedelta(1))


def test_no_fee_rows_accrue_nothing_even_over_a_new_year() -> None:
    assert len(accrued([], ["1000"], date(2027, 12, 30), date(2028, 1, 3))) == 0


def test_whole_cents_are_paid_and_the_rest_stays_payable() -> None:
    owed = money("1.737652", "12.411802", "19.858883", "0.009999", "-0.50", "0")
    assert payable_to_pay(owed).tolist() == money("1.73", "12.41", "19.85", "0", "0", "0").tolist()


def test_spans_are_cut_at_starts_after_ends_and_at_new_years() -> None:
    fees = [Fee(payee=1, start=date(2027, 12, 31), end=date(2028, 1, 2)), Fee(payee=2)]
    spans = split_span(fee_rows(fees), day(date(2027, 12, 30)), day(date(2028, 1, 4)))
    days = [day(date(2027, 12, 30)) + ahead for ahead in range(6)]
    assert spans == (
        (days[0], days[0], 365),
        (days[1], days[1], 365),
        (days[2], days[3], 366),
        (days[4], days[5], 366),
    )
    assert split_span(fee_rows(fees), days[1], days[1]) == ((days[1], days[1], 365),)
    assert split_span(fee_rows(fees), days[2], days[3]) == ((days[2], days[3], 366),)


FIRST = date(2027, 12, 28)
fee_strategy = st.builds(
    Fee,
    payee=st.integers(1, 4),
    plan=st.integers(0, 2),
    model=st.integers(0, 2),
    rate=st.integers(0, 10**10).map(lambda n: str(Decimal(n).scaleb(-12))),
    tiers=st.sampled_from(["", "", V06_TIERS, "0.009@0.05;0.001", "0.02@99.999999;0.01@100;0.003333333333"]),
    start=st.sampled_from([BEGINNING, *(FIRST + timedelta(days=n) for n in range(-1, 9))]),
    end=st.none() | st.integers(0, 9).map(lambda n: FIRST + timedelta(days=n)),
    account=st.booleans(),
    cliff=st.booleans(),
    aggregate=st.sampled_from(list(FeeAggregate)),
)
bases = st.integers(0, 10**14).map(lambda n: Decimal(n).scaleb(-6)) | st.sampled_from(
    [Decimal(0), Decimal(100), Decimal(10**6), Decimal(5 * 10**6)]
)


@given(
    st.lists(fee_strategy, max_size=8),
    st.lists(st.tuples(st.integers(1, 2), st.integers(1, 2), bases), min_size=1, max_size=5),
    st.integers(0, 7),
    st.integers(0, 7),
)
def test_accruals_equal_fractions_added_day_by_day(
    fees: list[Fee], sleeves: list[tuple[int, int, Decimal]], skip: int, more: int
) -> None:
    first = FIRST + timedelta(days=skip)
    last = first + timedelta(days=more)
    scopes, nets = [sleeve[:2] for sleeve in sleeves], [sleeve[2] for sleeve in sleeves]
    accruals = accrue(fee_rows(fees), scope(*scopes), money(*nets), day(first), day(last))
    slow = accrue_slowly(fees, scopes, nets, first, last)
    found = {
        (sleeve, payee, bool(account), waives): (Decimal(amount).scaleb(-6), days)
        for sleeve, payee, account, waives, amount, days in zip(
            *(
                column.tolist()
                for column in (
                    accruals.sleeve,
                    accruals.payee_id,
                    accruals.paid_from,
                    accruals.waives,
                    accruals.amount,
                    accruals.days,
                )
            ),
            strict=True,
        )
    }
    assert found == {key: (half_up(exact), slow.days[key]) for key, exact in slow.exact.items()}
    assert len(found) == len(accruals)


@given(st.integers(0, 10**15), st.integers(1, 2 * 10**10), st.sampled_from([2026, 2028]))
def test_a_year_of_daily_accruals_is_the_rate_times_the_assets(net_assets: int, rate: int, year: int) -> None:
    rows = fee_rows([Fee(payee=1, rate=str(Decimal(rate).scaleb(-12)))])
    first = day(date(year, 1, 1))
    days = (date(year + 1, 1, 1) - date(year, 1, 1)).days
    one = accrue(rows, scope((1, 1)), np.array([net_assets]), first, first).amount[0]
    exact = Decimal(net_assets).scaleb(-6) * Decimal(rate).scaleb(-12)
    assert abs(Decimal(int(one)).scaleb(-6) * days - exact) <= 366 * Decimal("0.0000005")


@given(st.lists(st.integers(1, 10**14), min_size=1, max_size=30))
def test_the_sleeves_fees_add_up_to_the_relationships_within_half_a_tick_each(nets: list[int]) -> None:
    rows = fee_rows([Fee(payee=1, tiers=V06_TIERS, aggregate=FeeAggregate.RELATIONSHIP)])
    on = day(date(2026, 11, 24))
    sleeves = scope(*((plan, 1) for plan in range(1, len(nets) + 1)))
    apart = accrue(rows, sleeves, np.array(nets), on, on)
    total = Decimal(sum(nets)).scaleb(-6)
    bands = [(Decimal(0), Decimal(10**6), "0.0050"), (Decimal(10**6), Decimal(5 * 10**6), "0.0035")]
    yearly = sum((max(min(total, upper) - lower, Decimal(0)) * Decimal(rate) for lower, upper, rate in bands))
    yearly += max(total - Decimal(5 * 10**6), Decimal(0)) * Decimal("0.0025")
    together = Decimal(int(apart.amount.sum())).scaleb(-6)
    assert abs(together - yearly / 365) <= len(nets) * Decimal("0.0000005") + Decimal("1e-18")
