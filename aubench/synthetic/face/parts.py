"""What a head has beside its face and hair: eyes, teeth, tongue, ears, neck and garment."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from aubench.synthetic.face import atlas
from aubench.synthetic.face.identity import Person
from aubench.synthetic.face.mesh import quads
from aubench.synthetic.face.shape import head_at
from aubench.synthetic.render.compiled import Float, Int
from aubench.synthetic.render.shading import CLOTH, EYE, FLESH, TOOTH


class Part(NamedTuple):
    """A rigid piece of the model.

    Attributes:
        position: (V, 3) mm.
        uv: (V, 2) texels of the atlas.
        triangles: (T, 3) vertices of this part.
        material: One of `aubench.synthetic.render.shading`'s.
        sky: (V,) share of the sky that each vertex sees, 0–1.
        jaw: How far the piece follows the jaw, 0–1.
        body: (V,) how far each vertex stays with the body when the head turns, 0–1.
        closed: True if the inside of the piece can never be seen.
    """

    position: Float
    uv: Float
    triangles: Int
    material: int
    sky: Float
    jaw: float
    body: Float
    closed: bool = True


def lattice(rows: int, columns: int) -> tuple[Float, Float]:
    """Row and column coordinates, 0–1, of all points of a grid, flat."""
    v, u = np.meshgrid(np.linspace(0, 1, rows), np.linspace(0, 1, columns), indexing="ij")
    return v.ravel(), u.ravel()


def part(
    position: Float, uv: Float, shape: tuple[int, int], material: int, *,
    sky: Float | float = 1.0, jaw: float = 0.0, body: Float | float = 0.0,
) -> Part:  # fmt: skip
    """A part whose vertices are a grid of ``shape``; single values hold for all vertices."""
    ones = np.ones(len(position))
    return Part(position, uv, quads(*shape), material, ones * sky, jaw, ones * body)


EYEBALL = np.array([15.1, 12.5, 12.0])
"""Half axes of the eyeball, mm; wider than a real one so that it fills the slit to its corners."""


def eyeball(centre: Float, size: float) -> Part:
    """An eyeball at (3,) ``centre``; its atlas coordinates are those of a gaze straight ahead."""
    shape = (13, 17)
    v, u = lattice(*shape)
    tilt, turn = (v - 0.5) * 2.5, (u - 0.5) * 2.8
    unit = np.stack([np.sin(turn) * np.cos(tilt), np.sin(tilt), np.cos(turn) * np.cos(tilt)], -1)
    flat = unit[:, :2] * EYEBALL[:2]
    uv = atlas.EYE.uv(
        0.5 + flat[:, 0] / (2 * atlas.EYE_SPAN), 0.5 + flat[:, 1] / (2 * atlas.EYE_SPAN)
    )
    lid = 0.42 + 0.58 * np.clip((flat[:, 1] + 6.5) / 6.5, 0, 1)
    corner = 1 - 0.5 * np.clip((np.abs(flat[:, 0]) - 6) / 8, 0, 1) ** 1.5
    return part(centre + unit * EYEBALL * size, uv, shape, EYE, sky=lid * corner)


def teeth(lips: Float, width: float, lower: bool) -> Part:
    """A row of teeth behind the lips' (3,) middle; the lower row moves with the jaw."""
    shape = (4, 21)
    v, u = lattice(*shape)
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
    return part(place, uv, shape, TOOTH, sky=sky, jaw=1.0 if lower else 0.0)


def tongue(lips: Float, width: float) -> Part:
    """A tongue that rests behind the lower teeth."""
    shape = (7, 9)
    v, u = lattice(*shape)
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
    return part(
        place, atlas.MOUTH.uv(u, 0.54 + 0.44 * v), shape, TOOTH, sky=0.15 + 0.5 * v**2, jaw=1.0
    )


def ear(side: float, root: Float, size: float) -> Part:
    """An ear whose front edge sits at (3,) ``root`` on the side −1 or +1 of the head."""
    shape = (13, 11)
    v, u = lattice(*shape)
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
    found = part(place, uv, shape, FLESH, sky=0.9)
    return found if side > 0 else found._replace(triangles=found.triangles[:, ::-1].copy())


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
    t, u = lattice(*shape)
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
        part(flesh, uv, shape, FLESH, sky=shadow, body=stiff),
        part(garment, cloth_uv, shape, CLOTH, body=1.0),
    ]


def eye_place(points: Float, corner: int) -> tuple[Float, float]:
    """Centre and size of the eyeball behind the slit whose first landmark is ``corner``."""
    ends = points[[corner, corner + 3]]
    size = float(np.linalg.norm(ends[0] - ends[1])) / 29.0
    middle = ends.mean(axis=0)
    return np.array([middle[0], middle[1] - 2.0 * size, middle[2] - 4.0 * size]), size


def ear_root(person: Person, side: float) -> Float:
    """The place where an ear's front edge joins the head, (3,) mm."""
    found = head_at(person.shape, np.array([side * 110.0]), np.array([12.0]))[0]
    return np.asarray(found + np.array([-2.0 * side, 0.0, 0.0]))
