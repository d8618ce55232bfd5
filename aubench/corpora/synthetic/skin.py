"""The colours of a head: skin, lips, brows, beard, eyes, hair, teeth and cloth, in one atlas."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from aubench.corpora.synthetic import atlas
from aubench.corpora.synthetic.fields import Float, eye_window, mouth_window
from aubench.corpora.synthetic.identity import Person

Picture = npt.NDArray[np.float32]

_CLEAR = np.array([0.84, 0.71, 0.63])
_MELANIN = np.array([1.25, 1.95, 2.7])
_BLOOD = np.array([0.05, 0.40, 0.34])
"""Reflectance of skin without pigment, and how pigment and blood absorb; red, green, blue."""


def noise(rng: np.random.Generator, shape: tuple[int, int], cell: float) -> Float:
    """Smooth noise of about unit variance, cells of ``cell`` texels."""
    coarse = rng.normal(size=(int(shape[0] / cell) + 3, int(shape[1] / cell) + 3))
    large = cv2.resize(coarse, None, fx=cell, fy=cell, interpolation=cv2.INTER_CUBIC)
    return np.asarray(large[: shape[0], : shape[1]], dtype=np.float64)


def _blob(x: float, y: float, rx: float, ry: float) -> Float:
    """A soft spot on both halves of the face zone, 0–1."""
    canon = atlas.face_canon()
    gap = ((np.abs(canon.x) - x) / rx) ** 2 + ((canon.y - y) / ry) ** 2
    return np.asarray(np.exp(-gap) * canon.front)


def _edge(distance: Float, soft: float) -> Float:
    """1 inside (negative distance), 0 outside, over ``soft`` mm."""
    return np.asarray(np.clip(0.5 - distance / soft, 0, 1))


def lips() -> Float:
    """The red of the lips on the face zone, 0–1."""
    canon = atlas.face_canon()
    x = np.abs(canon.x)
    bow = 64.8 - 1.5 * np.exp(-(((x - 5.2) / 4.0) ** 2)) + 7.2 * (x / 25.0) ** 2.2
    floor = 82.3 - 10.3 * (x / 25.0) ** 2.3
    return _edge(bow - canon.y, 1.2) * _edge(canon.y - floor, 1.6) * (x < 25.0)


def _hairs(rng: np.random.Generator, x: Float, y: Float, angle: Float, length: Float) -> Float:
    """A mask of short strokes from canonical places, 0–1; angles in rad from the x axis."""
    mask = np.zeros((atlas.FACE_HEIGHT, atlas.FACE_WIDTH), np.uint8)
    bend = angle + rng.normal(0, 0.12, len(x))
    ends = [
        atlas.texels_of(x + f * length * np.cos(bend), y + f * length * np.sin(bend))
        for f in (0.0, 1.0)
    ]
    for a, b in zip(*(np.round(e * 16).astype(int) for e in ends), strict=True):
        cv2.line(mask, a.tolist(), b.tolist(), 255, 1, cv2.LINE_AA, 4)
    return np.asarray(mask / 255.0)


def brows(person: Person, rng: np.random.Generator) -> Float:
    """The hairs of the brows, 0–1."""
    count = int(240 * (0.35 + person.brow) * person.brow_density)
    t = rng.uniform(0, 1, count) ** 0.9
    line = np.interp(t, [0, 0.25, 0.5, 0.75, 1], [-18.6, -22.3, -24.6, -23.6, -18.6])
    thick = (1.4 + 2.6 * person.brow) * np.interp(t, [0, 0.2, 0.65, 1], [0.9, 1.1, 0.8, 0.25])
    y = line + thick * rng.uniform(-1, 1, count)
    angle = np.interp(t, [0, 0.15, 0.5, 1], [-1.35, -0.75, -0.2, 0.45])
    mask = np.zeros((atlas.FACE_HEIGHT, atlas.FACE_WIDTH))
    for sign in (1, -1):
        x = sign * (10.5 + 41.5 * t)
        turn = angle if sign > 0 else np.pi - angle
        mask = np.maximum(mask, _hairs(rng, x, y, turn, rng.uniform(3.5, 6.5, count)))
    soft = cv2.GaussianBlur(mask, (0, 0), 1.6)
    return np.clip(0.75 * mask + 0.55 * soft, 0, 1) * (0.55 + 0.45 * person.brow_density)


def whiskers() -> tuple[Float, Float]:
    """Where a beard and a moustache grow on the face zone, 0–1 each."""
    canon = atlas.face_canon()
    x, y = np.abs(canon.x), canon.y
    cheek_line = 84 - 46 * np.clip((x - 22) / 46, 0, 1) ** 1.3
    beard = _edge(cheek_line - y, 16.0) * _edge(_reach(x, y), 10.0)
    side = _edge(64 - x, 10) * _edge(10 - y, 20)
    soul = _edge(np.hypot((x - 0) / 1.6, (y - 88) / 0.7) - 5.0, 5.0)
    beard = np.maximum(beard, np.maximum(side, soul)) * (1 - lips())
    under = _edge(54.5 - y, 3.0) * _edge(y - 68 - 0.2 * x, 6.0) * _edge(x - 29, 8.0)
    handle = _edge(np.hypot((x - 27) / 0.6, (y - 74) / 1.8) - 7.0, 5.0)
    return beard, np.maximum(under, 0.9 * handle) * (1 - lips())


def _reach(x: Float, y: Float) -> Float:
    """Distance into the bare patches beside the lower lip, mm, positive inside."""
    return 9.0 - np.hypot((x - 14) / 1.2, (y - 88))


def skin(person: Person) -> Picture:
    """The face zone: (FACE_HEIGHT, FACE_WIDTH, 3) linear RGB, 0–1."""
    rng = np.random.default_rng([person.seed, 0x5C1])
    shape = (atlas.FACE_HEIGHT, atlas.FACE_WIDTH)
    canon = atlas.face_canon()
    red = lips()

    fine = noise(rng, shape, 3) * 0.5 + noise(rng, shape, 7) * 0.6 + noise(rng, shape, 22) * 0.8
    blood = 0.35 + 0.75 * person.blood + 0.10 * noise(rng, shape, 9) + 0.14 * noise(rng, shape, 30)
    blood += (0.35 + 0.5 * person.blood) * (
        0.9 * _blob(40, 34, 20, 18) + 0.8 * _blob(0, 42, 12, 9) + 0.35 * _blob(0, 106, 14, 9)
    )
    blood += 0.5 * _blob(30, 6, 17, 8) * (0.4 + person.age) + 0.7 * _blob(17, 1, 4, 4)
    blood = np.maximum(blood, 0) + 1.9 * red * (1 - 0.4 * person.melanin)
    pigment = 0.07 + 0.93 * person.melanin
    melanin = pigment * (1 + 0.035 * fine + 0.07 * noise(rng, shape, 45))
    melanin += 0.10 * _blob(31, 10, 15, 6) * (0.3 + 0.7 * person.age) + 0.06 * _blob(31, -8, 15, 7)
    melanin += 0.12 * red * person.melanin
    for count, size, depth in ((int(420 * person.freckles), 0.8, 0.30), (6, 1.3, 0.8)):
        spots = np.zeros(shape, np.float64)
        x, y = rng.normal(0, 36, count), rng.normal(22, 26, count)
        for u, v in np.round(atlas.texels_of(x, y) * 16).astype(int):
            cv2.circle(spots, (int(u), int(v)), int(16 * size * rng.uniform(0.6, 1.7)), 1.0, -1,
                       cv2.LINE_AA, 4)  # fmt: skip
        melanin += depth * cv2.GaussianBlur(spots, (0, 0), 0.8) * (1 - red)
    colour = _CLEAR * np.exp(
        -melanin[..., None] * _MELANIN * 1.25 - np.maximum(blood, 0)[..., None] * _BLOOD
    )
    painted = person.lipstick * red[..., None]
    colour = colour * (1 - 0.75 * painted) + 0.75 * painted * np.array([0.40, 0.035, 0.06])
    colour *= (
        1 - 0.28 * (red * (0.5 + 0.5 * np.sin(canon.x * 2.6 + noise(rng, shape, 9))))[..., None]
    )

    hair = hair_colour(person)
    beard, moustache = whiskers()
    shadow = np.maximum(beard, 0.9 * moustache)
    grain = np.clip(0.55 + 0.45 * noise(rng, shape, 1.6), 0, 1)
    blue = 0.5 * person.stubble * (1 - 0.5 * person.melanin) * shadow * (0.55 + 0.45 * grain)
    colour *= 1 - blue[..., None] * np.array([0.75, 0.62, 0.5])
    grown = np.zeros(shape)
    for density, where in ((person.beard, beard), (person.moustache, moustache)):
        if density:
            grown = np.maximum(grown, density * where * _strands(rng, shape))
    colour = _over(colour, hair, np.clip(1.25 * grown, 0, 0.96))
    colour = _over(colour, hair * 0.8 + 0.004, 0.93 * brows(person, rng))

    lash = eye_window(canon.x) ** 0.2 * (canon.front > 0.5)
    upper = lash * np.exp(-(((canon.y + 0.5) / 1.0) ** 2)) * (canon.y <= 0.6)
    lower = lash * np.exp(-(((canon.y - 0.4) / 0.8) ** 2)) * (canon.y > 0)
    colour = _over(
        colour, np.array([0.015, 0.011, 0.009]), np.clip(0.95 * upper + 0.4 * lower, 0, 1)
    )
    return (colour * occlusion()[..., None]).astype(np.float32)


def _strands(rng: np.random.Generator, shape: tuple[int, int]) -> Float:
    """Streaks down the picture, 0.35–1: hair seen close."""
    return np.clip(
        0.75 + 0.3 * cv2.GaussianBlur(noise(rng, shape, 1.5), (0, 0), 0.7, sigmaY=3.5), 0.35, 1
    )


def _over(colour: Float, paint: Float, mask: Float) -> Float:
    """``paint`` laid over ``colour`` where ``mask`` is 1."""
    return np.asarray(colour * (1 - mask[..., None]) + paint * mask[..., None])


def hair_colour(person: Person) -> Float:
    """(3,) linear RGB, with its share of grey."""
    return np.asarray(person.hair * (1 - person.grey) + np.array([0.42, 0.42, 0.43]) * person.grey)


def occlusion() -> Float:
    """How much of the sky each texel of a resting face sees, 0–1."""
    canon = atlas.face_canon()
    x, y = np.abs(canon.x), canon.y
    dark = 0.30 * _blob(18, -5, 8, 7) + 0.14 * _blob(32, -9, 18, 5)
    dark += 0.22 * _blob(0, 56, 12, 4) + 0.16 * _blob(0, 88, 16, 4) + 0.2 * _blob(17, 49, 4, 6)
    nostril = np.exp(-(((np.hypot((x - 6.4) / 1.35, (y - 51.4) / 0.85)) / 2.7) ** 4))
    line = np.exp(-(((y - 72) / 1.1) ** 2)) * (mouth_window(x) > 0) * 0.62
    line += 0.3 * _blob(26.5, 72, 3.0, 2.5)
    jaw = 0.45 * np.clip((y - 116) / 12, 0, 1) + 0.2 * np.clip((np.abs(canon.x) - 66) / 14, 0, 1)
    return np.asarray((1 - dark) * (1 - 0.88 * nostril) * (1 - line) * (1 - jaw))


def eye(person: Person) -> Picture:
    """The eye zone, looking ahead, ±`EYE_SPAN` mm: linear RGB."""
    rng = np.random.default_rng([person.seed, 0xE7E])
    side = atlas.EYE.width
    axis = (np.arange(side) - 1.5) / (side - 4) * 2 * EYE_SPAN - EYE_SPAN
    y, x = np.meshgrid(axis, axis, indexing="ij")
    radius, turn = np.hypot(x, y), np.arctan2(y, x)
    colour = np.full((side, side, 3), [0.70, 0.66, 0.62])
    veins = np.abs(noise(rng, (side, side), 5)) < 0.10
    colour -= 0.06 * (veins * np.clip((radius - 8) / 5, 0, 1))[..., None] * np.array([0.2, 1, 1])
    rays = 1 + 0.35 * np.interp(turn, np.linspace(-np.pi, np.pi, 48), rng.normal(0, 1, 48))
    iris = person.iris * np.clip(rays, 0.3, 1.8)[..., None] * (0.75 + 0.08 * radius)[..., None]
    colour = _over(colour, iris, _edge(radius - IRIS, 0.8))
    ring = np.exp(-(((radius - IRIS + 0.2) / 0.8) ** 2))
    colour *= 1 - 0.75 * ring[..., None]
    colour = _over(colour, np.array([0.004, 0.004, 0.004]), _edge(radius - 2.3, 0.6))
    return np.asarray(colour, dtype=np.float32)


EYE_SPAN = 22.0
IRIS = 6.0
"""Half width of the eye zone and radius of the iris, mm."""


def hair_texture(person: Person) -> Picture:
    """The hair zone: strands run down it."""
    rng = np.random.default_rng([person.seed, 0x4A12])
    zone = atlas.HAIR
    shape = (zone.height, zone.width)
    raw = noise(rng, shape, 1.2) + 0.8 * noise(rng, shape, 4)
    streak = cv2.GaussianBlur(raw, (0, 0), 0.6, sigmaY=7)
    streak = streak / (streak.std() + 1e-9)
    grey = np.clip(person.grey + 0.25 * noise(rng, shape, 2) * (0 < person.grey < 1), 0, 1)
    colour = person.hair * (1 - grey[..., None]) + np.array([0.42, 0.42, 0.43]) * grey[..., None]
    colour = colour * np.clip(1 + 0.38 * streak, 0.25, 2.2)[..., None]
    return np.asarray(colour, dtype=np.float32)


def cloth(person: Person) -> Picture:
    """The zone of the garment: plain, striped or chequered."""
    rng = np.random.default_rng([person.seed, 0xC107])
    zone = atlas.CLOTH
    y, x = np.meshgrid(np.arange(zone.height), np.arange(zone.width), indexing="ij")
    first, second = rng.uniform(0.02, 0.6, (2, 3)) * rng.uniform(0.2, 1, (2, 1))
    kind = rng.integers(4)
    pitch = rng.integers(4, 12)
    stripe = ((y // pitch) % 2).astype(float) if kind == 1 else np.zeros(x.shape)
    stripe = ((x // pitch + y // pitch) % 2).astype(float) if kind == 2 else stripe
    colour = _over(np.broadcast_to(first, (*x.shape, 3)), second, stripe)
    weave = 1 + 0.12 * noise(rng, (zone.height, zone.width), 1.5)
    return (colour * np.clip(weave, 0.5, 1.5)[..., None]).astype(np.float32)


def teeth(person: Person) -> Picture:
    """The mouth zone: teeth in its upper half (gaps between them), tongue in its lower half."""
    rng = np.random.default_rng([person.seed, 0x7EE7])
    zone = atlas.MOUTH
    y, x = np.meshgrid(np.arange(zone.height), np.arange(zone.width), indexing="ij")
    u = (x - 1.5) / (zone.width - 4)
    shade = np.array([0.74, 0.69, 0.58]) * (1 - 0.25 * person.age * rng.uniform(0, 1))
    gap = np.abs(np.sin(np.pi * 10 * u)) < 0.16
    tooth = np.broadcast_to(shade, (*x.shape, 3)) * (1 - 0.5 * gap[..., None])
    gum = np.array([0.42, 0.13, 0.12])
    upper = _over(tooth, gum, np.clip((4 - y) / 3.0, 0, 1))
    tongue = np.array([0.36, 0.11, 0.10]) * (1 + 0.1 * noise(rng, x.shape, 3))[..., None]
    return np.where((y < zone.height // 2)[..., None], upper, tongue).astype(np.float32)


def paint(person: Person) -> Picture:
    """The whole atlas of a person: (HEIGHT, WIDTH, 3) linear RGB, 0–1."""
    picture = np.zeros((atlas.HEIGHT, atlas.WIDTH, 3), np.float32)
    face = skin(person)
    atlas.FACE.cut(picture)[:] = face
    atlas.EYE.cut(picture)[:] = eye(person)
    atlas.HAIR.cut(picture)[:] = hair_texture(person)
    atlas.CLOTH.cut(picture)[:] = cloth(person)
    atlas.MOUTH.cut(picture)[:] = teeth(person)
    ear = atlas.EAR.cut(picture)
    tone = np.median(face[150:220, 180:300].reshape(-1, 3), axis=0)
    y, x = np.meshgrid(np.linspace(-1, 1, 96), np.linspace(-1, 1, 48), indexing="ij")
    hollow = np.exp(-((x / 0.45) ** 2) - ((y + 0.05) / 0.5) ** 2)
    rim = np.exp(-(((np.hypot(x, y) - 0.78) / 0.12) ** 2))
    ear[:] = tone * (1.0 - 0.6 * hollow - 0.25 * rim)[..., None] * np.array([1.05, 0.93, 0.92])
    return np.clip(picture, 0.001, 1.0)
