"""A person as vertices, triangles and textures: everything that no camera or moment changes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from aubench.synthetic.face import atlas
from aubench.synthetic.face.displacement import EYE_HALF, EYE_X
from aubench.synthetic.face.expression import swing
from aubench.synthetic.face.furrows import reliefs
from aubench.synthetic.face.hair import hair
from aubench.synthetic.face.identity import Person, hairline
from aubench.synthetic.face.mesh import Grid, grid, landmark_vertices
from aubench.synthetic.face.paint import paint
from aubench.synthetic.face.parts import (
    EYEBALL,
    Part,
    ear,
    ear_root,
    eye_place,
    eyeball,
    teeth,
    tongue,
    trunk,
)
from aubench.synthetic.face.shape import asymmetry, mean_face, modes
from aubench.synthetic.render.compiled import Bytes, Float, Int, Single, single
from aubench.synthetic.render.shading import SKIN

NAPE_S, NAPE_V = 120.0, 60.0
"""The skin further around the head and further down than this is the nape, mm."""


class Lids(NamedTuple):
    """Vertices that must stay in front of an eyeball.

    Attributes:
        near: (n,) vertices of the face.
        centre: (3,) mm, of the eyeball.
        axes: (3,) mm, half axes of the eyeball with a lid's thickness.
    """

    near: npt.NDArray[np.intp]
    centre: Single
    axes: Single


class Model(NamedTuple):
    """A person, ready for a camera. The F vertices of the face come first.

    Attributes:
        person: Whose model this is.
        neutral: (F, 3) mm, the face with eyes and lips closed.
        rest: (V - F, 3) mm, all other parts.
        swing: (V - F, 3) mm, where the other parts go when the jaw opens fully.
        body: (V,) how far a vertex stays with the body when the head turns, 0–1.
        uv: (V, 2) texels of the atlas.
        sky: (V,) share of the sky seen, 0–1.
        eyes: The eyeballs' vertices.
        lids: Image-left eye, image-right eye.
        triangles: (T, 3).
        material: (T,).
        closed: (T,) 1 where a triangle cannot be seen from behind.
        picture: (HEIGHT, WIDTH, 3) the atlas, linear RGB.
        resting: (FACE_HEIGHT, FACE_WIDTH, 3) relief of the resting face.
    """

    person: Person
    neutral: Single
    rest: Single
    swing: Single
    body: Single
    uv: Single
    sky: Single
    eyes: slice
    lids: tuple[Lids, Lids]
    triangles: Int
    material: Int
    closed: Bytes
    picture: Single
    resting: Single


def build(person: Person, covered: bool = False) -> Model:
    """The model of a person; takes about a tenth of a second.

    Args:
        person: Whose model.
        covered: Leave out the ears and the nape where hair hangs over them. Needed where a head
            is turned far: else they show through here and there.
    """
    covered = covered and person.style in ("medium", "long")
    mesh = grid()
    rng = np.random.default_rng([person.seed, 0x5CE])
    neutral = mean_face() + np.tensordot(person.shape, modes(), axes=1) + asymmetry(rng)
    parts = parts_of(person, neutral, ears=not covered)
    sizes = [len(p.position) for p in parts]
    first = np.cumsum([len(mesh.s), *sizes])
    skin = _bare(person, mesh)
    if covered:
        nape = (np.abs(mesh.s) > NAPE_S) & (mesh.v > NAPE_V)
        skin = skin[~nape[skin].any(axis=1)]
    counts = [len(skin), *(len(p.triangles) for p in parts)]
    shifted = [p.triangles + int(n) for n, p in zip(first[:-1], parts, strict=True)]
    rest = np.concatenate([p.position for p in parts])
    jaw = np.repeat([p.jaw for p in parts], sizes)[:, None]
    head = np.zeros(len(mesh.s))
    return Model(
        person,
        neutral=single(neutral),
        rest=single(rest),
        swing=single(swing(rest) * jaw),
        body=single(np.concatenate([head, *(p.body for p in parts)])),
        uv=single(np.concatenate([atlas.face_uv(mesh.s, mesh.v), *(p.uv for p in parts)])),
        sky=single(np.concatenate([head + 1, *(p.sky for p in parts)])),
        eyes=slice(int(first[0]), int(first[2])),
        lids=(_lids(neutral, 36, -1), _lids(neutral, 42, 1)),
        triangles=np.concatenate([skin, *shifted]).astype(np.int32),
        material=np.repeat([SKIN, *(p.material for p in parts)], counts).astype(np.int32),
        closed=np.repeat([0, *(p.closed for p in parts)], counts).astype(np.uint8),
        picture=single(paint(person)),
        resting=single(_resting(person)),
    )


def parts_of(person: Person, neutral: Float, ears: bool = True) -> list[Part]:
    """Every part of a person; the two eyeballs come first, image-left then image-right.

    Args:
        person: Whose parts.
        neutral: (V, 3) mm, the person's face with eyes and lips closed.
        ears: Whether to include the ears.
    """
    points = neutral[landmark_vertices()]
    mouth = 0.5 * (points[62] + points[66])
    width = float(np.linalg.norm(points[54] - points[48])) / 50.0
    found = [eyeball(*eye_place(points, corner)) for corner in (36, 42)]
    sides = (-1.0, 1.0) if ears else ()
    pair = [ear(s, ear_root(person, s), 0.9 + 0.15 * person.masculine) for s in sides]
    rows = [teeth(mouth, width, False), teeth(mouth, width, True), tongue(mouth, width)]
    return [*found, *pair, *rows, *hair(person), *trunk(person)]


def _bare(person: Person, mesh: Grid) -> Int:
    """The triangles of the head without those that the hair covers."""
    if person.style == "bald":
        return mesh.triangles
    below = mesh.v > hairline(person, mesh.s) - 12
    return np.asarray(mesh.triangles[below[mesh.triangles].any(axis=1)])


def _lids(neutral: Float, corner: int, sign: int) -> Lids:
    """The lids around the slit whose first landmark is ``corner``."""
    centre, size = eye_place(neutral[landmark_vertices()], corner)
    canon = grid().canon
    gap = ((canon.x - sign * EYE_X) / (EYE_HALF + 5)) ** 2 + (canon.y / 16.0) ** 2
    near = np.flatnonzero((gap < 1) & (canon.front > 0.5))
    return Lids(near, single(centre), single(EYEBALL * size + 1.5))


def _resting(person: Person) -> Float:
    """The relief of a resting face: lid creases, lines of age and of anatomy."""
    rng = np.random.default_rng([person.seed, 0x57])
    amounts = {
        "crease": rng.uniform(0.0, 1.3),
        "age": 0.15 + 1.1 * person.age,
        "anatomy": rng.uniform(0.3, 1.2),
    }
    relief = np.zeros((atlas.FACE_HEIGHT, atlas.FACE_WIDTH, 3))
    for name, amount in amounts.items():
        y, x, patch = reliefs()[1][name]
        relief[y : y + patch.shape[0], x : x + patch.shape[1]] += amount * patch
    return relief
