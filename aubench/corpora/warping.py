"""Moving a picture and its landmarks into a crop.

Pixel centres lie at integers, so a picture of width W reaches from -0.5 to W - 0.5, and shrinking
it to width w maps x to (x + 0.5)·w/W - 0.5.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

from aubench.frames import FloatArray, ImageArray

Matrix = npt.NDArray[np.float64]
"""(2, 3): source pixels to crop pixels."""


def warp(image: ImageArray, matrix: Matrix, size: int) -> ImageArray:
    """The picture that ``matrix`` makes of ``image``; black where the image ends.

    Shrinking by a factor averages over the area of each new pixel: the picture is warped at a
    whole multiple of ``size`` and averaged down, so that fine texture fades instead of aliasing.

    Args:
        image: (H, W, 3) uint8.
        matrix: (2, 3) source pixels to crop pixels.
        size: Width and height of the crop.

    Returns:
        (size, size, 3) uint8.
    """
    scale = math.sqrt(abs(float(np.linalg.det(matrix[:, :2]))))
    times = max(1, math.ceil(1 / scale - 1e-6))
    finer = matrix * times
    finer[:, 2] += (times - 1) / 2
    large = cv2.warpAffine(image, finer, (size * times, size * times), flags=cv2.INTER_LINEAR)
    if times == 1:
        return large.astype(np.uint8, copy=False)
    small = cv2.resize(large, (size, size), interpolation=cv2.INTER_AREA)
    return small.astype(np.uint8, copy=False)


def transform(points: FloatArray, matrix: Matrix) -> FloatArray:
    """``points`` (..., 2) in source pixels as pixels of the crop."""
    moved = points.astype(np.float64) @ matrix[:, :2].T + matrix[:, 2]
    return moved.astype(np.float32)
