"""A plan from participants to the table of Exhibit 13, and the extensions of section 6 on the ten participants."""

from dataclasses import replace

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from modelx.evaluator.cost_stack import Mode
from modelx.evaluator.custom_glide import custom_glide
from modelx.evaluator.engine import SuppliedEngine, best_available
from modelx.evaluator.errors import BadOption, BadParticipants
from modelx.evaluator.evaluation import Settings, evaluate_block
from modelx.evaluator.influence import leave_one_out, mean_without
from modelx.evaluator.option import OptionKind, check_options, hybrid, option_with_portfolios
from modelx.evaluator.participants import Reason, participants
from modelx.evaluator.pivot import break_even, own_choice, pivot_curve
from modelx.evaluator.reference_population import reference_population
from modelx.evaluator.resampling import bootstrap_roots, rank_bands, wishart_roots
from modelx.evaluator.shipped import default_detail_map, default_markets
from modelx.evaluator.summary import mean_stack, ranking, summarise
from modelx.evaluator.tornado import Case, tornado
from modelx.evaluator.vintage_map import VintageRule
from tests.evaluator.paper import AS_OF, PREMIUM, VINTAGES, fitted, ideals, paper_options, ten_participants
from tests.evaluator.test_golden_numbers import AVERAGES, TOTALS, planning, vintage_index

SETTINGS = Settings(as_of=AS_OF)
ENGINE = SuppliedEngine(default_detail_map())
LOSS_B = np.array(TOTALS["B"])


def evaluated(people=None, options=None, settings=SETTINGS, markets=None):
    people = people or ten_participants()
    ideal = ENGINE.ideal(people)
    markets = markets or fitted("paperfit_A")
    result = evaluate_block(people, ideal, options or paper_options(), markets, settings, default_detail_map())
    return result, summarise(people, ideal, result)


def test_the_ten_participants_from_end_to_end():
    result, summary = evaluated()
    assert result.vintage[1].tolist() == [2055, 2050, 2050, 2045, 2040, 2040, 2030, 2025, 2020, 2015]
    assert (result.total[0] == 0).all()
    for row, family in enumerate("ABCD", start=1):
        assert result.total[row] == pytest.approx(TOTALS[family], abs=1e-3)
        means = summary.means()
        averages = means["total_loss"][row], means["equity_loss"][row], means["detail_loss"][row]
        assert averages == pytest.approx(AVERAGES[family], abs=1e-3)
    assert summary.evaluated == summary.read == 10
    assert summary.not_used == {}


def test_paper_mode_gives_exhibit_9_but_for_family_d():
    _, summary = evaluated(settings=replace(SETTINGS, mode=Mode.PAPER))
    rows = mean_stack(summary)
    assert rows.all_in_with_alpha_and_detail[:4] == pytest.approx([68, 71, 68, 86], abs=0.7)
    assert rows.all_in_with_alpha_and_detail[4] == pytest.approx(37 - 7 + 23.57, abs=0.01)


def test_planning_makes_managed_accounts_the_winner_and_is_off_by_default():
    _, without = evaluated(settings=replace(SETTINGS, mode=Mode.PAPER))
    assert without.options[ranking(without)[0]] == "D"
    assert (mean_stack(without).planning_gain == 0).all()
    _, summary = evaluated(settings=replace(SETTINGS, mode=Mode.PAPER, planning=planning()))
    assert summary.options[ranking(summary)[0]] == "MA"
    assert mean_stack(summary).relative_gain[0] == pytest.approx(18, abs=0.2)


def test_strict_mode_subtracts_pre_fee_alpha_and_both_modes_say_what_an_alpha_net_of_fees_does():
    assert all("does not move with those fees" in text for text in check_options(paper_options(), Mode.STRICT))
    warnings = check_options(paper_options(), Mode.PAPER)
    assert len(warnings) == 3
    assert any(text.startswith("D: mode=paper") for text in warnings)
    rows = mean_stack(evaluated()[1])
    assert rows.alpha[4] == pytest.approx(7 + 37)
    assert rows.alpha[0] == pytest.approx(7 + 30)


