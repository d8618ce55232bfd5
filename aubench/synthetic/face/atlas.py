"""The atlas: one picture that holds every texture of a head, and where each zone lies in it."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from aubench.synthetic.face.displacement import Canon
from aubench.synthetic.face.mesh import RADIUS, base, canon_of
from aubench.synthetic.render.compiled import Float

TEXEL = 0.55
"""Side of a texel on the face, mm."""

FACE_WIDTH, FACE_HEIGHT = 480, 416
TOP = -98.0
"""The face zone: unrolled, 132 mm to either side and from v = TOP down to 130.8 mm."""

WIDTH, HEIGHT = FACE_WIDTH, FACE_HEIGHT + 96


class Zone(NamedTuple):
    """A rectangle of the atlas, texels."""

    x: int
    y: int
    width: int
    height: int

    def uv(self, u: Float, v: Float) -> Float:
        """Atlas coordinates (..., 2) of (u, v), 0–1 across the zone; they stay off its rim."""
        return np.stack(
            [
                self.x + 1.5 + np.clip(u, 0, 1) * (self.width - 4),
                self.y + 1.5 + np.clip(v, 0, 1) * (self.height - 4),
            ],
            axis=-1,
        )

    def cut(self, picture: Float) -> Float:
        """The zone's part of an atlas, as a view."""
        return picture[self.y : self.y + self.height, self.x : self.x + self.width]


FACE = Zone(0, 0, FACE_WIDTH, FACE_HEIGHT)
EYE = Zone(0, FACE_HEIGHT, 96, 96)
HAIR = Zone(96, FACE_HEIGHT, 192, 96)
CLOTH = Zone(288, FACE_HEIGHT, 96, 96)
MOUTH = Zone(384, FACE_HEIGHT, 48, 96)
EAR = Zone(432, FACE_HEIGHT, 48, 96)

EYE_SPAN = 22.0
"""Half width of the eye zone, mm."""


def face_uv(s: Float, v: Float) -> Float:
    """Atlas coordinates of points on the head, (..., 2) texels."""
    return np.stack(
        [
            np.clip(s / TEXEL + (FACE_WIDTH - 1) / 2, 1, FACE_WIDTH - 3),
            np.clip((v - TOP) / TEXEL, 1, FACE_HEIGHT - 3),
        ],
        axis=-1,
    )


@cache
def face_unrolled() -> tuple[Float, Float]:
    """Positions around the head and down the profile of every texel of the face zone, mm."""
    columns = (np.arange(FACE_WIDTH) - (FACE_WIDTH - 1) / 2) * TEXEL
    rows = np.arange(FACE_HEIGHT) * TEXEL + TOP
    v, s = np.meshgrid(rows, columns, indexing="ij")
    return s, v


@cache
def face_canon() -> Canon:
    """The canonical place of every texel of the face zone, (FACE_HEIGHT, FACE_WIDTH)."""
    s, v = face_unrolled()
    return canon_of(s, v, np.where(v < 0, -1.0, 1.0))


def texels_of(x: Float, y: Float) -> Float:
    """Atlas coordinates of canonical places on the front of the face, (..., 2) texels."""
    quarter = np.full_like(y, np.pi / 2 * RADIUS)
    half = base(quarter, y)[..., 0]
    s = RADIUS * np.arcsin(np.clip(x / half, -1, 1))
    for _ in range(3):  # the cheeks bulge a little beyond a circle: solved by fixed-point steps
        s = s + (x - base(s, y)[..., 0])
    return face_uv(s, y)
