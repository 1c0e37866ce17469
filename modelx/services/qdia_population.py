"""A made-up plan of any size, in blocks that can be laid end to end."""

from collections.abc import Iterator

from modelx.evaluator.participants import Participants
from modelx.evaluator.reference_population import reference_population
from modelx.services.qdia_evaluate import BLOCK_ROWS


def population_blocks(count: int, seed: int, block_rows: int = BLOCK_ROWS) -> Iterator[Participants]:
    """``count`` participants in blocks; the same seed gives the same people."""
    for number, first in enumerate(range(0, max(count, 1), block_rows)):
        yield reference_population(min(block_rows, count - first), seed, number)
