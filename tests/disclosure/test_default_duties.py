from dataclasses import replace

import pytest

from modelx.disclosure.default_duties import DefaultCalendar, check_default_duties, default_duties
from modelx.disclosure.duties import Duty, State
from modelx.disclosure.rulebook import HOUSE_RULES
from tests.disclosure.worked import d

YEARS = (d("2026-01-01"), d("2027-01-01"))
CALENDAR = DefaultCalendar("ACME", "ACME/TD2050", YEARS, (), d("2024-05-01"))


def yearly(calendar: DefaultCalendar, on: str) -> Duty:
    """The duty of plan year 2027."""
    return next(one for one in default_duties(calendar, d(on), HOUSE_RULES) if one.due == d("2026-12-02"))


@pytest.mark.parametrize(
    ("on", "sent", "state"),
    [
        ("2026-09-01", "", State.AHEAD),
        ("2026-10-03", "", State.OPEN),
        ("2026-12-02", "", State.OPEN),
        ("2026-12-03", "", State.LATE),
        ("2026-12-03", "2026-11-20", State.DONE),
        ("2026-12-03", "2026-12-02", State.DONE),
        ("2026-12-03", "2025-12-02", State.LATE),  # that one was for the year before
        ("2026-12-03", "2025-12-03", State.DONE),
        ("2026-12-24", "2026-12-20", State.DONE),  # late, and said so
    ],
)
def test_t12_the_notice_goes_out_thirty_days_before_the_plan_year(on: str, sent: str, state: State) -> None:
    calendar = replace(CALENDAR, sent=(d(sent),) if sent else ())
    duty = yearly(calendar, on)
    assert (duty.state, duty.opens) == (state, d("2026-10-03"))
    assert duty.why.endswith(", late") is (sent == "2026-12-20")


def test_a_year_whose_notice_was_never_sent_stays_late_while_the_next_lies_ahead() -> None:
    calendar = replace(CALENDAR, plan_years=(d("2027-01-01"), d("2028-01-01")), sent=(d("2024-03-28"),))
    states = {one.due: one.state for one in default_duties(calendar, d("2027-01-05"), HOUSE_RULES)}
    assert states == {d("2026-12-02"): State.LATE, d("2027-12-02"): State.AHEAD}
    (late,) = check_default_duties(calendar, d("2027-01-05"), HOUSE_RULES)
    assert late.code == "QDIA-10"
    assert "ACME/TD2050: default option, notice dates: at least 30 days before the plan year of January 1, 2027" in (
        late.message
    )


def test_t12_the_first_notice_precedes_the_first_default_investment() -> None:
    calendar = replace(CALENDAR, first_investment=d("2027-02-15"))
    (duty,) = (one for one in default_duties(calendar, d("2027-01-05"), HOUSE_RULES) if "first default" in one.why)
    assert (duty.due, duty.state, duty.to) == (d("2027-01-16"), State.OPEN, "everybody who is or may be defaulted")
    permitted = replace(calendar, withdrawal_permitted=True)
    duty = default_duties(permitted, d("2027-02-15"), HOUSE_RULES)[0]
    assert (duty.due, duty.state) == (d("2027-02-15"), State.OPEN)
    assert [one.due for one in default_duties(calendar, d("2027-01-05"), HOUSE_RULES)] == [d("2027-01-16")]


def test_t12_capital_preservation_ends_after_120_days() -> None:
    calendar = replace(CALENDAR, first_investment=d("2027-02-15"), sent=(d("2027-01-10"),), preservation=True)
    move = default_duties(calendar, d("2027-06-15"), HOUSE_RULES)[-1]
    assert (move.due, move.state) == (d("2027-06-15"), State.OPEN)
    assert check_default_duties(calendar, d("2027-06-15"), HOUSE_RULES) == ()
    (late,) = check_default_duties(calendar, d("2027-06-16"), HOUSE_RULES)
    assert late.code == "QDIA-1"
    assert "it was due by 2027-06-15" in late.message
