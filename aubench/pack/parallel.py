"""Shards written by several processes."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from multiprocessing.queues import SimpleQueue
from pathlib import Path

from aubench.corpora.corpus import Corpus
from aubench.monitor import Monitor
from aubench.pack.manifest import PackOptions, ShardInfo
from aubench.pack.write_shard import write_shard
from aubench.workers import CONTEXT, worker_pool


def write_shards(
    corpus: Corpus,
    subjects: Sequence[str],
    options: PackOptions,
    shards: Path,
    *,
    workers: int,
    progress: Monitor,
) -> None:
    """Write the shards of ``subjects``, in any order, as `aubench.pack.write_shard.write_shard`.

    At the first error no further subject is begun; those under way are finished and kept.

    Raises:
        AubenchError: The first mistake found in the corpus.
        OSError: If the disk is full.
    """
    if workers <= 1 or len(subjects) <= 1:
        for subject in subjects:
            write_shard(
                corpus, subject, options, shards, lambda n: progress.report("frames", count=n)
            )
        return
    counts: SimpleQueue[int] = CONTEXT.SimpleQueue()
    todo = iter(subjects)
    failure: BaseException | None = None
    with worker_pool(workers, _set_counts, counts) as pool:

        def begin(number: int) -> set[Future[ShardInfo]]:
            chosen = itertools.islice(todo, number)
            return {pool.submit(_write, corpus, s, options, shards) for s in chosen}

        waiting = begin(workers)
        while waiting:
            done, waiting = wait(waiting, timeout=0.1, return_when=FIRST_COMPLETED)
            while not counts.empty():
                progress.report("frames", count=counts.get())
            for future in done:
                failure = failure or future.exception()
                waiting |= set() if failure else begin(1)
        if failure:
            raise failure


_counts: SimpleQueue[int]


def _set_counts(counts: SimpleQueue[int]) -> None:
    global _counts  # noqa: PLW0603  # a queue reaches a worker only at its start
    _counts = counts


def _write(corpus: Corpus, subject: str, options: PackOptions, shards: Path) -> ShardInfo:
    return write_shard(corpus, subject, options, shards, _counts.put)
