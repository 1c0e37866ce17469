from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from modelx.disclosure.benchmark import Benchmark, BlendWeights, IndexKind
from modelx.disclosure.checks_performance import (
    check_as_of,
    check_benchmark_change,
    check_benchmark_dates,
    check_blend,
    check_blend_mix,
    check_periods,
    check_primary,
    check_series,
    needed_dates,
)
from modelx.disclosure.figures import RATE
from modelx.disclosure.option import Measured
from modelx.disclosure.performance import ValueSeries, performance
from modelx.disclosure.requirements import Evidence, Requirement, Status
from modelx.disclosure.returns_shown import index_shown, shown_of
from modelx.disclosure.rulebook import HOUSE_RULES
from modelx.domain.finding import Finding, Level
from tests.disclosure.test_performance_columns import sessions
from tests.disclosure.worked import d, series

ON = d("2026-11-20")


def codes(findings: tuple[Finding, ...]) -> list[str]:
    return [one.code for one in findings]


def test_dia_002_the_chart_is_as_of_the_last_completed_year() -> None:
    assert check_as_of("P1", ON, d("2025-12-31")) == ()
    (found,) = check_as_of("P1", ON, d("2026-09-30"))
    assert (found.code, found.level) == ("DIA-002", Level.BLOCK)
    assert "as of 2026-09-30, document dated 2026-11-20 needs 2025-12-31" in found.message


def weekdays() -> ValueSeries:
    days = sessions("2024-12-31", "2025-12-31")
    return ValueSeries(days, np.full(days.size, 10_000_000))


def test_dia_003_a_clean_series_passes() -> None:
    assert check_series("P1/M", weekdays(), needed_dates(d("2025-12-31"), d("2024-12-31")), HOUSE_RULES, ON) == ()
    assert needed_dates(d("2025-12-31"), d("2024-12-31")) == (d("2024-12-31"), d("2025-12-31"))


def test_dia_003_names_each_value_that_is_not_positive_and_each_repeat() -> None:
    bad = weekdays()
    bad.values[5], bad.values[6], bad.days[10] = 0, -3, bad.days[9]
    found = check_series("P1/M", bad, [], HOUSE_RULES, ON)
    assert codes(found) == ["DIA-003"] * 3
    assert "2025-01-07 is 0 millionths" in found[0].message
    assert "repeats" in found[2].message


def test_dia_003_a_gap_is_named_with_its_business_days() -> None:
    whole = weekdays()
    for width, expected in ((4, 0), (5, 1)):
        keep = np.ones(whole.days.size, bool)
        keep[20 : 20 + width] = False
        holed = ValueSeries(whole.days[keep], whole.values[keep])
        assert len(check_series("P1/M", holed, [], HOUSE_RULES, ON)) == expected


def test_dia_003_a_series_that_stopped_or_starts_too_late_has_no_value_for_its_date() -> None:
    days = weekdays()
    stopped = ValueSeries(days.days[:200], days.values[:200])
    (found,) = check_series("P1/M", stopped, [d("2025-12-31")], HOUSE_RULES, ON)
    assert "before 2025-12-31; the last is of 2025-10-06" in found.message
    (early,) = check_series("P1/M", days, [d("2024-06-30")], HOUSE_RULES, ON)
    assert "the first is of 2024-12-31" in early.message
    nothing = ValueSeries(np.array([], np.int64), np.array([], np.int64))
    assert codes(check_series("P1/M", nothing, [], HOUSE_RULES, ON)) == ["DIA-003"]


def test_dia_003_a_holiday_week_before_a_needed_date_is_no_gap() -> None:
    values = series(("2025-12-23", "10"), ("2025-12-24", "10"))
    assert check_series("P1/M", values, [d("2025-12-31")], HOUSE_RULES, ON) == ()
    assert codes(check_series("P1/M", values, [d("2026-01-01")], HOUSE_RULES, ON)) == ["DIA-003"]


SHORT = performance(series(("2025-05-01", "10"), ("2025-12-31", "10.4375")), d("2025-05-01"), d("2025-12-31"))
FULL = performance(
    series(("2015-12-31", "10"), ("2020-12-31", "14.482103"), ("2024-12-31", "17.31542"), ("2025-12-31", "19.624871")),
    d("2015-12-31"),
    d("2025-12-31"),
)


def test_what_was_computed_passes_its_own_checks() -> None:
    for exact in (SHORT, FULL):
        assert check_periods("P1/M", shown_of(exact), exact) == ()


def test_dia_004_no_return_is_older_than_the_option() -> None:
    back_filled = replace(shown_of(SHORT), bps=(700, None, None, 438))
    (found,) = check_periods("P1/M", back_filled, SHORT)
    assert found.code == "DIA-004"
    assert "1 year from 2024-12-31, the option began on 2025-05-01" in found.message
    early = replace(shown_of(SHORT), spans=(None, None, None, (d("2025-01-02"), d("2025-12-31"))))
    assert codes(check_periods("P1/M", early, SHORT)) == ["DIA-004"]


def test_dia_005_t3_six_point_six_two_percent_is_refused() -> None:
    annualized = replace(shown_of(SHORT), bps=(None, None, None, 662), life_annualized=True)
    found = check_periods("P1/M", annualized, SHORT)
    assert codes(found) == ["DIA-005", "DIA-007"]
    assert "6.62% a year over 0.6685 years" in found[0].message
    assert "not annualized" in found[0].message


def test_dia_006_a_young_option_shows_its_whole_life() -> None:
    without = replace(shown_of(SHORT), bps=(None, None, None, None))
    assert codes(check_periods("P1/M", without, SHORT)) == ["DIA-006"]
    old = replace(shown_of(FULL), bps=(*shown_of(FULL).bps[:3], None))
    assert check_periods("P1/M", old, FULL) == ()


