"""Random access to the rows of a numeric column that lies in many pieces."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from aubench.frames import FloatArray, IntArray


class Column:
    """A column of float32 lists; only the rows that are asked for are read.

    Args:
        chunks: In row order, (n, W) each.
        shape: Shape of one row.
    """

    def __init__(self, chunks: Sequence[FloatArray], shape: tuple[int, ...]) -> None:
        self.chunks, self.shape = tuple(chunks), shape
        self._starts = np.cumsum([0, *map(len, chunks)], dtype=np.int64)

    def __len__(self) -> int:
        return int(self._starts[-1])

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
