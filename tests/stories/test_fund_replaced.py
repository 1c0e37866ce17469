"""A bond fund is replaced in two models that 500 plans follow; 40 of them have overrides, of six sorts."""

import time
from datetime import date
from decimal import Decimal

import pytest

from modelx.services.change_drafts import draft_replacement
from modelx.services.change_preview import preview_stored
from modelx.services.night_replay import load_state
from modelx.services.override_views import list_overrides
from tests.product import fresh_sqlite
from tests.services.followed_books import FIRST, MIA, approved, followed_folder, held, plan_name, played, run, weight

PLANS = [plan_name(number) for number in range(1, 501)]
SLEEVES = [(plan, "GRO" if at < 300 else "BAL") for at, plan in enumerate(PLANS)]
BEFORE, EFFECTIVE, TRADED = date(2026, 12, 1), date(2026, 12, 2), date(2026, 12, 3)


def rows(first, last, kind, ticker, to="", share="", exclude=""):
    """Override rows of the plans from ``first`` to ``last``, all of them followers of Growth."""
    return [
        f"{plan},GRO,{kind},{ticker},{to},{share},{exclude},{FIRST},,,the committee's choice"
        for plan in PLANS[first - 1 : last]
    ]


OVERRIDES = [
    *rows(1, 10, "EXCLUDE", "BDF", exclude="PRORATA"),  # no bonds: nothing to replace
    *rows(11, 20, "SET_WEIGHT", "BDF", share="0.10"),  # less of them: 10 % moves instead of 18 %
    *rows(21, 25, "SUBSTITUTE", "BDF", to="BDI"),  # had the new one already
    *rows(26, 30, "SUBSTITUTE", "EQI", to="BDF"),  # held more of the old one: all 38 % move
    *rows(31, 35, "NO_SELL", "BDF"),  # may not sell it
    *rows(36, 40, "CASH_BUFFER", "", share="0.05"),
]


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """The book before and after: previewed, approved, and run to the night on which the trades were executed."""
    folder = tmp_path_factory.mktemp("replaced")
    engine = played(fresh_sqlite(folder), followed_folder(folder / "book", SLEEVES, OVERRIDES), BEFORE)
    before = {plan: held(engine, plan, model) for plan, model in SLEEVES[::10]}
    shown = approved(engine, draft_replacement(engine, "BDF", "BDI", EFFECTIVE, MIA))
    run(engine, TRADED)
    return engine, before, shown


def number_of(plan):
    return int(plan.removeprefix("PLAN-"))


def test_the_preview_says_who_moves_and_who_does_not(story):
    _, _, shown = story
    moved = {number_of(one.plan) for one in shown.sleeves}
    stay = {number_of(one.plan) for one in shown.unchanged}
    assert stay == {*range(1, 11), *range(21, 26)}
    assert moved == set(range(1, 501)) - stay
    deviating = {number_of(one.plan) for one in shown.sleeves if one.deviations}
    assert deviating == {*range(11, 21), *range(26, 41)}


def test_the_preview_tells_dollars_and_basis_points_by_hand(story):
    _, _, shown = story
    cost = dict(zip((number_of(one.plan) for one in shown.sleeves), shown.preview.cost_change_bp(), strict=True))
    # 36 basis points between the funds, on the share that moves.
    assert cost[41] == "-6.48"  # 18 % in Growth
    assert cost[301] == "-17.28"  # 48 % in Balanced
    assert cost[11] == "-3.60"  # 10 %
    assert cost[26] == "-13.68"  # 38 %
    row = next(row for row, one in enumerate(shown.sleeves) if number_of(one.plan) == 41)
    assert int(shown.preview.sales[row]) / 1e6 == pytest.approx(18_000, rel=0.01)


def test_a_plan_that_may_not_sell_is_told_on_its_row(story):
    _, _, shown = story
    barred = [one for one in shown.sleeves if 31 <= number_of(one.plan) <= 35]
    assert all("BDF: NO_SELL" in one.warnings for one in barred)


def test_the_next_session_trades_just_that_in_every_plan(story):
    engine, before, _ = story
    for plan, model in SLEEVES[::10]:
        number, old, new = number_of(plan), before[plan], held(engine, plan, model)
        if number in {1, 21}:
            assert new.keys() == old.keys()  # what drifted may be put right, no more
            assert all(abs(new[one] - old[one]) < old[one] / 200 for one in old)
        elif number == 31:
            assert new["BDF"] == old["BDF"]
        else:
            assert "BDF" not in new
            share = {11: "0.10"}.get(number, "0.18" if model == "GRO" else "0.48")
            assert new["BDI"] * 10 / 100_000 == pytest.approx(Decimal(share), rel=Decimal("0.01"))


def test_the_overrides_moved_with_the_fund_and_the_old_ones_are_history(story):
    engine, _, _ = story
    found = list_overrides(engine, None, None, date(2026, 12, 4))
    by_state = {}
    for one in found:
        by_state.setdefault(one.state, []).append(one.what)
    assert by_state["EXPIRED"].count("without BDF") == 10
    assert by_state["LIVE"].count("without BDI") == 10
    assert by_state["LIVE"].count("BDI at 10.00 %") == 10
    assert by_state["EXPIRED"].count("BDF->BDI") == 5
    assert by_state["LIVE"].count("EQI->BDI") == 5
    assert by_state["LIVE"].count("no sales of BDF") == 5
    assert len(found) == 40 + 25


def test_no_sleeve_is_held_and_every_one_has_closed_the_night(story):
    engine, _, _ = story
    state = load_state(engine)
    assert state.sleeves.sleeve_id.size == 500
    assert (state.sleeves.closed_through == state.last_night).all()


def test_the_preview_of_a_thousand_plans_takes_less_than_a_second_of_processor_time(tmp_path):
    sleeves = [(f"P{number:04d}", "GRO") for number in range(1_000)]
    engine = played(fresh_sqlite(tmp_path), followed_folder(tmp_path / "book", sleeves), BEFORE)
    drafted = draft_replacement(engine, "EQF", "EQI", None, MIA)
    start = time.process_time()
    shown = preview_stored(engine, drafted.change_id, 2)
    assert time.process_time() - start < 1.0
    assert len(shown.sleeves) == 1_000
    assert shown.preview.cost_change_bp()[0] == "-27.00"
    lines = {shown.names.security[one.security]: one.after for one in shown.lines_of(999)}
    assert lines["EQI"] == weight("0.80")
