"""Independent answers. Where conventions agree the digits must; where they differ the difference is named here.

- ``empyrical.annual_return`` annualizes by counted periods: 252 days, 12 months, 1 year. From yearly or monthly returns
  over whole years that is our n exactly; from daily returns it is not (2,609 weekdays of ten years are 10.35 "years").
- ``ffn.calc_cagr`` divides the days by 365.25, so ten calendar years are 10.0014 and the result is a hair low; over one
  common year it is 0.9993 years, which would also fail the one-year gate (C5).
"""

from datetime import date

import empyrical
import ffn
import numpy as np
import pandas as pd
import pytest

from modelx.disclosure.performance import ValueSeries, calendar_years, growth_of, performance
from modelx.domain.days import date_of, day_of

AS_OF, INCEPTION = date(2025, 12, 31), date(2015, 12, 31)


@pytest.fixture(scope="module")
def daily() -> ValueSeries:
    days = np.arange(day_of(INCEPTION), day_of(AS_OF) + 1)
    days = days[(days + 3) % 7 < 5]
    steps = np.random.default_rng(404).normal(0.0003, 0.008, days.size).cumsum()
    return ValueSeries(days, np.rint(10e6 * np.exp(steps - steps[0])).astype(np.int64))


@pytest.fixture(scope="module")
def prices(daily: ValueSeries) -> pd.Series:
    return pd.Series(daily.values / 1e6, index=pd.DatetimeIndex([date_of(int(day)) for day in daily.days]))


def window(prices: pd.Series, years: int) -> pd.Series:
    return prices[prices.index >= pd.Timestamp(AS_OF.year - years, 12, 1)].resample("ME").last()


@pytest.mark.parametrize(("years", "place"), [(1, 0), (5, 1), (10, 2)])
def test_returns_agree_with_empyrical_from_monthly_returns(
    daily: ValueSeries, prices: pd.Series, years: int, place: int
) -> None:
    own = performance(daily, INCEPTION, AS_OF).columns[place]
    monthly = window(prices, years).pct_change().dropna()
    assert len(monthly) == 12 * years
    assert own is not None
    assert round(empyrical.annual_return(monthly, period="monthly") * 100, 2) == own.return_bps / 100
    assert round(empyrical.cum_returns_final(monthly) * 10_000 + 10_000, 2) == (
        growth_of(10_000, daily, own.start, (AS_OF,))[0] / 100
    )


def test_calendar_years_agree_with_ffn_and_empyrical(daily: ValueSeries, prices: pd.Series) -> None:
    yearly = prices.resample("YE").last().pct_change().dropna()
    aggregated = empyrical.aggregate_returns(prices.pct_change().dropna(), "yearly")
    for own in calendar_years(daily, INCEPTION, AS_OF):
        of_year = prices[(prices.index >= pd.Timestamp(own.start)) & (prices.index <= pd.Timestamp(own.end))]
        assert round(float(yearly[yearly.index.year == int(own.label)].iloc[0]) * 100, 2) == own.return_bps / 100
        assert round(ffn.calc_total_return(of_year) * 100, 2) == own.return_bps / 100
        assert round(float(aggregated.loc[int(own.label)]) * 100, 2) == own.return_bps / 100


def test_ffn_divides_by_365_and_a_quarter_days_and_says_a_hair_less(daily: ValueSeries, prices: pd.Series) -> None:
    own = performance(daily, INCEPTION, AS_OF).ten
    assert own is not None
    theirs = ffn.calc_cagr(prices)
    years = (AS_OF - INCEPTION).days / 365.25
    assert years == pytest.approx(10.00137, abs=1e-5)
    ours_their_way = (own.end_value / own.start_value) ** (1 / years) - 1
    assert theirs == pytest.approx(ours_their_way, rel=1e-9)
    assert abs(theirs) < abs((own.end_value / own.start_value) ** 0.1 - 1)


def test_empyrical_counts_252_days_a_year_from_daily_returns(daily: ValueSeries, prices: pd.Series) -> None:
    own = performance(daily, INCEPTION, AS_OF).ten
    assert own is not None
    returns = prices.pct_change().dropna()
    theirs = empyrical.annual_return(returns)
    assert theirs == pytest.approx((own.end_value / own.start_value) ** (252 / len(returns)) - 1, rel=1e-9)
    assert round(theirs * 100, 2) != own.return_bps / 100
