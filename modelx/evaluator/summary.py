"""Adding blocks up: means by weight, dollars, shares above a loss, cohorts, influence, reasons (spec 2.10).

A :class:`PlanSummary` of one block plus that of the next is that of both. Blocks are added in their order, so the last
digit does not depend on how many workers there were.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from modelx.evaluator.cohorts import Cohorts, cohorts_of, dimensions
from modelx.evaluator.columns import BASIS_POINTS, FloatArray, IntArray, as_floats
from modelx.evaluator.cost_stack import CostStack
from modelx.evaluator.distribution import Histogram, histogram
from modelx.evaluator.engine import Ideal, Origin
from modelx.evaluator.errors import BadParticipants
from modelx.evaluator.evaluation import BlockResult
from modelx.evaluator.influence import Influential, influential
from modelx.evaluator.participants import Participants, reason_counts

THRESHOLDS_BP = (50.0, 100.0)
GRID_AGES, GRID_LEVELS = 111, 101


@dataclass(frozen=True, slots=True)
class PlanSummary:
    """Sums over the participants evaluated; ``sums`` by cost row and option (K,), weighted, in basis points.

    ``best`` counts by weight whose own relative gain is highest with each option; ``above`` (2, K) the weight above 50
    and 100 basis points of loss. ``grid`` (2, ages, levels) counts people and dollars by whole age and whole percent of
    ideal equity.
    """

    options: tuple[str, ...]
    read: int
    evaluated: int
    weight: float
    balance: float
    sums: Mapping[str, FloatArray]
    total: FloatArray
    dollars: FloatArray
    above: FloatArray
    best: FloatArray
    spread: Histogram
    cohorts: Mapping[str, Cohorts]
    influence: Influential
    grid: FloatArray
    not_used: Mapping[str, int]
    imputed: Mapping[str, int]
    origins: Mapping[str, int]

    def means(self) -> dict[str, FloatArray]:
        """Weighted mean (K,) of every row of the cost stack, and of the total loss."""
        if not self.weight > 0:
            raise BadParticipants(_nobody(self.read, dict(self.not_used)))
        return {
            **{name: as_floats(one / self.weight) for name, one in self.sums.items()},
            "total_loss": self.mean_total(),
        }

    def mean_total(self) -> FloatArray:
        """(K,) weighted mean of the total loss."""
        return as_floats(self.total / self.weight)

    def plus(self, other: "PlanSummary") -> "PlanSummary":
        """Both together."""
        return PlanSummary(
            self.options,
            self.read + other.read,
            self.evaluated + other.evaluated,
            self.weight + other.weight,
            self.balance + other.balance,
            {name: one + other.sums[name] for name, one in self.sums.items()},
            self.total + other.total,
            self.dollars + other.dollars,
            self.above + other.above,
            self.best + other.best,
            self.spread.plus(other.spread),
            {name: one.plus(other.cohorts[name]) for name, one in self.cohorts.items()},
            self.influence.plus(other.influence),
            self.grid + other.grid,
            _added(self.not_used, other.not_used),
            _added(self.imputed, other.imputed),
            _added(self.origins, other.origins),
        )


def summarise(people: Participants, ideal: Ideal, result: BlockResult) -> PlanSummary:
    """The summary of one block."""
    weight = result.weight
    rows = result.stack.rows()
    gain = result.stack.relative_gain
    winner = gain.argmax(axis=0) if gain.shape[1] else np.zeros(0, dtype=np.int64)
    return PlanSummary(
        result.options,
        len(people),
        len(result.rows),
        float(weight.sum()),
        float(result.balance.sum()),
        {name: as_floats((column * weight).sum(axis=1)) for name, column in rows.items()},
        as_floats((result.total * weight).sum(axis=1)),
        as_floats((result.total * result.balance).sum(axis=1) / BASIS_POINTS),
        np.stack([((result.total > limit) * weight).sum(axis=1) for limit in THRESHOLDS_BP]),
        as_floats(np.bincount(winner, weights=weight, minlength=len(result.options))),
        histogram(result.total, weight),
        cohorts_of(result, dimensions(people.take(result.rows))),
        influential(result),
        _grid(result),
        reason_counts(result.reason),
        dict(ideal.imputed),
        {one.name: int((ideal.origin[result.rows] == one).sum()) for one in Origin if one is not Origin.NONE},
    )


def mean_stack(summary: PlanSummary) -> CostStack:
    """The stack of means, one value an option (K,). Raises :class:`BadParticipants` where nobody was evaluated."""
    means = summary.means()
    return CostStack(**{name: means[name] for name in summary.sums})


def ranking(summary: PlanSummary) -> IntArray:
    """Positions of the options, best relative gain first; equal gains keep the order of the options."""
    return np.argsort(-mean_stack(summary).relative_gain, kind="stable")


def _grid(result: BlockResult) -> FloatArray:
    age = np.clip(result.age, 0, GRID_AGES - 1).astype(np.int64)
    level = np.clip(np.round(100 * result.ideal_equity), 0, GRID_LEVELS - 1).astype(np.int64)
    place, size = age * GRID_LEVELS + level, GRID_AGES * GRID_LEVELS
    people, dollars = np.bincount(place, minlength=size), np.bincount(place, weights=result.balance, minlength=size)
    return as_floats(np.stack([people, dollars]).reshape(2, GRID_AGES, GRID_LEVELS))


def _added(left: Mapping[str, int], right: Mapping[str, int]) -> dict[str, int]:
    return {name: left.get(name, 0) + right.get(name, 0) for name in sorted(set(left) | set(right))}


def _nobody(read: int, not_used: dict[str, int]) -> str:
    reasons = ", ".join(f"{name}: {count}" for name, count in not_used.items()) or "no rows"
    return f"No participant of {read} could be evaluated ({reasons}), or all balances are zero with weights by balance."
