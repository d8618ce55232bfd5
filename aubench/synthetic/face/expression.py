"""How each Action Unit moves the face: displacements at intensity 5, as FACS describes them."""

from __future__ import annotations

from functools import cache

import numpy as np

from aubench.synthetic.face.displacement import (
    MOUTH_Y,
    Canon,
    Push,
    displacement,
    eye_window,
    mouth_window,
)
from aubench.synthetic.face.mesh import grid
from aubench.synthetic.render.compiled import Float

AUS = (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 24, 25, 26)
"""The Action Units of DISFA and BP4D: the order of every expression array."""

MOVES: dict[int, tuple[Push, ...]] = {
    1: (  # inner brow raiser: the medial ends of the brows go up
        Push(11, -20, 15, 17, dy=-9.0, dz=1.0),
        Push(0, -24, 12, 20, dy=-3.0),
        Push(20, -10, 10, 9, dy=-1.5),
    ),
    2: (  # outer brow raiser: the lateral halves go up, the eye cover fold stretches
        Push(45, -23, 17, 17, dy=-10.0, dx=1.0),
        Push(44, -8, 10, 8, dy=-2.0),
    ),
    4: (  # brow lowerer: brows down and together, the glabella bulges
        Push(12, -20, 17, 13, dy=5.5, dx=-4.5, dz=2.5),
        Push(38, -23, 18, 13, dy=4.5, dx=-1.5, dz=0.5),
        Push(0, -20, 8, 12, dy=3.5, dz=3.0),
        Push(30, -4, 16, 7, dy=1.3, edge="upper lid"),
    ),
    5: (  # upper lid raiser: the lid retracts, sclera shows above the iris
        Push(32, -1, 17, 9, dy=-5.4, dz=-0.5, edge="upper lid"),
        Push(32, 1, 17, 6, dy=0.7, edge="lower lid"),
    ),
    6: (  # cheek raiser: cheeks up and out, lower lid pushed up, eye narrows
        Push(38, 26, 19, 15, dy=-7.0, dz=6.5),
        Push(33, 10, 18, 8, dy=-2.5, dz=2.5),
        Push(32, 2, 16, 9, dy=-2.2, edge="lower lid"),
        Push(56, 0, 11, 14, dx=-4.0, dz=0.5, dy=-0.5),
        Push(48, -22, 13, 10, dy=1.8),
    ),
    7: (  # lid tightener: both lids narrow the eye, the lower bulges
        Push(31, 2, 17, 8, dy=-3.4, edge="lower lid"),
        Push(32, -1, 17, 10, dy=2.2, edge="upper lid"),
        Push(32, 7, 15, 4.5, dz=1.8, dy=-1.2),
    ),
    9: (  # nose wrinkler: wings and the medial upper lip up, brows down, nose shortens
        Push(12.5, 46, 9, 11, dy=-5.5, dx=1.8, dz=1.5),
        Push(0, 40, 8, 14, dy=-3.0),
        Push(20, 28, 12, 13, dy=-5.0, dz=4.0),
        Push(11, 65, 11, 7, dy=-4.0),
        Push(11, -17, 14, 12, dy=4.5, dx=-2.0, dz=2.0),
        Push(0, -8, 8, 10, dy=3.0, dz=1.5),
        Push(26, 3, 14, 8, dy=-1.5, edge="lower lid"),
    ),
    10: (  # upper lip raiser: the lip's centre is drawn up, its line arches
        Push(10, 66, 9, 9, dy=-7.0, dz=2.0, edge="upper lip"),
        Push(11, 60, 11, 9, dy=-3.5, dz=1.5),
        Push(0, 66, 6, 7, dy=-1.5, edge="upper lip"),
        Push(25, 40, 11, 12, dy=-3.5, dz=3.5),
        Push(13, 48, 7, 7, dy=-1.8, dx=1.5),
    ),
    12: (  # lip corner puller: corners up, out and back, cheeks rise
        Push(25, 72, 13, 12, dy=-10.0, dx=10.0, dz=-6.0),
        Push(12, 70, 8, 9, dx=2.5, dy=-0.5),
        Push(36, 40, 16, 15, dy=-5.0, dx=1.5, dz=5.5),
        Push(12, 48, 6, 6, dx=1.2),
        Push(0, 65, 13, 6, dy=1.0, dz=-1.5),
        Push(0, 80, 16, 8, dy=-2.0, dz=-1.5),
    ),
    14: (  # dimpler: corners tucked in and back, the cheek swells around the pit
        Push(26, 72, 8, 7, dx=4.0, dz=-7.0),
        Push(37, 73, 7, 11, dz=4.5, dx=-1.0),
        Push(0, 72, 18, 7, dz=-1.0),
    ),
    15: (  # lip corner depressor: corners down, lip line arches, chin sides swell
        Push(24, 73, 11, 10, dy=9.5, dx=1.5, dz=-1.0),
        Push(0, 72, 11, 8, dy=-1.2),
        Push(26, 90, 9, 8, dy=2.0, dz=2.5),
        Push(22, 60, 8, 10, dy=2.5),
    ),
    17: (  # chin raiser: chin boss up, lower lip up and forward
        Push(0, 108, 18, 14, dy=-9.0, dz=4.5),
        Push(0, 80, 20, 8, dy=-4.5, dz=4.5),
        Push(0, 68, 18, 6, dy=-3.0, dz=2.0),
        Push(23, 73, 7, 7, dy=2.5),
    ),
    20: (  # lip stretcher: corners straight out and back, the lips flatten
        Push(25, 73, 14, 11, dx=12.0, dy=1.5, dz=-8.0),
        Push(13, 73, 9, 9, dx=3.5),
        Push(0, 65, 20, 5, dy=1.8, dz=-2.0),
        Push(0, 82, 20, 6, dy=-2.5, dz=-1.5),
        Push(34, 92, 13, 12, dx=4.0, dy=1.5),
    ),
    23: (  # lip tightener: the red parts roll in and narrow, the mouth shortens
        Push(0, 64.5, 20, 4.5, dy=4.2, dz=-1.0),
        Push(0, 82, 20, 5.5, dy=-6.0, dz=-0.5),
        Push(24, 72, 9, 8, dx=-4.5, dz=1.0),
    ),
    24: (  # lip pressor: lips pressed flat, the skin around them bulges
        Push(0, 64.5, 22, 4.5, dy=3.4, dz=-1.5),
        Push(0, 82, 22, 5.5, dy=-4.8, dz=-1.0),
        Push(0, 57, 20, 5, dz=3.0, dy=1.0),
        Push(0, 91, 20, 6, dz=4.0, dy=-2.0),
        Push(27, 73, 7, 8, dz=3.0, dx=-1.0),
    ),
    25: (  # lips part
        Push(0, 71, 24, 8, dy=-3.2, edge="upper lip"),
        Push(0, 73, 24, 11, dy=5.5, dz=0.5, edge="lower lip"),
    ),
    26: (Push(40, 70, 16, 24, dx=-3.5, dz=-2.0),),  # jaw drop: cheeks lengthen; see `jaw`
}
"""Action Unit → its pushes at intensity 5."""

