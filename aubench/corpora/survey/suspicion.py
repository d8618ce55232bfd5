"""Landmarks that are impossible, and landmarks that somebody should look at."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt

from aubench.corpora.survey.recording import BoolArray
from aubench.frames import FloatArray, IntArray
from aubench.landmarks import EYE_LEFT, EYE_RIGHT, LIP_OUTER

Points = npt.NDArray[np.float64]

Suspicion = Literal["missing", "NaN", "degenerate", "outside", "cut", "jump", "mirrored", "rotated"]

GRAVE: tuple[Suspicion, ...] = ("missing", "NaN", "degenerate", "outside")
"""No face can be cropped by these."""

ODD: tuple[Suspicion, ...] = ("cut", "jump", "mirrored", "rotated")
"""These may be right; a look at the picture tells."""

MEANING: Mapping[Suspicion, str] = {
    "missing": "no landmarks",
    "NaN": "a landmark is NaN",
    "degenerate": "all landmarks on a point or a line",
    "outside": "landmarks outside the picture",
    "cut": "a quarter of the landmarks outside the picture",
    "jump": "landmarks jump from the frame before",
    "mirrored": "landmarks are mirrored, or x and y are swapped",
    "rotated": "landmarks are turned by more than 60°",
}

FLAT = 0.05
"""A face narrower than this share of its length lies on a line. Half a profile has over 0.3."""

JUMP = 0.25
"""Faces' lengths that a face moves, or factor by which it grows, between two frames: a head that
crosses half a metre a second, at 20 frames a second, moves by 0.1."""

USUAL = 8
"""A jump is also so many times the recording's usual step: recordings of few frames a second, or
of moving cameras, have large ones throughout."""

TURNED = math.radians(60)
"""Roll of the line through the eyes. People hold their heads within 45°."""


def suspicions(
    landmarks: FloatArray, frames: IntArray, sizes: FloatArray
) -> dict[Suspicion, BoolArray]:
    """Return which frames arouse which suspicion; a frame has at most one grave one.

    Args:
        landmarks: (N, 68, 2) x and y in pixels; NaN = none.
        frames: (N,) numbers, ascending.
        sizes: (N, 2) width and height of the pictures in pixels; NaN = not known.

    Returns:
        Suspicion → (N,) bool.
    """
    present = np.isfinite(landmarks).reshape(len(landmarks), -1)
    missing = np.asarray(~present.any(axis=1))
    finite = np.asarray(present.all(axis=1))
    points = np.where(finite[:, None, None], landmarks, 0).astype(np.float64)
    flat = finite & (_flatness(points) < FLAT)
    edge = sizes[:, None] - 0.5  # a comparison with NaN is false
    beyond = ((points < -0.5) | (points >= edge)).any(axis=2).mean(axis=1) > 0.25
    middle = (points.min(axis=1) + points.max(axis=1)) / 2
    outside = finite & ~flat & ((middle < -0.5) | (middle >= edge[:, 0])).any(axis=1)
    sound = finite & ~flat & ~outside
    mirrored, rotated = _posture(points)
    return {
        "missing": missing,
        "NaN": ~missing & ~finite,
        "degenerate": flat,
        "outside": outside,
        "cut": sound & beyond,
        "jump": _jumps(points, frames, sound & ~mirrored & ~rotated),
        "mirrored": sound & mirrored,
        "rotated": sound & rotated,
    }


def _flatness(points: Points) -> Points:
    """Return breadth by length of each face, 0–1; 0 for a face within a pixel."""
    moved = points - points.mean(axis=1, keepdims=True)
    spread = np.sqrt(np.linalg.eigvalsh(moved.transpose(0, 2, 1) @ moved).clip(min=0))
    extent = np.ptp(points, axis=1).max(axis=1)
    return np.where(extent > 1, spread[:, 0] / spread[:, 1].clip(min=1e-9), 0)


def _jumps(points: Points, frames: IntArray, sound: BoolArray) -> BoolArray:
    """Return whether each face lies far from where it was in the frame before."""
    jumps = np.zeros(len(points), dtype=np.bool_)
    rows = np.flatnonzero(sound)
    if len(rows) < 2:
        return jumps
    faces = points[rows]
    place = faces.mean(axis=1)
    length = np.sqrt(np.square(faces - place[:, None]).sum(axis=2).mean(axis=1))
    near = np.diff(frames[rows]) == 1
    scale = 2 * np.minimum(length[1:], length[:-1])  # about a face's height
    step = np.linalg.norm(np.diff(place, axis=0), axis=1) / scale
    growth = np.abs(np.diff(np.log(length)))
    for change, least in ((step, JUMP), (growth, math.log1p(JUMP))):
        usual = float(np.median(change[near])) if near.any() else 0.0
        jumps[rows[1:]] |= near & (change > max(least, USUAL * usual))
    return jumps


def _posture(points: Points) -> tuple[BoolArray, BoolArray]:
    """Return whether each face is mirrored, and whether it is turned.

    From the image-left eye to the other, and from the eyes to the mouth, is a turn clockwise, as
    seen with y pointing down; in a mirrored face it is the other way about.
    """
    left, right, mouth = (points[:, list(p)].mean(axis=1) for p in (EYE_LEFT, EYE_RIGHT, LIP_OUTER))
    eyes, down = right - left, mouth - (left + right) / 2
    turn = eyes[:, 0] * down[:, 1] - eyes[:, 1] * down[:, 0]
    roll = np.abs(np.arctan2(eyes[:, 1], eyes[:, 0]))
    return turn < 0, (turn > 0) & (roll > TURNED)


def ranges(frames: IntArray, most: int = 6) -> str:
    """Write ascending frame numbers in words: ``frame 3``, ``frames 3–9, 12 (8 in all)``."""
    breaks = np.flatnonzero(np.diff(frames) != 1) + 1
    runs = np.split(frames, breaks)
    shown = [f"{run[0]}–{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs[:most]]
    rest = ", …" if len(runs) > most else ""
    if len(frames) == 1:
        return f"frame {frames[0]}"
    return f"frames {', '.join(shown)}{rest} ({len(frames):,} in all)"
