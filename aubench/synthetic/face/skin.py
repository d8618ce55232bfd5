"""The colour of skin: pigment and blood, freckles, lips, and the darkness of hollows."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

from aubench.synthetic.face import atlas
from aubench.synthetic.face.displacement import mouth_window
from aubench.synthetic.face.facial_hair import grow, lips
from aubench.synthetic.face.identity import Person
from aubench.synthetic.face.texture import noise, over, strands
from aubench.synthetic.render.compiled import Float

_SHAPE = (atlas.FACE_HEIGHT, atlas.FACE_WIDTH)
_CLEAR = np.array([0.84, 0.71, 0.63])
_MELANIN = np.array([1.65, 2.40, 3.19])
_BLOOD = np.array([0.05, 0.40, 0.34])
"""Reflectance of skin without pigment, and how pigment and blood absorb; red, green, blue."""

_LIPSTICK = np.array([0.40, 0.035, 0.06])


def skin(person: Person) -> Float:
    """The face zone: (FACE_HEIGHT, FACE_WIDTH, 3) linear RGB, 0–1."""
    rng = np.random.default_rng([person.seed, 0x5C1])
    melanin, blood = _melanin(person, rng), _blood(person, rng)
    colour = _CLEAR * np.exp(-melanin[..., None] * _MELANIN - blood[..., None] * _BLOOD)
    colour = over(colour, _LIPSTICK, 0.75 * person.lipstick * lips())
    colour *= 1 - 0.2 * (lips() * (1.2 - strands(rng, _SHAPE)))[..., None]
    colour = grow(person, rng, colour) * occlusion()[..., None]
    return np.asarray(colour)


@cache
def _blob(x: float, y: float, rx: float, ry: float) -> Float:
    """A soft spot on both halves of the face zone, 0–1."""
    canon = atlas.face_canon()
    gap = ((np.abs(canon.x) - x) / rx) ** 2 + ((canon.y - y) / ry) ** 2
    return np.asarray(np.exp(-gap) * canon.front)


def _blood(person: Person, rng: np.random.Generator) -> Float:
    """Redness: cheeks, nose, chin, the rims of the eyes, lips."""
    patchy = 0.10 * noise(rng, _SHAPE, 9) + 0.14 * noise(rng, _SHAPE, 30)
    flush = 0.9 * _blob(40, 34, 20, 18) + 0.8 * _blob(0, 42, 12, 9) + 0.35 * _blob(0, 106, 14, 9)
    eyes = 0.5 * (0.4 + person.age) * _blob(30, 6, 17, 8) + 0.7 * _blob(17, 1, 4, 4)
    blood = 0.35 + 0.75 * person.blood + patchy + (0.35 + 0.5 * person.blood) * flush + eyes
    return np.asarray(np.maximum(blood, 0) + (1.9 - 0.8 * person.melanin) * lips())


def _melanin(person: Person, rng: np.random.Generator) -> Float:
    """Pigment: mottling, shadows under the eyes, freckles and moles."""
    cells = ((3, 0.018), (7, 0.02), (22, 0.028), (45, 0.07))
    mottle = sum((w * noise(rng, _SHAPE, c) for c, w in cells), np.zeros(_SHAPE))
    melanin = (0.07 + 0.93 * person.melanin) * (1 + mottle) + 0.12 * person.melanin * lips()
    melanin += (0.03 + 0.07 * person.age) * _blob(31, 10, 15, 6) + 0.06 * _blob(31, -8, 15, 7)
    for count, size, depth in ((int(420 * person.freckles), 0.8, 0.30), (6, 1.3, 0.8)):
        spots = np.zeros(_SHAPE)
        at = atlas.texels_of(rng.normal(0, 36, count), rng.normal(22, 26, count))
        for (u, v), wide in zip(at, rng.uniform(0.6, 1.7, count), strict=True):
            centre, radius = (round(16 * u), round(16 * v)), int(16 * size * wide)
            cv2.circle(spots, centre, radius, (1.0,), -1, cv2.LINE_AA, 4)
        melanin += depth * cv2.GaussianBlur(spots, (0, 0), 0.8) * (1 - lips())
    return melanin


@cache
def occlusion() -> Float:
    """The share of the sky that each texel of a resting face sees, 0–1."""
    canon = atlas.face_canon()
    x, y = np.abs(canon.x), canon.y
    hollow = 0.30 * _blob(18, -5, 8, 7) + 0.14 * _blob(32, -9, 18, 5)
    hollow += 0.22 * _blob(0, 56, 12, 4) + 0.16 * _blob(0, 88, 16, 4) + 0.2 * _blob(17, 49, 4, 6)
    nostril = 0.88 * np.exp(-((np.hypot((x - 6.4) / 1.35, (y - 51.4) / 0.85) / 2.7) ** 4))
    line = 0.62 * np.exp(-(((y - 72) / 1.1) ** 2)) * (mouth_window(x) > 0)
    line += 0.3 * _blob(26.5, 72, 3.0, 2.5)
    jaw = 0.45 * np.clip((y - 116) / 12, 0, 1) + 0.2 * np.clip((x - 66) / 14, 0, 1)
    sky = (1 - hollow) * (1 - nostril) * (1 - line) * (1 - jaw)
    return np.asarray(sky)
