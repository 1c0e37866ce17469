"""A plan evaluated from files: in blocks, resumed after a kill, over a cluster, with the same digits."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest

from modelx.domain.errors import InvalidInput, KeyReusedWithDifferentInput, Transient
from modelx.evaluator.distribution import QUANTILES, top_share
from modelx.evaluator.engine import best_available
from modelx.evaluator.evaluation import Settings
from modelx.evaluator.reference_population import reference_population
from modelx.evaluator.shipped import default_detail_map, default_markets
from modelx.files.participants import read_participants
from modelx.files.qdia_options import read_options
from modelx.files.qdia_results import open_results
from modelx.services.qdia_dask import dask_mapper
from modelx.services.qdia_evaluate import BlockWork, Inputs, ParticipantBlock, evaluate_plan
from tests.evaluator.paper import fitted
from tests.evaluator.test_golden_numbers import AVERAGES, TOTALS

PLAN = Path(__file__).resolve().parents[2] / "fixtures" / "paper_plan"


def inputs(markets=None) -> Inputs:
    markets = markets or default_markets()
    detail = default_detail_map()
    options = tuple(read_options(PLAN, markets))
    return Inputs("PAPER10", options, markets, detail, best_available(detail), Settings(as_of=2018.0))


def ten(block_rows: int = 100):
    return read_participants(PLAN / "participants.csv", date(2018, 1, 1), "PAPER10", block_rows)


def population_blocks(blocks: int, rows: int):
    for number in range(blocks):
        yield ParticipantBlock(number, reference_population(rows, 5, number), np.arange(rows, dtype=float))


@pytest.mark.parametrize("block_rows", [100, 3])
def test_the_papers_plan_from_its_files(tmp_path, block_rows):
    outcome = evaluate_plan(inputs(fitted("paperfit_A")), ten(block_rows), open_results(tmp_path, {}))
    means = outcome.summary.means()
    for place, family in enumerate("ABCD", start=1):
        assert means["total_loss"][place] == pytest.approx(AVERAGES[family][0], abs=1e-3)
        # The median of ten is the fifth loss, and the worst percent one participant.
        assert outcome.quantiles[place, 2] == pytest.approx(sorted(TOTALS[family])[4], abs=1e-3)
        assert outcome.worst_percent[place] == pytest.approx(max(TOTALS[family]) / sum(TOTALS[family]), abs=1e-4)
    assert outcome.summary.evaluated == 10
    part = pyarrow.parquet.read_table(tmp_path / "participants-00000.parquet").to_pydict()
    assert part["line"][:3] == [2, 3, 4]
    assert part["A.total_bp"][0] == pytest.approx(2.829, abs=1e-3)
    for parts in zip(*(part[f"A.{name}_bp"] for name in ("total", "equity", "detail")), strict=True):
        assert parts[0] == pytest.approx(parts[1] + parts[2])
    assert set(part["MA.planning_bp"]) == set(part["MA.information_bp"]) == {0.0}


def test_quantiles_in_two_passes_are_those_of_the_whole_column(tmp_path):
    store = open_results(tmp_path, {})
    outcome = evaluate_plan(inputs(), population_blocks(4, 500), store)
    for option in (1, 4):
        losses = np.concatenate([values for values, _ in store.losses(option)])
        expected = np.quantile(losses, QUANTILES, method="inverted_cdf")
        assert outcome.quantiles[option].tolist() == expected.tolist()
        assert outcome.worst_percent[option] == pytest.approx(top_share(losses, np.ones(len(losses))))


def digits(outcome):
    means = outcome.summary.means()
    return [
        outcome.quantiles.tobytes(),
        outcome.worst_percent.tobytes(),
        *(column.tobytes() for column in means.values()),
    ]


def test_a_killed_run_resumes_at_the_block_that_was_not_saved_and_ends_with_the_same_digits(tmp_path):
    whole = evaluate_plan(inputs(), population_blocks(5, 300), open_results(tmp_path / "whole", {}))
    store = open_results(tmp_path / "killed", {"inputs": "same"})
    work = BlockWork(inputs(), store)
    for block in list(population_blocks(5, 300))[:3]:
        work(block)
    (tmp_path / "killed" / "summary-00001.npz").unlink()
    computed = []

    def counted(job, blocks):
        for block in blocks:
            computed.append(block.number)
            yield job(block)

    store = open_results(tmp_path / "killed", {"inputs": "same"})
    resumed = evaluate_plan(inputs(), population_blocks(5, 300), store, counted)
    assert computed == [1, 3, 4]
    assert digits(resumed) == digits(whole)


def test_results_of_other_inputs_are_never_mixed(tmp_path):
    open_results(tmp_path, {"fee": 1})
    with pytest.raises(KeyReusedWithDifferentInput, match="different: fee"):
        open_results(tmp_path, {"fee": 2})


@pytest.mark.parametrize("workers", [1, 3])
def test_a_cluster_of_any_size_gives_the_digits_of_one_process(tmp_path, workers):
    local = evaluate_plan(inputs(), population_blocks(5, 400), open_results(tmp_path / "local", {}))
    store = open_results(tmp_path / "dask", {})
    cluster = evaluate_plan(inputs(), population_blocks(5, 400), store, dask_mapper(None, workers))
    assert digits(cluster) == digits(local)
    for number in range(5):
        one, two = (
            pyarrow.parquet.read_table(tmp_path / where / f"participants-{number:05d}.parquet")
            for where in ("local", "dask")
        )
        assert one.equals(two)


@pytest.mark.parametrize(
    ("scheduler", "workers", "kind", "reason"),
    [
        (None, 0, InvalidInput, "one process at least"),
        ("nonsense://here", 1, InvalidInput, "no address of a scheduler"),
        ("tcp://127.0.0.1:1", 1, Transient, "no scheduler answers there"),
    ],
)
def test_a_cluster_that_is_not_there_is_told_in_words(tmp_path, monkeypatch, scheduler, workers, kind, reason):
    monkeypatch.setattr("modelx.services.qdia_dask.CONNECT_SECONDS", 1)
    with pytest.raises(kind, match=reason):
        evaluate_plan(inputs(), ten(), open_results(tmp_path, {}), dask_mapper(scheduler, workers))


def test_a_changed_fee_changes_the_next_evaluation_and_nothing_else(tmp_path):
    before = inputs()
    dearer = tuple(
        replace(one, fees=replace(one.fees, overlay=one.fees.overlay + 5)) if one.id == "D" else one
        for one in before.options
    )
    first = evaluate_plan(before, ten(), open_results(tmp_path / "before", {})).summary.means()
    second = evaluate_plan(replace(before, options=dearer), ten(), open_results(tmp_path / "after", {})).summary.means()
    assert second["fees"] - first["fees"] == pytest.approx([0, 0, 0, 0, 5, 0])
    assert (second["total_loss"] == first["total_loss"]).all()


def test_a_plan_with_no_usable_participant_is_refused_with_every_reason(tmp_path):
    path = tmp_path / "p.csv"
    path.write_text("plan,participant,age,salary\nX,a,44,x\nX,b,,1\nY,c,44,1\n", encoding="utf-8")
    blocks = read_participants(path, date(2018, 1, 1), "X")
    with pytest.raises(InvalidInput, match=r"AGE_MISSING: 1, salary: not a plain number: 1; 1 rows are of other plans"):
        evaluate_plan(inputs(), blocks, open_results(tmp_path / "out", {}))


def test_rows_that_were_not_used_are_listed_beside_the_results(tmp_path):
    path = tmp_path / "p.csv"
    path.write_text("participant,age,balance\na,44,1\nb,,1\nc,44,x\n", encoding="utf-8")
    outcome = evaluate_plan(inputs(), read_participants(path, date(2018, 1, 1)), open_results(tmp_path / "out", {}))
    listed = pyarrow.parquet.read_table(tmp_path / "out" / "not_used-00000.parquet").to_pydict()
    assert listed == {
        "line": [4, 3],
        "participant": ["c", "b"],
        "reason": ["balance: not a plain number", "AGE_MISSING"],
    }
    assert outcome.rejected == {"balance: not a plain number": 1}
    assert outcome.summary.not_used == {"AGE_MISSING": 1}


def test_default_data_engine_charges_managed_accounts_with_information_loss(tmp_path):
    given = inputs()
    with_loss = replace(given, default_engine=given.engine.proxy)
    blocks = list(population_blocks(1, 200))
    blocks[0] = replace(blocks[0], people=replace(blocks[0].people, ideal_equity=np.full(200, 0.5)))
    means = evaluate_plan(with_loss, blocks, open_results(tmp_path, {})).summary.means()
    assert means["information_loss"][0] > 0
    assert means["information_loss"][1] == 0
