"""The geometry of hair on the head: what lies on the skull, and what hangs below it."""

from __future__ import annotations

import numpy as np

from aubench.synthetic.face import atlas
from aubench.synthetic.face.identity import Person, hairline
from aubench.synthetic.face.mesh import RADIUS
from aubench.synthetic.face.parts import Part, lattice, part
from aubench.synthetic.face.shape import head_at
from aubench.synthetic.render.compiled import Float
from aubench.synthetic.render.shading import HAIR


def _strand_uv(s: Float, along: Float) -> Float:
    """Atlas coordinates of hair: the zone repeats around the head, mirrored each time."""
    return atlas.HAIR.uv(np.abs((s / 110.0) % 2 - 1), along)


def hair(person: Person) -> list[Part]:
    """The hair on the skull, and hair that hangs; nothing for the bald."""
    if person.style == "bald":
        return []
    rng = np.random.default_rng([person.seed, 0xA1B])
    thick = {"short": 7.0, "medium": 13.0, "long": 10.0}[person.style] * rng.uniform(0.7, 1.5)
    shape = (20, 97)
    t, u = lattice(*shape)
    s = (u - 0.5) * 2 * np.pi * RADIUS
    jag = np.interp(s, np.linspace(-236, 236, 200), rng.normal(0, 0.9, 200))
    v = -180 + t * (hairline(person, s) + jag + 180)
    place = head_at(person.shape, s, v)
    outward = place - np.array([0, -20, -5])
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    wave = np.interp(s, np.linspace(-236, 236, 40), rng.normal(0, 1, 40))
    lift, fullness = rng.uniform(0.22, 0.75), rng.uniform(0.6, 1.1)
    parting = np.exp(-(((s - rng.choice([-32, -20, 0, 20, 32])) / 9) ** 2)) * rng.uniform(0, 0.7)
    rise = thick * np.clip((1 - t) / lift, 0, 1) ** fullness * (1 - parting * (t > 0.35))
    rise = rise * (1 + 0.25 * rng.uniform(-1, 1) * np.sign(s) + 0.10 * wave * (1 - t)) + 0.9
    rise += person.curl * rng.normal(0, 1.6, len(s)) * np.clip((1 - t) / 0.1, 0, 1)
    parts = [
        part(
            place + outward * rise[:, None],
            _strand_uv(s, t),
            shape,
            HAIR,
            sky=0.55 + 0.45 * (1 - t**6),
        )
    ]
    if person.style in ("medium", "long"):
        parts += [_curtain(person, rng, thick)]
    return parts


def _curtain(person: Person, rng: np.random.Generator, thick: float) -> Part:
    """Hair that hangs over the ears and the neck."""
    shape = (14, 49)
    t, u = lattice(*shape)
    length = rng.uniform(70, 110) if person.style == "medium" else rng.uniform(140, 200)
    opening = rng.uniform(80, 100)
    edge = np.clip(np.minimum(u, 1 - u) / 0.09, 0, 1)
    s = opening + np.clip((u - 0.09) / 0.82, 0, 1) * (2 * np.pi * RADIUS - 2 * opening)
    wave = np.interp(u, np.linspace(0, 1, 18), rng.normal(0, 1, 18))
    y = -74 + t * (length + 74) * (1 + 0.03 * wave * edge)
    hug = np.interp(y, [-80, -30, 60, 110, 160, 220], [0.84, 1.02, 0.97, 0.90, 0.98, 1.08])
    hug = hug + rng.uniform(0, 0.12) * t
    x = (73 + 0.9 * thick) * hug * np.sin(s / RADIUS) * (1 + 0.025 * wave * t)
    z = (94 + thick) * (1 - 0.25 * t) * np.cos(s / RADIUS) * hug
    # the edge beside the face turns in until it meets the cheek
    x = x - np.sign(x) * 22 * (1 - edge) ** 1.5
    z = z - 12 * (1 - edge) ** 2
    place = np.stack([x, y, z], axis=-1)
    return part(
        place, _strand_uv(s * 1.4 + 30 * edge, t), shape, HAIR,
        sky=(0.9 - 0.35 * np.clip(t * 1.2 - 0.3, 0, 1)) * (0.35 + 0.65 * edge),
        body=0.5 * np.clip((y - 60) / 120, 0, 1),
    )._replace(closed=False)  # fmt: skip
