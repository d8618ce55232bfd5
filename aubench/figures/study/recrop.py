"""Faces cropped again by landmarks with noise on them."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from aubench.crops.crop import Crop
from aubench.crops.sampling import Sampling
from aubench.crops.warp import transform, warp
from aubench.frames import KEY, FloatArray, Frames, ImageArray
from aubench.predict.faces import PicturesInMemory

REFERENCE = 256
"""Noise is given in pixels of a crop of this width and height."""


@dataclass(frozen=True)
class UncroppedFaces:
    """A few pictures from which faces can be cropped.

    Attributes:
        keys: N rows with the columns of `KEY`.
        pictures: N of (H, W, 3) uint8 RGB.
        landmarks: (N, 68, 2) pixels of the pictures, finite.
        tracked: (N,) False where ``landmarks`` were filled in; methods do not get to see those.
    """

    keys: pd.DataFrame
    pictures: Sequence[ImageArray]
    landmarks: FloatArray
    tracked: np.ndarray[tuple[int], np.dtype[np.bool_]]


def noise_of(key: Sequence[object], seed: int) -> FloatArray:
    """(68, 2) standard normal numbers of one frame, independent of what is drawn for others.

    Args:
        key: Values of the columns of `KEY`.
        seed: Of the study.
    """
    text = "\0".join(map(str, (seed, *key)))
    digest = hashlib.sha256(text.encode()).digest()
    rng = np.random.default_rng(int.from_bytes(digest[:16], "big"))
    return rng.standard_normal((68, 2)).astype(np.float32)


def misplaced(landmarks: FloatArray, noise: FloatArray, recipe: Crop) -> FloatArray:
    """Landmarks with ``noise`` added.

    Args:
        landmarks: (68, 2) pixels of a picture.
        noise: (68, 2) pixels of the crop of `REFERENCE` pixels that ``recipe`` makes.
        recipe: How faces are cropped.

    Returns:
        (68, 2) pixels of the picture.
    """
    linear = recipe.matrix(landmarks, REFERENCE)[:, :2]
    pixel = 1 / math.sqrt(abs(float(np.linalg.det(linear))))
    return np.asarray(landmarks + pixel * noise, dtype=np.float32)


def recropped(
    faces: UncroppedFaces, level: float, seed: int, recipe: Crop, size: int, *, sampling: Sampling
) -> Frames:
    """The faces cropped by noisy landmarks; a method sees only those landmarks.

    Args:
        faces: Pictures and landmarks.
        level: Standard deviation of the noise, pixels of a crop of `REFERENCE` pixels. One frame
            has the same draw at every level, scaled.
        seed: Of the draws.
        recipe: How faces are cropped.
        size: Width and height of the crops.
        sampling: How pictures are shrunk.
    """
    crops, seen = [], []
    for place, key in enumerate(faces.keys[list(KEY)].itertuples(index=False, name=None)):
        believed = misplaced(faces.landmarks[place], level * noise_of(key, seed), recipe)
        matrix = recipe.matrix(believed, size)
        crops.append(warp(faces.pictures[place], matrix, size, sampling))
        seen.append(transform(believed, matrix))
    landmarks = np.stack(seen).astype(np.float32)
    landmarks[~faces.tracked] = np.nan
    return Frames(faces.keys, landmarks, PicturesInMemory(np.stack(crops)), np.arange(len(crops)))
