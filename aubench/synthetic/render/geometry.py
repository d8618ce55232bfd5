"""Vertices: mixed from a neutral face and displacements, turned, projected; their normals."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from aubench.synthetic.render.compiled import Int, Single, compiled


class Placement(NamedTuple):
    """The places of head, body and camera.

    Attributes:
        head: (3, 4) rotation and shift of the head, mm.
        trunk: (3, 4) of the body.
        lens: (4,) x and y of the optical axis and the focal length, in samples; distance, mm.
    """

    head: Single
    trunk: Single
    lens: Single


@compiled
def mix(neutral: Single, basis: Single, weights: Single, out: Single) -> None:
    """Write ``out = neutral + Σ weights[k] · basis[k]``; arrays (V, 3) and (K, V, 3)."""
    out[:] = neutral
    for k in range(len(weights)):
        w = weights[k]
        if w != 0:
            for i in range(neutral.shape[0]):
                out[i, 0] += w * basis[k, i, 0]
                out[i, 1] += w * basis[k, i, 1]
                out[i, 2] += w * basis[k, i, 2]


@compiled
def project(place: Single, body: Single, placement: Placement, screen: Single) -> None:
    """Turn every vertex with the head or the body, and project it.

    Args:
        place: (V, 3) mm in the frame of the head, overwritten by mm in that of the camera, whose
            origin is ``lens[3]`` before the lens.
        body: (V,) how far a vertex stays with the body, 0–1.
        placement: Where head, body and camera are.
        screen: (V, 3) x, y and nearness, written.
    """
    head, trunk, lens = placement.head, placement.trunk, placement.lens
    for i in range(len(place)):
        x, y, z = place[i, 0], place[i, 1], place[i, 2]
        for k in range(3):
            at = head[k, 0] * x + head[k, 1] * y + head[k, 2] * z + head[k, 3]
            if body[i] > 0:
                stay = trunk[k, 0] * x + trunk[k, 1] * y + trunk[k, 2] * z + trunk[k, 3]
                at += body[i] * (stay - at)
            place[i, k] = at
        near = np.float32(1) / (lens[3] - place[i, 2])
        screen[i, 0] = lens[0] + lens[2] * place[i, 0] * near
        screen[i, 1] = lens[1] + lens[2] * place[i, 1] * near
        screen[i, 2] = near


@compiled
def normals(place: Single, triangles: Int, vertex: Single) -> None:
    """Write unit normals of vertices into ``vertex[:, :3]``, towards the side seen clockwise."""
    vertex[:, :3] = 0
    for t in range(len(triangles)):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ux, uy, uz = place[b, 0] - place[a, 0], place[b, 1] - place[a, 1], place[b, 2] - place[a, 2]
        vx, vy, vz = place[c, 0] - place[a, 0], place[c, 1] - place[a, 1], place[c, 2] - place[a, 2]
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for i in (a, b, c):
            vertex[i, 0] += nx
            vertex[i, 1] += ny
            vertex[i, 2] += nz
    for i in range(len(vertex)):
        n = np.sqrt(vertex[i, 0] ** 2 + vertex[i, 1] ** 2 + vertex[i, 2] ** 2) + np.float32(1e-12)
        vertex[i, 0] /= n
        vertex[i, 1] /= n
        vertex[i, 2] /= n
