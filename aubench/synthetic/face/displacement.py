"""Displacement fields: smooth pushes on the canonical face, described as data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from aubench.synthetic.render.compiled import Float

EYE_X, EYE_HALF = 32.0, 14.5
"""Centre and half width of the image-right eye slit, which lies on y = 0."""

MOUTH_Y, MOUTH_HALF = 72.0, 25.0
"""Height and half width of the mouth slit."""


class Push(NamedTuple):
    """A Gaussian-weighted displacement around a canonical place.

    The weight is ``exp(-((X - x) / rx)² - ((Y - y) / ry)²)``. A push off the midline (``x`` > 0)
    is mirrored to the other side.

    Attributes:
        x: Centre across, mm, 0 or positive.
        y: Centre down, mm.
        rx: Reach across, mm.
        ry: Reach down, mm.
        dx: Outward displacement, mm.
        dy: Downward displacement, mm.
        dz: Displacement towards the viewer, mm.
        sx: Stretch across: displacement in mm per mm of distance from the centre.
        sy: Stretch down, likewise.
        edge: Where not empty, only this margin moves, and nothing at the corners of its slit:
            ``upper lip``, ``lower lip``, ``upper lid`` or ``lower lid``.
    """

    x: float
    y: float
    rx: float
    ry: float
    dx: float = 0.0
    dy: float = 0.0
    dz: float = 0.0
    sx: float = 0.0
    sy: float = 0.0
    edge: str = ""


@dataclass(frozen=True)
class Canon:
    """Places of points on the canonical face.

    Attributes:
        x: (...,) mm across.
        y: (...,) mm down.
        front: (...,) 1 on the face, falling to 0 behind the ears: pushes act in front only.
        side: (...,) −1 above its nearest slit, +1 below; tells the two margins of a slit apart.
    """

    x: Float
    y: Float
    front: Float
    side: Float


def eye_window(x: Float) -> Float:
    """How open the slit of an eye is along x: 1 near its middle, 0 at its corners and beyond."""
    u = (np.abs(x) - EYE_X) / EYE_HALF
    return np.asarray(np.maximum(1 - u**2, 0.0) ** 0.75 * (1 - 0.12 * u))


def mouth_window(x: Float) -> Float:
    """How open the slit of the mouth is along x: 1 in its middle, 0 at its corners and beyond."""
    return np.asarray(np.maximum(1 - (x / MOUTH_HALF) ** 2, 0.0) ** 0.8)


def margin(canon: Canon, edge: str) -> Float:
    """The weight, 0–1, of one margin of a slit: 0 on the other margin and at the corners."""
    which, part = edge.split()
    side = canon.side < 0 if which == "upper" else canon.side > 0
    if part == "lip":
        near = (canon.y > MOUTH_Y - 40) & (canon.y < MOUTH_Y + 60)
        return np.asarray(mouth_window(canon.x) * side * near)
    near = (canon.y > -32) & (canon.y < 26)
    return np.asarray(eye_window(canon.x) * side * near)


def displacement(pushes: Sequence[Push], canon: Canon) -> Float:
    """The sum of all ``pushes`` at each point.

    Args:
        pushes: What to sum.
        canon: Where to evaluate, (...,).

    Returns:
        (..., 3) mm.
    """
    total = np.zeros((*canon.x.shape, 3))
    for p in pushes:
        for sign in (1.0, -1.0) if p.x > 0 else (1.0,):
            gap_x, gap_y = canon.x - sign * p.x, canon.y - p.y
            weight = np.exp(-((gap_x / p.rx) ** 2) - (gap_y / p.ry) ** 2) * canon.front
            if p.edge:
                weight = weight * margin(canon, p.edge)
            total[..., 0] += weight * (sign * p.dx + p.sx * gap_x)
            total[..., 1] += weight * (p.dy + p.sy * gap_y)
            total[..., 2] += weight * p.dz
    return total
