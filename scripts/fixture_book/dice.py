"""Random numbers that are the same on every machine.

Only `random.Random.random` (a fixed algorithm) and plain float arithmetic are used: no library logarithm or sine,
whose last digit may differ from one platform to the next and so change a rounded price.
"""

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """One named stream: `Dice(seed, "orders")` never depends on what other streams drew."""

    def __init__(self, seed: int, stream: str) -> None:
        self._random = random.Random(f"{seed}/{stream}")

    def between(self, low: float, high: float) -> float:
        """A uniform draw in [low, high)."""
        return low + (high - low) * self._random.random()

    def happens(self, probability: float) -> bool:
        """True with this probability."""
        return self._random.random() < probability

    def normal(self) -> float:
        """Mean 0, variance 1, between -6 and 6: the sum of twelve uniforms, less six."""
        total = 0.0
        for _ in range(12):
            total += self._random.random()
        return total - 6.0

    def cents(self, low: float, high: float) -> int:
        """A whole number of cents between two amounts in dollars."""
        return int(self.between(low, high) * 100)

    def pick(self, items: Sequence[T]) -> T:
        """One of the items."""
        return items[int(self._random.random() * len(items))]
