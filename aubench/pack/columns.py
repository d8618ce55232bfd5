"""Random access to the rows of a numeric column of memory-mapped shards."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise

import numpy as np

from aubench.frames import FloatArray, IntArray
from aubench.pack.shard_reader import MappedShard


class ShardColumn:
    """A column of float32 lists over all shards; only the rows that are asked for are read.

    Args:
        shards: In row order.
        column: Name of the column.
        shape: Shape of one row.
    """

    def __init__(self, shards: Sequence[MappedShard], column: str, shape: tuple[int, ...]) -> None:
        self.shards, self.column, self.shape = tuple(shards), column, shape

    def __getstate__(self) -> dict[str, object]:
        return {"shards": self.shards, "column": self.column, "shape": self.shape}

    def __len__(self) -> int:
        return sum(shard.rows for shard in self.shards)

    @cached_property
    def chunks(self) -> list[FloatArray]:
        """Views of every record batch, (n, W) each."""
        return [view for shard in self.shards for view in shard.matrices(self.column)]

    @cached_property
    def _starts(self) -> IntArray:
        return np.cumsum([0, *map(len, self.chunks)], dtype=np.int64)

    def __getitem__(self, rows: IntArray) -> FloatArray:
        """A copy of the rows ``rows``, (n, …) float32, in that order.

        Raises:
            IndexError: If a row is not there.
        """
        rows = np.asarray(rows, dtype=np.int64)
        if rows.size and not (rows.min() >= 0 and rows.max() < len(self)):
            raise IndexError(f"rows {rows.min()}–{rows.max()} of {len(self)}")
        copied = np.empty((len(rows), int(np.prod(self.shape))), dtype=np.float32)
        if copied.size:
            chunk = np.searchsorted(self._starts, rows, side="right") - 1
            within = rows - self._starts[chunk]
            runs = [0, *(np.flatnonzero(np.diff(chunk)) + 1).tolist(), len(rows)]
            for begin, end in pairwise(runs):
                copied[begin:end] = self.chunks[chunk[begin]][within[begin:end]]
        return copied.reshape(len(rows), *self.shape)

    def all(self) -> FloatArray:
        """A copy of every row, (N, …) float32."""
        if not int(np.prod(self.shape)) or not len(self):
            return np.empty((len(self), *self.shape), dtype=np.float32)
        return np.concatenate(self.chunks).reshape(len(self), *self.shape)
