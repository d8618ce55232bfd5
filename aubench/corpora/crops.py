"""Crop recipes: named, exact ways from landmarks to a square picture of the face.

Pixel centres lie at integers, so a picture of width W reaches from -0.5 to W - 0.5, and shrinking
it to width w maps x to (x + 0.5)·w/W - 0.5.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt
from pydantic_core import to_jsonable_python

from aubench.corpora.manifest import RecipeInfo
from aubench.errors import AubenchError
from aubench.frames import FloatArray, ImageArray

Matrix = npt.NDArray[np.float64]
"""(2, 3): source pixels to crop pixels."""


class Recipe(Protocol):
    """How a face is placed in the crop; a frozen dataclass whose fields are its parameters."""

    def matrix(self, landmarks: FloatArray, size: int) -> Matrix:
        """From source pixels to pixels of a crop of ``size`` pixels.

        Args:
            landmarks: (68, 2) x and y in source pixels, finite.
            size: Width and height of the crop.

        Raises:
            ValueError: If the landmarks lie on a line or a point.
        """
        ...


@dataclass(frozen=True)
class Tight:
    """The square around the landmarks, upright, with a margin.

    The square is centred on the landmarks' box. Its side is the longer side of that box, plus the
    margin on each side. Landmarks end at the brows; a fifth of the face's height above them keeps
    the lower half of the forehead, where raised brows (AU 1, 2) wrinkle it.

    Attributes:
        margin: On each side, in sides of the box; our choice, since papers that crop "tightly"
            name no number.
    """

    margin: float = 0.2

    def matrix(self, landmarks: FloatArray, size: int) -> Matrix:
        """See `Recipe.matrix`."""
        low, high = landmarks.min(axis=0), landmarks.max(axis=0)
        side = float((high - low).max())
        if side <= 0:
            raise ValueError("all landmarks lie on one point")
        scale = size / (side * (1 + 2 * self.margin))
        shift = (size - 1) / 2 - scale * (low + high).astype(np.float64) / 2
        return np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])


@dataclass(frozen=True)
class Affine3:
    """The affine map that sends three landmarks exactly to fixed places.

    Chin and outer eye corners; the registration of the 2018 heat-map paper (Sánchez-Lozano,
    Tzimiropoulos & Valstar, Joint Action Unit localisation and intensity estimation through
    heatmap regression, BMVC 2018). It shears and stretches each face to one shape.

    Attributes:
        points: Which of the 68 landmarks.
        targets: Their x and y in a crop of 256 × 256 pixels. The source does not say whether
            pixels count from 0 or 1; here from 0.
    """

    points: tuple[int, int, int] = (8, 36, 45)
    targets: tuple[tuple[float, float], ...] = ((127.65, 227.82), (79.16, 87.04), (176.84, 87.04))

    def matrix(self, landmarks: FloatArray, size: int) -> Matrix:
        """See `Recipe.matrix`."""
        targets = (np.array(self.targets) + 0.5) * size / 256 - 0.5
        source = np.column_stack([landmarks[list(self.points)].astype(np.float64), np.ones(3)])
        return np.asarray(np.linalg.solve(source, targets).T, dtype=np.float64)


RECIPES: dict[str, Recipe] = {"tight": Tight(), "affine3": Affine3()}
"""Every recipe by name."""

DEFAULT_RECIPE = "tight"


def recipe_info(name: str) -> RecipeInfo:
    """The recipe ``name`` with its parameters, as a manifest keeps it.

    Raises:
        AubenchError: If there is none.
    """
    if name not in RECIPES:
        raise AubenchError(f"no crop recipe {name!r}", mend=f"choose one of {', '.join(RECIPES)}")
    return RecipeInfo(name=name, parameters=to_jsonable_python(RECIPES[name]))


def warp(image: ImageArray, matrix: Matrix, size: int) -> ImageArray:
    """The picture that ``matrix`` makes of ``image``; black where the image ends.

    Shrinking by a factor averages over the area of each new pixel: the picture is warped at a
    whole multiple of ``size`` and averaged down, so that fine texture fades instead of aliasing.

    Args:
        image: (H, W, 3) uint8.
        matrix: (2, 3) source pixels to crop pixels.
        size: Width and height of the crop.

    Returns:
        (size, size, 3) uint8.
    """
    scale = math.sqrt(abs(float(np.linalg.det(matrix[:, :2]))))
    times = max(1, math.ceil(1 / scale - 1e-6))
    finer = matrix * times
    finer[:, 2] += (times - 1) / 2
    large = cv2.warpAffine(image, finer, (size * times, size * times), flags=cv2.INTER_LINEAR)
    if times == 1:
        return large.astype(np.uint8, copy=False)
    small = cv2.resize(large, (size, size), interpolation=cv2.INTER_AREA)
    return small.astype(np.uint8, copy=False)


def transform(points: FloatArray, matrix: Matrix) -> FloatArray:
    """``points`` (..., 2) in source pixels as pixels of the crop."""
    moved = points.astype(np.float64) @ matrix[:, :2].T + matrix[:, 2]
    return moved.astype(np.float32)
