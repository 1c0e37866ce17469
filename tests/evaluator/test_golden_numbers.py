"""Section 5 of the evaluator's specification: golden numbers (1) to (7). Expected values come from there."""

import numpy as np
import pytest

from modelx.evaluator.alpha import after_fee_alpha_bp, portfolio_alpha
from modelx.evaluator.capital_markets import two_asset_markets
from modelx.evaluator.company_stock import CompanyStock, stock_loss
from modelx.evaluator.cost_stack import AlphaBasis, Fees, Mode, alpha_to_subtract, alpha_warning, cost_stack
from modelx.evaluator.decomposition import SplitRules, split_loss
from modelx.evaluator.information import advised_population, equity_information_loss_bp
from modelx.evaluator.planning_value import StageRule, planning_gain_bp, planning_schedule
from modelx.evaluator.utility import (
    ideal_utility,
    implied_returns,
    loss_from_moments_bp,
    risk_aversion,
    utility,
    variances,
)
from modelx.evaluator.vintage_map import VintageRule, target_year, vintage_position
from tests.evaluator.paper import (
    AGES,
    AS_OF,
    FAMILIES,
    PREMIUM,
    RETIREMENT_AGE,
    RF,
    VINTAGES,
    families,
    fitted,
    ideals,
    table,
)

TOTALS = {
    "A": [2.829, 2.523, 19.792, 3.603, 22.450, 7.202, 350.168, 17.164, 17.091, 12.679],
    "B": [4.967, 2.958, 28.465, 6.306, 24.550, 8.523, 319.016, 10.477, 7.955, 10.541],
    "C": [6.232, 4.396, 34.063, 9.341, 40.550, 16.826, 552.007, 40.280, 40.429, 40.376],
    "D": [1.363, 1.493, 15.839, 1.662, 6.974, 1.560, 194.577, 4.395, 3.938, 3.944],
}
AVERAGES = {
    "A": (45.5500, 38.5428, 7.0072),
    "B": (42.3757, 37.3126, 5.0631),
    "C": (78.4500, 67.4479, 11.0021),
    "D": (23.5745, 20.7101, 2.8644),
}
STRICT_SPLIT = {"A": (41.55, 4.03), "B": (39.55, 2.90), "C": (71.55, 6.45), "D": (21.45, 2.12)}


def vintage_index() -> np.ndarray:
    return vintage_position(target_year(AS_OF, RETIREMENT_AGE, AGES), VINTAGES, VintageRule.NEAREST).lower


def split_of(family: str, name: str):
    held = families()[FAMILIES.index(family), vintage_index()]
    return split_loss(ideals(), held, fitted(name), PREMIUM, SplitRules())


def test_exhibit_1_after_fee_alpha_is_pre_fee_less_fee():
    funds = table("exhibit1.csv")
    after = after_fee_alpha_bp([float(f["pre_fee_alpha_bp"]) for f in funds], [float(f["fee_bp"]) for f in funds])
    assert after.tolist() == [float(f["after_fee_alpha_bp_printed"]) for f in funds]


def exhibit_2():
    funds = {f["fund_id"]: f for f in table("exhibit1.csv")}
    weights = table("exhibit2_weights.csv")
    years = (2060, 2050, 2040, 2030, 2020, 2010)
    grid = np.array([[float(row[str(year)]) for row in weights] for year in years]) / 100
    pre = [float(funds[row["fund_id"]]["pre_fee_alpha_bp"]) for row in weights]
    fee = [float(funds[row["fund_id"]]["fee_bp"]) for row in weights]
    return years, portfolio_alpha(grid, pre, fee, overlay_bp=5.0)


def test_exhibit_2_weighted_alpha_and_fees():
    _, result = exhibit_2()
    assert result.pre_fee == pytest.approx([43.40, 44.95, 44.40, 44.10, 41.30, 38.45], abs=1e-9)
    assert result.fund_fee == pytest.approx([31.10, 31.88, 31.57, 32.17, 31.12, 29.645], abs=1e-9)
    assert result.after_all_fees == pytest.approx([7.30, 8.07, 7.83, 6.93, 5.18, 3.805], abs=1e-9)


