"""From a shot to the square face that a network expects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aubench.corpora.landmarks.interpolate import usable
from aubench.crops.crop import Crop
from aubench.crops.warp import Matrix, transform, warp
from aubench.errors import AubenchError
from aubench.frames import KEY, FloatArray, Frames, ImageArray, IntArray
from aubench.predict.inputs import Shot
from aubench.predict.points import Points


@dataclass(frozen=True)
class Face:
    """A cropped face.

    Attributes:
        picture: (S, S, 3) uint8 RGB.
        landmarks: (68, 2) float32, pixels of the crop; NaN where unknown.
        matrix: From pixels of the shot to pixels of the crop.
    """

    picture: ImageArray
    landmarks: FloatArray
    matrix: Matrix


@dataclass(frozen=True)
class ByLandmarks:
    """Crops as the training pictures were cropped.

    Attributes:
        points: Landmarks of the shots.
        recipe: How the training pictures were cropped.
        size: Width and height of the crops.
    """

    points: Points
    recipe: Crop
    size: int

    def __call__(self, shot: Shot) -> Face | None:
        """The face in ``shot``; None where its landmarks are unknown or no face's."""
        points = self.points.get(shot.frame)
        height, width = shot.picture.shape[:2]
        if points is None or not usable(points[None], width, height)[0]:
            return None
        try:
            matrix = self.recipe.matrix(points, self.size)
            picture = warp(shot.picture, matrix, self.size)
        except ValueError:
            return None
        return Face(picture, transform(points, matrix), matrix)


@dataclass(frozen=True)
class AlreadyCropped:
    """Takes the whole picture for the face.

    Attributes:
        size: Width and height that pictures are brought to.
    """

    size: int

    def __call__(self, shot: Shot) -> Face:
        """The whole shot.

        Raises:
            AubenchError: If it is not square, so that it cannot be a crop.
        """
        height, width = shot.picture.shape[:2]
        if height != width:
            raise AubenchError(
                f"a picture of {width}×{height} pixels is no face crop, which is square",
                mend="give landmarks (--landmarks FILE) instead of --cropped",
                path=shot.file or None,
            )
        scale = self.size / width
        shift = (scale - 1) / 2  # pixel centres lie at integers
        matrix = np.array([[scale, 0, shift], [0, scale, shift]])
        unknown = np.full((68, 2), np.nan, dtype=np.float32)
        return Face(warp(shot.picture, matrix, self.size), unknown, matrix)


@dataclass(frozen=True)
class Held:
    """Pictures in memory: an `aubench.frames.Pictures`."""

    array: ImageArray

    @property
    def size(self) -> int:
        """Width and height in pixels."""
        return int(self.array.shape[1])

    def read(self, rows: IntArray) -> ImageArray:
        """The pictures at ``rows``."""
        return self.array[rows]


def as_frames(faces: Sequence[Face], numbers: Sequence[int]) -> Frames:
    """Faces as a predictor takes them; at least one.

    Args:
        faces: N of one size.
        numbers: Their frame numbers.
    """
    import pandas as pd

    keys = pd.DataFrame({"subject": "own/pictures", "session": "", "view": 0, "frame": numbers})
    pictures = Held(np.stack([face.picture for face in faces]))
    landmarks = np.stack([face.landmarks for face in faces])
    return Frames(keys[list(KEY)], landmarks, pictures, np.arange(len(faces), dtype=np.int64))
