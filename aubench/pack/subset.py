"""Some frames of a pack as a pack of their own, pictures as they are."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import numpy.typing as npt

from aubench.errors import AubenchError
from aubench.monitor import Monitor, Silence
from aubench.pack.manifest import SCHEMA_VERSION, PackOptions, ShardInfo, finish
from aubench.pack.pack import MANIFEST, SHARDS, Pack
from aubench.pack.prepare import OPTIONS
from aubench.pack.rows import rows
from aubench.pack.selection import Selection
from aubench.pack.shard import ShardWriter, shard_name
from aubench.pack.shard_reader import MappedShard
from aubench.pack.write_shard import info_path


def subset(pack: Pack, dest: Path, selection: Selection, monitor: Monitor | None = None) -> Pack:
    """Make ``dest`` a pack of the frames of ``pack`` that ``selection`` says.

    Its fingerprint is what `prepare` would give for the same frames. A pack in which recordings
    are cut down says so in its options, so that nothing else is ever added to it. The folder gets
    its name when it is whole.

    Args:
        pack: The whole.
        dest: A folder that is not there yet, or empty.
        selection: Which frames.
        monitor: Hears ``subset`` (frames: how many ``pack`` has), ``frames`` (count).

    Raises:
        AubenchError: If ``dest`` is in use, or ``selection`` does not fit.
    """
    monitor = monitor or Silence()
    if dest.exists() and (not dest.is_dir() or any(dest.iterdir())):
        raise AubenchError("is in use", mend="name a new folder", path=dest)
    keep, options = selection.of(pack), _options(pack, selection)
    partial = dest.absolute().with_name(f".{dest.absolute().name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    monitor.report("subset", frames=len(keep))
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
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return Pack.open(dest)


def _options(pack: Pack, selection: Selection) -> PackOptions:
    whole = {name: getattr(pack.manifest, name) for name in PackOptions.model_fields}
    changed: dict[str, object] = {"schema_version": SCHEMA_VERSION}
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
    """Write the rows of one subject that ``keep``, (n,), says."""
    path = shards / shard_name(key)
    coded = len(options.aus), len(options.occurrence)
    with ShardWriter(path, key, coded[0], path.with_suffix(".partial"), coded[1]) as writer:
        for row, kept in zip(rows(shard), keep.tolist(), strict=True):
            if kept:
                writer.add(row)
    writer.info.write(info_path(shards, key))
    return writer.info


def _notes(pack: Pack) -> tuple[str, ...]:
    whole = pack.manifest
    return (
        f"a part of the pack {whole.fingerprint}",
        *(f"of the whole: {note}" for note in whole.notes),
    )
