"""Section 5 (4): what must hold for every portfolio and covariance, whatever the numbers."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelx.evaluator.bulk_losses import bulk_split
from modelx.evaluator.capital_markets import capital_markets, with_covariance
from modelx.evaluator.decomposition import (
    DetailAversion,
    MatchedRule,
    SplitRules,
    SubMixSource,
    plan_average_mix,
    split_loss,
)
from modelx.evaluator.shipped import default_detail_map, default_markets
from modelx.evaluator.utility import (
    ideal_utility,
    implied_returns,
    loss_bp,
    risk_aversion,
    tracking_error,
    utility,
    variances,
)
from tests.evaluator.paper import PREMIUM, RF, families, ideals

seeds = st.integers(min_value=0, max_value=2**32 - 1)


def portfolios(seed: int, count: int, concentration: float = 0.4) -> np.ndarray:
    return np.random.default_rng(seed).dirichlet(np.full(19, concentration), size=count)


def any_markets(seed: int, classes_of_rank: int = 19):
    source = np.random.default_rng(seed)
    factor = source.normal(0, 0.08, (19, classes_of_rank))
    return with_covariance(default_markets(), factor @ factor.T, "random")


@given(seeds)
@settings(max_examples=50, deadline=None)
def test_the_quadratic_form_is_the_difference_of_utilities(seed):
    markets, ideal, held = any_markets(seed), portfolios(seed, 20), portfolios(seed + 1, 20)
    mu = implied_returns(ideal, markets, RF, PREMIUM)
    aversion = risk_aversion(variances(ideal, markets), PREMIUM)
    difference = 1e4 * (ideal_utility(RF, PREMIUM) - utility(mu, held, aversion, markets))
    loss = loss_bp(ideal, held, markets, PREMIUM)
    assert loss == pytest.approx(difference, rel=1e-9, abs=1e-9)
    by_tracking_error = 1e4 * PREMIUM / 2 * tracking_error(ideal, held, markets) ** 2 / variances(ideal, markets)
    assert loss == pytest.approx(by_tracking_error, rel=1e-12)


@given(seeds, st.floats(min_value=0.1, max_value=10.0))
@settings(max_examples=50, deadline=None)
def test_loss_is_linear_in_the_premium_and_blind_to_the_scale_of_risk(seed, scale):
    markets, ideal, held = any_markets(seed), portfolios(seed, 20), portfolios(seed + 1, 20)
    loss = loss_bp(ideal, held, markets, PREMIUM)
    assert (loss >= 0).all()
    assert loss_bp(ideal, held, markets, PREMIUM * scale) == pytest.approx(loss * scale, rel=1e-12)
    scaled = with_covariance(markets, markets.covariance * scale, "scaled")
    assert loss_bp(ideal, held, scaled, PREMIUM) == pytest.approx(loss, rel=1e-9)


def test_the_ideal_itself_loses_exactly_nothing():
    ideal = portfolios(1, 1000)
    assert (loss_bp(ideal, ideal.copy(), default_markets(), PREMIUM) == 0).all()
    result = bulk_split(ideal[:1], np.zeros(1, dtype=int), ideal[None, :1], default_markets(), PREMIUM, SplitRules())
    assert result.total[0, 0] == result.equity[0, 0] == result.detail[0, 0] == 0


def test_a_loss_vanishes_on_the_null_space_of_a_singular_covariance():
    source = np.random.default_rng(3)
    factor = source.normal(0, 0.1, (19, 5))
    markets = with_covariance(default_markets(), factor @ factor.T, "rank 5")
    null = np.linalg.svd(np.vstack([factor.T, np.ones(19)]))[2][-1]
    ideal = np.full((1, 19), 1 / 19)
    held = ideal + 0.01 * null / np.abs(null).max()
    assert np.abs(held - ideal).max() > 1e-3
    assert loss_bp(ideal, held, markets, PREMIUM)[0] == pytest.approx(0, abs=1e-9)


def test_a_tiny_loss_keeps_its_digits():
    ideal = ideals()[4:5]
    shift = np.zeros(19)
    shift[0], shift[1] = 1e-7, -1e-7
    exact = 1e4 * PREMIUM / 2 * (shift @ default_markets().covariance @ shift) / variances(ideal, default_markets())[0]
    assert exact < 1e-9
    assert loss_bp(ideal, ideal + shift, default_markets(), PREMIUM)[0] == pytest.approx(exact, rel=1e-6)


RULES = [
    SplitRules(),
    SplitRules(detail_aversion=DetailAversion.PARTICIPANT),
    SplitRules(matched=MatchedRule.PRO_RATA),
    SplitRules(matched=MatchedRule.DETAIL_MAP),
    SplitRules(sub_mix=SubMixSource.PLAN_AVERAGE, plan_mix=plan_average_mix(portfolios(9, 50), default_markets())),
]


@pytest.mark.parametrize("rules", RULES, ids=lambda r: f"{r.sub_mix.value}-{r.matched.value}-{r.detail_aversion.value}")
@given(seeds)
@settings(max_examples=15, deadline=None)
def test_parts_add_up_and_bulk_equals_the_definition(rules, seed):
    count, options = 700, 3
    source = np.random.default_rng(seed)
    ideal, held = portfolios(seed, count), portfolios(seed + 1, 4 * options).reshape(4, options, 19)
    bins, age = source.integers(0, 4, count), source.uniform(20, 75, count)
    cap = None if seed % 2 else 100.0
    result = bulk_split(
        ideal, bins, held, default_markets(), PREMIUM, rules, age=age, detail=default_detail_map(), cap_bp=cap
    )
    for option in range(options):
        split = split_loss(
            ideal,
            held[bins, option],
            default_markets(),
            PREMIUM,
            rules,
            age=age,
            detail=default_detail_map(),
            cap_bp=cap,
        )
        assert split.equity + split.detail == pytest.approx(split.total, rel=1e-12)
        assert (split.equity >= 0).all()
        assert (split.detail >= -1e-12).all()
        assert result.total[option] == pytest.approx(split.total, rel=1e-9)
        assert result.equity[option] == pytest.approx(split.equity, rel=1e-7, abs=1e-9)
        assert result.detail[option] == pytest.approx(split.detail, rel=1e-7, abs=1e-9)


def test_the_order_of_classes_does_not_matter():
    markets, codes = default_markets(), default_markets().codes
    order = np.random.default_rng(5).permutation(19)
    shuffled = capital_markets("shuffled", tuple(codes[i] for i in order), markets.covariance[np.ix_(order, order)])
    assert shuffled.sha256 == markets.sha256
    assert (shuffled.covariance == markets.covariance).all()


def test_blocks_laid_end_to_end_are_the_whole():
    ideal = portfolios(11, 5000)
    held = families().transpose(1, 0, 2)
    bins = np.random.default_rng(11).integers(0, 10, 5000)
    arguments = default_markets(), PREMIUM, SplitRules()
    whole = bulk_split(ideal, bins, held, *arguments)
    cuts = [0, 1, 700, 701, 3000, 5000]
    parts = [bulk_split(ideal[a:b], bins[a:b], held, *arguments) for a, b in pairwise(cuts)]
    for name in ("total", "equity", "detail"):
        joined = np.concatenate([getattr(part, name) for part in parts], axis=1)
        assert joined == pytest.approx(getattr(whole, name), rel=1e-12)


def test_threads_change_no_digit():
    ideal = portfolios(12, 20_000)
    held = families().transpose(1, 0, 2)
    bins = np.random.default_rng(12).integers(0, 10, 20_000)
    one, four = (
        bulk_split(ideal, bins, held, default_markets(), PREMIUM, SplitRules(), threads=threads) for threads in (1, 4)
    )
    assert (one.total == four.total).all()
    assert (one.equity == four.equity).all()


def test_a_detail_loss_far_below_the_level_loss_is_still_known_to_a_billionth_of_a_basis_point():
    """A glide path of the same engine: its detail is the ideal's but for age, so the split nearly cancels."""
    source, detail, markets = np.random.default_rng(8), default_detail_map(), default_markets()
    age, level = source.uniform(20, 70, 4_000), source.uniform(0.2, 0.9, 4_000)
    ideal, bins = detail.weights(age, level), np.clip((age - 20) // 5, 0, 9).astype(np.int64)
    middle = np.arange(10) * 5 + 22.5
    held = detail.weights(middle, np.linspace(0.9, 0.4, 10))[:, None]
    bulk = bulk_split(ideal, bins, held, markets, PREMIUM, SplitRules(), age=age, detail=detail)
    exact = split_loss(ideal, held[bins, 0], markets, PREMIUM, SplitRules(), age=age, detail=detail)
    assert (exact.detail < 1e-3 * exact.total + 1e-3).mean() > 0.2
    assert bulk.total[0] == pytest.approx(exact.total, rel=1e-9, abs=1e-12)
    assert bulk.equity[0] == pytest.approx(exact.equity, rel=1e-9, abs=1e-9)
    assert bulk.detail[0] == pytest.approx(exact.detail, rel=1e-9, abs=1e-9)