def test_balance_weights_move_the_mean_to_the_rich():
    _, summary = evaluated(settings=replace(SETTINGS, by_balance=True))
    balance = np.arange(10, 110, 10)
    assert summary.mean_total()[1] == pytest.approx((np.array(TOTALS["A"]) * balance).sum() / balance.sum(), abs=1e-3)
    assert summary.dollars[1] == pytest.approx((np.array(TOTALS["A"]) * balance * 1000).sum() / 1e4, abs=0.1)


@pytest.mark.parametrize("rule", [VintageRule.FLOOR, VintageRule.CEIL, VintageRule.INTERPOLATE])
def test_other_vintage_rules_bracket_the_nearest(rule):
    result, _ = evaluated(settings=replace(SETTINGS, vintage_rule=rule))
    target = AS_OF + 65 - ten_participants().age
    year = result.vintage[1]
    if rule is VintageRule.FLOOR:
        assert (year <= np.clip(target, 2010, 2055)).all()
    elif rule is VintageRule.CEIL:
        assert (year >= np.clip(target, 2010, 2055)).all()
    else:
        held = result.held_equity[1]
        expected = np.interp(target, VINTAGES, paper_options()[1].weights @ fitted("paperfit_A").equity)
        assert held == pytest.approx(expected)
    assert result.stack.equity_loss + result.stack.detail_loss == pytest.approx(result.total)


def test_a_hybrid_costs_what_its_two_parts_cost():
    options = (*paper_options(), hybrid("H", "Hybrid", "B", "MA", 51))
    result, _ = evaluated(options=options)
    young = ten_participants().age < 51
    assert result.total[5] == pytest.approx(np.where(young, LOSS_B, 0), abs=1e-3)
    assert result.stack.fees[5].tolist() == [25.0] * 6 + [75.0] * 4
    with pytest.raises(BadOption, match="names two other options"):
        check_options((hybrid("H", "Hybrid", "B", "X", 51), *paper_options()), Mode.STRICT)


def test_a_balanced_fund_is_a_series_of_one():
    half = ideals().mean(axis=0)
    balanced = option_with_portfolios("BAL", "Balanced", OptionKind.BALANCED, 2000, half, default_markets())
    result, _ = evaluated(options=(balanced,))
    assert result.held_equity[0] == pytest.approx(np.full(10, half @ default_markets().equity))


# Golden numbers (8): the best glide path for given groups.
@pytest.mark.parametrize(
    ("rows", "equity", "loss"),
    [(range(4), 0.850, 2.5), (range(7, 10), 0.483, 1.7), (range(4, 7), 0.474, 46.8), (range(10), 0.565, 31.7)],
)
def test_the_best_portfolio_of_a_group(rows, equity, loss):
    ideal = ideals()[list(rows)]
    glide = custom_glide(ideal, np.zeros(len(ideal), dtype=int), 1, fitted("paperfit_A"), PREMIUM)
    assert glide.equity[0] == pytest.approx(equity, abs=5e-4)
    assert glide.mean_loss_bp == pytest.approx(loss, abs=0.05)


def test_a_custom_glide_falls_with_age_and_no_nudge_improves_the_free_one():
    markets, index = fitted("paperfit_A"), vintage_index()
    fitted_path = custom_glide(ideals(), index, 10, markets, PREMIUM)
    assert (np.diff(fitted_path.equity) >= -1e-12).all()
    free = custom_glide(ideals(), index, 10, markets, PREMIUM, monotone=False)
    assert free.mean_loss_bp <= fitted_path.mean_loss_bp
    assert fitted_path.filled.tolist() == [True] + [False] * 4 + [True] + [False] * 4
    source = np.random.default_rng(0)
    for _ in range(50):
        nudged = np.clip(free.weights + 0.01 * source.normal(size=free.weights.shape), 0, None)
        nudged /= nudged.sum(axis=1, keepdims=True)
        from modelx.evaluator.utility import loss_bp

        assert loss_bp(ideals(), nudged[index], markets, PREMIUM).mean() >= free.mean_loss_bp


