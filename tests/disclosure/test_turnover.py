import numpy as np
import pytest

from modelx.disclosure.figures import dollars, percent, whole_dollars
from modelx.disclosure.illustrations import balance_after, expense_example
from modelx.disclosure.turnover import portfolio_turnover
from modelx.domain.errors import InvalidInput

MONTHS = np.array([9000, 9150, 9300, 9220, 9480, 9610, 9550, 9700, 9860, 9800, 9990, 10120, 10240]) * 10**9
SWEEP = np.full(13, 420 * 10**9)
BOTH = np.stack([MONTHS - SWEEP, SWEEP], axis=1)
BOUGHT, SOLD = np.array([2_520_000, 600_000]) * 10**6, np.array([1_634_500, 580_000]) * 10**6


def test_t8_the_lesser_of_purchases_and_sales_over_thirteen_values() -> None:
    found = portfolio_turnover(BOTH, BOUGHT, SOLD, np.array([False, False]))
    assert dollars(round(found.average_value / 10_000)).text == "$9,616,923.08"
    assert percent(found.percent_bps).text == "23.03%"
    assert found.whole_year


def test_t8_a_sweep_is_left_out_above_and_below() -> None:
    assert percent(portfolio_turnover(BOTH, BOUGHT, SOLD, np.array([False, True])).percent_bps).text == "17.77%"


def test_t8_twelve_values_or_the_purchases_would_be_wrong() -> None:
    twelve = portfolio_turnover(BOTH[1:], BOUGHT, SOLD, np.array([False, False]))
    assert (percent(twelve.percent_bps).number, twelve.whole_year) == ("22.90", False)
    assert round(3_120_000 / 9_616_923.08 * 100, 2) == 32.44


def test_a_part_year_is_not_annualized() -> None:
    found = portfolio_turnover(BOTH[:4], BOUGHT, SOLD, np.array([False, False]))
    assert (found.months, found.whole_year) == (3, False)


def test_turnover_of_nothing_or_of_two_years_is_refused() -> None:
    with pytest.raises(InvalidInput, match="sweeps"):
        portfolio_turnover(BOTH, BOUGHT, SOLD, np.array([True, True]))
    with pytest.raises(InvalidInput, match="1 to 12"):
        portfolio_turnover(np.vstack([BOTH, BOTH]), BOUGHT, SOLD, np.array([False, False]))


@pytest.mark.parametrize(
    ("bps", "expected"),
    [(78, (80, 249, 433, 966)), (75, (77, 240, 417, 930)), (120, (122, 381, 660, 1_455))],
)
def test_t10_the_expense_example(bps: int, expected: tuple[int, int, int, int]) -> None:
    assert expense_example(bps) == expected
    assert whole_dollars(expected[3]).text == f"${expected[3]:,}"


def test_t11_the_long_term_illustration() -> None:
    low, high = balance_after(25_000, 35, 700, 50), balance_after(25_000, 35, 700, 150)
    assert (dollars(low).text, dollars(high).text) == ("$226,556.37", "$162,845.63")
    assert percent(round((1 - high / low) * 10_000)).text == "28.12%"
