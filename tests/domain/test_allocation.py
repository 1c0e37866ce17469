"""Allocation of fills: V11 to the printed digit, partial, several and no fills, cancellations, departures."""

from __future__ import annotations

import json
from decimal import Decimal
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelx.domain.allocation import (
    ERROR_ACCOUNT,
    Departure,
    allocate_fills,
    depart,
    execute_in_full,
    paper_price,
)
from modelx.domain.block import Fills, blocks_of
from modelx.domain.errors import InvalidInput, NotPermitted
from modelx.domain.proposal import ProposedTrades
from tests.domain.override_columns import column
from tests.domain.test_block import BUY, SELL, SHARE, trades

V11 = json.loads((Path(__file__).parents[2] / "fixtures/vectors/unitization.json").read_text())["V11_block"]
WHOLE, MILLI = column([SHARE]), column([1_000])


def fills(*rows):
    """Rows of (block, shares, price) in decimals."""
    block, shares, price = zip(*rows, strict=True) if rows else ((), (), ())
    return Fills(
        column(block),
        column(int(Decimal(n) * SHARE) for n in shares),
        column(int(Decimal(p) * 10**8) for p in price),
    )


def got(allocation, block=0):
    rows = np.flatnonzero(allocation.block == block).tolist()
    return {
        int(allocation.sleeve[row]): (
            f"{Decimal(int(allocation.shares[row])) / SHARE}",
            f"{Decimal(int(allocation.amount[row])) / SHARE:.2f}",
        )
        for row in rows
    }


def v11():
    rows = [(s, 5, BUY, int(n)) for s, n in enumerate(V11["requested"].values())]
    return blocks_of(trades(*rows), 20_000), fills(*((0, n, p) for n, p in V11["fills"]))


def test_v11_to_the_printed_digit():
    found = allocate_fills(*v11(), WHOLE)
    expected = zip(V11["shares"].values(), V11["cash"].values(), strict=True)
    assert got(found) == dict(enumerate(expected))
    assert found.filled.tolist() == [int(V11["filled"]) * SHARE]
    assert found.cash.tolist() == [int(Decimal(V11["total_cash"]) * SHARE)]
    assert found.average_price.tolist() == [int(Decimal(V11["avg_px_6dp"]) * 10**8)]


def test_v11_in_every_order_of_plans_and_of_fills():
    blocks, filled = v11()
    expected = got(allocate_fills(blocks, filled, WHOLE))
    rows = [(s, 5, BUY, int(n)) for s, n in enumerate(V11["requested"].values())]
    for order in permutations(rows):
        assert got(allocate_fills(blocks_of(trades(*order), 20_000), filled, WHOLE)) == expected
    for order in permutations(range(3)):
        turned = Fills(filled.block, filled.shares[list(order)], filled.price[list(order)])
        assert got(allocate_fills(blocks, turned, WHOLE)) == expected


def test_ties_go_to_the_larger_request_then_to_the_lower_sleeve():
    asked = [(0, 5, BUY, 10), (1, 5, BUY, 10), (2, 5, BUY, 30), (3, 5, BUY, 30)]
    for order in permutations(asked):
        found = allocate_fills(blocks_of(trades(*order), 1), fills((0, "4", "1")), WHOLE)
        # Quotas 0.5, 0.5, 1.5, 1.5: the two larger requests take the two shares that are left.
        assert {s: n for s, (n, _) in got(found).items()} == {0: "0", 1: "0", 2: "2", 3: "2"}
    for order in permutations(asked[:2]):
        found = allocate_fills(blocks_of(trades(*order), 1), fills((0, "1", "1")), WHOLE)
        assert {s: n for s, (n, _) in got(found).items()} == {0: "1", 1: "0"}


def test_a_full_fill_gives_everyone_the_request():
    found = allocate_fills(blocks_of(trades((0, 5, SELL, 7), (1, 5, SELL, 11)), 1), fills((0, "18", "3.337")), WHOLE)
    # 18 x 3.337 = 60.066, 60.07 to the cent; 7/18 of it is 23.3606, 11/18 is 36.7094: the odd cent goes to sleeve 1.
    assert got(found) == {0: ("7", "23.36"), 1: ("11", "36.71")}


def test_no_fill_allocates_nothing():
    found = allocate_fills(
        blocks_of(trades((0, 5, BUY, 7), (1, 6, BUY, 1)), 1), fills((1, "1", "2")), column([SHARE] * 2)
    )
    assert got(found, 0) == {0: ("0", "0.00")}
    assert got(found, 1) == {1: ("1", "2.00")}
    assert found.average_price.tolist() == [0, 2 * 10**8]


