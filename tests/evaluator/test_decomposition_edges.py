"""Edge cases of Appendix 1: an ideal without stocks, without bonds, or with less equity than its real assets."""

import numpy as np
import pytest

from modelx.evaluator.asset_classes import CODES, equity_mask
from modelx.evaluator.bulk_losses import bulk_split
from modelx.evaluator.capital_markets import two_asset_markets
from modelx.evaluator.decomposition import (
    MatchedRule,
    SplitRules,
    SubMixSource,
    plan_average_mix,
    split_loss,
    sub_mixes,
)
from modelx.evaluator.errors import BadSetting, BadWeights
from modelx.evaluator.shipped import default_detail_map, default_markets
from tests.evaluator.paper import FAMILIES, PREMIUM, families, fitted, ideals
from tests.evaluator.test_golden_numbers import vintage_index


def test_a_hundred_percent_equity_ideal_borrows_its_bonds_from_the_map():
    detail, markets = default_detail_map(), default_markets()
    ideal = detail.weights(np.array([25.0]), np.array([1.0]))
    held = families()[:1, 3]
    stocks, bonds = sub_mixes(ideal, held @ markets.equity, markets, np.array([25.0]), detail)
    assert stocks == pytest.approx(ideal)
    assert bonds == pytest.approx(detail.bond_mix(np.array([25.0])))
    split = split_loss(ideal, held, markets, PREMIUM, SplitRules(), age=np.array([25.0]), detail=detail)
    assert split.equity[0] + split.detail[0] == pytest.approx(split.total[0])
    assert split.equity[0] > 0
    bulk = bulk_split(
        ideal, np.zeros(1, dtype=int), held[None], markets, PREMIUM, SplitRules(), age=np.array([25.0]), detail=detail
    )
    assert bulk.equity[0, 0] == pytest.approx(split.equity[0], rel=1e-12)


def test_an_ideal_of_bonds_alone_borrows_its_stocks_from_the_map():
    detail, markets = default_detail_map(), default_markets()
    age = np.array([67.0])
    ideal, held = detail.weights(age, np.array([0.0])), families()[:1, 3]
    split = split_loss(ideal, held, markets, PREMIUM, SplitRules(), age=age, detail=detail)
    assert np.isfinite([split.equity[0], split.detail[0]]).all()
    assert split.equity[0] + split.detail[0] == pytest.approx(split.total[0])


def test_without_a_map_such_an_ideal_is_refused_with_the_reason():
    ideal = default_detail_map().weights(np.array([25.0]), np.array([1.0]))
    with pytest.raises(BadSetting, match="needs the detail map and an age"):
        split_loss(ideal, families()[:1, 3], default_markets(), PREMIUM, SplitRules())


def test_less_equity_than_real_assets_restates_pro_rata():
    markets = default_markets()
    ideal = ideals()[6:7]
    held = np.zeros((1, 19))
    held[0, CODES.index("US_LG")], held[0, CODES.index("US_IT_CORE")] = 0.04, 0.96
    assert held @ markets.equity < ideal @ markets.kept
    kept = split_loss(ideal, held, markets, PREMIUM, SplitRules())
    pro_rata = split_loss(ideal, held, markets, PREMIUM, SplitRules(matched=MatchedRule.PRO_RATA))
    assert kept.detail_estimate == pytest.approx(pro_rata.detail_estimate, rel=1e-12)


def test_the_same_equity_level_is_a_loss_of_detail_alone():
    markets, ideal = default_markets(), ideals()[4:5]
    stocks = np.zeros(19)
    stocks[CODES.index("US_LG")] = 0.72
    held = (stocks + ideal[0] * ~equity_mask())[None]
    split = split_loss(ideal, held, markets, PREMIUM, SplitRules())
    assert split.equity[0] == pytest.approx(0, abs=1e-12)
    assert split.detail[0] == pytest.approx(split.total[0])


def test_two_assets_are_a_loss_of_equity_level_alone():
    markets = two_asset_markets(0.18, 0.05, 0.1)
    split = split_loss(np.array([[0.6, 0.4]]), np.array([[0.8, 0.2]]), markets, PREMIUM, SplitRules())
    by_hand = 1e4 * PREMIUM / 2 * 0.2**2 * (0.18**2 + 0.05**2 - 2 * 0.1 * 0.18 * 0.05) / 0.111786**2
    assert split.total[0] == pytest.approx(by_hand, rel=1e-5)
    assert split.equity[0] == pytest.approx(split.total[0])


def test_explicit_assumptions_give_the_first_papers_loss():
    markets = two_asset_markets(0.18, 0.05, 0.1)
    rules = SplitRules(sub_mix=SubMixSource.EXPLICIT, two_assets=markets)
    held = families()[1, vintage_index()]
    split = split_loss(ideals(), held, default_markets(), PREMIUM, rules)
    level = ideals() @ equity_mask()
    alone = split_loss(
        np.stack([level, 1 - level], axis=1),
        np.stack([held @ equity_mask(), 1 - held @ equity_mask()], axis=1),
        markets,
        PREMIUM,
        SplitRules(),
    )
    assert split.equity_estimate == pytest.approx(alone.total, rel=1e-12)


def test_the_plans_average_mix_moves_a_split_by_little():
    """Spec 2.5: at most 1.3 bp for one participant and 0.1 bp for the plan."""
    markets = fitted("paperfit_A")
    rules = SplitRules(sub_mix=SubMixSource.PLAN_AVERAGE, plan_mix=plan_average_mix(ideals(), markets))
    for family in range(len(FAMILIES)):
        held = families()[family, vintage_index()]
        own = split_loss(ideals(), held, markets, PREMIUM, SplitRules()).equity
        average = split_loss(ideals(), held, markets, PREMIUM, rules).equity
        assert np.abs(own - average).max() < 1.3
        assert abs(own.mean() - average.mean()) < 0.1


def test_an_ideal_without_variance_is_refused_alone_and_marked_in_bulk():
    markets = two_asset_markets(0.18, 0.05, 0.1)
    riskless = type(markets)(
        **{name: getattr(markets, name) for name in markets.__slots__ if name not in ("root", "covariance")},
        covariance=np.diag([0.0324, 0.0]),
        root=np.diag([0.18, 0.0]),
    )
    with pytest.raises(BadWeights, match="no variance"):
        split_loss(np.array([[0.0, 1.0]]), np.array([[0.5, 0.5]]), riskless, PREMIUM, SplitRules())
    result = bulk_split(
        np.array([[0.0, 1.0], [0.6, 0.4]]),
        np.zeros(2, dtype=int),
        np.array([[[0.5, 0.5]]]),
        riskless,
        PREMIUM,
        SplitRules(),
    )
    assert np.isnan(result.total[0, 0])
    assert result.total[0, 1] > 0
