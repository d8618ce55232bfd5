"""Frames: face pictures with their keys, with or without labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, Self

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:  # list reaches this module, and does without pandas
    import pandas as pd

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]
ImageArray = npt.NDArray[np.uint8]

KEY = ("subject", "session", "view", "frame")
"""The columns that name one frame.

``subject`` is a subject key, ``corpus/id`` (``disfa/SN001``), because ids collide between corpora;
``session`` is the corpus's own name of a recording (``left`` camera in DISFA, ``T1`` in BP4D);
``view`` is an integer, 0 where the corpus has one view only; ``frame`` is the number that the
corpus's label files use.
"""


class Pictures(Protocol):
    """Random access to face pictures, all of one square size."""

    @property
    def size(self) -> int:
        """Width and height in pixels."""
        ...

    def read(self, rows: IntArray) -> ImageArray:
        """Decode the pictures at ``rows``.

        Returns:
            (n, size, size, 3) uint8 RGB, in the order of ``rows``.
        """
        ...


class Points(Protocol):
    """Random access to landmarks, on disk or in memory: an array is one."""

    def __getitem__(self, rows: IntArray, /) -> FloatArray:
        """(n, 68, 2) float32, x and y in pixels of the picture; NaN where there are none."""
        ...


@dataclass(frozen=True)
class Frames:
    """Frames without labels: everything that a predictor is ever shown.

    Pictures and landmarks stay where they are, which for a pack is on disk, until they are asked
    for.

    Attributes:
        keys: N rows with the columns of `KEY`.
        points: Where the landmarks come from.
        pictures: Where the pictures come from.
        rows: (N,) int64, the row of each frame in ``points`` and ``pictures``.
    """

    keys: pd.DataFrame
    points: Points
    pictures: Pictures
    rows: IntArray

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def size(self) -> int:
        """Width and height of the pictures in pixels."""
        return self.pictures.size

    @property
    def landmarks(self) -> FloatArray:
        """(N, 68, 2) float32, those of every frame, read now; a loop reads ``points`` instead."""
        return self.points[self.rows]

    def images(self, index: Sequence[int] | IntArray | None = None) -> ImageArray:
        """Pictures at positions ``index`` (all when None): (n, size, size, 3) uint8 RGB."""
        rows = self.rows if index is None else self.rows[np.asarray(index, dtype=np.int64)]
        return self.pictures.read(rows)

    def select(self, index: Sequence[int] | IntArray) -> Self:
        """The frames at positions ``index``, in that order."""
        index = np.asarray(index, dtype=np.int64)
        return replace(
            self,
            keys=self.keys.iloc[index].reset_index(drop=True),
            rows=self.rows[index],
        )


@dataclass(frozen=True)
class LabelledFrames(Frames):
    """Frames to learn from.

    Attributes:
        labels: (N, A) float32, intensity 0–5 (or occurrence 0/1); NaN = not coded.
        aus: The A Action Unit numbers of the label columns.
    """

    labels: FloatArray
    aus: tuple[int, ...]

    def select(self, index: Sequence[int] | IntArray) -> Self:
        """The frames at positions ``index``, in that order, with their labels."""
        index = np.asarray(index, dtype=np.int64)
        return replace(super().select(index), labels=self.labels[index])

    def unlabelled(self) -> Frames:
        """The same frames as a predictor sees them."""
        return Frames(self.keys, self.points, self.pictures, self.rows)
