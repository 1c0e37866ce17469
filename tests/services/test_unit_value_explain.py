"""A unit value explained: the golden scenario's effects, its sources, and figures that add up as they are shown."""

import random
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from sqlalchemy import Engine

from modelx.domain.days import day_of
from modelx.domain.errors import Blocked, InvariantBroken, NotFound, UnknownSleeve
from modelx.domain.explain import LineKind
from modelx.ledger.journal import JournalKind
from modelx.services.ledger_views import journal_lines
from modelx.services.unit_value_explain import Explanation, explain_unit_value
from modelx.services.unit_value_sources import Source
from modelx.services.unit_value_statement import Statement, state
from modelx.services.unit_values import list_unit_values
from modelx.store.unit_value_records import Selection
from tests.product import play, with_sessions
from tests.services.played_books import (
    DEMO,
    DEMO_HELD_SINCE,
    DEMO_HELD_SLEEVE,
    G1_NIGHTS,
    demo_held,
    demo_played,
    g1_played,
    tampered,
)

SLEEVE = ("PLAN-A", "GRW60")
WEDNESDAY, FRIDAY, TUESDAY = date(2026, 11, 25), date(2026, 11, 27), date(2026, 12, 1)


def explained(engine: Engine, day: date, sleeve: tuple[str, str] = SLEEVE) -> Explanation:
    return explain_unit_value(engine, *sleeve, day_of(day))


def effects(explanation: Explanation, kind: LineKind) -> dict[str, Decimal]:
    """Dollars of the lines of a kind, by what they are about."""
    lines = [line for line in explanation.lines if line.line.kind is kind]
    return {line.subject: Decimal(line.line.dollars.numerator) / line.line.dollars.denominator for line in lines}


def require_footing(statement: Statement) -> None:
    """The figures shown add up as shown, section by section and to the total, digit for digit."""
    for name in ("dollars", "per_unit") if statement.total.per_unit else ("dollars",):
        total = Decimal(0)
        for section in statement.sections:
            shown = [Decimal(getattr(line.figures, name)) for line in section.lines]
            assert sum(shown) == Decimal(getattr(section.subtotal, name))
            total += sum(shown)
        assert total == Decimal(getattr(statement.total, name))
    assert Decimal(statement.left_over.dollars) == Decimal(statement.left_over.per_unit or 0) == 0


def test_the_golden_wednesday_is_taken_apart_as_worked_by_hand_on_both_databases(engine: Engine) -> None:
    """EQX 1,027 from 68.31 to 68.02; VBX 5,086.47 from 9.83 to 9.82; VFA 3,028.835 from 41.27 to 41.55, to the cent."""
    play(G1_NIGHTS, with_sessions(engine))
    explanation = explained(engine, WEDNESDAY)
    prices = {"EQX": Decimal("-297.83"), "VBX": Decimal("-50.86"), "VFA": Decimal("848.07")}
    assert effects(explanation, LineKind.PRICE) == prices
    assert effects(explanation, LineKind.INCOME) == {"EQX": Decimal("423.64")}
    assert effects(explanation, LineKind.TRADE) == {"VFA": Decimal("-0.01")}
    fees = {"advisor": Decimal("-1.770186"), "manager": Decimal("-2.832298"), "platform": Decimal("-0.247826")}
    assert effects(explanation, LineKind.FEE) == fees
    assert explanation.lines[0].line.per_unit == Fraction("10.004126")
    assert explanation.lines[-1].line.per_unit == Fraction("10.039667")
    assert explanation.status == "PUBLISHED"
    require_footing(state(explanation))


