"""Quantiles in two passes, tails and cohorts against numpy on the whole column."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelx.evaluator.cohorts import NOT_KNOWN, banded, cohorts_of, texts
from modelx.evaluator.distribution import (
    QUANTILES,
    cell_numbers,
    histogram,
    quantile,
    quantile_in_cell,
    top_share,
)
from modelx.evaluator.errors import BadSetting


def column(seed: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    source = np.random.default_rng(seed)
    values = np.exp(source.normal(1, 3, count)) * (source.random(count) > 0.1)
    return values, source.integers(1, 50, count).astype(float)


@given(st.integers(0, 10_000), st.integers(1, 400))
@settings(max_examples=60, deadline=None)
def test_two_passes_find_the_same_quantile_as_numpy_on_the_whole(seed, count):
    values, weight = column(seed, count)
    parts = np.array_split(np.arange(count), min(count, 4))
    counted = histogram(values[None, parts[0]], weight[parts[0]])
    for part in parts[1:]:
        counted = counted.plus(histogram(values[None, part], weight[part]))
    for share in QUANTILES:
        cell = counted.cell_of(share)
        inside = cell_numbers(values) == cell[0]
        picked = quantile_in_cell(
            values[inside], weight[inside], float(counted.below(cell)[0]), share * float(counted.weight.sum())
        )
        expected = np.quantile(values, share, weights=weight, method="inverted_cdf")
        assert picked == expected
        assert quantile(values, weight, share) == expected
        assert counted.approximate(share)[0] == pytest.approx(expected, rel=0.0036, abs=1e-6)


def test_the_median_of_ten_is_somebodys_loss():
    assert quantile(np.arange(1.0, 11.0), np.ones(10), 0.5) == 5.0


def test_a_quantile_outside_zero_and_one_is_refused():
    with pytest.raises(BadSetting):
        quantile(np.ones(3), np.ones(3), 1.5)


def test_the_worst_percent_is_at_least_one_participant():
    assert top_share(np.array([1.0, 2.0, 7.0]), np.ones(3)) == pytest.approx(0.7)
    assert top_share(np.arange(1.0, 201.0), np.ones(200)) == pytest.approx(399 / 20100)
    assert top_share(np.zeros(3), np.ones(3)) == 0.0


def test_bands_begin_at_their_lower_edge_and_missing_is_named():
    labelled = banded(np.array([29.9, 30.0, 60.0, np.nan]), ((30.0, 60.0), ("young", "middle", "old")))
    assert [labelled.labels[code] for code in labelled.codes] == ["young", "middle", "old", NOT_KNOWN]


def test_cohorts_of_two_blocks_add_to_those_of_the_whole():
    source = np.random.default_rng(0)
    total, weight = source.exponential(20, (2, 300)), np.ones(300)
    state = np.array(["TX", "CA", ""], dtype=object)[source.integers(0, 3, 300)]
    state[200:] = "NY"

    def block(rows):
        return SimpleNamespace(
            total=total[:, rows],
            weight=weight[rows],
            balance=weight[rows] * 1000,
            stack=SimpleNamespace(equity_loss=total[:, rows] / 2),
        )

    def table(rows):
        return cohorts_of(block(rows), {"state": texts(state[rows])})["state"]

    whole, halves = table(np.arange(300)), table(np.arange(200)).plus(table(np.arange(200, 300)))
    for place, label in enumerate(halves.labels):
        other = whole.labels.index(label)
        rows = state == ("" if label == NOT_KNOWN else label)
        assert halves.count[place] == whole.count[other] == rows.sum()
        assert halves.mean_total()[:, place] == pytest.approx(total[:, rows].mean(axis=1))
        assert halves.median_total()[:, place] == pytest.approx(
            np.quantile(total[:, rows], 0.5, axis=1, method="inverted_cdf"), rel=0.0036
        )
