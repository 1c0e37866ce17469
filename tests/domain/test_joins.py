import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from modelx.domain.joins import find_rows, is_first, is_last, pair_rows, rank_in_group

small = st.lists(st.integers(0, 6), max_size=12)
any_key = st.integers(-(2**62), 2**62) | st.integers(-3, 12)


def column(values: list[int]) -> np.ndarray:
    return np.array(values, np.int64)


@given(st.lists(any_key, unique=True, max_size=10), st.lists(any_key, max_size=20))
def test_a_key_is_found_in_its_row_or_not_at_all(keys: list[int], extra: list[int]) -> None:
    wanted = [*extra, *keys]
    expected = [keys.index(key) if key in keys else -1 for key in wanted]
    assert find_rows(column(keys), column(wanted)).tolist() == expected


@given(small, small)
def test_every_pair_of_equal_keys_is_found_once_in_order(left: list[int], right: list[int]) -> None:
    found = pair_rows(column(left), column(right))
    pairs = [(i, j) for i, a in enumerate(left) for j, b in enumerate(right) if a == b]
    assert list(zip(found[0].tolist(), found[1].tolist(), strict=True)) == pairs


@given(small)
def test_ranks_count_up_within_each_group_in_the_order_given(group: list[int]) -> None:
    assert rank_in_group(column(group)).tolist() == [group[:at].count(key) for at, key in enumerate(group)]


@given(small)
def test_the_first_and_last_rows_of_each_value_are_marked(values: list[int]) -> None:
    ordered = sorted(values)
    rows = range(len(ordered))
    assert is_first(column(ordered)).tolist() == [at == 0 or ordered[at - 1] != ordered[at] for at in rows]
    assert is_last(column(ordered)).tolist() == [
        at == len(ordered) - 1 or ordered[at + 1] != ordered[at] for at in rows
    ]
