"""Write some frames of a pack as a new pack; pictures stay as they are."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from aubench.corpora.kept_settings import kept
from aubench.errors import AubenchError
from aubench.io.atomic import flush, make_folder, temporary_name
from aubench.io.locks import LOCK, hold
from aubench.monitor import Monitor, Silence
from aubench.pack.claim import OPTIONS
from aubench.pack.manifest import SCHEMA_VERSION, PackOptions, ShardInfo, finish
from aubench.pack.pack import MANIFEST, SHARDS, Pack
from aubench.pack.shard import ShardWriter, info_path, shard_name
from aubench.pack.shard_reader import MappedShard
from aubench.protocol import FramePolicy


@dataclass(frozen=True)
class Selection:
    """The frames of a pack to keep.

    Attributes:
        subjects: Subject keys; None for all.
        sessions: Names of recordings; None for all.
        views: Numbers of views; None for all.
        frames: ``all``, or without those in the corpus's own ``errlog``.
        every: 1 for every frame of a recording, n for its first and every n-th after that.
    """

    subjects: tuple[str, ...] | None = None
    sessions: tuple[str, ...] | None = None
    views: tuple[int, ...] | None = None
    frames: FramePolicy = "all"
    every: int = 1

    @property
    def thinned(self) -> str:
        """A description of how recordings are cut down; empty if they are whole."""
        parts = []
        if self.sessions is not None:
            parts.append(f"sessions {' '.join(sorted(set(self.sessions)))}")
        if self.views is not None:
            parts.append(f"views {' '.join(map(str, sorted(set(self.views))))}")
        if self.every > 1:
            parts.append(f"1 frame in {self.every}")
        return ", ".join(parts)

    def of(self, pack: Pack) -> npt.NDArray[np.bool_]:
        """The rows of ``pack`` to keep, (N,) bool.

        Raises:
            AubenchError: If the pack lacks something that is named, or no row is left.
        """
        index = pack.index
        keep = np.ones(len(index), dtype=np.bool_)
        named = {"subject": self.subjects, "session": self.sessions, "view": self.views}
        for name, wanted in named.items():
            if wanted is not None:
                _refuse_unknown(name, wanted, index[name].unique(), pack.path)
                keep &= index[name].isin(wanted).to_numpy()
        if self.frames == "errlog":
            keep &= ~index["logged"].to_numpy()
        if self.every > 1:
            recordings = index.groupby(list(named), sort=False, observed=True)
            keep &= recordings.cumcount().to_numpy() % self.every == 0
        if not keep.any():
            raise AubenchError("no frame is left", mend="leave fewer out", path=pack.path)
        return keep


def _refuse_unknown(
    name: str, wanted: Iterable[object], known: Iterable[object], path: Path
) -> None:
    held = sorted(known, key=str)
    for value in wanted:
        if value not in held:
            named = ", ".join(map(str, held))
            raise AubenchError(f"no {name} {value}", mend=f"choose among {named}", path=path)


def subset(pack: Pack, dest: Path, selection: Selection, monitor: Monitor | None = None) -> Pack:
    """Make ``dest`` a pack of the frames of ``pack`` that ``selection`` names.

    The fingerprint is that of a `prepare` of the same frames. A pack in which recordings are cut
    down says so in its options, so that no other frames are ever added to it.

    Args:
        pack: The pack to select from.
        dest: A folder that is empty or does not exist.
        selection: The frames to keep.
        monitor: Receives ``subset`` (frames: the number in ``pack``), ``frames`` (count).

    Raises:
        AubenchError: If ``dest`` is in use, also by another process, or ``selection`` does not fit.
    """
    monitor = monitor or Silence()
    keep, options = selection.of(pack), _options(pack, selection)
    place = dest.absolute()
    make_folder(place.parent)
    with hold(place.with_name(f".{place.name}.{LOCK}")):
        if dest.exists() and (not dest.is_dir() or any(dest.iterdir())):
            raise AubenchError("is in use", mend="name a new folder", path=dest)
        monitor.report("subset", frames=len(keep))
        _write_pack(pack, place, keep, options, monitor)
    return Pack.open(dest)


def _write_pack(
    pack: Pack, dest: Path, keep: npt.NDArray[np.bool_], options: PackOptions, monitor: Monitor
) -> None:
    """Write the rows of ``pack`` where ``keep``, (N,), is true."""
    # Not `aubench.io.atomic.atomic`, which makes files: this is a folder, named when it is whole.
    partial = temporary_name(dest.with_name(f".{dest.name}"))
    try:
        (partial / SHARDS).mkdir(parents=True)
        options.write(partial / OPTIONS)
        infos = {}
        ends = np.cumsum([shard.rows for shard in pack.shards])
        for key, shard, kept in zip(
            pack.manifest.subjects, pack.shards, np.split(keep, ends[:-1]), strict=True
        ):
            if kept.any():
                infos[key] = _write(key, shard, kept, options, partial / SHARDS)
            monitor.report("frames", count=shard.rows)
        finish(options, infos, _notes(pack)).write(partial / MANIFEST)
        partial.replace(dest)
        flush(dest.parent)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _options(pack: Pack, selection: Selection) -> PackOptions:
    """The options of the new pack."""
    whole = {name: getattr(pack.manifest, name) for name in PackOptions.model_fields}
    settings = kept(pack.manifest.settings)
    changed: dict[str, object] = {"schema_version": SCHEMA_VERSION, "settings": settings}
    if selection.frames == "errlog":
        changed["frames"] = "errlog"
    if selection.thinned:
        cuts = filter(None, (pack.manifest.subset, selection.thinned))
        changed["subset"] = "; ".join(cuts)
    return PackOptions(**whole | changed)


def _write(
    key: str,
    shard: MappedShard,
    keep: npt.NDArray[np.bool_],
    options: PackOptions,
    shards: Path,
) -> ShardInfo:
    """Write the rows of one subject where ``keep``, (n,), is true."""
    path = shards / shard_name(key)
    with ShardWriter(path, key, len(options.aus), len(options.occurrence)) as writer:
        for row, kept in zip(shard.read_rows(), keep.tolist(), strict=True):
            if kept:
                writer.add(row)
    writer.info.write(info_path(shards, key))
    return writer.info


def _notes(pack: Pack) -> tuple[str, ...]:
    """The notes of the new pack."""
    whole = pack.manifest
    return (
        f"a part of the pack {whole.fingerprint}",
        *(f"of the whole: {note}" for note in whole.notes),
    )