JAW_AXIS = (14.0, -2.0)
"""y and z of the axis through the jaw's joints, mm."""

JAW_ANGLE = 0.28
"""Opening of the jaw at AU26 = 5, rad (about 23 mm at the incisors)."""

UPPER_LID, LOWER_LID = 6.6, 3.0
"""How far the margins of the lids part from the closed line when the eye is open, mm."""


def open_lids(canon: Canon) -> Float:
    """The displacement that opens closed eyes, (..., 3) mm."""
    window = eye_window(canon.x) * canon.front
    above = (canon.side < 0) & (canon.y <= 1e-6)
    up = UPPER_LID * np.clip(1 + canon.y / 21.0, 0, 1) ** 1.5 * above
    below = (canon.side > 0) & (canon.y >= -1e-6)
    down = LOWER_LID * np.clip(1 - canon.y / 16.0, 0, 1) ** 1.5 * below
    zero = np.zeros_like(up)
    return np.stack([zero, window * (down - up), zero], axis=-1)


def swing(position: Float) -> Float:
    """The displacement of points fixed to the jaw when it opens fully, (..., 3) mm."""
    y, z = position[..., 1] - JAW_AXIS[0], position[..., 2] - JAW_AXIS[1]
    cos, sin = np.cos(JAW_ANGLE), np.sin(JAW_ANGLE)
    return np.stack([np.zeros_like(y), y * cos + z * sin - y, z * cos - y * sin - z], axis=-1)


def jaw(canon: Canon, position: Float) -> tuple[Float, Float]:
    """The displacement of a dropped jaw with closed lips, and what parted lips add to it.

    Returns:
        Two (..., 3) fields, mm.
    """
    ramp = np.clip((canon.y - (MOUTH_Y - 18)) / 60.0, 0, 1)
    ramp = ramp * ramp * (3 - 2 * ramp) * canon.front
    near_ear = np.clip((np.abs(canon.x) - 60) / 16.0, 0, 1)
    ramp = ramp * (1 - 0.5 * near_ear)
    below = (canon.side > 0) & (canon.y > MOUTH_Y - 1)
    lip = np.maximum(1 - ramp, 0) * mouth_window(canon.x) * below * canon.front
    lip = lip * np.clip(1 - (canon.y - MOUTH_Y) / 50.0, 0, 1)
    drop = swing(position)
    return drop * ramp[..., None], drop * lip[..., None]


@cache
def basis() -> Float:
    """The displacements that an expression mixes, (19, V, 3) mm.

    The rows are the 17 Action Units of `AUS`, the lower lip that follows a dropped jaw when the
    lips part, and the opening of the lids.
    """
    mesh = grid()
    fields = [displacement(MOVES[au], mesh.canon) for au in AUS]
    drop, lip = jaw(mesh.canon, mesh.position)
    fields[AUS.index(26)] += drop
    return np.stack([*fields, lip, open_lids(mesh.canon)])


def mixture(intensities: Float, blink: float) -> Float:
    """The weight of each row of `basis` in an expression.

    Args:
        intensities: (17,) 0–5 in the order of `AUS`.
        blink: 0 (open) to 1 (closed).

    Returns:
        (19,) weights. One is a product: a dropped jaw parts the lips as far as AU25
        lets it. A closing lid takes AU5 and AU7 with it.
    """
    share = np.asarray(intensities, dtype=np.float64) / 5
    part = min(1.0, share[AUS.index(25)] / 0.5) * share[AUS.index(26)]
    weights = np.concatenate([share, [part, 1 - blink]])
    weights[AUS.index(5)] *= 1 - blink
    weights[AUS.index(7)] *= 1 - 0.8 * blink
    return weights
