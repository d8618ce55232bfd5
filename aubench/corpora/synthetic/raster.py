"""The rasteriser: visibility at twice the resolution, shading once a pixel where that is enough."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

Call = TypeVar("Call", bound=Callable[..., Any])
Single = npt.NDArray[np.float32]
Int = npt.NDArray[np.int32]
Colour = tuple[Any, Any, Any]
Seen = tuple[Single, Int]


def compiled(function: Call) -> Call:
    """``function`` compiled by numba, kept on disk between runs."""
    return cast(
        Call, numba.njit(cache=True, fastmath=True, nogil=True, error_model="numpy")(function)
    )


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

SUPER = 2
"""Samples of visibility a pixel, across and down."""


@compiled
def mix(neutral: Single, basis: Single, weights: Single, out: Single) -> None:
    """``out = neutral + Σ weights[k] · basis[k]``; arrays (V, 3) and (K, V, 3)."""
    out[:] = neutral
    for k in range(len(weights)):
        w = weights[k]
        if w != 0:
            for i in range(neutral.shape[0]):
                out[i, 0] += w * basis[k, i, 0]
                out[i, 1] += w * basis[k, i, 1]
                out[i, 2] += w * basis[k, i, 2]


@compiled
def emboss(patch: Single, y: int, x: int, weight: float, out: Single) -> None:
    """Add ``weight`` times a patch of relief into ``out`` (H, W, 3) at row y, column x."""
    for i in range(patch.shape[0]):
        for j in range(patch.shape[1]):
            for c in range(3):
                out[y + i, x + j, c] += np.float32(weight) * patch[i, j, c]


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


@compiled
def visibility(screen: Single, triangles: Int, depth: Single, winner: Int) -> None:
    """The nearest triangle at every sample.

    Args:
        screen: (V, 3) x, y in samples and nearness (greater is nearer).
        triangles: (T, 3).
        depth: (h, w) nearness, written.
        winner: (h, w) triangle or −1, written.
    """
    height, width = depth.shape
    depth[:] = 0
    winner[:] = -1
    for t in range(len(triangles)):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ax, ay, az = screen[a, 0], screen[a, 1], screen[a, 2]
        bx, by, bz = screen[b, 0], screen[b, 1], screen[b, 2]
        cx, cy, cz = screen[c, 0], screen[c, 1], screen[c, 2]
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if area == 0 or az <= 0 or bz <= 0 or cz <= 0:
            continue
        x0, x1 = max(0, int(np.ceil(min(ax, bx, cx)))), min(width - 1, int(max(ax, bx, cx)))
        y0, y1 = max(0, int(np.ceil(min(ay, by, cy)))), min(height - 1, int(max(ay, by, cy)))
        if x0 > x1 or y0 > y1:
            continue
        inv = np.float32(1) / area
        # weights of b and c as linear functions of the sample's place
        ub, vb = (cy - ay) * inv, -(cx - ax) * inv
        uc, vc = -(by - ay) * inv, (bx - ax) * inv
        for y in range(y0, y1 + 1):
            wb = ub * (x0 - ax) + vb * (y - ay)
            wc = uc * (x0 - ax) + vc * (y - ay)
            for x in range(x0, x1 + 1):
                if wb >= 0 and wc >= 0 and wb + wc <= 1:
                    near = az + wb * (bz - az) + wc * (cz - az)
                    if near > depth[y, x]:
                        depth[y, x] = near
                        winner[y, x] = t
                wb += ub
                wc += uc


class Surface(NamedTuple):
    """What there is to shade.

    Attributes:
        screen: (V, 3) as in `visibility`.
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


class Film(NamedTuple):
    """What the light falls on.

    Attributes:
        tone: (n,) 8-bit tone of linear light 0–2.
        grain: (g,) noise of the sensor, 8-bit units.
        backdrop: (H, W, 3) linear RGB behind everything.
    """

    tone: Single
    grain: Single
    backdrop: Single


