from dataclasses import replace
from datetime import timedelta

import pytest

from modelx.disclosure import timing
from modelx.disclosure.duties import (
    NO_NOTICE_WHY,
    NOTIFIED_AHEAD,
    Change,
    ChangeKind,
    PlanCalendar,
    State,
    check_change_notices,
    check_duties,
    duties,
)
from modelx.disclosure.rulebook import HOUSE_RULES
from modelx.domain.finding import Level
from tests.disclosure.worked import d

ON = d("2026-11-20")


@pytest.mark.parametrize(
    ("sent", "due"),
    [("2025-11-20", "2027-01-20"), ("2025-12-31", "2027-02-28"), ("2026-12-30", "2028-02-29")],
)
def test_t12_the_annual_notice_is_due_in_fourteen_months(sent: str, due: str) -> None:
    assert timing.annual_due(d(sent), HOUSE_RULES) == d(due)


def test_t12_change_and_mapping_windows() -> None:
    change = timing.change_window(d("2027-01-04"), HOUSE_RULES)
    mapping = timing.mapping_window(d("2027-01-04"), HOUSE_RULES)
    assert (change.opens, change.closes) == (d("2026-10-06"), d("2026-12-05"))
    assert (mapping.opens, mapping.closes) == (d("2026-11-05"), d("2026-12-05"))


def test_t12_default_option_dates() -> None:
    assert timing.default_notice_due(d("2027-01-01"), HOUSE_RULES) == d("2026-12-02")
    dates = timing.default_dates(d("2027-02-15"), HOUSE_RULES)
    assert dates.notice_by == d("2027-01-16")
    assert (dates.fee_free_from, dates.fee_free_through) == (d("2027-02-15"), d("2027-05-15"))
    assert (dates.fee_free_through - dates.fee_free_from).days + 1 == 90
    assert dates.hold_fees_to_be_safe == d("2027-05-16")
    assert dates.preservation_ends == d("2027-06-15")


def test_t12_the_quarterly_statement_and_the_web_page() -> None:
    assert timing.quarterly_due(d("2026-11-30"), HOUSE_RULES) == d("2027-02-28")
    assert timing.web_as_of_due(ON, HOUSE_RULES) == d("2026-09-30")
    assert timing.web_refresh_due(d("2026-09-30"), HOUSE_RULES) == d("2026-10-30")
    assert timing.provider_change_due(ON, HOUSE_RULES) == d("2027-01-19")


CALENDAR = PlanCalendar("ACME", d("2025-11-20"), d("2026-10-15"), (("ACME/GROW/A", d("2026-09-30")),))


def state_of(calendar: PlanCalendar, paper: str, on: str) -> State:
    return next(duty.state for duty in duties(calendar, d(on), HOUSE_RULES) if duty.paper == paper)


@pytest.mark.parametrize(
    ("on", "state", "level"),
    [
        ("2026-11-19", State.AHEAD, None),
        ("2026-11-20", State.OPEN, Level.WARN),
        ("2027-01-20", State.OPEN, Level.WARN),
        ("2027-01-21", State.LATE, Level.BLOCK),
    ],
)
def test_dia_050_the_annual_notice_warns_from_month_twelve_and_is_late_after_fourteen(
    on: str, state: State, level: Level | None
) -> None:
    assert state_of(CALENDAR, "annual notice", on) is state
    raised = [one.level for one in check_duties(CALENDAR, d(on), HOUSE_RULES) if one.code == "DIA-050"]
    assert raised == ([level] if level else [])


def test_a_plan_that_never_sent_anything_owes_it_now() -> None:
    new = PlanCalendar("NEW", None, None)
    assert {duty.state for duty in duties(new, ON, HOUSE_RULES)} == {State.OPEN}
    assert "first day anybody can direct" in duties(new, ON, HOUSE_RULES)[0].why


@pytest.mark.parametrize(("on", "state"), [("2027-01-15", State.OPEN), ("2027-01-16", State.LATE)])
def test_dia_052_the_quarterly_statement_is_late_after_three_months(on: str, state: State) -> None:
    assert state_of(CALENDAR, "quarterly statement", on) is state
    late = [one for one in check_duties(CALENDAR, d(on), HOUSE_RULES) if one.code == "DIA-052"]
    assert bool(late) is (state is State.LATE)


@pytest.mark.parametrize(
    ("as_of", "on", "state"),
    [
        ("2026-09-30", "2026-11-20", State.AHEAD),
        ("2026-09-30", "2027-01-01", State.OPEN),
        ("2026-09-30", "2027-01-30", State.OPEN),
        ("2026-09-30", "2027-01-31", State.LATE),
        ("2026-06-30", "2026-10-30", State.OPEN),
        ("2026-06-30", "2026-10-31", State.LATE),
        ("2026-08-31", "2026-10-30", State.OPEN),
    ],
)
def test_dia_042_the_web_page_is_late_a_month_after_the_quarter(as_of: str, on: str, state: State) -> None:
    calendar = replace(CALENDAR, web_as_of=(("ACME/GROW/A", d(as_of)),))
    assert state_of(calendar, "web refresh", on) is state
    found = [one for one in check_duties(calendar, d(on), HOUSE_RULES) if one.code == "DIA-042"]
    assert bool(found) is (state is State.LATE)


