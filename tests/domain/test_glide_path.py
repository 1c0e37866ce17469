"""Glide paths and target-date series: weights between points, and the roll-down by date."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelx.domain.errors import InvalidInput
from modelx.domain.glide_path import GlidePath, GlidePoint, TargetDateSeries, months_to_target

ONE = 10**12


def weights(**percent):
    return {ticker: int(p * 10**10) for ticker, p in percent.items()}


PATH = GlidePath(
    (
        GlidePoint(480, weights(STK=90, BND=10)),
        GlidePoint(120, weights(STK=60, BND=40)),
        GlidePoint(0, weights(STK=40, BND=50, TIPS=10)),
        GlidePoint(-84, weights(STK=30, BND=50, TIPS=20)),
    )
)
SERIES = TargetDateSeries("Path", PATH, {2030: "TD2030", 2060: "TD2060"}, frozenset({1, 7}))


@pytest.mark.parametrize(
    ("months", "expected"),
    [
        (600, weights(STK=90, BND=10)),
        (480, weights(STK=90, BND=10)),
        (300, weights(STK=75, BND=25)),
        (120, weights(STK=60, BND=40)),
        (60, weights(STK=50, BND=45, TIPS=5)),
        (0, weights(STK=40, BND=50, TIPS=10)),
        (-84, weights(STK=30, BND=50, TIPS=20)),
        (-500, weights(STK=30, BND=50, TIPS=20)),
    ],
)
def test_weights_run_straight_between_points_and_hold_outside(months, expected):
    assert PATH.weights_at(months) == expected


def test_a_third_of_the_way_is_rounded_once_by_largest_remainder():
    path = GlidePath((GlidePoint(3, weights(A=100)), GlidePoint(0, weights(B=100))))
    assert path.weights_at(1) == {"A": 333_333 * 10**6, "B": 666_667 * 10**6}


@given(st.integers(-200, 700))
def test_weights_always_sum_to_one_and_equity_never_rises(months):
    now, later = PATH.weights_at(months), PATH.weights_at(months - 1)
    assert sum(now.values()) == ONE
    assert later["STK"] <= now["STK"]


@pytest.mark.parametrize(
    "points",
    [
        (),
        (GlidePoint(0, weights(A=100)), GlidePoint(0, weights(A=100))),
        (GlidePoint(0, weights(A=100)), GlidePoint(1, weights(A=100))),
        (GlidePoint(0, weights(A=99)),),
        (GlidePoint(0, weights(A=101, B=-1)),),
        (GlidePoint(0, {"A": ONE - 1, "B": 1}),),
    ],
)
def test_an_unsound_path_is_refused(points):
    with pytest.raises(InvalidInput):
        GlidePath(points)


@pytest.mark.parametrize(
    ("on", "months"),
    [
        (date(2029, 12, 31), 1),
        (date(2030, 1, 2), 0),
        (date(2030, 2, 1), -1),
        (date(2020, 1, 31), 120),
        (date(2020, 2, 1), 119),
    ],
)
def test_months_are_counted_to_january_of_the_vintage(on, months):
    assert months_to_target(2030, on) == months


@pytest.mark.parametrize(
    ("last", "on", "due"),
    [
        (None, date(2026, 3, 2), True),
        (date(2026, 6, 29), date(2026, 6, 30), False),
        (date(2026, 6, 30), date(2026, 7, 1), True),
        (date(2026, 7, 1), date(2026, 7, 2), False),
        (date(2026, 12, 31), date(2027, 1, 4), True),
        (date(2026, 5, 29), date(2026, 8, 3), True),
    ],
)
def test_a_roll_is_due_on_the_first_night_of_its_month(last, on, due):
    assert SERIES.roll_due(last, on) is due


def test_the_roll_down_makes_a_version_for_each_vintage_that_moves():
    start = SERIES.roll_down({}, date(2026, 7, 1), date(2026, 7, 2))
    assert [(one.model, one.number, one.effective) for one in start] == [
        ("TD2030", 1, date(2026, 7, 2)),
        ("TD2060", 1, date(2026, 7, 2)),
    ]
    assert dict(start[0].weights) == weights(STK=47, BND=46.5, TIPS=6.5)
    again = SERIES.roll_down({one.model: one for one in start}, date(2026, 7, 20), date(2026, 7, 21))
    assert again == []
    later = SERIES.roll_down({one.model: one for one in start}, date(2027, 1, 4), date(2027, 1, 5))
    assert [(one.model, one.number) for one in later] == [("TD2030", 2), ("TD2060", 2)]
    assert dict(later[0].weights) == weights(STK=46, BND=47, TIPS=7)
    assert "36 months" in later[0].memo


def test_a_vintage_past_its_path_stays_where_it_is():
    path = TargetDateSeries("Path", PATH, {2000: "TD2000"}, frozenset({1}))
    (first,) = path.roll_down({}, date(2026, 1, 2), date(2026, 1, 5))
    assert path.roll_down({"TD2000": first}, date(2027, 1, 4), date(2027, 1, 5)) == []