def test_alpha_of_family_d_is_seven_over_the_ten_participants():
    years, result = exhibit_2()
    by_vintage = np.interp(VINTAGES, years[::-1], result.after_all_fees[::-1])
    assert by_vintage[vintage_index()].mean() == pytest.approx(7.01, abs=0.01)


def test_participants_land_in_the_vintages_of_the_plan():
    expected = [2055, 2050, 2050, 2045, 2040, 2040, 2030, 2025, 2020, 2015]
    assert VINTAGES[vintage_index()].tolist() == expected


@pytest.mark.parametrize("option", ["MA", "A", "B", "C", "D"])
def test_the_stacks_of_exhibits_3_9_and_13_add_up(option):
    printed = {row["row"]: float(row[option]) for row in table("exhibit13.csv")}
    stack = cost_stack(
        printed["investment_fees"],
        printed["risk_level_utility_loss"],
        printed["expected_alpha"],
        printed["detailed_aa_loss"],
        printed["gain_financial_planning"],
    )
    assert float(stack.all_in) == printed["all_in_cost"]
    assert float(stack.all_in_with_alpha) == printed["all_in_cost_with_alpha"]
    assert float(stack.all_in_with_alpha_and_detail) == printed["all_in_cost_with_alpha_and_aa"]
    assert float(stack.relative_gain) == printed["relative_gain_signed"]


def test_losses_recomputed_from_the_printed_inputs_of_exhibit_7():
    rows = {row[""]: row for row in table("exhibit7.csv")}
    columns = ["A_2040", "B_2040", "C_2040", "D_2040"]
    expected = [float(rows["expected_return_pct"][c]) / 100 for c in columns]
    sd = [float(rows["sd_pct"][c]) / 100 for c in columns]
    losses = loss_from_moments_bp(expected, sd, 0.1190, RF, PREMIUM)
    assert losses == pytest.approx([22.176, 24.485, 40.900, 7.176], abs=1e-3)


def test_the_ideal_has_five_and_a_quarter_percent_of_utility_always():
    assert ideal_utility(RF, PREMIUM) == pytest.approx(0.0525, abs=1e-17)
    markets = fitted("paperfit_A")
    mu = implied_returns(ideals(), markets, RF, PREMIUM)
    aversion = risk_aversion(variances(ideals(), markets), PREMIUM)
    assert utility(mu, ideals(), aversion, markets) == pytest.approx(np.full(10, 0.0525), abs=1e-15)
    assert (mu * ideals()).sum(axis=1) == pytest.approx(np.full(10, 0.08), abs=1e-15)


def test_standard_deviation_and_aversion_of_the_ideals():
    variance = variances(ideals(), fitted("paperfit_A"))
    expected = [14.4481, 14.8919, 12.3187, 13.8465, 11.8961, 12.9811, 7.4372, 9.6615, 8.9101, 8.1242]
    assert 100 * np.sqrt(variance) == pytest.approx(expected, abs=1e-4)
    assert risk_aversion(variance, PREMIUM)[4] == pytest.approx(3.8864, abs=1e-4)


@pytest.mark.parametrize("family", FAMILIES)
def test_total_losses_of_the_ten_participants(family):
    split = split_of(family, "paperfit_A")
    assert split.total == pytest.approx(TOTALS[family], abs=1e-3)
    averages = split.total.mean(), split.equity.mean(), split.detail.mean()
    assert averages == pytest.approx(AVERAGES[family], abs=1e-3)


def test_the_two_estimates_behind_the_split_of_participant_5():
    first = [split_of(family, "paperfit_A").equity_estimate[4] for family in FAMILIES]
    second = [split_of(family, "paperfit_A").detail_estimate[4] for family in FAMILIES]
    assert first == pytest.approx([8.732, 15.709, 18.417, 1.628], abs=1e-3)
    assert second == pytest.approx([3.993, 3.058, 4.921, 2.555], abs=1e-3)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_strict_fit_reproduces_the_average_split(family):
    split = split_of(family, "paperfit_B_strict")
    assert (split.equity.mean(), split.detail.mean()) == pytest.approx(STRICT_SPLIT[family], abs=0.01)


