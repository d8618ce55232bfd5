"""Random access to the pictures of memory-mapped shards."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa

from aubench.corpora.shards import open_shard
from aubench.errors import AubenchError
from aubench.frames import ImageArray, IntArray


class ShardPictures:
    """The pictures of a pack: an `aubench.frames.Pictures`.

    May be shared by threads (decoding leaves Python's lock), survives a fork, and travels to other
    processes as a list of paths: each process maps the files for itself.

    Args:
        shards: Files in row order.
        starts: (S + 1,) the first row of each shard, and the number of all rows.
        size: Width and height in pixels.
    """

    def __init__(self, shards: Sequence[Path], starts: IntArray, size: int) -> None:
        self.shards, self.starts, self._size = tuple(shards), starts, size
        self._columns: dict[int, pa.ChunkedArray] = {}

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_columns": {}}

    @property
    def size(self) -> int:
        """Width and height in pixels."""
        return self._size

    def read(self, rows: IntArray) -> ImageArray:
        """Decode the pictures at ``rows``.

        Returns:
            (n, size, size, 3) uint8 RGB, in the order of ``rows``.

        Raises:
            IndexError: If there is no such row.
            AubenchError: If a picture is damaged.
        """
        rows = np.asarray(rows, dtype=np.int64)
        if rows.size and not (rows.min() >= 0 and rows.max() < self.starts[-1]):
            raise IndexError(f"rows {rows.min()}–{rows.max()} of {self.starts[-1]}")
        images = np.empty((len(rows), self.size, self.size, 3), dtype=np.uint8)
        for row, image in zip(rows.tolist(), images, strict=True):
            self._decode(row, image)
        return images

    def _decode(self, row: int, image: ImageArray) -> None:
        """Decode one picture into ``image``."""
        shard = int(np.searchsorted(self.starts, row, side="right")) - 1
        if shard not in self._columns:
            self._columns[shard] = open_shard(self.shards[shard])["image"]
        jpeg = self._columns[shard][row - int(self.starts[shard])].as_buffer()
        decoded = cv2.imdecode(np.frombuffer(jpeg, dtype=np.uint8), cv2.IMREAD_COLOR)
        if decoded is None or decoded.shape != image.shape:
            raise AubenchError(
                f"the picture of row {row - int(self.starts[shard])} is damaged",
                mend="remove the shard and its .json, and repeat the aubench prepare",
                path=self.shards[shard],
            )
        cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB, dst=image)
