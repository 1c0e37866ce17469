"""Style analysis against two independent solvers, and against funds whose mix is known."""

import cvxpy
import numpy as np
import pytest
import quadprog
from hypothesis import given, settings
from hypothesis import strategies as st
from pypfopt import EfficientFrontier

from modelx.evaluator.asset_classes import GROUPS, equity_mask
from modelx.evaluator.errors import BadSetting
from modelx.evaluator.shipped import default_markets
from modelx.evaluator.style import rescaled_to_observed, style_fit
from modelx.evaluator.style_intervals import style_intervals


def months(seed: int, funds: int, noise: float = 0.002, count: int = 60, correlated: bool = True):
    """Factor returns (T, 19), fund returns (N, T) and the funds' true weights."""
    source = np.random.default_rng(seed)
    root = default_markets().root if correlated else 0.15 * np.eye(19)
    factors = source.normal(size=(count, 19)) @ root.T / np.sqrt(12)
    weights = source.dirichlet(np.full(19, 0.3), size=funds)
    return factors, weights @ factors.T + noise * source.normal(size=(funds, count)), weights


def by_quadprog(factors: np.ndarray, returns: np.ndarray) -> np.ndarray:
    x, y = factors - factors.mean(axis=0), returns - returns.mean()
    scale = np.square(x).mean() * len(x)
    constraints = np.vstack([np.ones(19), np.eye(19)]).T
    return quadprog.solve_qp(x.T @ x / scale, y @ x / scale, constraints, np.append(1.0, np.zeros(19)), 1)[0]


def objective(factors, returns, weights):
    x, y = factors - factors.mean(axis=0), returns - returns.mean()
    return np.square(y - x @ weights).mean()


@given(st.integers(0, 2**31))
@settings(max_examples=25, deadline=None)
def test_weights_equal_quadprogs_when_factors_are_well_conditioned(seed):
    factors, returns, _ = months(seed, 8, noise=0.01, correlated=False)
    fit = style_fit(returns, factors)
    assert fit.kkt.max() < 1e-9
    for row in range(8):
        assert fit.weights[row] == pytest.approx(by_quadprog(factors, returns[row]), abs=1e-9)


@given(st.integers(0, 2**31), st.sampled_from([0.0, 1e-4, 0.002, 0.02]))
@settings(max_examples=40, deadline=None)
def test_the_objective_is_never_worse_than_quadprogs(seed, noise):
    factors, returns, _ = months(seed, 8, noise=noise)
    fit = style_fit(returns, factors)
    assert (fit.weights >= 0).all()
    assert fit.weights.sum(axis=1) == pytest.approx(np.ones(8), abs=1e-12)
    scale = np.square(factors).mean()
    for row in range(8):
        theirs = objective(factors, returns[row], np.maximum(by_quadprog(factors, returns[row]), 0))
        assert objective(factors, returns[row], fit.weights[row]) <= theirs + 1e-9 * scale


@pytest.mark.parametrize("seed", range(4))
def test_weights_equal_those_of_pypfopts_tracking_optimiser(seed):
    factors, returns, _ = months(seed, 3, noise=0.01, correlated=False)
    fit = style_fit(returns, factors)
    tight = {"tol_gap_abs": 1e-12, "tol_gap_rel": 1e-12, "tol_feas": 1e-12}
    for row in range(3):
        covariance = np.cov(np.column_stack([factors, returns[row]]), rowvar=False)
        covariance *= 19 / np.trace(covariance[:19, :19])
        frontier = EfficientFrontier(None, covariance[:19, :19], solver="CLARABEL", solver_options=tight)
        frontier.convex_objective(
            lambda w, s, c: cvxpy.quad_form(w, cvxpy.psd_wrap(s)) - 2 * c @ w,
            s=covariance[:19, :19],
            c=covariance[:19, 19],
        )
        theirs = np.array(list(frontier.clean_weights(cutoff=0, rounding=None).values()))
        assert fit.weights[row] == pytest.approx(theirs, abs=1e-9)


def test_a_fund_without_noise_is_found_exactly():
    factors, returns, weights = months(7, 5, noise=0.0, correlated=False)
    fit = style_fit(returns, factors)
    assert fit.weights == pytest.approx(weights, abs=1e-9)
    assert fit.r2 == pytest.approx(np.ones(5))


def test_two_identical_factors_leave_the_objective_exact():
    factors, returns, _ = months(8, 4)
    factors[:, 1] = factors[:, 0]
    fit = style_fit(returns, factors)
    single = style_fit(returns, np.delete(factors, 1, axis=1))
    assert fit.kkt.max() < 1e-9
    assert fit.objective == pytest.approx(single.objective, rel=1e-6)


def test_a_batch_equals_its_funds_one_by_one():
    factors, returns, _ = months(9, 30)
    batch = style_fit(returns, factors)
    for row in range(30):
        assert style_fit(returns[row], factors).weights[0] == pytest.approx(batch.weights[row], abs=1e-9)


def test_returns_in_percent_give_the_same_mix():
    factors, returns, _ = months(10, 5)
    assert style_fit(100 * returns, 100 * factors).weights == pytest.approx(
        style_fit(returns, factors).weights, abs=1e-9
    )


def test_rescaling_meets_the_observed_split_and_keeps_the_mix_within_each_side():
    factors, returns, _ = months(11, 4)
    fit = style_fit(returns, factors)
    found = rescaled_to_observed(fit.weights, np.array([0.2, 0.5, 0.8, 0.95]))
    assert found.weights @ equity_mask() == pytest.approx([0.2, 0.5, 0.8, 0.95])
    assert found.weights.sum(axis=1) == pytest.approx(np.ones(4))
    stocks = found.weights[0, equity_mask()] / 0.2
    assert stocks == pytest.approx(fit.weights[0, equity_mask()] / fit.weights[0, equity_mask()].sum())


def test_a_side_that_was_not_fitted_cannot_be_rescaled_and_says_so():
    bonds = np.zeros((1, 19))
    bonds[0, 18] = 1.0
    found = rescaled_to_observed(bonds, np.array([0.6]))
    assert found.impossible.tolist() == [True]
    assert (found.weights == bonds).all()
    with pytest.raises(BadSetting, match="outside 0 and 1"):
        rescaled_to_observed(bonds, np.array([60.0]))


def test_intervals_cover_the_truth_and_groups_are_better_known_than_classes():
    factors, returns, weights = months(12, 60, noise=0.003)
    fit = style_fit(returns, factors)
    found = style_intervals(fit, returns, factors, resamples=100, seed=1)
    truth = weights @ equity_mask()
    covered = (found.equity.low[:, 0] <= truth) & (truth <= found.equity.high[:, 0])
    assert covered.mean() > 0.75
    width = (found.classes.high - found.classes.low).sum(axis=1)
    by_group = (found.groups.high - found.groups.low).sum(axis=1)
    assert by_group.mean() < 0.8 * width.mean()
    assert found.group_names == GROUPS
    again = style_intervals(fit, returns, factors, resamples=100, seed=1)
    assert (again.classes.low == found.classes.low).all()


def test_too_few_or_missing_months_are_refused():
    factors, returns, _ = months(13, 2)
    with pytest.raises(BadSetting, match="36 months at least"):
        style_fit(returns[:, :35], factors[:35])
    with pytest.raises(BadSetting, match="have 59 months and the factors 60"):
        style_fit(returns[:, :59], factors)
    returns[0, 0] = np.nan
    with pytest.raises(BadSetting, match="missing"):
        style_fit(returns, factors)
