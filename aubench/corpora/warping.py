"""Moving a picture and its landmarks into a crop.

Pixel centres lie at integers, so a picture of width W reaches from -0.5 to W - 0.5, and shrinking
it to width w maps x to (x + 0.5)·w/W - 0.5.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

from aubench.corpora.raw_picture import RawPicture, Still
from aubench.frames import FloatArray, ImageArray

Matrix = npt.NDArray[np.float64]
"""(2, 3): source pixels to crop pixels."""


ENOUGH = 1.5
"""Pixels between two samples of a halved picture, whose pixels are means, that do not alias."""


def warp(picture: RawPicture | ImageArray, matrix: Matrix, size: int) -> ImageArray:
    """The picture that ``matrix`` makes of ``picture``; black where that ends.

    Shrinking averages over the area of each new pixel, so that fine texture fades instead of
    aliasing: the picture is halved, each pixel the mean of four, while it stays no smaller than
    the crop; then it is sampled bilinearly, twice as densely and averaged if samples are still too
    far apart.

    Args:
        picture: A raw picture, or (H, W, 3) uint8 RGB.
        matrix: (2, 3) source pixels to crop pixels.
        size: Width and height of the crop.

    Returns:
        (size, size, 3) uint8 RGB.
    """
    if isinstance(picture, np.ndarray):
        picture = Still(picture)
    step = 1 / math.sqrt(abs(float(np.linalg.det(matrix[:, :2]))))
    largest = max(picture.width, picture.height).bit_length() - 1
    halvings = min(max(0, math.floor(math.log2(step) + 1e-6)), largest)
    if halvings:
        source, matrix = _halved(picture, matrix, size, halvings)
    else:
        source = picture.part(0, 0, picture.width, picture.height)
    times = 1 if step / 2**halvings <= (ENOUGH if halvings else 1 + 1e-6) else 2
    finer = matrix * times
    finer[:, 2] += (times - 1) / 2
    crop = cv2.warpAffine(source, finer, (size * times, size * times), flags=cv2.INTER_LINEAR)
    if times > 1:
        crop = cv2.resize(crop, (size, size), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(crop, cv2.COLOR_RGBA2RGB), dtype=np.uint8)


def _halved(
    picture: RawPicture, matrix: Matrix, size: int, halvings: int
) -> tuple[ImageArray, Matrix]:
    """The part of a picture that a crop shows, halved so many times, and the matrix from there."""
    block = 2**halvings
    corners = np.array([[-1, -1], [-1, size], [size, -1], [size, size]])
    shown = (corners - matrix[:, 2]) @ np.linalg.inv(matrix[:, :2]).T
    limits = np.array([picture.width, picture.height])
    low = np.clip(np.floor(shown.min(axis=0) / block - 1) * block, 0, limits).astype(int)
    high = np.clip(np.ceil(shown.max(axis=0) / block + 1) * block, 0, limits).astype(int)
    if (high <= low).any():
        return np.zeros((1, 1, 4), dtype=np.uint8), matrix
    part = picture.part(*low.tolist(), *high.tolist())
    right, bottom = (-(high - low) % block).tolist()
    if right or bottom:
        part = np.asarray(cv2.copyMakeBorder(part, 0, bottom, 0, right, cv2.BORDER_CONSTANT))
    for _ in range(halvings):
        half = part.shape[1] // 2, part.shape[0] // 2
        part = np.asarray(cv2.resize(part, half, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    linear = matrix[:, :2]
    shift = linear @ (low + (block - 1) / 2) + matrix[:, 2]
    return part, np.column_stack([linear * block, shift])


def transform(points: FloatArray, matrix: Matrix) -> FloatArray:
    """``points`` (..., 2) in source pixels as pixels of the crop."""
    moved = points.astype(np.float64) @ matrix[:, :2].T + matrix[:, 2]
    return moved.astype(np.float32)