def test_dollars_requested_are_what_a_full_fill_costs():
    rows = [(0, 5, BUY, 1, 1000, False), (1, 5, BUY, 1, 333, False), (2, 5, BUY, 1, 1, False)]
    # 1,334.00 dollars at 41.27 are 32.324 shares of three decimals, worth 1,334.01: the fund confirms 1,334.00.
    blocks = blocks_of(trades(*rows), 1)
    found = allocate_fills(blocks, fills((0, "32.324", "41.2696")), MILLI)
    assert [amount for _, amount in got(found).values()] == ["1000.00", "333.00", "1.00"]
    assert sum(found.shares.tolist()) == 32_324_000


def test_dollars_in_a_partial_fill_go_pro_rata():
    blocks = blocks_of(trades((0, 5, BUY, 1, 300, False), (1, 5, BUY, 1, 100, False)), 1)
    found = allocate_fills(blocks, fills((0, "10", "20")), MILLI)
    assert got(found) == {0: ("7.5", "150.00"), 1: ("2.5", "50.00")}


def test_requests_in_dollars_and_in_shares_meet_in_one_sale():
    blocks = blocks_of(trades((0, 5, SELL, 30, 600, True, True), (1, 5, SELL, 5, 100, False)), 1)
    found = allocate_fills(blocks, fills((0, "35", "20")), MILLI)
    assert got(found) == {0: ("30", "600.00"), 1: ("5", "100.00")}


@pytest.mark.parametrize("more", ["19", "18.5"])
def test_a_fill_beyond_the_order_or_in_parts_of_a_share_is_refused(more):
    blocks = blocks_of(trades((0, 5, SELL, 7), (1, 5, SELL, 11)), 1)
    with pytest.raises(InvalidInput, match=r"beyond|whole number"):
        allocate_fills(blocks, fills((0, more, "1")), WHOLE)


def test_a_fill_of_more_dollars_than_ordered_is_refused():
    blocks = blocks_of(trades((0, 5, BUY, 1, 300, False)), 1)
    with pytest.raises(InvalidInput, match="beyond"):
        allocate_fills(blocks, fills((0, "30.001", "10")), MILLI)


def test_a_cancelled_sleeve_leaves_its_shares_to_those_who_wanted_more():
    blocks = blocks_of(trades((0, 5, BUY, 60), (1, 5, BUY, 30), (2, 5, BUY, 10)), 1)
    partial = fills((0, "50", "2"))
    assert got(allocate_fills(blocks, partial, WHOLE)) == {0: ("30", "60.00"), 1: ("15", "30.00"), 2: ("5", "10.00")}
    found = allocate_fills(blocks, partial, WHOLE, cancelled=np.array([True, False, False]))
    assert got(found) == {ERROR_ACCOUNT: ("10", "20.00"), 0: ("0", "0.00"), 1: ("30", "60.00"), 2: ("10", "20.00")}
    found = allocate_fills(blocks, partial, WHOLE, cancelled=np.array([False, True, False]))
    assert got(found) == {0: ("43", "86.00"), 1: ("0", "0.00"), 2: ("7", "14.00")}


def test_a_cancelled_sleeve_of_a_block_in_dollars():
    blocks = blocks_of(trades((0, 5, BUY, 1, 300, False), (1, 5, BUY, 1, 100, False)), 1)
    found = allocate_fills(blocks, fills((0, "20", "20")), MILLI, cancelled=np.array([False, True]))
    assert got(found) == {ERROR_ACCOUNT: ("5", "100.00"), 0: ("15", "300.00"), 1: ("0", "0.00")}


def departure(shares, reason="odd lot", by="mia", approved="otto"):
    return Departure(0, shares, reason, by, approved)


def test_a_departure_keeps_the_sums_and_shares_out_the_cash_again():
    found = depart(allocate_fills(*v11(), WHOLE), departure({1: 411 * SHARE, 0: 867 * SHARE}))
    assert {s: n for s, (n, _) in got(found).items()} == {0: "867", 1: "411", 2: "55"}
    # 90,914.59 x 867/1333 = 59,131.995; x 411/1333 = 28,031.430; x 55/1333 = 3,751.165.
    assert [amount for _, amount in got(found).values()] == ["59132.00", "28031.43", "3751.16"]
    assert found.amount.sum() == found.cash.sum()


