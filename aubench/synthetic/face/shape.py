"""Head shape: the features that all faces share and the modes in which people differ."""

from __future__ import annotations

from functools import cache

import numpy as np

from aubench.synthetic.face.displacement import Push, displacement
from aubench.synthetic.face.mesh import base, canon_of, grid
from aubench.synthetic.render.compiled import Float

FEATURES: tuple[Push, ...] = (
    Push(30, -27, 26, 9, dz=3.0),  # brow ridge
    Push(0, -25, 10, 10, dz=1.5),  # glabella
    Push(20, -2, 9, 10, dz=-9.0),  # eye sockets, medial
    Push(36, -3, 15, 11, dz=-4.5),  # eye sockets
    Push(0, 4, 6.5, 13, dz=9.0),  # nose: root
    Push(0, 20, 7.5, 13, dz=14.0),  # bridge
    Push(0, 40, 9.0, 9.5, dz=21.5),  # tip
    Push(0, 47, 4.0, 5, dz=4.0),  # columella
    Push(13.0, 45.5, 5.5, 6.5, dz=10.5),  # wings
    Push(0, 56, 24, 6, dz=-3.0),  # under the nose
    Push(48, 18, 16, 13, dz=4.0),  # cheek bones
    Push(38, 38, 14, 16, dz=2.0),  # cheeks
    Push(19, 58, 6, 10, dz=-1.0),
    Push(0, 63, 22, 14, dz=3.5),  # the arch of the teeth
    Push(0, 66.5, 17, 4.5, dz=4.0),  # upper lip
    Push(0, 61, 2.5, 5, dz=-1.2),  # philtrum
    Push(0, 77.5, 15, 5, dz=5.0),  # lower lip
    Push(0, 72, 16, 2.0, dz=-3.0),  # the line of the lips
    Push(27, 72, 5, 6, dz=-2.0),  # mouth corners
    Push(0, 89, 18, 6, dz=-3.5),  # mentolabial furrow
    Push(0, 107, 15, 11, dz=6.0),  # chin
)
"""What turns the featureless head into the mean face."""

MODES: dict[str, tuple[Push, ...]] = {
    "face width": (Push(0, 20, 160, 95, sx=0.055),),
    "head width": (Push(0, -60, 160, 60, sx=0.05),),
    "face length": (Push(0, 40, 160, 110, sy=0.05),),
    "forehead height": (Push(0, -80, 120, 45, dy=-6.0),),
    "forehead slope": (Push(0, -70, 70, 35, dz=-5.0),),
    "jaw width": (Push(60, 90, 30, 34, dx=5.0),),
    "chin length": (Push(0, 118, 38, 26, dy=6.0),),
    "chin depth": (Push(0, 110, 28, 20, dz=5.0),),
    "chin width": (Push(24, 114, 16, 15, dx=4.5, dz=1.5),),
    "cheek bones": (Push(54, 14, 18, 16, dx=3.0, dz=3.5),),
    "fullness": (
        Push(46, 55, 20, 26, dx=4.5, dz=4.5),
        Push(40, 112, 26, 14, dx=3.0, dy=3.5),
        Push(34, 13, 14, 8, dz=1.0),
    ),
    "brow height": (Push(32, -22, 26, 11, dy=-3.2),),
    "brow tilt": (Push(46, -22, 13, 11, dy=-3.0), Push(13, -20, 11, 11, dy=1.8)),
    "brow spacing": (Push(22, -22, 22, 10, dx=2.4),),
    "brow ridge": (Push(28, -26, 26, 9, dz=3.5), Push(0, -22, 10, 9, dz=2.0)),
    "eye spacing": (Push(32, 0, 24, 15, dx=2.4),),
    "eye width": (Push(32, 0, 18, 12, sx=0.10),),
    "eye tilt": (Push(47, 0, 10, 10, dy=-2.2), Push(17, 0, 8, 8, dy=1.0)),
    "eye depth": (Push(34, -3, 18, 13, dz=-3.0),),
    "bags": (Push(31, 14, 14, 5, dz=1.6),),
    "nose length": (Push(0, 46, 18, 16, dy=3.6),),
    "nose width": (Push(13, 46, 8, 10, dx=2.8), Push(7, 25, 7, 18, dx=0.8)),
    "nose tip": (Push(0, 41, 9, 9, dz=4.0), Push(0, 40, 9, 8, dy=-1.5)),
    "nose bridge": (Push(0, 12, 8, 16, dz=4.0),),
    "nose hump": (Push(0, 22, 6, 9, dz=3.0),),
    "nose bulb": (Push(8, 42, 6, 7, dx=1.8, dz=1.5),),
    "nose crook": (Push(0, 30, 12, 16, dx=1.6),),
    "mouth width": (Push(0, 72, 34, 16, sx=0.11),),
    "mouth height": (Push(0, 72, 40, 20, dy=2.6),),
    "upper lip fullness": (Push(0, 65, 20, 4.5, dy=-1.8, dz=1.6),),
    "lower lip fullness": (Push(0, 81, 18, 5.5, dy=2.0, dz=2.0),),
    "mouth protrusion": (Push(0, 72, 28, 20, dz=4.0),),
    "mouth corners": (Push(25, 72, 8, 8, dy=1.4),),
    "philtrum length": (Push(0, 62, 30, 8, dy=2.0), Push(0, 76, 30, 10, dy=1.0)),
}
"""Mode → what one standard deviation of it does."""


@cache
def mean_face() -> Float:
    """The mean face: (V, 3) mm, eyes and lips closed."""
    mesh = grid()
    return mesh.position + displacement(FEATURES, mesh.canon)


@cache
def modes() -> Float:
    """The displacement of one standard deviation of each mode: (M, V, 3) mm."""
    return np.stack([displacement(pushes, grid().canon) for pushes in MODES.values()])


def asymmetry(rng: np.random.Generator) -> Float:
    """A smooth random displacement, (V, 3) mm, that makes the halves of a face differ."""
    canon = grid().canon
    total = np.zeros((len(canon.x), 3))
    for _ in range(14):
        x, y = rng.uniform(-65, 65), rng.uniform(-60, 110)
        reach = rng.uniform(18, 40)
        weight = np.exp(-(((canon.x - x) ** 2 + (canon.y - y) ** 2) / reach**2)) * canon.front
        total += weight[:, None] * rng.normal(0, 0.5, 3)
    return total


def head_at(shape: Float, s: Float, v: Float) -> Float:
    """Points on the surface of a head without asymmetry.

    Args:
        shape: (M,) coefficients of `MODES`.
        s: (...,) mm around the head.
        v: (...,) mm down the profile.

    Returns:
        (..., 3) mm.
    """
    canon = canon_of(s, v, np.where(v < 0, -1.0, 1.0))
    place = base(s, v) + displacement(FEATURES, canon)
    for weight, pushes in zip(shape, MODES.values(), strict=True):
        place = place + weight * displacement(pushes, canon)
    return place
