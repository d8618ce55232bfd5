"""Shards written by several processes."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import threading
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait as wait_for_end
from multiprocessing.queues import SimpleQueue
from pathlib import Path

import cv2

from aubench.corpora.corpus import Corpus
from aubench.errors import AubenchError
from aubench.method import Monitor
from aubench.pack.manifest import PackOptions, ShardInfo
from aubench.pack.write_shard import write_shard


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
    context = multiprocessing.get_context("spawn")  # forking breaks a caller that has threads
    counts: SimpleQueue[int] = context.SimpleQueue()
    todo = iter(subjects)
    failure: BaseException | None = None
    with ProcessPoolExecutor(workers, context, _start, (counts,)) as pool:

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
    if isinstance(failure, BrokenProcessPool):
        raise AubenchError(
            "a worker process died, perhaps for want of memory",
            mend="repeat with fewer --workers: what is finished is kept",
        ) from failure
    if failure:
        raise failure


_counts: SimpleQueue[int]


def _start(counts: SimpleQueue[int]) -> None:
    """Set up a worker: one thread of OpenCV, a silent end on Ctrl-C or with the parent."""
    global _counts  # noqa: PLW0603  # a queue reaches a worker only at its start
    _counts = counts
    cv2.setNumThreads(1)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    threading.Thread(target=end_with_parent, daemon=True).start()


def end_with_parent() -> None:
    """Wait in a worker process until its parent is gone, then end it."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait_for_end([parent.sentinel])
        os._exit(1)


def _write(corpus: Corpus, subject: str, options: PackOptions, shards: Path) -> ShardInfo:
    return write_shard(corpus, subject, options, shards, _counts.put)
