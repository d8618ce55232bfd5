"""Landmarks as features: the shape of a face, and its spread over the training faces."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from aubench.frames import FloatArray

Array = npt.NDArray[np.float64]

FEATURES = 136
"""x and y of 68 landmarks."""


def shape(landmarks: FloatArray) -> Array:
    """Landmarks without place, size and in-plane rotation of the face.

    The outer eye corners, which no AU moves, go to (−½, 0) and (½, 0).

    Args:
        landmarks: (N, 68, 2) pixels; NaN where unknown.

    Returns:
        (N, 136), in distances of the eye corners; NaN where unknown, everywhere if a corner is.
    """
    # As complex numbers: a rotation and a scaling are one division.
    points = landmarks[..., 0].astype(np.complex128) + 1j * landmarks[..., 1]
    left, right = points[:, 36, None], points[:, 45, None]
    axis = np.where(left == right, np.nan, right - left)
    with np.errstate(invalid="ignore"):  # NaN is meant
        placed = (points - (left + right) / 2) / axis
    return np.concatenate([placed.real, placed.imag], axis=1)


def spread(shapes: Array) -> tuple[Array, Array]:
    """Mean and standard deviation of every feature over the faces that have it, (136,) each.

    A feature that no face has, or that never varies, gets a mean of 0, or a deviation of 1.
    """
    known = np.isfinite(shapes)
    count = known.sum(axis=0).clip(min=1)
    mean = np.where(known, shapes, 0).sum(axis=0) / count
    square = np.square(np.where(known, shapes - mean, 0)).sum(axis=0) / count
    return mean, np.where(square > 1e-12, np.sqrt(square), 1.0)


def standardise(shapes: Array, mean: Array, deviation: Array) -> Array:
    """Features with a mean of 0 and a deviation of 1; 0 where unknown."""
    return np.nan_to_num((shapes - mean) / deviation)