def test_every_line_leads_to_its_journal_and_its_row(tmp_path: Path) -> None:
    engine = g1_played(tmp_path)
    lines = {(line.line.kind, line.subject): line for line in explained(engine, WEDNESDAY).lines}
    kinds = {line.journal: line.kind for line in journal_lines(engine, *SLEEVE, 0, day_of(TUESDAY))}
    expected = {
        (LineKind.PRICE, "EQX"): (None, Source("prices.csv", 10, 1)),
        (LineKind.INCOME, "EQX"): (JournalKind.DISTRIBUTION, Source("distributions.csv", 2, 1)),
        (LineKind.TRADE, "VFA"): (JournalKind.BUY, Source("trades.csv", 5, 1)),
        (LineKind.FEE, "advisor"): (JournalKind.FEE_ACCRUAL, Source("fees.csv", 3, 1)),
        (LineKind.ORDER_ROUNDING, "O2"): (JournalKind.SUBSCRIPTION, Source("orders.csv", 3, 1)),
        (LineKind.ORDER_ROUNDING, "O3"): (JournalKind.REDEMPTION, Source("orders.csv", 4, 1)),
    }
    for key, (kind, source) in expected.items():
        line = lines[key]
        assert (None if line.journal is None else kinds[line.journal], line.source) == (kind and kind.name, source)
    assert lines[LineKind.INCOME, "EQX"].detail == "0.4125 a share on 1027"
    assert lines[LineKind.FEE, "advisor"].detail == "1 day on 258447.178219 at 0.25 %"


def test_a_reinvestment_and_a_split_lead_to_their_journals(tmp_path: Path) -> None:
    engine = g1_played(tmp_path)
    kinds = {line.journal: line.kind for line in journal_lines(engine, *SLEEVE, 0, day_of(TUESDAY))}
    friday = {line.line.kind: line for line in explained(engine, FRIDAY).lines}
    assert kinds[friday[LineKind.REINVESTMENT].journal or 0] == "REINVESTMENT"
    assert friday[LineKind.REINVESTMENT].detail == "reinvested: 89.838 for 3649.22"
    split = next(line for line in explained(engine, TUESDAY).lines if line.subject == "EQX")
    assert kinds[split.journal or 0] == "SPLIT"
    assert split.detail == "1027 at 68.94 to 34.61, 2054 after the split"


def test_sleeves_and_nights_taken_at_random_foot_as_shown(tmp_path: Path) -> None:
    engine = demo_played(tmp_path)
    struck = [line for line in list_unit_values(engine, Selection()) if line.strike]
    for line in random.Random(20261120).sample(struck, 25):
        explanation = explain_unit_value(engine, line.plan, line.model, line.business_date)
        require_footing(state(explanation))
        assert explanation.lines[-1].line.per_unit == Fraction(explanation.strike.unit_value, 10**6)


@pytest.mark.parametrize(
    ("sleeve", "day"),
    [
        (("MIRABEL", "CDLCON"), date(2026, 12, 16)),  # the night after the last holder left
        (("OSTRANDER", "BRBALN"), date(2026, 11, 17)),  # struck two days late
        (("OSTRANDER", "BRBALN"), date(2026, 11, 19)),  # the first night after the catch-up
        (("CORVANE", "NMTD55"), date(2026, 12, 31)),  # a waiver
        (("KESTRELBAY", "THGLEQ"), date(2026, 10, 14)),  # a first night
        (("LINDQVIST", "CDLMOD"), date(2026, 11, 9)),  # a split
    ],
)
def test_nights_out_of_the_ordinary_foot_as_shown(tmp_path: Path, sleeve: tuple[str, str], day: date) -> None:
    require_footing(state(explained(demo_played(tmp_path), day, sleeve)))


def test_dollars_in_whole_millionths_are_shown_as_they_are(tmp_path: Path) -> None:
    for section in state(explained(g1_played(tmp_path), WEDNESDAY)).sections:
        for line in section.lines:
            exact, shown = Decimal(line.dollars_exact), Decimal(line.figures.dollars)
            assert abs(exact - shown) < Decimal("0.000001")
            if exact == exact.quantize(Decimal("0.000001")) and section.title not in {"Rounding carried forward"}:
                assert exact == shown
            top, under = line.per_unit_exact.split("/")
            assert abs(Fraction(int(top), int(under)) - Fraction(line.figures.per_unit)) < Fraction(1, 10**10)


