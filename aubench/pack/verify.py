"""Verify a pack: check every byte against the digests, and name what has changed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa

from aubench.errors import AubenchError
from aubench.io.strict_json import read_json
from aubench.media.jpeg import dimensions
from aubench.monitor import Monitor, Silence
from aubench.pack.manifest import Manifest, ShardInfo, checksum, fingerprint
from aubench.pack.pack import MANIFEST, map_shards, read_manifest
from aubench.pack.shard import RowHash, file_crc
from aubench.pack.shard_reader import MappedShard

REPORT_ROWS = 512
"""Rows between two reports of progress."""


def verify_pack(path: Path, monitor: Monitor | None = None) -> list[str]:
    """Recompute every digest of the pack at ``path``; shards in parallel.

    Args:
        path: The folder.
        monitor: Receives ``verify`` (frames: their number), ``frames`` (count).

    Returns:
        One line for each part that is not as it was written.

    Raises:
        AubenchError: If there is no manifest that can be read.
    """
    monitor = monitor or Silence()
    manifest = read_manifest(path)
    monitor.report("verify", frames=sum(info.rows for info in manifest.subjects.values()))
    shards = map_shards(path, manifest)

    def advance(count: int) -> None:
        monitor.report("frames", count=count)

    def check(key: str) -> list[str]:
        return list(_check_shard(shards[key], manifest.subjects[key], manifest.size, advance))

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = [line for lines in pool.map(check, shards) for line in lines]
    return [*_check_manifest(path / MANIFEST, manifest), *found]


def _check_manifest(path: Path, manifest: Manifest) -> Iterator[str]:
    """One line for each digest of the manifest that does not match."""
    data = read_json(path, "manifest", "prepare the pack again in a new folder")
    if manifest.checksum and isinstance(data, dict) and checksum(data) != manifest.checksum:
        yield f"{path}: changed since it was written"
    found = fingerprint(manifest, manifest.subjects)
    if found != manifest.fingerprint:
        yield f"{path}: fingerprint {manifest.fingerprint}, recomputed {found}"


def _check_shard(
    shard: MappedShard, info: ShardInfo, size: int, advance: Callable[[int], None]
) -> Iterator[str]:
    """One line if a shard has changed: the most exact finding."""
    try:
        table = shard.table()
        table.validate(full=True)
        row, hashed = _first_changed_row(shard, size, advance)
    except AubenchError as error:
        yield f"{shard.path}: {error.what}"
        return
    except pa.ArrowException as error:
        yield f"{shard.path}: {error}"
        return
    untracked = shard.rows - int(np.count_nonzero(table["tracked"].to_numpy()))
    if row is not None:
        yield f"{shard.path}: row {row} is not what was written"
    elif hashed != info.sha256:
        yield f"{shard.path}: its rows are not those of the manifest"
    elif info.crc32 is not None and file_crc(shard.path) != info.crc32:
        yield f"{shard.path}: changed outside its rows since it was written"
    elif untracked != info.untracked:
        yield f"{shard.path}: {untracked} frames without landmarks, manifest {info.untracked}"


def _first_changed_row(
    shard: MappedShard, size: int, advance: Callable[[int], None]
) -> tuple[int | None, str]:
    """The first row that is not what was written, None if no row shows it, and the rows' hash."""
    hashed, count = RowHash(), 0
    for row in shard.read_rows():
        check = hashed.add(row)
        image = np.frombuffer(row.image, np.uint8)
        if row.check not in (None, check) or dimensions(image) != (size, size):
            return count, hashed.hexdigest()
        count += 1
        if count % REPORT_ROWS == 0:
            advance(REPORT_ROWS)
    advance(count % REPORT_ROWS)
    return None, hashed.hexdigest()
