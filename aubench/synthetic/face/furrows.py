"""Furrows: the lines that Action Units, age and anatomy press into the skin, as data."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from aubench.synthetic.face.atlas import FACE_HEIGHT, FACE_WIDTH, TEXEL, face_canon, texels_of
from aubench.synthetic.face.expression import AUS
from aubench.synthetic.render.compiled import Float

Path = tuple[tuple[float, float], ...]


class Furrow(NamedTuple):
    """A line in the skin on the image-right half; its mirror image is implied.

    Attributes:
        path: Canonical (x, y) of the line, mm.
        width: Distance from its middle at which it has 1/e of its depth, mm.
        depth: At AU intensity 5, mm; negative raises a ridge.
        swell: Height of the shoulders beside it, as a share of the depth.
    """

    path: Path
    width: float
    depth: float
    swell: float = 0.35


FURROWS: dict[int, tuple[Furrow, ...]] = {
    1: (  # lines across the middle of the forehead
        Furrow(((0, -41), (12, -42), (25, -38)), 2.0, 1.6),
        Furrow(((0, -51), (14, -53), (28, -48)), 2.2, 1.8),
        Furrow(((0, -62), (12, -63), (26, -59)), 2.2, 1.3),
    ),
    2: (  # arches above the outer brows
        Furrow(((28, -38), (42, -41), (56, -32)), 2.0, 1.6),
        Furrow(((27, -49), (42, -52), (57, -43)), 2.2, 1.8),
        Furrow(((30, -61), (42, -63), (55, -55)), 2.2, 1.1),
    ),
    4: (  # the upright lines between the brows and the corrugator's bulge
        Furrow(((6.5, -34), (5, -22), (6.5, -10)), 1.9, 2.2, 0.5),
        Furrow(((0.0, -30), (0.0, -16)), 1.5, 0.8),
        Furrow(((0, -5), (6, -6)), 1.6, 1.1),
        Furrow(((14, -30), (26, -33)), 3.0, 0.8),
    ),
    5: (Furrow(((20, -14), (32, -17), (45, -14)), 1.8, 0.9),),
    6: (  # crow's feet and the line under the eye
        Furrow(((51, -4), (63, -10)), 1.5, 1.6),
        Furrow(((52, 0.5), (66, 1)), 1.5, 1.8),
        Furrow(((51, 5), (63, 12)), 1.5, 1.6),
        Furrow(((17, 9), (30, 13.5), (45, 9)), 1.9, 1.8),
        Furrow(((22, 19), (34, 20), (46, 14)), 1.9, 0.9),
    ),
    7: (
        Furrow(((19, 6), (32, 9), (44, 6)), 1.6, 1.6, 0.6),
        Furrow(((49, 1), (56, 3)), 1.4, 0.8),
    ),
    9: (  # lines across the root and down the sides of the nose
        Furrow(((0, -6), (7, -5)), 1.5, 1.8),
        Furrow(((0, 1), (8, 2)), 1.5, 1.6),
        Furrow(((4, 7), (13, 10)), 1.6, 1.9),
        Furrow(((5, 14), (16, 19)), 1.6, 1.6),
        Furrow(((12, 35), (19, 45), (24, 55)), 2.2, 1.8),
    ),
    10: (  # the upper nasolabial furrow with its pouch
        Furrow(((15, 41), (23, 50), (28, 60)), 2.4, 2.4, 0.6),
        Furrow(((8, 54), (11, 62)), 1.8, 0.8),
    ),
    12: (  # the whole nasolabial furrow, and a fold beside the corner
        Furrow(((15, 43), (25, 53), (32, 64), (34, 75)), 2.5, 2.7, 0.55),
        Furrow(((39, 62), (42, 72), (40, 82)), 2.6, 1.2),
        Furrow(((20, 12), (32, 16), (44, 12)), 2.0, 0.8),
    ),
    14: (  # a pit beside each corner
        Furrow(((29, 68), (30.5, 72), (29, 77)), 2.4, 4.2, 0.6),
        Furrow(((34, 64), (37.5, 72), (34, 81)), 1.8, 1.3),
    ),
    15: (  # the marionette lines
        Furrow(((26, 77), (29.5, 86), (29, 96)), 2.2, 2.4, 0.5),
        Furrow(((0, 90), (12, 91)), 2.4, 1.0),
    ),
    17: (  # the crease over a chin boss that puckers
        Furrow(((0, 91), (12, 92), (21, 97)), 2.3, 2.6, 0.5),
        Furrow(((3, 101), (4, 104)), 1.6, 1.7),
        Furrow(((9, 100), (11, 103)), 1.6, 1.6),
        Furrow(((6, 107), (7, 110)), 1.6, 1.7),
        Furrow(((13, 107), (14, 111)), 1.6, 1.4),
        Furrow(((1, 112), (2, 115)), 1.6, 1.3),
    ),
    20: (  # upright folds beside the stretched corners
        Furrow(((31, 66), (34.5, 74), (31, 84)), 1.9, 2.0, 0.5),
        Furrow(((38, 63), (42, 75), (38, 89)), 2.1, 1.6),
        Furrow(((16, 88), (28, 92), (38, 92)), 2.2, 1.0),
    ),
    23: (  # fine upright lines around the narrowed lips
        Furrow(((3.5, 56), (3.5, 64)), 1.0, 1.0),
        Furrow(((8.5, 57), (8.0, 65)), 1.0, 1.0),
        Furrow(((13.5, 59), (12.5, 66)), 1.0, 1.0),
        Furrow(((4, 81), (4, 88)), 1.0, 0.9),
        Furrow(((9.5, 80), (10, 87)), 1.0, 0.9),
        Furrow(((26, 69), (28, 72), (26, 75)), 1.6, 1.6),
    ),
    24: (  # rims above and below the pressed lips
        Furrow(((0, 62.5), (12, 63.5), (21, 68)), 1.7, 1.4, 0.8),
        Furrow(((0, 84.5), (11, 83), (20, 78)), 1.7, 1.4, 0.8),
        Furrow(((28, 67), (29.5, 72), (28, 78)), 2.0, 1.6, 0.6),
    ),
    25: (),
    26: (Furrow(((40, 52), (45, 72), (41, 94)), 5.0, 1.2),),
}
"""Action Unit → its furrows."""

STILL: dict[str, tuple[Furrow, ...]] = {
    "crease": (Furrow(((19, -5.5), (31, -10.5), (46, -6)), 1.2, 1.3, 0.3),),
    "age": (
        Furrow(((0, -44), (20, -46), (44, -42)), 1.5, 0.6),
        Furrow(((0, -57), (22, -59), (44, -55)), 1.5, 0.6),
        Furrow(((5, -28), (5.5, -14)), 1.4, 0.6),
        Furrow(((15, 44), (25, 54), (31, 66)), 2.2, 1.3),
        Furrow(((26, 78), (28, 90)), 1.8, 0.8),
        Furrow(((17, 7), (30, 14), (42, 12)), 1.8, 1.0),
        Furrow(((52, -2), (60, -5)), 1.2, 0.5),
        Furrow(((52, 3), (60, 6)), 1.2, 0.5),
    ),
    "anatomy": (
        Furrow(((12, 38), (19, 44), (17, 51)), 1.6, 1.6, 0.2),
        Furrow(((2.6, 54), (3.2, 62)), 1.0, -0.5, 0.0),
        Furrow(((17, 5), (26, 14), (38, 17)), 3.0, 0.6),
    ),
}
"""Lines that a resting face may have."""


class Relief(NamedTuple):
    """A patch of relief on the face zone.

    Attributes:
        y: First row, texels.
        x: First column, texels.
        map: (h, w, 3) slope across, slope down (mm per mm), shade in the depth (0–1).
    """

    y: int
    x: int
    map: Float


def _height(furrow: Furrow) -> Float:
    """The height of a furrow on the face zone, (FACE_HEIGHT, FACE_WIDTH) mm."""
    canon = face_canon()
    knots = np.array(furrow.path, dtype=float)
    middle = knots[0, 0] == 0  # a line that crosses the midline is deepest there
    along = np.linspace(0, len(knots) - 1, 12 * len(knots))
    valley = np.zeros((FACE_HEIGHT, FACE_WIDTH))
    shoulder = np.zeros_like(valley)
    for sign, t in ((sign, t) for sign in (1, -1) for t in along / along[-1]):
        x = sign * _smooth(knots[:, 0], t * along[-1])
        y = _smooth(knots[:, 1], t * along[-1])
        taper = (1 - t**2) ** 0.5 if middle else (4 * t * (1 - t)) ** 0.5
        column, row = (round(float(c)) for c in texels_of(np.array(x), np.array(y)))
        reach = int(6 * furrow.width / TEXEL)
        box = (
            slice(max(0, row - reach), row + reach),
            slice(max(0, column - reach), column + reach),
        )
        square = ((canon.x[box] - x) ** 2 + (canon.y[box] - y) ** 2) / furrow.width**2
        valley[box] = np.maximum(valley[box], taper * np.exp(-square))
        shoulder[box] = np.maximum(shoulder[box], taper * np.exp(-square / 6))
    return furrow.depth * (1.3 * furrow.swell * shoulder - (1 + furrow.swell) * valley)


def _smooth(knots: Float, t: float) -> float:
    """The value at ``t`` of a quadratic path through the knots."""
    degree = min(2, len(knots) - 1)
    return float(np.polyval(np.polyfit(np.arange(len(knots)), knots, degree), t))


def _relief(furrows: tuple[Furrow, ...]) -> Relief:
    """One patch that holds all of ``furrows``."""
    height = sum((_height(f) for f in furrows), np.zeros((FACE_HEIGHT, FACE_WIDTH)))
    down, across = np.gradient(height, TEXEL)
    shade = np.clip(-height / 2.6, 0, 1) * 0.55
    full = np.stack([across, down, shade], axis=-1)
    rows = np.flatnonzero(np.abs(full).max(axis=(1, 2)) > 4e-3)
    columns = np.flatnonzero(np.abs(full).max(axis=(0, 2)) > 4e-3)
    if not len(rows):
        return Relief(0, 0, np.zeros((0, 0, 3)))
    y, x = int(rows[0]) & ~1, int(columns[0]) & ~1
    return Relief(y, x, np.ascontiguousarray(full[y : rows[-1] + 1, x : columns[-1] + 1]))


@cache
def reliefs() -> tuple[tuple[Relief, ...], dict[str, Relief]]:
    """One patch per AU of `AUS` at intensity 5, and the patches of `STILL` by name."""
    return tuple(_relief(FURROWS[au]) for au in AUS), {k: _relief(f) for k, f in STILL.items()}
