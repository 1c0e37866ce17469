"""When overrides act: before, on, during, on the last day and after; and what expiry does."""

from __future__ import annotations

from datetime import date

import pytest

from modelx.domain.book_codes import OverrideKind
from modelx.domain.days import day_of
from modelx.domain.override import OnExpiry, calls_for_trades, expired_between, in_force, overdue
from modelx.domain.override_resolution import resolve
from tests.domain.override_columns import ONE, Rule, column, models, overrides

START, END = day_of(date(2026, 11, 23)), day_of(date(2026, 11, 26))  # the end is Thanksgiving, no session


def rule(on_expiry=OnExpiry.REVERT, number=1):
    return Rule(OverrideKind.EXCLUDE, 1, start=START, end=END, on_expiry=on_expiry, id=number)


@pytest.mark.parametrize(
    ("day", "acts"), [(START - 1, False), (START, True), (START + 1, True), (END, True), (END + 1, False)]
)
def test_an_override_acts_from_its_start_to_its_end_included(day, acts):
    assert in_force(overrides([rule()]), day).tolist() == [acts]


def test_an_override_that_ends_on_a_holiday_is_seen_by_the_next_night():
    wednesday, friday = day_of(date(2026, 11, 25)), day_of(date(2026, 11, 27))
    both = overrides([rule(), rule(OnExpiry.KEEP, number=2)])
    assert expired_between(both, wednesday, friday).tolist() == [True, False]
    assert expired_between(both, friday, friday + 3).tolist() == [False, False]


def test_a_kept_override_stays_in_force_and_is_listed():
    kept = overrides([rule(OnExpiry.KEEP, number=5), rule(OnExpiry.AT_NEXT_REBALANCE, number=6)])
    assert in_force(kept, END + 400).tolist() == [True, False]
    assert overdue(kept, END).tolist() == []
    assert overdue(kept, END + 1).tolist() == [5]


def test_an_override_outlives_a_model_change():
    target = {1: ONE // 2, 2: ONE // 2}, {1: ONE // 4, 3: 3 * ONE // 4}, {3: ONE}
    dormant = []
    for version in target:
        found = resolve(models(version), column([0]), column([0]), overrides([rule()]), START)
        assert 1 not in found.of_sleeve(0)
        dormant.append(found.dormant.tolist())
    assert dormant == [[], [], [1]]


@pytest.mark.parametrize(
    ("on_expiry", "last", "day", "calls"),
    [
        (OnExpiry.REVERT, START - 1, START, True),
        (OnExpiry.REVERT, START, START + 1, False),
        (OnExpiry.REVERT, END, END + 1, True),
        (OnExpiry.REVERT, START - 1, END + 1, False),  # begun and ended between two nights: nothing was ever done
        (OnExpiry.AT_NEXT_REBALANCE, END, END + 1, False),
        (OnExpiry.KEEP, END, END + 1, False),
    ],
)
def test_an_override_calls_for_trades_when_it_begins_and_when_it_reverts(on_expiry, last, day, calls):
    assert calls_for_trades(overrides([rule(on_expiry)]), last, day).tolist() == [calls]
