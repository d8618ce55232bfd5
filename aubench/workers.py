"""Worker processes: one way to start them; they end with their parent."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.connection import wait
from multiprocessing.context import SpawnContext
from typing import Any

import cv2

from aubench.errors import AubenchError

CONTEXT: SpawnContext = multiprocessing.get_context("spawn")
"""Workers are spawned, not forked: forking breaks a caller that has threads."""


@contextmanager
def worker_pool(
    workers: int, setup: Callable[..., None] | None = None, *arguments: Any
) -> Iterator[ProcessPoolExecutor]:
    """Yield a pool of worker processes; at the end, cancel the tasks that have not begun.

    Each worker uses one thread of OpenCV and ends at once with its parent or at Ctrl-C.

    Args:
        workers: Number of processes.
        setup: Called in each worker before its first task.
        arguments: Arguments of ``setup``; queues reach a worker only here.

    Raises:
        AubenchError: If a worker process died.
    """
    pool = ProcessPoolExecutor(workers, CONTEXT, _start, (setup, arguments))
    try:
        with pool:
            try:
                yield pool
            finally:
                pool.shutdown(cancel_futures=True)
    except BrokenProcessPool as error:
        raise AubenchError(
            "a worker process died, perhaps for want of memory",
            mend="repeat with fewer --workers: what is finished is kept",
        ) from error


def _start(setup: Callable[..., None] | None, arguments: tuple[Any, ...]) -> None:
    cv2.setNumThreads(1)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if setup is not None:
        setup(*arguments)


def _end_with_parent() -> None:
    """Wait until the parent process is gone, then end this one."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
