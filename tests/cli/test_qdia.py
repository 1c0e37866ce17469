"""`modelx qdia`, from a person's files to a committee's."""

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from cyclopts import App

from modelx.cli.qdia import app
from modelx.domain.errors import InvalidInput, KeyReusedWithDifferentInput
from modelx.evaluator.asset_classes import CODES
from modelx.evaluator.shipped import default_markets
from tests.services.disclosure_books import demo_quarter

ROOT = Path(__file__).resolve().parents[2]
PLAN = ROOT / "fixtures" / "paper_plan"
CASE = [str(PLAN / "participants.csv"), "--options", str(PLAN), "--as-of", "2018-01-01"]


def run(*arguments: str) -> None:
    alone: App = app
    alone(list(arguments), exit_on_error=False, result_action="return_value")


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_evaluate_prints_the_rows_of_the_cost_table(capsys):
    run("evaluate", *CASE, "--covariance", str(ROOT / "fixtures/paper/cov_paperfit_A.csv"), "--mode", "paper", "--csv")
    shown = capsys.readouterr()
    found = {row["option"]: row for row in rows(shown.out)}
    assert float(found["D"]["total_loss"]) == pytest.approx(23.5745, abs=1e-3)
    assert float(found["B"]["relative_gain"]) == pytest.approx(-25 - 42.3757, abs=1e-3)
    assert "warning: D: mode=paper" in shown.err
    assert "10 participants evaluated" in shown.err


def test_evaluate_as_json_names_its_inputs_by_hash(capsys):
    run("evaluate", *CASE, "--json")
    found = json.loads(capsys.readouterr().out)
    assert found["inputs"]["covariance horizon2017_blend"] == default_markets().sha256
    assert found["participants"]["evaluated"] == 10


def test_results_are_kept_and_never_mixed(tmp_path, capsys):
    run("evaluate", *CASE, "--results", str(tmp_path), "--csv")
    first = capsys.readouterr().out
    run("evaluate", *CASE, "--results", str(tmp_path), "--csv")
    assert capsys.readouterr().out == first
    with pytest.raises(KeyReusedWithDifferentInput, match="different: premium"):
        run("evaluate", *CASE, "--results", str(tmp_path), "--premium", "0.05")


def test_a_changed_fee_in_the_file_changes_the_next_run(tmp_path, capsys):
    for name in ("qdia_options.csv", "qdia_weights.csv"):
        (tmp_path / name).write_bytes((PLAN / name).read_bytes())
    case = [str(PLAN / "participants.csv"), "--options", str(tmp_path), "--as-of", "2018-01-01", "--csv"]
    run("evaluate", *case)
    before = {row["option"]: row for row in rows(capsys.readouterr().out)}
    options = (tmp_path / "qdia_options.csv").read_text()
    (tmp_path / "qdia_options.csv").write_text(options.replace("target_date,25.0", "target_date,31.0"))
    run("evaluate", *case)
    after = {row["option"]: row for row in rows(capsys.readouterr().out)}
    assert float(after["B"]["fees"]) - float(before["B"]["fees"]) == pytest.approx(6)
    assert after["A"] == before["A"]


def test_report_writes_four_files(tmp_path, capsys):
    run("report", *CASE, "--to", str(tmp_path / "report"), "--draws", "20")
    paths = capsys.readouterr().out.split()
    assert [Path(path).suffix for path in paths] == [".html", ".pdf", ".xlsx", ".json"]
    assert all(Path(path).stat().st_size > 5_000 for path in paths)
    with pytest.raises(InvalidInput, match="Unknown formats"):
        run("report", *CASE, "--to", str(tmp_path), "--format", "docx")


def test_a_plan_of_the_book_is_judged_by_the_facts_stored_for_its_default(tmp_path, capsys):
    engine = demo_quarter(tmp_path)
    book = ("--plan", "HALVORSEN", "--database", str(engine.url))
    engine.dispose()
    options, people = tmp_path / "own", tmp_path / "participants.csv"
    run("candidates", *book, "--as-of", "2026-12-31", "--to", str(options))
    people.write_text((PLAN / "participants.csv").read_text().replace("PAPER10", "HALVORSEN"))
    case = (str(people), "--options", str(options), "--as-of", "2027-01-05", "--draws", "20", "--format", "json")
    reasons = {}
    for name, more in (("stored", book), ("unknown", book[:2])):
        run("report", *case, *more, "--to", str(tmp_path / name))
        reasons[name] = (tmp_path / name / "qdia-report.json").read_text()
    assert "managed by an ERISA 3(38) investment manager" in reasons["stored"]
    assert "first 2024-03-28, yearly 2026-11-25" in reasons["stored"]
    assert "managed by an ERISA 3(38) investment manager" not in reasons["unknown"]


