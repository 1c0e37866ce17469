"""Candidate options from files."""

from pathlib import Path

import pytest

from modelx.domain.errors import InvalidInput
from modelx.evaluator.option import OptionKind
from modelx.evaluator.shipped import default_markets
from modelx.files.qdia_options import read_options, write_options
from tests.evaluator.paper import families, paper_options

PLAN = Path(__file__).resolve().parents[2] / "fixtures" / "paper_plan"
HEADER = "option,name,kind,fund_fee_bp,alpha_bp,alpha_basis,younger,older,pivot_age\n"


def folder(tmp_path: Path, options: str, weights: str = "", vintages: str | None = None) -> Path:
    (tmp_path / "qdia_options.csv").write_text(HEADER + options, encoding="utf-8")
    (tmp_path / "qdia_weights.csv").write_text("option,vintage,asset_class,weight\n" + weights, encoding="utf-8")
    if vintages is not None:
        (tmp_path / "qdia_vintages.csv").write_text("option,vintage,fund_fee_bp,r2\n" + vintages, encoding="utf-8")
    return tmp_path


def refusal(tmp_path: Path, *arguments: str) -> str:
    with pytest.raises(InvalidInput) as caught:
        read_options(folder(tmp_path, *arguments), default_markets())
    return str(caught.value)


def test_the_papers_plan_reads_as_its_exhibits_say():
    options = {one.id: one for one in read_options(PLAN, default_markets())}
    assert list(options) == ["MA", "A", "B", "C", "D", "H"]
    assert options["B"].weights == pytest.approx(families()[1])
    assert options["D"].fees.total.tolist() == [37.0] * 10
    assert options["MA"].fees.total.tolist() == [75.0]
    assert options["H"].kind is OptionKind.HYBRID


def test_options_survive_a_round_trip(tmp_path):
    write_options(tmp_path, paper_options())
    again = read_options(tmp_path, default_markets())
    for one, two in zip(paper_options(), again, strict=True):
        assert (one.id, one.kind, one.alpha_basis) == (two.id, two.kind, two.alpha_basis)
        assert one.fees.total.tolist() == two.fees.total.tolist()
        assert one.weights is None or two.weights == pytest.approx(one.weights, abs=1e-15)


def test_a_vintages_own_fee_replaces_the_options(tmp_path):
    weights = "X,2030,US_LG,1\nX,2040,US_LG,1\n"
    path = folder(tmp_path, "X,X,target_date,30,,,,,\n", weights, "X,2040,12,0.99\n")
    (option,) = read_options(path, default_markets())
    assert option.fees.fund.tolist() == [30.0, 12.0]
    assert option.r2[1] == 0.99


def test_unknown_classes_options_kinds_and_years_are_refused_by_line(tmp_path):
    series = "X,X,target_date,30,,,,,\n"
    assert "qdia_weights.csv:2: unknown asset class 'GOLD'" in refusal(tmp_path, series, "X,2030,GOLD,1\n")
    assert "options ['Y'] are not in" in refusal(tmp_path, series, "Y,2030,US_LG,1\n")
    assert "vintage '30' is not a year" in refusal(tmp_path, series, "X,30,US_LG,1\n")
    assert "US_LG of vintage 2030 occurs twice" in refusal(tmp_path, series, "X,2030,US_LG,1\nX,2030,US_LG,1\n")
    assert "kind 'fund' is none of" in refusal(tmp_path, "X,X,fund,30,,,,,\n")
    assert "has no rows in qdia_weights.csv" in refusal(tmp_path, series)
    assert "fund_fee_bp 'x' is not a number" in refusal(tmp_path, "X,X,target_date,x,,,,,\n", "X,2030,US_LG,1\n")
    assert "not a finite number" in refusal(tmp_path, "X,X,target_date,inf,,,,,\n", "X,2030,US_LG,1\n")


def test_weights_that_do_not_sum_to_one_are_refused_with_option_and_sum(tmp_path):
    told = refusal(tmp_path, "X,X,target_date,30,,,,,\n", "X,2030,US_LG,60\nX,2030,CASH,40\n")
    assert told.endswith("csv:2: weight of X 2030: its classes sum to 100, not to one; write 60 % as 0.6.")
    assert "is negative" in refusal(tmp_path, "X,X,target_date,,,,,,\n", "X,2030,US_LG,1.5\nX,2030,CASH,-0.5\n")
    assert "csv:2: weight is missing" in refusal(tmp_path, "X,X,target_date,,,,,,\n", "X,2030,US_LG,\n")


def test_lines_and_headers_that_do_not_fit_are_refused(tmp_path):
    assert "not as many columns" in refusal(tmp_path, "X,X\n")
    (tmp_path / "qdia_options.csv").write_text("option,fee\n", encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"unknown columns \['fee'\]"):
        read_options(tmp_path, default_markets())
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_options(tmp_path / "nowhere", default_markets())
