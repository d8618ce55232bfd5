"""What a method is shown of a pack: pictures and landmarks, from which nothing leads to labels."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import NoReturn, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from aubench.errors import AubenchError, DamagedError
from aubench.frames import FloatArray, ImageArray, IntArray
from aubench.media.jpeg import decode

_Number = TypeVar("_Number", bound=np.generic)


@dataclass(frozen=True, eq=False)
class ShardView:
    """The pictures and landmarks of one subject.

    Attributes:
        name: Name of the file; where it lies is not known here.
        landmarks: Those of every record batch, (n, 136) float32.
        places: For every record batch, where its pictures begin in its bytes, and where the last
            one ends, (n + 1,).
        jpegs: The bytes of every record batch.
    """

    name: str
    landmarks: tuple[FloatArray, ...]
    places: tuple[npt.NDArray[np.int32], ...]
    jpegs: tuple[ImageArray, ...]

    @classmethod
    def of(cls, name: str, table: pa.Table) -> ShardView:
        """The view of the shard whose columns are ``table``; nothing is copied.

        Raises:
            pa.ArrowInvalid: If there are holes in the landmarks.
        """
        places, jpegs = [], []
        for chunk in table["image"].chunks:
            _, offsets, data = chunk.buffers()
            starts = np.frombuffer(offsets, np.int32) if offsets else np.zeros(1, np.int32)
            places.append(_apart(starts[chunk.offset : chunk.offset + len(chunk) + 1], offsets))
            jpegs.append(_apart(np.frombuffer(data or b"", np.uint8), data))
        landmarks = [
            _apart(matrix(chunk), chunk.buffers()[-1]) for chunk in table["landmarks"].chunks
        ]
        return cls(name, tuple(landmarks), tuple(places), tuple(jpegs))

    def __reduce__(self) -> NoReturn:
        """Refuse: a pickle would hold every picture."""
        raise TypeError("frames of a pack are not pickled: fork, or open the pack in each process")

    @property
    def rows(self) -> int:
        """Number of frames."""
        return self._starts[-1]

    @cached_property
    def _starts(self) -> list[int]:
        """The first row of each record batch, and the number of rows."""
        return list(accumulate((len(places) - 1 for places in self.places), initial=0))

    def jpeg(self, row: int) -> ImageArray:
        """The JPEG bytes of a picture, a view.

        Raises:
            AubenchError: If the shard points elsewhere than at its own bytes.
        """
        batch = bisect_right(self._starts, row) - 1
        data = self.jpegs[batch]
        begin, end = self.places[batch][row - self._starts[batch] :][:2].tolist()
        if not 0 <= begin <= end <= len(data):
            raise self.damaged(f"the picture of row {row} lies outside the file")
        return data[begin:end]

    def damaged(self, what: str) -> AubenchError:
        """An error about this shard."""
        return damaged(Path(self.name), what)


class ShardPictures:
    """The pictures of a pack: an `aubench.frames.Pictures`.

    It may be shared by threads (decoding releases Python's lock) and survives a fork.

    Args:
        shards: In row order.
        size: Width and height in pixels.
    """

    def __init__(self, shards: Sequence[ShardView], size: int) -> None:
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


def damaged(path: Path, what: str) -> DamagedError:
    """An error about the shard ``path``."""
    mend = "remove it, then repeat the aubench command that made the pack"
    return DamagedError(what, mend=mend, path=path)


def matrix(lists: pa.FixedSizeListArray) -> FloatArray:
    """A view of a column of lists, (n, W) float32.

    Raises:
        pa.ArrowInvalid: If there are holes in the lists.
    """
    values: FloatArray = lists.flatten().to_numpy(zero_copy_only=True)
    return values.reshape(len(lists), lists.type.list_size)


def _apart(view: npt.NDArray[_Number], owner: pa.Buffer | None) -> npt.NDArray[_Number]:
    """The same numbers in the same place, but no attribute leads to what lies around them.

    ``view`` itself, by its ``base``, leads to Arrow's columns. ``owner``, which keeps the file
    mapped, is kept where neither an attribute nor the garbage collector leads to it.
    """
    if not view.nbytes:
        return view.copy()
    buffer = pa.foreign_buffer(view.ctypes.data, view.nbytes, base=owner)
    return np.frombuffer(buffer, view.dtype).reshape(view.shape)
