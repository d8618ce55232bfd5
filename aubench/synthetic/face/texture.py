"""What textures are painted with: smooth noise, streaks, soft edges, one colour over another."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from aubench.synthetic.render.compiled import Float

Real = npt.NDArray[np.floating[Any]] | npt.NDArray[np.integer[Any]]


def noise(rng: np.random.Generator, shape: tuple[int, int], cell: float) -> Float:
    """Smooth noise of about unit variance in cells of ``cell`` texels: (H, W)."""
    coarse = rng.standard_normal(tuple(int(n / cell) + 3 for n in shape))
    large = cv2.resize(coarse, None, fx=cell, fy=cell, interpolation=cv2.INTER_CUBIC)
    return np.asarray(large[: shape[0], : shape[1]])


def strands(rng: np.random.Generator, shape: tuple[int, int]) -> Float:
    """Streaks down the picture, (H, W) 0.35–1, as of hair or lips seen close."""
    streaks = cv2.GaussianBlur(noise(rng, shape, 1.5), (0, 0), 0.7, sigmaY=3.5)
    return np.asarray(np.clip(0.75 + 0.3 * streaks, 0.35, 1))


def over(colour: Real, paint: Real, mask: Real) -> Float:
    """``paint`` over ``colour``, (H, W, 3), as far as ``mask``, (H, W) 0–1, says."""
    return np.asarray(colour + (paint - colour) * mask[..., None])


def soft_edge(distance: Float, soft: float) -> Float:
    """1 inside (negative distance), 0 outside, over ``soft`` mm."""
    return np.asarray(np.clip(0.5 - distance / soft, 0, 1))