@pytest.mark.parametrize(
    ("sent", "wrong"),
    [
        ("2026-10-05", True),
        ("2026-10-06", False),
        ("2026-11-20", False),
        ("2026-12-05", False),
        ("2026-12-06", True),
    ],
)
def test_dia_051_a_change_is_announced_thirty_to_ninety_days_ahead(sent: str, wrong: bool) -> None:
    change = Change(ChangeKind.OPTION_ADDED, "ACME/NEW/A", d("2027-01-04"), d(sent))
    assert bool(check_change_notices("ACME", [change], ON, HOUSE_RULES)) is wrong
    because = replace(change, unforeseeable="the fund closed overnight")
    assert check_change_notices("ACME", [because], ON, HOUSE_RULES) == ()


def test_dia_051_a_mapping_has_the_narrower_window_and_silence_is_late() -> None:
    mapped = Change(ChangeKind.OPTION_MAPPED, "OLDFUND", d("2027-01-04"), d("2026-10-20"))
    (found,) = check_change_notices("ACME", [mapped], ON, HOUSE_RULES)
    assert "sent 2026-10-20, the window is 2026-11-05 to 2026-12-05" in found.message
    unsent = replace(mapped, sent=None)
    assert check_change_notices("ACME", [unsent], d("2026-12-05"), HOUSE_RULES) == ()
    assert "not sent" in check_change_notices("ACME", [unsent], d("2026-12-06"), HOUSE_RULES)[0].message


def test_every_kind_of_change_either_has_a_notice_or_a_reason_for_none() -> None:
    assert NOTIFIED_AHEAD | NO_NOTICE_WHY.keys() == set(ChangeKind)
    assert not NOTIFIED_AHEAD & NO_NOTICE_WHY.keys()


@pytest.mark.parametrize("kind", sorted(NO_NOTICE_WHY, key=lambda kind: kind.name))
def test_a_change_inside_a_model_is_listed_with_why_nobody_is_told(kind: ChangeKind) -> None:
    calendar = replace(CALENDAR, changes=(Change(kind, "ACME/GROW/A", d("2026-12-01")),))
    (listed,) = [duty for duty in duties(calendar, ON, HOUSE_RULES) if duty.state is State.NOT_NEEDED]
    assert kind.value in listed.why
    assert "December 1, 2026" in listed.why
    assert check_change_notices("ACME", calendar.changes, d("2027-06-01"), HOUSE_RULES) == ()


def test_a_change_on_the_calendar_moves_from_ahead_to_done() -> None:
    change = Change(ChangeKind.MANAGER_REPLACED, "ACME/GROW/A", d("2027-01-04"))
    calendar = replace(CALENDAR, changes=(change,))
    window = timing.change_window(change.effective, HOUSE_RULES)
    for on, state in (
        (window.opens - timedelta(days=1), State.AHEAD),
        (window.opens, State.OPEN),
        (window.closes, State.OPEN),
        (window.closes + timedelta(days=1), State.LATE),
    ):
        assert state_of(calendar, "change notice", str(on)) is state
    told = replace(calendar, changes=(replace(change, sent=window.opens),))
    assert state_of(told, "change notice", "2027-02-01") is State.DONE


def test_duties_come_in_the_order_they_are_due() -> None:
    change = Change(ChangeKind.FUND_SWAP, "ACME/GROW/A", d("2026-12-01"))
    listed = duties(replace(CALENDAR, changes=(change,)), ON, HOUSE_RULES)
    dues = [duty.due for duty in listed if duty.due]
    assert dues == sorted(dues)
    assert listed[-1].state is State.NOT_NEEDED


def test_a_paper_that_was_sent_too_late_stays_found_after_it_was_sent() -> None:
    late = replace(CALENDAR, annual_before=d("2024-09-19"), quarterly_before=d("2026-07-14"))
    found = check_duties(late, d("2026-10-20"), HOUSE_RULES)
    assert [(one.code, one.level) for one in found] == [("DIA-050", Level.BLOCK), ("DIA-052", Level.BLOCK)]
    assert "it was sent 2025-11-20, due by 2025-11-19 after the one of 2024-09-19" in found[0].message
    assert "it was sent 2026-10-15, due by 2026-10-14 after the one of 2026-07-14" in found[1].message
    in_time = replace(CALENDAR, annual_before=d("2024-09-20"), quarterly_before=d("2026-07-15"))
    assert check_duties(in_time, d("2026-10-20"), HOUSE_RULES) == ()
