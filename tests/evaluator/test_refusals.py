"""Bad input is refused or reported with its reason."""

import numpy as np
import pytest

from modelx.evaluator.capital_markets import capital_markets, two_asset_markets
from modelx.evaluator.company_stock import CompanyStock, stock_loss
from modelx.evaluator.cost_stack import Fees, Mode, cost_stack, fee_findings
from modelx.evaluator.errors import (
    BadCapitalMarkets,
    BadOption,
    BadParticipants,
    BadSetting,
    BadWeights,
)
from modelx.evaluator.evaluation import Settings
from modelx.evaluator.option import OptionKind, check_options, managed_account, option_with_portfolios
from modelx.evaluator.participants import participants
from modelx.evaluator.planning_value import planning_schedule
from modelx.evaluator.shipped import default_markets, read_covariance
from modelx.evaluator.utility import capped
from modelx.evaluator.vintage_map import VintageRule, vintage_position
from tests.evaluator.paper import VINTAGES, families

CODES = default_markets().codes
COVARIANCE = default_markets().covariance


def option(weights, **changes):
    kind = changes.pop("kind", OptionKind.TARGET_DATE)
    return option_with_portfolios(
        "X", "X", kind, changes.pop("vintages", VINTAGES), weights, default_markets(), **changes
    )


def test_weights_in_percent_are_refused_and_not_guessed():
    with pytest.raises(BadWeights, match="weights sum to 100, not to one"):
        option(families()[0] * 100)


def test_weights_that_miss_one_by_half_a_percent_are_refused_and_less_is_rescaled():
    with pytest.raises(BadWeights, match=r"sum to 1\.006"):
        option(families()[0] * 1.006)
    assert option(families()[0] * 1.004).weights.sum(axis=1) == pytest.approx(np.ones(10), abs=1e-15)


def test_a_negative_or_missing_weight_is_refused():
    weights = families()[0].copy()
    weights[0, 0] = -0.01
    with pytest.raises(BadWeights, match="is negative"):
        option(weights)
    weights[0, 0] = np.nan
    with pytest.raises(BadWeights, match="missing or not a number"):
        option(weights)
    with pytest.raises(BadWeights, match="expected 19 asset classes, found 18"):
        option(families()[0][:, :18])


def test_a_covariance_that_is_not_positive_semidefinite_is_refused():
    bad = COVARIANCE.copy()
    bad[0, 1] = bad[1, 0] = 1.05 * np.sqrt(bad[0, 0] * bad[1, 1])
    with pytest.raises(BadCapitalMarkets, match="not positive semidefinite"):
        capital_markets("bad", CODES, bad)


def test_a_covariance_of_other_classes_is_refused_by_name():
    with pytest.raises(BadCapitalMarkets, match=r"unknown \['GOLD'\], missing \['CASH'\]"):
        capital_markets("bad", (*CODES[:-1], "GOLD"), COVARIANCE)
    with pytest.raises(BadCapitalMarkets, match="each once"):
        capital_markets("bad", (*CODES[:-1], CODES[0]), COVARIANCE)


def test_a_covariance_that_is_lopsided_missing_or_of_another_size_is_refused():
    bad = COVARIANCE.copy()
    bad[0, 1] += 0.01
    with pytest.raises(BadCapitalMarkets, match="not symmetric"):
        capital_markets("bad", CODES, bad)
    bad[0, 1] = np.nan
    with pytest.raises(BadCapitalMarkets, match="missing"):
        capital_markets("bad", CODES, bad)
    with pytest.raises(BadCapitalMarkets, match=r"is \(18, 18\)"):
        capital_markets("bad", CODES, COVARIANCE[:18, :18])


def test_a_covariance_file_must_name_its_rows_like_its_columns():
    with pytest.raises(BadCapitalMarkets, match="empty"):
        read_covariance([], "f")
    with pytest.raises(BadCapitalMarkets, match="not named like its columns"):
        read_covariance([",A,B", "B,1,0", "A,0,1"], "f")
    with pytest.raises(BadCapitalMarkets, match="covariance of A with B: 'x' is not a number"):
        read_covariance([",A,B", "A,1,x", "B,0,1"], "f")


