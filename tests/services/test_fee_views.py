"""Fee accruals listed: the golden scenario's figures, terms in words, what is owed, and gaps shown as gaps."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine

from modelx.domain.days import date_of, day_of
from modelx.domain.errors import NotFound
from modelx.services.fee_views import FIRST_NIGHT, NO_RATE, UNEXPLAINED, AccrualLine, list_accruals
from modelx.store.unit_value_records import Selection
from tests.conftest import FIXTURES
from tests.oracle.script import Load, RunThrough
from tests.product import fresh_sqlite, play, with_sessions
from tests.services.books import example_book
from tests.services.played_books import G1_NIGHTS, demo_played, g1_played, tampered

VECTOR = json.loads((FIXTURES / "vectors" / "unitization.json").read_text())["G1"]["days"]
PAYEES = ("advisor", "manager", "platform")


def millionths(text: str) -> int:
    return int(Decimal(text).scaleb(6))


def between(first: date, last: date, plan: str | None = None, model: str | None = None) -> Selection:
    return Selection(plan, model, day_of(first), day_of(last))


def fees(lines: list[AccrualLine]) -> list[AccrualLine]:
    return [line for line in lines if not line.gap]


def test_accruals_are_those_of_the_golden_scenario_on_both_databases(engine: Engine) -> None:
    play(G1_NIGHTS, with_sessions(engine))
    found = fees(list_accruals(engine, Selection()))
    expected = []
    for day, facts in VECTOR.items():
        for payee in PAYEES:
            if "fees" in facts:
                owed = -millionths(facts["trial_balance_close"][f"2100:{payee}"])
                figures = (
                    len(facts["fee_days"]),
                    millionths(facts["fee_base"]),
                    millionths(facts["fees"][payee]),
                    owed,
                )
                expected.append((date.fromisoformat(day), payee, *figures))
    assert len(expected) == 15
    assert [
        (date_of(line.business_date), line.payee, line.days, line.base, line.amount, line.owed) for line in found
    ] == expected
    assert {line.payee: line.terms for line in found} == {
        "advisor": "0.25 %",
        "manager": "0.40 %",
        "platform": "0.035 %",
    }


def test_a_first_night_is_a_gap_not_a_zero(tmp_path: Path) -> None:
    lines = list_accruals(g1_played(tmp_path), between(date(2026, 11, 23), date(2026, 11, 23)))
    assert [(line.gap, line.payee, line.amount, line.base, line.owed) for line in lines] == [
        (FIRST_NIGHT, "", None, None, None)
    ]


def test_a_range_and_a_payee_show_the_same_lines_as_the_whole_list(tmp_path: Path) -> None:
    engine = demo_played(tmp_path)
    every = list_accruals(engine, Selection())
    chosen = between(date(2026, 12, 1), date(2026, 12, 4), "HALVORSEN")
    assert list_accruals(engine, chosen) == [
        line for line in every if line.plan == "HALVORSEN" and chosen.first_day <= line.business_date <= chosen.last_day
    ]
    one = list_accruals(engine, between(date(2026, 10, 8), date(2026, 11, 20), "KESTRELBAY", "BRBALN"), "BRACKENRDG")
    assert [line for line in one if not line.gap] == [
        line
        for line in fees(every)
        if (line.plan, line.model, line.payee) == ("KESTRELBAY", "BRBALN", "BRACKENRDG")
        and line.business_date <= day_of(date(2026, 11, 20))
    ]


def test_a_held_sleeve_that_caught_up_is_listed_under_the_nights_it_missed(tmp_path: Path) -> None:
    lines = list_accruals(demo_played(tmp_path), between(date(2026, 11, 17), date(2026, 11, 19), "OSTRANDER", "BRBALN"))
    assert [date_of(line.business_date) for line in lines if line.payee == "IRONVALE"] == [
        date(2026, 11, 17),
        date(2026, 11, 18),
        date(2026, 11, 19),
    ]


def test_a_waiver_is_a_negative_line_of_its_own_and_a_gap_after_its_last_day(tmp_path: Path) -> None:
    chosen = between(date(2026, 12, 31), date(2027, 1, 4), "CORVANE", "NMTD55")
    lines = list_accruals(demo_played(tmp_path), chosen, "NORTHMERE")
    manager, waiver, after = lines
    assert (manager.payee, manager.terms) == ("NORTHMERE", "0.08 %")
    assert (waiver.payee, waiver.terms, waiver.days) == ("NORTHMERE-WAIVER", "0.03 %, waives NORTHMERE", 1)
    rate = Decimal("0.0003") / 365
    assert waiver.amount == -int((Decimal(waiver.base or 0) * rate).quantize(Decimal(1)))
    assert waiver.owed == (manager.owed or 0) + waiver.amount
    assert (date_of(after.business_date), after.payee, after.days) == (date(2027, 1, 4), "NORTHMERE", 4)
    every = list_accruals(demo_played(tmp_path), chosen)
    gaps = [(date_of(line.business_date), line.payee, line.days, line.gap) for line in every if line.gap]
    assert gaps == [(date(2027, 1, 4), "NORTHMERE-WAIVER", 4, NO_RATE)]


def test_fees_paid_from_an_account_are_marked(tmp_path: Path) -> None:
    night = date(2026, 12, 10)
    lines = list_accruals(demo_played(tmp_path), between(night, night, "BRTPRAIRIE", "AFINCM"))
    assert {line.payee: line.paid_from for line in lines} == {"ALDERFINCH": "account", "IRONVALE": "unit_value"}


def test_tiers_are_told_with_what_they_are_held_to(tmp_path: Path) -> None:
    night = date(2026, 12, 10)
    lines = list_accruals(demo_played(tmp_path), between(night, night, "HALVORSEN", "CDLGRO"), "ALDERFINCH")
    assert lines[0].terms == "0.50 % to 1000000.00, 0.35 % to 5000000.00, 0.25 % above (graduated, by plan)"


def test_a_rate_that_changes_and_one_that_stops_within_a_cycle_are_told_by_their_days(tmp_path: Path) -> None:
    """The night of 27 November accrues two days: Thanksgiving, and its own."""
    rows = (
        "plan,model,payee,kind,rate,tiers,start,end,paid_from",
        ",,advisor,ADVISOR,0.0025,,,2026-11-26,unit_value",
        ",,advisor,ADVISOR,0.0030,,2026-11-27,,unit_value",
        ",GRW60,manager,MANAGER,0.0040,,,2026-11-25,unit_value",
        ",GRW60,manager,MANAGER,0.0040,,2026-11-27,,unit_value",
    )
    engine = fresh_sqlite(tmp_path)
    play([Load(example_book(tmp_path / "book", fees="\n".join(rows) + "\n")), RunThrough(date(2026, 11, 27))], engine)
    advisor, manager, gap = list_accruals(engine, between(date(2026, 11, 27), date(2026, 11, 27)))
    assert (advisor.terms, advisor.days) == ("0.25 % for 1 day, then 0.30 % for 1 day", 2)
    base = Decimal(advisor.base or 0)
    assert advisor.amount == int((base * Decimal("0.0055") / 365).quantize(Decimal(1)))
    assert (manager.terms, manager.days) == ("0.40 %", 1)
    assert (gap.payee, gap.days, gap.gap, gap.amount) == ("manager", 1, NO_RATE, None)


def test_an_accrual_without_a_fee_row_and_a_fee_row_without_an_accrual_both_show(tmp_path: Path) -> None:
    engine = g1_played(tmp_path)
    night = between(date(2026, 11, 25), date(2026, 11, 25))
    whose = "SELECT id FROM payee WHERE code = 'manager'"
    tampered(
        engine,
        "fee",
        f"UPDATE fee SET payee_id = (SELECT id FROM payee WHERE code = 'platform') WHERE payee_id = ({whose})",
    )
    lines = {line.payee: line for line in list_accruals(engine, night)}
    assert (lines["manager"].terms, lines["manager"].amount) == (UNEXPLAINED, millionths("2.832298"))
    assert lines["platform"].terms == "0.40 %"


@pytest.mark.parametrize(
    ("chosen", "payee", "told"),
    [
        (Selection("PLAN-B"), None, "no plan PLAN-B in the book: did you mean PLAN-A"),
        (Selection(None, "GRW"), None, "no model GRW in the book: did you mean GRW60"),
        (Selection(), "advisr", "no payee advisr in the book: did you mean advisor"),
        (Selection(), "zzz", "no payee zzz in the book$"),
    ],
)
def test_a_mistyped_name_is_told(tmp_path: Path, chosen: Selection, payee: str | None, told: str) -> None:
    with pytest.raises(NotFound, match=told):
        list_accruals(g1_played(tmp_path), chosen, payee)
