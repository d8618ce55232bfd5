"""Which triangle is seen where, and which samples must be shaded."""

from __future__ import annotations

import numpy as np

from aubench.synthetic.render.compiled import Bytes, Int, Single, compiled

SUPER = 2
"""Samples of visibility per pixel, across and down."""


@compiled
def find_visible(screen: Single, triangles: Int, closed: Bytes, depth: Single, winner: Int) -> None:
    """Find the nearest triangle at every sample.

    Args:
        screen: (V, 3) x, y in samples and nearness (greater is nearer).
        triangles: (T, 3).
        closed: (T,) 1 where a triangle cannot be seen from behind.
        depth: (h, w) nearness, written.
        winner: (h, w) triangle or −1, written.
    """
    height, width = depth.shape
    depth[:] = 0
    winner[:] = -1
    one, almost = np.float32(1), np.float32(0.9999)
    for t in range(len(triangles)):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ax, ay, az = screen[a, 0], screen[a, 1], screen[a, 2]
        bx, by, bz = screen[b, 0] - ax, screen[b, 1] - ay, screen[b, 2] - az
        cx, cy, cz = screen[c, 0] - ax, screen[c, 1] - ay, screen[c, 2] - az
        area = bx * cy - by * cx
        if area == 0 or (area < 0 and closed[t]):
            continue
        x0 = max(0, int(ax + min(np.float32(0), bx, cx) + almost))
        x1 = min(width - 1, int(ax + max(np.float32(0), bx, cx)))
        y0 = max(0, int(ay + min(np.float32(0), by, cy) + almost))
        y1 = min(height - 1, int(ay + max(np.float32(0), by, cy)))
        # weights of b and c, and nearness, as linear functions of the sample's place
        inv = one / area
        bu, bv, cu, cv = cy * inv, -cx * inv, -by * inv, bx * inv
        zu, zv = bu * bz + cu * cz, bv * bz + cv * cz
        for y in range(y0, y1 + 1):
            gap_x, gap_y = np.float32(x0) - ax, np.float32(y) - ay
            wb, wc = bu * gap_x + bv * gap_y, cu * gap_x + cv * gap_y
            near = az + zu * gap_x + zv * gap_y
            for x in range(x0, x1 + 1):
                if wb >= 0 and wc >= 0 and wb + wc <= one and near > depth[y, x]:
                    depth[y, x] = near
                    winner[y, x] = t
                wb += bu
                wc += cu
                near += zu


@compiled
def list_samples(
    seen: tuple[Single, Int], material: Int, backdrop: Single, todo: Single, light: Single
) -> int:
    """List the samples to shade: one for a pixel that lies on one surface, else up to four.

    Args:
        seen: Depth and winner from `find_visible`, (2H, 2W).
        material: (T,).
        backdrop: (H, W, 3) linear RGB behind everything.
        todo: (4HW, 5) written: triangle, x and y in samples, pixel, weight.
        light: (HW, 3) written: the backdrop's share of every pixel.

    Returns:
        How many samples there are.
    """
    depth, winner = seen
    height, width = backdrop.shape[:2]
    n = 0
    for y in range(height):
        for x in range(width):
            pixel, low, high = y * width + x, winner[2 * y, 2 * x], winner[2 * y, 2 * x]
            near = far = depth[2 * y, 2 * x]
            empty = 0
            for k in range(4):
                t, z = winner[2 * y + k // 2, 2 * x + k % 2], depth[2 * y + k // 2, 2 * x + k % 2]
                low, high, near, far = min(low, t), max(high, t), max(near, z), min(far, z)
                empty += t < 0
            for c in range(3):
                light[pixel, c] = backdrop[y, x, c] * np.float32(0.25 * empty)
            if empty == 4:
                continue
            one = empty == 0 and near - far < np.float32(0.004) * near
            if one and material[low] == material[high]:
                todo[n, 0], todo[n, 1], todo[n, 2] = winner[2 * y, 2 * x], 2 * x + 0.5, 2 * y + 0.5
                todo[n, 3], todo[n, 4] = pixel, 1
                n += 1
                continue
            for k in range(4):
                t = winner[2 * y + k // 2, 2 * x + k % 2]
                if t >= 0:
                    todo[n, 0], todo[n, 1], todo[n, 2] = t, 2 * x + k % 2, 2 * y + k // 2
                    todo[n, 3], todo[n, 4] = pixel, 0.25
                    n += 1
    return n
