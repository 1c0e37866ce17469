"""A fixed sample of a plan for the analyses that need participants in memory: everyone, while the plan is small.

The sample is the participants whose ids hash lowest. It is the same whatever the order of the file, the size of the
blocks or the number of workers, and every participant is as likely to be in it as any other.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from zlib import crc32

import numpy as np

from modelx.evaluator.columns import IntArray
from modelx.evaluator.participants import Participants
from modelx.services.qdia_evaluate import ParticipantBlock

SAMPLE_MOST = 20_000


@dataclass(slots=True)
class Sample:
    """Keeps at most ``most`` participants while blocks pass through :meth:`passing`."""

    most: int = SAMPLE_MOST
    seen: int = 0
    _people: Participants | None = field(default=None, repr=False)
    _order: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64), repr=False)

    def passing(self, blocks: Iterable[ParticipantBlock]) -> Iterator[ParticipantBlock]:
        """The same blocks, looked at on their way."""
        for block in blocks:
            self._look(block.people)
            yield block

    @property
    def people(self) -> Participants:
        """The sample, in the order of the file. Raises ``LookupError`` where nobody passed."""
        if self._people is None:
            raise LookupError("no participant was read")
        return self._people

    @property
    def is_everyone(self) -> bool:
        """Whether nobody was left out."""
        return self.seen <= self.most

    def _look(self, people: Participants) -> None:
        self.seen += len(people)
        if len(people) == 0:
            return
        order = np.fromiter((crc32(str(one).encode()) for one in people.id), dtype=np.int64, count=len(people))
        if self._people is not None:
            people, order = joined(self._people, people), np.concatenate([self._order, order])
        if len(people) > self.most:
            keep = np.sort(np.argsort(order, kind="stable")[: self.most])
            people, order = people.take(keep), order[keep]
        self._people, self._order = people, order


def joined(first: Participants, second: Participants) -> Participants:
    """Two sets of participants, one after the other; missing ideal weights are NaN rows."""
    columns = {
        one.name: np.concatenate([getattr(first, one.name), getattr(second, one.name)])
        for one in fields(Participants)
        if one.name != "ideal_weights"
    }
    if first.ideal_weights is None and second.ideal_weights is None:
        return Participants(**columns)
    width = next(one.ideal_weights.shape[1] for one in (first, second) if one.ideal_weights is not None)
    weights = [
        np.full((len(one), width), np.nan) if one.ideal_weights is None else one.ideal_weights
        for one in (first, second)
    ]
    return Participants(**columns, ideal_weights=np.concatenate(weights))
