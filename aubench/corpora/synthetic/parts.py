"""What a head needs beside its face: eyes, teeth, tongue, ears, hair, neck and garment."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from aubench.corpora.synthetic import atlas
from aubench.corpora.synthetic.fields import Float, displacement
from aubench.corpora.synthetic.identity import Person, hairline
from aubench.corpora.synthetic.mesh import RADIUS, Int, base, canon_of, quads
from aubench.corpora.synthetic.raster import CLOTH, EYE, FLESH, HAIR, TOOTH
from aubench.corpora.synthetic.shape import FEATURES, MODES


class Part(NamedTuple):
    """A rigid piece of the model.

    Attributes:
        position: (V, 3) mm.
        uv: (V, 2) texels of the atlas.
        triangles: (T, 3) vertices of this part.
        material: One of `aubench.corpora.synthetic.raster`'s.
        sky: (V,) share of the sky that each vertex sees, 0–1.
        jaw: How far it follows the jaw, 0–1.
        body: (V,) how far it stays with the body when the head turns, 0–1.
        closed: Whether its inside can never be seen.
    """

    position: Float
    uv: Float
    triangles: Int
    material: int
    sky: Float
    jaw: float
    body: Float
    closed: bool = True


def _sheet(rows: int, columns: int) -> tuple[Float, Float]:
    """Row and column coordinates, 0–1, of a grid, flat."""
    v, u = np.meshgrid(np.linspace(0, 1, rows), np.linspace(0, 1, columns), indexing="ij")
    return v.ravel(), u.ravel()


def _part(
    position: Float, uv: Float, shape: tuple[int, int], material: int, *,
    sky: Float | float = 1.0, jaw: float = 0.0, body: Float | float = 0.0,
) -> Part:  # fmt: skip
    ones = np.ones(len(position))
    return Part(position, uv, quads(*shape), material, ones * sky, jaw, ones * body)


EYEBALL = np.array([15.1, 12.5, 12.0])
"""Half axes of the eyeball, mm; wider than an eye so that it fills the slit to its corners."""


def eyeball(centre: Float, size: float) -> Part:
    """An eyeball at (3,) ``centre``; its atlas coordinates are those of a gaze straight ahead."""
    shape = (13, 17)
    v, u = _sheet(*shape)
    tilt, turn = (v - 0.5) * 2.5, (u - 0.5) * 2.8
    unit = np.stack([np.sin(turn) * np.cos(tilt), np.sin(tilt), np.cos(turn) * np.cos(tilt)], -1)
    flat = unit[:, :2] * EYEBALL[:2]
    from aubench.corpora.synthetic.paint import EYE_SPAN

    uv = atlas.EYE.uv(0.5 + flat[:, 0] / (2 * EYE_SPAN), 0.5 + flat[:, 1] / (2 * EYE_SPAN))
    lid = 0.42 + 0.58 * np.clip((flat[:, 1] + 6.5) / 6.5, 0, 1)
    corner = 1 - 0.5 * np.clip((np.abs(flat[:, 0]) - 6) / 8, 0, 1) ** 1.5
    return _part(centre + unit * EYEBALL * size, uv, shape, EYE, sky=lid * corner)


def teeth(lips: Float, width: float, lower: bool) -> Part:
    """A row of teeth behind the lips' (3,) middle; the lower row moves with the jaw."""
    shape = (4, 21)
    v, u = _sheet(*shape)
    turn = (u - 0.5) * 2.6
    bulge = 24.0 * width
    place = np.stack(
        [
            bulge * np.sin(turn) * (0.92 if lower else 1.0),
            np.full_like(u, lips[1]) + (2.0 + 10 * v if lower else -11.0 + 12.5 * v),
            lips[2] - (9.5 if lower else 8.0) - 28.0 * (1 - np.cos(turn)) + 1.5 * np.sin(3 * v),
        ],
        axis=-1,
    )
    uv = atlas.MOUTH.uv(u, 0.48 * (1 - v if lower else v))
    sky = (0.85 - 0.55 * np.abs(u - 0.5) * 2) * (0.8 if lower else 1.0)
    return _part(place, uv, shape, TOOTH, sky=sky, jaw=1.0 if lower else 0.0)


