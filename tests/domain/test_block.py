"""Blocks: one order per security, side and day; fills; splits between proposal and execution."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelx.domain.block import blocks_of, fills_for, restate_for_splits
from modelx.domain.book_codes import TradeSide
from modelx.domain.errors import InvalidInput
from modelx.domain.proposal import ProposedTrades
from tests.domain.override_columns import column

BUY, SELL = int(TradeSide.BUY), int(TradeSide.SELL)
SHARE = 10**6


def trades(*rows):
    """Rows of (sleeve, security, side, shares[, amount[, in_shares[, entire]]]), shares and dollars whole."""
    full = [(*row, *(100, True, False)[len(row) - 4 :]) for row in rows]
    sleeve, security, side, shares, amount, in_shares, entire = zip(*full, strict=True)
    zero = column(0 for _ in full)
    return ProposedTrades(
        column(sleeve),
        column(security),
        column(side),
        column(shares) * SHARE,
        column(amount) * SHARE,
        np.array(in_shares),
        np.array(entire),
        zero,
        zero,
    )


def test_a_purchase_and_a_sale_of_one_security_never_net():
    blocks = blocks_of(trades((0, 5, BUY, 30), (1, 5, SELL, 30), (2, 5, BUY, 12), (3, 9, SELL, 1)), 20_000)
    assert list(
        zip(blocks.security_id.tolist(), blocks.side.tolist(), (blocks.shares // SHARE).tolist(), strict=True)
    ) == [
        (5, BUY, 42),
        (5, SELL, 30),
        (9, SELL, 1),
    ]
    assert blocks.requests.block.tolist() == [0, 0, 1, 2]
    assert blocks.requests.sleeve.tolist() == [0, 2, 1, 3]


def test_no_trades_make_no_blocks():
    none = trades((0, 1, BUY, 1))
    empty = ProposedTrades(**{name: getattr(none, name)[:0] for name in none.__dataclass_fields__})
    assert len(blocks_of(empty, 20_000)) == 0


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 30), st.sampled_from([1, 7, 70_000]), st.sampled_from([BUY, SELL]), st.integers(1, 999)
        ),
        min_size=1,
        max_size=60,
        unique_by=lambda row: row[:2],
    )
)
def test_blocks_hold_every_request_once(rows):
    found = blocks_of(trades(*sorted(rows)), 20_000)
    requests = found.requests
    back = zip(
        requests.sleeve.tolist(),
        found.security_id[requests.block].tolist(),
        found.side[requests.block].tolist(),
        (requests.shares // SHARE).tolist(),
        strict=True,
    )
    assert sorted(back) == sorted(rows)
    keys = list(zip(found.security_id.tolist(), found.side.tolist(), strict=True))
    assert keys == sorted(set(keys))
    assert found.shares.sum() == requests.shares.sum()


def test_shares_are_restated_for_a_split_before_execution():
    before = trades((0, 1, SELL, 101), (1, 1, BUY, 7), (2, 2, BUY, 7), (3, 3, SELL, 1))
    one = 10**12
    after = restate_for_splits(
        before, column([1, 3]), column([3 * one, one]), column([2 * one, 5 * one]), column([SHARE] * 2)
    )
    # 101 x 3/2 = 151.5 and 7 x 3/2 = 10.5, floored; 1 x 1/5 is no share and leaves.
    assert (after.shares // SHARE).tolist() == [151, 10, 7]
    assert after.sleeve.tolist() == [0, 1, 2]


def test_fills_are_matched_by_security_and_side():
    blocks = blocks_of(trades((0, 5, BUY, 30), (1, 5, SELL, 30)), 20_000)
    fills = fills_for(blocks, column([5, 5, 5]), column([SELL, BUY, SELL]), column([1, 2, 3]), column([9, 9, 9]))
    assert fills.block.tolist() == [1, 0, 1]


@pytest.mark.parametrize(
    ("security", "side", "shares", "price"), [(6, BUY, 1, 1), (5, SELL, 1, 1), (5, BUY, 0, 1), (5, BUY, 1, 0)]
)
def test_a_fill_that_fits_no_block_is_refused(security, side, shares, price):
    blocks = blocks_of(trades((0, 5, BUY, 30)), 20_000)
    with pytest.raises(InvalidInput):
        fills_for(blocks, column([security]), column([side]), column([shares]), column([price]))
