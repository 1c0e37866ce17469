"""Evaluate a plan block by block: bounded memory, any number of workers, resumable, the same digits always.

A block is a fixed number of rows of the participants file, so its results do not depend on who computes it. Summaries
of blocks are added in their order. Per-participant results go to a store as they come; quantiles are then picked from
the store in a second pass over the few values that can be meant.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from modelx.domain.errors import InvalidInput
from modelx.evaluator.capital_markets import CapitalMarkets
from modelx.evaluator.columns import FloatArray, as_floats
from modelx.evaluator.decomposition import plan_average_mix
from modelx.evaluator.detail_map import DetailMap
from modelx.evaluator.distribution import QUANTILES, cell_numbers, quantile_in_cell
from modelx.evaluator.engine import Engine
from modelx.evaluator.errors import EvaluatorError
from modelx.evaluator.evaluation import BlockResult, Settings, evaluate_block
from modelx.evaluator.option import Option, check_options
from modelx.evaluator.participants import Participants
from modelx.evaluator.summary import PlanSummary, summarise
from modelx.services.qdia_second_view import SecondView

BLOCK_ROWS = 100_000
EXAMPLES = 5
FITTED = (
    "a covariance fitted to a paper's results is nobody's assumption; it reproduces that paper and decides nothing."
)


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that could not even be read: its line in the file (the header is line 1), its id, and why."""

    line: int
    participant: str
    reason: str


@dataclass(frozen=True, slots=True)
class ParticipantBlock:
    """Rows ``number * rows ...`` of the file: who could be read, and every row that could not."""

    number: int
    people: Participants
    lines: FloatArray
    rejected: tuple[Rejection, ...] = ()
    other_plans: int = 0


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything an evaluation needs but the participants. ``hashes`` names each input file's SHA-256.

    ``default_engine``, where given, says what a managed account would hold on the record keeper's data alone; the loss
    against the full ideal is charged to managed accounts as information loss. ``second_views`` are options' portfolios
    as their returns show them, where that is known: shown beside the score, never part of it.
    """

    plan: str
    options: tuple[Option, ...]
    markets: CapitalMarkets
    detail: DetailMap
    engine: Engine
    settings: Settings
    hashes: Mapping[str, str] = field(default_factory=dict)
    default_engine: Engine | None = None
    second_views: tuple[SecondView, ...] = ()


@dataclass(frozen=True, slots=True)
class BlockSummary:
    """What a finished block leaves behind: its summary, and the rows that were not read, by reason with examples."""

    number: int
    summary: PlanSummary
    rejected: Mapping[str, int]
    examples: tuple[Rejection, ...]
    other_plans: int


class ResultStore(Protocol):
    """Where results go, block by block. A block is saved whole or not at all."""

    def finished(self, number: int) -> BlockSummary | None:
        """The block's summary if it was saved before."""

    def save(self, block: ParticipantBlock, result: BlockResult, finished: BlockSummary) -> None:
        """Keep a block's results and summary."""

    def losses(self, option: int) -> Iterator[tuple[FloatArray, FloatArray]]:
        """Total losses and weights of one option, block by block in order."""


