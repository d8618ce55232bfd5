"""Prepare a corpus: shards by several processes, each finished one kept, the manifest last."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from pathlib import Path
from urllib.parse import unquote

from aubench.corpora.corpus import Corpus
from aubench.crops.crop import DEFAULT_CROP, CropInfo, crop_info, describe
from aubench.crops.warp import Sampling
from aubench.errors import AubenchError
from aubench.monitor import Monitor, Silence
from aubench.pack.manifest import Manifest, PackOptions, ShardInfo, finish
from aubench.pack.pack import MANIFEST, SHARDS, Pack
from aubench.pack.parallel import write_shards
from aubench.pack.shard import shard_name
from aubench.pack.write_shard import info_path
from aubench.protocol import FramePolicy

OPTIONS = "options.json"
"""Written first: what the folder is to become."""


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

    Finished shards are kept whatever happens, and a folder that already holds more subjects than
    asked for keeps them. Whether their files have changed in the corpus since is not looked at:
    after mending a corpus, remove those subjects' shards, or name a new folder. With several
    workers this starts processes that import the calling script, which must guard its own start
    with ``if __name__ == "__main__"``.

    Args:
        corpus: The reader.
        dest: Folder of the pack.
        recipe: Name of a crop recipe.
        margin: Around the face (see `aubench.crops.crop`); the recipe's own when None.
        size: Width and height of the pictures in pixels.
        frames: ``all``, or without those in the corpus's own ``errlog``.
        quality: Of the JPEG pictures, 1–100.
        sampling: How pictures are shrunk.
        subjects: Subject keys; everyone when None.
        workers: Processes.
        progress: Hears ``prepare`` (subjects, frames: what there is to do), ``frames`` (count).

    Raises:
        AubenchError: If ``dest`` was begun with other options, or something in the corpus is
            wrong: then the first such thing, with file and line.
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
    write_shards(corpus, longest_first, options, shards, workers=workers, progress=progress)
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
    """Make ``dest`` the folder of a pack of ``options``, unless it is one of others."""
    path, shards = dest / OPTIONS, dest / SHARDS
    begun = PackOptions.read(path) if path.is_file() else None
    if begun is None and dest.exists() and not _is_free(dest):
        raise AubenchError("is in use, and not by a pack", mend="name a new folder", path=dest)
    if begun is not None and begun != options and any(shards.glob("*.json")):
        fields = [f for f in PackOptions.model_fields if getattr(begun, f) != getattr(options, f)]
        old, new = (_plain(getattr(each, fields[0])) for each in (begun, options))
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
    """Is ``dest`` an empty folder, but for what a prepare left that was killed at its start?"""
    return dest.is_dir() and all(path.suffix == ".partial" for path in dest.iterdir())


def _plain(value: object) -> str:
    """An option as it is shown in an error."""
    return describe(value) if isinstance(value, CropInfo) else str(value)


def _is_done(shards: Path, subject: str) -> bool:
    """Is the shard of ``subject`` whole?"""
    return info_path(shards, subject).is_file() and (shards / shard_name(subject)).is_file()


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
    manifest = finish(options, done, tuple(notes))
    path = dest / MANIFEST
    if not path.is_file() or Manifest.read(path) != manifest:
        manifest.write(path)
