"""Synthetic twins of corpora: generated once, through the same path as the real thing."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from aubench.crops.sampling import Sampling
from aubench.errors import AubenchError, DamagedError
from aubench.io.atomic import make_folder
from aubench.io.cache import cache_folder
from aubench.io.locks import LOCK, hold
from aubench.io.notice import notice
from aubench.monitor import Monitor, Silence
from aubench.pack.pack import MANIFEST, Pack
from aubench.pack.prepare import prepare
from aubench.registry import find, plugins
from aubench.settings import resolve_settings
from aubench.synthetic.corpora.tree import GENERATOR, SyntheticTree
from aubench.synthetic.fingerprints import FINGERPRINTS
from aubench.synthetic.render.compiled import is_compiled


@dataclass(frozen=True)
class TwinOptions:
    """What a twin looks like.

    Attributes:
        size: Width and height of the cropped faces in pixels.
        frames: About how many frames per subject, at least one per video; pictures in all for an
            alignment corpus.
        seed: Of everything that is drawn.
        workers: Processes that write it; all cores when None. Changes nothing but the time.
        sampling: How its pictures are shrunk to crops: supersampled, they are alike on every
            processor; beside a real pack, as in that pack.
    """

    size: int = 128
    frames: int = 40
    seed: int = 0
    workers: int | None = None
    sampling: Sampling = "supersampling"


NAMED = {"demo": TwinOptions(), "full": TwinOptions(size=256, frames=4845)}
"""Twins by name. ``full`` has as many frames as the real corpus, of DISFA 130,814, but not more
than 4,845 per subject on average."""


def twin(corpus: str, options: TwinOptions | None = None, monitor: Monitor | None = None) -> Path:
    """The pack of a corpus's synthetic twin, made on first use: written, then prepared.

    A damaged one is made again. One that is finished may be another user's, or read-only.

    Args:
        corpus: A name in the entry-point group ``aubench.twins``, which names subclasses of
            `aubench.synthetic.corpora.tree.SyntheticTree`.
        options: What the twin looks like.
        monitor: Receives ``twin`` (corpus, what is made), ``compile`` where the renderer has to be
            compiled first, ``synth`` (parts), ``part`` (done), and then what
            `aubench.pack.prepare.prepare` reports; and ``differs`` (corpus, fingerprint,
            published), made or found, if it is not the published twin of these options.

    Raises:
        AubenchError: If the corpus has no twin.
    """
    options, monitor = options or TwinOptions(), monitor or Silence()
    folder = _folder(corpus, options)
    made = _opened(folder / "pack")
    if made is None:
        make_folder(folder)
        with hold(folder / LOCK, wait=True):
            made = _opened(folder / "pack") or _make_sound(corpus, folder, options, monitor)
    elif (folder / "tree").exists():  # left by a process that was killed at the end
        with suppress(OSError, AubenchError), hold(folder / LOCK):
            shutil.rmtree(folder / "tree")
    found = made.manifest.fingerprint
    published = FINGERPRINTS.get((GENERATOR, corpus, options.size, options.frames, options.seed))
    if published not in (None, found) and options.sampling == "supersampling":
        monitor.report("differs", corpus=corpus, fingerprint=found, published=published)
    return made.path


def _folder(corpus: str, options: TwinOptions) -> Path:
    """Where the twin of a corpus is kept, made or not.

    Raises:
        AubenchError: If the corpus has no twin.
    """
    if corpus not in plugins("twins"):
        raise AubenchError(
            f"no pack of {corpus}, and it has no synthetic twin",
            mend=f"run 'aubench prepare {corpus} SOURCE DEST' and name it with --pack DEST",
        )
    name = f"{corpus}-{options.size}px-{options.frames}f-seed{options.seed}-v{GENERATOR}"
    if options.sampling != "supersampling":
        name += f"-{options.sampling}"
    return cache_folder() / "twins" / name


def is_made(corpus: str, options: TwinOptions) -> bool:
    """True if the twin of a corpus is there, so that nothing has to be rendered for it.

    Raises:
        AubenchError: If the corpus has no twin.
    """
    return (_folder(corpus, options) / "pack" / MANIFEST).exists()


def subjects_of(corpus: str, options: TwinOptions) -> int:
    """Number of subjects of a twin (of folders for an alignment corpus), made or not."""
    writer: type[SyntheticTree] = find("twins", corpus)
    return len(writer.for_twin(size=options.size, frames=options.frames, seed=0).parts())


def _opened(path: Path) -> Pack | None:
    """The pack in the folder ``path``; None if it is not finished, or damaged."""
    try:
        return Pack.open(path) if (path / MANIFEST).is_file() else None
    except DamagedError as error:
        notice(f"made again: {error.path}: {error.what}")
        return None


def _make_sound(corpus: str, folder: Path, options: TwinOptions, monitor: Monitor) -> Pack:
    """Make a twin; go on with what was left of an earlier try, unless that is damaged."""
    left = [folder / "tree", folder / "pack"]
    begun = any(path.exists() for path in left)
    try:
        return _make(corpus, folder, options, monitor)
    except AubenchError as error:
        if not begun or error.path is None or folder not in Path(error.path).parents:
            raise
        notice(f"made again from the start: {error.path}: {error.what}")
    for path in left:
        shutil.rmtree(path, ignore_errors=True)
    return _make(corpus, folder, options, monitor)


def _make(corpus: str, folder: Path, options: TwinOptions, monitor: Monitor) -> Pack:
    """Write the tree, prepare it, and keep the pack only."""
    workers = options.workers or os.cpu_count() or 1
    monitor.report("twin", corpus=corpus)
    writer: type[SyntheticTree] = find("twins", corpus)
    tree = writer.for_twin(size=options.size, frames=options.frames, seed=options.seed)
    if not is_compiled():
        monitor.report("compile")
    monitor.report("synth", parts=len(tree.parts()))
    tree.write(
        folder / "tree", workers=workers, progress=lambda done: monitor.report("part", done=done)
    )
    reader = find("corpora", corpus)
    made = prepare(
        reader(folder / "tree", resolve_settings(reader.Settings, writer.reader_settings)),
        folder / "pack",
        size=options.size,
        sampling=options.sampling,
        workers=workers,
        progress=monitor,
    )
    shutil.rmtree(folder / "tree")
    return made