Work = Callable[[ParticipantBlock], BlockSummary]
Mapper = Callable[[Work, Iterable[ParticipantBlock]], Iterator[BlockSummary]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A plan's evaluation: sums, exact quantiles (K, 5), the share of the loss on the worst percent (K,), warnings."""

    inputs: Inputs
    summary: PlanSummary
    quantiles: FloatArray
    worst_percent: FloatArray
    rejected: Mapping[str, int]
    examples: tuple[Rejection, ...]
    other_plans: int
    warnings: tuple[str, ...]


def one_after_another(work: Work, blocks: Iterable[ParticipantBlock]) -> Iterator[BlockSummary]:
    """The local mapper."""
    return map(work, blocks)


def evaluate_plan(
    inputs: Inputs,
    blocks: Iterable[ParticipantBlock],
    store: ResultStore,
    mapper: Mapper = one_after_another,
    progress: Callable[[int, int], None] = lambda block, rows: None,
) -> Outcome:
    """Evaluate all blocks and add them up. ``progress`` is told each finished block and the rows read so far.

    Blocks that the store has already are not computed again. Raises :class:`InvalidInput` where options contradict
    each other or no participant can be used, with the reasons counted.
    """
    try:
        warnings = check_options(inputs.options, inputs.settings.mode)
    except EvaluatorError as cause:
        raise InvalidInput(str(cause)) from cause
    if inputs.markets.fitted:
        warnings.append(f"{inputs.markets.name}: {FITTED}")
    total: PlanSummary | None = None
    rejected: dict[str, int] = {}
    examples: list[Rejection] = []
    other_plans = 0
    for finished in _with_finished(BlockWork(inputs, store), blocks, store, mapper):
        total = finished.summary if total is None else total.plus(finished.summary)
        for reason, count in finished.rejected.items():
            rejected[reason] = rejected.get(reason, 0) + count
        examples += [one for one in finished.examples if sum(e.reason == one.reason for e in examples) < EXAMPLES]
        other_plans += finished.other_plans
        progress(finished.number, total.read)
    if total is None or not total.weight > 0:
        raise InvalidInput(_nobody(inputs.plan, total, rejected, other_plans))
    return Outcome(
        inputs,
        total,
        _quantiles(total, store),
        _worst_percent(total, store),
        dict(sorted(rejected.items())),
        tuple(examples),
        other_plans,
        tuple(warnings),
    )


def plan_mix(blocks: Iterable[ParticipantBlock], engine: Engine, markets: CapitalMarkets) -> FloatArray:
    """(2, 19) the plan's aggregate stocks and bonds by its members' ideals: one pass, for a sub-mix of the plan.

    Raises :class:`InvalidInput` where nobody has an ideal.
    """
    held = np.zeros(markets.classes)
    for block in blocks:
        weights = engine.ideal(block.people).weights
        held += weights[np.isfinite(weights).all(axis=1)].sum(axis=0)
    if not held.any():
        raise InvalidInput("No participant has an ideal portfolio, so the plan has no average mix.")
    return plan_average_mix(held[None], markets)


@dataclass(frozen=True, slots=True)
class BlockWork:
    """Evaluates one block and saves it; carries all it needs, so that another process can run it."""

    inputs: Inputs
    store: ResultStore

    def __call__(self, block: ParticipantBlock) -> BlockSummary:
        """Evaluate, summarise, save."""
        given, people = self.inputs, block.people
        ideal = given.engine.ideal(people)
        default = None if given.default_engine is None else given.default_engine.ideal(people).weights
        result = evaluate_block(people, ideal, given.options, given.markets, given.settings, given.detail, default)
        counts: dict[str, int] = {}
        for one in block.rejected:
            counts[one.reason] = counts.get(one.reason, 0) + 1
        finished = BlockSummary(
            block.number, summarise(people, ideal, result), counts, _examples(block.rejected), block.other_plans
        )
        self.store.save(block, result, finished)
        return finished


def _with_finished(
    work: Work, blocks: Iterable[ParticipantBlock], store: ResultStore, mapper: Mapper
) -> Iterator[BlockSummary]:
    """Summaries in the order of blocks: stored ones as they are, the others from the mapper, which keeps order."""
    order: deque[BlockSummary | None] = deque()

    def unfinished() -> Iterator[ParticipantBlock]:
        for block in blocks:
            known = store.finished(block.number)
            order.append(known)
            if known is None:
                yield block

    for computed in mapper(work, unfinished()):
        while order and (known := order.popleft()) is not None:
            yield known
        yield computed
    yield from (known for known in order if known is not None)


def _examples(rejected: Sequence[Rejection]) -> tuple[Rejection, ...]:
    seen: dict[str, int] = {}
    kept = []
    for one in rejected:
        seen[one.reason] = seen.get(one.reason, 0) + 1
        if seen[one.reason] <= EXAMPLES:
            kept.append(one)
    return tuple(kept)


def _quantiles(total: PlanSummary, store: ResultStore) -> FloatArray:
    """Exact quantiles (K, 5): only the values of the one cell in which each lies are held in memory."""
    cells = np.stack([total.spread.cell_of(share) for share in QUANTILES], axis=1)
    below = np.stack([total.spread.below(cells[:, place]) for place in range(len(QUANTILES))], axis=1)
    found = np.zeros(cells.shape)
    for option in range(len(total.options)):
        wanted = set(cells[option].tolist())
        inside = dict.fromkeys(wanted, (np.zeros(0), np.zeros(0)))
        for losses, weight in store.losses(option):
            of = cell_numbers(losses)
            for cell in wanted:
                inside[cell] = _with_values(*inside[cell], losses[of == cell], weight[of == cell])
        mass = float(total.spread.weight[option].sum())
        for place, share in enumerate(QUANTILES):
            cell = int(cells[option, place])
            found[option, place] = quantile_in_cell(*inside[cell], float(below[option, place]), share * mass)
    return as_floats(found)


def _with_values(
    values: FloatArray, weights: FloatArray, more: FloatArray, more_weights: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Different values and their weights: what many lose alike, nothing above all, is kept once."""
    joined, weighed = np.concatenate([values, more]), np.concatenate([weights, more_weights])
    different, place = np.unique(joined, return_inverse=True)
    return different, as_floats(np.bincount(place, weights=weighed, minlength=len(different)))


def _worst_percent(total: PlanSummary, store: ResultStore) -> FloatArray:
    """(K,) share of the weighted loss on the worst percent of the participants, at least one of them."""
    count = max(int(np.ceil(0.01 * total.evaluated)), 1)
    shares = np.zeros(len(total.options))
    for option in range(len(total.options)):
        worst = np.zeros((2, 0))
        for losses, weight in store.losses(option):
            worst = np.concatenate([worst, np.stack([losses, weight])], axis=1)
            if worst.shape[1] > count:
                worst = worst[:, np.argpartition(-worst[0], count)[:count]]
        whole = float(total.total[option])
        shares[option] = float((worst[0] * worst[1]).sum()) / whole if whole > 0 else 0.0
    return as_floats(shares)


def _nobody(plan: str, total: PlanSummary | None, rejected: Mapping[str, int], other_plans: int) -> str:
    reasons = {**rejected, **(dict(total.not_used) if total else {})}
    listed = ", ".join(f"{name}: {count}" for name, count in sorted(reasons.items())) or "no rows for this plan"
    others = f"; {other_plans} rows are of other plans" if other_plans else ""
    return f"{plan or 'The file'} has no usable participant ({listed}{others})."