def test_own_models_are_shown_by_holdings_and_by_returns_and_evaluated_beside_outside_products(tmp_path, capsys):
    engine = demo_quarter(tmp_path)
    book = ("--plan", "HALVORSEN", "--database", str(engine.url), "--as-of", "2026-12-31")
    engine.dispose()
    outside, own = ROOT / "fixtures" / "qdia_book", tmp_path / "own"
    factors = ("--factors", str(outside / "factor_returns.csv"))
    with pytest.raises(InvalidInput, match="--exposures needs --factors"):
        run("candidates", *book, "--exposures")
    run("candidates", *book, *factors, "--to", str(own), "--csv")
    found = {row["model"]: row for row in rows(capsys.readouterr().out)}
    moderate = found["CDLMOD"]
    assert float(moderate["equity_low"]) <= float(moderate["equity_by_returns"]) <= float(moderate["equity_high"])
    # Its history was made of 60 % world and 40 % bond index; it holds about that.
    assert float(moderate["equity_by_returns"]) == pytest.approx(60, abs=3)
    assert float(moderate["equity_held"]) == pytest.approx(61.4, abs=1)
    assert float(moderate["r2"]) > 0.97
    kinds = ("fund_bp", "manager_bp", "platform_bp", "advisor_bp", "other_bp")
    assert sum(float(moderate[kind]) for kind in kinds) == pytest.approx(float(moderate["total_bp"]), abs=0.03)
    assert found["NMTD35"]["note"] == "33 months; 36 are the least"
    run("candidates", *book, *factors, "--exposures", "--csv")
    parts = [row["part"] for row in rows(capsys.readouterr().out) if row["option"] == "CDLMOD"]
    assert parts[:2] == ["EQUITY", "US equity"]
    people = tmp_path / "plan.parquet"
    run("population", str(people), "--count", "200")
    run("report", str(people), "--options", str(own), "--options", str(outside), "--as-of", "2026-12-31",
        "--to", str(tmp_path / "report"), "--draws", "20", "--format", "json")  # fmt: skip
    sections = json.loads((tmp_path / "report" / "qdia-report.json").read_text())["sections"]
    (views,) = (one for one in sections if one["key"] == "views")
    losses = next(block for block in views["blocks"] if block.get("key") == "two-losses")
    assert [row["label"] for row in losses["rows"]] == ["Cedarline Growth", "Cedarline Moderate"]


def test_a_covariance_fitted_to_the_paper_is_never_reported_as_an_assumption(tmp_path, capsys):
    disguised = tmp_path / "our_assumptions.csv"
    disguised.write_bytes((ROOT / "fixtures/paper/cov_paperfit_A.csv").read_bytes())
    run("evaluate", *CASE, "--covariance", str(disguised), "--csv")
    assert "is nobody's assumption" in capsys.readouterr().err
    run("sensitivity", *CASE, "--draws", "20", "--other-covariance", str(disguised))
    assert "is nobody's assumption" in capsys.readouterr().err
    for option in ("--covariance", "--other-covariance"):
        with pytest.raises(InvalidInput, match="Choose another covariance"):
            run("report", *CASE, "--to", str(tmp_path), option, str(disguised), "--draws", "20")


def test_pivot_finds_the_age_of_fifty_one(capsys):
    run("pivot", *CASE, "--csv")
    shown = capsys.readouterr()
    assert [row["pivot_age"] for row in rows(shown.out) if row["mark"] == "best"] == ["51"]
    assert "Break-even fee of MA" in shown.err


def test_the_fitted_glide_path_can_be_evaluated_as_an_option(tmp_path, capsys):
    run("glidepath", *CASE, "--csv")
    weights = capsys.readouterr().out
    (tmp_path / "qdia_weights.csv").write_text(weights)
    (tmp_path / "qdia_options.csv").write_text("option,name,kind\nCUSTOM,Fitted,custom\n")
    run("evaluate", CASE[0], "--options", str(tmp_path), "--as-of", "2018-01-01", "--csv")
    (found,) = rows(capsys.readouterr().out)
    run("glidepath", *CASE, "--json")
    assert float(found["total_loss"]) == pytest.approx(json.loads(capsys.readouterr().out)["mean_loss_bp"], abs=1e-3)


def test_sensitivity_lists_changes_and_bands(capsys):
    other = str(ROOT / "fixtures/paper/cov_paperfit_A.csv")
    run("sensitivity", *CASE, "--draws", "50", "--other-covariance", other, "--csv")
    found = rows(capsys.readouterr().out)
    assert found[0]["factor"] == "base"
    assert any(row["change"] == "cov_paperfit_A" for row in found)
    assert found[-1]["change"] == "least cost in"


