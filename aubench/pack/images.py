"""Random access to the pictures of memory-mapped shards."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aubench.frames import ImageArray, IntArray
from aubench.media.jpeg import decode
from aubench.pack.shard_reader import MappedShard


class ShardPictures:
    """The pictures of a pack: an `aubench.frames.Pictures`.

    It may be shared by threads (decoding releases Python's lock), survives a fork, and is pickled
    as a list of paths: each process maps the files for itself.

    Args:
        shards: In row order.
        size: Width and height in pixels.
    """

    def __init__(self, shards: Sequence[MappedShard], size: int) -> None:
        self.shards, self._size = tuple(shards), size
        self.starts = np.cumsum([0, *(shard.rows for shard in shards)], dtype=np.int64)

    @property
    def size(self) -> int:
        """Width and height in pixels."""
        return self._size

    def read(self, rows: IntArray) -> ImageArray:
        """The decoded pictures at ``rows``.

        Returns:
            (n, size, size, 3) uint8 RGB, in the order of ``rows``.

        Raises:
            IndexError: If a row is not there.
            AubenchError: If a picture is damaged or of another size.
        """
        rows = np.asarray(rows, dtype=np.int64)
        if rows.size and not (rows.min() >= 0 and rows.max() < self.starts[-1]):
            raise IndexError(f"rows {rows.min()}–{rows.max()} of {self.starts[-1]}")
        images = np.empty((len(rows), self.size, self.size, 3), dtype=np.uint8)
        which = np.searchsorted(self.starts, rows, side="right") - 1
        within = rows - self.starts[which]
        for image, shard, row in zip(images, which.tolist(), within.tolist(), strict=True):
            decoded = decode(self.shards[shard].jpeg(row), self.size)
            if decoded is None:
                raise self.shards[shard].damaged(
                    f"the picture of row {row} is damaged or not of {self.size}×{self.size} pixels"
                )
            image[:] = decoded
        return images
