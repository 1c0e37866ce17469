"""The three-way match: it agrees on books whose nights ran, and sees one millionth anywhere."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from modelx.domain.days import date_of, day_of
from modelx.ledger.journal import JournalKind
from modelx.services.fee_reconciliation import MatchLine, reconcile_fees
from modelx.store.unit_value_records import Selection
from tests.oracle.script import Load, RunThrough
from tests.product import fresh_sqlite, play, with_sessions
from tests.services.books import example_book
from tests.services.played_books import G1_NIGHTS, demo_played, g1_played, tampered

MONDAY = day_of(date(2026, 11, 30))
FIRST = day_of(date(2026, 12, 1))


def transfer_of(kind: JournalKind, day: int) -> str:
    return f"journal_id = (SELECT min(id) FROM journal WHERE kind = {int(kind)} AND business_date = {day})"


def different(lines: list[MatchLine]) -> list[tuple[str, str | None]]:
    return [(line.payee, date_of(line.since).isoformat() if line.since else None) for line in lines if line.differs]


def test_the_golden_scenario_agrees_on_both_databases(engine: Engine) -> None:
    play(G1_NIGHTS, with_sessions(engine))
    lines = reconcile_fees(engine, Selection())
    assert different(lines) == []
    assert [(line.payee, line.expected, line.accrued, line.due, line.collected, line.owed) for line in lines] == [
        ("advisor", 14_212_818, 14_212_818, 12_410_000, 12_410_000, 1_802_818),
        ("manager", 22_740_509, 22_740_509, 19_850_000, 19_850_000, 2_890_509),
        ("platform", 1_989_794, 1_989_794, 1_730_000, 1_730_000, 259_794),
    ]
    assert {line.gaps for line in lines} == {("first night 2026-11-23",)}


def test_holds_waivers_tiers_account_fees_and_a_plan_that_leaves_agree(tmp_path: Path) -> None:
    lines = reconcile_fees(demo_played(tmp_path), Selection())
    assert len(lines) == 24 + 24 + 17  # the platform and an advisor of every sleeve, a manager of those that have one
    assert different(lines) == []
    for line in lines:
        assert line.accrued + line.cleared - line.collected == line.owed


@pytest.mark.parametrize("change", [1, -1])
def test_one_millionth_in_an_accrual_is_seen_with_the_night_it_began(tmp_path: Path, change: int) -> None:
    engine = g1_played(tmp_path)
    where = transfer_of(JournalKind.FEE_ACCRUAL, MONDAY)
    first = f"id = (SELECT min(id) FROM transfer WHERE {where})"
    tampered(engine, "transfer", f"UPDATE transfer SET amount = amount + {change} WHERE {first}")
    lines = reconcile_fees(engine, Selection())
    assert different(lines) == [("advisor", "2026-11-30")]
    assert lines[0].accrued - lines[0].expected == change


def test_two_slips_that_cancel_each_other_are_seen(tmp_path: Path) -> None:
    engine = g1_played(tmp_path)
    for day, change in ((MONDAY, 1), (FIRST, -1)):
        where = transfer_of(JournalKind.FEE_ACCRUAL, day)
        first = f"id = (SELECT min(id) FROM transfer WHERE {where})"
        tampered_once = f"UPDATE transfer SET amount = amount + {change} WHERE {first}"
        tampered(engine, "transfer", tampered_once)
    line = reconcile_fees(engine, Selection(), "advisor")[0]
    assert (line.accrued, line.differs) == (line.expected, True)
    assert line.since == MONDAY


def test_a_payment_that_is_a_cent_short_is_seen(tmp_path: Path) -> None:
    engine = g1_played(tmp_path)
    where = transfer_of(JournalKind.FEE_PAYMENT, FIRST)
    first = f"id = (SELECT min(id) FROM transfer WHERE {where})"
    tampered(engine, "transfer", f"UPDATE transfer SET amount = amount - 10000 WHERE {first}")
    line = reconcile_fees(engine, Selection(), "advisor")[0]
    assert (line.due - line.collected, line.since) == (10_000, FIRST)
    assert line.expected == line.accrued


def test_net_assets_that_were_edited_are_seen_as_fees_that_do_not_fit(tmp_path: Path) -> None:
    engine = g1_played(tmp_path)
    where = f"business_date = {day_of(date(2026, 11, 27))}"
    tampered(engine, "unit_value", f"UPDATE unit_value SET net_assets = net_assets + 1000000000 WHERE {where}")
    assert different(reconcile_fees(engine, Selection())) == [
        ("advisor", "2026-11-30"),
        ("manager", "2026-11-30"),
        ("platform", "2026-11-30"),
    ]


def test_an_order_that_was_edited_is_seen_as_fees_that_do_not_fit(tmp_path: Path) -> None:
    engine = g1_played(tmp_path)
    tampered(
        engine, "order_outcome", f"UPDATE order_outcome SET amount = amount * 2 WHERE business_date = {MONDAY - 3}"
    )
    assert {since for _, since in different(reconcile_fees(engine, Selection()))} == {"2026-11-30"}


def test_an_accrual_that_is_missing_is_seen(tmp_path: Path) -> None:
    engine = g1_played(tmp_path)
    where = transfer_of(JournalKind.FEE_ACCRUAL, MONDAY)
    tampered(engine, "transfer", f"DELETE FROM transfer WHERE id = (SELECT max(id) FROM transfer WHERE {where})")
    assert different(reconcile_fees(engine, Selection())) == [("platform", "2026-11-30")]


def test_the_match_is_cumulative_through_the_day_asked_for(tmp_path: Path) -> None:
    engine = g1_played(tmp_path)
    lines = reconcile_fees(engine, Selection(last_day=MONDAY))
    assert [(line.expected, line.collected) for line in lines] == [(12_411_802, 0), (19_858_883, 0), (1_737_652, 0)]


def test_days_without_a_rate_are_gaps_with_their_number(tmp_path: Path) -> None:
    """The manager's rate runs to Wednesday 25 November, and again from Saturday the 28th to Monday the 30th."""
    rows = (
        "plan,model,payee,kind,rate,tiers,start,end,paid_from",
        ",,platform,PLATFORM,0.00035,,,,unit_value",
        ",GRW60,manager,MANAGER,0.0040,,,2026-11-25,unit_value",
        ",GRW60,manager,MANAGER,0.0040,,2026-11-28,2026-11-30,unit_value",
        ",,advisor,ADVISOR,0.0025,,2026-11-30,,unit_value",
    )
    engine = fresh_sqlite(tmp_path)
    play([Load(example_book(tmp_path / "book", fees="\n".join(rows) + "\n")), RunThrough(date(2026, 12, 1))], engine)
    lines = {line.payee: line for line in reconcile_fees(engine, Selection())}
    assert different(list(lines.values())) == []
    assert lines["platform"].gaps == ("first night 2026-11-23",)
    assert lines["advisor"].gaps == ("first night 2026-11-23", "no rate before 2026-11-30: 6 days")
    assert lines["manager"].gaps == (
        "first night 2026-11-23",
        "no rate between: 2 days",
        "no rate after 2026-11-30: 1 day",
    )
