"""Style analysis of funds with unequal histories, from files."""

import numpy as np
import pytest

from modelx.domain.errors import InvalidInput
from modelx.evaluator.asset_classes import CODES, equity_mask
from modelx.evaluator.errors import BadWeights
from modelx.evaluator.look_through import look_through, value_weighted
from modelx.evaluator.shipped import default_markets
from modelx.files.qdia_returns import read_factor_returns, read_fund_returns
from modelx.services.qdia_style import Factors, Returns, analyse_styles, fitted_equity

MONTHS = tuple(f"{2010 + n // 12}-{n % 12 + 1:02d}" for n in range(90))


def history(seed: int = 1, funds: int = 3):
    source = np.random.default_rng(seed)
    factors = source.normal(size=(90, 19)) @ default_markets().root.T / np.sqrt(12)
    weights = source.dirichlet(np.full(19, 0.4), size=funds)
    returns = weights @ factors.T + 0.001 * source.normal(size=(funds, 90))
    names = tuple(f"F{n}" for n in range(funds))
    given = Returns(names, np.zeros(funds, dtype=int), MONTHS, returns, np.full(funds, np.nan))
    return given, Factors(MONTHS, factors), weights


def test_each_fund_is_analysed_over_its_own_last_months():
    given, factors, weights = history()
    given.returns[1, :40] = np.nan
    given.returns[2, 80:] = np.nan
    found = analyse_styles(given, factors, window=60, resamples=0)
    assert [(one.first, one.last, one.months) for one in found] == [
        ("2012-07", "2017-06", 60),
        ("2013-05", "2017-06", 50),
        ("2011-09", "2016-08", 60),
    ]
    for one, truth in zip(found, weights, strict=True):
        assert fitted_equity(one) == pytest.approx(float(truth @ equity_mask()), abs=0.1)
        assert one.kkt < 1e-9
        assert one.r2 > 0.98


def test_a_gap_too_few_months_or_no_months_refuse_the_fund_alone():
    given, factors, _ = history()
    given.returns[0, 50] = np.nan
    given.returns[1, :60] = np.nan
    given.returns[2, :] = np.nan
    reasons = [one.refused for one in analyse_styles(given, factors, resamples=0)]
    assert reasons == [
        "the month 2014-03 is missing within its window",
        "30 months; 36 are the least",
        "no month has both its return and the factors'",
    ]


def test_the_observed_split_is_met_and_its_absence_told():
    given, factors, _ = history()
    given.observed_equity[0] = 0.7
    known, unknown, _ = analyse_styles(given, factors, resamples=40)
    assert known.weights @ equity_mask() == pytest.approx(0.7)
    assert known.note == ""
    assert unknown.note.startswith("not rescaled")
    assert known.intervals.equity.low[0, 0] <= fitted_equity(known) <= known.intervals.equity.high[0, 0]


def files(tmp_path, returns: str, factors: str | None = None):
    fund, factor = tmp_path / "returns.csv", tmp_path / "factors.csv"
    fund.write_text("option,vintage,month,return\n" + returns, encoding="utf-8")
    if factors is not None:
        factor.write_text(factors, encoding="utf-8")
    return fund, factor


def test_returns_from_files(tmp_path):
    fund, _ = files(tmp_path, "X,2030,2020-01,0.01\nX,2030,2020-02,-0.02\nY,,2020-02,0.5\n")
    (tmp_path / "observed.csv").write_text("option,vintage,equity\nX,2030,0.6\n", encoding="utf-8")
    found = read_fund_returns(fund, tmp_path / "observed.csv")
    assert found.option == ("X", "Y")
    assert found.vintage.tolist() == [2030, 0]
    assert found.months == ("2020-01", "2020-02")
    assert found.observed_equity[0] == 0.6
    assert np.isnan(found.returns[1, 0])


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("X,2030,2020-13,0.01", "not written YYYY-MM"),
        ("X,2030,2020-01,1.2", "is no fraction"),
        ("X,2030,2020-01,abc", "is not a number"),
        ("X,30,2020-01,0.01", "not a year of four digits"),
        ("X,2030,2020-01,0.01\nX,2030,2020-01,0.01", "occurs twice"),
        ("X,2030,2020-01", "not as many columns"),
    ],
)
def test_bad_returns_are_refused_by_line(tmp_path, row, reason):
    fund, _ = files(tmp_path, row + "\n")
    with pytest.raises(InvalidInput, match=reason):
        read_fund_returns(fund)


def test_factors_must_name_the_nineteen_classes_in_months_in_order(tmp_path):
    header = "month," + ",".join(CODES) + "\n"
    row = ",".join(["0.01"] * 19)
    _, factor = files(tmp_path, "", header + f"2020-01,{row}\n2020-02,{row}\n")
    assert read_factor_returns(factor).returns.shape == (2, 19)
    _, factor = files(tmp_path, "", header + f"2020-02,{row}\n2020-01,{row}\n")
    with pytest.raises(InvalidInput, match="in order, each once"):
        read_factor_returns(factor)
    _, factor = files(tmp_path, "", header.replace("CASH", "GOLD"))
    with pytest.raises(InvalidInput, match=r"factors.csv:1: unknown columns \['GOLD'\]"):
        read_factor_returns(factor)


def test_positions_look_through_to_classes_and_what_is_unmapped_is_told():
    exposures = np.zeros((3, 19))
    exposures[0, CODES.index("US_LG")], exposures[0, CODES.index("DM_XUS")] = 0.75, 0.25
    exposures[1, CODES.index("US_IT_CORE")] = 1.0
    found = look_through(
        np.array([0, 0, 1, 1]), np.array([0, 1, 0, 2]), np.array([600.0, 400.0, 90.0, 10.0]), exposures, 3
    )
    assert found.weights[0, CODES.index("US_LG")] == pytest.approx(0.45)
    assert found.weights[0, CODES.index("US_IT_CORE")] == pytest.approx(0.40)
    assert found.unmapped.tolist() == pytest.approx([0.0, 0.1, 0.0])
    assert np.isnan(found.weights[2]).all()
    together = value_weighted(found.weights[:2], found.value[:2], np.array([0, 0]), 1)
    assert together[0, CODES.index("US_LG")] == pytest.approx((1000 * 0.45 + 100 * 0.75) / 1100)


def test_exposures_or_positions_that_cannot_be_are_refused():
    exposures = np.zeros((1, 19))
    exposures[0, 0] = 0.9
    with pytest.raises(BadWeights, match=r"sum to 0\.9, not to one"):
        look_through(np.array([0]), np.array([0]), np.array([1.0]), exposures, 1)
    exposures[0, 0] = 1.0
    with pytest.raises(BadWeights, match="only long portfolios"):
        look_through(np.array([0]), np.array([0]), np.array([-1.0]), exposures, 1)
    exposures[0, 1] = -0.5
    with pytest.raises(BadWeights, match="missing or negative"):
        look_through(np.array([0]), np.array([0]), np.array([1.0]), exposures, 1)
