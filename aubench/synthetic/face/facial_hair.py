"""Hairs painted on the face: brows, beard, moustache, lashes, the roots at the hair line."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

from aubench.synthetic.face import atlas
from aubench.synthetic.face.displacement import eye_window
from aubench.synthetic.face.identity import Person, hairline
from aubench.synthetic.face.texture import noise, over, soft_edge, strands
from aubench.synthetic.render.compiled import Float

_SHAPE = (atlas.FACE_HEIGHT, atlas.FACE_WIDTH)
_GREY = np.array([0.42, 0.42, 0.43])
_BLACK = np.array([0.015, 0.011, 0.009])


def greyed(person: Person, grey: Float | float) -> Float:
    """The colour of the person's hair with a share of grey: (..., 3) linear RGB."""
    share = np.asarray(grey)[..., None]
    return np.asarray(person.hair * (1 - share) + _GREY * share)


def grow(person: Person, rng: np.random.Generator, skin: Float) -> Float:
    """Paint all hairs on the face zone ``skin``, (FACE_HEIGHT, FACE_WIDTH, 3) linear RGB."""
    colour = greyed(person, person.grey)
    beard, moustache = whiskers()
    shadow = np.maximum(beard, 0.9 * moustache)
    grain = np.clip(0.8 + 0.2 * noise(rng, _SHAPE, 1.6), 0.5, 1)
    blue = 0.5 * person.stubble * (1 - 0.5 * person.melanin) * shadow * grain
    skin = skin * (1 - blue[..., None] * np.array([0.75, 0.62, 0.5]))
    grown = np.maximum(person.beard * beard, person.moustache * moustache) * strands(rng, _SHAPE)
    skin = over(skin, colour, np.clip(1.25 * grown, 0, 0.96))
    dark = 0.45 * person.hair + 0.25 * colour * person.grey + 0.003
    skin = over(skin, dark, brows(person, rng))
    skin = over(skin, 0.8 * colour, roots(person, rng))
    return over(skin, _BLACK, lashes())


def brows(person: Person, rng: np.random.Generator) -> Float:
    """The hairs of the brows on the face zone, 0–1."""
    count = int(170 * (0.35 + person.brow) * (0.4 + 0.8 * person.brow_density))
    t = rng.uniform(0, 1, count) ** 0.85
    line = np.interp(t, [0, 0.25, 0.5, 0.75, 1], [-18.6, -22.3, -24.6, -23.6, -18.6])
    thick = (1.2 + 2.6 * person.brow) * np.interp(t, [0, 0.2, 0.65, 1], [0.75, 1.1, 0.8, 0.2])
    y = line + thick * rng.uniform(-1, 1, count)
    mask = np.zeros(_SHAPE, np.uint8)
    for sign in (1, -1):
        angle = np.interp(t, [0, 0.15, 0.5, 1], [-1.35, -0.75, -0.2, 0.45])
        angle = angle + rng.normal(0, 0.2, count)
        x = sign * (10.5 + 41.5 * t) + rng.normal(0, 0.4, count)
        length = rng.uniform(3.0, 6.0, count)
        ends = (x + sign * length * np.cos(angle), y + length * np.sin(angle))
        _strokes(mask, atlas.texels_of(x, y), atlas.texels_of(*ends))
    hairs = mask / 255
    soft = cv2.GaussianBlur(hairs, (0, 0), 2.2)
    dense = 0.62 + 0.38 * person.brow_density
    return np.asarray(np.clip(0.62 * (hairs + soft), 0, 0.95) * dense)


def _strokes(mask: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], a: Float, b: Float) -> None:
    """Draw lines from (n, 2) texels ``a`` to ``b``."""
    for start, end in zip(*(np.round(p * 16).astype(int).tolist() for p in (a, b)), strict=True):
        cv2.line(mask, start, end, (255,), 1, cv2.LINE_AA, 4)


def roots(person: Person, rng: np.random.Generator) -> Float:
    """The share of hair on the face zone where the skin fades into it, 0–1."""
    if person.style == "bald":
        return np.zeros(_SHAPE)
    s, v = atlas.face_unrolled()
    ragged = hairline(person, s) - v + 2.2 * noise(rng, _SHAPE, 2.2) + 1.5
    return np.asarray(0.92 * np.clip(ragged / 4, 0, 1) * strands(rng, _SHAPE))


@cache
def whiskers() -> tuple[Float, Float]:
    """The places of a beard and of a moustache on the face zone, 0–1 each."""
    canon = atlas.face_canon()
    x, y = np.abs(canon.x), canon.y
    cheek_line = 84 - 46 * np.clip((x - 22) / 46, 0, 1) ** 1.3
    bare = np.hypot((x - 14) / 1.2, y - 88) - 9  # the patches beside the lower lip
    beard = soft_edge(cheek_line - y, 16) * soft_edge(-bare, 10)
    burns = soft_edge(64 - x, 10) * soft_edge(10 - y, 20)
    soul = soft_edge(np.hypot(x / 1.6, (y - 88) / 0.7) - 5, 5)
    ends = 0.9 * soft_edge(np.hypot((x - 26) / 0.7, (y - 73) / 1.5) - 7, 5)
    under = soft_edge(54.5 - y, 3) * soft_edge(y - 68 - 0.2 * x, 6)
    moustache = under * soft_edge(x - 25 + 0.25 * (y - 60), 9)
    whole = np.maximum.reduce([beard, burns, soul, ends])
    return whole * (1 - lips()), moustache * (1 - lips())


@cache
def lips() -> Float:
    """The red of the lips on the face zone, 0–1."""
    canon = atlas.face_canon()
    x = np.abs(canon.x)
    bow = 64.8 - 1.5 * np.exp(-(((x - 5.2) / 4.0) ** 2)) + 7.2 * (x / 25.0) ** 2.2
    floor = 82.3 - 10.3 * (x / 25.0) ** 2.3
    red = soft_edge(bow - canon.y, 1.2) * soft_edge(canon.y - floor, 1.6) * (x < 25.0)
    return np.asarray(red)


@cache
def lashes() -> Float:
    """The dark lines of the lids' margins, 0–1."""
    canon = atlas.face_canon()
    open_ = eye_window(canon.x) ** 0.2 * (canon.front > 0.5)
    upper = np.exp(-(((canon.y + 0.6) / 1.7) ** 2)) * (canon.y <= 0.6)
    lower = np.exp(-(((canon.y - 0.4) / 0.8) ** 2)) * (canon.y > 0)
    return np.asarray(np.clip(open_ * (0.95 * upper + 0.4 * lower), 0, 1))