@pytest.mark.parametrize(
    ("bad", "error", "says"),
    [
        (departure({1: 411 * SHARE}), InvalidInput, "sum"),
        (departure({1: 412 * SHARE, 0: 866 * SHARE}), InvalidInput, "requested"),
        (departure({7: 1}), InvalidInput, "no part"),
        (departure({9: 1, 1: 411 * SHARE, 7: 1}), InvalidInput, r"\[7, 9\] have no part"),
        (departure({0: 1 * SHARE, 1: -1}), InvalidInput, "sleeve 1 may get from nothing"),
        (departure({}, reason=" "), InvalidInput, "reason"),
        (departure({}, approved="mia"), NotPermitted, "another person"),
        (departure({}, approved=""), NotPermitted, "another person"),
    ],
)
def test_a_departure_needs_a_reason_an_approver_and_exact_sums(bad, error, says):
    with pytest.raises(error, match=says):
        depart(allocate_fills(*v11(), WHOLE), bad)


def test_the_paper_custodian_fills_dollars_exactly_and_shares_at_the_price():
    rows = [(0, 5, BUY, 1, 1000, False), (1, 5, BUY, 1, 333, False), (0, 6, BUY, 7), (1, 6, BUY, 11)]
    blocks = blocks_of(trades(*rows), 1)
    price = column([41 * 10**8 + 27 * 10**6, 3_337 * 10**5])
    found = execute_in_full(blocks, price, column([1_000, SHARE]), column([0] * 4))
    assert got(found, 0) == {0: ("24.231", "1000.00"), 1: ("8.069", "333.00")}
    assert got(found, 1) == {0: ("7", "23.36"), 1: ("11", "36.71")}


def test_the_paper_custodian_sells_no_more_than_is_held():
    rows = [(0, 5, SELL, 30, 600, True, True), (1, 5, SELL, 5, 100, False), (2, 5, SELL, 5, 100, False)]
    blocks = blocks_of(trades(*rows), 1)
    held = column([31_500_000, 20_000_000, 4_000_000])
    found = execute_in_full(blocks, column([19 * 10**8]), MILLI, held)
    # Sleeve 0 sells all it now holds; 100.00 at 19 are 5.263 shares, and sleeve 2 has but 4.
    assert got(found) == {0: ("31.5", "598.50"), 1: ("5.263", "100.00"), 2: ("4", "76.00")}


def test_slippage_makes_purchases_dearer_and_sales_cheaper():
    price = column([10**10, 10**10])
    assert paper_price(price, column([BUY, SELL]), 10**9).tolist() == [10_010_000_000, 9_990_000_000]
    assert paper_price(price, column([BUY, SELL]), 0).tolist() == price.tolist()


@st.composite
def filled_blocks(draw):
    rows = draw(
        st.lists(
            st.tuples(st.integers(0, 40), st.integers(1, 3), st.just(SELL), st.integers(1, 10**6)),
            min_size=1,
            max_size=40,
            unique_by=lambda row: row[:2],
        )
    )
    asked: dict[int, int] = {}
    for _, security, _, shares in rows:
        asked[security] = asked.get(security, 0) + shares
    executed = []
    for block, security in enumerate(sorted(asked)):
        left = draw(st.integers(0, asked[security]))
        while left:
            part = draw(st.integers(1, left))
            executed.append((block, str(part), f"{draw(st.integers(1, 10**7))}.{draw(st.integers(0, 9999)):04d}"))
            left -= part
            if len(executed) > 12:
                break
    return rows, executed


@settings(max_examples=150, deadline=None)
@given(filled_blocks(), st.randoms())
def test_allocations_sum_exactly_and_do_not_depend_on_order(book, shuffler):
    rows, executed = book
    blocks = blocks_of(trades(*rows), 1)
    step = column([SHARE] * len(blocks))
    found = allocate_fills(blocks, fills(*executed), step)
    for block in range(len(blocks)):
        mine = found.block == block
        assert found.shares[mine].sum() == found.filled[block]
        assert found.amount[mine].sum() == found.cash[block]
        quota = found.requested[mine].astype(object) * int(found.filled[block])
        asked = int(found.requested[mine].sum())
        assert (abs(found.shares[mine].astype(object) * asked - quota) < SHARE * asked).all()
    assert (found.shares <= found.requested).all()
    shuffled, turned = list(rows), list(executed)
    shuffler.shuffle(shuffled)
    shuffler.shuffle(turned)
    again = allocate_fills(blocks_of(trades(*shuffled), 1), fills(*turned), step)
    for block in range(len(blocks)):
        assert got(again, block) == got(found, block)


def test_an_empty_day():
    none = trades((0, 1, BUY, 1))
    empty = ProposedTrades(**{name: getattr(none, name)[:0] for name in none.__dataclass_fields__})
    found = allocate_fills(blocks_of(empty, 1), fills(), column([]))
    assert found.sleeve.size == 0
