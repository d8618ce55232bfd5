"""Synthetic twins of corpora: generated once, through the same path as the real thing."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from aubench.crops.sampling import Sampling
from aubench.errors import AubenchError
from aubench.io.cache import cache_folder
from aubench.monitor import Monitor, Silence
from aubench.pack.pack import Pack
from aubench.pack.prepare import prepare
from aubench.registry import find, plugins
from aubench.settings import resolve_settings
from aubench.synthetic.corpora.tree import GENERATOR, SyntheticTree
from aubench.synthetic.fingerprints import FINGERPRINTS


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

    Args:
        corpus: A name in the entry-point group ``aubench.twins``, which names subclasses of
            `aubench.synthetic.corpora.tree.SyntheticTree`.
        options: What the twin looks like.
        monitor: Receives ``twin`` (corpus, what is made), ``synth`` (parts), ``part`` (done), and
            then what `aubench.pack.prepare.prepare` reports; and ``differs`` (corpus, fingerprint,
            published), made or found, if it is not the published twin of these options.

    Raises:
        AubenchError: If the corpus has no twin.
    """
    options, monitor = options or TwinOptions(), monitor or Silence()
    if corpus not in plugins("twins"):
        raise AubenchError(
            f"no pack of {corpus}, and it has no synthetic twin",
            mend=f"run 'aubench prepare {corpus} SOURCE DEST' and name it with --pack DEST",
        )
    name = f"{corpus}-{options.size}px-{options.frames}f-seed{options.seed}-v{GENERATOR}"
    if options.sampling != "supersampling":
        name += f"-{options.sampling}"
    folder = cache_folder() / "twins" / name
    folder.mkdir(parents=True, exist_ok=True)
    pack = folder / "pack"
    with FileLock(folder / "lock"):
        if not (pack / "manifest.json").exists():
            _make(corpus, folder, options, monitor)
    found = Pack.open(pack).manifest.fingerprint
    published = FINGERPRINTS.get((GENERATOR, corpus, options.size, options.frames, options.seed))
    if published not in (None, found) and options.sampling == "supersampling":
        monitor.report("differs", corpus=corpus, fingerprint=found, published=published)
    return pack


def _make(corpus: str, folder: Path, options: TwinOptions, monitor: Monitor) -> None:
    """Write the tree, prepare it, and keep the pack only."""
    workers = options.workers or os.cpu_count() or 1
    monitor.report("twin", corpus=corpus)
    writer: type[SyntheticTree] = find("twins", corpus)
    tree = writer.for_twin(size=options.size, frames=options.frames, seed=options.seed)
    monitor.report("synth", parts=len(tree.parts()))
    tree.write(
        folder / "tree", workers=workers, progress=lambda done: monitor.report("part", done=done)
    )
    reader = find("corpora", corpus)
    prepare(
        reader(folder / "tree", resolve_settings(reader.Settings, writer.reader_settings)),
        folder / "pack",
        size=options.size,
        sampling=options.sampling,
        workers=workers,
        progress=monitor,
    )
    shutil.rmtree(folder / "tree")
