"""Prepare a corpus: several processes write shards; the manifest is written last."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Collection, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from urllib.parse import unquote

from aubench.corpora.corpus import Corpus
from aubench.corpora.landmarks.gaps import gap_notes
from aubench.corpora.landmarks.policy import LandmarkSettings
from aubench.crops.crop import DEFAULT_CROP, crop_info
from aubench.crops.warp import Sampling
from aubench.errors import AubenchError
from aubench.monitor import Monitor, Silence
from aubench.pack.manifest import PackOptions, ShardInfo, finish, option_text
from aubench.pack.pack import MANIFEST, SHARDS, Pack
from aubench.pack.shard import info_path, shard_name
from aubench.pack.write_shard import write_shard
from aubench.protocol import FramePolicy
from aubench.workers import CONTEXT, worker_pool

OPTIONS = "options.json"
"""The file of a pack's `PackOptions`, written first."""


def prepare(
    corpus: Corpus,
    dest: Path,
    *,
    recipe: str = DEFAULT_CROP,
    margin: float | None = None,
    size: int = 256,
    frames: FramePolicy = "all",
    quality: int = 95,
    sampling: Sampling = "mipmap",
    subjects: Collection[str] | None = None,
    workers: int = 1,
    progress: Monitor | None = None,
) -> Pack:
    """Make the pack ``dest`` of ``corpus``, or go on where an earlier call was stopped.

    Finished shards are kept, also those of subjects that are not asked for. Whether the corpus's
    files have changed since is not checked: after mending a corpus, remove the shards of the mended
    subjects, or name a new folder. With several workers this starts processes that import the
    calling script, which must guard its own start with ``if __name__ == "__main__"``.

    Args:
        corpus: The reader.
        dest: Folder of the pack.
        recipe: Name of a crop recipe.
        margin: Margin around the face (see `aubench.crops.crop`); the recipe's default when None.
        size: Width and height of the pictures in pixels.
        frames: ``all``, or without those in the corpus's own ``errlog``.
        quality: JPEG quality of the pictures, 1–100.
        sampling: How pictures are shrunk.
        subjects: Subject keys; all subjects when None.
        workers: Number of processes.
        progress: Receives ``prepare`` (subjects, frames: the numbers to do), ``frames`` (count).

    Raises:
        AubenchError: If ``dest`` was begun with other options, or at the first error in the corpus,
            with file and line.
    """
    progress = progress or Silence()
    wanted = _wanted(corpus, subjects)
    options = PackOptions(
        corpus=corpus.name,
        synthetic=corpus.synthetic,
        aus=corpus.aus,
        occurrence=corpus.occurrence,
        size=size,
        recipe=crop_info(recipe, margin),
        frames=frames,
        quality=quality,
        sampling=sampling,
        settings=dataclasses.asdict(corpus.settings),  # type: ignore[call-overload]  # dataclasses by contract
    )
    shards = dest / SHARDS
    claim(dest, options)
    missing = [subject for subject in wanted if not _is_done(shards, subject)]
    rows = {subject: corpus.examine(subject) for subject in missing}
    progress.report("prepare", subjects=len(rows), frames=sum(rows.values()))
    longest_first = sorted(rows, key=lambda subject: -rows[subject])
    _write_shards(corpus, longest_first, options, shards, workers=workers, progress=progress)
    _finish(corpus, options, dest)
    return Pack.open(dest)


def _wanted(corpus: Corpus, subjects: Collection[str] | None) -> list[str]:
    """Keys of the subjects to prepare, sorted; all of them must exist."""
    known = corpus.subjects()
    for subject in subjects or ():
        if subject not in known:
            raise AubenchError(
                f"no subject {subject}",
                mend=f"choose among {', '.join(known)}",
                path=corpus.source,
            )
    return sorted(known if subjects is None else set(subjects))


def claim(dest: Path, options: PackOptions) -> None:
    """Make ``dest`` the folder of a pack with these options.

    Raises:
        AubenchError: If ``dest`` holds other files, or a pack with other options.
    """
    path, shards = dest / OPTIONS, dest / SHARDS
    begun = PackOptions.read(path) if path.is_file() else None
    if begun is None and dest.exists() and not _is_free(dest):
        raise AubenchError("is in use, and not by a pack", mend="name a new folder", path=dest)
    if begun is not None and begun != options and any(shards.glob("*.json")):
        fields = [f for f in PackOptions.model_fields if getattr(begun, f) != getattr(options, f)]
        old, new = (option_text(getattr(each, fields[0])) for each in (begun, options))
        raise AubenchError(
            f"begun with {fields[0]} {old}, not {new}",
            mend="name another folder, or repeat with the same options",
            path=dest,
        )
    try:
        dest.mkdir(parents=True, exist_ok=True)
    except (NotADirectoryError, FileExistsError) as error:
        raise AubenchError("no folder can be made", mend="name another", path=dest) from error
    if begun != options:
        options.write(path)
    shards.mkdir(exist_ok=True)


def _is_free(dest: Path) -> bool:
    """True if ``dest`` is a folder with nothing but what a prepare killed at its start left."""
    return dest.is_dir() and all(path.suffix == ".partial" for path in dest.iterdir())


def _is_done(shards: Path, subject: str) -> bool:
    """True if the shard of ``subject`` is whole."""
    return info_path(shards, subject).is_file() and (shards / shard_name(subject)).is_file()


def _write_shards(
    corpus: Corpus,
    subjects: Sequence[str],
    options: PackOptions,
    shards: Path,
    *,
    workers: int,
    progress: Monitor,
) -> None:
    """Write the shards of ``subjects``, in any order.

    After the first error no further subject is begun; those under way are finished and kept.
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


def _finish(corpus: Corpus, options: PackOptions, dest: Path) -> None:
    """Write the manifest of all finished shards."""
    shards = dest / SHARDS
    finished = (info for info in shards.glob("*.json") if info.with_suffix(".arrow").is_file())
    done = {f"{corpus.name}/{unquote(info.stem)}": ShardInfo.read(info) for info in finished}
    notes = list(corpus.notes())
    if any(info.untracked for info in done.values()):
        limit = corpus.settings.max_gap if isinstance(corpus.settings, LandmarkSettings) else None
        notes += gap_notes(Pack(dest, finish(options, done)).index, corpus.rate, limit)
    finish(options, done, tuple(notes)).keep(dest / MANIFEST)
