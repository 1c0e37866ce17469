"""The same blocks over a Dask cluster (the ``dask`` extra): results to the last bit those of one process.

Blocks are sent a few ahead of the workers, and their summaries are taken in order, so memory stays bounded and nothing
depends on which worker was faster. Workers write their parts to the same folder, which they must share.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Any

from modelx.domain.errors import InvalidInput
from modelx.services.qdia_evaluate import BlockSummary, Mapper, ParticipantBlock, Work

AHEAD = 2


def dask_mapper(scheduler: str | None, workers: int) -> Mapper:
    """A mapper over the cluster at ``scheduler``, or over ``workers`` processes of this machine where it is None."""
    try:
        distributed: Any = import_module("distributed")
    except ImportError as cause:
        raise InvalidInput("--engine dask needs the extra: pip install 'modelx-custody[dask]'.") from cause

    def over_cluster(work: Work, blocks: Iterable[ParticipantBlock]) -> Iterator[BlockSummary]:
        if scheduler is not None:
            with distributed.Client(scheduler) as client:
                yield from _windowed(client, work, blocks, workers)
            return
        with (
            distributed.LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as cluster,
            distributed.Client(cluster) as client,
        ):
            yield from _windowed(client, work, blocks, workers)

    return over_cluster


def _windowed(client: Any, work: Work, blocks: Iterable[ParticipantBlock], workers: int) -> Iterator[BlockSummary]:
    job = client.scatter(work, broadcast=True, hash=False)
    under_way: deque[Any] = deque()
    for block in blocks:
        under_way.append(client.submit(_run, job, block, pure=False))
        if len(under_way) >= AHEAD * workers:
            yield under_way.popleft().result()
    while under_way:
        yield under_way.popleft().result()


def _run(work: Work, block: ParticipantBlock) -> BlockSummary:
    return work(block)
