"""Landmarks over time: which frames have their own, and where the face was in the others."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from aubench.frames import FloatArray
from aubench.landmarks import MEAN_FACE


def usable(points: FloatArray, width: int, height: int) -> npt.NDArray[np.bool_]:
    """Return which frames' landmarks are plausible: (N,) bool.

    They are finite, more than a pixel apart (a tracker that lost the face may write all zeros) and
    their box is centred inside the picture and at most twice as large.

    Args:
        points: (N, 68, 2) x and y in pixels.
        width: Of the picture in pixels.
        height: Of the picture in pixels.
    """
    finite = np.isfinite(points).all(axis=(1, 2))
    low, high = np.nan_to_num(points).min(axis=1), np.nan_to_num(points).max(axis=1)
    centre = (low + high) / 2
    inside = ((centre >= -0.5) & (centre < (width - 0.5, height - 0.5))).all(axis=1)
    apart = ((high - low) > 1).all(axis=1)
    near = ((high - low) <= (2 * width, 2 * height)).all(axis=1)
    return np.asarray(finite & inside & apart & near)


def fill(points: FloatArray, known: npt.NDArray[np.bool_]) -> FloatArray:
    """Return landmarks for every frame: linear in time between known frames, constant at the ends.

    Args:
        points: (N, 68, 2).
        known: (N,) which of them to believe.

    Returns:
        (N, 68, 2) float32; known frames unchanged.

    Raises:
        ValueError: If none is known.
    """
    if not known.any():
        raise ValueError("no frame has landmarks")
    flat = points.reshape(len(points), -1).copy()
    wanted, given = np.flatnonzero(~known), np.flatnonzero(known)
    for column in flat.T:
        column[wanted] = np.interp(wanted, given, column[given])
    return flat.reshape(points.shape)


def centred(width: int, height: int) -> FloatArray:
    """Return the mean face in the middle of the picture, to crop by where no landmarks are known.

    Its box is 0.7 of the picture's shorter side, so that a tight crop is about the largest square
    in the picture's middle.

    Args:
        width: Of the picture in pixels.
        height: Of the picture in pixels.

    Returns:
        (68, 2) float32.
    """
    low, high = MEAN_FACE.min(axis=0), MEAN_FACE.max(axis=0)
    scale = 0.7 * min(width, height) / (high - low).max()
    middle = np.array([width - 1, height - 1]) / 2
    return np.asarray((MEAN_FACE - (low + high) / 2) * scale + middle, dtype=np.float32)
