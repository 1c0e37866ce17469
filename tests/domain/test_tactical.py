"""The tactical rule: equity between floor and ceiling by trend, and no look-ahead."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelx.domain.days import day_of
from modelx.domain.errors import InvalidInput, InvariantBroken
from modelx.domain.glide_path import GlidePath, GlidePoint
from modelx.domain.price_history import EventRows, KnownHistory, PriceRows, known_on
from modelx.domain.tactical import TacticalRule, audit, decide, version_from
from tests.domain.override_columns import column

NIGHT = day_of(date(2020, 3, 16))
ONE = 10**12
STK, INT = 1, 2
IDS = {"STK": STK, "INT": INT}
NO_EVENTS = EventRows(*(column([]) for _ in range(7)))


def weights(**percent):
    return {ticker: int(Decimal(str(p)) * 10**10) for ticker, p in percent.items()}


PATH = GlidePath((GlidePoint(480, weights(STK=60, INT=30, BND=10)), GlidePoint(0, weights(STK=30, INT=10, BND=60))))
DEFENSIVE = GlidePath((GlidePoint(480, weights(BND=100)), GlidePoint(0, weights(BND=50, BIL=50))))
RULE = TacticalRule(frozenset(IDS), 3, fall_max=20 * 10**10, rise_max=5 * 10**10, defensive=DEFENSIVE)


def prices(*series, load=1):
    """Rows from (security, prices); the last price is that of the night, the days before it count back by one."""
    rows = [
        (security, NIGHT - len(values) + 1 + at, int(Decimal(value) * 10**8), load)
        for security, values in series
        for at, value in enumerate(values)
    ]
    return PriceRows(*(column(c) for c in zip(*rows, strict=True)))


def both(first, second):
    return PriceRows(*(np.concatenate([getattr(first, n), getattr(second, n)]) for n in PriceRows.__dataclass_fields__))


def decision(rows, events=NO_EVENTS, vintage=2020, rule=RULE, horizon=1):
    return decide(rule, PATH, "TD2020", vintage, known_on(rows, events, NIGHT, horizon), IDS)


UP, DOWN, FLAT = ["10", "11", "12"], ["12", "11", "10"], ["10", "10", "10"]


@pytest.mark.parametrize(
    ("stocks", "abroad", "equity", "expected"),
    [
        # In March 2020 the 2020 vintage is two months past its date: the last point, 40 % equity.
        (UP, UP, 45, weights(STK=33.75, INT=11.25, BND=55)),
        (FLAT, FLAT, 40, weights(STK=30, INT=10, BND=60)),
        (DOWN, DOWN, 20, weights(STK=15, INT=5, BND=70, BIL=10)),
        # Stocks down, the rest up: tilt (-30 + 10) / 40 = -0.5, half the way to the floor.
        (DOWN, UP, 30, weights(STK=22.5, INT=7.5, BND=65, BIL=5)),
        # One without history does not vote: -30 / 40 = -0.75.
        (DOWN, [], 25, weights(STK=18.75, INT=6.25, BND=67.5, BIL=7.5)),
    ],
)
def test_equity_moves_between_floor_and_ceiling(stocks, abroad, equity, expected):
    found = decision(prices((STK, stocks), (INT, abroad)))
    assert found.equity == equity * 10**10
    assert found.strategic_equity == 40 * 10**10
    assert dict(found.weights) == expected
    assert sum(expected.values()) == ONE


def test_the_defensive_mix_follows_the_glide_path():
    young = decision(prices((STK, DOWN), (INT, DOWN)), vintage=2060)
    assert young.months == 478
    assert "BIL" in dict(young.weights)
    assert dict(young.weights)["BIL"] < 10**10
    assert sum(weight for _, weight in young.weights) == ONE


def test_equity_never_leaves_nought_to_one():
    deep = replace(RULE, fall_max=ONE, rise_max=ONE)
    assert decision(prices((STK, DOWN), (INT, DOWN)), rule=deep).equity == 0
    risen = decision(prices((STK, UP), (INT, UP)), rule=deep)
    assert risen.equity == ONE
    assert dict(risen.weights) == weights(STK=75, INT=25)


def test_a_missing_price_tonight_is_no_vote():
    rows = prices((STK, DOWN), (INT, DOWN))
    tonight = (rows.security_id == STK) & (rows.day == NIGHT)
    without = PriceRows(*(getattr(rows, n)[~tonight] for n in PriceRows.__dataclass_fields__))
    votes = {
        one.ticker: one.vote
        for one in decision(
            both(
                without,
                prices(
                    (
                        STK,
                        ["13"],
                    )
                ),
            )
        ).signals
    }
    assert votes == {"STK": 1, "INT": -1}
    votes = {one.ticker: one.vote for one in decision(without).signals}
    assert votes == {"STK": 0, "INT": -1}


def test_a_split_and_a_distribution_are_no_trend():
    # Vector V18: 68.94 -> 34.61 with 2:1 is +0.4062 %, 41.55 -> 40.62 with 1.1500 paid is +0.5295 %.
    events = EventRows(
        column([STK, INT]),
        column([NIGHT, NIGHT]),
        column([2, 1]),
        column([0, 115 * 10**10]),
        column([2 * ONE, ONE]),
        column([ONE, ONE]),
        column([1, 1]),
    )
    rows = prices((STK, ["68.94", "34.61"]), (INT, ["41.55", "40.62"]))
    history = known_on(rows, events, NIGHT, 1)
    assert [round(int(history.index(one, 2)[-1]) / 10**10 - 100, 4) for one in (STK, INT)] == [0.4062, 0.5295]
    late = known_on(rows, replace(events, load_id=column([2, 2])), NIGHT, 1)
    assert int(late.index(STK, 2)[-1]) < 6 * 10**11


def test_a_decision_makes_a_version_that_carries_its_cause():
    found = decision(prices((STK, DOWN), (INT, DOWN)))
    draft = version_from(found, RULE, None, date(2020, 3, 17))
    assert (draft.number, draft.weights) == (1, found.weights)
    assert "2020-03-16 load 1" in draft.memo
    assert "STK:833333333334/916666666667:-1" in draft.memo  # 10/12, and the mean of 1, 11/12 and 10/12
    assert version_from(found, RULE, draft, date(2020, 3, 18)) is None


def test_a_small_move_keeps_the_version_as_it_is():
    calm = version_from(decision(prices((STK, FLAT), (INT, FLAT))), RULE, None, date(2020, 3, 16))
    half = decision(prices((STK, DOWN), (INT, UP)))  # ten points less
    for move_min, moves in ((10 * 10**10, True), (10 * 10**10 + 1, False)):
        rule = replace(RULE, move_min=move_min)
        assert (version_from(half, rule, calm, date(2020, 3, 17)) is not None) is moves


@pytest.mark.parametrize(
    "bad",
    [{"window_sessions": 1}, {"fall_max": -1}, {"rise_max": -1}, {"move_min": -1}, {"equity": frozenset({"BND"})}],
)
def test_an_unsound_rule_is_refused(bad):
    with pytest.raises(InvalidInput):
        replace(RULE, **bad)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([STK, INT]), st.integers(-2, 5), st.integers(1, 5), st.integers(1, 99)), max_size=30
    )
)
def test_nothing_that_was_not_known_that_night_changes_the_decision(noise):
    rows = prices((STK, DOWN), (INT, UP))
    unknown = [(s, NIGHT + day, price * 10**8, load) for s, day, load, price in noise if day > 0 or load > 1]
    if not unknown:
        return
    later = PriceRows(*(column(c) for c in zip(*unknown, strict=True)))
    assert decision(both(rows, later)) == decision(rows)


def test_a_correction_counts_from_the_load_that_brought_it():
    rows = both(prices((STK, UP), (INT, UP)), prices((STK, ["1"]), load=2))
    assert [one.vote for one in decision(rows).signals] == [1, 1]
    assert [one.vote for one in decision(rows, horizon=2).signals] == [1, -1]


def test_a_planted_look_ahead_is_caught_by_the_history():
    """A reader that hands out tomorrow's close, or a correction that came later, is stopped at the door."""
    tonight = known_on(prices((STK, UP), (INT, UP)), NO_EVENTS, NIGHT, 1)
    for tomorrow, load in ((NIGHT + 1, 1), (NIGHT, 2)):
        ahead = both(tonight.prices, PriceRows(column([STK]), column([tomorrow]), column([10**8]), column([load])))
        with pytest.raises(InvariantBroken, match="look-ahead"):
            KnownHistory(NIGHT, 1, ahead, NO_EVENTS)


def test_a_planted_look_ahead_under_a_false_date_is_caught_by_the_audit():
    """A signal that was fed tomorrow's crash under tonight's date cannot be reproduced from the stored prices."""
    truth = both(
        prices((STK, UP), (INT, UP)), PriceRows(column([STK]), column([NIGHT + 1]), column([10**8]), column([1]))
    )
    shifted = replace(truth, day=truth.day - 1)
    planted = decision(shifted)
    honest = decision(truth)
    assert audit(honest, decision(truth)) == []
    (finding,) = audit(planted, honest)
    assert finding.code == "LOOK_AHEAD"
    assert str(date(1970, 1, 1) + timedelta(days=NIGHT)) in finding.message