def test_dia_007_a_stored_return_must_be_the_recomputed_one() -> None:
    stale = replace(shown_of(FULL), bps=(1335, 627, 697, 697))
    (found,) = check_periods("P1/M", stale, FULL)
    assert "1 year shows 13.35%, recomputed 13.34%" in found.message


BROAD = Benchmark("SPX", "Broad Stock Index", "Indexer", IndexKind.BROAD)
NOBODY: frozenset[str] = frozenset()


def test_dia_010_the_primary_is_a_broad_total_return_index() -> None:
    assert check_primary("P1/M", BROAD, NOBODY, HOUSE_RULES, ON) == ()
    assert codes(check_primary("P1/M", None, NOBODY, HOUSE_RULES, ON)) == ["DIA-010"]
    for kind in (IndexKind.BLEND, IndexKind.PEER_GROUP, IndexKind.PRICE_RETURN):
        (found,) = check_primary("P1/M", replace(BROAD, kind=kind), NOBODY, HOUSE_RULES, ON)
        assert (found.code, found.level) == ("DIA-010", Level.BLOCK)


def test_dia_010_a_blend_passes_once_the_flag_says_so_and_a_peer_group_never() -> None:
    allowed = HOUSE_RULES.with_rows(
        [Requirement("allow_blend_as_primary", 1, Status.IN_FORCE, Evidence.PRIMARY, "", "test")]
    )
    assert check_primary("P1/M", replace(BROAD, kind=IndexKind.BLEND), NOBODY, allowed, ON) == ()
    peers = replace(BROAD, kind=IndexKind.PEER_GROUP)
    assert codes(check_primary("P1/M", peers, NOBODY, allowed, ON)) == ["DIA-010"]


def test_dia_011_an_affiliates_index_needs_a_document() -> None:
    assert codes(check_primary("P1/M", BROAD, frozenset({"Indexer"}), HOUSE_RULES, ON)) == ["DIA-011"]
    recognized = replace(BROAD, widely_recognized="memo of 2020-01-02")
    assert check_primary("P1/M", recognized, frozenset({"Indexer"}), HOUSE_RULES, ON) == ()


def test_dia_012_the_index_is_over_the_same_dates() -> None:
    own = shown_of(FULL)
    same = index_shown(own, series(("2015-12-31", "1"), ("2020-12-31", "2"), ("2024-12-31", "3"), ("2025-12-31", "4")))
    assert check_benchmark_dates("P1/M", own, same) == ()
    late = index_shown(own, series(("2015-12-30", "1"), ("2020-12-31", "2"), ("2024-12-31", "3"), ("2025-12-31", "4")))
    assert codes(check_benchmark_dates("P1/M", own, late)) == ["DIA-012", "DIA-012"]  # ten years and inception
    young = index_shown(own, series(("2024-12-31", "3"), ("2025-12-31", "4")))
    warned = check_benchmark_dates("P1/M", own, young)  # N/A is not a wrong date
    assert [(one.code, one.level) for one in warned] == [("DIA-012", Level.WARN)] * 3


def test_dia_013_a_changed_index_says_why_and_shows_the_old_one() -> None:
    own = shown_of(FULL)
    measured = Measured(BROAD, own)
    assert check_benchmark_change("P1/M", "", measured) == ()
    assert check_benchmark_change("P1/M", "SPX", measured) == ()
    (found,) = check_benchmark_change("P1/M", "OLD", measured)
    assert (found.code, found.level) == ("DIA-013", Level.WARN)
    assert "without a reason and date and the returns of the old index" in found.message
    told = replace(measured, change_note="Since 2026", replaced=Measured(replace(BROAD, key="OLD"), own))
    assert check_benchmark_change("P1/M", "OLD", told) == ()


def mix(since: str, equity: int, bond: int) -> BlendWeights:
    return BlendWeights(d(since), (("EQ", equity * RATE // 100), ("BD", bond * RATE // 100)))


def test_dia_014_blend_weights_sum_to_one_and_are_of_their_own_year() -> None:
    yearly = [mix(f"{year}-12-31", 60, 40) for year in range(2020, 2025)]
    starts = [row.since for row in yearly]
    assert check_blend("P1/M", yearly, starts, HOUSE_RULES, ON) == ()
    assert codes(check_blend("P1/M", [mix("2024-12-31", 60, 39)], [d("2024-12-31")], HOUSE_RULES, ON)) == ["DIA-014"]
    (history,) = check_blend("P1/M", yearly[4:], [d("2023-12-31"), d("2024-12-31")], HOUSE_RULES, ON)
    assert "no weights were fixed before 2023-12-31" in history.message
    (old,) = check_blend("P1/M", yearly[:1], [d("2021-12-31"), d("2022-12-31")], HOUSE_RULES, ON)
    assert "the weights of 2020-12-31 are too old for 2022-12-31" in old.message


@pytest.mark.parametrize(("equity", "expected"), [(6_000, 0), (6_500, 0), (6_501, 2), (5_499, 2)])
def test_dia_015_the_blend_stays_within_five_points_of_the_mix(equity: int, expected: int) -> None:
    own_mix = {"EQ": equity, "BD": 10_000 - equity}
    found = check_blend_mix("P1/M", mix("2024-12-31", 60, 40), own_mix, HOUSE_RULES, ON)
    assert len(found) == expected
    assert all(one.level is Level.WARN for one in found)


def test_life_is_measured_by_anniversaries_not_by_average_years() -> None:
    one_year = performance(series(("2024-12-31", "10"), ("2025-12-31", "11")), d("2024-12-31"), d("2025-12-31"))
    assert shown_of(one_year).life_years == Fraction(1)
    assert check_periods("P1/M", shown_of(one_year), one_year) == ()
