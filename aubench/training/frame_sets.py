"""Sets of frames: several as one, and the digest by which a checkpoint knows them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import pandas as pd

from aubench.frames import FloatArray, ImageArray, IntArray, LabelledFrames


class Concatenated:
    """Pictures and landmarks of several sets of frames, one set after the other.

    An `aubench.frames.Pictures` and an `aubench.frames.Points`; rows count over all sets.

    Args:
        sets: Sets of frames of one picture size.
    """

    def __init__(self, sets: Sequence[LabelledFrames]) -> None:
        self.sources = [(frames.pictures, frames.points) for frames in sets]
        self.rows = np.concatenate([frames.rows for frames in sets])
        self.owner = np.repeat(np.arange(len(sets)), [len(frames) for frames in sets])

    @property
    def size(self) -> int:
        """Width and height in pixels."""
        return self.sources[0][0].size

    def read(self, rows: IntArray) -> ImageArray:
        """The decoded pictures at ``rows``: (n, size, size, 3) uint8 RGB."""
        images = np.empty((len(rows), self.size, self.size, 3), dtype=np.uint8)
        for number, (pictures, _) in enumerate(self.sources):
            own = self.owner[rows] == number
            images[own] = pictures.read(self.rows[rows[own]])
        return images

    def __getitem__(self, rows: IntArray) -> FloatArray:
        """The landmarks at ``rows``: (n, 68, 2) float32."""
        landmarks = np.empty((len(rows), 68, 2), dtype=np.float32)
        for number, (_, points) in enumerate(self.sources):
            own = self.owner[rows] == number
            landmarks[own] = points[self.rows[rows[own]]]
        return landmarks


def concatenate(sets: Sequence[LabelledFrames]) -> LabelledFrames:
    """The frames of all ``sets``, one set after the other.

    Raises:
        ValueError: If the sets differ in picture size or Action Units.
    """
    if len({(frames.size, frames.aus) for frames in sets}) != 1:
        raise ValueError("frames of several picture sizes or Action Units")
    if len(sets) == 1:
        return sets[0]
    whole = Concatenated(sets)
    return LabelledFrames(
        keys=pd.concat([frames.keys for frames in sets], ignore_index=True),
        points=whole,
        pictures=whole,
        rows=np.arange(len(whole.rows)),
        labels=np.concatenate([frames.labels for frames in sets]),
        aus=sets[0].aus,
    )


def frames_digest(*sets: LabelledFrames) -> str:
    """Sixteen hex digits of SHA-256 over keys, labels and landmarks of every set, in their order.

    Pictures are left out, which would take as long to read as an epoch: where they differ while
    all else is alike, the fingerprints of the packs do.
    """
    digest = hashlib.sha256()
    for frames in sets:
        keys = frames.keys.astype({"subject": str, "session": str})
        digest.update(pd.util.hash_pandas_object(keys, index=False).to_numpy().tobytes())
        digest.update(frames.labels.tobytes())
        digest.update(frames.landmarks.tobytes())
    return digest.hexdigest()[:16]