@compiled
def _texel(picture: Single, i: int, j: int, fv: float, fu: float) -> Colour:
    """Three channels of ``picture`` between texels (i, j) and (i + 1, j + 1)."""
    a, b, c, d = (1 - fv) * (1 - fu), (1 - fv) * fu, fv * (1 - fu), fv * fu
    k, m = i + 1, j + 1
    return (
        a * picture[i, j, 0] + b * picture[i, m, 0] + c * picture[k, j, 0] + d * picture[k, m, 0],
        a * picture[i, j, 1] + b * picture[i, m, 1] + c * picture[k, j, 1] + d * picture[k, m, 1],
        a * picture[i, j, 2] + b * picture[i, m, 2] + c * picture[k, j, 2] + d * picture[k, m, 2],
    )


@compiled
def _unit(x: float, y: float, z: float) -> Colour:
    """The vector at length 1."""
    n = np.float32(1) / np.sqrt(x * x + y * y + z * z + np.float32(1e-12))
    return x * n, y * n, z * n


@compiled
def _lit(surface: Surface, m: int, paint: Colour, normal: Colour) -> Colour:
    """Linear RGB of a paint under the lights: ambient, diffuse past the edge, a highlight."""
    nx, ny, nz = normal
    table, light = surface.table, surface.lights
    sky = np.float32(0.5) - np.float32(0.5) * ny
    r = paint[0] * (light[0, 3] * sky + light[1, 3] * (1 - sky))
    g = paint[1] * (light[0, 4] * sky + light[1, 4] * (1 - sky))
    b = paint[2] * (light[0, 5] * sky + light[1, 5] * (1 - sky))
    zero = np.float32(0)
    for s in range(2, light.shape[0]):
        facing = nx * light[s, 0] + ny * light[s, 1] + nz * light[s, 2]
        half = max(zero, nx * light[s, 6] + ny * light[s, 7] + nz * light[s, 8])
        for _ in range(int(table[m, 1])):
            half *= half
        half *= table[m, 0] * (facing > 0)
        r += light[s, 3] * (paint[0] * max(zero, (facing + table[m, 2]) / (1 + table[m, 2])) + half)
        g += light[s, 4] * (paint[1] * max(zero, (facing + table[m, 3]) / (1 + table[m, 3])) + half)
        b += light[s, 5] * (paint[2] * max(zero, (facing + table[m, 4]) / (1 + table[m, 4])) + half)
    return r, g, b


@compiled
def _colour(surface: Surface, t: int, x: Any, y: Any) -> Colour:
    """Linear RGB of triangle ``t`` at the sample place (x, y)."""
    a, b, c = surface.triangles[t, 0], surface.triangles[t, 1], surface.triangles[t, 2]
    screen, vertex, m = surface.screen, surface.vertex, surface.material[t]
    ax, ay = screen[a, 0], screen[a, 1]
    ux, uy = screen[b, 0] - ax, screen[b, 1] - ay
    vx, vy = screen[c, 0] - ax, screen[c, 1] - ay
    area = ux * vy - uy * vx
    if area < 0 and m != CLOTH:  # the inside of a head, seen through its slits
        return np.float32(0.020), np.float32(0.006), np.float32(0.005)
    inv = np.float32(1) / area
    wb = ((x - ax) * vy - (y - ay) * vx) * inv
    wc = ((y - ay) * ux - (x - ax) * uy) * inv
    wa = np.float32(1) - wb - wc
    nx = wa * vertex[a, 0] + wb * vertex[b, 0] + wc * vertex[c, 0]
    ny = wa * vertex[a, 1] + wb * vertex[b, 1] + wc * vertex[c, 1]
    nz = wa * vertex[a, 2] + wb * vertex[b, 2] + wc * vertex[c, 2]
    u = wa * vertex[a, 3] + wb * vertex[b, 3] + wc * vertex[c, 3]
    v = wa * vertex[a, 4] + wb * vertex[b, 4] + wc * vertex[c, 4]
    sky = wa * vertex[a, 5] + wb * vertex[b, 5] + wc * vertex[c, 5]
    nx, ny, nz = _unit(nx, ny, nz)
    u = min(max(u, np.float32(0)), np.float32(surface.atlas.shape[1] - 1.01))
    v = min(max(v, np.float32(0)), np.float32(surface.atlas.shape[0] - 1.01))
    i, j = int(v), int(u)
    fv, fu = v - np.float32(i), u - np.float32(j)
    red, green, blue = _texel(surface.atlas, i, j, fv, fu)
    if m == SKIN and i < surface.relief.shape[0] - 1:
        gx, gy, shade = _texel(surface.relief, i, j, fv, fu)
        # across = down × normal; the two span the skin
        down = surface.down
        tx, ty, tz = _unit(
            down[1] * nz - down[2] * ny, down[2] * nx - down[0] * nz, down[0] * ny - down[1] * nx
        )
        dx, dy, dz = ny * tz - nz * ty, nz * tx - nx * tz, nx * ty - ny * tx
        nx, ny, nz = _unit(nx - gx * tx - gy * dx, ny - gx * ty - gy * dy, nz - gx * tz - gy * dz)
        shade = np.float32(1) - min(shade, np.float32(0.75))
        red, green, blue = red * np.sqrt(shade), green * shade, blue * shade
    r, g, bl = _lit(surface, m, (red, green, blue), (nx, ny, nz))
    return r * sky, g * sky, bl * sky


