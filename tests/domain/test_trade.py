from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelx.domain.book_codes import TradeSide
from modelx.domain.errors import InvalidInput
from modelx.domain.position import Positions
from modelx.domain.trade import Trades, book_trades, find_oversold
from tests.domain.fee_book import money

BUY, SELL = TradeSide.BUY, TradeSide.SELL
VFA, VBX, EQX, VCX = 1, 2, 3, 4


def trades(*rows: tuple[int, int, TradeSide, str, str]) -> Trades:
    return Trades(
        sleeve=np.array([row[0] for row in rows], np.int64),
        security_id=np.array([row[1] for row in rows], np.int64),
        side=np.array([row[2] for row in rows], np.int64),
        shares=money(*(row[3] for row in rows)),
        amount=money(*(row[4] for row in rows)),
    )


def held(*lines: tuple[int, int, str, str]) -> Positions:
    return Positions(
        np.array([line[0] for line in lines], np.int64),
        np.array([line[1] for line in lines], np.int64),
        money(*(line[2] for line in lines)),
        money(*(line[3] for line in lines)),
    )


def lines(positions: Positions) -> dict[tuple[int, int], tuple[str, str]]:
    def text(millionths: int) -> str:
        return f"{Decimal(millionths).scaleb(-6).normalize():f}"

    columns = (positions.sleeve, positions.security_id, positions.shares, positions.cost)
    return {
        (sleeve, security): (text(shares), text(cost))
        for sleeve, security, shares, cost in zip(*(column.tolist() for column in columns), strict=True)
    }


def test_first_buys_open_positions_in_order_g1() -> None:
    bought = trades(
        (0, VFA, BUY, "3028.835", "125000.00"), (0, VBX, BUY, "5086.470", "50000.00"), (0, EQX, BUY, "1027", "70046.54")
    )
    after, effects = book_trades(held(), bought)
    assert lines(after) == {
        (0, VFA): ("3028.835", "125000"),
        (0, VBX): ("5086.47", "50000"),
        (0, EQX): ("1027", "70046.54"),
    }
    assert effects.booked.all()
    assert effects.cost.tolist() == bought.amount.tolist()
    assert effects.gain.tolist() == [0, 0, 0]


def test_a_fund_is_replaced_by_another_the_same_night_g1() -> None:
    before = held((0, VFA, "3263.077", "134649.22"), (0, VBX, "5086.470", "50000.00"))
    swap = trades((0, VBX, SELL, "5086.470", "50050.86"), (0, VCX, BUY, "4013.702", "50050.86"))
    after, effects = book_trades(before, swap)
    assert lines(after) == {(0, VFA): ("3263.077", "134649.22"), (0, VCX): ("4013.702", "50050.86")}
    assert effects.gain.tolist() == money("50.86", "0").tolist()
    assert effects.cost.tolist() == money("50000.00", "50050.86").tolist()


def test_buys_come_before_sells_whatever_their_order_in_the_file() -> None:
    day = trades((0, VFA, SELL, "15", "200.00"), (0, VFA, BUY, "10", "130.00"))
    after, effects = book_trades(held((0, VFA, "10", "100.00")), day)
    assert effects.cost.tolist() == money("172.50", "130.00").tolist()
    assert lines(after) == {(0, VFA): ("5", "57.5")}


def test_sells_take_average_cost_in_sequence_and_the_last_takes_what_is_left() -> None:
    before = held((0, VFA, "3", "100.00"))
    day = trades(*((0, VFA, SELL, "1", "40.00") for _ in range(3)))
    after, effects = book_trades(before, day)
    assert effects.cost.tolist() == money("33.33", "33.34", "33.33").tolist()
    assert effects.gain.tolist() == money("6.67", "6.66", "6.67").tolist()
    assert lines(after) == {}


def test_the_cost_of_half_a_cent_goes_up() -> None:
    _, effects = book_trades(held((0, VFA, "2", "0.01")), trades((0, VFA, SELL, "1", "1.00")))
    assert effects.cost.tolist() == money("0.01").tolist()