# Golden numbers (9): the pivot age on the ten.
def test_the_pivot_age_of_a_hybrid():
    age = ten_participants().age
    curve = pivot_curve(age, 25 + LOSS_B, np.full(10, 75.0 - 7.0))
    assert curve.best_age == 51
    assert curve.best_cost_bp == pytest.approx(49.8, abs=0.05)
    assert curve.all_younger_bp == pytest.approx(67.4, abs=0.05)
    assert curve.all_older_bp == pytest.approx(68.0, abs=0.05)
    assert curve.near_from <= 51 <= curve.near_to
    paid = pivot_curve(age, 25 + LOSS_B, np.full(10, 75.0 - 7.0 - 86.0))
    assert paid.best_age == 23
    assert paid.best_cost_bp == pytest.approx(-18.0)


def test_choosing_for_each_participant_is_at_least_as_good_as_any_pivot():
    younger, older = 25 + LOSS_B, np.full(10, 68.0)
    assert own_choice(younger, older).cost_bp <= pivot_curve(ten_participants().age, younger, older).best_cost_bp
    assert own_choice(younger, older).share_older == pytest.approx(0.1)


def test_the_break_even_fee_makes_a_participant_indifferent():
    found = break_even(25 + LOSS_B, np.full(10, 68.0), np.full(10, 75.0))
    assert found.fee_bp == pytest.approx(25 + LOSS_B + 7)
    assert found.plan_fee_bp == pytest.approx(25 + 42.376 + 7, abs=1e-3)
    assert found.share_better_off == pytest.approx(0.1)


def test_the_tornado_of_the_ten_participants():
    """Spec 6.5: base 46/42/78/24; map 2085 62/58/104/35; without P7 12/12/26/5."""
    case = Case(
        ten_participants(),
        ENGINE.ideal(ten_participants()),
        paper_options()[1:],
        fitted("paperfit_A"),
        SETTINGS,
        default_detail_map(),
    )
    swings = {(one.factor, one.change): one.total_bp for one in tornado(case)}
    assert swings["base", "as evaluated"] == pytest.approx([46, 42, 78, 24], abs=0.5)
    assert swings["retirement age", "+2 years"] == pytest.approx([62, 58, 104, 35], abs=0.6)
    assert swings["heaviest participant", "left out"] == pytest.approx([12, 12, 26, 5], abs=0.6)
    assert swings["premium", "6.50%"] == pytest.approx(swings["base", "as evaluated"] * 6.5 / 5.5)
    assert swings["cap", "100 bp"] == pytest.approx([20, 20, 33, 14], abs=1)


def test_one_participant_is_most_of_the_mean():
    result, summary = evaluated()
    without = mean_without(summary.total, summary.weight, summary.influence)
    assert summary.influence.id[1, 0] == "P7"
    assert without[1, 0] == pytest.approx((455.5 - 350.168) / 9, abs=1e-3)
    assert without[1, 0] == pytest.approx(leave_one_out(result.total, result.weight)[1, 6])


def test_resampled_covariances_give_bands_and_rank_chances():
    result, summary = evaluated(options=paper_options()[1:], markets=default_markets())
    held = np.stack([one.weights[vintage_index()] for one in paper_options()[1:]])
    fees = np.array([35.0, 25.0, 8.0, 37.0])
    roots = wishart_roots(default_markets(), 230, 300, seed=1)
    found = rank_bands(ideals(), held, result.weight, fees, PREMIUM, roots)
    assert found.least_loss[3] > 0.99
    assert (found.bands[0] < summary.mean_total()).all()
    assert (summary.mean_total() < found.bands[2]).all()
    assert found.least_cost.sum() == pytest.approx(1)
    again = rank_bands(ideals(), held, result.weight, fees, PREMIUM, wishart_roots(default_markets(), 230, 300, seed=1))
    assert (again.losses == found.losses).all()