def tongue(lips: Float, width: float) -> Part:
    """A tongue that rests behind the lower teeth."""
    shape = (7, 9)
    v, u = _sheet(*shape)
    across = (u - 0.5) * 2
    round_ = np.sqrt(np.maximum(1 - across**2, 0))
    place = np.stack(
        [
            18.0 * width * across * np.sqrt(np.sin(np.pi * (0.12 + 0.5 * v))),
            lips[1] + 8.5 - 7.0 * round_ * (1 - 0.8 * v**2) + 6.0 * v**3,
            lips[2] - 45.0 + 33.0 * v,
        ],
        axis=-1,
    )
    return _part(
        place, atlas.MOUTH.uv(u, 0.54 + 0.44 * v), shape, TOOTH, sky=0.15 + 0.5 * v**2, jaw=1.0
    )


def ear(side: float, root: Float, size: float) -> Part:
    """An ear whose front edge sits at (3,) ``root`` on the side −1 or +1 of the head."""
    shape = (13, 11)
    v, u = _sheet(*shape)
    tilt, turn = (v - 0.5) * np.pi, (u - 0.5) * np.pi * side
    z = -np.sin(turn) * side * np.cos(tilt)
    y = np.sin(tilt)
    x = np.cos(turn) * np.cos(tilt)
    shrink = 1 - 0.22 * y
    flare = 0.42
    place = np.stack(
        [
            root[0] + side * (5.0 * x + 15 * flare * (0.6 - z) * size),
            root[1] + size * (30.0 * y + 3.0 * z),
            root[2] + size * (16.5 * (z - 0.55) * shrink),
        ],
        axis=-1,
    )
    uv = atlas.EAR.uv(0.5 + 0.48 * z, 0.5 + 0.48 * y)
    found = _part(place, uv, shape, FLESH, sky=0.9)
    return found if side > 0 else found._replace(triangles=found.triangles[:, ::-1].copy())


def _head(person: Person, s: Float, v: Float) -> Float:
    """The person's head at unrolled coordinates, (..., 3) mm, without asymmetry."""
    canon = canon_of(s, v, np.where(v < 0, -1.0, 1.0))
    place = base(s, v) + displacement(FEATURES, canon)
    for weight, pushes in zip(person.shape, MODES.values(), strict=True):
        place = place + weight * displacement(pushes, canon)
    return place


def _strand_uv(s: Float, along: Float) -> Float:
    """Hair coordinates: the zone repeats around the head, mirrored at each turn."""
    return atlas.HAIR.uv(np.abs((s / 110.0) % 2 - 1), along)


