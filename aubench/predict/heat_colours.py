"""Colours of intensities, and heat maps over faces."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from matplotlib import colormaps

from aubench.action_units import MAX_INTENSITY
from aubench.frames import FloatArray, ImageArray

Colour = tuple[int, int, int]
"""Red, green and blue, 0–255."""


def blend_map(face: ImageArray, heat_map: FloatArray, value: float) -> ImageArray:
    """A dim grey face under a heat map, which is drawn as bright as its AU is estimated.

    The map is scaled so that its maximum is ``value``, because methods have units of their own.

    Args:
        face: (S, S, 3) uint8 RGB.
        heat_map: (h, w).
        value: The estimated intensity, 0–5.

    Returns:
        (S, S, 3) uint8 RGB.
    """
    size = face.shape[0]
    grey = face.mean(axis=-1, keepdims=True, dtype=np.float32) * 0.62
    top = float(heat_map.max())
    scale = max(value, 0.0) / top if top > 0 else 0.0
    large = cv2.resize(heat_map, (size, size), interpolation=cv2.INTER_CUBIC)
    level = np.clip(large * scale / MAX_INTENSITY, 0, 1)
    colours = map_colours()[(level * 255).astype(np.uint8)]
    alpha = np.sqrt(level)[..., None] * 0.9
    mixed = grey * (1 - alpha) + colours * alpha
    return np.asarray(np.clip(mixed, 0, 255), dtype=np.uint8)


@cache
def map_colours() -> ImageArray:
    """The 256 colours of intensities, from dark red to light yellow, (256, 3) uint8 RGB."""
    colours = colormaps["inferno"](np.linspace(0.35, 0.95, 256))[:, :3]
    return np.asarray(colours * 255, dtype=np.uint8)


def intensity_colour(value: float) -> Colour:
    """The RGB colour of an intensity of 0–5."""
    index = int(min(max(value / MAX_INTENSITY, 0.0), 1.0) * 255)
    red, green, blue = map_colours()[index].tolist()
    return red, green, blue
