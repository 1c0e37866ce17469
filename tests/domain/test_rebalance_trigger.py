"""What makes a sleeve rebalance: each trigger before, on and after its boundary."""

from __future__ import annotations

from datetime import date

import pytest

from modelx.domain.book_codes import RebalancePolicy
from modelx.domain.days import day_of
from modelx.domain.rebalance_line import NEVER
from modelx.domain.rebalance_trigger import (
    NOT_GIVEN,
    Mode,
    RebalanceTerms,
    Trigger,
    allowed,
    calendar_due,
    cash_triggers,
    modes,
    out_of_band,
)
from tests.domain.override_columns import column
from tests.domain.rebalance_columns import Security, Sleeve, rebalance

ALL = column(RebalancePolicy)


@pytest.mark.parametrize(
    ("last", "on", "due"),
    [
        (date(2026, 11, 27), date(2026, 11, 30), []),
        (date(2026, 11, 30), date(2026, 12, 1), [RebalancePolicy.MONTHLY]),
        (date(2026, 9, 30), date(2026, 10, 1), [RebalancePolicy.MONTHLY, RebalancePolicy.QUARTERLY]),
        (date(2026, 10, 1), date(2026, 10, 2), []),
        (
            date(2026, 12, 31),
            date(2027, 1, 4),
            [RebalancePolicy.MONTHLY, RebalancePolicy.QUARTERLY, RebalancePolicy.ANNUAL],
        ),
        (
            date(2025, 12, 30),  # held over the turn of the year
            date(2026, 2, 10),
            [RebalancePolicy.MONTHLY, RebalancePolicy.QUARTERLY, RebalancePolicy.ANNUAL],
        ),
    ],
)
def test_the_calendar_falls_due_on_the_first_night_of_a_period(last, on, due):
    found = calendar_due(ALL, column([day_of(last)] * ALL.size), day_of(on))
    assert [policy for policy, is_due in zip(RebalancePolicy, found.tolist(), strict=True) if is_due] == due


def test_a_new_sleeve_has_no_calendar_date():
    assert not calendar_due(ALL, column([NEVER] * ALL.size), day_of(date(2027, 1, 4))).any()


@pytest.mark.parametrize(
    ("target", "shares", "outside"),
    [
        ("0.5", "530", False),  # 53 % against 50 % is the edge of the band
        ("0.5", "530.001", True),
        ("0.5", "470", False),
        ("0.5", "469.999", True),
        ("0.04", "60", False),  # half of 4 % is nearer than three points
        ("0.04", "60.001", True),
        ("0.04", "20", False),
        ("0.04", "19.999", True),
        ("0", "0.001", True),
        ("0", "0.0004", False),  # worth nothing to the cent
    ],
)
def test_a_weight_is_out_of_band_past_the_edge(target, shares, outside):
    total = 10_000
    cash = f"{total - float(shares) * 10:.6f}"
    rest = f"{1 - float(target):.2f}"
    done = rebalance({"A": Security("10", 6)}, {"A": target, "CASH": rest}, [Sleeve(cash, {"A": shares})])
    assert bool(out_of_band(done.lines, column([3 * 10**10])).any()) == outside


@pytest.mark.parametrize(
    ("cash", "given", "trigger"),
    [
        ("9.99", (NOT_GIVEN, NOT_GIVEN), Trigger.CASH_LOW),
        ("10", (NOT_GIVEN, NOT_GIVEN), 0),
        ("30", (NOT_GIVEN, NOT_GIVEN), 0),
        ("30.000001", (NOT_GIVEN, NOT_GIVEN), Trigger.CASH_HIGH),
        ("4.999999", (5 * 10**9, 5 * 10**10), Trigger.CASH_LOW),
        ("5", (5 * 10**9, 5 * 10**10), 0),
        ("50", (5 * 10**9, 5 * 10**10), 0),
        ("50.000001", (5 * 10**9, 5 * 10**10), Trigger.CASH_HIGH),
        ("-1", (NOT_GIVEN, NOT_GIVEN), Trigger.CASH_LOW),
    ],
)
def test_cash_outside_its_range(cash, given, trigger):
    terms = RebalanceTerms(column([1]), column([0]), column([given[0]]), column([given[1]]))
    spendable = column([round(float(cash) * 10**6)])
    assert cash_triggers(spendable, column([1000 * 10**6]), column([2 * 10**10]), terms).tolist() == [trigger]


def test_a_sleeve_without_net_assets_has_no_cash_range():
    terms = RebalanceTerms(column([1]), column([0]), column([NOT_GIVEN]), column([NOT_GIVEN]))
    assert cash_triggers(column([-5]), column([0]), column([0]), terms).tolist() == [0]


def test_each_policy_heeds_its_own_triggers():
    everything = int(sum(Trigger))
    heard = {policy: Trigger(int(allowed(column([policy]), column([everything]))[0])) for policy in RebalancePolicy}
    assert heard[RebalancePolicy.NONE] == Trigger.REQUEST
    assert heard[RebalancePolicy.BAND] == Trigger(everything) & ~Trigger.CALENDAR
    for policy in (RebalancePolicy.MONTHLY, RebalancePolicy.QUARTERLY, RebalancePolicy.ANNUAL):
        assert heard[policy] == Trigger(everything) & ~Trigger.BAND


def test_cash_alone_calls_for_a_cash_flow_rebalance():
    found = modes(column([0, Trigger.CASH_HIGH, Trigger.CASH_LOW, Trigger.BAND, Trigger.CASH_LOW | Trigger.MODEL]))
    assert found.tolist() == [Mode.HOLD, Mode.CASH_FLOW, Mode.CASH_FLOW, Mode.FULL, Mode.FULL]
