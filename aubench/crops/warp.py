"""Warp a picture and its landmarks into a crop.

Pixel centres lie at integers, so a picture of width W reaches from -0.5 to W - 0.5, and shrinking
it to width w maps x to (x + 0.5)·w/W - 0.5.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

from aubench.crops.sampling import Sampling
from aubench.frames import FloatArray, ImageArray
from aubench.media.image import RawPicture, Still, halve

Matrix = npt.NDArray[np.float64]
"""(2, 3): source pixels to crop pixels."""

FARTHEST = 1.5
"""Most pixels of a (halved) picture between two samples: 0.75 to 1.5 neither alias nor blur."""

WIDEST = 8
"""Most widths of the picture in a crop; a face as wide as the picture takes two, with `fan`."""

_LARGEST = 1 << 14
"""Pixels of the widest picture that is supersampled: 1 GB. OpenCV warps up to twice that."""


def warp(
    picture: RawPicture | ImageArray, matrix: Matrix, size: int, sampling: Sampling = "mipmap"
) -> ImageArray:
    """The crop that ``matrix`` makes of ``picture``; black outside the picture.

    Args:
        picture: A raw picture, or (H, W, 3) uint8 RGB.
        matrix: (2, 3) source pixels to crop pixels.
        size: Width and height of the crop.
        sampling: How the picture is shrunk.

    Returns:
        (size, size, 3) uint8 RGB.

    Raises:
        ValueError: If the crop would be more than `WIDEST` times as wide as the picture, or too
            large to make: forged landmarks ask for crops of any size.
    """
    if isinstance(picture, np.ndarray):
        picture = Still(picture)
    if not _step(matrix) * size <= WIDEST * max(picture.width, picture.height):
        raise ValueError("the crop is far larger than the picture")
    shrink = _mipmap if sampling == "mipmap" else _supersample
    return np.asarray(cv2.cvtColor(shrink(picture, matrix, size), cv2.COLOR_RGBA2RGB))


def _supersample(picture: RawPicture, matrix: Matrix, size: int) -> ImageArray:
    """The crop by supersampling (see `Sampling`), (size, size, 4)."""
    times = max(1, math.ceil(_step(matrix) - 1e-6))
    if size * times > _LARGEST:
        raise ValueError(f"supersampling it takes {size * times:,}² pixels")
    finer = matrix * times
    finer[:, 2] += (times - 1) / 2
    large = _sample_exactly(picture.whole(), finer, size * times)
    if times == 1:
        return large
    return np.asarray(cv2.resize(large, (size, size), interpolation=cv2.INTER_AREA))


def _mipmap(picture: RawPicture, matrix: Matrix, size: int) -> ImageArray:
    """The crop by mipmap (see `Sampling`), (size, size, 4)."""
    most = max(picture.width, picture.height).bit_length() - 1
    halvings = min(max(0, math.floor(math.log2(_step(matrix) / FARTHEST)) + 1), most)
    block = 2**halvings
    left, right = _reach(matrix, size, picture.width, block, axis=0)
    top, bottom = _reach(matrix, size, picture.height, block, axis=1)
    if left >= right or top >= bottom:
        return np.zeros((size, size, 4), dtype=np.uint8)
    level = picture.part(left, top, right, bottom, halved=halvings > 0)
    for _ in range(halvings - 1):
        level = halve(level)
    nearer = np.array([left, top]) + (block - 1) / 2
    linear = matrix[:, :2]
    shift = linear @ nearer + matrix[:, 2]
    return _sample(level, np.column_stack([linear * block, shift]), size)


def _step(matrix: Matrix) -> float:
    """Source pixels between two pixels of the crop, the geometric mean over directions."""
    a, b, _, c, d, _ = matrix.ravel().tolist()
    area = abs(a * d - b * c)
    return 1 / math.sqrt(area) if area > 0 else math.inf


def _reach(matrix: Matrix, size: int, length: int, block: int, axis: int) -> tuple[int, int]:
    """First and after-last source pixel, in whole blocks along an axis, that a crop shows."""
    a, b, x, c, d, y = matrix.ravel().tolist()
    determinant = a * d - b * c
    u, v = (d, -b) if axis == 0 else (-c, a)
    shown = [
        (u * (right - x) + v * (low - y)) / determinant
        for right in (-1, size)
        for low in (-1, size)
    ]
    first = (math.floor(min(shown)) - 1) // block * block
    last = -(-(math.ceil(max(shown)) + 2) // block) * block
    even = length // 2 * 2 if block > 1 else length
    return min(max(first, 0), even), min(max(last, 0), even)


def _sample(picture: ImageArray, matrix: Matrix, size: int) -> ImageArray:
    """Bilinear samples of ``picture``, (H, W, 4): (size, size, 4), black outside."""
    return np.asarray(cv2.warpAffine(picture, matrix, (size, size), flags=cv2.INTER_LINEAR))


def _sample_exactly(picture: ImageArray, matrix: Matrix, size: int) -> ImageArray:
    """As `_sample`, in whole 32nds of a pixel, which OpenCV samples alike on every processor."""
    a, b, x, c, d, y = matrix.ravel().tolist()
    determinant = a * d - b * c
    across = np.arange(size) - x
    down = np.arange(size)[:, None] - y
    places = np.stack([d * across - b * down, a * down - c * across], axis=-1) / determinant
    steps = np.rint(np.clip(32 * places, -(1 << 20), (1 << 20) - 1)).astype(np.int32)
    whole, rest = (steps >> 5).astype(np.int16), (steps & 31).astype(np.uint16)
    parts = 32 * rest[..., 1] + rest[..., 0]
    return np.asarray(cv2.remap(picture, whole, parts, cv2.INTER_LINEAR))


def transform(points: FloatArray, matrix: Matrix) -> FloatArray:
    """``points`` (..., 2) in source pixels as pixels of the crop."""
    x, y = np.moveaxis(points.astype(np.float64)[..., None], -2, 0)  # a product of matrices would
    moved = x * matrix[:, 0] + y * matrix[:, 1] + matrix[:, 2]  # round as the processor's BLAS does
    return np.asarray(moved, dtype=np.float32)
