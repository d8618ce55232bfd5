"""What synthetic trees share: the marker file, half-written work, workers."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import as_completed
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aubench.corpora.corpus import SYNTHETIC_MARK
from aubench.errors import AubenchError
from aubench.workers import worker_pool

GENERATOR = 4
"""Version of the generator: the same version, seed and settings give the same tree."""


def begin(dest: Path, kind: str, settings: dict[str, Any]) -> None:
    """Make ``dest`` a synthetic tree of these settings, or check that it is one.

    Raises:
        AubenchError: If ``dest`` holds anything else.
    """
    wanted = {
        "synthetic": True,
        "note": "synthetic: no real person",
        "kind": kind,
        "generator": GENERATOR,
        **settings,
    }
    marker = dest / SYNTHETIC_MARK
    if marker.exists():
        try:
            found = json.loads(marker.read_text())
        except ValueError:
            found = None
        if found == json.loads(json.dumps(wanted)):
            return
        raise AubenchError(
            "holds a synthetic corpus of other settings",
            mend="choose another folder, or remove this one",
            path=dest,
        )
    if dest.exists() and (not dest.is_dir() or any(dest.iterdir())):
        raise AubenchError(
            "exists and is not a synthetic corpus",
            mend="choose a folder that is empty or does not exist",
            path=dest,
        )
    dest.mkdir(parents=True, exist_ok=True)
    waiting = dest / f".{SYNTHETIC_MARK}.partial"
    waiting.write_text(json.dumps(wanted, indent=2) + "\n")
    waiting.replace(marker)


@contextmanager
def half_done(dest: Path, name: str) -> Iterator[Path]:
    """An empty folder inside ``dest`` to work in; whatever stays in it is thrown away."""
    folder = dest / f".partial-{name}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def publish(source: Path, target: Path) -> None:
    """Move a finished file or folder to its place, at once."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.is_dir():
        shutil.rmtree(target)
    source.replace(target)


def spread(
    work: Callable[..., None],
    jobs: Sequence[tuple[Any, ...]],
    workers: int,
    progress: Callable[[int], None] | None,
) -> None:
    """Do ``work(*job)`` for every job, in ``workers`` processes.

    Args:
        work: A function of a module; each job's result must not depend on the others.
        jobs: Its arguments.
        workers: Processes; 1 works in this one.
        progress: Told 1 after each job.
    """
    if workers <= 1 or len(jobs) <= 1:
        for job in jobs:
            work(*job)
            if progress:
                progress(1)
        return
    with worker_pool(min(workers, len(jobs))) as pool:
        for done in as_completed([pool.submit(work, *job) for job in jobs]):
            done.result()
            if progress:
                progress(1)