def hair(person: Person) -> list[Part]:
    """The hair on the skull, and what hangs below it."""
    if person.style == "bald":
        return []
    rng = np.random.default_rng([person.seed, 0xA1B])
    thick = {"short": 7.0, "medium": 13.0, "long": 10.0}[person.style] * rng.uniform(0.7, 1.5)
    shape = (20, 97)
    t, u = _sheet(*shape)
    s = (u - 0.5) * 2 * np.pi * RADIUS
    jag = np.interp(s, np.linspace(-236, 236, 200), rng.normal(0, 0.9, 200))
    v = -180 + t * (hairline(person, s) + jag + 180)
    place = _head(person, s, v)
    outward = place - np.array([0, -20, -5])
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    wave = np.interp(s, np.linspace(-236, 236, 40), rng.normal(0, 1, 40))
    lift, fullness = rng.uniform(0.22, 0.75), rng.uniform(0.6, 1.1)
    parting = np.exp(-(((s - rng.choice([-32, -20, 0, 20, 32])) / 9) ** 2)) * rng.uniform(0, 0.7)
    rise = thick * np.clip((1 - t) / lift, 0, 1) ** fullness * (1 - parting * (t > 0.35))
    rise = rise * (1 + 0.25 * rng.uniform(-1, 1) * np.sign(s) + 0.10 * wave * (1 - t)) + 0.9
    rise += person.curl * rng.normal(0, 1.6, len(s)) * np.clip((1 - t) / 0.1, 0, 1)
    parts = [
        _part(
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
    t, u = _sheet(*shape)
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
    return _part(
        place, _strand_uv(s * 1.4 + 30 * edge, t), shape, HAIR,
        sky=(0.9 - 0.35 * np.clip(t * 1.2 - 0.3, 0, 1)) * (0.35 + 0.65 * edge),
        body=0.5 * np.clip((y - 60) / 120, 0, 1),
    )._replace(closed=False)  # fmt: skip


# Rows of the trunk: y, half width, depth of front and back from its axis, z of the axis; mm.
_TRUNK = np.array(
    [
        (60, 50, 50, 52, -20), (118, 52, 54, 52, -18), (146, 54, 54, 54, -22),
        (164, 63, 52, 60, -27), (177, 92, 54, 66, -31), (189, 128, 62, 74, -33),
        (206, 168, 76, 82, -34), (236, 194, 92, 90, -34), (300, 204, 104, 92, -34),
        (460, 206, 112, 94, -34),
    ], dtype=float,
)  # fmt: skip


def trunk(person: Person) -> list[Part]:
    """Neck and shoulders, and the garment over them."""
    rng = np.random.default_rng([person.seed, 0x7A0])
    build = 0.9 + 0.16 * person.masculine + 0.03 * rng.normal()
    shape = (20, 33)
    t, u = _sheet(*shape)
    angle = (u - 0.5) * 2 * np.pi

    def surface(y: Float, grow: float) -> Float:
        half, front, back, middle = (np.interp(y, _TRUNK[:, 0], _TRUNK[:, k]) for k in range(1, 5))
        cos = np.cos(angle)
        broad = (half + grow) * np.where(y < 150, 0.92 + 0.6 * (build - 0.92), build)
        depth = np.where(cos > 0, front, back) + grow
        return np.stack([broad * np.sin(angle), y, middle + depth * cos], axis=-1)

    scoop = rng.uniform(0, 55)
    neckline = 164 + scoop * np.clip(np.cos(angle), 0, 1) ** 2.5 + 6 * np.cos(angle)
    flesh_y = 60 + t * (neckline + 6 - 60)
    cloth_y = neckline + t**1.5 * (460 - neckline)
    flesh, garment = surface(flesh_y, 0.0), surface(cloth_y, 2.5)
    stiff = np.clip((flesh_y - 105) / 70, 0, 1)
    uv = atlas.face_uv(-35 + 70 * u, -54 + 14 * t)
    shadow = 0.35 + 0.65 * np.clip((flesh_y - 116) / 52, 0, 1)
    cloth_uv = atlas.CLOTH.uv(np.abs((6 * u) % 2 - 1), t)
    return [
        _part(flesh, uv, shape, FLESH, sky=shadow, body=stiff),
        _part(garment, cloth_uv, shape, CLOTH, body=1.0),
    ]


def parts_of(person: Person, neutral: Float) -> list[Part]:
    """Every part of a person; the two eyeballs come first, image-left then image-right.

    Args:
        person: Whose.
        neutral: (V, 3) mm, the person's face with eyes and lips closed.
    """
    from aubench.corpora.synthetic.mesh import landmark_vertices

    points = neutral[landmark_vertices()]
    mouth = 0.5 * (points[62] + points[66])
    width = float(np.linalg.norm(points[54] - points[48])) / 50.0
    found = [eyeball(*eye_place(points, corner)) for corner in (36, 42)]
    ears = [ear(s, _ear_root(person, s), 0.9 + 0.15 * person.masculine) for s in (-1.0, 1.0)]
    rows = [teeth(mouth, width, False), teeth(mouth, width, True), tongue(mouth, width)]
    return [*found, *ears, *rows, *hair(person), *trunk(person)]


def eye_place(points: Float, corner: int) -> tuple[Float, float]:
    """Centre and size of the eyeball behind the slit whose first landmark is ``corner``."""
    ends = points[[corner, corner + 3]]
    size = float(np.linalg.norm(ends[0] - ends[1])) / 29.0
    middle = ends.mean(axis=0)
    return np.array([middle[0], middle[1] - 2.0 * size, middle[2] - 4.0 * size]), size


def _ear_root(person: Person, side: float) -> Float:
    """Where an ear's front edge joins the head."""
    found = _head(person, np.array([side * 110.0]), np.array([12.0]))[0]
    return np.asarray(found + np.array([-2.0 * side, 0.0, 0.0]))
