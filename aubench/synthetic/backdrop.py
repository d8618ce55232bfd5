"""Backgrounds and lights."""

from __future__ import annotations

import cv2
import numpy as np

from aubench.synthetic.face.texture import noise
from aubench.synthetic.render.compiled import Float


def studio(rng: np.random.Generator, width: int, height: int) -> Float:
    """A plain wall on which the light changes slowly: (height, width, 3) linear RGB."""
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    tone = rng.uniform(0.03, 0.5) * (1 + rng.uniform(-0.12, 0.12, 3))
    slope = 1 + rng.uniform(-0.25, 0.25) * x + rng.uniform(-0.25, 0.25) * y
    return np.asarray(tone * slope[..., None]).clip(0.005, 1)


def clutter(rng: np.random.Generator, width: int, height: int) -> Float:
    """Out-of-focus shapes and textures: (height, width, 3) linear RGB."""
    picture = studio(rng, width, height)
    for _ in range(int(rng.integers(4, 26))):
        grey, hue = rng.uniform(0.05, 0.8), rng.uniform(0, 1, 3)
        colour = ((grey + (hue - grey) * rng.uniform(0, 0.7)) ** 2).tolist()
        centre = (int(rng.uniform(0, width)), int(rng.uniform(0, height)))
        size = rng.uniform(0.03, 0.5, 2) * width
        if rng.random() < 0.4:
            cv2.ellipse(picture, centre, (int(size[0]), int(size[1])), rng.uniform(0, 180), 0, 360,
                        colour, -1, cv2.LINE_AA)  # fmt: skip
        else:
            box = cv2.boxPoints((centre, (float(size[0]), float(size[1])), rng.uniform(0, 90)))
            cv2.fillPoly(picture, [box.astype(np.int32)], colour, cv2.LINE_AA)
    blur = float(rng.uniform(0, 0.03) * width)
    if blur > 0.5:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), blur))
    for cell in rng.uniform(2, 0.2 * width, 2):
        grain = 1 + rng.uniform(0, 0.22) * noise(rng, (height, width), float(cell))
        picture = picture * np.clip(grain, 0.3, 2)[..., None]
    return np.asarray(picture).clip(0.003, 1)


def lights(rng: np.random.Generator, wild: float) -> Float:
    """Sky, ground, key and fill light, (4, 6) as in `aubench.synthetic.scene.View`.

    Args:
        rng: The generator to draw from.
        wild: 0 (a studio) to 1 (any light).
    """
    warm = rng.normal(0, 0.06 + 0.12 * wild)
    tint = np.array([1 + warm, 1.0, 1 - warm])
    level = rng.uniform(0.85, 1.1) * np.exp(wild * rng.normal(0, 0.25))
    side = rng.uniform(-1, 1) * (0.7 + 0.9 * wild)
    height = rng.uniform(-0.9, -0.25) + wild * rng.uniform(-0.2, 0.4)
    key = level * (0.62 + 0.2 * wild * rng.uniform(-1, 1))
    sky = level * rng.uniform(0.24, 0.36)
    return np.array(
        [
            [0, 0, 0, *(sky * tint * np.array([0.97, 1.0, 1.04]))],
            [0, 0, 0, *(0.55 * sky * tint * np.array([1.05, 1.0, 0.92]))],
            [side, height, 1.0, *(key * tint)],
            [-1.2 * np.sign(side), -0.1, 0.7, *(0.28 * key * rng.uniform(0.4, 1.2) * tint)],
        ]
    )
