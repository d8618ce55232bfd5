"""The canonical head: a grid of vertices with slits for eyes and mouth, and the 68 landmarks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.interpolate import PchipInterpolator

from aubench.landmarks import MIRROR
from aubench.synthetic.face.displacement import EYE_HALF, EYE_X, MOUTH_HALF, MOUTH_Y, Canon
from aubench.synthetic.render.compiled import Float, Int

RADIUS = 75.0
"""Half width of the head at the eyes; ``s = RADIUS * angle`` unrolls it, mm."""

# Rows: v (mm along the profile; equals y on the face), y on the midline, half width, depth of the
# front and of the back from the ear axis, how far the row rises towards the ears.
_PROFILE = np.array(
    [
        # v,     y,     half, front, back, rise
        (-180.0, -122.0, 0.0, 0.0, 0.0, 0.0),
        (-168.0, -121.6, 12.0, 12.0, 18.0, 0.0),
        (-150.0, -118.0, 29.0, 29.0, 42.0, 0.0),
        (-130.0, -109.0, 46.0, 48.0, 66.0, 0.0),
        (-110.0, -97.0, 58.0, 65.0, 82.0, 0.0),
        (-90.0, -83.0, 66.0, 78.0, 91.0, 0.0),
        (-70.0, -68.0, 71.0, 86.5, 96.0, 0.0),
        (-45.0, -45.0, 74.5, 91.0, 98.0, 0.0),
        (-22.0, -22.0, 75.5, 91.5, 97.0, 0.0),
        (0.0, 0.0, 75.0, 86.0, 93.0, 0.0),
        (25.0, 25.0, 72.0, 87.0, 84.0, 0.0),
        (50.0, 50.0, 67.5, 92.0, 70.0, 0.0),
        (72.0, 72.0, 62.0, 94.0, 60.0, 0.0),
        (95.0, 95.0, 56.0, 93.0, 55.0, 15.0),
        (110.0, 110.0, 51.5, 92.0, 52.0, 27.0),
        (119.0, 118.5, 48.5, 88.0, 50.0, 34.0),
        (126.0, 121.5, 45.0, 80.0, 48.0, 36.0),
        (140.0, 123.0, 40.0, 62.0, 46.0, 34.0),
        (160.0, 124.0, 36.0, 38.0, 42.0, 28.0),
    ]
)
_CURVES = PchipInterpolator(_PROFILE[:, 0], _PROFILE[:, 1:])


def base(s: Float, v: Float) -> Float:
    """The featureless head at unrolled coordinates.

    Args:
        s: (...,) mm around the head from the midline, −235…235.
        v: (...,) mm down the profile.

    Returns:
        (..., 3) mm.
    """
    y, half, front, back, rise = np.moveaxis(_CURVES(v), -1, 0)
    angle = s / RADIUS
    cos, sin = np.cos(angle), np.sin(angle)
    flat = 1 + 0.05 * np.where(cos > 0, np.sin(2 * angle) ** 2, 0.0)
    depth = np.where(cos > 0, front, back) * cos
    return np.stack(
        [half * sin * flat, y - rise * (1 - np.maximum(cos, 0)) ** 1.05, depth * flat], axis=-1
    )


def canon_of(s: Float, v: Float, side: Float) -> Canon:
    """The canonical places of unrolled coordinates: x and y of the featureless head."""
    place = base(s, v)
    front = 1 / (1 + np.exp((np.abs(s) - 125.0) / 8.0))
    return Canon(place[..., 0], place[..., 1], front, side)


def _columns() -> Float:
    """Positions of the columns around the head, mm: 2 apart on the face, ever wider behind it."""
    steps, at, step = [0.0], 0.0, 2.0
    while at < 228:
        step = step if at < 54 else step * 1.15
        at += step
        steps.append(at)
    half = np.array(steps)
    half[half > 60] = 60 + (half[half > 60] - 60) * (np.pi * RADIUS - 60) / (at - 60)
    return np.concatenate([-half[:0:-1], half])


def _rows() -> tuple[Float, Float]:
    """Heights of the rows, mm, those of the slits twice; and the side of a slit, −1 or +1."""

    def span(start: float, stop: float, step: float) -> Float:
        return np.linspace(start, stop, round((stop - start) / step), endpoint=False)

    above = [span(-180, -88, 9), span(-88, -30, 4.2), span(-30, -14, 2.0), span(-14, 0, 1.3)]
    between = [span(0, 9, 1.3), span(9, 38, 2.5), span(38, 58, 1.8), span(58, MOUTH_Y, 1.4)]
    below = [span(MOUTH_Y, 88, 1.4), span(88, 128, 2.8), span(128, 160.1, 8)]
    upper, middle, lower = (np.concatenate(part) for part in (above, between, below))
    middle_side = np.where(middle < 30, 1.0, -1.0)
    v = np.concatenate([upper, [0.0], middle, [MOUTH_Y], lower])
    side = np.concatenate([-np.ones(len(upper) + 1), middle_side, [-1.0], np.ones(len(lower))])
    return v, side


@dataclass(frozen=True)
class Grid:
    """The vertices of the head before a person's features.

    Attributes:
        shape: Rows and columns.
        s: (V,) mm around the head.
        v: (V,) mm down the profile.
        canon: Canonical places, (V,).
        position: (V, 3) mm.
        triangles: (T, 3) vertices, counter-clockwise seen from outside with y down.
    """

    shape: tuple[int, int]
    s: Float
    v: Float
    canon: Canon
    position: Float
    triangles: Int


@cache
def quads(rows: int, columns: int, skip: tuple[int, ...] = ()) -> Int:
    """Triangles of a grid, two per cell; cells below the rows in ``skip`` are left out."""
    cells = [(r, c) for r in range(rows - 1) if r not in skip for c in range(columns - 1)]
    at = np.array([r * columns + c for r, c in cells], dtype=np.int32)
    # the diagonal mirrors at the midline, so that a symmetrical face has symmetrical triangles
    left = np.array([c < (columns - 1) // 2 for _, c in cells])[:, None]
    a, b, d, e = at, at + 1, at + columns, at + columns + 1
    one = np.where(left, np.stack([a, b, d], 1), np.stack([a, b, e], 1))
    two = np.where(left, np.stack([b, e, d], 1), np.stack([a, e, d], 1))
    return np.stack([one, two], 1).reshape(-1, 3).astype(np.int32)


@cache
def grid() -> Grid:
    """The one canonical grid."""
    columns, (rows, side) = _columns(), _rows()
    shape = (len(rows), len(columns))
    v, s = (m.ravel() for m in np.meshgrid(rows, columns, indexing="ij"))
    slits = tuple(int(r) for r in np.flatnonzero(np.diff(rows) == 0))
    return Grid(
        shape,
        s,
        v,
        canon_of(s, v, np.repeat(side, len(columns))),
        base(s, v),
        quads(*shape, skip=slits),
    )


# The image-right half of the markup at canonical x, y; side −1 or +1 on a slit's margin, else 0.
_HALF = {
    8: (0.0, 119.0, 0), 9: (14.5, 117.5, 0), 10: (28.0, 111.5, 0), 11: (40.0, 101.5, 0),
    12: (50.0, 87.0, 0), 13: (58.0, 69.0, 0), 14: (65.5, 47.0, 0), 15: (70.0, 24.0, 0),
    16: (73.5, 1.5, 0),
    22: (11.0, -19.5, 0), 23: (20.0, -23.0, 0), 24: (30.5, -25.2, 0), 25: (41.0, -24.0, 0),
    26: (51.0, -18.5, 0),
    27: (0.0, -2.0, 0), 28: (0.0, 13.0, 0), 29: (0.0, 27.0, 0), 30: (0.0, 41.0, 0),
    33: (0.0, 53.0, 0), 34: (6.6, 52.0, 0), 35: (13.2, 50.5, 0),
    42: (EYE_X - EYE_HALF, 0.0, -1), 43: (27.0, 0.0, -1), 44: (37.0, 0.0, -1),
    45: (EYE_X + EYE_HALF, 0.0, -1), 46: (37.0, 0.0, 1), 47: (27.0, 0.0, 1),
    51: (0.0, 64.8, 0), 52: (5.0, 63.4, 0), 53: (14.5, 66.5, 0),
    54: (MOUTH_HALF, MOUTH_Y, -1), 55: (14.5, 79.0, 0), 56: (5.5, 81.8, 0), 57: (0.0, 82.3, 0),
    62: (0.0, MOUTH_Y, -1), 63: (9.0, MOUTH_Y, -1), 64: (MOUTH_HALF - 3.2, MOUTH_Y, -1),
    65: (9.0, MOUTH_Y, 1), 66: (0.0, MOUTH_Y, 1),
}  # fmt: skip


@cache
def landmark_vertices() -> Int:
    """The vertex of each landmark, (68,); the two halves of the face mirror each other exactly."""
    mesh = grid()
    facing = np.abs(mesh.s) < 118
    found = np.zeros(68, dtype=np.int32)
    for index, (x, y, side) in _HALF.items():
        far = (mesh.canon.x - x) ** 2 + (mesh.canon.y - y) ** 2
        far = np.where(facing & (mesh.canon.side * side >= 0) & (mesh.s >= -1e-6), far, np.inf)
        vertex = int(np.argmin(far))
        row, column = divmod(vertex, mesh.shape[1])
        found[index] = vertex
        found[MIRROR[index]] = row * mesh.shape[1] + mesh.shape[1] - 1 - column
    return found
