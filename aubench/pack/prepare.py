"""Prepare a corpus: several processes write shards; the manifest is written last."""

from __future__ import annotations

import dataclasses
import itertools
import shutil
import time
from collections.abc import Collection, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import suppress
from functools import partial
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from urllib.parse import unquote

from aubench.corpora.corpus import Corpus
from aubench.corpora.kept_settings import kept
from aubench.corpora.landmarks.gaps import gap_notes
from aubench.corpora.landmarks.policy import LandmarkSettings
from aubench.crops.crop import DEFAULT_CROP, crop_info
from aubench.crops.sampling import Sampling
from aubench.errors import AubenchError
from aubench.monitor import Monitor, Silence
from aubench.pack.claim import claim, shard_info
from aubench.pack.manifest import Manifest, PackOptions, ShardInfo, finish
from aubench.pack.pack import MANIFEST, SHARDS, Pack
from aubench.pack.shard import info_path
from aubench.pack.write_shard import expect, write_shard
from aubench.protocol import FramePolicy
from aubench.workers import CONTEXT, worker_pool

POOL_PAYS = 10.0
"""Seconds of checking from which on it is worth while to start processes for it."""


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

    Finished shards are kept, also those of subjects that are not asked for, if the corpus's labels
    and landmarks are still those that they were made from (`Corpus.inputs`); damaged ones are made
    again. A pack goes on under settings that refuse less than those it was begun with.
    Everything that can be checked without a picture is checked of all subjects before the first is
    begun. With several workers this starts processes that import the calling script, which must
    guard its own start with ``if __name__ == "__main__"``.

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
        progress: Receives ``examine`` (subjects: the number to check), ``prepare`` (subjects,
            frames: the numbers to do; bytes, seconds: about what they take, 0 = not known; free:
            bytes), ``frames`` (count).

    Raises:
        AubenchError: If ``dest`` was begun with other options or from other labels, if another
            process is at it, or at the first error in the corpus, with file and line.
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
        settings=kept(dataclasses.asdict(corpus.settings)),  # type: ignore[call-overload]  # dataclasses by contract
    )
    if _is_finished(dest, options, wanted):
        _refuse_stale(corpus, wanted, dest)
        return Pack.open(dest)
    with claim(dest, options):
        missing = _missing(dest, options, wanted, corpus.subjects())
        _refuse_stale(corpus, [subject for subject in wanted if subject not in missing], dest)
        progress.report("examine", subjects=len(missing))
        rows = _examine(corpus, missing, workers)
        at_once = min(workers, len(rows))
        progress.report(
            "prepare",
            subjects=len(rows),
            frames=sum(rows.values()),
            free=shutil.disk_usage(dest).free,
            **(expect(corpus, rows, options, at_once) if rows else {}),
        )
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


def _refuse_stale(corpus: Corpus, done: Sequence[str], dest: Path) -> None:
    """Raise an AubenchError if finished subjects were made from other labels or landmarks."""
    shards, changed, kinds = dest / SHARDS, list[str](), set[str]()
    for subject in done:
        made_from = ShardInfo.read(info_path(shards, subject)).inputs
        with suppress(AubenchError):  # what cannot be read any more has not been mended
            now = corpus.inputs(subject) if made_from else {}
            other = {kind for kind in now if now[kind] != made_from.get(kind, now[kind])}
            kinds |= other
            changed += [subject] if other else []
    if changed:
        names = ", ".join(info_path(shards, subject).name for subject in changed)
        raise AubenchError(
            f"is stale: the {' and '.join(sorted(kinds))} of {', '.join(changed)} are no longer "
            "those that it was prepared from",
            mend=f"to have these subjects made anew, remove {names} in {shards} and repeat; or "
            "name a new folder",
            path=dest,
        )


def _examine(corpus: Corpus, subjects: Sequence[str], workers: int) -> dict[str, int]:
    """Return the number of frames of each subject, after a look at all of them.

    Raises:
        AubenchError: The first; it says how many subjects more are refused.
    """
    began, (first, rest) = time.monotonic(), (subjects[:1], subjects[1:])
    found = [_examined(corpus, subject) for subject in first]
    if workers > 1 and (time.monotonic() - began) * len(rest) > POOL_PAYS:
        with worker_pool(min(workers, len(rest))) as pool:
            found += pool.map(partial(_examined, corpus), rest)
    else:
        found += [_examined(corpus, subject) for subject in rest]
    errors = [each for each in found if isinstance(each, AubenchError)]
    if errors[1:]:
        error = errors[0]
        more = f"; {len(errors) - 1} more subjects are refused: 'aubench check-corpus' lists why"
        raise AubenchError(error.what, mend=error.mend + more, path=error.path, line=error.line)
    if errors:
        raise errors[0]
    return {subject: n for subject, n in zip(subjects, found, strict=True) if isinstance(n, int)}


def _examined(corpus: Corpus, subject: str) -> int | AubenchError:
    """Return the number of frames of a subject, or why it is refused."""
    try:
        return corpus.examine(subject)
    except AubenchError as error:
        return error


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
