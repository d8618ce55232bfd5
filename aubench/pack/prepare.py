"""Prepare a corpus: several processes write shards; the manifest is written last."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from urllib.parse import unquote

from aubench.corpora.corpus import Corpus
from aubench.crops.crop import DEFAULT_CROP, crop_info
from aubench.crops.warp import Sampling
from aubench.errors import AubenchError, DamagedError
from aubench.io.atomic import make_folder
from aubench.io.locks import LOCK, hold
from aubench.monitor import Monitor, Silence
from aubench.pack.manifest import Manifest, PackOptions, ShardInfo, finish, option_text
from aubench.pack.pack import MANIFEST, SHARDS, Pack
from aubench.pack.shard import info_path, shard_name
from aubench.pack.shard_reader import MappedShard
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

    Finished shards are kept, also those of subjects that are not asked for; damaged ones are made
    again. Whether the corpus's files have changed since is not checked: after mending a corpus,
    remove the shards of the mended subjects, or name a new folder. With several workers this starts
    processes that import the calling script, which must guard its own start with
    ``if __name__ == "__main__"``.

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
        AubenchError: If ``dest`` was begun with other options, if another process is at it, or at
            the first error in the corpus, with file and line.
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
    if _is_finished(dest, options, wanted):
        return Pack.open(dest)
    with claim(dest, options):
        missing = _missing(dest, options, wanted, corpus.subjects())
        rows = {subject: corpus.examine(subject) for subject in missing}
        progress.report("prepare", subjects=len(rows), frames=sum(rows.values()))
        longest_first = sorted(rows, key=lambda subject: -rows[subject])
        _write_shards(
            corpus, longest_first, options, dest / SHARDS, workers=workers, progress=progress
        )
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


@contextmanager
def claim(dest: Path, options: PackOptions) -> Iterator[None]:
    """Make ``dest`` the folder of a pack with these options, and hold it for this process.

    Raises:
        AubenchError: If ``dest`` holds other files, or a pack with other options, or if another
            process is at it.
    """
    _refuse_other(dest, options)
    try:
        make_folder(dest)
    except (NotADirectoryError, FileExistsError) as error:
        raise AubenchError("no folder can be made", mend="name another", path=dest) from error
    with hold(dest / LOCK):
        if _refuse_other(dest, options) != options:  # another process may have begun just now
            options.write(dest / OPTIONS)
        make_folder(dest / SHARDS)
        yield


def _refuse_other(dest: Path, options: PackOptions) -> PackOptions | None:
    """Raise if ``dest`` holds anything else; return the options that it was begun with."""
    begun, shards = _begun(dest), dest / SHARDS
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
    return begun


def _begun(dest: Path) -> PackOptions | None:
    """The options that the pack in ``dest`` was begun with; None if nothing depends on any."""
    path = dest / OPTIONS
    try:
        return PackOptions.read(path) if path.is_file() else None
    except DamagedError as error:
        if not any((dest / SHARDS).glob("*.json")):
            return None
        if (dest / MANIFEST).is_file():
            manifest = Manifest.read(dest / MANIFEST)
            return PackOptions(**{f: getattr(manifest, f) for f in PackOptions.model_fields})
        mend = f"remove {dest} and repeat the command"
        raise AubenchError("how the pack was begun is lost", mend=mend, path=path) from error


def _is_free(dest: Path) -> bool:
    """True if ``dest`` is a folder with nothing but what a prepare killed at its start left."""
    return dest.is_dir() and all(
        path.suffix == ".partial" or path.name in (OPTIONS, SHARDS, LOCK) for path in dest.iterdir()
    )


def _is_finished(dest: Path, options: PackOptions, wanted: Sequence[str]) -> bool:
    """True if ``dest`` is a pack of these options that holds ``wanted``: nothing is to be done."""
    if not (dest / MANIFEST).is_file():
        return False
    try:
        manifest = Manifest.read(dest / MANIFEST)
    except AubenchError:
        return False
    same = all(getattr(manifest, f) == getattr(options, f) for f in PackOptions.model_fields)
    return (
        same
        and all(subject in manifest.subjects for subject in wanted)
        and all(
            shard_info(dest, subject, options) == info
            for subject, info in manifest.subjects.items()
        )
    )


def _missing(
    dest: Path, options: PackOptions, wanted: Sequence[str], known: Sequence[str]
) -> list[str]:
    """The subjects to write: wanted or written earlier, and their shards are not whole."""
    begun = {subject for subject in known if info_path(dest / SHARDS, subject).exists()}
    return [s for s in sorted({*wanted, *begun}) if shard_info(dest, s, options) is None]


def shard_info(dest: Path, subject: str, options: PackOptions) -> ShardInfo | None:
    """What is known of the finished shard of ``subject``; None if it is not there, or not whole."""
    shards = dest / SHARDS
    path = info_path(shards, subject)
    try:
        info = ShardInfo.read(path) if path.is_file() else None
        if info is not None:
            widths = len(options.aus), len(options.occurrence)
            MappedShard(shards / shard_name(subject), dest, info.rows, *widths).table()
    except DamagedError:
        return None
    return info


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
    untracked = sum(info.untracked for info in done.values())
    notes = list(corpus.notes())
    if untracked:
        notes.append(
            f"{untracked} frames have no landmarks of their own: cropped by their neighbours'"
        )
    finish(options, done, tuple(notes)).keep(dest / MANIFEST)
