"""The same blocks over a Dask cluster (the ``dask`` extra): results to the last bit those of one process.

Blocks are sent a few ahead of the workers, and their summaries are taken in order, so memory stays bounded and nothing
depends on which worker was faster. Workers write their parts to the same folder, which they must share.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from importlib import import_module
from typing import Any

from modelx.domain.errors import InvalidInput, Transient
from modelx.services.qdia_evaluate import BlockSummary, Mapper, ParticipantBlock, Work

AHEAD = 2
CONNECT_SECONDS = 15


def dask_mapper(scheduler: str | None, workers: int) -> Mapper:
    """A mapper over the cluster at ``scheduler``, or over ``workers`` processes of this machine where it is None.

    Raises :class:`InvalidInput` without the extra and for no workers; while it maps, :class:`InvalidInput` for an
    address that is none, and :class:`Transient` for a scheduler that does not answer or lost its workers: what was
    saved is kept.
    """
    if workers < 1:
        raise InvalidInput(f"--workers {workers}: name one process at least.")
    try:
        distributed: Any = import_module("distributed")
    except ImportError as cause:
        raise InvalidInput("--engine dask needs the extra: pip install 'modelx-custody[dask]'.") from cause

    def over_cluster(work: Work, blocks: Iterable[ParticipantBlock]) -> Iterator[BlockSummary]:
        with ExitStack() as stack:
            where = scheduler or stack.enter_context(
                distributed.LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None)
            )
            client = stack.enter_context(_client(distributed, where))
            try:
                yield from _windowed(client, work, blocks, workers)
            except (TimeoutError, distributed.KilledWorker, distributed.comm.CommClosedError) as cause:
                raise Transient(f"the Dask cluster lost its workers ({cause}): run the same command again") from cause

    return over_cluster


def _client(distributed: Any, where: Any) -> Any:
    try:
        return distributed.Client(where, timeout=CONNECT_SECONDS)
    except ValueError as cause:
        raise InvalidInput(f"--scheduler {where}: no address of a scheduler, such as tcp://HOST:8786.") from cause
    except OSError as cause:
        raise Transient(f"--scheduler {where}: no scheduler answers there: start one, then run this again") from cause


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
