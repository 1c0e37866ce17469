"""Who moves the answer: the change of each option's mean loss when one participant is left out (spec section 6.7).

One conservative participant can be most of a small plan's mean (spec section 7), so a report shows this always.
"""

from dataclasses import dataclass

import numpy as np

from modelx.evaluator.columns import FloatArray, IntArray, ObjectArray, as_floats
from modelx.evaluator.evaluation import BlockResult

KEPT = 5


@dataclass(frozen=True, slots=True)
class Influential:
    """Per option (K, n), worst first: ids, ages, losses and weights of the participants who weigh most."""

    id: ObjectArray
    age: FloatArray
    total: FloatArray
    weight: FloatArray

    def plus(self, other: "Influential") -> "Influential":
        """The worst of both; ties keep the order in which blocks come."""
        joined = Influential(
            np.concatenate([self.id, other.id], axis=1),
            np.concatenate([self.age, other.age], axis=1),
            np.concatenate([self.total, other.total], axis=1),
            np.concatenate([self.weight, other.weight], axis=1),
        )
        return joined.worst()

    def worst(self, count: int = KEPT) -> "Influential":
        """The ``count`` heaviest of each option by weighted loss."""
        order = np.argsort(-self.total * self.weight, axis=1, kind="stable")[:, :count]
        return Influential(*(np.take_along_axis(one, order, axis=1) for one in _columns(self)))


def influential(result: BlockResult) -> Influential:
    """The participants of one block whose weighted loss is largest, by option."""
    loss = result.total * result.weight
    count = min(KEPT, loss.shape[1])
    some: IntArray = np.arange(loss.shape[1])[None, :].repeat(len(loss), axis=0)
    if count < loss.shape[1]:
        some = np.argpartition(-loss, count, axis=1)[:, :count]
    heaviest = np.argsort(-np.take_along_axis(loss, some, axis=1), axis=1, kind="stable")
    order: IntArray = np.take_along_axis(some, heaviest, axis=1)
    return Influential(
        result.id[order], result.age[order], np.take_along_axis(result.total, order, axis=1), result.weight[order]
    )


def mean_without(total_sum: FloatArray, weight_sum: float, people: Influential) -> FloatArray:
    """(K, n) mean loss of each option without that participant; NaN where nobody else is left."""
    left = weight_sum - people.weight
    without = total_sum[:, None] - people.total * people.weight
    return as_floats(np.where(left > 0, without, np.nan) / np.where(left > 0, left, 1.0))


def leave_one_out(total: FloatArray, weight: FloatArray) -> FloatArray:
    """(K, n) mean loss without each participant in turn, for losses (K, n) in memory."""
    sums = (total * weight).sum(axis=1, keepdims=True)
    left = weight.sum() - weight
    return as_floats(np.where(left > 0, sums - total * weight, np.nan) / np.where(left > 0, left, 1.0))


def _columns(people: Influential) -> tuple[ObjectArray, FloatArray, FloatArray, FloatArray]:
    return people.id, people.age, people.total, people.weight