def test_wishart_draws_scatter_around_their_covariance():
    roots = list(wishart_roots(default_markets(), 230, 400, seed=2))
    mean = sum(root @ root.T for root in roots) / len(roots)
    scale = np.sqrt(np.outer(np.diag(default_markets().covariance), np.diag(default_markets().covariance)))
    assert np.abs(mean - default_markets().covariance).max() < 0.03 * scale.max()


def test_bootstrapped_covariances_come_from_blocks_of_the_history():
    returns = np.random.default_rng(4).normal(size=(120, 19)) @ default_markets().root.T / np.sqrt(12)
    drawn = [root @ root.T for root in bootstrap_roots(returns, 50, seed=3)]
    assert np.mean([np.trace(one) for one in drawn]) == pytest.approx(np.trace(default_markets().covariance), rel=0.15)


def test_rows_that_cannot_be_used_are_counted_with_their_reason():
    people = participants(
        ["a", "b", "c", "d", "e"],
        [40.0, np.nan, 140.0, 50.0, 45.0],
        ideal_equity=[0.8, 0.8, 0.8, 80.0, np.nan],
    )
    result, summary = evaluated(people=people)
    assert summary.not_used == {
        "AGE_MISSING": 1,
        "AGE_OUT_OF_RANGE": 1,
        "IDEAL_EQUITY_MISSING": 1,
        "IDEAL_EQUITY_OUT_OF_RANGE": 1,
    }
    assert result.id.tolist() == ["a"]
    assert summary.read == 5
    assert summary.evaluated == 1


def test_a_plan_without_a_usable_participant_says_why():
    people = participants(["a"], [np.nan], ideal_equity=[0.5])
    _, summary = evaluated(people=people)
    with pytest.raises(BadParticipants, match=r"No participant of 1 .*AGE_MISSING: 1"):
        summary.means()


@pytest.mark.parametrize("age", [18.0, 99.0])
def test_the_very_young_and_the_very_old_are_evaluated(age):
    people = participants(["only"], [age], salary=[np.nan], balance=[0.0])
    ideal = best_available(default_detail_map()).ideal(people)
    result = evaluate_block(people, ideal, paper_options(), fitted("paperfit_A"), SETTINGS, default_detail_map())
    summary = summarise(people, ideal, result)
    assert np.isfinite(result.total).all()
    assert result.vintage[1, 0] == (2055 if age == 18 else 2010)
    assert summary.imputed["salary"] == 1
    assert summary.origins["TOTAL_WEALTH"] == 1


def test_supplied_weights_that_do_not_sum_to_one_refuse_the_row():
    weights = ideals().copy()
    weights[0] *= 100
    weights[1, 3] = -0.1
    weights[2] = np.nan
    people = participants(list("abcdefghij"), ten_participants().age, ideal_weights=weights)
    ideal = ENGINE.ideal(people)
    assert ideal.reason[:3].tolist() == [
        Reason.IDEAL_WEIGHTS_INVALID,
        Reason.IDEAL_WEIGHTS_INVALID,
        Reason.IDEAL_EQUITY_MISSING,
    ]


@hypothesis.settings(max_examples=10)
@hypothesis.given(st.integers(0, 2**32 - 1))
def test_the_order_of_participants_and_of_options_does_not_matter(seed):
    """Each participant's digits are the same wherever they stand in the file; means to rounding."""
    source = np.random.default_rng(seed)
    people, options = reference_population(300, 9), paper_options()
    detail, markets = default_detail_map(), default_markets()
    engine = best_available(detail)

    def losses(some, offered):
        found = evaluate_block(some, engine.ideal(some), offered, markets, Settings(as_of=2018.0), detail)
        return found.total, found.stack.relative_gain

    total, gain = losses(people, options)
    order, turned = source.permutation(300), source.permutation(len(options))
    other_total, other_gain = losses(people.take(order), [options[place] for place in turned])
    assert other_total == pytest.approx(total[np.ix_(turned, order)], rel=1e-12, abs=1e-12)
    assert other_gain.mean(axis=1) == pytest.approx(gain.mean(axis=1)[turned], rel=1e-12)
