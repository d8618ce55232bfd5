"""Shading: from the samples that are seen, their textures and the lights to a picture."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from aubench.synthetic.render.compiled import Bytes, Int, Single, compiled

Colour = tuple[Any, Any, Any]

SKIN, FLESH, EYE, TOOTH, HAIR, CLOTH = range(6)
"""Materials; `FLESH` is skin without furrows."""

MATERIALS = np.array(
    [  # specular strength, sharpness (squarings), light past the edge: red, green, blue
        (0.10, 4, 0.38, 0.24, 0.18),
        (0.10, 4, 0.38, 0.24, 0.18),
        (0.90, 7, 0.30, 0.28, 0.28),
        (0.45, 5, 0.30, 0.28, 0.26),
        (0.16, 4, 0.25, 0.25, 0.25),
        (0.02, 3, 0.15, 0.15, 0.15),
    ],
    dtype=np.float32,
)

INSIDE = (0.020, 0.006, 0.005)
"""Linear RGB of the mouth's cavity and of whatever else a head's inside shows."""


class Surface(NamedTuple):
    """All that is shaded, and its lights.

    Attributes:
        screen: (V, 3) as in `aubench.synthetic.render.visibility.find_visible`.
        vertex: (V, 6) normal, atlas place, share of the sky seen.
        triangles: (T, 3).
        material: (T,).
        atlas: (h, w, 3) linear RGB.
        relief: (h', w, 3) slopes across and down and shade, over the atlas's upper part.
        lights: (2 + L, 9) sky and ground (colours in 3:6), then L lights: direction, colour, half
            way to the viewer.
        down: (3,) the head's downward axis.
        table: `MATERIALS`.
    """

    screen: Single
    vertex: Single
    triangles: Int
    material: Int
    atlas: Single
    relief: Single
    lights: Single
    down: Single
    table: Single


@compiled
def emboss(patch: Single, y: int, x: int, weight: float, out: Single) -> None:
    """Add ``weight`` times a patch of relief into ``out`` (H, W, 3) at row y, column x."""
    for i in range(patch.shape[0]):
        for j in range(patch.shape[1]):
            for c in range(3):
                out[y + i, x + j, c] += np.float32(weight) * patch[i, j, c]


@compiled
def _texel(picture: Single, i: int, j: int, fv: float, fu: float) -> Colour:
    """The three channels of ``picture``, interpolated between (i, j) and (i + 1, j + 1)."""
    one = np.float32(1)  # a Python 1 would make doubles of all that follows
    a, b, c, d = (one - fv) * (one - fu), (one - fv) * fu, fv * (one - fu), fv * fu
    k, m = i + 1, j + 1
    return (
        a * picture[i, j, 0] + b * picture[i, m, 0] + c * picture[k, j, 0] + d * picture[k, m, 0],
        a * picture[i, j, 1] + b * picture[i, m, 1] + c * picture[k, j, 1] + d * picture[k, m, 1],
        a * picture[i, j, 2] + b * picture[i, m, 2] + c * picture[k, j, 2] + d * picture[k, m, 2],
    )


@compiled
def _unit(x: float, y: float, z: float) -> Colour:
    """The vector, scaled to length 1."""
    n = np.float32(1) / np.sqrt(x * x + y * y + z * z + np.float32(1e-12))
    return x * n, y * n, z * n


@compiled
def _lit(lights: Single, gloss: Single, paint: Colour, normal: Colour) -> Colour:
    """Linear RGB of a paint under the lights: ambient, diffuse past the edge, a highlight."""
    nx, ny, nz = normal
    zero, one = np.float32(0), np.float32(1)
    sky = np.float32(0.5) - np.float32(0.5) * ny
    r = paint[0] * (lights[0, 3] * sky + lights[1, 3] * (one - sky))
    g = paint[1] * (lights[0, 4] * sky + lights[1, 4] * (one - sky))
    b = paint[2] * (lights[0, 5] * sky + lights[1, 5] * (one - sky))
    for s in range(2, lights.shape[0]):
        facing = nx * lights[s, 0] + ny * lights[s, 1] + nz * lights[s, 2]
        half = nx * lights[s, 6] + ny * lights[s, 7] + nz * lights[s, 8]
        shine = zero
        if half > np.float32(0.6) and facing > zero:
            for _ in range(int(gloss[1])):
                half *= half
            shine = half * gloss[0]
        r += lights[s, 3] * (paint[0] * max(zero, (facing + gloss[2]) / (one + gloss[2])) + shine)
        g += lights[s, 4] * (paint[1] * max(zero, (facing + gloss[3]) / (one + gloss[3])) + shine)
        b += lights[s, 5] * (paint[2] * max(zero, (facing + gloss[4]) / (one + gloss[4])) + shine)
    return r, g, b


@compiled
def shade(surface: Surface, todo: Single, light: Single) -> None:
    """Add the light of the samples in ``todo`` (n, 5) to the pixels of ``light`` (HW, 3)."""
    screen, vertex, triangles = surface.screen, surface.vertex, surface.triangles
    material, table, lights = surface.material, surface.table, surface.lights
    atlas, relief, down = surface.atlas, surface.relief, surface.down
    right, bottom = np.float32(atlas.shape[1] - 1.01), np.float32(atlas.shape[0] - 1.01)
    zero, one = np.float32(0), np.float32(1)
    for n in range(len(todo)):
        t, pixel, weight = int(todo[n, 0]), int(todo[n, 3]), todo[n, 4]
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ax, ay, m = screen[a, 0], screen[a, 1], material[t]
        ux, uy, vx, vy = screen[b, 0] - ax, screen[b, 1] - ay, screen[c, 0] - ax, screen[c, 1] - ay
        inv = one / (ux * vy - uy * vx)
        side = one if inv > 0 else -one
        if inv < 0 and m < HAIR:  # the inside of a head, seen through its slits
            for k in range(3):
                light[pixel, k] += weight * INSIDE[k]
            continue
        wb = ((todo[n, 1] - ax) * vy - (todo[n, 2] - ay) * vx) * inv
        wc = ((todo[n, 2] - ay) * ux - (todo[n, 1] - ax) * uy) * inv
        wa = one - wb - wc
        nx, ny, nz = _unit(
            side * (wa * vertex[a, 0] + wb * vertex[b, 0] + wc * vertex[c, 0]),
            side * (wa * vertex[a, 1] + wb * vertex[b, 1] + wc * vertex[c, 1]),
            side * (wa * vertex[a, 2] + wb * vertex[b, 2] + wc * vertex[c, 2]),
        )
        u = min(max(wa * vertex[a, 3] + wb * vertex[b, 3] + wc * vertex[c, 3], zero), right)
        v = min(max(wa * vertex[a, 4] + wb * vertex[b, 4] + wc * vertex[c, 4], zero), bottom)
        weight *= wa * vertex[a, 5] + wb * vertex[b, 5] + wc * vertex[c, 5]
        if side < 0:
            weight *= np.float32(0.3)
        i, j = int(v), int(u)
        paint = _texel(atlas, i, j, v - np.float32(i), u - np.float32(j))
        if m == SKIN and i < relief.shape[0] - 1:
            gx, gy, deep = _texel(relief, i, j, v - np.float32(i), u - np.float32(j))
            # across = down × normal; across and along span the skin
            tx, ty, tz = _unit(
                down[1] * nz - down[2] * ny,
                down[2] * nx - down[0] * nz,
                down[0] * ny - down[1] * nx,
            )
            dx, dy, dz = ny * tz - nz * ty, nz * tx - nx * tz, nx * ty - ny * tx
            nx, ny, nz = _unit(
                nx - gx * tx - gy * dx, ny - gx * ty - gy * dy, nz - gx * tz - gy * dz
            )
            deep = one - min(deep, np.float32(0.75))
            paint = (paint[0] * np.sqrt(deep), paint[1] * deep, paint[2] * deep)
        red, green, blue = _lit(lights, table[m], paint, (nx, ny, nz))
        light[pixel, 0] += weight * red
        light[pixel, 1] += weight * green
        light[pixel, 2] += weight * blue


@compiled
def develop(light: Single, tone: Single, grain: Single, start: int, out: Bytes) -> None:
    """Write the picture: tone, the noise of the sensor, 8 bits.

    Args:
        light: (HW, 3) linear RGB.
        tone: (n,) 8-bit tone of linear light 0–2.
        grain: (g,) noise of the sensor, 8-bit units.
        start: Index in ``grain`` to begin at.
        out: (HW, 3) written.
    """
    scale = np.float32((len(tone) - 1) / 2.0)
    at = start
    for pixel in range(len(light)):
        at = at + 3 if at + 6 < len(grain) else 0
        for c in range(3):
            k = min(max(int(light[pixel, c] * scale), 0), len(tone) - 1)
            value = tone[k] + grain[at + c] + np.float32(0.5)
            out[pixel, c] = int(min(max(value, np.float32(0)), np.float32(255)))
