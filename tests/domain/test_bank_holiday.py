"""The Federal Reserve's holidays against lists written by hand from its published schedule."""

from datetime import date, timedelta

import pytest
from pandas.tseries.holiday import USFederalHolidayCalendar

from modelx.domain.bank_holiday import bank_holidays

# Weekdays on which the Reserve Banks are closed. 2026: 4 July is a Saturday. 2027: Juneteenth and Christmas are
# Saturdays, 4 July is a Sunday. 2028: New Year's Day and Veterans Day are Saturdays.
CLOSED = {
    2026: "01-01 01-19 02-16 05-25 06-19 09-07 10-12 11-11 11-26 12-25",
    2027: "01-01 01-18 02-15 05-31 07-05 09-06 10-11 11-11 11-25",
    2028: "01-17 02-21 05-29 06-19 07-04 09-04 10-09 11-23 12-25",
}


@pytest.mark.parametrize("year", CLOSED)
def test_the_bank_is_closed_on_the_days_of_its_schedule(year: int) -> None:
    assert sorted(f"{day:%m-%d}" for day in bank_holidays(year)) == CLOSED[year].split()


@pytest.mark.parametrize("friday", [date(2026, 7, 3), date(2027, 12, 31), date(2028, 11, 10), date(2021, 6, 18)])
def test_a_saturday_holiday_is_not_kept_on_friday(friday: date) -> None:
    assert friday not in bank_holidays(friday.year)


@pytest.mark.parametrize(
    "monday", [date(2027, 7, 5), date(2022, 6, 20), date(2022, 12, 26), date(2023, 1, 2), date(2018, 11, 12)]
)
def test_a_sunday_holiday_is_kept_on_monday(monday: date) -> None:
    assert monday in bank_holidays(monday.year)
    assert monday - timedelta(days=1) not in bank_holidays(monday.year)


def test_juneteenth_is_kept_from_2022() -> None:
    assert date(2020, 6, 19) not in bank_holidays(2020)  # a Friday, before the law
    assert date(2021, 6, 21) not in bank_holidays(2021)
    assert date(2022, 6, 20) in bank_holidays(2022)
    assert date(2023, 6, 19) in bank_holidays(2023)


def test_no_holiday_is_a_weekend() -> None:
    assert all(day.weekday() < 5 for year in range(1986, 2101) for day in bank_holidays(year))


def test_the_bank_keeps_the_government_s_holidays_but_for_fridays_before_a_saturday_holiday() -> None:
    """pandas lists the days on which federal offices close, Fridays in place of Saturdays included."""
    offices = {stamp.date() for stamp in USFederalHolidayCalendar().holidays("1990-01-01", "2040-12-31")}
    fixed = {(1, 1), (6, 19), (7, 4), (11, 11), (12, 25)}
    in_place_of_saturday = {
        on
        for on in offices
        if on.weekday() == 4 and (on.month, on.day) not in fixed and (on + timedelta(days=1)).timetuple()[1:3] in fixed
    }
    ours = {on for year in range(1990, 2041) for on in bank_holidays(year)}
    assert ours == offices - in_place_of_saturday
    assert len(in_place_of_saturday) > 20
