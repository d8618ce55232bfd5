"""The whole atlas of a person: skin, eyes, hair, garment, teeth, tongue and ears."""

from __future__ import annotations

import cv2
import numpy as np

from aubench.synthetic.face import atlas
from aubench.synthetic.face.facial_hair import greyed
from aubench.synthetic.face.identity import Person
from aubench.synthetic.face.skin import skin
from aubench.synthetic.face.texture import noise, over, soft_edge
from aubench.synthetic.render.compiled import Float

IRIS = 6.0
"""Radius of the iris, mm."""


def paint(person: Person) -> Float:
    """The atlas: (HEIGHT, WIDTH, 3) linear RGB, 0–1."""
    picture = np.zeros((atlas.HEIGHT, atlas.WIDTH, 3))
    face = skin(person)
    atlas.FACE.cut(picture)[:] = face
    atlas.EYE.cut(picture)[:] = _eye(person)
    atlas.HAIR.cut(picture)[:] = _hair(person)
    atlas.CLOTH.cut(picture)[:] = _cloth(person)
    atlas.MOUTH.cut(picture)[:] = _mouth(person)
    atlas.EAR.cut(picture)[:] = _ear(np.median(face[150:220, 180:300], axis=(0, 1)))
    return np.clip(picture, 0.001, 1.0)


def _eye(person: Person) -> Float:
    """An eye that looks ahead, ±`aubench.synthetic.face.atlas.EYE_SPAN` mm."""
    rng = np.random.default_rng([person.seed, 0xE7E])
    side = atlas.EYE.width
    axis = (np.arange(side) - 1.5) / (side - 4) * 2 * atlas.EYE_SPAN - atlas.EYE_SPAN
    y, x = np.meshgrid(axis, axis, indexing="ij")
    radius, turn = np.hypot(x, y), np.arctan2(y, x)
    white = np.full((side, side, 3), [0.62, 0.57, 0.54])
    veins = (np.abs(noise(rng, (side, side), 5)) < 0.10) * np.clip((radius - 8) / 5, 0, 1)
    white -= 0.06 * veins[..., None] * np.array([0.2, 1, 1])
    rays = 1 + 0.35 * np.interp(turn, np.linspace(-np.pi, np.pi, 48), rng.normal(0, 1, 48))
    iris = person.iris * (np.clip(rays, 0.3, 1.8) * (0.75 + 0.08 * radius))[..., None]
    ring = 1 - 0.75 * np.exp(-(((radius - IRIS + 0.2) / 0.8) ** 2))
    ringed = over(white, iris, soft_edge(radius - IRIS, 0.8)) * ring[..., None]
    return over(ringed, np.full(3, 0.004), soft_edge(radius - 2.3, 0.6))


def _hair(person: Person) -> Float:
    """Hair: strands run down the zone, or curls fill it."""
    rng = np.random.default_rng([person.seed, 0x4A12])
    shape = (atlas.HAIR.height, atlas.HAIR.width)
    raw = noise(rng, shape, 1.2) + 0.8 * noise(rng, shape, 4)
    streak = cv2.GaussianBlur(raw, (0, 0), 0.6, sigmaY=0.6 + 6.4 * (1 - person.curl))
    mixed = 0.05 < person.grey < 0.95
    grey = np.clip(person.grey + 0.12 * mixed * noise(rng, shape, 1.5), 0, 1)
    bright = 1 + (0.34 - 0.16 * person.grey) * streak / (streak.std() + 1e-9)
    return np.asarray(greyed(person, grey) * np.clip(bright, 0.25, 2.2)[..., None])


def _cloth(person: Person) -> Float:
    """The garment: plain, striped or chequered."""
    rng = np.random.default_rng([person.seed, 0xC107])
    shape = (atlas.CLOTH.height, atlas.CLOTH.width)
    y, x = np.indices(shape) // rng.integers(4, 12)
    first, second = rng.uniform(0.02, 0.6, (2, 3)) * rng.uniform(0.2, 1, (2, 1))
    pattern = (np.zeros(shape), y % 2, (x + y) % 2)[rng.integers(3)]
    colour = over(np.broadcast_to(first, (*shape, 3)), second, pattern)
    return np.asarray(colour * np.clip(1 + 0.12 * noise(rng, shape, 1.5), 0.5, 1.5)[..., None])


def _mouth(person: Person) -> Float:
    """Teeth and gum in the zone's upper half, tongue in its lower half."""
    rng = np.random.default_rng([person.seed, 0x7EE7])
    zone = atlas.MOUTH
    y, x = np.indices((zone.height, zone.width))
    enamel = np.array([0.74, 0.69, 0.58]) * (1 - 0.25 * person.age * rng.uniform(0, 1))
    gap = np.abs(np.sin(np.pi * 10 * (x - 1.5) / (zone.width - 4))) < 0.16
    teeth = over(enamel * (1 - 0.5 * gap[..., None]), np.array([0.42, 0.13, 0.12]),
                 np.clip((4 - y) / 3.0, 0, 1))  # fmt: skip
    tongue = np.array([0.36, 0.11, 0.10]) * (1 + 0.1 * noise(rng, y.shape, 3))[..., None]
    return np.where((y < zone.height // 2)[..., None], teeth, tongue)


def _ear(tone: Float) -> Float:
    """An ear seen from its side: rim and hollow in a skin of (3,) ``tone``."""
    zone = atlas.EAR
    y, x = np.meshgrid(
        np.linspace(-1, 1, zone.height), np.linspace(-1, 1, zone.width), indexing="ij"
    )
    hollow = 0.6 * np.exp(-((x / 0.45) ** 2) - ((y + 0.05) / 0.5) ** 2)
    rim = 0.25 * np.exp(-(((np.hypot(x, y) - 0.78) / 0.12) ** 2))
    return np.asarray(tone * (1 - hollow - rim)[..., None] * np.array([1.05, 0.93, 0.92]))