SHARES = [0.05, 0.10, 0.15, 0.20, 0.25, 0.30, 0.40, 0.50]
BESIDE = [47.034, 100.989, 161.865, 229.662, 304.379, 386.018, 570.056, 781.778]
ADJUSTED = [45.357, 94.278, 146.765, 202.817, 262.434, 325.616, 462.676, 613.996]


def test_company_stock_in_a_sixty_forty_mix():
    markets, mix = two_asset_markets(0.18, 0.05, 0.1), np.array([0.6, 0.4])
    variance = variances(mix, markets)
    assert np.sqrt(variance) == pytest.approx(0.111786, abs=1e-6)
    assert risk_aversion(variance, PREMIUM) == pytest.approx(4.401408, abs=1e-6)
    assert implied_returns(mix, markets, RF, PREMIUM)[0] == pytest.approx(0.112148, abs=1e-6)
    certain = stock_loss(mix, SHARES, markets, CompanyStock("STOCKS", correlation=1.0), PREMIUM)
    assert certain.beside_bp == pytest.approx(BESIDE, abs=1e-3)
    assert certain.adjusted_bp == pytest.approx(ADJUSTED, abs=1e-3)
    loose = stock_loss(mix, [0.20], markets, CompanyStock("STOCKS", correlation=0.5), PREMIUM)
    assert loose.beside_bp[0] == pytest.approx(90.225, abs=1e-3)
    assert loose.adjusted_bp[0] == pytest.approx(85.563, abs=1e-3)


def planning(rule: StageRule = StageRule.LINEAR):
    rows = table("exhibit11.csv")
    stages = [name for name in rows[0] if name.endswith("_bp")]
    gross = [[float(row[stage]) for stage in stages] for row in rows]
    shares = [float(row["realisation_default_guess"]) for row in rows]
    return planning_schedule(tuple(row["service"] for row in rows), gross, shares, rule)


def test_planning_values_of_exhibits_11_and_12():
    schedule = planning()
    assert schedule.gross_bp.sum(axis=0).tolist() == [245, 295, 345, 315, 215]
    assert schedule.stage_values_bp().tolist() == [77.5, 86.25, 95, 87.5, 58.75]
    assert planning_gain_bp(schedule, 65 - AGES).mean() == pytest.approx(86.13, abs=0.01)
    assert planning_gain_bp(planning(StageRule.STEP), 65 - AGES).mean() == pytest.approx(86.38, abs=0.01)


def test_incomplete_information_costs_thirteen_basis_points_and_four_at_the_median():
    people = advised_population()
    loss = equity_information_loss_bp(
        people.full_equity, people.default_equity, two_asset_markets(0.18, 0.05, 0.1), PREMIUM
    )
    assert loss.mean() == pytest.approx(13.0, abs=0.05)
    assert np.median(loss) == pytest.approx(3.9, abs=0.1)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_incomplete_information_does_not_hang_on_the_seed(seed):
    people = advised_population(seed=seed)
    loss = equity_information_loss_bp(
        people.full_equity, people.default_equity, two_asset_markets(0.18, 0.05, 0.1), PREMIUM
    )
    assert loss.mean() == pytest.approx(13.0, abs=0.6)


def test_strict_mode_adds_the_fee_back_to_an_after_fee_alpha_and_paper_mode_warns():
    fees = Fees(np.array([30.0]), np.array([7.0]), np.array([0.0]))
    given, basis = np.array([7.0]), AlphaBasis.AFTER_ALL_FEES
    assert alpha_to_subtract(given, basis, fees, Mode.STRICT).tolist() == [44.0]
    assert alpha_to_subtract(given, AlphaBasis.AFTER_FUND_FEE, fees, Mode.STRICT).tolist() == [37.0]
    assert alpha_to_subtract(given, basis, fees, Mode.PAPER).tolist() == [7.0]
    assert alpha_warning("D", given, AlphaBasis.PRE_FEE, fees, Mode.PAPER) is None
    assert "does not move with those fees" in (alpha_warning("D", given, basis, fees, Mode.STRICT) or "")
    assert "37.0 bp are counted twice" in (alpha_warning("D", given, basis, fees, Mode.PAPER) or "")
