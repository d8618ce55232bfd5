"""Facial landmarks: markups of 68, 66 and 49 points, their mirror permutation, the mean face.

The 68-point order (Multi-PIE / 300-W), from 0: jaw 0–16, image-left brow 17–21, other brow 22–26,
nose bridge 27–30, nostrils 31–35, image-left eye 36–41, other eye 42–47, outer lip 48–59, inner
lip 60–67.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

BROW_LEFT = range(17, 22)
EYE_LEFT = range(36, 42)
EYE_RIGHT = range(42, 48)
LIP_OUTER = range(48, 60)

INDEX_66 = tuple(i for i in range(68) if i not in (60, 64))
"""Rows of the 68 points that the 66-point markup (DISFA's) keeps: not the inner mouth corners."""

INDEX_49 = tuple(i for i in range(17, 68) if i not in (60, 64))
"""Rows of the 68 points that the 49-point markup (BP4D's) keeps: no jaw, no inner mouth corners."""

MARKUPS = (68, 66, 49)
"""Numbers of points of the markups that are known."""

MIRROR = (
    *range(16, -1, -1),
    *range(26, 16, -1),
    *range(27, 31),
    *range(35, 30, -1),
    *(45, 44, 43, 42, 47, 46),
    *(39, 38, 37, 36, 41, 40),
    *range(54, 47, -1),
    *range(59, 54, -1),
    *range(64, 59, -1),
    *(67, 66, 65),
)
"""Where each of the 68 points comes from in a mirrored face; its own inverse."""

MEAN_FACE: npt.NDArray[np.float64] = np.array(
    [
        (-74, 1.3), (-69.8, 23.5), (-65.8, 47.1), (-59, 69.2), (-49.3, 86.7), (-39.6, 102.4),
        (-28.5, 111.7), (-14.2, 117.5), (0, 118.7), (14.2, 117.5), (28.5, 111.7), (39.6, 102.4),
        (49.3, 86.7), (59, 69.2), (65.8, 47.1), (69.8, 23.5), (74, 1.3), (-50.6, -18),
        (-41.7, -24), (-30.1, -26), (-20.2, -22), (-10.1, -20), (10.1, -20), (20.2, -22),
        (30.1, -26), (41.7, -24), (50.6, -18), (0, -2.5), (0, 13.8), (0, 25.9), (0, 41.6),
        (-12.6, 50.7), (-7.1, 52.5), (0, 52.5), (7.1, 52.5), (12.6, 50.7), (-46.8, 0),
        (-37.7, -5.5), (-28, -6.4), (-18, -1), (-28, 2.9), (-37.7, 2.5), (18, -1), (28, -6.4),
        (37.7, -5.5), (46.8, 0), (37.7, 2.5), (28, 2.9), (-24.8, 72), (-15.2, 66.4),
        (-5.1, 63.6), (0, 65), (5.1, 63.6), (15.2, 66.4), (24.8, 72), (14.5, 79.2), (4.8, 82.2),
        (0, 82.2), (-4.8, 82.2), (-14.5, 79.2), (-21.5, 72), (-8.3, 72), (0, 72), (8.3, 72),
        (21.5, 72), (8.3, 72), (0, 72), (-8.3, 72),
    ]
)  # fmt: skip
"""(68, 2) x to the right and y down, mm from between the eyes.

Origin: the landmark vertices of the mean head of our own synthetic faces
(`aubench.synthetic.face.shape`), relaxed, eyes open, seen from the front without perspective.
"""

PointArray = npt.NDArray[np.floating[Any]]


def to_68(points: PointArray) -> PointArray:
    """68 points from 68, 66 or 49.

    The inner mouth corners, absent from the smaller markups, are set to the outer corners moved a
    quarter of the way to the centre of the inner lips. A jaw that is absent stays NaN.

    Args:
        points: (..., P, 2) with P of 68, 66 or 49.

    Raises:
        ValueError: On any other P.
    """
    count = points.shape[-2]
    if count == 68:
        return points
    if count not in (66, 49):
        raise ValueError(f"no markup of {count} points is known; 68, 66 and 49 are")
    full = np.full((*points.shape[:-2], 68, 2), np.nan, dtype=points.dtype)
    full[..., list(INDEX_66 if count == 66 else INDEX_49), :] = points
    middle = full[..., [61, 62, 63, 65, 66, 67], :].mean(axis=-2)
    for inner, outer in ((60, 48), (64, 54)):
        full[..., inner, :] = 0.75 * full[..., outer, :] + 0.25 * middle
    return full


def to_66(points: PointArray) -> PointArray:
    """The 66 points of DISFA's files from (..., 68, 2)."""
    return points[..., list(INDEX_66), :]


def to_49(points: PointArray) -> PointArray:
    """The 49 points of BP4D's files from (..., 68, 2)."""
    return points[..., list(INDEX_49), :]


def complete(points: PointArray) -> PointArray:
    """Landmarks without gaps: a missing point is placed where the mean face has it.

    The mean face is moved, turned and scaled to fit the known points with the least sum of squares
    (Umeyama 1991, without a reflection), each face on its own. Known points stay.

    Args:
        points: (..., 68, 2); NaN where a markup has no point.

    Returns:
        (..., 68, 2), finite wherever a face has two points or more that are apart; a face with
        fewer is NaN throughout.
    """
    here = np.asarray(np.isfinite(points).all(axis=-1))
    face = np.where(here, points[..., 0] + 1j * points[..., 1], 0).astype(np.complex128)
    mean = MEAN_FACE[:, 0] + 1j * MEAN_FACE[:, 1]
    count = np.maximum(here.sum(axis=-1, keepdims=True), 1)
    middle = face.sum(axis=-1, keepdims=True) / count
    from_middle = np.where(here, face - middle, 0)
    mean_middle = (here * mean).sum(axis=-1, keepdims=True) / count
    from_mean_middle = np.where(here, mean - mean_middle, 0)
    power = (np.abs(from_mean_middle) ** 2).sum(axis=-1, keepdims=True)
    turned = (np.conj(from_mean_middle) * from_middle).sum(axis=-1, keepdims=True)
    turn = np.divide(turned, power, out=np.full_like(turned, np.nan), where=np.abs(turned) > 0)
    fitted = turn * (mean - mean_middle) + middle
    fitted = np.stack([fitted.real, fitted.imag], axis=-1).astype(points.dtype)
    kept = here[..., None] & np.isfinite(turn)[..., None]
    return np.asarray(np.where(kept, points, fitted))