def test_style_gives_equity_first_and_weights_that_can_be_evaluated(tmp_path, capsys):
    source = np.random.default_rng(4)
    factors = source.normal(size=(60, 19)) @ default_markets().root.T / np.sqrt(12)
    months = [f"{2015 + n // 12}-{n % 12 + 1:02d}" for n in range(60)]
    with (tmp_path / "factors.csv").open("w") as out:
        out.write("month," + ",".join(CODES) + "\n")
        out.writelines(
            f"{m}," + ",".join(f"{v:.10f}" for v in row) + "\n" for m, row in zip(months, factors, strict=True)
        )
    fund = 0.6 * factors[:, 0] + 0.4 * factors[:, 10]
    with (tmp_path / "returns.csv").open("w") as out:
        out.write("option,vintage,month,return\n")
        out.writelines(f"X,2030,{m},{v:.10f}\n" for m, v in zip(months, fund, strict=True))
    files = str(tmp_path / "returns.csv"), str(tmp_path / "factors.csv")
    run("style", *files, "--json")
    found = json.loads(capsys.readouterr().out)["rows"]
    assert (found[0]["what"], found[0]["estimate"]) == ("equity", "60.0")
    run("style", *files, "--csv")
    weights = {row["asset_class"]: float(row["weight"]) for row in rows(capsys.readouterr().out)}
    assert weights["US_LG"] == pytest.approx(0.6, abs=1e-5)


def test_reproduce_paper_prints_every_exhibit(capsys):
    run("reproduce-paper", "--facts", str(ROOT / "fixtures/paper"), "--csv")
    shown = capsys.readouterr()
    found = rows(shown.out)
    assert {row["exhibit"] for row in found} == {"1", "2", "3", "5", "7", "8", "9", "11", "12", "13", "14", "15"}
    assert all(row["reason"] for row in found if row["agrees"] != "yes")
    assert "reproduce to the digit printed" in shown.err


def test_a_generated_plan_reads_back(tmp_path, capsys):
    path = tmp_path / "plan.parquet"
    run("population", str(path), "--count", "500")
    capsys.readouterr()
    run("evaluate", str(path), "--options", str(PLAN), "--as-of", "2018-01-01", "--information-loss", "--csv")
    shown = capsys.readouterr()
    assert "500 participants evaluated" in shown.err
    assert "imputed" in shown.err
    assert float(rows(shown.out)[0]["information_loss"]) > 0


def test_assumptions_of_a_file_and_another_source_of_ideals_change_the_evaluation(tmp_path, capsys):
    people, assumed = tmp_path / "plan.parquet", tmp_path / "assumptions.toml"
    run("population", str(people), "--count", "300")
    case = [str(people), "--options", str(PLAN), "--as-of", "2018-01-01", "--csv"]
    capsys.readouterr()
    losses = []
    for text in ("", "[total_wealth]\nphi = 0.35\n", '[decomposition]\nsub_mix = "plan_average"\n'):
        assumed.write_text(text)
        run("evaluate", *case, "--assumptions", str(assumed))
        losses.append({row["option"]: row for row in rows(capsys.readouterr().out)}["A"])
    plain, riskier, shared = losses
    assert riskier["total_loss"] != plain["total_loss"]
    assert (shared["total_loss"], shared["fees"]) == (plain["total_loss"], plain["fees"])
    assert 0 < abs(float(shared["equity_loss"]) - float(plain["equity_loss"])) < 1
    with pytest.raises(InvalidInput, match="IDEAL_EQUITY_MISSING: 300"):
        run("evaluate", *case, "--ideal", "supplied")


def test_options_of_several_folders_are_compared_and_named_in_the_inputs(tmp_path, capsys):
    (tmp_path / "qdia_options.csv").write_text("option,name,kind,service_fee_bp\nZ,Other advice,managed_account,50\n")
    run("evaluate", *CASE, "--options", str(tmp_path), "--json")
    found = json.loads(capsys.readouterr().out)
    assert [row["option"] for row in found["rows"]] == ["MA", "A", "B", "C", "D", "H", "Z"]
    assert {"paper_plan/qdia_options.csv", f"{tmp_path.name}/qdia_options.csv"} <= set(found["inputs"])


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--as-of", "2018"], "write YYYY-MM-DD"),
        (["--as-of", "2018-01-01", "--premium", "5.5"], "fractions a year"),
        (["--as-of", "2018-01-01", "--covariance", "nowhere.csv"], "nowhere.csv"),
        (["--as-of", "2018-01-01", "--planning", "nowhere.csv"], "planning schedule cannot be read"),
        (["--as-of", "2018-01-01", "--plan", "NOBODY"], "no usable participant"),
        (["--as-of", "2018-01-01", "--cap-bp", "-5"], "cap must be above zero"),
    ],
)
def test_mistakes_are_refused_with_their_reason(arguments, reason):
    with pytest.raises(InvalidInput, match=reason):
        run("evaluate", str(PLAN / "participants.csv"), "--options", str(PLAN), *arguments)
