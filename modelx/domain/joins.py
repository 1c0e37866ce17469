"""Joining columns by key: the only lookups the nightly rules need, all sleeves or positions at once.

Keys are int64. Nothing here loops over rows.
"""

from __future__ import annotations

import numpy as np

from modelx.domain.money import Column

_TABLE_LIMIT = 1 << 21  # security and payee ids have 20 bits: a table of every possible id beats a search


def find_rows(keys: Column, wanted: Column) -> Column:
    """Return for each wanted key its row in ``keys``, or -1 where it is absent.

    ``keys`` are unique and in any order.
    """
    if keys.size == 0:
        return np.full(wanted.size, -1, np.int64)
    if int(keys.min()) >= 0 and int(keys.max()) < _TABLE_LIMIT:
        table = np.full(int(keys.max()) + 1, -1, np.int64)
        table[keys] = np.arange(keys.size)
        known = (wanted >= 0) & (wanted < table.size)
        return np.where(known, table[np.where(known, wanted, 0)], -1)
    order = np.arange(keys.size) if bool((keys[1:] > keys[:-1]).all()) else np.argsort(keys)
    at = np.minimum(np.searchsorted(keys, wanted, sorter=order), keys.size - 1)
    return np.where(keys[order[at]] == wanted, order[at], -1)


def pair_rows(left: Column, right: Column) -> tuple[Column, Column]:
    """Return the rows (of left, of right) of every pair with equal keys; repeated keys pair with each other.

    Pairs come in the order of the left rows; those of one left row in the order of the right rows.
    """
    order = np.argsort(right, kind="stable")
    ordered = right[order]
    first = np.searchsorted(ordered, left, side="left")
    count = np.searchsorted(ordered, left, side="right") - first
    left_rows = np.repeat(np.arange(left.size), count)
    step = np.arange(left_rows.size) - np.repeat(np.cumsum(count) - count, count)
    return left_rows, order[np.repeat(first, count) + step]


def rank_in_group(group: Column) -> Column:
    """Return the rank 0, 1, 2... of each row among the rows of its group, in the order given."""
    order = np.argsort(group, kind="stable")
    ordered = group[order]
    starts = np.flatnonzero(is_first(ordered))
    size = np.diff(np.append(starts, group.size))
    rank = np.empty(group.size, np.int64)
    rank[order] = np.arange(group.size) - np.repeat(starts, size)
    return rank


def is_first(ordered: Column) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Return True where a sorted column begins a new value."""
    first = np.ones(ordered.size, np.bool_)
    first[1:] = ordered[1:] != ordered[:-1]
    return first


def is_last(ordered: Column) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Return True where a sorted column ends a value."""
    last = np.ones(ordered.size, np.bool_)
    last[:-1] = ordered[1:] != ordered[:-1]
    return last
