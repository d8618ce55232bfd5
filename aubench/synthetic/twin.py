"""Synthetic twins of corpora: generated once, through the same path as the real thing."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import platformdirs
from filelock import FileLock

from aubench.errors import AubenchError
from aubench.monitor import Monitor, Silence


@dataclass(frozen=True)
class TwinOptions:
    """What a twin looks like.

    Attributes:
        size: Width and height of the cropped faces in pixels.
        frames: About how many frames a subject, at least one a video; pictures in all for an
            alignment corpus.
        seed: Of everything that is drawn.
        workers: Processes that write it; all cores when None. Changes nothing but the time.
    """

    size: int = 128
    frames: int = 40
    seed: int = 0
    workers: int | None = None


def cache_folder() -> Path:
    """Where twins are kept: ``$AUBENCH_CACHE`` or the user's cache folder."""
    named = os.environ.get("AUBENCH_CACHE")
    return Path(named) if named else Path(platformdirs.user_cache_dir("aubench"))


def twin(corpus: str, options: TwinOptions | None = None, monitor: Monitor | None = None) -> Path:
    """The pack of a corpus's synthetic twin, made on first use: written, then prepared.

    Args:
        corpus: A name in `WRITERS`.
        options: What it looks like.
        monitor: Hears ``twin`` (corpus, what is made), ``synth`` (parts), ``part`` (done), and
            then what `aubench.pack.prepare.prepare` reports.

    Raises:
        AubenchError: If the corpus has no twin.
    """
    options, monitor = options or TwinOptions(), monitor or Silence()
    if corpus not in WRITERS:
        raise AubenchError(
            f"no pack of {corpus}, and it has no synthetic twin",
            mend=f"run 'aubench prepare {corpus} SOURCE DEST' and name it with --pack DEST",
        )
    from aubench.synthetic.corpora.tree import GENERATOR

    name = f"{corpus}-{options.size}px-{options.frames}f-seed{options.seed}-v{GENERATOR}"
    folder = cache_folder() / "twins" / name
    folder.mkdir(parents=True, exist_ok=True)
    pack = folder / "pack"
    with FileLock(folder / "lock"):
        if not (pack / "manifest.json").exists():
            _make(corpus, folder, options, monitor)
    return pack


def _make(corpus: str, folder: Path, options: TwinOptions, monitor: Monitor) -> None:
    """Write the tree, prepare it, and keep the pack only."""
    import shutil

    from aubench.pack.prepare import prepare
    from aubench.registry import find
    from aubench.settings import resolve_settings

    workers = options.workers or os.cpu_count() or 1
    monitor.report("twin", corpus=corpus)
    WRITERS[corpus](folder / "tree", options, workers, monitor)
    kind = find("corpora", corpus)
    reader = kind(folder / "tree", resolve_settings(kind.Settings, SETTINGS.get(corpus, {})))
    prepare(
        reader,
        folder / "pack",
        size=options.size,
        sampling="supersampling",  # the kept results are of these very pixels
        workers=workers,
        progress=monitor,
    )
    shutil.rmtree(folder / "tree")


def _write_disfa(tree: Path, options: TwinOptions, workers: int, monitor: Monitor) -> None:
    """The twin of DISFA; its faces fill the crops without enlarging."""
    from aubench.synthetic.corpora.disfa_tree import SUBJECTS, DisfaSettings, write_disfa

    height = 2 * options.size
    settings = DisfaSettings(
        seed=options.seed, frames=options.frames, width=height * 5 // 8 * 2, height=height
    )
    monitor.report("synth", parts=len(SUBJECTS))
    write_disfa(tree, settings, workers=workers, progress=_teller(monitor))


def _write_bp4d(tree: Path, options: TwinOptions, workers: int, monitor: Monitor) -> None:
    """The twin of BP4D, which FERA 2015 takes its people from."""
    from aubench.synthetic.corpora.bp4d_people import FRAMES
    from aubench.synthetic.corpora.bp4d_tree import Bp4dSettings, write_bp4d

    scale = min(1.0, options.frames * len(FRAMES) / sum(FRAMES.values()))
    settings = Bp4dSettings(seed=options.seed, scale=scale, height=2 * options.size)
    monitor.report("synth", parts=len(FRAMES))
    write_bp4d(tree, settings, workers=workers, progress=_teller(monitor))


def _write_fera2017(tree: Path, options: TwinOptions, workers: int, monitor: Monitor) -> None:
    """The twin of FERA 2017; its nine views share the frames."""
    from aubench.synthetic.corpora.fera2017_people import VIDEO_FRAMES
    from aubench.synthetic.corpora.fera2017_tree import VIEWS, Fera2017Settings, write_fera2017

    real = len(VIEWS) * sum(map(sum, VIDEO_FRAMES.values()))
    scale = min(1.0, options.frames * len(VIDEO_FRAMES) / real)
    settings = Fera2017Settings(seed=options.seed, scale=scale, size=2 * options.size)
    monitor.report("synth", parts=len(VIDEO_FRAMES))
    write_fera2017(tree, settings, workers=workers, progress=_teller(monitor))


def _write_alignment(tree: Path, options: TwinOptions, workers: int, monitor: Monitor) -> None:
    """Many faces with landmarks, to pre-train on."""
    from aubench.synthetic.corpora.alignment_tree import (
        PER_FOLDER,
        AlignmentSettings,
        write_alignment,
    )

    settings = AlignmentSettings(seed=options.seed, count=options.frames, size=2 * options.size)
    monitor.report("synth", parts=-(-options.frames // PER_FOLDER))
    write_alignment(tree, settings, workers=workers, progress=_teller(monitor))


def _teller(monitor: Monitor) -> Callable[[int], None]:
    """Passes the number of finished parts on."""
    return lambda done: monitor.report("part", done=done)


WRITERS: dict[str, Callable[[Path, TwinOptions, int, Monitor], None]] = {
    "alignment": _write_alignment,
    "bp4d": _write_bp4d,
    "disfa": _write_disfa,
    "fera2017": _write_fera2017,
}
"""Corpus → what writes its twin in its own layout."""

SETTINGS = {"bp4d": {"landmarks": "interpolate"}}
"""Corpus → options that its reader needs: BP4D's tracker lost some frames, and the twin's too."""