def test_trades_that_oversell_are_refused_together_and_no_one_elses() -> None:
    before = held((0, VFA, "10", "100.00"), (1, VFA, "10", "100.00"))
    day = trades(
        (0, VFA, BUY, "1", "10.00"),
        (0, VFA, SELL, "11.001", "110.00"),
        (0, VBX, BUY, "1", "9.83"),
        (1, VFA, SELL, "10", "101.00"),
        (2, EQX, SELL, "1", "70.00"),
    )
    after, effects = book_trades(before, day)
    refused = find_oversold(before, day)
    assert effects.booked.tolist() == [False, False, True, True, False]
    assert effects.cost.tolist() == money("0", "0", "9.83", "100", "0").tolist()
    assert lines(after) == {(0, VFA): ("10", "100"), (0, VBX): ("1", "9.83")}
    assert list(zip(refused.sleeve.tolist(), refused.security_id.tolist(), strict=True)) == [(0, VFA), (2, EQX)]
    assert refused.held.tolist() == money("10", "0").tolist()
    assert refused.bought.tolist() == money("1", "0").tolist()
    assert refused.sold.tolist() == money("11.001", "1").tolist()


def test_selling_exactly_what_is_held_after_the_buys_is_not_overselling() -> None:
    day = trades((0, VFA, BUY, "1", "10.00"), (0, VFA, SELL, "11", "110.00"))
    assert len(find_oversold(held((0, VFA, "10", "100.00")), day)) == 0


def test_a_cancelled_trade_does_nothing() -> None:
    before = held((0, VFA, "10", "100.00"))
    after, effects = book_trades(before, trades((0, VFA, SELL, "0", "0"), (0, VBX, BUY, "0", "0")))
    assert lines(after) == lines(before)
    assert effects.booked.tolist() == [False, False]


def test_a_night_without_trades_changes_nothing() -> None:
    before = held((0, VFA, "10", "100.00"))
    after, effects = book_trades(before, trades())
    assert lines(after) == lines(before)
    assert effects.booked.size == 0


def test_amounts_with_parts_of_a_cent_are_refused() -> None:
    with pytest.raises(InvalidInput, match="whole cents"):
        book_trades(held(), trades((0, VFA, BUY, "1", "10.001")))


quantities = st.integers(1, 20).map(lambda n: str(Decimal(n).scaleb(-1)))
one_trade = st.tuples(
    st.integers(0, 1), st.integers(1, 2), st.sampled_from([BUY, SELL]), quantities, st.integers(1, 99).map(str)
)
start = st.tuples(st.integers(0, 30).map(lambda n: str(Decimal(n).scaleb(-1))), st.integers(0, 10**6))


@given(st.lists(start, min_size=4, max_size=4), st.lists(one_trade, max_size=12))
def test_booking_equals_a_ledger_kept_trade_by_trade(
    starts: list[tuple[str, int]], day: list[tuple[int, int, TradeSide, str, str]]
) -> None:
    places = [(sleeve, security) for sleeve in (0, 1) for security in (1, 2)]
    book = {
        place: [Decimal(shares), Decimal(cents).scaleb(-2) if Decimal(shares) else Decimal(0)]
        for place, (shares, cents) in zip(places, starts, strict=True)
    }
    before = held(*((*place, str(shares), str(cost)) for place, (shares, cost) in book.items()))
    costs = {}
    for place in places:
        own = [(at, row) for at, row in enumerate(day) if row[:2] == place]
        if book[place][0] + sum(Decimal(row[3]) * (1 if row[2] is BUY else -1) for _, row in own) < 0:
            continue
        for at, row in sorted(own, key=lambda item: item[1][2] is SELL):
            shares, amount = Decimal(row[3]), Decimal(row[4])
            if row[2] is BUY:
                book[place] = [book[place][0] + shares, book[place][1] + amount]
                costs[at] = amount
            else:
                relief = (book[place][1] * shares / book[place][0]).quantize(Decimal("0.01"), ROUND_HALF_UP)
                costs[at] = book[place][1] if shares == book[place][0] else relief
                book[place] = [book[place][0] - shares, book[place][1] - costs[at]]
    after, effects = book_trades(before, trades(*day))
    assert effects.booked.tolist() == [at in costs for at in range(len(day))]
    assert effects.cost.tolist() == [int(costs.get(at, Decimal(0)).scaleb(6)) for at in range(len(day))]
    expected = {
        place: (f"{shares.normalize():f}", f"{cost.normalize():f}") for place, (shares, cost) in book.items() if shares
    }
    assert lines(after) == expected
