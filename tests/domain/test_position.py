import numpy as np
import pytest

from modelx.domain.errors import InvalidInput
from modelx.domain.position import Positions, Prices, SecurityTerms, price_of, with_lines, without_empty_lines
from tests.domain.fee_book import money

HELD = Positions(np.array([0, 0, 2]), np.array([3, 7, 3]), money("1", "2", "3"), money("10", "20", "30"))


def lines(positions: Positions) -> list[tuple[int, ...]]:
    columns = (positions.sleeve, positions.security_id, positions.shares, positions.cost)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def test_new_lines_come_in_order_and_old_ones_stay() -> None:
    grown = with_lines(HELD, np.array([2, 0, 1, 0, 2]), np.array([9, 3, 5, 5, 9]))
    assert lines(grown) == [
        (0, 3, 1_000_000, 10_000_000),
        (0, 5, 0, 0),
        (0, 7, 2_000_000, 20_000_000),
        (1, 5, 0, 0),
        (2, 3, 3_000_000, 30_000_000),
        (2, 9, 0, 0),
    ]
    assert lines(without_empty_lines(grown)) == lines(HELD)


def test_nothing_new_leaves_the_positions_as_they_are() -> None:
    assert with_lines(HELD, np.array([0]), np.array([7])) is HELD
    assert without_empty_lines(HELD) is HELD


def test_a_line_with_cost_but_no_shares_is_kept() -> None:
    odd = Positions(np.array([0]), np.array([1]), money("0"), money("0.01"))
    assert without_empty_lines(odd) is odd


def test_prices_are_found_by_security_in_any_order() -> None:
    prices = Prices(np.array([7, 3]), np.array([700, 300]))
    assert price_of(prices, HELD.security_id).tolist() == [300, 700, 300]
    with pytest.raises(InvalidInput, match="no price of security 8"):
        price_of(prices, np.array([3, 8]))


def test_the_smallest_part_of_a_share_follows_its_decimals() -> None:
    terms = SecurityTerms(np.array([1, 2]), np.array([3, 0]), np.array([False, True]))
    assert terms.share_step(np.array([2, 1])).tolist() == [1_000_000, 1_000]
    assert terms.are_whole(np.array([2, 1])).tolist() == [True, False]