def test_a_held_sleeve_says_why_it_has_no_value(tmp_path: Path) -> None:
    engine, told = (
        demo_held(tmp_path),
        "held since 2026-11-17 by PX-(TOL|SRC) BZQSX: .*modelx hold release --plan OSTRANDER",
    )
    for day in (DEMO_HELD_SINCE, DEMO_HELD_SINCE + timedelta(days=1)):
        with pytest.raises(Blocked, match=told):
            explained(engine, day, DEMO_HELD_SLEEVE)


@pytest.mark.parametrize(
    ("sleeve", "day", "told"),
    [
        (SLEEVE, date(2026, 11, 26), "2026-11-26 is no session: no unit value is struck on it"),
        (SLEEVE, date(2026, 11, 20), "PLAN-A GRW60 starts on 2026-11-23: it has no unit value for 2026-11-20"),
        (SLEEVE, date(2026, 12, 2), "the night of 2026-12-02 has not run: see `modelx cycle status`"),
    ],
)
def test_another_day_without_a_value_says_why(tmp_path: Path, sleeve: tuple[str, str], day: date, told: str) -> None:
    with pytest.raises(NotFound, match=told):
        explained(g1_played(tmp_path), day, sleeve)


def test_a_sleeve_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnknownSleeve, match="plan PLAN-A does not offer model GRW61"):
        explained(g1_played(tmp_path), WEDNESDAY, ("PLAN-A", "GRW61"))


def test_a_strike_that_was_edited_cannot_be_explained(tmp_path: Path) -> None:
    engine = g1_played(tmp_path)
    where = f"business_date = {day_of(WEDNESDAY)}"
    tampered(engine, "unit_value", f"UPDATE unit_value SET cash = cash + 1 WHERE {where}")
    with pytest.raises(InvariantBroken, match="the components are not the net assets"):
        state(explained(engine, WEDNESDAY))
    tampered(engine, "unit_value", f"UPDATE unit_value SET net_assets = net_assets + 1 WHERE {where}")
    with pytest.raises(InvariantBroken, match="were struck"):
        explained(engine, WEDNESDAY)


def test_an_edited_price_is_noticed_before_anything_is_explained(tmp_path: Path) -> None:
    engine = g1_played(tmp_path)
    tampered(engine, "price", f"UPDATE price SET price = price + 1 WHERE business_date = {day_of(WEDNESDAY)}")
    with pytest.raises(InvariantBroken, match="computed again from the stored inputs"):
        explained(engine, WEDNESDAY)


def test_a_corrected_price_of_a_caught_up_night_is_the_row_shown(tmp_path: Path) -> None:
    """BZQSX of 17 November came wrong in the first folder; the value was struck on the second folder's row."""
    lines = explained(demo_played(tmp_path), DEMO_HELD_SINCE, DEMO_HELD_SLEEVE).lines
    source = next(line.source for line in lines if line.subject == "BZQSX" and line.line.kind is LineKind.PRICE)
    assert (DEMO / "02_correction" / "prices.csv").read_text().splitlines()[1].startswith("2026-11-17,BZQSX")
    assert source == Source("prices.csv", 2, 2)


def test_without_units_nothing_falls_to_a_unit(tmp_path: Path) -> None:
    """MIRABEL's CDLCON after its last holder left: dollars foot, the unit value is kept."""
    explanation = explained(demo_played(tmp_path), date(2026, 12, 16), ("MIRABEL", "CDLCON"))
    statement = state(explanation)
    assert explanation.strike.units == 0
    assert {line.figures.per_unit for section in statement.sections for line in section.lines} == {""}
    assert (statement.total.per_unit, statement.rounding_bound) == ("", "")