@compiled
def _sample(surface: Surface, backdrop: Single, t: int, place: tuple[int, int]) -> Colour:
    """Linear RGB of one sample of visibility, the backdrop where it hit nothing."""
    x, y = place
    if t < 0:
        return backdrop[y // 2, x // 2, 0], backdrop[y // 2, x // 2, 1], backdrop[y // 2, x // 2, 2]
    return _colour(surface, t, np.float32(x), np.float32(y))


@compiled
def _pixel(surface: Surface, film: Film, seen: Seen, x: int, y: int) -> Colour:
    """Linear RGB of a pixel: shaded once where its samples lie on one surface, else four times."""
    depth, winner = seen
    a, b, c, d = 2 * y, 2 * y + 1, 2 * x, 2 * x + 1
    low = min(winner[a, c], winner[a, d], winner[b, c], winner[b, d])
    high = max(winner[a, c], winner[a, d], winner[b, c], winner[b, d])
    if high < 0:
        return film.backdrop[y, x, 0], film.backdrop[y, x, 1], film.backdrop[y, x, 2]
    if low >= 0 and surface.material[low] == surface.material[high]:
        near = max(depth[a, c], depth[a, d], depth[b, c], depth[b, d])
        far = min(depth[a, c], depth[a, d], depth[b, c], depth[b, d])
        if near - far < np.float32(0.004) * near:
            return _colour(surface, winner[a, c], np.float32(c + 0.5), np.float32(a + 0.5))
    r0, g0, b0 = _sample(surface, film.backdrop, winner[a, c], (c, a))
    r1, g1, b1 = _sample(surface, film.backdrop, winner[a, d], (d, a))
    r2, g2, b2 = _sample(surface, film.backdrop, winner[b, c], (c, b))
    r3, g3, b3 = _sample(surface, film.backdrop, winner[b, d], (d, b))
    quarter = np.float32(0.25)
    return (
        quarter * (r0 + r1 + r2 + r3),
        quarter * (g0 + g1 + g2 + g3),
        quarter * (b0 + b1 + b2 + b3),
    )


@compiled
def expose(
    surface: Surface, film: Film, seen: Seen, start: int, out: npt.NDArray[np.uint8]
) -> None:
    """Colour every pixel.

    Args:
        surface: What there is to see.
        film: Tone, grain and backdrop.
        seen: Depth and winner from `visibility`, (2H, 2W).
        start: Where in the grain to begin.
        out: (H, W, 3) RGB, written.
    """
    height, width = out.shape[:2]
    scale = np.float32((len(film.tone) - 1) / 2.0)
    at = start
    for y in range(height):
        for x in range(width):
            r, g, b = _pixel(surface, film, seen, x, y)
            at = at + 3 if at + 6 < len(film.grain) else 0
            out[y, x, 0] = _byte(film.tone, r * scale, film.grain[at])
            out[y, x, 1] = _byte(film.tone, g * scale, film.grain[at + 1])
            out[y, x, 2] = _byte(film.tone, b * scale, film.grain[at + 2])


@compiled
def _byte(tone: Single, value: float, noise: float) -> int:
    """One channel as the sensor writes it."""
    k = min(max(int(value), 0), len(tone) - 1)
    return int(min(max(tone[k] + noise + np.float32(0.5), np.float32(0)), np.float32(255)))
