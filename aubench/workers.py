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
from multiprocessing.connection import Connection, wait
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

    Tasks under way are finished, also after an error, but not when this process is stopped (Ctrl-C
    and its like). Each worker uses one thread of OpenCV and ends at once with its parent.

    Args:
        workers: Number of processes.
        setup: Called in each worker before its first task.
        arguments: Arguments of ``setup``; queues reach a worker only here.

    Raises:
        AubenchError: If a worker process died.
    """
    ending, alive = CONTEXT.Pipe(duplex=False)  # closing ``alive`` ends every worker
    pool = ProcessPoolExecutor(workers, CONTEXT, _start, (ending, setup, arguments))
    try:
        with alive:
            try:
                yield pool
            except Exception:
                pool.shutdown(cancel_futures=True)
                raise
            pool.shutdown()
    except BrokenProcessPool as error:
        raise AubenchError(
            "a worker process died, perhaps for want of memory",
            mend="repeat with fewer --workers: what is finished is kept",
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)
        ending.close()


def _start(
    ending: Connection, setup: Callable[..., None] | None, arguments: tuple[Any, ...]
) -> None:
    cv2.setNumThreads(1)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, args=(ending,), daemon=True).start()
    if setup is not None:
        setup(*arguments)


def _end_with_parent(ending: Connection) -> None:
    """Wait until the parent process is gone, or stopped, then end this one."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel, ending])
        os._exit(1)