def test_a_fee_in_percent_is_noticed_and_an_absurd_or_negative_one_refused():
    zero = np.zeros(1)
    assert "look like percent" in fee_findings("X", Fees(np.array([0.37]), zero, zero))[0]
    assert "look like percent" in fee_findings("X", Fees(np.array([0.0037]), zero, zero))[0]
    assert fee_findings("X", Fees(zero, zero, zero)) == []
    with pytest.raises(BadSetting, match="exceed 500 bp"):
        fee_findings("X", Fees(np.array([3700.0]), zero, zero))
    with pytest.raises(BadOption, match="missing or negative"):
        check_options([option(families()[0], fund_fee_bp=-1.0)], Mode.STRICT)


def test_options_that_contradict_themselves_are_refused():
    with pytest.raises(BadOption, match="has one portfolio, not 10"):
        option(families()[0], kind=OptionKind.BALANCED)
    with pytest.raises(BadOption, match="no portfolios of its own"):
        option(families()[0], kind=OptionKind.MANAGED_ACCOUNT)
    with pytest.raises(BadOption, match="10 vintages but 9 rows"):
        option(families()[0][:9])
    with pytest.raises(BadOption, match="fund fee must be one number"):
        option(families()[0], fund_fee_bp=[1.0, 2.0])
    with pytest.raises(BadSetting, match="ascending years"):
        option(families()[0], vintages=VINTAGES[::-1])
    with pytest.raises(BadOption, match="occurs twice"):
        check_options([managed_account("X", "X"), managed_account("X", "X")], Mode.STRICT)
    with pytest.raises(BadOption, match="no option"):
        check_options([], Mode.STRICT)


def test_settings_outside_their_range_are_refused():
    for wrong in ({"as_of": 18.0}, {"as_of": 2018, "premium": 5.5}, {"as_of": 2018, "rf": 2.5}):
        with pytest.raises(BadSetting):
            Settings(**wrong)
    with pytest.raises(BadSetting, match="above zero"):
        capped(np.ones(3), 0.0)
    with pytest.raises(BadSetting, match="target year is missing"):
        vintage_position(np.array([np.nan]), VINTAGES, VintageRule.NEAREST)


def test_participant_columns_that_do_not_fit_together_are_refused():
    with pytest.raises(BadParticipants, match=r"\['salary'\] do not have 2 rows"):
        participants(["a", "b"], [30.0, 40.0], salary=[1.0])
    with pytest.raises(BadParticipants, match="Unknown participant columns"):
        participants(["a"], [30.0], wage=[1.0])
    with pytest.raises(BadParticipants, match="expected"):
        participants(["a"], [30.0], ideal_weights=np.ones((1, 18)) / 18)


def test_impossible_company_stock_is_refused():
    markets, mix = two_asset_markets(0.18, 0.05, 0.1), np.array([0.6, 0.4])
    with pytest.raises(BadSetting, match="unknown asset class"):
        stock_loss(mix, [0.1], markets, CompanyStock("GOLD"), 0.055)
    with pytest.raises(BadSetting, match="correlation within"):
        stock_loss(mix, [0.1], markets, CompanyStock("STOCKS", correlation=1.1), 0.055)
    with pytest.raises(BadSetting, match="outside 0 and 1"):
        stock_loss(mix, [10.0], markets, CompanyStock("STOCKS"), 0.055)


def test_company_stock_above_the_equity_level_is_flagged_and_bonds_give_way():
    found = stock_loss(
        np.array([0.6, 0.4]), [0.5, 0.6, 0.7], two_asset_markets(0.18, 0.05, 0.1), CompanyStock("STOCKS"), 0.055
    )
    assert found.unattainable.tolist() == [False, False, True]
    assert np.isfinite(found.adjusted_bp).all()


def test_a_planning_schedule_takes_only_the_three_shares():
    with pytest.raises(BadSetting, match="shares must be one of"):
        planning_schedule(("x",), [[1, 2, 3, 4, 5]], [0.3])
    with pytest.raises(BadSetting, match="5 stages"):
        planning_schedule(("x",), [[1, 2, 3, 4]], [0.5])


def test_the_stack_adds_up_for_columns_too():
    stack = cost_stack(np.array([10.0, 20.0]), 1.0, 2.0, 3.0, 4.0, 5.0)
    assert stack.relative_gain.tolist() == [4 - 5 - (10 + 1 - 2 + 3), 4 - 5 - (20 + 1 - 2 + 3)]
