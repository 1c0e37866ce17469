"""Implied returns against an independent implementation."""

import numpy as np
import pytest
from pypfopt.black_litterman import market_implied_prior_returns

from modelx.evaluator.shipped import default_markets
from modelx.evaluator.utility import implied_returns, risk_aversion, variances
from tests.evaluator.paper import PREMIUM, RF, ideals


@pytest.mark.filterwarnings("ignore:If cov_matrix is not a dataframe")
@pytest.mark.parametrize("person", range(10))
def test_implied_returns_are_those_of_pypfopt(person):
    markets, ideal = default_markets(), ideals()[person]
    aversion = float(risk_aversion(variances(ideal, markets), PREMIUM))
    weights = dict(zip(markets.codes, ideal, strict=True))
    theirs = market_implied_prior_returns(weights, aversion, markets.covariance, risk_free_rate=RF)
    assert implied_returns(ideal[None], markets, RF, PREMIUM)[0] == pytest.approx(np.asarray(theirs), rel=1e-12)
