"""The paper's plan and a generated one, evaluated in memory, for the tests of services and files."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import numpy as np

from modelx.disclosure.rulebook import HOUSE_RULES
from modelx.evaluator.engine import best_available
from modelx.evaluator.evaluation import BlockResult, Settings
from modelx.evaluator.reference_population import reference_population
from modelx.evaluator.shipped import default_detail_map, default_markets
from modelx.files.participants import read_participants
from modelx.files.qdia_options import read_options
from modelx.services.qdia_eligibility import eligibility_of
from modelx.services.qdia_evaluate import BlockSummary, Inputs, Outcome, ParticipantBlock, evaluate_plan
from modelx.services.qdia_extras import Extras, extras
from modelx.services.qdia_report import Made, build_report
from modelx.services.qdia_sample import Sample
from modelx.services.qdia_view import Report

PLAN = Path(__file__).resolve().parents[2] / "fixtures" / "paper_plan"
ON = date(2018, 1, 1)


@dataclass
class MemoryStore:
    """A result store that forgets when it goes."""

    results: list[BlockResult] = field(default_factory=list)

    def finished(self, number: int) -> BlockSummary | None:
        return None

    def save(self, block: ParticipantBlock, result: BlockResult, finished: BlockSummary) -> None:
        self.results.append(result)

    def losses(self, option: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for one in self.results:
            yield one.total[option], one.weight


def inputs(**settings: object) -> Inputs:
    markets, detail = default_markets(), default_detail_map()
    options = tuple(read_options(PLAN, markets))
    base = Settings(as_of=2018.0)
    hashes = {"participants.csv": "0" * 64, markets.name: markets.sha256}
    return Inputs("PAPER10", options, markets, detail, best_available(detail), replace(base, **settings), hashes)


def ten() -> Iterator[ParticipantBlock]:
    return read_participants(PLAN / "participants.csv", ON, "PAPER10")


def generated(count: int = 3000, blocks: int = 1) -> Iterator[ParticipantBlock]:
    for number in range(blocks):
        yield ParticipantBlock(number, reference_population(count, 3, number), np.arange(count, dtype=float))


def analysed(given: Inputs, blocks: Iterator[ParticipantBlock], draws: int = 50) -> tuple[Outcome, Extras]:
    sample = Sample()
    outcome = evaluate_plan(given, sample.passing(blocks), MemoryStore())
    return outcome, extras(given, sample.people, is_everyone=sample.is_everyone, draws=draws)


def report_of(given: Inputs, blocks: Iterator[ParticipantBlock], **kwargs: object) -> Report:
    outcome, more = analysed(given, blocks)
    eligible = eligibility_of(given.options, given.markets, ON, HOUSE_RULES, {})
    return build_report(Made("A plan", ON), outcome, more, eligible, **kwargs)
